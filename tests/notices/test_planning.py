"""When a notice is shown, when it goes into a mail, and that each goes once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ethics.errors import Invalid
from ethics.notices import actions, queries
from ethics.notices.kinds import TALK, TOPICS, USUAL, Plan, Rhythm, Topic, rhythms_of
from ethics.notices.models import Notice, NoticeSettings
from ethics.outbox import Delivery
from ethics.people.models import User
from tests.cast import actor, enter
from tests.clock import START

SEVEN = datetime(2026, 11, 25, 7, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
HOURS = timedelta(hours=1)


def planned(session, user) -> list[tuple[str, datetime, datetime | None]]:
    """What somebody will be told: the kind, when it is shown, and when it goes into a mail."""
    session.expire_all()
    rows = session.scalars(select(Notice).where(Notice.user_id == user.id).order_by(Notice.id))
    return [(notice.kind, notice.due_at, notice.mail_at) for notice in rows]


def choose(session, user, *, hour=7, weekday=0, now=START, **rhythms):
    actions.choose(session, actor=actor(user), rhythms=rhythms, hour=hour, weekday=weekday, zone="UTC", now=now)


def comment(session, author, *, answered=None, followers=(), thread="t1", text="c1", now=START, zone="UTC"):
    actions.tell_of_comment(
        session,
        author_id=author.id,
        answered_id=answered.id if answered else None,
        follower_ids=[follower.id for follower in followers],
        thread=thread,
        comment=text,
        zone=zone,
        now=now,
    )


def letters(session) -> list[tuple[str, list[str]]]:
    """The digests in the outbox: whose, and of which notices."""
    rows = session.scalars(select(Delivery.payload).where(Delivery.kind == "digest").order_by(Delivery.id))
    return [(row["person"], row["notices"]) for row in rows]


@pytest.fixture
def ana(session):
    return enter(session, "Ana")


@pytest.fixture
def ben(session):
    return enter(session, "Ben")


@pytest.mark.parametrize(
    ("zone", "after", "rhythm", "expected"),
    [
        ("UTC", SEVEN - timedelta(seconds=1), Rhythm.DAILY, SEVEN),
        ("UTC", SEVEN, Rhythm.DAILY, SEVEN + 24 * HOURS),
        ("UTC", START, Rhythm.WEEKLY, MONDAY),
        ("UTC", MONDAY, Rhythm.WEEKLY, MONDAY + timedelta(days=7)),
        ("Australia/Sydney", START, Rhythm.DAILY, datetime(2026, 11, 24, 20, tzinfo=UTC)),
        # Summer time begins in that night, and ends in this one: seven is seven.
        ("Europe/London", datetime(2026, 3, 28, 8, tzinfo=UTC), Rhythm.DAILY, datetime(2026, 3, 29, 6, tzinfo=UTC)),
        ("Europe/London", datetime(2026, 10, 24, 8, tzinfo=UTC), Rhythm.DAILY, datetime(2026, 10, 25, 7, tzinfo=UTC)),
    ],
)
def test_a_digest_goes_out_at_its_hour_where_the_person_lives(zone, after, rhythm, expected):
    assert Plan(zone).next_digest(after, rhythm) == expected


def test_an_hour_that_the_clocks_leave_out_moves_forward():
    plan = Plan("Europe/London", hour=1)

    assert plan.next_digest(datetime(2026, 3, 28, 12, tzinfo=UTC)) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_nothing_of_what_peers_do_can_be_chosen_at_once():
    assert {topic: Rhythm.AT_ONCE in rhythms_of(topic) for topic in Topic} == {
        topic: topic not in TALK for topic in Topic
    }
    assert {topic for topic, rhythm in USUAL.items() if rhythm not in rhythms_of(topic)} == set()


def test_a_comment_is_no_news_before_the_next_digest(session, ana, ben):
    chi = enter(session, "Chi")
    comment(session, ana, answered=ben, followers=(ana, ben, chi))

    assert planned(session, ana) == []
    assert planned(session, ben) == [("reply", SEVEN, SEVEN)]
    assert planned(session, chi) == [("thread-news", SEVEN, MONDAY)]
    assert queries.unseen(session, actor(ben), SEVEN - timedelta(seconds=1)) == []
    assert [notice.kind for notice in queries.unseen(session, actor(ben), SEVEN)] == ["reply"]


def test_who_answers_themselves_is_told_nothing(session, ana, ben):
    comment(session, ana, answered=ana, followers=(ben,))

    assert (planned(session, ana), len(planned(session, ben))) == ([], 1)


def test_a_person_s_own_zone_wins_over_the_round_s(session, ana, ben):
    ben.zone = "Australia/Sydney"
    session.flush()
    comment(session, enter(session, "Chi"), followers=(ana, ben), zone="Europe/Madrid")

    assert planned(session, ana)[0][1] == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert planned(session, ben)[0][1] == datetime(2026, 11, 24, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("chosen", "mail_at"),
    [
        ({}, START),
        ({"feedback": "daily"}, SEVEN),
        ({"feedback": "weekly"}, MONDAY),
        ({"feedback": "none"}, None),
    ],
)
def test_mail_goes_as_it_was_chosen_and_the_bell_does_not_wait_for_it(session, ana, chosen, mail_at):
    choose(session, ana, **chosen)
    actions.tell(session, user_id=ana.id, kind="feedback-released", now=START, reflection="r", comment="c")

    assert planned(session, ana) == [("feedback-released", START, mail_at)]


def test_what_waits_is_planned_anew_when_somebody_chooses_otherwise(session, ana, ben):
    comment(session, ben, followers=(ana,))
    actions.tell(session, user_id=ana.id, kind="round-dates", now=START, due_at=START + HOURS, round="r")
    choose(session, ana, hour=18, threads="daily", rounds="at-once", now=START)
    six = START.replace(hour=18)

    assert planned(session, ana) == [("thread-news", six, six), ("round-dates", START + HOURS, START + HOURS)]
    choose(session, ana, hour=18, threads="none", now=START)
    assert planned(session, ana) == [("thread-news", six, None), ("round-dates", START + HOURS, START + HOURS)]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"answers": "at-once"}, "unknown-rhythm"),
        ({"weather": "daily"}, "unknown-rhythm"),
        ({"feedback": "hourly"}, "unknown-rhythm"),
        ({"hour": 24}, "unknown-hour"),
        ({"weekday": 7}, "unknown-weekday"),
    ],
)
def test_what_cannot_be_chosen_is_refused(session, ana, wrong, code):
    with pytest.raises(Invalid) as refused:
        choose(session, ana, **wrong)

    assert refused.value.code == code


def test_everything_that_is_due_goes_into_one_letter_once(session, ana, ben):
    comment(session, ben, followers=(ana,), text="c1")
    comment(session, ben, answered=ana, text="c2")
    choose(session, ana, threads="daily")
    actions.post_digests(session, now=SEVEN - timedelta(seconds=1))
    assert letters(session) == []
    for _ in range(2):
        actions.post_digests(session, now=SEVEN + 100 * HOURS)

    expected = session.scalars(select(Notice.public_id).where(Notice.user_id == ana.id).order_by(Notice.id)).all()
    assert letters(session) == [(ana.public_id, expected)]
    assert queries.digests_are_due(session, SEVEN + 100 * HOURS) is False


def test_a_clock_that_goes_back_sends_nothing_again(session, ana, ben):
    comment(session, ben, answered=ana)
    actions.post_digests(session, now=SEVEN)
    comment(session, ben, answered=ana, text="c2", now=SEVEN - HOURS)
    actions.post_digests(session, now=SEVEN)

    assert [len(notices) for _, notices in letters(session)] == [1, 1]


@pytest.mark.parametrize("state", [{"active": False}, {"password_hash": None}])
def test_who_cannot_sign_in_is_not_written_to(session, ana, ben, state):
    for name, value in state.items():
        setattr(ana, name, value)
    session.flush()
    comment(session, ben, answered=ana)
    actions.post_digests(session, now=SEVEN)

    assert (letters(session), queries.digests_are_due(session, SEVEN)) == ([], False)


def test_what_was_seen_goes_into_no_letter(session, ana, ben):
    for thread in ("t1", "t2"):
        actions.tell(session, user_id=ana.id, kind="round-dates", now=START, round=thread)
    first = session.scalars(select(Notice).order_by(Notice.id)).first()
    actions.mark_seen(session, actor=actor(ana), notice_id=first.public_id, now=START)
    actions.post_digests(session, now=SEVEN)

    left = session.scalars(select(Notice.public_id).where(Notice.about == "t2")).all()
    assert letters(session) == [(ana.public_id, left)]


def test_one_opened_is_all_of_its_kind_about_the_same_thing(session, ana, ben):
    for thread, text in (("t1", "c1"), ("t1", "c2"), ("t2", "c3")):
        comment(session, ben, answered=ana, thread=thread, text=text)
    first = session.scalars(select(Notice).order_by(Notice.id)).first()
    actions.mark_seen(session, actor=actor(ana), notice_id=first.public_id, now=SEVEN)

    session.expire_all()
    assert [notice.about for notice in queries.unseen(session, actor(ana), SEVEN)] == ["t2"]


def test_all_seen_can_be_undone_and_brings_back_only_those(session, ana, ben):
    for thread in ("t1", "t2"):
        comment(session, ben, answered=ana, thread=thread)
    first = session.scalars(select(Notice).order_by(Notice.id)).first()
    actions.mark_seen(session, actor=actor(ana), notice_id=first.public_id, now=SEVEN)
    actions.mark_all_seen(session, actor=actor(ana), now=SEVEN + HOURS)
    session.expire_all()
    assert queries.unseen(session, actor(ana), SEVEN + HOURS) == []
    actions.mark_unseen(session, actor=actor(ben), seen_at=SEVEN + HOURS)
    actions.mark_unseen(session, actor=actor(ana), seen_at=SEVEN + HOURS)

    session.expire_all()
    assert [notice.about for notice in queries.unseen(session, actor(ana), SEVEN + HOURS)] == ["t2"]


def test_no_more_mail_of_a_topic_leaves_the_others(session, ana, ben):
    comment(session, ben, answered=ana)
    actions.tell(session, user_id=ana.id, kind="round-dates", now=START, round="r")
    actions.stop_mail(session, user_id=ana.id, topics=[Topic.ANSWERS])
    comment(session, ben, answered=ana, text="c2")

    assert planned(session, ana) == [
        ("reply", SEVEN, None),
        ("round-dates", START, SEVEN),
        ("reply", SEVEN, None),
    ]
    assert session.scalars(select(NoticeSettings.rhythms)).one() == {"answers": "none"}


def test_notices_are_paged_by_key_newest_first(session, ana, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    for number in range(5):
        actions.tell(session, user_id=ana.id, kind="round-dates", now=START + number % 2 * HOURS, round=str(number))
    pages, before = [], None
    for _ in range(3):
        page = queries.notices_of(session, actor(ana), SEVEN, before=before)
        pages.append([notice.about for notice in page.notices])
        before = page.before

    assert (pages, before) == ([["3", "1"], ["4", "2"], ["0"]], None)


def test_two_who_post_at_once_post_each_letter_once(db):
    people = 12
    with db.unit_of_work() as session:
        for number in range(people):
            user = enter(session, f"Student{number}")
            for about in range(3):
                actions.tell(session, user_id=user.id, kind="feedback-released", now=START, reflection=str(about))
    together = threading.Barrier(2)

    def post(_: int) -> None:
        together.wait(10)
        with db.unit_of_work() as session:
            actions.post_digests(session, now=START)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(post, range(2)))
    with db.unit_of_work() as session:
        actions.post_digests(session, now=START)

    with db.reading() as session:
        wanted = sorted(session.scalars(select(User.public_id)))
        found = letters(session)
    assert sorted(person for person, _ in found) == wanted
    assert [len(notices) for _, notices in found] == [3] * people


def test_every_topic_is_somebody_s():
    assert {topic for topic in TOPICS.values() if topic} == set(Topic)
