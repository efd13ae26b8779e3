"""What one of the faculty may do to a round, for its page: templates/rounds/acts.html shows it."""

from dataclasses import dataclass

from ethics.cases.models import Status
from ethics.rounds.gate import Standing
from ethics.rounds.models import Phase
from ethics.rounds.queries import has_begun
from ethics.rounds.readiness import obstacles
from ethics.web.auth import actor
from ethics.web.messages import message
from ethics.web.session import reader
from ethics.web.times import Shown, moment


@dataclass(frozen=True, slots=True)
class Acts:
    """What may be done, and what has to be known for it."""

    round_id: str
    cohort_id: str
    phase: Phase
    may_direct: bool
    may_extend: bool
    missing: str | None
    """The first thing that keeps a draft from opening."""
    newest: int | None
    """The number of a newer version of the case, where it may still be taken."""
    version: int
    extended: int
    """How many students whom the reader teaches have an extension."""
    closed_early: Shown | None


def acts_of(at: Standing, extended: int) -> Acts:
    """The acts of a round for the director or tutor who looks at it; so many of their students have an extension."""
    may_change = at.round.cohort.archived_at is None
    may_direct = at.is_director and may_change
    is_draft = at.phase is Phase.DRAFT
    missing = next(obstacles(reader(), at.round, now=at.now), None) if may_direct and is_draft else None
    return Acts(
        round_id=at.round.public_id,
        cohort_id=at.round.cohort.public_id,
        phase=at.phase,
        may_direct=may_direct,
        may_extend=may_change and not is_draft,
        missing=message(missing) if missing else None,
        newest=newest_version(at) if may_direct else None,
        version=at.round.case_version.number,
        extended=extended,
        closed_early=moment(at.round.closed_at, zone=at.round.zone, own_zone=actor().zone)
        if at.round.closed_at
        else None,
    )


def newest_version(at: Standing) -> int | None:
    """The number of a newer version of the round's case, as long as nobody has begun the round."""
    case = at.round.case_version.case
    is_newer = case.status == Status.PUBLISHED and case.current_number > at.round.case_version.number
    return case.current_number if is_newer and not has_begun(reader(), at.round) else None
