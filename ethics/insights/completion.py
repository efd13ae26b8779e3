"""Who has done what and when in a round, as a file: a list, or a column for the gradebook of a learning platform.

Faculty get the students they teach. A gradebook's file says 1 for who has submitted and nothing for who has not: that
somebody is not done yet is no grade. Headers and values are described in docs/exports.md; they are not translated.
"""

import csv
import enum
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, Membership
from ethics.discussions.desk import talk
from ethics.discussions.models import Thread
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.reflections.models import Answer, Reflection, Revision
from ethics.rounds.gate import Standing, standing, visible_to
from ethics.rounds.models import ANOTHER, UNSURE, Extension, Kind, Participation, Round, Stance
from ethics.rounds.queries import decision_points, is_taught, seat_in_round
from ethics.rounds.schedule import is_late

BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_FORMULAS: Final = tuple("=+-@\t\r\n＝＋－＠")  # spreadsheets take the wide ones for the narrow ones
_LIST: Final = (
    *("student", "group", "begun", "committed", "met the others"),
    *("due", "submitted", "late", "answered", "looked again"),
)
_CANVAS: Final = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_MOODLE: Final = ("Full name", "Email address")

Rows = list[list[str]]


class Layout(enum.StrEnum):
    """Whom a file is for."""

    LIST = "list"
    CANVAS = "canvas"
    MOODLE = "moodle"


@dataclass(frozen=True, slots=True)
class Done:
    """What one student has done in a round, and when; None: not yet."""

    participation_id: int | None
    reflection_id: int | None
    owner: str
    """Public id of the student."""
    reflection: str | None
    """Public id of the submitted reflection."""
    name: str
    email: str
    group: str | None
    begun_at: datetime | None
    committed_at: datetime | None
    """When the last decision point got its position; None while one has none."""
    met_at: datetime | None
    """When the first thing of others' was opened, or the reflection submitted."""
    due_at: datetime
    submitted_at: datetime | None
    was_late: bool
    answered_at: datetime | None
    """When faculty last answered the reflection."""
    revisited_at: datetime | None

    def late(self, now: datetime) -> str:
        """ "yes" for what came late, "overdue" for what has not come, or nothing."""
        if self.submitted_at is None:
            return "overdue" if is_late(now, self.due_at) else ""
        return "yes" if self.was_late else ""


@dataclass(slots=True)
class Texts:
    """What one student wrote, by the column it goes into."""

    cells: dict[str, str] = field(default_factory=dict)
    has_stances: bool = False
    has_reflection: bool = False


def students_done(session: Session, actor: Actor, at: Standing) -> list[Done]:
    """Every student of the round whom the actor teaches, by group and name, in one statement. Nobody for a student."""
    if not at.is_faculty:
        return []
    asked = {
        "actor_id": actor.id,
        "round_id": at.round.id,
        "cohort_id": at.round.cohort_id,
        "group_set_id": at.round.group_set_id,
    }
    return [_done(at, row) for row in session.execute(_students(), asked)]


def rounds_in(session: Session, actor: Actor, cohort: Cohort, *, now: datetime) -> list[Standing]:
    """The opened rounds of a cohort, the first opened first, as the actor stands to them as faculty."""
    ids = session.scalars(
        select(Round.public_id)
        .where(Round.cohort_id == cohort.id, Round.opened_at.is_not(None), visible_to(actor))
        .order_by(Round.opens_at, Round.id)
    ).all()
    return [at for at in (standing(session, actor, round_id, now=now) for round_id in ids) if at.is_faculty]


def listed(done: Mapping[str, tuple[Standing, Sequence[Done]]], *, texts: Mapping[str, Texts] | None = None) -> Rows:
    """A line for each student and round; `done` is by the round's name, `texts` by the student's public id."""
    written = texts or {}
    columns = list(dict.fromkeys(column for each in written.values() for column in each.cells))
    rows = [["round", *_LIST, *columns]]
    for name, (at, lines) in done.items():
        zone = ZoneInfo(at.round.zone)
        for line in lines:
            cells = written[line.owner].cells if line.owner in written else {}
            rows.append([name, *_cells(line, at.now, zone), *(cells.get(column, "") for column in columns)])
    return rows


def canvas(done: Mapping[str, tuple[Standing, Sequence[Done]]], *, section: str) -> Rows:
    """A gradebook as Canvas takes it in: a line for each student, a column of one point for each round."""
    head = [[*_CANVAS, *done], ["    Points Possible", "", "", "", "", *("1" for _ in done)]]
    return head + [[line.name, "", "", line.email, section, *marks] for line, marks in _by_student(done)]


def moodle(done: Mapping[str, tuple[Standing, Sequence[Done]]]) -> Rows:
    """A gradebook as Moodle takes it in: a line for each student, known by the address, a column for each round."""
    return [[*_MOODLE, *done], *([line.name, line.email, *marks] for line, marks in _by_student(done))]


def as_csv(rows: Iterable[Sequence[str]], *, bom: bool) -> str:
    """Rows as a file: every cell quoted, none of them a formula; `bom`: with a byte-order mark before them."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([harmless(cell) for cell in row] for row in rows)
    return (BOM if bom else "") + text.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before what would begin one."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell


def names_of(rounds: Iterable[Standing]) -> dict[str, Standing]:
    """Rounds by the title of their case; one that comes again has its number behind it."""
    seen = Counter[str]()
    named: dict[str, Standing] = {}
    for at in rounds:
        title = str(at.round.case_version.front.get("title") or at.round.case_version.case.title)
        seen[title] += 1
        named[title if seen[title] == 1 else f"{title} ({seen[title]})"] = at
    return named


def texts_of(session: Session, at: Standing, lines: Iterable[Done]) -> dict[str, Texts]:
    """What these students of a round wrote: positions with reasons, and the newest revision of submitted reflections.

    For who teaches them, and reads them: nothing for who studies the case elsewhere. Two statements, however many.
    """
    if not at.reads_students:
        return {}
    lines = list(lines)
    found = {line.owner: Texts() for line in lines}
    begun = {line.participation_id: line.owner for line in lines if line.participation_id is not None}
    submitted = {line.reflection_id: line.owner for line in lines if line.reflection is not None}
    points = decision_points(session, at)
    stances = session.scalars(
        select(Stance)
        .join(Participation, Participation.id == Stance.participation_id)
        .where(Participation.round_id == at.round.id, Stance.latest)
        .order_by(Stance.stage, Stance.kind, Stance.participation_id)
    )
    for stance in stances:
        if stance.participation_id in begun and stance.stage in points:
            texts = found[begun[stance.participation_id]]
            texts.has_stances = True
            named = f"stage {stance.stage}, {'first' if stance.kind == Kind.FIRST else 'again'}"
            texts.cells[f"{named}: position"] = _option(stance, points[stance.stage].options)
            texts.cells[f"{named}: reason"] = stance.reason
    answers = session.execute(
        select(Reflection.id, Revision.asked, Answer.prompt, Answer.source)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.number))
        .outerjoin(Answer, Answer.revision_id == Revision.id)
        .where(Participation.round_id == at.round.id)
    ).all()
    prompts = {prompt["key"]: prompt["label"] for prompt in at.round.framework["prompts"]}
    for key, label in prompts.items():
        for row in answers:
            if row.id in submitted and row.prompt == key:
                found[submitted[row.id]].cells[label] = row.source
    for row in answers:
        if row.id in submitted:
            found[submitted[row.id]].has_reflection = True
            if row.asked:
                found[submitted[row.id]].cells[at.round.framework["closing"]["label"]] = row.asked
    return found


def _option(stance: Stance, options: Mapping[str, str]) -> str:
    if stance.option == ANOTHER:
        return stance.other
    return UNSURE if stance.option == UNSURE else options.get(stance.option, stance.option)


def _by_student(done: Mapping[str, tuple[Standing, Sequence[Done]]]) -> list[tuple[Done, list[str]]]:
    """Each student once, with a mark for every round in which their reflection is submitted."""
    students: dict[str, Done] = {}
    submitted: set[tuple[str, str]] = set()
    for name, (_, lines) in done.items():
        for line in lines:
            students.setdefault(line.owner, line)
            if line.submitted_at is not None:
                submitted.add((line.owner, name))
    ordered = sorted(students.values(), key=lambda line: (line.name.casefold(), line.owner))
    return [(line, ["1" if (line.owner, name) in submitted else "" for name in done]) for line in ordered]


def _cells(line: Done, now: datetime, zone: ZoneInfo) -> list[str]:
    def day(at: datetime | None) -> str:
        return at.astimezone(zone).isoformat(timespec="minutes") if at is not None else ""

    return [
        line.name,
        line.group or "",
        *(day(at) for at in (line.begun_at, line.committed_at, line.met_at, line.due_at, line.submitted_at)),
        line.late(now),
        *(day(at) for at in (line.answered_at, line.revisited_at)),
    ]


def _done(at: Standing, row: Any) -> Done:
    complete = bool(at.decisions) and row.decided == len(at.decisions)
    answered = row.answered_at is not None and row.answered_at <= at.now
    return Done(
        participation_id=row.participation_id,
        reflection_id=row.reflection_id,
        owner=row.owner,
        reflection=row.reflection,
        name=row.name,
        email=row.email,
        group=row.group,
        begun_at=row.begun_at,
        committed_at=row.committed_at if complete else None,
        met_at=row.completed_at,
        due_at=max(at.round.due_at, row.more_until or at.round.due_at),
        submitted_at=row.submitted_at,
        was_late=bool(row.late),
        answered_at=row.answered_at if answered else None,
        revisited_at=row.revisited_at,
    )


@cache
def _students() -> Select[*tuple[Any, ...]]:
    told = talk(Thread.round_id == bindparam("round_id"))
    chosen = (
        select(
            Stance.participation_id,
            func.count(Stance.stage.distinct()).label("decided"),
            func.max(Stance.created_at).label("committed_at"),
        )
        .join(Participation, Participation.id == Stance.participation_id)
        .where(Participation.round_id == bindparam("round_id"), Stance.kind == Kind.FIRST, Stance.latest)
        .group_by(Stance.participation_id)
        .subquery("chosen")
    )
    return (
        select(
            Participation.id.label("participation_id"),
            Reflection.id.label("reflection_id"),
            User.public_id.label("owner"),
            Reflection.public_id.label("reflection"),
            User.name,
            User.email,
            Group.name.label("group"),
            Participation.created_at.label("begun_at"),
            chosen.c.decided,
            chosen.c.committed_at,
            Participation.completed_at,
            Extension.due_at.label("more_until"),
            Reflection.submitted_at,
            Reflection.late,
            told.c.answered_at,
            Participation.revisited_at,
        )
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(GroupMember, seat_in_round())
        .outerjoin(Group, Group.id == GroupMember.group_id)
        .outerjoin(
            Participation, and_(Participation.round_id == bindparam("round_id"), Participation.user_id == User.id)
        )
        .outerjoin(Extension, and_(Extension.round_id == bindparam("round_id"), Extension.user_id == User.id))
        .outerjoin(Reflection, and_(Reflection.participation_id == Participation.id, Reflection.number > 0))
        .outerjoin(chosen, chosen.c.participation_id == Participation.id)
        .outerjoin(told, told.c.reflection_id == Reflection.id)
        .where(
            Membership.cohort_id == bindparam("cohort_id"),
            Membership.role == CohortRole.STUDENT,
            Membership.left_at.is_(None),
            is_taught(),
        )
        .order_by(Group.id.is_(None), Group.id, User.name, User.id)
    )
