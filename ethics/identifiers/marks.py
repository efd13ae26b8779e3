"""What a mark is, and how rules find one. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a passage seems to be."""

    RECORD = "record"
    """A number that a hospital, school, insurer or court gave somebody."""
    NATIONAL = "national"
    """A number that a state gave somebody, or somebody's car."""
    AGE = "age"
    """An age of 90 and over: there are few of them in one place."""
    DATE = "date"
    """A full date, its month a name or a number."""
    DAY = "day"
    """A day and its month, without the year."""
    PHONE = "phone"
    """A telephone, an extension or a pager."""
    EMAIL = "email"
    """An e-mail address, or a name on a social network."""
    ADDRESS = "address"
    """A street with the number of the house, or a postcode."""
    NAME = "name"
    """A title with a surname or an initial; initials beside a ward or bed."""
    PLACE = "place"
    """A ward, room or bed with its number or name; a hospital by name."""
    KNOWN = "known"
    """One of the words the caller knows to belong to somebody."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A passage that could identify somebody: `text[start:end]`."""

    kind: Kind
    start: int
    end: int


Windows = Sequence[tuple[int, int]]
Search = Callable[[str, Windows], Iterator[Identifier]]
Holds = Callable[[re.Match[str]], bool]

_DIGITS = re.compile(r"\d[\d .,:;/()-]*")
_NEAR: Final = 60
"""How many characters from its digits an identifier may begin or end."""


def around_digits(text: str) -> Iterator[tuple[int, int]]:
    """Where the text has digits, with what stands before and after: nine tenths of prose need no second look."""
    start = end = 0
    for match in _DIGITS.finditer(text):
        if match.start() - _NEAR > end:
            if end:
                yield start, end
            start = max(0, match.start() - _NEAR)
        space = text.find(" ", match.end() + _NEAR)
        end = len(text) if space < 0 else space
    if end:
        yield start, end


def by_digits(kind: Kind, *patterns: re.Pattern[str], where: Holds = lambda _: True) -> Search:
    """A search for patterns that hold a digit; where one has a group `mark`, that is what is marked."""

    def search(text: str, windows: Windows) -> Iterator[Identifier]:
        for pattern in patterns:
            for start, end in windows:
                yield from _marks(kind, pattern.finditer(text, start, end), where)

    return search


def anywhere(kind: Kind, *patterns: re.Pattern[str], where: Holds = lambda _: True) -> Search:
    """The same for patterns that may hold no digit."""

    def search(text: str, _: Windows) -> Iterator[Identifier]:
        for pattern in patterns:
            yield from _marks(kind, pattern.finditer(text), where)

    return search


def _marks(kind: Kind, matches: Iterator[re.Match[str]], where: Holds) -> Iterator[Identifier]:
    for match in matches:
        if where(match):
            yield Identifier(kind, *match.span("mark" if "mark" in match.re.groupindex else 0))


def marked(match: re.Match[str]) -> str:
    """The words that a match would mark."""
    return match["mark" if "mark" in match.re.groupindex else 0]


def digits_of(match: re.Match[str]) -> str:
    """The digits among the words that a match would mark."""
    return "".join(filter(str.isdigit, marked(match)))
