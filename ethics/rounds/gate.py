"""Who may see what of a round, and when. Doors, features above and their queries all ask here.

Two forms of the same rules: conditions for queries (`participates`, `teaches`, `is_complete`), and a `Standing`, which
says for one person and one round how far they have come. What a person may not know of is `NotFound`.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, literal, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from ethics.cases.models import CaseVersion, SegmentKind
from ethics.cohorts.models import Cohort, CohortRole, Group, Membership
from ethics.cohorts.queries import Column, belongs, group_of, teaches_group, tutors
from ethics.db import DatabaseNow, UtcDateTime, some
from ethics.errors import NotFound
from ethics.people.actor import ANYBODY, Actor
from ethics.people.models import User
from ethics.rounds.models import Alias, Extension, Kind, Participation, Phase, Round, Stance
from ethics.rounds.schedule import MINUTE

# Made once, as in ethics.cohorts.queries; none of the conditions below holds another of its own kind.
_round, _class, _own = aliased(Round), aliased(Cohort), aliased(Participation)
_more = aliased(Extension)
_study, _studied, _studied_in = aliased(Membership), aliased(Round), aliased(Cohort)
_studied_version, _given = aliased(CaseVersion), aliased(CaseVersion)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands to one round at one moment. Plain data; the rules below read nothing else."""

    round: Round
    now: datetime
    is_faculty: bool
    is_director: bool
    studies_case: bool = False
    """Of faculty: whether they are a student in another open round on the same case. That view of the case wins."""
    participation: Participation | None = None
    extension: Extension | None = None
    group_id: int | None = None
    alias: str | None = None
    decided: frozenset[int] = frozenset()
    """Stages at whose decision point the person has committed."""
    decisions: frozenset[int] = frozenset()
    """Stages that end in a decision point."""

    @property
    def is_participant(self) -> bool:
        """Whether the person goes through this round as a student."""
        return not self.is_faculty

    @property
    def reads_case(self) -> bool:
        """Whether the whole case is open, its guide and debrief too: to faculty who are not students on it."""
        return self.is_faculty and not self.studies_case

    @property
    def reads_students(self) -> bool:
        """Whether what the students one teaches write here is open: all of it is about the case, its end too."""
        return self.reads_case

    @property
    def reads_cohort(self) -> bool:
        """Whether the person is faculty of every group, not only of some."""
        return self.is_director or (self.is_faculty and self.round.cohort.tutors_read_all)

    @property
    def phase(self) -> Phase:
        """Where the round stands for this person, an extension included."""
        return self.round.phase(self.now, self.extension)

    @property
    def due_at(self) -> datetime:
        """When this person's reflection is due."""
        return self.round.due_for(self.extension)

    @property
    def close_at(self) -> datetime:
        """When the round closes for this person, or was closed."""
        return self.round.close_for(self.extension)

    @property
    def stages(self) -> int:
        """How many stages the case has."""
        return len(self.round.case_version.stages)

    @property
    def stage_reached(self) -> int:
        """The last stage the person may read."""
        if self.is_faculty:
            return self.stages if self.reads_case else 0
        return self.participation.stage_reached if self.participation else 0

    @property
    def has_committed_everywhere(self) -> bool:
        """Whether every decision point has the person's stance and every stage is open."""
        return self.stage_reached >= self.stages and self.decisions <= self.decided

    @property
    def is_complete(self) -> bool:
        """Whether the commitments are complete: the gate to everything of others' is open, for good."""
        return self.participation is not None and self.participation.completed_at is not None

    @property
    def may_meet_others(self) -> bool:
        """Whether reasons, threads and tallies are open."""
        return self.is_faculty or self.is_complete

    @property
    def has_reflected(self) -> bool:
        """Whether the person has submitted a reflection."""
        return self.participation is not None and self.participation.reflected_at is not None

    @property
    def revisit_at(self) -> datetime | None:
        """From when one looks again; None where the round sets no date, or its case asks for no decision."""
        return self.round.revisit_at if self.decisions else None

    @property
    def has_revisited(self) -> bool:
        """Whether the person has stated the stance again."""
        return self.participation is not None and self.participation.revisited_at is not None

    @property
    def debrief_is_open(self) -> bool:
        """After revisiting; after submitting where there is no revisiting; at close for those who submitted."""
        if self.reads_case or self.has_revisited:
            return True
        if self.participation is not None and self.participation.debrief_opened_at is not None:
            return True
        return self.has_reflected and (self.revisit_at is None or self.phase is Phase.CLOSED)


def standing(session: Session, actor: Actor, round_id: str, *, now: datetime, lock: bool = False) -> Standing:
    """How `actor` stands to the round with this public id.

    With `lock`, the person's participation is locked until the transaction ends, so that two tabs act one after the
    other. Raises NotFound for everybody the round does not concern, and for its students before it is opened.
    """
    asked = {"actor_id": actor.id, "round_id": round_id, "a_minute_ago": now - MINUTE}
    row = session.execute(_round_for(), asked).one_or_none()
    if row is None:
        raise NotFound
    found = row.Round
    decisions = decision_stages(found.case_version)
    if not row.participates:
        return Standing(
            found,
            now,
            is_faculty=True,
            is_director=bool(row.directs),
            studies_case=bool(row.studies_case),
            decisions=decisions,
        )
    own = session.execute(_own_way(lock=lock), {"actor_id": actor.id, "round_id": found.id}).one_or_none()
    participation = own.Participation if own else None
    decided = session.scalars(_DECIDED, {"participation_id": participation.id}) if participation else ()
    return Standing(
        found,
        now,
        is_faculty=False,
        is_director=False,
        participation=participation,
        extension=row.Extension,
        group_id=row.group_id,
        alias=own.alias if own else None,
        decided=frozenset(decided),
        decisions=decisions,
    )


# Every page of a round asks these, so each is built once.
_DECIDED = select(Stance.stage).where(
    Stance.participation_id == bindparam("participation_id"), Stance.kind == Kind.FIRST, Stance.latest
)


@cache
def _round_for() -> Select[Any]:
    return (
        select(
            Round,
            Extension,
            participates(ANYBODY, Round.cohort_id).label("participates"),
            belongs(ANYBODY, Round.cohort_id, CohortRole.DIRECTOR).label("directs"),
            studies_case(ANYBODY, CaseVersion.case_id, since=bindparam("a_minute_ago", type_=UtcDateTime)).label(
                "studies_case"
            ),
            group_of(ANYBODY.id, Round.group_set_id).scalar_subquery().label("group_id"),
        )
        .join(Round.cohort)
        .join(Round.case_version)
        .join(CaseVersion.case)
        .outerjoin(Extension, and_(Extension.round_id == Round.id, Extension.user_id == ANYBODY.id))
        .options(contains_eager(Round.cohort), contains_eager(Round.case_version).contains_eager(CaseVersion.case))
        .where(Round.public_id == bindparam("round_id"), visible_to(ANYBODY))
    )


@cache
def _own_way(*, lock: bool) -> Select[Any]:
    group_id = group_of(ANYBODY.id, Round.group_set_id).scalar_subquery()
    alias = select(Alias.name).where(Alias.participation_id == Participation.id, Alias.group_id == group_id)
    chosen = (
        select(Participation, alias.correlate_except(Alias).scalar_subquery().label("alias"))
        .join(Round, Round.id == Participation.round_id)
        .where(Participation.round_id == bindparam("round_id"), Participation.user_id == ANYBODY.id)
    )
    if lock:
        chosen = chosen.with_for_update(of=Participation).execution_options(populate_existing=True)
    return chosen


def decision_stages(version: CaseVersion) -> frozenset[int]:
    """The numbers of the stages that end in a decision point."""
    return frozenset(number for number, stage in enumerate(version.stages, start=1) if stage["decides"])


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Condition on Round: the actor may know of it. Students: once opened, while the cohort is not archived."""
    archived = some(select(_class.id).where(_class.id == Round.cohort_id, _class.archived_at.is_not(None)), _class)
    return or_(
        belongs(actor, Round.cohort_id, CohortRole.DIRECTOR),
        and_(belongs(actor, Round.cohort_id, CohortRole.TUTOR), Round.opened_at.is_not(None)),
        and_(belongs(actor, Round.cohort_id, CohortRole.STUDENT), Round.opened_at.is_not(None), ~archived),
    )


def participates(actor: Actor, cohort_id: int | Column) -> ColumnElement[bool]:
    """Condition: the actor is a student of the cohort and has not left it."""
    return belongs(actor, literal(cohort_id) if isinstance(cohort_id, int) else cohort_id, CohortRole.STUDENT)


def teaches(actor: Actor, round_id: Column, group_id: Column) -> ColumnElement[bool]:
    """Condition: what the group says in the round is open to the actor as its faculty."""
    return some(
        select(_round.id).where(
            _round.id == round_id,
            teaches_group(actor, _round.cohort_id, group_id),
            is_open_to_its_faculty(actor, _round),
        ),
        _round,
    )


def teaches_writer(actor: Actor, participation: type[Participation]) -> ColumnElement[bool]:
    """Condition on a (possibly aliased) Participation: what its student writes is open to the actor as their faculty.

    That is the director, and the tutor of the student's group; neither while a student on the same case elsewhere.
    """
    group_id = group_of(participation.user_id, _round.group_set_id).scalar_subquery()
    return some(
        select(_round.id).where(
            _round.id == participation.round_id,
            or_(belongs(actor, _round.cohort_id, CohortRole.DIRECTOR), tutors(actor, group_id)),
            is_open_to_its_faculty(actor, _round),
        ),
        _round,
    )


def is_open_to_its_faculty(actor: Actor, round_: type[Round]) -> ColumnElement[bool]:
    """Condition on a (possibly aliased) Round: the actor is no student on its case elsewhere.

    By the database's clock, as cover ends by it.
    """
    case_id = select(_given.case_id).where(_given.id == round_.case_version_id).correlate_except(_given)
    return ~studies_case(actor, case_id.scalar_subquery(), since=DatabaseNow())


def is_open_to_peer(
    actor: Actor, round_id: Column, group_id: Column, *, reflected: bool = False, revisited: bool = False
) -> ColumnElement[bool]:
    """Condition: the actor is a student whose commitments in the round are complete and whose group is `group_id`.

    With `reflected` or `revisited`: and who has submitted a reflection, or stated the stance again. Membership,
    opening and archiving of the round are part of it.
    """
    conditions = [
        _own.round_id == round_id,
        _own.user_id == actor.id,
        _own.completed_at.is_not(None),
        _round.opened_at.is_not(None),
        _class.archived_at.is_(None),
        belongs(actor, _round.cohort_id, CohortRole.STUDENT),
        group_of(actor.id, _round.group_set_id).scalar_subquery() == group_id,
    ]
    if reflected:
        conditions.append(_own.reflected_at.is_not(None))
    if revisited:
        conditions.append(_own.revisited_at.is_not(None))
    return some(
        select(_own.id)
        .join(_round, _round.id == _own.round_id)
        .join(_class, _class.id == _round.cohort_id)
        .where(*conditions),
        *(_own, _round, _class),
    )


def owns(actor: Actor, participation: type[Participation]) -> ColumnElement[bool]:
    """Condition on a (possibly aliased) Participation: it is the actor's own and the round still concerns them.

    Being removed or the cohort's archiving ends it: what is kept then stands in the journal.
    """
    return and_(
        participation.user_id == actor.id,
        some(
            select(_round.id)
            .join(_class, _class.id == _round.cohort_id)
            .where(
                _round.id == participation.round_id,
                _round.opened_at.is_not(None),
                _class.archived_at.is_(None),
                belongs(actor, _round.cohort_id, CohortRole.STUDENT),
            ),
            *(_round, _class),
        ),
    )


def studies_case(actor: Actor, case_id: Column, *, since: datetime | Column) -> ColumnElement[bool]:
    """Condition: the actor is a student in a round on the case that is not closed: a participant's view wins then.

    `since` is a minute ago: a round's last minute is included.
    """
    return some(
        select(_study.id)
        .join(_studied, _studied.cohort_id == _study.cohort_id)
        .join(_studied_in, _studied_in.id == _study.cohort_id)
        .join(_studied_version, _studied_version.id == _studied.case_version_id)
        .outerjoin(_more, and_(_more.round_id == _studied.id, _more.user_id == actor.id))
        .where(
            _study.user_id == actor.id,
            _study.role == CohortRole.STUDENT,
            _study.left_at.is_(None),
            _studied_version.case_id == case_id,
            _studied.opened_at.is_not(None),
            _studied_in.archived_at.is_(None),
            or_(and_(_studied.closed_at.is_(None), _studied.close_at > since), _more.close_at > since),
        ),
        *(_study, _studied, _studied_in, _studied_version, _more),
    )


def students_on(session: Session, case_id: int, *, now: datetime) -> frozenset[int]:
    """Ids of the people who are students in a round on the case that is not closed."""
    somebody = Actor(User.id, "", "")  # type: ignore[arg-type]  # stands for each person in turn
    studies = studies_case(somebody, literal(case_id), since=now - MINUTE)
    return frozenset(session.scalars(select(User.id).where(studies)))


def segment_is_open(at: Standing, *, kind: str, stage: int | None) -> bool:
    """Whether a segment of the round's case is open to the person: stages as reached, the rest as the loop opens it."""
    if at.is_faculty:
        return at.reads_case
    match SegmentKind(kind):
        case SegmentKind.GUIDE:
            return False
        case SegmentKind.DEBRIEF:
            return at.debrief_is_open
        case SegmentKind.QUESTIONS:
            return at.is_complete
        case SegmentKind.REFERENCES:
            return at.stage_reached >= 1
        case _:
            return (stage or 1) <= at.stage_reached


def group_name(session: Session, group_id: int | None) -> str | None:
    """The name of a group."""
    return session.scalar(select(Group.name).where(Group.id == group_id))
