"""A director and a round in a real browser: made, previewed, opened, extended for one, closed, reopened, copied.

Once by keyboard alone, once on a phone without JavaScript.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import axe
from tests.browser import overflow

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}
DIRECTOR = "faculty@demo.example"


def local(days: int, hour: int = 8) -> str:
    """A local time so many days from now, as the field takes it."""
    return f"{datetime.now() + timedelta(days=days):%Y-%m-%d}T{hour:02}:00"  # noqa: DTZ005  # as a director types it


@pytest.fixture(params=[DESK, PHONE], ids=["keyboard", "phone-without-script"])
def window(request: pytest.FixtureRequest) -> dict[str, Any]:
    """How the director looks at it."""
    return request.param


def press(page: Page, target: Locator, *, by_keyboard: bool) -> None:
    """Follow a link or press a button, with the keyboard where there is one, and wait for where it leads."""
    target.focus()
    expect(target).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter") if by_keyboard else target.click()


def test_a_round_from_its_form_to_its_copy(open_browser: Callable[..., Page], window: dict[str, Any]) -> None:
    by_keyboard = window is DESK
    student, late = ("chi", "femi") if by_keyboard else ("ben", "owen")
    page = open_browser(DIRECTOR, **window)
    page.goto("/")
    press(page, page.locator("main a[href^='/cohorts/']").first, by_keyboard=by_keyboard)
    press(page, page.get_by_role("link", name="New round").first, by_keyboard=by_keyboard)
    page.get_by_label("Time zone").select_option("Europe/Zurich")
    for label, days in (("Opens", -2), ("Reflection due", 5), ("Look again from", 6), ("Closes", 9)):
        page.get_by_label(label, exact=False).first.fill(local(days))
    _looks_well(page, window)
    press(page, page.get_by_role("button", name="Keep the round"), by_keyboard=by_keyboard)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Preview")
    expect(page.get_by_text("Nothing keeps it from opening")).to_be_visible()
    expect(page.get_by_text("Your group sees you as")).to_be_visible()
    _looks_well(page, window)
    press(page, page.get_by_role("button", name="Open this round"), by_keyboard=by_keyboard)
    expect(page.get_by_text("The round is open to its students")).to_be_visible()
    round_ = page.url.split("/rounds/")[1].split("/")[0].split("#")[0]

    press(page, page.get_by_role("link", name="More time for one student"), by_keyboard=by_keyboard)
    expect(page.get_by_role("heading", level=1)).to_have_text("More time for one student")
    page.get_by_label("Student").select_option(label=_option(page, late))
    page.get_by_label("Reflection due").fill(local(20))
    page.get_by_label("Closes").fill(local(21))
    _looks_well(page, window)
    press(page, page.get_by_role("button", name="Give this time"), by_keyboard=by_keyboard)
    expect(page.get_by_role("rowheader")).to_contain_text(late.title())
    _looks_well(page, window)

    page.goto(f"/rounds/{round_}")
    press(page, page.get_by_role("button", name="Close it now"), by_keyboard=by_keyboard)
    expect(page.get_by_text("Closed early")).to_be_visible()
    _begins(open_browser, round_, late)
    other = open_browser(f"{student}@demo.example")
    other.goto(f"/rounds/{round_}")
    expect(other.get_by_text("This round closed before you began it.")).to_be_visible()

    press(page, page.get_by_role("link", name="Reopen it"), by_keyboard=by_keyboard)
    _looks_well(page, window)
    press(page, page.get_by_role("button", name="Reopen it"), by_keyboard=by_keyboard)
    expect(page.get_by_text("The round is open again.")).to_be_visible()
    other.reload()
    expect(other.get_by_role("button", name="Begin with stage 1")).to_be_visible()

    press(page, page.get_by_role("link", name="Copy it"), by_keyboard=by_keyboard)
    page.get_by_label("Opens").fill(local(364))
    _looks_well(page, window)
    press(page, page.get_by_role("button", name="Make the copy"), by_keyboard=by_keyboard)
    expect(page.get_by_text("A draft like it is made.")).to_be_visible()
    copy = page.url
    press(page, page.get_by_role("link", name="To the round"), by_keyboard=by_keyboard)
    page.locator("summary", has_text="Delete this draft").click()
    press(page, page.get_by_role("button", name="Delete it for good"), by_keyboard=by_keyboard)
    expect(page.get_by_text("The draft is deleted.")).to_be_visible()
    assert page.request.get(copy).status == 404


def _option(page: Page, name: str) -> str:
    texts = page.get_by_label("Student").locator("option").all_text_contents()
    return next(text for text in texts if text.lower().startswith(name))


def _begins(open_browser: Callable[..., Page], round_: str, name: str) -> None:
    """The late student begins after the close, and commits."""
    page = open_browser(f"{name}@demo.example")
    page.goto(f"/rounds/{round_}")
    page.get_by_role("button", name="Begin with stage 1").click()
    expect(page.get_by_text("Your group sees you as").first).to_be_visible()


def _looks_well(page: Page, window: dict[str, Any]) -> None:
    """Nothing scrolls sideways; axe, which is a script itself, finds nothing."""
    if window is DESK:
        assert (overflow(page), axe.violations(page)) == (0, [])


def test_the_calendar_address_is_made_shown_once_and_read(open_browser: Callable[..., Page]) -> None:
    page = open_browser("ana@demo.example", viewport={"width": 360, "height": 740}, color_scheme="dark")
    page.goto("/account")
    page.get_by_role("button", name="Make an address").click()
    address = page.get_by_label("Your address").input_value()
    assert (overflow(page), axe.violations(page)) == (0, [])
    text = open_browser("").request.get(address[address.index("/calendar/") :]).text()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "SUMMARY:Reflection due: " in text

    page.goto("/account")
    expect(page.get_by_label("Your address")).to_have_count(0)
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_text("The address is switched off.")).to_be_visible()
