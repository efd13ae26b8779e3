"""Tries to sign in, or to have a link sent: counted before anything costly is done, so that guessing gets slow.

Three counts, each over the last hour: one account from one place, one account from everywhere, one address for all
accounts. Past its free tries a count asks for a wait that doubles up to LONGEST_WAIT. Only tries that were let
through count, so a flood makes nobody's wait longer. A browser that has signed in to an account before is a place of
its own and free of the other two counts: whoever guesses cannot keep the owner out.

Account and address are kept as HMACs only.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from ethics.people.models import Attempt

WINDOW = timedelta(hours=1)
LONGEST_WAIT = timedelta(minutes=15)
_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tries are free in an hour, and the wait after the first that is not; it doubles with each."""

    free: int
    wait: timedelta


ONE_PLACE = Limit(5, timedelta(seconds=5))
#: More than one place alone can reach in an hour, so that the owner, somewhere else, still gets in.
EVERYWHERE = Limit(16, timedelta(minutes=1))
#: A lecture hall comes from one address.
ONE_ADDRESS = Limit(100, timedelta(seconds=5))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a try comes from: a network address, and the browser, if it has signed in to this account before."""

    address: str
    known_browser: str | None = None


def count(session: Session, *, kind: str, email: str, place: Place, now: datetime) -> timedelta:
    """Count one try and return zero; or, when there were too many, count nothing and return how long to wait."""
    account, address, here = _masked(session, email, place)
    _one_at_a_time(session, account)
    session.execute(delete(Attempt).where(Attempt.at <= now - WINDOW))
    waits = [_wait(session, ONE_PLACE, now, kind, Attempt.account == account, Attempt.address == here)]
    if place.known_browser is None:
        waits.append(_wait(session, EVERYWHERE, now, kind, Attempt.account == account))
        waits.append(_wait(session, ONE_ADDRESS, now, kind, Attempt.address == address))
    longest = max(waits)
    if not longest:
        session.add(Attempt(kind=kind, account=account, address=here, at=now))
        session.flush()
    return longest


def forget(session: Session, *, kind: str, email: str, place: Place) -> None:
    """Forget the tries of one account from one place: its owner got in."""
    account, _, here = _masked(session, email, place)
    session.execute(delete(Attempt).where(Attempt.kind == kind, Attempt.account == account, Attempt.address == here))


def _wait(session: Session, limit: Limit, now: datetime, kind: str, *which: ColumnElement[bool]) -> timedelta:
    tries, last = session.execute(select(func.count(), func.max(Attempt.at)).where(Attempt.kind == kind, *which)).one()
    if tries < limit.free:
        return timedelta()
    pause = min(limit.wait * (1 << min(tries - limit.free, _DOUBLINGS)), LONGEST_WAIT)
    return max(timedelta(), last + pause - now)


def _one_at_a_time(session: Session, account: str) -> None:
    # SQLite has one writer anyway; on PostgreSQL parallel guesses would not see each other's rows.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(int(account[:15], 16))))


def _masked(session: Session, email: str, place: Place) -> tuple[str, str, str]:
    address = _mask(session, f"address {_network(place.address)}")
    here = _mask(session, f"browser {place.known_browser}") if place.known_browser else address
    return _mask(session, f"account {email}"), address, here


def _mask(session: Session, text: str) -> str:
    key: bytes = session.info["audit_keys"][0]
    return hmac.new(key, f"attempt\n{text}".encode(errors="replace"), hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """The address; of IPv6 its first half, because one household has all of the rest."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed)
