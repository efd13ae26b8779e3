"""The password asked again, before what a borrowed telephone must not do: taking one's work out of the house.

Giving it begins a new sign-in session in the place of the old one, so "given lately" is when the session began, and a
token copied before is worth nothing afterwards.
"""

from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ethics.errors import Invalid
from ethics.people import actions, queries
from ethics.web import auth
from ethics.web.auth import actor, signed_in
from ethics.web.forms.people import PasswordForm
from ethics.web.people import begin_session, let_in, wait_words
from ethics.web.session import now, reader

blueprint = Blueprint("confirm", __name__)

LASTS = timedelta(minutes=10)


def password_was_given_lately() -> bool:
    """Whether whoever is signed in gave their password within LASTS."""
    person = auth.signed_in_person()
    return person is not None and now() < person.since + LASTS


def ask_password(target: str) -> Response:
    """Lead to the page that asks for the password, and from there to `target`: a page, not a file."""
    return redirect(url_for("confirm.confirm", next=target), code=303)


@blueprint.get("/account/confirm")
@signed_in
def confirm() -> str:
    """Ask for the password again."""
    return _page(PasswordForm(formdata=None, next=auth.safe_next(request.args.get("next"))))


@blueprint.post("/account/confirm")
@signed_in
def send_confirm() -> Response:
    """Begin a new sign-in session with the password, on the same terms as the one that ends."""
    form = PasswordForm()
    if not form.validate():
        return make_response(_page(form), 422)
    person = auth.signed_in_person()
    own_device = person is not None and person.own_device
    try:
        email = queries.own_user(reader(), actor()).email
        entry = begin_session(email, form.password.data or "", own_device=lambda *_: own_device)
    except actions.TooManyTries as error:
        form.form_errors.append(wait_words(error.wait))
        return make_response(_page(form), 429)
    except Invalid as error:
        form.refuse(error)
        return make_response(_page(form), 422)
    target = auth.safe_next(form.next.data) or url_for("home.home")
    return let_in(redirect(target, code=303), entry.public_id, entry.token, own_device=entry.own_device)


def _page(form: PasswordForm) -> str:
    return render_template("people/confirm.html", form=form, email=queries.own_user(reader(), actor()).email)
