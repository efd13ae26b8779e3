"""Counting positions without singling anybody out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FLOOR = 5


@dataclass(frozen=True, slots=True)
class Tally:
    """How many chose each option. `counts` has None for a cell that is kept back; `total` None when all is."""

    counts: Mapping[str, int | None]
    total: int | None


def count(options: Iterable[str], chosen: Iterable[str]) -> dict[str, int]:
    """How often each option was chosen, in the options' order."""
    counts = dict.fromkeys(options, 0)
    for option in chosen:
        counts[option] = counts.get(option, 0) + 1
    return counts


def whole(counts: Mapping[str, int]) -> Tally:
    """A tally as faculty see it."""
    return Tally(dict(counts), sum(counts.values()))


def from_respondents(counts: Mapping[str, int]) -> Tally | None:
    """A group's tally for its students: whole from FLOOR respondents on, before that not at all."""
    return whole(counts) if sum(counts.values()) >= FLOOR else None


def suppressed(counts: Mapping[str, int]) -> Tally | None:
    """A tally in which no cell under FLOOR can be read or worked out; None when nothing is left to show.

    Cells under FLOOR are kept back; then the smallest shown cells, too, until at least FLOOR people together, and so
    at least two cells, are kept back: the total gives none of them away.
    """
    hidden = {option for option, number in counts.items() if number < FLOOR}
    shown = sorted((number, option) for option, number in counts.items() if option not in hidden)
    while hidden and shown and sum(counts[option] for option in hidden) < FLOOR:
        hidden.add(shown.pop(0)[1])
    if not shown:
        return None
    return Tally(
        {option: None if option in hidden else number for option, number in counts.items()}, sum(counts.values())
    )
