"""Appeals: the author of a comment asks for another look at what was done to it, by somebody who did not do it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ethics.audit.actions import record
from ethics.cohorts.models import CohortRole, Membership
from ethics.discussions import queries, rules
from ethics.discussions.matters import claim, note_act, settle, standing_acts
from ethics.discussions.models import Comment, State
from ethics.discussions.moderation import checked_reason, lift
from ethics.discussions.moderation_models import Act, Matter, ModerationAction, Waits
from ethics.discussions.posts import allowed, check_length, standing_at, standing_hold
from ethics.errors import Conflict, Invalid, NotFound
from ethics.notices.actions import tell
from ethics.people.actor import Actor


def appeal(session: Session, *, actor: Actor, comment_id: str, text: str, now: datetime) -> Matter:
    """Ask for another look at what was done to one's comment. It goes to a director who did not do it.

    Raises NotFound where nothing was done, Invalid, and Conflict where it has been asked for.
    """
    comment, _ = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    allowed(rules.refuses_appealing(standing_at(session, actor, comment, now), actor, comment))
    act = act_to_appeal(session, comment)
    if act is None:
        raise NotFound
    if appeal_against(session, act) is not None:
        raise Conflict("appealed-already")
    text = text.strip()
    if not text:
        raise Invalid("required", "text")
    check_length(text, "text")
    matter = Matter(
        comment_id=act.comment_id,
        waits=Waits.APPEAL,
        appealed_id=act.id,
        text=text,
        opened_at=now,
        claimed_by_id=None,
        claimed_at=None,
        settled_by_id=None,
        settled_at=None,
    )
    session.add(matter)
    session.flush()
    record(session, actor=actor, action="comment.appeal", object_kind="comment", object_id=comment.public_id, now=now)
    return matter


def act_to_appeal(session: Session, comment: Comment) -> ModerationAction | None:
    """What stands against a comment: it is hidden, refused or to be revised, or its author's posts are held."""
    acts = standing_acts(session, comment, Act.HIDE, Act.REFUSE, Act.REVISE, Act.HOLD)
    if acts:
        return acts[0]
    return standing_hold(session, comment.author_id, comment.thread.round_id) if comment.state == State.HELD else None


def appeal_against(session: Session, act: ModerationAction) -> Matter | None:
    """The appeal against an act, with what answered it."""
    return session.scalar(select(Matter).options(joinedload(Matter.settled_by)).where(Matter.appealed_id == act.id))


def last_appeal(session: Session, comment: Comment) -> Matter | None:
    """The newest appeal about a comment, with what answered it."""
    return session.scalar(
        select(Matter)
        .options(joinedload(Matter.settled_by), joinedload(Matter.appealed))
        .where(Matter.comment_id == comment.id, Matter.waits == Waits.APPEAL)
        .order_by(Matter.id.desc())
        .limit(1)
    )


def answer_appeal(
    session: Session, *, actor: Actor, matter_id: str, overturn: bool, reason: str, now: datetime
) -> ModerationAction:
    """Decide an appeal, with a reason for the author, who is told in ten minutes. `overturn` undoes what was done.

    Raises NotFound, NotAllowed for who did it or may not decide, Invalid, and Conflict where it has been decided.
    """
    matter, comment, act = find_appeal(session, actor, matter_id, now)
    at = standing_at(session, actor, comment, now)
    allowed(rules.refuses_moderating(at, actor, comment, teaches=True))
    by_director = did_as_director(session, act, at.round.cohort_id)
    allowed(rules.refuses_deciding(at, actor, act, by_director=by_director))
    reason = checked_reason(reason)
    claim(matter, actor, now=now)
    if act.ended_at is not None:
        raise Conflict("undone-already")
    if overturn:
        lift(session, act, comment, now)
    decision = note_act(session, actor, Act.OVERTURN if overturn else Act.UPHOLD, comment, reason=reason, now=now)
    matter.settled_by_id, matter.settled_at = decision.id, now
    if overturn and act.action != Act.HOLD:
        settle(session, comment, decision, now=now)
    tell(
        session,
        user_id=comment.author_id,
        kind="appeal-answered",
        now=now,
        due_at=now + rules.UNDO,
        comment=comment.public_id,
    )
    session.flush()
    return decision


def find_appeal(
    session: Session, actor: Actor, matter_id: str, now: datetime
) -> tuple[Matter, Comment, ModerationAction]:
    """An appeal about a comment that the actor moderates, locked, and the act it is about. Raises NotFound."""
    row = session.execute(
        select(Matter, Comment.public_id, ModerationAction)
        .join(Matter.comment)
        .join(Matter.appealed)
        .where(Matter.public_id == matter_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    comment, teaches = queries.find_comment(session, actor, row[1], now=now, lock=True)
    if not teaches:
        raise NotFound
    return session.get_one(Matter, row[0].id, with_for_update=True, populate_existing=True), comment, row[2]


def did_as_director(session: Session, act: ModerationAction, cohort_id: int) -> bool:
    """Whether who did this directs the cohort."""
    found = session.scalar(
        select(Membership.id).where(
            Membership.cohort_id == cohort_id,
            Membership.user_id == act.moderator_id,
            Membership.role == CohortRole.DIRECTOR,
        )
    )
    return found is not None
