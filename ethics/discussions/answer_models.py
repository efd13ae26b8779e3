"""Tables of answering: what feedback has besides its text, notes to a group, what is asked of a writer, snippets."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ethics.cohorts.models import Group
from ethics.db import Base, Key, Prose, PublicId
from ethics.discussions.models import Comment, CommentKey, ThreadKey
from ethics.people.models import UserKey
from ethics.rounds.models import Round

# Where there is none, NULL stands, not JSON's null: queries tell the one from the other.
_JSON_OR_NULL = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class GroupNote(Base):
    """What one of the faculty writes to everybody in a group: each gets it as feedback, with a line of their own.

    It is open while one of those comments is a draft.
    """

    __tablename__ = "group_notes"
    __table_args__ = (Index(None, "round_id", "group_id", "author_id"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"))
    author_id: Mapped[UserKey]
    source: Mapped[Prose]
    created_at: Mapped[datetime]
    version: Mapped[int]

    round: Mapped[Round] = relationship(lazy="raise")
    group: Mapped[Group] = relationship(lazy="raise")


class FeedbackPart(Base):
    """What a comment of faculty on a reflection has besides its text."""

    __tablename__ = "feedback_parts"
    __table_args__ = (UniqueConstraint("comment_id"), Index(None, "note_id"), Index(None, "batch"))

    id: Mapped[Key]
    comment_id: Mapped[CommentKey]
    passage: Mapped[dict[str, Any] | None] = mapped_column(_JSON_OR_NULL)
    """The passage it is about, an ethics.anchors.Passage; the part is the key of a prompt. None: about the whole."""
    note_id: Mapped[int | None] = mapped_column(ForeignKey("group_notes.id"))
    """The note to a group that it carries."""
    line: Mapped[Prose]
    """Below a note: what is said to this one student."""
    batch: Mapped[str | None]
    """The same for all that was released in one act, so that it can be taken back together."""
    taken_up_at: Mapped[datetime | None]
    """When the writer of the reflection said that they had taken it up."""

    comment: Mapped[Comment] = relationship(lazy="raise")


class Wish(enum.StrEnum):
    """What faculty say about a revision, beside their feedback."""

    REVISE = "revise"
    """Please revise it once more: asked once, and never a condition for anything."""
    ACCEPTED = "accepted"
    """It can stay as it is."""


class Outcome(Base):
    """What faculty asked of a reflection's writer, or that it can stay as it is: at most one for each revision."""

    __tablename__ = "review_outcomes"
    __table_args__ = (
        UniqueConstraint("thread_id", "revision"),
        CheckConstraint("wish IN ('revise', 'accepted')", name="wish_known"),
    )

    id: Mapped[Key]
    thread_id: Mapped[ThreadKey]
    revision: Mapped[int]
    """The number of the revision that it is about."""
    wish: Mapped[str]
    reason: Mapped[Prose]
    author_id: Mapped[UserKey]
    at: Mapped[datetime]


class Snippet(Base):
    """Words that one of the faculty uses again; nobody else sees them."""

    __tablename__ = "snippets"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    owner_id: Mapped[UserKey]
    name: Mapped[str]
    text: Mapped[Prose]
    created_at: Mapped[datetime]
