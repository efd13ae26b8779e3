"""However the headings of a case are broken, no text reaches students before it is meant to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from ethics.cases import queries
from ethics.cases.actions import sync_case
from ethics.cases.checks import check
from ethics.cases.format import ParsedCase, Segment
from ethics.cases.models import Case, SegmentKind
from ethics.cases.rules import Reader
from ethics.cases.sync import CaseFile, prepare
from ethics.people.actor import Actor
from tests.cases.texts import FRONT, PATH, VOCABULARY, checked, parsed
from tests.clock import START

NEVER = 99
"""Later than every stage: open to faculty alone, or only when the loop is done."""

_OPEN_AT = {SegmentKind.GUIDE: NEVER, SegmentKind.DEBRIEF: NEVER, SegmentKind.REFERENCES: NEVER}


@dataclass(frozen=True)
class Block:
    """A heading, perhaps broken, and how early its text may be read at most: the number of a stage, or NEVER."""

    heading: str
    opens: int


def ways(heading: str, *, level: int) -> list[str]:
    """Ways to write a heading wrong that a reader would still take for it, and the right way."""
    hashes = "#" * level
    return [
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
        f"{heading}\n\t---",
        f"{heading}  \n   ===",
        f"\t{heading}\n\t---",
        f"- {heading}\n  ---",
        f"> - {heading}\n> ---",
        f"{heading}\n\u200b---",
        f"{heading}\n－－－",
        f"{heading}\n———",
        f"{hashes}\u00a0{heading}",
        f"{hashes}\u3000{heading}",
        f"\ufeff{hashes} {heading}",
        f"\u00ad{hashes}\u200b {heading}",
        f"\u202e{hashes} {heading}",
        f"#\u200b{hashes[1:]} {heading}",
        f"#\u2060{hashes[1:]} {heading}",
        f"{hashes.replace('#', '﹟')} {heading}",
        f"{hashes.replace('#', '♯')} {heading}",
        hashes.replace("#", "&#35;") + f" {heading}",
        hashes.replace("#", "&num;") + f" {heading}",
        hashes.replace("#", "\\#") + f" {heading}",
        " ".join(hashes) + f" {heading}",
        f"* > 1. - {hashes} {heading}",
        f"> > > {hashes} {heading}",
        f"- a\n\n    - b\n\n        {hashes} {heading}",
        f"1. a\n   {hashes} {heading}",
        f"| {hashes} {heading} |\n| --- |",
        f"a | b\n--- | ---\nc | {hashes} {heading}",
        f"[^1]: {hashes} {heading}",
        f"[^1]: a note\n\n    {hashes} {heading}",
        f"[^1]:\n    {heading}\n    ---",
        f"[{hashes} {heading}]: /about",
        f'[x]: /about "{hashes} {heading}"',
        f"[{hashes} {heading}](/about)",
        f"![{hashes} {heading}](a.png)",
        f"*[{hashes} {heading}]: an abbreviation",
        f"`{hashes} {heading}`",
        f"``\n{hashes} {heading}\n``",
        f"**{hashes} {heading}**",
        f"<!--\n{hashes} {heading}\n-->",
        f"<!-- -->{hashes} {heading}",
        f"<details><summary>{heading}</summary>",
        f"<H{level}\nclass=x>{heading}",
        f"<![CDATA[\n{hashes} {heading}",
        f"<?x\n{hashes} {heading}",
        f"- ```\n  {hashes} {heading}\n  ```",
        f"> ```\n> {hashes} {heading}",
        f"```text\n{hashes} {heading}",
        f"````\n```\n{hashes} {heading}\n```",
        f"~~~ \n{hashes} {heading}\n```",
        f"{hashes} {heading}\\",
        f"{hashes} [{heading}](/about)",
        f"{hashes} **{heading}**",
        f"{hashes} `{heading}`",
        f"{hashes} {heading} {{#x}}",
        f"{hashes} <b>{heading}</b>",
        f"{hashes} {heading} <!-- -->",
    ]


def broken(heading: str, *, level: int) -> st.SearchStrategy[str]:
    return st.sampled_from(ways(heading, level=level))


LOOK_ALIKES = str.maketrans("aeiopcxysDFS", "аеіорсхуѕⅮϜЅ")
"""Letters that nobody can tell from the Latin ones: Cyrillic, Greek, Roman numerals."""


def secret_ways(name: str) -> list[str]:
    """Besides: ways that only make sense for a name that everybody knows."""
    return [
        *(f"**{name}**", f"*{name}:*", name, name.upper(), f"#### {name}", f"<b>{name}</b>", f"- {name}"),
        *(f"__{name}__", f"> **{name}**", f"1. {name}:", f"| {name} |\n| --- |", f"[^1]: {name}"),
        *(f"[{name}](/about)", f"[{name}]: /about", f"*[{name}]: x", f"***{name}***", f"`{name}`"),
        *(f"~~{name}~~", f"# {name}", f"##### {name} #", f"=== {name} ===", f"• {name}", f"— {name} —"),
        *(f"## {name}:", f"### {name} (30 min)", f"## 4. {name}", f"## The {name}", f"##\t{name}\t##"),
        f"## {name.translate(LOOK_ALIKES)}",
        f"### {name.translate(LOOK_ALIKES)}",
        f"**{name.translate(LOOK_ALIKES)}**",
        "## " + "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in name),
        "## " + "\u200b".join(name),
        f"## {name.replace('e', 'é').replace('i', 'í').replace('a', 'à')}",
        f"## {' '.join(name)}",
        f"**{' '.join(name)}**",
    ]


def secret_names(name: str, *, level: int) -> st.SearchStrategy[str]:
    """All of these, and a slip of the pen."""
    return st.one_of(
        broken(name, level=level),
        st.sampled_from(secret_ways(name)),
        st.integers(0, len(name) - 1).map(lambda at: f"{'#' * level} {name[:at]}{name[at + 1 :]}"),
        st.integers(0, len(name) - 2).map(
            lambda at: f"{'#' * level} {name[:at]}{name[at + 1]}{name[at]}{name[at + 2 :]}"
        ),
        st.integers(0, len(name) - 1).map(lambda at: f"{'#' * level} {name[:at]}{name[at]}{name[at:]}"),
    )


def ways_to_hide() -> st.SearchStrategy[list[str]]:
    """What the text under a heading may be wrapped in."""
    return st.lists(
        st.sampled_from(
            [
                *("{}", "> {}", "- a\n    - {}", "| {} |\n| --- |\n| b |", "A[^1]\n\n[^1]: {}", "[{}](/about)"),
                *("*[HTML]: {}\n\nHTML", "![{}](a.png)", "[x][y]\n\n[y]: /about '{}'", "`{}`", "1. {}\n2. b"),
                *("#### Deeper\n\n{}", "**{}**", "\t{}", "- {} {{#x}}\n- b", "{}\n\n***\n\nb"),
            ]
        ),
        min_size=1,
        max_size=6,
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


def shown(case: ParsedCase) -> list[tuple[int, str]]:
    """All that a student may ever see of a case, as HTML: how early (the opening: 0), and what."""
    file = CaseFile(case, (), ())
    return [
        (_opens(part.segment), "\n".join([part.segment.heading, part.html, *(str(item) for item in part.items)]))
        for part in prepare(file, 1).segments
    ]


def _opens(segment: Segment) -> int:
    if segment.kind is SegmentKind.OPENING:
        return 0
    return _OPEN_AT.get(segment.kind, segment.stage or NEVER)


def places(case: ParsedCase, blocks: list[Block], *, rendered: bool = False) -> list[tuple[int, int]]:
    """For each text that is shown at all: when it was meant to open, and when it does (the opening: 0)."""
    pieces = shown(case) if rendered else [(_opens(segment), segment.source) for segment in case.segments]
    return [
        (block.opens, opens)
        for number, block in enumerate(blocks)
        for opens, text in pieces
        if f"canary{number}x" in text
    ]


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
@example([Block("````\n```\n## Day number 1\n```", 1)], [Block("## Debrief", NEVER)], [(0, "~~~\nb\n````")])
@example(
    [Block("## Day number 1", 1), Block("## Day number 2", 2)], [Block("## Debrief", NEVER)], [(0, "```\na chart")]
)
def test_no_text_is_open_before_it_is_meant_to_be(
    staged: list[Block], closing: list[Block], codes: list[tuple[int, str]]
) -> None:
    blocks = [*staged, *closing]
    assert_kept(places(parsed(written(blocks, codes)), blocks))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stages(), closing_parts(), ways_to_hide())
def test_no_text_is_on_a_page_before_it_is_meant_to_be(
    staged: list[Block], closing: list[Block], hidden: list[str]
) -> None:
    blocks = [*staged, *closing]
    assert_kept(places(parsed(written(blocks, hidden=hidden)), blocks, rendered=True))


@pytest.mark.parametrize("name", ["Debrief", "For facilitators", "Facilitator notes"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_every_way_to_write_a_secret_heading_keeps_it_secret(name: str, at: int) -> None:
    for way in [*ways(name, level=2), *ways(name, level=3), *secret_ways(name)]:
        blocks = [Block("## Day number 1", 1), Block("### Exhibit: A form", 1)]
        blocks.insert(at, Block(way, NEVER))
        assert_kept(places(parsed(written(blocks)), blocks), way)


@pytest.mark.parametrize("way", ways("Day number 2", level=2))
def test_every_way_to_write_a_later_stage_keeps_it_for_later(way: str) -> None:
    blocks = [Block("## Day number 1", 1), Block(way, 2), Block("## Day number 3", 3), Block("## Debrief", NEVER)]
    assert_kept(places(parsed(written(blocks)), blocks))


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("self_study", [False, True])
def test_what_a_student_reads_in_the_library_is_never_the_guide(session: DatabaseSession, self_study: bool) -> None:
    student = Reader(Actor(1, "s", "Ana", frozenset()), teaches=False, studies=frozenset())
    front = FRONT.replace("status:", f"self_study: {'yes' if self_study else 'no'}\nstatus:")
    for number, way in enumerate([*ways("For facilitators", level=3), *secret_ways("For facilitators")]):
        blocks = [Block("## Day number 1", 1), Block(way, NEVER), Block("## Day number 2", 2)]
        case = parsed(written(blocks), front=front, path=Path(f"cases/case-{number}.md"))
        sync_case(session, actor=None, prepared=prepare(CaseFile(case, (), ()), 1), now=START)
        stored = session.scalars(select(Case).where(Case.slug == case.slug)).one()
        version = queries.version_of(session, stored)
        read = queries.readable_segments(session, student, stored, version.id)
        page = "\n".join(f"{segment.heading} {segment.html} {segment.items}" for segment in read)
        assert "canary1x" not in page, way
        assert ("canary0x" in page) is (self_study and _is_open(case, "canary0x")), way


def _is_open(case: ParsedCase, text: str) -> bool:
    return any(text in segment.source for segment in case.segments if segment.kind is not SegmentKind.GUIDE)


def assert_kept(found: list[tuple[int, int]], way: str = "") -> None:
    """No text is shown to students at all that is not for them, and none before its time."""
    assert [place for place in found if place[0] == NEVER != place[1]] == [], way
    assert out_of_order(found) == [], way


def written(blocks: list[Block], codes: Sequence[tuple[int, str]] = (), hidden: Sequence[str] = ()) -> str:
    """A case's body; the text under each heading is `hidden` in something now and then."""
    text = "The opening.\n"
    for number, block in enumerate(blocks):
        code = "".join(f"\n{code}\n" for at, code in codes if at == number)
        around = hidden[number % len(hidden)] if hidden else "{}"
        text += f"\n{block.heading}\n\n{around.format(f'Here is canary{number}x in prose.')}\n{code}"
    return text


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
