"""What holds for groups and places in them, without a database."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seats:
    """A group and who sits in it, by profession (None where it is not known)."""

    group_id: int
    professions: Counter[str | None]


def latecomer_s_group(groups: Iterable[Seats], profession: str | None) -> int:
    """The group for somebody who comes late: the smallest, among equals one where the same profession sits already."""
    return min(
        groups,
        key=lambda group: (
            group.professions.total(),
            not (profession is not None and group.professions[profession]),
            group.group_id,
        ),
    ).group_id
