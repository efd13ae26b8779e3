"""Coming in by a cohort's code, and what its director does with the code and with those who ask."""

from typing import cast

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts import joining
from ethics.cohorts.joining import Newcomer
from ethics.cohorts.models import Cohort
from ethics.cohorts.queries import cohort_for_director
from ethics.config import Settings
from ethics.errors import Invalid, NotFound
from ethics.people import passwords
from ethics.people.actions import TooManyTries
from ethics.people.sessions import start_session
from ethics.web import auth, devices
from ethics.web.auth import actor, public, signed_in
from ethics.web.forms.cohorts import AboutPerson, CodeForm, ProfessionForm, code_form
from ethics.web.forms.people import NewPasswordForm
from ethics.web.mail import public_url
from ethics.web.messages import say
from ethics.web.people import end_former, let_in, wait_words
from ethics.web.session import now, perform, reader, writing
from ethics.web.shown import vocabulary
from ethics.web.times import moment, zone_name

blueprint = Blueprint("joining", __name__)

LINK_SECONDS = 86_400

say(
    {
        "removed-here": lazy_gettext(
            "You were removed from this cohort. Its director can bring you back; a code can’t."
        ),
        "code-ends-in-the-past": lazy_gettext("This moment has passed. Choose a later one, or none."),
    }
)


@blueprint.get("/join/<string:code>")
@public
def join(code: str) -> Response | str:
    """The door of a cohort, for whoever has its code."""
    try:
        found = joining.cohort_with_code(reader(), code, now=now())
    except NotFound:
        return _nobody()
    return _door(found, code, _form())


@blueprint.post("/join/<string:code>")
@public
def send_join(code: str) -> Response:
    """Come in, or ask to."""
    try:
        found = joining.cohort_with_code(reader(), code, now=now())
        return _enter(code) if auth.signed_in_person() else _ask(found, code)
    except NotFound:
        return _nobody()


@blueprint.route("/join/<string:code>/<string:token>", methods=["GET", "POST"])
@public
def confirm(code: str, token: str) -> Response:
    """Choose a password, with the link that came by mail, and be in."""
    form = NewPasswordForm()
    try:
        joining.cohort_with_code(reader(), code, now=now())
        person = _opened(code, token)
        if request.method == "GET":
            return _password_page(form, person, 200)
        if not form.validate():
            return _password_page(form, person, 422)
        password_hash = passwords.make_hash(form.password.data or "", not_like=(person.name, person.email))
        with writing() as session:
            user = joining.come_in(session, code=code, person=person, password_hash=password_hash, now=now())
            end_former(session)
            cookie = start_session(session, user=user, device=devices.device_name(), own_device=False, now=now())
    except NotFound:
        return _nobody()
    except Invalid as error:
        if error.code == "has-account":
            return make_response(render_template("people/link_gone.html"), 410)
        form.refuse(error)
        return _password_page(form, person, 422)
    auth.enter(cookie)
    return let_in(redirect(url_for("home.home"), code=303), user.public_id, cookie, own_device=False)


@blueprint.get("/cohorts/<string:cohort_id>/join")
@signed_in
def code(cohort_id: str) -> str:
    """The code of a cohort, until when it works, and who has asked to come in."""
    found = cohort_for_director(reader(), actor(), cohort_id)
    return _code_page(found, code_form(found.join_ends_at, found.zone))


@blueprint.post("/cohorts/<string:cohort_id>/join")
@signed_in
def set_code(cohort_id: str) -> Response | tuple[str, int]:
    """Make a code, make another, set its end, or switch it off."""
    found = cohort_for_director(reader(), actor(), cohort_id)
    form = CodeForm()
    if not form.validate():
        return _code_page(found, form), 422
    ends_at = form.ends_at(found.zone)

    def verb(session: Session) -> str:
        match request.form.get("then"):
            case "off":
                joining.drop_code(session, actor=actor(), cohort_id=cohort_id, now=now())
            case "end":
                joining.set_code_end(session, actor=actor(), cohort_id=cohort_id, ends_at=ends_at, now=now())
            case _:
                joining.make_code(session, actor=actor(), cohort_id=cohort_id, ends_at=ends_at, now=now())
        return url_for(".code", cohort_id=cohort_id)

    try:
        answer = perform(verb, actor=actor().public_id)
    except Invalid as error:
        form.refuse(error)
        return _code_page(found, form), 422
    flash(gettext("The code is switched off.") if request.form.get("then") == "off" else gettext("It is kept."))
    return answer


@blueprint.post("/cohorts/<string:cohort_id>/requests/<string:request_id>")
@signed_in
def answer_request(cohort_id: str, request_id: str) -> Response:
    """Let in who has asked, or not."""
    cohort_for_director(reader(), actor(), cohort_id)
    admits = request.form.get("then") == "admit"

    def verb(session: Session) -> str:
        answer = joining.admit if admits else joining.turn_down
        answer(session, actor=actor(), cohort_id=cohort_id, request_id=request_id, now=now())
        return url_for(".code", cohort_id=cohort_id, _anchor="requests")

    answer = perform(verb, actor=actor().public_id)
    flash(
        gettext("They are in. Their link is among those you can print.") if admits else gettext("Taken off the list.")
    )
    return answer


def _enter(code: str) -> Response:
    form = _profession_form()
    if not form.validate():
        found = joining.cohort_with_code(reader(), code, now=now())
        return make_response(_door(found, code, form), 422)

    def verb(session: Session) -> str:
        joining.join(session, actor=actor(), code=code, profession=form.profession.data or None, now=now())
        return url_for("home.home")

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("You are in. What your cohort does next stands here."), "success")
    return answer


def _ask(found: Cohort, code: str) -> Response:
    form = _person_form()
    if not form.validate():
        return make_response(_door(found, code, form), 422)
    try:
        person = form.person
        with writing() as session:
            if _settings().mail_url:
                token = _seal(code, person)
                joining.ask_by_mail(session, code=code, person=person, place=devices.place(), token=token, now=now())
            else:
                joining.ask_director(session, code=code, person=person, place=devices.place(), now=now())
    except TooManyTries as error:
        form.form_errors.append(wait_words(error.wait))
        return make_response(_door(found, code, form), 429)
    except Invalid as error:
        form.refuse(error)
        return make_response(_door(found, code, form), 422)
    return redirect(url_for(".join", code=code, sent=1), code=303)


def _door(found: Cohort, code: str, form: AboutPerson | ProfessionForm) -> str:
    person = auth.signed_in_person()
    place = joining.place_in(reader(), person.actor, found) if person else None
    return render_template(
        "joining/join.html",
        cohort=found,
        code=code,
        form=form,
        place=place,
        removed=place is not None and place.left_at is not None,
        sent="sent" in request.args,
        has_mail=bool(_settings().mail_url),
    )


def _code_page(found: Cohort, form: CodeForm) -> str:
    professions = vocabulary().professions
    spelt = joining.spell_code(found.join_code) if found.join_code else None
    return render_template(
        "joining/code.html",
        cohort=found,
        form=form,
        code=spelt,
        url=public_url("joining.join", code=spelt) if spelt else None,
        ended=found.join_ends_at is not None and found.join_ends_at <= now(),
        ends=moment(found.join_ends_at, zone=found.zone) if found.join_ends_at else None,
        zone=zone_name(found.zone),
        requests=[
            (each, professions[each.profession].name if each.profession and each.profession in professions else None)
            for each in joining.requests(reader(), found)
        ],
        has_mail=bool(_settings().mail_url),
        may_change=found.archived_at is None,
    )


def _form() -> AboutPerson | ProfessionForm:
    return _profession_form() if auth.signed_in_person() else _person_form()


def _person_form() -> AboutPerson:
    form = AboutPerson()
    form.offer(vocabulary().professions.values())
    return form


def _profession_form() -> ProfessionForm:
    form = ProfessionForm()
    form.offer(vocabulary().professions.values())
    return form


def _nobody() -> Response:
    return make_response(render_template("joining/nobody.html"), 404)


def _password_page(form: NewPasswordForm, person: Newcomer, status: int) -> Response:
    page = render_template("people/set_password.html", form=form, kind="activation", email=person.email)
    return make_response(page, status)


def _seal(code: str, person: Newcomer) -> str:
    return str(_signer().dumps([code, person.name, person.email, person.profession]))


def _opened(code: str, token: str) -> Newcomer:
    """Who asked with this code. Raises NotFound for a link that is not ours, too old, or for another code."""
    try:
        of_code, name, email, profession = _signer().loads(token, max_age=LINK_SECONDS)
    except BadSignature:
        raise NotFound from None
    if of_code != code:
        raise NotFound
    return Newcomer(name, email, profession)


def _signer() -> URLSafeTimedSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt="ethics.join")


def _settings() -> Settings:
    return cast("Settings", current_app.config["ETHICS"])
