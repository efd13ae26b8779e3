"""Feedback at passages, what is asked of a writer, one's own snippets, and who is answering whom."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethics.anchors import passage_in, passage_of
from ethics.discussions import desk as desks
from ethics.discussions import feedback, outcomes, snippets
from ethics.discussions.answer_models import Wish
from ethics.discussions.models import State
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.rounds.gate import standing
from tests.clock import START
from tests.discussions.talking import rendered, told

TEN_MINUTES = timedelta(minutes=10)
AN_ID = "abcdefgh23456723"

words = st.sampled_from(["he", "waits.", "Nadia", "knows", "him", "once", "and", "goes", "\n\n"])
texts = st.lists(words, min_size=1, max_size=40).map(" ".join)


@pytest.fixture
def reflection(talk):
    return talk.reflect(talk.cast.ana)


@pytest.fixture
def remark(session, round_cast, reflection):
    """Keep a remark at a passage of Ana's."""

    def keep(text, *, quotation="Ana Duarte thinks", version=0, actor=None):
        made = feedback.draft_remark(
            session,
            actor=actor or round_cast.tutor,
            reflection_id=reflection.public_id,
            remark=feedback.Remark(AN_ID, quotation, "", "", version),
            source=text,
            rendered=rendered(text),
            now=START,
        )
        session.commit()
        return made

    return keep


def conclude(session, cast, reflection, wish, *, actor=None, reason="", now=START):
    made = outcomes.conclude(
        session,
        actor=actor or cast.tutor,
        reflection_id=reflection.public_id,
        wish=wish,
        reason=reason,
        now=now,
    )
    session.commit()
    return made


def test_a_remark_stands_at_its_passage_beside_the_answer_to_the_whole(session, round_cast, talk, reflection, remark):
    talk.draft(round_cast.tutor, reflection, "On the whole.")
    made = remark("Say more.")
    remark("Say much more.", version=made.version)
    drafts = desks.own_drafts(session, round_cast.tutor, reflection.public_id, now=START)

    assert [(one.source, one.passage and one.passage.anchor.exact) for one in drafts] == [
        ("On the whole.", None),
        ("Say much more.", "Ana Duarte thinks"),
    ]
    assert desks.own_drafts(session, round_cast.director, reflection.public_id, now=START) == []
    with pytest.raises(Conflict):
        remark("From an older tab.", version=1)


def test_a_remark_needs_a_passage_that_stands_there_and_its_own_author(session, round_cast, remark):
    for quotation, code in (("These words stand nowhere.", "passage-unknown"), (" ", "required")):
        with pytest.raises(Invalid) as refusal:
            remark("Say more.", quotation=quotation)
        assert (refusal.value.code, refusal.value.field) == (code, "quotation")
        session.rollback()
    remark("Say more.")
    for name in ("director", "tutor2", "ana", "ben", "outsider"):  # The director teaches her; the id is another's.
        with pytest.raises(NotFound):
            remark("Not mine.", actor=getattr(round_cast, name))
        session.rollback()


def test_a_revision_is_asked_for_once_and_accepted_when_it_is_there(session, db, round_cast, talk, reflection):
    with pytest.raises(Invalid) as error:
        conclude(session, round_cast, reflection, Wish.REVISE, reason=" ")
    assert error.value.field == "reason"
    session.rollback()
    conclude(session, round_cast, reflection, Wish.REVISE, reason="Whose risk is it?")
    asked = outcomes.asked_of(session, reflection.id)
    assert (asked.stage(1), asked.stage(2), asked.reason) == ("asked-to-revise", "revised", "Whose risk is it?")
    assert told(db, round_cast.ana, START) == []
    assert [one.kind for one in told(db, round_cast.ana, START + TEN_MINUTES)] == ["revision-asked"]

    conclude(session, round_cast, reflection, Wish.ACCEPTED, actor=round_cast.director)
    assert outcomes.asked_of(session, reflection.id).stage(1) == "accepted"
    assert [one.kind for one in told(db, round_cast.ana, START + TEN_MINUTES)] == ["reflection-accepted"]


def test_what_was_said_of_a_revision_is_taken_back_by_who_said_it_until_it_is_told(session, round_cast, reflection):
    conclude(session, round_cast, reflection, Wish.ACCEPTED)
    for who, now, code in (
        (round_cast.director, START, "state-changed"),
        (round_cast.tutor, START + TEN_MINUTES, "told-already"),
    ):
        with pytest.raises(NotAllowed) as refusal:
            outcomes.take_conclusion_back(session, actor=who, reflection_id=reflection.public_id, now=now)
        assert refusal.value.code == code
        session.rollback()
    outcomes.take_conclusion_back(session, actor=round_cast.tutor, reflection_id=reflection.public_id, now=START)
    assert outcomes.asked_of(session, reflection.id) is None


def test_snippets_are_their_owners_alone_and_each_has_its_name(session, round_cast):
    made = snippets.make_snippet(session, actor=round_cast.tutor, name=" Thanks ", text="Thank you.", now=START)
    for name, code in (("Thanks", "name-taken"), (" ", "required"), ("x" * 81, "too-long")):
        with pytest.raises(Invalid) as refusal:
            snippets.make_snippet(session, actor=round_cast.tutor, name=name, text="Again.", now=START)
        assert refusal.value.code == code
    snippets.make_snippet(session, actor=round_cast.director, name="Thanks", text="Mine.", now=START)
    with pytest.raises(NotFound):
        snippets.delete_snippet(session, actor=round_cast.director, snippet_id=made.public_id)
    snippets.change_snippet(session, actor=round_cast.tutor, snippet_id=made.public_id, name="Thanks", text="More.")

    assert [one[1:] for one in snippets.snippets_of(session, round_cast.tutor)] == [("Thanks", "More.")]
    snippets.delete_snippet(session, actor=round_cast.tutor, snippet_id=made.public_id)
    assert snippets.snippets_of(session, round_cast.tutor) == []


def test_colleagues_see_who_is_answering_whom_until_it_can_be_read(session, round_cast, reflection, remark):
    def seen(actor, now=START):
        at = standing(session, actor, round_cast.id, now=now)
        return [(one.student, one.author, one.is_own, one.released_at) for one in desks.in_hand(session, actor, at)]

    made, later = remark("Say more."), START + timedelta(hours=1)
    assert seen(round_cast.director) == [("Ana Duarte", "Ines Brandt", False, None)]
    assert seen(round_cast.tutor) == [("Ana Duarte", "Ines Brandt", True, None)]
    feedback.release_feedback(session, actor=round_cast.tutor, comment_ids=[made.public_id], at_time=later, now=START)
    assert seen(round_cast.director) == [("Ana Duarte", "Ines Brandt", False, later)]
    assert (seen(round_cast.tutor2), seen(round_cast.ana), seen(round_cast.director, now=later)) == ([], [], [])
    assert made.state == State.VISIBLE


@settings(max_examples=200)
@given(texts, texts, st.data())
def test_a_passage_of_one_revision_is_found_in_the_next_or_has_changed(before, after, data):
    """Never something else: what is found says the same, and where nothing is found its words stay with the remark."""
    spoken = before.split()
    start = data.draw(st.integers(0, max(len(spoken) - 1, 0)))
    quotation = " ".join(spoken[start : start + data.draw(st.integers(1, 6))])
    kept = passage_of({"harm": before}, quotation)
    if kept is None:
        return  # It stands there more than once, or not at all: then no remark was made.
    now = passage_in({"harm": after}, kept)

    assert kept.anchor.exact.split() == quotation.split()
    assert now is None or (now.part, now.anchor.exact.split()) == ("harm", quotation.split())
    assert passage_in({"harm": before}, kept) is not None
    again = passage_in({"harm": f"New first words. {before}"}, kept)
    assert again is None or again.anchor.exact.split() == quotation.split()
