"""The composition root: settings, database and doors come together here, and nowhere else."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.cli import FlaskGroup
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from ethics import vocabulary
from ethics.cli import cases, groups
from ethics.config import Settings, load_settings
from ethics.db import Database
from ethics.notices.actions import DIGEST
from ethics.web import (
    addresses,
    assets,
    auth,
    blueprints,
    context,
    digests,
    errors,
    headers,
    logs,
    mail,
    messages,
    notices,
    session,
)

_PACKAGE = Path(__file__).parent
_MOST_BYTES = 2 * 1024 * 1024


def utc_now() -> datetime:
    """The clock of a running application."""
    return datetime.now(UTC)


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Flask:
    """Build the application. Touches neither the database nor the network.

    Raises SettingsError when a setting is missing or wrong.
    """
    settings = settings or load_settings()
    app = Flask(
        "ethics",
        root_path=str(_PACKAGE),
        template_folder=str(_beside("templates")),
        static_folder=None,
    )
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        SESSION_COOKIE_NAME="__Host-ethics-form" if settings.secure else "ethics-form",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=_MOST_BYTES,
        TRUSTED_HOSTS=[settings.host] if settings.env == "production" else None,
        PREFERRED_URL_SCHEME="https" if settings.secure else "http",
        ETHICS=settings,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.extensions["ethics.vocabulary"] = vocabulary.load(*settings.cases_dir)
    Babel(app, default_locale="en", default_timezone="UTC")
    logs.configure(as_json=settings.env == "production")
    logs.init_app(app)
    addresses.init_app(app)
    session.init_app(app, database or open_database(settings), clock)
    # The order matters: who is asking is settled before the form's token is looked at.
    auth.init_app(app)
    CSRFProtect(app).exempt(notices.unsubscribe)  # mail programs send it by themselves; its token is the proof
    headers.init_app(app, secure=settings.secure)
    assets.init_app(app, _beside("static"))
    context.init_app(app)
    errors.init_app(app)
    blueprints.register(app)
    app.extensions["ethics.deliveries"] = {"mail": mail.handler(app), DIGEST: digests.handler(app)}
    app.extensions["ethics.message"] = messages.message
    app.extensions["ethics.public_url"] = mail.public_url
    groups.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's own advice
    return app


def open_database(settings: Settings) -> Database:
    """The database of an installation, with the keys that sign its audit chain."""
    keys = (settings.secret_key, *settings.secret_key_fallbacks)
    return Database(settings.database, audit_keys=tuple(hashlib.sha256(f"audit\n{k}".encode()).digest() for k in keys))


def _beside(name: str) -> Path:
    """A folder that lies inside an installed package, and beside the package in a checkout."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


cli = FlaskGroup(
    name="ethics",
    create_app=create_app,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    help="Ethics Rounds: cases, rounds, reflections and discussions for teaching clinical ethics.",
)
# Checking case files needs no settings, so this group is found before an application is made.
cli.add_command(cases.group)
