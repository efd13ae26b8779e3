"""A case: as far as its reader may see, its versions, its file, its images."""

import re

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext

from ethics.cases import queries as cases
from ethics.cases.models import Case, CaseVersion, SegmentKind
from ethics.cases.rules import Reach
from ethics.errors import NotFound
from ethics.rounds.queries import own_rounds_on, round_segment_positions
from ethics.web.auth import actor, signed_in
from ethics.web.library import facts, library_reader
from ethics.web.mail import public_url
from ethics.web.session import now, reader
from ethics.web.shown import principles_of

blueprint = Blueprint("cases", __name__)

_IN_BRACKETS = re.compile(r"\s*\([^)]*\)")
"""What follows an author's name: an ORCID."""


@blueprint.get("/cases/<string:slug>")
@signed_in
def case(slug: str) -> str:
    """A case as far as the reader may read it from the library."""
    found = cases.case_by_slug(reader(), library_reader(), slug)
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
        listed = cases.case_by_slug(reader(), library_reader(), slug)
        found = cases.readable_image(reader(), library_reader(), listed, known.id, name)
    return Response(found.data, mimetype=found.media_type)


def _file(slug: str, number: int | None) -> Response:
    found = _whole(slug)
    data = cases.source(reader(), library_reader(), found, number)
    answer = Response(data, mimetype="text/markdown")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.slug}.md"'
    return answer


def _case_page(found: Case, shown: CaseVersion) -> str:
    who = library_reader()
    segments = cases.readable_segments(reader(), who, found, shown.id)
    reach = who.reach(found)
    return render_template(
        "cases/case.html",
        case=found,
        front=shown.front,
        version=shown,
        is_current=shown.number == found.current_number,
        principles=principles_of([*shown.front.get("principles", []), *shown.front.get("also", [])]),
        facts=facts(found),
        segments=[part for part in segments if part.kind != SegmentKind.REFERENCES],
        references=cases.cited_references(segments),
        is_whole=reach is Reach.WHOLE,
        is_opening=reach is Reach.OPENING,
        citation=_citation(found, shown),
        is_author=who.is_author,
        in_use=url_for("insights.use", slug=found.slug) if reach is Reach.WHOLE and who.is_author else None,
        versions=cases.versions(reader(), who, found) if reach is Reach.WHOLE else [],
        rounds=[
            (line.cohort, url_for("rounds.overview", round_id=line.public_id))
            for line in own_rounds_on(reader(), actor(), found.id)
        ],
    )


def _citation(found: Case, shown: CaseVersion) -> str:
    """How to cite a version, in plain text: as its author says, or in the order that reference lists use."""
    if shown.front.get("citation"):
        return str(shown.front["citation"])
    names = ", ".join(_IN_BRACKETS.sub("", name) for name in shown.front.get("authors", []))
    return str(
        gettext(
            "%(authors)s%(title)s. Version %(number)s, %(year)s. Ethics Rounds. %(address)s",
            authors=f"{names}. " if names else "",
            title=shown.front.get("title", found.title),
            number=shown.number,
            year=shown.created_at.year,
            address=public_url("cases.case", slug=found.slug),
        )
    )


def _whole(slug: str) -> Case:
    found = cases.case_by_slug(reader(), library_reader(), slug)
    if library_reader().reach(found) is not Reach.WHOLE:
        raise NotFound
    return found
