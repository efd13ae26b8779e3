"""What directors and administrators do to cohorts."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.cohorts.queries import cohort_for_director
from ethics.errors import Invalid
from ethics.people.actor import Actor
from ethics.people.models import User


def make_cohort(
    session: Session, *, actor: Actor | None, name: str, zone: str, director: User, now: datetime
) -> Cohort:
    """Make a cohort with its director. `actor` None: from the command line."""
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
    """Give somebody a place in a cohort. Raises Invalid for a reading role that somebody gives to himself."""
    if actor is not None and actor.id == user.id and role is not CohortRole.STUDENT:
        raise Invalid("own-role")
    membership = Membership(
        cohort_id=cohort.id, user_id=user.id, role=role, profession=profession, joined_at=now, left_at=None
    )
    session.add(membership)
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
    """Put a student into a group, out of the one of the same set they were in."""
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


def assign_tutor(session: Session, *, group: Group, membership: Membership) -> None:
    """Make a tutor of the cohort a tutor of the group."""
    session.add(GroupTutor(group_id=group.id, membership_id=membership.id))
    session.flush()


def remove_member(session: Session, *, actor: Actor | None, membership: Membership, now: datetime) -> None:
    """Take somebody out of a cohort; what they wrote stays. They keep their own work, and lose everything else."""
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
    """Set a cohort's urgent contacts. Raises NotFound for who is not its director, Invalid when one is missing."""
    cohort = cohort_for_director(session, actor, cohort_id)
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
