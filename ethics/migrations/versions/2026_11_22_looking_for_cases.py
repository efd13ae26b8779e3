"""Looking for cases: their words, folded."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from ethics.cases.search import shown_text, words_of

revision = "79a82444b337"
down_revision = "ea0e3527cd13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("cases", "segments"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("words", sa.Text(), nullable=False, server_default=""))
    _fill(op.get_bind())
    for table in ("cases", "segments"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("words", existing_type=sa.Text(), existing_nullable=False, server_default=None)


def _fill(connection: sa.Connection) -> None:
    """Give the words of what is stored already."""
    write = {
        table: sa.text(f"UPDATE {table} SET words = :words WHERE id = :id")  # noqa: S608  # the names stand above
        for table in ("cases", "segments")
    }
    read = "id, title, summary, level, setting, principles, also, topics, professions"
    for row in connection.execute(sa.text(f"SELECT {read} FROM cases")).all():  # noqa: S608
        terms = [term for column in row[5:] for term in _json(column)]
        words = words_of(row.title, row.summary, row.level or "", row.setting or "", *terms)
        connection.execute(write["cases"], {"id": row.id, "words": words})
    for row in connection.execute(sa.text("SELECT id, heading, html, items FROM segments")).all():
        words = words_of(row.heading, shown_text(row.html, _json(row.items)))
        connection.execute(write["segments"], {"id": row.id, "words": words})


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
