"""A cohort's page: its rounds, its groups, its urgent contacts."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts.actions import set_contacts
from ethics.cohorts.joining import asking
from ethics.cohorts.members import Show, numbers_of
from ethics.cohorts.models import Cohort, CohortRole
from ethics.cohorts.queries import cohort_for_director, cohort_for_faculty, group_sets, groups_with_members
from ethics.errors import Invalid
from ethics.insights.duties import GroupWaiting, groups_waiting
from ethics.rounds.queries import rounds_of
from ethics.web import loop
from ethics.web.auth import actor, signed_in
from ethics.web.forms.rounds import ContactsForm
from ethics.web.groups import group_shown
from ethics.web.members import show_words
from ethics.web.messages import say
from ethics.web.session import now, perform, reader
from ethics.web.times import waiting

blueprint = Blueprint("cohorts", __name__)

say(
    {
        "cohort-archived": lazy_gettext("This cohort is archived; it can only be read."),
    }
)


@blueprint.get("/cohorts/<string:cohort_id>")
@signed_in
def cohort(cohort_id: str) -> str:
    """A cohort for its faculty."""
    found, role = cohort_for_faculty(reader(), actor(), cohort_id)
    return _cohort_page(found, role, _contacts_form(found))


@blueprint.post("/cohorts/<string:cohort_id>/contacts")
@signed_in
def contacts(cohort_id: str) -> Response | tuple[str, int]:
    """Set the urgent contacts."""
    found = cohort_for_director(reader(), actor(), cohort_id)
    form = ContactsForm()
    if not form.validate_on_submit():
        return _cohort_page(found, CohortRole.DIRECTOR, form), 422

    def verb(session: Session) -> str:
        set_contacts(
            session,
            actor=actor(),
            cohort_id=cohort_id,
            call=form.call.data or "",
            incident_reporting=form.incident_reporting.data or "",
            support_name=form.support_name.data or "",
            now=now(),
        )
        return url_for("cohorts.cohort", cohort_id=cohort_id)

    try:
        answer = perform(verb, actor=actor().public_id)
    except Invalid as error:
        form.refuse(error)
        return _cohort_page(found, CohortRole.DIRECTOR, form), 422
    flash(gettext("The urgent contacts are set."), "success")
    return answer


def _cohort_page(found: Cohort, role: CohortRole, form: ContactsForm) -> str:
    sets = group_sets(reader(), found)
    waits: dict[str, list[str]] = {}
    for line in groups_waiting(reader(), actor()):
        waits.setdefault(line.round_id, []).append(_waits(line))
    return render_template(
        "cohorts/cohort.html",
        cohort=found,
        may_change=role is CohortRole.DIRECTOR and found.archived_at is None,
        people=_people(found) if role is CohortRole.DIRECTOR else None,
        sets=[
            (group_set, [group_shown(line, found) for line in groups_with_members(reader(), actor(), group_set)])
            for group_set in sets
        ],
        rounds=[
            (line, loop.phase_words(line.round.phase(now())), waits.get(line.round.public_id, []))
            for line in rounds_of(reader(), actor())
            if line.round.cohort_id == found.id
        ],
        form=form,
    )


def _waits(line: GroupWaiting) -> str:
    """How many of a group wait for a first answer, and how long."""
    group, time = line.group or gettext("Without a group"), waiting(line.since, now=now())
    words = ngettext(
        "%(group)s: %(num)d, for %(time)s",
        "%(group)s: %(num)d, the first for %(time)s",
        line.students,
        group=group,
        time=time,
    )
    return str(words)


@dataclass(frozen=True, slots=True)
class PeopleShown:
    """How many people each list of a cohort's people holds, and how many ask to come in."""

    shows: list[tuple[Show, str, int]]
    asking: int

    def number(self, show: str) -> int:
        """How many one list holds."""
        return next(number for each, _, number in self.shows if each == show)


def _people(found: Cohort) -> PeopleShown:
    numbers = numbers_of(reader(), found)
    return PeopleShown([(each, words, numbers[each]) for each, words in show_words()], asking(reader(), found))


def _contacts_form(found: Cohort) -> ContactsForm:
    return ContactsForm(
        data={
            "call": found.call,
            "incident_reporting": found.incident_reporting,
            "support_name": found.support_name,
        }
    )
