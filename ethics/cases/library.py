"""The library: what somebody looks for, the cases that answer it, how many more there would be, and what is missing."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ethics.cases.models import Case, CaseVersion, Segment, SegmentKind, Status
from ethics.cases.rules import Reader
from ethics.cases.search import Piece, excerpt, shown_text, terms_of
from ethics.db import some

PAGE: Final = 24
MOST_CHOSEN: Final = 12
"""Choices in one respect. Each is tried without where nothing is found, so that an address must not name thousands."""
MULTIPLE: Final = ("principle", "tension", "topic", "profession")
"""What a case has several of: each that is chosen has to be there."""
SINGLE: Final = ("level", "setting", "length")
"""What a case has one of: any that is chosen will do."""
FACETS: Final = MULTIPLE + SINGLE
SORTS: Final = ("title", "newest", "shortest")
LENGTHS: Final = ("to-30", "to-60", "over-60")
"""Minutes, in three steps."""


class Listed(NamedTuple):
    """A case as the library lists it; terms are ids."""

    id: int
    slug: str
    title: str
    summary: str
    kind: str
    level: str | None
    minutes: int | None
    setting: str | None
    principles: list[str]
    also: list[str]
    tensions: list[list[str]]
    topics: list[str]
    professions: list[str]
    words: str
    updated_at: datetime

    def values(self, facet: str) -> frozenset[str]:
        """What the case is in one respect."""
        return _VALUES[facet](self)


def tension_key(pair: Collection[str]) -> str:
    """A pair of principles as one word, whichever is named first."""
    return "~".join(sorted(pair))


def _length(minutes: int | None) -> frozenset[str]:
    if minutes is None:
        return frozenset()
    return frozenset({LENGTHS[(minutes > 30) + (minutes > 60)]})  # noqa: PLR2004  # the steps are in their names


_VALUES: Final[Mapping[str, Callable[[Listed], frozenset[str]]]] = {
    "principle": lambda case: frozenset([*case.principles, *case.also]),
    "tension": lambda case: frozenset(tension_key(pair) for pair in case.tensions),
    "topic": lambda case: frozenset(case.topics),
    "profession": lambda case: frozenset(case.professions),
    "level": lambda case: frozenset([case.level] if case.level else []),
    "setting": lambda case: frozenset([case.setting] if case.setting else []),
    "length": lambda case: _length(case.minutes),
}


@dataclass(frozen=True)
class Wish:
    """What somebody looks for. Its parts are those of the address, so that it can be shared."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By facet; a facet without a choice is not there."""
    sort: str = "title"

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The words looked for, folded."""
        return terms_of(self.text)

    @property
    def is_empty(self) -> bool:
        """Whether everything is wanted."""
        return not self.text.strip() and not self.chosen

    def toggled(self, facet: str, value: str) -> "Wish":
        """The same with one choice more, or without it."""
        now = self.chosen.get(facet, ())
        then = tuple(one for one in now if one != value) if value in now else (*now, value)
        rest = {name: values for name, values in self.chosen.items() if name != facet}
        return replace(self, chosen={**rest, facet: then} if then else rest)

    def without_text(self) -> "Wish":
        """The same choices without the words."""
        return replace(self, text="")

    def allows(self, case: Listed, *, besides: str = "") -> bool:
        """Whether a case has what was chosen, one facet left aside."""
        for facet, values in self.chosen.items():
            if facet == besides:
                continue
            meets = all if facet in MULTIPLE else any
            if not meets(value in case.values(facet) for value in values):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Found:
    """What the library answers: the cases in order, and by facet how many cases each further choice would leave."""

    cases: Sequence[Listed]
    counts: Mapping[str, Mapping[str, int]]


def look(session: Session, reader: Reader, wish: Wish) -> Found:
    """The published cases that answer a wish, in its order; words are found only where the reader may read."""
    worded = published(session, reader, wish.terms)
    cases = sorted((case for case in worded if wish.allows(case)), key=_order(wish))
    return Found(cases, {facet: _counts(worded, cases, wish, facet) for facet in FACETS})


def published(session: Session, reader: Reader, terms: Sequence[str] = ()) -> list[Listed]:
    """The published cases by title, read as columns; with terms those that hold every one of them."""
    chosen = _published().where(*(_holds(reader, term) for term in terms)) if terms else _published()
    return [Listed._make(row) for row in session.execute(chosen)]


@cache
def _published() -> Select[Any]:
    columns = [getattr(Case, name) for name in Listed._fields]
    return select(*columns).where(Case.status == Status.PUBLISHED).order_by(Case.title, Case.id)


def excerpts(
    session: Session, reader: Reader, case_ids: Collection[int], terms: Sequence[str]
) -> dict[int, tuple[str, list[Piece]]]:
    """By case: the heading under which a term stands first, and the words around it, as far as the reader may read."""
    if not terms:
        return {}
    found: dict[int, tuple[str, list[Piece]]] = {}
    rows = session.execute(
        select(Case.id, Segment.heading, Segment.html, Segment.items)
        .join(CaseVersion, and_(CaseVersion.case_id == Case.id, CaseVersion.number == Case.current_number))
        .join(Segment, Segment.version_id == CaseVersion.id)
        .where(Case.id.in_(case_ids), open_to(reader, Segment), or_(*(_has(Segment.words, term) for term in terms)))
        .order_by(Case.id, Segment.position)
    )
    for case_id, heading, html, items in rows:
        pieces = excerpt(shown_text(html, items), terms) if case_id not in found else []
        if pieces:
            found[case_id] = (heading, pieces)
    return found


def open_to(reader: Reader, segment: type[Segment]) -> ColumnElement[bool]:
    """Condition on Case and a segment of it: open to the reader in the library. The same rule as `Reader.reach`.

    References stand apart from it: they are shown one by one, as they are cited.
    """
    whole = Case.id.not_in(reader.studies) if reader.is_author or reader.teaches else false()
    kept = (SegmentKind.GUIDE, SegmentKind.REFERENCES)
    study = and_(Case.self_study, segment.kind.not_in(kept))
    return or_(segment.kind == SegmentKind.OPENING, study, whole)


_version, _segment = aliased(CaseVersion), aliased(Segment)


def _holds(reader: Reader, term: str) -> ColumnElement[bool]:
    within = (
        select(_segment.id)
        .join(_version, _version.id == _segment.version_id)
        .where(
            _version.case_id == Case.id,
            _version.number == Case.current_number,
            open_to(reader, _segment),
            _has(_segment.words, term),
        )
    )
    return or_(_has(Case.words, term), some(within, _segment, _version))


def _has(words: InstrumentedAttribute[str], term: str) -> ColumnElement[bool]:
    # A term holds letters, digits and spaces alone: nothing that LIKE would read as a pattern.
    return words.like(f"% {term}%")


def _order(wish: Wish) -> Callable[[Listed], tuple[object, ...]]:
    """Words in title or summary before words in the text; then as wished."""

    def key(case: Listed) -> tuple[object, ...]:
        far = not all(f" {term}" in case.words for term in wish.terms)
        last = {
            "newest": (-case.updated_at.timestamp(),),
            "shortest": (case.minutes is None, case.minutes),
        }.get(wish.sort, ())
        return (far, *last, case.title.casefold(), case.id)

    return key


def _counts(worded: Sequence[Listed], cases: Sequence[Listed], wish: Wish, facet: str) -> Mapping[str, int]:
    if facet in SINGLE and facet in wish.chosen:
        cases = [case for case in worded if wish.allows(case, besides=facet)]
    return Counter(value for case in cases for value in case.values(facet))


def nearest(session: Session, reader: Reader, wish: Wish) -> list[tuple[str, str, int]]:
    """What to give up where nothing answers a wish: (facet, value, how many cases there would be), the most first.

    Facet `text` stands for the words looked for. Empty where no single thing helps.
    """
    found = [
        (facet, value, len(look(session, reader, wish.toggled(facet, value)).cases))
        for facet, values in wish.chosen.items()
        for value in values
    ]
    if wish.terms:
        found.append(("text", wish.text, len(look(session, reader, wish.without_text()).cases)))
    return sorted((line for line in found if line[2]), key=lambda line: -line[2])


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the library covers: cases by (principle, level), leading and also, and by tension."""

    squares: Mapping[tuple[str, str], int]
    leading: Mapping[str, int]
    tensions: Mapping[str, int]
    """By the key of the pair."""


def coverage(cases: Sequence[Listed]) -> Coverage:
    """Count what some cases cover. A case without a level counts under no level."""
    return Coverage(
        squares=Counter((name, case.level) for case in cases for name in case.values("principle") if case.level),
        leading=Counter(name for case in cases for name in case.principles),
        tensions=Counter(key for case in cases for key in case.values("tension")),
    )
