"""What a round can set: closing early, extensions for who has not begun, debriefs that stay open, calendar feeds."""

import sqlalchemy as sa
from alembic import op

from ethics.db import UtcDateTime

revision = "3ec0cf79f6fe"
down_revision = "da784de50b80"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "extensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("close_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("due_at <= close_at", name=op.f("ck_extensions_times_in_order")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_extensions_round_id_rounds")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_extensions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
        sa.UniqueConstraint("round_id", "user_id", name=op.f("uq_extensions_round_id_user_id")),
    )
    op.create_index(op.f("ix_extensions_user_id"), "extensions", ["user_id"])
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_calendar_feeds_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_calendar_feeds_user_id")),
    )
    with op.batch_alter_table("rounds") as rounds:
        rounds.add_column(sa.Column("closed_at", UtcDateTime(), nullable=True))
    # Nothing could write these two yet: there is no extension to carry over.
    with op.batch_alter_table("participations") as participations:
        participations.add_column(sa.Column("debrief_opened_at", UtcDateTime(), nullable=True))
        participations.drop_column("due_at")
        participations.drop_column("close_at")
