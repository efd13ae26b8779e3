"""Reports: a reader flags a comment by a rule of the code of conduct, and learns what came of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from ethics.audit.actions import record
from ethics.cohorts.models import Cohort, CohortRole, GroupTutor, Membership
from ethics.cohorts.queries import is_current
from ethics.discussions import queries, rules
from ethics.discussions.matters import wait
from ethics.discussions.models import Comment
from ethics.discussions.moderation_models import Matter, Report, Waits
from ethics.discussions.posts import allowed, check_length, standing_at
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.people.actor import Actor
from ethics.rounds.models import Round


def report_comment(
    session: Session,
    *,
    actor: Actor,
    comment_id: str,
    category: str,
    categories: Collection[str],
    note: str,
    now: datetime,
) -> Report:
    """Flag a comment for its moderators, by a rule of the code of conduct; once for each person and comment.

    Raises NotFound, NotAllowed, Invalid, and Conflict where the actor has reported it already.
    """
    comment, _ = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    allowed(rules.refuses_reporting(standing_at(session, actor, comment, now), actor, comment))
    if category not in categories:
        raise Invalid("choose-a-rule-broken", "category")
    check_length(note, "note")
    if own_report(session, actor, comment) is not None:
        raise Conflict("reported-already")
    matter = wait(session, comment, Waits.REPORTED, now=now)
    report = Report(
        comment_id=comment.id,
        matter_id=matter.id,
        reporter_id=actor.id,
        category=category,
        note=note.strip(),
        at=now,
    )
    session.add(report)
    session.flush()
    _note(session, actor, comment, "comment.report", now)
    return report


def take_back_report(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> Comment:
    """Take one's report back, as if it had not been made. Raises NotAllowed once faculty have settled it."""
    comment, _ = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    report = own_report(session, actor, comment)
    if report is None:
        raise NotFound
    if report.matter.settled_at is not None:
        raise NotAllowed("settled-already")
    matter = report.matter
    session.delete(report)
    session.flush()
    if not session.scalar(select(func.count()).where(Report.matter_id == matter.id)):
        session.delete(matter)
    _note(session, actor, comment, "comment.report-taken-back", now)
    return comment


def own_report(session: Session, actor: Actor, comment: Comment) -> Report | None:
    """The actor's own report of a comment, with its matter and what settled it."""
    return session.scalar(
        select(Report)
        .options(joinedload(Report.matter).joinedload(Matter.settled_by))
        .where(Report.comment_id == comment.id, Report.reporter_id == actor.id)
    )


def somebody_looks(session: Session, comment: Comment) -> bool:
    """Whether anybody but its author moderates a comment, so that a report of it reaches them."""
    tutored = and_(
        GroupTutor.membership_id == Membership.id,
        GroupTutor.group_id == comment.thread.group_id,
        is_current(GroupTutor),
    )
    found = session.scalar(
        select(Membership.id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .join(Round, Round.cohort_id == Cohort.id)
        .outerjoin(GroupTutor, tutored)
        .where(
            Round.id == comment.thread.round_id,
            Membership.user_id != comment.author_id,
            Membership.left_at.is_(None),
            or_(
                Membership.role == CohortRole.DIRECTOR,
                and_(
                    Membership.role == CohortRole.TUTOR,
                    or_(GroupTutor.id.is_not(None), Cohort.tutors_read_all),
                ),
            ),
        )
        .limit(1)
    )
    return found is not None


def _note(session: Session, actor: Actor, comment: Comment, action: str, now: datetime) -> None:
    record(session, actor=actor, action=action, object_kind="comment", object_id=comment.public_id, now=now)
