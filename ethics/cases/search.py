"""Finding cases by their words: how texts are made findable, what was asked for, and where it stands in a text.

A text is kept a second time as its words, folded (no capitals, no accents, no marks) and each between two spaces, so
that ` take the` is found by plain LIKE at the beginning of words, and means the same on both databases
(docs/decisions/0010-search-by-folded-words.md).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ethics.markup import text_of

MOST_TERMS = 8
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r'["“”„]([^"“”„]*)["“”„]?')
_AROUND = 14
"""Words shown before and after the first hit."""


def words_of(*texts: str) -> str:
    """The words of some texts as they are looked for: folded, single spaces between and around them."""
    return f" {' '.join(_folded(word[0]) for text in texts for word in _WORD.finditer(_composed(text)))} "


def shown_text(html: str, items: Iterable[Mapping[str, object]]) -> str:
    """What a reader sees of a stored segment, as plain text: its HTML, then its options, questions or references."""
    parts = [html, *(str(item.get("html") or item.get("text") or "") for item in items)]
    return _composed(" ".join(" ".join(text_of(part) for part in parts).split()))


def terms_of(wish: str) -> tuple[str, ...]:
    """What somebody looks for, folded: single words, and what stands in quotation marks as one. At most MOST_TERMS."""
    phrases = _QUOTED.findall(wish)
    found = [words_of(text).strip() for text in (*phrases, *_QUOTED.sub(" ", wish).split())]
    return tuple(dict.fromkeys(term for term in found if term))[:MOST_TERMS]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an excerpt."""

    text: str
    is_hit: bool = False


def excerpt(text: str, terms: Sequence[str]) -> list[Piece]:
    """The words around the first hit in a text, with every hit in them marked; empty where no term stands in it."""
    words = list(_WORD.finditer(text))
    folded = [_folded(word[0]) for word in words]
    hits: set[int] = set()
    for term in terms:
        hits.update(_places(folded, term.split()))
    if not hits:
        return []
    first, last = max(min(hits) - _AROUND, 0), min(min(hits) + _AROUND, len(words) - 1)
    pieces = [Piece("… ")] if first else []
    at = words[first].start()
    for place in sorted(hits & set(range(first, last + 1))):
        pieces += [Piece(text[at : words[place].start()]), Piece(words[place][0], is_hit=True)]
        at = words[place].end()
    end = len(text) if last == len(words) - 1 else words[last].end()
    pieces += [Piece(text[at:end]), Piece(" …" if end < len(text) else "")]
    return [piece for piece in pieces if piece.text]


def _places(words: Sequence[str], term: Sequence[str]) -> Iterable[int]:
    """The places of all words of a term wherever it stands; the last word of it may go on."""
    for start in range(len(words) - len(term) + 1):
        if list(words[start : start + len(term) - 1]) == list(term[:-1]) and words[start + len(term) - 1].startswith(
            term[-1]
        ):
            yield from range(start, start + len(term))


def _composed(text: str) -> str:
    """The text with each accent on its letter, so that a word is not cut there."""
    return unicodedata.normalize("NFC", text)


def _folded(word: str) -> str:
    return "".join(
        sign for sign in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(sign)
    ).casefold()
