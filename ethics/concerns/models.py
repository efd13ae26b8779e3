"""Tables of concerns: the note, and what has been written and done about it since."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ethics.db import Base, Key, Prose, PublicId


class Route(enum.StrEnum):
    """What kind of worry it is; it decides how soon somebody should have seen it."""

    IMMEDIATE = "immediate-risk"
    """Somebody may come to harm now: the writer or another."""
    PATIENT_SAFETY = "patient-safety"
    SAFEGUARDING = "safeguarding"
    """A child, or an adult who cannot protect themselves."""
    MISTREATMENT = "mistreatment"
    """Bullying, harassment, discrimination."""
    PROFESSIONALISM = "professionalism"
    PRIVACY = "privacy-leak"
    OTHER = "something-else"


class EntryKind(enum.StrEnum):
    """What an entry is."""

    MESSAGE = "message"
    """Between the writer and the leads."""
    NOTE = "note"
    """Among the leads; its writer never reads it."""
    ACKNOWLEDGED = "acknowledged"
    HANDED_OVER = "handed-over"
    CLOSED = "closed"
    """With a last word to the writer."""


class Concern(Base):
    """A private note to the designated leads. Who reads it: ethics.concerns.queries."""

    __tablename__ = "concerns"
    __table_args__ = (
        CheckConstraint(
            "route IN ('immediate-risk', 'patient-safety', 'safeguarding', 'mistreatment', 'professionalism', "
            "'privacy-leak', 'something-else')",
            name="route_known",
        ),
        CheckConstraint(
            "withdrawn_at IS NULL OR (text = '' AND about_words = '' AND reach = '' AND about_person IS NULL)",
            name="withdrawn_is_empty",
        ),
        Index(None, "writer"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    writer: Mapped[str]
    """Public id of who wrote it."""
    cohort: Mapped[str | None]
    """Public id of the cohort concerned; None: its writer has never been in one."""
    route: Mapped[str]
    about_person: Mapped[str | None]
    """Public id of whom it is about, perhaps the writer; None: nobody is named."""
    about_words: Mapped[str]
    """Whom it is about in the writer's words, where no list has them."""
    text: Mapped[Prose]
    reach: Mapped[str]
    """How the writer wants to be reached."""
    faculty_told: Mapped[bool]
    """Whether the writer's director and tutors may know that it exists."""
    lead: Mapped[str]
    """Public id of the lead who has it: whom it went to first, who acknowledged it, or whom it was handed to."""
    sent_at: Mapped[datetime]
    target_at: Mapped[datetime]
    """By then a lead should have acknowledged it; from then on it is the other leads' too."""
    acknowledged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    """Taken back unseen; its texts are destroyed."""


class ConcernEntry(Base):
    """Something written or done about a concern. Append-only; what is withdrawn unseen goes with it."""

    __tablename__ = "concern_entries"
    __table_args__ = (
        CheckConstraint("kind IN ('message', 'note', 'acknowledged', 'handed-over', 'closed')", name="kind_known"),
        Index(None, "concern_id"),
    )

    id: Mapped[Key]
    concern_id: Mapped[int] = mapped_column(ForeignKey("concerns.id"))
    kind: Mapped[str]
    author: Mapped[str]
    """Public id."""
    text: Mapped[Prose]
    handed_to: Mapped[str | None]
    """Public id of the lead it was handed to."""
    at: Mapped[datetime]
