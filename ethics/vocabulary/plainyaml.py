"""YAML in which every value stays the text its author wrote, with its place in the file.

YAML 1.1 by itself reads `no` as False, `1:30` as 90 and `012` as 10, and a few hundred bytes of aliases can keep
it busy for minutes. So nothing is constructed: the tree is composed, checked and handed over as text. No side effects.
"""

import re
from dataclasses import dataclass
from typing import Annotated

import yaml
from pydantic import BeforeValidator

MAX_DEPTH = 20

_COMMA_OR_BRACKETS = re.compile(r",|\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column in a file, both from 1."""

    line: int
    column: int


START = Place(1, 1)


class PlainYamlError(ValueError):
    """The YAML cannot be read, or uses what is not allowed here. `mend` says what to do, where that is known."""

    def __init__(self, message: str, place: Place, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Text:
    """One value. `written` is how it stands in the file, quotes included."""

    value: str
    place: Place
    written: str

    def split(self) -> "tuple[Text, ...]":
        """The values between the commas (not those in brackets), each with its own place; empty ones are left out."""
        commas = [found.start() for found in _COMMA_OR_BRACKETS.finditer(self.value) if found[0] == ","]
        ends = zip([-1, *commas], [*commas, len(self.value)], strict=True)
        parts = (self.value[start + 1 : end].strip() for start, end in ends)
        return self.parts(*filter(None, parts))

    def parts(self, *values: str) -> "tuple[Text, ...]":
        """These pieces of the value, which follow one another in it, each with its own place."""
        found, after = [], 0
        for value in values:
            start = self.written.find(value, after)
            found.append(Text(value, self._place_of(start), value))
            after = start + len(value) if start >= 0 else after
        return tuple(found)

    def plain(self) -> str:
        """The value."""
        return self.value

    def _place_of(self, offset: int) -> Place:
        before = self.written[: max(offset, 0)]
        if "\n" not in before:
            return Place(self.place.line, self.place.column + len(before))
        return Place(self.place.line + before.count("\n"), len(before) - before.rindex("\n"))


@dataclass(frozen=True, slots=True)
class List:
    """A YAML list."""

    items: "tuple[Node, ...]"
    place: Place

    def plain(self) -> list[object]:
        """The values as a Python list."""
        return [item.plain() for item in self.items]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A YAML mapping: what stands under each key, and where the key stands."""

    entries: "dict[str, Node]"
    keys: dict[str, Place]
    place: Place

    def plain(self) -> dict[str, object]:
        """The values as a Python dict."""
        return {key: node.plain() for key, node in self.entries.items()}


Node = Text | List | Mapping


def read(text: str, *, first_line: int = 1) -> Node:
    """Read one YAML document whose first line is line `first_line` of its file.

    Raises PlainYamlError for anything that is not plain YAML: aliases, tags, a key given twice, nesting over 20.
    """
    try:
        loader = _Composer(text, first_line)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except PlainYamlError:
        raise
    except yaml.MarkedYAMLError as error:
        raise _explained(error, first_line) from None
    except yaml.reader.ReaderError as error:
        place = Place(text.count("\n", 0, error.position) + first_line, 1)
        raise PlainYamlError("this line holds a character that YAML does not allow", place) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise PlainYamlError("this cannot be read as YAML", Place(first_line, 1)) from None
    return Mapping({}, {}, Place(first_line, 1)) if root is None else _plain(root, text, first_line)


def yes_or_no(value: object) -> bool:
    """The truth value that `yes`, `no`, `true` or `false` stands for. Raises ValueError for anything else."""
    known = {"yes": True, "true": True, "no": False, "false": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in known:
        raise ValueError("write yes or no")
    return known[str(value).lower()]


YesNo = Annotated[bool, BeforeValidator(yes_or_no)]


def place_at(node: Node, path: tuple[int | str, ...]) -> Place:
    """Where the value stands that a path of keys and indexes leads to, or the nearest thing around it."""
    for step in path:
        if isinstance(node, Mapping) and step in node.entries:
            node = node.entries[str(step)]
        elif isinstance(node, Mapping) and step in node.keys:
            return node.keys[str(step)]
        elif isinstance(node, List) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node.place


class _Composer(yaml.SafeLoader):
    """Composes nodes, and refuses what could surprise: aliases, anchors, tags and deep nesting."""

    def __init__(self, text: str, first_line: int) -> None:
        super().__init__(text)
        self.first_line = first_line
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        place = Place(event.start_mark.line + self.first_line, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise PlainYamlError("'&' and '*' have a meaning of their own here", place, "put the text in quotes")
        if getattr(event, "tag", None):
            raise PlainYamlError("'!' has a meaning of its own here", place, "put the text in quotes")
        if self.depth >= MAX_DEPTH:
            raise PlainYamlError(f"this is nested more than {MAX_DEPTH} deep", place, "write a plain list")
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _plain(node: yaml.Node, text: str, first_line: int) -> Node:
    place = Place(node.start_mark.line + first_line, node.start_mark.column + 1)
    if isinstance(node, yaml.ScalarNode):
        return Text(str(node.value), place, text[node.start_mark.index : node.end_mark.index])
    if isinstance(node, yaml.SequenceNode):
        return List(tuple(_plain(item, text, first_line) for item in node.value), place)
    entries: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for key_node, value_node in node.value:
        key = _plain(key_node, text, first_line)
        if not isinstance(key, Text):
            raise PlainYamlError("this cannot be the name of a value", key.place, "put the text in quotes")
        if key.value in entries:
            raise PlainYamlError(f"'{key.value}' is given twice", key.place, "keep one of the two")
        entries[key.value] = _plain(value_node, text, first_line)
        keys[key.value] = key.place
    return Mapping(entries, keys, place)


def _explained(error: yaml.MarkedYAMLError, first_line: int) -> PlainYamlError:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + first_line, mark.column + 1) if mark else Place(first_line, 1)
    problem = error.problem or ""
    for sign, message, mend in _PROBLEMS:
        if sign in problem or sign in (error.context or ""):
            return PlainYamlError(message, place, mend)
    return PlainYamlError("this cannot be read as 'key: value'", place, "put the text after the colon in quotes")


_PROBLEMS = (
    ("scanning an alias", "'*' has a meaning of its own here", "put the text in quotes"),
    ("scanning an anchor", "'&' has a meaning of its own here", "put the text in quotes"),
    ("scanning a tag", "'!' has a meaning of its own here", "put the text in quotes"),
    ("mapping values are not allowed", "there is a second colon here", "put the text after the first colon in quotes"),
    (r"character '\t'", "there is a tab here", "use spaces"),
    ("quoted scalar", "a quotation mark is opened here and not closed", "close it, or take it out"),
    ("could not find expected ':'", "there is no colon in the line before this place", "write 'key: value'"),
    ("cannot start any token", "this character has a meaning of its own here", "put the text in quotes"),
    ("but found another document", "there is more than one document here", "take out the line of dashes or dots"),
)
