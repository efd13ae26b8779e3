"""What lies in the folders of cases, beside what the library holds: which cases are new, changed, the same, or gone.

Reads files and renders texts, so that the transactions of `actions` only write.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ethics.cases.checks import case_files, findings_of
from ethics.cases.findings import START, Finding
from ethics.cases.format import Item, ParsedCase, Segment, parse
from ethics.cases.images import Image, read_images, uses
from ethics.cases.models import Case, CaseVersion, Origin, SegmentKind, Status
from ethics.errors import Conflict
from ethics.markup import Profile, render
from ethics.vocabulary import Vocabulary

MOST_GONE: Final = 5
"""Archiving more than one in so many cases at once is probably a slip."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as it lies in a folder: parsed, with its images and everything the checker says about it."""

    case: ParsedCase
    images: tuple[Image, ...]
    findings: tuple[Finding, ...]

    @property
    def slug(self) -> str:
        """The case's name in addresses."""
        return self.case.slug

    @property
    def is_usable(self) -> bool:
        """Whether it can become a version; errors in parts of it only keep those parts out."""
        return self.case.front is not None

    @property
    def sha256(self) -> str:
        """The fingerprint of the file and its images."""
        whole = hashlib.sha256(self.case.data)
        for image in self.images:
            whole.update(f"\n{image.name}\n{len(image.data)}\n".encode())
            whole.update(image.data)
        return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class PreparedSegment:
    """A segment with its HTML."""

    segment: Segment
    html: str
    items: tuple[Mapping[str, str | int], ...]


@dataclass(frozen=True, slots=True)
class PreparedCase:
    """A case, rendered and ready to be stored as version `number`."""

    file: CaseFile
    number: int
    segments: tuple[PreparedSegment, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync would do. `new` and `changed` hold the number of the version each file would become."""

    standing: int
    """How many cases from folders are in the library now."""
    new: Mapping[str, int]
    changed: Mapping[str, int]
    unchanged: Collection[str]
    gone: Sequence[str]
    failed: Mapping[str, Sequence[Finding]]
    """Files that cannot become a version, by the name of the case, with the errors that say why."""

    def without_gone(self) -> "Plan":
        """The same plan, where the files are not the whole collection."""
        return replace(self, gone=())


def read_files(paths: Iterable[Path], *, vocabulary: Vocabulary) -> tuple[tuple[CaseFile, ...], tuple[Finding, ...]]:
    """Read the case files of these folders (or single files), and say which could not be opened."""
    files: list[CaseFile] = []
    unopened: list[Finding] = []
    for path in dict.fromkeys(file for given in paths for file in case_files(given)):
        try:
            data = path.read_bytes()
            images = read_images(path.with_suffix(""))
        except OSError as error:
            unopened.append(Finding(path, 1, 1, "E001", f"the file cannot be opened: {error.strerror}"))
            continue
        case = parse(data, path=path, vocabulary=vocabulary)
        files.append(CaseFile(case, images[0], findings_of(case, images)))
    return tuple(files), tuple(unopened)


def plan(session: Session, files: Sequence[CaseFile], *, unopened: Sequence[Finding] = ()) -> Plan:
    """Compare the files with the library. A case whose file could not be opened is not gone."""
    known = {
        row.slug: row
        for row in session.execute(
            select(Case.slug, Case.origin, Case.status, Case.current_number, CaseVersion.sha256).join(
                CaseVersion, and_(CaseVersion.case_id == Case.id, CaseVersion.number == Case.current_number)
            )
        )
    }
    new: dict[str, int] = {}
    changed: dict[str, int] = {}
    unchanged: list[str] = []
    failed: dict[str, Sequence[Finding]] = {finding.path.stem: (finding,) for finding in unopened}
    seen: dict[str, Path] = {}
    for file in files:
        row = known.get(file.slug)
        why = _unusable(file, seen.get(file.slug), is_from_browser=row is not None and row.origin == Origin.BROWSER)
        seen.setdefault(file.slug, file.case.path)
        if why:
            failed[file.slug] = why
        elif row is None:
            new[file.slug] = 1
        elif row.sha256 != file.sha256:
            changed[file.slug] = row.current_number + 1
        elif row.status == Status.ARCHIVED != _status(file):
            changed[file.slug] = row.current_number
        else:
            unchanged.append(file.slug)
    standing = {slug for slug, row in known.items() if row.origin == Origin.FOLDER and row.status != Status.ARCHIVED}
    return Plan(len(standing), new, changed, unchanged, sorted(standing - {*seen, *failed}), failed)


def refuse_large_loss(found: Plan) -> None:
    """Raise Conflict where there is no file at all, or over a fifth of the cases would be archived at once."""
    if not (found.new or found.changed or found.unchanged or found.failed):
        raise Conflict("no-case-files")
    if len(found.gone) * MOST_GONE > found.standing:
        raise Conflict("archives-too-many", found.gone)


def prepare(file: CaseFile, number: int, *, images: str = "") -> PreparedCase:
    """Render every segment of a usable case on its own. `images`: where its images are, if not with that version."""
    base = images or f"/cases/{file.slug}/versions/{number}/images/"
    return PreparedCase(file, number, tuple(_prepared(segment, base) for segment in file.case.segments))


def images_used(segment: Segment) -> frozenset[str]:
    """The names of the images that a segment shows."""
    return frozenset(use.target for use in uses(segment.source))


def _unusable(file: CaseFile, twin: Path | None, *, is_from_browser: bool) -> Sequence[Finding]:
    if twin is not None:
        return (Finding(file.case.path, 1, 1, "E050", f"{twin} has the same name", "rename one of the two"),)
    if is_from_browser:
        message = "a case of this name is written in the browser, and stays as it is"
        return (Finding(file.case.path, START.line, START.column, "E050", message, "rename the file"),)
    if file.is_usable:
        return ()
    return [finding for finding in file.findings if finding.severity == "error"]


def _status(file: CaseFile) -> Status:
    return file.case.front.status if file.case.front else Status.DRAFT


def _prepared(segment: Segment, base: str) -> PreparedSegment:
    prefix = f"s{segment.position}"
    items = tuple(_item(segment.kind, item, number, prefix, base) for number, item in enumerate(segment.items, start=1))
    html = render(segment.prose, profile=Profile.CASE, prefix=prefix, image_base=base).html if segment.prose else ""
    return PreparedSegment(segment, html, items)


def _item(kind: SegmentKind, item: Item, number: int, prefix: str, base: str) -> Mapping[str, str | int]:
    if kind is SegmentKind.DECISION:
        return {"id": item.id, "text": item.text}
    html = render(item.text, profile=Profile.CASE, prefix=f"{prefix}-{number}", image_base=base).html
    return {"number": number, "html": html} if kind is SegmentKind.QUESTIONS else {"key": item.id, "html": html}
