"""Concerns, on both databases."""
