"""A student takes their journal home, on a phone and without JavaScript, and opens it where there is no server."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import axe
from tests.browser import overflow
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}
WITHOUT_SCRIPT = {"viewport": {"width": 1280, "height": 900}, "java_script_enabled": False}


@pytest.fixture(params=[PHONE, WITHOUT_SCRIPT], ids=["phone", "without-script"])
def ana(request: pytest.FixtureRequest, open_browser: Callable[..., Page]) -> Page:
    return open_browser("ana@demo.example", **request.param)


def download(page: Page, link: str, folder: Path) -> Path:
    """Follow a link to a file, and keep the file."""
    with page.expect_download() as expected:
        page.get_by_role("link", name=link).click()
    kept = folder / expected.value.suggested_filename
    expected.value.save_as(kept)
    return kept


def test_from_the_first_page_to_a_file_that_needs_nothing(ana: Page, tmp_path: Path) -> None:
    ana.get_by_role("link", name="your journal").click()
    expect(ana.get_by_role("heading", name="Your journal", level=1)).to_be_visible()
    reason = ana.locator(".position-reason").first.inner_text()
    rounds = [title.inner_text() for title in ana.locator(".journal-entry h2").all()]
    assert overflow(ana) == 0

    ana.get_by_role("link", name="Take it with you").click()
    document = download(ana, "Download the document", tmp_path)
    data = json.loads(download(ana, "Download the data", tmp_path).read_text())
    assert [round_["case"] for round_ in data["rounds"]] == rounds
    assert data["rounds"][0]["decisions"][0]["first"]["reason"] == reason

    asked: list[str] = []
    ana.on("request", lambda request: asked.append(request.url))
    ana.goto(document.as_uri())
    assert asked == [document.as_uri()]
    assert [title.inner_text() for title in ana.locator(".journal-entry h2").all()] == rounds
    expect(ana.get_by_text(reason)).to_be_visible()
    assert (ana.locator("script, a, img, form").count(), overflow(ana)) == (0, 0)


def test_the_file_reads_as_well_as_a_page(open_browser: Callable[..., Page], tmp_path: Path) -> None:
    page = open_browser("ana@demo.example")
    page.goto("/journal/take")
    page.goto(download(page, "Download the document", tmp_path).as_uri())

    assert axe.violations(page) == []


def test_on_paper_there_are_words_and_nothing_to_press(open_browser: Callable[..., Page]) -> None:
    page = open_browser("ana@demo.example")
    page.goto("/journal")
    page.emulate_media(media="print")

    for gone in ("header.top", "form", "nav", ".button", ".pager"):
        assert [part.is_visible() for part in page.locator(gone).all() if part.is_visible()] == []
    expect(page.locator(".journal-entry h2").first).to_be_visible()
    sheets = page.locator(".journal-entry").evaluate_all(
        "entries => entries.map(entry => getComputedStyle(entry).breakBefore)"
    )
    assert sheets == ["auto", *["page"] * (len(sheets) - 1)]
    assert page.pdf().startswith(b"%PDF")


def test_the_password_given_again_leads_back(open_browser: Callable[..., Page]) -> None:
    page = open_browser("ana@demo.example")
    page.goto("/account/confirm?next=/journal/take")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Take your journal with you")).to_be_visible()


def test_a_round_points_to_what_one_thought_before(open_browser: Callable[..., Page]) -> None:
    page = open_browser("ana@demo.example")
    page.get_by_role("link", name="Twice as sure").first.click()
    line: Any = page.locator(".journal-earlier")
    expect(line).to_contain_text("You have thought about")
    line.get_by_role("link").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("as you weighed")
    assert page.locator(".journal-point").count() > 0
