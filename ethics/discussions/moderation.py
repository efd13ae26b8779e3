"""What moderators do to comments, each act with a rule, a reason and a way back."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.discussions import queries, rules
from ethics.discussions.models import Comment, ModerationAction, State
from ethics.discussions.posts import allowed, check_length, standing_at
from ethics.errors import Conflict, Invalid
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
) -> Comment:
    """Hide a comment from the group, with the rule it breaks and a reason for its author, who is told in ten minutes.

    `categories` are the rules of the code of conduct. Raises NotAllowed, Invalid, and Conflict if it is not visible.
    """
    comment, teaches = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    allowed(rules.refuses_moderating(standing_at(session, actor, comment, now), actor, comment, teaches=teaches))
    if comment.state != State.VISIBLE:
        raise Conflict("state-changed")
    if category not in categories:
        raise Invalid("choose-a-rule", "category")
    reason = reason.strip()
    if not reason:
        raise Invalid("required", "reason")
    check_length(reason, "reason")
    comment.state, comment.category, comment.reason = State.HIDDEN, category, reason
    _note_moderation(session, actor, comment, "hide", now)
    tell(
        session,
        user_id=comment.author_id,
        kind="comment-hidden",
        now=now,
        due_at=now + rules.UNDO,
        comment=comment.public_id,
    )
    return comment


def show_comment(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> Comment:
    """Let the group read a hidden comment again. Its author is told, unless they had not been told of the hiding."""
    comment, teaches = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    allowed(rules.refuses_moderating(standing_at(session, actor, comment, now), actor, comment, teaches=teaches))
    if comment.state != State.HIDDEN:
        raise Conflict("state-changed")
    _note_moderation(session, actor, comment, "show", now)
    comment.state, comment.category, comment.reason = State.VISIBLE, "", ""
    session.flush()
    if not take_back(session, user_id=comment.author_id, kind="comment-hidden", now=now, comment=comment.public_id):
        tell(session, user_id=comment.author_id, kind="comment-shown", now=now, comment=comment.public_id)
    return comment


def _note_moderation(session: Session, actor: Actor, comment: Comment, action: str, now: datetime) -> None:
    session.add(
        ModerationAction(
            comment_id=comment.id,
            moderator_id=actor.id,
            action=action,
            category=comment.category,
            reason=comment.reason,
            at=now,
        )
    )
    session.flush()
    record(
        session,
        actor=actor,
        action=f"comment.{action}",
        object_kind="comment",
        object_id=comment.public_id,
        now=now,
        category=comment.category,
    )
