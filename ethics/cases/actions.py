"""What writes cases: storing a version, archiving what is gone. The door renders first and commits after each case."""

import enum
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.cases.front import Front
from ethics.cases.models import Case, CaseImage, CaseVersion, Origin, Segment, SegmentKind, Status
from ethics.cases.search import shown_text, words_of
from ethics.cases.sync import PreparedCase, images_used
from ethics.db import violates
from ethics.errors import Conflict
from ethics.markup import RENDERER
from ethics.people.actor import Actor


class Outcome(enum.StrEnum):
    """What storing a case did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def sync_case(
    session: Session, *, actor: Actor | None, prepared: PreparedCase, note: str = "", now: datetime
) -> Outcome:
    """Store a prepared case as the next version, or take it out of the archive again where nothing else changed.

    Raises Conflict where the case is written in the browser, or somebody has stored another version meanwhile.
    """
    file = prepared.file
    front = file.case.front
    if front is None:
        raise ValueError("only a usable case can be prepared")
    case = session.scalar(select(Case).where(Case.slug == file.slug).with_for_update())
    if case is None:
        outcome = Outcome.NEW
        case = Case(slug=file.slug, origin=Origin.FOLDER, created_at=now)
    else:
        if case.origin != Origin.FOLDER:
            raise Conflict("written-in-the-browser")
        if _current_sha256(session, case) == file.sha256:
            return _restore(session, case, front, actor=actor, now=now)
        outcome = Outcome.CHANGED
    store_version(session, case, prepared, actor=actor, note=note, now=now)
    return outcome


def store_version(
    session: Session, case: Case, prepared: PreparedCase, *, actor: Actor | None, note: str, now: datetime
) -> None:
    """Add a prepared case as the version it was prepared for. The callers have asked whether they may.

    Raises Conflict where somebody has stored another version meanwhile, and ValueError for what is no usable case.
    """
    front = prepared.file.case.front
    if front is None:
        raise ValueError("only a usable case can be prepared")
    if prepared.number != (case.current_number or 0) + 1:
        raise Conflict("another-version-meanwhile")
    _mirror(case, front, number=prepared.number, now=now)
    session.add(case)
    _add_version(session, case, prepared, front, actor=actor, note=note, now=now)
    record(
        session,
        actor=actor,
        action="case.version",
        object_kind="case",
        object_id=case.slug,
        now=now,
        number=prepared.number,
    )


def archive_case(session: Session, *, actor: Actor | None, slug: str, now: datetime) -> None:
    """Take a case whose file is gone out of the library. Deletes nothing; rounds that use it go on."""
    case = session.scalar(select(Case).where(Case.slug == slug, Case.origin == Origin.FOLDER).with_for_update())
    if case is None or case.status == Status.ARCHIVED:
        return
    case.status = Status.ARCHIVED
    case.updated_at = now
    record(session, actor=actor, action="case.archive", object_kind="case", object_id=slug, now=now)


def _restore(session: Session, case: Case, front: Front, *, actor: Actor | None, now: datetime) -> Outcome:
    if case.status == front.status:
        return Outcome.UNCHANGED
    _mirror(case, front, number=case.current_number, now=now)
    record(session, actor=actor, action="case.restore", object_kind="case", object_id=case.slug, now=now)
    return Outcome.CHANGED


def _current_sha256(session: Session, case: Case) -> str | None:
    return session.scalar(
        select(CaseVersion.sha256).where(CaseVersion.case_id == case.id, CaseVersion.number == case.current_number)
    )


def _mirror(case: Case, front: Front, *, number: int, now: datetime) -> None:
    """Let the columns that the library lists say what the current version says."""
    case.current_number = number
    case.updated_at = now
    case.status = front.status
    case.title = front.title
    case.summary = front.summary
    case.kind = front.kind
    case.level = front.level
    case.minutes = front.minutes
    case.setting = front.setting
    case.principles = list(front.principles)
    case.also = list(front.also)
    case.tensions = [list(pair) for pair in front.tensions]
    case.topics = list(front.topics)
    case.professions = list(front.professions)
    case.self_study = front.self_study
    terms = (*front.principles, *front.also, *front.topics, *front.professions, front.setting or "", front.level or "")
    case.words = words_of(front.title, front.summary, *front.authors, *terms)


def _add_version(
    session: Session, case: Case, prepared: PreparedCase, front: Front, *, actor: Actor | None, note: str, now: datetime
) -> None:
    file = prepared.file
    version = CaseVersion(
        case=case,
        number=prepared.number,
        sha256=file.sha256,
        source=file.case.data,
        front=front.model_dump(mode="json"),
        stages=_stages(prepared, front.title),
        renderer=RENDERER,
        note=note,
        created_by_id=actor.id if actor else None,
        created_at=now,
    )
    session.add(version)
    try:
        session.flush()
    except IntegrityError as error:
        if violates(error, "uq_cases_slug") or violates(error, "uq_case_versions_case_id_number"):
            raise Conflict("another-version-meanwhile") from error
        raise
    session.add_all(
        Segment(
            version_id=version.id,
            position=part.segment.position,
            kind=part.segment.kind,
            stage=part.segment.stage,
            heading=part.segment.heading,
            source=part.segment.source,
            html=part.html,
            items=[dict(item) for item in part.items],
            words=words_of(part.segment.heading, shown_text(part.html, part.items)),
        )
        for part in prepared.segments
    )
    session.add_all(
        CaseImage(
            version_id=version.id,
            name=image.name,
            media_type=image.media_type,
            data=image.data,
            used_in=[p.segment.position for p in prepared.segments if image.name in images_used(p.segment)],
        )
        for image in file.images
    )
    session.flush()


def _stages(prepared: PreparedCase, title: str) -> list[dict[str, object]]:
    segments = [part.segment for part in prepared.segments]
    deciding = {segment.stage for segment in segments if segment.kind is SegmentKind.DECISION}
    stages = [
        {"heading": segment.heading, "decides": segment.stage in deciding}
        for segment in segments
        if segment.kind is SegmentKind.STAGE
    ]
    # The opening belongs to the first stage, so that there is one even where no heading begins it.
    return stages or [{"heading": title, "decides": False}]
