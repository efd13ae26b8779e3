"""The end of a cohort's term and the beginning of the next: archiving, opening the archive again, cloning."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.cohorts.actions import LONGEST_NAME, add_member
from ethics.cohorts.models import Cohort, CohortRole, GroupSet, Membership
from ethics.cohorts.places import note_places
from ethics.cohorts.queries import cohort_for_director
from ethics.errors import Invalid
from ethics.notices.actions import tell_all
from ethics.people.actor import Actor
from ethics.people.models import Role, RoleGrant, User
from ethics.text import clean_name, too_long


def archive_cohort(session: Session, *, actor: Actor, cohort: Cohort, now: datetime) -> None:
    """Make a cohort read-only: its students keep their own work and nothing else, its faculty read on.

    Again does nothing. Raises NotFound for who is not its director.
    """
    cohort_for_director(session, actor, cohort.public_id)
    if cohort.archived_at is not None:
        return
    cohort.archived_at = now
    record(session, actor=actor, action="cohort.archive", object_kind="cohort", object_id=cohort.public_id, now=now)


def restore_cohort(session: Session, *, actor: Actor, cohort: Cohort, now: datetime) -> None:
    """Take a cohort out of the archive: everything is as it was, rounds whose times have passed are closed.

    Again does nothing. Raises NotFound for who is not its director.
    """
    cohort_for_director(session, actor, cohort.public_id)
    if cohort.archived_at is None:
        return
    cohort.archived_at = None
    record(session, actor=actor, action="cohort.restore", object_kind="cohort", object_id=cohort.public_id, now=now)


def clone_cohort(
    session: Session, *, actor: Actor, cohort: Cohort, name: str, with_tutors: bool, now: datetime
) -> tuple[Cohort, dict[int, GroupSet]]:
    """Make a cohort like another for the next term, without students: its contacts and the names of its group sets.

    An archived one can be cloned. The director who does it directs the clone, in which there is nothing to read yet;
    other directors are left to an administrator, and administrators are told. `with_tutors` makes its tutors tutors
    without groups. Returns the clone, and its empty group sets by the id of those they stand for. Raises NotFound for
    who is not the director, Invalid for a name that is missing, too long or the same.
    """
    cohort_for_director(session, actor, cohort.public_id)
    name = clean_name(name)
    if not name or too_long(name, LONGEST_NAME):
        raise Invalid("too-long" if name else "required", "name")
    if name == cohort.name:
        raise Invalid("name-taken", "name")
    clone = Cohort(
        name=name,
        zone=cohort.zone,
        call=cohort.call,
        incident_reporting=cohort.incident_reporting,
        support_name=cohort.support_name,
        tutors_read_all=cohort.tutors_read_all,
        archived_at=None,
        join_code=None,
        join_ends_at=None,
        created_at=now,
    )
    session.add(clone)
    session.flush()
    record(
        session,
        actor=actor,
        action="cohort.clone",
        object_kind="cohort",
        object_id=clone.public_id,
        now=now,
        source=cohort.public_id,
    )
    _direct(session, actor, clone, now)
    _tell_administrators(session, actor, clone, now)
    if with_tutors:
        for user in _tutors(session, cohort):
            add_member(session, actor=actor, cohort=clone, user=user, role=CohortRole.TUTOR, now=now)
    old_sets = session.scalars(select(GroupSet).where(GroupSet.cohort_id == cohort.id).order_by(GroupSet.id)).all()
    sets = {old.id: GroupSet(cohort_id=clone.id, name=old.name) for old in old_sets}
    session.add_all(sets.values())
    session.flush()
    return clone, sets


def _direct(session: Session, actor: Actor, clone: Cohort, now: datetime) -> None:
    session.add(
        Membership(cohort_id=clone.id, user_id=actor.id, role=CohortRole.DIRECTOR, profession=None, joined_at=now)
    )
    session.flush()
    people = {actor.id: actor.public_id}
    note_places(session, actor=actor, cohort=clone, role=CohortRole.DIRECTOR, people=people, now=now)


def _tell_administrators(session: Session, actor: Actor, clone: Cohort, now: datetime) -> None:
    administrators = session.scalars(
        select(RoleGrant.user_id).where(RoleGrant.role == Role.ADMINISTRATOR, RoleGrant.user_id != actor.id)
    ).all()
    tell_all(session, user_ids=administrators, kind="cohort-cloned", now=now, cohort=clone.public_id)


def _tutors(session: Session, cohort: Cohort) -> list[User]:
    return list(
        session.scalars(
            select(User)
            .join(Membership, Membership.user_id == User.id)
            .where(
                Membership.cohort_id == cohort.id,
                Membership.role == CohortRole.TUTOR,
                Membership.left_at.is_(None),
                User.active,
            )
            .order_by(User.id)
        )
    )
