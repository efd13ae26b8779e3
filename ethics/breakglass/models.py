"""The table of break-glass: which administrator opened what, why, and until when."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from ethics.db import Base, Key, Prose, PublicId
from ethics.people.models import UserKey


class Opened(enum.StrEnum):
    """What can be opened. Never a draft, a closing note or a concern."""

    REFLECTION = "reflection"
    COMMENT = "comment"
    STANCE = "stance"


class Opening(Base):
    """One thing that an administrator opened. Never changed or removed."""

    __tablename__ = "openings"
    __table_args__ = (CheckConstraint("kind IN ('reflection', 'comment', 'stance')", name="kind_known"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    administrator_id: Mapped[UserKey]
    device: Mapped[str]
    """The public id of the sign-in session it was opened in: it is read in no other."""
    kind: Mapped[str]
    object_id: Mapped[str]
    """The public id of what was opened."""
    reason: Mapped[Prose]
    at: Mapped[datetime]
    ends_at: Mapped[datetime]
