"""Rounds, their schedule, and the gate."""
