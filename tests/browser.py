"""A real browser, and what it must not have to complain about."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

from tests.cast import PASSWORD

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # milliseconds that a page may take for anything


class Complaints:
    """Collects what a browser finds wrong: errors of scripts, a broken policy, strangers asked, answers that failed."""

    def __init__(self, context: BrowserContext, own_address: str) -> None:
        self.found: list[str] = []
        self._own = urlsplit(own_address).netloc
        context.on("console", self._console)
        context.on("weberror", lambda error: self.found.append(f"error in a script: {error.error}"))
        context.on("response", self._response)
        context.on("request", lambda request: self._request(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        # A failed answer is judged in _response, which knows what was asked for.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.found.append(f"{message.type}: {message.text}")

    def _response(self, response: Response) -> None:
        is_page = response.request.resource_type in {"document", "fetch", "xhr"}
        if response.status >= (500 if is_page else 400):
            self.found.append(f"{response.status}: {response.url}")

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.netloc != self._own:
            self.found.append(f"asked a stranger: {url}")


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in through the page, as a person does."""
    page.goto("/sign-in")
    form = page.locator("form[action='/sign-in']")
    form.locator("input[name='email']").fill(email)
    form.locator("input[name='password']").fill(password)
    form.locator("button[type='submit']").click()
    page.wait_for_url(lambda url: urlsplit(url).path != "/sign-in")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))
