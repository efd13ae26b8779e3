"""What is read of notices: one's own, once they are due."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.notices.models import Notice
from ethics.people.actor import Actor

MOST = 20


def unseen(session: Session, actor: Actor, now: datetime) -> Sequence[Notice]:
    """The actor's newest notices that are due and not seen yet, MOST of them."""
    return session.scalars(
        select(Notice)
        .where(Notice.user_id == actor.id, Notice.seen_at.is_(None), Notice.due_at <= now)
        .order_by(Notice.id.desc())
        .limit(MOST)
    ).all()
