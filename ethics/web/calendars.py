"""One's dates as a calendar (RFC 5545) at a secret address, for a telephone or a mail program to subscribe to."""

from datetime import timedelta

from flask import Blueprint, Response, flash, make_response, url_for
from flask_babel import gettext, lazy_gettext
from icalendar import Calendar, Event
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from ethics.rounds.calendar import RoundDate, Step, dates_of, make_feed, owner_of, stop_feed
from ethics.web import people
from ethics.web.auth import actor, public, signed_in
from ethics.web.mail import public_url
from ethics.web.session import now, perform, reader, writing

blueprint = Blueprint("calendars", __name__)

_REFRESH = timedelta(hours=6)
_WORDS = {
    Step.OPENS: lazy_gettext("Opens: %(title)s"),
    Step.DUE: lazy_gettext("Reflection due: %(title)s"),
    Step.AGAIN: lazy_gettext("Look again: %(title)s"),
    Step.CLOSES: lazy_gettext("Closes: %(title)s"),
}


@blueprint.get("/calendar/<string:token>.ics")
@public
def feed(token: str) -> Response:
    """The dates behind a secret address. Nobody signs in for it; reading it writes nothing."""
    owner = owner_of(reader(), token)
    calendar = Calendar()
    calendar.add("prodid", "-//Ethics Rounds//Dates of rounds//EN")
    calendar.add("version", "2.0")
    calendar.add("name", "Ethics Rounds")
    calendar.add("x-wr-calname", "Ethics Rounds")
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", _REFRESH, parameters={"VALUE": "DURATION"})
    for date in dates_of(reader(), owner, token=token, now=now()):
        calendar.add_component(_event(date))
    return Response(calendar.to_ical(), content_type="text/calendar; charset=utf-8")


def _event(date: RoundDate) -> Event:
    event = Event()
    event.add("uid", f"{date.key}@rounds")
    event.add("dtstamp", now())
    event.add("dtstart", date.at)
    event.add("summary", str(_WORDS[date.step]) % {"title": f"{date.title} ({date.cohort})"})
    event.add("transp", "TRANSPARENT")
    return event


@blueprint.post("/account/calendar")
@signed_in
def make() -> Answer:
    """Make the address, or a new one in its place. It stands on this one page: only its hash is kept."""
    with writing() as session:
        token = make_feed(session, actor=actor(), now=now())
    return make_response(people.account_page(calendar=public_url("calendars.feed", token=token)))


@blueprint.post("/account/calendar/off")
@signed_in
def stop() -> Answer:
    """Switch the address off."""

    def verb(session: Session) -> str:
        stop_feed(session, actor=actor())
        return url_for("people.account", _anchor="calendar")

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The address is switched off. What your calendar has fetched stays there until it looks again."))
    return answer
