"""Tables of reflections: one per student and round, its draft, and every submitted revision."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ethics.db import Base, JsonDict, Key, PublicId
from ethics.people.models import UserKey
from ethics.rounds.models import Audience, Participation, ParticipationKey

ReflectionKey = Annotated[int, mapped_column(ForeignKey("reflections.id"))]


class About(enum.StrEnum):
    """What a reflection is about. It decides how much of the notice its writer is shown."""

    CASE = "case"
    SEEN = "seen"
    """Something the writer saw in practice."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a student has typed, and chosen beside it. The choices take effect when the reflection is submitted."""

    answers: Mapping[str, str]
    """By the key of the prompt."""
    asked: str
    """What the writer would like answered."""
    about: About
    audience: Audience
    faculty_only: frozenset[str]
    """Keys of prompts whose answers stay with faculty although the reflection is shared."""

    @property
    def written(self) -> dict[str, str]:
        """The answers that hold more than white space."""
        return {key: text for key, text in self.answers.items() if text.strip()}

    def to_json(self) -> dict[str, Any]:
        """The draft as the database keeps it; equal drafts are equal there too."""
        return {
            "answers": {key: text for key, text in self.answers.items() if text},
            "asked": self.asked,
            "about": str(self.about),
            "audience": str(self.audience),
            "faculty_only": sorted(self.faculty_only),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Draft":
        """The draft that `to_json` made."""
        return cls(
            answers=kept["answers"],
            asked=kept["asked"],
            about=About(kept["about"]),
            audience=Audience(kept["audience"]),
            faculty_only=frozenset(kept["faculty_only"]),
        )


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A saved draft and its version: what a faster tab left."""

    draft: Draft
    version: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a text was typed into: the draft that stood in the page, and which page that was."""

    version: int = 0
    """Of the draft in the page; 0 where there was none."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Of the same draft (ethics.reflections.merging)."""
    tab: str = ""
    """The page's own random name; "" for a page without one."""
    turn: int = 0
    """How many times this page has sent its text."""


class Vouched(enum.StrEnum):
    """What a writer said of passages that seemed to point to a real person, and stayed."""

    FICTIONAL = "fictional"
    """They are invented, or point to nobody."""
    AGREED = "agreed"
    """Whoever they point to agreed to it."""


class Reflection(Base):
    """A student's reflection in one round: the draft as it is typed, and what has been submitted.

    `draft` is a Draft in JSON, and changes with each save; `draft_version` tells what a tab has not seen yet. The other
    choices are those of the newest revision.
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
    audience: Mapped[str]
    faculty_only: Mapped[JsonDict]
    """Keys of prompts whose answers stay with faculty although the reflection is shared: {key: true}."""
    draft: Mapped[JsonDict]
    draft_version: Mapped[int]
    draft_saved_at: Mapped[datetime | None]
    draft_tab: Mapped[str]
    """The page whose text the draft is, word for word; "" where two were put together."""
    draft_turn: Mapped[int]
    """Which of the texts that this page sent."""
    number: Mapped[int]
    """The newest submitted revision; 0: never submitted."""
    submitted_at: Mapped[datetime | None]
    """When it was first submitted."""
    late: Mapped[bool]
    created_at: Mapped[datetime]

    participation: Mapped[Participation] = relationship(lazy="raise")

    @property
    def kept(self) -> KeptDraft:
        """The draft as it was saved last."""
        return KeptDraft(Draft.from_json(self.draft), self.draft_version)


class Revision(Base):
    """A reflection as it was submitted. Never changed; redaction alone may destroy it."""

    __tablename__ = "reflection_revisions"
    __table_args__ = (
        UniqueConstraint("reflection_id", "number"),
        CheckConstraint("vouched IN ('fictional', 'agreed')", name="vouched_known"),
    )

    id: Mapped[Key]
    reflection_id: Mapped[ReflectionKey]
    number: Mapped[int]
    asked: Mapped[str]
    """What the writer would like answered."""
    submitted_at: Mapped[datetime]
    vouched: Mapped[str | None]
    """A `Vouched`; None where nothing was marked."""


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


class Way(enum.StrEnum):
    """How somebody likes to write. Changing it moves no text: each shows the same fields, arranged differently."""

    ONE = "one"
    """The prompts, one in view."""
    ALL = "all"
    """The prompts, one below the other."""
    HEADINGS = "headings"
    """Their questions alone, without help and examples."""
    BLANK = "blank"
    """One page; the prompts are in a drawer beneath."""


class WritingWay(Base):
    """The way that somebody chose, for all their reflections."""

    __tablename__ = "writing_ways"
    __table_args__ = (
        UniqueConstraint("user_id"),
        CheckConstraint("way IN ('one', 'all', 'headings', 'blank')", name="way_known"),
    )

    id: Mapped[Key]
    user_id: Mapped[UserKey]
    way: Mapped[str]
