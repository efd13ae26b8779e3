"""Cohorts: who belongs where."""
