"""Moderation: reports, claims, holds, locks, appeals; break-glass."""

revision = "8f9c744f40bb"
down_revision = "5c609d8f9920"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
