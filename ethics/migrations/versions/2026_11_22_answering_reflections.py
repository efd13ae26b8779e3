"""Answering reflections: passages, snippets, notes to a group, release at a time, revisions asked for."""

import sqlalchemy as sa
from alembic import op

from ethics.db import Json, UtcDateTime

revision = "d435e4512b3d"
down_revision = "21bfb3e5b36e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snippets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_snippets_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippets")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_snippets_owner_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_snippets_public_id")),
    )
    op.create_table(
        "group_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_group_notes_author_id_users")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_group_notes_group_id_groups")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_group_notes_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_group_notes_public_id")),
    )
    with op.batch_alter_table("group_notes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_group_notes_round_id_group_id_author_id"),
            ["round_id", "group_id", "author_id"],
            unique=False,
        )

    op.create_table(
        "review_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("wish IN ('revise', 'accepted')", name=op.f("ck_review_outcomes_wish_known")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_review_outcomes_author_id_users")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_review_outcomes_thread_id_threads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_outcomes")),
        sa.UniqueConstraint("thread_id", "revision", name=op.f("uq_review_outcomes_thread_id_revision")),
    )
    op.create_table(
        "feedback_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("passage", Json, nullable=True),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("taken_up_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_feedback_parts_comment_id_comments")),
        sa.ForeignKeyConstraint(["note_id"], ["group_notes.id"], name=op.f("fk_feedback_parts_note_id_group_notes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_parts")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_feedback_parts_comment_id")),
    )
    with op.batch_alter_table("feedback_parts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_parts_batch"), ["batch"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_parts_note_id"), ["note_id"], unique=False)
