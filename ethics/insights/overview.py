"""A class in a round at a glance, for its faculty: each student on a line, and how far the groups have come.

Faculty see the groups they teach; students without a group are the director's to see. Nothing is counted by tutor.
"""

import enum
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from ethics.cohorts.models import CohortRole, Group, GroupMember, Membership
from ethics.discussions.desk import Turn, last_word, talk, turn_of
from ethics.discussions.models import Thread
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.reflections.models import Reflection, Revision
from ethics.rounds.gate import Standing
from ethics.rounds.models import Alias, Extension, Participation
from ethics.rounds.queries import is_taught, seat_in_round
from ethics.rounds.schedule import is_late

NO_GROUP = "none"
"""Stands in a wish for the students without a group."""
WAITING = frozenset({Turn.ASKED, Turn.NEW, Turn.WAITING})
_NEVER = datetime.max.replace(tzinfo=UTC)


class Sort(enum.StrEnum):
    """In which order students stand."""

    GROUP = "group"
    NAME = "name"
    WAITING = "waiting"
    """Who waits longest for an answer first."""
    PROGRESS = "progress"
    """Who has come least far first."""


class Show(enum.StrEnum):
    """Which students stand in the list."""

    ALL = "all"
    NOT_BEGUN = "not-begun"
    NOT_SUBMITTED = "not-submitted"
    ASKED = "asked"
    WAITING = "waiting"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see of a class. `group` is a public id, NO_GROUP, or empty for all."""

    sort: Sort = Sort.GROUP
    show: Show = Show.ALL
    group: str = ""
    name: str = ""
    """Part of a name."""


class Line(NamedTuple):
    """One student in a round, as faculty see them."""

    user_id: int
    """Database key, which orders those of the same name."""
    public_id: str
    name: str
    profession: str | None
    group_key: int | None
    group_id: str | None
    """Public id; None without a group."""
    group: str | None
    alias: str | None
    stage_reached: int | None
    """None before they have begun."""
    is_complete: bool
    reflected_at: datetime | None
    has_revisited: bool
    more_time_until: datetime | None
    """When the reflection is due by their extension, if they have one."""
    reflection_id: str | None
    was_late: bool | None
    has_answer: bool
    """Whether faculty have ever answered."""
    turn: str | None
    waiting_since: datetime | None

    @property
    def waits(self) -> bool:
        """Whether the next word is faculty's."""
        return self.turn in WAITING

    @property
    def waits_for_first_answer(self) -> bool:
        """Whether they have submitted and nobody has ever answered."""
        return self.turn is not None and not self.has_answer


def students(session: Session, actor: Actor, at: Standing) -> list[Line]:
    """Every student of the round whom the actor teaches, by group and name, in one statement."""
    if not at.is_faculty:
        return []
    asked = {
        "actor_id": actor.id,
        "round_id": at.round.id,
        "cohort_id": at.round.cohort_id,
        "group_set_id": at.round.group_set_id,
    }
    return [Line._make(row) for row in session.execute(_students(), asked)]


@cache
def _students() -> Select[*tuple[Any, ...]]:
    told = talk(Thread.round_id == bindparam("round_id"))
    return (
        select(
            User.id,
            User.public_id,
            User.name,
            Membership.profession,
            Group.id,
            Group.public_id,
            Group.name,
            Alias.name,
            Participation.stage_reached,
            Participation.completed_at.is_not(None),
            Participation.reflected_at,
            Participation.revisited_at.is_not(None),
            Extension.due_at,
            Reflection.public_id,
            Reflection.late,
            told.c.answered_at.is_not(None),
            turn_of(told),
            last_word(told),
        )
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(GroupMember, seat_in_round())
        .outerjoin(Group, Group.id == GroupMember.group_id)
        .outerjoin(
            Participation, and_(Participation.round_id == bindparam("round_id"), Participation.user_id == User.id)
        )
        .outerjoin(Alias, and_(Alias.participation_id == Participation.id, Alias.group_id == Group.id))
        .outerjoin(Extension, and_(Extension.round_id == bindparam("round_id"), Extension.user_id == User.id))
        .outerjoin(Reflection, and_(Reflection.participation_id == Participation.id, Reflection.number > 0))
        .outerjoin(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.number))
        .outerjoin(told, told.c.reflection_id == Reflection.id)
        .where(
            Membership.cohort_id == bindparam("cohort_id"),
            Membership.role == CohortRole.STUDENT,
            Membership.left_at.is_(None),
            is_taught(),
        )
        .order_by(Group.id.is_(None), Group.id, User.name, User.id)
    )


def overdue(at: Standing, line: Line) -> bool:
    """Whether the student's reflection was due and is not there."""
    due_at = max(at.round.due_at, line.more_time_until or at.round.due_at)
    return line.reflected_at is None and is_late(at.now, due_at)


def wanted(at: Standing, lines: Iterable[Line], wish: Wish) -> list[Line]:
    """The lines that are asked for, in the order that is asked for."""
    shows: dict[Show, Callable[[Line], bool]] = {
        Show.ALL: lambda _: True,
        Show.NOT_BEGUN: lambda line: line.stage_reached is None,
        Show.NOT_SUBMITTED: lambda line: line.reflected_at is None,
        Show.ASKED: lambda line: line.turn == Turn.ASKED,
        Show.WAITING: lambda line: line.waits,
        Show.LATE: lambda line: bool(line.was_late) or overdue(at, line),
    }
    shown, name = shows[wish.show], wish.name.casefold()
    found = [
        line
        for line in lines
        if shown(line)
        and (not wish.group or wish.group == (line.group_id or NO_GROUP))
        and (not name or name in line.name.casefold())
    ]
    if wish.sort is not Sort.GROUP:
        found.sort(key=_ORDERS[wish.sort])
    return found


_ORDERS: dict[Sort, Callable[[Line], tuple[Any, ...]]] = {
    Sort.NAME: lambda line: (line.name.casefold(), line.user_id),
    Sort.WAITING: lambda line: (not line.waits, line.waiting_since or _NEVER, line.name, line.user_id),
    Sort.PROGRESS: lambda line: (
        line.has_revisited,
        line.reflected_at is not None,
        line.is_complete,
        line.stage_reached or 0,
        line.name,
        line.user_id,
    ),
}


@dataclass(frozen=True, slots=True)
class GroupLine:
    """How far one group has come, or everybody; None for `group_id` and `group`: the students without one."""

    group_id: str | None
    group: str | None
    students: int
    begun: int
    complete: int
    reflected: int
    answered: int
    revisited: int
    waiting: int
    """How many wait for a first answer."""
    waiting_since: datetime | None
    """Since when the first of them waits."""


def by_group(lines: Sequence[Line]) -> list[GroupLine]:
    """Each group of these lines, in the order of `students`."""
    groups: dict[tuple[str | None, str | None], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.group_id, line.group), []).append(line)
    return [_group(*group, members) for group, members in groups.items()]


def everybody(lines: Sequence[Line]) -> GroupLine:
    """The same over all these lines."""
    return _group(None, None, lines)


def _group(group_id: str | None, group: str | None, lines: Sequence[Line]) -> GroupLine:
    waiting = [line.waiting_since or _NEVER for line in lines if line.waits_for_first_answer]
    counts = Counter[str]()
    for line in lines:
        counts["begun"] += line.stage_reached is not None
        counts["complete"] += line.is_complete
        counts["reflected"] += line.reflected_at is not None
        counts["answered"] += line.has_answer
        counts["revisited"] += line.has_revisited
    return GroupLine(
        group_id,
        group,
        len(lines),
        counts["begun"],
        counts["complete"],
        counts["reflected"],
        counts["answered"],
        counts["revisited"],
        len(waiting),
        min(waiting, default=None),
    )
