"""The front matter of a case as fields: YAML is read with its places, and only the values that change are written."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ethics.cases.front import VOCABULARIES, Front
from ethics.cases.pieces import Edit, Field, FormError, Line, Values, by_line, collapsed, filled
from ethics.text import normalise_newlines
from ethics.vocabulary import Vocabulary, plainyaml
from ethics.vocabulary.plainyaml import Place, PlainYamlError

LISTS: Final = ("principles", "also", "topics", "professions", "competencies", "frameworks")
LINES: Final = ("people", "authors", "content_notes")
"""Lists whose entries are written one a line."""

_TENSION: Final = re.compile(r"(.+?)\s+(?:vs\.?|versus)\s+(.+)", re.IGNORECASE)


class FrontReader:
    """Finds the fields of the front matter, and gives each to `add`."""

    def __init__(self, text: str, lines: Sequence[Line], vocabulary: Vocabulary, add: Callable[..., Field]) -> None:
        """`lines` are those of the front matter, the dashes before and after them included. Raises FormError."""
        self.text = text
        self.vocabulary = vocabulary
        self.add = add
        self.first, *self.lines, last = lines
        self.end = last.start
        source = "".join(normalise_newlines(line.of(self.text)) + "\n" for line in self.lines)
        try:
            node = plainyaml.read(source, first_line=2)
        except PlainYamlError as error:
            raise FormError(error.message) from error
        if not isinstance(node, plainyaml.Mapping):
            raise FormError("the front matter is no list of keys")
        self.node = node
        self.shown: set[int] = set()

    def fields(self) -> Mapping[str, Field]:
        """A field for every key that can be one, whether it is given or not."""
        found: dict[str, Field] = {}
        for key in Front.model_fields:
            if key == "tensions":
                continue
            made = self._field(key, self.node.entries.get(key))
            if made is not None:
                found[key] = made
        return found

    def tensions(self) -> Field | None:
        """The tensions, two values each (the second empty where one cannot be read); None where no field can be."""
        node = self.node.entries.get("tensions")
        entries = self._entries(node)
        if entries is None:
            return None
        self._mark("tensions", node)
        rows = tuple(_pair(entry, self.vocabulary) for entry in entries)

        def name(entry: str) -> str:
            return _said(_pair(entry, self.vocabulary))

        def write(values: Values) -> Edit:
            return self._list("tensions", node, entries, [_said(pair) for pair in _pairs(values)], name)

        flat = tuple(side for pair in rows for side in pair)
        place = self._place("tensions", node)
        return self.add("tensions", flat, place, tidy=_tidy_pairs, write=write)

    def kept(self) -> str:
        """The lines that no field speaks of: comments, unknown keys, and what is written in a way of its own."""
        lines = [line for line in self.lines if line.start not in self.shown and line.of(self.text).strip()]
        return "\n".join(line.of(self.text) for line in lines)

    def _field(self, key: str, node: plainyaml.Node | None) -> Field | None:
        if key in LISTS or key in LINES:
            return self._list_field(key, node)
        if node is not None and not isinstance(node, plainyaml.Text):
            if key in {"title", "summary"}:
                raise FormError(f"'{key}' is no text")
            return None
        self._mark(key, node)
        value = node.value if node else ""
        if key in VOCABULARIES and (term := self.vocabulary.find(VOCABULARIES[key], value)):
            value = term.id
        elif key in {"level", "kind", "provenance", "status"}:
            value = value.strip().lower()
        elif key == "self_study":
            value = {"true": "yes", "false": "no"}.get(value.strip().lower(), value.strip().lower())
        return self.add(
            key,
            (value,),
            self._place(key, node),
            tidy=collapsed,
            write=lambda values: self._scalar(key, node, _scalar(values[0])),
        )

    def _list_field(self, key: str, node: plainyaml.Node | None) -> Field | None:
        entries = self._entries(node)
        if entries is None:
            return None
        self._mark(key, node)
        kind = VOCABULARIES.get(key)

        def name(text: str) -> str:
            term = self.vocabulary.find(kind, text) if kind else None
            return term.id if term else " ".join(text.split())

        def write(values: Values) -> Edit:
            return self._list(key, node, entries, values, name)

        values = tuple(name(entry) for entry in entries)
        place = self._place(key, node)
        if key in LINES:
            return self.add(key, ("\n".join(values),), place, tidy=by_line, write=write)
        if key == "frameworks":
            return self.add(key, values, place, tidy=_in_order, write=write)

        def in_place(wanted: Values) -> Edit:
            """Boxes come in the order of the page: what stays keeps its place, what is new comes last."""
            stay = [value for value in values if value in wanted]
            return write((*stay, *(value for value in wanted if value not in stay)))

        return self.add(key, values, place, tidy=lambda sent: tuple(sorted(_in_order(sent))), write=in_place)

    def _entries(self, node: plainyaml.Node | None) -> list[str] | None:
        """The entries of a list as they are written, or None where it holds more than texts."""
        if node is None:
            return []
        if isinstance(node, plainyaml.Text):
            return [entry.value for entry in node.split()]
        if isinstance(node, plainyaml.List) and self._is_plain(node):
            return [item.value for item in node.items if isinstance(item, plainyaml.Text)]
        return None

    def _is_plain(self, node: plainyaml.List) -> bool:
        """Whether a list is one of texts, and its lines hold nothing else that a new list would lose."""
        texts = [item for item in node.items if isinstance(item, plainyaml.Text)]
        if len(texts) != len(node.items):
            return False
        if not texts or self.text[self._offset(node.place)] == "[":
            start, end = self._place("", node)
            return "#" not in self.text[start:end] and bool(texts)
        return all("\n" not in item.written for item in texts) and [item.place.line for item in texts] == list(
            range(texts[0].place.line, texts[0].place.line + len(texts))
        )

    def _list(
        self,
        key: str,
        node: plainyaml.Node | None,
        entries: Sequence[str],
        wanted: Sequence[str],
        name: Callable[[str], str],
    ) -> Edit:
        """Write a list in the way it is written now; an entry that stays keeps its own spelling."""
        spelt = {name(entry): entry for entry in entries}
        texts = [spelt.get(one, one) for one in wanted]
        if not isinstance(node, plainyaml.List):
            return self._scalar(key, node, _comma_list(texts))
        start, end = self._place(key, node)
        if self.text[start : start + 1] == "[" or not texts:
            return Edit(start, end, _flow_list(texts)) if texts else self._scalar(key, node, "")
        indent = " " * (node.place.column - 1)
        chunks = self._chunks(node, end)
        lines = [chunks.get(text) or f"- {_scalar(text)}" for text in texts]
        return Edit(start, end, f"\n{indent}".join(lines))

    def _chunks(self, node: plainyaml.List, end: int) -> dict[str, str]:
        """Each entry of a list in lines, as it stands there: dash, spelling, comment."""
        starts = [self._offset(item.place) for item in node.items]
        found = {}
        for item, start in zip(node.items, starts, strict=True):
            line = next(line for line in self.lines if line.start <= start <= line.end)
            dash = self.text.rindex("-", line.start, start)
            found[str(item.plain())] = self.text[dash : min(line.end, end)].rstrip()
        return found

    def _scalar(self, key: str, node: plainyaml.Node | None, written: str) -> Edit:
        """Write a value after its key; a new key in a line of its own after those that usually come before it."""
        if node is None:
            at = self._after_earlier(key)
            return Edit(at, at, f"{key}: {written}\n")
        start, end = self._place(key, node)
        line = self.lines[self.node.keys[key].line - 2]
        rest = self.text[end : next(line.end for line in self.lines if line.start <= end <= line.end)]
        if not written and not rest.strip() and key not in {"title", "summary", "principles"}:
            last = next(line for line in self.lines if line.start <= end <= line.end)
            return Edit(line.start, last.after, "")
        before = self.text[line.start : start]
        return Edit(start, end, written if not written or before.endswith(" ") else f" {written}")

    def _after_earlier(self, key: str) -> int:
        known = list(Front.model_fields)
        for earlier in reversed(known[: known.index(key)]):
            node = self.node.entries.get(earlier)
            if node is not None and not isinstance(node, plainyaml.Mapping):
                end = self._place(earlier, node)[1]
                return next(line.after for line in self.lines if line.start <= end <= line.end)
        return self.first.after

    def _place(self, key: str, node: plainyaml.Node | None) -> tuple[int, int]:
        """From where to where the value stands."""
        if node is None:
            at = self._after_earlier(key)
            return at, at
        start = self._offset(node.place)
        if isinstance(node, plainyaml.Text):
            return start, self._after_written(start, node.written)
        if isinstance(node, plainyaml.List) and node.items:
            last = node.items[-1]
            end = self._place(key, last)[1]
            if self.text[start] == "[":
                end = self.text.index("]", end) + 1
            return start, end
        return start, start

    def _offset(self, place: Place) -> int:
        index = place.line - 2
        return self.lines[index].start + place.column - 1 if index < len(self.lines) else self.end

    def _after_written(self, start: int, written: str) -> int:
        """Where a value ends: its lines may end in two characters in the text, and in one where YAML has read it."""
        written = written.rstrip()
        if "\n" not in written:
            return start + len(written)
        index = next(index for index, line in enumerate(self.lines) if line.start <= start <= line.end)
        return self.lines[index + written.count("\n")].start + len(written) - written.rindex("\n") - 1

    def _mark(self, key: str, node: plainyaml.Node | None) -> None:
        """Note the lines that a field speaks of, but for those with a comment."""
        if node is None:
            return
        _, end = self._place(key, node)
        first = self.lines[self.node.keys[key].line - 2].start
        for line in self.lines:
            if first <= line.start <= end and not line.of(self.text).lstrip().startswith("#"):
                rest = self.text[max(end, line.start) : line.end] if line.start <= end <= line.end else ""
                if not rest.strip():
                    self.shown.add(line.start)


def _in_order(sent: Sequence[str]) -> Values:
    return tuple(dict.fromkeys(filled(sent)))


def _scalar(text: str) -> str:
    """A text as YAML writes it: plain where that means the same, in quotes where it would not."""
    try:
        node = plainyaml.read(f"k: {text}\n")
    except PlainYamlError:
        node = plainyaml.List((), plainyaml.START)
    is_plain = isinstance(node, plainyaml.Mapping) and {"k": text} == node.plain() and "#" not in text
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _comma_list(texts: Sequence[str]) -> str:
    """Entries with commas between them, or in brackets where an entry holds a comma itself."""
    whole = ", ".join(texts)
    parts = [part.value for part in plainyaml.Text(whole, plainyaml.START, whole).split()]
    return _scalar(whole) if parts == list(texts) else _flow_list(texts)


def _flow_list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(json.dumps(text, ensure_ascii=False) for text in texts) + "]"


def _pair(text: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """The two principles of a tension, by id where they are known; what is no tension stands alone."""
    found = _TENSION.fullmatch(" ".join(text.split()))
    if found is None:
        return " ".join(text.split()), ""
    sides = [term.id if (term := vocabulary.find("principles", side)) else side for side in found.groups()]
    return sides[0], sides[1]


def _pairs(flat: Sequence[str]) -> list[tuple[str, str]]:
    sides = [*flat, ""] if len(flat) % 2 else flat
    return [(sides[at], sides[at + 1]) for at in range(0, len(sides), 2)]


def _tidy_pairs(sent: Sequence[str]) -> Values:
    """The pairs in a row, without empty ones; of a pair that is half chosen the half."""
    pairs = [(" ".join(one.split()), " ".join(other.split())) for one, other in _pairs(sent)]
    return tuple(side for one, other in pairs if one or other for side in ((one, other) if one else (other, "")))


def _said(pair: tuple[str, str]) -> str:
    return f"{pair[0]} vs {pair[1]}" if pair[1] else pair[0]
