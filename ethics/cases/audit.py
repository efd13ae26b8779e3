"""What a collection of cases covers, and who is portrayed how in it. Pure: for the command line and for pages."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Final, Protocol

from ethics.vocabulary import Kind, Vocabulary

LEVELS: Final = ("introductory", "intermediate", "advanced")
NO_LEVEL: Final = ""
WHO: Final = ("patient", "family", "clinician", "student", "other")
"""What somebody is in a case."""
HOW: Final = ("decides", "difficult", "expert")
"""How somebody is portrayed."""


class Portrayed(Protocol):
    """Somebody in a case; `roles` are words of WHO and HOW."""

    @property
    def name(self) -> str:  # noqa: D102  # the class says it
        ...

    @property
    def roles(self) -> Sequence[str]:  # noqa: D102
        ...


class Described(Protocol):
    """A case as far as it is counted: a `Front`, or anything with the same words. Terms are ids."""

    @property
    def title(self) -> str:  # noqa: D102
        ...

    @property
    def principles(self) -> Sequence[str]:  # noqa: D102
        ...

    @property
    def also(self) -> Sequence[str]:  # noqa: D102
        ...

    @property
    def tensions(self) -> Sequence[Sequence[str]]:  # noqa: D102
        ...

    @property
    def level(self) -> str | None:  # noqa: D102
        ...

    @property
    def topics(self) -> Sequence[str]:  # noqa: D102
        ...

    @property
    def professions(self) -> Sequence[str]:  # noqa: D102
        ...

    @property
    def setting(self) -> str | None:  # noqa: D102
        ...

    @property
    def people(self) -> Sequence[Portrayed]:  # noqa: D102
        ...

    @property
    def language(self) -> str | None:  # noqa: D102
        ...

    @property
    def review_by(self) -> date | None:  # noqa: D102
        ...


@dataclass(frozen=True, slots=True)
class Audit:
    """The counts. Terms stand in the vocabulary's order, those that no case has with 0."""

    cases: int
    principles: Mapping[str, Mapping[str, int]]
    """Cases that name a principle, by LEVELS and NO_LEVEL."""
    leading: Mapping[str, int]
    """Cases that a principle leads."""
    tensions: Mapping[tuple[str, str], int]
    """Every tension of the vocabulary or of a case; the two ids in the vocabulary's order."""
    topics: Mapping[str, int]
    professions: Mapping[str, int]
    settings: Mapping[str, int]
    people: Mapping[str, Mapping[str, int]]
    """People by what they are (WHO) and how they are portrayed: "" for all of these, and HOW."""
    portraits: Mapping[str, tuple[tuple[str, str], ...]]
    """For each word of WHO and HOW: name and case."""
    without_people: tuple[str, ...]
    """Titles of the cases that do not say who appears."""
    languages: Mapping[str, int]
    """By code; "" where a case names none."""
    due: tuple[tuple[date, str], ...]
    """Reviews whose day has passed, the oldest first: day and title."""

    @property
    def uncovered(self) -> tuple[tuple[str, str], ...]:
        """The tensions that no case is about."""
        return tuple(pair for pair, count in self.tensions.items() if not count)


def audit(cases: Sequence[Described], *, vocabulary: Vocabulary, today: date) -> Audit:
    """Count what these cases cover, who appears in them as what, and whose review was due before `today`."""
    due = ((case.review_by, case.title) for case in cases if case.review_by is not None and case.review_by < today)
    return Audit(
        cases=len(cases),
        principles=_by_level(cases, vocabulary),
        leading=_counted(vocabulary, "principles", (case.principles for case in cases)),
        tensions=_tensions(cases, vocabulary),
        topics=_counted(vocabulary, "topics", (case.topics for case in cases)),
        professions=_counted(vocabulary, "professions", (case.professions for case in cases)),
        settings=_counted(vocabulary, "settings", ([case.setting] for case in cases if case.setting)),
        people=_people(cases),
        portraits={role: tuple(_with_role(cases, role)) for role in (*WHO, *HOW)},
        without_people=tuple(case.title for case in cases if not case.people),
        languages=dict(sorted(Counter(case.language or "" for case in cases).items())),
        due=tuple(sorted(due)),
    )


def _counted(vocabulary: Vocabulary, kind: Kind, values: Iterable[Sequence[str]]) -> dict[str, int]:
    counts = Counter(term for terms in values for term in set(terms))
    return {term: counts[term] for term in dict.fromkeys([*vocabulary.terms(kind), *sorted(counts)])}


def _by_level(cases: Sequence[Described], vocabulary: Vocabulary) -> dict[str, dict[str, int]]:
    counts = {
        level: _counted(
            vocabulary,
            "principles",
            ([*case.principles, *case.also] for case in cases if (case.level or NO_LEVEL) == level),
        )
        for level in (*LEVELS, NO_LEVEL)
    }
    named = dict.fromkeys(term for level in counts.values() for term in level)
    return {term: {level: counts[level].get(term, 0) for level in counts} for term in named}


def _tensions(cases: Sequence[Described], vocabulary: Vocabulary) -> dict[tuple[str, str], int]:
    counts = Counter(frozenset(pair) for case in cases for pair in case.tensions)
    usual = {frozenset((term.id, other)) for term in vocabulary.principles.values() for other in term.tensions}
    order = list(dict.fromkeys([*vocabulary.principles, *sorted(term for pair in counts for term in pair)]))
    pairs = ((one, other) for one, other in combinations(order, 2))
    return {pair: counts[frozenset(pair)] for pair in pairs if frozenset(pair) in counts.keys() | usual}


def _people(cases: Sequence[Described]) -> dict[str, dict[str, int]]:
    roles = [frozenset(person.roles) for case in cases for person in case.people]
    return {
        who: {how: sum(1 for held in roles if who in held and (not how or how in held)) for how in ("", *HOW)}
        for who in WHO
    }


def _with_role(cases: Sequence[Described], role: str) -> Iterable[tuple[str, str]]:
    return ((person.name, case.title) for case in cases for person in case.people if role in person.roles)
