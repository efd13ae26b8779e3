"""The client of web tests checks each answer, and fills in forms only as a person could."""

import pytest
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from tests.client import Client
from tests.house.test_pages import GOOD, HEADERS


@pytest.fixture
def client():
    app = Flask(__name__)
    app.test_client_class = Client
    nonces = iter(["3b9yX0s1Qm7LZt5u", "9yX0s1Qm7LZt5u3b", "3b9yX0s1Qm7LZt5u"])

    @app.route("/cases", methods=["GET", "POST"])
    def cases() -> str:
        return GOOD.replace("Find one", ", ".join(f"{name}={value}" for name, value in request.form.items()) or "Find")

    @app.get("/")
    def home() -> Response:
        return redirect("/cases")

    @app.get("/bare")
    def bare() -> Response:
        return Response("ok", headers={"X-Bare": "yes"})

    @app.after_request
    def set_headers(response: Response) -> Response:
        if "X-Bare" not in response.headers:
            nonce = next(nonces)
            headers = {name: value.replace("3b9yX0s1Qm7LZt5u", nonce) for name, value in HEADERS.items()}
            response.headers.update(headers)
            response.data = response.data.replace(b"3b9yX0s1Qm7LZt5u", nonce.encode())
        return response

    return app.test_client()


def test_a_form_is_sent_with_what_is_hidden_in_it(client):
    answer = client.submit(client.page("/cases"), "/cases", q="a line")

    assert [heading.text for heading in answer.page.all("h2")] == ["csrf_token=x, q=a line"]


def test_a_field_that_is_not_there_cannot_be_filled_in(client):
    page = client.page("/cases")

    with pytest.raises(AssertionError, match="the form to /cases has no field 'colour'"):
        client.submit(page, "/cases", colour="red")


def test_redirects_are_checked_on_the_way(client):
    assert client.page("/").heading == "Cases"
    with pytest.raises(AssertionError, match="the nonce was used before"):
        client.get("/cases")


def test_an_answer_without_the_headers_fails(client):
    with pytest.raises(AssertionError, match="X-Content-Type-Options"):
        client.get("/bare")
