"""A form whose sign-in has expired: what was typed comes back, to the same person only, to be sent by hand."""

import pytest
from flask import request
from sqlalchemy import select

from ethics.audit.models import IdempotencyKey
from ethics.people.models import User
from ethics.web.auth import actor as web_actor
from ethics.web.auth import signed_in
from ethics.web.session import perform
from tests.cast import PASSWORD, enter

ANA, BEN = "ana@demo.example", "ben@demo.example"
LONG = "What happened at eleven that night.\n\n" + "I would write it down again, word by word. " * 1000
SHORT = "Because she asked."


@pytest.fixture
def told() -> list[dict[str, list[str]]]:
    """What reached the view."""
    return []


@pytest.fixture
def app(new_app, db, told):
    """The application with a page to write on."""
    with db.unit_of_work() as session:
        enter(session, "Ana Okafor")
        enter(session, "Ben Hallam")

    @signed_in
    def write() -> object:
        def verb(_session) -> str:
            told.append({name: request.form.getlist(name) for name in ("reason", "principle", "essay", "password")})
            return "/account"

        return perform(verb, actor=web_actor().public_id)

    new_app.add_url_rule("/write", "write", write, methods=["POST"])
    return new_app


@pytest.fixture
def expired(sign_in, clock):
    """`expired(**values)`: the answer to Ana's form, sent when her sign-in had run out, and her browser."""

    def expired(**values):
        ana = sign_in(ANA)
        fields = ana.page("/account").fields(ana.page("/account").form("/account/zone"))
        clock.advance(hours=9)
        data = {name: fields[name] for name in ("csrf_token", "writer", "idempotency_key")} | values
        return ana, ana.post("/write?from=draft", data=data)

    return expired


def texts(page) -> list[str]:
    return [area.text or "" for area in page.all("textarea")]


def test_the_text_is_shown_and_after_signing_in_again_sent_by_hand(expired, told, db):
    ana, answer = expired(reason=SHORT, principle=["autonomy", "justice"], essay=LONG)
    assert (answer.status_code, answer.page.heading) == (401, "Please sign in again")
    assert texts(answer.page) == [SHORT, LONG]
    assert told == []

    again = ana.submit(answer.page, "/sign-in", email=ANA, password=PASSWORD)
    assert (again.status_code, again.page.heading) == (200, "Your text is still here")
    assert texts(again.page) == [SHORT, LONG]
    assert told == []

    sent = ana.submit(again.page, "/write?from=draft", follow=False)
    assert (sent.status_code, sent.location) == (303, "/account")
    assert told == [{"reason": [SHORT], "principle": ["autonomy", "justice"], "essay": [LONG], "password": []}]


def test_it_keeps_its_idempotency_key_so_that_it_is_done_once(expired, told, db):
    ana, answer = expired(reason=SHORT, idempotency_key="the key of this form")
    again = ana.submit(answer.page, "/sign-in", email=ANA, password=PASSWORD)
    for _ in range(2):
        assert ana.submit(again.page, "/write?from=draft", follow=False).location == "/account"

    assert len(told) == 1
    with db.reading() as session:
        assert session.scalars(select(IdempotencyKey.key)).all() == ["the key of this form"]


def test_a_wrong_password_loses_nothing(expired, told):
    ana, answer = expired(essay=LONG)
    wrong = ana.submit(answer.page, "/sign-in", email=ANA, password="wrong")
    assert "What you wrote is kept. You see it again once you are signed in." in wrong.page.text

    again = ana.submit(wrong.page, "/sign-in", email=ANA, password=PASSWORD)
    assert texts(again.page) == [LONG]


def test_a_form_token_that_is_gone_loses_nothing(expired, told):
    ana, answer = expired(essay=LONG)
    ana.delete_cookie("ethics-form")
    refused = ana.submit(answer.page, "/sign-in", email=ANA, password=PASSWORD)
    assert refused.status_code == 400
    assert texts(refused.page) == [LONG]

    again = ana.submit(refused.page, "/sign-in", email=ANA, password=PASSWORD)
    assert texts(again.page) == [LONG]


def test_somebody_else_does_not_see_it_and_is_told_so(expired, told):
    ana, answer = expired(reason=SHORT, essay=LONG)
    other = ana.submit(answer.page, "/sign-in", email=BEN, password=PASSWORD)

    assert (other.status_code, other.page.heading) == (200, "This text is somebody else’s")
    assert (SHORT in other.text, "eleven that night" in other.text) == (False, False)
    assert other.page.all("form", action="/write?from=draft") == []
    assert "ben@demo.example" in ana.page("/account").text


def test_another_account_cannot_send_the_first_ones_page(expired, told, sign_in):
    ana, answer = expired(essay=LONG)
    again = ana.submit(answer.page, "/sign-in", email=ANA, password=PASSWORD)
    ana.submit(ana.page("/account"), "/sign-out")
    ana.sign_in(BEN, PASSWORD)
    refused = ana.submit(again.page, "/write?from=draft", follow=False)

    assert refused.status_code == 400
    assert "eleven that night" not in refused.text
    assert told == []


@pytest.mark.parametrize("name", ["password", "old_password", "new-password"])
def test_passwords_are_never_kept(expired, name):
    ana, answer = expired(**{name: "a pass phrase of four", "essay": LONG})
    again = ana.submit(answer.page, "/sign-in", email=ANA, password=PASSWORD)

    assert ("a pass phrase of four" in answer.text, "a pass phrase of four" in again.text) == (False, False)
    assert [field.get("name") for field in again.page.form("/write?from=draft").iter("input")].count(name) == 0


@pytest.mark.parametrize("mark", [None, "", "forged", "InNvbWVib2R5Ig.aSTx.forged"])
def test_a_form_that_is_not_ours_is_never_shown_back(app, client, told, mark):
    data = {"essay": LONG} | ({} if mark is None else {"writer": mark})
    answer = client.post("/write", data=data)

    assert answer.status_code == 401
    assert texts(answer.page) == []
    assert "eleven that night" not in answer.text
    assert answer.page.all("input", name="kept") == []


@pytest.mark.parametrize("parcel", ["", "forged", "W10.aSTx.forged"])
def test_a_forged_parcel_is_only_a_sign_in(app, client, parcel):
    page = client.page("/sign-in")
    token = page.form("/sign-in").find(".//input[@name='csrf_token']").get("value")
    answer = client.post("/sign-in", data={"csrf_token": token, "email": ANA, "password": PASSWORD, "kept": parcel})

    assert (answer.status_code, answer.location) == (303, "/")


def test_a_parcel_older_than_a_day_is_gone(expired, monkeypatch):
    ana, answer = expired(essay=LONG)
    from itsdangerous import TimestampSigner  # noqa: PLC0415  # it reads its own clock, which only this test moves

    real = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: real(self) + 86_401)

    assert ana.submit(answer.page, "/sign-in", follow=False, email=ANA, password=PASSWORD).location == "/"


def test_marked_up_text_is_text(expired):
    essay = '</textarea><script>alert(1)</script>\n\n  indented & "quoted"\n'
    ana, answer = expired(essay="\n" + essay)
    again = ana.submit(answer.page, "/sign-in", email=ANA, password=PASSWORD)

    assert texts(again.page) == ["\n" + essay]


def test_a_signed_in_form_whose_token_is_too_old_comes_back_as_well(sign_in, app, told):
    ana = sign_in(ANA)
    page = ana.page("/account")
    fields = page.fields(page.form("/account/zone"))
    answer = ana.post("/write", data={**fields, "csrf_token": "old", "reason": SHORT})
    assert (answer.status_code, answer.page.heading) == (400, "Your text is still here")
    assert texts(answer.page) == [SHORT]

    assert ana.submit(answer.page, "/write", follow=False).status_code == 303
    assert told[0]["reason"] == [SHORT]


def test_who_is_switched_off_meanwhile_gets_the_text_and_no_entry(expired, db):
    ana, answer = expired(essay=LONG)
    with db.unit_of_work() as session:
        session.scalars(select(User).where(User.email == ANA)).one().active = False
    refused = ana.submit(answer.page, "/sign-in", email=ANA, password=PASSWORD)

    assert (refused.status_code, texts(answer.page)) == (422, [LONG])


def test_a_script_is_told_in_its_own_language(app, client):
    answer = client.post("/write", data={"essay": LONG}, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json) == (401, {"error": "signed-out"})
