"""What is typed reaches the server, and who types is told when it does not. The network is the test's."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.house.components import open_gallery

pytestmark = pytest.mark.browser

SAVED = {"saved": "10:42"}
WITHIN = 2_000  # milliseconds, the promise
PATIENCE = 20_000


class Desk:
    """Where the forms arrive: what came in, and what is answered (the last answer is repeated)."""

    def __init__(self, *answers: tuple[int, dict[str, object]] | str) -> None:
        self.answers = list(answers)
        self.drafts: list[dict[str, list[str]]] = []
        self.submitted: list[dict[str, list[str]]] = []

    def __call__(self, route: Route) -> None:
        form = parse_qs(route.request.post_data or "", keep_blank_values=True)
        if urlsplit(route.request.url).path != "/gallery/autosave":
            self.submitted.append(form)
            route.fulfill(body="<!doctype html><title>Kept</title>", content_type="text/html")
            return
        self.drafts.append(form)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            route.abort(answer)
        else:
            route.fulfill(status=answer[0], json=answer[1])


def writing(context: BrowserContext, app, desk: Desk):
    """The page, the field in which one writes, and the place that says what is saved."""
    page = open_gallery(context, app, posted=desk)
    return page, page.get_by_label("Your reason"), page.locator("[data-autosave-state]")


def test_what_was_typed_before_the_script_came_is_saved(context: BrowserContext, unused_app):
    desk = Desk((200, SAVED))
    held: list[Route] = []
    page, reason, state = writing(context, unused_app, desk)
    page.route("**/modules/autosave.js", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks functions
    with page.expect_request("**/modules/autosave.js"):
        page.reload(wait_until="commit")
    reason.fill("Typed at once.")
    for route in held:
        route.fallback()

    expect(state).to_have_text("Saved 10:42")
    assert (len(held), desk.drafts[0]["reason"]) == (1, ["Typed at once."])


def test_it_saves_within_two_seconds(context: BrowserContext, unused_app):
    desk = Desk((200, {**SAVED, "version": 7}))
    context.clock.install(time=0)
    page, reason, state = writing(context, unused_app, desk)
    page.clock.pause_at(60_000)
    reason.press_sequentially("I rang. ")
    page.clock.run_for(WITHIN)

    expect(state).to_have_text("Saved 10:42")
    [draft] = desk.drafts
    assert draft["reason"] == ["I rang. She wrote down my name."]
    assert draft["csrf_token"] != [""]
    assert "idempotency_key" not in draft
    assert page.locator("form input[name=version]").input_value() == "7"


def test_leaving_the_field_saves_at_once(context: BrowserContext, unused_app):
    desk = Desk((200, {**SAVED, "version": 2}))
    context.clock.install(time=0)
    page, reason, state = writing(context, unused_app, desk)
    page.clock.pause_at(60_000)
    reason.fill("Twice.")
    reason.blur()

    expect(state).to_have_text("Saved 10:42")
    assert [draft["reason"] for draft in desk.drafts] == [["Twice."]]


def test_without_a_network_it_says_so_warns_and_tries_again(context: BrowserContext, unused_app):
    desk = Desk("internetdisconnected", (200, {**SAVED, "version": 2}))
    page, reason, state = writing(context, unused_app, desk)
    warnings: list[str] = []
    page.on("dialog", lambda dialog: (warnings.append(dialog.type), dialog.dismiss()))
    reason.press_sequentially("Nobody answered.")

    expect(state).to_have_text("Not saved. Keep this page open; we keep trying.")
    page.close(run_before_unload=True)
    expect(state).to_have_text("Saved 10:42", timeout=PATIENCE)
    assert warnings == ["beforeunload"]
    assert reason.input_value() == desk.drafts[-1]["reason"][0]


def test_signed_out_it_waits_for_the_same_person(context: BrowserContext, unused_app):
    desk = Desk((401, {"error": "signed-out"}), (200, {**SAVED, "version": 2}))
    _page, reason, state = writing(context, unused_app, desk)
    reason.press_sequentially("Still here.")

    expect(state.get_by_role("link")).to_have_attribute("href", "/sign-in")
    expect(state).to_have_text("Saved 10:42", timeout=PATIENCE)
    assert desk.drafts[0]["csrf_token"] != [""]


def test_another_tab_is_never_overwritten(context: BrowserContext, unused_app):
    desk = Desk((409, {"url": "/rounds/k3/reflection/both"}))
    page, reason, state = writing(context, unused_app, desk)
    reason.press_sequentially("Mine.")
    expect(state.get_by_role("link")).to_have_attribute("href", "/rounds/k3/reflection/both")

    reason.press_sequentially(" More of mine.")
    reason.blur()
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    assert len(desk.drafts) == 1


def test_what_another_tab_wrote_is_taken_but_never_over_what_is_typed_meanwhile(context: BrowserContext, unused_app):
    theirs = {**SAVED, "version": 7, "fields": {"reason": "Of the other tab.", "option": "other"}}
    page, reason, state = writing(context, unused_app, Desk((200, SAVED)))
    held: list[Route] = []
    page.route("**/gallery/autosave", lambda route: held.append(route))  # noqa: PLW0108  # Playwright marks functions
    reason.fill("Mine.")
    with page.expect_request("**/gallery/autosave"):
        reason.blur()
    reason.fill("Mine, and more.")
    with page.expect_request("**/gallery/autosave"):
        held[0].fulfill(json=theirs)
    assert (reason.input_value(), page.locator("form input[name=version]").input_value()) == ("Mine, and more.", "1")

    held[1].fulfill(json=theirs)
    expect(state).to_have_text("Saved 10:42. What you wrote elsewhere stands here now, too.")
    assert (reason.input_value(), page.get_by_label("Another course").is_checked()) == ("Of the other tab.", True)
    assert page.locator("form input[name=version]").input_value() == "7"


def test_a_submission_waits_for_the_save_before_it_and_goes_once(context: BrowserContext, unused_app):
    desk = Desk((200, {**SAVED, "version": 5}))
    page, reason, _state = writing(context, unused_app, desk)
    reason.fill("Written down.")
    page.get_by_role("button", name="Keep this and open").dblclick()
    page.wait_for_url("**/gallery", wait_until="load")
    expect(page).to_have_title("Kept")

    assert [form["version"] for form in desk.submitted] == [["5"]]
    assert [form["reason"] for form in desk.drafts] == [["Written down."]]
