"""The ground of every feature: the declarative base, column types, and the two engines.

A `Database` has a reader and a writer engine. On SQLite the writer begins with BEGIN IMMEDIATE behind a lock
file: without these, eight writers silently lost nine tenths of what they had been told was saved, and waiting
was unfair (docs/decisions/0003-two-engines.md).
"""

import fcntl
import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Select,
    Text,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

BUSY_MILLISECONDS = 30_000
STATEMENT_MILLISECONDS = 20_000

#: Where public ids and aliases are drawn from. Only a test puts a seeded source here.
chance: random.Random = random.SystemRandom()

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
PUBLIC_ID = f"[{_ALPHABET}]{{16}}"
"""What every public id matches, as a regular expression."""


def new_public_id() -> str:
    """A random name for a URL: 16 characters, 79 bits, none of them easily mistaken for another."""
    return "".join(chance.choice(_ALPHABET) for _ in range(16))


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive datetimes, gives back aware ones on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: D102  # SQLAlchemy's own
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102  # SQLAlchemy's own
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DatabaseNow(FunctionElement[datetime]):
    """The moment by the database's own clock, to be compared with a UtcDateTime column inside a statement.

    For what has to end by itself: no job is needed, and no statement another parameter.
    """

    type = UtcDateTime()
    inherit_cache = True


@compiles(DatabaseNow)
def _clock(_element: DatabaseNow, _compiler: SQLCompiler, **_: Any) -> str:
    return "CURRENT_TIMESTAMP"


@compiles(DatabaseNow, "sqlite")
def _sqlite_clock(_element: DatabaseNow, _compiler: SQLCompiler, **_: Any) -> str:
    # SQLite compares texts: this one has the form in which UtcDateTime is stored, to the last digit.
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


Json = JSON().with_variant(JSONB(), "postgresql")

Key = Annotated[int, mapped_column(Integer, primary_key=True)]
PublicId = Annotated[str, mapped_column(Text, unique=True, default=new_public_id)]
Prose = Annotated[str, mapped_column(Text)]
JsonList = Annotated[list[Any], mapped_column(Json)]
JsonDict = Annotated[dict[str, Any], mapped_column(Json)]


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), str: Text()}  # noqa: RUF012  # SQLAlchemy reads it as it stands


class Database:
    """The two engines of one database, and the two ways to use it: `reading()` and `unit_of_work()`.

    The first of `audit_keys` signs the audit chain, the others (earlier ones) still verify it; every session
    carries them in `session.info`.
    """

    def __init__(self, url: str, *, audit_keys: tuple[bytes, ...] = ()) -> None:
        self._info = {"audit_keys": audit_keys}
        self.url = make_url(url)
        if self.url.get_backend_name() == "sqlite":
            self.reader, self.writer = _sqlite_engines(str(self.url.database))
        else:
            self.url = self.url.set(drivername="postgresql+psycopg")
            self.reader, self.writer = _postgresql_engines(self.url)
        self._nested = threading.local()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a SQLite file."""
        return self.writer.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database and cannot write."""
        with Session(self.reader, expire_on_commit=False, info=self._info) as session:
            yield session

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """A session that commits once at the end and rolls back on any error.

        Raises RuntimeError inside another unit of work of the same thread: the two would wait for each other.
        """
        if getattr(self._nested, "open", False):
            raise RuntimeError("a unit of work inside another")
        self._nested.open = True
        try:
            with Session(self.writer, expire_on_commit=False, info=self._info) as session, session.begin():
                yield session
        finally:
            self._nested.open = False

    def forget_overwritten(self) -> bool:
        """Empty SQLite's log, which still holds what a transaction overwrote; False if somebody was reading it.

        In the file itself `secure_delete` has put zeros there. PostgreSQL forgets when an administrator says so
        (docs/redaction.md): then this does nothing, and returns True.
        """
        if not self.is_sqlite:
            return True
        connection = self.writer.raw_connection()
        try:
            busy, _, _ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        return not busy

    def dispose(self) -> None:
        """Close every connection of both engines."""
        self.reader.dispose()
        self.writer.dispose()


def some(statement: Select[Any], *own: Any) -> ColumnElement[bool]:
    """EXISTS (`statement`), in which every table but `own` is a row of the queries around it, however deep it stands.

    By itself SQLAlchemy looks for those one level up only; two levels up the condition would quietly read from the
    whole table, and hold for anybody.
    """
    return statement.correlate_except(*own).exists()


def violates(error: Exception, constraint: str) -> bool:
    """Whether a database error is the violation of the named unique or check constraint.

    SQLite names the columns of a unique constraint and not the constraint, so that they are compared.
    """
    message = str(getattr(error, "orig", error))
    if constraint in message:
        return True
    for table in Base.metadata.tables.values():
        for candidate in table.constraints:
            if candidate.name == constraint:
                names = ", ".join(f"{table.name}.{column.name}" for column in getattr(candidate, "columns", []))
                return bool(names) and message.endswith(f"failed: {names}")
    return False


# Parameters are texts that people wrote: no engine puts them into an error, where a log would find them.


def _sqlite_engines(path: str) -> tuple[Engine, Engine]:
    if path in ("", "None", ":memory:"):
        raise ValueError("SQLite needs a file: the reader and the writer have to meet in it")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    reader = create_engine(f"sqlite:///{path}", hide_parameters=True)
    writer = create_engine(f"sqlite:///{path}", hide_parameters=True)
    event.listen(reader, "connect", _prepare_sqlite_reader)
    event.listen(reader, "begin", lambda connection: _begin(connection, "BEGIN"))
    event.listen(writer, "connect", _prepare_sqlite)
    _take_turns(writer, f"{path}-writers")
    return reader, writer


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Python's own sqlite3 transactions begin too late (at the first write); ours begin in the event below.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_sqlite_reader(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    _prepare_sqlite(connection, entry)
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def _begin(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


def _take_turns(writer: Engine, lock_path: str) -> None:
    """Let writers of all processes wait for a lock file before BEGIN IMMEDIATE and give it back at check-in."""

    def begin(connection: Connection) -> None:
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _begin(connection, "BEGIN IMMEDIATE")
        except BaseException:
            os.close(lock)
            raise
        connection.connection.info["turn"] = lock

    def give_back(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry, *_: object) -> None:
        lock = entry.info.pop("turn", None)
        if lock is not None:
            with suppress(OSError):
                os.close(lock)

    event.listen(writer, "begin", begin)
    event.listen(writer, "checkin", give_back)
    event.listen(writer, "invalidate", give_back)


def _postgresql_engines(url: URL) -> tuple[Engine, Engine]:
    # Who may see what is many small conditions: compiling them takes far longer than answering.
    options = f"-c statement_timeout={STATEMENT_MILLISECONDS} -c lock_timeout={STATEMENT_MILLISECONDS} -c jit=off"
    writer = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args={"options": options})
    reader = create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level="REPEATABLE READ",
        connect_args={"options": f"{options} -c default_transaction_read_only=on"},
    )
    return reader, writer


def is_reachable(database: Database) -> bool:
    """Whether the database answers a query."""
    try:
        with database.reading() as session:
            return bool(session.scalar(text("SELECT 1")) == 1)
    except Exception:  # whatever the driver raises, the answer is the same
        return False
