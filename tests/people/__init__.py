"""Accounts, passwords, guesses, links and sign-in sessions."""
