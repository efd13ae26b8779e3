"""Faculty's desk, without a script: whom to answer, answering, keeping, releasing, taking back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.audit.models import Access
from ethics.discussions.models import Comment
from tests.clock import START
from tests.discussions.talking import Talk, rows, told
from tests.rounds_cast import build_round, meet

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # The queries are proved on both in tests/discussions.

CANARY = "canary of the answer"


@pytest.fixture
def talk(session):
    """Ana and Ben have submitted; Ben asks something."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.dee, cast.chi):
        meet(session, cast, person)
    session.commit()
    return Talk(session, cast)


@pytest.fixture
def reflection(talk):
    """Ana's, submitted first."""
    return talk.reflect(talk.cast.ana, now=START - timedelta(days=2))


@pytest.fixture
def second(talk):
    """Ben's, who asks something."""
    return talk.reflect(talk.cast.ben, asked="Was I wrong to say it aloud?", now=START - timedelta(days=1))


@pytest.fixture
def tutor(sign_in, talk):
    return sign_in("ines@demo.example")


@pytest.fixture
def ana(sign_in, talk):
    return sign_in("ana@demo.example")


def desk(talk, reflection=None) -> str:
    return f"/rounds/{talk.cast.id}/review" + (f"?reflection={reflection.public_id}" if reflection else "")


def answer(client, talk, reflection, text: str, then: str):
    return client.submit(client.page(desk(talk, reflection)), desk(talk, reflection), text=text, then=then)


def comments(db) -> int:
    return len(rows(db, select(Comment)))


def test_an_empty_desk_says_what_will_be_here(talk, tutor):
    page = tutor.page(desk(talk))

    assert page.heading == "Read and answer"
    assert "No reflection has been submitted yet." in page.text


def test_who_asks_comes_first_and_everything_is_on_one_page(talk, reflection, second, tutor):
    talk.start(talk.cast.ben, "canary of the thread")
    page = tutor.page(desk(talk))

    assert page.heading == "Ben Hallam"
    assert [item.text for item in page.all("h2", class_="queue-title")] == [
        "Asked you something · 1",
        "Not answered yet · 1",
    ]
    assert [item.get("href") for item in page.all("a", class_="queue-one")] == [
        desk(talk, second),
        desk(talk, reflection),
    ]
    for words in (
        "Was I wrong to say it aloud?",
        "What Ben Hallam thinks.",
        "canary of the thread",
        "Ask him to stay · 3 of 5",
        "The reason of Ben.",
        "Group 1",
        "Nursing",
        "waiting 2 days",
        "Only you can read this until you release it;",
    ):
        assert words in page.text


def test_opening_a_reflection_is_noted_for_its_writer(db, talk, reflection, tutor):
    tutor.page(desk(talk))

    assert [(row.actor, row.owner, row.object_kind, row.object_id) for row in rows(db, select(Access))] == [
        (talk.cast.tutor.public_id, talk.cast.ana.public_id, "reflection", reflection.public_id)
    ]


def test_what_is_kept_is_its_authors_alone(sign_in, talk, reflection, tutor, ana):
    kept = answer(tutor, talk, reflection, CANARY, "keep").page
    assert kept.fields(kept.form(desk(talk, reflection)))["text"] == CANARY

    address = f"/reflections/{reflection.public_id}"
    assert CANARY not in sign_in("helen@demo.example").page(desk(talk, reflection)).html
    assert [CANARY in client.page(address).html for client in (ana, tutor)] == [False, False]


def test_keep_and_next_leads_to_who_waits_next(db, talk, reflection, second, tutor):
    page = answer(tutor, talk, second, "Not wrong.", "next").page
    assert page.heading == "Ana Duarte"
    assert [item.text for item in page.all("h2", class_="queue-title")] == [
        "Not answered yet · 1",
        "Kept, not released · 1",
    ]
    page = answer(tutor, talk, reflection, "Thank you.", "next").page
    assert page.heading == "Ana Duarte"

    released = tutor.submit(page, desk(talk, reflection), then="release-all").page
    assert "2 answers released. Their writers are told in ten minutes." in released.text
    for person in (talk.cast.ana, talk.cast.ben):
        assert told(db, person, START) == []
        assert [notice.kind for notice in told(db, person, START + timedelta(minutes=10))] == ["feedback-released"]


def test_released_feedback_stands_with_the_reflection_and_can_be_answered(talk, reflection, tutor, ana):
    answer(tutor, talk, reflection, CANARY, "release")
    address = f"/reflections/{reflection.public_id}"
    page = ana.page(address)
    assert CANARY in page.text
    assert "Ines Brandt" in page.text
    thread = next(form.get("action") for form in page.all("form") if form.get("action").startswith("/threads/"))
    assert "Your tutor and course director can read this with your name. Nobody else can." in page.text

    answered = ana.submit(page, thread, text="Time, I think.")
    assert answered.request.path == address
    assert "Time, I think." in answered.page.text
    assert [item.text for item in tutor.page(desk(talk)).all("h2", class_="queue-title")] == ["Answered · 1"]
    assert "Time, I think." in tutor.page(desk(talk)).text


def test_undo_takes_it_back_before_anybody_is_told(db, talk, reflection, tutor, ana, clock):
    page = answer(tutor, talk, reflection, CANARY, "release").page
    assert "Released. Its writer is told in ten minutes." in page.text
    undo = next(form for form in page.all("form") if form.get("action").endswith("/take-back"))
    back = tutor.post(undo.get("action"), data=page.fields(undo), follow_redirects=True).page

    assert back.fields(back.form(desk(talk, reflection)))["text"] == CANARY
    assert CANARY not in ana.page(f"/reflections/{reflection.public_id}").html
    assert told(db, talk.cast.ana, START + timedelta(days=1)) == []


def test_after_ten_minutes_it_cannot_be_taken_back(talk, reflection, tutor, clock):
    page = answer(tutor, talk, reflection, CANARY, "release").page
    undo = next(form for form in page.all("form") if form.get("action").endswith("/take-back"))
    clock.advance(minutes=10)

    assert tutor.post(undo.get("action"), data=page.fields(undo)).status_code == 403


def test_a_form_sent_twice_is_one_answer(db, talk, reflection, tutor):
    page = tutor.page(desk(talk, reflection))
    filled = page.fill_in(page.form(desk(talk, reflection)), {"text": CANARY, "then": "release"})

    assert [tutor.post(desk(talk, reflection), data=filled).status_code for _ in range(2)] == [303, 303]
    assert comments(db) == 1


def test_a_second_tab_gets_both_texts(db, talk, reflection, tutor):
    first, second = (tutor.page(desk(talk, reflection)) for _ in range(2))
    tutor.submit(first, desk(talk, reflection), text="From the first tab.", then="keep")
    stale = tutor.submit(second, desk(talk, reflection), text="From the second tab.", then="keep")

    assert stale.status_code == 409
    assert "From the first tab." in stale.page.text
    kept = tutor.submit(stale.page, desk(talk, reflection)).page
    assert kept.fields(kept.form(desk(talk, reflection)))["text"] == "From the second tab."
    assert comments(db) == 1


@pytest.mark.parametrize("text", ["", "long " * 2_001])
def test_what_cannot_be_kept_is_shown_again_whole(db, talk, reflection, tutor, text):
    refused = answer(tutor, talk, reflection, text, "release")

    assert refused.status_code == 422
    assert refused.page.fields(refused.page.form(desk(talk, reflection)))["text"] == text
    assert comments(db) == 0


def test_a_draft_can_be_discarded_and_brought_back(talk, reflection, tutor):
    page = answer(tutor, talk, reflection, CANARY, "keep").page
    discard = next(form for form in page.all("form") if form.get("action").endswith("/withdraw"))
    gone = tutor.post(discard.get("action"), data=page.fields(discard), follow_redirects=True).page
    assert gone.fields(gone.form(desk(talk, reflection)))["text"] == ""
    undo = next(form for form in gone.all("form") if form.get("action").endswith("/restore"))
    back = tutor.post(undo.get("action"), data=gone.fields(undo), follow_redirects=True).page

    assert back.fields(back.form(desk(talk, reflection)))["text"] == CANARY


def test_it_is_faculty_of_the_writer_who_review(sign_in, talk, reflection, tutor):
    page = tutor.page(desk(talk, reflection))
    for email in ("ana@demo.example", "ben@demo.example", "paul@demo.example", "morag@demo.example"):
        client = sign_in(email)
        assert client.get(desk(talk)).status_code == 404
        assert client.get(desk(talk, reflection)).status_code == 404
    other = sign_in("jo@demo.example")
    assert other.get(desk(talk)).status_code == 200
    assert other.get(desk(talk, reflection)).status_code == 404
    own = other.page("/account").all("form")[0]
    filled = {**other.page("/account").fields(own), "text": CANARY, "version": "0"}
    assert page.heading == "Ana Duarte"
    assert other.post(desk(talk, reflection), data=filled).status_code == 404


def test_a_revision_is_asked_for_once_and_its_writer_is_told_unless_it_is_taken_back(db, talk, reflection, tutor, ana):
    def ask():
        return tutor.submit(tutor.page(desk(talk, reflection)), desk(talk, reflection), then="revise", reason=CANARY)

    undo = next(form for form in ask().page.all("form") if form.get("action").endswith("/conclusion/take-back"))
    page = tutor.page(desk(talk, reflection))
    tutor.post(undo.get("action"), data=page.fields(page.form(desk(talk, reflection))))
    assert told(db, talk.cast.ana, START + timedelta(days=1)) == []
    ask()
    assert [one.kind for one in told(db, talk.cast.ana, START + timedelta(minutes=10))] == ["revision-asked"]
    assert CANARY in ana.page(f"/reflections/{reflection.public_id}").text


def test_what_is_released_at_a_time_is_there_at_that_time(db, talk, reflection, tutor, ana, clock):
    page = tutor.page(desk(talk, reflection))
    at = desk(talk, reflection)
    tutor.submit(page, at, text=CANARY, then="release-at", release_at="2026-11-24T10:20")
    address = f"/reflections/{reflection.public_id}"
    assert CANARY not in ana.page(address).html
    clock.advance(minutes=20)
    assert CANARY in ana.page(address).html


@pytest.mark.parametrize(
    ("time", "said"), [("2020-01-01T08:00", "That time is over"), ("", "Choose when its writer can read it.")]
)
def test_a_time_that_cannot_be_is_said_beside_it_and_the_answer_stays(talk, reflection, tutor, time, said):
    at = desk(talk, reflection)
    answered = tutor.submit(tutor.page(at), at, text=CANARY, then="release-at", release_at=time)

    assert answered.status_code == 422
    assert (CANARY in answered.page.text, said in answered.page.text) == (True, True)
