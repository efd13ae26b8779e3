"""Activation links in a director's hand: for whom they may be made, so that nobody comes into somebody else's rights.

Whoever holds a link chooses the account's password. So one is made only for an account that nobody has come into, that
holds no role of the installation, and whose only place is a student's or tutor's in the director's own cohort. A link
by mail goes to its owner and needs no more than the first two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from ethics.audit.actions import record
from ethics.cohorts.models import Cohort, CohortRole, Membership
from ethics.cohorts.queries import cohort_for_director
from ethics.errors import NotAllowed
from ethics.people.activation import Account, is_new, mail_links, make_links
from ethics.people.actor import Actor
from ethics.people.models import User

_elsewhere = aliased(Membership)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody of the cohort who has never come in. `in_hand`: whether the director may hold their link."""

    public_id: str
    name: str
    email: str
    role: CohortRole
    in_hand: bool


@dataclass(frozen=True, slots=True)
class Printed:
    """A link to print: shown this once, because only its hash is kept."""

    name: str
    email: str
    token: str


def never_came(session: Session, actor: Actor, cohort_id: str) -> list[Waiting]:
    """Who of the cohort has never come in, by name. Raises NotFound for who is not its director."""
    cohort = cohort_for_director(session, actor, cohort_id)
    rows = session.execute(
        select(User.public_id, User.name, User.email, Membership.role, may_be_handed(cohort).label("in_hand"))
        .join(Membership, Membership.user_id == User.id)
        .where(*_waits(cohort))
        .order_by(User.name, User.id)
    )
    return [Waiting(row.public_id, row.name, row.email, CohortRole(row.role), bool(row.in_hand)) for row in rows]


def print_links(
    session: Session, *, actor: Actor, cohort_id: str, now: datetime, person: str | None = None
) -> list[Printed]:
    """Make links to print for all who never came in, or for one `person` (public id); earlier ones work no longer.

    Raises NotFound for who is not the cohort's director, NotAllowed once it is archived.
    """
    cohort = _open_cohort(session, actor, cohort_id)
    accounts = _accounts(session, cohort, person, may_be_handed(cohort))
    tokens = make_links(session, actor=actor, accounts=accounts, now=now)
    record(
        session,
        actor=actor,
        action="cohort.print-links",
        object_kind="cohort",
        object_id=cohort.public_id,
        now=now,
        links=len(tokens),
    )
    return [Printed(account.name, account.email, tokens[account.id]) for account in accounts if account.id in tokens]


def send_links(session: Session, *, actor: Actor, cohort_id: str, now: datetime, person: str | None = None) -> int:
    """Mail new links to all who never came in, or to one; return to how many. Raises what `print_links` raises."""
    cohort = _open_cohort(session, actor, cohort_id)
    return mail_links(session, actor=actor, accounts=_accounts(session, cohort, person, is_new()), now=now)


def may_be_handed(cohort: Cohort) -> ColumnElement[bool]:
    """Condition on User joined to their Membership of `cohort`: the director may hold a link into this account."""
    other_place = exists().where(
        _elsewhere.user_id == User.id, _elsewhere.cohort_id != cohort.id, _elsewhere.left_at.is_(None)
    )
    return is_new() & ~other_place.correlate(User) & (Membership.role != CohortRole.DIRECTOR)


def _waits(cohort: Cohort) -> Sequence[ColumnElement[bool]]:
    return (Membership.cohort_id == cohort.id, Membership.left_at.is_(None), User.password_hash.is_(None))


def _accounts(session: Session, cohort: Cohort, person: str | None, which: ColumnElement[bool]) -> list[Account]:
    wanted = (
        select(User.id, User.public_id, User.email, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(*_waits(cohort), which)
        .order_by(User.name, User.id)
    )
    if person is not None:
        wanted = wanted.where(User.public_id == person)
    return [Account(*row) for row in session.execute(wanted)]


def _open_cohort(session: Session, actor: Actor, cohort_id: str) -> Cohort:
    cohort = cohort_for_director(session, actor, cohort_id)
    if cohort.archived_at is not None:
        raise NotAllowed("cohort-archived")
    return cohort
