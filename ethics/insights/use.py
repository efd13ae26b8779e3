"""What becomes of a case: where its versions are used, how positions split, and what students named beside its tags.

For authors. It counts rounds and never people under a floor, up to the last midnight (UTC), so that no arrival shows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from ethics.cases.models import Case, CaseVersion, Segment, SegmentKind
from ethics.cases.rules import Reach, Reader
from ethics.db import UtcDateTime
from ethics.errors import NotFound
from ethics.people.actor import ANYBODY, Actor
from ethics.rounds.models import Kind, Participation, Round, Stance
from ethics.rounds.tallies import FLOOR, Tally, count, suppressed

MOST_EDITED = 6


@dataclass(frozen=True, slots=True)
class VersionUse:
    """How many rounds use a version: not opened yet or still to begin, running, closed."""

    number: int
    waiting: int
    running: int
    closed: int


@dataclass(frozen=True, slots=True)
class Split:
    """How students of all rounds split at one decision point of one version; cells under the floor are kept back."""

    version: int
    stage: int
    question: str
    options: dict[str, str]
    """Words by id, the two that are always there (another, unsure) without."""
    tally: Tally


@dataclass(frozen=True, slots=True)
class Use:
    """What an author may know of a case in use."""

    versions: Sequence[VersionUse]
    splits: Sequence[Split]
    untagged: Sequence[tuple[str, int]]
    """Principles that at least FLOOR students named and the author did not, with how many, the most first."""


def use_of(session: Session, reader: Reader, found: Case, *, now: datetime) -> Use:
    """What becomes of a case. Raises NotFound for everybody but authors, and for who studies the case."""
    if not reader.is_author or reader.reach(found) is not Reach.WHOLE:
        raise NotFound
    settled = Participation.completed_at < now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Use(_versions(session, found, now), _splits(session, found, settled), _untagged(session, found, settled))


def _versions(session: Session, found: Case, now: datetime) -> list[VersionUse]:
    closed, begun = or_(Round.closed_at.is_not(None), Round.close_at <= now), Round.opens_at <= now
    state = case((Round.opened_at.is_(None), "waiting"), (closed, "closed"), (begun, "running"), else_="waiting")
    rows = session.execute(
        select(CaseVersion.number, state, func.count())
        .join(Round, Round.case_version_id == CaseVersion.id)
        .where(CaseVersion.case_id == found.id)
        .group_by(CaseVersion.number, state)
    )
    counts: dict[int, Counter[str]] = {}
    for number, name, rounds in rows:
        counts.setdefault(number, Counter())[name] = rounds
    return [
        VersionUse(number, line["waiting"], line["running"], line["closed"])
        for number, line in sorted(counts.items(), reverse=True)
    ]


def _splits(session: Session, found: Case, settled: ColumnElement[bool]) -> list[Split]:
    chosen: dict[tuple[int, int], dict[str, int]] = {}
    rows = session.execute(
        select(CaseVersion.number, Stance.stage, Stance.option, func.count())
        .join(Participation, Participation.id == Stance.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .where(CaseVersion.case_id == found.id, Stance.kind == Kind.FIRST, Stance.latest, settled)
        .group_by(CaseVersion.number, Stance.stage, Stance.option)
    )
    for number, stage, option, people in rows:
        chosen.setdefault((number, stage), {})[option] = people
    splits = []
    for number, stage, question, items in _decision_points(session, found):
        options = {item["id"]: item["text"] for item in items}
        there = chosen.get((number, stage), {})
        tally = suppressed(count(options, ()) | there)
        if tally is not None:
            splits.append(Split(number, stage, question, options, tally))
    return splits


def _decision_points(session: Session, found: Case) -> Sequence[tuple[int, int, str, list[dict[str, str]]]]:
    rows = session.execute(
        select(CaseVersion.number, Segment.stage, Segment.heading, Segment.items)
        .join(Segment, Segment.version_id == CaseVersion.id)
        .where(CaseVersion.case_id == found.id, Segment.kind == SegmentKind.DECISION)
        .order_by(CaseVersion.number.desc(), Segment.stage)
    )
    return [(number, stage or 1, heading, items) for number, stage, heading, items in rows]


def _untagged(session: Session, found: Case, settled: ColumnElement[bool]) -> list[tuple[str, int]]:
    rows = session.execute(
        select(Stance.participation_id, Stance.principles)
        .join(Participation, Participation.id == Stance.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .where(CaseVersion.case_id == found.id, Stance.kind == Kind.FIRST, Stance.latest, settled)
    )
    named = {(who, principle) for who, principles in rows for principle in principles}
    counts = Counter(principle for _, principle in named if principle not in {*found.principles, *found.also})
    return [(principle, number) for principle, number in counts.most_common() if number >= FLOOR]


@dataclass(frozen=True, slots=True)
class Edited:
    """A case that somebody has written a version of, and how many rounds have it that are not closed."""

    slug: str
    title: str
    number: int
    """Of the newest version."""
    at: datetime
    """When the author last wrote one."""
    rounds: int


def edited_by(session: Session, actor: Actor, *, now: datetime) -> list[Edited]:
    """The MOST_EDITED cases of which the actor last wrote a version, the newest first, in one statement."""
    asked = {"actor_id": actor.id, "now": now}
    return [Edited(*row) for row in session.execute(_edited(), asked)]


@cache
def _edited() -> Select[Any]:
    used = aliased(CaseVersion)
    rounds = (
        select(func.count(Round.id))
        .join(used, used.id == Round.case_version_id)
        .where(
            used.case_id == Case.id,
            Round.opened_at.is_not(None),
            Round.closed_at.is_(None),
            Round.close_at > bindparam("now", type_=UtcDateTime),
        )
        .correlate(Case)
        .scalar_subquery()
    )
    last = func.max(CaseVersion.created_at)
    return (
        select(Case.slug, Case.title, Case.current_number, last, rounds)
        .join(CaseVersion, CaseVersion.case_id == Case.id)
        .where(CaseVersion.created_by_id == ANYBODY.id)
        .group_by(Case.id, Case.slug, Case.title, Case.current_number)
        .order_by(last.desc(), Case.id)
        .limit(MOST_EDITED)
    )
