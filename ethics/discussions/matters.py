"""What waits for moderators: how it begins to wait, who has taken it on, how it is settled; and how acts are noted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.discussions.models import Comment, Thread
from ethics.discussions.moderation_models import Act, Matter, ModerationAction, Report, Waits
from ethics.discussions.rules import UNDO
from ethics.errors import Conflict, NotAllowed
from ethics.notices.actions import take_back_all, tell_all
from ethics.people.actor import Actor


def wait(session: Session, comment: Comment, waits: Waits, *, now: datetime) -> Matter:
    """Put a comment into the queue for this reason; where it stands there already, that matter."""
    matter = next((one for one in open_matters(session, comment) if one.waits == waits), None)
    if matter is None:
        matter = Matter(
            comment_id=comment.id,
            waits=waits,
            appealed_id=None,
            text="",
            opened_at=now,
            claimed_by_id=None,
            claimed_at=None,
            settled_by_id=None,
            settled_at=None,
        )
        session.add(matter)
        session.flush()
    return matter


def open_matters(session: Session, comment: Comment) -> Sequence[Matter]:
    """What of a comment waits for a moderator, the oldest first."""
    return session.scalars(
        select(Matter).where(Matter.comment_id == comment.id, Matter.settled_at.is_(None)).order_by(Matter.id)
    ).all()


def claim(matter: Matter, actor: Actor, *, now: datetime) -> None:
    """Take a locked matter on. Raises Conflict when somebody else has it, or when it is settled."""
    if matter.settled_at is not None:
        raise Conflict("settled-already")
    if matter.claimed_by_id not in {None, actor.id}:
        raise Conflict("claimed-by-another")
    if matter.claimed_by_id is None:
        matter.claimed_by_id, matter.claimed_at = actor.id, now


def release(matter: Matter, actor: Actor, *, is_director: bool) -> None:
    """Put a locked matter back for others: who took it on may, and a director. Raises NotAllowed."""
    if matter.claimed_by_id != actor.id and not is_director:
        raise NotAllowed("claimed-by-another")
    matter.claimed_by_id = matter.claimed_at = None


def refuse_claimed(session: Session, actor: Actor, comment: Comment) -> None:
    """Raise Conflict when somebody else has taken a matter of the comment on."""
    if any(matter.claimed_by_id not in {None, actor.id} for matter in open_matters(session, comment)):
        raise Conflict("claimed-by-another")


def note_act(
    session: Session,
    actor: Actor,
    act: Act,
    what: Comment | Thread,
    *,
    category: str = "",
    reason: str = "",
    now: datetime,
    **before: Any,
) -> ModerationAction:
    """Keep what a moderator did, and put it into the audit chain. `before` is what an undo needs."""
    noted = ModerationAction(
        comment_id=what.id if isinstance(what, Comment) else None,
        thread_id=what.id if isinstance(what, Thread) else None,
        moderator_id=actor.id,
        action=act,
        category=category,
        reason=reason,
        at=now,
        ended_at=None,
        before=before,
    )
    session.add(noted)
    session.flush()
    kind = "comment" if isinstance(what, Comment) else "thread"
    record(
        session,
        actor=actor,
        action=f"{kind}.{act}",
        object_kind=kind,
        object_id=what.public_id,
        now=now,
        **{"category": category} if category else {},
    )
    return noted


def standing_acts(session: Session, what: Comment | Thread, *acts: Act) -> Sequence[ModerationAction]:
    """Which of these acts on a comment or thread stand, the newest first."""
    column = ModerationAction.comment_id if isinstance(what, Comment) else ModerationAction.thread_id
    return session.scalars(
        select(ModerationAction)
        .where(column == what.id, ModerationAction.action.in_(acts), ModerationAction.ended_at.is_(None))
        .order_by(ModerationAction.id.desc())
    ).all()


def end_acts(session: Session, what: Comment | Thread, *acts: Act, now: datetime) -> None:
    """End the standing ones of these acts."""
    for noted in standing_acts(session, what, *acts):
        noted.ended_at = now


def settle(session: Session, comment: Comment, by: ModerationAction, *, now: datetime) -> None:
    """Settle what waits of a comment, but for appeals: they are answered. Who reported it is told in ten minutes."""
    for matter in open_matters(session, comment):
        if matter.waits == Waits.APPEAL:
            continue
        matter.settled_by_id, matter.settled_at = by.id, now
        _tell_reporters(session, matter, comment, now)
    session.flush()


def _tell_reporters(session: Session, matter: Matter, comment: Comment, now: datetime) -> None:
    reporters = session.scalars(select(Report.reporter_id).where(Report.matter_id == matter.id)).all()
    tell_all(
        session,
        user_ids=reporters,
        kind="report-settled",
        now=now,
        due_at=now + UNDO,
        comment=comment.public_id,
    )


def reopen(session: Session, comment: Comment, by: ModerationAction, *, now: datetime) -> None:
    """Let what an act settled wait again. Where it waits anew already, the reports join that."""
    waiting = {matter.waits: matter for matter in open_matters(session, comment)}
    for matter in session.scalars(select(Matter).where(Matter.settled_by_id == by.id).order_by(Matter.id)).all():
        reporters = session.scalars(select(Report.reporter_id).where(Report.matter_id == matter.id)).all()
        take_back_all(session, user_ids=reporters, kind="report-settled", now=now, comment=comment.public_id)
        anew = waiting.get(matter.waits)
        if anew is None:
            matter.settled_by_id = matter.settled_at = None
        else:
            session.execute(update(Report).where(Report.matter_id == matter.id).values(matter_id=anew.id))
    session.flush()
