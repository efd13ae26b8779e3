"""The web door, fetched as a browser would."""
