"""Who sits with whom and who teaches them, in a real browser: by mouse and by keyboard, on a phone, without script."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import axe
from tests.browser import overflow

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}}
WITHOUT_SCRIPT = {**DESK, "java_script_enabled": False}
CLASS, SEMINARS = "Year 3, autumn", "Seminar groups"
Open = Callable[..., Page]


def to_class(page: Page) -> None:
    """From the start page to the class."""
    page.goto("/")
    page.get_by_role("link", name=CLASS).first.click()
    expect(page.get_by_role("heading", name=CLASS, level=1)).to_be_visible()


def to_seminars(page: Page) -> None:
    """To the board of the groups that the rounds use."""
    to_class(page)
    page.get_by_role("link", name=SEMINARS).click()
    expect(page.get_by_role("heading", name=SEMINARS, level=1)).to_be_visible()


def seats(page: Page, group: str) -> Any:
    """A group on the board."""
    return page.locator("section.seats").filter(has=page.get_by_role("heading", name=group, exact=True))


@pytest.mark.parametrize(
    ("window", "name"), [(PHONE, "On a phone"), (WITHOUT_SCRIPT, "Without script")], ids=["phone", "without-script"]
)
def test_a_director_makes_groups_gives_them_tutors_and_covers_one(
    open_browser: Open, window: dict[str, Any], name: str
) -> None:
    page = open_browser("faculty@demo.example", **window)
    to_class(page)
    page.get_by_role("link", name="Group sets").click()
    page.get_by_role("link", name="Make groups automatically").click()
    page.get_by_label("How many groups").select_option(label="4 groups of 9")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("article.card")).to_have_count(4)
    first = page.locator("article.card").first.inner_text()
    page.get_by_role("link", name="Deal again").click()
    expect(page.locator("article.card")).to_have_count(4)
    assert page.locator("article.card").first.inner_text() != first
    assert overflow(page) == 0
    page.get_by_label("Name of the new group set").fill(name)
    page.get_by_role("button", name="Make these groups").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(page.locator("section.seats")).to_have_count(4)

    page.get_by_role("link", name="Who teaches whom").click()
    expect(page.locator("[data-grid-gaps]")).to_have_text("4")
    for group, tutor in (("Group 1", "Dr Ines Brandt"), ("Group 2", "Sunil Perera"), ("Group 3", "Sunil Perera")):
        page.get_by_label(f"{group}: {tutor}").check()
    if window is PHONE:
        expect(page.locator("[data-grid-gaps]")).to_have_text("1")
    assert overflow(page) == 0
    if window is PHONE:
        assert axe.violations(page) == []
    page.get_by_role("button", name="Keep the tutors").click()
    expect(page.get_by_text("The tutors are kept.")).to_be_visible()
    expect(page.locator("[data-grid-gaps]")).to_have_text("1")
    expect(page.get_by_role("row", name="Group 4").get_by_text("No tutor")).to_be_visible()

    page.get_by_role("link", name="Group 2").click()
    page.get_by_label("Who covers").select_option(label="Dr Ines Brandt")
    last = datetime.now(UTC).date() + timedelta(days=9)
    page.get_by_label("Until the end of").fill(last.isoformat())
    page.get_by_role("button", name="Let them cover it").click()
    expect(page.get_by_text(f"covers it until the end of {last.day} {last:%B}")).to_be_visible()
    assert overflow(page) == 0

    tutor = open_browser("tutor@demo.example", **window)
    to_class(tutor)
    mine = tutor.locator(f"h3:has-text('{name}') + .cards")
    expect(mine.get_by_role("heading")).to_have_text(["Group 1", "Group 2"])
    expect(mine.get_by_text(f"Dr Ines Brandt (until {last.day} {last:%B})")).to_be_visible()
    assert tutor.get_by_role("link", name="Who teaches whom").count() == 0


def test_the_grid_is_gone_through_by_arrow_keys_and_counts_as_one_ticks(open_browser: Open) -> None:
    page = open_browser("faculty@demo.example", **DESK)
    to_seminars(page)
    page.get_by_role("link", name="Who teaches whom").click()
    loads = page.locator("[data-grid-load]")
    expect(loads).to_have_text(["12", "24"])
    page.get_by_label("Group 1: Dr Ines Brandt").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Group 2: Sunil Perera")).to_be_focused()
    page.keyboard.press("Space")
    expect(loads).to_have_text(["12", "30"])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(loads).to_have_text(["6", "30"])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_role("row", name="Group 2").get_by_text("No tutor")).to_be_visible()
    expect(page.locator("[data-grid-gaps]")).to_have_text("1")
    assert axe.violations(page) == []
    page.once("dialog", lambda dialog: dialog.accept())  # it asks before what is not kept is left
    page.reload()
    expect(loads).to_have_text(["12", "24"])


def test_a_student_is_dragged_to_another_group_meets_it_under_a_new_name_and_comes_back(open_browser: Open) -> None:
    student = open_browser("ana@demo.example", **DESK)
    student.get_by_role("link", name="The line goes too").first.click()
    discussion = f"{student.url.split('/debrief')[0]}/discussion"
    student.goto(discussion)
    old_thread = student.locator("main a[href^='/threads/']").first.get_attribute("href") or ""
    student.goto(old_thread)
    old_title = student.locator("h1").inner_text()

    page = open_browser("faculty@demo.example", **DESK)
    to_seminars(page)
    expect(page.get_by_text("A round runs in these groups: ")).to_be_visible()
    expect(page.get_by_text("Who is moved gets a new name there")).to_be_visible()
    seats(page, "Group 1").get_by_text("Ana Duarte").drag_to(seats(page, "Group 2"))
    expect(page.get_by_text("1 student was moved.")).to_be_visible()
    expect(seats(page, "Group 2").get_by_text("Ana Duarte")).to_be_visible()

    student.goto(old_thread)
    expect(student.get_by_role("heading", name=old_title)).to_have_count(0)
    student.goto(discussion)
    expect(student.locator("main a[href^='/threads/']").first).to_be_visible()
    assert student.locator(f"main a[href='{old_thread}']").count() == 0

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Everybody is back where they were.")).to_be_visible()
    expect(seats(page, "Group 1").get_by_text("Ana Duarte")).to_be_visible()
    student.goto(old_thread)
    expect(student.get_by_role("heading", name=old_title, level=1)).to_be_visible()


@pytest.mark.parametrize("window", [PHONE, WITHOUT_SCRIPT], ids=["phone", "without-script"])
def test_several_are_ticked_and_moved_by_keyboard_alone(open_browser: Open, window: dict[str, Any]) -> None:
    page = open_browser("faculty@demo.example", **window)
    to_seminars(page)
    for name in ("Declan Rooney", "Hana Novotná"):
        page.get_by_label(name).focus()
        page.keyboard.press("Space")
    page.get_by_label("Put those who are ticked into").select_option(label="Group 6, with 6")
    page.get_by_role("button", name="Move").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 students were moved.")).to_be_visible()
    expect(seats(page, "Group 6").get_by_text("8 students")).to_be_visible()
    assert overflow(page) == 0
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(seats(page, "Group 6").get_by_text("6 students")).to_be_visible()
