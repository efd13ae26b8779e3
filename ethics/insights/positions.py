"""How positions split at each decision point of a round, by group and in all, and what weighed: for its faculty."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from ethics.cohorts.models import CohortRole, Group, GroupMember, Membership
from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.rounds.gate import Standing
from ethics.rounds.models import Kind, Participation, Stance
from ethics.rounds.queries import is_taught, seat_in_round


@dataclass(frozen=True, slots=True)
class Split:
    """How many hold which option: first, and on looking again."""

    first: Mapping[str, int]
    again: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """What students made of one decision point."""

    stage: int
    all: Split
    groups: Sequence[tuple[str, Split]]
    """Each group in which somebody has committed there, by name."""
    named: Sequence[tuple[str, int]]
    """Principles that weighed at first, with how many students named them, the most first."""
    pairs: Sequence[tuple[tuple[str, str], int]]
    """Two principles that the same students named together: where they felt a tension."""


def pictures(session: Session, actor: Actor, at: Standing) -> dict[int, Picture]:
    """The stance picture of the groups the actor teaches, by stage, in two statements; whole, as faculty see it.

    Raises NotFound for everybody but faculty, and for who studies the case elsewhere.
    """
    if not at.reads_students:
        raise NotFound
    asked = {
        "actor_id": actor.id,
        "round_id": at.round.id,
        "cohort_id": at.round.cohort_id,
        "group_set_id": at.round.group_set_id,
    }
    counts: dict[int, dict[str, dict[str, Counter[str]]]] = {}
    for group, stage, kind, option, people in session.execute(_splits(), asked):
        kinds = counts.setdefault(stage, {}).setdefault(group or "", {kind.value: Counter() for kind in Kind})
        kinds[kind][option] += people
    weighed: dict[int, list[list[str]]] = {}
    for stage, principles in session.execute(_weighed(), asked):
        weighed.setdefault(stage, []).append(principles)
    return {stage: _picture(stage, groups, weighed.get(stage, [])) for stage, groups in sorted(counts.items())}


def _picture(stage: int, groups: dict[str, dict[str, Counter[str]]], weighed: list[list[str]]) -> Picture:
    named = Counter(principle for principles in weighed for principle in principles)
    pairs = Counter(pair for principles in weighed for pair in combinations(sorted(principles), 2))
    first, again = (sum((kinds[kind] for kinds in groups.values()), Counter[str]()) for kind in Kind)
    return Picture(
        stage,
        Split(first, again),
        [(name, Split(kinds[Kind.FIRST], kinds[Kind.REVISITED])) for name, kinds in groups.items()],
        named.most_common(),
        pairs.most_common(),
    )


@cache
def _splits() -> Select[*tuple[Any, ...]]:
    return (
        _stances(select(Group.name, Stance.stage, Stance.kind, Stance.option, func.count()))
        .group_by(Group.id, Group.name, Stance.stage, Stance.kind, Stance.option)
        .order_by(Group.id)
    )


@cache
def _weighed() -> Select[*tuple[Any, ...]]:
    return _stances(select(Stance.stage, Stance.principles)).where(Stance.kind == Kind.FIRST)


def _stances(chosen: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        chosen.select_from(Stance)
        .join(Participation, Participation.id == Stance.participation_id)
        .join(
            Membership,
            and_(Membership.user_id == Participation.user_id, Membership.cohort_id == bindparam("cohort_id")),
        )
        .outerjoin(GroupMember, seat_in_round())
        .outerjoin(Group, Group.id == GroupMember.group_id)
        .where(
            Participation.round_id == bindparam("round_id"),
            Stance.latest,
            Membership.role == CohortRole.STUDENT,
            Membership.left_at.is_(None),
            is_taught(),
        )
    )
