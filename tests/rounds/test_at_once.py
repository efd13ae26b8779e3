"""Two tabs, two students, two directors at the same moment: one consistent result, and nobody is told of a fault."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.cohorts.models import CohortRole
from ethics.errors import DomainError
from ethics.rounds import actions
from ethics.rounds.models import Alias, ClosingNote, Participation, Round, Stance
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds.reading import commit, meet, revisit
from tests.rounds.test_directing import settings_of
from tests.rounds_cast import join, schedule_of

LATER = START + timedelta(days=10)
TABS = 6


@pytest.fixture
def at_once(db):
    """`at_once(act, …)`: what each act came to, all begun at the same moment in transactions of their own."""

    def at_once(*acts: Callable[[Session], object]) -> Counter[str]:
        ready = Barrier(len(acts))

        def perform(act: Callable[[Session], object]) -> str:
            ready.wait(timeout=20)
            try:
                with db.unit_of_work() as session:
                    act(session)
            except DomainError as error:
                return error.code
            return "done"

        with ThreadPoolExecutor(len(acts)) as pool:
            return Counter(pool.map(perform, acts))

    return at_once


def test_beginning(session, cast, at_once):
    came_to = at_once(
        *[lambda tab: actions.begin(tab, actor=cast.ana, round_id=cast.id, now=START) for _ in range(TABS)]
    )

    assert came_to == {"done": TABS}
    assert session.scalars(select(Participation.stage_reached)).all() == [1]
    assert len(session.scalars(select(Alias)).all()) == 1


def test_a_group_beginning_with_as_many_names_as_students(session, cast, at_once, monkeypatch):
    monkeypatch.setattr("ethics.rounds.aliases.NAMES", ("Heron", "Wren", "Teal", "Kite"))
    user = enter(session, "Eva")
    join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
    session.commit()
    students = [cast.ana, cast.ben, cast.dee, actor(user)]
    came_to = at_once(
        *[
            lambda tab, student=student: actions.begin(tab, actor=student, round_id=cast.id, now=START)
            for student in students
        ]
    )

    assert came_to == {"done": 4}
    assert sorted(session.scalars(select(Alias.name))) == ["Heron", "Kite", "Teal", "Wren"]


def test_committing(session, cast, at_once):
    actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    session.commit()
    came_to = at_once(*[lambda tab, text=f"Tab {n}.": commit(tab, cast, cast.ana, 1, text) for n in range(TABS)])
    rows = session.execute(select(Stance.number, Stance.latest).order_by(Stance.number)).all()

    assert came_to == {"done": TABS}
    assert [tuple(row) for row in rows] == [(number, number == TABS) for number in range(1, TABS + 1)]


def test_committing_while_another_tab_opens_the_next_stage(session, cast, at_once):
    actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    commit(session, cast, cast.ana, 1, "First.")
    session.commit()
    came_to = at_once(
        *[lambda tab: commit(tab, cast, cast.ana, 1, "Changed.") for _ in range(3)],
        *[
            lambda tab: actions.open_next_stage(tab, actor=cast.ana, round_id=cast.id, stage=1, now=START)
            for _ in range(3)
        ],
    )
    kept = len(session.scalars(select(Stance.id)).all()) - 1

    assert came_to == Counter(done=3 + kept, **({"stance-locked": 3 - kept} if kept < 3 else {}))
    assert session.scalars(select(Participation.stage_reached)).all() == [2]
    assert len(session.scalars(select(Stance.id).where(Stance.latest)).all()) == 1


def test_looking_again(session, cast, at_once):
    meet(session, cast, cast.ana)
    session.commit()
    came_to = at_once(*[lambda tab: revisit(tab, cast, cast.ana, now=LATER) for _ in range(TABS)])

    assert came_to == {"done": 1, "revisited-already": TABS - 1}
    assert sorted(session.scalars(select(Stance.stage).where(Stance.kind == "revisited"))) == [1, 2]


def test_the_closing_note(session, cast, at_once):
    meet(session, cast, cast.ana)
    revisit(session, cast, cast.ana, now=LATER)
    session.commit()

    def write(text: str) -> Callable[[Session], object]:
        return lambda tab: actions.write_closing_note(
            tab, actor=cast.ana, round_id=cast.id, text=text, version=0, now=LATER
        )

    assert at_once(*[write(f"Tab {number}.") for number in range(TABS)]) == {"done": 1, "stale": TABS - 1}
    assert session.scalars(select(ClosingNote.version)).all() == [1]


def test_two_directors_change_a_round(session, cast, at_once):
    settings, times = settings_of(session, cast), schedule_of(cast.round)
    session.commit()

    def change(days: int) -> Callable[[Session], object]:
        later = replace(times, close_at=times.close_at + timedelta(days=days))
        return lambda tab: actions.change_round(
            tab, actor=cast.director, round_id=cast.id, settings=settings, schedule=later, version=1, now=START
        )

    assert at_once(*[change(days) for days in range(1, TABS + 1)]) == {"done": 1, "stale": TABS - 1}
    assert session.scalars(select(Round.version).execution_options(populate_existing=True)).all() == [2]


def test_a_summary_and_the_opening(session, cast, at_once):
    session.get_one(Round, cast.round.id).opened_at = None
    session.commit()

    def sum_up(text: str) -> Callable[[Session], object]:
        return lambda tab: actions.write_summary(
            tab, actor=cast.director, round_id=cast.id, source=text, html=text, now=START
        )

    def open_it(tab: Session) -> object:
        return actions.open_round(tab, actor=cast.director, round_id=cast.id, now=START)

    assert at_once(sum_up("One."), sum_up("Two."), sum_up("Three."), open_it, open_it, open_it) == {"done": 6}
