"""However the headings of a case are broken, no text reaches students before it is meant to."""

import re
from dataclasses import dataclass

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ethics.cases.checks import check
from ethics.cases.format import ParsedCase
from ethics.cases.models import SegmentKind
from tests.cases.texts import FRONT, PATH, VOCABULARY, checked, parsed

NEVER = 99
"""Later than every stage: open to faculty alone, or only when the loop is done."""

_OPEN_AT = {SegmentKind.GUIDE: NEVER, SegmentKind.DEBRIEF: NEVER, SegmentKind.REFERENCES: NEVER}


@dataclass(frozen=True)
class Block:
    """A heading, perhaps broken, and how early its text may be read at most: the number of a stage, or NEVER."""

    heading: str
    opens: int


def broken(heading: str, *, level: int) -> st.SearchStrategy[str]:
    """Ways to write a heading wrong that a reader would still take for it, and the right way."""
    hashes = "#" * level
    ways = [
        f"{hashes} {heading}",
        f"{hashes} {heading} {hashes}",
        f"{hashes}\t{heading}",
        f" {hashes} {heading}",
        f"    {hashes} {heading}",
        f"{hashes}{heading}",
        f"# {heading}",
        f"- {hashes} {heading}",
        f"1. {hashes} {heading}",
        f"> {hashes} {heading}",
        f"> - {hashes} {heading}",
        f"{heading}\n---",
        f"{heading}\n=====",
        f"> {heading}\n> ---",
        f"<h{level}>{heading}</h{level}>",
        f"<!-- {heading}",
        f"\\{hashes} {heading}",
        f"\u200b{hashes} {heading}",
        f"{hashes} \u2060{heading}",
        f"{hashes.replace('#', '＃')} {heading}",
        f"<div>\n{hashes} {heading}\n</div>",
        f"```\n{hashes} {heading}\n",
        f"~~~\n\n{hashes} {heading}",
        f" ```\n{hashes} {heading}\n ```",
    ]
    return st.sampled_from(ways)


def secret_names(name: str, *, level: int) -> st.SearchStrategy[str]:
    """Besides: ways that only make sense for a name that everybody knows, one slip of the pen included."""
    return st.one_of(
        broken(name, level=level),
        st.sampled_from(
            [f"**{name}**", f"*{name}:*", name, name.upper(), f"#### {name}", f"<b>{name}</b>", f"- {name}"]
        ),
        st.integers(0, len(name) - 1).map(lambda at: f"{'#' * level} {name[:at]}{name[at + 1 :]}"),
        st.integers(0, len(name) - 2).map(
            lambda at: f"{'#' * level} {name[:at]}{name[at + 1]}{name[at]}{name[at + 2 :]}"
        ),
        st.integers(0, len(name) - 1).map(lambda at: f"{'#' * level} {name[:at]}{name[at]}{name[at:]}"),
    )


@st.composite
def stages(draw: st.DrawFn) -> list[Block]:
    blocks = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        blocks.append(Block(draw(broken(f"Day number {number}", level=2)), number))
        for section in draw(st.lists(st.sampled_from(["guide", "exhibit", "unknown"]), max_size=3)):
            match section:
                case "guide":
                    name = draw(st.sampled_from(["For facilitators", "Facilitator notes"]))
                    blocks.append(Block(draw(secret_names(name, level=3)), NEVER))
                case "exhibit":
                    blocks.append(Block(draw(broken("Exhibit: A form", level=3)), number))
                case _:
                    blocks.append(Block("### Something else", NEVER))
    return blocks


@st.composite
def closing_parts(draw: st.DrawFn) -> list[Block]:
    names = draw(st.permutations(["Debrief", "For facilitators"]))
    return [Block(draw(secret_names(name, level=2)), NEVER) for name in names]


def places(case: ParsedCase, blocks: list[Block]) -> list[tuple[int, int]]:
    """For each text that is shown at all: when it was meant to open, and when it does (the opening: 0)."""
    found = []
    for number, block in enumerate(blocks):
        for segment in case.segments:
            if f"canary{number}x" in segment.source:
                opens = 0 if segment.kind is SegmentKind.OPENING else _OPEN_AT.get(segment.kind, segment.stage or NEVER)
                found.append((block.opens, opens))
    return found


def out_of_order(found: list[tuple[int, int]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Texts that open with, or before, one that was meant to open earlier; a withheld stage moves all later ones up."""
    return [
        (earlier, later)
        for earlier in [(0, 0), *found]
        for later in found
        if earlier[0] < later[0] and earlier[1] >= later[1] and earlier[1] != NEVER
    ]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    stages(),
    closing_parts(),
    st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from(["```\na chart\n```", "```\na chart", "~~~\nb\n````"])), max_size=2
    ),
)
@example(
    [Block("## Day number 1", 1), Block("## Day number 2", 2)], [Block("## Debrief", NEVER)], [(0, "```\na chart")]
)
def test_no_text_is_open_before_it_is_meant_to_be(
    staged: list[Block], closing: list[Block], codes: list[tuple[int, str]]
) -> None:
    blocks = [*staged, *closing]
    text = "The opening.\n"
    for number, block in enumerate(blocks):
        code = "".join(f"\n{code}\n" for at, code in codes if at == number)
        text += f"\n{block.heading}\n\nHere is canary{number}x in prose.\n{code}"
    found = places(parsed(text), blocks)
    assert [place for place in found if place[0] == NEVER != place[1]] == []
    assert out_of_order(found) == []


_PIECES = st.sampled_from(
    [
        *("\n", "\n\n", "## ", "### ", "#", "Debrief", "For facilitators", "Questions", "Exhibit: x", "Decision: y"),
        *("- a", "1. b", "```", "~~~", "---", "===", "> ", "    ", "\t", "<", "<h2>", "<!--", "{#x}", "[who2021]", "|"),
        *("![", "](", ")", "\r", "\u2028", "\x00", "\ufeff", "é", "\U0001f600", "word "),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_the_checker_never_raises_whatever_the_body(body: str) -> None:
    lines = (FRONT + body).count("\n") + (FRONT + body).count("\r") + 1
    for finding in checked(body):
        assert re.fullmatch(r"[EW]\d{3}", finding.code)
        assert 1 <= finding.line <= lines
        assert finding.column >= 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("title", "summary", "principles", "minutes", "people", "tensions", "self_study", ": ", ", ", "\n"),
                *("autonomy", " vs ", "(", ")", "[", "]", "{", "}", "&a", "*a", "!!x", "'", '"', "- ", "?", "#", "|"),
                *("\t", "1:30", "no", "012", "é", "---", "...", "<<"),
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_the_checker_never_raises_whatever_the_front_matter(text: str) -> None:
    for finding in checked(front=f"---\n{text}\n---\n"):
        assert finding.line >= 1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_the_checker_never_raises_whatever_the_bytes(data: bytes) -> None:
    assert any(finding.severity == "error" for finding in check(data, path=PATH, vocabulary=VOCABULARY))
