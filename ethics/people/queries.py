"""What is read about people and their devices."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from ethics.audit.models import Access
from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.people.models import Link, Role, RoleGrant, SignInSession, User
from ethics.people.sessions import hash_token, is_valid

DEMO_DOMAIN = "@demo.example"


@dataclass(frozen=True, slots=True)
class Opened:
    """That somebody has opened what another wrote: how often, and when last."""

    name: str
    times: int
    last: datetime


def opened_by(session: Session, actor: Actor, *, kind: str, object_id: str) -> list[Opened]:
    """Who has opened something of the actor's own, as the access log names it, the last to do so first."""
    last = func.max(Access.at).label("last")
    rows = session.execute(
        select(User.name, func.count(), last)
        .join(User, User.public_id == Access.actor)
        .where(Access.owner == actor.public_id, Access.object_kind == kind, Access.object_id == object_id)
        .group_by(User.id, User.name)
        .order_by(last.desc(), User.name)
    )
    return [Opened(name, times, at) for name, times, at in rows]


def find_user(session: Session, email: str) -> User:
    """The account with this address, as it is stored. Raises NotFound."""
    user = session.scalar(select(User).where(User.email == email))
    if user is None:
        raise NotFound
    return user


def find_person(session: Session, public_id: str) -> User:
    """The account with this public id, in use or not. Raises NotFound."""
    user = session.scalar(select(User).where(User.public_id == public_id))
    if user is None:
        raise NotFound
    return user


def own_user(session: Session, actor: Actor) -> User:
    """The actor's own account."""
    return session.get_one(User, actor.id)


def roles_of(session: Session, user: User) -> list[str]:
    """The roles of the installation that somebody holds, in alphabetical order."""
    return list(session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == user.id).order_by(RoleGrant.role)))


def find_link(session: Session, *, kind: str, token: str, now: datetime) -> Link:
    """A link that still works, with its user. Reading it uses nothing up. Raises NotFound."""
    link = session.scalar(
        select(Link)
        .join(Link.user)
        .options(contains_eager(Link.user))
        .where(
            Link.token_hash == hash_token(token),
            Link.kind == kind,
            Link.used_at.is_(None),
            Link.expires_at > now,
            User.active,
        )
    )
    if link is None:
        raise NotFound
    return link


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account in the list of all. `came`: whether its owner has ever chosen a password."""

    email: str
    name: str
    roles: tuple[str, ...]
    active: bool
    came: bool


def accounts(session: Session, *, role: Role | None = None) -> list[AccountLine]:
    """Every account, or every holder of a role of the installation, by address. For the command line."""
    held: dict[int, list[str]] = {}
    for user_id, name in session.execute(select(RoleGrant.user_id, RoleGrant.role).order_by(RoleGrant.role)):
        held.setdefault(user_id, []).append(name)
    rows = session.execute(
        select(User.id, User.email, User.name, User.active, User.password_hash.is_not(None)).order_by(User.email)
    )
    return [
        AccountLine(email, name, tuple(held.get(user_id, ())), active, bool(came))
        for user_id, email, name, active, came in rows
        if role is None or role in held.get(user_id, ())
    ]


@dataclass(frozen=True, slots=True)
class Device:
    """A device that is signed in."""

    public_id: str
    name: str
    own: bool
    current: bool
    since: datetime
    last_seen: datetime


def devices(session: Session, actor: Actor, *, current: int, now: datetime) -> list[Device]:
    """The actor's own devices that are signed in: first the one with the database id `current`, then the last used."""
    rows = session.scalars(
        select(SignInSession).where(SignInSession.user_id == actor.id).order_by(SignInSession.last_seen_at.desc())
    )
    found = [
        Device(row.public_id, row.device, row.own_device, row.id == current, row.created_at, row.last_seen_at)
        for row in rows
        if is_valid(row, now=now)
    ]
    return sorted(found, key=lambda device: not device.current)


def demo_accounts(session: Session, *, most: int) -> list[tuple[str, str]]:
    """Name and address of the first accounts of the demo class; for development only."""
    rows = session.execute(
        select(User.name, User.email)
        .where(User.email.endswith(DEMO_DOMAIN), User.active, User.password_hash.is_not(None))
        .order_by(User.id)
        .limit(most)
    )
    return [(name, email) for name, email in rows]


def holders_of(session: Session, role: Role) -> list[Actor]:
    """Everybody with an account in use who holds a role of the installation, by name."""
    rows = session.execute(
        select(User.id, User.public_id, User.name)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == role, User.active)
        .order_by(User.name, User.id)
    )
    return [Actor(number, public_id, name, frozenset({role})) for number, public_id, name in rows]
