"""Taking away who has done what, without a script: for whom, with which texts, and that the owners see it."""

import csv
import io

import pytest

from tests.discussions.talking import Talk
from tests.rounds_cast import archive, build_round, meet

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # The rows are proved on both in tests/insights.


@pytest.fixture
def talk(session):
    """Ana has submitted; Ben and Chi have met the others."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.chi):
        meet(session, cast, person)
    session.commit()
    talk = Talk(session, cast)
    talk.reflect(cast.ana)
    return talk


@pytest.fixture
def director(sign_in, talk):
    return sign_in("helen@demo.example")


def take(client, address, **values):
    answer = client.submit(client.page(address), address, follow=False, **values)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype == "text/csv"
    return answer, list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_tutor_takes_the_list_of_their_groups_and_no_gradebook(sign_in, talk):
    address = f"/rounds/{talk.cast.id}/completion"
    tutor = sign_in("ines@demo.example")
    assert tutor.page(f"/rounds/{talk.cast.id}").one("a", href=address).text == "Take the list away"

    answer, rows = take(tutor, address, bom="y")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="completion-list-2026-11-24.csv"'
    assert answer.text.startswith("\ufeff")
    assert [row[1] for row in rows] == ["student", "Ana Duarte", "Ben Hallam", "Dee Okafor"]
    assert "What Ana" not in answer.text
    page = tutor.page(address)
    sent = dict(page.fill_in(page.form(address), {}))
    refused = tutor.post(address, data={**sent, "layout": "canvas"})
    assert refused.status_code == 422


def test_texts_are_taken_by_ticking_and_each_owner_sees_by_whom(sign_in, director, talk):
    address = f"/rounds/{talk.cast.id}/completion"
    _, rows = take(director, address, layout="list", texts="y")

    assert "What Ana Duarte thinks." in rows[1]
    ana, dee = sign_in("ana@demo.example"), sign_in("dee@demo.example")
    page = ana.page("/account/access")
    assert [" ".join(row.itertext()).split()[:2] for row in page.all("tr")[1:]] == [["Helen", "Ashworth"]] * 2
    assert "your reflection: The line goes too" in page.text
    assert "Nobody yet" in dee.page("/account/access").text


def test_the_password_is_asked_again_before_texts_leave(director, talk, clock):
    address = f"/rounds/{talk.cast.id}/completion"
    clock.advance(minutes=11)
    page = director.page(address)
    answer = director.submit(page, address, layout="list", texts="y", follow=False)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/account/confirm?next=")
    take(director, address, layout="list")


def test_a_cohort_is_taken_for_a_gradebook_also_when_it_is_archived(director, talk):
    archive(talk.session, talk.cast)
    talk.session.commit()
    address = f"/cohorts/{talk.cast.cohort.public_id}/completion"
    _, rows = take(director, address, layout="canvas")

    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "The line goes too"]
    assert ["Ana Duarte", "", "", "ana@demo.example", "Year 3", "1"] in rows


def test_an_address_with_a_moment_that_is_none_shows_the_newest(director):
    for before in ("soon", "2026-11-24", "9999-12-31T23:59:59%2B00:00", "0001-01-01T00:00:00%2B14:00"):
        assert "Nobody yet" in director.page(f"/account/access?before={before}").text
