"""Discussions: who may see what, numbers, moderation, feedback."""
