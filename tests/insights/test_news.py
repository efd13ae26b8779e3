"""News: notices asked of the gate when they are shown, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ethics.cases.draft_models import CaseDraft, CaseReview
from ethics.cases.models import Case, CaseVersion
from ethics.cohorts.models import GroupSet
from ethics.discussions import actions as discussions
from ethics.discussions import feedback, moderation
from ethics.discussions.models import Comment, Thread
from ethics.discussions.reading import follow_thread, note_seen
from ethics.discussions.reading_models import Follows
from ethics.insights.news import new_to, news, zone_of
from ethics.notices.actions import tell
from ethics.notices.queries import unseen
from ethics.rounds.models import Round
from tests.clock import START
from tests.discussions.talking import Talk
from tests.rounds_cast import archive, build_round, leave, meet, move

NEXT = START + timedelta(days=1)


@pytest.fixture
def talk(session):
    """Ana, Ben, Dee and Chi have met the others."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.dee, cast.chi):
        meet(session, cast, person)
    session.commit()
    return Talk(session, cast)


@pytest.fixture
def cast(talk):
    return talk.cast


def shown(session, person, now=NEXT) -> list[tuple[str, int, str, str]]:
    """The kinds of what is new to somebody, how often, and what they may know of where."""
    session.expire_all()
    return [
        (item.kind, item.count, item.thing.thread, item.thing.case)
        for item in news(session, person, unseen(session, person, now), now=now)
    ]


def told(session, person, kind, **subject):
    tell(session, user_id=person.id, kind=kind, now=START, **subject)


def test_the_same_in_one_thread_is_one_line_that_begins_at_the_first(session, talk, cast):
    one, other = (talk.start(cast.ana, title, title=title) for title in ("One", "Other"))
    first = talk.answer(cast.ben, one, "A word.")
    talk.answer(cast.ben, other, "A word.")
    talk.answer(cast.dee, one, "A word.")
    talk.post(cast.dee, one, "To all.")

    assert shown(session, cast.ana) == [
        ("thread-news", 1, "One", "The line goes too"),
        ("reply", 2, "One", "The line goes too"),
        ("reply", 1, "Other", "The line goes too"),
    ]
    [line] = [item for item in news(session, cast.ana, unseen(session, cast.ana, NEXT), now=NEXT) if item.count == 2]
    assert line.subject["comment"] == first.public_id


def test_who_follows_a_thread_hears_of_it_and_who_muted_it_does_not(session, talk, cast):
    thread = talk.start(cast.ana, "One")
    for person, follows in ((cast.tutor, Follows.FOLLOWED), (cast.dee, Follows.FOLLOWED), (cast.ana, Follows.MUTED)):
        follow_thread(session, actor=person, thread_id=thread.public_id, follows=follows, now=START)
    talk.answer(cast.ben, thread, "A word.")

    people = (cast.tutor, cast.dee, cast.ana, cast.ben, cast.director)
    assert [[kind for kind, *_ in shown(session, person)] for person in people] == [
        ["thread-news"],
        ["thread-news"],
        [],
        [],
        [],
    ]
    follow_thread(session, actor=cast.dee, thread_id=thread.public_id, follows=Follows.MUTED, now=NEXT)
    assert new_to(session, cast.dee, unseen(session, cast.dee, NEXT), now=NEXT) == []


def test_what_somebody_has_read_in_the_thread_is_no_news(session, talk, cast):
    thread = talk.start(cast.ana, "One")
    comments = [talk.answer(cast.ben, thread, text) for text in ("First.", "Second.")]
    note_seen(session, actor=cast.ana, thread_id=thread.id, number=comments[0].number)

    found = news(session, cast.ana, unseen(session, cast.ana, NEXT), now=NEXT)
    assert [(item.subject["comment"], item.is_seen) for item in found] == [
        (comments[1].public_id, False),
        (comments[0].public_id, True),
    ]


def test_a_comment_that_was_let_through_is_told_of_then(session, talk, cast):
    thread = talk.start(cast.ana, "One")
    first = talk.answer(cast.ben, thread, "First.")
    moderation.hold_person(
        session,
        actor=cast.director,
        comment_id=first.public_id,
        category="demeans",
        categories={"demeans"},
        reason="Because.",
        now=START,
    )
    held = talk.answer(cast.ben, thread, "Second.")
    assert [item.count for item in new_to(session, cast.ana, unseen(session, cast.ana, NEXT), now=NEXT)] == [1]

    moderation.let_through(session, actor=cast.director, comment_id=held.public_id, now=START)
    assert [item.count for item in new_to(session, cast.ana, unseen(session, cast.ana, NEXT), now=NEXT)] == [2]


def withdraw(session, _cast, comment, author):
    discussions.withdraw_comment(session, actor=author, comment_id=comment.public_id, now=NEXT)


def state(name):
    def set_state(session, _cast, comment, _author):
        session.execute(update(Comment).where(Comment.id == comment.id).values(state=name))

    return set_state


GONE = {
    "withdrawn": withdraw,
    "hidden": state("hidden"),
    "held": state("held"),
    "draft": lambda session, _cast, comment, _author: session.execute(
        update(Comment).where(Comment.id == comment.id).values(state="draft", released_at=None)
    ),
    "moved": lambda session, cast, *_: move(session, cast, cast.ana, cast.groups[1]),
    "removed": lambda session, cast, *_: leave(session, cast, cast.ana),
    "archived": lambda session, cast, *_: archive(session, cast),
}


@pytest.mark.parametrize("gone", GONE)
def test_what_peers_wrote_is_news_as_long_as_it_can_be_read(session, talk, cast, gone):
    thread = talk.start(cast.ana, "One")
    made = talk.answer(cast.ben, thread, "A word.")
    assert len(shown(session, cast.ana)) == 1

    GONE[gone](session, cast, made, cast.ben)
    assert shown(session, cast.ana) == []


def test_feedback_taken_back_within_ten_minutes_was_never_news(session, talk, cast):
    made = talk.draft(cast.tutor, talk.reflect(cast.ana), "canary")
    talk.release(cast.tutor, made)
    feedback.take_back_feedback(session, actor=cast.tutor, comment_id=made.public_id, now=START + timedelta(minutes=9))

    assert shown(session, cast.ana) == []


def test_an_answer_is_news_to_its_writer_until_they_leave(session, talk, cast):
    talk.release(cast.tutor, talk.draft(cast.tutor, talk.reflect(cast.ana), "canary"))
    assert shown(session, cast.ana, START + timedelta(minutes=9)) == []
    assert shown(session, cast.ana) == [("feedback-released", 1, "", "The line goes too")]

    leave(session, cast, cast.ana)
    assert shown(session, cast.ana) == []


def test_of_a_reflection_its_writer_hears_until_they_leave(session, talk, cast):
    reflection = talk.reflect(cast.ana)
    for person in (cast.ana, cast.ben):
        told(session, person, "revision-asked", reflection=reflection.public_id)
    assert [len(shown(session, person)) for person in (cast.ana, cast.ben)] == [1, 0]

    leave(session, cast, cast.ana)
    assert shown(session, cast.ana) == []


def test_of_a_round_nobody_hears_who_is_not_in_it(session, cast):
    for person in (cast.ana, cast.director, cast.stranger):
        told(session, person, "round-dates", round=cast.id)

    assert [len(shown(session, person)) for person in (cast.ana, cast.director, cast.stranger)] == [1, 1, 0]
    leave(session, cast, cast.ana)
    assert shown(session, cast.ana) == []


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("join-asked", {"director"}),
        ("tutors-changed", {"director"}),
        ("faculty-made", {"director"}),
        ("groups-taught", {"director", "tutor"}),
        ("place-given", {"director", "tutor", "ana"}),
        ("place-ended", {"director", "tutor", "ana", "stranger"}),
    ],
)
def test_a_notice_of_a_cohort_is_for_who_may_open_what_it_leads_to(session, cast, kind, who):
    people = {"director": cast.director, "tutor": cast.tutor, "ana": cast.ana, "stranger": cast.stranger}
    for person in people.values():
        told(session, person, kind, cohort=cast.cohort.public_id)

    assert {name for name, person in people.items() if shown(session, person)} == who


def test_a_change_of_group_is_news_within_the_cohort(session, cast):
    group_set = session.get_one(GroupSet, cast.groups[0].group_set_id).public_id
    for person in (cast.ana, cast.stranger):
        told(session, person, "group-changed", group_set=group_set)

    assert [len(shown(session, person)) for person in (cast.ana, cast.stranger)] == [1, 0]


def test_a_draft_is_news_to_its_authors_and_to_who_is_asked_to_look(session, cast):
    version = session.get_one(CaseVersion, session.get_one(Round, cast.round.id).case_version_id)
    draft = CaseDraft(
        slug="not-yet",
        case_id=None,
        based_on=0,
        source="",
        undo_source=None,
        version=1,
        saved_at=START,
        saved_by_id=cast.author.id,
        created_at=START,
    )
    session.add(draft)
    session.flush()
    review = CaseReview(
        draft_id=draft.id,
        reviewer_id=cast.director.id,
        asked_by_id=cast.author.id,
        asked_at=START,
        question="",
        verdict=None,
        remark="",
        answered_at=None,
        answered_version=None,
        published_number=None,
    )
    session.add(review)
    people = (cast.author, cast.director, cast.tutor, cast.ana)
    for person in people:
        told(session, person, "case-review-asked", slug="not-yet")
    assert [len(shown(session, person)) for person in people] == [1, 1, 0, 0]

    review.published_number = 1
    session.flush()
    assert [len(shown(session, person)) for person in people] == [1, 0, 0, 0]
    session.execute(update(CaseDraft).values(case_id=version.case_id))
    leave(session, cast, cast.ana)
    assert [len(shown(session, person)) for person in people] == [1, 0, 0, 0]


def test_a_case_that_left_the_library_is_no_news(session, cast):
    slug = session.scalars(select(Case.slug)).one()
    told(session, cast.director, "case-published", slug=slug)
    assert shown(session, cast.director) == [("case-published", 1, "", "The line goes too")]

    session.execute(update(Case).values(status="archived"))
    assert shown(session, cast.director) == []


def test_who_reported_a_comment_learns_the_outcome_though_it_is_hidden(session, talk, cast):
    thread = talk.start(cast.ben, "canary", title="canary of the title")
    made = session.scalars(select(Comment).where(Comment.thread_id == thread.id)).one()
    told(session, cast.ana, "report-settled", comment=made.public_id)
    state("hidden")(session, cast, made, cast.ben)

    assert shown(session, cast.ana) == [("report-settled", 1, "", "The line goes too")]
    assert session.scalars(select(Thread.title)).all() == ["canary of the title"]


def test_somebody_lives_where_they_say_or_where_their_cohort_is(session, cast):
    assert (zone_of(session, cast.ana), zone_of(session, cast.author)) == ("Europe/London", "UTC")
