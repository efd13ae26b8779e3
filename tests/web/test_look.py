"""Between submitting a reflection and sent: what may point to somebody, and the three ways on."""

import pytest
from sqlalchemy import select

from ethics.db import Database
from ethics.reflections.models import Answer, Reflection, Revision
from tests.pages import words
from tests.rounds_cast import build_round, commit_everywhere

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

TEXT = "I was told to wait. Mrs. Okafor in bed 12 asked me twice. I said nothing."


@pytest.fixture
def cast(db: Database):
    """The class; Ana has committed at every decision."""
    with db.unit_of_work() as session:
        cast = build_round(session)
        commit_everywhere(session, cast, cast.ana)
    return cast


@pytest.fixture
def ana(cast, sign_in):
    return sign_in("ana@demo.example")


def address(cast):
    return f"/rounds/{cast.id}/reflection"


def send(client, cast, **values):
    page = client.page(f"{address(cast)}?revise=1")
    return client.submit(page, address(cast), **{"then": "submit", "answer-moment": TEXT, **values})


def submitted(db):
    """The texts and what was said of them, by revision."""
    with db.reading() as session:
        return [
            tuple(row)
            for row in session.execute(
                select(Answer.source, Revision.vouched)
                .join(Revision, Revision.id == Answer.revision_id)
                .order_by(Revision.id, Answer.prompt.desc())
            )
        ]


def test_what_may_point_to_somebody_is_shown_in_its_sentence_before_it_is_sent(db, cast, ana):
    page = send(ana, cast).page
    assert page.heading == "Look once more"
    assert [words(mark) for mark in page.all("mark")] == ["Mrs. Okafor", "bed 12"]
    assert [words(quote) for quote in page.all("blockquote")] == [
        "Mrs. Okafor in bed 12 asked me twice.",
        "Mrs. Okafor in bed 12 asked me twice.",
    ]
    assert "anonym" not in page.text.lower()
    assert submitted(db) == []
    with db.reading() as session:
        assert [kept.draft["answers"] for kept in session.scalars(select(Reflection))] == [{"moment": TEXT}]


def test_mended_words_are_sent_and_nothing_is_noted(db, cast, ana):
    page = send(ana, cast, **{"answer-cost": "His trust.", "only-cost": "y"}).page
    answer = ana.submit(page, address(cast), then="submit", **{"answer-moment": "A patient asked me twice."})
    assert "Submitted." in answer.page.text
    assert submitted(db) == [("A patient asked me twice.", None), ("His trust.", None)]
    with db.reading() as session:
        assert session.scalars(select(Reflection.faculty_only)).one() == {"cost": True}


def test_what_is_mended_by_half_is_shown_again(db, cast, ana):
    page = send(ana, cast).page
    again = ana.submit(page, address(cast), then="submit", **{"answer-moment": "She in bed 12 asked."}).page
    assert [words(mark) for mark in again.all("mark")] == ["bed 12"]
    assert submitted(db) == []


@pytest.mark.parametrize(
    ("then", "said"), [("fictional", "that they are invented"), ("agreed", "that those people agreed")]
)
def test_the_writer_may_send_it_as_it_is_and_faculty_see_what_was_said(db, cast, ana, sign_in, then, said):
    answer = ana.submit(send(ana, cast).page, address(cast), then=then)
    assert submitted(db) == [(TEXT, then)]
    assert said in sign_in("ines@demo.example").page(answer.request.path).text


def test_a_clean_text_is_sent_at_once(db, cast, ana):
    answer = send(ana, cast, **{"answer-moment": "When he asked, I said nothing."})
    assert "Submitted." in answer.page.text
    assert submitted(db) == [("When he asked, I said nothing.", None)]


def test_nothing_is_said_of_a_text_in_which_nothing_is_marked(db, cast, ana):
    ana.submit(send(ana, cast).page, address(cast), then="fictional", **{"answer-moment": "A patient asked."})
    assert submitted(db) == [("A patient asked.", None)]


def test_back_to_writing_keeps_what_was_mended(db, cast, ana):
    page = ana.submit(send(ana, cast).page, address(cast), then="save", **{"answer-moment": "Half mended."}).page
    assert page.fields(page.form(address(cast)))["answer-moment"] == "Half mended."
    assert submitted(db) == []


def test_the_same_form_again_with_another_text_is_kept(db, cast, ana):
    page = ana.page(address(cast))
    for text in (TEXT, f"{TEXT} And more."):
        answer = ana.submit(page, address(cast), then="submit", **{"answer-moment": text})
    assert answer.page.heading in {"Look once more", "Two versions of one text"}
    assert "And more." in answer.page.text


def test_a_double_click_on_the_way_out_submits_once(db, cast, ana):
    page = send(ana, cast).page
    answers = [ana.submit(page, address(cast), follow=False, then="agreed") for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert submitted(db) == [(TEXT, "agreed")]
