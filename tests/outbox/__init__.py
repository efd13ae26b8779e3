"""Deliveries: written with the transaction, sent once after it."""
