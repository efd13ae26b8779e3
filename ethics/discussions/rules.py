"""Who may write, change and moderate. Each rule gives the code of a refusal, or None: then it may be done."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from ethics.discussions.answer_models import Outcome, Wish
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.moderation_models import ModerationAction
from ethics.people.actor import Actor
from ethics.rounds.gate import Standing
from ethics.rounds.models import Phase
from ethics.rounds.rules import refuses_discussion

_AGREEMENT = re.compile(
    r"(i )?(fully |totally |completely |strongly |really |do )*(agree|agreed|concur|second (this|that)|think so too)"
    r"( with (you|this|that|everything|all of (this|that|it)))?( here| too| completely| totally)?"
    r"|same( here)?|me too|so do i|exactly|yes|yep|true|this|good point|well said|\+ ?1"
)

UNDO = timedelta(minutes=10)
"""How long what concerns somebody else can be undone before they are told."""
LONGEST_WAIT = timedelta(days=365)
"""How far off feedback can be released."""


def refuses_starting(at: Standing) -> str | None:
    """Starting a thread, or writing in one of a group."""
    return _if_archived(at) or refuses_discussion(at)


def refuses_writing_in(at: Standing, thread: Thread) -> str | None:
    """Writing in a thread: in one that is locked nobody does."""
    if thread.group_id is None:
        return refuses_answering(at)
    return refuses_starting(at) or _if_locked(thread)


def only_agrees(text: str) -> bool:
    """Whether a comment agrees and says no more: its writer may be asked for a reason, and is never held up by it."""
    return bool(_AGREEMENT.fullmatch(text.strip(" .!,\n\t…").casefold()))


def refuses_answering(at: Standing) -> str | None:
    """Writing in the feedback thread of a reflection: its writer while the round is open, faculty always."""
    return _if_archived(at) or _if_closed(at)


def refuses_editing(at: Standing, actor: Actor, comment: Comment) -> str | None:
    """Changing a comment: its author's, while the round is open. What is withdrawn is put back first."""
    if comment.author_id != actor.id:
        return "not-your-comment"
    if comment.state not in {State.VISIBLE, State.HIDDEN, State.HELD} or _waits(at, comment):
        return "not-editable"
    # What the group cannot read may be put right all the same.
    locked = _if_locked(comment.thread) if comment.state == State.VISIBLE else None
    return _if_archived(at) or _if_closed(at) or locked


def refuses_withdrawing(at: Standing, actor: Actor, comment: Comment) -> str | None:
    """Taking a comment back: its author's, at any time until the archive."""
    if comment.author_id != actor.id:
        return "not-your-comment"
    if comment.state == State.WITHDRAWN or _waits(at, comment):
        return "state-changed"
    return _if_archived(at)


def refuses_restoring(at: Standing, actor: Actor, comment: Comment) -> str | None:
    """Putting back what one has withdrawn."""
    if comment.author_id != actor.id:
        return "not-your-comment"
    return _if_archived(at) if comment.state == State.WITHDRAWN else "state-changed"


def refuses_moderating(at: Standing, actor: Actor, comment: Comment, *, teaches: bool) -> str | None:
    """Acting on what somebody wrote: faculty's of the group, and nobody's over themselves."""
    if teaches and comment.author_id == actor.id:
        return "own-comment"
    return refuses_arranging(at, comment.thread, teaches=teaches)


def refuses_arranging(at: Standing, thread: Thread, *, teaches: bool) -> str | None:
    """Locking, pinning and moving in a group: its faculty's, whoever wrote."""
    if not teaches:
        return "not-faculty-here"
    return _if_archived(at) if thread.group_id is not None else "not-in-a-group"


def refuses_reporting(at: Standing, actor: Actor, comment: Comment) -> str | None:
    """Flagging a comment of a group that one can read: everybody's, but of one's own."""
    if comment.author_id == actor.id:
        return "own-comment-reported"
    if comment.thread.group_id is None:
        return "not-in-a-group"
    return _if_archived(at) if comment.state == State.VISIBLE else "state-changed"


def refuses_appealing(at: Standing, actor: Actor, comment: Comment) -> str | None:
    """Asking for another look at what was done to a comment: its author's."""
    return _if_archived(at) if comment.author_id == actor.id else "not-your-comment"


def refuses_deciding(at: Standing, actor: Actor, act: ModerationAction, *, by_director: bool) -> str | None:
    """Answering an appeal: a director's who did not do it, and any of the group's faculty where a director did."""
    if act.moderator_id == actor.id:
        return "own-act"
    return None if at.is_director or by_director else "for-the-director"


def refuses_undoing(act: ModerationAction, now: datetime) -> str | None:
    """Undoing what is over once its author is told."""
    return None if now < act.at + UNDO else "told-already"


def refuses_taking_back(at: Standing, comment: Comment) -> str | None:
    """Taking back feedback: until its writer is told."""
    if comment.state != State.VISIBLE or comment.released_at is None:
        return "state-changed"
    return _if_archived(at) if at.now < comment.released_at + UNDO else "told-already"


def refuses_release_at(at: Standing, moment: datetime) -> str | None:
    """Releasing at a time: one to come, within a year."""
    return None if at.now < moment <= at.now + LONGEST_WAIT else "no-time-to-come"


def refuses_asking(at: Standing, outcomes: Collection[Outcome], revision: int) -> str | None:
    """Asking a writer to revise: once for a reflection, while they can still write."""
    if any(one.wish == Wish.REVISE and one.revision != revision for one in outcomes):
        return "asked-before"
    return _if_archived(at) or ("round-closed" if at.round.phase(at.now) is Phase.CLOSED else None)


def refuses_taking_up(at: Standing, comment: Comment) -> str | None:
    """Saying that one has taken up feedback on one's reflection, or not yet."""
    if not comment.as_faculty or comment.state != State.VISIBLE:
        return "state-changed"
    return _if_archived(at)


def _waits(at: Standing, comment: Comment) -> bool:
    """Whether a comment is released at a time to come: until then it can only be taken back."""
    return comment.released_at is not None and comment.released_at > at.now


def _if_archived(at: Standing) -> str | None:
    return "cohort-archived" if at.round.cohort.archived_at is not None else None


def _if_locked(thread: Thread) -> str | None:
    return "thread-locked" if thread.locked_at is not None else None


def _if_closed(at: Standing) -> str | None:
    return "round-closed" if at.is_participant and at.phase is Phase.CLOSED else None
