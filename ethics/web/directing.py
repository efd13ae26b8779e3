"""A director's pages of a round: making it, changing it, opening it, and the summary for its debrief."""

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
from ethics.rounds import actions
from ethics.rounds.gate import Standing
from ethics.rounds.schedule import to_local
from ethics.web import faculty, loop
from ethics.web.auth import actor, signed_in
from ethics.web.forms.rounds import RoundForm, SummaryForm, round_values
from ethics.web.messages import message, say
from ethics.web.session import now, perform, reader
from ethics.web.shown import vocabulary

blueprint = Blueprint("directing", __name__)

say(
    {
        "unknown-case": lazy_gettext("This case is not in the library."),
        "unknown-group-set": lazy_gettext("Choose one of this cohort's group sets."),
        "year-out-of-range": lazy_gettext("Check the year: no round lies that far away."),
        "due-before-opening": lazy_gettext("It is due before it opens. Everything you entered is kept."),
        "closed-before-due": lazy_gettext("It closes before it is due. Everything you entered is kept."),
        "revisit-outside": lazy_gettext("Looking again has to lie between opening and closing."),
        "round-locked": lazy_gettext(
            "Students have committed in this round. Its times may still change; case, groups, framework, names and "
            "audiences stay as they are."
        ),
        "no-urgent-contacts": lazy_gettext("Set the cohort's urgent contacts first: no round opens without them."),
        "no-designated-lead": lazy_gettext(
            "There is no designated lead outside this cohort. An administrator appoints one; no round opens without."
        ),
        "no-students": lazy_gettext("Nobody is in the groups of this round yet."),
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
        return url_for("rounds.overview", round_id=made.public_id)

    if form.validate_on_submit():
        try:
            return perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
    return render_template("rounds/edit.html", cohort=found, form=form, at=None, locked=False), 422


@blueprint.route("/rounds/<string:round_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_round(round_id: str) -> Response | str | tuple[str, int]:
    """Change a round."""
    at = _as_director(round_id)
    sets = {group_set.id: group_set.public_id for group_set in group_sets(reader(), at.round.cohort)}
    values = round_values(at.round, slug=at.round.case_version.case.slug, group_set=sets[at.round.group_set_id])
    form = _round_form(at.round.cohort, values, at)
    locked = actions.has_commitments(reader(), at.round)
    if request.method == "GET":
        return render_template("rounds/edit.html", cohort=at.round.cohort, form=form, at=at, locked=locked)

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
        return url_for("rounds.overview", round_id=round_id)

    if form.validate_on_submit():
        try:
            return perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        except NotAllowed as error:
            form.form_errors.append(message(error.code))
            return render_template("rounds/edit.html", cohort=at.round.cohort, form=form, at=at, locked=locked), 403
        except Conflict:
            return _edit_conflict(round_id, form), 409
    return render_template("rounds/edit.html", cohort=at.round.cohort, form=form, at=at, locked=locked), 422


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
    )
    return form


def _new_values(found: Cohort) -> dict[str, Any]:
    """A round of three weeks that begins tomorrow morning: a form half filled in is quicker than an empty one."""
    morning = to_local(now(), found.zone).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
    evening = morning.replace(hour=23, minute=59)
    return {
        "zone": found.zone,
        "opens": morning,
        "due": evening + timedelta(days=9),
        "revisit": morning + timedelta(days=14),
        "close": evening + timedelta(days=20),
        "aliases": True,
    }


def _framework(form: RoundForm, at: Standing | None = None) -> dict[str, Any]:
    """The framework as the round keeps it: a running round keeps its own copy while the choice is the same."""
    if at is not None and at.round.framework["id"] == form.framework.data:
        return at.round.framework
    return vocabulary().frameworks[form.framework.data].model_dump(mode="json")


def _edit_conflict(round_id: str, form: RoundForm) -> str:
    at = _as_director(round_id)
    form.version.data = at.round.version
    form.version.raw_data = None
    return render_template(
        "rounds/edit.html",
        cohort=at.round.cohort,
        form=form,
        at=at,
        locked=actions.has_commitments(reader(), at.round),
        newer=at.round,
    )


def _as_director(round_id: str) -> Standing:
    at = loop.standing_here(round_id)
    if not at.is_director:
        raise NotFound
    return at
