"""Pages that look across features: what becomes of a case."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask_babel import gettext

from ethics.cases import queries as cases
from ethics.insights.use import Split, use_of
from ethics.rounds.models import ANOTHER, UNSURE
from ethics.web.auth import signed_in
from ethics.web.library import library_reader
from ethics.web.session import now, reader
from ethics.web.shown import principles_of

blueprint = Blueprint("insights", __name__)


@dataclass(frozen=True, slots=True)
class Bar:
    """A position and how many chose it; None: kept back."""

    label: str
    counts: list[int | None]


@blueprint.get("/cases/<string:slug>/use")
@signed_in
def use(slug: str) -> str:
    """Where a case is used and what students made of it, for authors."""
    found = cases.case_by_slug(reader(), library_reader(), slug)
    seen = use_of(reader(), library_reader(), found, now=now())
    return render_template(
        "insights/use.html",
        case=found,
        versions=seen.versions,
        splits=[(split, _bars(split)) for split in seen.splits],
        untagged=[
            (principle, dict(seen.untagged)[principle.id])
            for principle in principles_of([name for name, _ in seen.untagged])
        ],
    )


def _bars(split: Split) -> list[Bar]:
    words = {**split.options, ANOTHER: gettext("Another course"), UNSURE: gettext("I am unsure")}
    return [Bar(words.get(option, option), [number]) for option, number in split.tally.counts.items()]
