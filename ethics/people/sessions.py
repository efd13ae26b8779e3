"""Sign-in sessions: rows that a cookie points to, so that signing out, here or everywhere, is real."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, contains_eager

from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.people.models import Role, RoleGrant, SignInSession, User

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
IDLE_OWN_DEVICE = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in session that is valid, and who it belongs to."""

    session_id: int
    actor: Actor
    own_device: bool
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


def find_session(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """Who the token in a cookie belongs to; None when it is unknown, too old, idle too long, or its user inactive."""
    row = session.scalar(
        select(SignInSession)
        .join(SignInSession.user)
        .options(contains_eager(SignInSession.user))
        .where(SignInSession.token_hash == hash_token(token), User.active)
    )
    if row is None or not is_valid(row, now=now):
        return None
    roles = session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == row.user_id))
    user = row.user
    actor = Actor(user.id, user.public_id, user.name, frozenset(Role(role) for role in roles), user.zone)
    return SignedIn(row.id, actor, row.own_device, row.last_seen_at)


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
    session.execute(update(SignInSession).where(SignInSession.user_id == user_id).values(own_device=False))


def is_valid(row: SignInSession, *, now: datetime) -> bool:
    """Whether a sign-in session has neither been idle too long nor lasted too long."""
    if row.own_device:
        return now < row.last_seen_at + IDLE_OWN_DEVICE
    return now < min(row.last_seen_at + IDLE, row.created_at + LONGEST)


def hash_token(token: str) -> str:
    """What is kept of a token: random 256 bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
