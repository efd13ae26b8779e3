"""What a round can set: closing early, calendar feeds."""

revision = "3ec0cf79f6fe"
down_revision = "da784de50b80"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
