"""The case format, version 1: bytes become a parsed case, without a database and without rendering. No side effects."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ethics.cases import front as front_matter
from ethics.cases import outline
from ethics.cases.findings import START, Finding, Place, Report, in_order
from ethics.cases.front import SLUG, Front
from ethics.cases.models import SegmentKind
from ethics.markup import CITATION
from ethics.text import normalise_newlines
from ethics.vocabulary import Vocabulary

MAX_BYTES: Final = 256 * 1024
MIN_OPTIONS: Final = 2
MAX_OPTIONS: Final = 5
RESERVED_OPTIONS: Final = ("another", "unsure")
"""Every decision point offers these two by itself."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_INVISIBLE = re.compile(r"[\u200b\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff]")
_MOST_MARKS: Final = 30
_PILED = re.compile(rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1}}}")
"""Sorting the marks on one letter takes the square of their number, when text is brought into one form."""

_LONGEST_NAME: Final = 100
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+(\S.*)")
_NAMED = re.compile(r"(.*?)\s*\{#([^{}]*)\}")
_OPTION_ID = re.compile(r"[a-z][a-z0-9-]*")
_REFERENCE = re.compile(rf"{CITATION.pattern}\s+(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Item:
    """An option of a decision, a question, or a reference. `line` and `column` say where it begins in the file."""

    id: str
    text: str
    line: int
    column: int = 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a case. `prose` is what `source` holds besides the items; `line` is that of its first line of text."""

    position: int
    kind: SegmentKind
    stage: int | None
    heading: str
    source: str
    prose: str
    line: int
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedCase:
    """What could be read of a case file. `front` is None where the file cannot become a case at all."""

    path: Path
    data: bytes
    front: Front | None
    keys: Mapping[str, Place]
    """Where the value of each key of the front matter stands."""
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...]

    @property
    def slug(self) -> str:
        """The case's name in addresses: that of its file."""
        return self.path.stem

    def of_kind(self, kind: SegmentKind) -> tuple[Segment, ...]:
        """The segments of a kind, in order."""
        return tuple(segment for segment in self.segments if segment.kind is kind)


def parse(data: bytes, *, path: Path, vocabulary: Vocabulary) -> ParsedCase:
    """Read a case file and cut it. Never raises: what is wrong is in `findings`, and what it touches is left out."""
    report = Report(path)
    front, keys, segments = None, {}, ()  # type: tuple[Front | None, Mapping[str, Place], tuple[Segment, ...]]
    if not SLUG.fullmatch(path.stem) or path.suffix != ".md":
        message = f"'{path.name}' cannot be an address"
        mend = f"name the file '{_plain(path.stem, 'short-count')}.md': small letters, digits and hyphens"
        report.add("E005", START, message, mend)
    text = _text(data, report)
    parts = None if text is None else _parts(text.split("\n"), report)
    if parts is not None:
        head, body, first_line = parts
        front, keys = _front(head, vocabulary, report)
        pieces = outline.cut(body, first_line=first_line, report=report)
        segments = _segments(pieces, body, first_line, report)
    usable = front if SLUG.fullmatch(path.stem) else None
    return ParsedCase(path, data, usable, keys, segments if usable else (), in_order(report.findings))


def _plain(text: str, otherwise: str) -> str:
    """The text as the name of a file or an option can be; `otherwise` where nothing is left of it."""
    ascii_only = unicodedata.normalize("NFKD", text[:_LONGEST_NAME]).encode("ascii", "ignore").decode()
    return "-".join(re.findall("[a-z0-9]+", ascii_only.lower())) or otherwise


def _text(data: bytes, report: Report) -> str | None:
    if len(data) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES // 1024} KiB"
        report.add("E004", START, message, "move images out of it, or make two cases")
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        before = data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode()
        report.add("E002", Place(line, len(before) + 1), "the file is not UTF-8 text", "save it again as UTF-8")
        return None
    if text.startswith("\ufeff"):
        report.add("W001", START, "the file begins with a byte-order mark", "save it as UTF-8 without one")
        text = text[1:]
    text = normalise_newlines(text)
    found = _UNPRINTABLE.search(text)
    if found:
        message = f"there is a character here that cannot be printed (U+{ord(found[0]):04X})"
        report.add("E003", _place_in(text, found.start()), message, "type the line again")
        return None
    for found in _PILED.finditer(text):
        if all(map(unicodedata.combining, found[0])):
            message = f"more than {_MOST_MARKS} marks are piled on one letter here"
            report.add("E003", _place_in(text, found.start()), message, "type the line again")
            return None
    _advise_invisible(text, report)
    return text


def _advise_invisible(text: str, report: Report) -> None:
    """One finding a line: such characters come in crowds."""
    last_line = 0
    for found in _INVISIBLE.finditer(text):
        place = _place_in(text, found.start())
        if place.line != last_line:
            message = f"there is an invisible character here (U+{ord(found[0]):04X})"
            report.add("W003", place, message, "delete it, or type the line again")
        last_line = place.line


def _place_in(text: str, offset: int) -> Place:
    return Place(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _parts(lines: list[str], report: Report) -> tuple[str, list[str], int] | None:
    """The front matter, the lines of the body, and the number of the first of them."""
    if lines[0].rstrip() != "---":
        report.add("E006", START, "the front matter is missing", "begin the file with a line of three dashes: ---")
        return None
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:index]) + "\n", lines[index + 1 :], index + 2
    report.add("E006", START, "the front matter never ends", "close it with a line of three dashes: ---")
    return None


def _front(text: str, vocabulary: Vocabulary, report: Report) -> tuple[Front | None, Mapping[str, Place]]:
    if len(text.encode()) > front_matter.MAX_BYTES:
        message = f"the front matter has more than {front_matter.MAX_BYTES // 1024} KiB"
        report.add("E007", Place(2, 1), message, "move text into the body")
        return None, {}
    return front_matter.read(text, vocabulary=vocabulary, report=report)


def _segments(
    pieces: Sequence[outline.Piece], lines: Sequence[str], first_line: int, report: Report
) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for index, piece in enumerate(pieces):
        segment = _segment(piece, lines, len(found), first_line, report)
        is_stage = piece.kind is SegmentKind.STAGE
        has_sections = is_stage and index + 1 < len(pieces) and pieces[index + 1].stage == piece.stage
        if not segment.source and not has_sections:
            named = f"'{piece.heading}'" if piece.heading else "the opening"
            place = _heading_place(piece, lines, first_line)
            report.add("E029", place, f"{named} is empty", "write something, or take the heading out")
        if is_stage or (segment.source and (segment.items or piece.kind is not SegmentKind.DECISION)):
            found.append(segment)
    if not any(segment.kind is SegmentKind.STAGE for segment in found):
        report.add(
            "E030", Place(first_line, 1), "the case has no stage", "begin one with a line like '## Tuesday, 16:10'"
        )
    return tuple(found)


def _segment(piece: outline.Piece, lines: Sequence[str], position: int, first_line: int, report: Report) -> Segment:
    start, end = piece.start + 1, piece.end
    while start < end and not lines[start].strip():
        start += 1
    inner = lines[start:end]
    line = first_line + min(start, max(end - 1, 0))
    source = "\n".join(inner).rstrip()
    entries, prose = _list(inner, line)
    match piece.kind:
        case SegmentKind.DECISION:
            items = _options(entries, _heading_place(piece, lines, first_line), report)
        case SegmentKind.QUESTIONS:
            items = tuple(
                Item(f"q{number}", text, at.line, at.column) for number, (text, at) in enumerate(entries, start=1)
            )
            if source and not items:
                report.add("E033", Place(line, 1), "the questions are not a list", "begin each with '1.'")
        case SegmentKind.REFERENCES:
            items = _references(entries, report)
        case _:
            items, prose = (), source
    return Segment(position, piece.kind, piece.stage, piece.heading, source, prose, line, items)


def _heading_place(piece: outline.Piece, lines: Sequence[str], first_line: int) -> Place:
    """Where the words of a piece's heading stand; the opening has none, so where it begins."""
    if piece.start < 0:
        return Place(first_line, 1)
    return Place(first_line + piece.start, outline.column_of_words(lines[piece.start]))


def _list(lines: Sequence[str], first_line: int) -> tuple[list[tuple[str, Place]], str]:
    """The entries of the lists at the left margin, each with its place, and the text that stands in none of them."""
    entries: list[tuple[list[str], Place]] = []
    prose: list[str] = []
    inside = False
    for offset, line in enumerate(lines):
        found = _ITEM.fullmatch(line)
        blank_before = offset > 0 and not lines[offset - 1].strip()
        if found:
            entries.append(([found[1]], Place(first_line + offset, found.start(1) + 1)))
            inside = True
        elif inside and (not line.strip() or line[0] in " \t" or not blank_before):
            entries[-1][0].append(line.strip())
        else:
            inside = False
            prose.append(line)
    return [("\n".join(text).strip(), at) for text, at in entries], "\n".join(prose).strip()


def _options(entries: Sequence[tuple[str, Place]], place: Place, report: Report) -> tuple[Item, ...]:
    """The options of a decision point; none where they cannot be used, so that the whole decision is withheld."""
    sound = MIN_OPTIONS <= len(entries) <= MAX_OPTIONS
    if not sound:
        message = f"this decision has {len(entries)} options; it needs {MIN_OPTIONS} to {MAX_OPTIONS}"
        report.add("E031", place, message, "begin each option with '- ' at the left margin")
    options: list[Item] = []
    for number, (text, at) in enumerate(entries[:MAX_OPTIONS]):
        words = " ".join(text.split())
        named = _NAMED.fullmatch(words)
        name, said = (named[2], named[1]) if named else ("abcde"[number], words)
        option = Item(name, said, at.line, at.column)
        wrong = _wrong_option(option, options)
        if wrong:
            sound = False
            report.add("E032", at, *wrong)
        options.append(option)
    return tuple(options) if sound else ()


def _wrong_option(option: Item, others: Sequence[Item]) -> tuple[str, str] | None:
    if not _OPTION_ID.fullmatch(option.id):
        name = _plain(option.id.lstrip("0123456789-_. "), "with-line")
        mend = f"write {{#{name}}}: small letters, digits and hyphens, a letter first"
        return f"'{{#{option.id}}}' cannot name an option", mend
    if option.id in RESERVED_OPTIONS:
        return f"every decision offers '{option.id}' by itself", "choose another name, or leave the option out"
    if not option.text:
        return "this option has no text", "say what one would do"
    if any(option.id == other.id for other in others):
        return f"two options have the name '{option.id}'", "give each its own"
    if any(option.text.casefold() == other.text.casefold() for other in others):
        return f"the option '{option.text}' is given twice", "keep one of the two"
    return None


def _references(entries: Sequence[tuple[str, Place]], report: Report) -> tuple[Item, ...]:
    found: dict[str, Item] = {}
    for text, at in entries:
        reference = _REFERENCE.fullmatch(text)
        if reference is None:
            report.add("E045", at, "this reference has no key with a year", "begin it like '- [who2021] …'")
        elif reference[1] in found:
            report.add("E045", at, f"the key '{reference[1]}' is given twice", "give each its own")
        else:
            found[reference[1]] = Item(reference[1], reference[2], at.line, at.column)
    return tuple(found.values())
