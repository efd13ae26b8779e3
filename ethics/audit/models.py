"""Tables of the audit chain, the access log and idempotency keys."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from ethics.db import Base, JsonDict, Key


class AuditEntry(Base):
    """One line of the append-only log: who did what to which object. Never a text.

    `mac` is HMAC-SHA256 over this line and the `mac` of the one before.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[Key]
    number: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str | None]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    details: Mapped[JsonDict]
    mac: Mapped[str]


class AuditHead(Base):
    """The one row that says where the chain ends, so that cutting off its end shows."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[Key]
    number: Mapped[int]
    mac: Mapped[str]


class IdempotencyKey(Base):
    """A form that was sent and done. The same key again by the same person is answered with `location`."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("actor", "key"),)

    id: Mapped[Key]
    actor: Mapped[str]
    key: Mapped[str]
    location: Mapped[str]
    created_at: Mapped[datetime]


class Access(Base):
    """Somebody opened a text of somebody else. Its owner can read who and when."""

    __tablename__ = "accesses"
    __table_args__ = (Index(None, "owner", "id"),)

    id: Mapped[Key]
    at: Mapped[datetime]
    actor: Mapped[str]
    owner: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
