"""One form is one write, however often it is sent."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from ethics.audit.models import IdempotencyKey
from ethics.errors import Conflict
from ethics.people.models import User
from ethics.web.session import answered_before, perform
from tests.cast import enter


def send(app, verb, *, key: str = "k1", actor: str = "ana"):
    with app.test_request_context("/", method="POST", data={"idempotency_key": key} if key else {}):
        answer = perform(verb, actor=actor)
    return answer.status_code, answer.location


def people(db) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(User))


@pytest.fixture
def verb():
    """Makes one more person, and says where that led."""
    numbers = iter(range(1, 100))

    def verb(session) -> str:
        number = next(numbers)
        enter(session, f"Student{number}")
        return f"/students/{number}"

    return verb


def test_the_same_key_is_one_write_and_leads_to_the_same_place(app, db, verb):
    assert [send(app, verb) for _ in range(3)] == [(303, "/students/1")] * 3
    assert people(db) == 1


def test_another_key_or_another_person_is_another_write(app, db, verb):
    assert [send(app, verb), send(app, verb, key="k2"), send(app, verb, actor="ben")] == [
        (303, "/students/1"),
        (303, "/students/2"),
        (303, "/students/3"),
    ]


def test_without_a_key_each_sending_is_a_write(app, db, verb):
    assert [send(app, verb, key="") for _ in range(2)] == [(303, "/students/1"), (303, "/students/2")]


def test_two_at_once_are_one_write(app, db, verb):
    together = threading.Barrier(2)

    def sender(_: int):
        together.wait(10)
        return send(app, verb)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(sender, range(2)))

    assert answers[0] == answers[1]
    assert people(db) == 1


@pytest.mark.parametrize("backend", ["postgresql"])  # SQLite has one writer: two transactions are never this close
def test_the_slower_of_two_undoes_what_it_did(app, db, verb):
    """Both are past the question whether it was done before: the unique key decides."""
    inside, been = threading.Barrier(2), set()

    def slow(session) -> str:
        if threading.get_ident() not in been:
            been.add(threading.get_ident())
            inside.wait(10)
        return verb(session)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: send(app, slow), range(2)))

    assert answers[0] == answers[1]
    assert people(db) == 1


def test_what_failed_is_not_remembered(app, db, verb):
    def refuse(session) -> str:
        verb(session)
        raise Conflict("stale")

    with pytest.raises(Conflict):
        send(app, refuse)
    assert people(db) == 0
    assert send(app, verb) == (303, "/students/2")


def test_an_endless_key_is_a_key(app, db, verb):
    assert [send(app, verb, key="x" * 5000) for _ in range(2)] == [(303, "/students/1")] * 2
    with db.reading() as session:
        assert [len(key) for key in session.scalars(select(IdempotencyKey.key))] == [200]


def test_one_can_ask_whether_it_was_done(app, db, verb):
    def asked():
        with app.test_request_context("/", method="POST", data={"idempotency_key": "k1"}):
            return answered_before(actor="ana")

    assert asked() is None
    send(app, verb)
    assert asked().location == "/students/1"
