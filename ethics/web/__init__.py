"""The web door: turns requests into actions and queries, and their results into pages."""
