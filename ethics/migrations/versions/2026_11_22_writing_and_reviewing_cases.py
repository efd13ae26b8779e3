"""Writing and reviewing cases: drafts, notes on passages."""

import sqlalchemy as sa
from alembic import op

from ethics import db

revision = "ea0e3527cd13"
down_revision = "3ec0cf79f6fe"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("undo_source", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", db.UtcDateTime(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_drafts_case_id_cases")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_case_drafts_saved_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_drafts")),
        sa.UniqueConstraint("slug", name=op.f("uq_case_drafts_slug")),
        sa.UniqueConstraint("case_id", name=op.f("uq_case_drafts_case_id")),
    )
    op.create_table(
        "draft_images",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["case_drafts.id"], name=op.f("fk_draft_images_draft_id_case_drafts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_images")),
        sa.UniqueConstraint("draft_id", "name", name=op.f("uq_draft_images_draft_id_name")),
    )
    op.create_table(
        "case_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", db.UtcDateTime(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("answered_at", db.UtcDateTime(), nullable=True),
        sa.Column("answered_version", sa.Integer(), nullable=True),
        sa.Column("published_number", sa.Integer(), nullable=True),
        sa.CheckConstraint("verdict IN ('ready', 'back')", name=op.f("ck_case_reviews_verdict_known")),
        sa.CheckConstraint(
            "(verdict IS NULL) = (answered_at IS NULL)", name=op.f("ck_case_reviews_answered_with_a_verdict")
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["case_drafts.id"], name=op.f("fk_case_reviews_draft_id_case_drafts")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["users.id"], name=op.f("fk_case_reviews_reviewer_id_users")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_case_reviews_asked_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_reviews")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_reviews_public_id")),
    )
    with op.batch_alter_table("case_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_reviews_draft_id"), ["draft_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_reviews_reviewer_id"), ["reviewer_id"], unique=False)

    op.create_table(
        "passage_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.Column("settled_at", db.UtcDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["case_drafts.id"], name=op.f("fk_passage_comments_draft_id_case_drafts")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_passage_comments_author_id_users")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["users.id"], name=op.f("fk_passage_comments_settled_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage_comments")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passage_comments_public_id")),
    )
    with op.batch_alter_table("passage_comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passage_comments_draft_id"), ["draft_id"], unique=False)
