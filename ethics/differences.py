"""What differs between two texts: by words, to be read, and by paragraphs, to choose from. No side effects."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

AROUND: Final = 3
"""Lines that are shown around a change; the rest of what stayed is folded away."""
_MOST_WORDS: Final = 3000

_WORD: Final = re.compile(r"\s+|\w+\s*|[^\w\s]\s*")
_PARAGRAPH: Final = re.compile(r".*?(?:\n(?:[ \t]*\n)+|\Z)", re.DOTALL)

Side = Literal["mine", "theirs"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Runs to be shown together, or (`is_folded`) lines that stayed and are far from any change."""

    runs: tuple[Run, ...]
    is_folded: bool = False

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return sum(run.text.count("\n") for run in self.runs)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Paragraphs that are the same in both texts, or differ: then one of the two has to be chosen."""

    mine: str
    theirs: str
    suggested: Side | None = None
    """The side that alone has changed since both began."""

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to choose."""
        return self.mine == self.theirs


def words_between(before: str, after: str) -> list[Stretch]:
    """How one text became the other, word by word, with what stayed folded away where it is long."""
    runs = _joined(_runs(before, after))
    stretches: list[Stretch] = []
    shown: list[Run] = []
    for index, run in enumerate(runs):
        lines = run.text.splitlines(keepends=True)
        first, last = index == 0, index == len(runs) - 1
        if run.kind != "same" or len(lines) <= 2 * AROUND + 1:
            shown.append(run)
            continue
        head, tail = (0 if first else AROUND), (0 if last else AROUND)
        middle = lines[head : len(lines) - tail]
        if head:
            shown.append(Run("same", "".join(lines[:head])))
        if shown:
            stretches.append(Stretch(tuple(shown)))
        stretches.append(Stretch((Run("same", "".join(middle)),), is_folded=True))
        shown = [Run("same", "".join(lines[len(lines) - tail :]))] if tail else []
    return [*stretches, Stretch(tuple(shown))] if shown else stretches


def _runs(before: str, after: str) -> Iterator[Run]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, start, end, start_new, end_new in _opcodes(old, new):
        gone, came = "".join(old[start:end]), "".join(new[start_new:end_new])
        if tag == "equal":
            yield Run("same", gone)
        else:
            yield from _words(gone, came)


def _words(gone: str, came: str) -> Iterator[Run]:
    old, new = _WORD.findall(gone), _WORD.findall(came)
    if not old or not new or max(len(old), len(new)) > _MOST_WORDS:
        yield from (run for run in (Run("gone", gone), Run("new", came)) if run.text)
        return
    # Lines that are only set anew have not changed: one space is as good as one line end, an empty line is not.
    folded = [[_one_space(word) for word in words] for words in (old, new)]
    for tag, start, end, start_new, end_new in _opcodes(*folded):
        if tag == "equal":
            yield Run("same", "".join(new[start_new:end_new]))
            continue
        gone_here, came_here = "".join(old[start:end]), "".join(new[start_new:end_new])
        space = came_here[len(came_here.rstrip()) :]
        if gone_here.strip() and came_here.strip() and space and gone_here[-1].isspace():
            yield from (Run("gone", gone_here.rstrip()), Run("new", came_here.rstrip()), Run("same", space))
        else:
            yield from (run for run in (Run("gone", gone_here), Run("new", came_here)) if run.text)


def _joined(runs: Iterator[Run]) -> list[Run]:
    """The runs, of which no two that follow each other are of one kind."""
    found: list[Run] = []
    for run in runs:
        if found and found[-1].kind == run.kind:
            found[-1] = Run(run.kind, found[-1].text + run.text)
        else:
            found.append(run)
    return found


def _one_space(word: str) -> str:
    """The word with the space after it in one form."""
    space = word[len(word.rstrip()) :]
    return word.rstrip() + ("\n\n" if space.count("\n") > 1 else " " * bool(space))


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    # What stands there too often to tell anything (an empty line, "the") begins no match: else long texts take minutes.
    return SequenceMatcher(a=old, b=new).get_opcodes()


def hunks(mine: str, theirs: str, *, base: str) -> list[Hunk]:
    """The two texts side by side by paragraphs; `base` is what both began from."""
    one, other = _paragraphs(mine), _paragraphs(theirs)
    found = []
    for _, start, end, start_other, end_other in _opcodes(one, other):
        pair = "".join(one[start:end]), "".join(other[start_other:end_other])
        found.append(Hunk(*pair, None if pair[0] == pair[1] else _suggested(*pair, base)))
    return found


def chosen(found: Sequence[Hunk], choices: Mapping[int, str]) -> str | None:
    """The text that the choices make of the hunks (by their number), or None where one has not been chosen."""
    pieces = []
    for number, hunk in enumerate(found):
        side = "mine" if hunk.is_same else choices.get(number)
        if side not in {"mine", "theirs"}:
            return None
        pieces.append(hunk.mine if side == "mine" else hunk.theirs)
    return "".join(pieces)


def _paragraphs(text: str) -> list[str]:
    return [piece for piece in _PARAGRAPH.findall(text) if piece]


def _suggested(mine: str, theirs: str, base: str) -> Side | None:
    mine_stood, theirs_stood = (bool(text.strip()) and text.strip() in base for text in (mine, theirs))
    if not mine.strip():
        return "mine" if theirs_stood else "theirs"
    if not theirs.strip():
        return "theirs" if mine_stood else "mine"
    if mine_stood == theirs_stood:
        return None
    return "theirs" if mine_stood else "mine"
