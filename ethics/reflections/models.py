"""Tables of reflections: one per student and round, its draft, and every submitted revision."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ethics.db import Base, JsonDict, Key, PublicId
from ethics.rounds.models import Participation, ParticipationKey

ReflectionKey = Annotated[int, mapped_column(ForeignKey("reflections.id"))]


class Reflection(Base):
    """A student's reflection in one round: the draft as it is typed, and what has been submitted.

    `draft` holds what was typed last, by the key of its prompt; two tabs are told apart by `draft_version`.
    """

    __tablename__ = "reflections"
    __table_args__ = (
        UniqueConstraint("participation_id"),
        CheckConstraint("audience IN ('faculty', 'group')", name="audience_known"),
        CheckConstraint("about IN ('case', 'seen')", name="about_known"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    participation_id: Mapped[ParticipationKey]
    about: Mapped[str]
    """`case`, or `seen`: something the writer saw in practice. It decides how much of the notice is shown."""
    audience: Mapped[str]
    faculty_only: Mapped[JsonDict]
    """Keys of prompts whose answers stay with faculty although the reflection is shared: {key: true}."""
    draft: Mapped[JsonDict]
    draft_version: Mapped[int]
    draft_saved_at: Mapped[datetime | None]
    number: Mapped[int]
    """The newest submitted revision; 0: never submitted."""
    submitted_at: Mapped[datetime | None]
    """When it was first submitted."""
    late: Mapped[bool]
    created_at: Mapped[datetime]

    participation: Mapped[Participation] = relationship(lazy="raise")


class Revision(Base):
    """A reflection as it was submitted. Never changed; redaction alone may destroy it."""

    __tablename__ = "reflection_revisions"
    __table_args__ = (UniqueConstraint("reflection_id", "number"),)

    id: Mapped[Key]
    reflection_id: Mapped[ReflectionKey]
    number: Mapped[int]
    asked: Mapped[str]
    """What the writer would like answered."""
    submitted_at: Mapped[datetime]


class Answer(Base):
    """One field of a revision, rendered when it was submitted."""

    __tablename__ = "reflection_answers"
    __table_args__ = (UniqueConstraint("revision_id", "prompt"),)

    id: Mapped[Key]
    revision_id: Mapped[int] = mapped_column(ForeignKey("reflection_revisions.id"))
    prompt: Mapped[str]
    source: Mapped[str]
    html: Mapped[str]
    renderer: Mapped[int]
