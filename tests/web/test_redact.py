"""Redacting in a browser without a script: what goes is shown before, and why stands in its place for everybody."""

import pytest
from sqlalchemy import select

from ethics.audit.models import Access
from ethics.rounds.models import Stance
from tests.discussions.talking import Talk, rows
from tests.rounds_cast import build_round, meet

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # What it destroys is proved on both in tests/rights.

WHY = {"reason": "patient", "words": "A patient’s first name and ward."}
MARK = "[Removed by faculty: it could tell who a patient is. A patient’s first name and ward.]"


@pytest.fixture
def talk(session):
    """Ana, Ben, Dee and Chi have met the others."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.dee, cast.chi):
        meet(session, cast, person)
    session.commit()
    return Talk(session, cast)


@pytest.fixture
def tutor(sign_in, talk):
    return sign_in("ines@demo.example")


@pytest.fixture
def ana(sign_in, talk):
    return sign_in("ana@demo.example")


def test_from_the_desk_a_reflection_is_redacted_and_its_writer_reads_why(db, talk, tutor, ana):
    made = talk.reflect(talk.cast.ana)
    address = f"/reflections/{made.public_id}/redact"
    desk = tutor.page(f"/rounds/{talk.cast.id}/review?reflection={made.public_id}")
    assert desk.one("a", href=address).text == "Redact something in this"

    page = tutor.page(address)
    assert "What Ana Duarte thinks." in page.text
    assert "This cannot be undone" in page.text
    tutor.submit(page, address, **WHY)

    assert MARK in tutor.page(f"/reflections/{made.public_id}").text
    own = ana.page(f"/reflections/{made.public_id}")
    assert MARK in own.text
    assert "What Ana Duarte thinks." not in own.text
    assert "Faculty redacted something you wrote." in ana.page("/").text
    assert MARK in ana.page(f"/journal/{talk.cast.id}").text
    opened = rows(db, select(Access).where(Access.owner == talk.cast.ana.public_id))
    assert {(access.object_kind, access.object_id) for access in opened} == {("reflection", made.public_id)}


def test_one_field_is_chosen_where_there_are_several(talk, tutor):
    made = talk.reflect(talk.cast.ana, asked="Was Mrs Warren of Elm Street right?")
    address = f"/reflections/{made.public_id}/redact"
    page = tutor.submit(tutor.page(address), address, follow=False, **WHY).page
    assert "Choose what goes. Nothing was destroyed." in page.text
    assert MARK not in tutor.page(f"/reflections/{made.public_id}").text
    tutor.submit(page, address, field="asked", **WHY)

    left = tutor.page(f"/reflections/{made.public_id}").text
    assert MARK in left
    assert "What Ana Duarte thinks." in left
    assert "Mrs Warren" not in left


def test_without_a_reason_and_words_nothing_goes_and_what_was_typed_stays(talk, tutor):
    made = talk.reflect(talk.cast.ana)
    address = f"/reflections/{made.public_id}/redact"

    page = tutor.submit(tutor.page(address), address, words="A name.", follow=False).page
    assert "Choose why." in page.text
    assert page.one("input", name="words").get("value") == "A name."
    page = tutor.submit(tutor.page(address), address, reason="patient", follow=False).page
    assert "Please write something here." in page.text
    assert "What Ana Duarte thinks." in tutor.page(f"/reflections/{made.public_id}").text


def test_from_the_students_page_a_reason_is_redacted(db, talk, tutor):
    stance = rows(db, select(Stance).where(Stance.reason == "The reason of Ana."))[0]
    address = f"/stances/{stance.public_id}/redact"
    page = tutor.page(f"/rounds/{talk.cast.id}/students/{talk.cast.ana.public_id}")
    assert page.one("a", href=address).text == "Redact this reason"

    tutor.submit(tutor.page(address), address, **WHY)

    [left] = rows(db, select(Stance.reason).where(Stance.id == stance.id))
    assert left == MARK


def test_a_peer_reads_why_in_a_thread_and_the_title_goes_by_itself(talk, tutor, sign_in):
    thread = talk.start(talk.cast.ana, "Mrs Warren of Elm Street told me.", title="About Mrs Warren")
    page = tutor.page(f"/threads/{thread.public_id}")
    comment = next(link for link in page.all("a") if link.text == "Redact").get("href")
    tutor.submit(tutor.page(comment), comment, **WHY)
    title = f"/threads/{thread.public_id}/redact"
    tutor.submit(tutor.page(title), title, reason="person", words="Whose case it is.")

    page = sign_in("ben@demo.example").page(f"/threads/{thread.public_id}")
    assert page.heading == "[Removed by faculty: it could tell who somebody is. Whose case it is.]"
    assert MARK in page.text
    assert "Warren" not in page.text
    assert "Redact" not in page.text
