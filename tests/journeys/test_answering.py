"""A tutor answers without a mouse: at a passage, kept, released for Monday, undone; and a note to the group."""

import re

import pytest
from playwright.sync_api import expect

from tests import axe
from tests.browser import overflow
from tests.gallery import SHOTS, come_to

pytestmark = pytest.mark.browser

WORDS = "Written at a passage, by keyboard alone."


def test_by_keyboard_from_a_passage_to_its_release_and_back(open_browser):
    page = open_browser("tutor@demo.example", viewport={"width": 1280, "height": 900})
    come_to(page, next(shot for shot in SHOTS if shot.name == "review"))
    round_id = page.url.split("/")[4]
    page.keyboard.press("j")
    page.wait_for_url(re.compile("reflection="))
    name = page.get_by_role("heading", level=1).inner_text()

    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Comment on this passage")).to_be_visible()
    page.keyboard.press("r")
    remark = page.get_by_label("What you want to say about it")
    expect(remark).to_be_focused()
    page.keyboard.insert_text(WORDS)
    page.keyboard.press("Control+Enter")
    kept = page.locator(".remark-kept", has_text=WORDS)
    expect(kept).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert (overflow(page), axe.violations(page)) == (0, [])

    _release(page, "Release at this time")
    expect(page.get_by_role("status").first).to_contain_text(re.compile("can read it from"))
    expect(kept).to_contain_text("Can be read from")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(kept.get_by_role("link", name="Change")).to_be_visible()
    _release(page, "Release now")
    expect(page.get_by_role("status").first).to_contain_text("told in ten minutes")
    expect(page.locator("#feedback")).to_contain_text(WORDS)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".remark-kept", has_text=WORDS)).to_be_visible()

    page.goto(f"/rounds/{round_id}/review/note")
    expect(page.get_by_role("heading", level=1)).to_contain_text("A note to")
    assert (overflow(page), axe.violations(page)) == (0, [])


def _release(page, button):
    fold = page.locator("#release")
    if fold.get_attribute("open") is None:
        fold.locator("summary").press("Enter")
    page.get_by_role("button", name=button, exact=True).press("Enter")
