"""Who may write, change and moderate. Each rule gives the code of a refusal, or None: then it may be done."""

from datetime import timedelta

from ethics.discussions.models import Comment, State
from ethics.people.actor import Actor
from ethics.rounds.gate import Standing
from ethics.rounds.models import Phase
from ethics.rounds.rules import refuses_discussion

UNDO = timedelta(minutes=10)
"""How long what concerns somebody else can be undone before they are told."""


def refuses_starting(at: Standing) -> str | None:
    """Starting a thread, or writing in one of a group."""
    return _if_archived(at) or refuses_discussion(at)


def refuses_answering(at: Standing) -> str | None:
    """Writing in the feedback thread of a reflection: its writer while the round is open, faculty always."""
    return _if_archived(at) or _if_closed(at)


def refuses_editing(at: Standing, actor: Actor, comment: Comment) -> str | None:
    """Changing a comment: its author's, while the round is open. What is withdrawn is put back first."""
    if comment.author_id != actor.id:
        return "not-your-comment"
    if comment.state not in {State.VISIBLE, State.HIDDEN}:
        return "not-editable"
    return _if_archived(at) or _if_closed(at)


def refuses_withdrawing(at: Standing, actor: Actor, comment: Comment) -> str | None:
    """Taking a comment back: its author's, at any time until the archive."""
    if comment.author_id != actor.id:
        return "not-your-comment"
    if comment.state not in {State.VISIBLE, State.HIDDEN, State.DRAFT}:
        return "state-changed"
    return _if_archived(at)


def refuses_restoring(at: Standing, actor: Actor, comment: Comment) -> str | None:
    """Putting back what one has withdrawn."""
    if comment.author_id != actor.id:
        return "not-your-comment"
    return _if_archived(at) if comment.state == State.WITHDRAWN else "state-changed"


def refuses_moderating(at: Standing, actor: Actor, comment: Comment, *, teaches: bool) -> str | None:
    """Hiding a comment and showing it again: faculty's of the group, and nobody's over themselves."""
    if not teaches:
        return "not-faculty-here"
    if comment.author_id == actor.id:
        return "own-comment"
    return _if_archived(at) if comment.thread.group_id is not None else "not-in-a-group"


def refuses_taking_back(at: Standing, comment: Comment) -> str | None:
    """Taking back feedback: until its writer is told."""
    if comment.state != State.VISIBLE or comment.released_at is None:
        return "state-changed"
    return _if_archived(at) if at.now < comment.released_at + UNDO else "told-already"


def _if_archived(at: Standing) -> str | None:
    return "cohort-archived" if at.round.cohort.archived_at is not None else None


def _if_closed(at: Standing) -> str | None:
    return "round-closed" if at.is_participant and at.phase is Phase.CLOSED else None
