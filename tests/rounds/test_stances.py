"""Committing, looking again and the closing note: what is kept, what is locked, what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.rounds import actions, queries
from ethics.rounds.gate import standing
from ethics.rounds.models import ANOTHER, UNSURE, Audience, ClosingNote, Kind, Participation, Stance
from ethics.text import FIELD_BYTES
from tests.clock import START
from tests.rounds.reading import commit, meet, reach, revisit, stance
from tests.rounds_cast import PRINCIPLES, archive, leave

DAY = timedelta(days=1)
LATER = START + 10 * DAY
CLOSED = START + 20 * DAY


def rows(session, *columns):
    return [tuple(row) for row in session.execute(select(*columns).order_by(Stance.id))]


def begin(session, cast, person):
    return actions.begin(session, actor=person, round_id=cast.id, now=START)


def test_an_earlier_stance_is_kept_and_no_longer_speaks(session, cast):
    begin(session, cast, cast.ana)
    for option, text in (("stay", "One."), ("go", "Two."), (UNSURE, "Three.")):
        commit(session, cast, cast.ana, 1, text, option=option)
    at = standing(session, cast.ana, cast.id, now=START)

    assert rows(session, Stance.number, Stance.option, Stance.reason, Stance.latest) == [
        (1, "stay", "One.", False),
        (2, "go", "Two.", False),
        (3, UNSURE, "Three.", True),
    ]
    assert [found.reason for found in queries.own_stances(session, at, Kind.FIRST).values()] == ["Three."]


def test_only_one_stance_speaks_in_the_database_too(session, cast):
    begin(session, cast, cast.ana)
    commit(session, cast, cast.ana, 1)
    first = session.scalars(select(Stance)).one()
    copied = {column.key: getattr(first, column.key) for column in Stance.__table__.columns}
    session.add(Stance(**(copied | {"id": None, "public_id": "another", "number": 2})))

    with pytest.raises(IntegrityError):
        session.flush()


def test_a_stance_keeps_what_was_said(session, cast):
    begin(session, cast, cast.ana)
    made = actions.commit(
        session,
        actor=cast.ana,
        round_id=cast.id,
        stage=1,
        stance=stance(
            "  Because he asked.  ",
            option=ANOTHER,
            other=" Ring his sister. ",
            confidence=5,
            principles=["beneficence", "autonomy"],
            audience=Audience.FACULTY,
        ),
        principles=PRINCIPLES,
        now=START,
    )

    assert (made.option, made.other, made.confidence, made.reason, made.principles, made.audience) == (
        ANOTHER,
        "Ring his sister.",
        5,
        "Because he asked.",
        ["beneficence", "autonomy"],
        "faculty",
    )


def test_another_course_is_forgotten_where_it_is_not_chosen(session, cast):
    begin(session, cast, cast.ana)
    commit(session, cast, cast.ana, 1, option="stay", other="Ring his sister.")

    assert rows(session, Stance.option, Stance.other) == [("stay", "")]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"option": ""}, "choose-an-option", "option"),
        ({"option": "discharge"}, "choose-an-option", "option"),
        ({"option": ANOTHER, "other": "  "}, "say-which-course", "other"),
        ({"confidence": 0}, "choose-confidence", "confidence"),
        ({"confidence": 6}, "choose-confidence", "confidence"),
        ({"text": " \n"}, "give-a-reason", "reason"),
        ({"principles": ["autonomy", "beneficence", "justice", "fidelity"]}, "too-many-principles", "principles"),
        ({"principles": ["profit"]}, "too-many-principles", "principles"),
        ({"text": "a\0b"}, "unstorable", "reason"),
        ({"text": "é" * (FIELD_BYTES // 2) + "e"}, "too-long", "reason"),
        ({"option": ANOTHER, "other": "e" * (FIELD_BYTES + 1)}, "too-long", "other"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(session, cast, changes, code, field):
    begin(session, cast, cast.ana)
    with pytest.raises(Invalid) as refusal:
        commit(session, cast, cast.ana, 1, **({"text": "A reason."} | changes))

    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert rows(session, Stance.id) == []


def test_the_longest_reason_is_kept(session, cast):
    begin(session, cast, cast.ana)
    commit(session, cast, cast.ana, 1, "é" * (FIELD_BYTES // 2))

    assert [len(text) for (text,) in rows(session, Stance.reason)] == [FIELD_BYTES // 2]


def test_opening_the_next_stage_locks_this_one_and_happens_once(session, cast):
    begin(session, cast, cast.ana)

    def go_on():
        return actions.open_next_stage(session, actor=cast.ana, round_id=cast.id, stage=1, now=START)

    with pytest.raises(NotAllowed, match="commit-first"):
        go_on()
    commit(session, cast, cast.ana, 1)
    assert [go_on(), go_on()] == [2, 2]
    assert standing(session, cast.ana, cast.id, now=START).stage_reached == 2
    with pytest.raises(NotAllowed, match="stance-locked"):
        commit(session, cast, cast.ana, 1)
    with pytest.raises(NotAllowed, match="no-next-stage"):
        actions.open_next_stage(session, actor=cast.ana, round_id=cast.id, stage=2, now=START)


def test_a_stage_ahead_takes_no_stance(session, cast):
    begin(session, cast, cast.ana)

    with pytest.raises(NotAllowed, match="no-decision-here"):
        commit(session, cast, cast.ana, 2)


def test_the_last_stance_changes_until_the_others_are_met(session, cast):
    reach(session, cast, cast.ana)
    commit(session, cast, cast.ana, 2, "Changed.")
    actions.meet_others(session, actor=cast.ana, round_id=cast.id, now=START)
    actions.meet_others(session, actor=cast.ana, round_id=cast.id, now=LATER)

    assert standing(session, cast.ana, cast.id, now=START).participation.completed_at == START
    with pytest.raises(NotAllowed, match="stance-locked"):
        commit(session, cast, cast.ana, 2, "Again.")


def test_a_submitted_reflection_opens_the_gate_once(session, cast):
    reach(session, cast, cast.ana)
    participation = standing(session, cast.ana, cast.id, now=START).participation
    for now in (START, LATER):
        actions.note_reflected(participation, now=now)

    assert (participation.completed_at, participation.reflected_at) == (START, START)


def test_looking_again_leaves_the_first_stance_alone(session, cast):
    meet(session, cast, cast.ana)
    before = rows(session, Stance.id, Stance.option, Stance.latest)
    revisit(session, cast, cast.ana, now=LATER, option="go")
    at = standing(session, cast.ana, cast.id, now=LATER)

    assert rows(session, Stance.id, Stance.option, Stance.latest)[:2] == before
    assert {
        kind: [(stage, found.option) for stage, found in queries.own_stances(session, at, kind).items()]
        for kind in Kind
    } == {Kind.FIRST: [(1, "stay"), (2, "stay")], Kind.REVISITED: [(1, "go"), (2, "go")]}
    assert at.participation.revisited_at == LATER
    with pytest.raises(NotAllowed, match="revisited-already"):
        revisit(session, cast, cast.ana, now=LATER)


@pytest.mark.parametrize("stages", [(), (1,), (1, 2, 3)])
def test_looking_again_is_at_every_decision_point(session, cast, stages):
    meet(session, cast, cast.ana)

    with pytest.raises(Invalid, match="required"):
        actions.revisit(
            session,
            actor=cast.ana,
            round_id=cast.id,
            stances={stage: stance("Again.") for stage in stages},
            principles=PRINCIPLES,
            now=LATER,
        )


def test_a_wrong_stance_on_looking_again_is_named_with_its_field(session, cast):
    meet(session, cast, cast.ana)

    with pytest.raises(Invalid) as refusal:
        actions.revisit(
            session,
            actor=cast.ana,
            round_id=cast.id,
            stances={1: stance("Again."), 2: stance("")},
            principles=PRINCIPLES,
            now=LATER,
        )
    assert (refusal.value.code, refusal.value.field) == ("give-a-reason", "reason")


@pytest.fixture
def debriefed(session, cast):
    """The class, with Ana at the debrief."""
    meet(session, cast, cast.ana)
    revisit(session, cast, cast.ana, now=LATER)
    session.commit()
    return cast


def write(session, cast, text, version, *, person=None, now=LATER):
    actions.write_closing_note(session, actor=person or cast.ana, round_id=cast.id, text=text, version=version, now=now)


def note(session, cast, *, now=LATER):
    found = queries.closing_note(session, standing(session, cast.ana, cast.id, now=now))
    return (found.text, found.version) if found else None


def test_the_closing_note_is_written_and_changed_also_after_the_close(session, debriefed):
    write(session, debriefed, "First.", 0)
    assert note(session, debriefed) == ("First.", 1)
    write(session, debriefed, "Second.", 1, now=CLOSED)
    assert note(session, debriefed, now=CLOSED) == ("Second.", 2)


@pytest.mark.parametrize(("version", "kept"), [(0, "First."), (2, "First.")])
def test_a_stale_note_meets_what_is_kept(session, debriefed, version, kept):
    write(session, debriefed, "First.", 0)

    with pytest.raises(Conflict) as conflict:
        write(session, debriefed, "From another tab.", version)
    assert conflict.value.current == kept
    assert note(session, debriefed) == ("First.", 1)


@pytest.mark.parametrize(("text", "code"), [("a\0", "unstorable"), ("e" * (FIELD_BYTES + 1), "too-long")])
def test_a_note_that_cannot_be_kept(session, debriefed, text, code):
    with pytest.raises(Invalid, match=code):
        write(session, debriefed, text, 0)


def test_no_note_before_the_debrief_and_none_for_others(session, debriefed):
    for person in (debriefed.ben, debriefed.director, debriefed.tutor):
        with pytest.raises(NotAllowed, match="no-debrief-yet"):
            write(session, debriefed, "Mine?", 0, person=person)
    with pytest.raises(NotFound):
        write(session, debriefed, "Mine?", 0, person=debriefed.outsider)
    assert session.scalars(select(ClosingNote)).all() == []


@pytest.mark.parametrize("gone", ["leave", "archive"])
def test_whoever_the_round_no_longer_concerns_cannot_act(session, cast, gone):
    meet(session, cast, cast.ana)
    if gone == "leave":
        leave(session, cast, cast.ana)
    else:
        archive(session, cast)
    acts = [
        lambda: begin(session, cast, cast.ana),
        lambda: commit(session, cast, cast.ana, 1),
        lambda: actions.open_next_stage(session, actor=cast.ana, round_id=cast.id, stage=1, now=START),
        lambda: actions.meet_others(session, actor=cast.ana, round_id=cast.id, now=START),
        lambda: actions.open_positions(session, actor=cast.ana, round_id=cast.id, now=START),
        lambda: revisit(session, cast, cast.ana, now=LATER),
        lambda: write(session, cast, "Mine.", 0),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize("person", ["outsider", "stranger", "author", "administrator"])
def test_whoever_it_never_concerned_cannot_begin(session, cast, person):
    with pytest.raises(NotFound):
        begin(session, cast, getattr(cast, person))
    assert session.scalars(select(Participation)).all() == []


@pytest.mark.parametrize("person", ["director", "tutor"])
def test_faculty_do_not_go_through_their_own_round(session, cast, person):
    with pytest.raises(NotAllowed, match="not-a-participant"):
        begin(session, cast, getattr(cast, person))
