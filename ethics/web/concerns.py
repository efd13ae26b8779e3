"""Concerns: writing one, the leads' inbox, and the page that a writer and the leads share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts.models import CohortRole
from ethics.concerns import actions, queries, rules
from ethics.concerns.actions import NOWHERE
from ethics.concerns.models import EntryKind, Route
from ethics.concerns.queries import EntryShown, Line, OwnPlace, Reader, Reading
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.people.models import Role
from ethics.web.auth import actor, signed_in
from ethics.web.forms.concerns import (
    ROUTE_WORDS,
    CloseForm,
    ConcernForm,
    HandOverForm,
    MessageForm,
    NoteForm,
)
from ethics.web.messages import message, say
from ethics.web.session import now, perform, reader, writing
from ethics.web.times import Shown, moment

blueprint = Blueprint("concerns", __name__)

say(
    {
        "choose-route": lazy_gettext("Choose what comes closest; “Something else” is an answer, too."),
        "unknown-person": lazy_gettext("This person is not in your list. Say in the next line whom you mean."),
        "lead-unfit": lazy_gettext("This designated lead can’t have it. Choose another."),
        "no-lead": lazy_gettext(
            "Nothing was sent: no designated lead is left who may read this. What you typed is still here. Please call "
            "or see the people named on this page."
        ),
        "seen-already": lazy_gettext("A designated lead has opened it already, so it can’t be taken back."),
        "withdrawn-already": lazy_gettext("This was taken back; its text is gone. You can write a new one."),
        "concern-closed": lazy_gettext("This concern is closed. Writing to each other opens it again."),
    }
)

CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LineOnPage:
    """A concern in a list."""

    url: str
    title: str
    facts: str
    state: str
    late: bool


@blueprint.get("/concerns")
@signed_in
def concerns() -> str:
    """What waits for a designated lead; for everybody what they have sent, and of what they were told as faculty."""
    before = request.args.get("before")
    is_lead = actor().has(Role.LEAD)
    if is_lead and request.args.get("show") == CLOSED:
        lines = queries.closed_concerns(reader(), actor(), now(), before=before)
        return render_template(
            "concerns/closed.html",
            lines=[_for_lead(line) for line in lines[: queries.PAGE]],
            next=_next_page(lines, show=CLOSED),
        )
    own = queries.own_concerns(reader(), actor(), before=before)
    waiting = queries.inbox(reader(), actor(), now()) if is_lead and not before else []
    return render_template(
        "concerns/concerns.html",
        is_lead=is_lead,
        groups=[
            (gettext("Nobody has taken on"), [_for_lead(line) for line in waiting if line.acknowledged_at is None]),
            (gettext("Wrote again"), [_for_lead(line) for line in waiting if _wrote_again(line)]),
            (
                gettext("In hand"),
                [_for_lead(line) for line in waiting if line.acknowledged_at is not None and not _wrote_again(line)],
            ),
        ],
        waiting=len(waiting),
        own=[_for_writer(line) for line in own[: queries.PAGE]],
        next=_next_page(own),
        told=[
            gettext(
                "%(name)s, %(cohort)s, %(time)s",
                name=line.writer,
                cohort=line.cohort,
                time=_shown(line.sent_at, line.zone).text,
            )
            for line in queries.told_of(reader(), actor())
        ],
    )


def _next_page(lines: list[Line], **query: Any) -> str | None:
    if len(lines) <= queries.PAGE:
        return None
    return url_for("concerns.concerns", before=lines[queries.PAGE - 1].public_id, **query)


def _wrote_again(line: Line) -> bool:
    return line.acknowledged_at is not None and line.last_by_writer is True


def _for_lead(line: Line) -> LineOnPage:
    late = line.acknowledged_at is None and now() >= line.target_at
    if line.closed_at is not None:
        state = gettext("closed %(time)s", time=_shown(line.closed_at, line.zone).text)
    elif line.acknowledged_at is not None:
        state = gettext("taken on %(time)s", time=_shown(line.acknowledged_at, line.zone).text)
    elif late:
        state = gettext("should have been taken on by %(time)s", time=_shown(line.target_at, line.zone).text)
    else:
        state = gettext("to be taken on by %(time)s", time=_shown(line.target_at, line.zone).text)
    facts = [
        line.who,
        line.cohort,
        gettext("sent %(time)s", time=_shown(line.sent_at, line.zone).text),
        gettext("with you first") if line.is_first else gettext("first with another lead"),
    ]
    return LineOnPage(
        url_for("concerns.concern", concern_id=line.public_id),
        str(ROUTE_WORDS[line.route]),
        " · ".join(fact for fact in facts if fact),
        state,
        late,
    )


def _for_writer(line: Line) -> LineOnPage:
    if line.withdrawn_at is not None:
        state = gettext("taken back")
    elif line.closed_at is not None:
        state = gettext("closed")
    elif line.last_by_writer is False:
        state = gettext("answered")
    elif line.acknowledged_at is not None:
        state = gettext("seen")
    elif line.is_opened:
        state = gettext("opened")
    else:
        state = gettext("sent, not seen yet")
    return LineOnPage(
        url_for("concerns.concern", concern_id=line.public_id),
        gettext("Sent %(time)s", time=_shown(line.sent_at, line.zone).text),
        line.cohort or "",
        state,
        late=False,
    )


@blueprint.get("/concerns/new")
@signed_in
def new() -> str:
    """The form, after what to do first; `cohort` says which of one's cohorts, `about` whom it is about."""
    own = _chosen_place()
    if isinstance(own, list):
        return render_template("concerns/which.html", places=[place.place for place in own])
    form = _form(own, about=request.args.get("about", ""))
    return _new_page(own, form) if form.first.choices else render_template("concerns/nobody.html", **_around(own))


@blueprint.post("/concerns/new")
@signed_in
def send() -> Response | tuple[str, int]:
    """Send it to the designated leads."""
    own = queries.own_place(reader(), actor(), request.args.get("cohort"))
    form = _form(own)
    if form.validate():

        def verb(session: Session) -> str:
            sent = actions.send_concern(
                session,
                actor=actor(),
                cohort_id=own.place.public_id if own else None,
                given=form.take(),
                now=now(),
            )
            return url_for("concerns.concern", concern_id=sent.public_id)

        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        except NotAllowed as error:
            form.form_errors.append(message(error.code))
        else:
            flash(gettext("Sent. This page says who has seen it."), "success")
            return answer
    return _new_page(own, form), 422


def _chosen_place() -> OwnPlace | list[OwnPlace] | None:
    """The cohort that is meant; where the address does not say and there are several: those to choose from."""
    if "cohort" in request.args:
        return queries.own_place(reader(), actor(), request.args["cohort"])
    places = queries.own_places(reader(), actor())
    current = [own for own in places if own.role is not None] or places
    if len(current) > 1:
        return places
    return current[0] if current else None


def _form(own: OwnPlace | None, *, about: str | None = None) -> ConcernForm:
    """The form with its choices; `about` is whom it begins with, None where it was sent."""
    leads = queries.fit_leads(
        reader(), writer=actor().public_id, about=None, cohort=own.place.public_id if own else None
    )
    people = queries.nameable(reader(), actor(), own)
    if about is None:
        form = ConcernForm()
    else:
        known = about in {person.public_id for person in people}
        data = {"about": about if known else "", "first": leads[0].public_id if leads else ""}
        form = ConcernForm(formdata=None, data=data)
    form.offer(people, leads, actor=actor())
    if own is None or own.role in {None, CohortRole.DIRECTOR}:
        del form.faculty_told
    elif own.role is CohortRole.STUDENT:
        form.faculty_told.label.text = gettext("My tutor and course director may know that I have written, never what")
    else:
        form.faculty_told.label.text = gettext("The course director may know that I have written, never what")
    return form


def _new_page(own: OwnPlace | None, form: ConcernForm) -> str:
    return render_template(
        "concerns/new.html",
        form=form,
        who=_who_will_read(form),
        action=url_for("concerns.send", cohort=own.place.public_id if own else None),
        **_around(own),
    )


def _around(own: OwnPlace | None) -> dict[str, object]:
    is_faculty = own is not None and own.role in {CohortRole.TUTOR, CohortRole.DIRECTOR}
    return {
        "place": own.place if own else None,
        "is_faculty": is_faculty,
        "title": gettext("I am worried") if is_faculty else gettext("I’d like to talk to someone"),
    }


def _who_will_read(form: ConcernForm) -> str:
    names = [str(option.label.text) for option in form.first]
    never = gettext("Nobody who teaches here reads it, no administrator, and no lead whom it is about.")
    if len(names) == 1:
        first = gettext("%(name)s reads this, a designated lead, with your name.", name=names[0])
    else:
        within = rules.TARGETS[Route.IMMEDIATE].hours
        first = gettext(
            "The designated lead you choose reads this, with your name. If nobody has seen it in time (%(hours)s hours "
            "where somebody may come to harm, a working day otherwise), the others do, too.",
            hours=within,
        )
    return f"{first} {never}"


@dataclass(frozen=True, slots=True)
class EntryOnPage:
    """An entry on the page: a text by somebody, or a line about what was done."""

    author: str
    role: str
    time: Shown
    text: str
    is_note: bool
    deed: str | None
    """What was done, in words; None for a text alone."""


@blueprint.get("/concerns/<string:concern_id>")
@signed_in
def concern(concern_id: str) -> str:
    """A concern for its writer, or for a lead; that a lead opens it is noted, and the writer sees it."""
    try:
        queries.own_concern(reader(), actor(), concern_id)
    except NotFound:
        with writing() as session:
            actions.open_concern(session, actor=actor(), concern_id=concern_id, now=now())
    return _concern_page(concern_id)


@blueprint.post("/concerns/<string:concern_id>/acknowledge")
@signed_in
def acknowledge(concern_id: str) -> Response:
    """Take it on."""
    return _do(actions.acknowledge, concern_id, gettext("Taken on. Its writer can see that you have."))


@blueprint.post("/concerns/<string:concern_id>/messages")
@signed_in
def write(concern_id: str) -> Response | tuple[str, int]:
    """Write in the thread between writer and leads."""
    form = MessageForm()
    if form.validate():
        try:
            return _do(actions.write_message, concern_id, gettext("Sent."), text=form.text.data or "")
        except Invalid as error:
            form.refuse(error)
    return _concern_page(concern_id, answer=form), 422


@blueprint.post("/concerns/<string:concern_id>/notes")
@signed_in
def note(concern_id: str) -> Response | tuple[str, int]:
    """Write a note among the leads."""
    form = NoteForm()
    if form.validate():
        try:
            return _do(actions.write_note, concern_id, gettext("Kept, for the leads alone."), text=form.note.data or "")
        except Invalid as error:
            form.refuse(error)
    return _concern_page(concern_id, note_form=form), 422


@blueprint.post("/concerns/<string:concern_id>/hand-over")
@signed_in
def hand_over(concern_id: str) -> Response | tuple[str, int]:
    """Give it to another lead."""
    form = HandOverForm()
    try:
        return _do(actions.hand_over, concern_id, gettext("Handed over. You can still read it."), to=form.to.data or "")
    except Invalid as error:
        form.refuse(error)
    return _concern_page(concern_id, over=form), 422


@blueprint.post("/concerns/<string:concern_id>/close")
@signed_in
def close(concern_id: str) -> Response | tuple[str, int]:
    """Close it with a word."""
    form = CloseForm()
    if form.validate():
        try:
            words = gettext("Closed. Its writer can open it again by writing.")
            return _do(actions.close_concern, concern_id, words, word=form.word.data or "")
        except Invalid as error:
            form.refuse(error)
    return _concern_page(concern_id, closing=form), 422


@blueprint.post("/concerns/<string:concern_id>/withdraw")
@signed_in
def withdraw(concern_id: str) -> Response:
    """Take it back, before anybody has seen it."""
    return _do(actions.withdraw_concern, concern_id, gettext("Taken back. Nobody has read it, and its text is gone."))


def _do(act: Callable[..., object], concern_id: str, said: str, **values: Any) -> Response:
    def verb(session: Session) -> str:
        act(session, actor=actor(), concern_id=concern_id, now=now(), **values)
        return url_for("concerns.concern", concern_id=concern_id)

    answer = perform(verb, actor=actor().public_id)
    flash(said, "success")
    return answer


def _concern_page(
    concern_id: str,
    *,
    answer: MessageForm | None = None,
    note_form: NoteForm | None = None,
    over: HandOverForm | None = None,
    closing: CloseForm | None = None,
) -> str:
    """The page; a form that was refused is shown as it was typed."""
    reading = queries.reading(reader(), actor(), concern_id, now())
    if reading.is_own and (note_form or over or closing):
        raise NotFound
    found = reading.concern
    zone = reading.place.zone if reading.place else None
    others = [one for one in reading.readers if one.public_id != actor().public_id]
    over = over or HandOverForm(formdata=None)
    over.to.choices = [(one.public_id, one.name) for one in others]
    return render_template(
        "concerns/concern.html",
        reading=reading,
        concern=found,
        route=ROUTE_WORDS[Route(found.route)],
        sent=_shown(found.sent_at, zone),
        facts=_facts(reading),
        entries=[_entry(reading, entry) for entry in reading.entries],
        who=_who_reads(reading),
        may_withdraw=reading.is_own and not rules.refuses_withdrawing(found, is_opened=bool(reading.opened)),
        may_acknowledge=not reading.is_own and found.acknowledged_at is None and found.closed_at is None,
        may_hand_over=not reading.is_own and found.closed_at is None and bool(others),
        answer=answer or MessageForm(formdata=None),
        note_form=note_form or NoteForm(formdata=None),
        over=over,
        closing=closing or CloseForm(formdata=None),
    )


def _facts(reading: Reading) -> list[tuple[str, str]]:
    """What is known about it, as pairs of name and value; without its texts where it was taken back."""
    found = reading.concern
    zone = reading.place.zone if reading.place else None
    facts = [
        (gettext("From"), None if reading.is_own else reading.writer),
        (gettext("Cohort"), reading.place.name if reading.place else None),
        (gettext("About"), reading.about),
        (gettext("How to be reached"), found.reach or None),
    ]
    if found.withdrawn_at is not None:
        return [(gettext("Taken back"), _shown(found.withdrawn_at, zone).text)]
    if found.acknowledged_at is None:
        facts.append((gettext("To be seen by"), _shown(found.target_at, zone).text))
    facts += [
        (
            gettext("Opened by %(name)s", name=opened.name),
            ngettext("%(time)s", "%(num)d times, last %(time)s", opened.times, time=_shown(opened.last, zone).text),
        )
        for opened in reading.opened
    ]
    told = gettext("know that it exists") if found.faculty_told else gettext("know nothing of it from here")
    facts.append((gettext("Faculty"), told))
    return [(name, value) for name, value in facts if value]


def _entry(reading: Reading, entry: EntryShown) -> EntryOnPage:
    deeds = {
        EntryKind.ACKNOWLEDGED: gettext("has seen it and takes it on"),
        EntryKind.HANDED_OVER: gettext("handed it to %(name)s", name=entry.to),
        EntryKind.CLOSED: gettext("closed it"),
    }
    zone = reading.place.zone if reading.place else None
    return EntryOnPage(
        author=entry.author,
        role="" if entry.by_writer else gettext("Designated lead"),
        time=_shown(entry.at, zone),
        text=entry.text,
        is_note=entry.kind is EntryKind.NOTE,
        deed=deeds.get(entry.kind),
    )


def _who_reads(reading: Reading) -> str:
    """Who can read it, by the same condition that decides it."""
    if reading.concern.withdrawn_at is not None:
        return str(gettext("Nobody can read this any more."))
    at_once = [_name(one) for one in reading.readers if one.now]
    later = [one.name for one in reading.readers if not one.now]
    if not at_once:
        return str(gettext("Nobody can read this at present but you. Please call or see the people named here."))
    writer = [] if reading.is_own else [reading.writer]
    sentence = gettext("Only %(names)s can read this.", names=_listed([*writer, *at_once]))
    if reading.is_own:
        sentence = gettext("Besides you, only %(names)s can read this.", names=_listed(at_once))
    if later and reading.concern.acknowledged_at is None and reading.concern.closed_at is None:
        by = _shown(reading.concern.target_at, reading.place.zone if reading.place else None).text
        sentence += " " + gettext(
            "If nobody has seen it by %(time)s, %(names)s can, too.", time=by, names=_listed(later)
        )
    return str(sentence)


def _name(lead: Reader) -> str:
    return gettext("you") if lead.public_id == actor().public_id else lead.name


def _listed(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return str(gettext("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1]))


def _shown(at: datetime, zone: str | None) -> Shown:
    return moment(at, zone=zone or actor().zone or NOWHERE, own_zone=actor().zone)
