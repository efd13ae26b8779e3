"""The library: finding a case, what the collection covers, and a page for each principle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext

from ethics.cases import library
from ethics.cases.front import Front
from ethics.cases.library import FACETS, LENGTHS, MOST_CHOSEN, PAGE, SORTS, Found, Listed, Wish
from ethics.cases.models import Case
from ethics.cases.rules import Reader
from ethics.cases.search import Piece
from ethics.cohorts.queries import is_faculty_anywhere
from ethics.errors import NotFound
from ethics.rounds.queries import cases_studied
from ethics.vocabulary import Principle
from ethics.vocabulary.terms import Kind
from ethics.web.auth import actor, signed_in
from ethics.web.session import now, reader
from ethics.web.shown import principles_of, vocabulary

blueprint = Blueprint("library", __name__)

_FEW = 8
"""Choices of a facet that are shown at once."""

LEVELS = {
    "introductory": lazy_gettext("Introductory"),
    "intermediate": lazy_gettext("Intermediate"),
    "advanced": lazy_gettext("Advanced"),
}
_LENGTHS = dict(
    zip(
        LENGTHS,
        (lazy_gettext("Up to 30 minutes"), lazy_gettext("31 to 60 minutes"), lazy_gettext("Over 60 minutes")),
        strict=True,
    )
)
_KINDS: dict[str, Kind] = {
    "principle": "principles",
    "topic": "topics",
    "profession": "professions",
    "setting": "settings",
}
"""The vocabularies of the facets that have one."""
_FACETS = dict(
    zip(
        FACETS,
        (
            lazy_gettext("Principle"),
            lazy_gettext("Tension"),
            lazy_gettext("Topic"),
            lazy_gettext("Profession"),
            lazy_gettext("Level"),
            lazy_gettext("Setting"),
            lazy_gettext("Length"),
        ),
        strict=True,
    )
)
_SORTS = dict(
    zip(SORTS, (lazy_gettext("Title"), lazy_gettext("Newest first"), lazy_gettext("Shortest first")), strict=True)
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet: how many cases it leaves, and the address with it, or without it where it is chosen."""

    name: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One respect in which cases differ: its first choices, and the rest."""

    name: str
    few: list[Choice]
    more: list[Choice]


@dataclass(frozen=True, slots=True)
class Line:
    """A case in the list."""

    title: str
    url: str
    summary: str
    facts: str
    principles: tuple[Principle, ...]
    where: str | None
    """The heading under which the words were found; empty for the opening."""
    excerpt: list[Piece]


@dataclass(frozen=True, slots=True)
class Tension:
    """A square of the matrix of tensions. `usual`: the vocabulary names it as one to expect."""

    other: str
    count: int
    url: str
    usual: bool


@blueprint.get("/cases")
@signed_in
def cases() -> str:
    """The cases that answer what the address asks for."""
    wish = _wish()
    found = library.look(reader(), library_reader(), wish)
    after = _place_after(found, request.args.get("after", ""))
    shown = found.cases[after : after + PAGE]
    rest = found.cases[after + PAGE :]
    excerpts = library.excerpts(reader(), library_reader(), [case.id for case in shown], wish.terms)
    return render_template(
        "library/cases.html",
        wish=wish,
        lines=[_line(case, excerpts.get(case.id)) for case in shown],
        named=principles_of(list(dict.fromkeys(name for case in shown for name in [*case.principles, *case.also]))),
        heading=ngettext("%(num)d case", "%(num)d cases", len(found.cases)),
        facets=[_facet(facet, found, wish) for facet in FACETS],
        chosen=[
            Choice(_value_name(facet, value), 0, _address(wish.toggled(facet, value)), chosen=True)
            for facet, values in wish.chosen.items()
            for value in values
        ],
        sorts=[(sort, name, sort == wish.sort) for sort, name in _SORTS.items()],
        nearest=[] if found.cases else _nearest(wish),
        hints=_hints(wish),
        first=_address(wish) if after else None,
        next=_address(wish, after=shown[-1].slug) if rest else None,
    )


@blueprint.get("/coverage")
@signed_in
def coverage() -> str:
    """What the published cases cover, and what they leave blank."""
    words = vocabulary()
    counted = library.coverage(library.published(reader(), library_reader()))
    names = list(words.principles.values())
    usual = {library.tension_key((name.id, other)) for name in names for other in name.tensions}
    return render_template(
        "library/coverage.html",
        levels=[str(name) for name in LEVELS.values()],
        rows=[
            (
                principle,
                [
                    _square(counted.squares, (principle.id, level), {"principle": (principle.id,), "level": (level,)})
                    for level in LEVELS
                ],
                counted.leading.get(principle.id, 0),
            )
            for principle in names
        ],
        tensions=[
            (principle, [_tension(counted, principle, other, usual) for other in names[:number]])
            for number, principle in enumerate(names)
            if number
        ],
        columns=names[:-1],
    )


@blueprint.get("/principles/<string:principle_id>")
@signed_in
def principle(principle_id: str) -> str:
    """A principle: what it means, what it asks, what it pulls against, and the cases in which it weighs."""
    words = vocabulary()
    found = words.principles.get(principle_id)
    if found is None:
        raise NotFound
    listed = library.published(reader(), library_reader())
    counted = library.coverage(listed)
    pairs = {other: counted.tensions.get(library.tension_key((principle_id, other)), 0) for other in words.principles}
    return render_template(
        "library/principle.html",
        principle=found,
        leads=[_line(case) for case in listed if principle_id in case.principles],
        also=[_line(case) for case in listed if principle_id in case.also],
        tensions=[
            (
                words.principles[other],
                number,
                _address(Wish(chosen={"tension": (library.tension_key((principle_id, other)),)})),
            )
            for other, number in pairs.items()
            if number or other in found.tensions
        ],
        others=list(words.principles.values()),
    )


def library_reader() -> Reader:
    """Whoever is signed in, as the library knows them; looked up once a request."""
    if "library_reader" not in g:
        g.library_reader = Reader(
            actor(),
            teaches=is_faculty_anywhere(reader(), actor()),
            studies=cases_studied(reader(), actor(), now=now()),
        )
    return cast("Reader", g.library_reader)


def facts(found: Case | Listed | Front) -> list[str]:
    """Level, length, setting and professions of a case in words."""
    words = vocabulary()
    told = [str(LEVELS[found.level])] if found.level in LEVELS else []
    if found.minutes:
        told.append(gettext("%(minutes)s min", minutes=found.minutes))
    if found.setting is not None and found.setting in words.settings:
        told.append(words.settings[found.setting].name)
    names = [words.professions[name].name for name in found.professions if name in words.professions]
    return [*told, ", ".join(names)] if names else told


def _wish() -> Wish:
    asked = {facet: tuple(dict.fromkeys(value for value in request.args.getlist(facet) if value)) for facet in FACETS}
    sort = request.args.get("sort", "")
    return Wish(
        text=request.args.get("q", "").strip()[:200],
        chosen={facet: values[:MOST_CHOSEN] for facet, values in asked.items() if values},
        sort=sort if sort in SORTS else SORTS[0],
    )


def _address(wish: Wish, *, after: str | None = None) -> str:
    """The address of a wish. Put together here: a page holds a hundred of them, and `url_for` takes its time."""
    parts: list[tuple[str, str]] = [(facet, value) for facet, values in wish.chosen.items() for value in values]
    parts += [("q", wish.text)] if wish.text else []
    parts += [("sort", wish.sort)] if wish.sort != SORTS[0] else []
    parts += [("after", after)] if after else []
    return f"{_base()}?{urlencode(parts)}" if parts else _base()


def _base() -> str:
    if "library_base" not in g:
        g.library_base = url_for("library.cases")
    return cast("str", g.library_base)


def _place_after(found: Found, slug: str) -> int:
    """Where the page begins: after the case that ended the last one; at the start where that is gone."""
    return next((place for place, case in enumerate(found.cases, start=1) if case.slug == slug), 0)


def _line(case: Listed, found: tuple[str, list[Piece]] | None = None) -> Line:
    where, pieces = found or (None, [])
    return Line(
        title=case.title,
        url=url_for("cases.case", slug=case.slug),
        summary=case.summary,
        facts=" · ".join(facts(case)),
        principles=principles_of([*case.principles, *case.also]),
        where=where,
        excerpt=pieces,
    )


def _facet(facet: str, found: Found, wish: Wish) -> Facet:
    chosen = wish.chosen.get(facet, ())
    counts = {**dict.fromkeys(chosen, 0), **found.counts[facet]}
    order = list(LEVELS) if facet == "level" else list(LENGTHS) if facet == "length" else []
    choices = [
        Choice(_value_name(facet, value), count, _address(wish.toggled(facet, value)), chosen=value in chosen)
        for value, count in sorted(
            counts.items(),
            key=lambda pair: (order.index(pair[0]),) if pair[0] in order else (-pair[1], _value_name(facet, pair[0])),
        )
        if value not in chosen
    ]
    return Facet(str(_FACETS[facet]), choices[:_FEW], choices[_FEW:])


def _value_name(facet: str, value: str) -> str:
    """A value of a facet in words; as it stands in the address where nothing is known of it."""
    words = vocabulary()
    if facet == "tension":
        names = [words.principles[name].name if name in words.principles else name for name in value.split("~")]
        return " – ".join(names)
    if facet in _KINDS:
        term = words.terms(_KINDS[facet]).get(value)
        return term.name if term else value
    return str({**LEVELS, **_LENGTHS}.get(value, value))


def _nearest(wish: Wish) -> list[Choice]:
    """What to give up so that something is found, in words."""
    lines = []
    for facet, value, count in library.nearest(reader(), library_reader(), wish):
        if facet == "text":
            name, then = gettext("Without the words “%(words)s”", words=value), wish.without_text()
        else:
            name, then = gettext("Without “%(term)s”", term=_value_name(facet, value)), wish.toggled(facet, value)
        lines.append(Choice(name, count, _address(then), chosen=False))
    return lines


def _hints(wish: Wish) -> list[tuple[str, str]]:
    """Terms of the vocabulary that the words name, or nearly name: a principle's page, or the cases with the term."""
    words = vocabulary()
    hints = []
    for facet, kind in _KINDS.items():
        term = words.find(kind, wish.text)
        found = term.id if term else words.suggest(kind, wish.text) if wish.text else None
        if found is None or found in wish.chosen.get(facet, ()):
            continue
        name = words.terms(kind)[found].name
        url = (
            url_for(".principle", principle_id=found)
            if facet == "principle"
            else _address(Wish().toggled(facet, found))
        )
        hints.append((name, url))
    return hints


def _square(
    counts: Mapping[tuple[str, str], int], key: tuple[str, str], chosen: dict[str, tuple[str, ...]]
) -> tuple[int, str]:
    return counts.get(key, 0), _address(Wish(chosen=chosen))


def _tension(counted: library.Coverage, one: Principle, other: Principle, usual: set[str]) -> Tension:
    key = library.tension_key((one.id, other.id))
    return Tension(
        other.name,
        counted.tensions.get(key, 0),
        _address(Wish(chosen={"tension": (key,)})),
        usual=key in usual,
    )
