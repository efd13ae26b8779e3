"""Looking for words in the threads of a group: what is found, and what nobody finds."""

import pytest
from sqlalchemy import select

from ethics.cases.search import terms_of
from ethics.cohorts.models import CohortRole
from ethics.discussions import actions, moderation, queries
from ethics.discussions.models import Comment
from ethics.errors import NotFound
from ethics.rounds.gate import standing
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.reading import GONE, READ
from tests.discussions.talking import rendered
from tests.rounds_cast import archive, join, leave, meet, move

PEOPLE = "director tutor tutor2 ana ben dee chi outsider stranger author administrator".split()


@pytest.fixture
def thread(round_cast, talk):
    return talk.start(round_cast.ana, "First words.", title="Whose risk is it?")


def found(session, cast, who, wish, group=0, **more):
    """The texts around the first hits, with the hits in brackets, or GONE."""
    session.rollback()
    try:
        at = standing(session, who, cast.id, now=READ)
        group_id = queries.group_for(session, who, at, cast.groups[group].public_id)
        hits = queries.search(session, who, at, group_id, terms_of(wish), **more)
    except NotFound:
        return GONE
    return ["".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in hit.pieces) for hit in hits]


def who_finds(session, cast, wish, **more):
    return {name: found(session, cast, getattr(cast, name), wish, **more) for name in PEOPLE}


def hide(session, cast, comment):
    rule = {"category": "demeans", "categories": ["demeans"], "reason": "Too sharp."}
    moderation.hide_comment(session, actor=cast.tutor, comment_id=comment.public_id, now=START, **rule)
    session.commit()


def hold(session, cast, comment):
    rule = {"category": "demeans", "categories": ["demeans"], "reason": "Please wait."}
    moderation.hold_person(session, actor=cast.tutor, comment_id=comment.public_id, now=START, **rule)
    session.commit()


def test_words_are_found_by_those_who_read_the_thread(session, round_cast, talk, thread):
    talk.post(round_cast.ben, thread, "The crème de la CREME, she said.")
    mine = ["The [crème] de la [CREME], she said."]
    gone = dict.fromkeys(PEOPLE, GONE)
    readers = dict.fromkeys(("director", "tutor", "ana", "ben", "dee"), mine)

    assert who_finds(session, round_cast, "creme") == gone | readers | {"chi": []}
    # A student's group is their own whatever the address says.
    own = dict.fromkeys(("ana", "ben", "dee"), mine) | {key: [] for key in ("chi", "tutor2", "director")}
    assert who_finds(session, round_cast, "creme", group=1) == gone | own
    wishes = ("cre sai", '"de la"', '"la de"', "reme", "creme absent", "%", "_", "")
    assert {wish: found(session, round_cast, round_cast.ana, wish) for wish in wishes} == {
        "cre sai": ["The [crème] de la [CREME], she [said]."],
        '"de la"': ["The crème [de] [la] CREME, she said."],
        '"la de"': [],
        "reme": [],
        "creme absent": [],
        "%": [],
        "_": [],
        "": [],
    }


def test_a_title_is_found_with_the_comment_it_came_with(session, round_cast, talk, thread):
    talk.post(round_cast.ben, thread, "Mine, of course.")
    assert found(session, round_cast, round_cast.dee, "risk") == [""]
    assert found(session, round_cast, round_cast.dee, "risk words") == ["First [words]."]

    hide(session, round_cast, session.scalars(select(Comment).where(Comment.number == 1)).one())
    for name in ("ana", "ben", "tutor"):
        assert found(session, round_cast, getattr(round_cast, name), "risk") == [], name
    at = standing(session, round_cast.ben, round_cast.id, now=READ)
    [hit] = queries.search(session, round_cast.ben, at, round_cast.groups[0].id, ("course",))
    assert hit.title == []


def test_nobody_finds_what_is_held_hidden_withdrawn_a_draft_or_still_waits(session, round_cast, talk, thread):
    for text in ("Canary to hide.", "Canary to withdraw."):
        talk.post(round_cast.ben, thread, text)
    to_hide, to_withdraw = session.scalars(select(Comment).where(Comment.number > 1).order_by(Comment.number)).all()
    hold(session, round_cast, to_hide)
    talk.post(round_cast.ben, thread, "Canary held.")
    talk.start(round_cast.ben, "A canary held, too.", title="A held canary")
    hide(session, round_cast, to_hide)
    actions.withdraw_comment(session, actor=round_cast.ben, comment_id=to_withdraw.public_id, now=START)
    session.commit()
    talk.draft(round_cast.tutor, talk.reflect(round_cast.ana), "Canary of feedback.")
    talk.post(round_cast.tutor, thread, "A canary that waits.", after_most=True)
    waiting = ["A [canary] that waits."]
    expected = dict.fromkeys(PEOPLE, GONE) | {key: [] for key in ("ana", "ben", "dee", "chi")}

    assert who_finds(session, round_cast, "canary") == expected | {"tutor": waiting, "director": waiting}


def test_an_edit_is_found_by_its_new_words_alone(session, round_cast, talk, thread):
    comment = talk.post(round_cast.ben, thread, "Before.")
    actions.edit_comment(
        session,
        actor=round_cast.ben,
        comment_id=comment.public_id,
        source="After.",
        rendered=rendered("After."),
        version=comment.version,
        now=START,
    )
    session.commit()
    assert [found(session, round_cast, round_cast.ben, wish) for wish in ("before", "after")] == [[], ["[After]."]]


def test_the_gate_and_the_group_hold(session, round_cast, talk, thread):
    user = enter(session, "Fay Moss")
    join(session, round_cast.cohort, user, CohortRole.STUDENT, round_cast.groups[0])
    session.commit()
    fay = actor(user)
    assert found(session, round_cast, fay, "first") == []
    meet(session, round_cast, fay)
    session.commit()
    assert found(session, round_cast, fay, "first") == ["[First] words."]

    move(session, round_cast, round_cast.ben, round_cast.groups[1])
    leave(session, round_cast, round_cast.dee)
    session.commit()
    assert [found(session, round_cast, who, "first") for who in (round_cast.ben, round_cast.dee)] == [[], GONE]
    archive(session, round_cast)
    session.commit()
    assert [found(session, round_cast, who, "first") for who in (fay, round_cast.tutor)] == [GONE, ["[First] words."]]


def test_pages_go_on_where_the_last_one_stopped(session, round_cast, talk, thread, monkeypatch):
    monkeypatch.setattr(queries, "HITS", 2)
    queries._found.cache_clear()
    for number in range(4):
        talk.post(round_cast.ben, thread, f"Word {number}.")
    try:
        at = standing(session, round_cast.ana, round_cast.id, now=READ)
        group_id = round_cast.groups[0].id
        first = queries.search(session, round_cast.ana, at, group_id, ("word",))
        assert len(first) == 3
        assert found(session, round_cast, round_cast.ana, "word", before=first[1].public_id) == [
            "[Word] 1.",
            "[Word] 0.",
            "First [words].",
        ]
    finally:
        queries._found.cache_clear()
