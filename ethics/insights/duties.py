"""What waits for one of the faculty in all their rounds: students for an answer, rounds and groups for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ethics.cases.models import Case, CaseVersion
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.cohorts.queries import FEWEST, is_current, teaches_group, tutors
from ethics.discussions.desk import last_word, talk, turn_of
from ethics.discussions.models import Thread
from ethics.insights.overview import WAITING
from ethics.people.actor import ANYBODY, Actor
from ethics.people.models import Role, RoleGrant, User
from ethics.reflections.models import Reflection, Revision
from ethics.rounds.gate import is_open_to_its_faculty
from ethics.rounds.models import Participation, Round
from ethics.rounds.schedule import MINUTE

HANDFUL = 5


class StudentWaiting(NamedTuple):
    """A student who waits for an answer. The first are public ids; `all` says how many wait together."""

    round_id: str
    reflection_id: str
    title: str
    name: str
    group: str | None
    turn: str
    since: datetime
    all: int


def students_waiting(session: Session, actor: Actor) -> list[StudentWaiting]:
    """The HANDFUL of students who have waited longest for an answer that the actor may give, in one statement."""
    return [StudentWaiting._make(row) for row in session.execute(_waiting(), {"actor_id": actor.id})]


@cache
def _waiting() -> Select[*tuple[Any, ...]]:
    told = talk(Thread.round_id.in_(_own_rounds()))
    return (
        _submitted(
            told,
            Round.public_id,
            Reflection.public_id,
            Case.title,
            User.name,
            Group.name,
            turn_of(told),
            last_word(told),
            func.count().over(),
        )
        .where(turn_of(told).in_([turn.value for turn in WAITING]))
        .order_by(last_word(told), Reflection.id)
        .limit(HANDFUL)
    )


class GroupWaiting(NamedTuple):
    """A group in a round: how many of its students wait for a first answer, and since when the first of them does."""

    round_id: str
    group: str | None
    students: int
    since: datetime


def groups_waiting(session: Session, actor: Actor) -> list[GroupWaiting]:
    """Where students wait for a first answer in the rounds the actor teaches, in one statement, the longest first."""
    return [GroupWaiting._make(row) for row in session.execute(_groups_waiting(), {"actor_id": actor.id})]


@cache
def _groups_waiting() -> Select[*tuple[Any, ...]]:
    told = talk(Thread.round_id.in_(_own_rounds()))
    since = func.min(last_word(told))
    return (
        _submitted(told, Round.public_id, Group.name, func.count(), since)
        .where(told.c.answered_at.is_(None))
        .group_by(Round.id, Round.public_id, Group.id, Group.name)
        .order_by(since, Round.id, Group.id)
    )


def _own_rounds() -> Select[int]:
    """The rounds whose students' words are open to `actor_id` as faculty, but for the groups of others."""
    return (
        select(Round.id)
        .join(Cohort, Cohort.id == Round.cohort_id)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(
            Membership.user_id == ANYBODY.id,
            Membership.role.in_((CohortRole.TUTOR, CohortRole.DIRECTOR)),
            Membership.left_at.is_(None),
            Cohort.archived_at.is_(None),
            Round.opened_at.is_not(None),
            is_open_to_its_faculty(ANYBODY, Round),
        )
        .correlate(None)
    )


def _submitted(told: Subquery, *columns: Any) -> Select[*tuple[Any, ...]]:
    """The submitted reflections of the students whom `actor_id` teaches, each with what `talk` has of it."""
    directed = select(Membership.cohort_id).where(
        Membership.user_id == ANYBODY.id, Membership.role == CohortRole.DIRECTOR, Membership.left_at.is_(None)
    )
    group, group_set = aliased(Group), aliased(GroupSet)
    taught = (
        select(group.id)
        .join(group_set, group_set.id == group.group_set_id)
        .join(Membership, Membership.cohort_id == group_set.cohort_id)
        .where(Membership.user_id == ANYBODY.id, tutors(ANYBODY, group.id))
    )
    return (
        select(*columns)
        .select_from(Participation)
        .join(Round, Round.id == Participation.round_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .join(Case, Case.id == CaseVersion.case_id)
        .join(Reflection, Reflection.participation_id == Participation.id)
        .join(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.number))
        .join(User, User.id == Participation.user_id)
        .join(Membership, and_(Membership.user_id == User.id, Membership.cohort_id == Round.cohort_id))
        .outerjoin(
            GroupMember,
            and_(GroupMember.membership_id == Membership.id, GroupMember.group_set_id == Round.group_set_id),
        )
        .outerjoin(Group, Group.id == GroupMember.group_id)
        .outerjoin(told, told.c.reflection_id == Reflection.id)
        .where(
            Participation.round_id.in_(_own_rounds()),
            Membership.left_at.is_(None),
            or_(Round.cohort_id.in_(directed.correlate(None)), GroupMember.group_id.in_(taught.correlate(None))),
        )
    )


@dataclass(frozen=True, slots=True)
class UnopenedRound:
    """A round that its director has not opened, and the first thing that keeps it: a code of rounds.readiness."""

    round_id: str
    title: str
    cohort: str
    opens_at: datetime
    zone: str
    missing: str | None


def unopened(session: Session, actor: Actor, *, now: datetime) -> list[UnopenedRound]:
    """The rounds the actor directs and has not opened yet, in one statement, the first to begin first."""
    rows = session.execute(_unopened(), {"actor_id": actor.id})
    return [
        UnopenedRound(row.public_id, row.title, row.name, row.opens_at, row.zone, _missing(row, now)) for row in rows
    ]


def _missing(row: Any, now: datetime) -> str | None:
    """As `ethics.rounds.readiness.obstacles` has it."""
    if not (row.call and row.incident_reporting and row.support_name):
        return "no-urgent-contacts"
    if not row.has_lead:
        return "no-designated-lead"
    if not row.has_students:
        return "no-students"
    if row.has_unseated:
        return "students-without-group"
    return "closes-in-the-past" if now >= row.close_at + MINUTE else None


@cache
def _unopened() -> Select[*tuple[Any, ...]]:
    student, seat = aliased(Membership), aliased(GroupMember)
    in_class = (
        exists()
        .where(student.cohort_id == Cohort.id, student.role == CohortRole.STUDENT, student.left_at.is_(None))
        .correlate(Cohort, Round)
    )
    seated = exists().where(seat.membership_id == student.id, seat.group_set_id == Round.group_set_id)
    seated = seated.correlate(student, Round)
    place = aliased(Membership)
    teaches = exists().where(place.cohort_id == Cohort.id, place.user_id == User.id).correlate(Cohort, User)
    lead = exists().where(RoleGrant.user_id == User.id, RoleGrant.role == Role.LEAD, User.active, ~teaches)
    return (
        select(
            Round.public_id,
            Case.title,
            Cohort.name,
            Round.opens_at,
            Round.close_at,
            Round.zone,
            Cohort.call,
            Cohort.incident_reporting,
            Cohort.support_name,
            lead.correlate(Cohort).label("has_lead"),
            in_class.where(seated).label("has_students"),
            in_class.where(~seated).label("has_unseated"),
        )
        .join(Cohort, Cohort.id == Round.cohort_id)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .join(Case, Case.id == CaseVersion.case_id)
        .where(
            Membership.user_id == ANYBODY.id,
            Membership.role == CohortRole.DIRECTOR,
            Membership.left_at.is_(None),
            Cohort.archived_at.is_(None),
            Round.opened_at.is_(None),
        )
        .order_by(Round.opens_at, Round.id)
    )


@dataclass(frozen=True, slots=True)
class GroupNeed:
    """A group that asks for something: more people, or a tutor."""

    group_id: str
    group: str
    set_id: str
    cohort: str
    students: int
    has_tutor: bool

    @property
    def is_small(self) -> bool:
        """Whether too few are left to talk."""
        return self.students < FEWEST


def groups_in_need(session: Session, actor: Actor) -> Sequence[GroupNeed]:
    """The groups the actor teaches that have fewer than FEWEST students, or no tutor, in one statement.

    Empty groups need nothing, and a group of a cohort whose tutors read all has a tutor where there is one at all.
    """
    return [GroupNeed(*row) for row in session.execute(_in_need(), {"actor_id": actor.id})]


@cache
def _in_need() -> Select[*tuple[Any, ...]]:
    student, seat, tutor = aliased(Membership), aliased(GroupMember), aliased(Membership)
    size = (
        select(func.count(seat.id))
        .join(student, student.id == seat.membership_id)
        .where(seat.group_id == Group.id, student.left_at.is_(None))
        .correlate(Group)
        .scalar_subquery()
    )
    assigned = exists().where(GroupTutor.group_id == Group.id, GroupTutor.membership_id == tutor.id)
    taught = (
        exists()
        .where(
            tutor.cohort_id == Cohort.id,
            tutor.role == CohortRole.TUTOR,
            tutor.left_at.is_(None),
            or_(Cohort.tutors_read_all, assigned.where(is_current(GroupTutor)).correlate(Group, tutor)),
        )
        .correlate(Group, Cohort)
    )
    return (
        select(Group.public_id, Group.name, GroupSet.public_id, Cohort.name, size, taught)
        .join(GroupSet, GroupSet.id == Group.group_set_id)
        .join(Cohort, Cohort.id == GroupSet.cohort_id)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(
            Membership.user_id == ANYBODY.id,
            Membership.role.in_((CohortRole.TUTOR, CohortRole.DIRECTOR)),
            Membership.left_at.is_(None),
            Cohort.archived_at.is_(None),
            size > 0,
            or_(size < FEWEST, ~taught),
            teaches_group(ANYBODY, Cohort.id, Group.id),
        )
        .order_by(Cohort.name, Group.id)
    )
