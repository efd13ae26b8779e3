"""A process that increments a counter again and again, in four threads, and prints how often it was told "saved".

`python -m tests.databases.writers ENGINE URL TIMES` with the engine `ours` or `plain`; begins when it reads a line.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from sqlalchemy import column, create_engine, select, table, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from ethics.db import Database

THREADS = 4
COUNTER = table("counter", column("value"))


def increment(session: Session) -> None:
    """Read, add one, write: what every edit of a row comes down to."""
    value = session.scalars(select(COUNTER.c.value).with_for_update()).one()
    session.execute(update(COUNTER).values(value=value + 1))


def write(unit_of_work: Callable[[], AbstractContextManager[Session]], times: int) -> int:
    """How many of `times` increments were acknowledged."""
    acknowledged = 0
    for _ in range(times):
        try:
            with unit_of_work() as session:
                increment(session)
        except OperationalError as error:  # "database is locked" is said, and not counted
            sys.stderr.write(f"{error}\n")
            continue
        acknowledged += 1
    return acknowledged


def main(engine: str, url: str, times: str) -> None:
    begin = Database(url).unit_of_work if engine == "ours" else sessionmaker(create_engine(url)).begin
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as threads:
        counts = list(threads.map(write, [begin] * THREADS, [int(times)] * THREADS))
    sys.stdout.write(f"{sum(counts)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
