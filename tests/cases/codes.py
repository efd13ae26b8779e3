"""For each code of the checker: files it finds fault with, and the same files mended."""

from collections.abc import Mapping
from dataclasses import dataclass

from ethics.cases.format import MAX_BYTES
from tests.cases.texts import BODY, FRONT

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
CASE = FRONT + BODY

Files = Mapping[str, "str | bytes | None"]
"""Names and contents; None is a link to nowhere."""


@dataclass(frozen=True)
class Example:
    """What fails, where the finding is (line and column), and what passes."""

    wrong: Files
    at: tuple[int, int]
    right: Files


def words(number: int) -> str:
    return "word " * number


def case(text: str) -> Files:
    return {"short-count.md": text}


def example(old: str, wrong: str, right: str, at: tuple[int, int]) -> Example:
    """The usual case with a piece of it replaced."""
    assert CASE.count(old) == 1, old
    return Example(case(CASE.replace(old, wrong)), at, case(CASE.replace(old, right)))


def body(wrong: str, right: str, at: tuple[int, int]) -> Example:
    """Text in the middle of the first stage, which begins in line 13."""
    return example("Nadia closes the cupboard.", wrong, right, at)


def front(wrong: str, right: str, at: tuple[int, int]) -> Example:
    """A line more in the front matter: line 8."""
    return example("status: published\n", f"status: published\n{wrong}\n", f"status: published\n{right}\n", at)


def length(wrong: int, right: int, at: tuple[int, int]) -> Example:
    return Example(case(FRONT + staged(words(wrong))), at, case(FRONT + staged(words(right))))


def staged(text: str, opening: str = "Opening.") -> str:
    return f"{opening}\n\n## Tuesday\n\n{text}\n"


FULL = """\
title: Short count
summary: A pharmacist counts the tablets twice.
principles: confidentiality, nonmaleficence
tensions: confidentiality vs nonmaleficence
topics: substance use
professions: medicine
setting: inpatient
level: introductory
minutes: 50
frameworks: four-box
authors: Nadia Reid
license: CC-BY-4.0
"""

EXAMPLES: Mapping[str, Example] = {
    "E001": Example({"short-count.md": None}, (1, 1), case(CASE)),
    "E002": Example(
        {"short-count.md": CASE.encode("latin-1").replace(b"tablets", b"tabl\xe9ts", 1)}, (3, 38), case(CASE)
    ),
    "E003": body("Nadia\x07.", "Nadia.", (13, 6)),
    "E004": Example(case(CASE + "x" * MAX_BYTES), (1, 1), case(CASE)),
    "E005": Example({"Short Count.md": CASE}, (1, 1), case(CASE)),
    "E006": Example(case(BODY), (1, 1), case(CASE)),
    "E007": front(f"# {words(4000)}", "# a remark", (2, 1)),
    "E008": example("Short count", "Count: short", '"Count: short"', (2, 13)),
    "E010": front("minuets: 50", "minutes: 50", (8, 1)),
    "E011": example("title: Short count\n", "", "title: Short count\n", (1, 1)),
    "E012": example("substance use", "substance ues", "substance use", (6, 9)),
    "E013": front("minutes: fifty", "minutes: 50", (8, 10)),
    "E014": front("also: autonomy, justice, veracity, fidelity", "also: autonomy, justice, veracity", (8, 36)),
    "E015": example(
        "confidentiality vs nonmaleficence", "confidentiality vs autonomy", "confidentiality vs nonmaleficence", (5, 30)
    ),
    "E016": example("substance use", "substance use, addiction", "substance use", (6, 24)),
    "E020": example("### Perspective:", "### Perspektive:", "### Perspective:", (15, 5)),
    "E021": Example(
        case(f"{CASE}\n## Thursday\n\nText.\n"),
        (51, 4),
        case(CASE.replace("## Questions", "## Thursday\n\nText.\n\n## Questions")),
    ),
    "E022": example("## Debrief", "## Debriefing", "## Debrief", (39, 4)),
    "E023": body("  ## Later\n\nText.", "#### Later\n\nText.", (13, 3)),
    "E024": body("<div>Nadia</div>", "Nadia", (13, 1)),
    "E025": body("```\nNadia", "```\nNadia\n```", (13, 1)),
    "E026": body("**For facilitators**: ask why.", "**For pharmacists**: ask why.", (13, 3)),
    "E027": example("Counting twice", "### Exhibit: x\n\nCounting twice", "Counting twice", (41, 5)),
    "E028": example("## References", "## Debrief\n\nMore.\n\n## References", "## References", (47, 4)),
    "E029": example("He has covered for her before.", "", "He has covered for her before.", (15, 5)),
    "E030": Example(case(f"{FRONT}Text.\n"), (9, 1), case(f"{FRONT}{staged('Text.')}")),
    "E031": example("- Report the count\n- Count again tomorrow\n", "", "- Report the count\n", (19, 5)),
    "E032": example("- Report the count", "- Report the count {#speak}", "- Report the count {#report}", (22, 3)),
    "E033": example(
        "1. Whose trust is at stake?\n2. What would you owe Nadia,\n   if you were Omar?",
        "Whose trust?",
        "1. Whose trust?",
        (35, 1),
    ),
    "E040": Example(
        case(CASE.replace("Nadia closes", "![A shelf](shelf.png) Nadia closes")),
        (13, 1),
        {
            "short-count.md": CASE.replace("Nadia closes", "![A shelf](shelf.png) Nadia closes"),
            "short-count/shelf.png": PNG,
        },
    ),
    "E041": Example(
        {"short-count.md": CASE.replace("Nadia closes", "![](shelf.png) Nadia closes"), "short-count/shelf.png": PNG},
        (13, 1),
        {
            "short-count.md": CASE.replace("Nadia closes", "![A shelf](shelf.png) Nadia closes"),
            "short-count/shelf.png": PNG,
        },
    ),
    "E042": body("![A shelf](https://example.org/shelf.png)", "A shelf.", (13, 1)),
    "E043": Example(
        {"short-count.md": CASE, "short-count/notes.docx": "a letter"},
        (1, 1),
        {"short-count.md": CASE, "short-count/shelf.png": PNG},
    ),
    "E044": body("As shown [nice2020].", "As shown [who2021].", (13, 10)),
    "E045": example("[who2021] World", "[who] World", "[who2021] World", (49, 3)),
    "E046": body("See [later](#wednesday).", "See [the rules](https://example.org/rules).", (13, 13)),
    "E047": body("Nadia[^1] closes.", "Nadia[^1] closes.\n\n[^1]: With the key.", (13, 6)),
    "E050": Example({"one/short-count.md": CASE, "two/short-count.md": CASE}, (1, 1), {"one/short-count.md": CASE}),
    "E051": Example(
        {
            "count.md": CASE,
            "short-count.md": CASE.replace("Short count", "SHORT COUNT", 1),
        },
        (2, 8),
        {"count.md": CASE, "short-count.md": CASE.replace("Short count", "Long count", 1)},
    ),
    "W001": Example({"short-count.md": b"\xef\xbb\xbf" + CASE.encode()}, (1, 1), case(CASE)),
    "W002": body("<b>Nadia</b> closes.", "**Nadia** closes.", (13, 1)),
    "W003": body("Na\u200bdia closes.", "Nadia closes.", (13, 3)),
    "W004": example("Short count", "Bed #4", '"Bed #4"', (2, 12)),
    "W010": length(300, 1300, (9, 1)),
    "W011": Example(case(FRONT + staged("Text.")), (9, 1), case(FRONT + staged("Text.", words(300)))),
    "W012": length(40, 200, (13, 1)),
    "W013": Example(case(FRONT + staged("Text.")), (1, 1), case(CASE)),
    "W014": Example(case(CASE), (1, 1), case(f"---\n{FULL}---\n{BODY}")),
    "W015": example("Counting twice was", "Counting twice was", "Counting [who2021] twice was", (49, 3)),
    "W016": Example(case(FRONT + staged("Text.")), (1, 1), case(CASE)),
    "W017": Example(case(FRONT + staged("Text.")), (1, 1), case(CASE)),
    "W018": Example(case(FRONT + staged("Text.")), (1, 1), case(CASE)),
    "W019": body("Call him on 020 7219 4272.", "Call him on 020 7946 0123.", (13, 13)),
    "W020": front("alternative: long-count", "alternative: short-count-again", (8, 14)),
    "W021": front("review_by: 2026-11-23", "review_by: 2026-11-24", (8, 12)),
}

NEIGHBOUR: Files = {"short-count-again.md": CASE.replace("Short count", "Once more", 1)}
"""Lies beside every example, so that there is another case to name."""

BY_SYNC: Mapping[str, str] = {
    "E052": "only a sync meets somebody who stores at the same time: test_sync, test_together"
}
"""Codes without an example, and why."""
