"""Fixtures for every test. Databases are real, one server for a whole run and databases of its own for each worker."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page
from sqlalchemy.orm import Session

from ethics.application import create_app
from ethics.config import Settings
from ethics.db import Database
from ethics.people import passwords
from tests import machine
from tests.browser import FLAGS, PATIENCE, Complaints
from tests.browser import sign_in as sign_in_at
from tests.cast import CHEAP_HASHER, PASSWORD
from tests.client import Client
from tests.clock import Clock
from tests.server import Installation, Server
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a module with a server on one worker, so that it is started once."""
    for item in items:
        if "live_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


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


@pytest.fixture(scope="session")
def build_app(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], Flask]:
    """Builds an application once for all settings that differ only in where things are kept: it takes a second."""
    elsewhere = tmp_path_factory.mktemp("nowhere")
    build = cache(create_app)
    return lambda settings: build(settings.model_copy(update={"instance_dir": elsewhere, "database_url": ""}))


@pytest.fixture
def app(
    settings: Settings, db: Database, clock: Clock, cheap_passwords: None, build_app: Callable[[Settings], Flask]
) -> Iterator[Flask]:
    """The application, on `db` and on the tests' clock. It has answered other tests before: see `new_app`."""
    app = build_app(settings)
    config, extensions = dict(app.config), dict(app.extensions)
    app.config["ETHICS"] = settings
    app.extensions |= {"ethics.database": db, "ethics.clock": clock}
    app.test_client_class = Client
    yield app
    for present, before in ((app.config, config), (app.extensions, extensions)):
        present.clear()
        present.update(before)


@pytest.fixture
def new_app(settings: Settings, db: Database, clock: Clock, cheap_passwords: None) -> Flask:
    """An application that can still be given more addresses; a module's own `app(new_app)` puts it in place."""
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


@pytest.fixture(scope="session")
def demo_class(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """`demo_class("sqlite")`: the address of a new database that holds the cases and the demo class."""

    @cache
    def prepared(backend: str) -> str:
        url = request.getfixturevalue(f"{backend}_store").migrated()
        installation = Installation.new(url, tmp_path_factory.mktemp("demo"))
        installation.command("cases", "sync")
        installation.command("demo")
        return url

    def copy(backend: str) -> str:
        return request.getfixturevalue(f"{backend}_store").copy(prepared(backend))

    return copy


@pytest.fixture(scope="module")
def live_server(
    request: pytest.FixtureRequest, demo_class: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The production server with the demo class, one for each module of tests, on SQLite.

    `@pytest.mark.parametrize("live_server", ["sqlite", "postgresql"], indirect=True)` for the other, or for both.
    """
    backend = getattr(request, "param", "sqlite")
    store = request.getfixturevalue(f"{backend}_store")
    url = demo_class(backend)
    with Installation.new(url, tmp_path_factory.mktemp("server")).serving() as server:
        yield server
    store.drop(url)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium."""
    return {**browser_type_launch_args, "executable_path": str(machine.browser()), "args": FLAGS}


@pytest.fixture(scope="session")
def base_url() -> None:
    """None for all: each server has its own, which `open_browser` passes on. (The plugin's own fixture warns.)"""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Everybody reads British English in Zurich, unless a test says otherwise."""
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/Zurich"}


@pytest.fixture
def open_browser(live_server: Server, new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """`open_browser("ana@demo.example", viewport=…, color_scheme=…)`: a page of a new browser, signed in there.

    Without an address it is signed out. The options are those of Playwright's `new_context`. When the test ends,
    no browser may have found anything to complain about.
    """
    complaints: list[Complaints] = []

    def open_browser(email: str = "", **options: Any) -> Page:
        context = new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        complaints.append(Complaints(context, live_server.url))
        page = context.new_page()
        if email:
            sign_in_at(page, email)
        return page

    yield open_browser
    assert [found for complaint in complaints for found in complaint.found] == []
