"""A student reports a comment, the tutor claims it and hides it, its author reads why, revises it, and asks the
director for another look, which is given.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import axe
from tests.browser import overflow

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


def look(page: Page) -> None:
    """Nothing sticks out, and nothing bars anybody."""
    page.wait_for_load_state()
    assert overflow(page) == 0
    assert axe.violations(page) == []


def test_a_report_a_hiding_a_revision_and_an_appeal(open_browser: Callable[..., Page]) -> None:
    author = open_browser("ben@demo.example", **DESK)
    author.get_by_role("link", name="Short count").first.click()
    author.goto(re.sub(r"(/rounds/\w+).*", r"\1/discussion", author.url))
    author.get_by_label("What is it about?").fill("Who counts")
    author.get_by_label("What you want to say").fill("People like him always lie.")
    author.get_by_role("button", name="Begin the thread").click()
    expect(author.get_by_role("heading", level=1, name="Who counts")).to_be_visible()
    thread = author.url.split("#")[0]

    reporter = open_browser("ana@demo.example", **PHONE)
    reporter.goto(thread)
    reporter.get_by_role("link", name="Report", exact=True).click()
    look(reporter)
    reporter.get_by_role("radio").first.check()
    reporter.get_by_role("button", name="Report it").click()
    expect(reporter.get_by_text("Faculty look at it")).to_be_visible()

    tutor = open_browser("tutor@demo.example", **DESK)
    tutor.goto("/moderation")
    look(tutor)
    mine = tutor.get_by_role("listitem").filter(has_text="Who counts")
    mine.get_by_role("button", name="Take it on").click()
    expect(tutor.get_by_text("You took this on")).to_be_visible()
    tutor.get_by_label("Hide it from the group").check()
    tutor.get_by_role("group", name="Which rule does it break?").get_by_role("radio").first.check()
    tutor.get_by_label("Why, in a sentence").fill("It speaks of everybody who was ever ill.")
    look(tutor)
    tutor.get_by_role("button", name="Do it").focus()
    tutor.keyboard.press("Enter")
    expect(tutor.get_by_text("Hidden. Its author is told in ten minutes.")).to_be_visible()

    author.goto(thread)
    author.get_by_role("link", name="Ask for another look").click()
    expect(author.get_by_text("It speaks of everybody who was ever ill.")).to_be_visible()
    look(author)
    author.get_by_label("What should somebody else look at again?").fill("I meant the man in the case.")
    author.get_by_role("button", name="Send it").click()
    expect(author.get_by_text("Nobody has answered yet.")).to_be_visible()
    author.get_by_role("link", name="Revise it and send it again").click()
    author.get_by_label("Your comment").fill("He may well not say all of it.")
    author.get_by_role("button", name="Send it again").click()

    director = open_browser("faculty@demo.example", **PHONE)
    director.goto("/moderation")
    asked = director.get_by_role("listitem").filter(has_text="Who counts").filter(has_text="another look")
    asked.get_by_role("link").first.click()
    look(director)
    director.get_by_label("Undo what was done").check()
    director.get_by_label("Why, to its author").fill("It reads differently now.")
    director.get_by_role("button", name="Decide").click()
    expect(director.get_by_text("Decided. Its author is told in ten minutes.")).to_be_visible()
    reporter.goto(thread)
    expect(reporter.get_by_text("He may well not say all of it.")).to_be_visible()
