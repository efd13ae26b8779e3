"""A class at a glance, on both databases: who sees which students, where each stands, in which order, at what cost."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import CohortRole, GroupMember, Membership
from ethics.discussions import feedback
from ethics.errors import NotFound
from ethics.insights import overview, positions
from ethics.insights.duties import groups_in_need, groups_waiting, students_waiting, unopened
from ethics.insights.overview import NO_GROUP, Show, Sort, Wish
from ethics.people.models import User
from ethics.rounds import actions
from ethics.rounds.gate import standing
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.talking import Talk, rendered
from tests.rounds.reading import revisit
from tests.rounds_cast import (
    RoundCast,
    build_round,
    commit_everywhere,
    join,
    leave,
    make_cohort,
    make_groups,
    make_round,
    meet,
    prolong,
)

DAY = timedelta(days=1)
LATER = START + 10 * DAY
FAR = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> RoundCast:
    made = build_round(session)
    session.commit()
    return made


@pytest.fixture
def talk(session: Session, cast: RoundCast) -> Talk:
    return Talk(session, cast)


def students(session, cast, person, now=START):
    return overview.students(session, person, standing(session, person, cast.id, now=now))


def names(lines):
    return [line.name.split()[0] for line in lines]


def asked(session, cast, now=START, **wish):
    at = standing(session, cast.director, cast.id, now=now)
    return names(overview.wanted(at, overview.students(session, cast.director, at), Wish(**wish)))


def unseat(session, person):
    places = select(Membership.id).where(Membership.user_id == person.id)
    session.execute(delete(GroupMember).where(GroupMember.membership_id.in_(places)))
    session.commit()


def answer(session, person, reflection, *, now=START):
    """Write an answer and release it."""
    draft = feedback.draft_feedback(
        session,
        actor=person,
        reflection_id=reflection.public_id,
        source="Yes.",
        rendered=rendered("Yes."),
        version=0,
        now=now,
    )
    feedback.release_feedback(session, actor=person, comment_ids=[draft.public_id], now=now)
    session.commit()


def study(session, cast, person):
    """Make somebody a student on the case elsewhere, in a round that lies beyond the database's own clock."""
    cohort = make_cohort(session, "Evening class")
    [group] = make_groups(session, cohort, "Group 1")
    join(session, cohort, session.get_one(User, person.id), CohortRole.STUDENT, group)
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    make_round(session, cohort, group.group_set_id, version, cast.users["paul"], close_at=FAR)
    session.commit()


def test_faculty_see_the_students_they_teach(session, cast):
    leave(session, cast, cast.ben)
    people = (cast.director, cast.tutor, cast.tutor2, cast.ana)

    assert [names(students(session, cast, person)) for person in people] == [
        ["Ana", "Dee", "Chi"],
        ["Ana", "Dee"],
        ["Chi"],
        [],
    ]


def test_students_without_a_group_are_the_director_s(session, cast):
    unseat(session, cast.ana)

    assert [names(students(session, cast, person)) for person in (cast.director, cast.tutor)] == [
        ["Ben", "Dee", "Chi", "Ana"],
        ["Ben", "Dee"],
    ]
    assert asked(session, cast, group=NO_GROUP) == ["Ana"]
    assert [line.group for line in overview.by_group(students(session, cast, cast.director))] == [
        "Group 1",
        "Group 2",
        None,
    ]


def test_each_line_says_how_far_its_student_has_come(session, cast, talk):
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
    talk.reflect(cast.ana)
    actions.begin(session, actor=cast.dee, round_id=cast.id, now=START)
    session.commit()

    assert [
        (line.stage_reached, line.is_complete, line.reflected_at, line.turn, line.group, bool(line.alias))
        for line in students(session, cast, cast.tutor)
    ] == [
        (2, True, START, "new", "Group 1", True),
        (2, True, None, None, "Group 1", True),
        (1, False, None, None, "Group 1", True),
    ]


def test_lists_are_narrowed_and_sorted_as_asked(session, cast, talk):
    for days, person in ((3, cast.dee), (2, cast.chi), (1, cast.ana)):
        meet(session, cast, person)
        question = "Was it right?" if person is cast.chi else ""
        reflection = talk.reflect(person, asked=question, now=START - days * DAY)
    answer(session, cast.director, reflection)

    assert {show: asked(session, cast, show=show) for show in Show} == {
        Show.ALL: ["Ana", "Ben", "Dee", "Chi"],
        Show.NOT_BEGUN: ["Ben"],
        Show.NOT_SUBMITTED: ["Ben"],
        Show.ASKED: ["Chi"],
        Show.WAITING: ["Dee", "Chi"],
        Show.LATE: [],
    }
    assert {sort: asked(session, cast, sort=sort) for sort in Sort} == {
        Sort.GROUP: ["Ana", "Ben", "Dee", "Chi"],
        Sort.NAME: ["Ana", "Ben", "Chi", "Dee"],
        Sort.WAITING: ["Dee", "Chi", "Ana", "Ben"],
        Sort.PROGRESS: ["Ben", "Ana", "Chi", "Dee"],
    }
    assert asked(session, cast, name="uart") == ["Ana"]
    assert asked(session, cast, name="TRAN", show=Show.WAITING) == ["Chi"]
    assert asked(session, cast, group=cast.groups[1].public_id) == ["Chi"]
    assert asked(session, cast, group="no-such-group") == []


def test_late_is_who_came_late_and_who_has_not_come(session, cast, talk):
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
    talk.reflect(cast.ana, now=LATER)
    talk.reflect(cast.ben)
    prolong(session, cast, cast.dee, LATER + 2 * DAY, due_at=LATER + DAY)
    session.commit()

    assert asked(session, cast, show=Show.LATE, now=LATER) == ["Ana", "Chi"]
    assert asked(session, cast, show=Show.LATE, now=LATER + 2 * DAY) == ["Ana", "Dee", "Chi"]


def test_groups_say_where_students_wait_for_a_first_answer(session, cast, talk):
    for days, person in ((3, cast.dee), (2, cast.chi), (1, cast.ana)):
        meet(session, cast, person)
        reflection = talk.reflect(person, now=START - days * DAY)
    found = students(session, cast, cast.director)

    assert [(line.group, line.waiting, line.waiting_since, line.reflected) for line in overview.by_group(found)] == [
        ("Group 1", 2, START - 3 * DAY, 2),
        ("Group 2", 1, START - 2 * DAY, 1),
    ]
    answer(session, cast.tutor, reflection)
    everybody = overview.everybody(students(session, cast, cast.director))
    assert (everybody.waiting, everybody.answered, everybody.begun, everybody.complete) == (2, 1, 3, 3)


def test_one_s_own_draft_hides_that_a_student_waits_from_nobody_else(session, cast, talk):
    meet(session, cast, cast.ana)
    reflection = talk.reflect(cast.ana)
    feedback.draft_feedback(
        session,
        actor=cast.tutor,
        reflection_id=reflection.public_id,
        source="Yes.",
        rendered=rendered("Yes."),
        version=0,
        now=START,
    )
    session.commit()

    turns = [students(session, cast, person)[0].turn for person in (cast.tutor, cast.director)]
    assert turns == ["kept", "new"]
    assert [line.waiting for line in overview.by_group(students(session, cast, cast.tutor))] == [1]


def test_positions_split_by_group_and_in_all(session, cast):
    for person, option in ((cast.ana, "go"), (cast.ben, "go"), (cast.dee, "stay"), (cast.chi, "stay")):
        commit_everywhere(session, cast, person, option=option)
    actions.meet_others(session, actor=cast.ana, round_id=cast.id, now=START)
    revisit(session, cast, cast.ana, now=LATER)
    session.commit()

    def picture(person):
        return positions.pictures(session, person, standing(session, person, cast.id, now=LATER))[1]

    whole, own = picture(cast.director), picture(cast.tutor2)
    assert (whole.all.first, sum(whole.all.again.values())) == ({"go": 2, "stay": 2}, 1)
    assert [(name, split.first) for name, split in whole.groups] == [
        ("Group 1", {"go": 2, "stay": 1}),
        ("Group 2", {"stay": 1}),
    ]
    assert (whole.named, whole.pairs) == ([("autonomy", 4)], [])
    assert (own.all.first, [name for name, _ in own.groups]) == ({"stay": 1}, ["Group 2"])
    with pytest.raises(NotFound):
        picture(cast.ana)


def test_principles_named_together_are_counted_as_pairs(session, cast):
    for person, principles in ((cast.ana, ["beneficence", "autonomy"]), (cast.ben, ["autonomy", "beneficence"])):
        actions.begin(session, actor=person, round_id=cast.id, now=START)
        stance = actions.StanceInput("go", "", 3, "Why.", principles, "group")
        actions.commit(
            session, actor=person, round_id=cast.id, stage=1, stance=stance, principles=tuple(principles), now=START
        )
    session.commit()
    found = positions.pictures(session, cast.tutor, standing(session, cast.tutor, cast.id, now=START))

    assert (found[1].pairs, sorted(found[1].named)) == (
        [(("autonomy", "beneficence"), 2)],
        [("autonomy", 2), ("beneficence", 2)],
    )


def test_who_studies_the_case_elsewhere_sees_who_is_where_and_nothing_they_wrote(session, cast, talk):
    meet(session, cast, cast.ana)
    talk.reflect(cast.ana)
    study(session, cast, cast.tutor)
    at = standing(session, cast.tutor, cast.id, now=START)

    assert names(overview.students(session, cast.tutor, at)) == ["Ana", "Ben", "Dee"]
    with pytest.raises(NotFound):
        positions.pictures(session, cast.tutor, at)
    assert [names(students_waiting(session, person)) for person in (cast.tutor, cast.director)] == [[], ["Ana"]]
    assert [
        [(line.group, line.students) for line in groups_waiting(session, person)]
        for person in (cast.tutor, cast.director)
    ] == [[], [("Group 1", 1)]]


def test_what_waits_for_somebody_is_asked_in_one_statement_each(db, session, cast, talk):
    counts = []
    for people in (1, 2, 27):
        for number in range(people):
            user = enter(session, f"Student{people}x{number}")
            join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[number % 2])
            meet(session, cast, actor(user))
            talk.reflect(actor(user))
        with db.reading() as reading:
            at = standing(reading, cast.director, cast.id, now=START)
            sent = []
            event.listen(db.reader, "before_cursor_execute", lambda *_, sent=sent: sent.append(1))
            found = overview.students(reading, cast.director, at)
            positions.pictures(reading, cast.director, at)
            waiting = students_waiting(reading, cast.director)
            groups_in_need(reading, cast.director)
            unopened(reading, cast.director, now=START)
        counts.append((len(found), waiting[0].all, len(sent)))

    assert counts == [(5, 1, 6), (7, 3, 6), (34, 30, 6)]
