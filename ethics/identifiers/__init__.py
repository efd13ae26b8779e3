"""Marks what could identify a real person in a text: names with a title, numbers, dates, places. Pure and offline.

It points, and never vouches: nothing that runs offline finds names reliably, so a text without a mark is not anonymous.
What it finds and what it cannot is measured, and stands in docs/identifiers.md.
"""

import re
from collections.abc import Collection, Iterator

from ethics.identifiers import lives, numbers
from ethics.identifiers.marks import Identifier, Kind, around_digits


def find(
    text: str, *, known: Collection[str] = (), story: str = "", kinds: Collection[Kind] = frozenset(Kind)
) -> list[Identifier]:
    """Every passage of these kinds that could identify somebody, in order; of two that overlap, the first.

    `known` are names or numbers that certainly belong to real people here, such as those of a class. `story` is the
    case that is written about: what stands in it points to nobody. What is kept for fiction (example.org, 555-0100 and
    the like) is not marked.
    """
    found = [*_known(text, known)]
    prose = _URL.sub(lambda match: " " * len(match[0]), text)
    windows = tuple(around_digits(prose))
    for search in (*lives.SEARCHES, *numbers.SEARCHES):
        found.extend(mark for mark in search(prose, windows) if mark.kind in kinds)
    told = _Story(story)
    kept: list[Identifier] = []
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end)):
        if (not kept or mark.start >= kept[-1].end) and not told.tells(mark, text):
            kept.append(mark)
    return kept


def _known(text: str, known: Collection[str]) -> Iterator[Identifier]:
    words = sorted({" ".join(word.split()) for word in known} - {""}, key=len, reverse=True)
    if words:
        alternatives = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
        for match in re.finditer(rf"(?<!\w)(?:{alternatives})(?!\w)", text, re.IGNORECASE):
            yield Identifier(Kind.KNOWN, *match.span())


_URL = re.compile(r"\b(?:https?://|www\.|doi:)\S+")
"""An address on the web is a source, whatever number it holds."""
_POSSESSIVE = re.compile(r"['’]s\b")


class _Story:
    """The words of a case, to be looked for in it."""

    def __init__(self, text: str) -> None:
        self._words = _in_words(text)
        self._folded = self._words.casefold()

    def tells(self, mark: Identifier, text: str) -> bool:
        """Whether the case itself has these words: of a name its last word, so that 'Dr' may become 'Mrs'."""
        if mark.kind is Kind.KNOWN or not self._words.strip():
            return False
        words = _in_words(text[mark.start : mark.end])
        if mark.kind is Kind.NAME:
            return f" {words.split()[-1]} " in self._words
        return words.casefold() in self._folded


def _in_words(text: str) -> str:
    return " ".join(["", *re.findall(r"\w+", _POSSESSIVE.sub("", text)), ""])


__all__ = ["Identifier", "Kind", "find"]
