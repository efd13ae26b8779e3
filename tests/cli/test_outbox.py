"""`ethics outbox deliver`, and the loop that the server keeps running."""

import threading
import time
from datetime import timedelta

import pytest

from ethics import outbox
from ethics.cli.outbox import keep_delivering

SECONDS = 20


@pytest.fixture
def sent(app) -> list[str]:
    """Where what is sent goes."""
    sent: list[str] = []
    app.extensions["ethics.deliveries"] = {"mail": lambda payload: sent.append(payload["to"])}
    return sent


def put(db, clock, to: str, *, late: bool = False) -> None:
    due = clock() + timedelta(hours=late)
    with db.unit_of_work() as session:
        outbox.post(session, key=to, kind="mail", payload={"to": to}, due_at=due)


def test_what_is_due_is_sent_and_counted(app, db, clock, sent):
    put(db, clock, "ana")
    put(db, clock, "ben", late=True)
    answers = [app.test_cli_runner().invoke(args=["outbox", "deliver"]) for _ in range(2)]

    assert [(answer.exit_code, answer.output) for answer in answers] == [
        (0, "1 sent, 1 waiting\n"),
        (0, "0 sent, 1 waiting\n"),
    ]
    assert sent == ["ana"]


def test_the_loop_goes_on_after_a_fault_and_stops_when_told(app, db, clock, sent, monkeypatch):
    monkeypatch.setattr("ethics.cli.outbox.PAUSE_SECONDS", 0.01)
    faults = iter([OSError("the database is away")])

    def troubled() -> object:
        for fault in faults:
            raise fault
        return clock()

    app.extensions["ethics.clock"] = troubled
    stop = threading.Event()
    loop = threading.Thread(target=keep_delivering, args=(app, stop))
    loop.start()
    for to in ("ana", "ben"):
        put(db, clock, to)
        deadline = time.monotonic() + SECONDS
        while to not in sent:
            assert time.monotonic() < deadline, f"{to} waited too long"
            stop.wait(0.01)
    stop.set()
    loop.join(SECONDS)

    assert (sent, loop.is_alive()) == (["ana", "ben"], False)
