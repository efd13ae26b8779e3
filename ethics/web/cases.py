"""The library: the list of cases, one case as far as its reader may see, its versions, its file, its images."""

from typing import cast

from flask import Blueprint, Response, g, render_template, url_for
from flask_babel import lazy_gettext

from ethics.cases import queries as cases
from ethics.cases.models import Case, CaseVersion, SegmentKind
from ethics.cases.rules import Reach, Reader
from ethics.cohorts.queries import is_faculty_anywhere
from ethics.errors import NotFound
from ethics.rounds.queries import cases_studied, own_rounds_on, round_segment_positions
from ethics.web.auth import actor, signed_in
from ethics.web.session import now, reader
from ethics.web.shown import principles_of, vocabulary

blueprint = Blueprint("cases", __name__)

LEVELS = {
    "introductory": lazy_gettext("Introductory"),
    "intermediate": lazy_gettext("Intermediate"),
    "advanced": lazy_gettext("Advanced"),
}


@blueprint.get("/cases")
@signed_in
def library() -> str:
    """Every published case."""
    found = cases.library(reader(), _reader())
    return render_template(
        "cases/library.html",
        cases=[(case, principles_of([*case.principles, *case.also]), _facts(case)) for case in found],
    )


@blueprint.get("/cases/<string:slug>")
@signed_in
def case(slug: str) -> str:
    """A case as far as the reader may read it from the library."""
    found = cases.case_by_slug(reader(), _reader(), slug)
    return _case_page(found, cases.version_of(reader(), found))


@blueprint.get("/cases/<string:slug>/versions/<int:number>")
@signed_in
def version(slug: str, number: int) -> str:
    """An earlier version, for whom the whole case is open."""
    found = _whole(slug)
    return _case_page(found, cases.version_of(reader(), found, number))


@blueprint.get("/cases/<string:slug>.md")
@signed_in
def source(slug: str) -> Response:
    """The file of the current version, byte for byte."""
    return _file(slug, None)


@blueprint.get("/cases/<string:slug>/versions/<int:number>/source.md")
@signed_in
def version_source(slug: str, number: int) -> Response:
    """The file of an earlier version."""
    return _file(slug, number)


@blueprint.get("/cases/<string:slug>/versions/<int:number>/images/<string:name>")
@signed_in
def image(slug: str, number: int, name: str) -> Response:
    """An image, for whom a segment that uses it is open: in the library or in a round of their own."""
    known = cases.version_by_slug(reader(), slug, number)
    found = cases.image_of(reader(), known.id, name)
    open_here = round_segment_positions(reader(), actor(), known.id, now=now())
    if open_here.isdisjoint(found.used_in):
        listed = cases.case_by_slug(reader(), _reader(), slug)
        found = cases.readable_image(reader(), _reader(), listed, known.id, name)
    return Response(found.data, mimetype=found.media_type)


def _file(slug: str, number: int | None) -> Response:
    found = _whole(slug)
    data = cases.source(reader(), _reader(), found, number)
    answer = Response(data, mimetype="text/markdown")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.slug}.md"'
    return answer


def _case_page(found: Case, shown: CaseVersion) -> str:
    who = _reader()
    segments = cases.readable_segments(reader(), who, found, shown.id)
    reach = who.reach(found)
    return render_template(
        "cases/case.html",
        case=found,
        front=shown.front,
        version=shown,
        is_current=shown.number == found.current_number,
        principles=principles_of([*shown.front.get("principles", []), *shown.front.get("also", [])]),
        facts=_facts(found),
        segments=[part for part in segments if part.kind != SegmentKind.REFERENCES],
        references=cases.cited_references(segments),
        is_whole=reach is Reach.WHOLE,
        is_opening=reach is Reach.OPENING,
        versions=cases.versions(reader(), who, found) if reach is Reach.WHOLE else [],
        rounds=[
            (line.cohort, url_for("rounds.overview", round_id=line.public_id))
            for line in own_rounds_on(reader(), actor(), found.id)
        ],
    )


def _whole(slug: str) -> Case:
    found = cases.case_by_slug(reader(), _reader(), slug)
    if _reader().reach(found) is not Reach.WHOLE:
        raise NotFound
    return found


def _reader() -> Reader:
    """Whoever is signed in, as the library knows them; looked up once a request."""
    if "library_reader" not in g:
        g.library_reader = Reader(
            actor(),
            teaches=is_faculty_anywhere(reader(), actor()),
            studies=cases_studied(reader(), actor(), now=now()),
        )
    return cast("Reader", g.library_reader)


def _facts(found: Case | cases.Listed) -> list[str]:
    """Level, length, setting and professions in words."""
    words = vocabulary()
    facts = [str(LEVELS[found.level])] if found.level in LEVELS else []
    if found.minutes:
        facts.append(str(lazy_gettext("%(minutes)s min", minutes=found.minutes)))
    if found.setting is not None and found.setting in words.settings:
        facts.append(words.settings[found.setting].name)
    names = [words.professions[name].name for name in found.professions if name in words.professions]
    return [*facts, ", ".join(names)] if names else facts
