"""Signing in and out, as a browser does it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from ethics.application import create_app
from ethics.cohorts.models import CohortRole
from ethics.config import Settings
from ethics.people.models import Role, SignInSession
from tests.cast import PASSWORD, enter
from tests.client import Client
from tests.rounds_cast import join, make_cohort

ANA = "ana@demo.example"
WRONG = "Address and password don’t go together. Your password may have changed."
COOKIES = "ethics-session", "ethics-browser", "ethics-form"


@pytest.fixture
def people(db):
    """Ana and Ben, students; Ines, their tutor; Lucía, an author; Gus, who was switched off."""
    with db.unit_of_work() as session:
        cohort = make_cohort(session, "Year 3")
        for name, role in (("Ana Okafor", "student"), ("Ben Hallam", "student"), ("Ines Brandt", "tutor")):
            join(session, cohort, enter(session, name), CohortRole(role))
        enter(session, "Lucía Ferrer", Role.AUTHOR)
        enter(session, "Gus Gone", active=False)


def set_cookie(response, name: str) -> str:
    [header] = [header for header in response.headers.getlist("Set-Cookie") if header.startswith(f"{name}=")]
    return header


def send(client: Client, *, page: str = "/sign-in", **values: str):
    return client.submit(client.page(page), "/sign-in", follow=False, **{"email": ANA, "password": PASSWORD} | values)


def test_signing_in_leads_home(people, client):
    answer = send(client)

    assert (answer.status_code, answer.location) == (303, "/")
    assert client.is_signed_in
    assert client.get("/account").status_code == 200


def test_the_address_may_be_typed_in_capitals_and_with_spaces(people, client):
    assert send(client, email="  Ana@Demo.EXAMPLE ").status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (ANA, "ethics-dem0"),
        (ANA, PASSWORD.upper()),
        ("nobody@demo.example", PASSWORD),
        ("gus@demo.example", PASSWORD),
        ("no address", PASSWORD),
        ("\u202enobody@demo.example\u0000", "\u0000"),
        (ANA, "b" * 5000),
    ],
)
def test_every_failure_is_answered_alike(people, client, email, password):
    answer = send(client, email=email, password=password)

    assert answer.status_code == 422
    assert WRONG in answer.page.text
    assert answer.page.form("/sign-in").find(".//input[@name='password']").get("value", "") == ""
    assert not client.is_signed_in


def test_what_was_left_empty_is_named_and_the_address_stays(people, client):
    answer = send(client, password="")

    assert answer.status_code == 422
    assert answer.page.one("input", name="email").get("value") == ANA
    assert "Please fill this in." in answer.page.text


def test_after_too_many_tries_the_right_password_has_to_wait_as_well(people, client, clock):
    for _ in range(5):
        assert send(client, password="wrong").status_code == 422
    answer = send(client)
    assert answer.status_code == 429
    assert "please wait a minute, or use a link by mail." in answer.page.text

    clock.advance(seconds=5)
    assert send(client).status_code == 303


def test_somebody_who_guesses_keeps_nobody_out_who_has_been_here_before(people, app, sign_in, clock):
    ana = sign_in(ANA)
    ana.submit(ana.page("/account"), "/sign-out")
    for number in range(1, 20):
        guesser = app.test_client()
        guesser.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"
        send(guesser, password="wrong")
    stranger = app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "10.0.1.1"

    assert send(stranger).status_code == 429
    assert send(ana).status_code == 303


def test_the_cookie_is_new_at_each_sign_in_and_ends_with_the_browser(people, app, client, db):
    first = set_cookie(send(client), "ethics-session")
    client.submit(client.page("/account"), "/sign-out")
    second = set_cookie(send(client), "ethics-session")

    assert re.sub("=[^;]+", "=token", second, count=1) == "ethics-session=token; HttpOnly; Path=/; SameSite=Lax"
    assert first != second


def test_a_token_that_was_planted_is_not_taken_over(people, client):
    client.set_cookie("ethics-session", "planted")
    send(client)

    assert client.get_cookie("ethics-session").value != "planted"


def test_signing_in_again_ends_what_this_browser_had(people, client, db):
    page = client.page("/sign-in")
    for email in (ANA, "ben@demo.example"):
        client.submit(page, "/sign-in", email=email, password=PASSWORD)
        page_of = client.page("/account")
        page.form("/sign-in").find(".//input[@name='csrf_token']").set(
            "value", page_of.all("input", name="csrf_token")[0].get("value")
        )

    assert "ben@demo.example" in page_of.text
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInSession)) == 1


@pytest.mark.parametrize(
    ("email", "lasting"), [(ANA, True), ("ines@demo.example", False), ("lucía@demo.example", False)]
)
def test_only_who_is_a_student_and_nothing_else_stays_signed_in(people, client, clock, email, lasting):
    header = set_cookie(send(client, email=email, own_device="y"), "ethics-session")

    assert ("Max-Age=1209600" in header) is lasting
    clock.advance(days=13)
    answer = client.get("/account")
    assert answer.status_code == (200 if lasting else 303)
    if lasting:
        assert "Max-Age=1209600" in set_cookie(answer, "ethics-session")
        clock.advance(days=13)
        assert client.get("/account").status_code == 200
        clock.advance(days=14)
        assert client.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/account", "/account"),
        ("/account?x=1", "/account?x=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("/%09/evil.example", "/%09/evil.example"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("account", "/"),
        ("/acc\u00f6unt", "/"),
        ("", "/"),
    ],
)
def test_next_stays_in_the_house(people, client, target, leads_to):
    page = client.get("/sign-in", query_string={"next": target}).page
    assert [field.get("value") for field in page.form("/sign-in").iter("input") if field.get("name") == "next"] == (
        [leads_to] if leads_to != "/" else []
    )
    token = page.form("/sign-in").find(".//input[@name='csrf_token']").get("value")
    answer = client.post("/sign-in", data={"csrf_token": token, "email": ANA, "password": PASSWORD, "next": target})

    assert (answer.status_code, answer.location) == (303, leads_to)


def test_a_page_that_needs_signing_in_comes_back_to(people, client):
    answer = client.get("/account")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/account")

    assert send(client, page=answer.location).location == "/account"


@pytest.mark.parametrize("address", ["/account", "/no-such-page", "/rounds/2345678923456789", "/account/devices/x/end"])
def test_signed_out_every_address_answers_with_sign_in(client, address):
    assert client.get(address).location == f"/sign-in?next={address}"
    answer = client.post(address, data={"text": "some words"})
    assert answer.status_code in (400, 401)
    assert not client.is_signed_in


def test_who_is_signed_in_needs_no_sign_in_page(people, sign_in):
    assert sign_in(ANA).get("/sign-in?next=/account").location == "/account"


def test_signing_out_ends_the_session_not_only_the_cookie(people, sign_in, app):
    ana = sign_in(ANA)
    copied = ana.get_cookie("ethics-session").value
    answer = ana.submit(ana.page("/account"), "/sign-out")

    assert "You are signed out." in answer.page.text
    assert ana.get_cookie("ethics-session") is None
    thief = app.test_client()
    thief.set_cookie("ethics-session", copied)
    assert thief.get("/account").status_code == 303


def test_signing_out_twice_is_no_trouble(people, sign_in):
    ana = sign_in(ANA)
    page = ana.page("/account")
    ana.submit(page, "/sign-out")
    again = ana.page("/sign-in")
    token = again.form("/sign-in").find(".//input[@name='csrf_token']").get("value")

    assert ana.post("/sign-out", data={"csrf_token": token}).location == "/sign-in"


def test_the_form_token_does_not_outlive_a_sign_in_or_a_sign_out(people, client):
    page = client.page("/sign-in")
    token = page.form("/sign-in").find(".//input[@name='csrf_token']").get("value")
    client.submit(page, "/sign-in", email=ANA, password=PASSWORD)
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 400

    inside = client.page("/account")
    token = inside.form("/sign-out").find(".//input[@name='csrf_token']").get("value")
    client.submit(inside, "/sign-out")
    assert client.post("/sign-in", data={"csrf_token": token}).status_code == 400


def test_a_form_without_its_token_is_refused(people, client):
    answer = client.post("/sign-in", data={"email": ANA, "password": PASSWORD})

    assert answer.status_code == 400
    assert not client.is_signed_in
    assert PASSWORD not in answer.text


def test_flasks_own_cookie_holds_no_person(people, sign_in):
    ana = sign_in(ANA)
    ana.page("/account")
    with ana.session_transaction() as own:
        assert set(own) == {"csrf_token"}


def test_development_offers_the_demo_class_in_one_press(people, client):
    page = client.page("/sign-in?next=/account")
    assert [button.get("value") for button in page.form("/sign-in?demo=1").iter("button")] == [
        ANA,
        "ben@demo.example",
        "ines@demo.example",
        "lucía@demo.example",
    ]

    answer = client.submit(page, "/sign-in?demo=1", follow=False, email="ben@demo.example")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert "ben@demo.example" in client.page("/account").text


def test_without_a_demo_class_nothing_of_it_is_shown(client, db):
    with db.unit_of_work() as session:
        enter(session, "Nina", email="nina@ethics.example.edu")

    assert client.page("/sign-in").all("section", id="demo") == []


def test_in_production_the_page_says_nothing_of_anybody(people, db, clock, tmp_path, cheap_passwords):
    settings = Settings(
        env="production", instance_dir=tmp_path, base_url="https://ethics.example.edu", secret_key="k" * 40
    )
    app = create_app(settings, database=db, clock=clock)
    app.test_client_class = Client
    client = app.test_client()
    page = client.get("/sign-in", base_url="https://ethics.example.edu")
    assert (page.page.all("section", id="demo"), "demo.example" in page.text) == ([], False)

    token = page.page.form("/sign-in").find(".//input[@name='csrf_token']").get("value")
    answer = client.post(
        "/sign-in",
        data={"csrf_token": token, "email": ANA, "password": PASSWORD},
        base_url="https://ethics.example.edu",
        headers={"Referer": "https://ethics.example.edu/sign-in"},
    )
    assert answer.status_code == 303
    assert re.sub("=[^;]+", "=token", set_cookie(answer, "__Host-ethics"), count=1) == (
        "__Host-ethics=token; Secure; HttpOnly; Path=/; SameSite=Lax"
    )
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")


def test_hashing_happens_outside_the_write_transaction(people, app, db, monkeypatch):
    """While a slow hash is computed, others write."""
    from ethics.people import passwords  # noqa: PLC0415  # only this test looks inside

    def check(stored, password):
        with db.unit_of_work() as session:
            enter(session, "Zora")
        return real(stored, password)

    real = passwords.check
    monkeypatch.setattr(passwords, "check", check)

    assert send(app.test_client()).status_code == 303


def test_two_at_once_both_get_in(people, app):
    def one(email: str) -> int:
        return send(app.test_client(), email=email).status_code

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(one, [ANA, "ben@demo.example"])) == [303, 303]
