"""The checker: everything that can be said about case files without a database."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ethics.cases.findings import START, Finding, Place, Report, in_order
from ethics.cases.format import ParsedCase, Segment, parse
from ethics.cases.images import MAX_BYTES, Image, read_images, uses
from ethics.cases.models import SegmentKind
from ethics.cases.outline import TAG
from ethics.markup import CITATION
from ethics.vocabulary import Vocabulary

CASE_WORDS: Final = (1200, 2000)
VIGNETTE_WORDS: Final = (150, 600)
OPENING_WORDS: Final = (250, 500)
STAGE_WORDS: Final = (100, 300)
_ADVISED: Final = {
    "tensions": "which principles pull apart",
    "topics": "what the case is about",
    "professions": "who can learn from it",
    "setting": "where it takes place",
    "level": "for whom it is: introductory, intermediate or advanced",
    "minutes": "how long it takes",
    "frameworks": "which framework suits it",
    "authors": "who wrote it",
    "license": "how others may use it",
}
_WORD = re.compile(r"\w[\w'’-]*")
_CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1[ ]*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def case_files(path: Path) -> Iterator[Path]:
    """The case files a path stands for: itself, or the Markdown files of a folder but its README."""
    if path.is_dir():
        yield from (file for file in sorted(path.glob("*.md")) if file.name.casefold() != "readme.md")
    else:
        yield path


def check(
    data: bytes,
    *,
    path: Path,
    vocabulary: Vocabulary,
    images: tuple[Sequence[Image], Sequence[Path]] | None = None,
) -> tuple[Finding, ...]:
    """Everything there is to say about one case. Never raises.

    `images` is what `read_images` found in the case's folder; None: nothing is said about missing images.
    """
    return findings_of(parse(data, path=path, vocabulary=vocabulary), images)


def findings_of(case: ParsedCase, images: tuple[Sequence[Image], Sequence[Path]] | None = None) -> tuple[Finding, ...]:
    """Everything there is to say about a case that is parsed already."""
    report = Report(case.path, list(case.findings))
    _check_images(case, images, report)
    _check_citations(case, report)
    _check_html(case, report)
    if case.front is not None:
        _advise(case, report)
    return in_order(report.findings)


def check_files(paths: Iterable[Path], *, vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """Check files, folders and what only shows across files: two of one name, two of one title. Reads the files."""
    findings: list[Finding] = []
    cases: list[ParsedCase] = []
    for path in dict.fromkeys(file for given in paths for file in case_files(given)):
        try:
            data = path.read_bytes()
            images = read_images(path.with_suffix(""))
        except OSError as error:
            message = f"the file cannot be opened: {error.strerror}"
            findings.append(Finding(path, 1, 1, "E001", message))
            continue
        cases.append(parse(data, path=path, vocabulary=vocabulary))
        findings.extend(findings_of(cases[-1], images))
    return in_order([*findings, *_twice(cases)])


def _twice(cases: Sequence[ParsedCase]) -> Iterator[Finding]:
    slugs: dict[str, Path] = {}
    titles: dict[str, Path] = {}
    for case in cases:
        if slugs.setdefault(case.slug, case.path) != case.path:
            message = f"{slugs[case.slug]} has the same name"
            yield Finding(case.path, 1, 1, "E050", message, "rename one of the two")
        title = case.front.title.casefold() if case.front else None
        if title and titles.setdefault(title, case.path) != case.path:
            place = case.keys.get("title", START)
            message = f"{titles[title]} has the same title"
            yield Finding(case.path, place.line, place.column, "E051", message, "change one of the two")


def _check_images(case: ParsedCase, images: tuple[Sequence[Image], Sequence[Path]] | None, report: Report) -> None:
    there = {image.name for image in images[0]} if images else set()
    for segment in case.segments:
        for use in uses(_without_code(segment.source)):
            place = _place(segment, use.offset)
            if not use.text:
                mend = "say in the square brackets what one would miss who cannot see it"
                report.add("E041", place, "this image has no alternative text", mend)
            if "/" in use.target or ":" in use.target:
                report.add(
                    "E042", place, f"'{use.target}' is not in the case's folder", "put it there and use its name"
                )
            elif images is not None and use.target not in there and all(use.target != path.name for path in images[1]):
                report.add("E040", place, f"there is no image '{use.target}'", f"put it into {case.slug}/")
    for path in images[1] if images else ():
        message = f"'{path.name}' in the case's folder cannot be shown"
        report.add("E043", START, message, f"PNG, JPEG, WebP and GIF up to {MAX_BYTES // 1024} KiB can")


def _check_citations(case: ParsedCase, report: Report) -> None:
    references = {item.id: item.line for segment in case.of_kind(SegmentKind.REFERENCES) for item in segment.items}
    cited: set[str] = set()
    for segment in case.segments:
        if segment.kind is SegmentKind.REFERENCES:
            continue
        for found in CITATION.finditer(_without_code(segment.source)):
            cited.add(found[1])
            if found[1] not in references:
                mend = f"add '- [{found[1]}] …' under '## References'"
                report.add("E044", _place(segment, found.start()), f"'{found[1]}' is not among the references", mend)
    for key, line in references.items():
        if key not in cited:
            message = f"'{key}' is never cited, so nobody will see it"
            report.add("W015", Place(line, 1), message, f"write [{key}] where it belongs")


def _check_html(case: ParsedCase, report: Report) -> None:
    for segment in case.segments:
        tag = TAG.search(_without_code(segment.source))
        if tag:
            place = _place(segment, tag.start())
            report.add("W002", place, "HTML is shown as text here", "write it in Markdown: *so*, or **so**")


def _advise(case: ParsedCase, report: Report) -> None:
    assert case.front is not None  # noqa: S101  # the caller knows
    for key, purpose in _ADVISED.items():
        if not getattr(case.front, key):
            report.add("W014", START, f"'{key}' is not given", f"say {purpose}")
    lengths = VIGNETTE_WORDS if case.front.kind == "vignette" else CASE_WORDS
    _advise_length("W010", "the case", case.segments, lengths, report)
    if case.front.kind == "case":
        _advise_length("W011", "the opening", case.of_kind(SegmentKind.OPENING), OPENING_WORDS, report)
        stages: defaultdict[int, list[Segment]] = defaultdict(list)
        for segment in case.segments:
            if segment.stage and segment.kind not in {SegmentKind.OPENING, SegmentKind.GUIDE}:
                stages[segment.stage].append(segment)
        for segments in stages.values():
            _advise_length("W012", f"the stage '{segments[0].heading}'", segments, STAGE_WORDS, report)
    for kind, code, message, suggestion in _ADVISED_PARTS:
        if not case.of_kind(kind):
            report.add(code, START, message, suggestion)


_ADVISED_PARTS: Final = (
    (SegmentKind.GUIDE, "W013", "there are no notes for facilitators", "add '## For facilitators'"),
    (SegmentKind.DECISION, "W016", "there is no decision point", "end a stage with '### Decision: …' and its options"),
    (SegmentKind.QUESTIONS, "W017", "there are no questions to discuss", "add '## Questions' and a numbered list"),
    (SegmentKind.DEBRIEF, "W018", "there is no debrief", "add '## Debrief'"),
)


def _advise_length(code: str, what: str, segments: Sequence[Segment], usual: tuple[int, int], report: Report) -> None:
    words = sum(len(_WORD.findall(segment.source)) for segment in segments)
    if segments and not usual[0] <= words <= usual[1]:
        place = Place(segments[0].line, 1)
        report.add(code, place, f"{what} has {words} words", f"{usual[0]} to {usual[1]} are usual")


def _without_code(source: str) -> str:
    """The text with its code blanked out, so that offsets stay."""
    return _CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


def _place(segment: Segment, offset: int) -> Place:
    before = segment.source[:offset]
    return Place(segment.line + before.count("\n"), offset - before.rfind("\n"))
