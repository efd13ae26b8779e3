"""Who is told when groups get other tutors. Nothing here checks who may give them; the actions that call it have."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.cohorts.models import Cohort, CohortRole, Membership
from ethics.notices.actions import tell_once
from ethics.people.actor import Actor


def tell_of_tutors(
    session: Session, *, actor: Actor | None, cohort_id: int, tutors: Collection[int], now: datetime
) -> None:
    """Tell the cohort's directors, but for the one who did it, and the tutors (ids of users) whose groups changed.

    Nobody gets the same notice twice while the first is unread.
    """
    cohort = session.get_one(Cohort, cohort_id)
    directors = session.scalars(
        select(Membership.user_id).where(
            Membership.cohort_id == cohort_id, Membership.role == CohortRole.DIRECTOR, Membership.left_at.is_(None)
        )
    )
    others = [user_id for user_id in directors if actor is None or user_id != actor.id]
    tell_once(session, user_ids=others, kind="tutors-changed", now=now, cohort=cohort.public_id)
    tell_once(session, user_ids=tutors, kind="groups-taught", now=now, cohort=cohort.public_id)
