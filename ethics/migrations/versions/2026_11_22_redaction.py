"""Redaction: what was taken out, and why."""

revision = "7ef83639a1a0"
down_revision = "d435e4512b3d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
