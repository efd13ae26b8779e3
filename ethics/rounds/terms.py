"""What a cohort's groups and terms mean for its rounds."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import Cohort, GroupSet
from ethics.cohorts.terms import clone_cohort
from ethics.errors import Invalid
from ethics.people.actor import Actor
from ethics.rounds.actions import clone_round
from ethics.rounds.models import Phase, Round

MOST_WEEKS = 520


def rounds_in(session: Session, cohort: Cohort, group_set: GroupSet | None = None) -> list[Round]:
    """The rounds of a cohort, or those that use one of its group sets, the first to open first. For its director."""
    chosen = select(Round).where(Round.cohort_id == cohort.id).order_by(Round.opens_at, Round.id)
    if group_set is not None:
        chosen = chosen.where(Round.group_set_id == group_set.id)
    return list(session.scalars(chosen.options(joinedload(Round.case_version).joinedload(CaseVersion.case))))


def running_in(session: Session, cohort: Cohort, group_set: GroupSet, *, now: datetime) -> list[Round]:
    """The rounds that students have open in these groups: who is moved feels it there."""
    return [found for found in rounds_in(session, cohort, group_set) if found.phase(now) is Phase.OPEN]


def clone_for_next_term(
    session: Session, *, actor: Actor, cohort: Cohort, name: str, weeks: int, with_tutors: bool, now: datetime
) -> Cohort:
    """Clone a cohort and its rounds, which become drafts so many weeks later: the same weekday, the same local time.

    Raises what `clone_cohort` and `clone_round` raise, Invalid for a number of weeks that is surely a slip.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        raise Invalid("weeks-out-of-range", "weeks")
    clone, sets = clone_cohort(session, actor=actor, cohort=cohort, name=name, with_tutors=with_tutors, now=now)
    for old in rounds_in(session, cohort):
        clone_round(
            session,
            actor=actor,
            round_id=old.public_id,
            cohort_id=clone.public_id,
            group_set_id=sets[old.group_set_id].public_id,
            shift=timedelta(weeks=weeks),
            now=now,
        )
    return clone
