"""Where a case is cut: a file's lines become segments before anything is rendered. No side effects.

Some segments reach nobody but faculty, others wait for the loop. So whatever could be meant for a heading and is not
surely one is refused, and what stands under it is withheld: a slip can hide text from students, never show it to them.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from ethics.cases.findings import Place, Report
from ethics.cases.models import SegmentKind
from ethics.text import clean_name, is_hidden

STAGE: Final = 2
SECTION: Final = 3
DEEPER: Final = 4

CLOSING_PARTS: Final = {
    "questions": SegmentKind.QUESTIONS,
    "debrief": SegmentKind.DEBRIEF,
    "for facilitators": SegmentKind.GUIDE,
    "references": SegmentKind.REFERENCES,
}
SECTIONS: Final = {
    "perspective": SegmentKind.PERSPECTIVE,
    "exhibit": SegmentKind.EXHIBIT,
    "decision": SegmentKind.DECISION,
}

_GUIDE_NAMES: Final = (
    *("for facilitators", "for facilitator", "for the facilitator", "for the facilitators", "facilitator notes"),
    *("facilitators notes", "facilitator s notes", "facilitator guide", "facilitation guide", "facilitation notes"),
    *("facilitators", "notes for facilitators", "note to facilitators", "for faculty", "faculty notes"),
    *("faculty guide", "faculty only", "for tutors", "tutor notes", "tutor guide", "for teachers", "teacher notes"),
    *("teaching notes", "teaching guide", "teaching note", "for instructors", "instructor notes", "for educators"),
)
_DEBRIEF_NAMES: Final = (
    *("debrief", "debriefing", "answers", "answer key", "model answer", "model answers", "suggested answers"),
)
_HIDDEN_NAMES: Final = _GUIDE_NAMES + _DEBRIEF_NAMES
_OTHER_NAMES: Final = (
    *("questions", "question", "discussion", "discussion questions", "questions for discussion", "references"),
    *("reference", "bibliography", "sources", "further reading", "literature", "notes", "guide", "commentary"),
    *("solution", "solutions"),
)
_TELLING_WORDS: Final = {"facilitat": ("facilitator", "facilitators"), "debrief": ("debrief", "debriefing")}

_HEADING = re.compile(r"(#{2,3})[ \t]+(\S.*)")
_OWN_TEXT = re.compile(r"[^\s#>*+\-_~`]")
_DEEPER_HEADING = re.compile(r"#{4,}")
_HASHES_ANYWHERE = re.compile(r"(?<!#)#{2,3}(?!#)")
_CONTAINERS = r"(?:[\s>*+\-:]|\d+[.)]|\[\^[^\]]*\]:)*"
_HIDDEN_HASH = re.compile(rf"{_CONTAINERS}(#{{1,3}})(?!#)")
_UNDERLINE = re.compile(r"[\s>]*(=+|-+|[‐‑‒–—―−]{2,})\s*")
_FENCE = re.compile(r"(`{3,}|~{3,})[ ]*(?:[\w.#+-]+[ ]*)?")
_POSSIBLE_FENCE = re.compile(rf"{_CONTAINERS}(?:`{{3,}}[^`]*$|~{{3,}})")
_CODE_SPAN = re.compile(r"`[^`]*`")
TAG = re.compile(r"<(?:[!?]|/?([A-Za-z][\w-]*)(?=[\s/>]|$))")
_WHOLE_TAG = re.compile(r"<[^<>]*>")
_LINK_TARGET = re.compile(r"(?<=\])\([^()]*\)")
_HARMLESS_TAGS: Final = frozenset(
    (
        *("a", "abbr", "b", "br", "code", "em", "i", "img", "kbd"),
        *("mark", "q", "s", "small", "strong", "sub", "sup", "u"),
    )
)
_RUN_IN = re.compile(r"[\W\d_]*([^:.—–*]*?)(?:[:.—–*]|\s-\s)")
_LONGEST_NAME = 40
_WRITTEN_HASH = re.compile(r"&(?:#0*35|#[xX]0*23|num)(?:;|\b)|\\#(?=[#\\ \t])")
_SPACED_OUT = re.compile(r"\b(\w) (?=\w\b)")
_LOOK_ALIKES: Final = str.maketrans(
    "♯⌗⋕" + "аеорсухіѕјһԁԛԝвкмнт" + "АВЕКМНОРСТУХІЅЈ" + "αονρτικυχϝ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϜ" + "ıɑɡɩʀᴅᴇ",
    "###" + "aeopcyxisjhdqwbkmht" + "ABEKMHOPCTYXISJ" + "aovptikuxf" + "ABEZHIKMNOPTYXF" + "iagirde",
)
_TOO_LONG = re.compile(rf"(?:[\W\d_]*[^\W\d_]){{{_LONGEST_NAME + 1}}}")
"""Begins a text whose words are longer than any name; most lines of a case are, and need no closer look."""

Likeness = Literal["guide", "debrief", "other"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of lines under one heading: `start` (that of the heading, from 0) up to `end`, which is not in it."""

    kind: SegmentKind
    stage: int | None
    heading: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Heading:
    index: int
    level: Literal[2, 3]
    text: str
    column: int


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A line that could be meant for a heading. What follows is withheld up to the next sound heading of `level`
    (2, or 3: either); `closes` says that stages are over."""

    index: int
    code: str
    message: str
    suggestion: str
    level: Literal[2, 3] = STAGE
    closes: bool = False
    column: int = 1


def column_of_words(line: str) -> int:
    """The column, from 1, at which a line's own text begins, after hashes and what else may stand before it."""
    found = _OWN_TEXT.search(line)
    return found.start() + 1 if found else 1


def cut(lines: Sequence[str], *, first_line: int, report: Report) -> tuple[Piece, ...]:
    """Cut the lines of a case's body into pieces; what is withheld is in none of them.

    `first_line` is the number in the file of the first of the lines. Findings go to `report`.
    """
    cutter = _Cutter(len(lines), first_line, report)
    for mark in _marks(lines):
        cutter.take(mark)
    return cutter.pieces()


class _Cutter:
    """Goes from heading to heading and keeps what begins at each: a piece, or (None) text that is withheld."""

    def __init__(self, length: int, first_line: int, report: Report) -> None:
        self._length = length
        self._first_line = first_line
        self._report = report
        self._begun: list[tuple[int, tuple[SegmentKind, int | None, str] | None]] = []
        self._begin(-1, SegmentKind.OPENING, 1, "")
        self._stages = 0
        self._part: SegmentKind = SegmentKind.OPENING
        self._parts: set[SegmentKind] = set()
        self._decided = False
        self._closed = False
        self._withheld: Literal[0, 2, 3] = 0

    def take(self, mark: _Heading | _Refusal) -> None:
        if isinstance(mark, _Refusal):
            self._refuse(mark)
        elif mark.level == STAGE:
            self._withheld = 0
            self._level_two(mark)
        elif self._withheld != STAGE:
            self._withheld = 0
            self._level_three(mark)

    def pieces(self) -> tuple[Piece, ...]:
        ends = [index for index, _ in self._begun[1:]] + [self._length]
        return tuple(
            Piece(*what, start, end) for (start, what), end in zip(self._begun, ends, strict=True) if what is not None
        )

    def _begin(self, index: int, kind: SegmentKind, stage: int | None, heading: str) -> None:
        self._begun.append((index, (kind, stage, heading)))

    def _refuse(self, refusal: _Refusal) -> None:
        place = Place(self._first_line + refusal.index, refusal.column)
        self._report.add(refusal.code, place, refusal.message, refusal.suggestion)
        self._begun.append((refusal.index, None))
        self._closed |= refusal.closes
        if self._withheld != STAGE:
            self._withheld = refusal.level

    def _withhold(self, heading: _Heading, code: str, message: str, mend: str, *, level: int | None = None) -> None:
        refusal = _refusal(
            heading.index,
            level or heading.level,
            heading.text,
            code=code,
            message=f"'{heading.text}' {message}",
            mend=mend,
        )
        self._refuse(replace(refusal, column=heading.column))

    def _level_two(self, heading: _Heading) -> None:
        part = CLOSING_PARTS.get(heading.text.casefold())
        if part is not None:
            self._closing_part(heading, part)
        elif _likeness(heading.text) is not None:
            mend = "name it Questions, Debrief, For facilitators or References, or something else"
            self._withhold(heading, "E022", "resembles a closing part, so what stands under it is withheld", mend)
        elif _section_kind(heading.text) is not None:
            message = "is a section of a stage, so it is withheld here"
            self._withhold(heading, "E020", message, "begin the line with '###'", level=SECTION)
        elif self._closed:
            message = "comes after a closing part, so this stage is withheld"
            self._withhold(heading, "E021", message, "move it before the closing parts")
        else:
            self._stages += 1
            self._part, self._decided = SegmentKind.STAGE, False
            self._begin(heading.index, SegmentKind.STAGE, self._stages, heading.text)

    def _closing_part(self, heading: _Heading, part: SegmentKind) -> None:
        self._closed = True
        self._part = part
        if part in self._parts:
            self._withhold(heading, "E028", "stands here a second time, and is withheld", "put both under one heading")
        else:
            self._parts.add(part)
            self._begin(heading.index, part, None, heading.text)

    def _level_three(self, heading: _Heading) -> None:
        kind = _section_kind(heading.text)
        in_stage = self._part is SegmentKind.STAGE
        if heading.text.casefold() == "for facilitators":
            self._begin(heading.index, SegmentKind.GUIDE, self._stages if in_stage else None, heading.text)
        elif kind is None:
            message = "is not a section of a case, so what stands under it is withheld"
            self._withhold(heading, "E020", message, _section_suggestion(heading.text))
        elif not in_stage:
            message = "does not belong to a stage, so it is withheld"
            self._withhold(heading, "E027", message, "move it under a stage's heading")
        elif kind is SegmentKind.DECISION and self._decided:
            message = "is this stage's second decision point, so it is withheld"
            self._withhold(heading, "E028", message, "give it a stage of its own")
        else:
            self._decided |= kind is SegmentKind.DECISION
            title = heading.text.partition(":")[2].strip()
            self._begin(heading.index, kind, self._stages, title)


def _marks(lines: Sequence[str]) -> Iterator[_Heading | _Refusal]:
    code, lost = _code_blocks(lines)
    for index in range(len(lines) if lost is None else lost.index):
        if index in code:
            continue
        mark = _mark(lines, index, code)
        if mark is not None:
            yield mark
    if lost is not None:
        yield lost


def _mark(lines: Sequence[str], index: int, code: set[int]) -> _Heading | _Refusal | None:
    heading = _sound_heading(lines[index])
    if heading is not None:
        return _Heading(index, *heading, column_of_words(lines[index]))
    seen = _as_seen(lines[index])
    refusal = (
        _broken_heading(index, seen)
        or _underlined(lines, index, seen, code)
        or _raw_html(index, seen)
        or _faculty_line(index, seen)
    )
    return refusal and replace(refusal, column=_column(lines[refusal.index], refusal.code))


def _column(line: str, code: str) -> int:
    """The column of what is refused: the hash, the tag, or where the line's text begins."""
    at = {"E023": line.find("#"), "E024": _first_tag(line)}.get(code, -1)
    return at + 1 if at >= 0 else column_of_words(line)


def _first_tag(line: str) -> int:
    blanked = _CODE_SPAN.sub(lambda span: " " * len(span[0]), line)
    tags = (tag.start() for tag in TAG.finditer(blanked) if (tag[1] or "").casefold() not in _HARMLESS_TAGS)
    return next(tags, -1)


def _sound_heading(line: str) -> tuple[Literal[2, 3], str] | None:
    found = _HEADING.fullmatch(line)
    if found is None:
        return None
    text = found[2].rstrip()
    if text.rstrip("#").endswith((" ", "\t")):
        text = text.rstrip("#")
    text = clean_name(text)
    return (STAGE if len(found[1]) == STAGE else SECTION, text) if _words(text) else None


def _broken_heading(index: int, seen: str) -> _Refusal | None:
    if _DEEPER_HEADING.match(seen):
        return None
    found = _HIDDEN_HASH.match(seen)
    level = len(found[1]) if found else 0
    if not found and (inside := _HASHES_ANYWHERE.search(seen)):
        level = len(inside[0])
    if not level:
        return None
    message = "this could be meant for a heading, so what follows is withheld"
    if level == 1:
        return _refusal(
            index,
            STAGE,
            seen,
            code="E023",
            message=message,
            mend="headings of a case begin with '##' or '###' and a space",
        )
    mend = f"begin the line with '{'#' * level}' and a space, with nothing before it"
    return _refusal(index, level, seen, code="E023", message=message, mend=mend)


def _underlined(lines: Sequence[str], index: int, seen: str, code: set[int]) -> _Refusal | None:
    before = lines[index - 1] if index else ""
    if not _UNDERLINE.fullmatch(seen) or not before.strip() or index - 1 in code or before.startswith("#"):
        return None
    message = "this line is underlined, which makes it a heading, so what follows is withheld"
    mend = "begin it with '##' instead, or put an empty line before the dashes"
    return _refusal(index - 1, STAGE, before, code="E023", message=message, mend=mend)


def _raw_html(index: int, seen: str) -> _Refusal | None:
    if "<" not in seen:
        return None
    for tag in TAG.finditer(_CODE_SPAN.sub("", seen)):
        if (tag[1] or "").casefold() not in _HARMLESS_TAGS:
            message = "HTML is shown as text here and could hide a heading or a note, so what follows is withheld"
            return _refusal(index, STAGE, seen, code="E024", message=message, mend="write it in Markdown")
    return None


def _faculty_line(index: int, seen: str) -> _Refusal | None:
    text = _LINK_TARGET.sub("", _WHOLE_TAG.sub("*", seen)) if "<" in seen or "](" in seen else seen
    words = "" if _TOO_LONG.match(text) else _words(text)
    run_in = _RUN_IN.match(text[: 2 * _LONGEST_NAME])
    prose = text.rstrip().endswith((".", ",", ";", "?"))
    if (
        words in _HIDDEN_NAMES
        or (run_in and not _TOO_LONG.match(run_in[1]) and _words(run_in[1]) in _HIDDEN_NAMES)
        or (not prose and _is_like(words, _HIDDEN_NAMES))
    ):
        message = "this reads like a heading for faculty or the debrief, so what follows is withheld"
        return _refusal(
            index,
            DEEPER,
            text,
            code="E026",
            message=message,
            mend="use '### For facilitators' or '## Debrief', or other words",
        )
    return None


def _refusal(index: int, level: int, text: str, *, code: str, message: str, mend: str) -> _Refusal:
    """What a doubtful heading withholds: as much as it would if it were what it most resembles."""
    like = _likeness(text)
    match level:
        case 1 | 2:
            return _Refusal(index, code, message, mend, closes=like is not None)
        case 3:
            closes = like == "debrief"
            return _Refusal(index, code, message, mend, level=STAGE if closes else SECTION, closes=closes)
        case _:
            return _Refusal(index, code, message, mend, closes=like == "debrief")


def _code_blocks(lines: Sequence[str]) -> tuple[set[int], _Refusal | None]:
    """The lines in fenced code, and from where on nobody can tell what is code and what is not.

    A forgotten fence makes the next block's first fence its end, and headings between them look like code. So a block
    that holds what could be headings counts only where nothing speaks against it, here or further down.
    """
    code: set[int] = set()
    fence, start = "", 0
    doubtful: int | None = None
    for index, line in enumerate(lines):
        if not fence:
            opening = _FENCE.fullmatch(line)
            if opening:
                fence, start = opening[1], index
            elif _POSSIBLE_FENCE.match(_as_seen(line)):
                return code, _lost(doubtful if doubtful is not None else index)
        elif line.rstrip(" ") == fence:
            inside = _marks_inside(lines[start + 1 : index])
            if inside:
                doubtful = start if doubtful is None else doubtful
                if (
                    any(_is_known(mark) for mark in inside)
                    or _has_open_fence(lines[start + 1 : index])
                    or not _is_set_apart(lines, index)
                ):
                    return code, _lost(doubtful)
            code.update(range(start, index + 1))
            fence = ""
        elif line.lstrip().startswith(fence):
            break
    if fence:
        return code, _lost(start if doubtful is None else doubtful)
    return code, None


def _marks_inside(lines: Sequence[str]) -> list[_Heading | _Refusal]:
    """What the lines of a code block would be outside of it."""
    return [mark for index in range(len(lines)) if (mark := _mark(lines, index, set())) is not None]


def _has_open_fence(lines: Sequence[str]) -> bool:
    """Whether a fence within a code block has no partner there: then the block may have been meant to end before it."""
    fence = ""
    for line in lines:
        opening = _FENCE.fullmatch(line)
        if not fence:
            fence = opening[1] if opening else ""
        elif line.rstrip(" ") == fence:
            fence = ""
    return bool(fence)


def _is_set_apart(lines: Sequence[str], end: int) -> bool:
    """Whether the last fence of a block looks like an end: text before it, and nothing straight after."""
    return bool(lines[end - 1].strip()) and not (end + 1 < len(lines) and lines[end + 1].strip())


def _is_known(mark: _Heading | _Refusal) -> bool:
    """Whether a line in a code block names a part of a case."""
    if isinstance(mark, _Refusal):
        return mark.closes or mark.code == "E026"
    name = mark.text.partition(":")[0].strip().casefold()
    return name in SECTIONS or name in CLOSING_PARTS or _likeness(mark.text) is not None


def _lost(index: int) -> _Refusal:
    return _Refusal(
        index,
        "E025",
        "from this code block on, code and text cannot be told apart, so the rest is withheld",
        "begin the block at the left margin; end it with the same ``` or ~~~ that began it, and an empty line",
        closes=True,
    )


def _as_seen(line: str) -> str:
    """The line as a reader takes it: full-width and other forms made plain, invisible characters gone.

    A hash is one however it is written, and letters of other alphabets are those that they cannot be told from.
    """
    plain = line if line.isascii() else unicodedata.normalize("NFKC", line).translate(_LOOK_ALIKES)
    plain = _WRITTEN_HASH.sub("#", plain)
    if plain.isprintable():  # most lines: nothing hidden is printable, and this looks without a loop
        return plain
    return "".join(character for character in plain if character == "\t" or not is_hidden(character))


def _words(text: str) -> str:
    """The words of a text, small and without accents; letters that are spaced out count as one word."""
    seen = _as_seen(text).casefold()
    if not seen.isascii():
        seen = "".join(c for c in unicodedata.normalize("NFKD", seen) if not unicodedata.combining(c))
    return _SPACED_OUT.sub(r"\1", " ".join(re.findall(r"[^\W\d_]+", seen)))


def _likeness(text: str) -> Likeness | None:
    words = _words(text)
    if _is_like(words, _DEBRIEF_NAMES) or any(_is_word(word, "debrief") for word in words.split()):
        return "debrief"
    if _is_like(words, _GUIDE_NAMES) or any(_is_word(word, "facilitat") for word in words.split()):
        return "guide"
    return "other" if _is_like(words, _OTHER_NAMES) else None


def _is_word(word: str, stem: str) -> bool:
    return stem in word or _is_like(word, _TELLING_WORDS[stem], 0.85)


@lru_cache(maxsize=4096)
def _is_like(words: str, names: tuple[str, ...], cutoff: float = 0.8) -> bool:
    length = len(words)
    if length > _LONGEST_NAME:
        return False
    near = [name for name in names if 2 * min(length, len(name)) >= cutoff * (length + len(name))]
    return bool(difflib.get_close_matches(words, near, n=1, cutoff=cutoff))


def _section_kind(heading: str) -> SegmentKind | None:
    name, _, title = heading.partition(":")
    return SECTIONS.get(name.strip().casefold()) if title.strip() else None


def _section_suggestion(heading: str) -> str:
    names = {section: f"{section.capitalize()}: …" for section in SECTIONS} | {"for facilitators": "For facilitators"}
    name = heading.partition(":")[0].strip().casefold()
    first = name.partition(" ")[0]
    close = difflib.get_close_matches(name, names, n=1) or difflib.get_close_matches(first, names, n=1)
    if close:
        return f"did you mean '### {names[close[0]]}'?"
    return (
        "sections are Perspective: …, Exhibit: …, Decision: … and For facilitators; your own headings begin with '####'"
    )
