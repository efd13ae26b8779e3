"""A director's pages of a round: making, changing, previewing, opening, closing and copying it; more time for one."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics import markup
from ethics.cases.queries import published_titles
from ethics.cohorts.models import Cohort
from ethics.cohorts.queries import cohort_for_director, group_sets
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.rounds import actions, running
from ethics.rounds.gate import Standing
from ethics.rounds.models import Audience, Kind, Phase
from ethics.rounds.queries import StudentLine, destinations, has_commitments, students_in
from ethics.rounds.readiness import obstacles, places
from ethics.rounds.schedule import to_local, to_utc
from ethics.web import faculty, loop
from ethics.web.acts import newest_version as newer_than
from ethics.web.auth import actor, signed_in
from ethics.web.forms.base import choices
from ethics.web.forms.directing import (
    CloneForm,
    ExtensionForm,
    ReopenForm,
    RoundForm,
    extension_values,
    note_on,
    notes,
    round_values,
)
from ethics.web.forms.rounds import SummaryForm
from ethics.web.messages import message, say
from ethics.web.session import now, perform, reader
from ethics.web.shown import case_shown, vocabulary
from ethics.web.times import Shown
from ethics.web.toasts import undoable

blueprint = Blueprint("directing", __name__)

say(
    {
        "unknown-case": lazy_gettext("This case is not in the library."),
        "unknown-group-set": lazy_gettext("Choose one of this cohort's group sets."),
        "year-out-of-range": lazy_gettext("Check the year: no round lies that far away."),
        "due-before-opening": lazy_gettext("It is due before it opens. Everything you entered is kept."),
        "closed-before-due": lazy_gettext("It closes before it is due. Everything you entered is kept."),
        "closed-before-revisit": lazy_gettext("It closes before students look again. Change that date first."),
        "closes-in-the-past": lazy_gettext("This close has passed already. Choose a later one."),
        "revisit-outside": lazy_gettext("Looking again has to lie between opening and closing."),
        "begun-already": lazy_gettext("Students have begun this round, so it cannot open later."),
        "looked-again-already": lazy_gettext("Students have looked again already, so that step stays open."),
        "extension-too-short": lazy_gettext("This gives no more time than the round does."),
        "round-locked": lazy_gettext(
            "Students have committed in this round. Its times may still change; case, groups, framework, names and "
            "audiences stay as they are."
        ),
        "round-begun": lazy_gettext("Somebody has begun this round; it keeps the version of the case they read."),
        "round-not-running": lazy_gettext("Only a round that is running can be closed."),
        "round-not-closed": lazy_gettext("This round is not closed."),
        "round-was-open": lazy_gettext("Students have been able to see this round, so it cannot be deleted."),
        "round-holds-words": lazy_gettext("Faculty have written in this draft already, so it cannot be deleted."),
        "no-urgent-contacts": lazy_gettext("Set the cohort's urgent contacts first: no round opens without them."),
        "no-designated-lead": lazy_gettext(
            "There is no designated lead outside this cohort. An administrator appoints one; no round opens without."
        ),
        "no-students": lazy_gettext("Nobody is in the groups of this round yet."),
        "students-without-group": lazy_gettext("Some students of the cohort have no group in this set."),
    }
)


@blueprint.route("/cohorts/<string:cohort_id>/rounds/new", methods=["GET", "POST"])
@signed_in
def new_round(cohort_id: str) -> Response | str | tuple[str, int]:
    """Make a round."""
    found = cohort_for_director(reader(), actor(), cohort_id)
    form = _round_form(found, _new_values(found))
    if request.method == "GET":
        return render_template("rounds/edit.html", cohort=found, form=form, at=None, locked=False)

    def verb(session: Session) -> str:
        made = actions.make_round(
            session,
            actor=actor(),
            cohort_id=cohort_id,
            settings=form.settings(_framework(form)),
            schedule=form.schedule(),
            now=now(),
        )
        return url_for("directing.preview", round_id=made.public_id)

    if form.validate_on_submit():
        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        else:
            _say_what_clocks_do(form)
            return answer
    return render_template("rounds/edit.html", cohort=found, form=form, at=None, locked=False), 422


@blueprint.route("/rounds/<string:round_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_round(round_id: str) -> Response | str | tuple[str, int]:
    """Change a round."""
    at = _as_director(round_id)
    form = _round_form(at.round.cohort, _values(at), at)
    if request.method == "GET":
        return _edit_page(at, form)

    def verb(session: Session) -> str:
        actions.change_round(
            session,
            actor=actor(),
            round_id=round_id,
            settings=form.settings(_framework(form, at)),
            schedule=form.schedule(),
            version=form.version.data or 0,
            now=now(),
        )
        return _after(at)

    if form.validate_on_submit():
        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        except NotAllowed as error:
            form.form_errors.append(message(error.code))
            return _edit_page(at, form), 403
        except Conflict:
            return _edit_conflict(round_id, form), 409
        else:
            _say_what_clocks_do(form)
            return answer
    return _edit_page(at, form), 422


@blueprint.get("/rounds/<string:round_id>/preview")
@signed_in
def preview(round_id: str) -> str:
    """What a student will see and when, and what keeps the round from opening."""
    at = _as_director(round_id)
    student = replace(at, is_faculty=False, is_director=False)
    is_draft = at.phase is Phase.DRAFT
    return render_template(
        "rounds/preview.html",
        at=at,
        case=case_shown(at),
        rail=loop.rail(student, "start"),
        is_draft=is_draft,
        may_change=at.round.cohort.archived_at is None,
        obstacles=[message(code) for code in obstacles(reader(), at.round, now=at.now)] if is_draft else [],
        places=places(reader(), at.round),
        dates=_dates(at),
        newest=newer_than(at),
        reasons=loop.readers_of_reason(Audience(at.round.reason_audience), Kind.FIRST),
        reflections=loop.readers_of_reflection(student, at.round.reflection_audience),
        comments=loop.readers_of_comment(student),
    )


@blueprint.post("/rounds/<string:round_id>/open")
@signed_in
def open_round(round_id: str) -> Response:
    """Let students know of the round."""
    _as_director(round_id)

    def verb(session: Session) -> str:
        actions.open_round(session, actor=actor(), round_id=round_id, now=now())
        return url_for("rounds.overview", round_id=round_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The round is open to its students, from the time it sets."), "success")
    return answer


@blueprint.post("/rounds/<string:round_id>/close")
@signed_in
def close(round_id: str) -> Response:
    """Close a running round now."""
    _as_director(round_id)

    def verb(session: Session) -> str:
        running.close_round(session, actor=actor(), round_id=round_id, now=now())
        return url_for("rounds.overview", round_id=round_id)

    answer = perform(verb, actor=actor().public_id)
    text = gettext("The round is closed. Its students are told in ten minutes.")
    undoable(text, url_for("directing.reopen", round_id=round_id))
    return answer


@blueprint.route("/rounds/<string:round_id>/reopen", methods=["GET", "POST"])
@signed_in
def reopen(round_id: str) -> Response | str | tuple[str, int]:
    """Open a closed round again, until a new close; without one, until the close it had planned."""
    at = _as_director(round_id)
    zone = at.round.zone
    form = ReopenForm(data={"close": to_local(max(at.round.close_at, at.now + timedelta(days=7)), zone)})
    if request.method == "GET":
        return render_template("rounds/reopen.html", at=at, form=form)

    def verb(session: Session) -> str:
        until = to_utc(form.close.local, zone) if form.close.data else at.round.close_at
        running.reopen_round(session, actor=actor(), round_id=round_id, close_at=until, now=now())
        return url_for("rounds.overview", round_id=round_id)

    if form.validate_on_submit():
        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("The round is open again."), "success")
            return answer
    return render_template("rounds/reopen.html", at=at, form=form), 422


@blueprint.post("/rounds/<string:round_id>/delete")
@signed_in
def delete(round_id: str) -> Response:
    """Delete a draft that no student has seen."""
    _as_director(round_id)

    def verb(session: Session) -> str:
        cohort_id = running.delete_round(session, actor=actor(), round_id=round_id, now=now())
        return url_for("cohorts.cohort", cohort_id=cohort_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The draft is deleted."), "success")
    return answer


@blueprint.post("/rounds/<string:round_id>/newest-version")
@signed_in
def newest_version(round_id: str) -> Response:
    """Take the newest version of the case, while nobody has begun."""
    at = _as_director(round_id)

    def verb(session: Session) -> str:
        actions.use_newest_version(session, actor=actor(), round_id=round_id, now=now())
        return _after(at)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The round has the newest version of its case."), "success")
    return answer


@blueprint.route("/rounds/<string:round_id>/clone", methods=["GET", "POST"])
@signed_in
def clone(round_id: str) -> Response | str | tuple[str, int]:
    """Copy a round, for the same groups or others, with its dates moved along."""
    at = _as_director(round_id)
    offered = {place.group_set_id: place for place in destinations(reader(), actor())}
    opened = to_local(at.round.opens_at, at.round.zone)
    form = CloneForm(data={"opens": opened + timedelta(days=7), "group_set": _group_set(at)})
    form.group_set.choices = choices((key, f"{place.cohort}: {place.group_set}") for key, place in offered.items())
    if request.method == "GET":
        return render_template("rounds/clone.html", at=at, form=form, case=case_shown(at))

    def verb(session: Session) -> str:
        made = actions.clone_round(
            session,
            actor=actor(),
            round_id=round_id,
            cohort_id=offered[form.group_set.data].cohort_id,
            group_set_id=form.group_set.data,
            shift=form.opens.local - opened,
            now=now(),
        )
        return url_for("directing.preview", round_id=made.public_id)

    if form.validate_on_submit():
        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("A draft like it is made. Look at its dates before you open it."), "success")
            return answer
    return render_template("rounds/clone.html", at=at, form=form, case=case_shown(at)), 422


@blueprint.post("/rounds/<string:round_id>/summary")
@signed_in
def summary(round_id: str) -> Response | tuple[str, int]:
    """Keep faculty's summary for the debrief."""
    at = _as_director(round_id)
    form = SummaryForm()
    if not form.validate_on_submit():
        return faculty.round_page(at, form), 422
    source = form.summary.data or ""
    rendered = markup.render(source, profile=markup.Profile.POST, prefix="summary")

    def verb(session: Session) -> str:
        actions.write_summary(session, actor=actor(), round_id=round_id, source=source, html=rendered.html, now=now())
        return url_for("rounds.overview", round_id=round_id, _anchor="for-the-debrief")

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The summary is kept; it stands in the debrief."), "success")
    return answer


@blueprint.route("/rounds/<string:round_id>/extensions", methods=["GET", "POST"])
@signed_in
def extensions(round_id: str) -> Response | str | tuple[str, int]:
    """Who of one's students has more time, and giving it to one of them."""
    at = loop.standing_here(round_id)
    if not at.is_faculty:
        raise NotFound
    lines = students_in(reader(), actor(), at)
    form = ExtensionForm(data=extension_values(at.round, request.args.get("student", ""), at.now))
    form.student.choices = choices((line.public_id, f"{line.name} · {line.group}") for line in lines)
    if request.method == "GET":
        return _extensions_page(at, lines, form)
    if request.form.get("student") not in {line.public_id for line in lines}:
        raise NotFound

    def verb(session: Session) -> str:
        running.extend(
            session,
            actor=actor(),
            round_id=round_id,
            student_id=form.student.data,
            due_at=to_utc(form.due.local, at.round.zone),
            close_at=to_utc(form.close.local, at.round.zone),
            now=now(),
        )
        return url_for("directing.extensions", round_id=round_id)

    if form.validate_on_submit():
        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        else:
            name = next(line.name for line in lines if line.public_id == form.student.data)
            text = gettext("%(name)s has more time, and is told in ten minutes.", name=name)
            undoable(text, url_for("directing.end_extension", round_id=round_id, student=form.student.data))
            return answer
    return _extensions_page(at, lines, form), 422


@blueprint.post("/rounds/<string:round_id>/extensions/<string:student>/end")
@signed_in
def end_extension(round_id: str, student: str) -> Response:
    """Take a student's extension back."""

    def verb(session: Session) -> str:
        running.end_extension(session, actor=actor(), round_id=round_id, student_id=student, now=now())
        return url_for("directing.extensions", round_id=round_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The extension is taken back. What the student wrote stays."), "success")
    return answer


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """A student with more time."""

    name: str
    public_id: str
    group: str
    due: Shown
    close: Shown


def _extensions_page(at: Standing, lines: list[StudentLine], form: ExtensionForm) -> str:
    return render_template(
        "rounds/extensions.html",
        at=at,
        form=form,
        may_change=at.round.cohort.archived_at is None and at.phase is not Phase.DRAFT,
        rows=[
            ExtensionRow(
                line.name,
                line.public_id,
                line.group,
                loop.shown(at, at.round.due_for(line.extension)),
                loop.shown(at, at.round.close_for(line.extension)),
            )
            for line in lines
            if line.extension is not None
        ],
        due=loop.shown(at, at.round.due_at),
        closes=loop.shown(at, at.close_at),
    )


@dataclass(frozen=True, slots=True)
class Date:
    """A date of the round in its preview."""

    label: str
    time: Shown
    what: str
    note: str | None
    """What the clocks do at that hour."""


def _dates(at: Standing) -> list[Date]:
    round_ = at.round
    steps = [
        (gettext("Opens"), round_.opens_at, gettext("They find it on their first page and begin with stage 1.")),
        (gettext("Reflection due"), round_.due_at, gettext("Later ones are marked late and taken until it closes.")),
    ]
    if at.revisit_at is not None:
        again = gettext("Who has committed says where they stand now. The debrief opens to them with it.")
        steps.append((gettext("Look again from"), at.revisit_at, again))
    if at.revisit_at is None:
        last = gettext("They read from then on. The debrief has opened to each with their reflection.")
    else:
        last = gettext("They read from then on. Who has submitted has the debrief now, at the latest.")
    steps.append((gettext("Closes"), at.close_at, last))
    in_order = sorted(steps, key=lambda step: step[1])
    return [Date(label, loop.shown(at, time), what, note_on(time, round_.zone)) for label, time, what in in_order]


def _round_form(found: Cohort, values: dict[str, Any], at: Standing | None = None) -> RoundForm:
    form = RoundForm(data=values)
    cases = dict(published_titles(reader()))
    frameworks = {framework.id: framework.name for framework in vocabulary().frameworks.values()}
    if at is not None:  # What a round has is offered to it also where the library has it no more.
        cases.setdefault(at.round.case_version.case.slug, at.round.case_version.case.title)
        frameworks.setdefault(at.round.framework["id"], at.round.framework["name"])
    form.offer(
        cases=cases.items(),
        frameworks=frameworks.items(),
        sets=[(group_set.public_id, group_set.name) for group_set in group_sets(reader(), found)],
        zone=values["zone"],
    )
    return form


def _new_values(found: Cohort) -> dict[str, Any]:
    """A round of three weeks that begins tomorrow morning: a form half filled in is quicker than an empty one."""
    morning = to_local(now(), found.zone).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
    evening = morning.replace(hour=23, minute=59)
    return {
        "case": request.args.get("case"),
        "zone": found.zone,
        "opens": morning,
        "due": evening + timedelta(days=9),
        "revisit": morning + timedelta(days=14),
        "close": evening + timedelta(days=20),
        "aliases": True,
    }


def _values(at: Standing) -> dict[str, Any]:
    return round_values(at.round, slug=at.round.case_version.case.slug, group_set=_group_set(at))


def _group_set(at: Standing) -> str:
    sets = {group_set.id: group_set.public_id for group_set in group_sets(reader(), at.round.cohort)}
    return sets[at.round.group_set_id]


def _framework(form: RoundForm, at: Standing | None = None) -> dict[str, Any]:
    """The framework as the round keeps it. One that was opened keeps its own copy while the choice is the same."""
    chosen = form.framework.data
    known = vocabulary().frameworks
    is_same = at is not None and at.round.framework["id"] == chosen
    if at is not None and is_same and (at.round.opened_at is not None or chosen not in known):
        return at.round.framework
    return known[chosen].model_dump(mode="json")


def _edit_page(at: Standing, form: RoundForm) -> str:
    locked = has_commitments(reader(), at.round)
    if locked:
        _restore_what_is_locked(form, at)
    return render_template("rounds/edit.html", cohort=at.round.cohort, form=form, at=at, locked=locked)


def _restore_what_is_locked(form: RoundForm, at: Standing) -> None:
    """A page that was open since before the first stance brings other choices: it is shown again with the round's."""
    values = _values(at)
    for field in form.locked_fields:
        field.data = values[field.name]


def _edit_conflict(round_id: str, form: RoundForm) -> str:
    at = _as_director(round_id)
    form.version.data = at.round.version
    form.version.raw_data = None
    locked = has_commitments(reader(), at.round)
    if locked:
        _restore_what_is_locked(form, at)
    return render_template("rounds/edit.html", cohort=at.round.cohort, form=form, at=at, locked=locked, newer=at.round)


def _say_what_clocks_do(form: RoundForm) -> None:
    for note in notes(form.times, form.zone.data):
        flash(f"{note.label}: {note.text}")


def _after(at: Standing) -> str:
    """Where a director goes on after changing a round: a draft is looked at before it opens."""
    page = "directing.preview" if at.round.opened_at is None else "rounds.overview"
    return url_for(page, round_id=at.round.public_id)


def _as_director(round_id: str) -> Standing:
    at = loop.standing_here(round_id)
    if not at.is_director:
        raise NotFound
    return at
