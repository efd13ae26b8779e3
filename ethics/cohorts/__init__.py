"""Cohorts, memberships, group sets, groups and their tutors."""
