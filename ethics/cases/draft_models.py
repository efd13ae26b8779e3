"""Tables of what is being written: drafts and their pictures, who was asked to look, and comments on passages."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ethics.db import Base, Key, Prose, PublicId
from ethics.people.models import UserKey

DraftKey = Annotated[int, mapped_column(ForeignKey("case_drafts.id"))]


class CaseDraft(Base):
    """The text that authors work on together: one a case, kept for good, so that its reviews stay with it."""

    __tablename__ = "case_drafts"
    __table_args__ = (UniqueConstraint("slug"), UniqueConstraint("case_id"))

    id: Mapped[Key]
    slug: Mapped[str]
    """The case's name in addresses, or the one it will have."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    based_on: Mapped[int]
    """The number of the version it began from; 0 before there is one."""
    source: Mapped[Prose]
    undo_source: Mapped[str | None]
    """What stood here before something was taken out or exchanged whole, until the next save."""
    version: Mapped[int]
    """Counts every save: whoever sends an older one is shown both texts."""
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[UserKey]
    created_at: Mapped[datetime]


class DraftImage(Base):
    """A picture that lies beside a draft; it becomes an image of the version that shows it."""

    __tablename__ = "draft_images"
    __table_args__ = (UniqueConstraint("draft_id", "name"),)

    id: Mapped[Key]
    draft_id: Mapped[DraftKey]
    name: Mapped[str]
    media_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class CaseReview(Base):
    """Somebody was asked to look at a draft; what they said of it, and which version of the case came of it."""

    __tablename__ = "case_reviews"
    __table_args__ = (
        CheckConstraint("verdict IN ('ready', 'back')", name="verdict_known"),
        CheckConstraint("(verdict IS NULL) = (answered_at IS NULL)", name="answered_with_a_verdict"),
        Index(None, "draft_id"),
        Index(None, "reviewer_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    draft_id: Mapped[DraftKey]
    reviewer_id: Mapped[UserKey]
    asked_by_id: Mapped[UserKey]
    asked_at: Mapped[datetime]
    question: Mapped[Prose]
    verdict: Mapped[str | None]
    remark: Mapped[Prose]
    answered_at: Mapped[datetime | None]
    answered_version: Mapped[int | None]
    """The save of the draft that the verdict is about."""
    published_number: Mapped[int | None]
    """The version of the case that the reviewed text became."""


class PassageComment(Base):
    """A comment on a passage of a draft, anchored by quotation (ethics.anchors)."""

    __tablename__ = "passage_comments"
    __table_args__ = (Index(None, "draft_id"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    draft_id: Mapped[DraftKey]
    author_id: Mapped[UserKey]
    draft_version: Mapped[int]
    exact: Mapped[Prose]
    prefix: Mapped[Prose]
    suffix: Mapped[Prose]
    position: Mapped[int]
    text: Mapped[Prose]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
