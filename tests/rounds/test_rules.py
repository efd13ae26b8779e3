"""What a student may do next: every state of a standing, every rule, and the code it gives."""

from datetime import timedelta

import pytest

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import Cohort
from ethics.rounds import rules
from ethics.rounds.gate import Standing
from ethics.rounds.models import Extension, Participation, Phase, Round
from ethics.rounds.schedule import MINUTE, is_late
from tests.clock import START

DAY = timedelta(days=1)
CODES = {
    "·": None,
    "P": "not-a-participant",
    "L": "stance-locked",
    "N": "no-decision-here",
    "S": "no-next-stage",
    "C": "commit-first",
    "X": "round-closed",
    "O": "round-not-open",
    "V": "no-revisiting",
    "A": "revisited-already",
    "R": "revisit-later",
    "D": "no-debrief-yet",
}
RULES = (
    rules.refuses_begin,
    lambda at: rules.refuses_commit(at, 1),
    lambda at: rules.refuses_commit(at, 2),
    lambda at: rules.refuses_next_stage(at, 1),
    lambda at: rules.refuses_next_stage(at, 2),
    rules.refuses_meeting,
    rules.refuses_reflection,
    rules.refuses_discussion,
    rules.refuses_revisit,
    rules.refuses_closing_note,
)
SCHEDULED, OPEN, AGAIN, CLOSED = (START + days * DAY for days in (-5, 0, 10, 20))
"""Before it opens; open; open for looking again; closed."""

#: begin, commit at 1, commit at 2, next after 1, next after 2, meet, reflect, discuss, revisit, note
TABLE = [
    # state            at         codes
    ("faculty", OPEN, "P PP PP P P · C D"),
    ("faculty", CLOSED, "P PP PP P P · C D"),
    ("not begun", SCHEDULED, "O PP PP P P C C D"),
    ("not begun", OPEN, "· PP PP P P C C D"),
    ("not begun", CLOSED, "X PP PP P P C C D"),
    ("stage 1", OPEN, "· ·N CS C C C C D"),
    ("stage 1 decided", SCHEDULED, "O ON OS C C C C D"),
    ("stage 1 decided", OPEN, "· ·N ·S C C C C D"),
    ("stage 1 decided", CLOSED, "X XN XS C C C C D"),
    ("stage 2", OPEN, "· L· SS C C C C D"),
    ("committed", OPEN, "· L· SS · · C C D"),
    ("committed", AGAIN, "· L· SS · · C C D"),
    ("committed", CLOSED, "X LX SS X X C C D"),
    ("complete", OPEN, "· LL SS · · · R D"),
    ("complete", AGAIN, "· LL SS · · · · D"),
    ("complete", CLOSED, "X LL SS · X X X D"),
    ("reflected", OPEN, "· LL SS · · · R D"),
    ("reflected", AGAIN, "· LL SS · · · · D"),
    ("reflected", CLOSED, "X LL SS · X X X ·"),
    ("revisited", AGAIN, "· LL SS · · · A ·"),
    ("revisited", CLOSED, "X LL SS · X X A ·"),
    # without looking again the debrief opens with the reflection
    ("complete, no revisiting", AGAIN, "· LL SS · · · V D"),
    ("reflected, no revisiting", OPEN, "· LL SS · · · V ·"),
    ("reflected, no revisiting", CLOSED, "X LL SS · X X V ·"),
    # an extension moves the close for one person
    ("committed, extended", CLOSED, "· L· SS · · C C D"),
    ("complete, extended", CLOSED, "· LL SS · · · · D"),
    ("reflected, extended", CLOSED, "· LL SS · · · · D"),
    # moved out of every group: nothing to talk in, everything else as it was
    ("complete, no group", OPEN, "· LL SS · · C R D"),
    # a case without a decision: the first act of meeting or handing in opens the gate
    ("undecided", OPEN, "· NN ·S C C C V D"),
    ("undecided at its end", OPEN, "· LN SS · · C V D"),
    ("undecided and complete", AGAIN, "· LL SS · · · V D"),
    ("undecided and reflected", OPEN, "· LL SS · · · V ·"),
]


def participation(stage: int, **columns: object) -> Participation:
    unset = dict.fromkeys(("completed_at", "reflected_at", "revisited_at", "debrief_opened_at"))
    return Participation(stage_reached=stage, **(unset | columns))


DONE: dict[str, dict[str, object]] = {
    "completed_at": {"completed_at": START},
    "reflected": {"completed_at": START, "reflected_at": START},
    "revisited": {"completed_at": START, "revisited_at": START},
}
EXTENDED = {"extension": Extension(due_at=START + 29 * DAY, close_at=START + 30 * DAY)}
STATES: dict[str, dict[str, object]] = {
    "faculty": {"is_faculty": True},
    "not begun": {},
    "stage 1": {"participation": participation(1)},
    "stage 1 decided": {"participation": participation(1), "decided": {1}},
    "stage 2": {"participation": participation(2), "decided": {1}},
    "committed": {"participation": participation(2), "decided": {1, 2}},
    "complete": {"participation": participation(2, **DONE["completed_at"]), "decided": {1, 2}},
    "reflected": {"participation": participation(2, **DONE["reflected"]), "decided": {1, 2}},
    "revisited": {"participation": participation(2, **DONE["revisited"]), "decided": {1, 2}},
    "committed, extended": {"participation": participation(2), "decided": {1, 2}, **EXTENDED},
    "complete, extended": {"participation": participation(2, **DONE["completed_at"]), "decided": {1, 2}, **EXTENDED},
    "reflected, extended": {"participation": participation(2, **DONE["reflected"]), "decided": {1, 2}, **EXTENDED},
    "complete, no group": {
        "participation": participation(2, **DONE["completed_at"]),
        "decided": {1, 2},
        "group_id": None,
    },
    "complete, no revisiting": {
        "participation": participation(2, **DONE["completed_at"]),
        "decided": {1, 2},
        "revisit_at": None,
    },
    "reflected, no revisiting": {
        "participation": participation(2, **DONE["reflected"]),
        "decided": {1, 2},
        "revisit_at": None,
    },
    "undecided": {"participation": participation(1), "decisions": frozenset()},
    "undecided at its end": {"participation": participation(2), "decisions": frozenset()},
    "undecided and complete": {
        "participation": participation(2, **DONE["completed_at"]),
        "decisions": frozenset(),
    },
    "undecided and reflected": {
        "participation": participation(2, **DONE["reflected"]),
        "decisions": frozenset(),
    },
}


def standing_in(state: str, now: object) -> Standing:
    columns = {"is_faculty": False, "participation": None, "decided": set(), "decisions": frozenset({1, 2})}
    columns |= {"group_id": 1, "revisit_at": START + 9 * DAY} | STATES[state]
    round_ = Round(
        opens_at=START - 4 * DAY,
        due_at=START + 7 * DAY,
        revisit_at=columns.pop("revisit_at"),
        close_at=START + 14 * DAY,
        opened_at=START - 5 * DAY,
        cohort=Cohort(archived_at=None, tutors_read_all=False),
        case_version=CaseVersion(stages=[{"heading": "One"}, {"heading": "Two"}]),
    )
    return Standing(round_, now, is_director=False, **(columns | {"decided": frozenset(columns["decided"])}))


@pytest.mark.parametrize(("state", "now", "codes"), TABLE)
def test_every_rule_in_every_state(state, now, codes):
    at = standing_in(state, now)

    assert [rule(at) for rule in RULES] == [CODES[sign] for sign in codes.replace(" ", "")]


def test_a_round_that_nobody_opened_is_a_draft_at_every_time():
    round_ = standing_in("not begun", OPEN).round
    round_.opened_at = None

    assert {round_.phase(now) for now in (SCHEDULED, OPEN, AGAIN, CLOSED)} == {Phase.DRAFT}


def test_the_phase_follows_from_the_times_to_the_second():
    round_ = standing_in("not begun", OPEN).round
    second = timedelta(seconds=1)
    over = round_.close_at + MINUTE
    moments = (round_.opens_at - second, round_.opens_at, over - second, over)

    assert [round_.phase(now) for now in moments] == [Phase.SCHEDULED, Phase.OPEN, Phase.OPEN, Phase.CLOSED]


def test_what_is_due_when_the_round_closes_may_be_handed_in_during_that_minute():
    round_ = standing_in("not begun", OPEN).round
    round_.due_at = round_.close_at
    within = round_.close_at + timedelta(seconds=59)

    assert (round_.phase(within), is_late(within, round_.due_at)) == (Phase.OPEN, False)


def test_a_round_closed_early_is_closed_at_once_and_keeps_its_times():
    round_ = standing_in("not begun", OPEN).round
    round_.closed_at = OPEN
    extension = EXTENDED["extension"]

    assert (round_.phase(OPEN), round_.phase(OPEN, extension)) == (Phase.CLOSED, Phase.OPEN)
    assert (round_.close_for(None), round_.close_for(extension)) == (OPEN, extension.close_at)
    assert round_.close_at == START + 14 * DAY


def test_an_extension_moves_due_and_close_for_one_person():
    later = Extension(due_at=START + 20 * DAY, close_at=START + 21 * DAY)
    ana = standing_in("not begun", CLOSED)
    ben = Standing(ana.round, CLOSED, is_faculty=False, is_director=False, extension=later)

    assert (ana.phase, ana.due_at) == (Phase.CLOSED, START + 7 * DAY)
    assert (ben.phase, ben.due_at, ben.close_at) == (Phase.OPEN, START + 20 * DAY, START + 21 * DAY)


def test_an_extension_that_the_round_has_overtaken_takes_nothing_away():
    early = Extension(due_at=START + 5 * DAY, close_at=START + 6 * DAY)
    ana = standing_in("not begun", OPEN)
    ben = Standing(ana.round, START + 7 * DAY, is_faculty=False, is_director=False, extension=early)

    assert (ben.phase, ben.due_at, ben.close_at) == (Phase.OPEN, START + 7 * DAY, START + 14 * DAY)
