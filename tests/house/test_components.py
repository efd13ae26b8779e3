"""Every component, in every theme and at the widths of a phone and a desk: nothing for axe, nothing cut off."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests import axe
from tests.browser import Complaints, overflow
from tests.house.components import ADDRESS, gallery, open_gallery
from tests.pages import Page as Checked

pytestmark = pytest.mark.browser


def test_the_page_is_valid(unused_app):
    assert Checked(*gallery(unused_app)).problems() == []


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_it_is_accessible(context: BrowserContext, unused_app, theme, width):
    complaints = Complaints(context, ADDRESS)
    page = open_gallery(context, unused_app, theme=theme)
    page.set_viewport_size({"width": width, "height": 800})

    assert axe.violations(page) == []
    assert overflow(page) == 0
    assert complaints.found == []


def test_every_behaviour_runs_under_the_policy(context: BrowserContext, unused_app):
    page = open_gallery(context, unused_app)

    page.get_by_label("What did you notice").fill("One word more")
    expect(page.locator("[data-words]")).to_have_text("3 words so far")


@pytest.mark.parametrize(
    ("opener", "opened", "width"),
    [
        (".rail-line", "#rail-steps", 360),
        (".margin-open", "#margin-sheet", 360),
        (".menu-button", "#menu-own", 1280),
        (".keys-open", "#keys-help", 1280),
    ],
)
def test_what_opens_needs_no_script_and_closes_by_escape(browser, unused_app, opener, opened, width):
    with browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800}) as context:
        page = open_gallery(context, unused_app)
        expect(page.locator(opened)).to_be_hidden()
        page.locator(opener).click()
        expect(page.locator(opened)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(opened)).to_be_hidden()


@pytest.mark.parametrize("listed", ["#rail-steps", "#margin-sheet"])
def test_a_desk_shows_in_place_what_a_phone_opens(context: BrowserContext, unused_app, listed):
    page = open_gallery(context, unused_app)
    page.set_viewport_size({"width": 1280, "height": 800})

    expect(page.locator(listed)).to_be_visible()


def test_keys_move_through_a_list_and_can_be_turned_off(context: BrowserContext, unused_app):
    page = open_gallery(context, unused_app)
    ana, jonas = page.get_by_role("link", name="Ana Duarte"), page.get_by_role("link", name="Jonas Ek")
    # A page with something to put right begins there; keys that are typed into a field move nothing.
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    page.evaluate("() => document.activeElement.blur()")

    for key, focused in (("j", ana), ("j", jonas), ("k", ana)):
        page.keyboard.press(key)
        expect(focused).to_be_focused()

    page.get_by_label("Your reason").fill("")
    page.get_by_label("Your reason").press_sequentially("jk?")
    expect(page.get_by_label("Your reason")).to_have_value("jk?")

    ana.focus()
    page.keyboard.press("?")
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    ana.focus()
    page.keyboard.press("j")
    expect(ana).to_be_focused()


def test_the_choice_of_another_course_brings_its_field(context: BrowserContext, unused_app):
    page = open_gallery(context, unused_app)
    field = page.get_by_label("What would you do instead?")

    expect(field).to_be_hidden()
    page.get_by_label("Another course").check()
    expect(field).to_be_visible()
