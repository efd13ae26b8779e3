"""What moderators read: what waits for them, oldest first, what was reported of it, and whose posts are held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from ethics.cases.models import Case, CaseVersion
from ethics.cohorts.models import Cohort, CohortRole, Group, Membership
from ethics.cohorts.queries import belongs
from ethics.db import some
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.moderation_models import Act, Matter, ModerationAction, Report, Waits
from ethics.discussions.queries import taught_by, title_for
from ethics.errors import NotFound
from ethics.people.actor import ANYBODY, Actor
from ethics.people.models import User
from ethics.rounds.models import Alias, Round

PAGE = 25

_claimer, _appealed, _by = aliased(User), aliased(ModerationAction), aliased(Membership)


@dataclass(frozen=True, slots=True)
class Flag:
    """What one report says; never who made it."""

    category: str
    note: str


@dataclass(frozen=True, slots=True)
class MatterLine:
    """A matter in the queue of one moderator."""

    public_id: str
    waits: Waits
    opened_at: datetime
    comment_id: str
    state: State
    author: str
    alias: str | None
    thread_id: str
    thread: str
    group: str
    round_id: str
    zone: str
    case: str
    claimed_by: str | None
    claimed_at: datetime | None
    claimed_by_reader: bool
    is_director: bool
    """Whether the reader directs the cohort."""
    text: str
    """Of an appeal: what its author wrote."""
    appealed: str | None
    flags: tuple[Flag, ...] = ()


class HoldLine(NamedTuple):
    """Somebody whose new posts are held."""

    act_id: str
    name: str
    group: str
    round_id: str
    case: str
    category: str
    since: datetime
    zone: str


def queue(session: Session, actor: Actor, *, after: str | None = None) -> list[MatterLine]:
    """What waits for the actor, the oldest first: PAGE of them and one more where there are others.

    `after` is the public id of the matter that the page follows. Raises NotFound for one that is not there.
    """
    chosen, asked = _queue(), {"actor_id": actor.id}
    if after is not None:
        mark = session.execute(select(Matter.opened_at, Matter.id).where(Matter.public_id == after)).one_or_none()
        if mark is None:
            raise NotFound
        chosen = chosen.where(
            or_(Matter.opened_at > mark.opened_at, and_(Matter.opened_at == mark.opened_at, Matter.id > mark.id))
        )
    rows = session.execute(chosen.order_by(Matter.opened_at, Matter.id).limit(PAGE + 1), asked).all()
    return _lines(session, rows)


def matters_of(session: Session, actor: Actor, comment: Comment) -> list[MatterLine]:
    """What of one comment waits for the actor."""
    rows = session.execute(
        _queue().where(Matter.comment_id == comment.id).order_by(Matter.id), {"actor_id": actor.id}
    ).all()
    return _lines(session, rows)


def count_waiting(session: Session, actor: Actor) -> int:
    """How many matters wait for the actor."""
    return session.scalar(_count(), {"actor_id": actor.id}) or 0


def find_matter(session: Session, actor: Actor, matter_id: str) -> Matter:
    """A matter that waits for the actor, locked. Raises NotFound."""
    matter: Matter | None = session.scalar(
        _joined(select(Matter))
        .where(Matter.public_id == matter_id, _is_waiting(ANYBODY))
        .with_for_update(of=Matter)
        .execution_options(populate_existing=True),
        {"actor_id": actor.id},
    )
    if matter is None:
        raise NotFound
    return matter


def round_of(session: Session, matter: Matter) -> str:
    """The public id of the round that a matter is about."""
    return session.scalars(
        select(Round.public_id)
        .join(Thread, Thread.round_id == Round.id)
        .join(Comment, Comment.thread_id == Thread.id)
        .where(Comment.id == matter.comment_id)
    ).one()


def comment_of_matter(session: Session, actor: Actor, matter_id: str) -> str:
    """The public id of the comment that a matter is about, which waits for the actor. Raises NotFound."""
    found: str | None = session.scalar(
        _joined(select(Comment.public_id).select_from(Matter)).where(
            Matter.public_id == matter_id, _is_waiting(ANYBODY)
        ),
        {"actor_id": actor.id},
    )
    if found is None:
        raise NotFound
    return found


def holds(session: Session, actor: Actor) -> list[HoldLine]:
    """Whose new posts are held in the rounds the actor moderates, the first first."""
    return [HoldLine._make(row) for row in session.execute(_holds(), {"actor_id": actor.id})]


def revisions_wanted(
    session: Session, actor: Actor, comment_ids: Sequence[str], *, teaches: bool
) -> dict[str, tuple[str, str]]:
    """By comment, the rule and the reason for which its author is asked to revise it: for them, and for faculty."""
    rows = session.execute(
        select(Comment.public_id, ModerationAction.category, ModerationAction.reason)
        .join(Comment, Comment.id == ModerationAction.comment_id)
        .where(
            Comment.public_id.in_(comment_ids),
            Comment.state == State.VISIBLE,
            ModerationAction.action == Act.REVISE,
            ModerationAction.ended_at.is_(None),
            or_(true() if teaches else false(), Comment.author_id == actor.id),
        )
    )
    return {public_id: (category, reason) for public_id, category, reason in rows}


def movable_to(session: Session, actor: Actor, thread: Thread) -> Sequence[Any]:
    """The threads of the same group that something of this one can be moved to: public id and title, newest first.

    From one on a shared reflection, to another such alone: ethics.discussions.arranging holds to the same.
    """
    return session.execute(
        select(Thread.public_id, title_for(actor, true()).label("title"))
        .where(
            Thread.round_id == thread.round_id,
            Thread.group_id == thread.group_id,
            Thread.id != thread.id,
            Thread.locked_at.is_(None),
            Thread.last_number > 0,
            true() if thread.shared_reflection_id is None else Thread.shared_reflection_id.is_not(None),
            taught_by(actor),
        )
        .order_by(Thread.last_comment_at.desc(), Thread.id.desc())
        .limit(100)
    ).all()


@cache
def _queue() -> Select[*tuple[Any, ...]]:
    """Built once: building takes far longer than asking."""
    chosen = select(
        Matter.id,
        Matter.public_id,
        Matter.waits,
        Matter.opened_at,
        Comment.public_id.label("comment_id"),
        Comment.state,
        User.name.label("author"),
        Alias.name.label("alias"),
        Thread.public_id.label("thread_id"),
        title_for(ANYBODY, true()).label("thread"),
        Group.name.label("group"),
        Round.public_id.label("round_id"),
        Round.zone,
        Case.title.label("case"),
        _claimer.name.label("claimed_by"),
        Matter.claimed_at,
        (Matter.claimed_by_id == ANYBODY.id).label("claimed_by_reader"),
        belongs(ANYBODY, Round.cohort_id, CohortRole.DIRECTOR).label("is_director"),
        Matter.text,
        _appealed.action.label("appealed"),
    )
    return (
        _joined(chosen)
        .join(User, User.id == Comment.author_id)
        .join(Group, Group.id == Thread.group_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .join(Case, Case.id == CaseVersion.case_id)
        .outerjoin(Alias, Alias.id == Comment.alias_id)
        .outerjoin(_claimer, _claimer.id == Matter.claimed_by_id)
        .where(_is_waiting(ANYBODY))
    )


@cache
def _count() -> Select[*tuple[Any, ...]]:
    return _joined(select(func.count(Matter.id))).where(_is_waiting(ANYBODY))


def _joined(chosen: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        chosen.join(Comment, Comment.id == Matter.comment_id)
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Round, Round.id == Thread.round_id)
        .join(Cohort, Cohort.id == Round.cohort_id)
        .outerjoin(_appealed, _appealed.id == Matter.appealed_id)
    )


def _is_waiting(actor: Actor) -> ColumnElement[bool]:
    """Condition: it waits for the actor. Nobody has what is about themselves, nor an appeal against what they did.

    ethics.discussions.rules holds to the same.
    """
    by_director = some(
        select(_by.id).where(
            _by.user_id == _appealed.moderator_id,
            _by.cohort_id == Round.cohort_id,
            _by.role == CohortRole.DIRECTOR,
        ),
        _by,
    )
    may_decide = and_(
        _appealed.ended_at.is_(None),
        _appealed.moderator_id != actor.id,
        or_(belongs(actor, Round.cohort_id, CohortRole.DIRECTOR), by_director),
    )
    return and_(
        Matter.settled_at.is_(None),
        Comment.state != State.WITHDRAWN,
        Comment.author_id != actor.id,
        Cohort.archived_at.is_(None),
        taught_by(actor),
        or_(Matter.waits != Waits.APPEAL, may_decide),
    )


@cache
def _holds() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ModerationAction.public_id,
            User.name,
            Group.name,
            Round.public_id,
            Case.title,
            ModerationAction.category,
            ModerationAction.at,
            Round.zone,
        )
        .join(Comment, Comment.id == ModerationAction.comment_id)
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Round, Round.id == Thread.round_id)
        .join(Cohort, Cohort.id == Round.cohort_id)
        .join(Group, Group.id == Thread.group_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .join(Case, Case.id == CaseVersion.case_id)
        .join(User, User.id == Comment.author_id)
        .where(
            ModerationAction.action == Act.HOLD,
            ModerationAction.ended_at.is_(None),
            Cohort.archived_at.is_(None),
            taught_by(ANYBODY),
        )
        .order_by(ModerationAction.id)
    )


def _lines(session: Session, rows: Sequence[Any]) -> list[MatterLine]:
    flags: dict[int, list[Flag]] = {}
    for matter_id, category, note in session.execute(
        select(Report.matter_id, Report.category, Report.note)
        .where(Report.matter_id.in_([row.id for row in rows if row.waits == Waits.REPORTED]))
        .order_by(Report.id)
    ):
        flags.setdefault(matter_id, []).append(Flag(category, note))
    return [
        MatterLine(
            public_id=row.public_id,
            waits=Waits(row.waits),
            opened_at=row.opened_at,
            comment_id=row.comment_id,
            state=State(row.state),
            author=row.author,
            alias=row.alias,
            thread_id=row.thread_id,
            thread=row.thread,
            group=row.group,
            round_id=row.round_id,
            zone=row.zone,
            case=row.case,
            claimed_by=row.claimed_by,
            claimed_at=row.claimed_at,
            claimed_by_reader=bool(row.claimed_by_reader),
            is_director=bool(row.is_director),
            text=row.text,
            appealed=row.appealed,
            flags=tuple(flags.get(row.id, ())),
        )
        for row in rows
    ]
