"""Groups made automatically: looked at, dealt again, and taken as a new set or into an empty one."""

import hashlib
import secrets
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts import groups as acts
from ethics.cohorts.actions import make_group_set
from ethics.cohorts.grouping import divide, numbers_of_groups, usual_number
from ethics.cohorts.models import Cohort
from ethics.cohorts.queries import cohort_for_director, group_set_for_director, group_set_lines, students_of
from ethics.errors import Conflict, Invalid
from ethics.web.auth import actor, signed_in
from ethics.web.forms.groups import NEW_SET, AutomaticForm
from ethics.web.groups import StudentShown, mix, students_shown
from ethics.web.messages import say
from ethics.web.session import answered_before, now, perform, reader

blueprint = Blueprint("automatic", __name__)

_SEEDS = 1_000_000

say(
    {
        "group-set-not-empty": lazy_gettext("This set has groups by now. Choose an empty set, or a new one."),
        "students-changed": lazy_gettext("The class has changed since these groups were made. Look at new ones."),
    }
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Groups that could be made."""

    groups: list[tuple[str, list[StudentShown], str]]
    """Name, students, and the mix in words."""
    number: int
    numbers: list[tuple[int, str]]
    """Into how many groups the class can be divided, and of what size these would be."""
    seed: int
    mark: str
    """Changes with the class."""


@blueprint.get("/cohorts/<string:cohort_id>/groups/automatic")
@signed_in
def look(cohort_id: str) -> str:
    """Groups as they could be made."""
    cohort = cohort_for_director(reader(), actor(), cohort_id)
    return _page(cohort, _form(cohort))


@blueprint.post("/cohorts/<string:cohort_id>/groups/automatic")
@signed_in
def take(cohort_id: str) -> Response | tuple[str, int]:
    """Make the groups that were looked at. Where the class has changed since, new ones are shown."""
    cohort = cohort_for_director(reader(), actor(), cohort_id)
    before = answered_before(actor=actor().public_id)
    if before:
        return before
    form, proposal = _form(cohort), _proposal(cohort)
    if not form.validate_on_submit():
        return _page(cohort, form), 422
    if proposal is None or proposal.mark != request.form.get("mark"):
        return _page(cohort, form, changed=True), 409
    plan = [(name, [student.public_id for student in students]) for name, students, _ in proposal.groups]

    def verb(session: Session) -> str:
        if form.group_set.data == NEW_SET:
            within = make_group_set(session, actor=actor(), cohort=cohort, name=form.name.data or "", now=now())
        else:
            within, _ = group_set_for_director(session, actor(), form.group_set.data)
        acts.fill_group_set(session, actor=actor(), group_set=within, groups=plan, now=now())
        return url_for("groups.board", set_id=within.public_id)

    try:
        answer = perform(verb, actor=actor().public_id)
    except (Invalid, Conflict) as error:
        if isinstance(error, Invalid):
            form.refuse(error)
        changed = isinstance(error, Conflict)
        return _page(cohort, form, changed=changed), 409 if changed else 422
    flash(gettext("The groups are made. Give them their tutors next."), "success")
    return answer


def _proposal(cohort: Cohort) -> Proposal | None:
    lines = students_of(reader(), cohort.id)
    if not lines:
        return None
    numbers = numbers_of_groups(len(lines))
    number = request.values.get("groups", type=int) or usual_number(len(lines))
    number = number if number in numbers else usual_number(len(lines))
    seed = request.values.get("seed", default=0, type=int) % _SEEDS or 1 + secrets.randbelow(_SEEDS - 1)
    by_id = {line.public_id: line for line in lines}
    divided = divide({line.public_id: line.profession for line in lines}, groups=number, seed=seed)
    marks = sorted(f"{line.public_id} {line.profession}" for line in lines)
    return Proposal(
        groups=[
            (
                gettext("Group %(number)s", number=place),
                students_shown(sorted((by_id[student] for student in students), key=lambda line: line.name)),
                mix(by_id[student].profession for student in students),
            )
            for place, students in enumerate(divided, start=1)
        ],
        number=number,
        numbers=[(each, _sizes(len(lines), each)) for each in numbers],
        seed=seed,
        mark=hashlib.sha256("\n".join(marks).encode()).hexdigest(),
    )


def _sizes(students: int, groups: int) -> str:
    size, more = divmod(students, groups)
    of = gettext("of %(size)s or %(more)s", size=size, more=size + 1) if more else gettext("of %(size)s", size=size)
    return f"{ngettext('%(num)d group', '%(num)d groups', groups)} {of}"


def _form(cohort: Cohort) -> AutomaticForm:
    lines = group_set_lines(reader(), cohort)
    # A name to begin with: whoever forgot it would be told below all the groups, out of sight.
    form = AutomaticForm(
        data={"group_set": request.args.get("set", NEW_SET), "name": "" if lines else gettext("Groups")}
    )
    form.offer(
        (line.public_id, gettext("the groups of “%(name)s”, which is empty", name=line.name))
        for line in lines
        if not line.groups
    )
    return form


def _page(cohort: Cohort, form: AutomaticForm, *, changed: bool = False) -> str:
    return render_template(
        "groups/automatic.html",
        cohort=cohort,
        proposal=_proposal(cohort),
        form=form,
        changed=changed,
        may_change=cohort.archived_at is None,
    )
