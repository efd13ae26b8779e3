"""What moderators do to comments and their authors, each act with a reason, a word to the author and a way back."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.discussions import arranging, queries, rules
from ethics.discussions.matters import (
    end_acts,
    note_act,
    open_matters,
    refuse_claimed,
    reopen,
    settle,
    standing_acts,
    wait,
)
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.moderation_models import Act, ModerationAction, Waits
from ethics.discussions.posts import (
    allowed,
    check_length,
    held_number,
    next_number,
    recount,
    standing_at,
    standing_hold,
)
from ethics.discussions.telling import tell_of
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.notices.actions import take_back, tell
from ethics.people.actor import Actor


def hide_comment(
    session: Session,
    *,
    actor: Actor,
    comment_id: str,
    category: str,
    categories: Collection[str],
    reason: str,
    now: datetime,
) -> ModerationAction:
    """Hide a comment from the group, with the rule it breaks and a reason for its author, who is told in ten minutes.

    `categories` are the rules of the code of conduct. Raises NotAllowed, Invalid, and Conflict if it is not visible.
    """
    comment = _taken_up(session, actor, comment_id, now, State.VISIBLE)
    reason = _checked(category, categories, reason)
    act = note_act(session, actor, Act.HIDE, comment, category=category, reason=reason, now=now)
    comment.state, comment.category, comment.reason = State.HIDDEN, category, reason
    recount(session, comment.thread_id)
    end_acts(session, comment, Act.REVISE, now=now)
    settle(session, comment, act, now=now)
    _tell_author(session, comment, "comment-hidden", now)
    return act


def show_comment(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> ModerationAction:
    """Let the group read a hidden comment again. Its author is told, unless they had not been told of the hiding."""
    comment = _taken_up(session, actor, comment_id, now, State.HIDDEN)
    act = note_act(session, actor, Act.SHOW, comment, category=comment.category, reason=comment.reason, now=now)
    _show(session, comment, now)
    settle(session, comment, act, now=now)
    return act


def dismiss(session: Session, *, actor: Actor, comment_id: str, reason: str, now: datetime) -> ModerationAction:
    """Leave a comment as it is, whatever was reported or sent again. Who reported it reads the reason.

    The author of a hidden one does, too. Raises Conflict where nothing of it waits, and for what is held: that is let
    through or refused.
    """
    comment = _taken_up(session, actor, comment_id, now)
    if not any(matter.waits in {Waits.REPORTED, Waits.SENT_AGAIN} for matter in open_matters(session, comment)):
        raise Conflict("settled-already")
    if comment.state == State.HELD:
        raise Conflict("state-changed")
    act = note_act(session, actor, Act.DISMISS, comment, reason=checked_reason(reason), now=now)
    settle(session, comment, act, now=now)
    if comment.state == State.HIDDEN:
        comment.reason = act.reason
        _tell_author(session, comment, "comment-kept-hidden", now)
    return act


def ask_for_revision(
    session: Session,
    *,
    actor: Actor,
    comment_id: str,
    category: str,
    categories: Collection[str],
    reason: str,
    now: datetime,
) -> ModerationAction:
    """Ask the author of a comment to revise it; the group goes on reading it. They are told in ten minutes."""
    comment = _taken_up(session, actor, comment_id, now, State.VISIBLE)
    reason = _checked(category, categories, reason)
    if standing_acts(session, comment, Act.REVISE):
        raise Conflict("revision-asked-already")
    act = note_act(session, actor, Act.REVISE, comment, category=category, reason=reason, now=now)
    settle(session, comment, act, now=now)
    _tell_author(session, comment, "revision-wanted", now)
    return act


def hold_person(
    session: Session,
    *,
    actor: Actor,
    comment_id: str,
    category: str,
    categories: Collection[str],
    reason: str,
    now: datetime,
) -> ModerationAction:
    """Hold every new post of who wrote this comment in its round, until a moderator lets each through.

    Raises Conflict where their posts are held already, and NotAllowed for faculty's.
    """
    comment = _taken_up(session, actor, comment_id, now)
    if comment.as_faculty:
        raise NotAllowed("faculty-not-held")
    reason = _checked(category, categories, reason)
    if standing_hold(session, comment.author_id, comment.thread.round_id) is not None:
        raise Conflict("held-already")
    act = note_act(session, actor, Act.HOLD, comment, category=category, reason=reason, now=now)
    _tell_author(session, comment, "posts-held", now)
    return act


def let_through(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> ModerationAction:
    """Let the group read a held comment: it takes its place at the end of its thread. Its author is told."""
    comment = _taken_up(session, actor, comment_id, now, State.HELD)
    thread = session.get_one(Thread, comment.thread_id, with_for_update=True, populate_existing=True)
    act = note_act(
        session,
        actor,
        Act.LET_THROUGH,
        comment,
        category=comment.category,
        reason=comment.reason,
        now=now,
        number=comment.number,
        last_comment_at=thread.last_comment_at.isoformat() if thread.last_comment_at else None,
    )
    _publish(session, comment, thread, now)
    settle(session, comment, act, now=now)
    _tell_author(session, comment, "comment-let-through", now)
    return act


def refuse(
    session: Session,
    *,
    actor: Actor,
    comment_id: str,
    category: str,
    categories: Collection[str],
    reason: str,
    now: datetime,
) -> ModerationAction:
    """Keep a held comment back for good, unless its author sends it again. They are told in ten minutes."""
    comment = _taken_up(session, actor, comment_id, now, State.HELD)
    reason = _checked(category, categories, reason)
    end_acts(session, comment, Act.REFUSE, now=now)
    act = note_act(session, actor, Act.REFUSE, comment, category=category, reason=reason, now=now)
    comment.category, comment.reason = category, reason
    settle(session, comment, act, now=now)
    _tell_author(session, comment, "comment-refused", now)
    return act


def refuses_changing(session: Session, comment: Comment) -> str | None:
    """Changing what the group reads while its author's posts are held: only as a moderator asked for it."""
    if comment.state != State.VISIBLE or comment.thread.group_id is None:
        return None
    is_held = standing_hold(session, comment.author_id, comment.thread.round_id) is not None
    return "posts-held" if is_held and not standing_acts(session, comment, Act.REVISE) else None


def send_again(session: Session, comment: Comment, *, now: datetime) -> None:
    """Have a moderator look at a comment that its author has revised, where one hid, refused or asked for it."""
    asked = standing_acts(session, comment, Act.HIDE, Act.REFUSE, Act.REVISE)
    if asked:
        end_acts(session, comment, Act.REVISE, now=now)
        wait(session, comment, Waits.SENT_AGAIN, now=now)


def undo(session: Session, *, actor: Actor, act_id: str, now: datetime) -> ModerationAction:
    """Undo what the actor or another moderator did. What is over stands once somebody has been told of it.

    Raises NotFound, NotAllowed once it is too late, and Conflict when it is undone already or something built on it.
    """
    act, what = _find_act(session, actor, act_id, now)
    if act.ended_at is not None:
        raise Conflict("undone-already")
    if act.action in _ARRANGED:
        arranging.put_back(session, actor, act, what, now)
    elif act.action in _UNDOING and isinstance(what, Comment):
        allowed(rules.refuses_moderating(standing_at(session, actor, what, now), actor, what, teaches=True))
        _UNDOING[Act(act.action)](session, act, what, now)
    else:
        raise NotAllowed("not-undone")
    act.ended_at = now
    kind = "comment" if isinstance(what, Comment) else "thread"
    record(
        session, actor=actor, action=f"{kind}.undo", object_kind=kind, object_id=what.public_id, now=now, act=act.action
    )
    session.flush()
    return act


def thread_of(session: Session, act: ModerationAction) -> str:
    """The public id of the thread that an act on a thread is about."""
    return session.scalars(select(Thread.public_id).where(Thread.id == act.thread_id)).one()


def _find_act(session: Session, actor: Actor, act_id: str, now: datetime) -> tuple[ModerationAction, Comment | Thread]:
    """An act on what the actor moderates, locked with it."""
    row = session.execute(
        select(ModerationAction, Comment.public_id, Thread.public_id)
        .outerjoin(ModerationAction.comment)
        .outerjoin(ModerationAction.thread)
        .where(ModerationAction.public_id == act_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    act, comment_id, thread_id = row
    what: Comment | Thread
    if act.comment_id is not None:
        what, teaches = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    else:
        what, teaches = queries.find_thread(session, actor, thread_id, now=now)
    if not teaches:
        raise NotFound
    return session.get_one(ModerationAction, act.id, with_for_update=True, populate_existing=True), what


def _undo_hiding(session: Session, act: ModerationAction, comment: Comment, now: datetime) -> None:
    if comment.state != State.HIDDEN:
        raise Conflict("state-changed")
    _show(session, comment, now)
    reopen(session, comment, act, now=now)


def _undo_dismissal(session: Session, act: ModerationAction, comment: Comment, now: datetime) -> None:
    allowed(rules.refuses_undoing(act, now))
    if comment.state == State.HIDDEN:
        hidden = standing_acts(session, comment, Act.HIDE)
        comment.reason = hidden[0].reason if hidden else comment.reason
        _take_back_word(session, comment, "comment-kept-hidden", now)
    reopen(session, comment, act, now=now)


def _undo_request(session: Session, act: ModerationAction, comment: Comment, now: datetime) -> None:
    if not _take_back_word(session, comment, "revision-wanted", now):
        tell(session, user_id=comment.author_id, kind="revision-unwanted", now=now, comment=comment.public_id)
    reopen(session, comment, act, now=now)


def _undo_hold(session: Session, _act: ModerationAction, comment: Comment, now: datetime) -> None:
    if not _take_back_word(session, comment, "posts-held", now):
        tell(session, user_id=comment.author_id, kind="posts-free", now=now, round=comment.thread.round.public_id)


def _undo_letting_through(session: Session, act: ModerationAction, comment: Comment, now: datetime) -> None:
    allowed(rules.refuses_undoing(act, now))
    thread = session.get_one(Thread, comment.thread_id, with_for_update=True, populate_existing=True)
    if comment.state != State.VISIBLE or comment.number != thread.last_number:
        raise Conflict("written-since")
    taken = session.scalar(
        select(Comment.id).where(Comment.thread_id == thread.id, Comment.number == act.before["number"])
    )
    comment.number = held_number(session, thread) if taken else act.before["number"]
    comment.state, comment.released_at = State.HELD, None
    comment.category, comment.reason = act.category, act.reason
    thread.last_number -= 1
    thread.last_comment_at = _moment(act.before["last_comment_at"])
    recount(session, thread.id)
    _take_back_word(session, comment, "comment-let-through", now)
    reopen(session, comment, act, now=now)


def _undo_refusal(session: Session, act: ModerationAction, comment: Comment, now: datetime) -> None:
    allowed(rules.refuses_undoing(act, now))
    hold = session.scalar(
        select(ModerationAction)
        .join(ModerationAction.comment)
        .join(Comment.thread)
        .where(
            ModerationAction.action == Act.HOLD,
            Comment.author_id == comment.author_id,
            Thread.round_id == comment.thread.round_id,
        )
        .order_by(ModerationAction.id.desc())
        .limit(1)
    )
    if comment.state != State.HELD or hold is None:
        raise Conflict("state-changed")
    comment.category, comment.reason = hold.category, hold.reason
    _take_back_word(session, comment, "comment-refused", now)
    reopen(session, comment, act, now=now)


_Undoing = Callable[[Session, ModerationAction, Comment, datetime], None]
_UNDOING: Mapping[Act, _Undoing] = {
    Act.HIDE: _undo_hiding,
    Act.DISMISS: _undo_dismissal,
    Act.REVISE: _undo_request,
    Act.HOLD: _undo_hold,
    Act.LET_THROUGH: _undo_letting_through,
    Act.REFUSE: _undo_refusal,
}
_ARRANGED = frozenset({Act.LOCK, Act.PIN, Act.MOVE})


def lift(session: Session, act: ModerationAction, comment: Comment, now: datetime) -> None:
    """End an act that an appeal was about, whenever it was done. Its author is told by the answer."""
    match Act(act.action), comment.state:
        case Act.HIDE, State.HIDDEN:
            _open_again(session, comment, now)
        case Act.REFUSE, State.HELD:
            thread = session.get_one(Thread, comment.thread_id, with_for_update=True, populate_existing=True)
            _publish(session, comment, thread, now)
        case ((Act.HIDE | Act.REFUSE), _):
            raise Conflict("state-changed")
    act.ended_at = now


def _publish(session: Session, comment: Comment, thread: Thread, now: datetime) -> None:
    """Give a held comment its place at the end of its thread, whose row is locked."""
    comment.number, comment.state = next_number(thread), State.VISIBLE
    comment.category = comment.reason = ""
    comment.released_at = thread.last_comment_at = now
    end_acts(session, comment, Act.REFUSE, now=now)
    recount(session, thread.id)
    tell_of(session, comment, thread, now=now)


def _open_again(session: Session, comment: Comment, now: datetime) -> None:
    comment.state, comment.category, comment.reason = State.VISIBLE, "", ""
    end_acts(session, comment, Act.HIDE, now=now)
    recount(session, comment.thread_id)


def _taken_up(session: Session, actor: Actor, comment_id: str, now: datetime, *states: State) -> Comment:
    """A comment on which the actor may act, locked. Raises Conflict for another state, and where another is at it."""
    comment, teaches = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    allowed(rules.refuses_moderating(standing_at(session, actor, comment, now), actor, comment, teaches=teaches))
    if comment.state == State.WITHDRAWN or (states and comment.state not in states):
        raise Conflict("state-changed")
    refuse_claimed(session, actor, comment)
    return comment


def _checked(category: str, categories: Collection[str], reason: str) -> str:
    if category not in categories:
        raise Invalid("choose-a-rule", "category")
    return checked_reason(reason)


def checked_reason(reason: str) -> str:
    """A reason as it is kept. Raises Invalid for one that says nothing or too much."""
    reason = reason.strip()
    if not reason:
        raise Invalid("required", "reason")
    check_length(reason, "reason")
    return reason


def _show(session: Session, comment: Comment, now: datetime) -> None:
    _open_again(session, comment, now)
    _take_back_word(session, comment, "comment-kept-hidden", now)
    if not _take_back_word(session, comment, "comment-hidden", now):
        tell(session, user_id=comment.author_id, kind="comment-shown", now=now, comment=comment.public_id)


def _tell_author(session: Session, comment: Comment, kind: str, now: datetime) -> None:
    """In ten minutes: until then it can be undone as if it had not been."""
    tell(
        session,
        user_id=comment.author_id,
        kind=kind,
        now=now,
        due_at=now + rules.UNDO,
        comment=comment.public_id,
    )


def _take_back_word(session: Session, comment: Comment, kind: str, now: datetime) -> bool:
    return take_back(session, user_id=comment.author_id, kind=kind, now=now, comment=comment.public_id)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
