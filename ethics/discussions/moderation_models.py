"""Tables of moderation: what waits for a moderator, who reported it, and what moderators did."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ethics.db import Base, JsonDict, Key, Prose, PublicId
from ethics.discussions.models import Comment, CommentKey, Thread
from ethics.people.models import User, UserKey


class Act(enum.StrEnum):
    """What a moderator can do."""

    HIDE = "hide"
    SHOW = "show"
    DISMISS = "dismiss"
    """Leave a comment as it is: reported, or sent again."""
    REVISE = "revise"
    """Ask its author for a revision; the group reads it meanwhile."""
    HOLD = "hold"
    """Hold every new post of its author in this round until a moderator lets it through."""
    LET_THROUGH = "let-through"
    REFUSE = "refuse"
    """Keep a held comment back, with a reason of its own."""
    LOCK = "lock"
    PIN = "pin"
    MOVE = "move"
    UPHOLD = "uphold"
    """Answer an appeal: what was done stands."""
    OVERTURN = "overturn"
    """Answer an appeal: what was done is undone."""


class ModerationAction(Base):
    """What a moderator did to a comment or to a thread, and why. It stands until `ended_at`; rows are never removed."""

    __tablename__ = "moderation_actions"
    __table_args__ = (
        CheckConstraint(
            "action IN ('hide', 'show', 'dismiss', 'revise', 'hold', 'let-through', 'refuse', 'lock', 'pin', 'move', "
            "'uphold', 'overturn')",
            name="action_known",
        ),
        CheckConstraint("(comment_id IS NULL) <> (thread_id IS NULL)", name="comment_or_thread"),
        Index(None, "comment_id"),
        Index(None, "thread_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    """The comment it was done to; a hold is on whoever wrote it."""
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id"))
    moderator_id: Mapped[UserKey]
    action: Mapped[str]
    category: Mapped[str]
    reason: Mapped[Prose]
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was undone, or its author did what it asked for."""
    before: Mapped[JsonDict]
    """What an undo puts back: numbers and places, never a text."""

    comment: Mapped[Comment | None] = relationship(lazy="raise")
    thread: Mapped[Thread | None] = relationship(lazy="raise")
    moderator: Mapped[User] = relationship(lazy="raise")


class Waits(enum.StrEnum):
    """Why a comment waits for a moderator."""

    REPORTED = "reported"
    HELD = "held"
    SENT_AGAIN = "sent-again"
    """Its author has revised what was hidden, refused or asked for."""
    APPEAL = "appeal"
    """Its author asks for another look by somebody else."""


class Matter(Base):
    """A comment that waits for a moderator, until somebody settles it. Its id is its place in the queue."""

    __tablename__ = "moderation_matters"
    __table_args__ = (
        CheckConstraint("waits IN ('reported', 'held', 'sent-again', 'appeal')", name="waits_known"),
        CheckConstraint("(waits = 'appeal') = (appealed_id IS NOT NULL)", name="appeal_names_an_act"),
        CheckConstraint("(settled_at IS NULL) = (settled_by_id IS NULL)", name="settled_by_an_act"),
        CheckConstraint("(claimed_at IS NULL) = (claimed_by_id IS NULL)", name="claimed_by_somebody"),
        Index(
            "uq_moderation_matters_open",
            "comment_id",
            "waits",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index(None, "comment_id"),
        UniqueConstraint("appealed_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    comment_id: Mapped[CommentKey]
    waits: Mapped[str]
    appealed_id: Mapped[int | None] = mapped_column(ForeignKey("moderation_actions.id"))
    """The act that an appeal is about; there is one appeal for each."""
    text: Mapped[Prose]
    """What the author of an appeal wrote."""
    opened_at: Mapped[datetime]
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    claimed_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("moderation_actions.id"))
    settled_at: Mapped[datetime | None]

    comment: Mapped[Comment] = relationship(lazy="raise")
    claimed_by: Mapped[User | None] = relationship(lazy="raise")
    appealed: Mapped[ModerationAction | None] = relationship(lazy="raise", foreign_keys=[appealed_id])
    settled_by: Mapped[ModerationAction | None] = relationship(lazy="raise", foreign_keys=[settled_by_id])


class Report(Base):
    """A reader's flag on a comment. Who raised it is shown to nobody but themselves."""

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("comment_id", "reporter_id"), Index(None, "matter_id"))

    id: Mapped[Key]
    comment_id: Mapped[CommentKey]
    matter_id: Mapped[int] = mapped_column(ForeignKey("moderation_matters.id"))
    reporter_id: Mapped[UserKey]
    category: Mapped[str]
    note: Mapped[Prose]
    at: Mapped[datetime]

    matter: Mapped[Matter] = relationship(lazy="raise")
