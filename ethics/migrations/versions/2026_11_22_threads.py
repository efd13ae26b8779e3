"""Threads: drafts, following, what is unread."""

import sqlalchemy as sa
from alembic import op

from ethics.cases.search import shown_text, words_of
from ethics.db import Json, UtcDateTime

revision = "5c609d8f9920"
down_revision = "d435e4512b3d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("aliases") as aliases:
        aliases.add_column(sa.Column("named_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("threads") as threads:
        threads.add_column(sa.Column("shared_reflection_id", sa.Integer(), nullable=True))
        threads.add_column(sa.Column("series", sa.Text(), nullable=True))
        threads.add_column(sa.Column("readable", sa.Integer(), nullable=False, server_default="0"))
        threads.create_foreign_key(
            op.f("fk_threads_shared_reflection_id_reflections"), "reflections", ["shared_reflection_id"], ["id"]
        )
        threads.create_index(op.f("ix_threads_shared_reflection_id"), ["shared_reflection_id"])
    with op.batch_alter_table("comments") as comments:
        comments.add_column(sa.Column("to_all", sa.Boolean(), nullable=False, server_default=sa.false()))
        comments.add_column(sa.Column("after_most", sa.Boolean(), nullable=False, server_default=sa.false()))
        comments.add_column(sa.Column("quotation", Json, nullable=True))
        comments.add_column(sa.Column("words", sa.Text(), nullable=False, server_default=""))
    _fill(op.get_bind())
    with op.batch_alter_table("threads") as threads:
        threads.alter_column("readable", existing_type=sa.Integer(), existing_nullable=False, server_default=None)
    with op.batch_alter_table("comments") as comments:
        for name, kind in (("to_all", sa.Boolean()), ("after_most", sa.Boolean()), ("words", sa.Text())):
            comments.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
    op.create_table(
        "thread_readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("seen_number", sa.Integer(), nullable=False),
        sa.Column("follows", sa.Text(), nullable=False),
        sa.CheckConstraint("follows IN ('usual', 'followed', 'muted')", name=op.f("ck_thread_readings_follows_known")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_thread_readings_thread_id_threads")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_thread_readings_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_readings")),
        sa.UniqueConstraint("user_id", "thread_id", name=op.f("uq_thread_readings_user_id_thread_id")),
    )
    op.create_index(op.f("ix_thread_readings_thread_id"), "thread_readings", ["thread_id"])
    op.create_table(
        "comment_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("more", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_comment_drafts_round_id_rounds")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_comment_drafts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_drafts")),
        sa.UniqueConstraint("user_id", "place", name=op.f("uq_comment_drafts_user_id_place")),
    )
    op.create_index(op.f("ix_comment_drafts_round_id"), "comment_drafts", ["round_id"])


def _fill(connection: sa.Connection) -> None:
    """Count what can be read in each thread, and give the comments their words."""
    connection.execute(
        sa.text(
            "UPDATE threads SET readable = "
            "(SELECT count(*) FROM comments WHERE comments.thread_id = threads.id AND comments.state = 'visible')"
        )
    )
    write = sa.text("UPDATE comments SET words = :words WHERE id = :id")
    for row in connection.execute(sa.text("SELECT id, html FROM comments")).all():
        connection.execute(write, {"id": row.id, "words": words_of(shown_text(row.html, ()))})
