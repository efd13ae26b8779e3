"""A browser without a window: it checks every answer, and fills in forms as a person could."""

from collections.abc import Sequence
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.pages import Page, header_problems, nonce_of


class Client(FlaskClient):
    """The client of web tests. Every answer has its headers checked and, where it is HTML, its page (`.page`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._nonces: set[str | None] = set()

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        for answer in (*response.history, response):
            if not hasattr(answer, "page"):  # those on the way to the last one have been here already
                self._check(answer)
        return response

    def _check(self, response: TestResponse) -> None:
        response.page = None
        problems = header_problems(response.headers)
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            is_fragment = "HX-Request" in response.request.headers
            response.page = Page(response.text, response.headers, personal=self.is_signed_in, fragment=is_fragment)
            problems = response.page.problems()
        assert not problems, "\n".join([f"{response.request.path} ({response.status_code}):", *problems])
        nonce = nonce_of(response.headers)
        assert nonce not in self._nonces, f"{response.request.path}: the nonce was used before"
        self._nonces.add(nonce)

    @property
    def is_signed_in(self) -> bool:
        """Whether this browser holds a sign-in token."""
        return self.get_cookie("ethics-session") is not None

    def page(self, address: str, status: int = 200) -> Page:
        """Fetch a page, following redirects, and expect `status`."""
        response = self.get(address, follow_redirects=True)
        assert response.status_code == status, f"{address}: {response.status_code}"
        page: Page = response.page
        return page

    def submit(self, page: Page, action: str, *, follow: bool = True, **values: str | Sequence[str]) -> TestResponse:
        """Fill in the form of `page` that posts to `action`, and send it with everything hidden in it.

        AssertionError where the form lacks a field or does not offer a value.
        """
        form = page.form(action)
        return self.post(action, data=page.fill_in(form, values), follow_redirects=follow)

    def sign_in(self, email: str, password: str) -> TestResponse:
        """Sign in through the page, as a person does."""
        return self.submit(self.page("/sign-in"), "/sign-in", email=email, password=password)
