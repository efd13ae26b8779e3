"""Fixtures for every test. Databases are real, one server for a whole run and databases of its own for each worker."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from ethics.application import create_app
from ethics.config import Settings
from ethics.db import Database
from ethics.people import passwords
from tests import machine
from tests.cast import CHEAP_HASHER, PASSWORD
from tests.client import Client
from tests.clock import Clock
from tests.stores import PostgresqlStore, SqliteStore, Store, clean

AUDIT_KEY = b"an audit key for tests, 32 bytes"

_POSTGRESQL = pytest.StashKey[machine.Postgresql]()


def pytest_configure(config: pytest.Config) -> None:
    """Under xdist the controller starts the PostgreSQL that all workers share."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        stack = ExitStack()
        config.add_cleanup(stack.close)
        config.stash[_POSTGRESQL] = stack.enter_context(machine.postgresql())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell each worker where the server is."""
    node.workerinput["postgresql"] = str(node.config.stash[_POSTGRESQL].directory)


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Iterator[machine.Postgresql]:
    """The PostgreSQL of this run, answering."""
    with ExitStack() as stack:
        if hasattr(request.config, "workerinput"):
            server = machine.Postgresql(Path(request.config.workerinput["postgresql"]))
        else:
            server = stack.enter_context(machine.postgresql())
        server.wait()
        yield server


@pytest.fixture(scope="session")
def sqlite_store() -> Iterator[SqliteStore]:
    """Where this worker's SQLite files lie: in memory where the machine has a place for it, since fsync is dear."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # a directory of our own is made in it
    with tempfile.TemporaryDirectory(prefix="ethics-sqlite-", dir=memory) as directory:
        yield SqliteStore(Path(directory))


@pytest.fixture(scope="session")
def postgresql_store(postgresql_server: machine.Postgresql, worker_id: str) -> PostgresqlStore:
    """This worker's databases on the server."""
    return PostgresqlStore(postgresql_server, worker_id)


@pytest.fixture(scope="session")
def postgresql_database(postgresql_store: PostgresqlStore) -> Iterator[Database]:
    """The one that this worker's tests use in turn; `db` cleans it."""
    database = Database(postgresql_store.migrated(), audit_keys=(AUDIT_KEY,))
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database; for one of them only: `@pytest.mark.parametrize("backend", ["sqlite"])`."""
    return request.param


@pytest.fixture
def store(request: pytest.FixtureRequest, backend: str) -> Store:
    """Makes databases, for tests that need more than `db`."""
    return request.getfixturevalue(f"{backend}_store")


@pytest.fixture
def db(request: pytest.FixtureRequest, backend: str, store: Store) -> Iterator[Database]:
    """A migrated database without a row, on SQLite and again on PostgreSQL."""
    if backend == "postgresql":
        database = request.getfixturevalue("postgresql_database")
        clean(database)
        yield database
        return
    url = store.migrated()
    database = Database(url, audit_keys=(AUDIT_KEY,))
    yield database
    database.dispose()
    store.drop(url)


@pytest.fixture
def session(db: Database) -> Iterator[Session]:
    """A writing session. Commit before anybody else writes: on SQLite they would wait for it."""
    with Session(db.writer, expire_on_commit=False, info={"audit_keys": (AUDIT_KEY,)}) as session:
        yield session


@pytest.fixture
def clock() -> Clock:
    """It stands at Tuesday 24 November 2026, 10:00 UTC, until the test moves it."""
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, db: Database) -> Settings:
    """Settings of a development installation on `db`."""
    return Settings(env="development", instance_dir=tmp_path, database_url=str(db.url), secret_key="a" * 40)


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let new hashes cost a thousandth: what costs is proved in tests/people, and paid nowhere else."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP_HASHER)


@pytest.fixture
def app(settings: Settings, db: Database, clock: Clock, cheap_passwords: None) -> Flask:
    """The application, on `db` and on the tests' clock."""
    app = create_app(settings, database=db, clock=clock)
    app.test_client_class = Client
    return app


@pytest.fixture
def client(app: Flask) -> Client:
    """Somebody's browser, signed out; it checks every page it fetches."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], Client]:
    """`sign_in("ana@demo.example")`: a browser of its own, signed in through the page with tests.cast.PASSWORD."""

    def sign_in(email: str, password: str = PASSWORD) -> Client:
        client = app.test_client()
        client.sign_in(email, password)
        assert client.is_signed_in, f"{email} could not sign in"
        return client

    return sign_in
