"""The table of notices."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from ethics.db import Base, JsonDict, Key, PublicId
from ethics.people.models import UserKey


class Notice(Base):
    """Something happened that concerns one person. Words are found when it is read, from `kind` and `subject`."""

    __tablename__ = "notices"
    __table_args__ = (Index(None, "user_id", "id"),)

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    user_id: Mapped[UserKey]
    kind: Mapped[str]
    subject: Mapped[JsonDict]
    """Public ids of what it is about; never a text or a name."""
    due_at: Mapped[datetime]
    """Not shown or sent before: so that Undo is real."""
    seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
