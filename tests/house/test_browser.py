"""What watches the browser tests sees what it should see."""

import pytest
from playwright.sync_api import BrowserContext

from tests import axe
from tests.browser import Complaints, overflow

GOOD = '<html lang="en"><title>Cases</title><main><h1>Cases</h1><p id="p">Read one.</p></main></html>'

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("html", "rules"),
    [
        (GOOD, []),
        (GOOD.replace("<p id", '<img src="data:,"><p id'), ["image-alt"]),
        (GOOD.replace("<h1>", "<h2>").replace("</h1>", "</h2>"), ["page-has-heading-one"]),
        (GOOD.replace("<p id", '<p style="color: #aaa; background: #fff" id'), ["color-contrast"]),
    ],
)
def test_axe_finds_what_is_wrong(context: BrowserContext, html, rules):
    page = context.new_page()
    page.set_content(html)

    assert [line.partition(":")[0] for line in axe.violations(page)] == rules


def test_the_browser_complains_of_errors_and_strangers(context: BrowserContext):
    complaints = Complaints(context, "http://ethics.example")
    page = context.new_page()
    page.route("**/*", lambda route: route.fulfill(status=404 if "gone" in route.request.url else 200, body=GOOD))
    page.goto("http://ethics.example/gone")
    with page.expect_event("requestfinished", lambda request: "elsewhere" in request.url):
        page.evaluate(
            """() => {
                console.info('fine')
                console.error('broken')
                fetch('http://elsewhere.example/', {mode: 'no-cors'})
            }"""
        )

    assert complaints.found == ["error: broken", "asked a stranger: http://elsewhere.example/"]


def test_overflow_is_measured(context: BrowserContext):
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 640})
    page.set_content(GOOD)
    assert overflow(page) == 0
    page.add_style_tag(content="#p { width: 400px; margin: 0 } body { margin: 0 }")
    assert overflow(page) == 40
