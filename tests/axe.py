"""Accessibility of a page as axe-core sees it, in the browser."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

[SOURCE] = Path(__file__).parent.glob("vendor/axe-core-*/axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, *, but: tuple[str, ...] = ()) -> list[str]:
    """What breaks WCAG 2.2 AA or good practice on the page as it stands, one line for each element.

    `but` names rules that do not count here; say why at the call.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SOURCE.read_text())
    result: dict[str, Any] = page.evaluate(
        "options => axe.run(document, options)",
        {
            "runOnly": {"type": "tag", "values": RULES},
            "rules": {name: {"enabled": False} for name in but},
            "resultTypes": ["violations"],
        },
    )
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
