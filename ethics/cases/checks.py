"""The checker: everything that can be said about case files without a database."""

import difflib
import errno
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from ethics.cases.findings import START, Finding, Place, Report, in_order
from ethics.cases.format import MAX_BYTES, ParsedCase, Segment, parse
from ethics.cases.images import MAX_BYTES as MAX_IMAGE_BYTES
from ethics.cases.images import Image, definitions_in, read_images, uses
from ethics.cases.models import SegmentKind
from ethics.cases.outline import TAG
from ethics.identifiers import Kind, find
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
_FENCE = re.compile(r"(`{3,}|~{3,})")
_CODE_SPAN = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\(\s*<?([^\s)>]*)")
_WEB = re.compile(r"https?://[^/?#\s]|mailto:.", re.IGNORECASE)
_CASE_ADDRESS = re.compile(r"/cases/([^/?#]*)")
_CASE_FILE = re.compile(r"(?:\./)?([a-z0-9-]+)\.md(?:#.*)?")
_PICTURE = re.compile(r"[\w./-]+\.(?:png|jpe?g|gif|webp)", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\[\^([^\[\]\s]+)\](?!:)")
_FOOTNOTE_TEXT = re.compile(r"^ {0,3}\[\^([^\[\]]+)\]:", re.MULTILINE)
_STORY: Final = frozenset(
    {
        *(SegmentKind.OPENING, SegmentKind.STAGE, SegmentKind.PERSPECTIVE, SegmentKind.EXHIBIT),
        SegmentKind.DECISION,
    }
)
_IDENTIFYING: Final = {
    Kind.RECORD: "a record number",
    Kind.NATIONAL: "a number that a state gives",
    Kind.PHONE: "a telephone number",
    Kind.EMAIL: "an e-mail address",
    Kind.ADDRESS: "an address",
    Kind.DATE: "a full date",
}
"""Ages stay out: a fictional woman of ninety-four is nobody."""
_FICTIONAL: Final = {
    Kind.PHONE: "invent one, such as 020 7946 0123, or take it out",
    Kind.EMAIL: "invent one that ends in .example, or take it out",
    Kind.DATE: "a weekday, or 'nine days later', does as well",
}


def case_files(path: Path) -> Iterator[Path]:
    """The case files a path stands for: itself, or the Markdown files of a folder but its README."""
    if path.is_dir():
        yield from (file for file in sorted(path.glob("*.md")) if file.name.casefold() != "readme.md")
    else:
        yield path


class Map(Protocol):
    """What `map` does, here or in other processes."""

    def __call__(self, function: "Callable[[Path], _Checked]", paths: Iterable[Path], /) -> "Iterable[_Checked]":
        """What the function makes of each path, in order."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known besides the file itself: the day, and the names of the other cases. None: nothing is said of it."""

    today: date | None = None
    slugs: Collection[str] | None = None


_NOTHING_AROUND: Final = Around()


def read_case(path: Path) -> tuple[bytes, tuple[tuple[Image, ...], tuple[Path, ...]]]:
    """A case's file and images; of a file that is too large, one byte more than it may have. Raises OSError."""
    if path.exists() and not path.is_file():  # a pipe or a device would keep us waiting
        raise OSError(errno.EINVAL, "it is not a file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    return data, read_images(path.with_suffix(""))


def cannot_be_opened(path: Path, error: OSError) -> Finding:
    """The finding for a file that cannot be read at all."""
    return Finding(path, START.line, START.column, "E001", f"the file cannot be opened: {error.strerror}")


def check(
    data: bytes,
    *,
    path: Path,
    vocabulary: Vocabulary,
    images: tuple[Sequence[Image], Sequence[Path]] | None = None,
    around: Around = _NOTHING_AROUND,
) -> tuple[Finding, ...]:
    """Everything there is to say about one case. Never raises.

    `images` is what `read_images` found in the case's folder; None: nothing is said about missing images.
    """
    return findings_of(parse(data, path=path, vocabulary=vocabulary), images, around)


def findings_of(
    case: ParsedCase,
    images: tuple[Sequence[Image], Sequence[Path]] | None = None,
    around: Around = _NOTHING_AROUND,
) -> tuple[Finding, ...]:
    """Everything there is to say about a case that is parsed already."""
    report = Report(case.path, list(case.findings))
    _check_images(case, images, report)
    _check_citations(case, report)
    _check_footnotes(case, report)
    _check_links(case, around, report)
    _check_html(case, report)
    _check_identifiers(case, report)
    if case.front is not None:
        _check_front(case, around, report)
        _advise(case, report)
    return in_order(report.findings)


def check_files(
    paths: Iterable[Path], *, vocabulary: Vocabulary, today: date | None = None, each: Map = map
) -> tuple[Finding, ...]:
    """Check files, folders and what only shows across files: two of one name, two of one title. Reads the files.

    `each` does what `map` does; that of a pool of processes spreads the work.
    """
    given = tuple(paths)
    files = dict.fromkeys(file for one in given for file in case_files(one))
    checked = list(each(_Checker(vocabulary, Around(today, slugs_around(given))), files))
    findings = (finding for one in checked for finding in one.findings)
    return in_order([*findings, *_twice(checked)])


@dataclass(frozen=True, slots=True)
class _Checked:
    """What is left of a file when it has been checked: little, so that it travels between processes."""

    path: Path
    findings: tuple[Finding, ...]
    title: str | None = None
    title_place: Place = START


@dataclass(frozen=True, slots=True)
class _Checker:
    vocabulary: Vocabulary
    around: Around

    def __call__(self, path: Path) -> _Checked:
        try:
            data, images = read_case(path)
        except OSError as error:
            return _Checked(path, (cannot_be_opened(path, error),))
        case = parse(data, path=path, vocabulary=self.vocabulary)
        findings = findings_of(case, images, self.around)
        if case.front is None:
            return _Checked(path, findings)
        return _Checked(path, findings, case.front.title, case.keys.get("title", START))


def slugs_around(paths: Iterable[Path]) -> frozenset[str]:
    """The names of the cases in these folders, or beside these files."""
    folders = {path if path.is_dir() else path.parent for path in paths}
    return frozenset(file.stem for folder in folders for file in case_files(folder))


def _twice(cases: Sequence[_Checked]) -> Iterator[Finding]:
    slugs: dict[str, Path] = {}
    titles: dict[str, Path] = {}
    for case in cases:
        if slugs.setdefault(case.path.stem, case.path) != case.path:
            message = f"{slugs[case.path.stem]} has the same name"
            yield Finding(case.path, 1, 1, "E050", message, "rename one of the two")
        title, place = case.title and case.title.casefold(), case.title_place
        if title and titles.setdefault(title, case.path) != case.path:
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
        report.add("E043", START, message, f"PNG, JPEG, WebP and GIF up to {MAX_IMAGE_BYTES // 1024} KiB can")


def _check_citations(case: ParsedCase, report: Report) -> None:
    references = {item.id: item for segment in case.of_kind(SegmentKind.REFERENCES) for item in segment.items}
    cited: set[str] = set()
    for segment in case.segments:
        if segment.kind is SegmentKind.REFERENCES:
            continue
        for found in CITATION.finditer(_without_code(segment.source)):
            cited.add(found[1])
            if found[1] not in references:
                mend = f"add '- [{found[1]}] …' under '## References'"
                report.add("E044", _place(segment, found.start()), f"'{found[1]}' is not among the references", mend)
    for key, item in references.items():
        if key not in cited:
            message = f"'{key}' is never cited, so nobody will see it"
            report.add("W015", Place(item.line, item.column), message, f"write [{key}] where it belongs")


def _check_footnotes(case: ParsedCase, report: Report) -> None:
    """A footnote's text stands in the piece that is shown with its sign; a question or reference is one of its own."""
    for segment in case.segments:
        alone = segment.kind in {SegmentKind.QUESTIONS, SegmentKind.REFERENCES}
        pieces = [segment.prose, *(item.text for item in segment.items if alone)]
        dead = {name for piece in map(_without_code, pieces) for name in _dead_footnotes(piece)}
        for found in _FOOTNOTE.finditer(_without_code(segment.source)):
            if found[1] in dead:
                message = f"the footnote '{found[1]}' has no text here"
                where = "in the same entry, indented" if alone else "under the same heading"
                mend = f"write '[^{found[1]}]: …' {where}"
                report.add("E047", _place(segment, found.start()), message, mend)


def _dead_footnotes(text: str) -> set[str]:
    return {found[1] for found in _FOOTNOTE.finditer(text)} - {found[1] for found in _FOOTNOTE_TEXT.finditer(text)}


def _check_links(case: ParsedCase, around: Around, report: Report) -> None:
    keys = {item.id for segment in case.of_kind(SegmentKind.REFERENCES) for item in segment.items}
    for segment in case.segments:
        text = _without_code(segment.source)
        for found in _LINK.finditer(text):
            _check_link(found[2], _place(segment, found.start(2)), keys, around, report)
        shown = {use.target for use in uses(text)}
        for definition in definitions_in(text):
            if definition.target not in shown:
                _check_link(definition.target, _place(segment, definition.offset), keys, around, report)


def _check_link(target: str, place: Place, keys: Collection[str], around: Around, report: Report) -> None:
    case = _CASE_ADDRESS.match(target)
    if case is not None:
        _check_case_named(case[1], place, around, report)
    elif not (
        _WEB.match(target)
        or (target.startswith("/") and not target.startswith("//"))
        or target.removeprefix("#ref-") in keys
    ):
        said = f"'{target}' leads nowhere" if target else "this link leads nowhere"
        report.add("E046", place, said, _link_mend(target))


def _link_mend(target: str) -> str:
    file = _CASE_FILE.fullmatch(target)
    if file:
        return f"write /cases/{file[1]}"
    if _PICTURE.fullmatch(target):
        return f"put '!' before the square brackets to show the picture: ![…]({target})"
    if target.startswith("#"):
        return "headings cannot be linked to; name the part in words"
    return "write the whole address, https://…"


def _check_case_named(slug: str, place: Place, around: Around, report: Report) -> None:
    if slug and around.slugs is not None and slug not in around.slugs:
        close = difflib.get_close_matches(slug, around.slugs, n=1)
        mend = f"did you mean '{close[0]}'?" if close else "it may be in another folder, or have another name now"
        report.add("W020", place, f"there is no case '{slug}' here", mend)


def _check_html(case: ParsedCase, report: Report) -> None:
    for segment in case.segments:
        tag = TAG.search(_without_code(segment.source))
        if tag:
            place = _place(segment, tag.start())
            report.add("W002", place, "HTML is shown as text here", "write it in Markdown: *so*, or **so**")


def _check_identifiers(case: ParsedCase, report: Report) -> None:
    for segment in case.segments:
        if segment.kind is SegmentKind.REFERENCES:
            continue
        kinds = _IDENTIFYING.keys() if segment.kind in _STORY else _IDENTIFYING.keys() - {Kind.DATE}
        for mark in find(segment.source, kinds=kinds):
            message = f"'{segment.source[mark.start : mark.end]}' looks like {_IDENTIFYING[mark.kind]}"
            mend = _FICTIONAL.get(mark.kind, "make sure that it is invented and belongs to nobody")
            report.add("W019", _place(segment, mark.start), message, mend)


def _check_front(case: ParsedCase, around: Around, report: Report) -> None:
    assert case.front is not None  # noqa: S101  # the caller knows
    other, due = case.front.alternative, case.front.review_by
    if other == case.slug:
        report.add("E013", case.keys["alternative"], "a case cannot be its own alternative", "name another, or none")
    elif other:
        _check_case_named(other, case.keys["alternative"], around, report)
    if due and around.today and due < around.today:
        message = f"this case was to be reviewed by {due.isoformat()}"
        report.add("W021", case.keys["review_by"], message, "read it again, then set a later day")


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
    words = sum(_words(segment.source) for segment in segments)
    if segments and not usual[0] <= words <= usual[1]:
        place = Place(segments[0].line, 1)
        report.add(code, place, f"{what} has {words} words", f"{usual[0]} to {usual[1]} are usual")


@lru_cache(maxsize=64)
def _words(text: str) -> int:
    return len(_WORD.findall(text))


def _without_code(source: str) -> str:
    """The text with its code blanked out, so that offsets stay."""
    if "`" not in source and "~~~" not in source:
        return source
    fence = ""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        opening = _FENCE.match(line)
        if fence or opening:
            lines[number] = " " * len(line)
        if fence and line.rstrip(" ") == fence:
            fence = ""
        elif not fence and opening:
            fence = opening[0]
    return _CODE_SPAN.sub(lambda found: " " * len(found[0]), "\n".join(lines))


def _place(segment: Segment, offset: int) -> Place:
    starts = _line_starts(segment.source)
    line = bisect_right(starts, offset)
    return Place(segment.line + line - 1, offset - starts[line - 1] + 1)


@lru_cache(maxsize=4)
def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]
