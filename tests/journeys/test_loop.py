"""The whole loop in a real browser: a student's way, their tutor's answer, a director's new round.

Once with JavaScript on a phone, once without it: slower, not less.
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import overflow

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}
WITHOUT_SCRIPT = {"viewport": {"width": 1280, "height": 900}, "java_script_enabled": False}
REASON = "I would rather be asked than told."
ANSWER = "Nobody asked him what the bed costs him."


@pytest.fixture(params=[PHONE, WITHOUT_SCRIPT], ids=["phone", "without-script"])
def window(request: pytest.FixtureRequest) -> dict[str, Any]:
    """How the student looks at it."""
    return request.param


@pytest.fixture
def student(window: dict[str, Any]) -> str:
    """Somebody who has not begun: each window has its own, since the server is shared."""
    return "femi@demo.example" if window is PHONE else "owen@demo.example"


def test_a_student_goes_all_the_way_and_is_answered(
    open_browser: Callable[..., Page], window: dict[str, Any], student: str
) -> None:
    page = open_browser(student, **window)
    page.get_by_role("link", name="The line goes too").first.click()
    if student.startswith("femi"):
        page.get_by_role("button", name="Begin with stage 1").click()
        expect(page.get_by_text("Your group sees you as")).to_be_visible()
        assert overflow(page) == 0
        _commit(page, "Discharge without the line")
        page.get_by_role("button", name="Keep this and open the next stage").click()
    else:
        page.get_by_role("button", name="Keep this and open the next stage").click()
    _commit(page, "I am unsure")
    page.get_by_role("button", name="Keep this and open the next stage").click()
    _commit(page, "Another course")
    page.get_by_label("Which course?").fill("Ask the van nurse to come twice today.")
    page.get_by_role("button", name="Keep this decision").click()
    page.get_by_role("link", name="Meet the others").click()
    page.get_by_role("button", name="Open the others' reasons").click()
    expect(page.get_by_role("heading", name="Others' reasons", exact=True)).to_be_visible()
    expect(page.locator(".reasons-one").first).to_be_visible()

    page.get_by_role("link", name="To the discussion").click()
    page.get_by_label("What is it about?").fill("Who counts as at home?")
    page.get_by_label("What you want to say").fill("The form asks for an address and means a person.")
    page.get_by_role("button", name="Begin the thread").click()
    expect(page.get_by_role("heading", name="Who counts as at home?")).to_be_visible()

    _write_reflection(page, window)
    _look_again(page)
    expect(page.get_by_role("heading", name="Debrief").first).to_be_visible()
    page.get_by_label("A note to yourself").fill("Ask before the tray.")
    page.get_by_role("button", name="Keep this note").click()
    expect(page.get_by_label("A note to yourself")).to_have_value("Ask before the tray.")
    assert overflow(page) == 0

    name = student.partition("@")[0].title()
    _tutor_answers(open_browser, name, f"{name}, what would you ask him first?")
    page.goto("/")
    page.get_by_role("link", name="The line goes too").first.click()
    page.goto(page.url.split("/debrief")[0] + "/reflection")
    expect(page.get_by_text(f"{name}, what would you ask him first?")).to_be_visible()


def _commit(page: Page, option: str) -> None:
    """Fill in a decision's sheet."""
    page.get_by_label(option, exact=False).first.check()
    page.get_by_label("4", exact=True).check(force=True)
    page.get_by_label("Your reason, in a sentence or two").fill(REASON)


def _write_reflection(page: Page, window: dict[str, Any]) -> None:
    page.goto(page.url.split("/threads/")[0])
    page.get_by_role("link", name="The line goes too").first.click()
    expect(page.get_by_role("heading", name="Your reflection")).to_be_visible()
    field = page.locator("textarea[name^='answer-']").first
    field.fill(ANSWER)
    if window is PHONE:
        expect(page.get_by_text("Saved ", exact=False).first).to_be_visible()
        page.reload()
    else:
        page.get_by_role("button", name="Save draft").click()
    expect(field).to_have_value(ANSWER)
    page.get_by_role("button", name="Submit reflection").click()
    expect(page.get_by_text(ANSWER)).to_be_visible()


def _look_again(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="The line goes too").first.click()
    expect(page.get_by_role("heading", name="Look again", exact=True)).to_be_visible()
    for stage in (1, 2, 3):
        page.locator(f"textarea[name='stage-{stage}-reason']").fill("No change, for a better reason.")
    page.get_by_role("button", name="Keep this and open the debrief").click()


def _tutor_answers(open_browser: Callable[..., Page], name: str, answer: str) -> None:
    page = open_browser("tutor@demo.example", viewport={"width": 1280, "height": 900})
    page.get_by_role("link", name="The line goes too").first.click()
    page.get_by_role("row").filter(has_text=name).get_by_role("link").last.click()
    expect(page.get_by_text(ANSWER)).to_be_visible()
    page.get_by_role("textbox", name="Your answer").fill(answer)
    page.locator("#release > summary").click()
    page.get_by_role("button", name="Release now").click()
    expect(page.get_by_text(answer).first).to_be_visible()


def test_a_director_makes_a_round_and_opens_it(open_browser: Callable[..., Page]) -> None:
    page = open_browser("faculty@demo.example", **PHONE)
    page.get_by_role("link", name="Year 3, autumn").click()
    page.get_by_role("link", name="New round").click()
    page.get_by_label("Closes").fill("2020-01-01T08:00")
    page.get_by_role("button", name="Keep the round").click()
    expect(page.get_by_text("It closes before it is due.")).to_be_visible()
    opening = page.get_by_label("Opens").input_value()
    page.get_by_label("Closes").fill(f"{int(opening[:4]) + 1}{opening[4:]}")
    page.get_by_role("button", name="Keep the round").click()
    expect(page.get_by_role("heading", name="Nothing keeps it from opening")).to_be_visible()
    page.get_by_role("button", name="Open this round").click()
    expect(page.get_by_text("The round is open to its students")).to_be_visible()
    expect(page.get_by_role("cell", name="not begun").first).to_be_visible()
    assert overflow(page) == 0


def test_an_author_reads_the_whole_case_and_an_outsider_finds_no_round(open_browser: Callable[..., Page]) -> None:
    author = open_browser("author@demo.example", **WITHOUT_SCRIPT)
    author.goto("/cases/the-line-goes-too")
    expect(author.get_by_text("For facilitators").first).to_be_visible()
    expect(author.get_by_role("link", name="The Markdown file")).to_be_visible()

    outsider = open_browser("outsider@demo.example", **PHONE)
    expect(outsider.get_by_text("Year 2, spring")).to_be_visible()
    assert outsider.get_by_text("Year 3, autumn").count() == 0
