"""`ethics db`: migrations."""

import sys

import click
from flask.cli import AppGroup

from ethics import migrations
from ethics.cli.context import database

group = AppGroup("db", help="Bring the database to the newest revision, and look where it stands.")


@group.command()
def upgrade() -> None:
    """Bring the database to the newest revision."""
    before = migrations.current(database())
    migrations.upgrade(database())
    after = migrations.current(database())
    click.echo(f"database at revision {after}" + ("" if before == after else f" (was {before or 'empty'})"))


@group.command()
def current() -> None:
    """Print the revision the database stands at; exit 1 if it is not the newest."""
    found = migrations.current(database())
    click.echo(found or "empty")
    sys.exit(0 if found == migrations.head() else 1)


@group.command()
def check() -> None:
    """Exit 1 if the models and the migrated database disagree."""
    found = migrations.differences(database())
    for difference in found:
        click.echo(str(difference))
    sys.exit(1 if found else 0)
