"""`ethics serve`: the production server."""

import os
import sys
import threading

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from gunicorn.app.base import BaseApplication

from ethics import migrations
from ethics.cli.context import database
from ethics.cli.outbox import keep_delivering
from ethics.config import Settings
from ethics.db import is_reachable

THREADS = 8


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with our options, serving an application that holds no open connection when workers are forked."""

    def __init__(self, application: Flask, options: dict[str, object]) -> None:
        self.application = application
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        return self.application


def _start_delivering(worker: object) -> None:
    """Send mail from a thread of each worker; the outbox lets only one of them send each."""
    app: Flask = worker.app.wsgi()  # type: ignore[attr-defined]  # gunicorn's worker; the application is loaded once
    threading.Thread(target=keep_delivering, args=(app, threading.Event()), daemon=True).start()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--workers", default=lambda: min(4, os.cpu_count() or 1), show_default="cores, at most 4", help="Processes."
)
@with_appcontext
def serve(host: str, port: int, workers: int) -> None:
    """Serve Ethics Rounds. Refuses a database that cannot be reached or is not migrated."""
    settings: Settings = current_app.config["ETHICS"]
    if not is_reachable(database()):
        sys.exit("The database cannot be reached; ETHICS_DATABASE_URL says where it is.")
    if not migrations.is_current(database()):
        sys.exit("The database is not migrated; run: ethics db upgrade")
    database().dispose()
    click.echo(
        f"Ethics Rounds is at http://{host}:{port}" + (" (development)" if settings.env == "development" else "")
    )
    _Server(
        current_app._get_current_object(),  # type: ignore[attr-defined]  # Flask's documented way
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "post_worker_init": _start_delivering,
            "loglevel": "warning",
            "graceful_timeout": 20,
        },
    ).run()
