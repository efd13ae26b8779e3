"""The tables of notices, and of when somebody wants to be written to."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from ethics.db import Base, JsonDict, Key, PublicId
from ethics.people.models import UserKey


class Notice(Base):
    """Something happened that concerns one person. Words are found when it is read, from `kind` and `subject`."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(None, "user_id", "due_at", "id"),
        Index(
            "ix_notices_unseen",
            "user_id",
            "due_at",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
        Index(
            "ix_notices_to_mail",
            "mail_at",
            sqlite_where=text("mail_at IS NOT NULL"),
            postgresql_where=text("mail_at IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    user_id: Mapped[UserKey]
    kind: Mapped[str]
    subject: Mapped[JsonDict]
    """Public ids of what it is about; never a text or a name."""
    about: Mapped[str]
    """The one of them that notices are grouped by: the same kind about the same thing is said once."""
    due_at: Mapped[datetime]
    """Not shown or sent before: so that Undo is real, and no moment tells who was writing just then."""
    mail_at: Mapped[datetime | None]
    """When it goes into a mail; None: in none, or it has gone."""
    seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class NoticeSettings(Base):
    """When one person wants to be written to, and about what. Who has chosen nothing has no row."""

    __tablename__ = "notice_settings"
    __table_args__ = (UniqueConstraint("user_id"),)

    id: Mapped[Key]
    user_id: Mapped[UserKey]
    rhythms: Mapped[JsonDict]
    """By topic; a topic that is missing keeps its usual rhythm."""
    hour: Mapped[int]
    weekday: Mapped[int]
    """Monday is 0."""
