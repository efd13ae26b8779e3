"""Redaction: texts destroyed, with the reason left in their place."""

revision = "0175d6720025"
down_revision = "8fb9a6bded64"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
