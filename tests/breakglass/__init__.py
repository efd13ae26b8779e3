"""Notices: when they are shown, when they are written of, and what has been seen of them."""
