"""The first page after signing in: what is next, what is due, what has happened."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, url_for
from flask_babel import gettext, ngettext

from ethics.cohorts.models import CohortRole
from ethics.cohorts.queries import cohorts_of
from ethics.concerns.queries import inbox
from ethics.discussions.desk import Turn
from ethics.discussions.waiting import count_waiting
from ethics.insights.duties import GroupNeed, StudentWaiting, groups_in_need, students_waiting, unopened
from ethics.insights.use import edited_by
from ethics.people.models import Role
from ethics.rounds.models import Phase
from ethics.rounds.queries import RoundLine, rounds_of
from ethics.web.auth import actor, signed_in
from ethics.web.drafts import drafts_to_look_at, own_drafts
from ethics.web.loop import phase_words
from ethics.web.messages import message
from ethics.web.notices import ON_HOME, lines, unseen_news
from ethics.web.session import now, reader
from ethics.web.times import Shown, moment, waiting
from ethics.web.versions import when

blueprint = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class RoundCard:
    """A round on the home page: its state in words and the next thing to do."""

    title: str
    cohort: str
    url: str
    state: str
    date: Shown | None
    date_label: str
    closed: bool


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A student who waits for an answer, and the way to the desk."""

    name: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that only the reader can settle, and where."""

    title: str
    note: str
    url: str
    words: str


@blueprint.get("/")
@signed_in
def home() -> str:
    """What is next for this person, in each of their parts."""
    who = actor()
    rounds = rounds_of(reader(), who)
    own = [_own_card(line) for line in rounds if line.is_student]
    taught = [_taught_card(line) for line in rounds if not line.is_student]
    cohorts = cohorts_of(reader(), who)
    teaches = any(line.role is not CohortRole.STUDENT and not line.archived for line in cohorts)
    directs = any(line.role is CohortRole.DIRECTOR and not line.archived for line in cohorts)
    is_author = who.has(Role.AUTHOR)
    students = students_waiting(reader(), who) if teaches else []
    return render_template(
        "home/home.html",
        news=lines(unseen_news()[:ON_HOME]),
        more_news=len(unseen_news()) > ON_HOME,
        own=[card for card in own if not card.closed],
        past=[card for card in own if card.closed],
        waiting=[_waiting_line(line) for line in students],
        waiting_in_all=students[0].all if students else 0,
        decisions=_decisions(directs=directs) if teaches else [],
        taught=[card for card in taught if not card.closed],
        taught_past=[card for card in taught if card.closed],
        cohorts=[line for line in cohorts if line.role is not CohortRole.STUDENT],
        teaches=teaches,
        is_author=is_author,
        drafts=own_drafts() if is_author else [],
        edited=[(line, when(line.at)) for line in edited_by(reader(), who, now=now())] if is_author else [],
        to_look_at=drafts_to_look_at() if is_author or directs else [],
        is_administrator=who.has(Role.ADMINISTRATOR),
        is_lead=who.has(Role.LEAD),
        concerns=sum(line.acknowledged_at is None for line in inbox(reader(), who, now())) if who.has(Role.LEAD) else 0,
    )


def _waiting_line(line: StudentWaiting) -> WaitingLine:
    time = waiting(line.since, now=now())
    words = {
        Turn.ASKED: gettext("asked, waits %(time)s", time=time),
        Turn.WAITING: gettext("wrote again, waits %(time)s", time=time),
    }
    parts = (words.get(Turn(line.turn), gettext("waits %(time)s", time=time)), line.group, line.title)
    return WaitingLine(
        line.name,
        url_for("review.review", round_id=line.round_id, reflection=line.reflection_id),
        " · ".join(str(part) for part in parts if part),
    )


def _decisions(*, directs: bool) -> list[Decision]:
    """What only a director can settle, and the tutor of a small group: rounds to open, groups without enough."""
    rounds = unopened(reader(), actor(), now=now()) if directs else []
    found = [
        Decision(
            line.title,
            f"{line.cohort} · {gettext('not open yet; begins %(time)s', time=_moment(line.opens_at, line.zone).text)}",
            url_for("directing.preview", round_id=line.round_id),
            message(line.missing) if line.missing else gettext("Nothing keeps it from opening."),
        )
        for line in rounds
    ]
    reported = count_waiting(reader(), actor())
    if reported:
        found.insert(
            0,
            Decision(
                gettext("Moderation"),
                ngettext("%(num)d waits", "%(num)d wait", reported),
                url_for("moderation.queue"),
                gettext("Comments of your groups that are reported, held or sent again."),
            ),
        )
    return found + [
        Decision(line.group, line.cohort, url_for("groups.group", group_id=line.group_id), _need(line))
        for line in groups_in_need(reader(), actor())
    ]


def _need(line: GroupNeed) -> str:
    few = ngettext("%(num)d student: too few to talk.", "%(num)d students: too few to talk.", line.students)
    parts = [few if line.is_small else "", "" if line.has_tutor else gettext("No tutor.")]
    return " ".join(str(part) for part in parts if part)


def _moment(at: datetime, zone: str) -> Shown:
    return moment(at, zone=zone, own_zone=actor().zone)


def _own_card(line: RoundLine) -> RoundCard:
    """The step a student stands at, as rules have it: which page comes next and what to call it."""
    round_, done = line.round, line.participation
    phase = round_.phase(now(), line.extension)
    address = url_for("rounds.overview", round_id=round_.public_id)
    date, label = round_.due_for(line.extension), gettext("Reflection due")
    if date > round_.due_at:
        label = gettext("Reflection due, with your extra time")
    close_at = round_.close_for(line.extension)
    if phase is Phase.SCHEDULED:
        state, date, label = gettext("Not open yet"), round_.opens_at, gettext("Opens")
    elif phase is Phase.CLOSED:
        state, date, label = gettext("Closed"), close_at, gettext("Closed")
    elif done is None:
        state = gettext("Begin")
    elif done.completed_at is None:
        state = gettext("Stage %(number)s of %(stages)s", number=done.stage_reached, stages=line.stages)
        address = url_for("rounds.stage", round_id=round_.public_id, number=done.stage_reached)
    elif done.reflected_at is None:
        state = gettext("Write your reflection")
        address = url_for("reflections.write", round_id=round_.public_id)
    elif line.revisit_at is not None and done.revisited_at is None:
        if now() < line.revisit_at:
            state, date, label = gettext("Talk, until you look again"), line.revisit_at, gettext("Look again from")
            address = url_for("discussions.discussion", round_id=round_.public_id)
        else:
            state, date, label = gettext("Look again"), close_at, gettext("Closes")
            address = url_for("rounds.revisit", round_id=round_.public_id)
    else:
        state, date, label = gettext("The debrief is open"), close_at, gettext("Closes")
        address = url_for("rounds.debrief", round_id=round_.public_id)
    shown = _moment(date, round_.zone)
    return RoundCard(line.title, line.cohort, address, state, shown, label, phase is Phase.CLOSED)


def _taught_card(line: RoundLine) -> RoundCard:
    round_, archived_at = line.round, line.archived_at
    phase = Phase.CLOSED if archived_at else round_.phase(now())
    upcoming = [
        (round_.opens_at, gettext("Opens")),
        (round_.due_at, gettext("Reflections due")),
        (round_.close_at, gettext("Closes")),
    ]
    date, label = next(((at, word) for at, word in upcoming if at > now()), (round_.close_at, gettext("Closed")))
    if archived_at:
        date, label = archived_at, gettext("Archived")
    return RoundCard(
        line.title,
        line.cohort,
        url_for("rounds.overview", round_id=round_.public_id),
        phase_words(phase),
        _moment(date, round_.zone),
        label,
        phase is Phase.CLOSED,
    )
