"""The words for what the features only name: codes of errors and of refusals."""

from flask_babel import LazyString, gettext, lazy_gettext

_MESSAGES: dict[str, LazyString] = {}


def say(words: dict[str, LazyString]) -> None:
    """Add the words of one feature's codes. A code has one meaning everywhere.

    Raises ValueError for a code that already has other words.
    """
    for code, text in words.items():
        if code in _MESSAGES and _MESSAGES[code] != text:
            raise ValueError(f"the code {code!r} has two meanings")
        _MESSAGES[code] = text


def message(code: str) -> str:
    """The sentence for a code."""
    return str(_MESSAGES[code]) if code in _MESSAGES else gettext("That was not possible.")


say(
    {
        "required": lazy_gettext("Please write something here."),
        "too-long": lazy_gettext("This is longer than can be kept. Nothing was lost: shorten it and send it again."),
        "unstorable": lazy_gettext("This holds characters that cannot be stored. Remove them and send it again."),
        "stale": lazy_gettext("This was changed elsewhere since you opened it. Both texts are shown."),
    }
)
