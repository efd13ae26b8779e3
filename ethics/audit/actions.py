"""Writing and verifying the audit chain; remembering forms that were done; noting who read what."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics.audit.models import Access, AuditEntry, AuditHead, IdempotencyKey

START = "0" * 64
KEY_BYTES = 200
_COLUMNS = ("number", "at", "actor", "action", "object_kind", "object_id", "details")


class Named(Protocol):
    """Whoever has a public id."""

    @property
    def public_id(self) -> str:
        """The random name that may leave the server."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One line for the chain: what was done to which object. `details` are short facts, never a text."""

    action: str
    object_kind: str
    object_id: str
    details: Mapping[str, str | int | bool | None] = field(default_factory=dict)


def record(
    session: Session,
    *,
    actor: Named | None,
    action: str,
    object_kind: str,
    object_id: str,
    now: datetime,
    **details: str | int | bool | None,
) -> None:
    """Append one line to the audit chain, inside the caller's transaction.

    `actor` None means the command line or the application itself. `details` are short facts, never a text that
    somebody wrote. Side effect: later writers wait for this transaction, because the chain has one end.
    """
    record_all(session, actor=actor, deeds=[Deed(action, object_kind, object_id, details)], now=now)


def record_all(session: Session, *, actor: Named | None, deeds: Iterable[Deed], now: datetime) -> None:
    """Append a line for each of the deeds, in their order and as many statements as for one; else like `record`."""
    head = _head(session)
    rows = []
    for deed in deeds:
        entry = AuditEntry(
            number=head.number + 1,
            at=now,
            actor=actor.public_id if actor else None,
            action=deed.action,
            object_kind=deed.object_kind,
            object_id=deed.object_id,
            details=dict(deed.details),
        )
        head.number, head.mac = entry.number, _mac(session.info["audit_keys"][0], _line(entry), head.mac)
        rows.append({name: getattr(entry, name) for name in _COLUMNS} | {"mac": head.mac})
    if rows:
        session.execute(insert(AuditEntry), rows)
    session.flush()


def broken_entry(session: Session) -> int | None:
    """The number of the first line that was changed, deleted, reordered or cut off; None when the chain is whole."""
    previous, number = START, 0
    chain = select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=500, populate_existing=True)
    with closing(session.scalars(chain)) as entries:
        for entry in entries:
            if entry.number != number + 1 or not _signed(session, entry, previous):
                return number + 1
            previous, number = entry.mac, entry.number
    head = session.get(AuditHead, 1)
    if head is None:
        return None if number == 0 else number + 1
    return None if (head.number, head.mac) == (number, previous) else number + 1


def length(session: Session) -> int:
    """How many lines the chain has."""
    return session.scalar(select(func.count(AuditEntry.id))) or 0


def done_before(session: Session, *, actor: str, key: str) -> str | None:
    """Where the form with this key led when it was first sent, or None."""
    return session.scalar(
        select(IdempotencyKey.location).where(IdempotencyKey.actor == actor, IdempotencyKey.key == key[:KEY_BYTES])
    )


def remember(session: Session, *, actor: str, key: str, location: str, now: datetime) -> None:
    """Keep what a form led to. The unique constraint makes the slower of two equal forms fail and roll back."""
    session.add(IdempotencyKey(actor=actor, key=key[:KEY_BYTES], location=location, created_at=now))
    session.flush()


def note_access(session: Session, *, actor: Named, owner: str, object_kind: str, object_id: str, now: datetime) -> None:
    """Note that `actor` opened a text of the person whose public id is `owner`. Own texts are not noted."""
    if actor.public_id != owner:
        session.add(Access(at=now, actor=actor.public_id, owner=owner, object_kind=object_kind, object_id=object_id))


def _head(session: Session) -> AuditHead:
    head = session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        # Of two that begin the chain at once, the slower finds the other's row.
        with suppress(IntegrityError), session.begin_nested():
            session.add(AuditHead(id=1, number=0, mac=START))
        head = session.get_one(AuditHead, 1, with_for_update=True, populate_existing=True)
    return head


def _line(entry: AuditEntry) -> str:
    return json.dumps(
        [
            entry.number,
            entry.at.isoformat(),
            entry.actor,
            entry.action,
            entry.object_kind,
            entry.object_id,
            entry.details,
        ],
        sort_keys=True,
    )


def _signed(session: Session, entry: AuditEntry, previous: str) -> bool:
    line = _line(entry)
    return any(hmac.compare_digest(entry.mac, _mac(key, line, previous)) for key in session.info["audit_keys"])


def _mac(key: bytes, line: str, previous: str) -> str:
    return hmac.new(key, f"{previous}\n{line}".encode(), hashlib.sha256).hexdigest()
