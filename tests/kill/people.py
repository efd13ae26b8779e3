"""People who write, and send each text until the server says that it is kept: comments, or a draft that grows."""

import secrets
import threading
import time
from http.client import HTTPException, HTTPResponse
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, OpenerDirector, Request, build_opener

from tests.cast import PASSWORD
from tests.pages import Page

PATIENCE = 60


class _AsItCame(HTTPErrorProcessor):
    """Every answer is an answer: nothing is raised, and no redirect is followed."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        return response


class Writer(threading.Thread):
    """Writes in one thread from a device of its own until it is told to stop."""

    def __init__(self, name: str, url: str, email: str, thread: str) -> None:
        super().__init__(name=name)
        self.begun: list[str] = []
        self.acknowledged: list[str] = []
        self.error: BaseException | None = None
        self._url = url
        self._thread = thread
        self._enough = threading.Event()
        self._browser: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()), _AsItCame)
        self._post("/sign-in", {**self._form("/sign-in", "/sign-in"), "email": email, "password": PASSWORD})
        self._hidden = self._form(thread, thread)

    def run(self) -> None:
        try:
            while not self._enough.is_set():
                self._write()
        except BaseException as error:  # told to whoever waits for this thread
            self.error = error

    def stop(self) -> None:
        """Finish the comment that is under way."""
        self._enough.set()

    def _write(self) -> None:
        """One comment, sent with the same key as often as it takes."""
        text = f"{self.name} writes number {len(self.begun)}"
        form = {**self._hidden, "text": text, "idempotency_key": secrets.token_urlsafe(12)}
        self.begun.append(text)
        self._send(self._thread, form)
        self.acknowledged.append(text)

    def _send(self, address: str, form: dict[str, str]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._post(address, form)
            except (OSError, HTTPException):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _form(self, address: str, action: str) -> dict[str, str]:
        with self._browser.open(self._url + address, timeout=PATIENCE) as answer:
            page = Page(answer.read().decode(), answer.headers)
        return page.fields(page.form(action)).to_dict()

    def _post(self, address: str, form: dict[str, str]) -> None:
        """Send a form. AssertionError for any answer but "done", or "done, look there"; OSError for none."""
        with self._browser.open(self._url + address, urlencode(form).encode(), timeout=PATIENCE) as answer:
            assert answer.status in {200, 303}, f"{address}: {answer.status}\n{answer.read().decode()[:2000]}"


class Typist(Writer):
    """Somebody whose reflection is saved as they type, each text longer than the one before."""

    def _write(self) -> None:
        """The draft with one more word, sent until it is said to be saved; what is sent is of this tab's next turn."""
        turn = len(self.begun) + 1
        self.begun.append(f"{turn}")
        form = {**self._hidden, "answer-moment": f"{turn}", "turn": f"{turn}"}
        self._send(f"{self._thread}/draft", form)
        self.acknowledged.append(f"{turn}")
