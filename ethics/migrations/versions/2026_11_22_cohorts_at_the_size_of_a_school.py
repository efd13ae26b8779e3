"""Cohorts at the size of a school: joining, cover, archive."""

import sqlalchemy as sa
from alembic import op

from ethics import db

revision = "da784de50b80"
down_revision = "ab3bf69819b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("group_tutors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until", db.UtcDateTime(), nullable=True))

    op.create_table(
        "group_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("group_set_id", sa.Integer(), nullable=False),
        sa.Column("to_group_id", sa.Integer(), nullable=True),
        sa.Column("places", db.Json, nullable=False),
        sa.Column("moved_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_set_id"], ["group_sets.id"], name=op.f("fk_group_moves_group_set_id_group_sets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_moves")),
        sa.UniqueConstraint("public_id", name=op.f("uq_group_moves_public_id")),
    )
    with op.batch_alter_table("group_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_moves_group_set_id"), ["group_set_id"], unique=False)

    with op.batch_alter_table("cohorts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("join_code", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("join_ends_at", db.UtcDateTime(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_cohorts_join_code"), ["join_code"])

    op.create_table(
        "join_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("profession", sa.Text(), nullable=True),
        sa.Column("asked_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_join_requests_cohort_id_cohorts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_requests")),
        sa.UniqueConstraint("cohort_id", "email", name=op.f("uq_join_requests_cohort_id_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_join_requests_public_id")),
    )
