"""Answering reflections: passages, snippets, notes to a group, release at a time."""

revision = "8fb9a6bded64"
down_revision = "003855a82db5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
