"""Tables of people: users, roles of the installation, sign-in sessions, attempts and links."""

import enum
from datetime import datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ethics.db import Base, Key, PublicId


class Role(enum.StrEnum):
    """A role in the installation. Roles in a cohort are memberships (ethics.cohorts)."""

    AUTHOR = "author"
    """Reads and edits every case."""
    LEAD = "lead"
    """Designated lead: hears concerns; never teaches the cohort concerned."""
    ADMINISTRATOR = "administrator"
    """Accounts, cohorts and their directors, settings; may not browse reflections."""


UserKey = Annotated[int, mapped_column(ForeignKey("users.id"))]


class User(Base):
    """A person with an account. Without a password until the activation link is used."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str | None]
    zone: Mapped[str | None]
    """The IANA zone the person lives in, where it is known."""
    active: Mapped[bool]
    created_at: Mapped[datetime]


class RoleGrant(Base):
    """Somebody holds a role in the installation."""

    __tablename__ = "role_grants"
    __table_args__ = (
        UniqueConstraint("user_id", "role"),
        CheckConstraint("role IN ('author', 'lead', 'administrator')", name="role_known"),
    )

    id: Mapped[Key]
    user_id: Mapped[UserKey]
    role: Mapped[str]


class SignInSession(Base):
    """A device that is signed in. The cookie holds the token, the row only its hash."""

    __tablename__ = "sign_in_sessions"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"))

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    token_hash: Mapped[str]
    user_id: Mapped[UserKey]
    device: Mapped[str]
    """What the browser calls itself, shortened to browser and system."""
    own_device: Mapped[bool]
    """A student's own device stays signed in for 14 idle days; all others for 30 idle minutes and 8 hours in all."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

    user: Mapped[User] = relationship(lazy="raise")


class Attempt(Base):
    """A try to sign in, to reset a password or to join. Counted by account and by address."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "kind", "account", "at"), Index(None, "kind", "address", "at"))

    id: Mapped[Key]
    kind: Mapped[str]
    account: Mapped[str]
    """HMAC of the e-mail address that was tried: the log of failures is no list of addresses."""
    address: Mapped[str]
    at: Mapped[datetime]


class Link(Base):
    """A link by mail that lets somebody set a password, once. Stored hashed."""

    __tablename__ = "links"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("kind IN ('activation', 'reset')", name="kind_known"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    token_hash: Mapped[str]
    user_id: Mapped[UserKey]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")
