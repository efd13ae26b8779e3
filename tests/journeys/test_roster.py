"""People come into a cohort and leave it, in a real browser: from a class list with slips in it to who comes late."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import overflow

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}
DESK = {"viewport": {"width": 1280, "height": 900}}
WITHOUT_SCRIPT = {**DESK, "java_script_enabled": False}
PASSWORD = "three quiet lamps"
LIST = """Name;Email;Profession;Group;Tutor
Kofi Asante;kofi@school.example;nurse;Group 7;Ines Roth <ines.roth@school.example>
Lena Fischer;lena at school;medicine;Group 7;
Noor Haddad;noor@school.example;nursin;Group 7;
"""


@pytest.fixture
def cohort(open_browser: Callable[..., Page]) -> str:
    """The address of the director's cohort."""
    page = open_browser("faculty@demo.example", **DESK)
    page.get_by_role("link", name="Year 3, autumn").first.click()
    return page.url


@pytest.mark.parametrize("window", [DESK, WITHOUT_SCRIPT], ids=["desk", "without-script"])
def test_a_list_is_mended_and_brought_in_and_its_links_let_people_in(
    open_browser: Callable[..., Page], cohort: str, window: dict[str, object]
) -> None:
    own = "desk" if window is DESK else "plain"
    text = LIST.replace("@school", f"@{own}").replace("Group 7", f"Group {own}")
    page = open_browser("faculty@demo.example", **window)
    page.goto(cohort)
    page.get_by_role("link", name="Bring a class list in").click()
    page.locator("textarea[name=text]").fill(text)
    page.get_by_role("button", name="Look at what would change").click()
    expect(page.get_by_role("heading", name="2 things to mend")).to_be_visible()
    expect(page.get_by_text("Did you mean “Nursing”?")).to_be_visible()

    mended = text.replace("lena at school", f"lena@{own}.example").replace("nursin;", "nursing;")
    page.locator("textarea[name=text]").fill(mended)
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("summary", has_text="3 students are added")).to_be_visible()
    page.get_by_role("button", name="Import the list").click()
    expect(page.get_by_text("The class list is in: 3 students added, 1 tutor added.")).to_be_visible()

    page.get_by_role("button", name="links to print").click()
    slip = page.locator(".slip").filter(has_text=f"kofi@{own}.example")
    link = slip.locator(".slip-url").inner_text()
    page.goto(cohort + "/links")
    assert page.locator(".slip").count() == 0

    kofi = open_browser("", **PHONE)
    kofi.goto(link[link.index("/activate") :])
    kofi.get_by_label("New password").fill(PASSWORD)
    kofi.get_by_label("The same again").fill(PASSWORD)
    kofi.get_by_role("button", name="Keep it and go on").click()
    expect(kofi.get_by_role("heading", name="Home")).to_be_visible()
    assert overflow(kofi) == 0


def test_who_comes_late_asks_with_the_code_and_is_let_in(open_browser: Callable[..., Page], cohort: str) -> None:
    page = open_browser("faculty@demo.example", **DESK)
    page.goto(cohort)
    page.get_by_role("link", name="Joining by code").click()
    page.get_by_role("button", name="Make a code").click()
    code = page.locator(".join-code").inner_text()

    late = open_browser("", **PHONE)
    late.goto(f"/join/{code}")
    late.get_by_label("Name").fill("Late Comer")
    late.get_by_label("Email").fill("late@school.example")
    late.get_by_label("Profession").select_option("nursing")
    late.get_by_role("button", name="Ask to come in").click()
    expect(late.get_by_text("The director of the cohort sees that you have asked")).to_be_visible()
    assert overflow(late) == 0

    page.goto("/")
    expect(page.get_by_text("Somebody asks to come into a cohort you direct.").first).to_be_visible()
    page.goto(cohort + "/join")
    page.get_by_role("button", name="Let in").click()
    page.goto(cohort + "/people?q=late")
    page.get_by_role("link", name="Late Comer").click()
    page.get_by_role("button", name="Show a new link").click()
    link = page.locator(".slip-url").inner_text()
    late.goto(link[link.index("/activate") :])
    late.get_by_label("New password").fill(PASSWORD)
    late.get_by_label("The same again").fill(PASSWORD)
    late.get_by_role("button", name="Keep it and go on").click()
    expect(late.get_by_role("link", name="The line goes too").first).to_be_visible()

    outsider = open_browser("outsider@demo.example", **PHONE)
    outsider.goto(f"/join/{code}")
    outsider.get_by_role("button", name="Come in").click()
    expect(outsider.get_by_text("You are in.")).to_be_visible()


def test_who_is_removed_finds_nothing_and_after_an_undo_everything(
    open_browser: Callable[..., Page], cohort: str
) -> None:
    chi = open_browser("chi@demo.example", **PHONE)
    round_page = "/".join((chi.locator("main a[href^='/rounds/']").first.get_attribute("href") or "").split("/")[:3])
    chi.goto(round_page + "/reflection")
    reflection = chi.url
    assert "/reflections/" in reflection

    page = open_browser("faculty@demo.example", **PHONE)
    page.goto(cohort + "/people?q=Chi+Tran")
    page.get_by_role("link", name="Chi Tran").click()
    assert overflow(page) == 0
    page.get_by_role("button", name="Remove them from the cohort").click()
    expect(page.get_by_text("They are no longer in the cohort.")).to_be_visible()

    assert _statuses(chi, round_page, reflection) == [404, 404]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("They are back, with everything as it was.")).to_be_visible()
    assert _statuses(chi, round_page, reflection) == [200, 200]


def _statuses(page: Page, *addresses: str) -> list[int]:
    return [answer.status for address in addresses if (answer := page.goto(address)) is not None]


def test_people_by_keyboard_alone(open_browser: Callable[..., Page], cohort: str) -> None:
    page = open_browser("faculty@demo.example", **DESK)
    page.goto(cohort + "/people")
    _wait_for_keys(page)
    page.keyboard.press("/")
    page.keyboard.type("ana d")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    _wait_for_keys(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ana Duarte")).to_be_visible()


def _wait_for_keys(page: Page) -> None:
    """The switch of the keys shows in their list once they work."""
    expect(page.locator("p:has(> [data-keys-on])")).not_to_have_attribute("hidden", "")
