"""Killing the server while people write."""
