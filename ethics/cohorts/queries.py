"""Who belongs where: conditions that other features build their queries from, and what the cohort's pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ethics.cohorts.models import (
    Cohort,
    CohortRole,
    Group,
    GroupMember,
    GroupSet,
    GroupTutor,
    Membership,
)
from ethics.db import DatabaseNow, some
from ethics.errors import NotFound
from ethics.people.actor import ANYBODY, Actor
from ethics.people.models import Role, RoleGrant, User

Column = InstrumentedAttribute[Any] | ColumnElement[Any]

# Made once: an alias costs more than the query it stands in. None of these conditions holds another of its own kind.
_place = aliased(Membership)
_teacher, _class, _set, _group, _tutor = (
    aliased(Membership),
    aliased(Cohort),
    aliased(GroupSet),
    aliased(Group),
    aliased(GroupTutor),
)
_seat, _seated = aliased(GroupMember), aliased(Membership)


def belongs(actor: Actor, cohort_id: Column, *roles: CohortRole) -> ColumnElement[bool]:
    """Condition: the actor holds one of `roles` in the cohort and has not left it."""
    return some(
        select(_place.id).where(
            _place.cohort_id == cohort_id,
            _place.user_id == actor.id,
            _place.role.in_(roles),
            _place.left_at.is_(None),
        ),
        _place,
    )


def tutors(actor: Actor, group_id: Column) -> ColumnElement[bool]:
    """Condition: the actor is a tutor of the group, or of its cohort where tutors read all groups.

    Who covers a group is its tutor until the cover ends, by the database's own clock.
    """
    return some(
        select(_teacher.id)
        .join(_class, _class.id == _teacher.cohort_id)
        .join(_set, _set.cohort_id == _class.id)
        .join(_group, _group.group_set_id == _set.id)
        .outerjoin(_tutor, and_(_tutor.group_id == _group.id, _tutor.membership_id == _teacher.id))
        .where(
            _group.id == group_id,
            _teacher.user_id == actor.id,
            _teacher.role == CohortRole.TUTOR,
            _teacher.left_at.is_(None),
            or_(and_(_tutor.id.is_not(None), is_current(_tutor)), _class.tutors_read_all),
        ),
        *(_teacher, _class, _group, _set, _tutor),
    )


def is_current(tutor: type[GroupTutor]) -> ColumnElement[bool]:
    """Condition on a (possibly aliased) GroupTutor: it is for good, or the cover has not ended."""
    return or_(tutor.until.is_(None), tutor.until > DatabaseNow())


def teaches_group(actor: Actor, cohort_id: Column, group_id: Column) -> ColumnElement[bool]:
    """Condition: the actor is faculty of the group: its cohort's director, or its tutor."""
    return or_(belongs(actor, cohort_id, CohortRole.DIRECTOR), tutors(actor, group_id))


def group_of(user_id: Column | int, group_set_id: Column) -> Select[int]:
    """The group of a set that a person is in, also after leaving the cohort: for correlated use in other queries."""
    return (
        select(_seat.group_id)
        .join(_seated, _seated.id == _seat.membership_id)
        .where(_seat.group_set_id == group_set_id, _seated.user_id == user_id)
        .correlate_except(_seat, _seated)
    )


def is_faculty_anywhere(session: Session, actor: Actor) -> bool:
    """Whether the actor is tutor or director of any cohort: such people read whole cases in the library."""
    return session.scalar(_FACULTY_ANYWHERE, {"actor_id": actor.id}) is True


_FACULTY_ANYWHERE = select(
    exists().where(
        Membership.user_id == ANYBODY.id,
        Membership.role.in_((CohortRole.TUTOR, CohortRole.DIRECTOR)),
        Membership.left_at.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class CohortLine:
    """A cohort in a list, and what the reader is in it."""

    public_id: str
    name: str
    role: CohortRole
    archived: bool


def cohorts_of(session: Session, actor: Actor) -> list[CohortLine]:
    """The cohorts the actor belongs to; archived ones only for their faculty."""
    rows = session.execute(
        select(Cohort.public_id, Cohort.name, Membership.role, Cohort.archived_at)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(
            Membership.user_id == actor.id,
            Membership.left_at.is_(None),
            or_(Cohort.archived_at.is_(None), Membership.role != CohortRole.STUDENT),
        )
        .order_by(Cohort.name)
    )
    return [CohortLine(public, name, CohortRole(role), archived is not None) for public, name, role, archived in rows]


def cohort_for_faculty(session: Session, actor: Actor, public_id: str) -> tuple[Cohort, CohortRole]:
    """A cohort for its director or tutor. Raises NotFound for everybody else."""
    row = session.execute(
        select(Cohort, Membership.role)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(
            Cohort.public_id == public_id,
            Membership.user_id == actor.id,
            Membership.left_at.is_(None),
            Membership.role.in_((CohortRole.TUTOR, CohortRole.DIRECTOR)),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], CohortRole(row[1])


def cohort_for_director(session: Session, actor: Actor, public_id: str) -> Cohort:
    """A cohort for its director. Raises NotFound for everybody else."""
    cohort, role = cohort_for_faculty(session, actor, public_id)
    if role is not CohortRole.DIRECTOR:
        raise NotFound
    return cohort


def group_sets(session: Session, cohort: Cohort) -> Sequence[GroupSet]:
    """The group sets of a cohort, the oldest first."""
    return session.scalars(select(GroupSet).where(GroupSet.cohort_id == cohort.id).order_by(GroupSet.id)).all()


FEWEST = 4
"""A group with fewer asks to be merged."""


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A student in a group's list."""

    public_id: str
    name: str
    profession: str | None


@dataclass(frozen=True, slots=True)
class TutorLine:
    """A tutor of a group; `until` is the end of a cover, None for good."""

    public_id: str
    name: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group, its students and tutors, by name."""

    public_id: str
    name: str
    students: tuple[MemberLine, ...]
    tutors: tuple[TutorLine, ...]

    @property
    def asks_to_be_merged(self) -> bool:
        """Whether too few are left to talk."""
        return 0 < len(self.students) < FEWEST


def groups_with_members(
    session: Session, actor: Actor, group_set: GroupSet, *, only: Group | None = None
) -> list[GroupLine]:
    """The groups of a set that the actor teaches (or `only` this one), with who is in them, in three statements."""
    groups = session.scalars(
        select(Group)
        .where(
            Group.group_set_id == group_set.id,
            teaches_group(actor, literal(group_set.cohort_id), Group.id),
            true() if only is None else Group.id == only.id,
        )
        .order_by(Group.id)
    ).all()
    ids = [group.id for group in groups]
    students: dict[int, list[MemberLine]] = {number: [] for number in ids}
    for group_id, public_id, name, profession in session.execute(
        select(GroupMember.group_id, User.public_id, User.name, Membership.profession)
        .join(Membership, Membership.id == GroupMember.membership_id)
        .join(User, User.id == Membership.user_id)
        .where(GroupMember.group_id.in_(ids), Membership.left_at.is_(None))
        .order_by(User.name, User.id)
    ):
        students[group_id].append(MemberLine(public_id, name, profession))
    teachers: dict[int, list[TutorLine]] = {number: [] for number in ids}
    for group_id, public_id, name, until in session.execute(
        select(GroupTutor.group_id, User.public_id, User.name, GroupTutor.until)
        .join(Membership, Membership.id == GroupTutor.membership_id)
        .join(User, User.id == Membership.user_id)
        .where(GroupTutor.group_id.in_(ids), _teaches_still())
        .order_by(User.name, User.id)
    ):
        teachers[group_id].append(TutorLine(public_id, name, until))
    return [
        GroupLine(group.public_id, group.name, tuple(students[group.id]), tuple(teachers[group.id])) for group in groups
    ]


def without_group(session: Session, group_set: GroupSet) -> list[MemberLine]:
    """The students of the cohort who sit in no group of the set, by name. For its director."""
    seated = exists().where(GroupMember.group_set_id == group_set.id, GroupMember.membership_id == Membership.id)
    rows = session.execute(
        select(User.public_id, User.name, Membership.profession)
        .join(Membership, Membership.user_id == User.id)
        .where(*_active(group_set.cohort_id, CohortRole.STUDENT), ~seated)
        .order_by(User.name, User.id)
    )
    return [MemberLine(*row) for row in rows]


def students_of(session: Session, cohort_id: int) -> list[MemberLine]:
    """The students of a cohort, by name. For its director."""
    rows = session.execute(
        select(User.public_id, User.name, Membership.profession)
        .join(Membership, Membership.user_id == User.id)
        .where(*_active(cohort_id, CohortRole.STUDENT))
        .order_by(User.name, User.id)
    )
    return [MemberLine(*row) for row in rows]


def tutors_of(session: Session, cohort_id: int) -> list[TutorLine]:
    """Everybody who is a tutor in the cohort, by name. For its director."""
    rows = session.execute(
        select(User.public_id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(*_active(cohort_id, CohortRole.TUTOR))
        .order_by(User.name, User.id)
    )
    return [TutorLine(public_id, name, None) for public_id, name in rows]


def assigned_tutors(session: Session, group_set: GroupSet) -> set[tuple[str, str]]:
    """Which tutors teach which groups of the set, as pairs of public ids; covers that have ended are left out."""
    rows = session.execute(
        select(Group.public_id, User.public_id)
        .join(GroupTutor, GroupTutor.group_id == Group.id)
        .join(Membership, Membership.id == GroupTutor.membership_id)
        .join(User, User.id == Membership.user_id)
        .where(Group.group_set_id == group_set.id, _teaches_still())
    )
    return {(group, tutor) for group, tutor in rows}


def _teaches_still() -> ColumnElement[bool]:
    """Condition on GroupTutor and its Membership: as `tutors` has it."""
    return and_(Membership.left_at.is_(None), Membership.role == CohortRole.TUTOR, is_current(GroupTutor))


def _active(cohort_id: int, role: CohortRole) -> tuple[ColumnElement[bool], ...]:
    return Membership.cohort_id == cohort_id, Membership.role == role, Membership.left_at.is_(None)


@dataclass(frozen=True, slots=True)
class GroupSetLine:
    """A group set in a list: how many groups it has, and how many students sit in them."""

    public_id: str
    name: str
    groups: int
    students: int


def group_set_lines(session: Session, cohort: Cohort) -> list[GroupSetLine]:
    """The group sets of a cohort, the oldest first, in one statement. For its director."""
    groups = select(func.count(Group.id)).where(Group.group_set_id == GroupSet.id).correlate(GroupSet)
    seats = (
        select(func.count(GroupMember.id))
        .join(Membership, Membership.id == GroupMember.membership_id)
        .where(GroupMember.group_set_id == GroupSet.id, Membership.left_at.is_(None))
        .correlate(GroupSet)
    )
    rows = session.execute(
        select(GroupSet.public_id, GroupSet.name, groups.scalar_subquery(), seats.scalar_subquery())
        .where(GroupSet.cohort_id == cohort.id)
        .order_by(GroupSet.id)
    )
    return [GroupSetLine(*row) for row in rows]


def group_set_for_director(session: Session, actor: Actor, public_id: str) -> tuple[GroupSet, Cohort]:
    """A group set and its cohort, for the cohort's director. Raises NotFound for everybody else."""
    row = session.execute(
        select(GroupSet, Cohort)
        .join(Cohort, Cohort.id == GroupSet.cohort_id)
        .where(GroupSet.public_id == public_id, belongs(actor, Cohort.id, CohortRole.DIRECTOR))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def group_for_faculty(session: Session, actor: Actor, public_id: str) -> tuple[Group, GroupSet, Cohort]:
    """A group with its set and cohort, for its director and its tutors. Raises NotFound for everybody else."""
    row = session.execute(
        select(Group, GroupSet, Cohort)
        .join(GroupSet, GroupSet.id == Group.group_set_id)
        .join(Cohort, Cohort.id == GroupSet.cohort_id)
        .where(Group.public_id == public_id, teaches_group(actor, Cohort.id, Group.id))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1], row[2]


def directs(session: Session, actor: Actor, cohort: Cohort) -> bool:
    """Whether the actor is a director of the cohort."""
    return session.scalar(select(belongs(actor, literal(cohort.id), CohortRole.DIRECTOR))) is True


def taught_for_good(session: Session, actor: Actor, group_set: GroupSet) -> dict[int, str]:
    """The groups of a set whose tutor the actor is, covers left out: public ids by the database's."""
    rows = session.execute(
        select(Group.id, Group.public_id)
        .join(GroupTutor, GroupTutor.group_id == Group.id)
        .join(Membership, Membership.id == GroupTutor.membership_id)
        .where(
            Group.group_set_id == group_set.id,
            GroupTutor.until.is_(None),
            Membership.user_id == actor.id,
            _teaches_still(),
        )
    )
    return dict(rows.all())


def has_designated_lead(session: Session, cohort: Cohort) -> bool:
    """Whether an active designated lead exists who has no place in this cohort."""
    teaches = exists().where(Membership.cohort_id == cohort.id, Membership.user_id == User.id)
    return (
        session.scalar(
            select(exists().where(RoleGrant.user_id == User.id, RoleGrant.role == Role.LEAD, User.active, ~teaches))
        )
        is True
    )


def is_only_student(session: Session, user_id: int | None) -> bool:
    """Whether somebody is, or was, a student here and holds no other role in a cohort or in the installation."""
    roles = set(session.scalars(select(Membership.role).where(Membership.user_id == user_id)))
    return roles == {CohortRole.STUDENT} and not session.scalar(select(exists().where(RoleGrant.user_id == user_id)))


def directors(session: Session) -> list[Actor]:
    """Everybody with an account in use who directs a cohort that is not archived, by name."""
    rows = session.execute(
        select(User.id, User.public_id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            Membership.role == CohortRole.DIRECTOR,
            Membership.left_at.is_(None),
            Cohort.archived_at.is_(None),
            User.active,
        )
        .distinct()
        .order_by(User.name, User.id)
    )
    return [Actor(number, public_id, name) for number, public_id, name in rows]
