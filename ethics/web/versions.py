"""The history of a case: who made which version and why, what changed, and going back to one."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cases import editing
from ethics.cases import queries as cases
from ethics.cases.checks import findings_of
from ethics.cases.format import parse
from ethics.cases.images import Image
from ethics.cases.models import Origin
from ethics.cases.review import reviewed_versions
from ethics.cases.sync import CaseFile, prepare
from ethics.differences import words_between
from ethics.errors import Conflict, Invalid
from ethics.web.auth import actor, signed_in
from ethics.web.library import library_reader
from ethics.web.messages import message
from ethics.web.session import answered_before, now, perform, reader
from ethics.web.shown import vocabulary
from ethics.web.times import Shown, moment

blueprint = Blueprint("versions", __name__)


@dataclass(frozen=True, slots=True)
class VersionShown:
    """A version in the list."""

    number: int
    by: str
    time: Shown
    note: str
    reviewed_by: list[str]


@blueprint.get("/cases/<string:slug>/versions")
@signed_in
def versions(slug: str) -> str:
    """Every version, for whom the whole case is open."""
    return _page(slug)


@blueprint.get("/cases/<string:slug>/diff/<int:before>/<int:after>")
@signed_in
def diff(slug: str, before: int, after: int) -> str:
    """What changed from one version to another, word by word."""
    case = cases.case_by_slug(reader(), library_reader(), slug)
    texts = [cases.source(reader(), library_reader(), case, number).decode() for number in (before, after)]
    return render_template(
        "editor/diff.html", case=case, before=before, after=after, stretches=words_between(texts[0], texts[1])
    )


@blueprint.post("/cases/<string:slug>/versions/<int:number>/restore")
@signed_in
def restore(slug: str, number: int) -> Response | tuple[str, int]:
    """Make an earlier version the newest."""
    here = editing.desk(reader(), library_reader(), slug)
    before = answered_before(actor=actor().public_id)
    if before is not None:
        return before
    case = cases.case_by_slug(reader(), library_reader(), slug)
    version = cases.version_of(reader(), case, number)
    parsed = parse(version.source, path=Path(f"{slug}.md"), vocabulary=vocabulary())
    images = tuple(
        Image(image.name, image.media_type, image.data) for image in editing.version_images(reader(), version)
    )
    if parsed.front is None:
        return _page(slug, refused=message("errors-first")), 422
    prepared = prepare(CaseFile(parsed, images, findings_of(parsed, (images, ()))), here.number + 1)

    def verb(session: Session) -> str:
        editing.restore_version(
            session,
            reader=library_reader(),
            slug=slug,
            prepared=prepared,
            note=gettext("Version %(number)s again", number=number),
            take_over="take_over" in request.form,
            now=now(),
        )
        return url_for("versions.versions", slug=slug)

    try:
        answer = perform(verb, actor=actor().public_id)
    except (Invalid, Conflict) as error:
        return _page(slug, refused=message(error.code)), 409 if isinstance(error, Conflict) else 422
    flash(
        gettext("Version %(old)s is the current one again, as version %(new)s.", old=number, new=prepared.number),
        "success",
    )
    return answer


@blueprint.post("/cases/<string:slug>/give-back")
@signed_in
def give_back(slug: str) -> Response:
    """Let the folder be where the case is written again."""

    def verb(session: Session) -> str:
        editing.give_back(session, reader=library_reader(), slug=slug, now=now())
        return url_for("versions.versions", slug=slug)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("From now on the folder’s file is what counts, from its next sync on."), "success")
    return answer


def when(at: datetime) -> Shown:
    """A moment for who reads it, in their own zone where they have said which."""
    return moment(at, zone=actor().zone or "UTC")


def _page(slug: str, refused: str = "") -> str:
    who = library_reader()
    case = cases.case_by_slug(reader(), who, slug)
    reviewed = reviewed_versions(reader(), case.id)
    lines = [
        VersionShown(
            line.number,
            line.by or gettext("The folder"),
            when(line.created_at),
            line.note,
            reviewed.get(line.number, []),
        )
        for line in cases.versions(reader(), who, case)
    ]
    return render_template(
        "editor/versions.html",
        case=case,
        lines=lines,
        is_author=who.is_author,
        is_from_folder=case.origin == Origin.FOLDER,
        refused=refused,
    )
