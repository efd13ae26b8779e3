"""Looking for cases: the index of the library."""

revision = "79a82444b337"
down_revision = "ea0e3527cd13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
