"""The end of a cohort's term, and the beginning of the next one."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts.models import Cohort
from ethics.cohorts.queries import cohort_for_director, group_set_lines, tutors_of
from ethics.cohorts.terms import archive_cohort, restore_cohort
from ethics.errors import Invalid
from ethics.rounds.models import Round
from ethics.rounds.schedule import Schedule, shifted
from ethics.rounds.terms import MOST_WEEKS, clone_for_next_term, rounds_in
from ethics.web.auth import actor, signed_in
from ethics.web.forms.groups import CloneForm
from ethics.web.messages import say
from ethics.web.session import answered_before, now, perform, reader
from ethics.web.times import Shown, moment
from ethics.web.toasts import undoable

blueprint = Blueprint("terms", __name__)

_YEAR = 52

say(
    {
        "weeks-out-of-range": lazy_gettext("Choose between 1 and %(most)s weeks.", most=MOST_WEEKS),
    }
)


@dataclass(frozen=True, slots=True)
class Shift:
    """A round and when its clone would open and be due; None for a year that no calendar here knows."""

    title: str
    opens: Shown
    new_opens: Shown | None
    new_due: Shown | None


@blueprint.post("/cohorts/<string:cohort_id>/archive")
@signed_in
def archive(cohort_id: str) -> Response:
    """Make a cohort read-only."""
    cohort_for_director(reader(), actor(), cohort_id)

    def verb(session: Session) -> str:
        found = cohort_for_director(session, actor(), cohort_id)
        archive_cohort(session, actor=actor(), cohort=found, now=now())
        return url_for("cohorts.cohort", cohort_id=cohort_id)

    answer = perform(verb, actor=actor().public_id)
    undoable(
        gettext("The cohort is archived. Its students keep their own work; its faculty may still read."),
        url_for("terms.restore", cohort_id=cohort_id),
    )
    return answer


@blueprint.post("/cohorts/<string:cohort_id>/restore")
@signed_in
def restore(cohort_id: str) -> Response:
    """Take a cohort out of the archive."""
    cohort_for_director(reader(), actor(), cohort_id)

    def verb(session: Session) -> str:
        found = cohort_for_director(session, actor(), cohort_id)
        restore_cohort(session, actor=actor(), cohort=found, now=now())
        return url_for("cohorts.cohort", cohort_id=cohort_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The cohort is out of the archive. Everything is as it was."), "success")
    return answer


@blueprint.route("/cohorts/<string:cohort_id>/clone", methods=["GET", "POST"])
@signed_in
def clone(cohort_id: str) -> Response | str | tuple[str, int]:
    """The next term: what comes along, and when its rounds would be."""
    found = cohort_for_director(reader(), actor(), cohort_id)
    if request.method == "GET":
        weeks = request.args.get("weeks", type=int) or _YEAR
        form = CloneForm(formdata=None, data={"name": found.name, "weeks": weeks, "with_tutors": True})
        return _clone_page(found, form)
    before = answered_before(actor=actor().public_id)
    if before:
        return before
    form = CloneForm()
    if not form.validate_on_submit():
        return _clone_page(found, form), 422

    def verb(session: Session) -> str:
        made = clone_for_next_term(
            session,
            actor=actor(),
            cohort=cohort_for_director(session, actor(), cohort_id),
            name=form.name.data or "",
            weeks=form.weeks.data or 0,
            with_tutors=bool(form.with_tutors.data),
            now=now(),
        )
        return url_for("cohorts.cohort", cohort_id=made.public_id)

    try:
        answer = perform(verb, actor=actor().public_id)
    except Invalid as error:
        form.refuse(error)
        return _clone_page(found, form), 422
    flash(gettext("The next term is ready: its rounds are drafts, and its students come next."), "success")
    return answer


def _clone_page(cohort: Cohort, form: CloneForm) -> str:
    weeks = form.weeks.data if form.weeks.data and 1 <= form.weeks.data <= MOST_WEEKS else _YEAR
    return render_template(
        "cohorts/clone.html",
        cohort=cohort,
        form=form,
        weeks=ngettext("%(num)d week", "%(num)d weeks", weeks),
        shifts=[_shift(found, weeks) for found in rounds_in(reader(), cohort)],
        sets=[line.name for line in group_set_lines(reader(), cohort)],
        tutors=[line.name for line in tutors_of(reader(), cohort.id)],
    )


def _shift(found: Round, weeks: int) -> Shift:
    times = Schedule(found.zone, found.opens_at, found.due_at, found.revisit_at, found.close_at)
    try:
        new = shifted(times, timedelta(weeks=weeks))
    except Invalid:
        new = None
    return Shift(
        found.case_version.case.title,
        moment(found.opens_at, zone=found.zone),
        moment(new.opens_at, zone=found.zone) if new else None,
        moment(new.due_at, zone=found.zone) if new else None,
    )
