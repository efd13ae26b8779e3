"""Reflections: drafts, revisions, audiences."""
