"""What follows when people get a place in a cohort or lose it: it is written down, and those it concerns are told.

Nothing here checks who may do it; the actions that call it have.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.audit.actions import Deed, record_all
from ethics.cohorts.models import Cohort, CohortRole, GroupSet, Membership
from ethics.notices.actions import take_back, tell, tell_all
from ethics.people.actions import void_activation
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.people.sessions import shorten_all_sessions

UNDO = timedelta(minutes=10)
"""How long a notice of a removal waits, so that it can be taken back."""


def lock(session: Session, cohort: Cohort) -> None:
    """Let whoever brings people into a cohort, or moves them between its groups, come one after the other."""
    session.execute(select(Cohort.id).where(Cohort.id == cohort.id).with_for_update())
    session.execute(select(GroupSet.id).where(GroupSet.cohort_id == cohort.id).order_by(GroupSet.id).with_for_update())


def note_places(
    session: Session,
    *,
    actor: Actor | None,
    cohort: Cohort,
    role: CohortRole,
    people: Mapping[int, str],
    now: datetime,
    action: str | None = None,
) -> None:
    """Write down that `people` (public ids by the database's) got a place, in as many statements for many as for one.

    Side effects: links that others made for them work no longer, because they would now open this cohort too; whoever
    has come into the account already is told. For a role that reads, long sign-ins are shortened and the cohort's
    directors are told, but for the one who did it.
    """
    if not people:
        return
    void_activation(session, user_ids=people, now=now)
    deeds = [
        Deed(action or f"cohort.add-{role}", "user", public_id, {"cohort": cohort.public_id, "role": role.value})
        for public_id in people.values()
    ]
    record_all(session, actor=actor, deeds=deeds, now=now)
    if actor is not None:
        here = select(User.id).where(User.id.in_(list(people)), User.password_hash.is_not(None), User.id != actor.id)
        tell_all(session, user_ids=session.scalars(here).all(), kind="place-given", now=now, cohort=cohort.public_id)
    if role is not CohortRole.STUDENT:
        shorten_all_sessions(session, user_ids=people)
        tell_all(
            session,
            user_ids=directors_of(session, cohort, but={actor.id if actor else None, *people}),
            kind="faculty-made",
            now=now,
            cohort=cohort.public_id,
        )


def note_end(session: Session, *, actor: Actor | None, membership: Membership, now: datetime) -> None:
    """Write down that somebody was removed, and let them know once it can no longer be undone quietly."""
    user, cohort = session.get_one(User, membership.user_id), session.get_one(Cohort, membership.cohort_id)
    deed = Deed("cohort.remove", "user", user.public_id, {"cohort": cohort.public_id})
    record_all(session, actor=actor, deeds=[deed], now=now)
    tell(session, user_id=user.id, kind="place-ended", now=now, due_at=now + UNDO, cohort=cohort.public_id)


def forget_end(session: Session, *, membership: Membership, now: datetime) -> None:
    """Take back what `note_end` was about to say: the removal was undone in time."""
    cohort = session.get_one(Cohort, membership.cohort_id)
    take_back(session, user_id=membership.user_id, kind="place-ended", now=now, cohort=cohort.public_id)


def directors_of(session: Session, cohort: Cohort, *, but: Collection[int | None] = ()) -> list[int]:
    """The accounts of a cohort's directors, but for some."""
    found = session.scalars(
        select(Membership.user_id).where(
            Membership.cohort_id == cohort.id, Membership.role == CohortRole.DIRECTOR, Membership.left_at.is_(None)
        )
    )
    return [user_id for user_id in found if user_id not in but]
