"""What is read of discussions. Who may see what stands in three conditions here, and every query is made of them.

`visible_to`: which threads somebody may know of. `is_there`: which comments of those. `may_read`: whose text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased, contains_eager

from ethics.anchors import Passage, passage_in
from ethics.cases.models import Segment, SegmentKind
from ethics.cases.search import Piece, excerpt, shown_text, words_of
from ethics.cohorts.models import Group, GroupMember, Membership
from ethics.cohorts.queries import teaches_group
from ethics.db import UtcDateTime, some
from ethics.discussions.answer_models import FeedbackPart
from ethics.discussions.models import Comment, EarlierText, State, Thread
from ethics.discussions.reading_models import Follows, ThreadReading
from ethics.discussions.rules import refuses_answering
from ethics.errors import NotFound
from ethics.markup import text_of
from ethics.people.actor import ANYBODY, Actor
from ethics.people.models import User
from ethics.reflections.models import Reflection
from ethics.rounds.gate import Standing, is_open_to_peer, owns, segment_is_open, teaches, teaches_writer
from ethics.rounds.models import Alias, Participation

PAGE = 50
HITS = 20
"""How many comments a page of a search shows."""
MOST_NEW = 100
"""New comments are counted up to here: a long thread nobody has opened must not be counted whole."""

MOMENT: BindParameter[datetime] = bindparam("now", type_=UtcDateTime())
"""When somebody reads: a parameter of every statement made of the conditions below. Feedback may wait for its time."""

# Made once, as in ethics.cohorts.queries; none of the conditions below holds another of its own kind.
_writer, _something, _opening = aliased(Participation), aliased(Comment), aliased(Comment)
_fresh, _spoken, _heard_in = aliased(Comment), aliased(Comment), aliased(Thread)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Condition on Thread: the actor may know that it exists.

    A group's: its faculty, and peers of the group whose commitments are complete, once its first comment may be read;
    where it begins from a shared reflection, those who have submitted one too. A reflection's own: faculty of its
    writer, and the writer once something in it was released or is their own.
    """
    own_reflection = exists(
        select(Reflection.id)
        .join(_writer, _writer.id == Reflection.participation_id)
        .where(Reflection.id == Thread.reflection_id, owns(actor, _writer))
    )
    begun = exists().where(
        _something.thread_id == Thread.id, or_(_something.released_at <= MOMENT, _something.author_id == actor.id)
    )
    return or_(
        taught_by(actor),
        # One whose first comment is held is nobody's but its author's.
        and_(
            is_open_to_peer(actor, Thread.round_id, Thread.group_id),
            or_(Thread.last_number > 0, Thread.started_by_id == actor.id),
            or_(
                Thread.shared_reflection_id.is_(None),
                is_open_to_peer(actor, Thread.round_id, Thread.group_id, reflected=True),
            ),
        ),
        and_(own_reflection, begun),
    )


def taught_by(actor: Actor) -> ColumnElement[bool]:
    """Condition on Thread: the actor is faculty of its group, or of the writer of its reflection."""
    return or_(
        and_(Thread.group_id.is_not(None), teaches(actor, Thread.round_id, Thread.group_id)),
        exists(
            select(Reflection.id)
            .join(_writer, _writer.id == Reflection.participation_id)
            .where(Reflection.id == Thread.reflection_id, teaches_writer(actor, _writer))
        ),
    )


def is_there(actor: Actor, teaches: ColumnElement[bool]) -> ColumnElement[bool]:
    """Condition on Comment: it takes a place on the actor's page.

    Drafts, and what is released at a time to come, are there for their author alone.
    """
    return or_(
        Comment.author_id == actor.id,
        and_(teaches, Comment.state == State.HELD),
        and_(
            Comment.released_at <= MOMENT,
            or_(
                teaches,
                and_(
                    Comment.state.in_((State.VISIBLE, State.HIDDEN, State.WITHDRAWN)),
                    or_(Comment.after_most.is_(False), most_have_spoken()),
                ),
            ),
        ),
    )


def may_read(actor: Actor, teaches: ColumnElement[bool], comment: type[Comment] = Comment) -> ColumnElement[bool]:
    """Condition on a (possibly aliased) Comment that is there: its text is open. A withdrawn one keeps its shape."""
    return or_(
        comment.author_id == actor.id,
        comment.state == State.VISIBLE,
        and_(teaches, comment.state.in_((State.HIDDEN, State.HELD))),
    )


def reads_title(actor: Actor, teaches: ColumnElement[bool]) -> ColumnElement[bool]:
    """Condition on a Thread that the actor may know of: its title is open, as the comment is that it came with."""
    return some(
        select(_opening.id).where(
            _opening.thread_id == Thread.id, _opening.number == _first_number(), may_read(actor, teaches, _opening)
        ),
        _opening,
    )


def title_for(actor: Actor, teaches: ColumnElement[bool]) -> ColumnElement[str]:
    """The title of a Thread that the actor may know of; empty where it is not open to them."""
    return case((reads_title(actor, teaches), Thread.title), else_="")


def title_to_faculty(session: Session, actor: Actor, thread: Thread) -> str:
    """The title of a thread that the actor teaches; empty where it is withdrawn with the comment it came with."""
    return session.scalar(select(title_for(actor, true())).where(Thread.id == thread.id)) or ""


def most_have_spoken() -> ColumnElement[bool]:
    """Condition on Comment: more than half of the group's students have written in its thread, for all to read."""
    has_spoken = some(
        select(_spoken.id).where(
            _spoken.thread_id == _heard_in.id, _spoken.author_id == Membership.user_id, _spoken.state == State.VISIBLE
        ),
        _spoken,
    )
    return (
        select(func.coalesce(func.sum(case((has_spoken, 1), else_=-1)), 0) > 0)
        .select_from(_heard_in)
        .join(GroupMember, GroupMember.group_id == _heard_in.group_id)
        .join(Membership, and_(Membership.id == GroupMember.membership_id, Membership.left_at.is_(None)))
        .where(_heard_in.id == Comment.thread_id)
        .correlate_except(_heard_in, GroupMember, Membership)
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote something, as one reader may know them."""

    label: str
    """The alias kept with the comment, or the name where it was written under one."""
    name: str | None
    """The name behind an alias: for faculty, and for the group where its bearer put it there."""
    role: str | None
    """Of faculty: tutor or director. None for students."""
    is_reader: bool
    public_id: str | None
    """For faculty only: a peer would know it again in another round."""


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread in a list: who began it, and what came after."""

    public_id: str
    title: str | None
    """None where the first comment is not open to the reader: `state` says why."""
    state: State
    question: int | None
    author: Author
    created_at: datetime
    replies: int
    new: int
    """How many comments of others the reader may read and has not seen, up to MOST_NEW; none where they muted it."""
    follows: Follows
    passage: Passage | None
    """That it begins from. Of a shared reflection only beside that: its words are nothing to show without it."""
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class CommentLine:
    """A comment on one reader's page."""

    public_id: str
    number: int
    parent_id: str | None
    parent_number: int | None
    author: Author
    state: State
    category: str
    """Where hidden: the rule of the code of conduct, for everybody."""
    reason: str
    """Where hidden: why; for its author and for faculty."""
    html: str | None
    """None where the reader may not read it."""
    created_at: datetime
    released_at: datetime | None
    edited: bool
    waits: bool
    """Of faculty: it appears to peers once most of them have written."""
    to_all: bool
    quotation: "Quoted | None"
    earlier: tuple[str, ...] = ()
    """What it said before, oldest first; for its author and for faculty."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage of the comment that one answers, as it stands there now: never kept beyond it."""

    text: str | None
    """None where it stands there no longer."""
    state: State
    """Of the comment that is quoted: nothing of it is shown unless it is visible."""


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Up to PAGE comments of a thread; `previous` and `next` are the numbers to page on from."""

    comments: list[CommentLine]
    previous: int | None
    """There are comments before this number."""
    next: int | None
    """There are comments after this number."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the case that a thread may begin from."""

    number: int
    html: str


def find_thread(session: Session, actor: Actor, thread_id: str, *, now: datetime) -> tuple[Thread, bool]:
    """A thread with its round and what it belongs to, and whether the actor reads it as faculty. Raises NotFound."""
    row = session.execute(_find_thread(), {"actor_id": actor.id, "thread_id": thread_id, "now": now}).one_or_none()
    if row is None:
        raise NotFound
    return row[0], bool(row[1])


@cache
def _find_thread() -> Select[Thread, bool]:
    """Built once: building takes twenty times as long as asking."""
    return (
        select(Thread, taught_by(ANYBODY))
        .join(Thread.round)
        .outerjoin(Thread.group)
        .outerjoin(Thread.reflection)
        .options(contains_eager(Thread.round), contains_eager(Thread.group), contains_eager(Thread.reflection))
        .where(Thread.public_id == bindparam("thread_id"), visible_to(ANYBODY))
    )


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A thread of a group as one reader opens it, and how far they have read it."""

    thread: Thread
    teaches: bool
    title: str | None
    """None where the first comment is not open to the reader."""
    opening: State
    """What has become of the first comment."""
    seen: int
    """The highest number that stood on a page they opened."""
    follows: Follows


def open_thread(session: Session, actor: Actor, thread_id: str, *, now: datetime) -> OpenThread | None:
    """A thread of a group for its page; None for one on a reflection, which stands there. Raises NotFound."""
    asked = {"actor_id": actor.id, "thread_id": thread_id, "now": now}
    row = session.execute(_open_thread(), asked).one_or_none()
    if row is None:
        raise NotFound
    if row.Thread.group_id is None:
        return None
    state, teaches = State(row.state), bool(row.teaches)
    is_open = row.is_own or state is State.VISIBLE or (teaches and state in {State.HIDDEN, State.HELD})
    return OpenThread(
        row.Thread,
        teaches,
        row.Thread.title if is_open else None,
        state,
        row.seen_number or 0,
        Follows(row.follows or Follows.USUAL),
    )


@cache
def _open_thread() -> Select[Any]:
    """As `_find_thread`, with what its page says of it."""
    return (
        _find_thread()
        .add_columns(
            taught_by(ANYBODY).label("teaches"),
            _opening.state,
            (_opening.author_id == ANYBODY.id).label("is_own"),
            ThreadReading.seen_number,
            ThreadReading.follows,
        )
        .outerjoin(_opening, and_(_opening.thread_id == Thread.id, _opening.number == _first_number()))
        .outerjoin(ThreadReading, _is_reading_of(ANYBODY))
    )


def _is_reading_of(actor: Actor) -> ColumnElement[bool]:
    return and_(ThreadReading.thread_id == Thread.id, ThreadReading.user_id == actor.id)


def _unseen(actor: Actor) -> ColumnElement[int]:
    """How many comments in a Thread are new to the actor, beside the outer-joined ThreadReading; up to MOST_NEW.

    What waits counts for nobody.
    """
    fresh = (
        select(literal(1).label("one"))
        .where(
            _fresh.thread_id == Thread.id,
            _fresh.number > func.coalesce(ThreadReading.seen_number, 0),
            _fresh.state == State.VISIBLE,
            _fresh.after_most.is_(False),
            _fresh.author_id != actor.id,
            func.coalesce(ThreadReading.follows, Follows.USUAL) != Follows.MUTED,
        )
        .limit(MOST_NEW)
        .correlate_except(_fresh)
        .subquery()
    )
    return select(func.count()).select_from(fresh).scalar_subquery()


def find_comment(
    session: Session, actor: Actor, comment_id: str, *, now: datetime, lock: bool = False
) -> tuple[Comment, bool]:
    """A comment with its thread, as `find_thread` gives it, and whether the actor reads it as faculty. Raises NotFound.

    With `lock` it is locked until the transaction ends.
    """
    asked = {"actor_id": actor.id, "comment_id": comment_id, "now": now}
    row = session.execute(_find_comment(lock=lock), asked).one_or_none()
    if row is None:
        raise NotFound
    return row[0], bool(row[1])


@cache
def _find_comment(*, lock: bool) -> Select[Comment, bool]:
    """Built once, as `_find_thread` is."""
    thread = contains_eager(Comment.thread)
    chosen = (
        select(Comment, taught_by(ANYBODY))
        .join(Comment.thread)
        .join(Thread.round)
        .outerjoin(Thread.group)
        .outerjoin(Thread.reflection)
        .options(
            thread.contains_eager(Thread.round),
            thread.contains_eager(Thread.group),
            thread.contains_eager(Thread.reflection),
        )
        .where(
            Comment.public_id == bindparam("comment_id"),
            visible_to(ANYBODY),
            is_there(ANYBODY, taught_by(ANYBODY)),
        )
    )
    return chosen.with_for_update(of=Comment).execution_options(populate_existing=True) if lock else chosen


def group_for(session: Session, actor: Actor, at: Standing, group_id: str | None) -> int:
    """The group whose threads the actor means: a student's own, one that faculty teach. Raises NotFound."""
    if at.is_participant:
        found = at.group_id
    elif not at.reads_students:
        found = None
    else:
        found = session.scalar(
            select(Group.id).where(
                Group.public_id == group_id,
                Group.group_set_id == at.round.group_set_id,
                teaches_group(actor, literal(at.round.cohort_id), Group.id),
            )
        )
    if found is None:
        raise NotFound
    return found


def questions(session: Session, at: Standing) -> list[Question]:
    """The questions of the round's case, in its order, for whom they are open."""
    if not segment_is_open(at, kind=SegmentKind.QUESTIONS, stage=None):
        return []
    items = session.scalar(
        select(Segment.items).where(
            Segment.version_id == at.round.case_version_id, Segment.kind == SegmentKind.QUESTIONS
        )
    )
    return [Question(item["number"], item["html"]) for item in items or ()]


def threads_in(
    session: Session, actor: Actor, at: Standing, group_id: int, *, before: str | None = None
) -> list[ThreadLine]:
    """The group's threads, pinned ones first, then the last active: PAGE of them and one more where there are others.

    `before` is the public id of the thread that the page follows.
    """
    chosen = _threads(teaches=at.is_faculty)
    if before is not None:
        mark, _ = find_thread(session, actor, before, now=at.now)
        moment = mark.last_comment_at or mark.created_at
        same_moment = and_(active_at() == moment, Thread.id < mark.id)
        rested_longer = or_(active_at() < moment, same_moment)
        below = Thread.pinned_at.is_(None)
        chosen = chosen.where(or_(below, rested_longer) if mark.pinned_at else and_(below, rested_longer))
    rows = session.execute(chosen.limit(PAGE + 1), _about_group(actor, at, group_id))
    return [_thread_line(row, shows_passage=row.shared_reflection_id is None) for row in rows]


def threads_beside(
    session: Session, actor: Actor, at: Standing, group_id: int, *, reflection_id: str | None = None
) -> list[ThreadLine]:
    """The group's threads that begin from passages of a shared reflection, or without one of the case; the first PAGE.

    What a passage says may have gone from the reflection since: show no words that do not stand in it.
    """
    asked = _about_group(actor, at, group_id)
    if reflection_id is not None:
        asked["reflection_id"] = reflection_id
    chosen = _threads_beside(teaches=at.is_faculty, of_reflection=reflection_id is not None)
    return [_thread_line(row, shows_passage=True) for row in session.execute(chosen.limit(PAGE), asked)]


def _about_group(actor: Actor, at: Standing, group_id: int) -> dict[str, Any]:
    """What `_threads` is asked with."""
    return {
        "actor_id": actor.id,
        "round_id": at.round.id,
        "group_id": group_id,
        "cohort_id": at.round.cohort_id,
        "now": at.now,
    }


def _thread_line(row: Any, *, shows_passage: bool) -> ThreadLine:
    return ThreadLine(
        row.public_id,
        row.title,
        State(row.state),
        row.question,
        _author(row),
        row.created_at,
        row.replies,
        row.new,
        Follows(row.follows or Follows.USUAL),
        Passage.from_json(row.anchor) if row.anchor and shows_passage else None,
        bool(row.is_pinned),
    )


def active_at() -> ColumnElement[datetime]:
    """When a Thread was last active; one that only its author reads yet stands at its beginning."""
    return func.coalesce(Thread.last_comment_at, Thread.created_at)


@cache
def _threads(*, teaches: bool) -> Select[Any]:
    """Built once, as `_find_thread` is."""
    chosen = (
        select(
            Thread.public_id,
            case((may_read(ANYBODY, literal(teaches)), Thread.title), else_=null()).label("title"),
            Comment.state,
            Thread.question,
            Thread.anchor,
            Thread.shared_reflection_id,
            *_author_columns(ANYBODY, literal(teaches)),
            Thread.created_at,
            (Thread.readable - case((Comment.state == State.VISIBLE, 1), else_=0)).label("replies"),
            _unseen(ANYBODY).label("new"),
            ThreadReading.follows,
            Thread.pinned_at.is_not(None).label("is_pinned"),
        )
        .join(Comment, and_(Comment.thread_id == Thread.id, Comment.number == _first_number()))
        .outerjoin(ThreadReading, _is_reading_of(ANYBODY))
        .where(Thread.round_id == bindparam("round_id"), Thread.group_id == bindparam("group_id"), visible_to(ANYBODY))
        .order_by(Thread.pinned_at.is_(None), active_at().desc(), Thread.id.desc())
    )
    return _with_author(chosen)


@cache
def _threads_beside(*, teaches: bool, of_reflection: bool) -> Select[Any]:
    """Those of `_threads` that begin from a passage."""
    chosen = _threads(teaches=teaches).where(Thread.anchor.is_not(None))
    if not of_reflection:
        return chosen.where(Thread.shared_reflection_id.is_(None))
    shared = select(Reflection.id).where(Reflection.public_id == bindparam("reflection_id")).scalar_subquery()
    return chosen.where(Thread.shared_reflection_id == shared)


def _first_number() -> ColumnElement[int]:
    """The number of a thread's first comment; it is held where nothing stands in the thread yet."""
    return case((Thread.last_number == 0, -1), else_=1)


def held_in(session: Session, actor: Actor, thread: Thread, *, teaches: bool, now: datetime) -> list[CommentLine]:
    """What is held in a thread, the oldest first: for faculty all of it, for others their own."""
    chosen = _comments(teaches=teaches).where(Comment.number < 0).order_by(Comment.number.desc()).limit(PAGE)
    return _lines(session, session.execute(chosen, _about(actor, thread, now)).all())


def comments_in(
    session: Session,
    actor: Actor,
    thread: Thread,
    *,
    teaches: bool,
    now: datetime,
    after: int = 0,
    before: int | None = None,
) -> CommentPage:
    """A page of a thread that the actor may see, by number, in two statements however long it is."""
    chosen, asked = _comments(teaches=teaches), _about(actor, thread, now)
    if before is None:
        rows = session.execute(
            chosen.where(Comment.number > after).order_by(Comment.number).limit(PAGE + 1), asked
        ).all()
        more, rows = len(rows) > PAGE, rows[:PAGE]
        previous, following = (rows[0].number if rows else after + 1) if after > 0 else None, more
    else:
        rows = session.execute(
            chosen.where(Comment.number.between(1, before - 1)).order_by(Comment.number.desc()).limit(PAGE + 1), asked
        ).all()
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        previous, following = rows[0].number if more else None, True
    return CommentPage(_lines(session, rows), previous, rows[-1].number if following and rows else None)


def page_of(number: int) -> int:
    """The `after` of the page that holds the comment with this number."""
    return max(number - 1, 0) // PAGE * PAGE


@dataclass(frozen=True, slots=True)
class Part:
    """What feedback has besides its text."""

    passage: Passage | None
    taken_up: bool


@dataclass(frozen=True, slots=True)
class FeedbackThread:
    """The thread on a reflection as one reader sees it, in the order in which it could be read. Drafts stand apart."""

    public_id: str
    comments: list[CommentLine]
    teaches: bool
    may_answer: bool
    parts: dict[str, Part]
    """By the public id of the comment."""


def feedback_thread(session: Session, actor: Actor, at: Standing, reflection_id: str) -> FeedbackThread | None:
    """The thread on a reflection of the round `at`; None where there is none for this reader."""
    asked = {"actor_id": actor.id, "reflection_id": reflection_id, "now": at.now}
    row = session.execute(_thread_on_reflection(), asked).one_or_none()
    if row is None:
        return None
    thread, teaches = row[0], bool(row[1])
    rows = session.execute(
        _comments(teaches=teaches).where(Comment.released_at <= MOMENT).order_by(Comment.released_at, Comment.number),
        _about(actor, thread, at.now),
    ).all()
    if not rows:
        return None
    parts = session.execute(
        select(Comment.public_id, FeedbackPart.passage, FeedbackPart.taken_up_at.is_not(None))
        .join(FeedbackPart, FeedbackPart.comment_id == Comment.id)
        .where(FeedbackPart.comment_id.in_([row.id for row in rows]))
    )
    return FeedbackThread(
        thread.public_id,
        _lines(session, rows),
        teaches,
        refuses_answering(at) is None,
        {key: Part(Passage.from_json(kept) if kept else None, bool(taken)) for key, kept, taken in parts},
    )


@cache
def _thread_on_reflection() -> Select[Thread, bool]:
    return (
        select(Thread, taught_by(ANYBODY))
        .join(Reflection, Reflection.id == Thread.reflection_id)
        .join(Thread.round)
        .options(contains_eager(Thread.round))
        .where(Reflection.public_id == bindparam("reflection_id"), visible_to(ANYBODY))
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """A comment in which words were found, or that began a thread with them in its title."""

    public_id: str
    title: list[Piece]
    """Of its thread; empty where that is not open to the reader."""
    opening: State
    """Of the comment that the thread began with."""
    author: Author
    created_at: datetime
    pieces: list[Piece]
    """The words around the first hit; empty where only the title holds them."""


def search(
    session: Session, actor: Actor, at: Standing, group_id: int, terms: Sequence[str], *, before: str | None = None
) -> list[Hit]:
    """The comments in a group's threads that hold all terms, the newest first: HITS, and one more where there are more.

    `terms` are folded, as ethics.cases.search has them. Only what anybody the thread is open to may read is looked
    through: nothing held, hidden or withdrawn, not even one's own. A title counts as words of the comment it came
    with. `before` is the public id of the comment that the page follows.
    """
    if not terms:
        return []
    asked = {
        "actor_id": actor.id,
        "round_id": at.round.id,
        "group_id": group_id,
        "cohort_id": at.round.cohort_id,
        "now": at.now,
    }
    titles = {row.id: words_of(row.title) for row in session.execute(_titles(), asked)}
    chosen = _found(teaches=at.is_faculty)
    for term in terms:
        # A term holds letters, digits and spaces alone: nothing that LIKE would read as a pattern.
        named = [key for key, words in titles.items() if f" {term}" in words]
        begins = and_(Comment.number == _first_number(), Thread.id.in_(named))
        chosen = chosen.where(
            or_(Comment.words.like(f"% {term}%"), begins) if named else Comment.words.like(f"% {term}%")
        )
    if before is not None:
        mark, _ = find_comment(session, actor, before, now=at.now)
        chosen = chosen.where(Comment.id < mark.id)
    return [
        Hit(
            row.public_id,
            (excerpt(row.title, terms) or [Piece(row.title)]) if row.title else [],
            State(row.opening),
            _author(row),
            row.created_at,
            excerpt(shown_text(row.html, ()), terms),
        )
        for row in session.execute(chosen, asked)
    ]


@cache
def _titles() -> Select[int, str]:
    """All of the group's; which of them are open is asked with the comments."""
    return select(Thread.id, Thread.title).where(
        Thread.round_id == bindparam("round_id"), Thread.group_id == bindparam("group_id")
    )


@cache
def _found(*, teaches: bool) -> Select[Any]:
    """Built once, as `_find_thread` is."""
    actor, is_taught = ANYBODY, literal(teaches)
    chosen = (
        select(
            Comment.public_id,
            case((may_read(actor, is_taught, _opening), Thread.title), else_=null()).label("title"),
            _opening.state.label("opening"),
            *_author_columns(actor, is_taught),
            func.coalesce(Comment.released_at, Comment.created_at).label("created_at"),
            Comment.html,
        )
        .join(Thread, Thread.id == Comment.thread_id)
        .join(_opening, and_(_opening.thread_id == Thread.id, _opening.number == _first_number()))
        .where(
            Thread.round_id == bindparam("round_id"),
            Thread.group_id == bindparam("group_id"),
            visible_to(actor),
            is_there(actor, is_taught),
            Comment.state == State.VISIBLE,
        )
        .order_by(Comment.id.desc())
        .limit(HITS + 1)
    )
    return _with_author(chosen)


def has_written(session: Session, actor: Actor, at: Standing) -> bool:
    """Whether the student has written in a thread of the present group already."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Comment.thread_id == Thread.id,
                    Comment.author_id == actor.id,
                    Thread.round_id == at.round.id,
                    Thread.group_id == at.group_id,
                )
            )
        )
    )


def _about(actor: Actor, thread: Thread, now: datetime) -> dict[str, Any]:
    """What `_comments` is asked with."""
    return {"actor_id": actor.id, "thread_id": thread.id, "cohort_id": thread.round.cohort_id, "now": now}


@cache
def _comments(*, teaches: bool) -> Select[Any]:
    """Built once, as `_find_thread` is."""
    actor, is_taught, parent = ANYBODY, literal(teaches), aliased(Comment)
    reads_reason = or_(is_taught, Comment.author_id == actor.id)
    is_kept_back = Comment.state.in_((State.HIDDEN, State.HELD))
    chosen = (
        select(
            Comment.id,
            Comment.public_id,
            Comment.number,
            parent.public_id.label("parent_id"),
            parent.number.label("parent_number"),
            *_author_columns(actor, is_taught),
            Comment.state,
            case((is_kept_back, Comment.category), else_="").label("category"),
            case((and_(is_kept_back, reads_reason), Comment.reason), else_="").label("reason"),
            case((may_read(actor, is_taught), Comment.html), else_=null()).label("html"),
            Comment.created_at,
            Comment.released_at,
            Comment.edited_at.is_not(None).label("edited"),
            and_(Comment.after_most, or_(is_taught, Comment.author_id == actor.id)).label("waits"),
            Comment.to_all,
            Comment.quotation,
            parent.state.label("quoted_state"),
            case((and_(Comment.quotation.is_not(None), parent.state == State.VISIBLE), parent.html)).label("quoted"),
            and_(may_read(actor, is_taught), reads_reason).label("reads_earlier"),
        )
        .outerjoin(parent, parent.id == Comment.parent_id)
        .where(Comment.thread_id == bindparam("thread_id"), is_there(actor, is_taught))
    )
    return _with_author(chosen)


def _author_columns(actor: Actor, teaches: ColumnElement[bool]) -> tuple[Any, ...]:
    """What a reader may know of an author; the name behind an alias leaves the database for faculty only."""
    return (
        func.coalesce(Alias.name, User.name).label("author_label"),
        case((and_(Alias.id.is_not(None), or_(teaches, Alias.named_at.is_not(None))), User.name), else_=null()).label(
            "author_name"
        ),
        case((Comment.as_faculty, Membership.role), else_=null()).label("author_role"),
        (Comment.author_id == actor.id).label("author_is_reader"),
        case((teaches, User.public_id), else_=null()).label("author_public_id"),
    )


def _with_author(chosen: Select[Any]) -> Select[Any]:
    cohort_id: BindParameter[int] = bindparam("cohort_id")
    return (
        chosen.join(User, User.id == Comment.author_id)
        .outerjoin(Alias, Alias.id == Comment.alias_id)
        .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.cohort_id == cohort_id))
    )


def _author(row: Any) -> Author:
    return Author(row.author_label, row.author_name, row.author_role, bool(row.author_is_reader), row.author_public_id)


def _quoted(row: Any) -> Quoted:
    state = State(row.quoted_state)
    if row.quoted is None:
        return Quoted(None, state)
    found = passage_in({row.parent_id: text_of(row.quoted)}, Passage.from_json(row.quotation))
    return Quoted(found.anchor.exact if found else None, state)


def _lines(session: Session, rows: Sequence[Any]) -> list[CommentLine]:
    earlier: dict[int, list[str]] = {}
    wanted = [row.id for row in rows if row.edited and row.reads_earlier]
    for comment_id, source in session.execute(
        select(EarlierText.comment_id, EarlierText.source)
        .where(EarlierText.comment_id.in_(wanted))
        .order_by(EarlierText.id)
    ):
        earlier.setdefault(comment_id, []).append(source)
    return [
        CommentLine(
            row.public_id,
            row.number,
            row.parent_id,
            row.parent_number,
            _author(row),
            State(row.state),
            row.category,
            row.reason,
            row.html,
            row.created_at,
            row.released_at,
            bool(row.edited),
            bool(row.waits),
            row.to_all,
            _quoted(row) if row.quotation and row.html is not None else None,
            tuple(earlier.get(row.id, ())),
        )
        for row in rows
    ]
