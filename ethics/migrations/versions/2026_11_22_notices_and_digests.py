"""Notices: preferences and digests."""

import sqlalchemy as sa
from alembic import op

from ethics.db import Json, UtcDateTime

revision = "192e7157f94f"
down_revision = "8f9c744f40bb"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notices") as table:
        table.add_column(sa.Column("about", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("mail_at", UtcDateTime(), nullable=True))
        table.drop_index(op.f("ix_notices_user_id_id"))
    _name_what_they_are_about()
    with op.batch_alter_table("notices") as table:
        table.alter_column("about", server_default=None)
        table.create_index(op.f("ix_notices_user_id_due_at_id"), ["user_id", "due_at", "id"])
        for name, column, kept in (
            ("ix_notices_unseen", ["user_id", "due_at"], "seen_at IS NULL"),
            ("ix_notices_to_mail", ["mail_at"], "mail_at IS NOT NULL"),
        ):
            table.create_index(name, column, sqlite_where=sa.text(kept), postgresql_where=sa.text(kept))
    op.create_table(
        "notice_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("rhythms", Json, nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_settings_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_settings")),
        sa.UniqueConstraint("user_id", name=op.f("uq_notice_settings_user_id")),
    )


def _name_what_they_are_about() -> None:
    """Notices of before: an answer is about its reflection, every other notice has one subject at most."""
    notices = sa.table("notices", sa.column("id", sa.Integer), sa.column("subject", Json), sa.column("about", sa.Text))
    connection = op.get_bind()
    for number, subject in connection.execute(sa.select(notices.c.id, notices.c.subject)).all():
        about = subject.get("reflection") or next(iter(subject.values()), "")
        connection.execute(sa.update(notices).where(notices.c.id == number).values(about=about))
