"""What directors and administrators do to cohorts."""

from collections import Counter
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.cohorts.places import forget_end, note_end, note_places
from ethics.cohorts.queries import cohort_for_director
from ethics.cohorts.rules import Seats, latecomer_s_group
from ethics.cohorts.teaching import tell_of_tutors
from ethics.db import violates
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.people.actor import Actor
from ethics.people.models import Role, User
from ethics.text import clean_name, too_long

LONGEST_NAME = 200


def make_cohort(
    session: Session, *, actor: Actor | None, name: str, zone: str, director: User, now: datetime
) -> Cohort:
    """Make a cohort with its director. `actor` None: from the command line. Raises NotFound for no administrator."""
    if actor is not None and not actor.has(Role.ADMINISTRATOR):
        raise NotFound
    if not name:
        raise Invalid("required", "name")
    cohort = Cohort(
        name=name,
        zone=zone,
        call="",
        incident_reporting="",
        support_name="",
        tutors_read_all=False,
        archived_at=None,
        created_at=now,
    )
    session.add(cohort)
    session.flush()
    record(session, actor=actor, action="cohort.make", object_kind="cohort", object_id=cohort.public_id, now=now)
    add_member(session, actor=actor, cohort=cohort, user=director, role=CohortRole.DIRECTOR, now=now)
    return cohort


def add_member(
    session: Session,
    *,
    actor: Actor | None,
    cohort: Cohort,
    user: User,
    role: CohortRole,
    now: datetime,
    profession: str | None = None,
) -> Membership:
    """Give somebody a place in a cohort, or back to who was removed from the same one.

    Raises what `check_may_place` raises, Invalid for a reading role that somebody gives to himself and for a second
    role. Side effects: see `places.note_places`.
    """
    check_may_place(session, actor, cohort, role)
    if actor is not None and actor.id == user.id and role is not CohortRole.STUDENT:
        raise Invalid("own-role")
    membership = session.scalar(
        select(Membership).where(Membership.cohort_id == cohort.id, Membership.user_id == user.id)
    )
    if membership is None:
        membership = Membership(cohort_id=cohort.id, user_id=user.id, role=role, profession=profession, joined_at=now)
        session.add(membership)
    elif membership.left_at is None or membership.role != role:
        raise Invalid("member-already")
    membership.left_at = None
    session.flush()
    note_places(session, actor=actor, cohort=cohort, role=role, people={user.id: user.public_id}, now=now)
    return membership


def change_role(
    session: Session, *, actor: Actor | None, membership: Membership, role: CohortRole, now: datetime
) -> None:
    """Make a student a tutor, or a tutor a student; an administrator also makes and unmakes directors.

    A student gives up the seats in groups, a tutor the groups taught. Nothing happens for the role that is held.
    Raises what `check_may_place` raises, Invalid("own-role") for oneself and Invalid("not-here") for who was removed.
    """
    cohort = session.get_one(Cohort, membership.cohort_id)
    for either in (CohortRole(membership.role), role):
        check_may_place(session, actor, cohort, either)
    if actor is not None and actor.id == membership.user_id:
        raise Invalid("own-role")
    if membership.left_at is not None:
        raise Invalid("not-here")
    if membership.role == role:
        return
    membership.role = role
    session.execute(delete(GroupMember).where(GroupMember.membership_id == membership.id))
    session.execute(delete(GroupTutor).where(GroupTutor.membership_id == membership.id))
    session.flush()
    people = {membership.user_id: session.get_one(User, membership.user_id).public_id}
    note_places(session, actor=actor, cohort=cohort, role=role, people=people, now=now, action="cohort.change-role")


def change_profession(
    session: Session, *, actor: Actor | None, membership: Membership, profession: str | None, now: datetime
) -> None:
    """Set what somebody studies or works as: an id of the vocabulary, which the door has checked, or None."""
    cohort = session.get_one(Cohort, membership.cohort_id)
    check_may_place(session, actor, cohort, CohortRole.STUDENT)
    if membership.profession == profession:
        return
    membership.profession = profession
    session.flush()
    _note(session, actor, "cohort.change-profession", membership, now, cohort=cohort.public_id)


def seat_late(session: Session, *, actor: Actor | None, membership: Membership, now: datetime) -> None:
    """Put a student who comes late into the smallest group of each of the cohort's group sets that has groups.

    Among equals it is one in which the same profession sits already, so that fewer stand alone. Sets in which the
    student has a seat are left alone. Raises what `check_may_place` raises for who is neither that nor the student.
    """
    cohort = session.get_one(Cohort, membership.cohort_id)
    if actor is None or actor.id != membership.user_id:
        check_may_place(session, actor, cohort, CohortRole.STUDENT)
    if membership.role != CohortRole.STUDENT or membership.left_at is not None:
        raise Invalid("not-a-student-here")
    has_seat = select(GroupMember.group_set_id).where(GroupMember.membership_id == membership.id)
    groups = session.execute(
        select(Group.group_set_id, Group.id, Group.public_id)
        .join(GroupSet, GroupSet.id == Group.group_set_id)
        .where(GroupSet.cohort_id == cohort.id, Group.group_set_id.not_in(has_seat))
    ).all()
    taken: dict[int, Counter[str | None]] = {group_id: Counter() for _, group_id, _ in groups}
    for group_id, profession in session.execute(
        select(GroupMember.group_id, Membership.profession)
        .join(Membership, Membership.id == GroupMember.membership_id)
        .where(GroupMember.group_id.in_(taken), Membership.left_at.is_(None))
    ):
        taken[group_id][profession] += 1
    public_ids = {group_id: public_id for _, group_id, public_id in groups}
    for set_id in sorted({set_id for set_id, _, _ in groups}):
        seats = [Seats(group_id, taken[group_id]) for of_set, group_id, _ in groups if of_set == set_id]
        chosen = latecomer_s_group(seats, membership.profession)
        session.add(GroupMember(group_set_id=set_id, group_id=chosen, membership_id=membership.id))
        session.flush()
        _note(session, actor, "group.put-in", membership, now, group=public_ids[chosen])


def check_may_place(session: Session, actor: Actor | None, cohort: Cohort, role: CohortRole) -> None:
    """Whether `actor` may give and take places of this role: the director, or an administrator; None: command line.

    Raises NotFound for everybody else, NotAllowed for a director where the role is director, and once the cohort is
    archived.
    """
    if actor is None or actor.has(Role.ADMINISTRATOR):
        return
    cohort_for_director(session, actor, cohort.public_id)
    if cohort.archived_at is not None:
        raise NotAllowed("cohort-archived")
    if role is CohortRole.DIRECTOR:
        raise NotAllowed("only-administrators")


def make_group_set(session: Session, *, actor: Actor | None, cohort: Cohort, name: str, now: datetime) -> GroupSet:
    """Make an empty group set. Raises what `check_may_group` raises, Invalid for a name that is missing or taken."""
    check_may_group(session, actor, cohort.id)
    made = GroupSet(cohort_id=cohort.id, name=_new_name(name))
    _add_named(session, made, "uq_group_sets_cohort_id_name")
    record(session, actor=actor, action="group-set.make", object_kind="group-set", object_id=made.public_id, now=now)
    return made


def make_group(session: Session, *, actor: Actor | None, group_set: GroupSet, name: str, now: datetime) -> Group:
    """Make an empty group in a set. Raises what `check_may_group` raises, Invalid for a name missing or taken."""
    check_may_group(session, actor, group_set.cohort_id)
    made = Group(group_set_id=group_set.id, name=_new_name(name))
    _add_named(session, made, "uq_groups_group_set_id_name")
    record(session, actor=actor, action="group.make", object_kind="group", object_id=made.public_id, now=now)
    return made


def put_into_group(
    session: Session, *, actor: Actor | None, group: Group, membership: Membership, now: datetime
) -> None:
    """Put a student into a group, out of the one of the same set they were in.

    Raises what `check_may_group` raises, Invalid for who is no student of the group's cohort.
    """
    cohort_id = _cohort_of(session, group)
    check_may_group(session, actor, cohort_id)
    _check_belongs(membership, cohort_id, CohortRole.STUDENT, refusal="not-a-student-here")
    place = session.scalar(
        select(GroupMember).where(
            GroupMember.group_set_id == group.group_set_id, GroupMember.membership_id == membership.id
        )
    )
    if place is not None and place.group_id == group.id:
        return
    if place is None:
        session.add(GroupMember(group_set_id=group.group_set_id, group_id=group.id, membership_id=membership.id))
    else:
        place.group_id = group.id
    session.flush()
    _note(session, actor, "group.put-in", membership, now, group=group.public_id)


def assign_tutor(
    session: Session,
    *,
    actor: Actor | None,
    group: Group,
    membership: Membership,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Make a tutor of the cohort a tutor of the group; with `until`, as cover that ends by itself at that moment.

    Who teaches it for good already, or covers it until the same moment, is left as they are. The cohort's other
    directors and the tutor are told. Raises what `check_may_group` raises, Invalid for who is no tutor of the group's
    cohort and for an end that is not ahead. Directors are no tutors, so that none gives a group to himself.
    """
    cohort_id = _cohort_of(session, group)
    check_may_group(session, actor, cohort_id)
    _check_belongs(membership, cohort_id, CohortRole.TUTOR, refusal="not-a-tutor-here")
    if until is not None and until <= now:
        raise Invalid("ends-in-the-past", "until")
    assigned = session.scalar(
        select(GroupTutor).where(GroupTutor.group_id == group.id, GroupTutor.membership_id == membership.id)
    )
    if assigned is not None and assigned.until in {None, until}:
        return
    if assigned is None:
        assigned = GroupTutor(group_id=group.id, membership_id=membership.id, until=until)
        session.add(assigned)
    assigned.until = until
    session.flush()
    ends = {} if until is None else {"until": until.isoformat()}
    _note(session, actor, "cohort.assign-tutor", membership, now, group=group.public_id, **ends)
    tell_of_tutors(session, actor=actor, cohort_id=cohort_id, tutors=[membership.user_id], now=now)


def check_may_group(session: Session, actor: Actor | None, cohort_id: int) -> None:
    """Whether `actor` may divide the cohort into groups: its director. None: from the command line.

    Side effect: whoever else divides it, brings people in or archives it waits until this transaction ends. Raises
    NotFound for everybody else, NotAllowed once the cohort is archived.
    """
    cohort = session.get_one(Cohort, cohort_id, with_for_update=True)
    if actor is not None:
        cohort_for_director(session, actor, cohort.public_id)
    if cohort.archived_at is not None:
        raise NotAllowed("cohort-archived")


def _cohort_of(session: Session, group: Group) -> int:
    return session.scalars(select(GroupSet.cohort_id).where(GroupSet.id == group.group_set_id)).one()


def _check_belongs(membership: Membership, cohort_id: int, role: CohortRole, *, refusal: str) -> None:
    if membership.role != role or membership.cohort_id != cohort_id or membership.left_at is not None:
        raise Invalid(refusal)


def _note(
    session: Session, actor: Actor | None, action: str, membership: Membership, now: datetime, **details: str
) -> None:
    """Write down what was done to somebody."""
    user = session.get_one(User, membership.user_id)
    record(session, actor=actor, action=action, object_kind="user", object_id=user.public_id, now=now, **details)


def _new_name(name: str) -> str:
    name = clean_name(name)
    if not name:
        raise Invalid("required", "name")
    if too_long(name, LONGEST_NAME):
        raise Invalid("too-long", "name")
    return name


def _add_named(session: Session, made: GroupSet | Group, constraint: str) -> None:
    """Add what has a name of its own. Raises Invalid where the name is taken, also by somebody a moment faster."""
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        if not violates(error, constraint):
            raise
        raise Invalid("name-taken", "name") from None


def remove_member(session: Session, *, actor: Actor | None, membership: Membership, now: datetime) -> None:
    """Take somebody out of a cohort; what they wrote stays. They keep their own work, and lose everything else.

    Again does nothing. Raises what `check_may_place` raises for the role that is lost.
    """
    cohort = session.get_one(Cohort, membership.cohort_id)
    check_may_place(session, actor, cohort, CohortRole(membership.role))
    if membership.left_at is not None:
        return
    membership.left_at = now
    session.flush()
    note_end(session, actor=actor, membership=membership, now=now)


def return_member(session: Session, *, actor: Actor | None, membership: Membership, now: datetime) -> None:
    """Give back the place somebody was removed from, with the group, the state and everything written.

    A student without a group gets one, as latecomers do. Again does nothing. Raises what `add_member` raises.
    """
    if membership.left_at is None:
        return
    cohort, user = session.get_one(Cohort, membership.cohort_id), session.get_one(User, membership.user_id)
    add_member(session, actor=actor, cohort=cohort, user=user, role=CohortRole(membership.role), now=now)
    forget_end(session, membership=membership, now=now)
    if membership.role == CohortRole.STUDENT:
        seat_late(session, actor=actor, membership=membership, now=now)


def set_contacts(
    session: Session,
    *,
    actor: Actor,
    cohort_id: str,
    call: str,
    incident_reporting: str,
    support_name: str,
    now: datetime,
) -> Cohort:
    """Set a cohort's urgent contacts.

    Raises NotFound for who is not its director, NotAllowed once it is archived, Invalid when one is missing.
    """
    cohort = cohort_for_director(session, actor, cohort_id)
    if cohort.archived_at is not None:
        raise NotAllowed("cohort-archived")
    for field, text in (
        ("call", call),
        ("incident_reporting", incident_reporting),
        ("support_name", support_name),
    ):
        if not text:
            raise Invalid("required", field)
    cohort.call, cohort.incident_reporting, cohort.support_name = call, incident_reporting, support_name
    record(session, actor=actor, action="cohort.contacts", object_kind="cohort", object_id=cohort.public_id, now=now)
    return cohort
