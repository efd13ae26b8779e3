"""What a request tells about where it comes from: address, browser, and whom this browser has signed in before."""

import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from ethics.people.attempts import Place

_YEAR = 31_536_000
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_name() -> str:
    """What the browser calls itself, shortened to browser and system; empty when it says nothing we know."""
    agent = request.user_agent.string
    found = (_first(agent, _BROWSERS), _first(agent, _SYSTEMS))
    return ", ".join(filter(None, found))


def place() -> Place:
    """Where a try to sign in comes from."""
    return Place(request.remote_addr or "", _remembered()[1])


def known_user() -> str | None:
    """The public id of whoever signed in from this browser last."""
    return _remembered()[0]


def remember_browser(response: Response, public_id: str) -> None:
    """Let this browser prove later that it has signed `public_id` in: guessers cannot make its owner wait then."""
    known, browser = _remembered()
    if known != public_id or browser is None:
        browser = secrets.token_urlsafe(12)
    response.set_cookie(
        _cookie(),
        _signer().dumps([public_id, browser]),
        max_age=_YEAR,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def _remembered() -> tuple[str | None, str | None]:
    try:
        public_id, browser = _signer().loads(request.cookies.get(_cookie(), ""))
    except BadSignature:
        return None, None
    return str(public_id), str(browser)


def _cookie() -> str:
    return "__Host-ethics-browser" if current_app.config["SESSION_COOKIE_SECURE"] else "ethics-browser"


def _signer() -> URLSafeSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt="ethics.browser")


def _first(agent: str, marks: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in marks if mark in agent), "")
