"""Every kind of answer carries the headers; the client of the tests checks them on each."""

import pytest
from flask import jsonify
from sqlalchemy.exc import OperationalError

from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.web.auth import public
from tests.cast import PASSWORD, enter

FAULTS = {
    "not-found": (NotFound(), 404),
    "not-allowed": (NotAllowed("not-administrator"), 403),
    "conflict": (Conflict("stale"), 409),
    "invalid": (Invalid("required"), 422),
    "database": (OperationalError("SELECT", {}, Exception("gone")), 503),
    "bug": (RuntimeError("canary-of-the-bug"), 500),
}


@pytest.fixture
def app(new_app, db):
    """The application with a view for each fault; what goes wrong is answered as in production."""
    with db.unit_of_work() as session:
        enter(session, "Ana Okafor")
    new_app.config["PROPAGATE_EXCEPTIONS"] = False

    @public
    def fail(name: str) -> object:
        raise FAULTS[name][0]

    new_app.add_url_rule("/fail/<string:name>", "fail", fail, methods=["GET", "POST"])
    new_app.add_url_rule("/data", "data", public(lambda: jsonify(words=["one"])))
    return new_app


@pytest.fixture(params=[False, True], ids=["signed-out", "signed-in"])
def visitor(request, client):
    """Somebody's browser, signed out and signed in."""
    if request.param:
        client.sign_in("ana@demo.example", PASSWORD)
    return client


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_answered_with_its_status_and_every_header(visitor, name):
    answer = visitor.get(f"/fail/{name}")

    assert answer.status_code == FAULTS[name][1]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "canary-of-the-bug" not in answer.text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/sign-in", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/data", 200),
        ("/forgot", 200),
        ("/reset/x", 410),
    ],
)
def test_what_anybody_may_ask(client, address, status):
    answer = client.get(address)

    assert answer.status_code == status
    assert (answer.headers["Cache-Control"], answer.headers.get("ETag"), answer.headers.get("Last-Modified")) == (
        "no-store",
        None,
        None,
    )


def test_no_answer_of_ours_names_the_server_or_an_outside_origin(client):
    answer = client.get("/sign-in")

    assert [
        element.get("src") or element.get("href")
        for element in answer.page.elements
        if "//" in ((element.get("src") or "") + (element.get("href") or ""))
    ] == []
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_script_that_asks_for_json_gets_json(client):
    answer = client.get("/fail/conflict", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.mimetype, list(answer.json)) == (409, "application/json", ["error"])


def test_too_large_a_form_is_refused(client):
    answer = client.post("/sign-in", data={"email": "x" * 3_000_000})

    assert (answer.status_code, answer.page.heading) == (413, "This is too large")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_lead_nowhere(visitor, method):
    answer = visitor.open("/sign-in", method=method)

    assert answer.status_code == (405 if visitor.is_signed_in else 401)


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_a_theme_is_a_cookie_of_this_visitor(client, theme):
    page = client.page("/forgot")
    answer = client.submit(page, "/preferences/theme", follow=False, theme=theme)

    assert (answer.status_code, answer.location) == (303, "/forgot")
    assert client.get_cookie("ethics-theme").value == theme
