"""Tables of discussions: threads, comments and their earlier texts."""

import enum
from datetime import datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ethics.cohorts.models import Group
from ethics.db import Base, JsonDict, Key, Prose, PublicId
from ethics.people.models import User, UserKey
from ethics.reflections.models import Reflection
from ethics.rounds.models import Alias, Round


class State(enum.StrEnum):
    """What has become of a comment."""

    DRAFT = "draft"
    """Feedback that its author has not released: nobody else sees it."""
    VISIBLE = "visible"
    HELD = "held"
    """Kept back until faculty let it through: its author sees it as held."""
    HIDDEN = "hidden"
    """Hidden by faculty with a reason: peers read that it was, and its category."""
    WITHDRAWN = "withdrawn"
    """Taken back by its author; the place in the thread stays."""


ThreadKey = Annotated[int, mapped_column(ForeignKey("threads.id"))]
CommentKey = Annotated[int, mapped_column(ForeignKey("comments.id"))]


class Thread(Base):
    """A discussion: of a round's group, or on one reflection (then private to its writer and their faculty)."""

    __tablename__ = "threads"
    __table_args__ = (
        CheckConstraint("(group_id IS NULL) <> (reflection_id IS NULL)", name="group_or_reflection"),
        UniqueConstraint("reflection_id"),
        Index(None, "round_id", "group_id"),
        Index(None, "shared_reflection_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"))
    reflection_id: Mapped[int | None] = mapped_column(ForeignKey("reflections.id"))
    title: Mapped[str]
    question: Mapped[int | None]
    """The number of the case's question the thread begins from, from 1."""
    anchor: Mapped[JsonDict | None]
    """The passage the thread is about, an ethics.anchors.Passage: its part is a segment's position, or a prompt."""
    shared_reflection_id: Mapped[int | None] = mapped_column(ForeignKey("reflections.id"))
    """The reflection, shared with the group, that holds the passage; None: the case holds it, or there is none."""
    series: Mapped[str | None]
    """Common to the threads that one act of faculty began in several groups."""
    started_by_id: Mapped[UserKey]
    last_number: Mapped[int]
    """The number of the newest comment: comments are paged by it. 0 while the first one is held."""
    readable: Mapped[int]
    """How many comments its group can read: neither held nor hidden nor withdrawn ones, nor any that still wait."""
    last_comment_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    """Since when faculty have it stand before the others."""
    locked_at: Mapped[datetime | None]
    """Since when nobody writes in it."""
    created_at: Mapped[datetime]

    round: Mapped[Round] = relationship(lazy="raise")
    group: Mapped[Group | None] = relationship(lazy="raise")
    reflection: Mapped[Reflection | None] = relationship(lazy="raise", foreign_keys="Thread.reflection_id")


class Comment(Base):
    """One contribution to a thread, numbered in its thread's own order."""

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        CheckConstraint("state IN ('draft', 'visible', 'held', 'hidden', 'withdrawn')", name="state_known"),
        CheckConstraint("NOT as_faculty OR alias_id IS NULL", name="faculty_have_no_alias"),
        Index(None, "author_id", "thread_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    thread_id: Mapped[ThreadKey]
    number: Mapped[int]
    """Its place in the thread, from 1. Below 0 while it is held: it is in no count, and comes last when let through."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    author_id: Mapped[UserKey]
    alias_id: Mapped[int | None] = mapped_column(ForeignKey("aliases.id"))
    """What peers see; kept with the comment, so that no later setting unmasks it. None: written under the own name."""
    as_faculty: Mapped[bool]
    to_all: Mapped[bool]
    """One act of faculty wrote it in several groups."""
    after_most: Mapped[bool]
    """Of faculty: peers read it once most of the group have written in the thread."""
    quotation: Mapped[JsonDict | None]
    """The passage of the comment it answers, an ethics.anchors.Passage of what that one shows."""
    state: Mapped[str]
    category: Mapped[str]
    """Where hidden or held: which rule of the code of conduct, for all to read."""
    reason: Mapped[str]
    """Where hidden or held: why, for its author and for faculty."""
    source: Mapped[Prose]
    html: Mapped[Prose]
    renderer: Mapped[int]
    words: Mapped[Prose]
    """The text as it is looked for: ethics.cases.search."""
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    """When others could first read it; None while it is a draft."""
    edited_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    thread: Mapped[Thread] = relationship(lazy="raise")
    author: Mapped[User] = relationship(lazy="raise")
    alias: Mapped[Alias | None] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it as it stands


class EarlierText(Base):
    """What a comment said before it was edited: for its author and faculty."""

    __tablename__ = "comment_earlier_texts"
    __table_args__ = (Index(None, "comment_id"),)

    id: Mapped[Key]
    comment_id: Mapped[CommentKey]
    source: Mapped[Prose]
    replaced_at: Mapped[datetime]
