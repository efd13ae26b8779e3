"""What several tests of pages need."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from ethics.db import Database
from tests.client import Client
from tests.rounds_cast import RoundCast, build_round


@pytest.fixture
def statements(db: Database) -> Callable[[Client, str], int]:
    """`statements(client, address)`: how many statements the database is sent for a page."""

    def statements(client: Client, address: str) -> int:
        client.page(address)  # whatever is noted once, when somebody is seen, is noted now
        sent: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            sent.append(statement)

        event.listen(db.reader, "before_cursor_execute", note)
        event.listen(db.writer, "before_cursor_execute", note)
        client.page(address)
        event.remove(db.reader, "before_cursor_execute", note)
        event.remove(db.writer, "before_cursor_execute", note)
        return len(sent)

    return statements


@pytest.fixture
def cast(db: Database) -> RoundCast:
    """The class; nobody has begun."""
    with db.unit_of_work() as session:
        return build_round(session)


@pytest.fixture
def helen(cast: RoundCast, sign_in: Callable[[str], Client]) -> Client:
    """The director's browser."""
    return sign_in("helen@demo.example")


@pytest.fixture
def cohort(cast: RoundCast) -> str:
    """The address of the class."""
    return f"/cohorts/{cast.cohort.public_id}"


@pytest.fixture
def round_(cast: RoundCast) -> str:
    """The address of its round."""
    return f"/rounds/{cast.id}"
