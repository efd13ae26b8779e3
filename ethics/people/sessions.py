"""Sign-in sessions: rows that a cookie points to, so that signing out, here or everywhere, is real."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.people.models import Role, RoleGrant, SignInSession, User

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
IDLE_OWN_DEVICE = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)


class Lasting(Protocol):
    """What says how long a sign-in session lasts: the row, or its columns."""

    own_device: bool
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in session that is valid, and who it belongs to."""

    session_id: int
    actor: Actor
    own_device: bool
    since: datetime
    """When it began: its password was given then, never later."""
    last_seen_at: datetime


def start_session(session: Session, *, user: User, device: str, own_device: bool, now: datetime) -> str:
    """Sign `user` in on a device and return the token for the cookie; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            token_hash=hash_token(token),
            user_id=user.id,
            device=device,
            own_device=own_device,
            created_at=now,
            last_seen_at=now,
        )
    )
    session.flush()
    return token


_FOUND = (
    select(
        SignInSession.id,
        SignInSession.own_device,
        SignInSession.created_at,
        SignInSession.last_seen_at,
        User.id.label("user_id"),
        User.public_id,
        User.name,
        User.zone,
        RoleGrant.role,
    )
    .join(User, User.id == SignInSession.user_id)
    .outerjoin(RoleGrant, RoleGrant.user_id == User.id)
    .where(SignInSession.token_hash == bindparam("token_hash"), User.active)
)


def find_session(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """Who the token in a cookie belongs to; None when it is unknown, too old, idle too long, or its user inactive."""
    rows = session.execute(_FOUND, {"token_hash": hash_token(token)}).all()
    if not rows or not is_valid(rows[0], now=now):
        return None
    row = rows[0]
    roles = frozenset(Role(each.role) for each in rows if each.role is not None)
    return SignedIn(
        row.id,
        Actor(row.user_id, row.public_id, row.name, roles, row.zone),
        row.own_device,
        row.created_at,
        row.last_seen_at,
    )


def note_seen(session: Session, signed_in: SignedIn, *, now: datetime) -> None:
    """Move the idle time along. Called at most every SEEN_EVERY."""
    session.execute(update(SignInSession).where(SignInSession.id == signed_in.session_id).values(last_seen_at=now))


def end_session(session: Session, *, token: str) -> None:
    """Sign out the device that holds this token."""
    session.execute(delete(SignInSession).where(SignInSession.token_hash == hash_token(token)))


def end_all_sessions(session: Session, *, user_id: int, but: int | None = None) -> None:
    """Sign a person out everywhere, except on the session with the database id `but`."""
    session.execute(
        delete(SignInSession).where(SignInSession.user_id == user_id, SignInSession.id != (but if but else -1))
    )


def end_device(session: Session, *, actor: Actor, public_id: str) -> None:
    """Sign out one of the actor's own devices. Raises NotFound for anybody else's."""
    device = session.scalar(
        select(SignInSession).where(SignInSession.public_id == public_id, SignInSession.user_id == actor.id)
    )
    if device is None:
        raise NotFound
    session.delete(device)


def shorten_sessions(session: Session, *, user_id: int) -> None:
    """Take the long sign-in of a student's own device away, because the person is no longer only a student."""
    shorten_all_sessions(session, user_ids=[user_id])


def shorten_all_sessions(session: Session, *, user_ids: Iterable[int]) -> None:
    """The same for several people, in one statement."""
    chosen = SignInSession.user_id.in_(list(user_ids))
    session.execute(update(SignInSession).where(chosen).values(own_device=False))


def is_valid(row: Lasting, *, now: datetime) -> bool:
    """Whether a sign-in session has neither been idle too long nor lasted too long."""
    if row.own_device:
        return now < row.last_seen_at + IDLE_OWN_DEVICE
    return now < min(row.last_seen_at + IDLE, row.created_at + LONGEST)


def hash_token(token: str) -> str:
    """What is kept of a token: random 256 bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
