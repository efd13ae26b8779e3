"""Faculty's desk: their own drafts, whose turn it is at each reflection, and what its writer said elsewhere."""

import enum
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from ethics.anchors import Passage
from ethics.cohorts.models import GroupMember, Membership
from ethics.discussions.answer_models import FeedbackPart, GroupNote, Outcome
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.queries import MOMENT, is_there, may_read, taught_by, title_for
from ethics.people.actor import ANYBODY, Actor
from ethics.people.models import User
from ethics.reflections.models import Reflection, Revision
from ethics.rounds.gate import Standing
from ethics.rounds.models import Participation
from ethics.rounds.queries import is_taught, seat_in_round


@dataclass(frozen=True, slots=True)
class Draft:
    """Feedback that its author keeps to himself so far."""

    public_id: str
    source: str
    html: str
    version: int
    passage: Passage | None
    """None: about the whole."""
    note: str | None
    """The public id of the note to a group that it carries."""
    released_at: datetime | None
    """A time to come at which its writer can read it; None: not released."""


def own_drafts(session: Session, actor: Actor, reflection_id: str, *, now: datetime) -> list[Draft]:
    """What the actor has drafted on a reflection, or releases at a time to come."""
    asked = {"actor_id": actor.id, "reflection_id": reflection_id, "now": now}
    return [
        Draft(
            row.public_id,
            row.source,
            row.html,
            row.version,
            Passage.from_json(row.passage) if row.passage else None,
            row.note,
            row.released_at,
        )
        for row in session.execute(_own_drafts(), asked)
    ]


@cache
def _own_drafts() -> Select[Any]:
    return (
        select(
            Comment.public_id,
            Comment.source,
            Comment.html,
            Comment.version,
            FeedbackPart.passage,
            GroupNote.public_id.label("note"),
            Comment.released_at,
        )
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Reflection, Reflection.id == Thread.reflection_id)
        .outerjoin(FeedbackPart, FeedbackPart.comment_id == Comment.id)
        .outerjoin(GroupNote, GroupNote.id == FeedbackPart.note_id)
        .where(
            Reflection.public_id == bindparam("reflection_id"),
            Comment.author_id == ANYBODY.id,
            _in_hand(),
            taught_by(ANYBODY),
        )
        .order_by(Comment.number)
    )


def _in_hand() -> ColumnElement[bool]:
    """Condition on Comment: a draft, or released at a time to come."""
    return or_(Comment.state == State.DRAFT, and_(Comment.state == State.VISIBLE, Comment.released_at > MOMENT))


class InHand(NamedTuple):
    """Feedback of the round that its writer cannot read yet: who is answering whom, and since when. Never its text."""

    reflection_id: str
    student: str
    comment_id: str
    author: str
    is_own: bool
    since: datetime
    released_at: datetime | None


def in_hand(session: Session, actor: Actor, at: Standing) -> list[InHand]:
    """What the actor and their colleagues are answering in a round, in one statement, the oldest first."""
    if not at.reads_students:
        return []
    asked = {"actor_id": actor.id, "round_id": at.round.id, "now": at.now}
    return [InHand(*row) for row in session.execute(_all_in_hand(), asked)]


@cache
def _all_in_hand() -> Select[*tuple[Any, ...]]:
    student = aliased(User)
    return (
        select(
            Reflection.public_id,
            student.name,
            Comment.public_id,
            User.name,
            Comment.author_id == ANYBODY.id,
            Comment.created_at,
            Comment.released_at,
        )
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Reflection, Reflection.id == Thread.reflection_id)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(student, student.id == Participation.user_id)
        .join(User, User.id == Comment.author_id)
        .where(
            Thread.round_id == bindparam("round_id"),
            Thread.group_id.is_(None),
            Comment.as_faculty,
            _in_hand(),
            taught_by(ANYBODY),
        )
        .order_by(Comment.created_at, Comment.id)
    )


class Turn(enum.StrEnum):
    """Where a reflection stands between its writer and faculty, in the order of the desk."""

    ASKED = "asked"
    """Its writer asks something and has had no answer since."""
    NEW = "new"
    """Nobody has answered yet."""
    WAITING = "waiting"
    """Its writer wrote or submitted again after the last answer."""
    KEPT = "kept"
    """The reader has drafted an answer and not released it."""
    ANSWERED = "answered"


class DeskLine(NamedTuple):
    """A reflection on faculty's desk, in the order of `_desk`'s columns: there may be four hundred of them."""

    reflection_id: str
    user_id: int
    name: str
    turn: Turn
    asked: str
    late: bool
    revisions: int
    waiting_since: datetime
    """When its writer last wrote or submitted."""
    draft_id: str | None
    """One of the reader's own drafts."""
    answered_at: datetime | None
    """When faculty last answered, asked for a revision or accepted; may be to come."""


def desk(session: Session, actor: Actor, at: Standing) -> list[DeskLine]:
    """Every submitted reflection of the round that the actor answers for, in one statement, who waits longest first.

    Each student stands once. Students who have left the class wait for nothing.
    """
    if not at.reads_students:
        return []
    asked = {
        "actor_id": actor.id,
        "round_id": at.round.id,
        "cohort_id": at.round.cohort_id,
        "group_set_id": at.round.group_set_id,
    }
    lines = [
        DeskLine(reflection_id, user_id, name, Turn(turn), *more)
        for reflection_id, user_id, name, turn, *more in session.execute(_desk(), asked)
    ]
    order = {turn: place for place, turn in enumerate(Turn)}
    return sorted(lines, key=lambda line: (order[line.turn], line.waiting_since, line.name, line.user_id))


@cache
def _desk() -> Select[Any]:
    told = talk(Thread.round_id == bindparam("round_id"))
    return (
        select(
            Reflection.public_id,
            User.id,
            User.name,
            turn_of(told).label("turn"),
            Revision.asked,
            Reflection.late,
            Reflection.number,
            last_word(told).label("waiting_since"),
            told.c.draft_id,
            told.c.answered_at,
        )
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(User, User.id == Participation.user_id)
        .join(Membership, and_(Membership.user_id == User.id, Membership.cohort_id == bindparam("cohort_id")))
        .outerjoin(GroupMember, seat_in_round())
        .join(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.number))
        .outerjoin(told, told.c.reflection_id == Reflection.id)
        .where(
            Participation.round_id == bindparam("round_id"),
            Membership.left_at.is_(None),
            is_taught(),
        )
    )


def talk(where: ColumnElement[bool]) -> Subquery:
    """What has been said on each reflection, in one pass over the feedback of rounds; `where` says which, on Thread.

    Columns: reflection_id; answered_at and wrote_at, when faculty and its writer last said something that both can
    read (faculty perhaps at a time to come); draft_id, what `actor_id` has drafted. For statements built once.
    """
    said = and_(Comment.released_at.is_not(None), Comment.state == State.VISIBLE)
    own_draft = and_(Comment.author_id == ANYBODY.id, Comment.state == State.DRAFT)
    answered = func.max(case((and_(said, Comment.as_faculty), Comment.released_at)))
    concluded = func.max(Outcome.at)
    return (
        select(
            Thread.reflection_id,
            case((or_(answered.is_(None), concluded > answered), concluded), else_=answered).label("answered_at"),
            func.max(case((and_(said, ~Comment.as_faculty), Comment.released_at))).label("wrote_at"),
            func.max(case((own_draft, Comment.public_id))).label("draft_id"),
        )
        .outerjoin(Comment, and_(Comment.thread_id == Thread.id, or_(said, own_draft)))
        .outerjoin(Outcome, Outcome.thread_id == Thread.id)
        .where(
            where,
            Thread.group_id.is_(None),
            Thread.reflection_id.is_not(None),
            or_(Comment.id.is_not(None), Outcome.id.is_not(None)),
        )
        .group_by(Thread.reflection_id)
        .subquery("talk")
    )


def last_word(told: Subquery) -> ColumnElement[datetime]:
    """When the writer of a Revision last wrote or submitted; None before there is one."""
    return case((told.c.wrote_at > Revision.submitted_at, told.c.wrote_at), else_=Revision.submitted_at)


def turn_of(told: Subquery) -> ColumnElement[str]:
    """The `Turn` of a Revision that is the newest of its reflection; None before there is one."""
    unanswered = told.c.answered_at.is_(None)
    asks_again = or_(unanswered, Revision.submitted_at > told.c.answered_at)
    return case(
        (Revision.id.is_(None), null()),
        (told.c.draft_id.is_not(None), Turn.KEPT.value),
        (and_(~unanswered, last_word(told) <= told.c.answered_at), Turn.ANSWERED.value),
        (and_(Revision.asked != "", asks_again), Turn.ASKED.value),
        (unanswered, Turn.NEW.value),
        else_=Turn.WAITING.value,
    )


@dataclass(frozen=True, slots=True)
class StudentComment:
    """What a student wrote in the group's threads, for the desk."""

    public_id: str
    thread: str
    """The title; empty where it is withdrawn with the comment it came with."""
    html: str | None
    state: State
    created_at: datetime


def comments_of(session: Session, actor: Actor, at: Standing, user_id: int) -> list[StudentComment]:
    """The comments of one student in this round's group threads, newest first, as far as the actor teaches there."""
    if not at.reads_students:
        return []
    asked = {"actor_id": actor.id, "round_id": at.round.id, "user_id": user_id, "now": at.now}
    rows = session.execute(_comments_of(), asked)
    return [StudentComment(public, title, html, State(state), at_) for public, title, html, state, at_ in rows]


@cache
def _comments_of() -> Select[Any]:
    teaches = literal(True)  # noqa: FBT003  # a value of SQL
    return (
        select(
            Comment.public_id,
            title_for(ANYBODY, teaches),
            case((may_read(ANYBODY, teaches), Comment.html), else_=null()),
            Comment.state,
            Comment.created_at,
        )
        .join(Thread, Thread.id == Comment.thread_id)
        .where(
            Thread.round_id == bindparam("round_id"),
            Thread.group_id.is_not(None),
            taught_by(ANYBODY),
            is_there(ANYBODY, teaches),
            Comment.author_id == bindparam("user_id"),
        )
        .order_by(Comment.created_at.desc(), Comment.id.desc())
    )
