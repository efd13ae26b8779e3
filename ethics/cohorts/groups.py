"""What is done with groups: their names, who sits in them, who teaches them.

Every verb takes the rows it acts on, checks who may, notes what was done and tells those it concerns. Making groups and
putting single people into them, which rosters do too, stands in `ethics.cohorts.actions`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Delete, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics.audit.actions import Deed, record, record_all
from ethics.cohorts.actions import LONGEST_NAME, check_may_group, make_group
from ethics.cohorts.models import CohortRole, Group, GroupMember, GroupMove, GroupSet, GroupTutor, Membership
from ethics.cohorts.places import UNDO
from ethics.cohorts.queries import assigned_tutors, is_current, taught_for_good
from ethics.cohorts.teaching import tell_of_tutors
from ethics.db import violates
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.notices.actions import take_back_all, tell_all
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.text import clean_name, too_long

Pair = tuple[str, str]
"""A group and one of its tutors, by their public ids."""

_KEPT = timedelta(days=1)
"""How long a move can be undone."""


def rename(session: Session, *, actor: Actor, what: GroupSet | Group, name: str, now: datetime) -> None:
    """Give a group set or a group another name.

    Raises what `check_may_group` raises, Invalid for a name that is missing, too long or taken.
    """
    check_may_group(session, actor, _set_of(session, what).cohort_id)
    name = clean_name(name)
    if not name or too_long(name, LONGEST_NAME):
        raise Invalid("too-long" if name else "required", "name")
    is_set = isinstance(what, GroupSet)
    try:
        with session.begin_nested():
            what.name = name
    except IntegrityError as error:
        if not violates(error, "uq_group_sets_cohort_id_name" if is_set else "uq_groups_group_set_id_name"):
            raise
        raise Invalid("name-taken", "name") from None
    kind = "group-set" if is_set else "group"
    record(session, actor=actor, action=f"{kind}.rename", object_kind=kind, object_id=what.public_id, now=now)


def delete_group_set(session: Session, *, actor: Actor, group_set: GroupSet, now: datetime) -> None:
    """Delete a group set with its groups. Nobody leaves the cohort by it.

    Raises what `check_may_group` raises, NotAllowed while a round uses it.
    """
    check_may_group(session, actor, group_set.cohort_id)
    groups = select(Group.id).where(Group.group_set_id == group_set.id)
    _delete(
        session,
        "group-set-in-use",
        delete(GroupMove).where(GroupMove.group_set_id == group_set.id),
        delete(GroupMember).where(GroupMember.group_set_id == group_set.id),
        delete(GroupTutor).where(GroupTutor.group_id.in_(groups)),
        delete(Group).where(Group.group_set_id == group_set.id),
        delete(GroupSet).where(GroupSet.id == group_set.id),
    )
    deed = Deed("group-set.delete", "group-set", group_set.public_id)
    record_all(session, actor=actor, deeds=[deed], now=now)


def delete_group(session: Session, *, actor: Actor, group: Group, now: datetime) -> None:
    """Delete a group in which nobody sits.

    Raises what `check_may_group` raises, NotAllowed while somebody sits in it, or when it has talked already: what was
    written stays, and with it the group.
    """
    group_set = _set_of(session, group)
    check_may_group(session, actor, group_set.cohort_id)
    if _members(session, group):
        raise NotAllowed("group-not-empty")
    _delete(
        session,
        "group-has-talked",
        delete(GroupMember).where(GroupMember.group_id == group.id),  # of people who were removed from the cohort
        delete(GroupTutor).where(GroupTutor.group_id == group.id),
        delete(Group).where(Group.id == group.id),
    )
    deed = Deed("group.delete", "group", group.public_id)
    record_all(session, actor=actor, deeds=[deed], now=now)


def move_students(
    session: Session,
    *,
    actor: Actor,
    group_set: GroupSet,
    students: Collection[str],
    group: Group | None,
    now: datetime,
) -> GroupMove | None:
    """Put students (public ids of their accounts) into a group of the set, or with None out of all of its groups.

    Returns the move, by which it can be undone; None where everybody sat there already. Who had another group before
    is told in ten minutes. Raises what `check_may_group` raises, Invalid for nobody and for another set's group,
    NotFound for who is no student of the cohort.
    """
    check_may_group(session, actor, group_set.cohort_id)
    if not students:
        raise Invalid("nobody-chosen", "student")
    if group is not None and group.group_set_id != group_set.id:
        raise Invalid("unknown-group", "group")
    people = _people(session, group_set.cohort_id, CohortRole.STUDENT)
    if not set(students) <= set(people):
        raise NotFound
    found = [people[student] for student in dict.fromkeys(students)]
    return _move(session, actor, found, _Goal(group_set, group), now)


def merge_groups(session: Session, *, actor: Actor, group: Group, into: Group, now: datetime) -> GroupMove | None:
    """Put everybody of a group into another of the same set. The empty group stays, with what it has talked about.

    Its director may, and whoever teaches both groups for good: so nobody reads more by it. Returns the move as
    `move_students` does. Raises NotFound for who may not know of both, NotAllowed for who may not merge them or once
    the cohort is archived, Invalid for a group of another set or the same one.
    """
    group_set = _set_of(session, group)
    if group.id == into.id or into.group_set_id != group_set.id:
        raise Invalid("unknown-group", "into")
    _check_may_merge(session, actor, group_set, {group.id, into.id})
    return _move(session, actor, _members(session, group), _Goal(group_set, into), now)


def undo_move(session: Session, *, actor: Actor, move: GroupMove, now: datetime) -> None:
    """Put everybody of a move back where they were.

    Raises NotFound for who could not have made it, NotAllowed once the cohort is archived, Conflict when one of them
    sits elsewhere by now, or a group is gone.
    """
    group_set = session.get_one(GroupSet, move.group_set_id)
    groups = {group_id for group_id in (move.to_group_id, *move.places.values()) if group_id is not None}
    without = None in {move.to_group_id, *move.places.values()}
    _check_may_merge(session, actor, group_set, set() if without else groups)
    seats = _seats(session, group_set, map(int, move.places))
    there = session.scalars(select(Group.id).where(Group.id.in_(groups))).all()
    still = all(seats.get(int(number)) == move.to_group_id for number in move.places)
    if not still or len(there) != len(groups):
        raise Conflict("moved-since")
    _seat(session, group_set, {int(number): group_id for number, group_id in move.places.items()}, seats)
    people = session.scalars(select(Membership.user_id).where(Membership.id.in_(map(int, move.places))))
    take_back_all(session, user_ids=people, kind="group-changed", now=now, group_set=group_set.public_id)
    session.delete(move)
    deed = Deed("group-set.undo-move", "group-set", group_set.public_id, {"students": len(move.places)})
    record_all(session, actor=actor, deeds=[deed], now=now)


def fill_group_set(
    session: Session, *, actor: Actor, group_set: GroupSet, groups: Sequence[tuple[str, Sequence[str]]], now: datetime
) -> None:
    """Make groups in a set that has none, each with its name and its students (public ids of their accounts).

    Raises what `check_may_group` raises, NotAllowed for a set that has groups: who sits somewhere is never shuffled;
    Conflict when they are no longer exactly the students of the cohort.
    """
    check_may_group(session, actor, group_set.cohort_id)
    if session.scalar(select(Group.id).where(Group.group_set_id == group_set.id).limit(1)) is not None:
        raise NotAllowed("group-set-not-empty")
    memberships = _people(session, group_set.cohort_id, CohortRole.STUDENT)
    if sorted(student for _, students in groups for student in students) != sorted(memberships):
        raise Conflict("students-changed")
    for name, students in groups:
        group = make_group(session, actor=actor, group_set=group_set, name=name, now=now)
        _seat(session, group_set, {memberships[student]: group.id for student in students}, {})
    deed = Deed("group-set.fill", "group-set", group_set.public_id, {"students": len(memberships)})
    record_all(session, actor=actor, deeds=[deed], now=now)


def set_tutors(
    session: Session,
    *,
    actor: Actor,
    group_set: GroupSet,
    before: Collection[Pair],
    chosen: Collection[Pair],
    now: datetime,
) -> int:
    """Give the groups of a set the tutors that are `chosen`, and return how many pairs that changed.

    `before` is what the choice was made from. A cover that stays keeps its end. The cohort's other directors and the
    tutors concerned are told. Raises what `check_may_group` raises, NotFound for a group or tutor that is not the
    cohort's, Conflict, carrying the pairs as they are, when somebody changed them meanwhile.
    """
    check_may_group(session, actor, group_set.cohort_id)
    current = assigned_tutors(session, group_set)
    if current != set(before):
        raise Conflict("stale", current)
    added, ended = set(chosen) - current, current - set(chosen)
    groups = dict(session.execute(select(Group.public_id, Group.id).where(Group.group_set_id == group_set.id)).all())
    tutors = _people(session, group_set.cohort_id, CohortRole.TUTOR)
    if not {group for group, _ in added} <= set(groups) or not {tutor for _, tutor in added} <= set(tutors):
        raise NotFound
    session.execute(delete(GroupTutor).where(GroupTutor.group_id.in_(groups.values()), ~is_current(GroupTutor)))
    for group, tutor in sorted(ended):
        session.execute(
            delete(GroupTutor).where(GroupTutor.group_id == groups[group], GroupTutor.membership_id == tutors[tutor])
        )
    session.add_all(
        GroupTutor(group_id=groups[group], membership_id=tutors[tutor], until=None) for group, tutor in sorted(added)
    )
    session.flush()
    deeds = [
        Deed(f"cohort.{verb}-tutor", "user", tutor, {"group": group})
        for verb, pairs in (("assign", added), ("unassign", ended))
        for group, tutor in sorted(pairs)
    ]
    record_all(session, actor=actor, deeds=deeds, now=now)
    concerned = {tutor for _, tutor in added | ended}
    if concerned:
        user_ids = session.scalars(select(User.id).where(User.public_id.in_(concerned))).all()
        tell_of_tutors(session, actor=actor, cohort_id=group_set.cohort_id, tutors=user_ids, now=now)
    return len(added | ended)


@dataclass(frozen=True, slots=True)
class _Goal:
    """Where students are put: into a group of the set, or out of all of them."""

    group_set: GroupSet
    group: Group | None


def _move(session: Session, actor: Actor, memberships: Sequence[int], goal: _Goal, now: datetime) -> GroupMove | None:
    group_set, group_id = goal.group_set, goal.group.id if goal.group else None
    seats = _seats(session, group_set, memberships)
    moving = {number: seats.get(number) for number in memberships if seats.get(number) != group_id}
    if not moving:
        return None
    outdated = (GroupMove.group_set_id == group_set.id, GroupMove.moved_at < now - _KEPT)
    session.execute(delete(GroupMove).where(*outdated))
    places = {str(number): place for number, place in moving.items()}
    move = GroupMove(group_set_id=group_set.id, to_group_id=group_id, places=places, moved_at=now)
    session.add(move)
    _seat(session, group_set, dict.fromkeys(moving, group_id), seats)
    people = session.execute(
        select(Membership.id, User.id, User.public_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.id.in_(moving))
        .order_by(Membership.id)
    ).all()
    details = {"group": goal.group.public_id if goal.group else None}
    deeds = [Deed("group.move", "user", public_id, details) for _, _, public_id in people]
    record_all(session, actor=actor, deeds=deeds, now=now)
    told = [user_id for number, user_id, _ in people if moving[number] is not None]
    about = {"group_set": group_set.public_id}
    take_back_all(session, user_ids=told, kind="group-changed", now=now, **about)
    tell_all(session, user_ids=told, kind="group-changed", now=now, due_at=now + UNDO, **about)
    return move


def _check_may_merge(session: Session, actor: Actor, group_set: GroupSet, groups: Collection[int]) -> None:
    """Directors may, and who teaches all these groups for good; with no groups to name, directors alone."""
    try:
        check_may_group(session, actor, group_set.cohort_id)
    except NotFound:
        if not groups or not set(groups) <= set(taught_for_good(session, actor, group_set)):
            raise
        check_may_group(session, None, group_set.cohort_id)


def _set_of(session: Session, what: GroupSet | Group) -> GroupSet:
    return what if isinstance(what, GroupSet) else session.get_one(GroupSet, what.group_set_id)


def _members(session: Session, group: Group) -> Sequence[int]:
    """The memberships of those who sit in the group."""
    return session.scalars(
        select(Membership.id)
        .join(GroupMember, GroupMember.membership_id == Membership.id)
        .where(GroupMember.group_id == group.id, Membership.left_at.is_(None))
    ).all()


def _seats(session: Session, group_set: GroupSet, memberships: Iterable[int]) -> dict[int, int]:
    """In which group of the set each of them sits; who sits in none is left out."""
    rows = session.execute(
        select(GroupMember.membership_id, GroupMember.group_id).where(
            GroupMember.group_set_id == group_set.id, GroupMember.membership_id.in_(list(memberships))
        )
    )
    return dict(rows.all())


def _seat(session: Session, group_set: GroupSet, places: Mapping[int, int | None], seats: Mapping[int, int]) -> None:
    """Give each membership its group, or none."""
    session.execute(
        delete(GroupMember).where(
            GroupMember.group_set_id == group_set.id, GroupMember.membership_id.in_(set(places) & set(seats))
        )
    )
    session.add_all(
        GroupMember(group_set_id=group_set.id, group_id=group_id, membership_id=number)
        for number, group_id in places.items()
        if group_id is not None
    )
    session.flush()


def _people(session: Session, cohort_id: int, role: CohortRole) -> dict[str, int]:
    """The membership of everybody who holds the role in the cohort, by the public id of their account."""
    rows = session.execute(
        select(User.public_id, Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.cohort_id == cohort_id, Membership.role == role, Membership.left_at.is_(None))
    )
    return dict(rows.all())


def _delete(session: Session, refusal: str, *statements: Delete) -> None:
    """Delete all of it, or raise NotAllowed: what others hold on to is found by the database's own references."""
    try:
        with session.begin_nested():
            for statement in statements:
                session.execute(statement, execution_options={"synchronize_session": False})
    except IntegrityError:
        raise NotAllowed(refusal) from None
