"""Answering reflections: passages, snippets, notes to a group, release at a time, revisions asked for."""

revision = "d435e4512b3d"
down_revision = "21bfb3e5b36e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
