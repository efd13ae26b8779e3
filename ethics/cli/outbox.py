"""`ethics outbox`: sending what waits."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from ethics import outbox
from ethics.cli.context import database
from ethics.notices.actions import post_digests
from ethics.notices.queries import digests_are_due

PAUSE_SECONDS = 5.0

_log = logging.getLogger(__name__)

group = AppGroup("outbox", help="Mail and other deliveries that wait to be sent.")


@group.command()
def deliver() -> None:
    """Send what is due now, digests of notices with it. Safe to run twice, or while the server runs."""
    click.echo(f"{_deliver(current_app)} sent, {outbox.waiting(database())} waiting")


def keep_delivering(app: Flask, stop: threading.Event) -> None:
    """Send what is due every few seconds until `stop` is set. A database that is away for a while is tried again."""
    while not stop.wait(PAUSE_SECONDS):
        try:
            with app.app_context():
                _deliver(app)
        except Exception:  # the thread has to outlive whatever happens to one round of deliveries
            _log.exception("deliveries failed")


def _deliver(app: Flask) -> int:
    clock: Callable[[], datetime] = app.extensions["ethics.clock"]
    _post_digests(clock())
    return outbox.deliver(database(), app.extensions["ethics.deliveries"], clock=clock)


def _post_digests(now: datetime) -> None:
    # Asked of the reader, as the outbox does: an idle deliverer never stands in the writers' queue.
    with database().reading() as session:
        due = digests_are_due(session, now)
    if due:
        with database().unit_of_work() as session:
            post_digests(session, now=now)
