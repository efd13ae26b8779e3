"""What directors and administrators do to cohorts."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.cohorts.queries import cohort_for_director
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.people.actor import Actor
from ethics.people.models import Role, User


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

    Raises NotFound for who is neither administrator nor its director, NotAllowed for a director who makes directors,
    Invalid for a reading role that somebody gives to himself and for a second role.
    """
    _check_may_add(session, actor, cohort, role)
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
    record(
        session,
        actor=actor,
        action=f"cohort.add-{role}",
        object_kind="user",
        object_id=user.public_id,
        now=now,
        cohort=cohort.public_id,
    )
    return membership


def _check_may_add(session: Session, actor: Actor | None, cohort: Cohort, role: CohortRole) -> None:
    if actor is None or actor.has(Role.ADMINISTRATOR):
        return
    cohort_for_director(session, actor, cohort.public_id)
    if role is CohortRole.DIRECTOR:
        raise NotAllowed("only-administrators")


def make_group_set(session: Session, *, cohort: Cohort, name: str) -> GroupSet:
    """Make an empty group set."""
    group_set = GroupSet(cohort_id=cohort.id, name=name)
    session.add(group_set)
    session.flush()
    return group_set


def make_group(session: Session, *, group_set: GroupSet, name: str) -> Group:
    """Make an empty group in a set."""
    group = Group(group_set_id=group_set.id, name=name)
    session.add(group)
    session.flush()
    return group


def put_into_group(session: Session, *, group: Group, membership: Membership) -> None:
    """Put a student into a group, out of the one of the same set they were in.

    Raises Invalid for who is no student of the group's cohort.
    """
    _check_belongs(session, group, membership, CohortRole.STUDENT, refusal="not-a-student-here")
    place = session.scalar(
        select(GroupMember).where(
            GroupMember.group_set_id == group.group_set_id, GroupMember.membership_id == membership.id
        )
    )
    if place is None:
        session.add(GroupMember(group_set_id=group.group_set_id, group_id=group.id, membership_id=membership.id))
    else:
        place.group_id = group.id
    session.flush()


def assign_tutor(session: Session, *, actor: Actor | None, group: Group, membership: Membership, now: datetime) -> None:
    """Make a tutor of the cohort a tutor of the group. Raises Invalid for who is no tutor of the group's cohort."""
    _check_belongs(session, group, membership, CohortRole.TUTOR, refusal="not-a-tutor-here")
    chosen = select(GroupTutor).where(GroupTutor.group_id == group.id, GroupTutor.membership_id == membership.id)
    if session.scalar(chosen) is not None:
        return
    session.add(GroupTutor(group_id=group.id, membership_id=membership.id))
    user = session.get_one(User, membership.user_id)
    record(
        session,
        actor=actor,
        action="cohort.assign-tutor",
        object_kind="user",
        object_id=user.public_id,
        now=now,
        group=group.public_id,
    )


def _check_belongs(session: Session, group: Group, membership: Membership, role: CohortRole, *, refusal: str) -> None:
    cohort_id = session.scalar(select(GroupSet.cohort_id).where(GroupSet.id == group.group_set_id))
    if membership.role != role or membership.cohort_id != cohort_id or membership.left_at is not None:
        raise Invalid(refusal)


def remove_member(session: Session, *, actor: Actor | None, membership: Membership, now: datetime) -> None:
    """Take somebody out of a cohort; what they wrote stays. They keep their own work, and lose everything else.

    Again does nothing.
    """
    if membership.left_at is not None:
        return
    membership.left_at = now
    user = session.get_one(User, membership.user_id)
    record(session, actor=actor, action="cohort.remove", object_kind="user", object_id=user.public_id, now=now)


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
