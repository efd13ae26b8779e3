"""Where tests keep their databases: new ones are copied from a template that was migrated once."""

import shutil
from functools import cached_property
from itertools import count
from pathlib import Path

from sqlalchemy import delete, make_url, text

from ethics import migrations
from ethics.db import Database
from ethics.schema import metadata
from tests.machine import Postgresql


def _migrate(url: str) -> None:
    database = Database(url)
    migrations.upgrade(database)
    database.dispose()


class SqliteStore:
    """SQLite files in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = count(1)

    def empty(self) -> str:
        """The address of a new database without tables."""
        return f"sqlite:///{self._new_path()}"

    def migrated(self) -> str:
        """The address of a new database with every table."""
        path = self._new_path()
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def copy(self, url: str) -> str:
        """The address of a copy of a database that nobody has open."""
        path = self._new_path()
        shutil.copyfile(url.removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Delete a database."""
        for path in self._directory.glob(f"{Path(url).name}*"):
            path.unlink()

    def _new_path(self) -> Path:
        return self._directory / f"{next(self._numbers)}.db"

    @cached_property
    def _template(self) -> Path:
        path = self._directory / "template.db"
        _migrate(f"sqlite:///{path}")
        return path


class PostgresqlStore:
    """Databases of one PostgreSQL server whose names begin with `prefix`."""

    def __init__(self, server: Postgresql, prefix: str) -> None:
        self._server = server
        self._prefix = prefix
        self._numbers = count(1)

    def empty(self) -> str:
        """The address of a new database without tables."""
        return self._create("template1")

    def migrated(self) -> str:
        """The address of a new database with every table."""
        return self._create(self._template)

    def copy(self, url: str) -> str:
        """The address of a copy of a database that nobody has open."""
        return self._create(_name(url))

    def drop(self, url: str) -> None:
        """Delete a database, whoever still has it open."""
        self._server.execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def _create(self, template: str) -> str:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._server.url(name)

    @cached_property
    def _template(self) -> str:
        name = f"{self._prefix}_template"
        self._server.execute(f"CREATE DATABASE {name}")
        _migrate(self._server.url(name))
        return name


def _name(url: str) -> str:
    return str(make_url(url).database)


Store = SqliteStore | PostgresqlStore


def clean(database: Database) -> None:
    """Delete every row of a PostgreSQL database, in one round trip and past every trigger and foreign key."""
    deletes = "; ".join(str(delete(table)) for table in metadata.sorted_tables)
    with database.writer.begin() as connection:
        connection.execute(text(f"SET LOCAL session_replication_role = replica; {deletes}"))
