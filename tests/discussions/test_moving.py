"""A student who is put into another group while a round runs: what stays, what ends, what begins."""

import random

import pytest

from ethics import db as database
from ethics.cohorts.groups import move_students, undo_move
from ethics.cohorts.models import CohortRole, GroupSet
from ethics.discussions import queries
from ethics.errors import NotFound
from ethics.rounds.gate import standing
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.reading import READ, comments
from tests.rounds_cast import join


@pytest.fixture
def move(session, round_cast):
    """`move("ana", 2)` as the director does it."""
    group_set = session.get_one(GroupSet, round_cast.groups[0].group_set_id)

    def move(name, number):
        made = move_students(
            session,
            actor=round_cast.director,
            group_set=group_set,
            students=[round_cast.users[name].public_id],
            group=round_cast.groups[number - 1],
            now=START,
        )
        session.commit()
        return made

    return move


def names(session, reader, thread):
    """Under which names a thread's comments stand for this reader, in order."""
    return [line.author.label for line in comments(session, reader, thread)]


def test_old_comments_stay_the_old_group_ends_and_the_new_one_meets_a_new_name(
    session, round_cast, talk, move, monkeypatch
):
    # Names are drawn anew, and the old one may come again: here the same two are drawn every time.
    monkeypatch.setattr(database, "chance", random.Random(3))  # noqa: S311  # so that it can be repeated
    ana, ben, chi = round_cast.ana, round_cast.ben, round_cast.chi
    old = talk.start(ana, "Whose arm is it?")
    theirs = talk.start(chi, "Who pays?")
    [before] = names(session, ben, old)

    made = move("ana", 2)

    assert names(session, ben, old) == [before], "her comment stays, under the name the group knows"
    with pytest.raises(NotFound):
        queries.find_thread(session, ana, old.public_id, now=READ)
    with pytest.raises(NotFound):
        talk.post(ana, old, "One more thing.")
    at = standing(session, ana, round_cast.id, now=START)
    assert (at.is_complete, at.group_id) == (True, round_cast.groups[1].id)

    talk.post(ana, theirs, "The ward does.")
    after = standing(session, ana, round_cast.id, now=START).alias
    assert names(session, chi, theirs)[1] == after
    assert after != before
    with pytest.raises(NotFound):
        queries.find_thread(session, ben, theirs.public_id, now=READ)

    undo_move(session, actor=round_cast.director, move=made, now=START)
    session.commit()
    assert standing(session, ana, round_cast.id, now=START).alias == before
    assert names(session, chi, theirs)[1] == after, "what she wrote there stays there"
    with pytest.raises(NotFound):
        queries.find_thread(session, ana, theirs.public_id, now=READ)


def test_tutors_read_who_sits_in_their_group_now(session, round_cast, talk, move):
    reflection = talk.reflect(round_cast.ana)
    move("ana", 2)

    talk.draft(round_cast.tutor2, reflection, "Which of the two?")
    with pytest.raises(NotFound):
        talk.draft(round_cast.tutor, reflection, "Which of the two?")


def test_whoever_has_not_committed_meets_nobody_in_the_new_group_either(session, round_cast, talk, move):
    theirs = talk.start(round_cast.chi, "Who pays?")
    fay = enter(session, "Fay Moss")
    join(session, round_cast.cohort, fay, CohortRole.STUDENT, round_cast.groups[0])
    round_cast.users["fay"] = fay
    session.commit()
    move("fay", 2)

    with pytest.raises(NotFound):
        queries.find_thread(session, actor(fay), theirs.public_id, now=READ)
