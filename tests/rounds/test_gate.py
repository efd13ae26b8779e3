"""Who may see what of a round, and when: the cells of the table, with texts that stand nowhere else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import CohortRole
from ethics.errors import NotAllowed, NotFound
from ethics.people.models import Role
from ethics.rounds import actions, queries
from ethics.rounds.gate import standing
from ethics.rounds.models import Audience, Kind, Phase
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds.reading import (
    CASE,
    EVERYBODY,
    QUESTIONS,
    SECOND_QUESTION,
    commit,
    found,
    meet,
    meeting,
    note,
    reach,
    reason,
    revisit,
)
from tests.rounds_cast import (
    DEBRIEF,
    GUIDE,
    SECOND_STAGE,
    archive,
    build_round,
    join,
    leave,
    make_cohort,
    make_groups,
    make_round,
    move,
    prolong,
)

DAY = timedelta(days=1)
LATER = START + 10 * DAY
CLOSED = START + 20 * DAY
BEFORE = START - 5 * DAY + timedelta(hours=1)
NOBODY = dict.fromkeys(EVERYBODY)
FIRST, AGAIN = Kind.FIRST, Kind.REVISITED
FACULTY = ("director", "tutor", "tutor2")
STUDENTS = ("ana", "ben", "dee", "chi")


def people(*names: str, see: set[str]) -> dict[str, set[str]]:
    return dict.fromkeys(names, see)


# The case as it unfolds


def test_before_beginning_the_case_is_closed_to_students(session, cast):
    assert meeting(session, cast, *CASE, QUESTIONS, SECOND_QUESTION, "Daniel sits") == {
        **NOBODY,
        **people(*STUDENTS, see=set()),
        **people(*FACULTY, see={*CASE, QUESTIONS, SECOND_QUESTION, "Daniel sits"}),
    }


def test_stages_open_as_far_as_reached_and_questions_with_the_gate(session, cast):
    actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    commit(session, cast, cast.ana, 1)
    reach(session, cast, cast.ben)
    meet(session, cast, cast.dee)

    assert meeting(session, cast, *CASE, QUESTIONS, SECOND_QUESTION, "Daniel sits") == {
        **NOBODY,
        **people(*FACULTY, see={*CASE, QUESTIONS, SECOND_QUESTION, "Daniel sits"}),
        "ana": {"Daniel sits"},
        "ben": {"Daniel sits", SECOND_STAGE, SECOND_QUESTION},
        "dee": {"Daniel sits", SECOND_STAGE, SECOND_QUESTION, QUESTIONS},
        "chi": set(),
    }


def test_the_debrief_opens_with_looking_again_and_the_guide_never(session, cast):
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
    revisit(session, cast, cast.ana, now=LATER)

    assert meeting(session, cast, DEBRIEF, GUIDE, now=LATER) == {
        **NOBODY,
        **people(*FACULTY, see={DEBRIEF, GUIDE}),
        **people(*STUDENTS, see=set()),
        "ana": {DEBRIEF},
    }


def test_at_close_the_debrief_opens_for_who_submitted(session, cast):
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
    ana = standing(session, cast.ana, cast.id, now=START).participation
    actions.note_reflected(ana, now=START)
    session.flush()

    assert {now: found(session, cast.ana, cast, now=now).count(DEBRIEF) for now in (START, LATER, CLOSED)} == {
        START: 0,
        LATER: 0,
        CLOSED: 1,
    }
    assert DEBRIEF not in found(session, cast.ben, cast, now=CLOSED)
    prolong(session, cast, cast.ana, CLOSED + DAY)
    assert DEBRIEF not in found(session, cast.ana, cast, now=CLOSED)


def test_without_looking_again_the_debrief_opens_with_the_reflection(session):
    cast = build_round(session, revisit_at=None)
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
    actions.note_reflected(standing(session, cast.ana, cast.id, now=START).participation, now=START)
    session.flush()

    assert meeting(session, cast, DEBRIEF) == {
        **NOBODY,
        **people(*FACULTY, see={DEBRIEF}),
        **people(*STUDENTS, see=set()),
        "ana": {DEBRIEF},
    }


# Stances and reasons


def test_a_stance_is_its_writers_and_faculty_s_of_the_group_until_a_peer_has_committed(session, cast):
    canaries = [reason(FIRST, stage, "Ana") for stage in (1, 2)]
    reach(session, cast, cast.ana)
    meet(session, cast, cast.ben)
    reach(session, cast, cast.dee)
    meet(session, cast, cast.chi)
    own = {**NOBODY, **people(*STUDENTS, "tutor2", see=set()), **people("ana", "tutor", "director", see=set(canaries))}
    before = meeting(session, cast, *canaries)
    actions.meet_others(session, actor=cast.ana, round_id=cast.id, now=START)

    assert before == own, "while Ana may still change it, nobody of the group reads it"
    assert meeting(session, cast, *canaries) == {**own, "ben": set(canaries)}
    actions.meet_others(session, actor=cast.dee, round_id=cast.id, now=START)
    assert meeting(session, cast, *canaries) == {**own, "ben": set(canaries), "dee": set(canaries)}


def test_a_reason_for_faculty_reaches_no_peer(session, cast):
    canaries = [reason(kind, 1, "Ana") for kind in Kind]
    meet(session, cast, cast.ana, audience=Audience.FACULTY)
    for person in (cast.ben, cast.dee, cast.chi):
        meet(session, cast, person)
    revisit(session, cast, cast.ana, now=LATER, audience=Audience.FACULTY)
    revisit(session, cast, cast.ben, now=LATER)

    assert meeting(session, cast, *canaries, now=LATER) == {
        **NOBODY,
        **people("ben", "dee", "chi", "tutor2", see=set()),
        **people("ana", "tutor", "director", see=set(canaries)),
    }


def test_revisited_reasons_open_with_one_s_own(session, cast):
    canary = reason(AGAIN, 2, "Ana")
    for person in (cast.ana, cast.ben, cast.dee, cast.chi):
        meet(session, cast, person)
    for person in (cast.ana, cast.ben, cast.chi):
        revisit(session, cast, person, now=LATER)

    assert meeting(session, cast, canary, now=LATER) == {
        **NOBODY,
        **people("dee", "chi", "tutor2", see=set()),
        **people("ana", "ben", "tutor", "director", see={canary}),
    }


def test_only_the_last_word_before_meeting_the_others_speaks(session, cast):
    actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    commit(session, cast, cast.ana, 1, "canary-first-thought")
    commit(session, cast, cast.ana, 1, "canary-second-thought")
    actions.open_next_stage(session, actor=cast.ana, round_id=cast.id, stage=1, now=START)
    commit(session, cast, cast.ana, 2)
    actions.meet_others(session, actor=cast.ana, round_id=cast.id, now=START)
    meet(session, cast, cast.ben)

    assert meeting(session, cast, "canary-first-thought", "canary-second-thought") == {
        **NOBODY,
        **people("dee", "chi", "tutor2", see=set()),
        **people("ana", "ben", "tutor", "director", see={"canary-second-thought"}),
    }


def test_another_round_of_the_same_group_is_another_matter(session, cast):
    """The same students, group and case: what one says in one round is not in the other."""
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    again = replace(
        cast,
        round=make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"]),
    )
    for person in (cast.ana, cast.dee):
        meet(session, again, person, option="go")
    canaries = [reason(FIRST, 1, name) for name in ("Ben", "Dee")]

    assert [meeting(session, one, *canaries)["ana"] for one in (cast, again)] == [{canaries[0]}, {canaries[1]}]
    at = [standing(session, cast.director, one.id, now=START) for one in (cast, again)]
    assert [
        [line.name for line in queries.students_in(session, cast.director, one) if line.participation] for one in at
    ] == [["Ana Duarte", "Ben Hallam"], ["Ana Duarte", "Dee Okafor"]]


def test_reasons_carry_no_name_and_no_alias(session, cast):
    for person in (cast.ana, cast.ben, cast.dee):
        meet(session, cast, person)
    text = found(session, cast.ana, cast)
    others = [standing(session, person, cast.id, now=START) for person in (cast.ben, cast.dee)]

    assert [at.alias for at in others if at.alias in text] == []
    assert "Ben Hallam" not in text
    assert "Dee Okafor" not in text


def test_a_tutor_reads_the_own_groups_or_where_the_cohort_says_so_all(session, cast):
    canaries = [reason(FIRST, 1, "Ana"), reason(FIRST, 1, "Chi")]
    for person in (cast.ana, cast.chi):
        meet(session, cast, person)

    def read(person):
        return [canary in found(session, person, cast) for canary in canaries]

    assert [read(person) for person in (cast.tutor, cast.tutor2, cast.director)] == [
        [True, False],
        [False, True],
        [True, True],
    ]
    cast.cohort.tutors_read_all = True
    session.flush()
    assert [read(person) for person in (cast.tutor, cast.tutor2)] == [[True, True], [True, True]]


def test_a_closing_note_is_its_writers_alone(session, cast):
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
        revisit(session, cast, person, now=LATER)
    actions.write_closing_note(session, actor=cast.ana, round_id=cast.id, text=note("Ana"), version=0, now=LATER)

    assert meeting(session, cast, note("Ana"), now=LATER) == {
        **NOBODY,
        **people(*STUDENTS, *FACULTY, see=set()),
        "ana": {note("Ana")},
    }


# The round itself


@pytest.mark.parametrize(
    ("opened", "now", "phase", "who"),
    [
        (None, START, Phase.DRAFT, {"director"}),
        (START - 5 * DAY, BEFORE, Phase.SCHEDULED, {*FACULTY, *STUDENTS}),
        (START - 5 * DAY, START, Phase.OPEN, {*FACULTY, *STUDENTS}),
        (START - 5 * DAY, CLOSED, Phase.CLOSED, {*FACULTY, *STUDENTS}),
    ],
)
def test_who_knows_of_a_round_in_each_phase(session, opened, now, phase, who):
    cast = build_round(session, opened_at=opened)
    known = {name: found(session, getattr(cast, name), cast, now=now) is not None for name in EVERYBODY}
    listed = {
        name: [line.round.public_id for line in queries.rounds_of(session, getattr(cast, name))] for name in EVERYBODY
    }

    assert {name for name, knows in known.items() if knows} == who
    assert listed == {name: [cast.id] if name in who else [] for name in EVERYBODY}
    assert standing(session, cast.director, cast.id, now=now).phase is phase


def test_who_never_committed_reads_the_case_as_far_as_reached_after_the_close(session, cast):
    reach(session, cast, cast.ana)
    meet(session, cast, cast.ben)

    assert meeting(session, cast, SECOND_STAGE, reason(FIRST, 1, "Ana"), reason(FIRST, 1, "Ben"), now=CLOSED) == {
        **NOBODY,
        **people("director", "tutor", see={SECOND_STAGE, reason(FIRST, 1, "Ana"), reason(FIRST, 1, "Ben")}),
        "tutor2": {SECOND_STAGE},
        "ana": {SECOND_STAGE, reason(FIRST, 1, "Ana")},
        "ben": {SECOND_STAGE, reason(FIRST, 1, "Ben")},
        "dee": set(),
        "chi": set(),
    }
    with pytest.raises(NotAllowed, match="round-closed"):
        actions.meet_others(session, actor=cast.ana, round_id=cast.id, now=CLOSED)


def test_unknown_rounds_do_not_exist(session, cast):
    with pytest.raises(NotFound):
        standing(session, cast.director, "nowhere", now=START)


# Membership


def test_who_is_removed_has_no_round_and_leaves_their_reasons(session, cast):
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
    leave(session, cast, cast.ana)

    assert meeting(session, cast, reason(FIRST, 1, "Ana")) == {
        **NOBODY,
        **people("dee", "chi", "tutor", "tutor2", "director", see=set()),
        "ben": {reason(FIRST, 1, "Ana")},
    }
    assert queries.rounds_of(session, cast.ana) == []


def test_who_is_removed_from_faculty_has_no_round(session, cast):
    for person in (cast.tutor, cast.director):
        leave(session, cast, person)

    assert [found(session, person, cast) for person in (cast.tutor, cast.director)] == [None, None]


def test_an_archived_cohort_s_rounds_are_for_faculty(session, cast):
    meet(session, cast, cast.ana)
    archive(session, cast)

    assert meeting(session, cast, reason(FIRST, 1, "Ana")) == {
        **NOBODY,
        **people("tutor", "director", see={reason(FIRST, 1, "Ana")}),
        "tutor2": set(),
    }


def test_who_changes_group_meets_the_new_group_with_the_gate_as_it_was(session, cast):
    for person in (cast.ana, cast.ben, cast.chi):
        meet(session, cast, person)
    move(session, cast, cast.ana, cast.groups[1])
    canaries = [reason(FIRST, 1, name) for name in ("Ana", "Ben", "Chi")]

    assert meeting(session, cast, *canaries) == {
        **NOBODY,
        "ana": {canaries[0], canaries[2]},
        "ben": {canaries[1]},
        "dee": set(),
        "chi": {canaries[0], canaries[2]},
        "tutor": {canaries[1]},
        "tutor2": {canaries[0], canaries[2]},
        "director": set(canaries),
    }


def test_who_joins_late_starts_at_step_one(session, cast):
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
    user = enter(session, "Eva")
    join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0], now=LATER)
    eva = actor(user)
    at = standing(session, eva, cast.id, now=LATER)

    assert (at.stage_reached, at.is_complete, at.due_at, at.group_id) == (
        0,
        False,
        cast.round.due_at,
        cast.groups[0].id,
    )
    assert reason(FIRST, 1, "Ana") not in found(session, eva, cast, now=LATER)
    meet(session, cast, eva, now=LATER)
    assert reason(FIRST, 1, "Ana") in found(session, eva, cast, now=LATER)


def test_a_student_without_a_group_goes_through_alone(session, cast):
    meet(session, cast, cast.ana)
    user = enter(session, "Eva")
    join(session, cast.cohort, user, CohortRole.STUDENT)
    eva = actor(user)
    meet(session, cast, eva)
    at = standing(session, eva, cast.id, now=START)

    assert (at.is_complete, at.alias, at.group_id) == (True, None, None)
    assert reason(FIRST, 1, "Ana") not in found(session, eva, cast)


# Other roles besides


def other_round(session, cast, **settings):
    """A round on the same case in a cohort of its own, whose director is Paul."""
    cohort = make_cohort(session, "Year 4")
    [group] = make_groups(session, cohort, "Group 1")
    join(session, cohort, cast.users["paul"], CohortRole.DIRECTOR)
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    made = make_round(session, cohort, group.group_set_id, version, cast.users["paul"], **settings)
    return cohort, group, made


def test_an_author_who_is_a_student_here_has_a_student_s_rights(session, cast):
    user = enter(session, "Eva", Role.AUTHOR, Role.ADMINISTRATOR)
    join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
    eva = actor(user, Role.AUTHOR, Role.ADMINISTRATOR)
    actions.begin(session, actor=eva, round_id=cast.id, now=START)
    text = found(session, eva, cast)

    assert [canary in text for canary in (*CASE, "Daniel sits")] == [False, False, False, True]


@pytest.mark.parametrize("role", [CohortRole.TUTOR, CohortRole.DIRECTOR])
def test_faculty_who_study_the_case_elsewhere_read_it_as_students_do(session, cast, role):
    cohort, group, made = other_round(session, cast)
    join(session, cohort, cast.users["ana"], role, group)
    other = standing(session, cast.ana, made.public_id, now=START)

    assert (other.is_faculty, other.stage_reached, other.debrief_is_open) == (True, 0, False)
    assert queries.open_segments(session, other) == []
    assert queries.decision_points(session, other) == {}
    assert [
        queries.movement(session, other, stage=1).first,
        queries.round_segment_positions(session, cast.ana, cast.round.case_version_id, now=START),
    ] == [None, frozenset()]
    actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    assert queries.round_segment_positions(session, cast.ana, cast.round.case_version_id, now=START) == {1, 2, 4}

    closed = standing(session, cast.ana, made.public_id, now=CLOSED)
    assert (closed.stage_reached, closed.debrief_is_open) == (2, True)
    assert len(queries.open_segments(session, closed)) == 8


def test_cases_studied_are_those_of_open_rounds_of_one_s_own(session, cast):
    case = {session.get_one(CaseVersion, cast.round.case_version_id).case_id}
    people = (cast.ana, cast.director, cast.stranger)

    assert [queries.cases_studied(session, person, now=START) for person in people] == [case, set(), set()]
    assert queries.cases_studied(session, cast.ana, now=BEFORE) == case
    assert queries.cases_studied(session, cast.ana, now=CLOSED) == set()
    prolong(session, cast, cast.ana, CLOSED + DAY)
    assert queries.cases_studied(session, cast.ana, now=CLOSED) == case
    leave(session, cast, cast.ana)
    assert queries.cases_studied(session, cast.ana, now=START) == set()
    archive(session, cast)
    assert queries.cases_studied(session, cast.ben, now=START) == set()


def test_own_rounds_on_a_case(session, cast):
    case_id = session.get_one(CaseVersion, cast.round.case_version_id).case_id

    assert {
        name: [line.cohort for line in queries.own_rounds_on(session, getattr(cast, name), case_id)]
        for name in ("ana", "tutor", "director", "outsider", "author")
    } == {"ana": ["Year 3"], "tutor": ["Year 3"], "director": ["Year 3"], "outsider": [], "author": []}
