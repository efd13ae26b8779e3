"""One note to a group: each student who has submitted gets it as feedback, with a line that nobody else sees.

What a student gets is a draft of its author's like any other until it is released, alone or with the others. Who
submits later gets it only when it is given again.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from ethics.cohorts.models import Group, GroupMember, Membership
from ethics.discussions.answer_models import FeedbackPart, GroupNote
from ethics.discussions.feedback import append_draft, part_of, reflection_to_answer, release_feedback, thread_on
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.posts import allowed, check_length, is_on_whole, set_text
from ethics.discussions.rules import refuses_answering
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.markup import Rendered
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.reflections.models import Reflection
from ethics.rounds.gate import Standing, standing
from ethics.rounds.models import Participation
from ethics.rounds.queries import groups_taught

NO_NOTE = 0
"""A key that no note has: compared with None, what carries no note at all would be found."""


class Stands(enum.StrEnum):
    """Where a student of the group stands to a note."""

    OPEN = "open"
    """They get it when it is released."""
    BEGUN = "begun"
    """The author has begun another answer to them, which stays what it is: no second draft is made."""
    DISCARDED = "discarded"
    """The author has discarded it for this student alone."""
    GIVEN = "given"
    """It is released to them, perhaps at a time to come."""
    NOT_SUBMITTED = "not-submitted"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A student of the group, as its faculty know them."""

    name: str
    reflection_id: str
    """Empty before they have submitted."""
    stands: Stands
    line: str
    comment_id: str | None
    """What carries the note to them."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is said to one student below the note, and what both together were rendered to."""

    text: str
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class NoteNow:
    """A note as it stands; also what a Conflict carries. `lines` by the public ids of reflections."""

    source: str
    lines: Mapping[str, str]
    version: int


def together(source: str, line: str) -> str:
    """What one student reads: the note, and their own line below it."""
    return "\n\n".join(text.strip() for text in (source, line) if text.strip())


def notes_of(session: Session, actor: Actor, at: Standing, group: Group) -> list[tuple[GroupNote, bool]]:
    """The actor's own notes to a group of the round, newest first, each with whether it is open still."""
    rows = session.execute(
        select(GroupNote, _is_open())
        .where(GroupNote.round_id == at.round.id, GroupNote.group_id == group.id, GroupNote.author_id == actor.id)
        .order_by(GroupNote.id.desc())
    )
    return [(note, bool(is_open)) for note, is_open in rows]


def recipients_of(
    session: Session, actor: Actor, at: Standing, group: Group, note: GroupNote | None
) -> list[Recipient]:
    """Everybody who studies in the group now, by name, and how they stand to a note; None: to one that is begun."""
    carrier, part, carried_by = aliased(Comment), aliased(FeedbackPart), aliased(FeedbackPart)
    begun = exists().where(
        Comment.thread_id == Thread.id, Comment.author_id == actor.id, Comment.state == State.DRAFT, is_on_whole()
    )
    carried = select(carried_by.comment_id).where(carried_by.note_id == (note.id if note else NO_NOTE))
    rows = session.execute(
        select(
            User.name,
            Reflection.public_id.label("reflection_id"),
            carrier.public_id.label("comment_id"),
            carrier.state,
            carrier.released_at,
            part.line,
            begun.label("begun"),
        )
        .select_from(GroupMember)
        .join(Membership, Membership.id == GroupMember.membership_id)
        .join(User, User.id == Membership.user_id)
        .outerjoin(
            Participation, and_(Participation.round_id == at.round.id, Participation.user_id == Membership.user_id)
        )
        .outerjoin(Reflection, and_(Reflection.participation_id == Participation.id, Reflection.number > 0))
        .outerjoin(Thread, Thread.reflection_id == Reflection.id)
        .outerjoin(carrier, and_(carrier.thread_id == Thread.id, carrier.id.in_(carried)))
        .outerjoin(part, part.comment_id == carrier.id)
        .where(GroupMember.group_id == group.id, Membership.left_at.is_(None))
        .order_by(User.name, User.id)
    )
    return [
        Recipient(
            row.name,
            row.reflection_id or "",
            _stands(row.reflection_id, row.state, row.released_at, begun=bool(row.begun)),
            row.line or "",
            row.comment_id,
        )
        for row in rows
    ]


def write_note(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    group_id: str,
    note_id: str = "",
    source: str,
    lines: Mapping[str, Line],
    version: int,
    now: datetime,
) -> GroupNote:
    """Keep a note to a group, and draft it for each student in `lines`, by the public ids of their reflections.

    Without `note_id` it goes on with the one that is open, or begins one. `version` is that of the note the form was
    made from, 0 for none. What was begun for a student otherwise, discarded or released stays as it is. Raises NotFound
    for who does not teach the group, NotAllowed where another note to it is open, and Conflict with a NoteNow.
    """
    at, group = _group(session, actor, round_id, group_id, now)
    check_length(source, "text")
    note = _note(session, actor, at, group, note_id)
    open_to = _open_to(recipients_of(session, actor, at, group, note))
    if note is not None and _says(note, open_to, source, lines):
        return note
    if version != (note.version if note else 0):
        raise Conflict("stale", _as_it_stands(note, open_to))
    if note is None:
        note = GroupNote(
            round_id=at.round.id, group_id=group.id, author_id=actor.id, source=source, created_at=now, version=0
        )
        session.add(note)
    note.source, note.version = source, note.version + 1
    session.flush()
    for recipient in open_to:
        if recipient.reflection_id in lines:
            _draft(session, actor, note, recipient, line=lines[recipient.reflection_id], now=now)
    return note


def release_note(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    group_id: str,
    note_id: str,
    at_time: datetime | None = None,
    now: datetime,
) -> list[Comment]:
    """Let everybody who is drafted the note read it, now or at a time, in one act that can be taken back.

    Raises Invalid for a note without a word, and where nobody would get it; else what `release_feedback` raises.
    """
    at, group = _group(session, actor, round_id, group_id, now)
    note = _note(session, actor, at, group, note_id)
    if note is None:
        raise NotFound
    if not note.source.strip():
        raise Invalid("required", "text")
    open_to = _open_to(recipients_of(session, actor, at, group, note))
    wanted = [recipient.comment_id for recipient in open_to if recipient.comment_id]
    if not wanted:
        raise Invalid("nobody-gets-it")
    return release_feedback(session, actor=actor, comment_ids=wanted, at_time=at_time, now=now)


def group_taught(session: Session, actor: Actor, at: Standing, group_id: str) -> Group:
    """A group of the round that the actor teaches. Raises NotFound."""
    group = next((one for one in groups_taught(session, actor, at) if one.public_id == group_id), None)
    if group is None or not at.is_faculty:
        raise NotFound
    return group


def _group(session: Session, actor: Actor, round_id: str, group_id: str, now: datetime) -> tuple[Standing, Group]:
    """A group that the actor may write to, locked so that one note is begun once."""
    at = standing(session, actor, round_id, now=now)
    group = group_taught(session, actor, at, group_id)
    allowed(refuses_answering(at))
    session.execute(select(Group.id).where(Group.id == group.id).with_for_update())
    return at, group


def _note(session: Session, actor: Actor, at: Standing, group: Group, note_id: str) -> GroupNote | None:
    """The note with this id, else the one that is open, else None."""
    notes = notes_of(session, actor, at, group)
    current = next((note for note, is_open in notes if is_open), None)
    if not note_id:
        return current
    named = next((note for note, _ in notes if note.public_id == note_id), None)
    if named is None:
        raise NotFound
    if current is not None and current is not named:
        raise NotAllowed("note-open")
    return named


def _is_open() -> ColumnElement[bool]:
    """Condition on GroupNote: it is released to nobody yet, or a draft for somebody who is in the group now."""
    carried = (
        exists()
        .where(FeedbackPart.note_id == GroupNote.id, Comment.id == FeedbackPart.comment_id)
        .where(Comment.thread_id == Thread.id, Thread.reflection_id == Reflection.id)
        .where(Reflection.participation_id == Participation.id, Participation.user_id == Membership.user_id)
        .where(Membership.id == GroupMember.membership_id, Membership.left_at.is_(None))
        .where(GroupMember.group_id == GroupNote.group_id, Comment.state == State.DRAFT)
    )
    released = exists().where(
        FeedbackPart.note_id == GroupNote.id, Comment.id == FeedbackPart.comment_id, Comment.released_at.is_not(None)
    )
    return or_(carried, ~released)


def _stands(reflection_id: str | None, state: str | None, released_at: datetime | None, *, begun: bool) -> Stands:
    if reflection_id is None:
        return Stands.NOT_SUBMITTED
    if state is None:
        return Stands.BEGUN if begun else Stands.OPEN
    if released_at is not None:
        return Stands.GIVEN
    return Stands.OPEN if state == State.DRAFT else Stands.DISCARDED


def _open_to(recipients: list[Recipient]) -> list[Recipient]:
    return [recipient for recipient in recipients if recipient.stands is Stands.OPEN]


def _says(note: GroupNote, open_to: list[Recipient], source: str, lines: Mapping[str, Line]) -> bool:
    """Whether a note, and what each student is drafted of it, says this already."""
    return note.source == source and all(
        recipient.comment_id is not None and recipient.line == lines[recipient.reflection_id].text
        for recipient in open_to
        if recipient.reflection_id in lines
    )


def _as_it_stands(note: GroupNote | None, open_to: list[Recipient]) -> NoteNow:
    lines = {recipient.reflection_id: recipient.line for recipient in open_to}
    return NoteNow(note.source, lines, note.version) if note else NoteNow("", {}, 0)


def _draft(session: Session, actor: Actor, note: GroupNote, recipient: Recipient, *, line: Line, now: datetime) -> None:
    """What one student gets, drafted or changed; nothing is begun without a word."""
    source = together(note.source, line.text)
    check_length(source, recipient.reflection_id)
    if recipient.comment_id is None:
        if not source:
            return
        reflection, at = reflection_to_answer(session, actor, recipient.reflection_id, now)
        thread = thread_on(session, actor, reflection, at, now)
        comment = append_draft(session, actor, at, thread, source=source, rendered=line.rendered, now=now)
    else:
        comment = session.scalars(
            select(Comment).where(Comment.public_id == recipient.comment_id).with_for_update()
        ).one()
        if comment.source != source:
            set_text(comment, source, line.rendered)
    part = part_of(session, comment)
    part.note_id, part.line = note.id, line.text
    session.flush()
