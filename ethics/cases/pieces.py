"""The pieces of a text that a form is made of: where each stands, what it shows, how it is written back."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")

Values = tuple[str, ...]


class Edit(NamedTuple):
    """Put `text` in the place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """What one input, or a group of them, shows of the text, and how it is written back."""

    name: str
    values: Values
    start: int
    end: int
    tidy: Callable[[Sequence[str]], Values] = field(repr=False)
    write: Callable[[Values], Edit] = field(repr=False)

    @property
    def value(self) -> str:
        """The first of its values, the only one for most."""
        return self.values[0] if self.values else ""

    def edit(self, sent: Sequence[str]) -> Edit | None:
        """What has to be written, or None where what was sent says what the text says."""
        wanted = self.tidy(sent)
        return None if wanted == self.tidy(self.values) else self.write(wanted)


@dataclass(frozen=True, slots=True)
class Block:
    """Something that can change places with its like (`start` to `end`) or be taken out (`whole`)."""

    name: str
    group: str
    start: int
    end: int
    whole: tuple[int, int]


class FormError(ValueError):
    """The text cannot be shown as a form; as Markdown it can. `place` is where that shows."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text: where it starts, where it ends, and where the next one starts."""

    start: int
    end: int
    after: int

    def of(self, text: str) -> str:
        """What stands in it."""
        return text[self.start : self.end]


def lines_of(text: str) -> list[Line]:
    """Every line with its place; like `split('\\n')` after the newlines are made one kind."""
    found, at = [], 0
    while True:
        match = _LINE.match(text, at)
        assert match is not None  # noqa: S101  # the pattern matches the empty string
        found.append(Line(at, match.end(1), match.end()))
        if not match[2]:
            return found
        at = match.end()


def newline_of(text: str) -> str:
    """The line end that the text uses most."""
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def collapsed(sent: Sequence[str]) -> Values:
    """One line."""
    return (" ".join(sent[0].split()) if sent else "",)


def filled(sent: Sequence[str]) -> Values:
    """Lines, without the empty ones."""
    return tuple(" ".join(text.split()) for text in sent if text.strip())


def by_line(sent: Sequence[str]) -> Values:
    """What stands in the lines of one text."""
    return filled((sent[0] if sent else "").splitlines())
