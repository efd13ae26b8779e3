"""What waits for faculty, on both databases: what brings something there and what takes it away, and for whom."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import CohortRole
from ethics.discussions import actions as discussions
from ethics.discussions import moderation
from ethics.discussions.models import Comment, State
from ethics.errors import NotFound
from ethics.insights import overview
from ethics.insights.console import Console, console_of, students_in
from ethics.people.models import User
from ethics.rounds import actions
from ethics.rounds.gate import standing
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.talking import Talk
from tests.rounds.reading import revisit
from tests.rounds_cast import (
    RoundCast,
    archive,
    build_round,
    commit_everywhere,
    join,
    leave,
    make_cohort,
    make_groups,
    make_round,
)

DAY = timedelta(days=1)
FAR = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> RoundCast:
    made = build_round(session, revisit_at=START - DAY)
    session.commit()
    return made


@pytest.fixture
def talk(session: Session, cast: RoundCast) -> Talk:
    return Talk(session, cast)


def meet(session, cast, person, option="stay", now=START - 3 * DAY):
    commit_everywhere(session, cast, person, option=option, now=now)
    actions.meet_others(session, actor=person, round_id=cast.id, now=now)
    session.commit()


def everybody_meets(session, cast, **options):
    for name in ("ana", "ben", "dee"):
        meet(session, cast, getattr(cast, name), options.get(name, "stay"))


def waiting(session, cast, person=None, now=START, group=""):
    at = standing(session, person or cast.director, cast.id, now=now)
    lines = overview.students(session, person or cast.director, at)
    return console_of(session, at, students_in(lines, group))


def begun_by(talk, *people, now=START - 2 * DAY):
    """A thread of the first of these people, in which the others have written."""
    thread = talk.start(people[0], "He was asked.", now=now)
    return thread, [talk.post(person, thread, "So he was.", now=now) for person in people[1:]]


def hide(session, cast, comment):
    moderation.hide_comment(
        session,
        actor=cast.director,
        comment_id=comment.public_id,
        category="identifies",
        categories=("identifies",),
        reason="A name.",
        now=START,
    )
    session.commit()


def test_who_waits_stands_by_what_they_wait_for_the_longest_first(session, cast, talk):
    everybody_meets(session, cast)
    meet(session, cast, cast.chi)
    answered = talk.reflect(cast.chi, now=START - 3 * DAY)
    talk.reflect(cast.ana, now=START - DAY)
    talk.reflect(cast.ben, now=START - 2 * DAY)
    talk.reflect(cast.dee, asked="Was it right?", now=START)
    found = waiting(session, cast)
    talk.release(cast.tutor2, talk.draft(cast.tutor2, answered, "Yes."))

    def names(lines):
        return [line.name.split()[0] for line in lines]

    assert (names(found.asked), names(found.first_answer)) == (["Dee"], ["Chi", "Ben", "Ana"])
    assert names(waiting(session, cast).first_answer) == ["Ben", "Ana"]
    assert names(waiting(session, cast, cast.tutor2).first_answer) == []
    assert names(waiting(session, cast, group=cast.groups[1].public_id).asked) == []


def test_a_thread_waits_until_somebody_else_has_replied_where_the_group_can_read_it(session, cast, talk):
    everybody_meets(session, cast)
    thread, _ = begun_by(talk, cast.ana)
    talk.start(cast.tutor, "And you?", group_id=cast.groups[0].public_id, now=START - 2 * DAY)
    talk.start(cast.ben, "Only just.", now=START - DAY / 2)

    def threads():
        return [(line.thread_id, line.group.name) for line in waiting(session, cast).unanswered]

    waits = [(thread.public_id, "Group 1")]
    assert threads() == waits
    talk.post(cast.ana, thread, "Anybody?")
    assert threads() == waits
    reply = talk.post(cast.ben, thread, "I think so.")
    assert threads() == []
    hide(session, cast, reply)
    assert threads() == waits
    talk.post(cast.tutor, thread, "Why do you ask?")
    assert threads() == []


def test_a_thread_that_the_group_cannot_read_or_whose_writer_left_waits_for_nobody(session, cast, talk):
    everybody_meets(session, cast)
    begun_by(talk, cast.ben)
    thread, _ = begun_by(talk, cast.ana)
    opening = session.query(Comment).filter_by(thread_id=thread.id).one()
    hide(session, cast, opening)
    leave(session, cast, cast.ben)
    session.commit()

    assert waiting(session, cast).unanswered == []
    opening.state, thread.locked_at = State.VISIBLE, None
    session.commit()
    assert len(waiting(session, cast).unanswered) == 1
    for state, released_at, locked_at in (
        (State.HELD, None, None),
        (State.WITHDRAWN, START, None),
        (State.VISIBLE, START + DAY, None),
        (State.VISIBLE, START, START),
    ):
        opening.state, opening.released_at, thread.locked_at = state, released_at, locked_at
        session.commit()
        assert waiting(session, cast).unanswered == []


def test_a_group_is_silent_three_days_after_the_last_word_while_the_round_is_open(session, cast, talk):
    def silent(now=START, person=None):
        return [(line.group.name, line.since) for line in waiting(session, cast, person, now).silent]

    assert silent() == []
    meet(session, cast, cast.ana)
    meet(session, cast, cast.chi)
    assert silent() == []
    meet(session, cast, cast.ben)
    assert silent() == [("Group 1", None)]
    assert silent(person=cast.tutor2) == []
    thread, _ = begun_by(talk, cast.ana, now=START)
    assert silent() == []
    assert silent(START + 3 * DAY) == [("Group 1", START)]
    talk.post(cast.tutor, thread, "And now?", now=START + 2 * DAY)
    assert silent(START + 3 * DAY) == []
    assert silent(START + 15 * DAY) == []


def test_a_thread_in_which_all_agree(session, cast, talk):
    everybody_meets(session, cast)
    thread, comments = begun_by(talk, cast.ana, cast.ben)

    def agreed():
        return [line.thread_id for line in waiting(session, cast).agreed]

    assert agreed() == []
    talk.post(cast.tutor, thread, "Really?")
    assert agreed() == []
    talk.post(cast.dee, thread, "I agree.")
    assert agreed() == [thread.public_id]
    discussions.withdraw_comment(session, actor=cast.ben, comment_id=comments[0].public_id, now=START)
    session.commit()
    assert agreed() == []
    discussions.restore_comment(session, actor=cast.ben, comment_id=comments[0].public_id, now=START)
    revisit(session, cast, cast.ben, now=START, option="go")
    session.commit()
    assert agreed() == []


@pytest.mark.parametrize("option", ["another", "unsure"])
def test_being_unsure_together_is_no_agreement(session, cast, talk, option):
    for person in (cast.ana, cast.ben, cast.dee):
        actions.begin(session, actor=person, round_id=cast.id, now=START)
        for stage in (1, 2):
            stance = actions.StanceInput(option, "Wait." * (option == "another"), 3, "Why.", [], "group")
            actions.commit(
                session, actor=person, round_id=cast.id, stage=stage, stance=stance, principles=(), now=START
            )
            if stage == 1:
                actions.open_next_stage(session, actor=person, round_id=cast.id, stage=1, now=START)
        actions.meet_others(session, actor=person, round_id=cast.id, now=START)
    begun_by(talk, cast.ana, cast.ben, cast.dee)

    found = waiting(session, cast)
    assert (found.agreed, [line.options for line in found.unheard]) == ([], [["stay", "go"]])


def test_a_position_without_a_voice_says_nothing_of_who_keeps_silent(session, cast, talk):
    everybody_meets(session, cast)
    meet(session, cast, cast.chi, "go")
    thread, _ = begun_by(talk, cast.ana, cast.ben)

    def unheard():
        return [(line.group.name, line.options) for line in waiting(session, cast).unheard]

    assert unheard() == []
    talk.post(cast.dee, thread, "I agree.")
    alone = unheard()
    eva = actor(enter(session, "Eva Lind"))
    join(session, cast.cohort, session.get_one(User, eva.id), CohortRole.STUDENT, cast.groups[0])
    meet(session, cast, eva, "go")
    assert unheard() == alone == [("Group 1", ["go"])]
    comment = talk.post(eva, thread, "Let him go.")
    assert unheard() == []
    hide(session, cast, comment)
    assert unheard() == alone
    leave(session, cast, cast.dee)
    session.commit()
    assert unheard() == []


def test_a_group_of_fewer_than_four_is_said_to_be_small_until_the_round_is_over(session, cast):
    def small(now=START):
        return [(line.group, line.students) for line in waiting(session, cast, now=now).small]

    assert small() == [("Group 1", 3), ("Group 2", 1)]
    user = enter(session, "Eva Lind")
    join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
    session.commit()
    assert small() == [("Group 2", 1)]
    assert small(START + 15 * DAY) == []


def test_nothing_waits_for_others_for_who_studies_the_case_and_in_an_archived_class(session, cast, talk):
    everybody_meets(session, cast)
    talk.reflect(cast.ana)
    other = make_cohort(session, "Evening class")
    [group] = make_groups(session, other, "Group 1")
    join(session, other, session.get_one(User, cast.tutor.id), CohortRole.STUDENT, group)
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    make_round(session, other, group.group_set_id, version, cast.users["paul"], close_at=FAR)
    session.commit()

    for person in (cast.ana, cast.tutor):
        with pytest.raises(NotFound):
            waiting(session, cast, person)
    assert not waiting(session, cast).is_empty
    archive(session, cast)
    session.commit()
    assert waiting(session, cast) == Console()


def test_a_class_of_thirty_takes_as_many_statements_as_one_of_six(db, session, cast, talk):
    counts = []
    for people in (3, 27):
        for number in range(people):
            user = enter(session, f"Student{people}x{number}")
            join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[number % 2])
            meet(session, cast, actor(user))
            talk.reflect(actor(user))
            begun_by(talk, actor(user))
        with db.reading() as reading:
            at = standing(reading, cast.director, cast.id, now=START)
            lines = overview.students(reading, cast.director, at)
            sent = []
            event.listen(db.reader, "before_cursor_execute", lambda *_, sent=sent: sent.append(1))
            found = console_of(reading, at, lines)
        counts.append((len(found.unanswered), len(found.unheard), len(sent)))

    assert counts == [(3, 0, 3), (30, 2, 4)]
