"""Tables of cohorts: who belongs to a class, in which group, and who teaches there."""

import enum
from datetime import datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ethics.db import Base, JsonDict, Key, PublicId
from ethics.people.models import User, UserKey


class CohortRole(enum.StrEnum):
    """What somebody is in a cohort. One role per person and cohort."""

    STUDENT = "student"
    TUTOR = "tutor"
    DIRECTOR = "director"


CohortKey = Annotated[int, mapped_column(ForeignKey("cohorts.id"))]
MembershipKey = Annotated[int, mapped_column(ForeignKey("memberships.id"))]
GroupKey = Annotated[int, mapped_column(ForeignKey("groups.id"))]


class Cohort(Base):
    """A class of students and its faculty in one term."""

    __tablename__ = "cohorts"
    __table_args__ = (UniqueConstraint("join_code"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[str]
    zone: Mapped[str]
    """IANA zone in which the cohort's rounds are scheduled unless a round says otherwise."""
    call: Mapped[str]
    """Urgent contacts: whom to call in danger; empty until its director sets them."""
    incident_reporting: Mapped[str]
    support_name: Mapped[str]
    """The person a tutor may have to tell, by name."""
    tutors_read_all: Mapped[bool]
    """A small cohort may let its tutors read every group."""
    archived_at: Mapped[datetime | None]
    join_code: Mapped[str | None]
    """With this code people come in by themselves, as students; None: switched off."""
    join_ends_at: Mapped[datetime | None]
    """From then on the code lets nobody in; None: it has no end."""
    created_at: Mapped[datetime]

    @property
    def has_urgent_contacts(self) -> bool:
        """Whether all three urgent contacts are set."""
        return bool(self.call and self.incident_reporting and self.support_name)


class Membership(Base):
    """A person's place in a cohort. `left_at` set: removed, with everything written kept."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("cohort_id", "user_id"),
        CheckConstraint("role IN ('student', 'tutor', 'director')", name="role_known"),
        Index(None, "user_id"),
    )

    id: Mapped[Key]
    cohort_id: Mapped[CohortKey]
    user_id: Mapped[UserKey]
    role: Mapped[str]
    profession: Mapped[str | None]
    """Id in the vocabulary of professions."""
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    cohort: Mapped[Cohort] = relationship(lazy="raise")
    user: Mapped[User] = relationship(lazy="raise")


class JoinRequest(Base):
    """Somebody without an account asks, with the code, to be let in by the director; waits where no mail is set up.

    A row goes when it is answered. Whether the address has an account is never asked before.
    """

    __tablename__ = "join_requests"
    __table_args__ = (UniqueConstraint("cohort_id", "email"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    cohort_id: Mapped[CohortKey]
    name: Mapped[str]
    email: Mapped[str]
    profession: Mapped[str | None]
    asked_at: Mapped[datetime]


class GroupSet(Base):
    """A cohort's division into groups. A round uses one set."""

    __tablename__ = "group_sets"
    __table_args__ = (UniqueConstraint("cohort_id", "name"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    cohort_id: Mapped[CohortKey]
    name: Mapped[str]


class Group(Base):
    """Six to nine students of mixed professions."""

    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("group_set_id", "name"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    group_set_id: Mapped[int] = mapped_column(ForeignKey("group_sets.id"))
    name: Mapped[str]

    group_set: Mapped[GroupSet] = relationship(lazy="raise")


class GroupMember(Base):
    """A student's place in one group of a set."""

    __tablename__ = "group_members"
    __table_args__ = (UniqueConstraint("group_set_id", "membership_id"), Index(None, "group_id"))

    id: Mapped[Key]
    group_set_id: Mapped[int] = mapped_column(ForeignKey("group_sets.id"))
    group_id: Mapped[GroupKey]
    membership_id: Mapped[MembershipKey]


class GroupTutor(Base):
    """A tutor of a group, for good or, as cover, until a moment."""

    __tablename__ = "group_tutors"
    __table_args__ = (UniqueConstraint("group_id", "membership_id"), Index(None, "membership_id"))

    id: Mapped[Key]
    group_id: Mapped[GroupKey]
    membership_id: Mapped[MembershipKey]
    until: Mapped[datetime | None]
    """From then on a colleague who covers the group reads nothing more, by the database's clock; None: for good."""


class GroupMove(Base):
    """Students who were put somewhere else together, and where each had been: what Undo needs."""

    __tablename__ = "group_moves"
    __table_args__ = (Index(None, "group_set_id"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    group_set_id: Mapped[int] = mapped_column(ForeignKey("group_sets.id"))
    to_group_id: Mapped[int | None]
    """Where they went; None: out of all groups. No foreign key: the group may be gone by the time of the undoing."""
    places: Mapped[JsonDict]
    """The group each came from (None: none) by the membership's id, as a text."""
    moved_at: Mapped[datetime]
