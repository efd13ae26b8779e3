"""Telling people what happened."""

from datetime import datetime

from sqlalchemy.orm import Session

from ethics.notices.models import Notice


def tell(
    session: Session, *, user_id: int, kind: str, now: datetime, due_at: datetime | None = None, **subject: str
) -> None:
    """Write a notice for one person, shown from `due_at` (or now) on. `subject` is public ids, never a text or name."""
    session.add(Notice(user_id=user_id, kind=kind, subject=subject, due_at=due_at or now, seen_at=None, created_at=now))
