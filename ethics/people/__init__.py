"""Accounts, roles of the installation, sign-in sessions, attempts, activation and reset links."""
