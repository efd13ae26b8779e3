"""What keeps a round from opening, and what its director had better look at before: codes, and who is meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ethics.cohorts.models import CohortRole, Group, GroupMember, GroupTutor, Membership
from ethics.cohorts.queries import has_designated_lead, is_current
from ethics.people.models import User
from ethics.rounds.models import Round
from ethics.rounds.schedule import MINUTE

SMALL_GROUP = 4
"""Below this a group is advised to be merged: an alias hides little there."""


@dataclass(frozen=True, slots=True)
class Places:
    """Who has no place in the round's groups, and which groups lack something. Names, for its director."""

    students: int
    """How many students are in the groups."""
    without_group: tuple[str, ...]
    without_tutor: tuple[str, ...]
    small: tuple[str, ...]


def obstacles(session: Session, round_: Round, *, now: datetime) -> Iterator[str]:
    """The codes of everything that keeps the round from opening, the gravest first."""
    if not round_.cohort.has_urgent_contacts:
        yield "no-urgent-contacts"
    if not has_designated_lead(session, round_.cohort):
        yield "no-designated-lead"
    found = places(session, round_)
    if not found.students:
        yield "no-students"
    elif found.without_group:
        yield "students-without-group"
    if now >= round_.close_at + MINUTE:
        yield "closes-in-the-past"


def places(session: Session, round_: Round) -> Places:
    """The round's groups as they are filled now, in three statements."""
    seated = select(GroupMember.membership_id).where(GroupMember.group_set_id == round_.group_set_id).scalar_subquery()
    without_group = session.scalars(
        select(User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.cohort_id == round_.cohort_id,
            Membership.role == CohortRole.STUDENT,
            Membership.left_at.is_(None),
            Membership.id.not_in(seated),
        )
        .order_by(User.name, User.id)
    ).all()
    sizes = session.execute(
        select(Group.id, Group.name, func.count(Membership.id))
        .outerjoin(GroupMember, GroupMember.group_id == Group.id)
        .outerjoin(Membership, (Membership.id == GroupMember.membership_id) & Membership.left_at.is_(None))
        .where(Group.group_set_id == round_.group_set_id)
        .group_by(Group.id, Group.name)
        .order_by(Group.id)
    ).all()
    taught = set(
        session.scalars(
            select(GroupTutor.group_id)
            .join(Group, Group.id == GroupTutor.group_id)
            .join(Membership, Membership.id == GroupTutor.membership_id)
            .where(Group.group_set_id == round_.group_set_id, Membership.left_at.is_(None), is_current(GroupTutor))
        )
    )
    return Places(
        students=sum(size for _, _, size in sizes),
        without_group=tuple(without_group),
        without_tutor=tuple(name for key, name, size in sizes if size and key not in taught),
        small=tuple(name for _, name, size in sizes if 0 < size < SMALL_GROUP),
    )


def students(session: Session, round_: Round) -> list[int]:
    """Database keys of the students in the round's groups."""
    return list(
        session.scalars(
            select(Membership.user_id)
            .join(GroupMember, GroupMember.membership_id == Membership.id)
            .where(GroupMember.group_set_id == round_.group_set_id, Membership.left_at.is_(None))
            .order_by(Membership.user_id)
        )
    )
