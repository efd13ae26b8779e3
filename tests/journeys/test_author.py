"""Authors of every kind in a real browser: one who never saw a file, one with a folder, two at once; by keyboard."""

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import axe
from tests.browser import overflow
from tests.server import Installation, Server, ServerError

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1400, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}}
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p{}</style></head><body>
<h1 style="mso-outline-level:1">What was said</h1>
<p class=MsoNormal><b>Nobody</b> had <i style='mso-bidi-font-style:normal'>asked </i><a href="https://example.org/a(b)">her</a>.<a
href="#_ftn1">[1]</a><o:p></o:p></p>
<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·<span>&nbsp;</span></span>one</p>
<p style='mso-list:l0 level1 lfo1'>·&nbsp;two</p>
<ol><li>first<ul><li>deeper</li></ul></li><li>second</li></ol>
<table><tr><td><p>a</p></td><td>b</td></tr><tr><td>c|d</td><td></td></tr></table>
<div style='mso-element:footnote'><p>[1] A note.</p></div><script>alert(1)</script></body></html>"""
MARKDOWN = """\
#### What was said

**Nobody** had *asked* [her](https://example.org/a%28b%29).

- one
- two

1. first
    - deeper
2. second

| a | b |
| --- | --- |
| c\\|d |  |"""


@pytest.fixture(scope="module")
def installation(demo_class: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The demo class, whose commands somebody can give as well."""
    return Installation.new(demo_class("sqlite"), tmp_path_factory.mktemp("authors"))


@pytest.fixture(scope="module")
def live_server(installation: Installation) -> Iterator[Server]:
    """Its server."""
    with installation.serving() as server:
        yield server


def saved(page: Page) -> None:
    """Wait until everything is kept."""
    page.wait_for_function("() => /^Saved/.test(document.querySelector('[data-autosave-state]').textContent)")


def paste(page: Page, selector: str, *, html: str = "", picture: bytes = b"") -> None:
    """Paste as a word processor or a screenshot does."""
    page.evaluate(
        """([selector, html, picture]) => {
          const data = new DataTransfer();
          if (html) { data.setData("text/html", html); data.setData("text/plain", "plain"); }
          if (picture) {
            const bytes = Uint8Array.from(atob(picture), (sign) => sign.charCodeAt(0));
            data.items.add(new File([bytes], "A bell.png", { type: "image/png" }));
          }
          const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.querySelector(selector).dispatchEvent(event);
        }""",
        [selector, html, base64.b64encode(picture).decode()],
    )


def test_somebody_who_has_never_seen_a_file_writes_a_case(open_browser: Callable[..., Page]) -> None:
    page = open_browser("author@demo.example", **DESK)
    page.get_by_role("link", name="New case").click()
    page.get_by_label("Title").fill("The night bell")
    page.get_by_role("button", name="Begin to write").click()
    expect(page.get_by_role("heading", name="Writing a case")).to_be_visible()
    assert axe.violations(page) == []

    page.get_by_role("textbox", name="Summary").fill("A bell rings, and nobody has to answer it.")
    page.get_by_role("textbox", name="Opening").fill("It is ten past three.")
    page.get_by_role("textbox", name="What happens").fill("It rings.")
    for option in ("Answer it", "Let it ring"):
        page.get_by_role("textbox", name="Another option").nth(0 if option == "Answer it" else 1).fill(option)
    page.get_by_role("textbox", name="Another question").fill("Whose bell is it?")
    page.get_by_role("textbox", name="Students read this last").fill("Nobody asked who rang.")
    page.locator("#f-guide-text").fill("Twenty minutes.")
    page.get_by_role("button", name="Add a stage").click()
    expect(page.get_by_role("textbox", name="Stage 2")).to_have_value("A new moment")
    page.get_by_role("textbox", name="Stage 2").fill("Half past three")
    page.locator("#f-stage-2-text").fill("It rings again.")

    expect(page.locator("#view option")).to_have_text(
        ["As faculty: all of it", "As a student at stage 1", "As a student at stage 2", "As a student at the end"]
    )
    page.locator("#view").select_option("student-2")
    live = page.locator(".editor-page")
    expect(live.get_by_text("It rings again.")).to_be_visible()
    expect(live.get_by_text("It is ten past three.")).to_have_count(0)
    page.locator("#view").select_option("student-1")
    expect(live.get_by_text("Let it ring")).to_be_visible()
    expect(live.get_by_text("I am unsure")).to_be_visible()
    expect(live.get_by_text("Twenty minutes.")).to_have_count(0)

    page.locator(".editor-findings summary").click()
    page.get_by_role("link", name="Principles that lead: this is needed").click()
    assert page.evaluate("() => document.activeElement.name") == "principles"
    page.keyboard.press("Space")
    expect(page.locator(".editor-findings summary")).to_contain_text("Nothing is wrong")
    assert axe.violations(page) == []
    saved(page)

    page.get_by_role("button", name="Ask somebody to look").click()
    page.get_by_label("Ask", exact=True).select_option(label="Dr Helen Ashworth")
    page.get_by_label("What should they look at?").fill("Is it too short?")
    page.get_by_role("button", name="Ask to look").click()
    expect(page.get_by_text("No answer yet")).to_be_visible()
    _helen_looks(open_browser)

    page.goto("/")
    expect(page.get_by_text("A case you asked somebody to look at is ready, they say.")).to_be_visible()
    page.goto("/cases/the-night-bell/edit")
    page.get_by_role("button", name="Publish").first.click()
    page.get_by_label("What is new, in a line").fill("The first")
    page.get_by_role("button", name="Publish this version").click()
    expect(page.get_by_text("Published as version 1.")).to_be_visible()
    _again_and_back(page)


def _helen_looks(open_browser: Callable[..., Page]) -> None:
    page = open_browser("faculty@demo.example", **DESK)
    page.get_by_role("link", name="The night bell").click()
    expect(page.get_by_text("Is it too short?").first).to_be_visible()
    assert axe.violations(page) == []
    page.get_by_text("It is ten past three.").first.select_text()
    page.get_by_role("button", name="Remark on this").click()
    page.keyboard.type("In the morning?")
    page.get_by_role("button", name="Put it beside the passage").click()
    expect(page.locator(".remark", has_text="In the morning?")).to_contain_text("It is ten past three.")
    assert page.evaluate("() => CSS.highlights.get('passage').size") == 1
    page.get_by_role("button", name="It can be published").click()
    expect(page.get_by_text("Thank you. Whoever asked you is told.")).to_be_visible()


def _again_and_back(page: Page) -> None:
    page.goto("/cases/the-night-bell/edit")
    page.get_by_role("textbox", name="Opening").fill("It is ten past four.")
    page.get_by_role("button", name="Publish").first.click()
    expect(page.locator(".diff ins")).to_have_text(["four"])
    page.get_by_label("What is new, in a line").fill("An hour later")
    page.get_by_role("button", name="Publish this version").click()
    page.get_by_role("link", name="What changed").click()
    expect(page.get_by_text("looked at by Dr Helen Ashworth")).to_be_visible()
    assert axe.violations(page) == []
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Version 1 is the current one again, as version 3.")).to_be_visible()
    page.goto("/cases/the-night-bell")
    expect(page.get_by_text("It is ten past three.")).to_be_visible()


def test_what_is_pasted_becomes_clean_markdown_and_pictures_ask_for_words(open_browser: Callable[..., Page]) -> None:
    page = open_browser("author@demo.example", **DESK)
    page.goto("/cases/the-line-goes-too/edit")
    area = page.locator("#f-stage-2-text")
    area.fill("")
    area.focus()
    paste(page, "#f-stage-2-text", html=WORD)
    expect(area).to_have_value(MARKDOWN)
    page.keyboard.press("ControlOrMeta+z")
    expect(area).not_to_have_value(MARKDOWN)
    area.fill("")

    made = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(made, "PNG")
    paste(page, "#f-stage-2-text", picture=made.getvalue())
    page.get_by_role("button", name="Put it in").click()
    expect(page.locator("#picture-trouble")).to_have_text("Say what one would miss who cannot see the picture.")
    page.locator("#picture-alt").fill("A bell on a table")
    page.keyboard.press("Enter")
    expect(area).to_have_value("\n\n![A bell on a table](a-bell.png)\n\n")
    expect(page.locator(".editor-page img")).to_have_attribute("alt", "A bell on a table")
    saved(page)


def test_two_authors_at_once_choose(open_browser: Callable[..., Page]) -> None:
    one, other = (open_browser("author@demo.example", **PHONE) for _ in range(2))
    for page in (one, other):
        page.goto("/cases/short-count/edit")
    one.locator("#f-stage-1-heading").fill("Thursday, late")
    saved(one)
    other.locator("#f-stage-2-heading").fill("Friday, late")
    expect(other.locator("[data-autosave-state]")).to_contain_text("Somebody else has changed this draft.")
    other.get_by_role("button", name="Save").first.click()
    expect(other.get_by_role("heading", name="Two versions of one text")).to_be_visible()
    assert axe.violations(other) == []
    assert overflow(other) == 0
    other.get_by_role("button", name="Save it like this").click()
    expect(other.locator("#f-stage-1-heading")).to_have_value("Thursday, late")
    expect(other.locator("#f-stage-2-heading")).to_have_value("Friday, late")


def test_by_keyboard_alone(open_browser: Callable[..., Page]) -> None:
    page = open_browser("author@demo.example", **DESK)
    page.goto("/cases/new")
    page.get_by_label("Title").focus()
    page.keyboard.type("Keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Writing a case")).to_be_visible()
    reached = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        name = page.evaluate("() => document.activeElement.name || document.activeElement.textContent.trim()")
        reached.add(name)
        if name == "summary":
            page.keyboard.type("Only keys.")
        elif name == "stage-1-text":
            page.keyboard.type("It is written.")
    assert {"summary", "opening", "stage-1-heading", "stage-1-text", "arrange", "then", "principles", "view"} <= reached
    saved(page)
    page.locator("#f-stage-1-heading").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    expect(page.locator("#f-stage-1-text")).to_have_value("It is written.")


def test_on_a_phone_the_page_is_one_tap_away(open_browser: Callable[..., Page]) -> None:
    page = open_browser("author@demo.example", **PHONE, color_scheme="dark")
    page.goto("/cases/thursdays-chair/edit")
    expect(page.locator(".editor-page")).to_be_hidden()
    page.get_by_role("button", name="The page", exact=True).click()
    expect(page.locator(".editor-page-title")).to_be_visible()
    assert (overflow(page), axe.violations(page)) == (0, [])
    page.keyboard.press("Escape")
    expect(page.locator(".editor-page")).to_be_hidden()


def test_without_a_script_a_stage_moves_and_the_page_is_shown(open_browser: Callable[..., Page]) -> None:
    page = open_browser("author@demo.example", viewport=DESK["viewport"], java_script_enabled=False)
    page.goto("/cases/twice-as-sure/edit")
    first = page.locator("#f-stage-1-heading").input_value()
    page.locator("#stage-1 > .editor-tools").last.get_by_role("button", name="Down").click()
    expect(page.locator("#f-stage-2-heading")).to_have_value(first)
    page.get_by_role("button", name="See the page by itself").click()
    page.get_by_role("link", name="As a student at stage 2").click()
    expect(page.get_by_role("heading", name=first)).to_be_visible()
    page.get_by_role("link", name="Go on writing").click()
    page.get_by_role("button", name="Markdown").click()
    expect(page.get_by_label("The whole case, in Markdown")).to_be_visible()


def test_an_author_with_a_folder_checks_syncs_and_sees_it(
    open_browser: Callable[..., Page], installation: Installation, tmp_path: Path
) -> None:
    text = (Path(__file__).parents[2] / "cases" / "the-line-goes-too.md").read_text()
    file = tmp_path / "a-second-line.md"
    file.write_text(text.replace("title: The line goes too", "title: A second line").replace("autonomy,", "autonmy,"))
    with pytest.raises(ServerError, match="did you mean 'autonomy'"):
        installation.command("cases", "check", str(file))
    file.write_text(file.read_text().replace("autonmy", "autonomy"))
    installation.command("cases", "check", str(file))
    installation.command("cases", "sync", str(file))

    page = open_browser("author@demo.example", **DESK)
    page.goto("/cases/a-second-line")
    expect(page.get_by_role("heading", name="A second line")).to_be_visible()
    page.get_by_role("link", name="Change this case").click()
    expect(page.get_by_text("This case comes from a folder.")).to_be_visible()
    page.get_by_role("textbox", name="Title").fill("A third line")
    saved(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the draft").first.click()
    file.write_bytes(Path(download.value.path()).read_bytes())
    installation.command("cases", "sync", str(file))
    page.goto("/cases/a-second-line")
    expect(page.get_by_role("heading", name="A third line")).to_be_visible()
