"""How far somebody has read, what they follow, and what is new to them."""

from contextlib import suppress
from datetime import datetime
from functools import cache

from sqlalchemy import Select, and_, bindparam, case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.queries import active_at, find_thread, visible_to
from ethics.discussions.reading_models import Follows, ThreadReading
from ethics.errors import NotFound
from ethics.people.actor import ANYBODY, Actor
from ethics.rounds.gate import Standing


def note_seen(session: Session, *, actor: Actor, thread_id: int, number: int) -> None:
    """Remember that the comments of a thread up to `number` stood on a page the actor opened; never goes back.

    `thread_id` is the database key of a thread that the actor was just shown.
    """
    mine = and_(ThreadReading.user_id == actor.id, ThreadReading.thread_id == thread_id)
    if session.scalar(select(ThreadReading.id).where(mine)) is None:
        # Of two tabs that open it at once, the slower finds the other's row.
        with suppress(IntegrityError), session.begin_nested():
            session.add(ThreadReading(user_id=actor.id, thread_id=thread_id, seen_number=number, follows=Follows.USUAL))
    session.execute(
        update(ThreadReading).where(mine, ThreadReading.seen_number < number).values(seen_number=number),
        execution_options={"synchronize_session": False},
    )


def follow_thread(session: Session, *, actor: Actor, thread_id: str, follows: Follows, now: datetime) -> Thread:
    """Follow a thread of a group, mute it, or neither. Raises NotFound."""
    thread, _ = find_thread(session, actor, thread_id, now=now)
    if thread.group_id is None:
        raise NotFound
    note_seen(session, actor=actor, thread_id=thread.id, number=0)
    session.execute(
        update(ThreadReading)
        .where(ThreadReading.user_id == actor.id, ThreadReading.thread_id == thread.id)
        .values(follows=follows)
    )
    return thread


def next_unread(session: Session, actor: Actor, at: Standing, group_id: int) -> str | None:
    """The public id of the first comment in a group's threads that is new to the actor; None where nothing is.

    Threads one follows come first, then the last active; muted ones not at all.
    """
    asked = {"actor_id": actor.id, "round_id": at.round.id, "group_id": group_id, "now": at.now}
    return session.scalar(_next_unread(), asked)


@cache
def _next_unread() -> Select[str]:
    follows = func.coalesce(ThreadReading.follows, Follows.USUAL)
    return (
        select(Comment.public_id)
        .join(Thread, Thread.id == Comment.thread_id)
        .outerjoin(ThreadReading, and_(ThreadReading.thread_id == Thread.id, ThreadReading.user_id == ANYBODY.id))
        .where(
            Thread.round_id == bindparam("round_id"),
            Thread.group_id == bindparam("group_id"),
            visible_to(ANYBODY),
            follows != Follows.MUTED,
            Comment.number > func.coalesce(ThreadReading.seen_number, 0),
            Comment.state == State.VISIBLE,
            Comment.after_most.is_(False),
            Comment.author_id != ANYBODY.id,
        )
        .order_by(case((follows == Follows.FOLLOWED, 0), else_=1), active_at().desc(), Thread.id.desc(), Comment.number)
        .limit(1)
    )
