"""Digests as a real server receives them: once, of what may still be seen, and with nothing that anybody wrote."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ethics import outbox
from ethics.cli.outbox import _deliver
from ethics.discussions import actions as discussions
from ethics.discussions import feedback, moderation
from ethics.discussions.models import Comment
from ethics.discussions.reading import note_seen
from ethics.notices.actions import tell
from ethics.people.models import User
from ethics.rounds.models import Alias
from tests.clock import START
from tests.discussions.talking import Talk
from tests.rounds_cast import archive, build_round, leave, meet, move

CANARIES = ("canary-of-the-comment", "canary-of-the-title", "canary-of-the-feedback", "canary-of-the-reflection")
SEVEN = (2026, 11, 25, 7)


@pytest.fixture
def talk(session, mailbox):
    """Ana, Ben and Chi have met the others; everybody is told daily at seven unless they chose otherwise."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.chi):
        meet(session, cast, person)
    session.commit()
    return Talk(session, cast)


@pytest.fixture
def answer(talk):
    """Ben has answered Ana in her thread."""
    thread = talk.start(talk.cast.ana, "canary-of-the-comment", title="canary-of-the-title")
    return talk.answer(talk.cast.ben, thread, "canary-of-the-comment")


def deliver(app) -> int:
    with app.app_context():
        return _deliver(app)


def seven(app, clock) -> None:
    clock.set(*SEVEN)
    deliver(app)


def written(message) -> list[str]:
    """The lines of the plain part that say something."""
    return [line for line in message.get_body(("plain",)).get_content().splitlines() if line.strip()]


def test_a_digest_says_what_happened_and_where_and_how_to_stop(app, talk, answer, mailbox, clock):
    tell(
        talk.session, user_id=talk.cast.ana.id, kind="round-dates", now=START, zone="Europe/London", round=talk.cast.id
    )
    talk.session.commit()
    clock.set(2026, 11, 25, 6, 59)
    deliver(app)
    assert mailbox.mails == []
    seven(app, clock)

    [message] = mailbox.mails
    base, topics = "https://ethics.example.edu", "Answers to your comments, Dates of your rounds"
    stop = message["List-Unsubscribe"].strip("<>")
    assert (message["To"], message["Subject"]) == ("ana@demo.example", "2 things are new for you at Ethics Rounds")
    assert written(message) == [
        "Hello Ana Duarte,",
        "this happened since the last mail:",
        "* Somebody answered a comment of yours. (The line goes too)",
        f"  {base}/comments/{answer.public_id}",
        "* The dates of a round of yours have changed. (The line goes too)",
        f"  {base}/rounds/{talk.cast.id}",
        "--",
        f"You get this mail because of what you chose, or did not choose yet, about: {topics}.",
        f"Choose otherwise: {base}/account/notices",
        f"Stop mails like this one: {stop}",
    ]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page = message.get_body(("html",)).get_content()
    assert page.count(f'href="{base}/comments/{answer.public_id}"') == 1
    assert "http://" not in page
    assert "<img" not in page


def test_the_header_of_a_digest_ends_it(app, talk, answer, mailbox, clock):
    seven(app, clock)
    stop = mailbox.mails[0]["List-Unsubscribe"].strip("<>").removeprefix("https://ethics.example.edu")
    assert app.test_client().post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    talk.session.expire_all()
    talk.answer(talk.cast.ben, talk.start(talk.cast.ana, "Another"), "canary")
    clock.set(2026, 12, 25, 7)
    deliver(app)

    assert len(mailbox.mails) == 1


def by_state(name):
    return lambda talk, made: talk.session.execute(update(Comment).where(Comment.id == made.id).values(state=name))


def withdraw(talk, made):
    discussions.withdraw_comment(talk.session, actor=talk.cast.ben, comment_id=made.public_id, now=START)


def hide(talk, made):
    moderation.hide_comment(
        talk.session,
        actor=talk.cast.director,
        comment_id=made.public_id,
        category="demeans",
        categories={"demeans"},
        reason="canary",
        now=START,
    )


def read(talk, made):
    note_seen(talk.session, actor=talk.cast.ana, thread_id=made.thread_id, number=made.number)


def deactivate(talk, _made):
    talk.session.execute(update(User).where(User.id == talk.cast.ana.id).values(active=False))


NOT_ANY_MORE = {
    "withdrawn": withdraw,
    "hidden": hide,
    "held": by_state("held"),
    "read": read,
    "moved": lambda talk, _: move(talk.session, talk.cast, talk.cast.ana, talk.cast.groups[1]),
    "removed": lambda talk, _: leave(talk.session, talk.cast, talk.cast.ana),
    "archived": lambda talk, _: archive(talk.session, talk.cast),
    "deactivated": deactivate,
}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("when", ["before it is posted", "before it is sent"])
@pytest.mark.parametrize("change", NOT_ANY_MORE)
def test_nothing_is_sent_of_what_its_reader_may_no_longer_see(app, db, talk, answer, mailbox, clock, change, when):
    clock.set(*SEVEN)
    if when == "before it is sent":  # the mail server was away meanwhile
        handlers = {**app.extensions["ethics.deliveries"], "digest": _away}
        app.extensions["ethics.deliveries"], real = handlers, app.extensions["ethics.deliveries"]
        deliver(app)
        app.extensions["ethics.deliveries"] = real
        clock.advance(minutes=2)
    NOT_ANY_MORE[change](talk, answer)
    talk.session.commit()
    deliver(app)

    assert [message["To"] for message in mailbox.mails if message["To"] == "ana@demo.example"] == []
    assert outbox.waiting(db) == 0


def _away(_payload):
    raise ConnectionRefusedError


@pytest.mark.parametrize("backend", ["sqlite"])
def test_feedback_undone_within_ten_minutes_is_never_written_of_and_otherwise_at_once(app, talk, mailbox, clock):
    undone = talk.draft(talk.cast.tutor, talk.reflect(talk.cast.ana), "canary-of-the-feedback")
    kept = talk.draft(talk.cast.tutor, talk.reflect(talk.cast.ben), "canary-of-the-feedback")
    talk.release(talk.cast.tutor, undone, now=START)
    talk.release(talk.cast.tutor, kept, now=START + timedelta(minutes=1))
    feedback.take_back_feedback(
        talk.session, actor=talk.cast.tutor, comment_id=undone.public_id, now=START + timedelta(minutes=9)
    )
    talk.session.commit()
    clock.advance(minutes=11)
    deliver(app)

    assert [message["To"] for message in mailbox.mails] == ["ben@demo.example"]


def test_no_mail_holds_a_text_or_a_name_or_an_alias_or_a_moment(app, db, talk, answer, mailbox, clock):
    cast = talk.cast
    talk.release(cast.tutor, talk.draft(cast.tutor, talk.reflect(cast.ana), "canary-of-the-feedback"))
    hide(talk, discussions.queries.find_comment(talk.session, cast.director, answer.public_id, now=START)[0])
    thread = talk.start(cast.ana, "canary-of-the-comment", title="canary-of-the-title")
    second = talk.answer(cast.ben, thread, "canary-of-the-comment")
    clock.set(*SEVEN)
    deliver(app)

    with db.reading() as reading:
        aliases = reading.scalars(select(Alias.name)).all()
        names = [name for name in reading.scalars(select(User.name)) if name not in {"Ana Duarte", "Ben Hallam"}]
    assert sorted(message["To"] for message in mailbox.mails) == ["ana@demo.example", "ben@demo.example"]
    for message in mailbox.mails:
        whole = "\n".join([str(message), *(part.get_content() for part in message.iter_parts())])
        others = "Ben" if message["To"].startswith("ana") else "Ana"
        for secret in (*CANARIES, *aliases, *names, others, "canary", "10:0", "14:0"):
            assert secret not in whole, secret
        assert message["From"] == "Ethics Rounds <rounds@ethics.example.edu>"
    assert any(second.public_id in str(message) for message in mailbox.mails)


def test_two_deliverers_send_each_digest_once_and_a_missed_one_is_not_made_up_for(app, talk, answer, mailbox, clock):
    for person in (talk.cast.ben, talk.cast.chi, talk.cast.tutor, talk.cast.director):
        for _ in range(3):
            tell(talk.session, user_id=person.id, kind="round-dates", now=START, round=talk.cast.id)
    talk.session.commit()
    clock.set(2026, 12, 5, 9)  # eleven mornings later
    together = threading.Barrier(2)

    def deliverer(_: int) -> int:
        together.wait(10)
        return deliver(app)

    with ThreadPoolExecutor(2) as threads:
        sent = sum(threads.map(deliverer, range(2)))
    clock.set(*SEVEN)
    deliver(app)
    clock.set(2026, 12, 6, 9)
    deliver(app)

    addresses = sorted(message["To"] for message in mailbox.mails)
    assert (sent, len(addresses), len(set(addresses))) == (5, 5, 5)


def test_the_command_sends_digests(app, talk, answer, mailbox, clock):
    clock.set(*SEVEN)
    answers = [app.test_cli_runner().invoke(args=["outbox", "deliver"]).output for _ in range(2)]

    assert answers == ["1 sent, 0 waiting\n", "0 sent, 0 waiting\n"]
    assert len(mailbox.mails) == 1
