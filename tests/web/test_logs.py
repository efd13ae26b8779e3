"""What the log holds, and what it never holds; what a page says when the database is away."""

import pytest

from ethics.db import Base
from ethics.web.auth import public
from tests.cast import enter

TOKEN = "tell-nobody-this-token"
TEXT = "What I would rather not say aloud, at some length, so that it is prose and nothing that one chooses."


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_request_is_one_line_without_its_token(capsys, client):
    client.get(f"/activate/{TOKEN}?next=/{TOKEN}")

    lines = [line for line in capsys.readouterr().err.splitlines() if "rule=" in line]
    assert [("/activate/<string:token>" in line, TOKEN in line) for line in lines] == [(True, False)]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_error_is_logged_under_the_number_its_page_shows_and_without_what_was_typed(capsys, new_app):
    @public
    def broken(token: str) -> str:
        raise RuntimeError("a slip of ours")

    new_app.add_url_rule("/broken/<string:token>", "broken", broken)

    answer = new_app.test_client().get(f"/broken/{TOKEN}?text={TEXT}")

    log = capsys.readouterr().err
    number = answer.headers["X-Request-Id"]
    assert answer.status_code == 500
    assert f"Number for whoever runs this: {number}" in answer.page.text
    assert (f"id={number}" in log, "a slip of ours" in log, TOKEN in log, TEXT in log) == (True, True, False, False)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_while_the_database_is_away_a_page_says_so_and_holds_what_was_typed(capsys, db, session, sign_in):
    enter(session, "Ana Okafor")
    session.commit()
    ana = sign_in("ana@demo.example")
    page = ana.page("/account")
    fields = dict(page.fields(page.form("/account/zone")).items())
    Base.metadata.drop_all(db.writer)

    answer = ana.post("/account/zone", data=fields | {"reason": TEXT})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert [area.text for area in answer.page.all("textarea")] == [TEXT]
    assert TEXT not in capsys.readouterr().err
