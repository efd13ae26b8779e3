"""What is done with accounts: made, signed in to, given roles and passwords, switched off.

Nothing here hashes a password: doors do that before the transaction begins and pass the hash in.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics import outbox
from ethics.audit.actions import record
from ethics.db import violates
from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.people import attempts
from ethics.people.actor import Actor
from ethics.people.attempts import Place
from ethics.people.models import Link, Role, RoleGrant, User
from ethics.people.passwords import Checked
from ethics.people.queries import find_link
from ethics.people.rules import clean_email, clean_person, may_grant, may_manage, zones
from ethics.people.sessions import end_all_sessions, hash_token, shorten_sessions, start_session

ACTIVATION = "activation"
RESET = "reset"
LASTS = {ACTIVATION: timedelta(days=14), RESET: timedelta(hours=1)}

_SIGN_IN = "sign-in"
_FORGOT = "forgot"


class TooManyTries(NotAllowed):
    """Too many tries from here or for this account; nothing was checked. `wait` is how long to let pass."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("too-many-tries")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account somebody wants into, and the hash to check their password against; both None for no such account."""

    email: str
    place: Place
    user_id: int | None
    password_hash: str | None


def create_user(session: Session, *, actor: Actor | None, email: str, name: str, now: datetime) -> User:
    """Make an account without a password. Raises Conflict("email-taken") when the address has one, and Invalid."""
    if not may_manage(actor):
        raise NotAllowed("not-administrator")
    user = User(
        email=clean_email(email),
        name=clean_person(name),
        password_hash=None,
        zone=None,
        active=True,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        if violates(error, "uq_users_email"):
            raise Conflict("email-taken") from None
        raise
    record(session, actor=actor, action="create", object_kind="user", object_id=user.public_id, now=now)
    return user


def begin_sign_in(session: Session, *, email: str, place: Place, known_user: str | None, now: datetime) -> Candidate:
    """Count a try and return what to check the password against, outside this transaction.

    `known_user` is the public id of whoever signed in from this browser before. For another account the browser is
    no known one. Raises TooManyTries.
    """
    email = _as_typed(email)
    user = session.scalar(select(User).where(User.email == email, User.active))
    if user is None or user.public_id != known_user:
        place = Place(place.address)
    wait = attempts.count(session, kind=_SIGN_IN, email=email, place=place, now=now)
    if wait:
        raise TooManyTries(wait)
    return Candidate(email, place, user.id if user else None, user.password_hash if user else None)


def sign_in(
    session: Session, *, candidate: Candidate, checked: Checked, device: str, own_device: bool, now: datetime
) -> tuple[User, str]:
    """Sign in whoever's password was right; return the account and the token for the cookie.

    Raises Invalid("wrong-password"), also when the account was switched off or its password changed meanwhile.
    """
    user = _still_the_same(session, candidate, checked)
    if checked.new_hash:
        user.password_hash = checked.new_hash
    attempts.forget(session, kind=_SIGN_IN, email=candidate.email, place=candidate.place)
    return user, start_session(session, user=user, device=device, own_device=own_device, now=now)


def change_password(
    session: Session,
    *,
    actor: Actor,
    candidate: Candidate,
    checked: Checked,
    password_hash: str,
    keep: int,
    now: datetime,
) -> None:
    """Replace one's own password and sign out every device but the session `keep`; the owner is told by mail.

    Raises Invalid("wrong-password", "old_password") when the old one was wrong.
    """
    if candidate.user_id != actor.id:
        raise NotAllowed("not-own-account")
    user = _still_the_same(session, candidate, checked, field="old_password")
    attempts.forget(session, kind=_SIGN_IN, email=candidate.email, place=candidate.place)
    _store_password(session, user, password_hash, by=actor, keep=keep, now=now)


def set_password(session: Session, *, actor: Actor | None, user: User, password_hash: str, now: datetime) -> None:
    """Give somebody a password, as the command line does; signs them out everywhere and tells them by mail."""
    if not may_manage(actor):
        raise NotAllowed("not-administrator")
    _store_password(session, user, password_hash, by=actor, keep=None, now=now)


def make_link(session: Session, *, actor: Actor | None, user: User, kind: str, now: datetime) -> str:
    """Make a link that lets `user` set a password once, and return its token; only the hash is kept.

    `actor` None means the command line or somebody who forgot a password and can only read the answer by mail.
    """
    if not may_manage(actor):
        raise NotAllowed("not-administrator")
    token = secrets.token_urlsafe(32)
    link = Link(
        kind=kind,
        token_hash=hash_token(token),
        user_id=user.id,
        created_at=now,
        expires_at=now + LASTS[kind],
        used_at=None,
    )
    session.add(link)
    record(session, actor=actor, action=f"link-{kind}", object_kind="user", object_id=user.public_id, now=now)
    return token


def mail_link(session: Session, *, actor: Actor | None, user: User, kind: str, now: datetime) -> None:
    """Make a link and send it to its owner."""
    token = make_link(session, actor=actor, user=user, kind=kind, now=now)
    outbox.post(
        session,
        key=f"link {hash_token(token)}",
        kind="mail",
        payload={"to": user.email, "about": kind, "name": user.name, "token": token},
        due_at=now,
    )


def forgot(session: Session, *, email: str, place: Place, now: datetime) -> None:
    """Send a reset link to whoever has this address. Says nothing about whether anybody does, or was sent one."""
    email = _as_typed(email)
    if attempts.count(session, kind=_FORGOT, email=email, place=place, now=now):
        return
    user = session.scalar(select(User).where(User.email == email, User.active))
    if user is not None:
        mail_link(session, actor=None, user=user, kind=RESET, now=now)


def use_link(session: Session, *, kind: str, token: str, password_hash: str, now: datetime) -> User:
    """Set the password of a link's owner, and end every session and every other link of theirs.

    Raises NotFound for a link that is unknown, used or too old.
    """
    user = find_link(session, kind=kind, token=token, now=now).user
    _store_password(session, user, password_hash, by=user, keep=None, now=now)
    return user


def grant_role(session: Session, *, actor: Actor | None, user: User, role: Role, now: datetime) -> None:
    """Give somebody a role of the installation; nothing happens if they hold it. Nobody gives himself one.

    Side effects: their own devices lose the long sign-in that students have, and an activation link that somebody
    else may hold works no longer.
    """
    if not may_grant(actor, user):
        raise NotAllowed("own-role" if may_manage(actor) else "not-administrator")
    if session.scalar(select(RoleGrant.id).where(RoleGrant.user_id == user.id, RoleGrant.role == role)):
        return
    session.add(RoleGrant(user_id=user.id, role=role))
    shorten_sessions(session, user_id=user.id)
    void_activation(session, user_ids=[user.id], now=now)
    record(session, actor=actor, action="grant", object_kind="user", object_id=user.public_id, now=now, role=role)


def revoke_role(session: Session, *, actor: Actor | None, user: User, role: Role, now: datetime) -> None:
    """Take a role of the installation from somebody; nothing happens if they don't hold it."""
    if not may_manage(actor):
        raise NotAllowed("not-administrator")
    if session.scalar(select(RoleGrant.id).where(RoleGrant.user_id == user.id, RoleGrant.role == role)) is None:
        return
    session.execute(delete(RoleGrant).where(RoleGrant.user_id == user.id, RoleGrant.role == role))
    record(session, actor=actor, action="revoke", object_kind="user", object_id=user.public_id, now=now, role=role)


def deactivate(session: Session, *, actor: Actor | None, user: User, now: datetime) -> None:
    """Switch an account off: signed out everywhere, no link works. What the person wrote stays."""
    if not may_manage(actor):
        raise NotAllowed("not-administrator")
    if not user.active:
        return
    user.active = False
    end_all_sessions(session, user_id=user.id)
    _void_links(session, user, now)
    record(session, actor=actor, action="deactivate", object_kind="user", object_id=user.public_id, now=now)


def set_zone(session: Session, *, actor: Actor, zone: str) -> None:
    """Keep the zone the actor lives in; empty for none. Raises Invalid for a zone that does not exist."""
    if zone and zone not in zones():
        raise Invalid("unknown-zone", "zone")
    session.get_one(User, actor.id).zone = zone or None


def void_activation(session: Session, *, user_ids: Iterable[int], now: datetime) -> None:
    """Let the open activation links of these accounts work no longer."""
    session.execute(
        update(Link)
        .where(Link.user_id.in_(list(user_ids)), Link.kind == ACTIVATION, Link.used_at.is_(None))
        .values(used_at=now)
    )


def _store_password(
    session: Session, user: User, password_hash: str, *, by: Actor | User | None, keep: int | None, now: datetime
) -> None:
    user.password_hash = password_hash
    end_all_sessions(session, user_id=user.id, but=keep)
    _void_links(session, user, now)
    record(session, actor=by, action="password", object_kind="user", object_id=user.public_id, now=now)
    outbox.post(
        session,
        key=f"password {user.public_id} {secrets.token_hex(8)}",
        kind="mail",
        payload={"to": user.email, "about": "password-changed", "name": user.name},
        due_at=now,
    )


def _void_links(session: Session, user: User, now: datetime) -> None:
    session.execute(update(Link).where(Link.user_id == user.id, Link.used_at.is_(None)).values(used_at=now))


def _still_the_same(session: Session, candidate: Candidate, checked: Checked, field: str | None = None) -> User:
    user = session.get(User, candidate.user_id, with_for_update=True) if candidate.user_id else None
    if not checked.right or user is None or not user.active or user.password_hash != candidate.password_hash:
        raise Invalid("wrong-password", field)
    return user


def _as_typed(email: str) -> str:
    # An address nobody can have is counted and checked like any other, so that it is answered like any other.
    try:
        return clean_email(email)
    except Invalid:
        return email.strip().lower()[:254]
