"""Ways of writing, and sharing later."""

revision = "21bfb3e5b36e"
down_revision = "8701c1bb7f89"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
