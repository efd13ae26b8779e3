"""Notices: preferences and digests."""

revision = "192e7157f94f"
down_revision = "8f9c744f40bb"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
