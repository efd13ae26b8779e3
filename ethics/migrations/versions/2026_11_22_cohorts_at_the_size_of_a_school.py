"""Cohorts at the size of a school: joining, cover, archive."""

revision = "da784de50b80"
down_revision = "ab3bf69819b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
