"""Numbers under concurrent writers, pages by number, and a number of statements that does not grow."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from ethics.discussions import actions, feedback, queries
from ethics.discussions import desk as desks
from ethics.discussions.models import Comment
from ethics.rounds.gate import standing
from tests.clock import START
from tests.discussions.reading import READ
from tests.discussions.talking import rendered

WRITERS, EACH = 8, 5


@contextmanager
def statements(database):
    """Every statement that the reader engine is sent."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database.reader, "before_cursor_execute", note)
    yield seen
    event.remove(database.reader, "before_cursor_execute", note)


def test_eight_at_once_leave_no_gap_and_no_double(db, session, round_cast, talk):
    thread = talk.start(round_cast.ana, "First.")
    session.close()

    def write(number):
        actor = (round_cast.ana, round_cast.ben, round_cast.dee, round_cast.tutor)[number % 4]
        for turn in range(EACH):
            with db.unit_of_work() as own:
                text = f"{number}.{turn}"
                actions.post_comment(
                    own, actor=actor, thread_id=thread.public_id, source=text, rendered=rendered(text), now=START
                )

    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(write, range(WRITERS)))
    with db.reading() as reading:
        numbers = list(reading.scalars(select(Comment.number).order_by(Comment.number)))
        found, _ = queries.find_thread(reading, round_cast.ana, thread.public_id, now=READ)
    assert numbers == list(range(1, 2 + WRITERS * EACH))
    assert found.last_number == numbers[-1]


def test_two_at_once_begin_one_thread_on_a_reflection(db, session, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)
    session.close()

    def answer(actor):
        with db.unit_of_work() as own:
            return feedback.draft_feedback(
                own,
                actor=actor,
                reflection_id=reflection.public_id,
                source="Thank you.",
                rendered=rendered("Thank you."),
                version=0,
                now=START,
            )

    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(answer, (round_cast.tutor, round_cast.director)))
    assert len({comment.thread_id for comment in made}) == 1
    assert sorted(comment.number for comment in made) == [1, 2]


@pytest.mark.parametrize("reader", ["ben", "tutor"])
def test_a_thread_takes_as_many_statements_for_thirty_comments_as_for_one(db, session, round_cast, reader, talk):
    thread = talk.start(round_cast.ana, "First.")
    counts = []
    for more in (0, 2, 27):
        for number in range(more):
            talk.post((round_cast.ana, round_cast.ben)[number % 2], thread, f"{more}.{number}")
        with statements(db) as seen, db.reading() as reading:
            found, teaches = queries.find_thread(reading, getattr(round_cast, reader), thread.public_id, now=READ)
            page = queries.comments_in(reading, getattr(round_cast, reader), found, teaches=teaches, now=READ)
            counts.append((len(page.comments), len(seen)))

    assert counts == [(1, 3), (3, 3), (30, 3)]


def test_so_do_the_list_of_threads_and_the_desk(db, session, round_cast, talk):
    counts = []
    for people in ((round_cast.ana,), (round_cast.ben, round_cast.dee)):
        for person in people:
            talk.start(person, "First.")
            talk.reflect(person)
        with db.reading() as reading:
            at = standing(reading, round_cast.tutor, round_cast.id, now=START)
            with statements(db) as seen:
                threads = queries.threads_in(reading, round_cast.tutor, at, round_cast.groups[0].id)
                desk = desks.desk(reading, round_cast.tutor, at)
            counts.append((len(threads), len(desk), len(seen)))

    assert counts == [(1, 1, 2), (3, 3, 2)]


def test_pages_meet_without_a_gap(session, round_cast, monkeypatch, talk):
    monkeypatch.setattr(queries, "PAGE", 3)
    thread = talk.start(round_cast.ana, "1")
    for number in range(2, 9):
        talk.post(round_cast.ana, thread, str(number))

    def page(**where):
        found, teaches = queries.find_thread(session, round_cast.ben, thread.public_id, now=READ)
        page = queries.comments_in(session, round_cast.ben, found, teaches=teaches, now=READ, **where)
        return [line.number for line in page.comments], page.previous, page.next

    assert page() == ([1, 2, 3], None, 3)
    assert page(after=3) == ([4, 5, 6], 4, 6)
    assert page(after=6) == ([7, 8], 7, None)
    assert page(before=7) == ([4, 5, 6], 4, 6)
    assert page(before=4) == ([1, 2, 3], None, 3)
    assert [queries.page_of(number) for number in (1, 3, 4, 8)] == [0, 0, 3, 6]


def test_the_list_of_threads_goes_on_where_it_stopped(session, round_cast, monkeypatch, talk):
    monkeypatch.setattr(queries, "PAGE", 2)
    for title in "abcde":
        talk.start(round_cast.ana, "First.", title=title)
    at = standing(session, round_cast.ben, round_cast.id, now=START)

    def page(**where):
        return queries.threads_in(session, round_cast.ben, at, round_cast.groups[0].id, **where)

    first = page()
    assert [line.title for line in first] == ["e", "d", "c"]
    assert [line.title for line in page(before=first[1].public_id)] == ["c", "b", "a"]
