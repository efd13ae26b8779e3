"""Faculty's pages of a round: the class at a glance, group by group, its positions, and one student's stances."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, ngettext

from ethics.audit.actions import note_access
from ethics.discussions.desk import Turn, comments_of
from ethics.errors import NotFound
from ethics.insights import overview, positions
from ethics.insights.overview import GroupLine, Line, Show, Sort, Wish
from ethics.reflections.queries import reflections_in_round
from ethics.rounds import queries
from ethics.rounds.gate import Standing
from ethics.web import loop
from ethics.web.acts import acts_of
from ethics.web.auth import actor, signed_in
from ethics.web.forms.rounds import SummaryForm
from ethics.web.session import reader, writing
from ethics.web.shown import case_shown, decision_points, principles_of, stances_shown, vocabulary
from ethics.web.times import Shown, day, waiting

blueprint = Blueprint("faculty", __name__)

PAGE = 50
LONGEST_NAME = 200
MOST_WAITING = 5
HOUR = timedelta(hours=1)
"""Finer than that nobody is told how long something has waited."""
MOST_PAIRS = 6


@dataclass(frozen=True, slots=True)
class StudentRow:
    """One student's way through the round."""

    name: str
    url: str | None
    """Their stances; None while there is nothing to read, or it is not the reader's to read."""
    facts: str
    """Profession, and the name the group knows them by."""
    group: str | None
    committed: str
    reflected: Shown | None
    late: str
    answer: str
    asks: bool
    desk_url: str | None
    """The reflection on the desk."""
    revisited: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a plot."""

    label: str
    counts: list[int]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a form offers to choose from."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A group in which somebody waits for a first answer."""

    group: str
    url: str
    words: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages about the class."""

    label: str
    url: str
    current: bool


def round_page(at: Standing, summary: SummaryForm | None = None) -> str:
    """The round for faculty: director and tutors see the groups they teach. `summary`: as typed, where refused."""
    lines = overview.students(reader(), actor(), at)
    wish, number = _wish()
    found = overview.wanted(at, lines, wish)
    pages = max(1, -(-len(found) // PAGE))
    number = min(number, pages)
    groups = overview.by_group(lines)
    return render_template(
        "rounds/faculty.html",
        **class_head(at, "students"),
        may_change=at.is_director and at.round.cohort.archived_at is None,
        acts=acts_of(at, sum(line.more_time_until is not None for line in lines)),
        summary=summary or SummaryForm(data={"summary": at.round.summary}),
        framework=at.round.framework["name"],
        opens=loop.shown(at, at.round.opens_at),
        due=loop.shown(at, at.round.due_at),
        revisit_from=loop.shown(at, at.revisit_at) if at.revisit_at else None,
        closes=loop.shown(at, at.close_at),
        students=len(lines),
        progress=_progress(at, overview.everybody(lines)),
        without_group=[line.name for line in lines if line.group is None],
        waits=_waits(at, groups),
        wish=wish,
        choices=_choices(at, lines, groups, wish),
        heading=_heading(found, lines, number, pages),
        labels=_labels(),
        rows=_rows(at, found[PAGE * (number - 1) : PAGE * number]),
        previous=_address(at, wish, number - 1) if number > 1 else None,
        next=_address(at, wish, number + 1) if number < pages else None,
        everybody=url_for("rounds.overview", round_id=at.round.public_id),
    )


@blueprint.get("/rounds/<string:round_id>/groups")
@signed_in
def groups(round_id: str) -> str:
    """How far each group has come, and where students wait. Never by tutor."""
    at = _as_faculty(round_id)
    lines = overview.students(reader(), actor(), at)
    found = overview.by_group(lines)
    return render_template(
        "rounds/groups.html",
        **class_head(at, "groups"),
        rows=[(line, _waiting(line, at.now), _group_address(at, line)) for line in found],
        all=overview.everybody(lines),
    )


@blueprint.get("/rounds/<string:round_id>/stances")
@signed_in
def stances(round_id: str) -> str:
    """How positions split at each decision point, by group and in all, and the principles that weighed."""
    at = _as_faculty(round_id)
    pictures = positions.pictures(reader(), actor(), at)
    points = decision_points(at)
    tensions = {tuple(sorted(pair)) for pair in at.round.case_version.front.get("tensions", [])}
    return render_template(
        "rounds/stances.html",
        **class_head(at, "stances"),
        again=at.revisit_at is not None and at.now >= at.revisit_at,
        pictures=[
            PictureShown.of(point, pictures[stage], tensions) for stage, point in points.items() if stage in pictures
        ],
        has_decisions=bool(at.decisions),
    )


@blueprint.get("/rounds/<string:round_id>/students/<string:student_id>")
@signed_in
def student(round_id: str, student_id: str) -> str:
    """One student's stances with their reasons, begun or done; opening them is noted and shown to the student."""
    at = _as_faculty(round_id)
    found = next(iter(queries.students_in(reader(), actor(), at, only=student_id)), None)
    if found is None or not at.reads_students:
        raise NotFound
    written = reflections_in_round(reader(), actor(), at).get(found.user_id)
    shown = stances_shown(at, found.participation.id) if found.participation else []
    comments = comments_of(reader(), actor(), at, found.user_id)
    if shown or comments:
        _note_opened(at, student_id)
    profession = vocabulary().professions.get(found.profession or "")
    alias = gettext("%(alias)s to the group", alias=found.alias) if found.alias and at.round.aliases else None
    facts = [profession.name if profession else found.profession, found.group, alias]
    return render_template(
        "rounds/student.html",
        at=at,
        case=case_shown(at),
        student=found,
        facts=" · ".join(str(fact) for fact in facts if fact),
        positions=shown,
        begun=found.participation is not None,
        written=written,
        comments=[
            (line, url_for("discussions.comment", comment_id=line.public_id), _day(at, line.created_at))
            for line in comments
        ],
        more_time_until=loop.shown(at, found.extension.due_at) if found.extension else None,
    )


@dataclass(frozen=True, slots=True)
class PictureShown:
    """How positions split at one decision point, and what weighed there."""

    question: str
    students: int
    bars: list[Bar]
    """With two numbers each: at first, and on looking again."""
    options: list[str]
    groups: list[tuple[str, list[str]]]
    """Each group with what stands under each option: how many at first, and an arrow to how many on looking again."""
    named: list[tuple[object, int]]
    pairs: list[tuple[str, int, bool]]
    """Two principles in words, how many named both, and whether the case names them as its tension."""

    @property
    def first_bars(self) -> list[Bar]:
        """The same without looking again."""
        return [Bar(bar.label, bar.counts[:1]) for bar in self.bars]

    @classmethod
    def of(
        cls, point: queries.DecisionPoint, picture: positions.Picture, tensions: set[tuple[str, ...]]
    ) -> "PictureShown":
        """A picture in words."""
        counts = dict(picture.named)
        names = {principle.id: principle.name for principle in vocabulary().principles.values()}
        return cls(
            point.question,
            sum(picture.all.first.values()),
            [
                Bar(words, [picture.all.first.get(option, 0), picture.all.again.get(option, 0)])
                for option, words in point.options.items()
            ],
            list(point.options.values()),
            [(name, [_change(split, option) for option in point.options]) for name, split in picture.groups],
            [(principle, counts[principle.id]) for principle in principles_of(list(counts))],
            [
                (gettext("%(one)s and %(other)s", one=names[one], other=names[other]), number, (one, other) in tensions)
                for (one, other), number in picture.pairs[:MOST_PAIRS]
                if one in names and other in names
            ],
        )


def _change(split: positions.Split, option: str) -> str:
    first, again = split.first.get(option, 0), split.again.get(option, 0)
    return f"{first} → {again}" if split.again else f"{first}"


def _as_faculty(round_id: str) -> Standing:
    at = loop.standing_here(round_id)
    if not at.is_faculty:
        raise NotFound
    return at


def _note_opened(at: Standing, student_id: str) -> None:
    with writing() as session:
        note_access(
            session,
            actor=actor(),
            owner=student_id,
            object_kind=queries.STANCES,
            object_id=at.round.public_id,
            now=at.now,
        )


def class_head(at: Standing, here: str) -> dict[str, object]:
    """What all pages about the class begin with."""
    tabs = [("students", gettext("Students"), "rounds.overview"), ("groups", gettext("Groups"), "faculty.groups")]
    if at.reads_students:
        tabs.append(("stances", gettext("Positions"), "faculty.stances"))
        tabs.append(("console", gettext("Next steps"), "console.console"))
    return {
        "at": at,
        "case": case_shown(at),
        "tabs": [Tab(label, url_for(page, round_id=at.round.public_id), key == here) for key, label, page in tabs],
    }


def _wish() -> tuple[Wish, int]:
    """What the address asks for, and which page of it; what it does not know counts as not asked."""
    asked = request.args
    wish = Wish(
        sort=asked.get("sort", Sort.GROUP, type=Sort),
        show=asked.get("show", Show.ALL, type=Show),
        group=asked.get("group", ""),
        name=asked.get("q", "").strip()[:LONGEST_NAME],
    )
    return wish, max(1, asked.get("page", 1, type=int))


def _address(at: Standing, wish: Wish, number: int = 1) -> str:
    """The address of a page of the list: only what differs from the whole class by group stands in it."""
    asked: dict[str, Any] = {
        "sort": wish.sort.value if wish.sort is not Sort.GROUP else None,
        "show": wish.show.value if wish.show is not Show.ALL else None,
        "group": wish.group or None,
        "q": wish.name or None,
        "page": number if number > 1 else None,
    }
    return url_for("rounds.overview", round_id=at.round.public_id, **asked, _anchor="students")


def _choices(at: Standing, lines: Sequence[Line], groups: Iterable[GroupLine], wish: Wish) -> dict[str, list[Choice]]:
    """What the form above the list offers: who stands in it, of which group, and in which order."""
    shows = {
        Show.ALL: gettext("All students"),
        Show.NOT_BEGUN: gettext("Not begun"),
        Show.NOT_SUBMITTED: gettext("Not submitted"),
        Show.ASKED: gettext("Asked a question"),
        Show.WAITING: gettext("Waiting for an answer"),
        Show.LATE: gettext("Late"),
    }
    sorts = {
        Sort.GROUP: gettext("Group"),
        Sort.NAME: gettext("Name"),
        Sort.WAITING: gettext("Who waits longest"),
        Sort.PROGRESS: gettext("Who has come least far"),
    }
    all_groups = [("", gettext("All groups"))]
    all_groups += [(group.group_id or overview.NO_GROUP, group.group or gettext("Without a group")) for group in groups]
    return {
        "show": [
            Choice(show, f"{words} ({len(overview.wanted(at, lines, Wish(show=show)))})", show is wish.show)
            for show, words in shows.items()
        ],
        "group": [Choice(value, label, value == wish.group) for value, label in all_groups],
        "sort": [Choice(sort, label, sort is wish.sort) for sort, label in sorts.items()],
    }


def _heading(found: Sequence[Line], lines: Sequence[Line], number: int, pages: int) -> str:
    if len(found) == len(lines):
        words = ngettext("%(num)d student", "%(num)d students", len(lines))
    else:
        words = gettext("%(found)s of %(all)s students", found=len(found), all=len(lines))
    if pages > 1:
        words = gettext("%(students)s, page %(number)s of %(pages)s", students=words, number=number, pages=pages)
    return str(words)


def _rows(at: Standing, lines: Iterable[Line]) -> list[StudentRow]:
    """Lines in words. Whatever stands in many of them is said once: a word costs more than a row."""
    here = at.round.public_id
    student_at = url_for("faculty.student", round_id=here, student_id="-").removesuffix("-")
    desk_at = url_for("review.review", round_id=here, reflection="")
    professions = {term.id: term.name for term in vocabulary().professions.values()}
    not_begun, complete = gettext("not begun"), gettext("complete")
    stage: Callable[[int], str] = cache(
        lambda number: str(gettext("stage %(number)s of %(stages)s", number=number, stages=at.stages))
    )
    late, overdue = gettext("late"), gettext("overdue")
    day_of, answer = cache(partial(_day, at)), cache(partial(_answer, at.now))
    rows = []
    for line in lines:
        facts = (professions.get(line.profession or "", line.profession), line.alias if at.round.aliases else None)
        is_open = at.reads_students and line.group is not None
        rows.append(
            StudentRow(
                line.name,
                student_at + line.public_id if is_open else None,
                " · ".join(fact for fact in facts if fact),
                line.group,
                not_begun
                if line.stage_reached is None
                else complete
                if line.is_complete
                else stage(line.stage_reached),
                day_of(line.reflected_at) if line.reflected_at else None,
                late if line.was_late else overdue if overview.overdue(at, line) else "",
                answer(line.turn, (at.now - line.waiting_since) // HOUR) if line.turn and line.waiting_since else "",
                line.turn == Turn.ASKED,
                desk_at + line.reflection_id if line.reflection_id and at.reads_students else None,
                line.has_revisited,
            )
        )
    return rows


def _labels() -> dict[str, str]:
    """What a row says again and again."""
    return {
        "group": gettext("Group"),
        "none": gettext("none"),
        "committed": gettext("Committed"),
        "reflected": gettext("Reflected"),
        "answer": gettext("Answer"),
        "again": gettext("Looked again"),
        "not_yet": gettext("not yet"),
        "nothing": gettext("nothing yet"),
        "yes": gettext("yes"),
    }


def _day(at: Standing, moment: datetime) -> Shown:
    return day(moment, zone=at.round.zone, today=at.now)


def _answer(now: datetime, turn: str, hours: int) -> str:
    time = waiting(now - hours * HOUR, now=now)
    words = {
        Turn.ASKED: gettext("asked, waits %(time)s", time=time),
        Turn.NEW: gettext("waits %(time)s", time=time),
        Turn.WAITING: gettext("wrote again, waits %(time)s", time=time),
        Turn.KEPT: gettext("your draft"),
        Turn.ANSWERED: gettext("answered"),
    }
    return str(words[Turn(turn)])


def _progress(at: Standing, all_: GroupLine) -> list[Bar]:
    steps = [
        (gettext("In the round"), all_.students),
        (gettext("Begun"), all_.begun),
        (gettext("Committed everywhere"), all_.complete),
        (gettext("Reflected"), all_.reflected),
        (gettext("Answered"), all_.answered),
    ]
    if at.revisit_at is not None:
        steps.append((gettext("Looked again"), all_.revisited))
    return [Bar(label, [number]) for label, number in steps]


def _waits(at: Standing, groups: Iterable[GroupLine]) -> list[Waiting]:
    """The groups in which students have waited longest for a first answer, the longest first."""
    found = sorted((line for line in groups if line.waiting_since), key=lambda line: line.waiting_since or at.now)
    return [
        Waiting(line.group or gettext("Without a group"), _group_address(at, line), _waiting(line, at.now))
        for line in found[:MOST_WAITING]
    ]


def _waiting(line: GroupLine, now: datetime) -> str:
    if line.waiting_since is None:
        return ""
    time = waiting(line.waiting_since, now=now)
    return str(ngettext("%(num)d, for %(time)s", "%(num)d, the first for %(time)s", line.waiting, time=time))


def _group_address(at: Standing, line: GroupLine) -> str:
    """The students of a group, who waits longest first."""
    return _address(at, Wish(sort=Sort.WAITING, group=line.group_id or overview.NO_GROUP))
