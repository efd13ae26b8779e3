"""What a director's pages read of a cohort's people."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupTutor, Membership
from ethics.cohorts.queries import cohort_for_director, is_current
from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.people.models import User

PAGE = 100


class Show(StrEnum):
    """Which of a cohort's people a list holds."""

    ALL = "all"
    """Everybody who is here."""
    STUDENTS = "students"
    TUTORS = "tutors"
    DIRECTORS = "directors"
    NEVER_CAME = "never-came"
    """Who is here and has never come into the account."""
    WITHOUT_GROUP = "without-group"
    """Students who are in no group at all."""
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the list of a cohort's people."""

    public_id: str
    name: str
    email: str
    role: CohortRole
    profession: str | None
    gone: bool
    came: bool
    """Whether they have ever come into the account."""
    groups: tuple[str, ...]


def people_of(
    session: Session, actor: Actor, cohort_id: str, *, show: Show, search: str = "", after: str = ""
) -> tuple[list[Person], bool]:
    """A page of a cohort's people by name, after the one with the public id `after`, and whether there are more.

    `search` is part of a name or address. Raises NotFound for who is not the cohort's director.
    """
    cohort = cohort_for_director(session, actor, cohort_id)
    wanted = (
        select(
            Membership.id,
            User.public_id,
            User.name,
            User.email,
            Membership.role,
            Membership.profession,
            Membership.left_at.is_not(None).label("gone"),
            User.password_hash.is_not(None).label("came"),
        )
        .join(User, User.id == Membership.user_id)
        .where(Membership.cohort_id == cohort.id, *_SHOWN[show])
        .order_by(User.name, User.id)
        .limit(PAGE + 1)
    )
    if search:
        wanted = wanted.where(
            or_(User.name.icontains(search, autoescape=True), User.email.icontains(search, autoescape=True))
        )
    if after:
        last = session.execute(
            select(User.name, User.id)
            .join(Membership, Membership.user_id == User.id)
            .where(User.public_id == after, Membership.cohort_id == cohort.id)
        ).one_or_none()
        if last is not None:
            wanted = wanted.where(tuple_(User.name, User.id) > tuple_(*last))
    rows = session.execute(wanted).all()
    groups = _groups(session, [row.id for row in rows])
    people = [
        Person(
            row.public_id,
            row.name,
            row.email,
            CohortRole(row.role),
            row.profession,
            bool(row.gone),
            bool(row.came),
            tuple(groups.get(row.id, ())),
        )
        for row in rows
    ]
    return people[:PAGE], len(people) > PAGE


def numbers_of(session: Session, cohort: Cohort) -> dict[Show, int]:
    """How many people each list holds, in one statement."""
    counts = [func.count().filter(*_SHOWN[show]).label(show.name) for show in Show]
    row = session.execute(
        select(*counts)
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.cohort_id == cohort.id)
    ).one()
    return dict(zip(Show, row, strict=True))


@dataclass(frozen=True, slots=True)
class CohortNumbers:
    """A cohort in the list of all, and how many are in it."""

    id: str
    name: str
    students: int
    tutors: int
    directors: int
    archived: bool


def cohorts_with_numbers(session: Session) -> list[CohortNumbers]:
    """Every cohort, by name. For the command line."""
    students, tutors, directors = (
        func.count().filter(*_SHOWN[show]) for show in (Show.STUDENTS, Show.TUTORS, Show.DIRECTORS)
    )
    rows = session.execute(
        select(Cohort.public_id, Cohort.name, students, tutors, directors, Cohort.archived_at.is_not(None))
        .outerjoin(Membership, Membership.cohort_id == Cohort.id)
        .group_by(Cohort.id)
        .order_by(Cohort.name, Cohort.id)
    )
    return [CohortNumbers(*row) for row in rows]


def member_for_director(
    session: Session, actor: Actor, cohort_id: str, user_id: str
) -> tuple[Cohort, Membership, User]:
    """Somebody's place in a cohort, also one that was taken away. Raises NotFound for who is not its director."""
    cohort = cohort_for_director(session, actor, cohort_id)
    return cohort, *find_member(session, cohort, user_id)


def find_member(session: Session, cohort: Cohort, user_id: str) -> tuple[Membership, User]:
    """The place of the person with this public id. Raises NotFound."""
    row = session.execute(
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.cohort_id == cohort.id, User.public_id == user_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def groups_of(session: Session, membership: Membership) -> list[str]:
    """The names of the groups somebody sits in or teaches."""
    return _groups(session, [membership.id]).get(membership.id, [])


_HERE = Membership.left_at.is_(None)
_STUDIES = Membership.role == CohortRole.STUDENT
_SEATS = select(GroupMember.id).where(GroupMember.membership_id == Membership.id)
_SHOWN: Mapping[Show, tuple[ColumnElement[bool], ...]] = {
    Show.ALL: (_HERE,),
    Show.STUDENTS: (_HERE, _STUDIES),
    Show.TUTORS: (_HERE, Membership.role == CohortRole.TUTOR),
    Show.DIRECTORS: (_HERE, Membership.role == CohortRole.DIRECTOR),
    Show.NEVER_CAME: (_HERE, User.password_hash.is_(None)),
    Show.WITHOUT_GROUP: (_HERE, _STUDIES, ~_SEATS.correlate(Membership).exists()),
    Show.REMOVED: (~_HERE,),
}


def _groups(session: Session, memberships: Iterable[int]) -> Mapping[int, list[str]]:
    """The names of the groups that people sit in or teach, by membership."""
    wanted = list(memberships)
    sits = select(GroupMember.membership_id, GroupMember.group_id).where(GroupMember.membership_id.in_(wanted))
    teaches = select(GroupTutor.membership_id, GroupTutor.group_id).where(
        GroupTutor.membership_id.in_(wanted), is_current(GroupTutor)
    )
    either = union_all(sits, teaches).subquery()
    rows = session.execute(
        select(either.c.membership_id, Group.name).join(Group, Group.id == either.c.group_id).order_by(Group.id)
    )
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for membership_id, name in rows:
        groups[membership_id].append(name)
    return groups
