"""Threads: drafts, following, what is unread."""

revision = "5c609d8f9920"
down_revision = "7ef83639a1a0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
