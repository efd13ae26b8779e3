"""What is read of cases: the library's list, one case, its versions, and the segments somebody may read there."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from ethics.cases.models import Case, CaseImage, CaseVersion, Segment, SegmentKind, Status
from ethics.cases.rules import Reach, Reader, open_kinds
from ethics.errors import NotFound
from ethics.markup import CITATION
from ethics.people.models import User


class Version(NamedTuple):
    """One line in the history of a case."""

    number: int
    created_at: datetime
    note: str
    by: str | None
    """Who made it; None where the folder did."""


class StoredFile(NamedTuple):
    """The current version of a case as a file, with its images."""

    slug: str
    data: bytes
    images: Sequence[tuple[str, bytes]]

    def paths(self, folder: Path) -> Iterator[tuple[Path, bytes]]:
        """Where each file belongs in a folder of cases."""
        yield folder / f"{self.slug}.md", self.data
        for name, data in self.images:
            yield folder / self.slug / name, data


def visible_to(reader: Reader) -> ColumnElement[bool]:
    """Condition on Case: the reader may know that it exists. The same rule as `Reader.may_see`."""
    published = Case.status == Status.PUBLISHED
    return or_(published, Case.id.not_in(reader.studies)) if reader.is_author else published


def published_titles(session: Session) -> list[tuple[str, str]]:
    """Slug and title of every published case, by title: what a director chooses from."""
    chosen = select(Case.slug, Case.title).where(Case.status == Status.PUBLISHED).order_by(Case.title, Case.id)
    return [(slug, title) for slug, title in session.execute(chosen)]


def case_by_slug(session: Session, reader: Reader, slug: str) -> Case:
    """The case of this name. Raises NotFound where the reader may not know of it."""
    case = session.scalar(select(Case).where(Case.slug == slug, visible_to(reader)))
    if case is None:
        raise NotFound
    return case


def version_of(session: Session, case: Case, number: int | None = None) -> CaseVersion:
    """A version of a case, the current one by default. Raises NotFound."""
    wanted = case.current_number if number is None else number
    version = session.scalar(select(CaseVersion).where(CaseVersion.case_id == case.id, CaseVersion.number == wanted))
    if version is None:
        raise NotFound
    return version


def versions(session: Session, reader: Reader, case: Case) -> list[Version]:
    """The history of a case, newest first. Raises NotFound for whom the whole case is not open."""
    _require_whole(reader, case)
    rows = session.execute(
        select(CaseVersion.number, CaseVersion.created_at, CaseVersion.note, User.name)
        .outerjoin(User, User.id == CaseVersion.created_by_id)
        .where(CaseVersion.case_id == case.id)
        .order_by(CaseVersion.number.desc())
    )
    return [Version._make(row) for row in rows]


def source(session: Session, reader: Reader, case: Case, number: int | None = None) -> bytes:
    """The file of a version, byte for byte. Raises NotFound for whom the whole case is not open."""
    _require_whole(reader, case)
    return version_of(session, case, number).source


def stored_files(session: Session, slugs: Sequence[str] = ()) -> list[StoredFile]:
    """The current versions of these cases, or of all, for the command line. Asks nobody's rights."""
    chosen = select(Case.slug, CaseVersion.id, CaseVersion.source).join(
        CaseVersion, and_(CaseVersion.case_id == Case.id, CaseVersion.number == Case.current_number)
    )
    if slugs:
        chosen = chosen.where(Case.slug.in_(slugs))
    images = select(CaseImage.name, CaseImage.data).order_by(CaseImage.name)
    return [
        StoredFile(
            slug,
            data,
            [(row.name, row.data) for row in session.execute(images.where(CaseImage.version_id == version_id))],
        )
        for slug, version_id, data in session.execute(chosen.order_by(Case.slug)).all()
    ]


def segments(
    session: Session,
    version_id: int,
    *conditions: ColumnElement[bool],
    kinds: Collection[SegmentKind] = frozenset(SegmentKind),
) -> list[Segment]:
    """The segments of a version that are of these kinds and meet the conditions, in order. Asks nobody's rights."""
    chosen = select(Segment).where(Segment.version_id == version_id, Segment.kind.in_(kinds), *conditions)
    return list(session.scalars(chosen.order_by(Segment.position)))


def readable_segments(session: Session, reader: Reader, case: Case, version_id: int) -> list[Segment]:
    """What the reader may read of a version from the library."""
    return segments(session, version_id, kinds=open_kinds(reader.reach(case)))


def cited_references(open_segments: Sequence[Segment]) -> list[dict[str, str]]:
    """The references ({key, html}) that these segments cite: give it those that are open to the reader."""
    cited = {
        key
        for segment in open_segments
        if segment.kind != SegmentKind.REFERENCES
        for key in CITATION.findall(segment.source)
    }
    return [
        item
        for segment in open_segments
        if segment.kind == SegmentKind.REFERENCES
        for item in segment.items
        if item["key"] in cited
    ]


def readable_image(session: Session, reader: Reader, case: Case, version_id: int, name: str) -> CaseImage:
    """An image of a version, with its bytes. Raises NotFound unless a segment that uses it is open to the reader."""
    image = image_of(session, version_id, name)
    positions = {segment.position for segment in readable_segments(session, reader, case, version_id)}
    if reader.reach(case) is not Reach.WHOLE and positions.isdisjoint(image.used_in):
        raise NotFound
    return image


def _require_whole(reader: Reader, case: Case) -> None:
    if reader.reach(case) is not Reach.WHOLE:
        raise NotFound


def version_by_slug(session: Session, slug: str, number: int) -> CaseVersion:
    """A version of the case of this name. Asks nobody's rights; raises NotFound where there is none."""
    version = session.scalar(
        select(CaseVersion).join(CaseVersion.case).where(Case.slug == slug, CaseVersion.number == number)
    )
    if version is None:
        raise NotFound
    return version


def image_of(session: Session, version_id: int, name: str) -> CaseImage:
    """An image of a version. Asks nobody's rights; raises NotFound where there is none."""
    image = session.scalar(select(CaseImage).where(CaseImage.version_id == version_id, CaseImage.name == name))
    if image is None:
        raise NotFound
    return image
