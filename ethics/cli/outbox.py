"""`ethics outbox`: sending what waits."""

import logging
import threading

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from ethics import outbox
from ethics.cli.context import database

PAUSE_SECONDS = 5.0

_log = logging.getLogger(__name__)

group = AppGroup("outbox", help="Mail and other deliveries that wait to be sent.")


@group.command()
def deliver() -> None:
    """Send what is due now. Safe to run twice, or while the server runs."""
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
    return outbox.deliver(database(), app.extensions["ethics.deliveries"], clock=app.extensions["ethics.clock"])
