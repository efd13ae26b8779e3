"""What somebody has begun to write in a group's threads: kept for them alone until it is posted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ethics.discussions import queries, rules
from ethics.discussions.posts import Current, allowed, check_length
from ethics.discussions.reading_models import CommentDraft
from ethics.errors import Conflict, Invalid, NotFound
from ethics.people.actor import Actor
from ethics.rounds.gate import Standing, standing
from ethics.text import refuse_unstorable, too_long

MORE_BYTES = 12_000


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form holds: the text, what was chosen beside it, and from which draft it was made.

    A page that saves again before the first answer arrived is known by its `tab`, and its savings by their `turn`.
    """

    text: str
    more: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    tab: str = ""
    turn: int = 0


def save_in_thread(
    session: Session, *, actor: Actor, thread_id: str, parent_id: str, typed: Typed, now: datetime
) -> CommentDraft:
    """Keep what is being written in a thread, or in answer to one comment of it.

    Raises NotFound, NotAllowed, Invalid, and Conflict (carrying the Current text) when another page has saved since.
    """
    thread, _ = queries.find_thread(session, actor, thread_id, now=now)
    if thread.group_id is None:
        raise NotFound
    at = standing(session, actor, thread.round.public_id, now=now)
    allowed(rules.refuses_writing_in(at, thread))
    if parent_id:
        parent, _ = queries.find_comment(session, actor, parent_id, now=now)
        if parent.thread_id != thread.id:
            raise NotFound
    return _save(session, actor, at, in_thread(thread_id, parent_id), typed)


def save_of_group(
    session: Session, *, actor: Actor, round_id: str, group_id: str | None, typed: Typed, now: datetime
) -> CommentDraft:
    """Keep the beginning of a new thread, as `save_in_thread` does."""
    at = standing(session, actor, round_id, now=now)
    allowed(rules.refuses_starting(at))
    group = queries.group_for(session, actor, at, group_id)
    return _save(session, actor, at, of_group(at, group), typed)


def in_thread(thread_id: str, parent_id: str) -> str:
    """The place of a comment in a thread, by the public ids of the thread and of what it answers."""
    return f"thread {thread_id} {parent_id}".strip()


def of_group(at: Standing, group_id: int) -> str:
    """The place of a new thread of a group."""
    return f"group {at.round.id} {group_id}"


def draft_at(session: Session, actor: Actor, place: str) -> CommentDraft | None:
    """What the actor has begun there. The caller has shown them the thread or the group it belongs to."""
    return session.scalar(select(CommentDraft).where(CommentDraft.user_id == actor.id, CommentDraft.place == place))


def discard(session: Session, actor: Actor, place: str) -> None:
    """Forget what the actor has begun there."""
    session.execute(delete(CommentDraft).where(CommentDraft.user_id == actor.id, CommentDraft.place == place))


def _save(session: Session, actor: Actor, at: Standing, place: str, typed: Typed) -> CommentDraft:
    check_length(typed.text, "text")
    for text in typed.more.values():
        refuse_unstorable(text)
        if too_long(text, MORE_BYTES):
            raise Invalid("too-long")
    draft = session.scalar(
        select(CommentDraft).where(CommentDraft.user_id == actor.id, CommentDraft.place == place).with_for_update()
    )
    if draft is None:
        draft = CommentDraft(user_id=actor.id, round_id=at.round.id, place=place, version=0)
        session.add(draft)
    elif draft.version != typed.version and not _is_later(draft, typed):
        raise Conflict("stale", Current(draft.text, draft.version))
    draft.text, draft.more = typed.text, {**typed.more, "tab": typed.tab, "turn": typed.turn}
    draft.version, draft.saved_at = draft.version + 1, at.now
    session.flush()
    return draft


def _is_later(draft: CommentDraft, typed: Typed) -> bool:
    """Whether the page that saved last has gone on: the answer to its last saving was lost on the way."""
    same_page = bool(typed.tab) and draft.more.get("tab") == typed.tab
    return draft.text == typed.text or (same_page and int(draft.more.get("turn", 0)) < typed.turn)
