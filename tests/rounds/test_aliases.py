"""Aliases: one for each student and group, nobody's twice, and none that says anything."""

import random

import pytest
from sqlalchemy import select

from ethics import db as database
from ethics.cohorts.models import CohortRole
from ethics.rounds import actions
from ethics.rounds.aliases import NAMES, alias_in_group
from ethics.rounds.gate import standing
from ethics.rounds.models import Alias, Participation
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds_cast import build_round, join, move


def test_names_are_different_birds():
    assert len(set(NAMES)) == len(NAMES) >= 100
    assert [name for name in NAMES if not name.isalpha() or name != name.capitalize()] == []


def test_beginning_draws_one_and_beginning_again_keeps_it(session, cast):
    for _ in range(2):
        actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    alias = session.scalars(select(Alias)).one()

    assert alias.name in NAMES
    assert alias.group_id == cast.groups[0].id
    assert standing(session, cast.ana, cast.id, now=START).alias == alias.name


def test_in_a_group_nobody_has_the_name_of_another(session, cast):
    students = [cast.ana, cast.ben, cast.dee]
    for number in range(20):
        user = enter(session, f"Student{number}")
        join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
        students.append(actor(user))
    for student in students:
        actions.begin(session, actor=student, round_id=cast.id, now=START)
    names = session.scalars(select(Alias.name)).all()

    assert len(names) == len(set(names)) == len(students)


def test_more_students_than_names(session, cast, monkeypatch):
    monkeypatch.setattr("ethics.rounds.aliases.NAMES", ("Heron", "Wren"))
    students = [cast.ana, cast.ben, cast.dee]
    for name in ("Eva", "Fay"):
        user = enter(session, name)
        join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
        students.append(actor(user))
    for student in students:
        actions.begin(session, actor=student, round_id=cast.id, now=START)
    names = session.scalars(select(Alias.name).order_by(Alias.id)).all()

    assert set(names[:2]) == {"Heron", "Wren"}
    assert set(names[2:4]) == {"Heron 2", "Wren 2"}
    assert names[4] in {"Heron 3", "Wren 3"}


def test_another_group_another_alias_and_the_gate_as_it_was(session, cast):
    before = standing(session, cast.ana, cast.id, now=START)
    participation = actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    participation.completed_at = START
    first = standing(session, cast.ana, cast.id, now=START)
    move(session, cast, cast.ana, cast.groups[1])
    moved = standing(session, cast.ana, cast.id, now=START)
    second = alias_in_group(session, participation, cast.groups[1].id)

    assert (before.alias, moved.alias) == (None, None)
    assert (first.group_id, moved.group_id) == (cast.groups[0].id, cast.groups[1].id)
    assert moved.is_complete
    assert standing(session, cast.ana, cast.id, now=START).alias == second.name
    assert session.scalars(select(Alias.name).order_by(Alias.id)).all() == [first.alias, second.name]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_changes_group_never_bears_the_same_name_again(session, cast, monkeypatch):
    monkeypatch.setattr("ethics.rounds.aliases.NAMES", ("Heron", "Wren"))
    monkeypatch.setattr(database, "chance", random.Random(7))  # noqa: S311  # so that it can be repeated
    participation = actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    pairs = set()
    for _ in range(20):
        first = alias_in_group(session, participation, cast.groups[0].id)
        second = alias_in_group(session, participation, cast.groups[1].id)
        pairs.add((first.name, second.name))
        session.delete(first)
        session.delete(second)
        session.flush()

    assert pairs == {("Heron", "Wren"), ("Wren", "Heron")}


def test_a_round_under_names_draws_none(session):
    cast = build_round(session, aliases=False)
    actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)

    assert session.scalars(select(Alias)).all() == []
    assert [participation.user_id for participation in session.scalars(select(Participation))] == [cast.ana.id]
