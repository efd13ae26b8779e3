"""Signing in and out, links by mail, and one's own account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import cast

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts.queries import is_only_student
from ethics.config import Settings
from ethics.errors import Invalid, NotFound
from ethics.insights.news import zone_of
from ethics.notices.actions import plan_anew, tell
from ethics.people import actions, passwords, queries
from ethics.people.passwords import Checked
from ethics.people.sessions import end_all_sessions, end_device, end_session, start_session
from ethics.rounds.calendar import feed_since
from ethics.web import auth, devices, kept
from ethics.web.auth import actor, public, signed_in
from ethics.web.forms.people import ChangePasswordForm, ForgotForm, NewPasswordForm, SignInForm, ZoneForm
from ethics.web.messages import say
from ethics.web.session import answered_before, now, perform, reader, writing
from ethics.web.times import Shown, moment

blueprint = Blueprint("people", __name__)

DEMO_PASSWORD = "ethics-demo"  # noqa: S105  # it is written on the page, in development only
DEMO_ACCOUNTS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class DeviceShown:
    """A line of the list of devices."""

    public_id: str
    name: str
    own: bool
    current: bool
    since: Shown
    last_seen: Shown


say(
    {
        "wrong-password": lazy_gettext("Address and password don’t go together. Your password may have changed."),
        "password-short": lazy_gettext("Eight characters at least, please."),
        "password-long": lazy_gettext("At most 128 characters, please."),
        "password-common": lazy_gettext(
            "Many people use this one, so it is among the first that are tried. Please take another."
        ),
        "password-own": lazy_gettext("Your name or address is too easy to guess. Please take another."),
        "email": lazy_gettext("This does not look like an email address."),
        "email-taken": lazy_gettext("Somebody has an account with this address."),
        "unknown-zone": lazy_gettext("Please choose one from the list."),
        "not-administrator": lazy_gettext("Only an administrator can do this."),
        "own-role": lazy_gettext("Nobody can give a role to themselves. Ask another administrator."),
    }
)


@blueprint.get("/sign-in")
@public
def sign_in() -> Response | str:
    """The page to sign in on."""
    target = auth.safe_next(request.args.get("next"))
    if auth.signed_in_person():
        return redirect(target or url_for("home.home"), code=303)
    return _sign_in_page(SignInForm(formdata=None, next=target))


@blueprint.post("/sign-in")
@public
def send_sign_in() -> Response:
    """Sign in with address and password; a text kept from an expired sign-in is shown again then."""
    form = SignInForm()
    if not form.validate():
        return make_response(_sign_in_page(form), 422)
    try:
        entry = begin_session(
            form.email.data or "",
            form.password.data or "",
            own_device=lambda session, user_id: form.own_device.data and is_only_student(session, user_id),
        )
    except actions.TooManyTries as error:
        form.form_errors.append(wait_words(error.wait))
        return make_response(_sign_in_page(form), 429)
    except Invalid as error:
        form.refuse(error)
        return make_response(_sign_in_page(form), 422)
    auth.enter(entry.token)
    page = kept.unpack(form.kept.data, person=entry.public_id) if form.kept.data else None
    target = auth.safe_next(form.next.data) or url_for("home.home")
    return let_in(page or redirect(target, code=303), entry.public_id, entry.token, own_device=entry.own_device)


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End this device's session, whether or not it has run out already."""
    with writing() as session:
        end_former(session)
    answer = redirect(url_for("people.sign_in"), code=303)
    auth.leave(answer)
    flash(gettext("You are signed out."))
    return answer


@blueprint.get("/forgot")
@public
def forgot() -> str:
    """Ask for a link that sets a new password."""
    return render_template(
        "people/forgot.html",
        form=ForgotForm(formdata=None),
        sent="sent" in request.args,
        has_mail=bool(_settings().mail_url),
    )


@blueprint.post("/forgot")
@public
def send_forgot() -> Response:
    """Send the link, and say the same whether or not anybody has this address."""
    form = ForgotForm()
    if not form.validate():
        return make_response(render_template("people/forgot.html", form=form, sent=False, has_mail=True), 422)
    with writing() as session:
        actions.forgot(session, email=form.email.data or "", place=devices.place(), now=now())
    return redirect(url_for("people.forgot", sent=1), code=303)


@blueprint.route("/activate/<string:token>", methods=["GET", "POST"])
@public
def activate(token: str) -> Response:
    """Set the first password, with the link that came with the account."""
    return _use_link(actions.ACTIVATION, token)


@blueprint.route("/reset/<string:token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Response:
    """Set a new password, with a link by mail."""
    return _use_link(actions.RESET, token)


@blueprint.get("/account")
@signed_in
def account() -> str:
    """Who one is here, where one is signed in, and one's own zone."""
    return account_page()


@blueprint.post("/account/zone")
@signed_in
def set_zone() -> Response:
    """Keep the zone one lives in."""
    form = ZoneForm()
    if not form.validate():
        return make_response(account_page(form), 422)

    def verb(session: Session) -> str:
        actions.set_zone(session, actor=actor(), zone=form.zone.data)
        plan_anew(session, user_id=actor().id, zone=zone_of(session, actor()), now=now())
        return url_for("people.account")

    return _done(verb, gettext("Saved."))


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in
def change_password() -> Response:
    """Take another password, knowing the old one; every other device is signed out."""
    form = ChangePasswordForm()
    user = queries.own_user(reader(), actor())
    if request.method == "GET":
        return _change_page(form, user.email, 200)
    before = answered_before(actor=actor().public_id)
    if before:
        return before
    if not form.validate():
        return _change_page(form, user.email, 422)
    try:
        candidate, checked = check_password(user.email, form.old_password.data or "")
        password_hash = passwords.make_hash(form.password.data or "", not_like=(user.name, user.email))

        def verb(session: Session) -> str:
            actions.change_password(
                session,
                actor=actor(),
                candidate=candidate,
                checked=checked,
                password_hash=password_hash,
                keep=_own_session(),
                now=now(),
            )
            tell(session, user_id=actor().id, kind="password-changed", now=now())
            return url_for("people.account")

        return _done(verb, gettext("Your password is changed, and every other device is signed out."))
    except actions.TooManyTries as error:
        form.form_errors.append(wait_words(error.wait))
        return _change_page(form, user.email, 429)
    except Invalid as error:
        form.refuse(error)
        return _change_page(form, user.email, 422)


@blueprint.post("/account/devices/<string:device>/end")
@signed_in
def end_one(device: str) -> Response:
    """Sign out one of one's own devices."""

    def verb(session: Session) -> str:
        end_device(session, actor=actor(), public_id=device)
        return url_for("people.account")

    return _done(verb, gettext("That device is signed out."))


@blueprint.post("/account/devices/end-others")
@signed_in
def end_others() -> Response:
    """Sign out every device but this one."""

    def verb(session: Session) -> str:
        end_all_sessions(session, user_id=actor().id, but=_own_session())
        return url_for("people.account")

    return _done(verb, gettext("Every other device is signed out."))


@dataclass(frozen=True, slots=True)
class Entry:
    """A sign-in session that has just begun."""

    public_id: str
    token: str
    own_device: bool


def begin_session(email: str, password: str, *, own_device: Callable[[Session, int | None], bool]) -> Entry:
    """Begin a sign-in session in the place of the one that this browser had.

    `own_device` is asked, with the id of whose address it is, before the password is known to be right. Raises
    TooManyTries, and Invalid for a wrong password.
    """
    candidate, checked = check_password(email, password)
    with writing() as session:
        is_own = own_device(session, candidate.user_id)
        user, token = actions.sign_in(
            session, candidate=candidate, checked=checked, device=devices.device_name(), own_device=is_own, now=now()
        )
        end_former(session)
    return Entry(user.public_id, token, is_own)


def check_password(email: str, password: str) -> tuple[actions.Candidate, Checked]:
    """Count the try, then hash outside any transaction."""
    with writing() as session:
        candidate = actions.begin_sign_in(
            session, email=email, place=devices.place(), known_user=devices.known_user(), now=now()
        )
    return candidate, passwords.check(candidate.password_hash, password)


def _use_link(kind: str, token: str) -> Response:
    try:
        user = queries.find_link(reader(), kind=kind, token=token, now=now()).user
        form = NewPasswordForm()
        if request.method == "GET":
            return _link_page(form, kind, user.email, 200)
        if not form.validate():
            return _link_page(form, kind, user.email, 422)
        password_hash = passwords.make_hash(form.password.data or "", not_like=(user.name, user.email))
        with writing() as session:
            user = actions.use_link(session, kind=kind, token=token, password_hash=password_hash, now=now())
            tell(session, user_id=user.id, kind="password-changed", now=now())
            end_former(session)
            cookie = start_session(session, user=user, device=devices.device_name(), own_device=False, now=now())
    except NotFound:
        return make_response(render_template("people/link_gone.html"), 410)
    except Invalid as error:
        form.refuse(error)
        return _link_page(form, kind, user.email, 422)
    auth.enter(cookie)
    return let_in(redirect(url_for("home.home"), code=303), user.public_id, cookie, own_device=False)


def let_in(answer: Response | str, public_id: str, token: str, *, own_device: bool) -> Response:
    """The answer to who has just signed in, with the cookies of the sign-in session and of the browser."""
    response = make_response(answer)
    auth.hand_over(response, token, own_device=own_device)
    devices.remember_browser(response, public_id)
    return response


def end_former(session: Session) -> None:
    """End the sign-in session that this browser had before."""
    end_session(session, token=request.cookies.get(auth.cookie_name(), ""))


def _done(verb: Callable[[Session], str], words: str) -> Response:
    answer = perform(verb, actor=actor().public_id)
    flash(words)
    return answer


def _own_session() -> int:
    person = auth.signed_in_person()
    return person.session_id if person else 0


def _settings() -> Settings:
    return cast("Settings", current_app.config["ETHICS"])


def wait_words(wait: timedelta) -> str:
    """What is said to who tried too often."""
    minutes = ceil(wait.total_seconds() / 60)
    words: str = ngettext(
        "That was tried too often. Nothing was checked; please wait a minute, or use a link by mail.",
        "That was tried too often. Nothing was checked; please wait %(num)d minutes, or use a link by mail.",
        minutes,
    )
    return words


def _sign_in_page(form: SignInForm) -> str:
    development = _settings().env == "development"
    return render_template(
        "people/sign_in.html",
        form=form,
        demo=queries.demo_accounts(reader(), most=DEMO_ACCOUNTS_SHOWN) if development else [],
        demo_password=DEMO_PASSWORD,
    )


def _link_page(form: NewPasswordForm, kind: str, email: str, status: int) -> Response:
    return make_response(render_template("people/set_password.html", form=form, kind=kind, email=email), status)


def _change_page(form: ChangePasswordForm, email: str, status: int) -> Response:
    return make_response(render_template("people/change_password.html", form=form, email=email), status)


def account_page(form: ZoneForm | None = None, *, calendar: str | None = None) -> str:
    """One's account; `form` as it was refused, `calendar` the address that was made just now."""
    user = queries.own_user(reader(), actor())
    zone = user.zone or "UTC"
    shown = [
        DeviceShown(
            device.public_id,
            device.name or gettext("A browser"),
            device.own,
            device.current,
            moment(device.since, zone=zone),
            moment(device.last_seen, zone=zone),
        )
        for device in queries.devices(reader(), actor(), current=_own_session(), now=now())
    ]
    since = feed_since(reader(), actor())
    return render_template(
        "people/account.html",
        name=user.name,
        email=user.email,
        devices=shown,
        form=form or ZoneForm(formdata=None, zone=actor().zone or ""),
        calendar=calendar,
        calendar_since=moment(since, zone=zone) if since else None,
    )
