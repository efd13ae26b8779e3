"""A student writes to the designated leads from a phone, a lead takes it on and answers, the student reads; and what
nobody takes on in time reaches the other lead. Once with a script, once without.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from ethics.concerns.models import Concern
from ethics.db import Database
from tests import axe
from tests.browser import overflow
from tests.server import Installation, Server

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"}
WITHOUT_SCRIPT = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}
WORRY = "The registrar calls the man in bed four names.\n\nIt was not the first time."
ANSWER = "Thank you for saying it. Can you come by on Thursday?"


@pytest.fixture(scope="module")
def installation(demo_class: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation whose database the tests can reach: a target that has passed is not waited for."""
    return Installation.new(demo_class("sqlite"), tmp_path_factory.mktemp("server"))


@pytest.fixture(scope="module")
def live_server(installation: Installation) -> Iterator[Server]:
    """Its server."""
    with installation.serving() as server:
        yield server


def look(page: Page) -> None:
    """Nothing sticks out, and nothing bars anybody."""
    assert overflow(page) == 0
    assert axe.violations(page) == []


def write(page: Page, *, check: bool = True) -> str:
    """Go there from the menu, send it, and return its address."""
    page.goto("/")
    page.get_by_role("button", name="your menu").click()
    page.get_by_role("link", name="I’d like to talk to someone").click()
    expect(page.get_by_role("heading", level=1, name="I’d like to talk to someone")).to_be_visible()
    if check:
        look(page)
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    page.get_by_label("Somebody is bullied").check()
    page.get_by_label("What should they know?").fill(WORRY)
    page.get_by_label("How would you like to be reached?").fill("by mail")
    page.get_by_label("Dr Ruth Abara").check()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("Besides you, only Dr Ruth Abara can read this.")).to_be_visible()
    return page.url


@pytest.mark.parametrize(
    ("student", "window"),
    [("ben@demo.example", PHONE), ("chi@demo.example", WITHOUT_SCRIPT)],
    ids=["phone", "without-script"],
)
def test_a_student_is_heard(open_browser: Callable[..., Page], student: str, window: dict[str, Any]) -> None:
    with_script = window is PHONE
    page = open_browser(student, **window)
    address = write(page, check=with_script)

    lead = open_browser("lead@demo.example", **DESK)
    expect(lead.get_by_text("Something waits for you.").first).to_be_visible()
    lead.get_by_role("link", name="To the concerns").click()
    look(lead)
    lead.goto(address)
    expect(lead.get_by_text("It was not the first time.")).to_be_visible()
    look(lead)
    lead.get_by_role("button", name="I take this on").click()
    lead.get_by_label("Write to each other").last.fill(ANSWER)
    lead.get_by_role("button", name="Send", exact=True).click()
    expect(lead.get_by_text(ANSWER)).to_be_visible()
    look(lead)

    page.reload()
    expect(page.get_by_text("has seen it and takes it on")).to_be_visible()
    expect(page.get_by_text(ANSWER)).to_be_visible()
    expect(page.get_by_text("Opened by Dr Ruth Abara")).to_be_visible()
    assert page.get_by_role("button", name="Take it back").count() == 0
    if with_script:
        look(page)
        page.goto("/concerns")
        look(page)


def test_what_nobody_takes_on_reaches_the_other_lead(
    open_browser: Callable[..., Page], installation: Installation
) -> None:
    address = write(open_browser("priya@demo.example", **PHONE))
    other = open_browser("lead2@demo.example", **DESK)
    assert other.goto(address).status == 404

    database = Database(installation.database_url)
    with database.unit_of_work() as session:
        concern = session.scalars(select(Concern).where(Concern.public_id == address.rpartition("/")[2])).one()
        concern.target_at -= timedelta(days=5)  # Five days pass.
    database.dispose()
    other.goto("/concerns")
    look(other)
    other.get_by_role("link", name="Somebody is bullied").last.click()
    expect(other.get_by_text("It was not the first time.")).to_be_visible()


def test_a_tutor_reads_what_to_do_first_by_keyboard(open_browser: Callable[..., Page]) -> None:
    page = open_browser("tutor@demo.example", **DESK)
    page.get_by_role("link", name="The line goes too").first.click()
    page.get_by_role("link", name="Read and answer").click()
    page.get_by_role("link", name="I am worried about them").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="I am worried")).to_be_visible()
    expect(page.get_by_text("What not to promise")).to_be_visible()
    look(page)
    page.set_viewport_size({"width": 360, "height": 740})
    look(page)
    page.get_by_label("Something else").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("She has not eaten since Monday.")
    page.get_by_role("button", name="Send it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("She has not eaten since Monday.")).to_be_visible()
