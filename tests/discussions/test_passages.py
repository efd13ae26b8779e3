"""Threads that begin from a passage: of the case, or of a reflection that its writer may take back."""

import pytest
from sqlalchemy import select, update

from ethics.cases.models import Segment, SegmentKind
from ethics.discussions import queries
from ethics.discussions.passages import begun_from
from ethics.discussions.posts import Quotation
from ethics.errors import Invalid, NotFound
from ethics.markup import text_of
from ethics.reflections.models import Reflection
from ethics.rounds.gate import standing
from ethics.rounds.models import Audience
from tests.clock import START
from tests.discussions.reading import comments

THOUGHT = "What Ana Duarte thinks."


@pytest.fixture
def passage(session, round_cast):
    """Words of the second stage."""
    html = session.scalars(
        select(Segment.html).where(
            Segment.version_id == round_cast.round.case_version_id,
            Segment.kind == SegmentKind.STAGE,
            Segment.stage == 2,
        )
    ).first()
    return " ".join(text_of(html).split()[:6])


@pytest.fixture
def shared(session, round_cast, talk):
    """Ana has shared what she thinks, and Ben has submitted, too."""
    reflection = talk.reflect(round_cast.ana)
    talk.reflect(round_cast.ben)
    session.execute(update(Reflection).values(audience=Audience.GROUP))
    session.commit()
    return reflection


def begun(session, cast, actor, thread):
    """Its passage for a reader: the words, or why there are none; 404 where they may not know of the thread."""
    session.rollback()
    try:
        opened = queries.open_thread(session, actor, thread.public_id, now=START)
    except NotFound:
        return "404"
    found = begun_from(session, actor, standing(session, actor, cast.id, now=START), opened.thread)
    if found.passage is None:
        return "withdrawn" if found.withdrawn else "changed"
    return found.passage.anchor.exact


def test_a_passage_of_the_case_stands_beside_its_thread(session, round_cast, talk, passage):
    thread = talk.start(round_cast.ana, "Is it so?", quotation=Quotation(passage))
    at = standing(session, round_cast.ben, round_cast.id, now=START)
    [line] = queries.threads_in(session, round_cast.ben, at, round_cast.groups[0].id)

    assert line.passage.anchor.exact == passage
    assert begun(session, round_cast, round_cast.tutor, thread) == passage
    assert begun(session, round_cast, round_cast.chi, thread) == "404"
    for words in ("These words stand nowhere.", "the"):
        with pytest.raises(Invalid) as refusal:
            talk.start(round_cast.ana, "Is it so?", quotation=Quotation(words))
        assert (refusal.value.code, refusal.value.field) == ("passage-unknown", "quotation")


def test_a_thread_on_a_shared_reflection_is_for_whom_that_is_open(session, round_cast, talk, shared, passage):
    quotation = Quotation("Ana Duarte thinks", reflection_id=shared.public_id)
    thread = talk.start(round_cast.ben, "I wonder.", quotation=quotation)

    seen = {
        name: begun(session, round_cast, getattr(round_cast, name), thread)
        for name in ("ana", "ben", "dee", "chi", "tutor", "tutor2", "director", "outsider", "author")
    }
    words = "Ana Duarte thinks"
    assert seen == dict.fromkeys(seen, "404") | dict.fromkeys(("ana", "ben", "tutor", "director"), words)
    assert comments(session, round_cast.dee, thread) == "404"  # She has not submitted a reflection.
    at = standing(session, round_cast.dee, round_cast.id, now=START)
    assert queries.threads_in(session, round_cast.dee, at, round_cast.groups[0].id) == []
    at = standing(session, round_cast.ben, round_cast.id, now=START)
    assert [line.passage for line in queries.threads_in(session, round_cast.ben, at, round_cast.groups[0].id)] == [None]
    talk.start(round_cast.ben, "From nothing.")
    of_case = talk.start(round_cast.ana, "Is it so?", quotation=Quotation(passage))

    def beside(name, **which):
        actor, group_id = getattr(round_cast, name), round_cast.groups[0].id
        at = standing(session, actor, round_cast.id, now=START)
        return [line.public_id for line in queries.threads_beside(session, actor, at, group_id, **which)]

    seen = [(beside(name, reflection_id=shared.public_id), beside(name)) for name in ("ana", "tutor", "dee", "chi")]
    assert seen == [
        ([thread.public_id], [of_case.public_id]),
        ([thread.public_id], [of_case.public_id]),
        ([], [of_case.public_id]),
        ([], []),
    ]


def test_when_sharing_is_taken_back_the_thread_stays_and_its_passage_goes(session, round_cast, talk, shared):
    quotation = Quotation("Ana Duarte thinks", reflection_id=shared.public_id)
    thread = talk.start(round_cast.ben, "I wonder.", quotation=quotation)
    session.execute(update(Reflection).values(audience=Audience.FACULTY))
    session.commit()

    assert begun(session, round_cast, round_cast.ben, thread) == "withdrawn"
    assert begun(session, round_cast, round_cast.tutor, thread) == "withdrawn"
    assert len(comments(session, round_cast.ben, thread)) == 1


def test_nobody_begins_from_what_is_not_open_to_them(session, round_cast, talk, shared):
    quotation = Quotation("Ana Duarte thinks", reflection_id=shared.public_id)
    for name in ("dee", "chi"):
        with pytest.raises(NotFound):
            talk.start(getattr(round_cast, name), "I wonder.", quotation=quotation)
        session.rollback()
    session.execute(update(Reflection).values(audience=Audience.FACULTY))
    session.commit()
    with pytest.raises(NotFound):
        talk.start(round_cast.ben, "I wonder.", quotation=quotation)
    session.rollback()
    with pytest.raises(Invalid):  # Faculty read it, and the group does not.
        talk.start(round_cast.tutor, "I wonder.", quotation=quotation, group_id=round_cast.groups[0].public_id)
