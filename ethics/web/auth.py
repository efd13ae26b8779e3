"""Who is asking, and whether a view may be asked at all: the only place that touches Flask-Login."""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response

from ethics.people.actor import Actor
from ethics.people.models import Role
from ethics.people.sessions import IDLE_OWN_DEVICE, SEEN_EVERY, SignedIn, find_session, note_seen
from ethics.web import kept
from ethics.web.addresses import here
from ethics.web.session import now, reader, writing

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed-in"


class Person(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """What Flask-Login carries through a request."""

    def __init__(self, signed_in: SignedIn) -> None:
        self.signed_in = signed_in

    def get_id(self) -> str:
        """The public id."""
        return self.signed_in.actor.public_id


def public(view: View) -> View:
    """Mark a view that anybody may open."""
    view.access = PUBLIC  # type: ignore[attr-defined]  # a mark that tests/house reads
    return view


def signed_in(view: View) -> View:
    """Mark a view for whoever is signed in; what they see is decided below, by the queries."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]  # a mark that tests/house reads
    return view


def role(wanted: Role) -> Callable[[View], View]:
    """Mark a view for one role of the installation; for everybody else it does not exist."""

    def mark(view: View) -> View:
        view.access = wanted  # type: ignore[attr-defined]  # a mark that tests/house reads
        return view

    return mark


def actor() -> Actor:
    """Whoever is signed in. Only for views that are not public."""
    person = signed_in_person()
    if person is None:
        raise RuntimeError("a public view asked who is signed in")
    return person.actor


def signed_in_person() -> SignedIn | None:
    """The valid sign-in session of this request, or None."""
    return cast("Person", current_user).signed_in if current_user.is_authenticated else None


def known_person() -> SignedIn | None:
    """Who is signed in, if that was asked already in this request. Never asks the database."""
    return signed_in_person() if "_login_user" in g else None


def ask_no_more() -> None:
    """Take this request for signed out: the database, which would know, cannot be asked."""
    g._login_user = AnonymousUserMixin()  # Flask-Login's own place for it


def cookie_name() -> str:
    """The cookie with the sign-in token; the prefix makes browsers insist on https and this host."""
    return "__Host-ethics" if current_app.config["SESSION_COOKIE_SECURE"] else "ethics-session"


def enter(token: str) -> SignedIn:
    """Make whoever `token` belongs to the signed-in person of this request, from here on, with a new form token.

    The answer still has to carry the cookie: see `hand_over`.
    """
    _forget_form_token()
    found = find_session(reader(), token, now=now())
    if found is None:
        raise RuntimeError("a new sign-in session is not there")
    g._login_user = Person(found)  # where Flask-Login keeps it for a request
    return found


def hand_over(response: Response, token: str, *, own_device: bool) -> None:
    """Give the browser its cookie: until it closes, or for as long as an own device may be idle."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=IDLE_OWN_DEVICE if own_device else None,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def leave(response: Response) -> None:
    """Take the cookie back, and the form token with it."""
    _forget_form_token()
    response.delete_cookie(
        cookie_name(), secure=bool(current_app.config["SESSION_COOKIE_SECURE"]), httponly=True, samesite="Lax"
    )


def safe_next(address: str | None) -> str | None:
    """The address if it leads back into the application: printable ASCII, one leading slash, no host or backslash."""
    if not address or not address.isascii() or not address.isprintable() or "\\" in address:
        return None
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not address.startswith("/") or address.startswith("//"):
        return None
    return address


def init_app(app: Flask) -> None:
    """Load who is signed in from our own cookie, and answer for every view before it runs."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.request_loader(_load_person)
    app.before_request(_check_access)
    app.after_request(_renew)


def _load_person(_request: object) -> Person | None:
    token = request.cookies.get(cookie_name(), "")
    found = find_session(reader(), token, now=now()) if token else None
    if found is None:
        return None
    if now() - found.last_seen_at >= SEEN_EVERY:
        with writing() as writer:
            note_seen(writer, found, now=now())
        g.seen_anew = found.own_device
    return Person(found)


def _renew(response: Response) -> Response:
    """An own device's cookie lasts from its last use, as its row does."""
    if g.get("seen_anew") and cookie_name() not in "".join(response.headers.getlist("Set-Cookie")):
        hand_over(response, request.cookies[cookie_name()], own_device=True)
    return response


def _forget_form_token() -> None:
    session.clear()
    g.pop("csrf_token", None)


def _check_access() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    access = PUBLIC if request.endpoint == "static" else getattr(view, "access", SIGNED_IN)
    if access == PUBLIC:
        return None
    person = signed_in_person()
    if person is None:
        return _sign_in_first()
    if isinstance(access, Role) and not person.actor.has(access):
        abort(404)
    return None


def _sign_in_first() -> Response:
    g.signed_out = True
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        target = here()
        return redirect(url_for("people.sign_in", next=None if target == "/" else target), code=303)
    return kept.sign_in_again()
