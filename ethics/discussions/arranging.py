"""What faculty do to order a group's threads: lock and pin them, move a thread or a comment to where it belongs."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from ethics.discussions import queries, rules
from ethics.discussions.matters import note_act, standing_acts
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.moderation_models import Act, ModerationAction
from ethics.discussions.posts import allowed, check_length, next_number, recount, set_text
from ethics.errors import Conflict, Invalid, NotFound
from ethics.markup import Rendered
from ethics.notices.actions import take_back, tell
from ethics.people.actor import Actor
from ethics.rounds.gate import standing


def lock_thread(session: Session, *, actor: Actor, thread_id: str, reason: str, now: datetime) -> ModerationAction:
    """Make a thread read only; everybody in it reads why. Who began it is told in ten minutes."""
    thread = _arranged(session, actor, thread_id, now)
    if thread.locked_at is not None:
        raise Conflict("locked-already")
    reason = reason.strip()
    if not reason:
        raise Invalid("required", "reason")
    check_length(reason, "reason")
    thread.locked_at = now
    act = note_act(session, actor, Act.LOCK, thread, reason=reason, now=now)
    if thread.started_by_id != actor.id:
        tell(
            session,
            user_id=thread.started_by_id,
            kind="thread-locked",
            now=now,
            due_at=now + rules.UNDO,
            thread=thread.public_id,
        )
    return act


def pin_thread(session: Session, *, actor: Actor, thread_id: str, now: datetime) -> ModerationAction:
    """Let a thread stand before the others of its group."""
    thread = _arranged(session, actor, thread_id, now)
    if thread.pinned_at is not None:
        raise Conflict("pinned-already")
    thread.pinned_at = now
    return note_act(session, actor, Act.PIN, thread, now=now)


def move_comment(
    session: Session,
    *,
    actor: Actor,
    comment_id: str,
    to: str,
    source: str,
    rendered: Rendered,
    now: datetime,
) -> ModerationAction:
    """Move a comment to the end of another thread of its group. Its author is told in ten minutes.

    In its place stands a comment of the mover's, `source`, which leads to where it is; answers to it answer that now.
    So both threads keep numbers without gaps. Raises NotFound for a thread elsewhere.
    """
    comment, teaches = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    _refuse(session, actor, comment.thread, now, teaches=teaches)
    if comment.state != State.VISIBLE:
        raise Conflict("state-changed")
    origin, target = _both(session, actor, comment.thread, to, now)
    number, parent_id, thread_id = comment.number, comment.parent_id, comment.thread_id
    comment.number, comment.parent_id, comment.thread_id = next_number(target), None, target.id
    target.last_comment_at = now
    session.flush()
    left = _leave(session, actor, origin, number=number, source=source, rendered=rendered, now=now)
    left.parent_id = parent_id
    session.execute(
        update(Comment).where(Comment.parent_id == comment.id, Comment.thread_id == thread_id).values(parent_id=left.id)
    )
    _recount(session, origin, target)
    act = note_act(session, actor, Act.MOVE, comment, now=now, left=left.id)
    if comment.author_id != actor.id:
        tell(
            session,
            user_id=comment.author_id,
            kind="comment-moved",
            now=now,
            due_at=now + rules.UNDO,
            comment=comment.public_id,
        )
    return act


def move_thread(
    session: Session,
    *,
    actor: Actor,
    thread_id: str,
    to: str,
    source: str,
    rendered: Rendered,
    now: datetime,
) -> ModerationAction:
    """Move all of a thread to the end of another one of its group, in its order.

    In its place stands a comment of the mover's, `source`, which leads there, and the old thread is locked.
    """
    origin, target = _both(session, actor, _arranged(session, actor, thread_id, now), to, now)
    if origin.locked_at is not None or not origin.last_number:
        raise Conflict("locked-already")
    first, count = target.last_number, origin.last_number
    session.execute(
        update(Comment)
        .where(Comment.thread_id == origin.id, Comment.number > 0)
        .values(thread_id=target.id, number=Comment.number + first)
    )
    target.last_number += count
    target.last_comment_at = now
    origin.last_number, origin.locked_at, pinned = 1, now, origin.pinned_at
    origin.pinned_at = None
    left = _leave(session, actor, origin, number=1, source=source, rendered=rendered, now=now)
    _recount(session, origin, target)
    return note_act(
        session,
        actor,
        Act.MOVE,
        origin,
        now=now,
        left=left.id,
        to=target.id,
        first=first,
        count=count,
        pinned_at=pinned.isoformat() if pinned else None,
    )


def put_back(session: Session, actor: Actor, act: ModerationAction, what: Comment | Thread, now: datetime) -> None:
    """Undo a lock, a pin or a move. Raises Conflict where somebody has written after what was moved."""
    _refuse(session, actor, what if isinstance(what, Thread) else what.thread, now, teaches=True)
    if isinstance(what, Comment):
        _put_comment_back(session, act, what, now)
        return
    thread = session.get_one(Thread, what.id, with_for_update=True, populate_existing=True)
    match Act(act.action):
        case Act.LOCK:
            thread.locked_at = None
            take_back(session, user_id=thread.started_by_id, kind="thread-locked", now=now, thread=thread.public_id)
        case Act.PIN:
            thread.pinned_at = None
        case _:
            _put_thread_back(session, act, thread)


def why_locked(session: Session, thread: Thread) -> str | None:
    """Why nobody writes in a thread; empty where it was moved, None where it is not locked."""
    if thread.locked_at is None:
        return None
    acts = standing_acts(session, thread, Act.LOCK)
    return acts[0].reason if acts else ""


def _arranged(session: Session, actor: Actor, thread_id: str, now: datetime) -> Thread:
    """A thread of a group that the actor teaches, locked."""
    thread, teaches = queries.find_thread(session, actor, thread_id, now=now)
    _refuse(session, actor, thread, now, teaches=teaches)
    session.refresh(thread, with_for_update=True)
    return thread


def _refuse(session: Session, actor: Actor, thread: Thread, now: datetime, *, teaches: bool) -> None:
    at = standing(session, actor, thread.round.public_id, now=now)
    allowed(rules.refuses_arranging(at, thread, teaches=teaches))


def _both(session: Session, actor: Actor, origin: Thread, to: str, now: datetime) -> tuple[Thread, Thread]:
    """Two threads of one group, locked in the order of their ids, so that nobody waits for each other."""
    target, _ = queries.find_thread(session, actor, to, now=now)
    if target.id == origin.id or (target.round_id, target.group_id) != (origin.round_id, origin.group_id):
        raise Invalid("move-where", "to")
    # What is said of a shared reflection stays with whom that is open to.
    if origin.shared_reflection_id is not None and target.shared_reflection_id is None:
        raise Invalid("move-where", "to")
    if target.locked_at is not None or not target.last_number:
        raise Conflict("thread-locked")
    for thread in sorted((origin, target), key=lambda one: one.id):
        session.refresh(thread, with_for_update=True)
    return origin, target


def _leave(
    session: Session,
    actor: Actor,
    thread: Thread,
    *,
    number: int,
    source: str,
    rendered: Rendered,
    now: datetime,
) -> Comment:
    """Put a comment of the mover's into the place that has become empty."""
    left = Comment(
        thread_id=thread.id,
        number=number,
        parent_id=None,
        author_id=actor.id,
        alias_id=None,
        as_faculty=True,
        to_all=False,
        after_most=False,
        state=State.VISIBLE,
        category="",
        reason="",
        created_at=now,
        released_at=now,
        edited_at=None,
    )
    set_text(left, source, rendered)
    session.add(left)
    session.flush()
    return left


def _recount(session: Session, *threads: Thread) -> None:
    for thread in threads:
        recount(session, thread.id)


def _put_comment_back(session: Session, act: ModerationAction, comment: Comment, now: datetime) -> None:
    left = session.get(Comment, act.before["left"])
    target = session.get_one(Thread, comment.thread_id, with_for_update=True, populate_existing=True)
    if left is None or comment.number != target.last_number:
        raise Conflict("written-since")
    number, parent_id, thread_id = left.number, left.parent_id, left.thread_id
    session.execute(update(Comment).where(Comment.parent_id == left.id).values(parent_id=comment.id))
    session.delete(left)
    session.flush()
    comment.number, comment.parent_id, comment.thread_id = number, parent_id, thread_id
    target.last_number -= 1
    _recount(session, session.get_one(Thread, thread_id), target)
    take_back(session, user_id=comment.author_id, kind="comment-moved", now=now, comment=comment.public_id)


def _put_thread_back(session: Session, act: ModerationAction, origin: Thread) -> None:
    before = act.before
    target = session.get_one(Thread, before["to"], with_for_update=True, populate_existing=True)
    if target.last_number != before["first"] + before["count"]:
        raise Conflict("written-since")
    left = session.get(Comment, before["left"])
    if left is None or origin.last_number != 1:
        raise NotFound
    session.delete(left)
    session.flush()
    session.execute(
        update(Comment)
        .where(Comment.thread_id == target.id, Comment.number > before["first"])
        .values(thread_id=origin.id, number=Comment.number - before["first"])
    )
    target.last_number, origin.last_number = before["first"], before["count"]
    _recount(session, origin, target)
    origin.locked_at = None
    origin.pinned_at = datetime.fromisoformat(before["pinned_at"]) if before["pinned_at"] else None
