"""Deliveries: once, after the commit, again when the server fails, given up in the end."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics import outbox
from ethics.outbox import RETRY, Delivery, deliver, post, take_back, waiting


class Postman:
    """Notes what it was given; refuses while `refuses` is set."""

    def __init__(self) -> None:
        self.given: list[dict[str, object]] = []
        self.refuses: Exception | None = None

    def __call__(self, payload: dict[str, object]) -> None:
        if self.refuses:
            raise self.refuses
        self.given.append(payload)


@pytest.fixture
def postman():
    return Postman()


def put(db, clock, key: str, **more) -> None:
    with db.unit_of_work() as session:
        post(session, **{"key": key, "kind": "mail", "payload": {"to": key}, "due_at": clock()} | more)


def go(db, clock, postman) -> int:
    return deliver(db, {"mail": postman}, clock=clock)


def state(db) -> list[tuple[bool, int, str, dict[str, object]]]:
    with db.reading() as session:
        return [
            (d.done_at is not None, d.attempts, d.error, d.payload)
            for d in session.scalars(select(Delivery).order_by(Delivery.id))
        ]


def test_what_waits_is_sent_once_in_order_and_leaves_no_trace_of_what_it_said(db, clock, postman):
    put(db, clock, "ana")
    put(db, clock, "ben")

    assert go(db, clock, postman) == 2
    assert go(db, clock, postman) == 0
    assert postman.given == [{"to": "ana"}, {"to": "ben"}]
    assert state(db) == [(True, 1, "", {})] * 2


def test_one_key_is_one_delivery(db, clock, postman):
    put(db, clock, "ana")
    put(db, clock, "ana", payload={"to": "somebody else"})

    assert go(db, clock, postman) == 1
    put(db, clock, "ana")
    assert go(db, clock, postman) == 0
    assert postman.given == [{"to": "ana"}]


def test_nothing_is_sent_of_what_was_rolled_back(db, clock, postman):
    def change_my_mind() -> None:
        with db.unit_of_work() as session:
            post(session, key="ana", kind="mail", payload={"to": "ana"}, due_at=clock())
            session.flush()
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        change_my_mind()

    assert go(db, clock, postman) == 0
    assert postman.given == []


def test_nothing_is_sent_before_its_time(db, clock, postman):
    put(db, clock, "ana", due_at=clock() + timedelta(minutes=10))

    clock.advance(minutes=9, seconds=59)
    assert (go(db, clock, postman), waiting(db)) == (0, 1)
    clock.advance(seconds=1)
    assert (go(db, clock, postman), waiting(db)) == (1, 0)


def test_a_server_that_fails_is_tried_again_later_and_the_others_go_out(db, clock, postman):
    put(db, clock, "ana")
    postman.refuses = ConnectionRefusedError()
    assert go(db, clock, postman) == 0
    assert state(db) == [(False, 1, "ConnectionRefusedError", {"to": "ana"})]

    postman.refuses = None
    put(db, clock, "ben")
    assert go(db, clock, postman) == 1
    clock.advance(seconds=RETRY[0].total_seconds() + 1)
    assert go(db, clock, postman) == 1
    assert postman.given == [{"to": "ben"}, {"to": "ana"}]


def test_it_is_given_up_after_five_more_tries_and_then_holds_nothing(db, clock, postman):
    put(db, clock, "ana")
    postman.refuses = TimeoutError()
    tries = 0
    for _ in range(100):
        before = state(db)[0][1]
        go(db, clock, postman)
        tries += state(db)[0][1] - before
        clock.advance(hours=12)

    assert tries == 6
    assert (state(db), waiting(db)) == ([(False, 6, "TimeoutError", {})], 0)


def test_a_kind_that_nobody_delivers_stops_nothing(db, clock, postman):
    put(db, clock, "ana", kind="pigeon")
    put(db, clock, "ben")

    assert go(db, clock, postman) == 1
    assert [line[:3] for line in state(db)] == [(False, 1, "KeyError"), (True, 1, "")]


def test_two_deliverers_at_once_send_each_once(db, clock):
    for number in range(20):
        put(db, clock, f"student {number}")
    sent: list[object] = []
    together = threading.Barrier(2)

    def deliverer(_: int) -> int:
        together.wait(10)
        return deliver(db, {"mail": lambda payload: sent.append(payload["to"])}, clock=clock)

    with ThreadPoolExecutor(2) as threads:
        counts = list(threads.map(deliverer, range(2)))

    assert sum(counts) == 20
    assert sorted(sent) == sorted(f"student {number}" for number in range(20))


def test_a_deliverer_that_died_leaves_its_claim_to_the_next(db, clock, postman):
    put(db, clock, "ana")

    class Killed(BaseException):
        """The process ends here."""

    def die(_payload: dict[str, object]) -> None:
        raise Killed

    with pytest.raises(Killed):
        deliver(db, {"mail": die}, clock=clock)
    clock.advance(seconds=outbox.CLAIM.total_seconds())
    assert go(db, clock, postman) == 0
    clock.advance(seconds=1)
    assert go(db, clock, postman) == 1


def test_what_nobody_has_begun_to_send_is_taken_back(db, clock, postman):
    put(db, clock, "concern_1 sent")
    go(db, clock, postman)
    postman.refuses = OSError()
    put(db, clock, "concern_1 begun")
    go(db, clock, postman)
    for key in ("concern_1 ruth", "concern_1 imran", "concern_2 ruth", "concernx1 ruth"):
        put(db, clock, key, due_at=clock() + timedelta(days=1))

    with db.unit_of_work() as session:
        take_back(session, prefix="concern_1 ")

    with db.reading() as session:
        keys = session.scalars(select(Delivery.key).order_by(Delivery.id)).all()
    assert keys == ["concern_1 sent", "concern_1 begun", "concern_2 ruth", "concernx1 ruth"]
