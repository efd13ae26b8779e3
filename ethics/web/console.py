"""What waits for faculty in a round, each with its next step; and what a group takes to its seminar room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, ngettext

from ethics.cohorts.queries import FEWEST
from ethics.insights import overview
from ethics.insights.console import (
    ENOUGH,
    SILENCE,
    Console,
    GroupHere,
    QuietThread,
    SilentGroup,
    Unheard,
    console_of,
    students_in,
)
from ethics.insights.overview import NO_GROUP, GroupLine, Line, Show, Sort
from ethics.insights.summary import FEWEST_WORDS, summary_of
from ethics.rounds.gate import Standing
from ethics.rounds.models import ANOTHER, UNSURE
from ethics.rounds.queries import DecisionPoint
from ethics.rounds.tallies import FLOOR, Tally
from ethics.web import loop
from ethics.web.auth import actor, signed_in
from ethics.web.faculty import Bar, Choice, class_head
from ethics.web.openings import Opening, opening_url
from ethics.web.session import reader
from ethics.web.shown import case_shown, decision_points
from ethics.web.times import waiting

blueprint = Blueprint("console", __name__)

FIRST = 5
"""So many of each kind stand open; the others are one click away."""


LONGEST_REASON = 80
"""Words of a reason on the sheet: three have to leave room for the rest."""


@dataclass(frozen=True, slots=True)
class Way:
    """A link to a next step."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits, and what can be done next."""

    words: str
    url: str | None
    """Where the words lead, if anywhere."""
    note: str
    ways: Sequence[Way] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Things of one kind that wait."""

    title: str
    meaning: str
    """What brings something here, to be held to."""
    waits: Sequence[Waiting]
    everything: str | None = None
    """The address of the list with all of them, where not all stand here."""


@blueprint.get("/rounds/<string:round_id>/next")
@signed_in
def console(round_id: str) -> str:
    """What waits in the groups that one teaches, or in one of them."""
    at = loop.standing_here(round_id)
    lines = overview.students(reader(), actor(), at)
    names = {line.group_id or NO_GROUP: line.group or gettext("Without a group") for line in lines}
    chosen = request.args.get("group", "")
    chosen = chosen if chosen in names else ""
    found = console_of(reader(), at, students_in(lines, chosen))
    return render_template(
        "console/console.html",
        **class_head(at, "console"),
        groups=[Choice(key, name, key == chosen) for key, name in [("", gettext("All groups")), *names.items()]],
        parts=[part for part in _parts(at, found, chosen) if part.waits],
        sheets=[
            Way(name, url_for("console.summary", round_id=round_id, group_id=key))
            for key, name in names.items()
            if key != NO_GROUP and chosen in {"", key}
        ],
        first=FIRST,
        here=url_for("console.console", round_id=round_id),
        is_archived=at.round.cohort.archived_at is not None,
    )


@blueprint.get("/rounds/<string:round_id>/groups/<string:group_id>/summary")
@signed_in
def summary(round_id: str, group_id: str) -> str:
    """A group's sheet to print: nothing on it tells who, and nothing that the group could not read."""
    at = loop.standing_here(round_id)
    found = summary_of(reader(), actor(), at, group_id)
    points = decision_points(at)
    return render_template(
        "console/summary.html",
        at=at,
        case=case_shown(at),
        summary=found,
        splits=[_split(points[stage], tally) for stage, tally in found.splits.items()],
        decides=bool(at.decisions),
        reasons=[_short(reason) for reason in found.reasons],
        floor=FLOOR,
        fewest_words=FEWEST_WORDS,
        longest=LONGEST_REASON,
    )


def _split(point: DecisionPoint, tally: Tally) -> tuple[str, list[Bar]]:
    """The case's own options, and the two that are always there where somebody took them."""
    chosen = {option: tally.counts.get(option) or 0 for option in point.options}
    always = {ANOTHER, UNSURE}
    bars = [Bar(point.options[option], [people]) for option, people in chosen.items() if people or option not in always]
    return point.question, bars


def _short(reason: str) -> str:
    words = reason.split()
    return " ".join(words) if len(words) <= LONGEST_REASON else " ".join([*words[:LONGEST_REASON], "[…]"])


def _parts(at: Standing, found: Console, group: str) -> list[Part]:
    return [
        Part(
            gettext("Students asked you something"),
            gettext("Their reflection asks a question, and faculty have not answered since."),
            _students(at, found.asked),
            _all_students(at, found.asked, Show.ASKED, group),
        ),
        Part(
            gettext("Waiting for a first answer"),
            gettext("They have submitted a reflection, and nobody of the faculty has ever answered."),
            _students(at, found.first_answer),
            _all_students(at, found.first_answer, Show.WAITING, group),
        ),
        Part(
            gettext("Nobody replied"),
            gettext("A student began the thread a day ago or longer, and nobody else has written in it."),
            [_thread(thread, _group_and_time(thread.group.name, at, thread.since)) for thread in found.unanswered],
        ),
        Part(
            gettext("Silent groups"),
            gettext(
                "Two students or more can write there, and nobody has for %(days)s days, faculty included.",
                days=SILENCE.days,
            ),
            [_silent(at, silent) for silent in found.silent],
        ),
        Part(
            gettext("Threads where all agree"),
            gettext(
                "At least %(few)s students have written there, and all of them now hold the same position at the last "
                "decision point. You might ask what would have to be different for another course to be right.",
                few=ENOUGH,
            ),
            [_thread(thread, thread.group.name) for thread in found.agreed],
        ),
        Part(
            gettext("Positions without a voice"),
            gettext(
                "At least %(few)s students have written in the group’s threads, and the position at the last decision "
                "point is none of theirs. Whether somebody else holds it is not said here: ask all for its best "
                "argument, never one.",
                few=ENOUGH,
            ),
            _unheard(at, found.unheard),
        ),
        Part(
            gettext("Small groups"),
            gettext("Fewer than %(few)s students are left to talk. A director can merge the group.", few=FEWEST),
            [_small(line) for line in found.small],
        ),
    ]


def _students(at: Standing, lines: Sequence[Line]) -> list[Waiting]:
    return [
        Waiting(
            line.name,
            url_for("review.review", round_id=at.round.public_id, reflection=line.reflection_id),
            _group_and_time(line.group or gettext("Without a group"), at, line.waiting_since or at.now),
        )
        for line in lines[:FIRST]
    ]


def _all_students(at: Standing, lines: Sequence[Line], show: Show, group: str) -> str | None:
    if len(lines) <= FIRST:
        return None
    asked: dict[str, Any] = {"show": show.value, "sort": Sort.WAITING.value, "group": group or None}
    return url_for("rounds.overview", round_id=at.round.public_id, **asked, _anchor="students")


def _group_and_time(group: str, at: Standing, since: datetime) -> str:
    return str(gettext("%(group)s, for %(time)s", group=group, time=waiting(since, now=at.now)))


def _thread(thread: QuietThread, note: str) -> Waiting:
    return Waiting(thread.title, url_for("discussions.thread", thread_id=thread.thread_id), note)


def _silent(at: Standing, silent: SilentGroup) -> Waiting:
    group = silent.group
    note = (
        gettext("for %(time)s", time=waiting(silent.since, now=at.now))
        if silent.since
        else gettext("since the round opened, %(time)s ago", time=waiting(at.round.opens_at, now=at.now))
    )
    label = gettext("Ask everybody in %(group)s where they are now", group=group.name)
    return Waiting(group.name, None, note, [Way(label, opening_url(at.round.public_id, group.public_id, Opening.NOW))])


def _unheard(at: Standing, found: Sequence[Unheard]) -> list[Waiting]:
    points = decision_points(at) if found else {}
    words = points[max(points)].options if points else {}
    return [
        Waiting(
            unheard.group.name,
            None,
            ngettext("one position", "%(num)d positions", len(unheard.options)),
            [_argue(at, unheard.group, option, words[option]) for option in unheard.options],
        )
        for unheard in found
    ]


def _argue(at: Standing, group: GroupHere, option: str, words: str) -> Way:
    label = gettext("Ask all of %(group)s for the best argument for “%(position)s”", group=group.name, position=words)
    return Way(label, opening_url(at.round.public_id, group.public_id, Opening.ARGUE, option))


def _small(line: GroupLine) -> Waiting:
    return Waiting(line.group or "", url_for("groups.group", group_id=line.group_id), "")
