"""Writing a reflection in a real browser: the network goes and comes, another tab writes too, the page is left."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.axe import violations
from tests.browser import overflow

pytestmark = pytest.mark.browser

BEN = "ben@demo.example"
PATIENCE = 20_000
DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
def write(open_browser: Callable[..., Page]) -> Callable[..., Page]:
    """The page where Ben goes on writing, on a device of its own."""

    def on(**window: object) -> Page:
        page = open_browser(BEN, **(window or DESK))
        page.goto(_address_of(page))
        return page

    return on


def _address_of(page: Page) -> str:
    page.goto("/")
    reflection = page.locator("main a[href$='/reflection']").first.get_attribute("href")
    return f"{reflection}?revise=1"


def _field(page: Page, number: int) -> Locator:
    """The field of a prompt, from 1, brought into view."""
    page.get_by_role("button", name=f"Prompt {number} of").click()
    return page.locator(".one-prompt .prompt").nth(number - 1).get_by_role("textbox")


def _state(page: Page) -> Locator:
    return page.locator("[data-autosave-state]")


def test_the_network_goes_and_comes_back(write: Callable[..., Page]) -> None:
    page = write()
    page.context.set_offline(True)
    _field(page, 6).fill("Typed in a tunnel.")
    expect(_state(page)).to_have_text("Not saved. Keep this page open; we keep trying.")
    page.get_by_role("button", name="Submit reflection").click()
    expect(page.get_by_role("heading", name="Before you submit")).to_be_visible()
    page.context.set_offline(False)
    expect(_state(page)).to_contain_text(re.compile(r"^Saved \d\d:\d\d"), timeout=PATIENCE)
    page.reload()
    expect(_field(page, 6)).to_have_value("Typed in a tunnel.")


def test_two_devices_are_put_together_and_a_collision_is_the_writers(write: Callable[..., Page]) -> None:
    desk, other = write(), write(**PHONE)
    _field(desk, 4).fill("Written at the desk.")
    _field(desk, 4).blur()
    expect(_state(desk)).to_contain_text("Saved")
    _field(other, 7).fill("Written on the phone.")
    expect(_state(other)).to_contain_text("What you wrote elsewhere stands here now, too.")
    expect(_field(other, 4)).to_have_value("Written at the desk.")
    assert overflow(other) == 0

    _field(desk, 7).fill("Mine <i>here</i>.")
    desk.get_by_role("button", name="Look at both").click()
    expect(desk.get_by_role("heading", name="Two versions of one text")).to_be_visible()
    assert violations(desk) == []
    expect(desk.get_by_label("Both, one after the other")).to_be_checked()
    desk.get_by_role("button", name="Save what I have chosen").click()
    expect(_field(desk, 7)).to_have_value("Mine <i>here</i>.\n\nWritten on the phone.")
    expect(_field(desk, 4)).to_have_value("Written at the desk.")


def test_what_was_typed_last_is_there_although_the_page_was_left_at_once(write: Callable[..., Page]) -> None:
    page = write()
    page.on("dialog", lambda dialog: dialog.accept())
    field = _field(page, 8)
    with page.expect_request("**/draft"):
        field.press_sequentially("Left.")
        page.goto("/cases")
    page.goto(_address_of(page))
    expect(_field(page, 8)).to_have_value("Left.")


def test_a_sign_in_that_ended_keeps_the_text_until_the_same_person_is_back(write: Callable[..., Page]) -> None:
    page = write()
    page.context.clear_cookies()
    _field(page, 6).fill("Typed while signed out.")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    again = opened.value
    again.get_by_label("Email").fill(BEN)
    again.get_by_label("Password", exact=True).fill("ethics-demo")
    again.get_by_role("button", name="Sign in", exact=True).click()
    again.wait_for_url("**/")
    page.bring_to_front()
    expect(_state(page)).to_contain_text(re.compile(r"^Saved \d\d:\d\d"), timeout=PATIENCE)
    page.reload()
    expect(_field(page, 6)).to_have_value("Typed while signed out.")


def test_by_keyboard_on_a_phone_with_the_case_one_step_away(write: Callable[..., Page]) -> None:
    page = write(**PHONE)
    _field(page, 2).focus()
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.locator(".one-prompt .prompt").nth(2).get_by_role("textbox")).to_be_focused()
    sheet = page.locator("#the-case")
    opener = page.get_by_role("button", name="The case", exact=True)
    opener.press("Enter")
    sheet.evaluate("sheet => { sheet.scrollTop = 300; }")
    page.wait_for_function("() => document.getElementById('the-case').scrollTop === 300")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()
    opener.press("Enter")
    page.wait_for_function("() => document.getElementById('the-case').scrollTop === 300")
    page.get_by_role("button", name="Back to writing").click()
    assert violations(page) == []
    assert overflow(page) == 0


def test_without_javascript_all_prompts_and_a_blank_page(write: Callable[..., Page]) -> None:
    page = write(java_script_enabled=False, **DESK)
    expect(page.locator(".one-prompt .prompt")).to_have_count(8)
    page.locator(".one-prompt textarea").nth(5).fill("Without a script.")
    page.get_by_text("How you write: One prompt at a time").click()
    page.get_by_role("button", name="A blank page").click()
    page.get_by_label("In free form").fill("All in one piece.")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_label("In free form")).to_have_value("All in one piece.")
    page.get_by_text("The prompts, if you would like one").click()
    expect(page.locator(".drawer textarea").nth(5)).to_have_value("Without a script.")
    expect(page.get_by_text("Writing here reports nothing")).to_be_hidden()
    page.get_by_label("Something I saw, or was part of").check()
    expect(page.get_by_text("Writing here reports nothing")).to_be_visible()
