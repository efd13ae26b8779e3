"""What Alembic runs; the connection is handed in by ethics.migrations."""

from typing import Literal

from alembic import context
from sqlalchemy import JSON

from ethics.db import UtcDateTime
from ethics.schema import metadata


def _render(kind: str, item: object, _context: object) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        return "db.UtcDateTime()"
    if kind == "type" and isinstance(item, JSON):
        return "db.Json"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
