"""Concerns: private notes to the designated leads."""

revision = "8701c1bb7f89"
down_revision = "79a82444b337"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
