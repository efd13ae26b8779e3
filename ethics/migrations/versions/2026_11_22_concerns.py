"""Concerns: private notes to the designated leads."""

import sqlalchemy as sa
from alembic import op

from ethics.db import UtcDateTime

revision = "8701c1bb7f89"
down_revision = "79a82444b337"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "concerns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("cohort", sa.Text(), nullable=True),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("about_person", sa.Text(), nullable=True),
        sa.Column("about_words", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("faculty_told", sa.Boolean(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("target_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "route IN ('immediate-risk', 'patient-safety', 'safeguarding', 'mistreatment', 'professionalism', "
            "'privacy-leak', 'something-else')",
            name=op.f("ck_concerns_route_known"),
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR (text = '' AND about_words = '' AND reach = '' AND about_person IS NULL)",
            name=op.f("ck_concerns_withdrawn_is_empty"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concerns")),
        sa.UniqueConstraint("public_id", name=op.f("uq_concerns_public_id")),
    )
    op.create_index(op.f("ix_concerns_writer"), "concerns", ["writer"])
    op.create_table(
        "concern_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concern_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("handed_to", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('message', 'note', 'acknowledged', 'handed-over', 'closed')",
            name=op.f("ck_concern_entries_kind_known"),
        ),
        sa.ForeignKeyConstraint(["concern_id"], ["concerns.id"], name=op.f("fk_concern_entries_concern_id_concerns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern_entries")),
    )
    op.create_index(op.f("ix_concern_entries_concern_id"), "concern_entries", ["concern_id"])
