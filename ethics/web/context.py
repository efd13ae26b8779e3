"""What every template may use: who is signed in, where one can go, forms' hidden fields."""

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import get_locale, get_translations, gettext
from flask_wtf.csrf import generate_csrf

from ethics import markup
from ethics.people.actor import Actor
from ethics.people.models import Role
from ethics.web import kept
from ethics.web.addresses import here
from ethics.web.auth import signed_in_person
from ethics.web.headers import nonce
from ethics.web.notices import bell
from ethics.web.times import zone_name

THEMES = ("light", "dark", "contrast")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class PersonShown:
    """Who is signed in, as the header shows it."""

    name: str
    initials: str


def init_app(app: Flask) -> None:
    """Give templates their context and the filter that trusts stored HTML."""
    app.context_processor(_context)
    # Looked up once a request: a long list asks for a word thousands of times.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # added by jinja2.ext.i18n
        lambda text: _translations().ugettext(text),
        lambda one, many, number: _translations().ungettext(one, many, number),
        newstyle=True,
    )
    # Globals, not context: macros that are imported see them too.
    app.jinja_env.globals.update(hidden_fields=hidden_fields, here=here, zone_name=zone_name, bell=bell)
    app.jinja_env.filters["stored"] = markup.stored


def theme() -> str:
    """The theme this browser chose; empty: the system's."""
    chosen = request.cookies.get("ethics-theme", "")
    return chosen if chosen in THEMES else ""


def hidden_fields(*, idempotent: bool = True) -> list[tuple[str, str]]:
    """Names and values of the hidden inputs of a form."""
    fields = [("csrf_token", generate_csrf())]
    person = signed_in_person()
    if person is not None:
        fields.append(("writer", kept.writer_mark(person.actor.public_id)))
        if idempotent:
            fields.append(("idempotency_key", request.form.get("idempotency_key") or secrets.token_urlsafe(12)))
    return fields


def _translations() -> Any:
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations


def _context() -> dict[str, object]:
    person = signed_in_person()
    return {
        "csp_nonce": nonce(),
        "language": str(get_locale() or "en"),
        "nav": _navigation(person.actor) if person else [],
        "person": PersonShown(person.actor.name, _initials(person.actor.name)) if person else None,
        "theme": theme(),
    }


def _navigation(actor: Actor) -> list[Place]:
    places = [
        (gettext("Home"), url_for("home.home"), ("home.",)),
        (gettext("Library"), url_for("library.cases"), ("library.", "cases.", "editor.", "versions.", "looking.")),
    ]
    if actor.has(Role.LEAD):
        places.append((gettext("Concerns"), url_for("concerns.concerns"), ("concerns.",)))
    return [Place(label, url, current=(request.endpoint or "").startswith(pages)) for label, url, pages in places]


def _initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words)).upper()
