"""Where a reflection stands between its writer and faculty: asked to be revised, revised, accepted, taken up."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ethics.discussions import queries, rules
from ethics.discussions.answer_models import Outcome, Wish
from ethics.discussions.feedback import part_of, reflection_to_answer, thread_on
from ethics.discussions.models import Comment, Thread
from ethics.discussions.posts import allowed, check_length, standing_at
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.notices.actions import take_back, tell
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.reflections.models import Reflection
from ethics.rounds.gate import Standing, owns
from ethics.rounds.models import Participation

TOLD = {Wish.REVISE: "revision-asked", Wish.ACCEPTED: "reflection-accepted"}


class Stage(enum.StrEnum):
    """What both the writer and faculty call it."""

    SUBMITTED = "submitted"
    ASKED = "asked-to-revise"
    REVISED = "revised"
    """Submitted again since faculty asked for it, or accepted an earlier revision."""
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Asked:
    """What faculty last said about a reflection, beside their feedback."""

    wish: Wish
    revision: int
    reason: str
    author: str
    author_id: int
    at: datetime
    asked_once: bool
    """Whether a revision has been asked for already."""

    def stage(self, newest: int) -> Stage:
        """Where the reflection stands whose newest revision has this number."""
        if newest > self.revision:
            return Stage.REVISED
        return Stage.ASKED if self.wish is Wish.REVISE else Stage.ACCEPTED


def asked_of(session: Session, reflection_id: int) -> Asked | None:
    """What was last said about a reflection that the reader may read whole; None: nothing yet."""
    rows = session.execute(
        select(Outcome.wish, Outcome.revision, Outcome.reason, User.name, User.id, Outcome.at)
        .join(Thread, Thread.id == Outcome.thread_id)
        .join(User, User.id == Outcome.author_id)
        .where(Thread.reflection_id == reflection_id)
        .order_by(Outcome.revision.desc())
    ).all()
    if not rows:
        return None
    return Asked(Wish(rows[0][0]), *rows[0][1:], asked_once=any(row.wish == Wish.REVISE for row in rows))


def conclude(
    session: Session, *, actor: Actor, reflection_id: str, wish: Wish, reason: str = "", now: datetime
) -> Outcome:
    """Ask for one revision with a reason, or accept the newest one. It hides and blocks nothing.

    The writer sees it at once and is told in ten minutes; what was said of the same revision before gives way. Raises
    NotFound for who does not teach the writer, Invalid without a reason to revise, NotAllowed where a revision was
    asked for before.
    """
    reflection, at = reflection_to_answer(session, actor, reflection_id, now)
    thread = thread_on(session, actor, reflection, at, now)
    outcomes = _outcomes(session, thread)
    if wish is Wish.REVISE:
        allowed(rules.refuses_asking(at, outcomes, reflection.number))
        if not reason.strip():
            raise Invalid("required", "reason")
        check_length(reason, "reason")
    outcome = next((one for one in outcomes if one.revision == reflection.number), None)
    if outcome is None:
        outcome = Outcome(thread_id=thread.id, revision=reflection.number)
        session.add(outcome)
    else:
        _take_notice_back(session, reflection, at, outcome)
    outcome.wish, outcome.reason, outcome.author_id, outcome.at = wish, reason.strip(), actor.id, now
    session.flush()
    tell(
        session,
        user_id=_writer(session, reflection),
        kind=TOLD[wish],
        now=now,
        due_at=now + rules.UNDO,
        zone=at.round.zone,
        reflection=reflection.public_id,
        round=at.round.public_id,
    )
    return outcome


def take_conclusion_back(session: Session, *, actor: Actor, reflection_id: str, now: datetime) -> str:
    """Undo what the actor said of the newest revision, and give the public id of its round.

    Raises NotAllowed once its writer has been told.
    """
    reflection, at = reflection_to_answer(session, actor, reflection_id, now)
    thread = thread_on(session, actor, reflection, at, now)
    outcome = next((one for one in _outcomes(session, thread) if one.revision == reflection.number), None)
    if outcome is None or outcome.author_id != actor.id:
        raise NotAllowed("state-changed")
    if now >= outcome.at + rules.UNDO:
        raise NotAllowed("told-already")
    _take_notice_back(session, reflection, at, outcome)
    session.delete(outcome)
    session.flush()
    return at.round.public_id


def take_up(session: Session, *, actor: Actor, comment_id: str, taken: bool, now: datetime) -> Comment:
    """Say that one has taken up a piece of feedback on one's own reflection, or not yet. Raises NotFound."""
    comment, _ = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    if comment.thread.reflection_id is None or not _is_writer(session, actor, comment.thread.reflection_id):
        raise NotFound
    allowed(rules.refuses_taking_up(standing_at(session, actor, comment, now), comment))
    part_of(session, comment).taken_up_at = now if taken else None
    session.flush()
    return comment


def _outcomes(session: Session, thread: Thread) -> Sequence[Outcome]:
    return session.scalars(select(Outcome).where(Outcome.thread_id == thread.id).with_for_update()).all()


def _take_notice_back(session: Session, reflection: Reflection, at: Standing, outcome: Outcome) -> None:
    take_back(
        session,
        user_id=_writer(session, reflection),
        kind=TOLD[Wish(outcome.wish)],
        now=at.now,
        reflection=reflection.public_id,
        round=at.round.public_id,
    )


def _writer(session: Session, reflection: Reflection) -> int:
    return session.scalars(select(Participation.user_id).where(Participation.id == reflection.participation_id)).one()


def _is_writer(session: Session, actor: Actor, reflection_id: int) -> bool:
    own = (
        select(func.count())
        .select_from(Reflection)
        .join(Participation, Participation.id == Reflection.participation_id)
        .where(Reflection.id == reflection_id, owns(actor, Participation))
    )
    return bool(session.scalar(own))
