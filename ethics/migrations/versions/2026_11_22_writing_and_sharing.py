"""Writing reflections: the writer's ways, sharing later and taking back."""

revision = "003855a82db5"
down_revision = "8701c1bb7f89"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
