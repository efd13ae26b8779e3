"""What happened, by keyboard: from the bell to the list, through it, and all of it seen and undone."""

import pytest
from playwright.sync_api import expect

from tests import axe
from tests.browser import overflow

pytestmark = pytest.mark.browser


def test_ana_goes_through_what_is_new_without_a_mouse(open_browser):
    page = open_browser("ana@demo.example", viewport={"width": 360, "height": 740}, color_scheme="dark")
    bell = page.get_by_role("link", name="Notices")
    bell.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Notices")
    assert (overflow(page), axe.violations(page)) == (0, [])

    new = page.locator(".notices-new")
    expect(new.first).to_be_visible()
    before = new.count()
    page.keyboard.press("e")
    expect(new).to_have_count(0)
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(new).to_have_count(before)

    page.keyboard.press("j")
    expect(page.locator(".notices-open").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/threads/**")

    page.goto("/account/notices")
    page.get_by_label("Threads you follow").select_option("none")
    page.get_by_role("button", name="Keep this").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Kept.")
    assert (overflow(page), axe.violations(page)) == (0, [])
