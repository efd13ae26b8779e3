"""A group's sheet for the seminar room, on both databases: what it is made of, and what can never stand on it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from ethics.cases.models import CaseVersion, Segment, SegmentKind
from ethics.cohorts.models import CohortRole
from ethics.discussions import actions as discussions
from ethics.discussions.models import Comment, State
from ethics.errors import NotFound
from ethics.insights.summary import summary_of
from ethics.people.models import User
from ethics.rounds import actions
from ethics.rounds.gate import standing
from ethics.rounds.models import Alias, Audience
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.talking import Talk
from tests.rounds.reading import commit, revisit
from tests.rounds_cast import RoundCast, build_round, join, leave

REASONS = {
    "ana": ("stay", "Nobody has asked him what frightens him about another week indoors."),
    "ben": ("stay", "Nobody has asked him what frightens him about another month indoors."),
    "dee": ("go", "Capacity belongs with him, however foolish leaving tonight appears to doctors."),
    "eva": ("go", "Capacity belongs with him, however foolish leaving appears to nurses."),
    "gus": ("another", "An infusion nurse could visit at the shelter every morning."),
}
PEOPLE = [{"name": name, "roles": ["clinician"]} for name in ("Daniel", "Dr Reid", "Gráinne", "Bilal")]


@pytest.fixture
def cast(session: Session) -> RoundCast:
    """Group 1 has five students; the case has people, one of them with a perspective, and two questions."""
    made = build_round(session, revisit_at=START - timedelta(days=1))
    for name in ("Eva Lind", "Gus Hale"):
        user = enter(session, name)
        made.users[name.split()[0].lower()] = user
        join(session, made.cohort, user, CohortRole.STUDENT, made.groups[0])
    version = session.get_one(CaseVersion, made.round.case_version_id)
    version.front = {**version.front, "people": PEOPLE}
    session.add(
        Segment(
            version_id=version.id,
            position=20,
            kind=SegmentKind.PERSPECTIVE,
            stage=2,
            heading="Rosa, social worker",
            source="",
            html="",
            items=[],
            words="",
        )
    )
    questions = session.query(Segment).filter_by(version_id=version.id, kind=SegmentKind.QUESTIONS).one()
    questions.items = [{"number": number, "html": f"<p>Question {number}?</p>"} for number in (1, 2)]
    session.commit()
    return made


@pytest.fixture
def talk(session: Session, cast: RoundCast) -> Talk:
    return Talk(session, cast)


def who(cast, name):
    return actor(cast.users[name])


def meet(session, cast, name, reason="", option="", **changes):
    """Let somebody commit everywhere with the reason given, or their own, and open what is others'."""
    own_option, own_reason = REASONS.get(name, ("stay", ""))
    more = {"option": option or own_option, **changes}
    if more["option"] == "another":
        more["other"] = "A nurse who visits."
    actions.begin(session, actor=who(cast, name), round_id=cast.id, now=START)
    commit(session, cast, who(cast, name), 1, "Short.", **more)
    actions.open_next_stage(session, actor=who(cast, name), round_id=cast.id, stage=1, now=START)
    commit(session, cast, who(cast, name), 2, reason or own_reason, **more)
    actions.meet_others(session, actor=who(cast, name), round_id=cast.id, now=START)
    session.commit()


def everybody_meets(session, cast, *, but=()):
    for name in REASONS:
        if name not in but:
            meet(session, cast, name)


def sheet(session, cast, person=None, group=0, now=START):
    person = person or cast.tutor
    at = standing(session, person, cast.id, now=now)
    return summary_of(session, person, at, cast.groups[group].public_id)


def test_numbers_stand_only_from_five_respondents_on_and_are_the_first_positions(session, cast):
    everybody_meets(session, cast, but=("gus",))
    early = sheet(session, cast)
    meet(session, cast, "gus")
    revisit(session, cast, cast.ana, now=START, option="go")
    session.commit()
    whole = sheet(session, cast)

    assert (early.splits, early.reasons, early.waits_for_some) == ({}, [], True)
    assert [(stage, dict(tally.counts)) for stage, tally in whole.splits.items()] == [
        (1, {"stay": 2, "go": 2, "another": 1}),
        (2, {"stay": 2, "go": 2, "another": 1}),
    ]
    assert not whole.waits_for_some


def test_who_has_left_or_can_still_change_is_not_counted(session, cast):
    everybody_meets(session, cast, but=("gus",))
    gus = who(cast, "gus")
    actions.begin(session, actor=gus, round_id=cast.id, now=START)
    commit(session, cast, gus, 1, "Not for good yet, this one.")
    actions.open_next_stage(session, actor=gus, round_id=cast.id, stage=1, now=START)
    commit(session, cast, gus, 2, "Not for good yet, this one.")
    session.commit()
    assert sheet(session, cast).splits == {}

    actions.meet_others(session, actor=gus, round_id=cast.id, now=START)
    session.commit()
    assert len(sheet(session, cast).splits) == 2
    leave(session, cast, cast.ana)
    session.commit()
    assert (sheet(session, cast).splits, sheet(session, cast).reasons) == ({}, [])


def test_reasons_differ_first_by_position_then_by_words(session, cast):
    everybody_meets(session, cast)
    meet(session, cast, "chi", "canary of another group, with words of its own")
    found = sheet(session, cast).reasons

    chosen = {name for name, (_, reason) in REASONS.items() if reason in found}
    assert (len(found), chosen & {"ana", "ben"}, chosen & {"dee", "eva"}) in [
        (3, {one}, {other}) for one in ("ana", "ben") for other in ("dee", "eva")
    ]
    assert "gus" in chosen
    assert sheet(session, cast).reasons == found


def test_a_reason_for_faculty_of_who_left_too_short_or_with_somebody_in_it_is_never_chosen(session, cast):
    everybody_meets(session, cast, but=("ana", "dee", "gus"))
    meet(session, cast, "ana", audience=Audience.FACULTY)
    meet(session, cast, "dee", "As Gus said to all of us at lunch, he decides.", "unsure")
    meet(session, cast, "gus", "Only he.", "another")
    heron = session.query(Alias).filter_by(group_id=cast.groups[0].id).first().name
    for name, reason in (
        ("fay", f"It is as {heron} says: he decides alone."),
        ("hal", "Call me on 07700 900 123 or nurse@ward.org and ask."),
        ("ivo", "canary of a student who has left the class"),
        ("jan", "Daniel has every right to an honest answer."),
    ):
        cast.users[name] = enter(session, f"{name.title()} Newman")
        join(session, cast.cohort, cast.users[name], CohortRole.STUDENT, cast.groups[0])
        meet(session, cast, name, reason)
    leave(session, cast, who(cast, "ivo"))
    session.commit()

    assert set(sheet(session, cast).reasons) == {
        REASONS["ben"][1],
        REASONS["eva"][1],
        "Daniel has every right to an honest answer.",
    }


def test_a_real_name_that_is_also_in_the_case_is_the_case_s(session, cast):
    daniel = session.get_one(User, who(cast, "gus").id)
    daniel.name = "Daniel Hale"
    session.commit()
    everybody_meets(session, cast, but=("gus",))
    meet(session, cast, "gus", "Daniel knows what he leaves behind him.")

    assert "Daniel knows what he leaves behind him." in sheet(session, cast).reasons


def test_mentioned_is_who_a_text_names_that_the_whole_group_can_read(session, cast, talk):
    everybody_meets(session, cast, but=("gus",))
    meet(session, cast, "gus", "I would ask DANIEL once more.")
    thread = talk.start(cast.ana, "And grainne’s fears?", title="Whose risk is it?")
    for state in (State.HELD, State.HIDDEN, State.WITHDRAWN):
        comment = talk.post(cast.ben, thread, f"Bilal, {state}.")
        comment.state = state
    later = talk.post(cast.tutor, thread, "What of Bilal?")
    later.released_at = START + timedelta(days=1)
    talk.post(cast.tutor, thread, "Rosa, once most have spoken.", after_most=True)
    meet(session, cast, "chi")
    talk.start(cast.chi, "Bilal and Rosa?", title="In group 2")
    session.commit()

    assert sheet(session, cast).unmentioned == ["Dr Reid", "Bilal", "Rosa"]
    talk.start(cast.dee, "Who pays?", title="What does Dr. Reid owe?")
    assert sheet(session, cast).unmentioned == ["Bilal", "Rosa"]
    assert sheet(session, cast, now=START + timedelta(days=1)).unmentioned == ["Rosa"]


def test_what_only_faculty_read_mentions_nobody(session, cast):
    everybody_meets(session, cast, but=("gus",))
    meet(session, cast, "gus", "Bilal should be asked about the pump.", audience=Audience.FACULTY)

    assert sheet(session, cast).unmentioned == ["Daniel", "Dr Reid", "Gráinne", "Bilal", "Rosa"]


def test_the_next_question_is_one_nobody_began_from_or_the_least_answered(session, cast, talk):
    for name in ("ana", "ben"):
        meet(session, cast, name)

    def number(group=0):
        return sheet(session, cast, cast.director, group).question.number

    assert number() == 1
    first = talk.start(cast.ana, "He does.", question=1)
    assert (number(), number(1)) == (2, 1)
    talk.start(cast.ben, "Everybody.", question=2)
    assert number() == 1
    talk.post(cast.ben, first, "Does he?")
    assert number() == 2


def test_a_question_whose_only_thread_the_group_cannot_read_is_still_the_next(session, cast, talk):
    meet(session, cast, "ana")
    thread = talk.start(cast.ana, "He does.", question=1)
    assert sheet(session, cast).question.number == 2
    opening = session.query(Comment).filter_by(thread_id=thread.id).one()
    discussions.withdraw_comment(session, actor=cast.ana, comment_id=opening.public_id, now=START)
    session.commit()
    assert sheet(session, cast).question.number == 1


def test_a_sheet_is_its_group_s_faculty_s_alone(session, cast):
    everybody_meets(session, cast)
    assert sheet(session, cast, cast.director).splits == sheet(session, cast, cast.tutor).splits

    for person in (cast.tutor2, cast.ana):
        with pytest.raises(NotFound):
            sheet(session, cast, person)
