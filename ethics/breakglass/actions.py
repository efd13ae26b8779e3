"""Opening one named thing with a reason, and reading it for a short time in the sign-in session it was opened in."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ethics.audit.actions import note_access, record
from ethics.breakglass.models import Opened, Opening
from ethics.cohorts.models import CohortRole, Membership
from ethics.discussions.models import Comment, State, Thread
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.notices.actions import tell, tell_all
from ethics.notices.models import Notice
from ethics.people.actor import Actor
from ethics.people.models import Role, SignInSession, User
from ethics.reflections.models import Answer, Reflection, Revision
from ethics.rounds.models import Participation, Round, Stance
from ethics.text import COMMENT_BYTES, refuse_unstorable, too_long

LASTS = timedelta(minutes=30)
TO_WRITER, TO_DIRECTORS = "opened-by-administrator", "opened-in-cohort"
"""The notices of an opening: for its writer, and for the directors."""
_ID = re.compile(r"[2-9a-hjkmnp-z]{16}")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that can be opened: who wrote it, in which cohort, and its texts. `html` ones are rendered."""

    kind: Opened
    public_id: str
    writer: User
    cohort_id: int
    html: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


def open_thing(session: Session, *, actor: Actor, address: str, reason: str, session_id: int, now: datetime) -> Opening:
    """Open the reflection, comment or stance that an address or a public id names, for LASTS in this sign-in session.

    Its writer and the directors of its cohort are told at once; it is in the audit chain and in the access log.
    Raises NotAllowed for who is no administrator, and Invalid for what cannot be opened or has no reason.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise NotAllowed("not-administrator")
    reason = reason.strip()
    if not reason:
        raise Invalid("required", "reason")
    refuse_unstorable(reason, "reason")
    if too_long(reason, COMMENT_BYTES):
        raise Invalid("too-long", "reason")
    names = _ID.findall(address)
    found = find_thing(session, names[-1], now=now) if names else None
    if found is None:
        raise Invalid("nothing-to-open", "address")
    opening = Opening(
        administrator_id=actor.id,
        device=_device(session, session_id),
        kind=found.kind,
        object_id=found.public_id,
        reason=reason,
        at=now,
        ends_at=now + LASTS,
    )
    session.add(opening)
    session.flush()
    record(session, actor=actor, action="break-glass", object_kind=found.kind, object_id=found.public_id, now=now)
    note_access(
        session,
        actor=actor,
        owner=found.writer.public_id,
        object_kind=found.kind,
        object_id=found.public_id,
        now=now,
    )
    _tell(session, found, opening, now)
    return opening


def read_opened(
    session: Session, *, actor: Actor, opening_id: str, session_id: int, now: datetime
) -> tuple[Opening, Found]:
    """What the actor has opened, while it lasts and in the session it was opened in. Raises NotFound."""
    opening = session.scalar(
        select(Opening).where(
            Opening.public_id == opening_id,
            Opening.administrator_id == actor.id,
            Opening.device == _device(session, session_id),
            Opening.ends_at > now,
        )
    )
    found = find_thing(session, opening.object_id, now=now) if opening else None
    if opening is None or found is None or not actor.has(Role.ADMINISTRATOR):
        raise NotFound
    return opening, found


def why_opened(session: Session, actor: Actor, opening_id: str) -> tuple[Opening, str]:
    """An opening that the actor was told of, and the name of the administrator. Raises NotFound for everybody else."""
    row = session.execute(
        select(Opening, User.name)
        .join(User, User.id == Opening.administrator_id)
        .join(Notice, Notice.about == Opening.public_id)
        .where(Opening.public_id == opening_id, Notice.user_id == actor.id, Notice.kind.in_((TO_WRITER, TO_DIRECTORS)))
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def find_thing(session: Session, public_id: str, *, now: datetime) -> Found | None:
    """A submitted reflection, a comment that others can read or that is kept back, or a stance; None for all else."""
    return _reflection(session, public_id) or _comment(session, public_id, now) or _stance(session, public_id)


def _reflection(session: Session, public_id: str) -> Found | None:
    row = session.execute(
        select(Revision.id, Revision.asked, User, Round.cohort_id)
        .join(Reflection, Reflection.id == Revision.reflection_id)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(User, User.id == Participation.user_id)
        .where(Reflection.public_id == public_id, Revision.number == Reflection.number)
    ).one_or_none()
    if row is None:
        return None
    answers = session.scalars(select(Answer.html).where(Answer.revision_id == row[0]).order_by(Answer.id)).all()
    return Found(Opened.REFLECTION, public_id, row[2], row[3], html=tuple(answers), plain=(row[1],) if row[1] else ())


def _comment(session: Session, public_id: str, now: datetime) -> Found | None:
    row = session.execute(
        select(Comment.html, User, Round.cohort_id)
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Round, Round.id == Thread.round_id)
        .join(User, User.id == Comment.author_id)
        .where(
            Comment.public_id == public_id,
            Comment.state.in_((State.VISIBLE, State.HIDDEN, State.HELD)),
            or_(Comment.released_at <= now, Comment.state == State.HELD),
        )
    ).one_or_none()
    return Found(Opened.COMMENT, public_id, row[1], row[2], html=(row[0],)) if row else None


def _stance(session: Session, public_id: str) -> Found | None:
    row = session.execute(
        select(Stance.option, Stance.other, Stance.reason, User, Round.cohort_id)
        .join(Participation, Participation.id == Stance.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(User, User.id == Participation.user_id)
        .where(Stance.public_id == public_id)
    ).one_or_none()
    if row is None:
        return None
    texts = tuple(text for text in (row[0], row[1], row[2]) if text)
    return Found(Opened.STANCE, public_id, row[3], row[4], plain=texts)


def _device(session: Session, session_id: int) -> str:
    return session.scalars(select(SignInSession.public_id).where(SignInSession.id == session_id)).one()


def _tell(session: Session, found: Found, opening: Opening, now: datetime) -> None:
    tell(session, user_id=found.writer.id, kind=TO_WRITER, now=now, opening=opening.public_id)
    directors = session.scalars(
        select(Membership.user_id).where(
            Membership.cohort_id == found.cohort_id,
            Membership.role == CohortRole.DIRECTOR,
            Membership.left_at.is_(None),
            Membership.user_id != found.writer.id,
        )
    ).all()
    tell_all(session, user_ids=directors, kind=TO_DIRECTORS, now=now, opening=opening.public_id)
