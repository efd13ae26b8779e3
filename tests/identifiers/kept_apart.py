"""The set kept apart, and what the rules make of it: `python -m tests.identifiers.kept_apart` prints the figures."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from ethics.identifiers import find

SET = yaml.safe_load((Path(__file__).parent / "kept-apart.yaml").read_text())
STORY = "\n".join(SET["case"])


@dataclass(frozen=True)
class Figures:
    """What was found: of each kind of identifier, and by mistake."""

    found: dict[str, tuple[int, int]]
    """By kind: how many of how many."""
    missed: list[str]
    marked_by_mistake: list[str]
    clean: int

    @property
    def share_found(self) -> float:
        """Of all identifiers, 0 to 1."""
        return sum(found for found, _ in self.found.values()) / sum(all_ for _, all_ in self.found.values())

    @property
    def share_mistaken(self) -> float:
        """Of all clean sentences, 0 to 1."""
        return len(self.marked_by_mistake) / self.clean

    def __str__(self) -> str:
        kinds = "\n".join(f"{kind:10} {found:4} of {all_:4}" for kind, (found, all_) in self.found.items())
        return (
            f"{kinds}\nfound {self.share_found:.1%}; clean sentences marked {self.share_mistaken:.1%} of {self.clean}"
        )


def figures() -> Figures:
    """Measure the rules. An identifier counts as found when a mark touches it."""
    found: dict[str, tuple[int, int]] = {}
    missed = []
    for kind, lines in SET["marked"].items():
        hits = [hit for line in lines.splitlines() for hit in _hits(line)]
        found[kind] = (len([line for line, is_found in hits if is_found]), len(hits))
        missed += [line for line, is_found in hits if not is_found]
    clean = SET["clean"].splitlines()
    return Figures(found, missed, [line for line in clean if find(line, story=STORY)], len(clean))


def _hits(line: str) -> Iterator[tuple[str, bool]]:
    """Each identifier of a line, and whether it was found."""
    text, spans = "", []
    for piece in line.split("«"):
        inside, closed, after = piece.partition("»")
        if closed:
            spans.append((len(text), len(text) + len(inside)))
        text += inside + after
    marks = find(text, story=STORY)
    for start, end in spans:
        yield line, any(mark.start < end and start < mark.end for mark in marks)


if __name__ == "__main__":
    sys.stdout.write(f"{figures()}\n")
