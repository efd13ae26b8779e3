"""The demo class: who is in it, where each of its rounds stands, and classes of other sizes."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ethics.cases.models import Case, CaseVersion
from ethics.cli.demo.loader import ROUNDS
from ethics.cli.demo.recombine import recombined
from ethics.cli.demo.texts import read_class, read_round
from ethics.cohorts.models import Cohort, Group, GroupMember, GroupTutor, Membership
from ethics.db import Database
from ethics.discussions.answer_models import FeedbackPart, Outcome, Wish
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.moderation_models import Matter, Waits
from ethics.notices.models import Notice
from ethics.people.models import User
from ethics.reflections.models import Reflection
from ethics.rounds.models import Participation, Round

PEOPLE, TEXTS = read_class(), [read_round(case) for case in ROUNDS]


@pytest.fixture(scope="module")
def demo(demo_class, sqlite_store) -> Iterator[Session]:
    url = demo_class("sqlite")
    database = Database(url)
    with database.reading() as session:
        yield session
    database.dispose()
    sqlite_store.drop(url)


def far(demo: Session, name: str) -> list[tuple[str, bool, bool, bool]]:
    """Where somebody stands in each round: has met the others, submitted, looked again."""
    rows = demo.execute(
        select(Case.slug, Participation.completed_at, Participation.reflected_at, Participation.revisited_at)
        .join(Round, Round.id == Participation.round_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .join(Case, Case.id == CaseVersion.case_id)
        .join(User, User.id == Participation.user_id)
        .where(User.email == f"{name}@demo.example")
        .order_by(Round.opens_at)
    )
    return [(slug, bool(met), bool(submitted), bool(again)) for slug, met, submitted, again in rows]


def test_thirty_six_students_of_five_professions_in_six_groups(demo: Session) -> None:
    rows = demo.execute(
        select(Group.name, Membership.profession)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .join(Membership, Membership.id == GroupMember.membership_id)
    ).all()

    assert Counter(group for group, _ in rows) == {f"Group {number}": 6 for number in range(1, 7)}
    assert len({profession for _, profession in rows}) >= 5


def test_two_tutors_share_the_groups(demo: Session) -> None:
    rows = demo.execute(
        select(User.email, Group.name)
        .join(Membership, Membership.user_id == User.id)
        .join(GroupTutor, GroupTutor.membership_id == Membership.id)
        .join(Group, Group.id == GroupTutor.group_id)
        .order_by(User.email, Group.id)
    ).all()

    assert [tuple(row) for row in rows] == [
        *(("tutor2@demo.example", f"Group {number}") for number in (3, 4, 5, 6)),
        *(("tutor@demo.example", f"Group {number}") for number in (1, 2)),
    ]


def test_there_are_three_rounds_one_after_the_other(demo: Session) -> None:
    rows = demo.execute(
        select(Case.slug, Cohort.name)
        .join(CaseVersion, CaseVersion.case_id == Case.id)
        .join(Round, Round.case_version_id == CaseVersion.id)
        .join(Cohort, Cohort.id == Round.cohort_id)
        .order_by(Round.opens_at)
    ).all()

    assert [tuple(row) for row in rows] == [(case, "Year 3, autumn") for case in ROUNDS]


def test_those_who_can_be_tried_stand_where_the_table_says(demo: Session) -> None:
    assert far(demo, "ana")[0] == ("the-line-goes-too", True, True, True)
    assert far(demo, "ana")[1] == ("short-count", True, False, False)
    assert len(far(demo, "ana")) == 2
    assert far(demo, "ben")[0][2:] == (False, False)
    assert far(demo, "chi")[0][1:3] == (True, True)


def test_nothing_lies_in_the_future(demo: Session) -> None:
    now = demo.scalars(select(func.max(User.created_at))).one()
    for moment in (Comment.created_at, Participation.created_at, Participation.revisited_at, Reflection.submitted_at):
        latest = demo.scalars(select(func.max(moment))).one()
        assert latest is not None
        assert latest <= now


def test_something_waits_for_the_tutor_and_for_the_director(demo: Session) -> None:
    rows = demo.execute(
        select(User.email, Matter.waits, Comment.state)
        .join(Matter.comment)
        .join(User, User.id == Comment.author_id)
        .where(Matter.settled_by_id.is_(None))
        .order_by(Matter.id)
    )

    assert [tuple(row) for row in rows] == [
        ("chloe@demo.example", Waits.HELD, State.HELD),
        ("ben@demo.example", Waits.APPEAL, State.HIDDEN),
        ("samir@demo.example", Waits.REPORTED, State.VISIBLE),
    ]


def test_threads_begin_from_passages_and_quote(demo: Session) -> None:
    threads = demo.execute(select(Thread.anchor, Thread.shared_reflection_id)).all()
    quoted = demo.scalars(select(Comment.quotation)).all()

    assert Counter(shared is not None for anchor, shared in threads if anchor) == {False: 2, True: 1}
    assert sum(map(bool, quoted)) == 6


def test_feedback_stands_at_passages_and_one_waits_for_monday(demo: Session) -> None:
    later = select(func.count()).select_from(Comment).where(Comment.released_at > func.current_timestamp())
    at_passages = select(func.count()).where(FeedbackPart.passage.is_not(None))

    assert demo.scalars(later).one() == 2
    assert demo.scalars(at_passages).one() == 4
    assert Counter(demo.scalars(select(Outcome.wish))) == {Wish.REVISE: 2, Wish.ACCEPTED: 1}


def test_a_thread_stands_in_both_of_the_tutors_groups(demo: Session) -> None:
    assert demo.scalars(select(func.count()).where(Comment.to_all)).one() == 2


def test_ana_and_her_tutor_have_something_new(demo: Session) -> None:
    waiting = (
        select(func.count()).select_from(Notice).join(User, User.id == Notice.user_id).where(Notice.seen_at.is_(None))
    )

    for name in ("ana", "tutor"):
        assert demo.scalars(waiting.where(User.email == f"{name}@demo.example")).one() > 0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300))
def test_a_class_of_any_size_says_only_what_its_own_people_say(students: int) -> None:
    people, rounds = recombined(PEOPLE, TEXTS, students=students)
    cohort = people.cohorts[0]
    groups = [{student.email.removesuffix("@demo.example") for student in group.students} for group in cohort.groups]
    everybody = set().union(*groups)

    assert sum(map(len, groups)) == len(everybody) == students
    assert {number for tutor in cohort.tutors for number in tutor.groups} == set(range(1, len(groups) + 1))
    teachers = {person.email.removesuffix("@demo.example") for person in people.people}
    for text in rounds:
        assert set(text.students) <= everybody
        assert {answer.to for answer in text.feedback} <= everybody
        for thread in text.threads:
            assert thread.people <= groups[thread.group - 1] | teachers


def test_its_own_size_leaves_the_class_as_it_is() -> None:
    people, rounds = recombined(PEOPLE, TEXTS, students=36)

    assert people == PEOPLE
    assert [sorted(text.students) for text in rounds] == [sorted(text.students) for text in TEXTS]
    assert [len(text.threads) for text in rounds] == [len(text.threads) for text in TEXTS]


def test_a_bigger_class_has_one_name_a_person() -> None:
    people, _ = recombined(PEOPLE, TEXTS, students=400)
    names = [student.name for group in people.cohorts[0].groups for student in group.students]

    assert len(set(names)) == len(names) == 400
