"""Ways of writing, and sharing later."""

import sqlalchemy as sa
from alembic import op

revision = "21bfb3e5b36e"
down_revision = "8701c1bb7f89"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reflections") as table:
        table.add_column(sa.Column("draft_tab", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("draft_turn", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("reflections") as table:
        table.alter_column("draft_tab", server_default=None)
        table.alter_column("draft_turn", server_default=None)
    op.create_table(
        "writing_ways",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.CheckConstraint("way IN ('one', 'all', 'headings', 'blank')", name=op.f("ck_writing_ways_way_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_writing_ways_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_writing_ways")),
        sa.UniqueConstraint("user_id", name=op.f("uq_writing_ways_user_id")),
    )

    # What the writer said of passages that seemed to point to somebody.
    with op.batch_alter_table("reflection_revisions") as table:
        table.add_column(sa.Column("vouched", sa.Text(), nullable=True))
        table.create_check_constraint(
            op.f("ck_reflection_revisions_vouched_known"), "vouched IN ('fictional', 'agreed')"
        )
