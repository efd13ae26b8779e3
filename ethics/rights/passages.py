"""What two texts have in common word for word, whatever their marks, case and white space. No side effects."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

QUOTED: Final = 24
"""From so many letters and digits on, the same run in two texts is a quotation and no chance."""
WHOLE: Final = 12
"""A text shorter than QUOTED is a quotation where the whole of it stands, if it has so many letters and digits."""
GAP: Final = "[…]"
"""What stands where a quotation stood."""


class Passages:
    """The passages of some texts, looked for in others. What `public` texts say as well, a case's, is no secret."""

    def __init__(self, texts: Iterable[str], *, public: Iterable[str] = ()) -> None:
        self._known = "\n".join(_folded(text) for text in public)
        self._runs: dict[int, set[str]] = {}
        for text in texts:
            letters = _folded(text)
            length = min(QUOTED, len(letters))
            if length >= WHOLE:
                runs = (letters[start : start + length] for start in range(len(letters) - length + 1))
                self._runs.setdefault(length, set()).update(run for run in runs if run not in self._known)

    def are_in(self, text: str) -> bool:
        """Whether the text holds one of the passages."""
        return any(True for _ in self._places(_folded(text)))

    def without(self, kept: Any) -> Any:
        """What JSON can hold, with every passage taken out of every text in it."""
        if isinstance(kept, str):
            return self.taken_out(kept)
        if isinstance(kept, Mapping):
            return {name: self.without(value) for name, value in kept.items()}
        return [self.without(value) for value in kept] if isinstance(kept, list) else kept

    def taken_out(self, text: str) -> str:
        """The text with GAP in the place of each passage; the same text where there is none."""
        places = [place for place, character in enumerate(text) for _ in _folded(character)]
        letters = "".join(_folded(character) for character in text)
        kept: list[str] = []
        end = 0
        for first, last in _joined(self._places(letters)):
            kept += [text[end : places[first]], GAP]
            end = places[last] + 1
        return "".join([*kept, text[end:]])

    def _places(self, letters: str) -> Iterable[tuple[int, int]]:
        """Where a passage begins and where its last letter stands, in the order of the text."""
        return sorted(
            (start, start + length - 1)
            for length, runs in self._runs.items()
            for start in range(len(letters) - length + 1)
            if letters[start : start + length] in runs
        )


def _joined(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places that touch, as one."""
    joined: list[tuple[int, int]] = []
    for first, last in places:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _folded(text: str) -> str:
    """Letters and digits alone, without accents and case."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text).casefold() if sign.isalnum())
