"""Where a comment belongs in a text: the passage itself, what stood around it, and where it stood.

A passage is found again after the text around it has changed; white space does not count, since lines are set anew.
What cannot be told for sure is not found: the comment then shows its quotation, and that the passage has changed. No
side effects.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

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

    def support(self, place: tuple[int, int], prefix: str, suffix: str) -> int:
        """How many sides of the passage are still what they were: 0, 1 or 2."""
        before = (
            self.text[: place[0]].rstrip().endswith(prefix.strip()) if prefix.strip() else not self.text[: place[0]]
        )
        after = (
            self.text[place[1] :].lstrip().startswith(suffix.strip()) if suffix.strip() else not self.text[place[1] :]
        )
        return before + after


def _fold(text: str) -> str:
    return " ".join(text.split())
