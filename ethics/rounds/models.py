"""Tables of rounds: the schedule and settings, how far each student has come, aliases, stances, closing notes."""

import enum
from datetime import datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import Cohort, Group, GroupKey
from ethics.db import Base, JsonDict, JsonList, Key, PublicId
from ethics.people.models import User, UserKey
from ethics.rounds.schedule import MINUTE


class Audience(enum.StrEnum):
    """Who besides its writer reads a reason, a reflection or one of its fields."""

    FACULTY = "faculty"
    """The director, and the tutor of the writer's group."""
    GROUP = "group"
    """Faculty, and the group once the gate is open for the reader."""


class Kind(enum.StrEnum):
    """Which of the two stances: both are kept."""

    FIRST = "first"
    REVISITED = "revisited"


class Phase(enum.StrEnum):
    """Where a round stands. Follows from its times; no job moves it."""

    DRAFT = "draft"
    """Its director has not opened it."""
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"


ANOTHER = "another"
"""The option every decision point offers: a course of one's own."""
UNSURE = "unsure"
"""The option every decision point offers: not knowing, said aloud."""

RoundKey = Annotated[int, mapped_column(ForeignKey("rounds.id"))]
ParticipationKey = Annotated[int, mapped_column(ForeignKey("participations.id"))]

_AUDIENCES = "IN ('faculty', 'group')"


class Round(Base):
    """One case version given to one cohort. Times are UTC; `zone` is where they were entered."""

    __tablename__ = "rounds"
    __table_args__ = (
        CheckConstraint("opens_at < due_at AND due_at <= close_at", name="times_in_order"),
        CheckConstraint("revisit_at IS NULL OR revisit_at BETWEEN opens_at AND close_at", name="revisit_in_time"),
        CheckConstraint(f"reason_audience {_AUDIENCES}", name="reason_audience_known"),
        CheckConstraint(f"reflection_audience {_AUDIENCES}", name="reflection_audience_known"),
        Index(None, "cohort_id"),
        Index(None, "case_version_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    group_set_id: Mapped[int] = mapped_column(ForeignKey("group_sets.id"))
    case_version_id: Mapped[int] = mapped_column(ForeignKey("case_versions.id"))
    framework: Mapped[JsonDict]
    """The framework as it was when the round was made: id, name, prompts, closing question."""
    zone: Mapped[str]
    opens_at: Mapped[datetime]
    due_at: Mapped[datetime]
    revisit_at: Mapped[datetime | None]
    """From when students look again; None: the round has no revisiting."""
    close_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    """When its director closed it before its time; the times it had planned stay."""
    aliases: Mapped[bool]
    """Whether peers see an alias or the name."""
    show_profession: Mapped[bool]
    reason_audience: Mapped[str]
    reflection_audience: Mapped[str]
    """What a reflection is shared with unless its writer says otherwise."""
    summary: Mapped[str]
    """Faculty's summary, shown with the debrief."""
    summary_html: Mapped[str]
    opened_at: Mapped[datetime | None]
    """When its director opened it; before, nobody but faculty knows of it."""
    created_by_id: Mapped[UserKey]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    cohort: Mapped[Cohort] = relationship(lazy="raise")
    case_version: Mapped[CaseVersion] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it as it stands

    def phase(self, now: datetime, extension: "Extension | None" = None) -> Phase:
        """Where the round stands at `now`, for somebody with or without an extension. The last minute is included."""
        if self.opened_at is None:
            return Phase.DRAFT
        if now < self.opens_at:
            return Phase.SCHEDULED
        if extension is not None and now < extension.close_at + MINUTE:
            return Phase.OPEN
        is_over = self.closed_at is not None or now >= self.close_at + MINUTE
        return Phase.CLOSED if is_over else Phase.OPEN

    def due_for(self, extension: "Extension | None") -> datetime:
        """When the reflection is due: an extension moves it back, never forward."""
        return max(self.due_at, extension.due_at) if extension else self.due_at

    def close_for(self, extension: "Extension | None") -> datetime:
        """When the round closes, or was closed: an extension goes on."""
        own = self.closed_at or self.close_at
        return max(own, extension.close_at) if extension else own


class Participation(Base):
    """How far one student has come in one round. The gate reads this and nothing above it.

    `completed_at` is the moment the commitments became complete: the first act that opened anything of others', or
    submitted the reflection. Once open for a person the gate never closes, save by removal or archiving.
    """

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("round_id", "user_id"),
        CheckConstraint("stage_reached >= 1", name="stage_from_one"),
        Index(None, "user_id"),
    )

    id: Mapped[Key]
    round_id: Mapped[RoundKey]
    user_id: Mapped[UserKey]
    stage_reached: Mapped[int]
    """The last stage that is open to the student, from 1."""
    completed_at: Mapped[datetime | None]
    positions_opened_at: Mapped[datetime | None]
    """When the student chose to see how the group is split."""
    reflected_at: Mapped[datetime | None]
    revisited_at: Mapped[datetime | None]
    debrief_opened_at: Mapped[datetime | None]
    """The debrief was open when somebody changed the round's times: it stays open, whatever they are now."""
    created_at: Mapped[datetime]

    round: Mapped[Round] = relationship(lazy="raise")
    user: Mapped[User] = relationship(lazy="raise")


class Extension(Base):
    """More time for one student in one round, begun or not. Why is not stored."""

    __tablename__ = "extensions"
    __table_args__ = (
        UniqueConstraint("round_id", "user_id"),
        CheckConstraint("due_at <= close_at", name="times_in_order"),
        Index(None, "user_id"),
    )

    id: Mapped[Key]
    round_id: Mapped[RoundKey]
    user_id: Mapped[UserKey]
    due_at: Mapped[datetime]
    close_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Alias(Base):
    """The name by which one group sees one student in one round. Another group, another alias."""

    __tablename__ = "aliases"
    __table_args__ = (
        UniqueConstraint("participation_id", "group_id"),
        UniqueConstraint("round_id", "group_id", "name"),
    )

    id: Mapped[Key]
    round_id: Mapped[RoundKey]
    participation_id: Mapped[ParticipationKey]
    group_id: Mapped[GroupKey]
    name: Mapped[str]
    named_at: Mapped[datetime | None]
    """When its bearer put their own name beside it for the group; None: peers see the alias alone."""

    group: Mapped[Group] = relationship(lazy="raise")


class Stance(Base):
    """What a student commits to at a decision point. Append-only: the highest `number` of its kind is the stance."""

    __tablename__ = "stances"
    __table_args__ = (
        UniqueConstraint("participation_id", "stage", "kind", "number"),
        CheckConstraint("kind IN ('first', 'revisited')", name="kind_known"),
        CheckConstraint("confidence BETWEEN 1 AND 5", name="confidence_one_to_five"),
        CheckConstraint(f"audience {_AUDIENCES}", name="audience_known"),
        Index(
            "uq_stances_latest",
            "participation_id",
            "stage",
            "kind",
            unique=True,
            sqlite_where=text("latest"),
            postgresql_where=text("latest"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    participation_id: Mapped[ParticipationKey]
    stage: Mapped[int]
    """The stage whose decision point this answers, from 1."""
    kind: Mapped[str]
    number: Mapped[int]
    option: Mapped[str]
    """An option's id, ANOTHER or UNSURE."""
    other: Mapped[str]
    """The course of one's own, where `option` is ANOTHER."""
    confidence: Mapped[int]
    reason: Mapped[str]
    """Plain text. For a revisited stance: what changed, or what made it firmer."""
    principles: Mapped[JsonList]
    audience: Mapped[str]
    latest: Mapped[bool]
    """Whether this row still speaks for its writer: the highest number of its kind at its decision point."""
    created_at: Mapped[datetime]


class ClosingNote(Base):
    """A last word to oneself. Nobody else ever reads it."""

    __tablename__ = "closing_notes"
    __table_args__ = (UniqueConstraint("participation_id"),)

    id: Mapped[Key]
    participation_id: Mapped[ParticipationKey]
    text: Mapped[str]
    version: Mapped[int] = mapped_column()
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it as it stands


class CalendarFeed(Base):
    """Somebody's dates at a secret address. The address holds the token, the row only its hash."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (UniqueConstraint("user_id"), UniqueConstraint("token_hash"))

    id: Mapped[Key]
    user_id: Mapped[UserKey]
    token_hash: Mapped[str]
    created_at: Mapped[datetime]
