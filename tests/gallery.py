"""Screenshots to look at: `make gallery` fills test-results/gallery. Add a line to SHOTS for a new page."""

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests import machine
from tests.browser import FLAGS, PATIENCE, overflow, sign_in
from tests.house import ROOT
from tests.server import Installation

OUT = ROOT / "test-results" / "gallery"
WIDTHS = {"phone": 360, "desk": 1280}
THEMES = ("light", "dark")
HEIGHT = 800

ANA, BEN, CHI = "ana@demo.example", "ben@demo.example", "chi@demo.example"
TUTOR, DIRECTOR, AUTHOR = "tutor@demo.example", "faculty@demo.example", "author@demo.example"
ADMINISTRATOR, LEAD, NOBODY = "admin@demo.example", "lead@demo.example", ""


ROUND = "main .card a[href^='/rounds/']"
COHORT = "main a[href^='/cohorts/']"
SHORT_COUNT = "main .card:has-text('Short count') a[href^='/rounds/']"
TALK = "a[href$='/discussion']"
ITS_ROUND = "main a[href^='/rounds/']:not([href$='/new'])"


@dataclass(frozen=True)
class Shot:
    """A page: whose, from which address, and by which links (CSS selectors) one comes to it."""

    name: str
    email: str
    address: str
    links: tuple[str, ...] = ()


SHOTS = (
    Shot("sign-in", NOBODY, "/sign-in"),
    Shot("forgot", NOBODY, "/forgot"),
    Shot("home-student", ANA, "/"),
    Shot("home-tutor", TUTOR, "/"),
    Shot("home-author", AUTHOR, "/"),
    Shot("notices", ANA, "/notices"),
    Shot("notices-choices", DIRECTOR, "/account/notices"),
    Shot("library", ANA, "/cases"),
    Shot("case-student", ANA, "/cases", ("main a[href^='/cases/']",)),
    Shot("case-author", AUTHOR, "/cases", ("main a[href^='/cases/']",)),
    Shot("case-new", AUTHOR, "/cases/new"),
    Shot("case-edit", AUTHOR, "/cases/the-line-goes-too/edit"),
    Shot("case-markdown", AUTHOR, "/cases/the-line-goes-too/edit?markdown=1"),
    Shot("case-publish", AUTHOR, "/cases/the-line-goes-too/publish"),
    Shot("case-versions", AUTHOR, "/cases/the-line-goes-too/versions"),
    Shot("case-diff", AUTHOR, "/cases/the-line-goes-too/diff/1/1"),
    Shot("case-review", AUTHOR, "/cases/the-line-goes-too/review"),
    Shot("debrief", ANA, "/", (ROUND,)),
    Shot("stage", ANA, "/", (ROUND, "a[href$='/stages/1']")),
    Shot("reasons", ANA, "/", (ROUND, "a[href$='/reasons']")),
    Shot("discussion", ANA, "/", (ROUND, "a[href$='/discussion']")),
    Shot("thread", ANA, "/", (ROUND, "a[href$='/discussion']", "main a[href^='/threads/']")),
    Shot("reflection", ANA, "/", (ROUND, "a[href$='/reflection']")),
    Shot("revisit", ANA, "/", (ROUND, "a[href$='/revisit']")),
    Shot("round-begun", BEN, "/", (ROUND,)),
    Shot("round-tutor", TUTOR, "/", (ROUND,)),
    Shot("round-director", DIRECTOR, "/", (ROUND,)),
    Shot("home-director", DIRECTOR, "/"),
    Shot("round-groups", DIRECTOR, "/", (ROUND, ".tabs a[href$='/groups']")),
    Shot("round-positions", DIRECTOR, "/", (ROUND, ".tabs a[href$='/stances']")),
    Shot("next-steps", DIRECTOR, "/", (ROUND, ".tabs a[href$='/next']")),
    Shot("next-thread", DIRECTOR, "/", (ROUND, ".tabs a[href$='/next']", "main a[href*='opening=']")),
    Shot("seminar-sheet", DIRECTOR, "/", (ROUND, ".tabs a[href$='/next']", "main a[href$='/summary']")),
    Shot("student-stances", TUTOR, "/", (ROUND, "tbody a[href*='/students/']")),
    Shot("round-new", DIRECTOR, "/", (COHORT, "main a[href$='/rounds/new']")),
    Shot("round-change", DIRECTOR, "/", (COHORT, ITS_ROUND, "main a[href$='/edit']")),
    Shot("round-preview", DIRECTOR, "/", (COHORT, ITS_ROUND, "main a[href$='/preview']")),
    Shot("round-copy", DIRECTOR, "/", (COHORT, ITS_ROUND, "main a[href$='/clone']")),
    Shot("extensions", DIRECTOR, "/", (COHORT, ITS_ROUND, "main a[href$='/extensions']")),
    Shot("groups", DIRECTOR, "/", (COHORT, "main a[href^='/cohorts/'][href$='/groups']")),
    Shot(
        "groups-automatic",
        DIRECTOR,
        "/",
        (COHORT, "main a[href^='/cohorts/'][href$='/groups']", "a[href$='/automatic']"),
    ),
    Shot("group-board", DIRECTOR, "/", (COHORT, "main a[href^='/group-sets/']")),
    Shot("grid", DIRECTOR, "/", (COHORT, "main a[href$='/tutors']")),
    Shot("group", TUTOR, "/", (COHORT, "main a[href^='/groups/']")),
    Shot("clone", DIRECTOR, "/", (COHORT, "main a[href$='/clone']")),
    Shot("cohort", DIRECTOR, "/", (COHORT,)),
    Shot("people", DIRECTOR, "/", (COHORT, "main a[href$='/people']")),
    Shot("person", DIRECTOR, "/", (COHORT, "main a[href$='/people']", "tbody a")),
    Shot("roster", DIRECTOR, "/", (COHORT, "main a[href$='/roster']")),
    Shot("join-code", DIRECTOR, "/", (COHORT, "main a[href$='/join']")),
    Shot("join-nobody", NOBODY, "/join/nonsense"),
    Shot("journal", ANA, "/journal"),
    Shot("journal-entry", ANA, "/journal", (".journal-entry h2 a",)),
    Shot("journal-weighed", ANA, "/journal", (".journal-ways a",)),
    Shot("journal-found", ANA, "/journal?q=line"),
    Shot("journal-empty", TUTOR, "/journal"),
    Shot("journal-take", ANA, "/journal/take"),
    Shot("coverage", AUTHOR, "/coverage"),
    Shot("case-use", AUTHOR, "/cases/the-line-goes-too/use"),
    Shot("principle", ANA, "/principles/autonomy"),
    Shot("stage-passage", ANA, "/", (ROUND, "a[href$='/stages/2']")),
    Shot("thread-passage", ANA, "/", (ROUND, TALK, ".thread-card:has-text('A plan with a hole in it') a")),
    Shot("thread-reflection", ANA, "/", (ROUND, TALK, ".thread-card:has-text('Where would you cut the circle') a")),
    Shot("thread-quoting", ANA, "/", (SHORT_COUNT, TALK, ".thread-card:has-text('Could he have stopped alone') a")),
    Shot(
        "comment-edit",
        ANA,
        "/",
        (ROUND, TALK, ".thread-card:has-text('A plan with a hole in it') a", "main a[href$='/edit']"),
    ),
    Shot("comment-report", ANA, "/", (ROUND, TALK, "main a[href^='/threads/']", "main a[href$='/report']")),
    Shot("conduct", ANA, "/conduct"),
    Shot("reflections-shared", ANA, "/", (ROUND, "a[href$='/reflection']", "main a[href$='/reflections']")),
    Shot(
        "reflection-peer",
        ANA,
        "/",
        (ROUND, "a[href$='/reflection']", "main a[href$='/reflections']", "main a[href^='/reflections/']"),
    ),
    Shot("reflection-write", ANA, "/", (SHORT_COUNT,)),
    Shot("access", ANA, "/account/access"),
    Shot("concern-new", ANA, "/concerns/new"),
    Shot("thread-hidden", BEN, "/", (SHORT_COUNT, TALK, ".thread-card:has-text('Could he have stopped alone') a")),
    Shot("review", TUTOR, "/", (ROUND, "main a[href*='/review']")),
    Shot("review-released", TUTOR, "/", (ROUND, "main a[href*='/review']", ".queue-one:has-text('Samir')")),
    Shot("review-scheduled", TUTOR, "/", (ROUND, "main a[href*='/review']", ".queue-one:has-text('Mirembe')")),
    Shot("group-note", TUTOR, "/", (ROUND, "main a[href*='/review']", ".queue-list a[href$='/note']")),
    Shot("snippets", TUTOR, "/snippets"),
    Shot("redact", TUTOR, "/", (ROUND, "main a[href*='/review']", "main a[href$='/redact']")),
    Shot("moderation", TUTOR, "/moderation"),
    Shot("moderate", TUTOR, "/moderation", (".matter-open",)),
    Shot("thread-faculty", TUTOR, "/", (SHORT_COUNT, TALK, "main a[href^='/threads/']")),
    Shot("thread-arrange", TUTOR, "/", (SHORT_COUNT, TALK, "main a[href^='/threads/']", "main a[href$='/arrange']")),
    Shot("appeal", DIRECTOR, "/moderation", (".matter-open:has-text('Ben')",)),
    Shot("completion", DIRECTOR, "/", (ROUND, "main a[href$='/completion']")),
    Shot("opening", ADMINISTRATOR, "/admin/open"),
    Shot("concerns", LEAD, "/concerns"),
    Shot("confirm", ANA, "/account/confirm"),
    Shot("account", ANA, "/account"),
    Shot("not-found", ANA, "/rounds/nowhere"),
)


def main() -> None:
    """Take every shot, in every theme and width."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        installation = Installation.new(f"sqlite:///{directory}/ethics.db", Path(directory))
        for command in (("db", "upgrade"), ("cases", "sync"), ("demo",)):
            installation.command(*command)
        with installation.serving() as server:
            browser = playwright.chromium.launch(executable_path=machine.browser(), args=FLAGS)
            for email in dict.fromkeys(shot.email for shot in SHOTS):
                _take(browser, server.url, email)
            browser.close()
    sys.stdout.write(f"{len(list(OUT.iterdir()))} pictures in {OUT.relative_to(ROOT)}\n")


def _take(browser: Browser, url: str, email: str) -> None:
    """Everything that one person sees."""
    with browser.new_context(base_url=url, locale="en-GB", timezone_id="Europe/Zurich") as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        if email:
            sign_in(page, email)
        for shot in (shot for shot in SHOTS if shot.email == email):
            come_to(page, shot)
            for theme in THEMES:
                for window, width in WIDTHS.items():
                    _picture(page, f"{shot.name}-{theme}-{window}", theme, width)


def come_to(page: Page, shot: Shot) -> None:
    """Go to the page of a shot as its person does."""
    page.set_viewport_size({"width": WIDTHS["desk"], "height": HEIGHT})
    page.goto(shot.address)
    for link in shot.links:
        page.goto(page.locator(link).first.get_attribute("href") or "")


def _picture(page: Page, name: str, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.reload()
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.screenshot(path=OUT / f"{name}.png", full_page=True)
    if too_wide := overflow(page):
        sys.stdout.write(f"{name}: {too_wide} pixels wider than its window\n")


if __name__ == "__main__":
    main()
