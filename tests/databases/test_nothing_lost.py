"""Eight writers at once: what they were told is saved, is saved."""

import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from ethics.db import Database
from tests.databases.writers import THREADS

PROCESSES = 2
WRITERS = PROCESSES * THREADS
TIMES = 20


@pytest.fixture
def counter(store):
    """The address of a database with a counter that stands at 0, prepared as ours are."""
    url = store.empty()
    database = Database(url)
    with database.writer.begin() as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    database.dispose()
    yield url
    store.drop(url)


def acknowledged_and_stored(engine: str, url: str) -> tuple[int, int]:
    """Let eight writers increment; how often they were told "saved", and where the counter stands."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.databases.writers", engine, url, str(TIMES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * PROCESSES
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    acknowledged = sum(int(process.communicate(timeout=60)[0]) for process in processes)
    plain = create_engine(url)
    with plain.connect() as connection:
        stored = connection.scalar(text("SELECT value FROM counter"))
    plain.dispose()
    return acknowledged, stored


def test_eight_writers_lose_nothing(counter):
    assert acknowledged_and_stored("ours", counter) == (WRITERS * TIMES, WRITERS * TIMES)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_without_our_engine_sqlite_loses_writes_and_says_nothing(counter):
    acknowledged, stored = acknowledged_and_stored("plain", counter)

    assert acknowledged > stored
