"""`ethics people`: accounts, from the command line. Passwords are asked for or read, never an argument."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from ethics.cli.context import database, message, now, public_url, settings
from ethics.errors import Conflict, DomainError
from ethics.notices.actions import tell
from ethics.people import actions, passwords, queries
from ethics.people.models import Role, User
from ethics.people.rules import clean_email

group = AppGroup("people", help="Accounts, their passwords and their roles.")

_email = click.argument("email")


@group.command("list")
@click.option("--role", "wanted", type=click.Choice([role.value for role in Role]), help="Only who holds this role.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(wanted: str | None, style: str) -> None:
    """List every account by address: its name, its roles of the installation, and whether its owner ever came in."""
    with database().reading() as session:
        lines = queries.accounts(session, role=Role(wanted) if wanted else None)
    if style == "json":
        click.echo(json.dumps([asdict(line) for line in lines], indent=2, ensure_ascii=False))
        return
    for line in lines:
        marks = [*line.roles, *([] if line.active else ["switched off"]), *([] if line.came else ["never came in"])]
        click.echo(f"{line.email}  {line.name}" + (f" ({', '.join(marks)})" if marks else ""))


@group.command()
@_email
def link(email: str) -> None:
    """Print a new activation link for an account that nobody has come into; earlier ones work no longer."""
    with _writing() as session:
        user = queries.find_user(session, clean_email(email))
        if user.password_hash is not None or not user.active:
            raise Conflict("came-in-already")
        actions.void_activation(session, user_ids=[user.id], now=now())
        token = actions.make_link(session, actor=None, user=user, kind=actions.ACTIVATION, now=now())
    click.echo(public_url("people.activate", token=token))


@group.command()
@_email
@click.argument("name")
@click.option("--role", "roles", type=click.Choice([role.value for role in Role]), multiple=True, help="Repeatable.")
def add(email: str, name: str, roles: tuple[str, ...]) -> None:
    """Make an account. Its activation link goes out by mail, or is printed where no mail is set up."""
    with _writing() as session:
        user = actions.create_user(session, actor=None, email=email, name=name, now=now())
        for role in roles:
            actions.grant_role(session, actor=None, user=user, role=Role(role), now=now())
        if settings().mail_url:
            actions.mail_link(session, actor=None, user=user, kind=actions.ACTIVATION, now=now())
            said = f"{user.email} has an account; the activation link is on its way by mail."
        else:
            token = actions.make_link(session, actor=None, user=user, kind=actions.ACTIVATION, now=now())
            said = public_url("people.activate", token=token)
    click.echo(said)


@group.command()
@_email
def password(email: str) -> None:
    """Set a password: asked for twice at a terminal, otherwise the first line of standard input."""
    with _refusals(), database().reading() as reading:
        user = queries.find_user(reading, clean_email(email))
        password_hash = passwords.make_hash(_typed_password(), not_like=(user.name, user.email))
    with _writing() as session:
        user = queries.find_user(session, user.email)
        actions.set_password(session, actor=None, user=user, password_hash=password_hash, now=now())
        tell(session, user_id=user.id, kind="password-changed", now=now())
    click.echo(f"{user.email} has a new password and is signed out everywhere.")


@group.command()
@_email
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--revoke", is_flag=True, help="Take the role away.")
def role(email: str, role: str, revoke: bool) -> None:
    """Give somebody a role of the installation, or take it away."""
    change = actions.revoke_role if revoke else actions.grant_role
    with _writing() as session:
        user = queries.find_user(session, clean_email(email))
        change(session, actor=None, user=user, role=Role(role), now=now())
        session.flush()
        held = queries.roles_of(session, user)
    click.echo(f"{user.email}: {', '.join(held) or 'no role of the installation'}")


@group.command()
@_email
def deactivate(email: str) -> None:
    """Switch an account off and sign it out everywhere. What the person wrote stays."""
    with _writing() as session:
        user: User = queries.find_user(session, clean_email(email))
        actions.deactivate(session, actor=None, user=user, now=now())
    click.echo(f"{user.email} is switched off.")


def _typed_password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("New password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def _writing() -> Iterator[Session]:
    with _refusals(), database().unit_of_work() as session:
        yield session


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in a sentence why something was refused, and exit with 1."""
    try:
        yield
    except DomainError as error:
        words = {
            "not-found": "Nobody has this address.",
            "came-in-already": "The account has a password, or is switched off; no link was made.",
        }
        raise click.ClickException(words.get(error.code) or message(error.code)) from None
