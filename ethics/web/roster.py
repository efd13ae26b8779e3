"""Bringing a class list in: looked at first, line by line, and done only when the director says so."""

from dataclasses import dataclass

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts.actions import check_may_place
from ethics.cohorts.importing import Outcome, import_roster, plan_import
from ethics.cohorts.models import Cohort, CohortRole
from ethics.cohorts.queries import cohort_for_director, group_sets
from ethics.cohorts.roster import MOST_LINES, Plan, Sheet, Unreadable, parse
from ethics.errors import Conflict, Invalid
from ethics.web.auth import actor, signed_in
from ethics.web.forms.cohorts import NEW_SET, RosterForm
from ethics.web.messages import message, say
from ethics.web.session import answered_before, now, perform, reader
from ethics.web.shown import vocabulary

blueprint = Blueprint("roster", __name__)

say(
    {
        "roster-empty": lazy_gettext("There is nothing in it yet. Choose a file, or paste a table."),
        "roster-too-large": lazy_gettext("This is more than a class list can be. Split it and bring the parts in."),
        "roster-too-long": lazy_gettext("At most %(most)s lines at once, please.", most=MOST_LINES),
        "roster-no-addresses": lazy_gettext(
            "No column holds addresses. The first line has to name the columns, and one of them “Email”."
        ),
        "roster-no-names": lazy_gettext("No column holds names. The first line has to name one of them “Name”."),
        "roster-column-twice": lazy_gettext("Two columns mean the same, so that it is not plain which to read."),
        "roster-quotes": lazy_gettext(
            "From line %(line)s on, a quotation mark is not closed, or closes in the middle of a text."
        ),
        "roster-problems": lazy_gettext("Nothing was imported: mend the lines below, or leave them out."),
        "roster-changed": lazy_gettext(
            "Nothing was imported: since you looked, the list or the cohort has changed. This is how it would be now."
        ),
        "line-no-address": lazy_gettext("There is no address."),
        "line-bad-address": lazy_gettext(
            "This is no address. Some exports hold login names there: put the address in."
        ),
        "line-twice": lazy_gettext("This address stands in line %(hint)s already."),
        "line-no-name": lazy_gettext("There is no name."),
        "line-name-too-long": lazy_gettext("This is too long for a name."),
        "line-unknown-profession": lazy_gettext("This profession is not known here. Did you mean “%(hint)s”?"),
        "line-unlike-any-profession": lazy_gettext(
            "This profession is not known here. Take one of those that are known, or leave it empty."
        ),
        "line-is-faculty": lazy_gettext("This person teaches in this cohort, and nobody has two roles in one."),
        "line-was-faculty": lazy_gettext(
            "This person taught in this cohort. To make a student of them, open their page."
        ),
        "line-tutor-too": lazy_gettext("Line %(hint)s calls this person a tutor; nobody has two roles."),
        "line-tutor-is-student": lazy_gettext("The tutor this line names is a student of this cohort."),
        "line-bad-tutor-role": lazy_gettext(
            "The tutor this line names was a director here; an administrator brings them back."
        ),
        "line-bad-tutor": lazy_gettext("The tutor has to be an address; several are parted by semicolons."),
        "line-tutor-without-group": lazy_gettext("A tutor is named, and no group to teach."),
        "line-group-too-long": lazy_gettext("This is too long for the name of a group."),
        "line-several-groups": lazy_gettext("Several groups stand here; leave the one that counts for this group set."),
    }
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem in words."""

    line: int
    text: str
    value: str


@blueprint.get("/cohorts/<string:cohort_id>/roster")
@signed_in
def roster(cohort_id: str) -> str:
    """Where a class list is brought in."""
    found = _open_cohort(cohort_id)
    return _page(found, _form(found))


@blueprint.post("/cohorts/<string:cohort_id>/roster")
@signed_in
def send(cohort_id: str) -> Response | tuple[str, int]:
    """Show what a class list would change; with `then=import`, do it, if that is still what was shown."""
    found = _open_cohort(cohort_id)
    before = answered_before(actor=actor().public_id)
    if before:
        return before
    form = _form(found)
    form.take_file()
    if not form.validate():
        return _page(found, form), 422
    try:
        sheet = parse(form.text.data or "")
    except Unreadable as error:
        form.text.errors = [*form.text.errors, message(error.code) % {"line": error.line}]
        return _page(found, form), 422
    return _import(found, form, sheet) if request.form.get("then") == "import" else _look(found, form, sheet, 200)


def _look(found: Cohort, form: RosterForm, sheet: Sheet, status: int) -> tuple[str, int]:
    plan = plan_import(
        reader(), actor=actor(), cohort=found, sheet=sheet, group_set=form.set_name, vocabulary=vocabulary()
    )
    return _page(found, form, sheet, plan), status


def _open_cohort(cohort_id: str) -> Cohort:
    found = cohort_for_director(reader(), actor(), cohort_id)
    check_may_place(reader(), actor(), found, CohortRole.STUDENT)
    return found


def _import(found: Cohort, form: RosterForm, sheet: Sheet) -> Response | tuple[str, int]:
    outcomes: list[Outcome] = []

    def verb(session: Session) -> str:
        done = import_roster(
            session,
            actor=actor(),
            cohort=cohort_for_director(session, actor(), found.public_id),
            sheet=sheet,
            group_set=form.set_name,
            vocabulary=vocabulary(),
            leave_out=bool(form.leave_out.data),
            by_mail=_has_mail(),
            now=now(),
            digest=form.digest.data or "",
        )
        outcomes.append(done)
        came = done.added + done.tutors
        return url_for("members.links" if came and not _has_mail() else "members.people", cohort_id=found.public_id)

    try:
        answer = perform(verb, actor=actor().public_id)
    except (Conflict, Invalid) as error:
        form.form_errors.append(message("roster-changed" if isinstance(error, Conflict) else error.code))
        return _look(found, form, sheet, 409 if isinstance(error, Conflict) else 422)
    if outcomes:
        flash(_said(outcomes[-1]), "success")
    return answer


def _said(done: Outcome) -> str:
    parts = [
        (done.added, ngettext("%(num)d student added", "%(num)d students added", done.added)),
        (done.returned, ngettext("%(num)d came back", "%(num)d came back", done.returned)),
        (done.changed, ngettext("%(num)d profession changed", "%(num)d professions changed", done.changed)),
        (done.moved, ngettext("%(num)d into another group", "%(num)d into other groups", done.moved)),
        (done.tutors, ngettext("%(num)d tutor added", "%(num)d tutors added", done.tutors)),
        (done.mailed, ngettext("%(num)d link on its way by mail", "%(num)d links on their way by mail", done.mailed)),
    ]
    words = ", ".join(text for number, text in parts if number)
    if not words:
        return str(gettext("Nothing had to change."))
    return str(gettext("The class list is in: %(words)s.", words=words))


def _form(found: Cohort) -> RosterForm:
    sets = group_sets(reader(), found)
    form = RosterForm(
        data={"group_set": sets[-1].public_id if sets else NEW_SET, "new_set": "" if sets else gettext("Groups")}
    )
    form.offer(sets)
    return form


def _page(found: Cohort, form: RosterForm, sheet: Sheet | None = None, plan: Plan | None = None) -> str:
    if plan is not None:
        form.digest.data = plan.digest
    return render_template(
        "cohorts/roster.html",
        cohort=found,
        form=form,
        listed=sheet,
        plan=plan,
        troubles=[
            Trouble(problem.line, message(problem.words) % {"hint": problem.hint}, problem.value)
            for problem in plan.problems
        ]
        if plan
        else [],
        professions={term.id: term.name for term in vocabulary().professions.values()},
        set_name=form.set_name,
        has_mail=_has_mail(),
    )


def _has_mail() -> bool:
    return bool(current_app.config["ETHICS"].mail_url)
