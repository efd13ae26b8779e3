"""Writing and reviewing cases: drafts, notes on passages."""

revision = "ea0e3527cd13"
down_revision = "3ec0cf79f6fe"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
