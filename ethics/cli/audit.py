"""`ethics audit`: the log of what was done to what."""

import json
import sys

import click
from flask.cli import AppGroup

from ethics.audit.actions import broken_entry, length
from ethics.cli.context import database

group = AppGroup("audit", help="The log of what was done to what.")


@group.command()
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(style: str) -> None:
    """Exit 1 if a line of the log was changed, deleted, moved or cut off; print how many there are, or the first."""
    with database().reading() as session:
        broken, lines = broken_entry(session), length(session)
    if style == "json":
        click.echo(json.dumps({"lines": lines, "broken": broken}))
    elif broken is None:
        click.echo(f"{lines} lines, each as it was written")
    else:
        click.echo(f"line {broken} is not as it was written, or is missing; {lines} lines are there")
    sys.exit(0 if broken is None else 1)
