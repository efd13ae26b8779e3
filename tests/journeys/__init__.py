"""Whole ways through the application, in a real browser."""
