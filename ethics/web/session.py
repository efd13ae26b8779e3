"""The transactions of a request: one reading session, and one writing transaction around an action."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from flask import Flask, current_app, g, redirect, request
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.audit.actions import done_before, remember
from ethics.db import Database, violates

ATTEMPTS = 3
#: Serialisation failure, deadlock, and the server going away: PostgreSQL's own codes.
_PASSING = ("40001", "40P01", "57P01", "57P02", "57P03", "08003", "08006")


def init_app(app: Flask, database: Database, clock: Callable[[], datetime]) -> None:
    """Give the application its database and its clock."""
    app.extensions["ethics.database"] = database
    app.extensions["ethics.clock"] = clock
    app.teardown_request(lambda _error: stop_reading())


def database() -> Database:
    """The application's database."""
    return cast("Database", current_app.extensions["ethics.database"])


def now() -> datetime:
    """The moment of this request, in UTC; the same for all of it."""
    if "now" not in g:
        g.now = current_app.extensions["ethics.clock"]()
    return cast("datetime", g.now)


def reader() -> Session:
    """The session all pages read from: one state of the database for the whole request."""
    if "reading" not in g:
        g.reading = database().reading()
        g.reader = g.reading.__enter__()
    return cast("Session", g.reader)


def stop_reading() -> None:
    """Close the reading session, if one is open; what is read after this is read anew."""
    reading = g.pop("reading", None)
    g.pop("reader", None)
    if reading is not None:
        reading.__exit__(None, None, None)


@contextmanager
def writing() -> Iterator[Session]:
    """One writing transaction, committed at the end. For what has no form of its own; forms use `perform`."""
    stop_reading()
    with database().unit_of_work() as session:
        yield session


def perform(verb: Callable[[Session], str], *, actor: str) -> Response:
    """Do what a form asks, once, and redirect to the address that `verb` returns.

    `actor` is the public id of the sender. The form's idempotency key makes a second sending lead to the same place
    without doing it again; only with a key is a passing fault of the database tried again. Domain errors pass through.
    """
    return redirect(perform_once(verb, actor=actor), code=303)


def answered_before(*, actor: str) -> Response | None:
    """Where this form led when it was sent before, for what has to be worked out before the transaction; or None."""
    key = request.form.get("idempotency_key", "")
    location = done_before(reader(), actor=actor, key=key) if key else None
    return None if location is None else redirect(location, code=303)


def perform_once(verb: Callable[[Session], str], *, actor: str) -> str:
    """Like `perform`, and return the address."""
    key = request.form.get("idempotency_key", "")
    for _ in range(ATTEMPTS - 1 if key else 0):
        try:
            return _once(verb, actor, key)
        except DBAPIError as error:
            if not _worth_another_try(error):
                raise
    return _once(verb, actor, key)


def _once(verb: Callable[[Session], str], actor: str, key: str) -> str:
    with writing() as session:
        before = done_before(session, actor=actor, key=key) if key else None
        if before is not None:
            return before
        location = verb(session)
        if key:
            remember(session, actor=actor, key=key, location=location, now=now())
        return location


def _worth_another_try(error: DBAPIError) -> bool:
    if isinstance(error, IntegrityError):
        return violates(error, "uq_idempotency_keys_actor_key")
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING
