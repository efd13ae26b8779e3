"""Tables of cases: the case as the library lists it, its immutable versions, their segments and images."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ethics.db import Base, JsonDict, JsonList, Key, Prose


class Status(enum.StrEnum):
    """Whether a case is in the library."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Origin(enum.StrEnum):
    """Where a case is written: sync minds only its own."""

    FOLDER = "folder"
    BROWSER = "browser"


class SegmentKind(enum.StrEnum):
    """What a piece of a case is. Each is stored and rendered alone, so that none can carry another with it."""

    OPENING = "opening"
    STAGE = "stage"
    PERSPECTIVE = "perspective"
    EXHIBIT = "exhibit"
    DECISION = "decision"
    GUIDE = "guide"
    """For facilitators: faculty and authors only."""
    QUESTIONS = "questions"
    DEBRIEF = "debrief"
    REFERENCES = "references"


class Case(Base):
    """A teaching case as the library lists it: its columns mirror the current version."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint("status IN ('draft', 'published', 'archived')", name="status_known"),
        CheckConstraint("origin IN ('folder', 'browser')", name="origin_known"),
    )

    id: Mapped[Key]
    slug: Mapped[str]
    origin: Mapped[str]
    status: Mapped[str]
    current_number: Mapped[int]
    title: Mapped[str]
    summary: Mapped[str]
    kind: Mapped[str]
    level: Mapped[str | None]
    minutes: Mapped[int | None]
    setting: Mapped[str | None]
    principles: Mapped[JsonList]
    """Ids of the one or two principles that lead."""
    also: Mapped[JsonList]
    tensions: Mapped[JsonList]
    """Pairs of principle ids."""
    topics: Mapped[JsonList]
    professions: Mapped[JsonList]
    self_study: Mapped[bool]
    words: Mapped[Prose]
    """Title, summary, authors and terms as they are looked for: ethics.cases.search."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CaseVersion(Base):
    """A case as it was at one moment, byte for byte. Never changed."""

    __tablename__ = "case_versions"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    sha256: Mapped[str]
    """Of the file and its images: what sync compares."""
    source: Mapped[bytes] = mapped_column(LargeBinary)
    front: Mapped[JsonDict]
    """The checked front matter."""
    stages: Mapped[JsonList]
    """The stages in order, one at least: {"heading": str, "decides": bool}, whether it ends in a decision point."""
    renderer: Mapped[int]
    note: Mapped[str]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]

    case: Mapped[Case] = relationship(lazy="raise")


class Segment(Base):
    """A piece of a case version, cut at its headings before anything was rendered."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("version_id", "position"),)

    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(ForeignKey("case_versions.id"))
    position: Mapped[int]
    kind: Mapped[str]
    stage: Mapped[int | None]
    """The stage it belongs to, from 1; the opening is shown with the first; None for the closing parts."""
    heading: Mapped[str]
    source: Mapped[Prose]
    html: Mapped[Prose]
    items: Mapped[JsonList]
    """Options of a decision ({id, text}), questions ({number, html}), references ({key, html})."""
    words: Mapped[Prose]
    """Heading and text as they are looked for: ethics.cases.search."""


class CaseImage(Base):
    """An image of a case version, and the segments that use it: it is shown to whom one of them is shown."""

    __tablename__ = "case_images"
    __table_args__ = (UniqueConstraint("version_id", "name"),)

    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(ForeignKey("case_versions.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    used_in: Mapped[JsonList]
    """Positions of segments."""
