"""Groups made automatically: professions mixed, and nobody the only one of theirs where that can be avoided.

Pure and deterministic: the same students, number of groups and seed give the same groups, in whatever order they come.

A profession's share of a group is made of pairs and triples, so that nobody is alone. Pairs leave room for an even
number only: each group of odd size needs a triple, or somebody who is alone anyway. From this follows, before anybody
is placed, whether a division without lonely people exists, and the most even sizes that have one are taken.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

SMALLEST, LARGEST = 6, 9
_MIDDLE = (SMALLEST + LARGEST) / 2
_TRIPLE = 3
_SWEEPS = 12

Profession = str | None
Shares = dict[Profession, list[int]]
"""How many of a profession each group gets."""


def numbers_of_groups(students: int) -> range:
    """Into how many groups of 6 to 9 so many students can be divided.

    Fewer than six are one group; ten or eleven, for whom no such size fits, are two.
    """
    if students < SMALLEST:
        return range(1, min(students, 1) + 1)
    return range(-(-students // LARGEST), max(students // SMALLEST, -(-students // LARGEST)) + 1)


def usual_number(students: int) -> int:
    """The number of groups whose size is nearest to the middle; 0 for nobody."""
    return min(numbers_of_groups(students), key=lambda groups: abs(students / groups - _MIDDLE), default=0)


def divide(professions: Mapping[str, Profession], *, groups: int, seed: int) -> list[tuple[str, ...]]:
    """Divide students, by the profession of each (None: not known), into so many groups.

    Sizes are 6 to 9 where the number of groups allows it, else as even as can be. Of a profession with two or more
    students nobody is alone in a group if any such division into so many groups exists. Raises ValueError for more
    groups than students.
    """
    if groups > len(professions):
        raise ValueError("more groups than students")
    if not groups:
        return []
    chance = random.Random(seed)  # noqa: S311  # a preview that can be made again, not a secret
    waiting: dict[Profession, list[str]] = {}
    for student in sorted(professions):
        waiting.setdefault(professions[student], []).append(student)
    for students in waiting.values():
        chance.shuffle(students)
    counts = {profession: len(waiting[profession]) for profession in sorted(waiting, key=str)}
    plan = _plan(counts, groups)
    shares = _Table(counts, plan, chance).filled()
    return [
        tuple(waiting[profession].pop() for profession in shares for _ in range(shares[profession][group]))
        for group in range(groups)
    ]


@dataclass(frozen=True)
class _Plan:
    """Sizes of the groups, and how many of each profession stand alone in theirs, for those sizes."""

    sizes: tuple[int, ...]
    counts: Mapping[Profession, int]
    broken: Mapping[Profession, int]
    """Of professions with two or more: how many are alone all the same."""

    @cached_property
    def alone(self) -> dict[Profession, int]:
        """Who is placed one by one: of no known profession, the only one of theirs, broken off."""
        return {
            profession: count if profession is None or count == 1 else self.broken.get(profession, 0)
            for profession, count in self.counts.items()
        }

    @cached_property
    def together(self) -> dict[Profession, int]:
        """Who is placed in pairs and triples."""
        return {profession: count - self.alone[profession] for profession, count in self.counts.items()}

    @property
    def odd_groups(self) -> int:
        """Groups that pairs alone cannot fill."""
        return sum(size % 2 for size in self.sizes)

    @property
    def fewest_triples(self) -> int:
        """One for each profession of odd number."""
        return sum(count % 2 for count in self.together.values())

    @property
    def most_triples(self) -> int:
        """As many as the professions can be broken into."""
        return sum(_most_triples(count) for count in self.together.values())

    @property
    def triples(self) -> int:
        """How many triples there are: no more than the groups of odd size ask for."""
        wanted = self.odd_groups - sum(self.alone.values())
        more = max(0, wanted - self.fewest_triples)
        return self.fewest_triples + more + more % 2

    @property
    def lacks_triples(self) -> bool:
        """Whether some group of odd size gets neither a triple nor one who is alone."""
        return self.triples > self.most_triples

    @property
    def has_too_many(self) -> bool:
        """Whether triples are left that fit into no group, two by two or beside one who is alone."""
        beside = sum(self.alone.values())
        left = self.triples - self.odd_groups - 2 * sum(_room_for_two(size) for size in self.sizes)
        return left > min(beside, sum(_room_for_one(size) for size in self.sizes))


def _plan(counts: Mapping[Profession, int], groups: int) -> _Plan:
    """The most even sizes with which the fewest people are alone."""
    best: _Plan | None = None
    for sizes in _sizes(sum(counts.values()), groups):
        plan = _with_broken(sizes, counts)
        if best is None or sum(plan.broken.values()) < sum(best.broken.values()):
            best = plan
        if not best.broken:
            break
    assert best is not None, "there is always the even division"  # noqa: S101  # for the type checker
    return best


def _sizes(students: int, groups: int) -> list[tuple[int, ...]]:
    """Every way to have so many groups of 6 to 9, the most even first; the even one alone where there is none."""
    found = []
    for nines in range(groups + 1):
        for eights in range(groups + 1 - nines):
            small = groups - nines - eights
            sevens = students - 9 * nines - 8 * eights - SMALLEST * small
            if 0 <= sevens <= small:
                found.append((9,) * nines + (8,) * eights + (7,) * sevens + (6,) * (small - sevens))
    if not found:
        size, larger = divmod(students, groups)
        found = [(size + 1,) * larger + (size,) * (groups - larger)]
    return sorted(found, key=lambda sizes: sum(size * size for size in sizes))


def _with_broken(sizes: tuple[int, ...], counts: Mapping[Profession, int]) -> _Plan:
    """The plan for these sizes, with as few broken off their profession as these sizes ask for."""
    broken: Counter[Profession] = Counter()
    while True:
        plan = _Plan(sizes, counts, dict(broken))
        together = [(count, profession) for profession, count in plan.together.items() if count > 1]
        if plan.lacks_triples:
            # One taken from a profession may leave a triple behind; of a pair both are alone then.
            gains = [(count, name) for count, name in together if _most_triples(count - 1) > _most_triples(count)]
            _, profession = max(gains or together, key=_by_count)
            broken[profession] += 1 if gains else 2
        elif plan.has_too_many:
            _, profession = max((pair for pair in together if pair[0] % 2), key=_by_count)
            broken[profession] += 1
        else:
            return plan


def _by_count(pair: tuple[int, Profession]) -> tuple[int, str]:
    return pair[0], str(pair[1])


def _most_triples(count: int) -> int:
    """The most triples into which so many can be broken, the rest being pairs."""
    triples = count // _TRIPLE
    return triples - (count - triples) % 2


def _room_for_two(size: int) -> int:
    """How often two more triples fit into a group, beside the one that an odd size asks for."""
    return (size - _TRIPLE * (size % 2)) // (2 * _TRIPLE)


def _room_for_one(size: int) -> int:
    """Whether beside all those one more fits with somebody who is alone."""
    return int((size - _TRIPLE * (size % 2)) % (2 * _TRIPLE) > _TRIPLE)


class _Table:
    """The shares of the groups while they are filled."""

    def __init__(self, counts: Mapping[Profession, int], plan: _Plan, chance: random.Random) -> None:
        self.counts, self.plan, self.chance = counts, plan, chance
        self.sizes = list(plan.sizes)
        chance.shuffle(self.sizes)
        self.room = list(self.sizes)
        self.shares: Shares = {profession: [0] * len(self.sizes) for profession in counts}

    def filled(self) -> Shares:
        """Place everybody: triples, who is alone, pairs; then even out."""
        triples = list(self._triples())
        for profession in triples:
            self._put(profession, _TRIPLE, self._for_triples())
        singles = [profession for profession, count in self.plan.alone.items() for _ in range(count)]
        self.chance.shuffle(singles)
        odd = sum(room % 2 for room in self.room)
        for profession in singles[:odd]:
            self._put(profession, 1, [group for group, room in enumerate(self.room) if room % 2])
        for first, second in zip(singles[odd::2], singles[odd + 1 :: 2], strict=True):
            group = self._put(first, 1, [group for group, room in enumerate(self.room) if room >= 2])  # noqa: PLR2004  # two
            self._put(second, 1, [group])
        for profession in sorted(self.counts, key=lambda name: (-self.counts[name], str(name))):
            pairs = (self.plan.together[profession] - _TRIPLE * triples.count(profession)) // 2
            for _ in range(pairs):
                self._put(profession, 2, [group for group, room in enumerate(self.room) if room >= 2])  # noqa: PLR2004  # a pair
        self._even_out()
        return self.shares

    def _triples(self) -> Iterator[Profession]:
        """The profession of each triple: one of each odd number first, then two at a time from the most numerous."""
        left = dict(self.plan.together)
        for profession, count in self.plan.together.items():
            if count % 2:
                left[profession] -= _TRIPLE
                yield profession
        for _ in range(self.plan.fewest_triples, self.plan.triples, 2):
            profession = max(left, key=lambda name: (left[name], str(name)))
            left[profession] -= 2 * _TRIPLE
            yield profession
            yield profession

    def _for_triples(self) -> list[int]:
        """Where a triple goes: to an odd room; else where a second one follows; else beside one who is alone."""
        odd = [group for group, room in enumerate(self.room) if room % 2 and room >= _TRIPLE]
        two = [group for group, room in enumerate(self.room) if room >= 2 * _TRIPLE]
        return odd or two or [group for group, room in enumerate(self.room) if room >= _TRIPLE]

    def _put(self, profession: Profession, number: int, groups: Sequence[int]) -> int:
        """Put so many into the one of these groups that has the fewest of them, and the most room."""
        share = self.shares[profession]
        chosen = min(groups, key=lambda group: (share[group], -self.room[group], self.chance.random()))
        share[chosen] += number
        self.room[chosen] -= number
        return chosen

    def _even_out(self) -> None:
        """Exchange ones and twos between groups as long as that evens out how professions are spread."""
        for _ in range(_SWEEPS):
            exchanged = [self._exchange(profession) for profession in self.counts]
            if not any(exchanged):
                return

    def _exchange(self, profession: Profession) -> bool:
        share, changed = self.shares[profession], False
        for giving in range(len(self.sizes)):
            for taking in range(len(self.sizes)):
                for number in (1, 2):
                    if self._evens(profession, giving, taking, number) >= 0:
                        break
                    for other in self.counts:
                        if other != profession and self._may(profession, other, giving, taking, number):
                            back = self.shares[other]
                            share[giving] -= number
                            share[taking] += number
                            back[giving] += number
                            back[taking] -= number
                            changed = True
                            break
        return changed

    def _may(self, profession: Profession, other: Profession, giving: int, taking: int, number: int) -> bool:
        """Whether an exchange is possible, leaves nobody more alone, and evens out more than it unsettles."""
        if self.shares[profession][giving] < number or self.shares[other][taking] < number:
            return False
        if self._loneliness(profession, giving, taking, number) + self._loneliness(other, taking, giving, number) > 0:
            return False
        return self._evens(profession, giving, taking, number) + self._evens(other, taking, giving, number) < -1e-9  # noqa: PLR2004  # rounding

    def _loneliness(self, profession: Profession, giving: int, taking: int, number: int) -> int:
        """How many more would be alone."""
        if profession is None:
            return 0
        share = self.shares[profession]
        before = (share[giving], share[taking])
        return (before[0] - number, before[1] + number).count(1) - before.count(1)

    def _evens(self, profession: Profession, giving: int, taking: int, number: int) -> float:
        """By how much the sum of squared distances from an even spread changes."""
        share = self.shares[profession]
        wanted = self.counts[profession] / len(self.room)
        average = sum(self.sizes) / len(self.sizes)
        over = share[giving] - wanted * self.sizes[giving] / average
        under = share[taking] - wanted * self.sizes[taking] / average
        return 2 * number * (under - over + number)
