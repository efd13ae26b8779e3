"""A case's text seen as a form: every field is a view of one piece of the text, and changes that piece alone.

`form_of` finds the pieces, `fill_in` writes what was typed into them, `rearrange` moves, adds and takes out what has
several of its kind. What is not a field stays as it is, byte for byte. No side effects.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final, NamedTuple

from ethics.cases import outline
from ethics.cases.findings import Finding, Report
from ethics.cases.front_form import FrontReader
from ethics.cases.models import SegmentKind
from ethics.cases.pieces import Block, Edit, Field, FormError, Line, Values, collapsed, lines_of, newline_of
from ethics.text import normalise_newlines
from ethics.vocabulary import Vocabulary

CLOSING: Final = {
    SegmentKind.QUESTIONS: "Questions",
    SegmentKind.DEBRIEF: "Debrief",
    SegmentKind.GUIDE: "For facilitators",
    SegmentKind.REFERENCES: "References",
}
"""The closing parts in the order in which they are offered, and their headings."""

ITEMS_LISTED: Final = frozenset({SegmentKind.DECISION, SegmentKind.QUESTIONS, SegmentKind.REFERENCES})
NEW_STAGE: Final = "A new moment"
_NEW_SECTIONS: Final = {
    "perspective": ("Perspective", "Somebody else", SegmentKind.PERSPECTIVE),
    "exhibit": ("Exhibit", "A document", SegmentKind.EXHIBIT),
    "decision": ("Decision", "What do you do now?", SegmentKind.DECISION),
    "guide": ("For facilitators", "", SegmentKind.GUIDE),
}
_ITEM: Final = re.compile(r"((?:[-*+]|\d{1,9}[.)])[ \t]+)(\S.*)")
_NAMED: Final = re.compile(r"(.*?)(\s*\{#([^{}]*)\})", re.DOTALL)
_MISSING_PARTS: Final = {"W013": "guide-text", "W017": "questions-more", "W018": "debrief-text"}
"""Where one writes what the checker misses."""
_EMPTY_PART: Final = "E029"
_NAMES_A_KEY: Final = re.compile(r"'(\w+)'")
_HEADING: Final = re.compile(r"(#{2,3}[ \t]+)(.*?)[ \t]*#*[ \t]*")
_LINE_END: Final = re.compile(r"[\r\n]")
_GAP: Final = re.compile(r"(\n(?:[ \t]*\n)+)")
_OWN_LINE: Final = re.compile(r"\s*(?:[-*+]\s|\d+[.)]\s|[>#<:]|\[\^|=+\s*$|-+\s*$|.*\|)|[ ]{4}|\t")
"""A line that means something by beginning where it does: of a list, a quotation, a table, a heading, code."""


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the body. Where `is_plain`, its list can't be shown as fields, and `text` holds it all."""

    name: str
    kind: SegmentKind | None
    title: Field | None
    text: Field
    items: tuple[Field, ...] = ()
    names: tuple[Field, ...] = ()
    """Of a decision's options, one each."""
    more: Field | None = None
    """Where further items are typed."""
    is_plain: bool = False

    @property
    def is_withheld(self) -> bool:
        """Whether nobody can see what this holds before a heading in it is mended."""
        return self.kind is None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage and its sections, in order."""

    name: str
    heading: Field
    text: Field
    sections: tuple[Section, ...]
    guide: Field | None
    """An empty place for notes, where the stage has none yet."""


@dataclass(frozen=True)
class SourceForm:
    """The whole text as fields. `kept` are the lines of the front matter that no field speaks of."""

    text: str
    front: Mapping[str, Field]
    kept: str
    opening: Field
    loose: tuple[Section, ...]
    """What is withheld before the first stage."""
    stages: tuple[Stage, ...]
    closing: Mapping[SegmentKind, Section]
    astray: tuple[Section, ...]
    """What is withheld among the closing parts."""
    fields: Mapping[str, Field]
    blocks: Mapping[str, Block]
    first_stage: int
    """Where the stages end, for one more."""

    def field_of(self, finding: Finding) -> str:
        """The name of the field that a finding is about, or '' where it is about none."""
        named = _NAMES_A_KEY.match(finding.message)
        if named and finding.code in {"E011", "E013", "W014"} and named[1] in self.front:
            return named[1]
        if finding.code in _MISSING_PARTS:
            return _MISSING_PARTS[finding.code]
        lines = lines_of(self.text)
        line = lines[min(finding.line, len(lines)) - 1]
        at = min(line.start + finding.column - 1, line.end)
        held = [one for one in self.fields.values() if one.end > one.start]
        inside = [one for one in held if one.start <= at <= one.end]
        beside = [one for one in held if one.start <= line.end and line.start < one.end]
        found = min(inside or beside, key=lambda one: one.end - one.start, default=None)
        if found is None and finding.code == _EMPTY_PART:
            found = self._first_after(line.end)
        return found.name if found else ""

    def _first_after(self, place: int) -> Field | None:
        """The field in which one begins to write below a heading that ends at `place`."""
        after = [one for one in self.fields.values() if one.start >= place]
        first = min(after, key=lambda one: one.start, default=None)
        return self.fields.get(re.sub("-text$", "-more", first.name), first) if first else None


def form_of(text: str, vocabulary: Vocabulary) -> SourceForm:
    """See a text as a form. Raises FormError where it has no front matter that can be read."""
    return _Reader(text, vocabulary).form()


def fill_in(text: str, sent: Mapping[str, Sequence[str]], vocabulary: Vocabulary) -> str:
    """The text with what was typed in its places. Fields that were not sent stay. Raises FormError."""
    form = form_of(text, vocabulary)
    edits = [edit for name, one in form.fields.items() if name in sent and (edit := one.edit(sent[name]))]
    return _edited(text, edits)


def rearrange(text: str, action: str, vocabulary: Vocabulary) -> str:
    """The text after `stage-2-up`, `stage-1-part-2-remove`, `add-stage`, `stage-1-add-exhibit` and the like.

    An action on what is not there, or cannot move further, changes nothing. Raises FormError.
    """
    form = form_of(text, vocabulary)
    name, _, verb = action.rpartition("-")
    if action == "add-stage":
        return _inserted(text, form.first_stage, f"## {NEW_STAGE}\n\n")
    if name.endswith("-add"):
        return _with_section(form, name.removesuffix("-add"), verb)
    block = form.blocks.get(name)
    if block is None:
        return text
    if verb == "remove":
        start, end = block.whole
        return text[:start] + text[end:]
    alike = [other for other in form.blocks.values() if other.group == block.group]
    at = alike.index(block)
    other = {"up": alike[at - 1] if at else None, "down": alike[at + 1] if at + 1 < len(alike) else None}.get(verb)
    return text if other is None else _exchanged(text, *sorted((block, other), key=lambda one: one.start))


def replace_text(text: str, typed: str) -> str:
    """The text as it was typed into one large field, where every line that is the same keeps its own line end."""
    shown = shown_text(text)
    typed = normalise_newlines(typed)
    if typed == shown:
        return text
    if "\r" in text:
        old, new = lines_of(text.removeprefix("\ufeff")), typed.split("\n")
        usual = newline_of(text)
        pieces: list[str] = []
        matcher = SequenceMatcher(a=[line.of(text) for line in old], b=new)
        for tag, start, end, start_new, end_new in matcher.get_opcodes():
            if tag == "equal":
                pieces += [text[line.start : line.after] for line in old[start:end]]
            else:
                pieces += [line + usual for line in new[start_new:end_new]]
        typed = "".join(pieces).removesuffix(usual if new[-1] else "")
    return "\ufeff" + typed if text.startswith("\ufeff") else typed


def shown_text(text: str) -> str:
    """The text as one large field shows it."""
    return normalise_newlines(text.removeprefix("\ufeff"))


def _edited(text: str, edits: Sequence[Edit]) -> str:
    """Of two edits that overlap the wider, which begins first, holds: it takes out what the other changes."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        if edit.start >= at:
            pieces += [text[at : edit.start], edit.text.replace("\n", newline_of(text))]
            at = edit.end
    return "".join([*pieces, text[at:]])


def _inserted(text: str, at: int, new: str) -> str:
    """`new` in lines of its own, with an empty line before it."""
    before = normalise_newlines(text[:at])
    gap = "" if before.endswith("\n\n") or not before else "\n" if before.endswith("\n") else "\n\n"
    return _edited(text, [Edit(at, at, gap + new)])


def _exchanged(text: str, one: Block, other: Block) -> str:
    """Two blocks in each other's places; the empty lines after each stay where they are."""
    first, second = text[one.start : one.end], text[other.start : other.end]
    first_body, second_body = first.rstrip(), second.rstrip()
    return "".join(
        (
            text[: one.start],
            second_body,
            first[len(first_body) :],
            text[one.end : other.start],
            first_body,
            second[len(second_body) :],
            text[other.end :],
        )
    )


def _with_section(form: SourceForm, stage_name: str, kind_name: str) -> str:
    stage = next((stage for stage in form.stages if stage.name == stage_name), None)
    if stage is None or kind_name not in _NEW_SECTIONS:
        return form.text
    word, title, kind = _NEW_SECTIONS[kind_name]
    # Decisions close a stage, and notes stand after them.
    order = [SegmentKind.DECISION, SegmentKind.GUIDE]
    later = order[order.index(kind) + 1 :] if kind in order else order
    following = next((section.name for section in stage.sections if section.kind in later), None)
    at = form.blocks[following].start if following else form.blocks[stage_name].end
    return _inserted(form.text, at, f"### {word}: {title}\n\n" if title else f"### {word}\n\n")


def _prose(sent: Sequence[str]) -> Values:
    """One text, without the empty lines around it."""
    text = normalise_newlines(sent[0] if sent else "")
    return (re.sub(r"\A(?:[ \t]*\n)+|(?:\n[ \t]*)+\Z", "", text) if text.strip() else "",)


def _unwrapped(text: str) -> str:
    """The text with each paragraph in one line, as one writes where lines break by themselves."""
    if "```" in text or "~~~" in text:
        return text
    return "".join(_one_line(piece) for piece in _GAP.split(text))


def _one_line(paragraph: str) -> str:
    lines = paragraph.split("\n")
    if any(_OWN_LINE.match(line) or line.endswith(("  ", "\\")) for line in lines):
        return paragraph
    return " ".join(line.strip() for line in lines) if paragraph.strip() else paragraph


def _wrapped_as(text: str, before: str) -> str:
    """The text, in which every paragraph that stood there before keeps its lines."""
    known = {_one_line(piece): piece for piece in _GAP.split(before)}
    if _unwrapped(before) == before:
        return text
    return "".join(known.get(piece, piece) for piece in _GAP.split(text))


class _Reader:
    """Finds the fields of one text."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.lines = lines_of(text)
        self.newline = newline_of(text)
        self.fields: dict[str, Field] = {}
        self.blocks: dict[str, Block] = {}
        if len(normalise_newlines(text).splitlines()) not in {len(self.lines), len(self.lines) - 1}:
            raise FormError("a character that ends lines for some and not for others")

    def form(self) -> SourceForm:
        first = self._front_ends()
        front = FrontReader(text=self.text, lines=self.lines[:first], vocabulary=self.vocabulary, add=self.add)
        entries, tensions = front.fields(), front.tensions()
        report = Report(Path("case.md"))
        body = [normalise_newlines(line.of(self.text)) for line in self.lines[first:]]
        self.first = first
        pieces = outline.cut(body, first_line=first + 1, report=report)
        runs = list(_runs(pieces, len(body)))
        opening = runs[0]
        text = self._text_field("opening", *self._lines_of(opening, heading=False))
        stages_end = self._where_stages_end(runs)
        loose, stages, closing, astray = self._groups(runs[1:])
        if tensions is not None:
            entries = {**entries, "tensions": tensions}
        return SourceForm(
            self.text,
            entries,
            front.kept(),
            text,
            tuple(loose),
            tuple(stages),
            self._closing(closing),
            tuple(astray),
            self.fields,
            self.blocks,
            stages_end,
        )

    def add(self, name: str, values: Values, place: tuple[int, int], *, tidy: object, write: object) -> Field:
        made = Field(name, values, *place, tidy, write)  # type: ignore[arg-type]  # each caller's own pair
        self.fields[name] = made
        return made

    def _front_ends(self) -> int:
        """The index of the first line of the body."""
        if self.lines[0].of(self.text).removeprefix("\ufeff").rstrip() != "---":
            raise FormError("no front matter")
        for index, line in enumerate(self.lines[1:], start=1):
            if line.of(self.text).rstrip() == "---":
                return index + 1
        raise FormError("the front matter never ends")

    def _where_stages_end(self, runs: "Sequence[_Run]") -> int:
        for run in runs[1:]:
            if run.piece is not None and run.piece.stage is None:
                return self._start_of(run.start)
        return len(self.text)

    def _start_of(self, index: int) -> int:
        at = self.first + index
        return self.lines[at].start if at < len(self.lines) else len(self.text)

    def _lines_of(self, run: "_Run", *, heading: bool = True) -> tuple[int, int]:
        """Where the text of a run begins, after its heading, and where it ends."""
        return self._start_of(run.start + heading), self._start_of(run.end)

    def _groups(
        self, runs: "Sequence[_Run]"
    ) -> "tuple[list[Section], list[Stage], dict[SegmentKind, Section], list[Section]]":
        loose: list[Section] = []
        stages: list[Stage] = []
        closing: dict[SegmentKind, Section] = {}
        astray: list[Section] = []
        index = 0
        while index < len(runs):
            run = runs[index]
            if run.piece is not None and run.piece.kind is SegmentKind.STAGE:
                end = index + 1
                while end < len(runs) and _is_in_stage(runs[end]):
                    end += 1
                stages.append(self._stage(len(stages) + 1, runs[index:end]))
                index = end
                continue
            if run.piece is None:
                place = astray if closing else loose
                place.append(self._withheld(f"withheld-{len(loose) + len(astray) + 1}", run))
            elif run.piece.kind in closing:
                astray.append(self._section(f"closing-{index}", run, "closing"))
            else:
                closing[run.piece.kind] = self._section(_closing_name(run.piece.kind), run, "closing")
            index += 1
        return loose, stages, closing, astray

    def _stage(self, number: int, runs: "Sequence[_Run]") -> Stage:
        name = f"stage-{number}"
        start, end = self._start_of(runs[0].start), self._start_of(runs[-1].end)
        self.blocks[name] = Block(name, "stage", start, end, (start, end))
        heading = self._heading_field(f"{name}-heading", runs[0], "", NEW_STAGE)
        text = self._text_field(f"{name}-text", *self._lines_of(runs[0]))
        sections = tuple(
            self._withheld(f"{name}-part-{place}", run)
            if run.piece is None
            else self._section(f"{name}-part-{place}", run, f"{name}-part")
            for place, run in enumerate(runs[1:], start=1)
        )
        guide = None
        if not any(section.kind is SegmentKind.GUIDE for section in sections):
            guide = self._missing_part(f"{name}-guide", end, "### For facilitators")
        return Stage(name, heading, text, sections, guide)

    def _withheld(self, name: str, run: "_Run") -> Section:
        return Section(name, None, None, self._text_field(name, *self._lines_of(run, heading=False)))

    def _section(self, name: str, run: "_Run", group: str) -> Section:
        assert run.piece is not None  # noqa: S101  # the callers know
        kind = run.piece.kind
        start, end = self._start_of(run.start), self._start_of(run.end)
        self.blocks[name] = Block(name, group, start, end, (start, end))
        title = None
        if kind in {SegmentKind.PERSPECTIVE, SegmentKind.EXHIBIT, SegmentKind.DECISION}:
            default = next(title for _, title, one in _NEW_SECTIONS.values() if one is kind)
            title = self._heading_field(f"{name}-title", run, ":", default)
        if kind not in ITEMS_LISTED:
            return Section(name, kind, title, self._text_field(f"{name}-text", *self._lines_of(run)))
        return self._listed(name, kind, title, *self._lines_of(run))

    def _heading_field(self, name: str, run: "_Run", after: str, default: str) -> Field:
        line = self.lines[self.first + run.start]
        found = _HEADING.fullmatch(line.of(self.text))
        assert found is not None  # noqa: S101  # the outline takes nothing else for a heading
        start, end = line.start + found.start(2), line.start + found.end(2)
        if after:
            start += self.text[start:end].index(after) + 1
            start += len(self.text[start:end]) - len(self.text[start:end].lstrip())
        shown = self.text[start:end]
        return self.add(
            name,
            (shown,),
            (start, end),
            tidy=collapsed,
            write=lambda values: Edit(start, end, values[0].lstrip("#").strip() or default),
        )

    def _text_field(self, name: str, start: int, end: int) -> Field:
        """The lines between two headings, without the empty ones around them."""
        held = self.text[start:end]
        core = held.strip("\r\n\t ")
        if not core:
            return self.add(
                name, ("",), (start, end), tidy=_prose, write=lambda values: self._into_gap(values, start, end)
            )
        first = start + held.index(core)
        begin = max(self.text.rfind("\n", start, first), self.text.rfind("\r", start, first)) + 1
        begin = max(begin, start)
        last = first + len(core)
        end_of_line = _LINE_END.search(self.text, last)
        line_end = end_of_line.start() if end_of_line else len(self.text)
        wrapped = normalise_newlines(self.text[begin:line_end])
        return self.add(
            name,
            (_unwrapped(wrapped),),
            (begin, line_end),
            tidy=_prose,
            write=lambda values: Edit(begin, line_end, _wrapped_as(values[0], wrapped)),
        )

    def _into_gap(self, values: Values, start: int, end: int) -> Edit:
        before = "" if start == 0 or self.text[start - 1] in "\r\n" else "\n"
        after = "\n\n" if end < len(self.text) else "\n"
        return Edit(start, end, f"{before}\n{values[0]}{after}")

    def _missing_part(self, name: str, at: int, heading: str) -> Field:
        def write(values: Values) -> Edit:
            before = normalise_newlines(self.text[:at])
            # Several may be written at one place: what stands between them is what stood before the first.
            end = "\n\n" if before.endswith("\n\n") else "\n" if before.endswith("\n") else ""
            gap, after = "\n\n"[len(end) :], end or "\n" * (at < len(self.text))
            return Edit(at, at, f"{gap}{heading}\n\n{values[0]}{after}")

        return self.add(name, ("",), (at, at), tidy=_prose, write=write)

    def _listed(self, name: str, kind: SegmentKind, title: Field | None, start: int, end: int) -> Section:
        """A section with a list: its lead, its items, and a place for more; or all in one field."""
        first = bisect_left(self.lines, start, key=lambda line: line.start)
        inside = self.lines[first : bisect_left(self.lines, end, lo=first, key=lambda line: line.start)]
        lead, items = _items(self.text, inside)
        if items is None:
            whole = self._text_field(f"{name}-text", start, end)
            return Section(name, kind, title, whole, is_plain=True)
        text = self._text_field(f"{name}-text", start, lead.start if lead else end)
        is_decision = kind is SegmentKind.DECISION
        word = "option" if is_decision else "item"
        fields, names = [], []
        for number, item in enumerate(items, start=1):
            one = f"{name}-{word}-{number}"
            self.blocks[one] = Block(one, f"{name}-{word}", item.start, item.end, (item.line, item.after))
            if is_decision:
                fields.append(self._option(one, item))
                names.append(self._option_name(f"{one}-name", item))
            else:
                fields.append(self._item(one, item))
        marker = {SegmentKind.QUESTIONS: f"{len(items) + 1}. "}.get(kind, "- ")
        more = self._more(f"{name}-more", items, marker, start, end, is_numbered=kind is SegmentKind.QUESTIONS)
        return Section(name, kind, title, text, tuple(fields), tuple(names), more)

    def _option(self, name: str, item: "_Item") -> Field:
        named = _NAMED.fullmatch(self.text[item.start : item.end])
        end = item.start + named.end(1) if named else item.end

        def write(values: Values) -> Edit:
            return Edit(item.start, end, values[0]) if values[0] else Edit(item.line, item.after, "")

        value = " ".join(self.text[item.start : end].split())
        return self.add(name, (value,), (item.start, end), tidy=collapsed, write=write)

    def _option_name(self, name: str, item: "_Item") -> Field:
        named = _NAMED.fullmatch(self.text[item.start : item.end])
        start = item.start + named.end(1) if named else item.end

        def write(values: Values) -> Edit:
            return Edit(start, item.end, f" {{#{values[0].strip('{#}')}}}" if values[0] else "")

        return self.add(name, (named[3] if named else "",), (start, item.end), tidy=collapsed, write=write)

    def _item(self, name: str, item: "_Item") -> Field:
        indent = " " * item.width
        held = normalise_newlines(self.text[item.start : item.end])
        value = _unwrapped("\n".join(line.removeprefix(indent) for line in held.split("\n")))

        def write(values: Values) -> Edit:
            if not values[0]:
                return Edit(item.line, item.after, "")
            return Edit(item.start, item.end, _indented(values[0], indent))

        return self.add(name, (value,), (item.start, item.end), tidy=_prose, write=write)

    def _more(
        self, name: str, items: "Sequence[_Item]", marker: str, start: int, end: int, *, is_numbered: bool
    ) -> Field:
        at = items[-1].end if items else None

        def write(values: Values) -> Edit:
            entries = [
                (f"{len(items) + number}. " if is_numbered else marker) + _indented(text, " " * len(marker))
                for number, text in enumerate(values, start=1)
            ]
            if at is not None:
                return Edit(at, at, "".join(f"\n{entry}" for entry in entries))
            held = self.text[start:end].rstrip()
            place = start + len(held)
            if not held:
                return self._into_gap(("\n".join(entries),), start, end)
            after = "" if self.text[place:end] else "\n"
            return Edit(place, place, "\n\n" + "\n".join(entries) + after)

        place = (at, at) if at is not None else (end, end)
        return self.add(name, ("",), place, tidy=_texts, write=write)

    def _closing(self, there: dict[SegmentKind, Section]) -> Mapping[SegmentKind, Section]:
        """The closing parts in order, with a place to write those that the text does not have."""
        found: dict[SegmentKind, Section] = {}
        kinds = list(CLOSING)
        for place, kind in enumerate(kinds):
            if kind in there:
                found[kind] = there[kind]
                continue
            later = [self.blocks[there[other].name].start for other in kinds[place + 1 :] if other in there]
            name, at, heading = _closing_name(kind), min(later, default=len(self.text)), f"## {CLOSING[kind]}"
            if kind in ITEMS_LISTED:
                more = self._missing_list(f"{name}-more", at, heading, is_numbered=kind is SegmentKind.QUESTIONS)
                found[kind] = Section(name, kind, None, more, more=more)
            else:
                found[kind] = Section(name, kind, None, self._missing_part(f"{name}-text", at, heading))
        return found

    def _missing_list(self, name: str, at: int, heading: str, *, is_numbered: bool) -> Field:
        part = self._missing_part(name, at, heading)

        def write(values: Values) -> Edit:
            entries = [
                (f"{number}. " if is_numbered else "- ") + _indented(text, "   " if is_numbered else "  ")
                for number, text in enumerate(values, start=1)
            ]
            return part.write(("\n".join(entries),))

        return self.add(name, ("",), (at, at), tidy=_texts, write=write)


def _texts(sent: Sequence[str]) -> Values:
    return tuple(text for one in sent if (text := _prose([one])[0].strip()))


def _indented(text: str, indent: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(indent + line if line.strip() else "" for line in rest)])


def _closing_name(kind: SegmentKind) -> str:
    return {SegmentKind.GUIDE: "guide"}.get(kind, kind.value)


class _Run(NamedTuple):
    """Lines of the body that belong together: a piece of the outline, or (None) what it withholds."""

    start: int
    end: int
    piece: outline.Piece | None


def _runs(pieces: Sequence[outline.Piece], length: int) -> Iterator[_Run]:
    at = 0
    for piece in pieces:
        start = max(piece.start, 0)
        if start > at:
            yield _Run(at, start, None)
        yield _Run(start, piece.end, piece)
        at = piece.end
    if at < length:
        yield _Run(at, length, None)


def _is_in_stage(run: _Run) -> bool:
    return run.piece is None or (run.piece.stage is not None and run.piece.kind is not SegmentKind.STAGE)


class _Item(NamedTuple):
    """An entry of a list: its content from `start` to `end`, its lines from `line` to `after`, its marker's width."""

    start: int
    end: int
    line: int
    after: int
    width: int


def _items(text: str, lines: Sequence[Line]) -> tuple[Line | None, list[_Item] | None]:
    """The first line of the list and its entries; None for these where text stands after or between them."""
    items: list[_Item] = []
    lead: Line | None = None
    blank_before = False
    for line in lines:
        written = line.of(text)
        found = _ITEM.fullmatch(written)
        if found:
            lead = lead or line
            items.append(
                _Item(
                    line.start + found.end(1), line.start + len(written.rstrip()), line.start, line.after, len(found[1])
                )
            )
        elif items and written.strip():
            if blank_before and written[0] not in " \t":
                return lead, None
            items[-1] = items[-1]._replace(end=line.start + len(written.rstrip()), after=line.after)
        blank_before = not written.strip()
    return lead, items
