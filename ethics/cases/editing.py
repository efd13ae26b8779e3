"""Writing cases in the browser: the draft that authors share, its pictures, and what makes a version of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import and_, literal, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.cases.actions import store_version
from ethics.cases.draft_models import CaseDraft, CaseReview, DraftImage, PassageComment
from ethics.cases.format import MAX_BYTES
from ethics.cases.front import SLUG
from ethics.cases.images import Image
from ethics.cases.models import Case, CaseImage, CaseVersion, Origin
from ethics.cases.queries import version_of
from ethics.cases.rules import Reach, Reader
from ethics.cases.sync import PreparedCase
from ethics.db import violates
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.notices.actions import tell
from ethics.people.models import User
from ethics.text import clean_name, refuse_unstorable, too_long

RESERVED: Final = frozenset({"new"})
"""Names that are addresses of their own under /cases."""
MOST_IMAGES: Final = 30
LONGEST_NOTE: Final = 200
LONGEST_SLUG: Final = 80


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies before an author: the case, where it is in the library, and the draft, where there is one."""

    slug: str
    case: Case | None
    current: CaseVersion | None
    draft: CaseDraft | None
    has_changes: bool
    """Whether the draft says something that no version says yet."""

    @property
    def source(self) -> str:
        """The text to go on with: a draft without changes of its own follows the current version."""
        if self.draft is not None and (self.has_changes or self.current is None):
            return self.draft.source
        return self.current.source.decode() if self.current else ""

    @property
    def version(self) -> int:
        """The count of saves, which a form sends back; 0 before the first."""
        return self.draft.version if self.draft else 0

    @property
    def number(self) -> int:
        """The number of the current version, 0 where there is none."""
        return self.current.number if self.current else 0

    @property
    def is_behind(self) -> bool:
        """Whether the case has got a newer version since this draft with its changes was begun."""
        return self.draft is not None and self.has_changes and self.draft.based_on < self.number

    @property
    def is_followed(self) -> bool:
        """Whether the draft, without changes of its own, stands at an older version than the current one."""
        return self.draft is not None and not self.has_changes and self.draft.based_on < self.number

    @property
    def is_from_folder(self) -> bool:
        """Whether a file in a folder is where this case is written."""
        return self.case is not None and self.case.origin == Origin.FOLDER


@dataclass(frozen=True, slots=True)
class KeptText:
    """A draft as it stands, for whoever comes second."""

    source: str
    version: int
    saved_by: str


def desk(session: Session, reader: Reader, slug: str, *, for_writing: bool = False) -> Desk:
    """The desk of an author. `for_writing` holds the rows until the transaction ends.

    Raises NotFound where the person may not know of it (drafts are for authors), NotAllowed for who may only read.
    """
    draft = _draft(session, slug, for_writing=for_writing)
    case = _case(session, slug, for_writing=for_writing)
    if case is not None and not reader.may_see(case):
        raise NotFound
    if case is not None and reader.reach(case) is not Reach.WHOLE:
        raise NotFound
    if not reader.is_author:
        raise NotFound if case is None else NotAllowed("authors-only")
    return _desk(session, slug, case, draft)


def desk_to_review(session: Session, reader: Reader, slug: str, *, for_writing: bool = False) -> Desk:
    """The desk for its authors and for who was asked to look at the draft, as long as they write or teach.

    Raises NotFound for everybody else.
    """
    draft = _draft(session, slug, for_writing=for_writing)
    if draft is None or draft.case_id in reader.studies:
        raise NotFound
    case = _case(session, slug)
    if not reader.is_author and not (reader.teaches and _is_asked(session, draft, reader)):
        raise NotFound
    return _desk(session, slug, case, draft)


def drafts_open_to(session: Session, reader: Reader, slugs: Collection[str]) -> Sequence[str]:
    """Those of these drafts at which the reader may look, as `desk_to_review` has it, in one statement."""
    asked = (
        select(CaseReview.id)
        .where(
            CaseReview.draft_id == CaseDraft.id,
            CaseReview.reviewer_id == reader.actor.id,
            CaseReview.published_number.is_(None),
        )
        .exists()
    )
    return session.scalars(
        select(CaseDraft.slug).where(
            CaseDraft.slug.in_(slugs),
            or_(CaseDraft.case_id.is_(None), CaseDraft.case_id.not_in(reader.studies)),
            true() if reader.is_author else and_(literal(reader.teaches), asked),
        )
    ).all()


def images_of(session: Session, here: Desk) -> Sequence[DraftImage | CaseImage]:
    """The pictures that belong to the text on the desk, by name."""
    if here.draft is not None and not here.is_followed:
        return session.scalars(
            select(DraftImage).where(DraftImage.draft_id == here.draft.id).order_by(DraftImage.name)
        ).all()
    if here.current is None:
        return []
    return version_images(session, here.current)


class DraftLine(NamedTuple):
    """A draft in a list: its text, whose it is to act on or who saved it last, and when."""

    slug: str
    source: str
    name: str
    at: datetime


def drafts_of(session: Session, reader: Reader) -> list[DraftLine]:
    """The drafts that say something no version says, the last saved first. Authors share them."""
    if not reader.is_author:
        return []
    base = (CaseVersion.case_id == CaseDraft.case_id) & (CaseVersion.number == CaseDraft.based_on)
    rows = session.execute(
        select(CaseDraft, User.name, CaseVersion.source)
        .join(User, User.id == CaseDraft.saved_by_id)
        .outerjoin(CaseVersion, base)
        .order_by(CaseDraft.saved_at.desc(), CaseDraft.id)
    )
    return [
        DraftLine(draft.slug, draft.source, name, draft.saved_at)
        for draft, name, source in rows
        if draft.case_id not in reader.studies and draft.source.encode() != source
    ]


def start_draft(session: Session, *, reader: Reader, slug: str, source: str, now: datetime) -> CaseDraft:
    """Begin a case in the browser. Raises NotFound for who is no author, Invalid for a name that is taken."""
    if not reader.is_author:
        raise NotFound
    _check_slug(session, slug)
    _check_text(source)
    draft = CaseDraft(
        slug=slug,
        case_id=None,
        based_on=0,
        source=source,
        undo_source=None,
        version=1,
        saved_at=now,
        saved_by_id=reader.actor.id,
        created_at=now,
    )
    _add(session, draft)
    _record(session, reader, "case.draft", slug, now)
    return draft


def is_free(session: Session, slug: str) -> bool:
    """Whether a new case can have this name. Asks nobody's rights."""
    return slug not in RESERVED and _case(session, slug) is None and _draft(session, slug) is None


def save_draft(
    session: Session,
    *,
    reader: Reader,
    slug: str,
    source: str,
    version: int,
    new_slug: str = "",
    can_undo: bool = False,
    now: datetime,
) -> CaseDraft:
    """Keep the text as the draft; the first time that makes one. `new_slug` renames what is in no library yet.

    `can_undo` keeps what stood there, for `undo`, until the next save.

    Raises Conflict with the KeptText that stands where it is not the one that was worked on, Invalid for what cannot be
    kept, NotFound and NotAllowed as `desk` does.
    """
    here = desk(session, reader, slug, for_writing=True)
    _check_text(source)
    if here.draft is None or source != here.source:  # what stands there already can be sent twice
        _check_stale(session, here, version)
    draft = _draft_to_write(session, here, reader, now)
    if new_slug and new_slug != slug and here.case is None:
        _check_slug(session, new_slug)
        draft.slug = new_slug
    if source != here.source:
        draft.undo_source = here.source if can_undo else None
        draft.source = source
        draft.version += here.draft is not None
        draft.saved_at = now
        draft.saved_by_id = reader.actor.id
    session.flush()
    return draft


def undo(session: Session, *, reader: Reader, slug: str, version: int, now: datetime) -> None:
    """Put back what the save `version` has taken out or exchanged. Raises Conflict where that was not the last save."""
    here = desk(session, reader, slug, for_writing=True)
    _check_stale(session, here, version)
    if here.draft is None or here.draft.undo_source is None:
        raise Conflict("cannot-undo")
    here.draft.source, here.draft.undo_source = here.draft.undo_source, None
    here.draft.version += 1
    here.draft.saved_at, here.draft.saved_by_id = now, reader.actor.id
    session.flush()


def add_image(session: Session, *, reader: Reader, slug: str, image: Image, now: datetime) -> tuple[CaseDraft, str]:
    """Lay a clean picture beside the draft, and say under which name. Raises Invalid, NotFound, NotAllowed."""
    here = desk(session, reader, slug, for_writing=True)
    draft = _draft_to_write(session, here, reader, now)
    taken = set(session.scalars(select(DraftImage.name).where(DraftImage.draft_id == draft.id)))
    if len(taken) >= MOST_IMAGES:
        raise Invalid("too-many-pictures", "picture")
    stem, _, ending = image.name.rpartition(".")
    name = next(
        name
        for number in range(1, MOST_IMAGES + 2)
        if (name := f"{stem}{f'-{number}' if number > 1 else ''}.{ending}") not in taken
    )
    session.add(DraftImage(draft_id=draft.id, name=name, media_type=image.media_type, data=image.data))
    session.flush()
    return draft, name


def remove_image(session: Session, *, reader: Reader, slug: str, name: str, now: datetime) -> None:
    """Take a picture away from the draft; versions keep theirs. Raises NotFound, NotAllowed."""
    here = desk(session, reader, slug, for_writing=True)
    draft = _draft_to_write(session, here, reader, now)
    image = session.scalar(select(DraftImage).where(DraftImage.draft_id == draft.id, DraftImage.name == name))
    if image is None:
        raise NotFound
    session.delete(image)
    session.flush()


def discard_draft(session: Session, *, reader: Reader, slug: str, version: int, now: datetime) -> bool:
    """Go back to the current version, and say whether there is one; a case that has none is gone with its draft.

    Raises Conflict where somebody has saved meanwhile, NotFound where there is nothing to discard.
    """
    here = desk(session, reader, slug, for_writing=True)
    _check_stale(session, here, version)
    draft = here.draft
    if draft is None:
        raise NotFound
    _record(session, reader, "case.draft.discard", slug, now)
    for table in (DraftImage, *(() if here.current else (PassageComment, CaseReview))):
        for row in session.scalars(select(table).where(table.draft_id == draft.id)):
            session.delete(row)
    session.flush()
    if here.current is None:
        session.delete(draft)
        session.flush()
        return False
    _copy_images(session, draft, here.current)
    draft.undo_source = draft.source if here.has_changes else None
    draft.source, draft.based_on = here.current.source.decode(), here.current.number
    draft.version += 1
    draft.saved_at, draft.saved_by_id = now, reader.actor.id
    session.flush()
    return True


def publish(
    session: Session,
    *,
    reader: Reader,
    slug: str,
    prepared: PreparedCase,
    version: int,
    note: str,
    take_over: bool = False,
    now: datetime,
) -> int:
    """Make the draft, as it was prepared, the next version of its case, and return the number. Who reviewed it is told.

    Raises Invalid while the checker finds errors or there is no note, and for a folder's case unless the browser is to
    take it over; Conflict where the draft or the case has changed meanwhile; NotFound and NotAllowed as `desk` does.
    """
    here = desk(session, reader, slug, for_writing=True)
    _check_stale(session, here, version)
    if any(finding.severity == "error" for finding in prepared.file.findings):
        raise Invalid("errors-first")
    if here.case is None and _case(session, slug) is not None:
        raise Invalid("slug-taken", "slug")
    case = _take(session, here, reader, slug, take_over=take_over, now=now)
    store_version(session, case, prepared, actor=reader.actor, note=_note(note), now=now)
    draft = _draft_to_write(session, here, reader, now)
    draft.case_id, draft.based_on = case.id, prepared.number
    draft.source, draft.undo_source = prepared.file.case.data.decode(), None
    draft.version += 1
    session.flush()
    for review in session.scalars(
        select(CaseReview).where(CaseReview.draft_id == draft.id, CaseReview.published_number.is_(None))
    ):
        review.published_number = prepared.number
        if review.reviewer_id != reader.actor.id:
            tell(session, user_id=review.reviewer_id, kind="case-published", now=now, slug=slug)
    session.flush()
    return prepared.number


def restore_version(
    session: Session,
    *,
    reader: Reader,
    slug: str,
    prepared: PreparedCase,
    note: str,
    take_over: bool = False,
    now: datetime,
) -> int:
    """Make an earlier version, as it was prepared, the newest one. The draft stays as it is where it has changes.

    Raises Invalid, Conflict, NotFound and NotAllowed as `publish` does.
    """
    here = desk(session, reader, slug, for_writing=True)
    if here.case is None:
        raise NotFound
    case = _take(session, here, reader, slug, take_over=take_over, now=now)
    store_version(session, case, prepared, actor=reader.actor, note=_note(note), now=now)
    if here.draft is not None and not here.has_changes:
        restored = version_of(session, case)
        _exchange_images(session, here.draft, restored)
        here.draft.source, here.draft.based_on = restored.source.decode(), restored.number
        here.draft.version += 1
    session.flush()
    return prepared.number


def give_back(session: Session, *, reader: Reader, slug: str, now: datetime) -> None:
    """Let the folder's file be where the case is written again. Raises NotFound, NotAllowed."""
    here = desk(session, reader, slug, for_writing=True)
    if here.case is None:
        raise NotFound
    here.case.origin = Origin.FOLDER
    _record(session, reader, "case.give-back", slug, now)


def _draft(session: Session, slug: str, *, for_writing: bool = False) -> CaseDraft | None:
    chosen = select(CaseDraft).where(CaseDraft.slug == slug)
    return session.scalar(chosen.with_for_update() if for_writing else chosen)


def _case(session: Session, slug: str, *, for_writing: bool = False) -> Case | None:
    chosen = select(Case).where(Case.slug == slug)
    return session.scalar(chosen.with_for_update() if for_writing else chosen)


def _desk(session: Session, slug: str, case: Case | None, draft: CaseDraft | None) -> Desk:
    if case is None and draft is None:
        raise NotFound
    if case is not None and draft is not None and draft.case_id is None:
        # A folder has brought a case of the same name: the draft still has to find another.
        return Desk(slug, None, None, draft, has_changes=True)
    current = version_of(session, case) if case else None
    if draft is None or current is None:
        return Desk(slug, case, current, draft, has_changes=draft is not None)
    base = current if draft.based_on == current.number else version_of(session, case, draft.based_on)  # type: ignore[arg-type]  # with a current version there is a case
    return Desk(slug, case, current, draft, has_changes=draft.source.encode() != base.source)


def _is_asked(session: Session, draft: CaseDraft, reader: Reader) -> bool:
    asked = select(CaseReview.id).where(
        CaseReview.draft_id == draft.id,
        CaseReview.reviewer_id == reader.actor.id,
        CaseReview.published_number.is_(None),
    )
    return session.scalar(asked.limit(1)) is not None


def _draft_to_write(session: Session, here: Desk, reader: Reader, now: datetime) -> CaseDraft:
    """The draft, begun where there is none, and at the current version where it has no changes of its own."""
    if here.draft is None:
        return _first_draft(session, here, reader, now)
    if here.is_followed and here.current is not None:
        _exchange_images(session, here.draft, here.current)
        here.draft.source, here.draft.based_on = here.source, here.number
    return here.draft


def _first_draft(session: Session, here: Desk, reader: Reader, now: datetime) -> CaseDraft:
    assert here.case is not None  # noqa: S101  # a desk without a case has a draft
    assert here.current is not None  # noqa: S101  # every case has a version
    draft = CaseDraft(
        slug=here.slug,
        case_id=here.case.id,
        based_on=here.number,
        source=here.source,
        undo_source=None,
        version=1,
        saved_at=now,
        saved_by_id=reader.actor.id,
        created_at=now,
    )
    _add(session, draft)
    _copy_images(session, draft, here.current)
    _record(session, reader, "case.draft", here.slug, now)
    return draft


def _add(session: Session, draft: CaseDraft) -> None:
    session.add(draft)
    try:
        session.flush()
    except IntegrityError as error:
        if violates(error, "uq_case_drafts_slug") or violates(error, "uq_case_drafts_case_id"):
            raise Conflict("draft-meanwhile") from error
        raise


def version_images(session: Session, version: CaseVersion) -> Sequence[CaseImage]:
    """The images of a version, by name. Asks nobody's rights."""
    return session.scalars(select(CaseImage).where(CaseImage.version_id == version.id).order_by(CaseImage.name)).all()


def _copy_images(session: Session, draft: CaseDraft, version: CaseVersion) -> None:
    session.add_all(
        DraftImage(draft_id=draft.id, name=image.name, media_type=image.media_type, data=image.data)
        for image in version_images(session, version)
    )
    session.flush()


def _exchange_images(session: Session, draft: CaseDraft, version: CaseVersion) -> None:
    for image in session.scalars(select(DraftImage).where(DraftImage.draft_id == draft.id)):
        session.delete(image)
    session.flush()
    _copy_images(session, draft, version)


def _check_stale(session: Session, here: Desk, version: int) -> None:
    if version != here.version:
        saved_by = here.draft and session.scalar(select(User.name).where(User.id == here.draft.saved_by_id))
        raise Conflict("stale", KeptText(here.source, here.version, saved_by or ""))


def _check_text(source: str) -> None:
    refuse_unstorable(source)
    if too_long(source, MAX_BYTES):
        raise Invalid("case-too-long")


def _check_slug(session: Session, slug: str) -> None:
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise Invalid("slug-shape", "slug")
    if not is_free(session, slug):
        raise Invalid("slug-taken", "slug")


def _take(session: Session, here: Desk, reader: Reader, slug: str, *, take_over: bool, now: datetime) -> Case:
    """The case to add a version to, from now on written in the browser."""
    if here.case is None:
        return Case(slug=slug, origin=Origin.BROWSER, created_at=now)
    if here.is_from_folder:
        if not take_over:
            raise Invalid("take-over", "take_over")
        here.case.origin = Origin.BROWSER
        _record(session, reader, "case.take-over", slug, now)
    return here.case


def _note(note: str) -> str:
    cleaned = clean_name(note)
    if not cleaned:
        raise Invalid("required", "note")
    if len(cleaned) > LONGEST_NOTE:
        raise Invalid("too-long", "note")
    return cleaned


def _record(session: Session, reader: Reader, action: str, slug: str, now: datetime) -> None:
    record(session, actor=reader.actor, action=action, object_kind="case", object_id=slug, now=now)
