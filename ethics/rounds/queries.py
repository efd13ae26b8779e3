"""What rounds' pages read. Every query is bound to who asks; lists take one statement, not one a row."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, literal, or_, select, true
from sqlalchemy.orm import Session, aliased, defer

from ethics.cases.models import Case, CaseVersion, Segment, SegmentKind
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupSet, Membership
from ethics.cohorts.queries import belongs, group_of, tutors
from ethics.db import UtcDateTime
from ethics.people.actor import ANYBODY, Actor
from ethics.people.models import User
from ethics.rounds import tallies
from ethics.rounds.gate import Standing, participates, segment_is_open, standing, studies_case, visible_to
from ethics.rounds.models import (
    ANOTHER,
    UNSURE,
    Alias,
    Audience,
    ClosingNote,
    Extension,
    Kind,
    Participation,
    Round,
    Stance,
)
from ethics.rounds.schedule import MINUTE

STANCES = "stances"
"""What a student's stances in a round are called in the access log; their object is the round."""


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round in a list, with how far its reader has come where they go through it."""

    round: Round
    title: str
    slug: str
    cohort: str
    archived_at: datetime | None
    """When its cohort was archived."""
    is_student: bool
    participation: Participation | None
    extension: Extension | None
    stages: int
    revisit_at: datetime | None
    """From when one looks again; None where the round sets no date, or its case asks for no decision."""


def rounds_of(session: Session, actor: Actor) -> list[RoundLine]:
    """All rounds the actor may know of, the next due first, in one statement. Their long columns are not loaded."""
    return [
        RoundLine(
            round_,
            title,
            slug,
            cohort,
            archived_at,
            bool(is_student),
            participation,
            extension,
            len(stages),
            round_.revisit_at if any(stage["decides"] for stage in stages) else None,
        )
        for round_, title, slug, cohort, archived_at, is_student, participation, extension, stages in session.execute(
            _rounds_of(), {"actor_id": actor.id}
        )
    ]


@cache
def _rounds_of() -> Select[*tuple[Any, ...]]:
    # Says nothing that `visible_to` does not; it leads to the rows, which are all rounds there are otherwise.
    own_cohorts = select(Membership.cohort_id).where(Membership.user_id == ANYBODY.id)
    return (
        select(
            Round,
            Case.title,
            Case.slug,
            Cohort.name,
            Cohort.archived_at,
            participates(ANYBODY, Round.cohort_id),
            Participation,
            Extension,
            CaseVersion.stages,
        )
        .join(Cohort, Cohort.id == Round.cohort_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .join(Case, Case.id == CaseVersion.case_id)
        .outerjoin(Participation, and_(Participation.round_id == Round.id, Participation.user_id == ANYBODY.id))
        .outerjoin(Extension, and_(Extension.round_id == Round.id, Extension.user_id == ANYBODY.id))
        .options(*(defer(column, raiseload=True) for column in (Round.framework, Round.summary, Round.summary_html)))
        .where(Round.cohort_id.in_(own_cohorts), visible_to(ANYBODY))
        .order_by(Round.due_at, Round.id)
    )


def open_segments(session: Session, at: Standing) -> list[Segment]:
    """The segments of the round's case that are open to the person, in order."""
    chosen = select(Segment).where(Segment.version_id == at.round.case_version_id).order_by(Segment.position)
    if at.is_participant:
        chosen = chosen.where(
            or_(Segment.stage.is_(None), Segment.stage <= at.stage_reached), Segment.kind != SegmentKind.GUIDE
        )
    return [
        segment for segment in session.scalars(chosen) if segment_is_open(at, kind=segment.kind, stage=segment.stage)
    ]


def own_stances(session: Session, at: Standing, kind: Kind) -> dict[int, Stance]:
    """The participant's own stances of one kind, by stage."""
    if at.participation is None:
        return {}
    return stances_of(session, at.participation.id, kind)


def stances_of(session: Session, participation_id: int, kind: Kind) -> dict[int, Stance]:
    """The stances of one participation, by stage. For the participant, and for faculty who may read it."""
    rows = session.scalars(
        select(Stance)
        .where(Stance.participation_id == participation_id, Stance.kind == kind, Stance.latest)
        .order_by(Stance.stage)
    )
    return {stance.stage: stance for stance in rows}


@dataclass(frozen=True, slots=True)
class Reason:
    """Somebody's reason without a name; with the option only once the reader has opened positions."""

    text: str
    option: str | None


def reasons(session: Session, actor: Actor, at: Standing, *, stage: int, kind: Kind, order_key: bytes) -> list[Reason]:
    """The reasons of the others in the reader's group at a decision point, in an order of the reader's own.

    For participants: nothing before their commitments are complete (for revisited ones: before they have revisited),
    and never a reason whose audience is faculty. Positions appear beside them when the reader has opened positions
    and the group's tally is large enough to be shown.
    """
    if at.is_faculty or at.group_id is None or not at.is_complete:
        return []
    if kind is Kind.REVISITED and not at.has_revisited:
        return []
    rows = session.execute(
        _peers(actor, at, stage, kind).where(Stance.audience == Audience.GROUP).order_by(Stance.public_id)
    ).all()
    with_positions = group_tally(session, actor, at, stage=stage, kind=kind) is not None
    ordered = sorted(rows, key=lambda row: own_order(order_key, actor, row.public_id))
    return [Reason(row.reason, row.option if with_positions else None) for row in _interleaved(ordered)]


def group_tally(session: Session, actor: Actor, at: Standing, *, stage: int, kind: Kind) -> tallies.Tally | None:
    """How the reader's group is split at a decision point, the reader included; None while it is not to be shown."""
    participation = at.participation
    if participation is None or participation.positions_opened_at is None or not at.is_complete:
        return None
    if kind is Kind.REVISITED and not at.has_revisited:
        return None
    chosen = [row.option for row in session.execute(_peers(actor, at, stage, kind))]
    own = own_stances(session, at, kind).get(stage)
    chosen += [own.option] if own else []
    return tallies.from_respondents(tallies.count((), chosen))


@dataclass(frozen=True, slots=True)
class DecisionPoint:
    """The question that closes a stage, and its options by id with the two that are always there."""

    question: str
    options: dict[str, str]


def decision_points(session: Session, at: Standing) -> dict[int, DecisionPoint]:
    """The decision points of the stages that are open to the person, by stage."""
    rows = session.execute(
        select(Segment.stage, Segment.heading, Segment.items)
        .where(
            Segment.version_id == at.round.case_version_id,
            Segment.kind == SegmentKind.DECISION,
            Segment.stage <= at.stage_reached,
        )
        .order_by(Segment.stage)
    )
    return {
        stage or 1: DecisionPoint(heading, {**{item["id"]: item["text"] for item in items}, ANOTHER: "", UNSURE: ""})
        for stage, heading, items in rows
    }


@dataclass(frozen=True, slots=True)
class Movement:
    """A cohort's way from the first stance to the revisited one at a decision point."""

    first: tallies.Tally | None
    revisited: tallies.Tally | None
    kept_and_moved: tallies.Tally | None
    """Two cells: `kept` the position, `moved` to another."""


def movement(session: Session, at: Standing, *, stage: int) -> Movement:
    """The movement of everybody who has stated the stance twice; whole for who is faculty of the whole cohort.

    For students and tutors small cells are kept back, and it is counted up to the last midnight of the round's zone,
    so that no single arrival can be watched.
    """
    if not at.debrief_is_open:
        return Movement(None, None, None)
    again = aliased(Stance)
    chosen = (
        select(Stance.option, again.option)
        .join(Participation, Participation.id == Stance.participation_id)
        .join(again, and_(again.participation_id == Stance.participation_id, again.stage == Stance.stage))
        .where(
            Participation.round_id == at.round.id,
            Stance.stage == stage,
            Stance.kind == Kind.FIRST,
            Stance.latest,
            again.kind == Kind.REVISITED,
            again.latest,
        )
    )
    if not at.reads_cohort:
        chosen = chosen.where(again.created_at < _midnight(at.now, at.round.zone))
    pairs = session.execute(chosen).all()
    options = {option for pair in pairs for option in pair}
    show = tallies.whole if at.reads_cohort else tallies.suppressed
    steps = ("kept" if first == second else "moved" for first, second in pairs)
    return Movement(
        show(tallies.count(options, (first for first, _ in pairs))),
        show(tallies.count(options, (second for _, second in pairs))),
        show(tallies.count(("kept", "moved"), steps)),
    )


def closing_note(session: Session, at: Standing) -> ClosingNote | None:
    """The participant's own closing note."""
    if at.participation is None:
        return None
    return session.scalar(select(ClosingNote).where(ClosingNote.participation_id == at.participation.id))


@dataclass(frozen=True, slots=True)
class StudentLine:
    """One student in faculty's view of a round."""

    user_id: int
    public_id: str
    name: str
    profession: str | None
    group: str
    alias: str | None
    participation: Participation | None
    extension: Extension | None


def students_in(session: Session, actor: Actor, at: Standing, *, only: str | None = None) -> list[StudentLine]:
    """Every student of the round whom the actor teaches, by group and name, in one statement.

    `only` is the public id of one of them.
    """
    if not at.is_faculty:
        return []
    cohort_id = literal(at.round.cohort_id)
    rows = session.execute(
        select(
            User.id,
            User.public_id,
            User.name,
            Membership.profession,
            Group.name.label("group"),
            Alias.name.label("alias"),
            Participation,
            Extension,
        )
        .join(GroupMember, GroupMember.group_id == Group.id)
        .join(Membership, Membership.id == GroupMember.membership_id)
        .join(User, User.id == Membership.user_id)
        .outerjoin(Participation, and_(Participation.round_id == at.round.id, Participation.user_id == User.id))
        .outerjoin(Alias, and_(Alias.participation_id == Participation.id, Alias.group_id == Group.id))
        .outerjoin(Extension, and_(Extension.round_id == at.round.id, Extension.user_id == User.id))
        .where(
            Group.group_set_id == at.round.group_set_id,
            Membership.left_at.is_(None),
            or_(belongs(actor, cohort_id, CohortRole.DIRECTOR), tutors(actor, Group.id)),
            true() if only is None else User.public_id == only,
        )
        .order_by(Group.id, User.name, User.id)
    )
    return [StudentLine(*row) for row in rows]


def has_begun(session: Session, round_: Round) -> bool:
    """Whether a student has begun the round."""
    first = select(Participation.id).where(Participation.round_id == round_.id).limit(1)
    return session.scalar(first) is not None


def has_commitments(session: Session, round_: Round) -> bool:
    """Whether somebody has committed in the round already, or met the others where its case asks for no decision."""
    first = (
        select(Participation.id)
        .outerjoin(Stance, Stance.participation_id == Participation.id)
        .where(
            Participation.round_id == round_.id,
            or_(Stance.id.is_not(None), Participation.completed_at.is_not(None)),
        )
        .limit(1)
    )
    return session.scalar(first) is not None


@dataclass(frozen=True, slots=True)
class Destination:
    """A group set of a cohort that the actor directs: a round can be made for it. Public ids."""

    group_set_id: str
    group_set: str
    cohort_id: str
    cohort: str


def destinations(session: Session, actor: Actor) -> list[Destination]:
    """The group sets of the cohorts the actor directs, without archived ones."""
    rows = session.execute(
        select(GroupSet.public_id, GroupSet.name, Cohort.public_id, Cohort.name)
        .join(Cohort, Cohort.id == GroupSet.cohort_id)
        .where(Cohort.archived_at.is_(None), belongs(actor, Cohort.id, CohortRole.DIRECTOR))
        .order_by(Cohort.name, Cohort.id, GroupSet.id)
    )
    return [Destination(*row) for row in rows]


def seat_in_round() -> ColumnElement[bool]:
    """Condition on Membership and GroupMember: the place in the group set `group_set_id`. For statements built once."""
    return and_(GroupMember.membership_id == Membership.id, GroupMember.group_set_id == bindparam("group_set_id"))


def is_taught() -> ColumnElement[bool]:
    """Condition on GroupMember: `actor_id` teaches the student in `cohort_id`; its director also who has no group.

    As `gate.teaches_writer`, asked once a group and not once a student. For statements that are built once.
    """
    group = aliased(Group)
    groups = select(group.id).where(group.group_set_id == bindparam("group_set_id"), tutors(ANYBODY, group.id))
    return or_(belongs(ANYBODY, bindparam("cohort_id"), CohortRole.DIRECTOR), GroupMember.group_id.in_(groups))


def professions_beside(session: Session, at: Standing, group_id: int | None) -> dict[str, str]:
    """By alias, the profession that a group sees beside it: where the round shows them, of who is in the group now.

    Only professions that two or more there have: one of a kind would be known by it.
    """
    if group_id is None or not (at.round.aliases and at.round.show_profession):
        return {}
    rows = session.execute(
        select(Membership.profession, Alias.name)
        .join(GroupMember, GroupMember.membership_id == Membership.id)
        .outerjoin(
            Participation, and_(Participation.round_id == at.round.id, Participation.user_id == Membership.user_id)
        )
        .outerjoin(Alias, and_(Alias.participation_id == Participation.id, Alias.group_id == group_id))
        .where(GroupMember.group_id == group_id, Membership.left_at.is_(None), Membership.profession.is_not(None))
    ).all()
    common = {profession for profession, times in Counter(row.profession for row in rows).items() if times > 1}
    return {row.name: row.profession for row in rows if row.name is not None and row.profession in common}


def groups_taught(session: Session, actor: Actor, at: Standing) -> Sequence[Group]:
    """The groups of the round that the actor teaches, as they were made; none to who studies its case elsewhere."""
    if not at.reads_students:
        return []
    cohort_id = literal(at.round.cohort_id)
    return session.scalars(
        select(Group)
        .where(
            Group.group_set_id == at.round.group_set_id,
            or_(belongs(actor, cohort_id, CohortRole.DIRECTOR), tutors(actor, Group.id)),
        )
        .order_by(Group.id)
    ).all()


def own_order(key: bytes, actor: Actor, public_id: str) -> bytes:
    """Where an item stands in this viewer's own order: stable for one, different between two, telling nothing."""
    return hmac.new(key, f"{actor.public_id}\n{public_id}".encode(), hashlib.sha256).digest()


def _peers(actor: Actor, at: Standing, stage: int, kind: Kind) -> Select[str, str, str]:
    """Stances of the others in the reader's group that can no longer change."""
    locked = Participation.completed_at if kind is Kind.FIRST else Participation.revisited_at
    return (
        select(Stance.public_id, Stance.option, Stance.reason)
        .join(Participation, Participation.id == Stance.participation_id)
        .where(
            Participation.round_id == at.round.id,
            Participation.user_id != actor.id,
            locked.is_not(None),
            group_of(Participation.user_id, literal(at.round.group_set_id)).scalar_subquery() == at.group_id,
            Stance.stage == stage,
            Stance.kind == kind,
            Stance.latest,
        )
    )


def _interleaved(rows: Sequence[Row[str, str, str]]) -> list[Row[str, str, str]]:
    """Rows in turn by option, so that no position comes as a block."""
    by_option: dict[str, list[Row[str, str, str]]] = {}
    for row in rows:
        by_option.setdefault(row.option, []).append(row)
    return [row for turn in zip_longest(*by_option.values()) for row in turn if row is not None]


def _midnight(now: datetime, zone: str) -> datetime:
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def cases_studied(session: Session, actor: Actor, *, now: datetime) -> frozenset[int]:
    """Ids of the cases on which the actor is a student in a round that is not closed: that view wins."""
    return frozenset(session.scalars(_cases_studied(), {"actor_id": actor.id, "a_minute_ago": now - MINUTE}))


@cache
def _cases_studied() -> Select[int]:
    since: BindParameter[datetime] = bindparam("a_minute_ago", type_=UtcDateTime)
    return select(Case.id).where(studies_case(ANYBODY, Case.id, since=since))


@dataclass(frozen=True, slots=True)
class OwnRound:
    """A round of one's own on a case."""

    public_id: str
    cohort: str


def own_rounds_on(session: Session, actor: Actor, case_id: int) -> list[OwnRound]:
    """The rounds on a case that the actor goes through or teaches, the newest first."""
    rows = session.execute(_own_rounds_on(), {"actor_id": actor.id, "case_id": case_id})
    return [OwnRound(public_id, cohort) for public_id, cohort in rows]


@cache
def _own_rounds_on() -> Select[str, str]:
    return (
        select(Round.public_id, Cohort.name)
        .join(Cohort, Cohort.id == Round.cohort_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .where(CaseVersion.case_id == bindparam("case_id"), visible_to(ANYBODY))
        .order_by(Round.opens_at.desc(), Round.id)
    )


def round_segment_positions(session: Session, actor: Actor, version_id: int, *, now: datetime) -> frozenset[int]:
    """Positions of the segments of a case version that are open to the actor in one of their rounds."""
    rounds = session.scalars(select(Round.public_id).where(Round.case_version_id == version_id, visible_to(actor)))
    return frozenset(
        segment.position
        for round_id in rounds.all()
        for segment in open_segments(session, standing(session, actor, round_id, now=now))
    )
