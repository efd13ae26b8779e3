"""Mail and other deliveries: written with the transaction, done after its commit, safe to repeat."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Index, UniqueConstraint, delete, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session

from ethics.db import Base, Database, JsonDict, Key

CLAIM = timedelta(minutes=5)
RETRY = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))

Handler = Callable[[dict[str, Any]], None]


class Delivery(Base):
    """Something to be sent. `key` makes it once: the same key again adds nothing."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("key"), Index(None, "done_at", "due_at"))

    id: Mapped[Key]
    key: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[JsonDict]
    """Emptied when done: no sent link or address stays behind."""
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int]
    error: Mapped[str]
    done_at: Mapped[datetime | None]


def post(session: Session, *, key: str, kind: str, payload: dict[str, Any], due_at: datetime) -> None:
    """Put a delivery into the outbox, in the caller's transaction; nothing happens for a key that is known."""
    if session.scalar(select(Delivery.id).where(Delivery.key == key)) is None:
        session.add(
            Delivery(
                key=key,
                kind=kind,
                payload=payload,
                due_at=due_at,
                claimed_until=None,
                attempts=0,
                error="",
                done_at=None,
            )
        )


def post_all(session: Session, *, kind: str, letters: Iterable[tuple[str, dict[str, Any]]], due_at: datetime) -> None:
    """Put many deliveries, pairs of a key that is new and a payload, into the outbox in one statement."""
    rows = [
        {
            "key": key,
            "kind": kind,
            "payload": payload,
            "due_at": due_at,
            "claimed_until": None,
            "attempts": 0,
            "error": "",
            "done_at": None,
        }
        for key, payload in letters
    ]
    if rows:
        session.execute(insert(Delivery), rows)


def take_back(session: Session, *, prefix: str) -> None:
    """Delete the deliveries whose keys begin with `prefix`, as long as nobody has begun to send them."""
    session.execute(
        delete(Delivery).where(
            Delivery.key.startswith(prefix, autoescape=True), Delivery.done_at.is_(None), Delivery.attempts == 0
        )
    )


def deliver(database: Database, handlers: Mapping[str, Handler], *, clock: Callable[[], datetime]) -> int:
    """Send what is due, one after the other, and return how many were sent. Two at once send each once.

    A handler that raises is tried again later, five times at growing distances; then the delivery is given up and
    emptied, and the class of the last error stays.
    """
    sent = 0
    while _is_due(database, clock()) and (claimed := _claim(database, clock())) is not None:
        number, kind, payload = claimed
        try:
            handlers[kind](payload)
        except Exception as error:  # whatever a mail server does, the others still go out
            _failed(database, number, type(error).__name__, clock())
        else:
            _done(database, number, clock())
            sent += 1
    return sent


def waiting(database: Database) -> int:
    """How many deliveries are not done and not given up."""
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Delivery.done_at.is_(None), _has_tries_left())) or 0


def _is_due(database: Database, now: datetime) -> bool:
    # Asked of the reader, so that an idle deliverer never stands in the writers' queue.
    with database.reading() as session:
        return session.scalar(select(Delivery.id).where(*_due(now)).limit(1)) is not None


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Delivery.done_at.is_(None),
        Delivery.due_at <= now,
        _has_tries_left(),
        or_(Delivery.claimed_until.is_(None), Delivery.claimed_until < now),
    )


def _has_tries_left() -> ColumnElement[bool]:
    return Delivery.attempts <= len(RETRY)


def _claim(database: Database, now: datetime) -> tuple[int, str, dict[str, Any]] | None:
    with database.unit_of_work() as session:
        delivery = session.scalar(
            select(Delivery).where(*_due(now)).order_by(Delivery.id).limit(1).with_for_update(skip_locked=True)
        )
        if delivery is None:
            return None
        delivery.claimed_until = now + CLAIM
        delivery.attempts += 1
        return delivery.id, delivery.kind, delivery.payload


def _done(database: Database, number: int, now: datetime) -> None:
    with database.unit_of_work() as session:
        session.execute(
            update(Delivery).where(Delivery.id == number).values(done_at=now, payload={}, error="", claimed_until=None)
        )


def _failed(database: Database, number: int, error: str, now: datetime) -> None:
    with database.unit_of_work() as session:
        delivery = session.get_one(Delivery, number)
        delivery.error = error
        delivery.claimed_until = now + RETRY[min(delivery.attempts, len(RETRY)) - 1]
        if delivery.attempts > len(RETRY):
            delivery.payload = {}
