"""What is new to somebody, what counts tell, and titles that go with the comment they came with."""

import pytest
from sqlalchemy import func, select

from ethics.cohorts.models import CohortRole
from ethics.discussions import actions, moderation, queries
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.reading import follow_thread, next_unread, note_seen
from ethics.discussions.reading_models import Follows
from ethics.errors import NotFound
from ethics.rounds.gate import Standing, standing
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.reading import comments
from tests.rounds_cast import join, leave, meet, move

TITLE = "Whose risk is it?"


@pytest.fixture
def thread(round_cast, talk):
    return talk.start(round_cast.ana, "First.")


def card(session, cast, actor, group=0):
    """Title, replies, what is new: of the one thread in the list."""
    session.rollback()
    at = standing(session, actor, cast.id, now=START)
    group_id = queries.group_for(session, actor, at, cast.groups[group].public_id)
    [line] = queries.threads_in(session, actor, at, group_id)
    return line.title, line.replies, line.new


def cards(session, cast):
    return {name: card(session, cast, getattr(cast, name)) for name in ("ana", "ben", "tutor")}


def see(session, actor, thread, number):
    note_seen(session, actor=actor, thread_id=thread.id, number=number)
    session.commit()


def unread(session, cast, actor, group=0):
    session.rollback()
    at = Standing(cast.round, START, is_faculty=True, is_director=False)  # Nothing else of it is asked for.
    found = next_unread(session, actor, at, cast.groups[group].id)
    return session.scalar(select(Comment.source).where(Comment.public_id == found))


def hide(session, cast, comment):
    moderation.hide_comment(
        session,
        actor=cast.tutor,
        comment_id=comment.public_id,
        category="demeans",
        categories=["demeans"],
        reason="Too sharp.",
        now=START,
    )
    session.commit()


def test_new_is_what_others_wrote_after_what_one_has_seen(session, round_cast, talk, thread):
    talk.post(round_cast.ben, thread, "Second.")
    assert cards(session, round_cast) == {"ana": (TITLE, 1, 1), "ben": (TITLE, 1, 1), "tutor": (TITLE, 1, 2)}

    see(session, round_cast.ana, thread, 2)
    see(session, round_cast.ana, thread, 1)  # An earlier page, opened afterwards.
    assert cards(session, round_cast) == {"ana": (TITLE, 1, 0), "ben": (TITLE, 1, 1), "tutor": (TITLE, 1, 2)}
    assert [unread(session, round_cast, who) for who in (round_cast.ana, round_cast.ben)] == [None, "First."]
    opened = queries.open_thread(session, round_cast.ana, thread.public_id, now=START)
    assert (opened.seen, opened.follows) == (2, Follows.USUAL)


def test_no_count_tells_of_what_is_held_hidden_or_withdrawn(session, round_cast, talk, thread):
    see(session, round_cast.ana, thread, 1)
    for text in ("To stay.", "To hide.", "To withdraw."):
        talk.post(round_cast.ben, thread, text)
    to_hide, to_withdraw = session.scalars(select(Comment).where(Comment.number.in_((3, 4)))).all()
    hold(session, round_cast, to_withdraw)
    talk.post(round_cast.ben, thread, "Held.")
    hide(session, round_cast, to_hide)
    actions.withdraw_comment(session, actor=round_cast.ben, comment_id=to_withdraw.public_id, now=START)
    session.commit()
    assert card(session, round_cast, round_cast.ana) == (TITLE, 1, 1)
    assert unread(session, round_cast, round_cast.ana) == "To stay."

    moderation.show_comment(session, actor=round_cast.tutor, comment_id=to_hide.public_id, now=START)
    actions.restore_comment(session, actor=round_cast.ben, comment_id=to_withdraw.public_id, now=START)
    session.commit()
    assert card(session, round_cast, round_cast.ana) == (TITLE, 3, 3)


def hold(session, cast, comment):
    moderation.hold_person(
        session,
        actor=cast.tutor,
        comment_id=comment.public_id,
        category="demeans",
        categories=["demeans"],
        reason="Please wait.",
        now=START,
    )
    session.commit()


def let_through(session, cast, comment):
    moderation.let_through(session, actor=cast.tutor, comment_id=comment.public_id, now=START)
    session.commit()


def test_what_is_let_through_comes_last_and_is_new(session, round_cast, talk, thread):
    hold(session, round_cast, talk.post(round_cast.ben, thread, "Too sharp."))
    held = talk.post(round_cast.ben, thread, "Held.")
    talk.post(round_cast.dee, thread, "Later.")
    see(session, round_cast.ana, thread, 3)
    assert card(session, round_cast, round_cast.ana) == (TITLE, 2, 0)

    let_through(session, round_cast, held)
    assert card(session, round_cast, round_cast.ana) == (TITLE, 3, 1)
    assert [line.html for line in comments(session, round_cast.ana, thread)][-1] == "<p>Held.</p>"


def test_a_held_beginning_is_new_once_it_is_let_through(session, round_cast, talk, thread):
    hold(session, round_cast, session.scalars(select(Comment)).one())
    at = standing(session, round_cast.ben, round_cast.id, now=START)
    held = talk.start(round_cast.ana, "Held.", title="Held")
    group_id = round_cast.groups[0].id
    assert [line.title for line in queries.threads_in(session, round_cast.ben, at, group_id)] == [TITLE]

    let_through(session, round_cast, session.scalars(select(Comment).where(Comment.thread_id == held.id)).one())
    lines = queries.threads_in(session, round_cast.ben, at, group_id)
    assert [(line.title, line.replies, line.new) for line in lines] == [("Held", 0, 1), (TITLE, 0, 1)]


@pytest.mark.parametrize("act", ["hide", "withdraw"])
def test_a_title_goes_with_the_comment_it_came_with(session, round_cast, talk, thread, act):
    talk.post(round_cast.ben, thread, "Second.")
    first = session.scalars(select(Comment).where(Comment.number == 1)).one()
    if act == "hide":
        hide(session, round_cast, first)
    else:
        actions.withdraw_comment(session, actor=round_cast.ana, comment_id=first.public_id, now=START)
        session.commit()

    faculty = TITLE if act == "hide" else None
    assert cards(session, round_cast) == {"ana": (TITLE, 1, 1), "ben": (None, 1, 0), "tutor": (faculty, 1, 1)}
    titles = {
        name: queries.open_thread(session, getattr(round_cast, name), thread.public_id, now=START).title
        for name in ("ana", "ben", "tutor")
    }
    assert titles == {"ana": TITLE, "ben": None, "tutor": faculty}


def test_a_muted_thread_never_counts_and_a_followed_one_comes_first(session, round_cast, talk, thread):
    talk.start(round_cast.ana, "Another.", title="Another matter")
    assert unread(session, round_cast, round_cast.ben) == "Another."
    follow_thread(session, actor=round_cast.ben, thread_id=thread.public_id, follows=Follows.FOLLOWED, now=START)
    session.commit()
    assert unread(session, round_cast, round_cast.ben) == "First."
    follow_thread(session, actor=round_cast.ben, thread_id=thread.public_id, follows=Follows.MUTED, now=START)
    session.commit()
    assert unread(session, round_cast, round_cast.ben) == "Another."
    at = standing(session, round_cast.ben, round_cast.id, now=START)
    lines = queries.threads_in(session, round_cast.ben, at, round_cast.groups[0].id)
    assert [(line.new, line.follows) for line in lines] == [(1, "usual"), (0, "muted")]


def test_other_groups_and_who_has_left_have_nothing_new_and_follow_nothing(session, round_cast, talk, thread):
    def follow(actor):
        with pytest.raises(NotFound):
            follow_thread(session, actor=actor, thread_id=thread.public_id, follows=Follows.FOLLOWED, now=START)
        session.rollback()

    for name in ("chi", "tutor2", "outsider", "stranger", "author", "administrator"):
        follow(getattr(round_cast, name))
        assert unread(session, round_cast, getattr(round_cast, name)) is None, name
    move(session, round_cast, round_cast.ben, round_cast.groups[1])
    leave(session, round_cast, round_cast.dee)
    session.commit()
    for who in (round_cast.ben, round_cast.dee):
        follow(who)
        assert unread(session, round_cast, who) is None


def test_nothing_is_new_before_the_commitments_are_complete(session, round_cast, talk, thread):
    user = enter(session, "Fay Moss")
    join(session, round_cast.cohort, user, CohortRole.STUDENT, round_cast.groups[0])
    session.commit()
    assert unread(session, round_cast, actor(user)) is None
    meet(session, round_cast, actor(user))
    session.commit()
    assert unread(session, round_cast, actor(user)) == "First."


def test_a_long_thread_is_not_counted_whole(session, round_cast, talk, thread, monkeypatch):
    monkeypatch.setattr(queries, "MOST_NEW", 2)
    queries._threads.cache_clear()
    for number in range(3):
        talk.post(round_cast.ana, thread, f"{number}")
    try:
        assert card(session, round_cast, round_cast.ben) == (TITLE, 3, 2)
    finally:
        queries._threads.cache_clear()


def test_the_count_on_the_thread_is_what_one_would_count(session, round_cast, talk, thread):
    for number in range(4):
        talk.post((round_cast.ana, round_cast.ben)[number % 2], thread, f"{number}")
    counted = select(func.count()).where(Comment.thread_id == thread.id, Comment.state == State.VISIBLE)
    assert session.scalar(select(Thread.readable)) == session.scalar(counted) == 5
