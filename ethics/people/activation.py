"""Accounts for many at once, and the links that let their owners choose a first password.

Who brings people into a cohort makes accounts and links without being an administrator. So a link is made only for an
account that nobody has come into and that holds no role of the installation; what it reads in cohorts is for
`ethics.cohorts.links` to check. Nothing here checks whether the actor may bring anybody in: the actions above do.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics import outbox
from ethics.audit.actions import Deed, record_all
from ethics.db import violates
from ethics.errors import Conflict
from ethics.people.actions import ACTIVATION, LASTS, void_activation
from ethics.people.actor import Actor
from ethics.people.models import Link, RoleGrant, User
from ethics.people.sessions import hash_token


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the makers of links need it."""

    id: int
    public_id: str
    email: str
    name: str


def is_new() -> ColumnElement[bool]:
    """Condition on User: nobody has come into this account, it is not switched off, and it holds no role."""
    return and_(
        User.active, User.password_hash.is_(None), ~exists().where(RoleGrant.user_id == User.id).correlate(User)
    )


def open_accounts(
    session: Session, *, actor: Actor | None, people: Mapping[str, str], now: datetime
) -> dict[str, Account]:
    """The accounts of all these addresses (with the name to give to a new one), by address.

    Those that are missing are made, without a password; those that exist stay as they are. In as many statements for
    many as for one. Raises Conflict("email-taken") when somebody else made one of them meanwhile.
    """
    known = _accounts(session, people)
    missing = [email for email in people if email not in known]
    rows = [
        {"email": email, "name": people[email], "password_hash": None, "zone": None, "active": True, "created_at": now}
        for email in missing
    ]
    if rows:
        try:
            with session.begin_nested():
                session.execute(insert(User), rows)
        except IntegrityError as error:
            if violates(error, "uq_users_email"):
                raise Conflict("email-taken") from None
            raise
    accounts = _accounts(session, people)
    deeds = [Deed("create", "user", accounts[email].public_id) for email in missing]
    record_all(session, actor=actor, deeds=deeds, now=now)
    return accounts


def make_links(session: Session, *, actor: Actor | None, accounts: Sequence[Account], now: datetime) -> dict[int, str]:
    """Make each of the accounts that `is_new` a link, and return the tokens by the account's id; only hashes are kept.

    Side effect: the links these accounts had before work no longer.
    """
    wanted = [account.id for account in accounts]
    fresh = set(session.scalars(select(User.id).where(User.id.in_(wanted), is_new())))
    void_activation(session, user_ids=fresh, now=now)
    tokens = {account.id: secrets.token_urlsafe(32) for account in accounts if account.id in fresh}
    rows = [
        {
            "kind": ACTIVATION,
            "token_hash": hash_token(token),
            "user_id": user_id,
            "created_at": now,
            "expires_at": now + LASTS[ACTIVATION],
            "used_at": None,
        }
        for user_id, token in tokens.items()
    ]
    if rows:
        session.execute(insert(Link), rows)
    deeds = [Deed("link-activation", "user", account.public_id) for account in accounts if account.id in fresh]
    record_all(session, actor=actor, deeds=deeds, now=now)
    return tokens


def mail_links(session: Session, *, actor: Actor | None, accounts: Sequence[Account], now: datetime) -> int:
    """Make links and send each to its owner; return how many."""
    tokens = make_links(session, actor=actor, accounts=accounts, now=now)
    outbox.post_all(
        session,
        kind="mail",
        letters=[
            (
                f"link {hash_token(tokens[account.id])}",
                {"to": account.email, "about": ACTIVATION, "name": account.name, "token": tokens[account.id]},
            )
            for account in accounts
            if account.id in tokens
        ],
        due_at=now,
    )
    return len(tokens)


def _accounts(session: Session, emails: Iterable[str]) -> dict[str, Account]:
    rows = session.execute(select(User.id, User.public_id, User.email, User.name).where(User.email.in_(list(emails))))
    return {row.email: Account(*row) for row in rows}
