"""The command itself."""

import sys

import click
from flask.cli import with_appcontext

from ethics.cli.context import database, now, vocabulary
from ethics.cli.demo.loader import ROUNDS, catch_up, holds_real_people, is_empty, load_class, load_round
from ethics.cli.demo.recombine import recombined
from ethics.cli.demo.texts import read_class, read_round
from ethics.people.passwords import make_hash

PASSWORD = "ethics-demo"  # noqa: S105  # printed on the sign-in page of a development installation


@click.command()
@click.option("--if-empty", is_flag=True, help="Do nothing, quietly, where somebody has an account already.")
@click.option(
    "--students",
    type=click.IntRange(1, 5000),
    help="Make a class of this size for measuring: the same texts, from people with recombined names.",
)
@with_appcontext
def demo(if_empty: bool, students: int | None) -> None:
    """Fill an empty database with a fictional class in every state of the loop, in three rounds.

    Refuses a database that holds real people. All passwords are `ethics-demo`.
    """
    with database().reading() as session:
        empty, real = is_empty(session), holds_real_people(session)
    if not empty:
        if if_empty:
            return
        sys.exit(
            "This database holds real people; the demo class goes only into an empty one."
            if real
            else "The demo class is here already."
        )
    people, texts = read_class(), [read_round(case) for case in ROUNDS]
    if students is not None:
        people, texts = recombined(people, texts, students=students)
    rendered = {source: html for text in texts for source, html in text.rendered().items()}
    password_hash = make_hash(PASSWORD)
    with database().unit_of_work() as session:
        made = load_class(session, people, password_hash=password_hash, now=now())
        for text in texts:
            load_round(session, made, text, vocabulary=vocabulary(), rendered=rendered, now=now())
        catch_up(session, made, now())
    click.echo(f"A class of {len(made.people)} people is here; every password is {PASSWORD}")
