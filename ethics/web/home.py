"""The first page after signing in: what is next, what is due, what has happened."""

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask_babel import gettext

from ethics.cohorts.queries import cohorts_of
from ethics.notices.queries import unseen
from ethics.people.models import Role
from ethics.rounds.models import Phase
from ethics.rounds.queries import RoundLine, rounds_of
from ethics.web.auth import actor, signed_in
from ethics.web.drafts import drafts_to_look_at, own_drafts
from ethics.web.loop import phase_words
from ethics.web.notices import words
from ethics.web.session import now, reader
from ethics.web.times import Shown, moment

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


@blueprint.get("/")
@signed_in
def home() -> str:
    """What is next for this person, in each of their parts."""
    lines = rounds_of(reader(), actor())
    cards = [_own_card(line) for line in lines if line.is_student]
    return render_template(
        "home/home.html",
        own=[card for card in cards if not card.closed],
        past=[card for card in cards if card.closed],
        taught=[_taught_card(line) for line in lines if not line.is_student],
        cohorts=cohorts_of(reader(), actor()),
        news=[(notice.public_id, words(notice)[0]) for notice in unseen(reader(), actor(), now())],
        is_author=actor().has(Role.AUTHOR),
        drafts=own_drafts() if actor().has(Role.AUTHOR) else [],
        waiting=drafts_to_look_at(),
    )


def _own_card(line: RoundLine) -> RoundCard:
    """The step a student stands at, as rules have it: which page comes next and what to call it."""
    round_, done = line.round, line.participation
    phase = round_.phase(now(), line.extension)
    address = url_for("rounds.overview", round_id=round_.public_id)
    date, label = round_.due_for(line.extension), gettext("Reflection due")
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
    shown = moment(date, zone=round_.zone, own_zone=actor().zone)
    return RoundCard(line.title, line.cohort, address, state, shown, label, phase is Phase.CLOSED)


def _taught_card(line: RoundLine) -> RoundCard:
    round_ = line.round
    phase = round_.phase(now())
    upcoming = [
        (round_.opens_at, gettext("Opens")),
        (round_.due_at, gettext("Reflections due")),
        (round_.close_at, gettext("Closes")),
    ]
    date, label = next(((at, word) for at, word in upcoming if at > now()), (round_.close_at, gettext("Closed")))
    return RoundCard(
        line.title,
        line.cohort,
        url_for("rounds.overview", round_id=round_.public_id),
        phase_words(phase),
        moment(date, zone=round_.zone, own_zone=actor().zone),
        label,
        phase is Phase.CLOSED,
    )
