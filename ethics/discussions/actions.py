"""What is done in discussions: threads begun, comments written, changed and moderated, feedback drafted and released.

Doors render texts before the transaction begins and pass both in, the source and what `markup.render` made of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from ethics.audit.actions import record
from ethics.discussions import queries, rules
from ethics.discussions.models import Comment, EarlierText, ModerationAction, State, Thread
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.markup import RENDERER, Rendered
from ethics.notices.actions import take_back, tell
from ethics.people.actor import Actor
from ethics.reflections.models import Reflection
from ethics.rounds.aliases import alias_in_group
from ethics.rounds.gate import Standing, standing, teaches_writer
from ethics.rounds.models import Participation, Round
from ethics.text import COMMENT_BYTES, clean_name, refuse_unstorable, too_long

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Current:
    """A text as it stands, for showing beside what was typed; what a Conflict of versions carries."""

    source: str
    version: int


def start_thread(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    group_id: str | None = None,
    title: str,
    question: int | None = None,
    source: str,
    rendered: Rendered,
    now: datetime,
) -> Thread:
    """Begin a thread of a group with its first comment; `question` is the number of the case's question it starts from.

    `group_id` is for faculty, who may teach several. Raises NotFound, NotAllowed, and Invalid for a wrong field.
    """
    at = standing(session, actor, round_id, now=now, lock=True)
    _allowed(rules.refuses_starting(at))
    title = clean_name(title)
    if not title:
        raise Invalid("required", "title")
    if too_long(title, LONGEST_TITLE):
        raise Invalid("too-long", "title")
    if question is not None and question not in {known.number for known in queries.questions(session, at)}:
        raise Invalid("unknown-question", "question")
    thread = Thread(
        round_id=at.round.id,
        group_id=queries.group_for(session, actor, at, group_id),
        reflection_id=None,
        title=title,
        question=question,
        anchor=None,
        started_by_id=actor.id,
        last_number=0,
        last_comment_at=None,
        created_at=now,
    )
    session.add(thread)
    session.flush()
    _append(session, actor, at, thread, source=source, rendered=rendered, now=now)
    return thread


def post_comment(
    session: Session,
    *,
    actor: Actor,
    thread_id: str,
    parent_id: str | None = None,
    source: str,
    rendered: Rendered,
    now: datetime,
) -> Comment:
    """Write in a thread, in answer to the comment `parent_id` or to all. Raises NotFound, NotAllowed, Invalid."""
    thread, _ = queries.find_thread(session, actor, thread_id)
    at = standing(session, actor, thread.round.public_id, now=now, lock=True)
    in_group = thread.group_id is not None
    _allowed(rules.refuses_starting(at) if in_group else rules.refuses_answering(at))
    parent = None
    if parent_id:
        parent, _ = queries.find_comment(session, actor, parent_id)
        if parent.thread_id != thread.id:
            raise NotFound
    session.refresh(thread, with_for_update=True)
    return _append(session, actor, at, thread, parent=parent, source=source, rendered=rendered, now=now)


def edit_comment(
    session: Session,
    *,
    actor: Actor,
    comment_id: str,
    source: str,
    rendered: Rendered,
    version: int,
    now: datetime,
) -> Comment:
    """Change a comment of one's own; what it said is kept for its author and for faculty.

    Raises Conflict, carrying the Current text, when it is no longer at `version`.
    """
    comment, _ = queries.find_comment(session, actor, comment_id, lock=True)
    at = _at(session, actor, comment, now)
    _allowed(rules.refuses_editing(at, actor, comment))
    if comment.version != version:
        raise Conflict("stale", Current(comment.source, comment.version))
    _check_text(source)
    if source != comment.source:
        session.add(EarlierText(comment_id=comment.id, source=comment.source, replaced_at=now))
        _set_text(comment, source, rendered)
        comment.edited_at = now
        session.flush()
    return comment


def withdraw_comment(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> Comment:
    """Take a comment of one's own back: its place stays, its text is for its author alone."""
    comment, _ = queries.find_comment(session, actor, comment_id, lock=True)
    _allowed(rules.refuses_withdrawing(_at(session, actor, comment, now), actor, comment))
    comment.state = State.WITHDRAWN
    session.flush()
    return comment


def restore_comment(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> Comment:
    """Put back what one has withdrawn, as it was: hidden if it was hidden, a draft if it was never released."""
    comment, _ = queries.find_comment(session, actor, comment_id, lock=True)
    _allowed(rules.refuses_restoring(_at(session, actor, comment, now), actor, comment))
    if comment.released_at is None and _draft(session, actor, comment.thread_id) is not None:
        raise NotAllowed("draft-exists")
    comment.state = _state_before_withdrawing(comment)
    session.flush()
    return comment


def hide_comment(
    session: Session,
    *,
    actor: Actor,
    comment_id: str,
    category: str,
    categories: Collection[str],
    reason: str,
    now: datetime,
) -> Comment:
    """Hide a comment from the group, with the rule it breaks and a reason for its author, who is told in ten minutes.

    `categories` are the rules of the code of conduct. Raises NotAllowed, Invalid, and Conflict if it is not visible.
    """
    comment, teaches = queries.find_comment(session, actor, comment_id, lock=True)
    _allowed(rules.refuses_moderating(_at(session, actor, comment, now), actor, comment, teaches=teaches))
    if comment.state != State.VISIBLE:
        raise Conflict("state-changed")
    if category not in categories:
        raise Invalid("choose-a-rule", "category")
    reason = reason.strip()
    if not reason:
        raise Invalid("required", "reason")
    _check_length(reason, "reason")
    comment.state, comment.category, comment.reason = State.HIDDEN, category, reason
    _note_moderation(session, actor, comment, "hide", now)
    tell(
        session,
        user_id=comment.author_id,
        kind="comment-hidden",
        now=now,
        due_at=now + rules.UNDO,
        comment=comment.public_id,
    )
    return comment


def show_comment(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> Comment:
    """Let the group read a hidden comment again. Its author is told, unless they had not been told of the hiding."""
    comment, teaches = queries.find_comment(session, actor, comment_id, lock=True)
    _allowed(rules.refuses_moderating(_at(session, actor, comment, now), actor, comment, teaches=teaches))
    if comment.state != State.HIDDEN:
        raise Conflict("state-changed")
    _note_moderation(session, actor, comment, "show", now)
    comment.state, comment.category, comment.reason = State.VISIBLE, "", ""
    session.flush()
    if not take_back(session, user_id=comment.author_id, kind="comment-hidden", now=now, comment=comment.public_id):
        tell(session, user_id=comment.author_id, kind="comment-shown", now=now, comment=comment.public_id)
    return comment


def draft_feedback(
    session: Session,
    *,
    actor: Actor,
    reflection_id: str,
    source: str,
    rendered: Rendered,
    version: int,
    now: datetime,
) -> Comment:
    """Keep feedback on a submitted reflection; its author alone sees it until it is released.

    `version` is that of the draft the form was made from, 0 for none. Raises NotFound for who does not teach the
    writer, and Conflict, carrying the Current draft, when another tab was faster.
    """
    reflection, at = _reflection(session, actor, reflection_id, now)
    _allowed(rules.refuses_answering(at))
    thread = _thread_on(session, actor, reflection, at, now)
    draft = _draft(session, actor, thread.id)
    current = Current(draft.source, draft.version) if draft else Current("", 0)
    if current.version != version:
        raise Conflict("stale", current)
    if draft is None:
        return _append(session, actor, at, thread, source=source, rendered=rendered, state=State.DRAFT, now=now)
    _check_text(source)
    if source != draft.source:
        _set_text(draft, source, rendered)
        session.flush()
    return draft


def release_feedback(session: Session, *, actor: Actor, comment_ids: Iterable[str], now: datetime) -> list[Comment]:
    """Let writers read feedback that the actor has drafted; they are told in ten minutes.

    What is released already stays as it is. Raises NotFound if one of them is not the actor's.
    """
    wanted = sorted(set(comment_ids))
    comments = _own_feedback(session, actor, wanted)
    if len(comments) != len(wanted):
        raise NotFound
    released = [comment for comment in comments if comment.state == State.DRAFT]
    for comment in released:
        _allowed(rules.refuses_answering(_at(session, actor, comment, now)))
        comment.state, comment.released_at = State.VISIBLE, now
        comment.thread.last_comment_at = now
        reflection = _reflection_of(comment)
        tell(
            session,
            user_id=reflection.participation.user_id,
            kind="feedback-released",
            now=now,
            due_at=now + rules.UNDO,
            reflection=reflection.public_id,
            comment=comment.public_id,
        )
    session.flush()
    return released


def take_back_feedback(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> list[Comment]:
    """Make drafts again of what the actor released in the same moment as this comment, and tell nobody.

    Raises NotAllowed once ten minutes have passed.
    """
    found = _own_feedback(session, actor, [comment_id])
    if not found:
        raise NotFound
    _allowed(rules.refuses_taking_back(_at(session, actor, found[0], now), found[0]))
    together = _own_feedback(session, actor, _released_with(session, actor, found[0]))
    for comment in together:
        if _draft(session, actor, comment.thread_id) is not None:
            raise NotAllowed("draft-exists")
        comment.state, comment.released_at = State.DRAFT, None
        reflection = _reflection_of(comment)
        take_back(
            session,
            user_id=reflection.participation.user_id,
            kind="feedback-released",
            now=now,
            reflection=reflection.public_id,
            comment=comment.public_id,
        )
    session.flush()
    return together


def _at(session: Session, actor: Actor, comment: Comment, now: datetime) -> Standing:
    """How the actor stands to the round of a comment."""
    return standing(session, actor, comment.thread.round.public_id, now=now)


def _append(
    session: Session,
    actor: Actor,
    at: Standing,
    thread: Thread,
    *,
    parent: Comment | None = None,
    source: str,
    rendered: Rendered,
    state: State = State.VISIBLE,
    now: datetime,
) -> Comment:
    """Add a comment at the end of a thread that is locked or new, so that numbers have neither gaps nor doubles."""
    _check_text(source)
    thread.last_number += 1
    if state is State.VISIBLE:
        thread.last_comment_at = now
    comment = Comment(
        thread_id=thread.id,
        number=thread.last_number,
        parent_id=parent.id if parent else None,
        author_id=actor.id,
        alias_id=_alias_for(session, at, thread),
        as_faculty=at.is_faculty,
        state=state,
        category="",
        reason="",
        created_at=now,
        released_at=now if state is State.VISIBLE else None,
        edited_at=None,
    )
    _set_text(comment, source, rendered)
    session.add(comment)
    session.flush()
    return comment


def _alias_for(session: Session, at: Standing, thread: Thread) -> int | None:
    """The alias under which a student writes for the group; None under the own name, and where only faculty read."""
    if at.participation is None or thread.group_id is None or not at.round.aliases:
        return None
    return alias_in_group(session, at.participation, thread.group_id).id


def _set_text(comment: Comment, source: str, rendered: Rendered) -> None:
    comment.source, comment.html, comment.renderer = source, rendered.html, RENDERER


def _check_text(source: str) -> None:
    if not source.strip():
        raise Invalid("required", "text")
    _check_length(source, "text")


def _check_length(text: str, field: str) -> None:
    refuse_unstorable(text, field)
    if too_long(text, COMMENT_BYTES):
        raise Invalid("too-long", field)


def _state_before_withdrawing(comment: Comment) -> State:
    if comment.released_at is None:
        return State.DRAFT
    return State.HIDDEN if comment.category else State.VISIBLE


def _note_moderation(session: Session, actor: Actor, comment: Comment, action: str, now: datetime) -> None:
    session.add(
        ModerationAction(
            comment_id=comment.id,
            moderator_id=actor.id,
            action=action,
            category=comment.category,
            reason=comment.reason,
            at=now,
        )
    )
    session.flush()
    record(
        session,
        actor=actor,
        action=f"comment.{action}",
        object_kind="comment",
        object_id=comment.public_id,
        now=now,
        category=comment.category,
    )


def _reflection(session: Session, actor: Actor, reflection_id: str, now: datetime) -> tuple[Reflection, Standing]:
    """A submitted reflection that the actor answers for, locked so that its thread is made once. Raises NotFound."""
    row = session.execute(
        select(Reflection, Round.public_id)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .where(Reflection.public_id == reflection_id, Reflection.number > 0, teaches_writer(actor, Participation))
        .with_for_update(of=Reflection)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], standing(session, actor, row[1], now=now)


def _thread_on(session: Session, actor: Actor, reflection: Reflection, at: Standing, now: datetime) -> Thread:
    thread = session.scalar(select(Thread).where(Thread.reflection_id == reflection.id).with_for_update())
    if thread is None:
        thread = Thread(
            round_id=at.round.id,
            group_id=None,
            reflection_id=reflection.id,
            title="",
            question=None,
            anchor=None,
            started_by_id=actor.id,
            last_number=0,
            last_comment_at=None,
            created_at=now,
        )
        session.add(thread)
        session.flush()
    return thread


def _draft(session: Session, actor: Actor, thread_id: int) -> Comment | None:
    return session.scalar(
        select(Comment)
        .where(Comment.thread_id == thread_id, Comment.author_id == actor.id, Comment.state == State.DRAFT)
        .with_for_update()
    )


def _own_feedback(session: Session, actor: Actor, comment_ids: Collection[str]) -> list[Comment]:
    """The actor's comments on reflections they answer for, locked, with what is needed to tell their writers."""
    return list(
        session.scalars(
            select(Comment)
            .join(Comment.thread)
            .join(Thread.round)
            .join(Thread.reflection)
            .join(Reflection.participation)
            .options(
                contains_eager(Comment.thread).contains_eager(Thread.round),
                contains_eager(Comment.thread)
                .contains_eager(Thread.reflection)
                .contains_eager(Reflection.participation),
            )
            .where(Comment.public_id.in_(comment_ids), Comment.author_id == actor.id, queries.taught_by(actor))
            .order_by(Comment.id)
            .with_for_update(of=Comment)
            .execution_options(populate_existing=True)
        )
    )


def _released_with(session: Session, actor: Actor, comment: Comment) -> list[str]:
    return list(
        session.scalars(
            select(Comment.public_id)
            .join(Thread, Thread.id == Comment.thread_id)
            .where(
                Comment.author_id == actor.id,
                Comment.released_at == comment.released_at,
                Comment.state == State.VISIBLE,
                Thread.round_id == comment.thread.round_id,
                Thread.reflection_id.is_not(None),
            )
        )
    )


def _reflection_of(comment: Comment) -> Reflection:
    if comment.thread.reflection is None:
        raise NotFound
    return comment.thread.reflection


def _allowed(refusal: str | None) -> None:
    if refusal is not None:
        raise NotAllowed(refusal)
