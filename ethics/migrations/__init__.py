"""Dated Alembic revisions and the commands that run them; there is no ini file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from ethics.db import Database
from ethics.schema import metadata


def upgrade(database: Database) -> None:
    """Bring the database to the newest revision, in one transaction. Raises where rows would point to nothing."""
    upgrade_to(database, "head")


def upgrade_to(database: Database, revision: str) -> None:
    """Bring the database to a revision, in one transaction. Raises where rows would point to nothing."""
    with database.writer.connect() as connection, _without_foreign_keys(connection), connection.begin():
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if database.is_sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise RuntimeError(f"the migration left a row of {lost[0]} that points to nothing in {lost[2]}")


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making a new one: nothing may watch who points to the old one meanwhile.

    The pragma is heard only outside a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.dbapi_connection
    assert raw is not None  # noqa: S101  # it was just taken from the pool
    raw.cursor().execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        raw.cursor().execute("PRAGMA foreign_keys = ON")


def current(database: Database) -> str | None:
    """The revision the database stands at; None for an empty one."""
    with database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision there is. Raises when there are two."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest revision."""
    return current(database) == head()


def differences(database: Database) -> list[object]:
    """What the models and the database disagree about; empty when they agree."""
    with database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))


def new_revision(database: Database, message: str) -> None:
    """Write the revision that brings the database to the models, to be read and corrected by hand."""
    with database.writer.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return config
