"""The page on which everybody sees who has opened what they wrote."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext

from ethics.insights.news import zone_of
from ethics.insights.opened import Opening, openings
from ethics.web.auth import actor, signed_in
from ethics.web.session import reader
from ethics.web.times import Shown, moment

blueprint = Blueprint("opened", __name__)


@dataclass(frozen=True, slots=True)
class OpeningShown:
    """A row of the access log in words."""

    who: str
    what: str
    time: Shown


@blueprint.get("/account/access")
@signed_in
def access() -> str:
    """Who has opened what the reader wrote, the last first; `before` is the moment that the page follows."""
    before = _moment(request.args.get("before", ""))
    rows, following = openings(reader(), actor(), before=before)
    zone = zone_of(reader(), actor())
    return render_template(
        "people/access.html",
        rows=[
            OpeningShown(row.name or gettext("An account that is gone"), _what(row), moment(row.at, zone=zone))
            for row in rows
        ],
        first=url_for(".access") if before else None,
        next=url_for(".access", before=following.isoformat()) if following else None,
    )


def _what(row: Opening) -> str:
    words = {
        "reflection": gettext("your reflection"),
        "stances": gettext("your positions and reasons"),
        "stance": gettext("a position of yours"),
        "comment": gettext("a comment of yours"),
    }
    what = words.get(row.kind, gettext("something you wrote"))
    return str(gettext("%(what)s: %(case)s", what=what, case=row.case) if row.case else what)


def _moment(typed: str) -> datetime | None:
    """A moment as this page writes it into its addresses; None for anything else."""
    try:
        at = datetime.fromisoformat(typed)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
