"""`ethics cohorts`: classes, who belongs to them, and class lists, from the command line."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ethics.cli.context import database, message, now, public_url, settings, vocabulary
from ethics.cohorts import actions
from ethics.cohorts.importing import Outcome, import_roster, plan_import
from ethics.cohorts.joining import bring_in, newcomer
from ethics.cohorts.members import cohorts_with_numbers
from ethics.cohorts.models import Cohort, CohortRole
from ethics.cohorts.roster import Plan, Unreadable, decode, parse
from ethics.errors import DomainError, NotFound
from ethics.people.activation import Account, mail_links, make_links
from ethics.people.models import User
from ethics.people.queries import find_user
from ethics.people.rules import clean_email, zones

group = AppGroup("cohorts", help="Classes, who belongs to them, and class lists.")

_cohort = click.argument("cohort")
_style = click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)


@group.command("list")
@_style
def list_(style: str) -> None:
    """List every cohort with its number of people; its id or its name is the COHORT of the other commands."""
    with database().reading() as session:
        rows = cohorts_with_numbers(session)
    if style == "json":
        click.echo(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False))
        return
    for row in rows:
        archived = ", archived" if row.archived else ""
        click.echo(f"{row.id}  {row.name}: {row.students} students, {row.tutors} tutors{archived}")


@group.command()
@click.argument("name")
@click.option("--director", required=True, help="Address of somebody with an account.")
@click.option("--zone", required=True, help="IANA zone in which its rounds are scheduled, such as Europe/London.")
def add(name: str, director: str, zone: str) -> None:
    """Make a cohort with its director, and print its id."""
    if zone not in zones():
        raise click.BadParameter("not a time zone, such as Europe/London", param_hint="--zone")
    with _writing() as session:
        user = find_user(session, clean_email(director))
        made = actions.make_cohort(session, actor=None, name=name, zone=zone, director=user, now=now())
    click.echo(made.public_id)


@group.command()
@_cohort
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in CohortRole]))
@click.option("--name", help="For somebody without an account.")
@click.option("--profession", help="As the vocabulary calls it.")
def member(cohort: str, email: str, role: str, name: str | None, profession: str | None) -> None:
    """Give somebody a place in a cohort. Their link goes out by mail, or is printed where no mail is set up."""
    term = vocabulary().find("professions", profession) if profession else None
    if profession and term is None:
        raise click.BadParameter("not a profession of the vocabulary", param_hint="--profession")
    with _writing() as session:
        address = clean_email(email)
        known = session.scalar(select(User.name).where(User.email == address))
        if known is None and not name:
            raise click.UsageError("Nobody has this address yet: give --name, too.")
        user = bring_in(
            session,
            actor=None,
            cohort=_find(session, cohort),
            person=newcomer(name=known or name or "", email=address, profession=term.id if term else None),
            role=CohortRole(role),
            now=now(),
        )
        said = f"{user.email} has a place."
        account = Account(user.id, user.public_id, user.email, user.name)
        if settings().mail_url:
            mail_links(session, actor=None, accounts=[account], now=now())
        else:
            for token in make_links(session, actor=None, accounts=[account], now=now()).values():
                said = public_url("people.activate", token=token)
    click.echo(said)


@group.command("import")
@_cohort
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--group-set", help="Where groups and tutors of the file go; made where it is new. Otherwise left alone.")
@click.option("--leave-out", is_flag=True, help="Leave lines with problems out instead of refusing the file.")
@_style
def import_(cohort: str, file: Path, *, dry_run: bool, group_set: str | None, leave_out: bool, style: str) -> None:
    """Bring a class list in: name, email, profession, group, tutor; or an export of Canvas or Moodle.

    Nobody is removed, and the same file again changes nothing. Exit 1: a line is wrong and nothing was done, or, with
    --leave-out, lines were left out.
    """
    try:
        sheet = parse(decode(file.read_bytes()))
    except Unreadable as error:
        raise click.ClickException(message(error.code) % {"line": error.line}) from None
    wanted = group_set or ""
    with _refusals(), database().reading() as session:
        plan = plan_import(
            session,
            actor=None,
            cohort=_find(session, cohort),
            sheet=sheet,
            group_set=wanted,
            vocabulary=vocabulary(),
        )
    outcome = None
    if not dry_run and (leave_out or not plan.problems):
        with _writing() as session:
            outcome = import_roster(
                session,
                actor=None,
                cohort=_find(session, cohort),
                sheet=sheet,
                group_set=wanted,
                vocabulary=vocabulary(),
                leave_out=leave_out,
                by_mail=bool(settings().mail_url),
                now=now(),
                digest=plan.digest,
            )
    _say(plan, outcome, style)
    sys.exit(1 if plan.problems else 0)


def _say(plan: Plan, outcome: Outcome | None, style: str) -> None:
    numbers = {
        "added": len(plan.added),
        "returned": len(plan.returned),
        "changed": len(plan.changed),
        "moved": len(plan.moved),
        "tutors": len(plan.new_tutors) + len(plan.returned_tutors),
        "same": plan.same,
        "absent": len(plan.absent),
    }
    if style == "json":
        problems = [asdict(problem) for problem in plan.problems]
        summary = {"done": outcome is not None, **numbers, "problems": problems}
        click.echo(json.dumps(summary, indent=2, ensure_ascii=False))
        return
    for problem in plan.problems:
        value = f" ({problem.value})" if problem.value else ""
        click.echo(f"line {problem.line}: {message(problem.words) % {'hint': problem.hint}}{value}", err=True)
    counts = ", ".join(f"{number} {word}" for word, number in numbers.items())
    click.echo(counts if outcome is not None else f"would be: {counts}")


def _find(session: Session, cohort: str) -> Cohort:
    """The cohort with this id, or the only one with this name. Raises NotFound."""
    found = session.scalars(select(Cohort).where(or_(Cohort.public_id == cohort, Cohort.name == cohort))).all()
    if len(found) != 1:
        raise NotFound("no-such-cohort" if not found else "several-cohorts")
    return found[0]


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
            "no-such-cohort": "There is no such cohort; `ethics cohorts list` names them all.",
            "several-cohorts": "Several cohorts have this name: take the id.",
        }
        raise click.ClickException(words.get(error.code) or message(error.code)) from None
