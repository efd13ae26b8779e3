"""What is met of others: in an order of the reader's own, without positions until asked for, and never one alone."""

from datetime import timedelta

import pytest

from ethics.cohorts.models import CohortRole
from ethics.errors import NotAllowed
from ethics.rounds import actions, queries
from ethics.rounds.gate import standing
from ethics.rounds.models import Audience, Kind
from ethics.rounds.queries import Movement
from ethics.rounds.tallies import Tally
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds.reading import KEY, meet, reason, revisit
from tests.rounds_cast import join

DAY = timedelta(days=1)
LATER = START + 10 * DAY
FIRST, AGAIN = Kind.FIRST, Kind.REVISITED


def add_students(session, cast, *names, group=0):
    """More students of a group."""
    students = []
    for name in names:
        user = enter(session, name)
        join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[group])
        students.append(actor(user))
    return students


def reasons(session, person, cast, *, kind=FIRST, now=START, key=KEY):
    at = standing(session, person, cast.id, now=now)
    return queries.reasons(session, person, at, stage=1, kind=kind, order_key=key)


def tally(session, person, cast, *, kind=FIRST, now=START):
    at = standing(session, person, cast.id, now=now)
    return queries.group_tally(session, person, at, stage=1, kind=kind)


def test_the_order_is_stable_for_one_reader_and_another_for_others(session, cast):
    class_ = [cast.ana, cast.ben, cast.dee, *add_students(session, cast, "Eva", "Fay", "Gil", "Hana", "Ida", "Jon")]
    for person in class_:
        meet(session, cast, person)
    orders = [[found.text for found in reasons(session, person, cast)] for person in class_]
    shared = {reason(FIRST, 1, "Ida"), reason(FIRST, 1, "Jon")}
    places = [tuple(text for text in order if text in shared) for order in orders[:-2]]

    assert orders == [[found.text for found in reasons(session, person, cast)] for person in class_]
    assert [sorted(order) for order in orders] == [
        sorted(reason(FIRST, 1, other.name.split()[0]) for other in class_ if other is not person) for person in class_
    ]
    assert set(places) == {tuple(sorted(shared)), tuple(sorted(shared, reverse=True))}, "no order is everybody's"
    assert [found.text for found in reasons(session, cast.ana, cast, key=b"another key")] != orders[0]


def test_positions_come_in_turn(session, cast):
    students = add_students(session, cast, "Eva", "Fay", "Gil", "Hana")
    for person, option in zip((cast.ben, cast.dee, *students), ("stay", "stay", "stay", "go", "go", "go"), strict=True):
        meet(session, cast, person, option=option)
    meet(session, cast, cast.ana)
    actions.open_positions(session, actor=cast.ana, round_id=cast.id, now=START)
    order = [found.option for found in reasons(session, cast.ana, cast)]

    assert sorted(order) == ["go"] * 3 + ["stay"] * 3
    assert [{one, other} for one, other in zip(order[::2], order[1::2], strict=True)] == [{"go", "stay"}] * 3


def test_positions_only_once_opened_and_from_five_on(session, cast):
    students = [cast.ben, cast.dee, *add_students(session, cast, "Eva", "Fay")]
    for person in (cast.ana, *students[:3]):
        meet(session, cast, person)
    assert tally(session, cast.ana, cast) is None
    actions.open_positions(session, actor=cast.ana, round_id=cast.id, now=START)
    assert tally(session, cast.ana, cast) is None, "four have answered"
    assert {found.option for found in reasons(session, cast.ana, cast)} == {None}

    meet(session, cast, students[3], option="go", audience=Audience.FACULTY)
    assert tally(session, cast.ana, cast) == Tally({"stay": 4, "go": 1}, 5)
    assert [found.option for found in reasons(session, cast.ana, cast)] == ["stay"] * 3
    assert tally(session, cast.ben, cast) is None, "Ben has not opened positions"
    assert {found.option for found in reasons(session, cast.ben, cast)} == {None}


def test_a_tally_counts_the_own_group_and_locked_stances_only(session, cast):
    students = [cast.ben, cast.dee, *add_students(session, cast, "Eva", "Fay")]
    for person in (cast.ana, *students, cast.chi):
        meet(session, cast, person)
    actions.open_positions(session, actor=cast.ana, round_id=cast.id, now=START)
    standing(session, cast.ben, cast.id, now=START).participation.completed_at = None
    session.flush()

    assert tally(session, cast.ana, cast) is None
    assert len(reasons(session, cast.ana, cast)) == 3


def test_faculty_and_who_has_not_met_the_others_get_neither(session, cast):
    meet(session, cast, cast.ben)

    for person in (cast.ana, cast.tutor, cast.director):
        assert (reasons(session, person, cast), tally(session, person, cast)) == ([], None)
        with pytest.raises(NotAllowed, match="commit-first"):
            actions.open_positions(session, actor=person, round_id=cast.id, now=START)


def test_opening_positions_again_keeps_the_first_time(session, cast):
    meet(session, cast, cast.ana)
    for now in (START, START + DAY):
        actions.open_positions(session, actor=cast.ana, round_id=cast.id, now=now)

    assert standing(session, cast.ana, cast.id, now=START).participation.positions_opened_at == START


def test_revisited_positions_wait_for_ones_own(session, cast):
    class_ = [cast.ana, cast.ben, cast.dee, *add_students(session, cast, "Eva", "Fay", "Gil")]
    for person in class_:
        meet(session, cast, person)
        actions.open_positions(session, actor=person, round_id=cast.id, now=START)
    for person in class_[:5]:
        revisit(session, cast, person, now=LATER, option="go")

    assert tally(session, cast.ana, cast, kind=AGAIN, now=LATER) == Tally({"go": 5}, 5)
    assert len(reasons(session, cast.ana, cast, kind=AGAIN, now=LATER)) == 4
    assert tally(session, class_[5], cast, kind=AGAIN, now=LATER) is None
    assert reasons(session, class_[5], cast, kind=AGAIN, now=LATER) == []


# How the class moved


def move_class(session, cast, moves):
    """A class of both groups; `moves` are pairs of first and revisited options."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [f"Student {letters[number]}{number}" for number in range(len(moves))]
    for number, (name, (first, again)) in enumerate(zip(names, moves, strict=True)):
        user = enter(session, name, email=f"{number}@demo.example")
        join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[number % 2])
        meet(session, cast, actor(user), option=first)
        revisit(session, cast, actor(user), now=LATER, option=again)


def movement(session, person, cast, *, now):
    return queries.movement(session, standing(session, person, cast.id, now=now), stage=1)


TWELVE = [("stay", "stay")] * 5 + [("stay", "go")] * 1 + [("go", "stay")] * 4 + [("go", "go")] * 2
WHOLE = Movement(Tally({"stay": 6, "go": 6}, 12), Tally({"stay": 9, "go": 3}, 12), Tally({"kept": 7, "moved": 5}, 12))
SMALL_KEPT_BACK = Movement(Tally({"stay": 6, "go": 6}, 12), None, Tally({"kept": 7, "moved": 5}, 12))


def test_the_director_reads_the_whole_movement_and_others_no_small_cell(session, cast):
    meet(session, cast, cast.ana)
    move_class(session, cast, TWELVE)
    actions.note_reflected(standing(session, cast.ana, cast.id, now=LATER).participation, now=LATER)
    session.flush()
    tomorrow = cast.round.close_at + DAY

    assert movement(session, cast.director, cast, now=LATER) == WHOLE
    assert movement(session, cast.ana, cast, now=tomorrow) == SMALL_KEPT_BACK
    assert movement(session, cast.tutor, cast, now=tomorrow) == SMALL_KEPT_BACK, "the cohort is more than the group"
    cast.cohort.tutors_read_all = True
    assert movement(session, cast.tutor, cast, now=LATER) == WHOLE


def test_the_movement_waits_for_the_debrief_and_is_of_yesterday(session, cast):
    meet(session, cast, cast.ana)
    move_class(session, cast, TWELVE)
    nothing = Movement(None, None, None)

    assert movement(session, cast.ana, cast, now=LATER) == nothing
    revisit(session, cast, cast.ana, now=LATER)
    midnight = LATER.replace(hour=0, minute=0) + DAY
    assert movement(session, cast.ana, cast, now=LATER) == nothing
    assert movement(session, cast.ana, cast, now=midnight - timedelta(seconds=1)) == nothing
    assert movement(session, cast.ana, cast, now=midnight) == Movement(
        Tally({"stay": 7, "go": 6}, 13), None, Tally({"kept": 8, "moved": 5}, 13)
    )


def test_the_movement_knows_nothing_of_other_stages_and_rounds(session, cast):
    at = standing(session, cast.director, cast.id, now=LATER)
    move_class(session, cast, TWELVE)

    assert queries.movement(session, at, stage=3) == Movement(
        Tally({}, 0), Tally({}, 0), Tally({"kept": 0, "moved": 0}, 0)
    )
