"""What is read of notices: one's own, once they are due; and when somebody is to be written to."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from ethics.db import UtcDateTime
from ethics.errors import NotFound
from ethics.notices.kinds import HOUR, WEEKDAY, Plan
from ethics.notices.models import Notice, NoticeSettings
from ethics.people.actor import Actor
from ethics.people.models import User

MOST = 100
"""How many unseen notices are looked at; a bell that says more tells nobody more."""
PAGE = 60


def unseen(session: Session, actor: Actor, now: datetime) -> Sequence[Notice]:
    """The actor's newest notices that are due and not seen yet, MOST of them."""
    return session.scalars(_unseen(), {"actor_id": actor.id, "now": now}).all()


@cache
def _unseen() -> Select[Notice]:
    """Built once: every page of everybody asks it."""
    return (
        select(Notice)
        .where(
            Notice.user_id == bindparam("actor_id"),
            Notice.seen_at.is_(None),
            Notice.due_at <= bindparam("now", type_=UtcDateTime),
        )
        .order_by(Notice.due_at.desc(), Notice.id.desc())
        .limit(MOST)
    )


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Some of the actor's notices, the newest first."""

    notices: Sequence[Notice]
    before: str | None
    """There are earlier ones: before the notice with this public id."""


def notices_of(session: Session, actor: Actor, now: datetime, *, before: str | None = None) -> NoticePage:
    """The actor's notices that are due, seen or not, PAGE of them. Raises NotFound for an unknown `before`."""
    chosen = select(Notice).where(Notice.user_id == actor.id, Notice.due_at <= now)
    if before is not None:
        mark = session.scalar(chosen.where(Notice.public_id == before))
        if mark is None:
            raise NotFound
        earlier = and_(Notice.due_at == mark.due_at, Notice.id < mark.id)
        chosen = chosen.where(or_(Notice.due_at < mark.due_at, earlier))
    found = session.scalars(chosen.order_by(Notice.due_at.desc(), Notice.id.desc()).limit(PAGE + 1)).all()
    return NoticePage(found[:PAGE], found[PAGE - 1].public_id if len(found) > PAGE else None)


def to_mail(session: Session, actor: Actor, notice_ids: Collection[str]) -> Sequence[Notice]:
    """Those of these notices that the actor has not seen meanwhile, the newest first."""
    return session.scalars(
        select(Notice)
        .where(Notice.user_id == actor.id, Notice.public_id.in_(notice_ids), Notice.seen_at.is_(None))
        .order_by(Notice.due_at.desc(), Notice.id.desc())
    ).all()


def digests_are_due(session: Session, now: datetime) -> bool:
    """Whether somebody has notices that are to be written of."""
    return session.scalar(select(Notice.id).where(Notice.mail_at <= now).limit(1)) is not None


def plans(session: Session, user_ids: Iterable[int], *, zone: str) -> list[tuple[int, Plan]]:
    """When each of these people is to be written to, by id; `zone` holds where somebody has set none."""
    chosen = sorted(set(user_ids))
    if not chosen:
        return []
    rows = session.execute(
        select(User.id, User.zone, NoticeSettings.hour, NoticeSettings.weekday, NoticeSettings.rhythms)
        .outerjoin(NoticeSettings, NoticeSettings.user_id == User.id)
        .where(User.id.in_(chosen))
        .order_by(User.id)
    )
    return [
        (
            user_id,
            Plan(
                own_zone or zone,
                HOUR if hour is None else hour,
                WEEKDAY if weekday is None else weekday,
                rhythms or {},
            ),
        )
        for user_id, own_zone, hour, weekday, rhythms in rows
    ]
