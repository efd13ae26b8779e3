"""Faculty's page of a round: each student on one line, and what its director may still do."""

from collections import Counter
from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import gettext

from ethics.discussions.queries import DeskLine, Turn, desk
from ethics.rounds import queries
from ethics.rounds.gate import Standing
from ethics.rounds.schedule import is_late
from ethics.web import loop
from ethics.web.acts import acts_of
from ethics.web.auth import actor
from ethics.web.forms.rounds import SummaryForm
from ethics.web.session import reader
from ethics.web.shown import case_shown, vocabulary
from ethics.web.times import Shown, day, waiting


@dataclass(frozen=True, slots=True)
class StudentRow:
    """One student's way through the round."""

    name: str
    alias: str | None
    profession: str
    group: str
    committed: str
    reflected: Shown | None
    late: bool
    revisited: bool
    answer: str
    """Where the reflection stands between its writer and faculty; empty before there is one."""
    url: str | None
    """The reflection on the desk."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of how many have done a step."""

    text: str
    done: int
    total: int


def round_page(at: Standing, summary: SummaryForm | None = None) -> str:
    """The round for faculty: director and tutors see the groups they teach. `summary`: as typed, where refused."""
    lines = queries.students_in(reader(), actor(), at)
    on_desk = {line.user_id: line for line in desk(reader(), actor(), at)}
    return render_template(
        "rounds/faculty.html",
        at=at,
        case=case_shown(at),
        may_change=at.is_director and at.round.cohort.archived_at is None,
        phase=at.phase,
        rows=[_row(at, line, on_desk.get(line.user_id)) for line in lines],
        progress=_progress(at, lines),
        acts=acts_of(at, lines),
        groups=queries.groups_taught(reader(), actor(), at),
        summary=summary or SummaryForm(data={"summary": at.round.summary}),
        framework=at.round.framework["name"],
        opens=loop.shown(at, at.round.opens_at),
        due=loop.shown(at, at.round.due_at),
        revisit_from=loop.shown(at, at.revisit_at) if at.revisit_at else None,
        closes=loop.shown(at, at.close_at),
    )


def _row(at: Standing, line: queries.StudentLine, desk_line: DeskLine | None) -> StudentRow:
    done = line.participation
    if done is None:
        committed = gettext("not begun")
    elif done.completed_at is not None:
        committed = gettext("complete")
    else:
        committed = gettext("stage %(number)s of %(stages)s", number=done.stage_reached, stages=at.stages)
    reflected = done.reflected_at if done else None
    profession = vocabulary().professions.get(line.profession or "")
    return StudentRow(
        name=line.name,
        alias=line.alias,
        profession=profession.name if profession else (line.profession or ""),
        group=line.group,
        committed=committed,
        reflected=day(reflected, zone=at.round.zone, today=at.now) if reflected else None,
        late=bool(done and reflected and is_late(reflected, at.round.due_for(line.extension))),
        revisited=bool(done and done.revisited_at),
        answer=_answer(at, desk_line) if desk_line else "",
        url=url_for("review.review", round_id=at.round.public_id, reflection=desk_line.reflection_id)
        if desk_line
        else None,
    )


def _answer(at: Standing, line: DeskLine) -> str:
    waits = waiting(line.waiting_since, now=at.now)
    words = {
        Turn.ASKED: gettext("asked, waits %(time)s", time=waits),
        Turn.NEW: gettext("waits %(time)s", time=waits),
        Turn.WAITING: gettext("waits %(time)s", time=waits),
        Turn.KEPT: gettext("your draft"),
        Turn.ANSWERED: gettext("answered"),
    }
    return str(words[line.turn])


def _progress(at: Standing, lines: list[queries.StudentLine]) -> list[Progress]:
    counts = Counter[str]()
    for line in lines:
        if line.participation is not None:
            counts["committed"] += line.participation.completed_at is not None
            counts["reflected"] += line.participation.reflected_at is not None
            counts["revisited"] += line.participation.revisited_at is not None
    total = len(lines)
    words = {
        "committed": gettext("%(done)s of %(total)s have committed", done=counts["committed"], total=total),
        "reflected": gettext("%(done)s of %(total)s have reflected", done=counts["reflected"], total=total),
        "revisited": gettext("%(done)s of %(total)s have looked again", done=counts["revisited"], total=total),
    }
    if at.revisit_at is None:
        del words["revisited"]
    return [Progress(text, counts[step], total) for step, text in words.items()]
