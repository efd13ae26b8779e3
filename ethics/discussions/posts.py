"""What everything that writes in discussions does: numbers, aliases, texts and their sizes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import Session

from ethics.anchors import Passage, passage_of
from ethics.cases.search import shown_text, words_of
from ethics.db import new_public_id
from ethics.discussions.answer_models import FeedbackPart
from ethics.discussions.matters import wait
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.moderation_models import Act, ModerationAction, Waits
from ethics.discussions.queries import most_have_spoken
from ethics.discussions.telling import tell_of
from ethics.errors import Invalid, NotAllowed
from ethics.markup import RENDERER, Rendered, text_of
from ethics.people.actor import Actor
from ethics.rounds.aliases import alias_in_group
from ethics.rounds.gate import Standing, standing
from ethics.text import COMMENT_BYTES, refuse_unstorable, too_long


@dataclass(frozen=True, slots=True)
class Current:
    """A text as it stands, for showing beside what was typed; what a Conflict of versions carries."""

    source: str
    version: int


def standing_at(session: Session, actor: Actor, comment: Comment, now: datetime) -> Standing:
    """How the actor stands to the round of a comment."""
    return standing(session, actor, comment.thread.round.public_id, now=now)


def append(
    session: Session,
    actor: Actor,
    at: Standing,
    thread: Thread,
    *,
    parent: Comment | None = None,
    source: str,
    rendered: Rendered,
    state: State = State.VISIBLE,
    after_most: bool = False,
    to_all: bool = False,
    quotation: Passage | None = None,
    public_id: str | None = None,
    now: datetime,
) -> Comment:
    """Add a comment at the end of a thread whose row is locked or new, so that numbers have neither gaps nor doubles.

    What somebody writes whose posts are held in this round is held, and waits for a moderator. `after_most` keeps one
    of faculty's from peers until most of the group have written in the thread.
    """
    check_text(source)
    hold = None if at.is_faculty or thread.group_id is None else standing_hold(session, actor.id, at.round.id)
    if hold is not None:
        state = State.HELD
    can_be_read = state is State.VISIBLE and not after_most
    if can_be_read or (hold is not None and thread.last_comment_at is None):
        thread.last_comment_at = now
    if can_be_read:
        thread.readable += 1
    comment = Comment(
        public_id=public_id or new_public_id(),
        thread_id=thread.id,
        number=held_number(session, thread) if state is State.HELD else next_number(thread),
        parent_id=parent.id if parent else None,
        author_id=actor.id,
        alias_id=_alias_for(session, at, thread),
        as_faculty=at.is_faculty,
        to_all=to_all,
        after_most=after_most,
        state=state,
        category=hold.category if hold else "",
        reason=hold.reason if hold else "",
        created_at=now,
        released_at=now if state is State.VISIBLE else None,
        edited_at=None,
    )
    if quotation is not None:
        comment.quotation = quotation.to_json()
    set_text(comment, source, rendered)
    session.add(comment)
    session.flush()
    if state is State.HELD:
        wait(session, comment, Waits.HELD, now=now)
    elif thread.group_id is not None:
        tell_of(session, comment, thread, now=now)
    return comment


def next_number(thread: Thread) -> int:
    """The number of the next comment that others can read, counted on the thread."""
    thread.last_number += 1
    return thread.last_number


def held_number(session: Session, thread: Thread) -> int:
    """The number of the next comment that is held: below all that there are, so that none of them is counted."""
    lowest = session.scalar(select(func.min(Comment.number)).where(Comment.thread_id == thread.id))
    return min(lowest or 0, 0) - 1


def standing_hold(session: Session, user_id: int, round_id: int) -> ModerationAction | None:
    """By which act a person's new posts in a round are held; None where they are not."""
    return session.scalar(
        select(ModerationAction)
        .join(ModerationAction.comment)
        .join(Comment.thread)
        .where(
            ModerationAction.action == Act.HOLD,
            ModerationAction.ended_at.is_(None),
            Comment.author_id == user_id,
            Thread.round_id == round_id,
        )
        .order_by(ModerationAction.id)
        .limit(1)
    )


def recount(session: Session, thread_id: int) -> None:
    """Count anew what a group can read in its thread: after every act that changes the state of a comment in it."""
    session.flush()
    counted = select(func.count()).where(
        Comment.thread_id == thread_id, Comment.state == State.VISIBLE, Comment.after_most.is_(False)
    )
    session.execute(
        update(Thread).where(Thread.id == thread_id).values(readable=counted.scalar_subquery()),
        execution_options={"synchronize_session": False},
    )


def let_appear(session: Session, thread: Thread, now: datetime) -> None:
    """Let what faculty wrote for after most had spoken stand as the newest of its thread, once they have.

    It appears by itself; this gives it its place at the end, where it is found, and makes it new. The thread is locked.
    """
    waiting = session.scalars(
        select(Comment)
        .where(Comment.thread_id == thread.id, Comment.after_most, most_have_spoken())
        .order_by(Comment.number)
    ).all()
    for comment in waiting:
        thread.last_number += 1
        comment.number, comment.after_most, comment.released_at = thread.last_number, False, now
        session.flush()
    if waiting:
        thread.last_comment_at = now
        recount(session, thread.id)


@dataclass(frozen=True, slots=True)
class Quotation:
    """What somebody quotes: the words, and where they stood when they were selected."""

    words: str
    part: str = ""
    before: str = ""
    reflection_id: str = ""
    """Public id of the shared reflection that is quoted; empty: another text."""


def quoted_from(comment: Comment | None, quotation: Quotation | None) -> Passage | None:
    """The passage of a comment that peers can read; None where nothing is quoted. Raises Invalid if it is not there."""
    if quotation is None or not quotation.words.strip():
        return None
    found = None
    if comment is not None and comment.state == State.VISIBLE:
        parts = {comment.public_id: text_of(comment.html)}
        found = passage_of(parts, quotation.words, part=quotation.part, before=quotation.before)
    if found is None:
        raise Invalid("passage-unknown", "quotation")
    return found


def _alias_for(session: Session, at: Standing, thread: Thread) -> int | None:
    """The alias under which a student writes for the group; None under the own name, and where only faculty read."""
    if at.participation is None or thread.group_id is None or not at.round.aliases:
        return None
    return alias_in_group(session, at.participation, thread.group_id).id


def set_text(comment: Comment, source: str, rendered: Rendered) -> None:
    """Put a text and what it was rendered to into a comment."""
    comment.source, comment.html, comment.renderer = source, rendered.html, RENDERER
    comment.words = words_of(shown_text(rendered.html, ()))


def check_text(source: str) -> None:
    """Raise Invalid for a text that is empty, too long, or cannot be stored."""
    if not source.strip():
        raise Invalid("required", "text")
    check_length(source, "text")


def check_length(text: str, field: str) -> None:
    """Raise Invalid on `field` for a text that is too long or cannot be stored."""
    refuse_unstorable(text, field)
    if too_long(text, COMMENT_BYTES):
        raise Invalid("too-long", field)


def draft_of(session: Session, actor: Actor, thread_id: int) -> Comment | None:
    """The feedback on the whole of a reflection that the actor has drafted, locked; None where there is none."""
    return session.scalar(
        select(Comment)
        .where(
            Comment.thread_id == thread_id, Comment.author_id == actor.id, Comment.state == State.DRAFT, is_on_whole()
        )
        .with_for_update()
    )


def refuse_second_draft(session: Session, actor: Actor, comment: Comment) -> None:
    """Raise NotAllowed where a comment would become a draft on the whole, and the actor has begun another one."""
    if draft_of(session, actor, comment.thread_id) is None:
        return
    if session.scalar(select(Comment.id).where(Comment.id == comment.id, is_on_whole())) is not None:
        raise NotAllowed("draft-exists")


def is_on_whole() -> ColumnElement[bool]:
    """Condition on Comment: it is about no passage, and carries no note to a group."""
    return ~exists().where(
        FeedbackPart.comment_id == Comment.id,
        or_(FeedbackPart.passage.is_not(None), FeedbackPart.note_id.is_not(None)),
    )


def allowed(refusal: str | None) -> None:
    """Raise NotAllowed with the code that a rule gave, if it gave one."""
    if refusal is not None:
        raise NotAllowed(refusal)
