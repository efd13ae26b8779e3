"""Hygiene of typed text: what is tidied, what is refused, and how long a text may be. No side effects."""

import re
import unicodedata
from typing import Final

from ethics.errors import Invalid

COMMENT_BYTES: Final = 10_000
FIELD_BYTES: Final = 20_000
REFLECTION_BYTES: Final = 50_000

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_hidden(character: str) -> bool:
    """Tell whether a character is one nobody sees: a control, a direction mark, a zero-width or a soft hyphen."""
    return unicodedata.category(character) in {"Cc", "Cf"}


def clean_name(text: str) -> str:
    """Return a name or title in NFC, without hidden characters, its white space collapsed and trimmed."""
    seen = "".join(character for character in text if character.isspace() or not is_hidden(character))
    return unicodedata.normalize("NFC", " ".join(seen.split()))


def normalise_newlines(text: str) -> str:
    """Return the text with every line ending as a single newline, however the browser sent it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def showable(text: str) -> str:
    """Return the text as a page can show it again: HTML cannot hold a NUL, so its place is marked instead."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def too_long(text: str, limit: int) -> bool:
    """Tell whether the text takes more than `limit` bytes in UTF-8."""
    return len(text.encode(errors="surrogatepass")) > limit


def refuse_unstorable(text: str, field: str | None = None) -> None:
    """Raise `Invalid` for what a database or UTF-8 cannot hold: a NUL or half of a surrogate pair."""
    if _UNSTORABLE.search(text):
        raise Invalid("unstorable", field)
