"""Telling people what happened, and what they have read of it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ethics.errors import NotFound
from ethics.notices.models import Notice
from ethics.people.actor import Actor


def tell(
    session: Session, *, user_id: int, kind: str, now: datetime, due_at: datetime | None = None, **subject: str
) -> None:
    """Write a notice for one person, shown from `due_at` (or now) on. `subject` is public ids, never a text or name."""
    session.add(Notice(user_id=user_id, kind=kind, subject=subject, due_at=due_at or now, seen_at=None, created_at=now))


def tell_all(
    session: Session,
    *,
    user_ids: Iterable[int],
    kind: str,
    now: datetime,
    due_at: datetime | None = None,
    **subject: str,
) -> None:
    """Write the same notice for several people, in one statement."""
    rows = [
        {
            "user_id": user_id,
            "kind": kind,
            "subject": subject,
            "due_at": due_at or now,
            "seen_at": None,
            "created_at": now,
        }
        for user_id in user_ids
    ]
    if rows:
        session.execute(insert(Notice), rows)


def tell_once(session: Session, *, user_ids: Iterable[int], kind: str, now: datetime, **subject: str) -> None:
    """Write the same notice for several people, but for who has not seen the last such one yet."""
    chosen = list(user_ids)
    unseen = session.scalars(
        select(Notice).where(Notice.user_id.in_(chosen), Notice.kind == kind, Notice.seen_at.is_(None))
    )
    told = {notice.user_id for notice in unseen if notice.subject == subject}
    for user_id in chosen:
        if user_id not in told:
            tell(session, user_id=user_id, kind=kind, now=now, due_at=None, **subject)


def take_back(session: Session, *, user_id: int, kind: str, now: datetime, **subject: str) -> bool:
    """Delete a notice that is not due yet, and say whether there was one: what it was about has been undone."""
    return take_back_all(session, user_ids=[user_id], kind=kind, now=now, **subject)


def take_back_all(session: Session, *, user_ids: Iterable[int], kind: str, now: datetime, **subject: str) -> bool:
    """The same for several people."""
    waiting = session.scalars(
        select(Notice).where(Notice.user_id.in_(list(user_ids)), Notice.kind == kind, Notice.due_at > now)
    ).all()
    found = [notice for notice in waiting if notice.subject == subject]
    for notice in found:
        session.delete(notice)
    session.flush()
    return bool(found)


def mark_seen(session: Session, *, actor: Actor, notice_id: str, now: datetime) -> Notice:
    """Note that the actor has read a notice of theirs. Again does nothing. Raises NotFound."""
    notice = session.scalar(
        select(Notice).where(Notice.public_id == notice_id, Notice.user_id == actor.id, Notice.due_at <= now)
    )
    if notice is None:
        raise NotFound
    notice.seen_at = notice.seen_at or now
    return notice
