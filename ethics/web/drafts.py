"""Drafts of cases in lists: what an author goes on with, and what somebody was asked to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ethics.cases.checks import check
from ethics.cases.editing import DraftLine, drafts_of
from ethics.cases.pieces import FormError
from ethics.cases.review import reviews_waiting
from ethics.cases.source_form import form_of
from ethics.web.library import library_reader
from ethics.web.session import reader
from ethics.web.shown import vocabulary
from ethics.web.times import Shown
from ethics.web.versions import when

MOST = 12


@dataclass(frozen=True, slots=True)
class DraftShown:
    """A draft in a list, by its title, and how many things in it are to be mended."""

    slug: str
    title: str
    name: str
    time: Shown
    problems: int


def own_drafts() -> list[DraftShown]:
    """The drafts that authors share, the last saved first; MOST of them."""
    return _shown(drafts_of(reader(), library_reader())[:MOST])


def drafts_to_look_at() -> list[DraftShown]:
    """The drafts that whoever is signed in was asked to look at."""
    return _shown(reviews_waiting(reader(), library_reader())[:MOST])


def _shown(lines: Sequence[DraftLine]) -> list[DraftShown]:
    return [DraftShown(line.slug, _title(line), line.name, when(line.at), _problems(line)) for line in lines]


def _title(line: DraftLine) -> str:
    try:
        return form_of(line.source, vocabulary()).front["title"].value or line.slug
    except FormError:
        return line.slug


def _problems(line: DraftLine) -> int:
    found = check(line.source.encode(), path=Path(f"{line.slug}.md"), vocabulary=vocabulary())
    return sum(finding.severity == "error" for finding in found)
