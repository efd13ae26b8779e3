"""Tables of what somebody has of discussions for themselves: how far they have read, and what they have not posted."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ethics.db import Base, JsonDict, Key, Prose
from ethics.discussions.models import ThreadKey
from ethics.people.models import UserKey


class Follows(enum.StrEnum):
    """What somebody wants to hear of a thread."""

    USUAL = "usual"
    FOLLOWED = "followed"
    MUTED = "muted"
    """It never counts as new."""


class ThreadReading(Base):
    """How far one person has read one thread. No row: they have not opened it."""

    __tablename__ = "thread_readings"
    __table_args__ = (
        UniqueConstraint("user_id", "thread_id"),
        CheckConstraint("follows IN ('usual', 'followed', 'muted')", name="follows_known"),
        Index(None, "thread_id"),
    )

    id: Mapped[Key]
    user_id: Mapped[UserKey]
    thread_id: Mapped[ThreadKey]
    seen_number: Mapped[int]
    """The highest number of a comment that stood on a page they opened."""
    follows: Mapped[str]


class CommentDraft(Base):
    """What somebody has begun to write and not posted, at one place. Nobody else ever reads it; posting deletes it.

    `place` is where: a thread, a comment that is answered, or a new thread of a group. What was chosen beside the
    text (the title, a passage) stands in `more`.
    """

    __tablename__ = "comment_drafts"
    __table_args__ = (UniqueConstraint("user_id", "place"), Index(None, "round_id"))

    id: Mapped[Key]
    user_id: Mapped[UserKey]
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    place: Mapped[str]
    text: Mapped[Prose]
    more: Mapped[JsonDict]
    version: Mapped[int]
    saved_at: Mapped[datetime]
