"""Links by mail: shown as often as one likes, used once."""

import pytest
from sqlalchemy import select

from ethics.application import create_app
from ethics.notices.models import Notice
from ethics.outbox import Delivery
from ethics.people import actions
from ethics.people.models import User
from tests.cast import PASSWORD, enter
from tests.client import Client

NEW = "four plain dull words"
GONE = "This link no longer works"


@pytest.fixture
def link(db, clock):
    """`link(kind)`: the path of a new link of Ana's."""
    with db.unit_of_work() as session:
        ana = enter(session, "Ana Okafor")

    def link(kind: str) -> str:
        with db.unit_of_work() as session:
            token = actions.make_link(session, actor=None, user=session.merge(ana), kind=kind, now=clock())
        return f"/{'activate' if kind == actions.ACTIVATION else 'reset'}/{token}"

    return link


@pytest.fixture(params=[actions.ACTIVATION, actions.RESET])
def kind(request):
    return request.param


def test_a_link_sets_the_password_and_signs_in(link, client, kind, sign_in, db):
    elsewhere = sign_in("ana@demo.example") if link(kind) else None
    address = link(kind)
    for _ in range(3):
        page = client.page(address)
    assert page.one("input", id="email").get("value") == "ana@demo.example"

    answer = client.submit(page, address, follow=False, password=NEW, again=NEW)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "ana@demo.example" in client.page("/account").text
    assert elsewhere.get("/account").status_code == 303
    sign_in("ana@demo.example", NEW)
    with db.reading() as session:
        assert session.scalars(select(Notice.kind)).all() == ["password-changed"]
        assert [d.payload["about"] for d in session.scalars(select(Delivery))] == ["password-changed"]


def test_a_used_link_says_so_and_points_on(link, client, app, kind):
    address = link(kind)
    page = client.page(address)
    client.submit(page, address, follow=False, password=NEW, again=NEW)
    other = app.test_client()
    answer = other.get(address)

    assert (answer.status_code, answer.page.heading) == (410, GONE)
    assert [a.get("href") for a in answer.page.one("main").iter("a")] == ["/sign-in", "/forgot"]


def test_a_link_that_is_used_while_the_form_is_open_changes_nothing(link, app, kind, sign_in):
    address = link(kind)
    first, second = app.test_client(), app.test_client()
    pages = first.page(address), second.page(address)
    first.submit(pages[0], address, follow=False, password=NEW, again=NEW)
    answer = second.submit(
        pages[1], address, follow=False, password="other words entirely", again="other words entirely"
    )

    assert (answer.status_code, answer.page.heading) == (410, GONE)
    sign_in("ana@demo.example", NEW)


@pytest.mark.parametrize("address", ["/activate/x", "/reset/x", "/reset/" + "%00" * 3, "/reset/" + "a" * 3000])
def test_an_unknown_link_is_answered_like_a_used_one(client, address):
    answer = client.get(address)

    assert (answer.status_code, answer.page.heading) == (410, GONE)


def test_an_activation_is_no_reset(link, client):
    assert client.get(link(actions.ACTIVATION).replace("activate", "reset")).status_code == 410


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", "short", "Eight characters at least, please."),
        ("password123", "password123", "Many people use this one"),
        ("Ana Okafor", "Ana Okafor", "Your name or address is too easy to guess"),
        (NEW, NEW + "s", "The two are not the same. Please type both again."),
        (NEW, "", "Please fill this in."),
    ],
)
def test_a_password_that_is_refused_uses_nothing_up(link, client, kind, password, again, words):
    address = link(kind)
    answer = client.submit(client.page(address), address, follow=False, password=password, again=again)

    assert answer.status_code == 422
    assert words in answer.page.text
    assert password not in answer.text.replace("Ana Okafor", "") or password == "short"
    assert client.get(address).status_code == 200


def test_the_page_of_a_link_leads_nowhere_outside(link, client, kind):
    answer = client.get(link(kind))

    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert [e.get("href") for e in answer.page.all("a") if not e.get("href").startswith(("/", "#"))] == []


@pytest.fixture
def mailing(settings, db, clock, cheap_passwords):
    """A browser at an installation that sends mail."""
    app = create_app(
        settings.model_copy(update={"mail_url": "smtp://127.0.0.1:9"}),
        database=db,
        clock=clock,
    )
    app.test_client_class = Client
    return app.test_client()


def test_known_and_unknown_addresses_are_answered_alike(link, mailing, db):
    answers = [
        mailing.submit(mailing.page("/forgot"), "/forgot", email=email)
        for email in ("ana@demo.example", "nobody@demo.example", "no address")
    ]

    assert len({answer.page.text for answer in answers}) == 1
    assert answers[0].page.heading == "A new password"
    assert "a mail is on its way to it." in answers[0].page.text
    with db.reading() as session:
        assert [(d.payload["to"], d.payload["about"]) for d in session.scalars(select(Delivery))] == [
            ("ana@demo.example", "reset")
        ]


def test_the_mailed_link_works(link, mailing, db, sign_in):
    mailing.submit(mailing.page("/forgot"), "/forgot", email="ana@demo.example")
    with db.reading() as session:
        address = "/reset/" + session.scalars(select(Delivery)).one().payload["token"]
    mailing.submit(mailing.page(address), address, follow=False, password=NEW, again=NEW)

    sign_in("ana@demo.example", NEW)


def test_without_mail_the_page_says_whom_to_ask(client):
    page = client.page("/forgot")

    assert page.all("form", action="/forgot") == []
    assert "Ask your course director" in page.text


def test_an_activated_account_had_no_password_before(app, db, clock, client):
    with db.unit_of_work() as session:
        user = actions.create_user(session, actor=None, email="nina@x.example", name="Nina Ek", now=clock())
        token = actions.make_link(session, actor=None, user=user, kind=actions.ACTIVATION, now=clock())
    assert client.sign_in("nina@x.example", PASSWORD).status_code == 422
    client.submit(client.page(f"/activate/{token}"), f"/activate/{token}", follow=False, password=NEW, again=NEW)

    assert "nina@x.example" in client.page("/account").text
    with db.reading() as session:
        assert session.scalars(select(User.password_hash)).one().startswith("$argon2id$")
