"""Read-only views across features: what no single feature knows."""
