"""Discussions: threads of a round's group or on a reflection, comments, moderation."""
