"""Redaction: a text destroyed everywhere it stands, with the reason left in its place.

What is left is a text itself, the mark, and stands where the old one stood: whoever could read that reads the mark,
on every page, in every file and journal, and no query has to know of it. The database then still has to forget what it
overwrote: `Database.forget_overwritten`, and docs/redaction.md.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.cases.models import Segment
from ethics.db import Base
from ethics.discussions.answer_models import FeedbackPart
from ethics.discussions.models import Comment, EarlierText, State, Thread
from ethics.discussions.posts import set_text
from ethics.discussions.queries import find_comment, find_thread, title_to_faculty
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.markup import RENDERER, Rendered
from ethics.notices.actions import tell
from ethics.outbox import Delivery
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.reflections.models import Answer, Reflection, Revision
from ethics.rights.passages import GAP, Passages
from ethics.rights.texts import ANCHORS, QUOTING
from ethics.rounds.gate import teaches_writer
from ethics.rounds.models import Participation, Round, Stance
from ethics.text import clean_name, too_long

ASKED = "asked"
"""The field of a reflection that holds what its writer would like answered; the others are keys of prompts."""
LONGEST_WORDS = 300


class Thing(enum.StrEnum):
    """What can be redacted. A comment on a reflection, which is feedback, is a comment."""

    REFLECTION = "reflection"
    """All of it, or one field."""
    STANCE = "stance"
    """Its reason, and the course of one's own."""
    COMMENT = "comment"
    TITLE = "thread"


class Reason(enum.StrEnum):
    """Why a text is destroyed; one of these goes into the audit chain."""

    PATIENT = "patient"
    """It could tell who a patient is, or their family."""
    PERSON = "person"
    """It could tell who somebody else is."""
    CONFIDENTIAL = "confidential"
    """It was told in confidence, or belongs to a record."""
    ASKED = "asked"
    """Its writer, or whom it is about, asked for it."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Target:
    """What is meant: a thing, its public id, and of a reflection the field; empty for all of it."""

    thing: Thing
    public_id: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a row that is written anew: `left` stands there afterwards, rendered into `html`."""

    row: Any
    column: str
    left: Any
    html: str | None = None

    @property
    def text(self) -> str:
        """What stands there so far."""
        return str(getattr(self.row, self.column))


@dataclass(slots=True)
class Found:
    """Where a text stands."""

    round: Round
    writer: User
    as_faculty: str | None = None
    """Where the writer is faculty: the comment at which they can read what is left, by its public id."""
    shown: list[tuple[str, str]] = field(default_factory=list)
    """What faculty read of it today, each part with the field it belongs to; empty where they may not read it."""
    earlier: int = 0
    """How many earlier versions go with it."""
    own: list[Place] = field(default_factory=list)
    reflection: Reflection | None = None
    """Whose draft holds it, perhaps."""
    before: list[EarlierText] = field(default_factory=list)
    """What a comment said before it was edited; deleted."""
    quoting: list[Place] = field(default_factory=list)
    anchors: list[tuple[Any, str]] = field(default_factory=list)
    mails: list[Delivery] = field(default_factory=list)

    @property
    def to_render(self) -> set[str]:
        """The texts that will stand there and are shown rendered."""
        return {place.left for place in (*self.own, *self.quoting) if place.html}


def find(session: Session, actor: Actor, target: Target, *, now: datetime, mark: str = "", lock: bool = False) -> Found:
    """Everywhere a text stands that the actor may redact, and what will be left there; changes nothing.

    Of a text of the actor's own only what refers to it goes along: else whoever guesses at words in groups that are
    not theirs could write the guess down, and see what falls.

    Faculty of its writer may, or of its group; a reflection only once it was submitted. Raises NotFound where the
    actor may not know of it, and NotAllowed where they read it as a peer. With `lock` it is locked until the
    transaction ends.
    """
    found = _FINDERS[target.thing](session, actor, target, _How(now, mark, lock=lock))
    if not found.own:
        raise NotFound
    if found.writer.id != actor.id:
        _find_copies(session, found)
    return found


def redact(
    session: Session,
    *,
    actor: Actor,
    target: Target,
    reason: str,
    mark: str,
    rendered: Mapping[str, Rendered],
    now: datetime,
) -> Found:
    """Destroy a text everywhere it stands and leave `mark` there; its writer is told. It cannot be undone.

    `rendered` is what the door made of `to_render` before the transaction. Raises what `find` raises, Invalid for an
    unknown reason, and Conflict when somebody wrote meanwhile what now has to be rendered, too.
    """
    if reason not in set(Reason):
        raise Invalid("choose-a-reason", "reason")
    found = find(session, actor, target, now=now, mark=mark, lock=True)
    if not found.to_render <= set(rendered):
        raise Conflict("written-meanwhile")
    for place in (*found.own, *found.quoting):
        _write(place, rendered)
    if found.reflection is not None:
        _empty_draft(found.reflection, target.field)
    for row, column in found.anchors:
        setattr(row, column, {**getattr(row, column), "exact": GAP, "prefix": "", "suffix": ""})
    for gone in (*found.before, *found.mails):
        session.delete(gone)
    record(
        session,
        actor=actor,
        action="text.redacted",
        object_kind=target.thing,
        object_id=target.public_id,
        now=now,
        reason=reason,
        field=target.field or None,
    )
    _tell_writer(session, actor, found, now)
    session.flush()
    return found


def clean_words(words: str) -> str:
    """The words beside the reason as they are left: one line. Raises Invalid for none, and for too many."""
    words = clean_name(words)
    if not words:
        raise Invalid("required", "words")
    if too_long(words, LONGEST_WORDS):
        raise Invalid("too-long", "words")
    return words


@dataclass(frozen=True, slots=True)
class _How:
    """How a text is looked for: at which moment, what will be left, and whether it is locked."""

    now: datetime
    mark: str
    lock: bool


def _find_reflection(session: Session, actor: Actor, target: Target, how: _How) -> Found:
    chosen = (
        select(Reflection, Round, User)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(User, User.id == Participation.user_id)
        .where(Reflection.public_id == target.public_id, Reflection.number > 0, teaches_writer(actor, Participation))
    )
    reflection, round_, writer = _one(session, chosen, Reflection if how.lock else None)
    found = Found(round_, writer, reflection=reflection)
    rows = session.execute(
        select(Revision, Answer)
        .outerjoin(Answer, Answer.revision_id == Revision.id)
        .where(Revision.reflection_id == reflection.id)
        .order_by(Revision.number.desc(), Answer.id)
    ).all()
    revisions = list(dict.fromkeys(row.Revision for row in rows))
    parts = [(row.Revision, row.Answer.prompt, Place(row.Answer, "source", how.mark, "html")) for row in rows if row[1]]
    parts += [(revision, ASKED, Place(revision, "asked", how.mark)) for revision in revisions if revision.asked]
    meant = [part for part in parts if target.field in {"", part[1]}]
    found.own = [place for _, _, place in meant]
    found.shown = [(name, place.text) for revision, name, place in meant if revision is revisions[0]]
    passages = select(Thread).where(
        or_(Thread.shared_reflection_id == reflection.id, Thread.reflection_id == reflection.id)
    )
    for thread in session.scalars(passages):
        if thread.anchor and target.field in {"", thread.anchor.get("part")}:
            found.anchors.append((thread, "anchor"))
    feedback = (
        select(FeedbackPart)
        .join(Comment, Comment.id == FeedbackPart.comment_id)
        .join(Thread, Thread.id == Comment.thread_id)
        .where(Thread.reflection_id == reflection.id)
    )
    for part in session.scalars(feedback):
        if part.passage and target.field in {"", part.passage.get("part")}:
            found.anchors.append((part, "passage"))
    found.earlier = len({revision.number for revision, _, _ in meant} - {revisions[0].number})
    return found


def _find_stance(session: Session, actor: Actor, target: Target, how: _How) -> Found:
    named = (
        select(Stance, Round, User)
        .join(Participation, Participation.id == Stance.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(User, User.id == Participation.user_id)
        .where(Stance.public_id == target.public_id, teaches_writer(actor, Participation))
    )
    stance, round_, writer = _one(session, named, Stance if how.lock else None)
    found = Found(round_, writer)
    versions = session.scalars(
        select(Stance)
        .where(
            Stance.participation_id == stance.participation_id, Stance.stage == stance.stage, Stance.kind == stance.kind
        )
        .order_by(Stance.number.desc())
    ).all()
    found.earlier = len(versions) - 1
    for version in versions:
        texts = [Place(version, name, how.mark) for name in ("reason", "other") if getattr(version, name)]
        found.own += texts
        if version.latest:
            found.shown += [(place.column, place.text) for place in texts]
    return found


def _find_comment(session: Session, actor: Actor, target: Target, how: _How) -> Found:
    comment, teaches = find_comment(session, actor, target.public_id, now=how.now, lock=how.lock)
    if not teaches:
        raise NotAllowed("not-faculty-here")
    if comment.state == State.DRAFT:
        raise NotFound
    writer = session.get_one(User, comment.author_id)
    found = Found(comment.thread.round, writer, as_faculty=comment.public_id if comment.as_faculty else None)
    found.own = [Place(comment, "source", how.mark, "html")]
    lines = session.scalars(select(FeedbackPart).where(FeedbackPart.comment_id == comment.id, FeedbackPart.line != ""))
    found.own += [Place(part, "line", how.mark) for part in lines]
    if comment.state != State.WITHDRAWN or comment.author_id == actor.id:
        found.shown = [("source", comment.source)]
    found.before = list(session.scalars(select(EarlierText).where(EarlierText.comment_id == comment.id)))
    found.earlier = len(found.before)
    answers = session.scalars(select(Comment).where(Comment.parent_id == comment.id))
    found.anchors = [(answer, "quotation") for answer in answers if answer.quotation]
    return found


def _find_title(session: Session, actor: Actor, target: Target, how: _How) -> Found:
    thread, teaches = find_thread(session, actor, target.public_id, now=how.now)
    if not teaches:
        raise NotAllowed("not-faculty-here")
    round_ = thread.round
    if how.lock:
        session.refresh(thread, with_for_update=True)
    writer = session.get_one(User, thread.started_by_id)
    first = select(Comment.public_id).where(Comment.thread_id == thread.id, Comment.number == 1, Comment.as_faculty)
    found = Found(round_, writer, as_faculty=session.scalar(first))
    if thread.title:
        found.own = [Place(thread, "title", how.mark)]
        if title := title_to_faculty(session, actor, thread):
            found.shown = [("title", title)]
    return found


_FINDERS: dict[Thing, Callable[[Session, Actor, Target, _How], Found]] = {
    Thing.REFLECTION: _find_reflection,
    Thing.STANCE: _find_stance,
    Thing.COMMENT: _find_comment,
    Thing.TITLE: _find_title,
}


def _one(session: Session, chosen: Select[*tuple[Any, ...]], locked: type[Base] | None) -> Any:
    """The one row, with a lock on its row of the table `locked`. Raises NotFound."""
    if locked is not None:
        chosen = chosen.with_for_update(of=locked).execution_options(populate_existing=True)
    row = session.execute(chosen).one_or_none()
    if row is None:
        raise NotFound
    return row


def _find_copies(session: Session, found: Found) -> None:
    """Where others of the round quote what is destroyed: in their texts, in anchors, and in mail that waits."""
    case = select(Segment.heading, Segment.source).where(Segment.version_id == found.round.case_version_id)
    texts = {place.text for place in found.own} | {earlier.source for earlier in found.before}
    passages = Passages(texts, public=(text for row in session.execute(case) for text in row))
    in_round = {"round_id": found.round.id}
    own = {(id(place.row), place.column) for place in found.own} | {(id(row), "source") for row in found.before}
    for table in QUOTING:
        for row in session.scalars(table.rows, in_round):
            for column in table.columns:
                kept = getattr(row, column)
                if (id(row), column) not in own and _any_in(passages, kept):
                    html = table.html if column == table.columns[0] else None
                    found.quoting.append(Place(row, column, passages.without(kept), html))
    for anchors in ANCHORS:
        for row in session.scalars(anchors.rows, in_round):
            anchor = getattr(row, anchors.column) or {}
            around = "".join(str(anchor.get(name) or "") for name in ("prefix", "exact", "suffix"))
            if passages.are_in(around) and (row, anchors.column) not in found.anchors:
                found.anchors.append((row, anchors.column))
    waiting = session.scalars(select(Delivery).where(Delivery.done_at.is_(None)))
    found.mails = [mail for mail in waiting if _any_in(passages, mail.payload)]


def _any_in(passages: Passages, kept: Any) -> bool:
    """Whether a text, or what JSON can hold, has one of the passages in it."""
    return passages.are_in(kept) if isinstance(kept, str) else bool(passages.without(kept) != kept)


def _write(place: Place, rendered: Mapping[str, Rendered]) -> None:
    if isinstance(place.row, Comment) and place.html:
        set_text(place.row, place.left, rendered[place.left])
        return
    setattr(place.row, place.column, place.left)
    if place.html:
        setattr(place.row, place.html, rendered[place.left].html)
    if isinstance(place.row, Answer):
        place.row.renderer = RENDERER


def _empty_draft(reflection: Reflection, name: str) -> None:
    """Take the text out of what its writer has typed, as if in another tab: one that holds it open takes that over."""
    kept = reflection.kept.draft
    answers = {} if not name else {key: text for key, text in kept.answers.items() if key != name}
    asked = "" if name in {"", ASKED} else kept.asked
    reflection.draft = replace(kept, answers=answers, asked=asked).to_json()
    reflection.draft_version += 1
    reflection.draft_tab, reflection.draft_turn = "", 0


def _tell_writer(session: Session, actor: Actor, found: Found, now: datetime) -> None:
    """Without the text. A student finds what is left in the journal, which outlasts the class; faculty in its place."""
    if found.writer.id == actor.id:
        return
    if found.as_faculty:
        tell(session, user_id=found.writer.id, kind="comment-redacted", now=now, comment=found.as_faculty)
    else:
        tell(session, user_id=found.writer.id, kind="text-redacted", now=now, round=found.round.public_id)
