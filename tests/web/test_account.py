"""One's own account: devices, password, zone."""

import pytest
from sqlalchemy import select

from ethics.notices.models import Notice
from ethics.outbox import Delivery
from ethics.people.models import User
from tests.cast import PASSWORD, enter
from tests.pages import words

NEW = "four plain dull words"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ANA = "ana@demo.example"


@pytest.fixture(autouse=True)
def people(db):
    with db.unit_of_work() as session:
        enter(session, "Ana Okafor")
        enter(session, "Ben Hallam")


@pytest.fixture
def ana(sign_in):
    return sign_in(ANA)


def devices(client) -> list[str]:
    return [words(head) for head in client.page("/account").all("th", scope="row")]


def test_it_says_who_one_is(ana):
    assert [words(value) for value in ana.page("/account").all("dd")] == ["Ana Okafor", ANA]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/18.0 Safari/605", "Safari, macOS"),
        ("<script>alert(1)</script>", "A browser"),
    ],
)
def test_a_device_is_called_by_browser_and_system(app, agent, name):
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = agent
    client.sign_in(ANA, PASSWORD)

    assert devices(client) == [f"{name} this one"]


def test_one_device_is_signed_out(ana, sign_in):
    other = sign_in(ANA)
    page = ana.page("/account")
    [action] = [
        form.get("action")
        for form in page.all("form")
        if "/account/devices/" in form.get("action", "") and "others" not in form.get("action")
    ]
    answer = ana.submit(page, action)

    assert "That device is signed out." in answer.page.text
    assert other.get("/account").status_code == 303
    assert devices(ana) == ["A browser this one"]


def test_everywhere_else_is_signed_out(ana, sign_in):
    others = [sign_in(ANA) for _ in range(2)]
    ben = sign_in("ben@demo.example")
    answer = ana.submit(ana.page("/account"), "/account/devices/end-others")

    assert "Every other device is signed out." in answer.page.text
    assert [other.get("/account").status_code for other in others] == [303, 303]
    assert ben.get("/account").status_code == 200
    assert ana.page("/account").all("form", action="/account/devices/end-others") == []


def test_somebody_elses_device_does_not_exist(ana, sign_in):
    sign_in(ANA)
    page = ana.page("/account")
    [action] = [
        form.get("action")
        for form in page.all("form")
        if "/account/devices/" in form.get("action", "") and "others" not in form.get("action")
    ]
    ben = sign_in("ben@demo.example")
    token = ben.page("/account").form("/sign-out").find(".//input[@name='csrf_token']").get("value")

    assert ben.post(action, data={"csrf_token": token}).status_code == 404
    assert len(devices(ana)) == 2


def change(client, **values: str):
    page = client.page("/account/password")
    return client.submit(
        page, "/account/password", **{"old_password": PASSWORD, "password": NEW, "again": NEW} | values
    )


def test_a_new_password_keeps_this_device_and_tells_the_owner(ana, sign_in, db):
    other = sign_in(ANA)
    answer = change(ana)

    assert "Your password is changed, and every other device is signed out." in answer.page.text
    assert other.get("/account").status_code == 303
    assert ana.get("/account").status_code == 200
    sign_in(ANA, NEW)
    with db.reading() as session:
        assert session.scalars(select(Notice.kind)).all() == ["password-changed"]
        assert [(d.payload["to"], d.payload["about"]) for d in session.scalars(select(Delivery))] == [
            (ANA, "password-changed")
        ]


@pytest.mark.parametrize(
    ("values", "words_"),
    [
        ({"old_password": "wrong"}, "Address and password don’t go together."),
        ({"old_password": ""}, "Please fill this in."),
        ({"again": "other"}, "The two are not the same."),
        ({"password": "iloveyou", "again": "iloveyou"}, "Many people use this one"),
        ({"password": "anaokafor", "again": "anaokafor"}, "Your name or address is too easy to guess."),
    ],
)
def test_a_change_that_is_refused_changes_nothing(ana, sign_in, values, words_):
    answer = change(ana, **values)

    assert answer.status_code == 422
    assert words_ in answer.page.text
    sign_in(ANA)


def test_guessing_the_old_password_gets_slow(ana):
    answers = [change(ana, old_password="wrong").status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


def test_sent_twice_it_is_changed_once(ana, db):
    page = ana.page("/account/password")
    answers = [
        ana.submit(page, "/account/password", follow=False, old_password=PASSWORD, password=NEW, again=NEW)
        for _ in range(2)
    ]

    assert [(answer.status_code, answer.location) for answer in answers] == [(303, "/account")] * 2
    with db.reading() as session:
        assert len(session.scalars(select(Notice)).all()) == 1


def test_ones_zone_is_kept_and_used(ana, db):
    answer = ana.submit(ana.page("/account"), "/account/zone", zone="Asia/Kolkata")

    assert "Tue 24 Nov, 15:30 Kolkata" in answer.page.text
    with db.reading() as session:
        assert session.scalars(select(User.zone).where(User.email == ANA)).one() == "Asia/Kolkata"
    ana.submit(ana.page("/account"), "/account/zone", zone="")
    assert "Tue 24 Nov, 10:00 UTC" in ana.page("/account").text


def test_a_zone_that_is_none_is_refused(ana):
    page = ana.page("/account")
    token = page.form("/account/zone").find(".//input[@name='csrf_token']").get("value")
    answer = ana.post("/account/zone", data={"csrf_token": token, "zone": "Europe/Atlantis"})

    assert answer.status_code == 422
