"""Feedback on reflections: drafted by faculty, released when they say so, taken back until its writer is told.

Doors render texts before the transaction begins and pass both in, the source and what `markup.render` made of it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from ethics.discussions import queries, rules
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.posts import Current, allowed, append, check_text, draft_of, set_text, standing_at
from ethics.errors import Conflict, NotAllowed, NotFound
from ethics.markup import Rendered
from ethics.notices.actions import take_back, tell
from ethics.people.actor import Actor
from ethics.reflections.models import Reflection
from ethics.rounds.gate import Standing, standing, teaches_writer
from ethics.rounds.models import Participation, Round


def draft_feedback(
    session: Session,
    *,
    actor: Actor,
    reflection_id: str,
    source: str,
    rendered: Rendered,
    version: int,
    now: datetime,
) -> Comment:
    """Keep feedback on a submitted reflection; its author alone sees it until it is released.

    `version` is that of the draft the form was made from, 0 for none. Raises NotFound for who does not teach the
    writer, and Conflict, carrying the Current draft, when another tab was faster.
    """
    reflection, at = _reflection(session, actor, reflection_id, now)
    allowed(rules.refuses_answering(at))
    thread = _thread_on(session, actor, reflection, at, now)
    draft = draft_of(session, actor, thread.id)
    current = Current(draft.source, draft.version) if draft else Current("", 0)
    if current.version != version:
        raise Conflict("stale", current)
    if draft is None:
        return append(session, actor, at, thread, source=source, rendered=rendered, state=State.DRAFT, now=now)
    check_text(source)
    if source != draft.source:
        set_text(draft, source, rendered)
        session.flush()
    return draft


def release_feedback(session: Session, *, actor: Actor, comment_ids: Iterable[str], now: datetime) -> list[Comment]:
    """Let writers read feedback that the actor has drafted; they are told in ten minutes.

    What is released already stays as it is. Raises NotFound if one of them is not the actor's.
    """
    wanted = sorted(set(comment_ids))
    comments = _own_feedback(session, actor, wanted)
    if len(comments) != len(wanted):
        raise NotFound
    released = [comment for comment in comments if comment.state == State.DRAFT]
    for comment in released:
        allowed(rules.refuses_answering(standing_at(session, actor, comment, now)))
        comment.state, comment.released_at = State.VISIBLE, now
        comment.thread.last_comment_at = now
        reflection = _reflection_of(comment)
        tell(
            session,
            user_id=reflection.participation.user_id,
            kind="feedback-released",
            now=now,
            due_at=now + rules.UNDO,
            reflection=reflection.public_id,
            comment=comment.public_id,
        )
    session.flush()
    return released


def take_back_feedback(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> list[Comment]:
    """Make drafts again of what the actor released in the same moment as this comment, and tell nobody.

    Raises NotAllowed once ten minutes have passed.
    """
    found = _own_feedback(session, actor, [comment_id])
    if not found:
        raise NotFound
    allowed(rules.refuses_taking_back(standing_at(session, actor, found[0], now), found[0]))
    together = _own_feedback(session, actor, _released_with(session, actor, found[0]))
    for comment in together:
        if draft_of(session, actor, comment.thread_id) is not None:
            raise NotAllowed("draft-exists")
        comment.state, comment.released_at = State.DRAFT, None
        reflection = _reflection_of(comment)
        take_back(
            session,
            user_id=reflection.participation.user_id,
            kind="feedback-released",
            now=now,
            reflection=reflection.public_id,
            comment=comment.public_id,
        )
    session.flush()
    return together


def _reflection(session: Session, actor: Actor, reflection_id: str, now: datetime) -> tuple[Reflection, Standing]:
    """A submitted reflection that the actor answers for, locked so that its thread is made once. Raises NotFound."""
    row = session.execute(
        select(Reflection, Round.public_id)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .where(Reflection.public_id == reflection_id, Reflection.number > 0, teaches_writer(actor, Participation))
        .with_for_update(of=Reflection)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], standing(session, actor, row[1], now=now)


def _thread_on(session: Session, actor: Actor, reflection: Reflection, at: Standing, now: datetime) -> Thread:
    thread = session.scalar(select(Thread).where(Thread.reflection_id == reflection.id).with_for_update())
    if thread is None:
        thread = Thread(
            round_id=at.round.id,
            group_id=None,
            reflection_id=reflection.id,
            title="",
            question=None,
            anchor=None,
            started_by_id=actor.id,
            last_number=0,
            readable=0,
            last_comment_at=None,
            created_at=now,
        )
        session.add(thread)
        session.flush()
    return thread


def _own_feedback(session: Session, actor: Actor, comment_ids: Collection[str]) -> list[Comment]:
    """The actor's comments on reflections they answer for, locked, with what is needed to tell their writers."""
    return list(
        session.scalars(
            select(Comment)
            .join(Comment.thread)
            .join(Thread.round)
            .join(Thread.reflection)
            .join(Reflection.participation)
            .options(
                contains_eager(Comment.thread).contains_eager(Thread.round),
                contains_eager(Comment.thread)
                .contains_eager(Thread.reflection)
                .contains_eager(Reflection.participation),
            )
            .where(Comment.public_id.in_(comment_ids), Comment.author_id == actor.id, queries.taught_by(actor))
            .order_by(Comment.id)
            .with_for_update(of=Comment)
            .execution_options(populate_existing=True)
        )
    )


def _released_with(session: Session, actor: Actor, comment: Comment) -> list[str]:
    return list(
        session.scalars(
            select(Comment.public_id)
            .join(Thread, Thread.id == Comment.thread_id)
            .where(
                Comment.author_id == actor.id,
                Comment.released_at == comment.released_at,
                Comment.state == State.VISIBLE,
                Thread.round_id == comment.thread.round_id,
                Thread.reflection_id.is_not(None),
            )
        )
    )


def _reflection_of(comment: Comment) -> Reflection:
    if comment.thread.reflection is None:
        raise NotFound
    return comment.thread.reflection
