"""Feedback on reflections: drafted by faculty, released when they say so, taken back until its writer is told.

Doors render texts before the transaction begins and pass both in, the source and what `markup.render` made of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from ethics.anchors import Passage, passage_of
from ethics.db import new_public_id
from ethics.discussions import queries, rules
from ethics.discussions.answer_models import FeedbackPart
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.posts import (
    Current,
    allowed,
    append,
    check_length,
    draft_of,
    refuse_second_draft,
    set_text,
    standing_at,
)
from ethics.errors import Conflict, Invalid, NotFound
from ethics.markup import Rendered
from ethics.notices.actions import take_back, tell
from ethics.people.actor import Actor
from ethics.reflections.models import Reflection
from ethics.reflections.queries import texts_of
from ethics.rounds.gate import Standing, standing, teaches_writer
from ethics.rounds.models import Participation, Round

RELEASED = "feedback-released"


@dataclass(frozen=True, slots=True)
class Remark:
    """Where feedback at a passage stands, as it was typed or selected."""

    comment_id: str
    """The public id that the draft has, or will have: the page that it is written on drew it."""
    quotation: str
    part: str
    """The key of the prompt, and the words before the passage: known of what was selected, else empty."""
    before: str
    version: int
    """Of the draft that the form was made from, 0 for none."""


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
    """Keep feedback on the whole of a submitted reflection; its author alone sees it until it is released.

    `version` is that of the draft the form was made from, 0 for none. Raises NotFound for who does not teach the
    writer, and Conflict, carrying the Current draft, when another tab was faster with another text.
    """
    reflection, at = reflection_to_answer(session, actor, reflection_id, now)
    thread = thread_on(session, actor, reflection, at, now)
    draft = draft_of(session, actor, thread.id)
    if draft is not None:
        return _rewrite(session, draft, source, rendered, version)
    if version != 0:
        raise Conflict("stale", Current("", 0))
    return append_draft(session, actor, at, thread, source=source, rendered=rendered, now=now)


def draft_remark(
    session: Session,
    *,
    actor: Actor,
    reflection_id: str,
    remark: Remark,
    source: str,
    rendered: Rendered,
    now: datetime,
) -> Comment:
    """Keep feedback at a passage of the newest revision, or change it; its author alone sees it until it is released.

    Raises what `draft_feedback` raises, and Invalid for a passage that does not stand there, or more than once.
    """
    reflection, at = reflection_to_answer(session, actor, reflection_id, now)
    thread = thread_on(session, actor, reflection, at, now)
    draft = session.scalar(
        select(Comment)
        .where(
            Comment.public_id == remark.comment_id,
            Comment.thread_id == thread.id,
            Comment.author_id == actor.id,
            Comment.state == State.DRAFT,
        )
        .with_for_update()
    )
    if draft is None and remark.version != 0:
        raise Conflict("stale", Current("", 0))
    passage = _passage(session, reflection, remark, draft)
    if draft is not None:
        part_of(session, draft).passage = passage.to_json()
        return _rewrite(session, draft, source, rendered, remark.version)
    if session.scalar(select(Comment.id).where(Comment.public_id == remark.comment_id)) is not None:
        raise NotFound
    draft = append_draft(
        session, actor, at, thread, source=source, rendered=rendered, now=now, public_id=remark.comment_id
    )
    part_of(session, draft).passage = passage.to_json()
    session.flush()
    return draft


def release_feedback(
    session: Session, *, actor: Actor, comment_ids: Iterable[str], at_time: datetime | None = None, now: datetime
) -> list[Comment]:
    """Let writers read feedback that the actor has drafted, now or at a time; they are told ten minutes after.

    What is released already stays as it is, and a draft without a word is discarded. Raises NotFound if one of them is
    not the actor's, and NotAllowed for a time that is not to come.
    """
    wanted = sorted(set(comment_ids))
    comments = _own_feedback(session, actor, wanted)
    if len(comments) != len(wanted):
        raise NotFound
    batch, released = new_public_id(), []
    for comment in comments:
        at = standing_at(session, actor, comment, now)
        allowed(rules.refuses_answering(at) or (rules.refuses_release_at(at, at_time) if at_time else None))
        if comment.state != State.DRAFT:
            continue
        if not comment.source.strip():
            comment.state = State.WITHDRAWN
            continue
        comment.state, comment.released_at = State.VISIBLE, at_time or now
        comment.thread.last_comment_at = comment.released_at
        part_of(session, comment).batch = batch
        released.append(comment)
    for first in {comment.thread_id: comment for comment in reversed(released)}.values():
        _tell(session, first, now)
    session.flush()
    return released


def take_back_feedback(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> list[Comment]:
    """Make drafts again of what the actor released in one act with this comment, and tell nobody.

    Raises NotAllowed once ten minutes have passed since its writer could read it.
    """
    found = _own_feedback(session, actor, [comment_id])
    if not found:
        raise NotFound
    allowed(rules.refuses_taking_back(standing_at(session, actor, found[0], now), found[0]))
    together = _own_feedback(session, actor, _released_with(session, found[0]))
    for comment in together:
        refuse_second_draft(session, actor, comment)
        part_of(session, comment).batch = None
        comment.state, comment.released_at = State.DRAFT, None
        take_back(session, user_id=_writer_of(comment), kind=RELEASED, now=now, **_subject(comment))
    session.flush()
    return together


def reflection_to_answer(
    session: Session, actor: Actor, reflection_id: str, now: datetime
) -> tuple[Reflection, Standing]:
    """A submitted reflection that the actor may answer, locked so that its thread is made once.

    Raises NotFound for who does not teach its writer, NotAllowed in an archive.
    """
    row = session.execute(
        select(Reflection, Round.public_id)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .where(Reflection.public_id == reflection_id, Reflection.number > 0, teaches_writer(actor, Participation))
        .with_for_update(of=Reflection)
    ).one_or_none()
    if row is None:
        raise NotFound
    at = standing(session, actor, row[1], now=now)
    allowed(rules.refuses_answering(at))
    return row[0], at


def thread_on(session: Session, actor: Actor, reflection: Reflection, at: Standing, now: datetime) -> Thread:
    """The thread on a reflection that is locked, made where there is none yet."""
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


def append_draft(
    session: Session,
    actor: Actor,
    at: Standing,
    thread: Thread,
    *,
    source: str,
    rendered: Rendered,
    now: datetime,
    public_id: str | None = None,
) -> Comment:
    """Feedback as a new draft at the end of its thread."""
    draft = append(
        session,
        actor,
        at,
        thread,
        source=source,
        rendered=rendered,
        state=State.DRAFT,
        public_id=public_id,
        now=now,
    )
    session.add(FeedbackPart(comment_id=draft.id, passage=None, note_id=None, line="", batch=None, taken_up_at=None))
    session.flush()
    return draft


def part_of(session: Session, comment: Comment) -> FeedbackPart:
    """What feedback has besides its text; made where it was written before there was any of that."""
    part = session.scalar(select(FeedbackPart).where(FeedbackPart.comment_id == comment.id))
    if part is None:
        part = FeedbackPart(comment_id=comment.id, passage=None, note_id=None, line="", batch=None, taken_up_at=None)
        session.add(part)
        session.flush()
    return part


def _rewrite(session: Session, draft: Comment, source: str, rendered: Rendered, version: int) -> Comment:
    check_length(source, "text")
    if source == draft.source:
        return draft
    if draft.version != version:
        raise Conflict("stale", Current(draft.source, draft.version))
    set_text(draft, source, rendered)
    session.flush()
    return draft


def _passage(session: Session, reflection: Reflection, remark: Remark, draft: Comment | None) -> Passage:
    kept = part_of(session, draft).passage if draft else None
    if kept and kept["exact"].split() == remark.quotation.split():
        return Passage.from_json(kept)
    if not remark.quotation.strip():
        raise Invalid("required", "quotation")
    texts = texts_of(session, reflection)
    found = passage_of(texts, remark.quotation, part=remark.part, before=remark.before)
    if found is None:
        raise Invalid("passage-unknown", "quotation")
    return found


def _tell(session: Session, comment: Comment, now: datetime) -> None:
    released_at = comment.released_at or now
    tell(
        session,
        user_id=_writer_of(comment),
        kind=RELEASED,
        now=now,
        due_at=released_at + rules.UNDO,
        zone=comment.thread.round.zone,
        **_subject(comment),
    )


def _subject(comment: Comment) -> dict[str, str]:
    return {"reflection": _reflection_of(comment).public_id, "comment": comment.public_id}


def _writer_of(comment: Comment) -> int:
    return _reflection_of(comment).participation.user_id


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


def _released_with(session: Session, comment: Comment) -> list[str]:
    batch = part_of(session, comment).batch
    if batch is None:
        return [comment.public_id]
    together = select(Comment.public_id).join(FeedbackPart, FeedbackPart.comment_id == Comment.id)
    return list(session.scalars(together.where(FeedbackPart.batch == batch, Comment.state == State.VISIBLE)))


def _reflection_of(comment: Comment) -> Reflection:
    if comment.thread.reflection is None:
        raise NotFound
    return comment.thread.reflection
