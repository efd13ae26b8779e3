"""What everything that writes in discussions does: numbers, aliases, texts and their sizes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.discussions.models import Comment, State, Thread
from ethics.errors import Invalid, NotAllowed
from ethics.markup import RENDERER, Rendered
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
    now: datetime,
) -> Comment:
    """Add a comment at the end of a thread that is locked or new, so that numbers have neither gaps nor doubles."""
    check_text(source)
    thread.last_number += 1
    if state is State.VISIBLE:
        thread.last_comment_at = now
    comment = Comment(
        thread_id=thread.id,
        number=thread.last_number,
        parent_id=parent.id if parent else None,
        author_id=actor.id,
        alias_id=_alias_for(session, at, thread),
        as_faculty=at.is_faculty,
        state=state,
        category="",
        reason="",
        created_at=now,
        released_at=now if state is State.VISIBLE else None,
        edited_at=None,
    )
    set_text(comment, source, rendered)
    session.add(comment)
    session.flush()
    return comment


def _alias_for(session: Session, at: Standing, thread: Thread) -> int | None:
    """The alias under which a student writes for the group; None under the own name, and where only faculty read."""
    if at.participation is None or thread.group_id is None or not at.round.aliases:
        return None
    return alias_in_group(session, at.participation, thread.group_id).id


def set_text(comment: Comment, source: str, rendered: Rendered) -> None:
    """Put a text and what it was rendered to into a comment."""
    comment.source, comment.html, comment.renderer = source, rendered.html, RENDERER


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
    """The feedback that the actor has drafted in a thread, locked; None where there is none."""
    return session.scalar(
        select(Comment)
        .where(Comment.thread_id == thread_id, Comment.author_id == actor.id, Comment.state == State.DRAFT)
        .with_for_update()
    )


def allowed(refusal: str | None) -> None:
    """Raise NotAllowed with the code that a rule gave, if it gave one."""
    if refusal is not None:
        raise NotAllowed(refusal)
