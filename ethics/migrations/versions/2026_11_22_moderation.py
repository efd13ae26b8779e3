"""Moderation: reports, claims, holds, locks, appeals; break-glass."""

import sqlalchemy as sa
from alembic import op

from ethics.db import Json, UtcDateTime, new_public_id

revision = "8f9c744f40bb"
down_revision = "5c609d8f9920"
branch_labels = None
depends_on = None

ACTIONS = (
    "action IN ('hide', 'show', 'dismiss', 'revise', 'hold', 'let-through', 'refuse', 'lock', 'pin', 'move', "
    "'uphold', 'overturn')"
)


def upgrade() -> None:
    with op.batch_alter_table("threads") as threads:
        threads.add_column(sa.Column("pinned_at", UtcDateTime(), nullable=True))
        threads.add_column(sa.Column("locked_at", UtcDateTime(), nullable=True))
    _widen_actions()
    _make_matters()
    _make_reports()
    _make_openings()


def _widen_actions() -> None:
    with op.batch_alter_table("moderation_actions") as actions:
        actions.add_column(sa.Column("public_id", sa.Text(), nullable=True))
        actions.add_column(sa.Column("thread_id", sa.Integer(), nullable=True))
        actions.add_column(sa.Column("ended_at", UtcDateTime(), nullable=True))
        actions.add_column(sa.Column("before", Json, nullable=False, server_default="{}"))
    table = sa.table(
        "moderation_actions",
        sa.column("id", sa.Integer()),
        sa.column("public_id", sa.Text()),
        sa.column("comment_id", sa.Integer()),
        sa.column("action", sa.Text()),
        sa.column("at", UtcDateTime()),
        sa.column("ended_at", UtcDateTime()),
    )
    connection = op.get_bind()
    for key in connection.scalars(sa.select(table.c.id)).all():
        connection.execute(table.update().where(table.c.id == key).values(public_id=new_public_id()))
    later = table.alias("later")
    shown = sa.select(sa.func.min(later.c.at)).where(
        later.c.comment_id == table.c.comment_id, later.c.action == "show", later.c.id > table.c.id
    )
    connection.execute(table.update().where(table.c.action == "hide").values(ended_at=shown.scalar_subquery()))
    with op.batch_alter_table("moderation_actions") as actions:
        actions.alter_column("public_id", existing_type=sa.Text(), nullable=False)
        actions.alter_column("comment_id", existing_type=sa.Integer(), nullable=True)
        actions.alter_column("before", existing_type=Json, existing_nullable=False, server_default=None)
        actions.create_unique_constraint(op.f("uq_moderation_actions_public_id"), ["public_id"])
        actions.create_foreign_key(op.f("fk_moderation_actions_thread_id_threads"), "threads", ["thread_id"], ["id"])
        actions.create_index(op.f("ix_moderation_actions_thread_id"), ["thread_id"])
        actions.drop_constraint(op.f("ck_moderation_actions_action_known"), type_="check")
        actions.create_check_constraint(op.f("ck_moderation_actions_action_known"), ACTIONS)
        actions.create_check_constraint(
            op.f("ck_moderation_actions_comment_or_thread"), "(comment_id IS NULL) <> (thread_id IS NULL)"
        )


def _make_matters() -> None:
    op.create_table(
        "moderation_matters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("waits", sa.Text(), nullable=False),
        sa.Column("appealed_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_by_id", sa.Integer(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "waits IN ('reported', 'held', 'sent-again', 'appeal')", name=op.f("ck_moderation_matters_waits_known")
        ),
        sa.CheckConstraint(
            "(waits = 'appeal') = (appealed_id IS NOT NULL)", name=op.f("ck_moderation_matters_appeal_names_an_act")
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by_id IS NULL)", name=op.f("ck_moderation_matters_settled_by_an_act")
        ),
        sa.CheckConstraint(
            "(claimed_at IS NULL) = (claimed_by_id IS NULL)", name=op.f("ck_moderation_matters_claimed_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_moderation_matters_comment_id_comments")
        ),
        sa.ForeignKeyConstraint(
            ["appealed_id"],
            ["moderation_actions.id"],
            name=op.f("fk_moderation_matters_appealed_id_moderation_actions"),
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"],
            ["moderation_actions.id"],
            name=op.f("fk_moderation_matters_settled_by_id_moderation_actions"),
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by_id"], ["users.id"], name=op.f("fk_moderation_matters_claimed_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_matters")),
        sa.UniqueConstraint("public_id", name=op.f("uq_moderation_matters_public_id")),
        sa.UniqueConstraint("appealed_id", name=op.f("uq_moderation_matters_appealed_id")),
    )
    op.create_index(op.f("ix_moderation_matters_comment_id"), "moderation_matters", ["comment_id"])
    op.create_index(
        "uq_moderation_matters_open",
        "moderation_matters",
        ["comment_id", "waits"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def _make_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_reports_comment_id_comments")),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["moderation_matters.id"], name=op.f("fk_reports_matter_id_moderation_matters")
        ),
        sa.ForeignKeyConstraint(["reporter_id"], ["users.id"], name=op.f("fk_reports_reporter_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("comment_id", "reporter_id", name=op.f("uq_reports_comment_id_reporter_id")),
    )
    op.create_index(op.f("ix_reports_matter_id"), "reports", ["matter_id"])


def _make_openings() -> None:
    op.create_table(
        "openings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('reflection', 'comment', 'stance')", name=op.f("ck_openings_kind_known")),
        sa.ForeignKeyConstraint(["administrator_id"], ["users.id"], name=op.f("fk_openings_administrator_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openings")),
        sa.UniqueConstraint("public_id", name=op.f("uq_openings_public_id")),
    )
