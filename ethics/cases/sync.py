"""What lies in the folders of cases, beside what the library holds: which cases are new, changed, the same, or gone.

Reads files and renders texts, so that the transactions of `actions` only write.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ethics.cases.checks import cannot_be_opened, case_files, findings_of, read_case
from ethics.cases.findings import START, Finding
from ethics.cases.format import Item, ParsedCase, Segment, parse
from ethics.cases.images import Image, uses
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
        return fingerprint(self.case.data, self.images)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A case file that lies in a folder, with its images; not read yet, since most have not changed."""

    path: Path
    data: bytes
    images: tuple[Image, ...]
    unfit: tuple[Path, ...]

    @property
    def slug(self) -> str:
        """The case's name in addresses."""
        return self.path.stem

    def read(self, vocabulary: Vocabulary) -> CaseFile:
        """The file parsed and checked."""
        case = parse(self.data, path=self.path, vocabulary=vocabulary)
        return CaseFile(case, self.images, findings_of(case, (self.images, self.unfit)))


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
class Step:
    """A file, and the number of the version it would become."""

    file: CaseFile
    number: int


@dataclass(slots=True)
class Plan:
    """What a sync would do. Names are those of the cases."""

    standing: frozenset[str]
    """The cases from folders that are in the library now."""
    new: dict[str, Step] = field(default_factory=dict)
    changed: dict[str, Step] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    gone: Sequence[str] = ()
    failed: dict[Path, Sequence[Finding]] = field(default_factory=dict)
    """Files that cannot become a version, with the errors that say why."""

    @property
    def steps(self) -> Iterator[Step]:
        """Everything that is to be stored."""
        yield from self.new.values()
        yield from self.changed.values()

    def without_gone(self) -> "Plan":
        """The same plan, where the files are not the whole collection."""
        return replace(self, gone=())


def fingerprint(data: bytes, images: Iterable[Image]) -> str:
    """The SHA-256 of a case file and its images."""
    whole = hashlib.sha256(data)
    for image in images:
        whole.update(f"\n{image.name}\n{len(image.data)}\n".encode())
        whole.update(image.data)
    return whole.hexdigest()


def find_files(paths: Iterable[Path]) -> tuple[tuple[FoundFile, ...], tuple[Finding, ...]]:
    """The case files of these folders (or single files), and which could not be opened."""
    files: list[FoundFile] = []
    unopened: list[Finding] = []
    for path in dict.fromkeys(file for given in paths for file in case_files(given)):
        try:
            data, (images, unfit) = read_case(path)
        except OSError as error:
            unopened.append(cannot_be_opened(path, error))
        else:
            files.append(FoundFile(path, data, images, unfit))
    return tuple(files), tuple(unopened)


def read_files(paths: Iterable[Path], *, vocabulary: Vocabulary) -> tuple[tuple[CaseFile, ...], tuple[Finding, ...]]:
    """The case files of these folders (or single files), parsed and checked, and which could not be opened."""
    files, unopened = find_files(paths)
    return tuple(file.read(vocabulary) for file in files), unopened


def plan(session: Session, paths: Sequence[Path], *, vocabulary: Vocabulary) -> Plan:
    """Compare these folders (or files) with the library. A case whose file could not be opened is not gone.

    The library is looked at first: whatever another sync stores later was read later, or is found to be in conflict.
    """
    current = and_(CaseVersion.case_id == Case.id, CaseVersion.number == Case.current_number)
    columns = (Case.slug, Case.origin, Case.status, Case.current_number, CaseVersion.sha256)
    known = {row[0]: _Known(*row[1:]) for row in session.execute(select(*columns).join(CaseVersion, current))}
    files, unopened = find_files(paths)
    found = Plan(frozenset(slug for slug, case in known.items() if case.stands))
    found.failed.update({finding.path: (finding,) for finding in unopened})
    seen: dict[str, Path] = {}
    for file in files:
        _sort_in(found, file, known.get(file.slug), seen.get(file.slug), vocabulary)
        seen.setdefault(file.slug, file.path)
    found.gone = sorted(found.standing - {*seen, *(finding.path.stem for finding in unopened)})
    return found


def refuse_large_loss(found: Plan, paths: Sequence[Path]) -> None:
    """Raise Conflict where this would archive what is probably still wanted.

    That is: there is no file at all; a folder is missing or empty while cases are gone; over a fifth are gone.
    """
    if not (found.new or found.changed or found.unchanged or found.failed):
        raise Conflict("no-case-files")
    empty = [path for path in paths if not path.exists() or next(case_files(path), None) is None]
    if found.gone and empty:
        raise Conflict("empty-folder", empty)
    if len(found.gone) * MOST_GONE > len(found.standing):
        raise Conflict("archives-too-many", found.gone)


def prepare(file: CaseFile, number: int, *, images: str = "") -> PreparedCase:
    """Render every segment of a usable case on its own. `images`: where its images are, if not with that version."""
    base = images or f"/cases/{file.slug}/versions/{number}/images/"
    return PreparedCase(file, number, tuple(_prepared(segment, base) for segment in file.case.segments))


def images_used(segment: Segment) -> frozenset[str]:
    """The names of the images that a segment shows."""
    return frozenset(use.target for use in uses(segment.source))


class _Known(NamedTuple):
    """A case as the library has it now."""

    origin: str
    status: str
    number: int
    sha256: str

    @property
    def stands(self) -> bool:
        return self.origin == Origin.FOLDER and self.status != Status.ARCHIVED


def _sort_in(found: Plan, file: FoundFile, known: _Known | None, twin: Path | None, vocabulary: Vocabulary) -> None:
    """Put a file where it belongs in the plan. One that is the same as ever is not even parsed."""
    is_same = known is not None and known.sha256 == fingerprint(file.data, file.images)
    if twin is not None:
        found.failed[file.path] = (_name_taken(file, f"{twin} has the same name", "rename one of the two"),)
    elif known is not None and known.origin == Origin.BROWSER and not is_same:
        said = "a case of this name is written in the browser, and stays as it is"
        found.failed[file.path] = (_name_taken(file, said, "rename the file"),)
    elif is_same and known is not None and (known.stands or known.origin == Origin.BROWSER):
        found.unchanged.append(file.slug)
    else:
        read = file.read(vocabulary)
        if not read.is_usable:
            found.failed[file.path] = [finding for finding in read.findings if finding.severity == "error"]
        elif known is None:
            found.new[file.slug] = Step(read, 1)
        elif not is_same:
            found.changed[file.slug] = Step(read, known.number + 1)
        elif _status(read) != Status.ARCHIVED:
            found.changed[file.slug] = Step(read, known.number)
        else:
            found.unchanged.append(file.slug)


def _name_taken(file: FoundFile, message: str, mend: str) -> Finding:
    return Finding(file.path, START.line, START.column, "E050", message, mend)


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
