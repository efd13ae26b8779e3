"""The list of command groups."""

from flask import Flask

from ethics.cli import audit, cases, cohorts, db, outbox, people, serve
from ethics.cli.demo.command import demo


def register(app: Flask) -> None:
    """Put every command into the application's command line."""
    app.cli.add_command(audit.group)
    app.cli.add_command(cases.group)
    app.cli.add_command(cohorts.group)
    app.cli.add_command(db.group)
    app.cli.add_command(demo)
    app.cli.add_command(outbox.group)
    app.cli.add_command(people.group)
    app.cli.add_command(serve.serve)
