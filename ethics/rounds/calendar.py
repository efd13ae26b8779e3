"""Dates of one's rounds at a secret address: making the address, and what stands behind it."""

import enum
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.people.sessions import hash_token
from ethics.rounds.models import CalendarFeed, Phase
from ethics.rounds.queries import rounds_of


class Step(enum.StrEnum):
    """Which of a round's dates."""

    OPENS = "opens"
    DUE = "due"
    AGAIN = "again"
    CLOSES = "closes"


@dataclass(frozen=True, slots=True)
class RoundDate:
    """A date in somebody's calendar: nobody's name, no alias, and of the case its title alone."""

    key: str
    """Stable as long as the address is; good for nothing else."""
    step: Step
    at: datetime
    title: str
    cohort: str


def make_feed(session: Session, *, actor: Actor, now: datetime) -> str:
    """Give the actor a new secret address for their calendar and return its token; an earlier one ends.

    Only the token's hash is kept.
    """
    stop_feed(session, actor=actor)
    token = secrets.token_urlsafe(32)
    session.add(CalendarFeed(user_id=actor.id, token_hash=hash_token(token), created_at=now))
    session.flush()
    record(session, actor=actor, action="calendar.make", object_kind="user", object_id=actor.public_id, now=now)
    return token


def stop_feed(session: Session, *, actor: Actor) -> None:
    """Switch the actor's calendar address off. Where there is none, nothing happens."""
    session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == actor.id))


def feed_since(session: Session, actor: Actor) -> datetime | None:
    """Since when the actor has the calendar address they have; None where there is none."""
    return session.scalar(select(CalendarFeed.created_at).where(CalendarFeed.user_id == actor.id))


def owner_of(session: Session, token: str) -> Actor:
    """Whose calendar stands at the address with this token. Raises NotFound, also for who is deactivated."""
    user = session.scalar(
        select(User)
        .join(CalendarFeed, CalendarFeed.user_id == User.id)
        .where(CalendarFeed.token_hash == hash_token(token), User.active)
    )
    if user is None:
        raise NotFound
    return Actor(user.id, user.public_id, user.name, zone=user.zone)


def dates_of(session: Session, actor: Actor, *, token: str, now: datetime) -> Iterator[RoundDate]:
    """The dates of every round the actor goes through or teaches, with their own extension; no drafts."""
    for line in rounds_of(session, actor):
        round_ = line.round
        if round_.phase(now) is Phase.DRAFT:
            continue
        steps = {
            Step.OPENS: round_.opens_at,
            Step.DUE: round_.due_for(line.extension),
            Step.AGAIN: line.revisit_at,
            Step.CLOSES: round_.close_for(line.extension),
        }
        for step, at in steps.items():
            if at is not None:
                key = hashlib.sha256(f"{token}\n{round_.public_id}\n{step}".encode()).hexdigest()[:32]
                yield RoundDate(key, step, at, line.title, line.cohort)
