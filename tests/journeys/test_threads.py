"""A talk between two students and their tutor, each in a browser of their own."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import axe

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
DESK = {"viewport": {"width": 1280, "height": 900}}
PASSAGE = "On weekdays an outreach van stops by the library"
QUOTED = "the van is a person"


def test_a_thread_is_begun_answered_quoted_found_unread_and_withdrawn(open_browser: Open) -> None:
    ana, mirembe, tutor = (open_browser(f"{name}@demo.example", **DESK) for name in ("ana", "mirembe", "tutor"))
    ana.get_by_role("link", name="The line goes too").first.click()
    in_round = ana.url.split("/debrief")[0]
    ana.goto(f"{in_round}/stages/2")
    ana.locator("#quotation").fill(PASSAGE)
    ana.get_by_role("button", name="Begin a thread from it").click()
    ana.locator("[name=title]").fill("Who drives the van?")
    ana.locator("[name=text]").fill("I think the van is a person.")
    ana.get_by_role("button", name="Begin the thread").click()
    expect(ana.get_by_role("heading", name="Who drives the van?", level=1)).to_be_visible()
    thread = ana.url

    tutor.goto(thread)
    tutor.locator("[name=text]").fill("What would change if it were?")
    tutor.get_by_role("button", name="Post", exact=True).click()
    expect(tutor.get_by_text("What would change if it were?")).to_be_visible()

    mirembe.goto(thread)
    mirembe.locator(".comment").first.get_by_role("link", name="Reply").click()
    expect(mirembe.locator("[name=text]")).to_be_focused()
    mirembe.locator("[name=quotation]").fill(QUOTED)
    mirembe.locator("[name=text]").fill("Then ask her first.")
    mirembe.get_by_role("button", name="Post the answer").click()
    expect(mirembe.locator(".comment-quote")).to_have_text(QUOTED)

    ana.goto(thread)
    expect(ana.locator(".comment-new")).to_have_count(2)
    ana.keyboard.press("n")
    expect(ana.locator(".comment-new").first).to_be_focused()
    assert axe.violations(ana) == []
    ana.locator(".comment").first.get_by_role("button", name="Withdraw").click()
    expect(ana.get_by_text("Withdrawn. Only you can still read it.")).to_be_visible()

    mirembe.reload()
    expect(mirembe.get_by_text("What is quoted here was withdrawn by its writer.")).to_be_visible()
    expect(mirembe.locator(".comment-quote")).to_have_count(0)
