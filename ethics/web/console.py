"""What waits for faculty in a round, each with its next step; and what a group takes to its seminar room."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

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
from ethics.insights.overview import NO_GROUP, GroupLine, Line
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

T = TypeVar("T")

FIRST = 5
"""So many of each kind stand on the page of all groups; the page of one has all."""


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
    more: int
    """How many others there are."""


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
    most = FIRST if len(names) > 1 and not chosen else None
    return render_template(
        "console/console.html",
        **class_head(at, "console"),
        groups=[Choice(key, name, key == chosen) for key, name in [("", gettext("All groups")), *names.items()]],
        parts=[part for part in _parts(at, found, most) if part.waits],
        sheets=[
            Way(name, url_for("console.summary", round_id=round_id, group_id=key))
            for key, name in names.items()
            if key != NO_GROUP and chosen in {"", key}
        ],
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


def _parts(at: Standing, found: Console, most: int | None) -> list[Part]:
    return [
        _part(
            gettext("Students asked you something"),
            gettext("Their reflection asks a question, and faculty have not answered since."),
            found.asked,
            partial(_student, at),
            most,
        ),
        _part(
            gettext("Waiting for a first answer"),
            gettext("They have submitted a reflection, and nobody of the faculty has ever answered."),
            found.first_answer,
            partial(_student, at),
            most,
        ),
        _part(
            gettext("Nobody replied"),
            gettext("A student began the thread a day ago or longer, and nobody else has written in it."),
            found.unanswered,
            lambda thread: _thread(thread, _group_and_time(thread.group.name, at, thread.since)),
            most,
        ),
        _part(
            gettext("Silent groups"),
            gettext(
                "Two students or more can write there, and nobody has for %(days)s days, faculty included.",
                days=SILENCE.days,
            ),
            found.silent,
            partial(_silent, at),
            most,
        ),
        _part(
            gettext("Threads where all agree"),
            gettext(
                "At least %(few)s students have written there, and all of them now hold the same position at the last "
                "decision point. You might ask what would have to be different for another course to be right.",
                few=ENOUGH,
            ),
            found.agreed,
            lambda thread: _thread(thread, thread.group.name),
            most,
        ),
        _part(
            gettext("Positions without a voice"),
            gettext(
                "At least %(few)s students have written in the group’s threads, and the position at the last decision "
                "point is none of theirs. Whether somebody else holds it is not said here: ask all for its best "
                "argument, never one.",
                few=ENOUGH,
            ),
            found.unheard,
            partial(_unheard, at, _last_options(at) if found.unheard else {}),
            most,
        ),
        _part(
            gettext("Small groups"),
            gettext("Fewer than %(few)s students are left to talk. A director can merge the group.", few=FEWEST),
            found.small,
            _small,
            most,
        ),
    ]


def _part(title: str, meaning: str, found: Sequence[T], shown: Callable[[T], Waiting], most: int | None) -> Part:
    waits = [shown(each) for each in found[:most]]
    return Part(title, meaning, waits, len(found) - len(waits))


def _student(at: Standing, line: Line) -> Waiting:
    return Waiting(
        line.name,
        url_for("review.review", round_id=at.round.public_id, reflection=line.reflection_id),
        _group_and_time(line.group or gettext("Without a group"), at, line.waiting_since or at.now),
    )


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


def _last_options(at: Standing) -> dict[str, str]:
    points = decision_points(at)
    return points[max(points)].options


def _unheard(at: Standing, options: Mapping[str, str], unheard: Unheard) -> Waiting:
    note = ngettext("one position", "%(num)d positions", len(unheard.options))
    ways = [_argue(at, unheard.group, option, options[option]) for option in unheard.options]
    return Waiting(unheard.group.name, None, note, ways)


def _argue(at: Standing, group: GroupHere, option: str, words: str) -> Way:
    label = gettext("Ask all of %(group)s for the best argument for “%(position)s”", group=group.name, position=words)
    return Way(label, opening_url(at.round.public_id, group.public_id, Opening.ARGUE, option))


def _small(line: GroupLine) -> Waiting:
    return Waiting(line.group or "", url_for("groups.group", group_id=line.group_id), "")
