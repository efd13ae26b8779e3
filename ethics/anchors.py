"""Where a comment belongs in a text: the passage itself, what stood around it, and where it stood.

A passage is found again after the text around it has changed; white space does not count, since lines are set anew.
What cannot be told for sure is not found: the comment then shows its quotation, and that the passage has changed. No
side effects.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Final, NamedTuple, Self

CONTEXT: Final = 32
LONG: Final = 40
"""A passage of this many characters is known by itself, where it stands only once."""


class Span(NamedTuple):
    """From the character at `start` to before the one at `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """A passage by quotation and position (the TextQuoteSelector and TextPositionSelector of the W3C)."""

    exact: str
    prefix: str
    suffix: str
    position: int


def anchor_at(text: str, span: Span) -> Anchor:
    """The anchor of a passage of a text."""
    start, end = span
    return Anchor(text[start:end], text[max(start - CONTEXT, 0) : start], text[end : end + CONTEXT], start)


def anchor_of(text: str, quotation: str, *, marks: str = "") -> Anchor | None:
    """The anchor of what somebody quoted, or None where it stands nowhere in the text, or more than once.

    `marks` are characters of the text that its reader does not see, such as the stars of Markdown.
    """
    folded = _Folded(text, marks)
    spans = folded.occurrences(_Folded(quotation, marks).text.strip())
    return anchor_at(text, folded.span(spans[0])) if len(spans) == 1 else None


def find(text: str, anchor: Anchor) -> Span | None:
    """Where the passage stands in a text, or None where it is gone or cannot be told from another."""
    exact = " ".join(anchor.exact.split())
    folded = _Folded(text)
    places = folded.occurrences(exact)
    if not places:
        return None
    prefix, suffix = _fold(anchor.prefix), _fold(anchor.suffix)
    support = {place: folded.support(place, prefix, suffix) for place in places}
    best = max(support.values())
    supported = [folded.span(place) for place in places if support[place] == best]
    if best == 0 and not (len(places) == 1 and len(exact) >= LONG):
        return None
    if len(supported) == 1:
        return supported[0]
    return next((span for span in supported if span.start == anchor.position), None)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a text that has several parts: the answers of a reflection, the segments of a case."""

    part: str
    """The key of the part it stands in."""
    anchor: Anchor

    def to_json(self) -> dict[str, Any]:
        """The passage as the database keeps it."""
        return {"part": self.part, **asdict(self.anchor)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The passage that `to_json` made."""
        return cls(kept["part"], Anchor(kept["exact"], kept["prefix"], kept["suffix"], kept["position"]))


def passage_of(parts: Mapping[str, str], quotation: str, *, part: str = "", before: str = "") -> Passage | None:
    """The passage that somebody quoted from plain texts by their keys, or None where that cannot be told.

    `part` and `before`, the words in front of it, say which is meant where the same words stand more than once; who
    copied a few words by hand gives neither.
    """
    wanted = _fold(quotation)
    found = []
    for key, text in parts.items():
        folded = _Folded(text)
        if part in {"", key}:
            found += [(key, folded, place) for place in folded.occurrences(wanted)]
    if len(found) > 1 and part:
        found = [(key, folded, place) for key, folded, place in found if folded.follows(place, before)]
    if len(found) != 1:
        return None
    key, folded, place = found[0]
    return Passage(key, anchor_at(parts[key], folded.span(place)))


def passage_in(parts: Mapping[str, str], passage: Passage) -> Passage | None:
    """The passage as it stands in these texts now, with what is around it there; None where it has changed."""
    text = parts.get(passage.part)
    span = None if text is None else find(text, passage.anchor)
    return None if text is None or span is None else Passage(passage.part, anchor_at(text, span))


class _Folded:
    """A text in which every run of white space is one space, and the way back to the places in the text."""

    def __init__(self, text: str, marks: str = "") -> None:
        characters: list[str] = []
        self._places: list[int] = []
        for place, character in enumerate(text):
            if character in marks:
                continue
            if not character.isspace():
                characters.append(character)
                self._places.append(place)
            elif characters and characters[-1] != " ":
                characters.append(" ")
                self._places.append(place)
        self.text = "".join(characters)

    def occurrences(self, exact: str) -> list[tuple[int, int]]:
        found = []
        at = self.text.find(exact) if exact else -1
        while at >= 0:
            found.append((at, at + len(exact)))
            at = self.text.find(exact, at + 1)
        return found

    def span(self, place: tuple[int, int]) -> Span:
        return Span(self._places[place[0]], self._places[place[1] - 1] + 1)

    def follows(self, place: tuple[int, int], before: str) -> bool:
        """Whether the place comes right after these words, or first where there are none.

        White space does not count at all: a browser sets none between two blocks.
        """
        words, length = "".join(before.split()), self._lengths[place[0]]
        return self._solid.endswith(words, 0, length) if words else not length

    @cached_property
    def _solid(self) -> str:
        return self.text.replace(" ", "")

    @cached_property
    def _lengths(self) -> list[int]:
        """How much of the solid text stands before each character of the text."""
        return list(accumulate((character != " " for character in self.text), initial=0))

    def support(self, place: tuple[int, int], prefix: str, suffix: str) -> int:
        """How many sides of the passage are still what they were: 0, 1 or 2."""
        start, end = place
        prefix, suffix = prefix.strip(), suffix.strip()
        # No more than is compared is cut out: one letter may stand ten thousand times in a text.
        before = self.text[max(start - len(prefix) - 1, 0) : start].rstrip().endswith(prefix) if prefix else not start
        after = self.text[end : end + len(suffix) + 1].lstrip().startswith(suffix) if suffix else end == len(self.text)
        return before + after


def _fold(text: str) -> str:
    return " ".join(text.split())
