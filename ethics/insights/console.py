"""What waits in a round for one of its faculty, each with a next step: it helps a teacher and ranks nobody.

Faculty see the groups they teach, and nothing that their round's other pages would not show them. Of positions it says
neither who holds one nor how many do. Students who have left the class count nowhere; nor does what is withdrawn,
hidden, held or not released.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ethics.cases.models import Segment, SegmentKind
from ethics.cohorts.models import CohortRole, GroupMember, Membership
from ethics.cohorts.queries import FEWEST
from ethics.discussions.desk import Turn
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.queries import MOMENT
from ethics.errors import NotFound
from ethics.insights import overview
from ethics.insights.overview import NO_GROUP, GroupLine, Line
from ethics.rounds.gate import Standing
from ethics.rounds.models import ANOTHER, UNSURE, Kind, Participation, Phase, Stance
from ethics.rounds.queries import seat_in_round

ENOUGH = 3
"""How many must have spoken before their agreement, or a position that nobody spoke for, says anything."""
SILENCE = timedelta(days=3)
"""How long nobody has written in a group that can before it counts as silent."""
PATIENCE = timedelta(days=1)
"""How long a student's thread may wait for the group itself before faculty are told that nobody replied."""


@dataclass(frozen=True, slots=True)
class GroupHere:
    """A group that something is said of."""

    public_id: str
    name: str


@dataclass(frozen=True, slots=True)
class QuietThread:
    """A thread that somebody should look into. Public id."""

    thread_id: str
    title: str
    group: GroupHere
    since: datetime
    """When it was begun."""


@dataclass(frozen=True, slots=True)
class SilentGroup:
    """A group in which nobody has written since; None: never."""

    group: GroupHere
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Unheard:
    """Positions at the last decision point for which nobody who has written in the group's threads stands.

    Whether anybody holds them is not said, so that nobody who keeps silent is pointed at.
    """

    group: GroupHere
    options: Sequence[str]
    """Ids, in the case's order."""


@dataclass(frozen=True, slots=True)
class Console:
    """What waits, each list with what waits longest first."""

    asked: Sequence[Line] = ()
    """Students whose reflection asks something that nobody has answered since."""
    first_answer: Sequence[Line] = ()
    """The other students who have submitted and had no answer yet."""
    unanswered: Sequence[QuietThread] = ()
    """Threads that a student began PATIENCE ago or earlier, and nobody else has replied to."""
    silent: Sequence[SilentGroup] = ()
    """Groups in which two or more can write and nobody has for SILENCE, while the round is open."""
    agreed: Sequence[QuietThread] = ()
    """Threads in which ENOUGH students or more have written, all with the same position at the last decision point.

    The position is the one they hold now. Being unsure, or on a course of one's own, is no agreement.
    """
    unheard: Sequence[Unheard] = ()
    """By group, once ENOUGH students have written there, while the round is open."""
    small: Sequence[GroupLine] = ()
    """Groups of fewer than FEWEST, while the round is not over."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not any(
            (self.asked, self.first_answer, self.unanswered, self.silent, self.agreed, self.unheard, self.small)
        )


def students_in(lines: Sequence[Line], group: str) -> list[Line]:
    """The lines of one group: a public id, NO_GROUP, or empty for all."""
    return [line for line in lines if not group or group == (line.group_id or NO_GROUP)]


def console_of(session: Session, at: Standing, lines: Sequence[Line]) -> Console:
    """What waits among the students of `lines`, as `overview.students` gave them for the same person.

    Four statements at most, however large the class. Nothing waits in an archived cohort. Raises NotFound for everybody
    but faculty, and for who studies the case elsewhere.
    """
    if not at.reads_students:
        raise NotFound
    if at.round.cohort.archived_at is not None:
        return Console()
    groups = {
        line.group_key: GroupHere(line.group_id, line.group)
        for line in lines
        if line.group_key is not None and line.group_id and line.group
    }
    waiting = sorted((line for line in lines if line.waiting_since), key=lambda line: (line.waiting_since, line.name))
    talk = _Talk.of(session, at, groups)
    is_open = at.phase is Phase.OPEN
    return Console(
        [line for line in waiting if line.turn == Turn.ASKED],
        [line for line in waiting if line.waits_for_first_answer and line.turn != Turn.ASKED],
        _unanswered(talk, at.now),
        _silent(talk, lines, at) if is_open else (),
        _agreed(talk) if is_open else (),
        _unheard(session, at, talk) if is_open else (),
        [] if at.phase is Phase.CLOSED else _small(lines),
    )


class _ThreadRow(NamedTuple):
    id: int
    public_id: str
    title: str
    group_key: int
    created_at: datetime
    last_comment_at: datetime | None
    by_student: bool
    """Whether who began it is a student of the class now."""
    is_open: bool
    """Whether the group can read what it begins with, and write there."""
    has_reply: bool


@dataclass(frozen=True, slots=True)
class _Talk:
    """What the groups have said so far."""

    groups: Mapping[int, GroupHere]
    threads: Sequence[_ThreadRow]
    """The oldest first."""
    writers: Mapping[int, set[int]]
    """By thread: the students of the group who have written there."""
    voices: Mapping[int, set[int]]
    """By group: the students of the group who have written in any of these threads."""
    positions: Mapping[int, str]
    """By student: what they hold at the last decision point now."""

    @classmethod
    def of(cls, session: Session, at: Standing, groups: Mapping[int, GroupHere]) -> "_Talk":
        asked = {
            "round_id": at.round.id,
            "cohort_id": at.round.cohort_id,
            "group_set_id": at.round.group_set_id,
            "groups": list(groups),
            "last": max(at.decisions, default=0),
            "now": at.now,
        }
        threads = [_ThreadRow._make(row) for row in session.execute(_threads(), asked)]
        writers: dict[int, set[int]] = {thread.id: set() for thread in threads}
        voices: dict[int, set[int]] = {key: set() for key in groups}
        for thread, group, student in session.execute(_writers(), asked):
            writers.setdefault(thread, set()).add(student)
            voices[group].add(student)
        positions = dict(session.execute(_positions(), asked).all())
        return cls(groups, threads, writers, voices, positions)

    def held_by(self, students: Collection[int]) -> set[str]:
        """The positions that these students hold."""
        return {self.positions[student] for student in students if student in self.positions}


def _unanswered(talk: _Talk, now: datetime) -> list[QuietThread]:
    return [
        _quiet(talk, thread)
        for thread in talk.threads
        if thread.by_student and thread.is_open and not thread.has_reply and thread.created_at <= now - PATIENCE
    ]


def _quiet(talk: _Talk, thread: _ThreadRow) -> QuietThread:
    return QuietThread(thread.public_id, thread.title, talk.groups[thread.group_key], thread.created_at)


def _silent(talk: _Talk, lines: Sequence[Line], at: Standing) -> list[SilentGroup]:
    last: dict[int, datetime] = {}
    for thread in talk.threads:
        spoken = thread.last_comment_at or thread.created_at
        last[thread.group_key] = max(spoken, last.get(thread.group_key, spoken))
    able = Counter(line.group_key for line in lines if line.is_complete)
    found = [
        SilentGroup(group, last.get(key))
        for key, group in talk.groups.items()
        if able[key] > 1 and last.get(key, at.round.opens_at) <= at.now - SILENCE
    ]
    return sorted(found, key=lambda silent: silent.since or at.round.opens_at)


def _agreed(talk: _Talk) -> list[QuietThread]:
    return [_quiet(talk, thread) for thread in talk.threads if thread.is_open and _agree(talk, talk.writers[thread.id])]


def _agree(talk: _Talk, writers: set[int]) -> bool:
    held = talk.held_by(writers)
    is_position = len(held) == 1 and not held & {ANOTHER, UNSURE}
    return len(writers) >= ENOUGH and is_position and writers <= talk.positions.keys()


def _unheard(session: Session, at: Standing, talk: _Talk) -> list[Unheard]:
    heard = {key: talk.held_by(writers) for key, writers in talk.voices.items() if len(writers) >= ENOUGH}
    options = _options(session, at) if heard and at.decisions else []
    missing = {key: [option for option in options if option not in held] for key, held in heard.items()}
    return [Unheard(talk.groups[key], options) for key, options in missing.items() if options]


def _options(session: Session, at: Standing) -> list[str]:
    """The options of the last decision point that the case itself offers, in its order."""
    items = session.scalar(
        select(Segment.items).where(
            Segment.version_id == at.round.case_version_id,
            Segment.kind == SegmentKind.DECISION,
            Segment.stage == max(at.decisions),
        )
    )
    return [item["id"] for item in items or ()]


def _small(lines: Sequence[Line]) -> list[GroupLine]:
    return [line for line in overview.by_group(lines) if line.group_id and line.students < FEWEST]


@cache
def _threads() -> Select[*tuple[Any, ...]]:
    opening, reply = aliased(Comment), aliased(Comment)
    answered = exists().where(
        reply.thread_id == Thread.id,
        reply.author_id != Thread.started_by_id,
        *_can_be_read(reply),
    )
    by_student = exists().where(
        Membership.cohort_id == bindparam("cohort_id"),
        Membership.user_id == Thread.started_by_id,
        Membership.role == CohortRole.STUDENT,
        Membership.left_at.is_(None),
    )
    return (
        select(
            Thread.id,
            Thread.public_id,
            Thread.title,
            Thread.group_id,
            Thread.created_at,
            Thread.last_comment_at,
            by_student.correlate(Thread),
            and_(*_can_be_read(opening), Thread.locked_at.is_(None)),
            answered.correlate(Thread),
        )
        .join(opening, and_(opening.thread_id == Thread.id, opening.number == 1))
        .where(
            Thread.round_id == bindparam("round_id"),
            _in_groups(Thread.group_id),
        )
        .order_by(Thread.created_at, Thread.id)
    )


@cache
def _writers() -> Select[int, int, int]:
    # By student and not by comment: a thread of thousands of comments costs no more than a short one.
    wrote = exists().where(
        Comment.thread_id == Thread.id,
        Comment.author_id == Membership.user_id,
        ~Comment.as_faculty,
        *_can_be_read(Comment),
    )
    return (
        select(Thread.id, GroupMember.group_id, Membership.user_id)
        .join(GroupMember, GroupMember.group_id == Thread.group_id)
        .join(Membership, Membership.id == GroupMember.membership_id)
        .where(
            Thread.round_id == bindparam("round_id"),
            _in_groups(GroupMember.group_id),
            Membership.left_at.is_(None),
            wrote.correlate(Thread, Membership),
        )
    )


@cache
def _positions() -> Select[int, str]:
    newest = func.coalesce(
        func.max(case((Stance.kind == Kind.REVISITED, Stance.option))),
        func.max(case((Stance.kind == Kind.FIRST, Stance.option))),
    )
    return (
        select(Participation.user_id, newest)
        .join(Stance, Stance.participation_id == Participation.id)
        .join(
            Membership,
            and_(Membership.user_id == Participation.user_id, Membership.cohort_id == bindparam("cohort_id")),
        )
        .join(GroupMember, seat_in_round())
        .where(
            Participation.round_id == bindparam("round_id"),
            Participation.completed_at.is_not(None),
            Stance.stage == bindparam("last"),
            Stance.latest,
            _in_groups(GroupMember.group_id),
        )
        .group_by(Participation.user_id)
    )


def _can_be_read(comment: type[Comment]) -> tuple[ColumnElement[bool], ...]:
    """Conditions on a (possibly aliased) Comment: the whole group can read it at `now`."""
    return comment.state == State.VISIBLE, comment.released_at <= MOMENT


def _in_groups(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return column.in_(bindparam("groups", expanding=True))
