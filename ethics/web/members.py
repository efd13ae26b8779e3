"""A cohort's people for its director: the list, one of them, and the links that let them in."""

from collections.abc import Callable

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts import actions
from ethics.cohorts.joining import bring_in
from ethics.cohorts.links import Printed, never_came, print_links, send_links
from ethics.cohorts.members import Show, groups_of, member_for_director, numbers_of, people_of
from ethics.cohorts.models import Cohort, CohortRole, Membership
from ethics.cohorts.queries import cohort_for_director
from ethics.errors import Invalid, NotFound
from ethics.people.activation import Account, mail_links
from ethics.people.models import User
from ethics.web.auth import actor, signed_in
from ethics.web.forms.cohorts import AddForm, ProfessionForm
from ethics.web.mail import public_url
from ethics.web.messages import say
from ethics.web.session import answered_before, now, perform, reader, writing
from ethics.web.shown import vocabulary
from ethics.web.toasts import undoable

blueprint = Blueprint("members", __name__)

say(
    {
        "member-already": lazy_gettext("This person has a place in this cohort already; one person has one role here."),
        "only-administrators": lazy_gettext("Only an administrator makes, changes or removes directors."),
        "not-here": lazy_gettext("This person is not in the cohort. Bring them back first."),
    }
)


@blueprint.get("/cohorts/<string:cohort_id>/people")
@signed_in
def people(cohort_id: str) -> str:
    """Everybody in a cohort, to look through, search and narrow."""
    return _people_page(cohort_for_director(reader(), actor(), cohort_id), _add_form())


@blueprint.post("/cohorts/<string:cohort_id>/people")
@signed_in
def add(cohort_id: str) -> Response | tuple[str, int]:
    """Give one person a place; a link goes out where mail is set up."""
    found = cohort_for_director(reader(), actor(), cohort_id)
    form = _add_form()
    before = answered_before(actor=actor().public_id)
    if before:
        return before
    if not form.validate():
        return _people_page(found, form), 422

    def verb(session: Session) -> str:
        cohort = cohort_for_director(session, actor(), cohort_id)
        role = CohortRole(form.role.data)
        user = bring_in(session, actor=actor(), cohort=cohort, person=form.person, role=role, now=now())
        if _has_mail():
            account = Account(user.id, user.public_id, user.email, user.name)
            mail_links(session, actor=actor(), accounts=[account], now=now())
        return url_for("members.person", cohort_id=cohort_id, user_id=user.public_id)

    try:
        answer = perform(verb, actor=actor().public_id)
    except Invalid as error:
        form.refuse(Invalid(error.code, error.field or "email"))
        return _people_page(found, form), 422
    flash(gettext("They are in."), "success")
    return answer


@blueprint.get("/cohorts/<string:cohort_id>/people/<string:user_id>")
@signed_in
def person(cohort_id: str, user_id: str) -> str:
    """One person's place in a cohort, and what can be done with it."""
    cohort, membership, user = member_for_director(reader(), actor(), cohort_id, user_id)
    return _person_page(cohort, membership, user)


@blueprint.post("/cohorts/<string:cohort_id>/people/<string:user_id>/profession")
@signed_in
def profession(cohort_id: str, user_id: str) -> Response | tuple[str, int]:
    """Set what somebody studies or works as."""
    cohort, membership, user = member_for_director(reader(), actor(), cohort_id, user_id)
    form = ProfessionForm()
    form.offer(vocabulary().professions.values())
    if not form.validate():
        return _person_page(cohort, membership, user), 422

    def verb(session: Session, membership: Membership) -> None:
        actions.change_profession(
            session, actor=actor(), membership=membership, profession=form.profession.data or None, now=now()
        )

    answer = _to_member(cohort_id, user_id, verb)
    flash(gettext("The profession is kept."), "success")
    return answer


@blueprint.post("/cohorts/<string:cohort_id>/people/<string:user_id>/role")
@signed_in
def role(cohort_id: str, user_id: str) -> Response:
    """Make a student a tutor, or a tutor a student."""
    wanted = {"student": CohortRole.STUDENT, "tutor": CohortRole.TUTOR}.get(request.form.get("role", ""))

    def verb(session: Session, membership: Membership) -> None:
        if wanted is None:
            raise Invalid("not-here")
        actions.change_role(session, actor=actor(), membership=membership, role=wanted, now=now())

    answer = _to_member(cohort_id, user_id, verb)
    flash(gettext("The role is changed."), "success")
    return answer


@blueprint.post("/cohorts/<string:cohort_id>/people/<string:user_id>/remove")
@signed_in
def remove(cohort_id: str, user_id: str) -> Response:
    """Take somebody out of the cohort; what they wrote stays."""

    def verb(session: Session, membership: Membership) -> None:
        actions.remove_member(session, actor=actor(), membership=membership, now=now())

    answer = _to_member(cohort_id, user_id, verb)
    undoable(gettext("They are no longer in the cohort."), url_for(".give_back", cohort_id=cohort_id, user_id=user_id))
    return answer


@blueprint.post("/cohorts/<string:cohort_id>/people/<string:user_id>/return")
@signed_in
def give_back(cohort_id: str, user_id: str) -> Response:
    """Give somebody back the place they were removed from."""

    def verb(session: Session, membership: Membership) -> None:
        actions.return_member(session, actor=actor(), membership=membership, now=now())

    answer = _to_member(cohort_id, user_id, verb)
    flash(gettext("They are back, with everything as it was."), "success")
    return answer


@blueprint.get("/cohorts/<string:cohort_id>/links")
@signed_in
def links(cohort_id: str) -> str:
    """Who has never come in, and how they get their links."""
    return _links_page(cohort_for_director(reader(), actor(), cohort_id), [])


@blueprint.post("/cohorts/<string:cohort_id>/links")
@signed_in
def make_links(cohort_id: str) -> Response | str:
    """Make links anew: printed in the answer, this once, or sent by mail. With `person`, for one of them."""
    found = cohort_for_director(reader(), actor(), cohort_id)
    whom = request.form.get("person") or None
    if request.form.get("then") == "mail" and _has_mail():
        return _send(cohort_id, whom)
    with writing() as session:
        printed = print_links(session, actor=actor(), cohort_id=cohort_id, now=now(), person=whom)
    if not printed:
        flash(gettext("There is nobody whose link you can hold."))
    return _links_page(found, printed)


def _send(cohort_id: str, whom: str | None) -> Response:
    sent: list[int] = []

    def verb(session: Session) -> str:
        sent.append(send_links(session, actor=actor(), cohort_id=cohort_id, now=now(), person=whom))
        return url_for(".links", cohort_id=cohort_id)

    answer = perform(verb, actor=actor().public_id)
    if sent:
        flash(ngettext("%(num)d link is on its way.", "%(num)d links are on their way.", sent[-1]), "success")
    return answer


def _to_member(cohort_id: str, user_id: str, verb: Callable[[Session, Membership], None]) -> Response:
    """Do something to somebody's place, and go back to their page."""
    member_for_director(reader(), actor(), cohort_id, user_id)

    def done(session: Session) -> str:
        _, membership, _ = member_for_director(session, actor(), cohort_id, user_id)
        verb(session, membership)
        return url_for("members.person", cohort_id=cohort_id, user_id=user_id)

    return perform(done, actor=actor().public_id)


def _people_page(found: Cohort, form: AddForm) -> str:
    try:
        show = Show(request.args.get("show", Show.ALL))
    except ValueError:
        raise NotFound from None
    search = request.args.get("q", "").strip()[:200]
    after = request.args.get("after", "")
    numbers = numbers_of(reader(), found)
    lines, more = people_of(reader(), actor(), found.public_id, show=show, search=search, after=after)

    def page(after: str | None) -> str:
        wish = None if show is Show.ALL else show.value
        return url_for(".people", cohort_id=found.public_id, after=after, show=wish, q=search or None)

    return render_template(
        "cohorts/people.html",
        cohort=found,
        form=form,
        people=lines,
        search=search,
        show=show,
        shows=[(each, words, numbers[each]) for each, words in show_words()],
        first=page(None) if after else None,
        next=page(lines[-1].public_id) if more else None,
        professions={term.id: term.name for term in vocabulary().professions.values()},
        roles=role_words(),
        may_change=found.archived_at is None,
    )


def _person_page(cohort: Cohort, membership: Membership, user: User) -> str:
    form = ProfessionForm(formdata=None, profession=membership.profession or "")
    form.offer(vocabulary().professions.values())
    waiting = [each for each in never_came(reader(), actor(), cohort.public_id) if each.public_id == user.public_id]
    return render_template(
        "cohorts/person.html",
        cohort=cohort,
        membership=membership,
        user=user,
        form=form,
        role=CohortRole(membership.role),
        role_name=role_words()[CohortRole(membership.role)],
        groups=groups_of(reader(), membership),
        gone=membership.left_at is not None,
        waiting=waiting[0] if waiting else None,
        oneself=user.id == actor().id,
        may_change=cohort.archived_at is None,
        has_mail=_has_mail(),
    )


def _links_page(found: Cohort, printed: list[Printed]) -> str:
    return render_template(
        "cohorts/links.html",
        cohort=found,
        waiting=never_came(reader(), actor(), found.public_id),
        printed=[(each.name, each.email, public_url("people.activate", token=each.token)) for each in printed],
        roles=role_words(),
        has_mail=_has_mail(),
        may_change=found.archived_at is None,
    )


def _add_form() -> AddForm:
    form = AddForm()
    form.offer(vocabulary().professions.values())
    return form


def role_words() -> dict[CohortRole, str]:
    """What a role in a cohort is called."""
    return {
        CohortRole.STUDENT: gettext("student"),
        CohortRole.TUTOR: gettext("tutor"),
        CohortRole.DIRECTOR: gettext("director"),
    }


def show_words() -> list[tuple[Show, str]]:
    """What the lists of a cohort's people are called, in their order."""
    return [
        (Show.ALL, gettext("Everybody")),
        (Show.STUDENTS, gettext("Students")),
        (Show.TUTORS, gettext("Tutors")),
        (Show.DIRECTORS, gettext("Directors")),
        (Show.NEVER_CAME, gettext("Never came in")),
        (Show.WITHOUT_GROUP, gettext("Without a group")),
        (Show.REMOVED, gettext("Removed")),
    ]


def _has_mail() -> bool:
    return bool(current_app.config["ETHICS"].mail_url)
