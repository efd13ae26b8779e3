"""Rounds: one case version given to one cohort, with a schedule; participation, aliases, stances, and the gate."""
