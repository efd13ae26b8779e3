"""What happened, as its reader sees it: the bell, the list, what is no longer theirs to see, and their choice."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.discussions import actions as discussions
from ethics.discussions import moderation
from ethics.discussions.models import Comment
from ethics.notices.actions import tell
from ethics.notices.kinds import Topic
from ethics.notices.models import NoticeSettings
from ethics.people.models import User
from ethics.web.notices import unsubscribe_token
from tests.cast import enter
from tests.clock import START
from tests.discussions.talking import Talk
from tests.pages import words
from tests.rounds_cast import archive, build_round, leave, meet, move

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # The queries are proved on both in tests/insights.

NEXT = START + timedelta(days=1)
CANARY = "canary of the comment"
TITLE = "Whose risk is it?"


@pytest.fixture
def talk(session):
    """Ana, Ben, Dee and Chi have met the others."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.dee, cast.chi):
        meet(session, cast, person)
    session.commit()
    return Talk(session, cast)


@pytest.fixture
def answers(talk, clock):
    """Ben has answered Ana twice in her thread; it is the next day."""
    thread = talk.start(talk.cast.ana, "Who asks him?")
    made = [talk.answer(talk.cast.ben, thread, f"{CANARY} {number}") for number in (1, 2)]
    clock.set(2026, 11, 25, 10)
    return made


@pytest.fixture
def ana(sign_in, talk):
    return sign_in("ana@demo.example")


def told(talk, kind, *people, now=START, **subject):
    for person in people:
        tell(talk.session, user_id=person.id, kind=kind, now=now, **subject)
    talk.session.commit()


def bell(page) -> str:
    """What the bell says to who cannot see it."""
    return words(page.one("a", href="/notices", class_="menu-button menu-bell").find("span[last()]"))


def listed(page) -> list[tuple[str, list[str]]]:
    """The days, and the words of what happened on each."""
    found: list[tuple[str, list[str]]] = []
    for element in page.elements:
        if element.tag == "h2" and element.find("time") is not None:
            found.append((words(element), []))
        elif "notices-one" in (element.get("class") or "").split():
            found[-1][1].append(words(element))
    return found


def test_the_bell_counts_and_the_list_says_what_and_where(answers, ana):
    page = ana.page("/notices")

    assert bell(page) == bell(ana.page("/cases")) == "Notices, 1 new"
    assert listed(page) == [("today", [f"2 new answers to your comments. new {TITLE} · The line goes too"])]
    assert CANARY not in page.html


def test_nothing_of_it_is_known_before_the_next_digest(talk, sign_in, clock):
    talk.answer(talk.cast.ben, talk.start(talk.cast.ana, "Who asks him?"), CANARY)
    clock.set(2026, 11, 25, 6, 59)
    ana = sign_in("ana@demo.example")
    assert (bell(ana.page("/notices")), listed(ana.page("/notices"))) == ("Notices, nothing new", [])

    clock.set(2026, 11, 25, 7)
    assert bell(ana.page("/notices")) == "Notices, 1 new"


def test_a_notice_leads_to_the_first_that_is_new_and_all_of_it_is_seen_then(answers, ana):
    page = ana.page("/notices")
    [form] = [
        form
        for form in page.all("form")
        if form.get("action", "").endswith("/seen") and form.get("aria-label") != "Mark all as seen"
    ]
    opened = ana.submit(page, form.get("action"))
    after = ana.page("/notices")

    assert opened.request.full_path.startswith("/threads/")
    assert opened.history[-1].location.endswith(f"#comment-{answers[0].public_id}")
    assert bell(after) == "Notices, nothing new"
    assert listed(after) == [("today", [f"2 new answers to your comments.{TITLE} · The line goes too"])]
    assert after.one("a", class_="notices-open").get("href") == f"/comments/{answers[0].public_id}"


def test_who_has_been_in_the_thread_needs_no_notice_of_it(answers, ana):
    ana.page(f"/comments/{answers[0].public_id}")
    page = ana.page("/notices")

    assert bell(page) == "Notices, nothing new"
    assert listed(page) == [("today", [f"2 new answers to your comments.{TITLE} · The line goes too"])]


def test_all_seen_and_undone(answers, talk, ana):
    told(talk, "round-dates", talk.cast.ana, round=talk.cast.id)
    page = ana.page("/notices")
    assert bell(page) == "Notices, 2 new"
    seen = ana.submit(page, "/notices/seen").page
    assert (bell(seen), "All marked as seen." in seen.text) == ("Notices, nothing new", True)

    [undo] = [form.get("action") for form in seen.all("form") if form.get("action", "").startswith("/notices/unseen")]
    assert bell(ana.submit(seen, undo).page) == "Notices, 2 new"


@pytest.mark.parametrize("at", ["", "yesterday", "2026-11-25T10:00:00"])
def test_undoing_what_was_never_done_is_nowhere(ana, at):
    assert (
        ana.post(
            f"/notices/unseen?at={at}", data=ana.page("/notices").fields(ana.page("/account").form("/sign-out"))
        ).status_code
        == 404
    )


def test_the_list_goes_on_by_key(talk, ana, clock, monkeypatch):
    monkeypatch.setattr("ethics.notices.queries.PAGE", 2)
    for number in range(3):
        told(talk, "group-changed", talk.cast.ana, now=START - timedelta(days=number))
    first = ana.page("/notices")
    second = ana.page(first.one("a", rel="next").get("href"))

    assert [day for day, _ in listed(first) + listed(second)] == ["today", "Sun 22 Nov"]
    assert second.one("a", rel="prev").get("href") == "/notices"
    assert second.all("a", rel="next") == []
    ana.page("/notices?before=nothing", status=404)


def test_an_empty_list_says_what_will_be_there(ana):
    page = ana.page("/notices")

    assert "Nothing has happened yet" in page.text
    assert page.all("form", action="/notices/seen") == []


def withdraw(talk, comment):
    discussions.withdraw_comment(talk.session, actor=talk.cast.ben, comment_id=comment.public_id, now=NEXT)


def hide(talk, comment):
    moderation.hide_comment(
        talk.session,
        actor=talk.cast.director,
        comment_id=comment.public_id,
        category="demeans",
        categories={"demeans"},
        reason="Because.",
        now=NEXT,
    )


def hold(talk, comment):
    talk.session.get_one(type(comment), comment.id).state = "held"


GONE = {
    "withdrawn": withdraw,
    "hidden": hide,
    "held": hold,
    "moved": lambda talk, _: move(talk.session, talk.cast, talk.cast.ana, talk.cast.groups[1]),
    "removed": lambda talk, _: leave(talk.session, talk.cast, talk.cast.ana),
    "archived": lambda talk, _: archive(talk.session, talk.cast),
}


@pytest.mark.parametrize("gone", GONE)
def test_what_the_reader_may_no_longer_see_is_in_no_list_and_no_count(talk, answers, ana, gone):
    assert bell(ana.page("/notices")) == "Notices, 1 new"
    for comment in answers:
        GONE[gone](talk, comment)
    talk.session.commit()
    page = ana.page("/notices")

    assert (bell(page), listed(page)) == ("Notices, nothing new", [])
    assert [TITLE in place.html for place in (page, ana.page("/"))] == [False, False]


def test_a_title_goes_with_its_opening_and_the_answers_stay(talk, answers, ana, sign_in):
    reply = {"thread": "not asked", "comment": answers[0].public_id}
    told(talk, "reply", talk.cast.dee, **reply, now=START - timedelta(days=2))
    dee = sign_in("dee@demo.example")
    assert TITLE in dee.page("/notices").html
    discussions.withdraw_comment(talk.session, actor=talk.cast.ana, comment_id=_opening(talk), now=NEXT)
    talk.session.commit()

    assert listed(dee.page("/notices")) == [
        ("Mon 23 Nov", ["Somebody answered a comment of yours. new The line goes too"])
    ]
    assert TITLE in ana.page("/notices").html  # it is her own


def _opening(talk):
    return talk.session.scalars(select(Comment.public_id).where(Comment.number == 1).order_by(Comment.id)).first()


def test_choosing_offers_what_concerns_the_person_and_keeps_it(db, talk, ana, sign_in):
    page = ana.page("/account/notices")
    offered = [label for label in (words(label) for label in page.all("label")) if label]
    assert offered == [
        "Answers to your comments",
        "Threads you follow",
        "Feedback on your reflections",
        "Decisions about what you wrote",
        "Dates of your rounds",
        "Your place in cohorts and groups",
        "Hour",
        "Day of the weekly mail",
    ]
    assert "By the clock of London." in page.text
    kept = ana.submit(page, "/account/notices", threads="none", feedback="weekly", hour="18", weekday="4").page
    assert "Kept. It holds from the next mail on." in kept.text
    with db.reading() as session:
        settings = session.scalars(select(NoticeSettings)).one()
    assert (settings.rhythms["threads"], settings.rhythms["feedback"], settings.hour, settings.weekday) == (
        "none",
        "weekly",
        18,
        4,
    )
    assert [
        option.get("value")
        for option in kept.one("select", name="hour").iter("option")
        if option.get("selected") is not None
    ] == ["18"]
    assert "Cases you write or look at" in sign_in("helen@demo.example").page("/account/notices").text


def test_answers_of_peers_cannot_be_had_at_once(ana):
    page = ana.page("/account/notices")
    data = page.fields(page.form("/account/notices"))
    refused = ana.post("/account/notices", data={**data, "answers": "at-once"})

    assert refused.status_code == 422
    assert [option.get("value") for option in page.one("select", name="answers").iter("option")] == [
        "daily",
        "weekly",
        "none",
    ]


def test_a_mail_program_stops_mails_by_itself(app, db, talk, client):
    token = _token(app, talk, Topic.ANSWERS, Topic.THREADS)
    asked = client.page(f"/unsubscribe/{token}")
    assert asked.heading == "Stop these mails?"
    with db.reading() as session:
        assert session.scalars(select(NoticeSettings)).all() == []
    for _ in range(2):
        assert client.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"}).status_code == 200

    with db.reading() as session:
        assert session.scalars(select(NoticeSettings.rhythms)).all() == [{"answers": "none", "threads": "none"}]


def test_the_page_stops_them_too(app, db, talk, client):
    token = _token(app, talk, Topic.ROUNDS)
    done = client.submit(client.page(f"/unsubscribe/{token}"), f"/unsubscribe/{token}").page

    assert (done.heading, "Dates of your rounds" in done.text) == ("You get no more of these mails", True)
    with db.reading() as session:
        assert session.scalars(select(NoticeSettings.rhythms)).all() == [{"rounds": "none"}]


def test_nobody_stops_another_s_mails(app, db, talk, client):
    token = _token(app, talk, Topic.ROUNDS)
    for wrong in (token[:-1], token[1:], f"{token}x", "x", token.replace(".", "")):
        assert client.post(f"/unsubscribe/{wrong}").status_code == 404
        client.page(f"/unsubscribe/{wrong}", status=404)

    with db.reading() as session:
        assert session.scalars(select(NoticeSettings)).all() == []


def _token(app, talk, *topics):
    with app.test_request_context():
        return unsubscribe_token(talk.cast.ana.public_id, topics)


def test_pages_take_as_many_statements_for_many_notices(talk, answers, ana, statements):
    few = [statements(ana, address) for address in ("/notices", "/cases")]
    thread = talk.start(talk.cast.ana, "More")
    for number in range(20):
        talk.answer(talk.cast.ben, thread, f"More {number}")

    assert [statements(ana, address) for address in ("/notices", "/cases")] == few


def test_somebody_in_no_cohort_is_asked_little(session, sign_in):
    enter(session, "Nobody")
    session.commit()
    page = sign_in("nobody@demo.example").page("/account/notices")

    assert [words(label) for label in page.all("label")] == [
        "Your place in cohorts and groups",
        "Hour",
        "Day of the weekly mail",
    ]
    assert session.scalars(select(User.zone)).all() == [None]
