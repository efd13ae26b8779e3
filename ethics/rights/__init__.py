"""What writes across features: redaction, which destroys a text everywhere it stands."""
