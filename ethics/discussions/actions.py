"""What is done in discussions: threads begun, comments written, changed, withdrawn and put back.

Doors render texts before the transaction begins and pass both in, the source and what `markup.render` made of it.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from ethics.db import new_public_id
from ethics.discussions import queries, rules
from ethics.discussions.drafts import discard, in_thread, of_group
from ethics.discussions.models import Comment, EarlierText, State, Thread
from ethics.discussions.moderation import refuses_changing, send_again
from ethics.discussions.passages import begin_from
from ethics.discussions.posts import (
    Current,
    Quotation,
    allowed,
    append,
    check_text,
    let_appear,
    quoted_from,
    recount,
    refuse_second_draft,
    set_text,
    standing_at,
)
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.markup import Rendered
from ethics.people.actor import Actor
from ethics.rounds.gate import standing
from ethics.rounds.queries import groups_taught
from ethics.text import clean_name, too_long

LONGEST_TITLE = 200


def start_thread(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    group_id: str | None = None,
    title: str,
    question: int | None = None,
    quotation: Quotation | None = None,
    series: str | None = None,
    source: str,
    rendered: Rendered,
    now: datetime,
) -> Thread:
    """Begin a thread of a group with its first comment; `question` is the number of the case's question it starts from.

    `quotation` is a passage it starts from, of the case or of a shared reflection. `group_id` is for
    faculty, who may teach several; `series` is what the threads of `start_everywhere` have in common. Raises NotFound,
    NotAllowed, and Invalid for a wrong field.
    """
    at = standing(session, actor, round_id, now=now, lock=True)
    allowed(rules.refuses_starting(at))
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
        series=series,
        started_by_id=actor.id,
        last_number=0,
        readable=0,
        last_comment_at=None,
        created_at=now,
    )
    if quotation is not None:
        begin_from(session, actor, at, thread, quotation)
    session.add(thread)
    session.flush()
    append(session, actor, at, thread, to_all=series is not None, source=source, rendered=rendered, now=now)
    discard(session, actor, of_group(at, thread.group_id or 0))
    return thread


def start_everywhere(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    title: str,
    question: int | None = None,
    quotation: Quotation | None = None,
    source: str,
    rendered: Rendered,
    now: datetime,
) -> list[Thread]:
    """Begin the same thread in each group of the round that the actor teaches; each group reads that all have it.

    Raises NotFound for students, and what `start_thread` raises: then it stands in no group.
    """
    at = standing(session, actor, round_id, now=now)
    groups = groups_taught(session, actor, at) if at.is_faculty else []
    if not groups:
        raise NotFound
    series = new_public_id()
    return [
        start_thread(
            session,
            actor=actor,
            round_id=round_id,
            group_id=group.public_id,
            title=title,
            question=question,
            quotation=quotation,
            series=series,
            source=source,
            rendered=rendered,
            now=now,
        )
        for group in groups
    ]


def post_comment(
    session: Session,
    *,
    actor: Actor,
    thread_id: str,
    parent_id: str | None = None,
    quotation: Quotation | None = None,
    after_most: bool = False,
    source: str,
    rendered: Rendered,
    now: datetime,
) -> Comment:
    """Write in a thread, in answer to the comment `parent_id`, of which a passage may be quoted, or to all.

    `after_most` is for faculty: peers read it once most of the group have written there. What the actor had begun
    there is forgotten. Raises NotFound, NotAllowed, Invalid.
    """
    thread, _ = queries.find_thread(session, actor, thread_id, now=now)
    at = standing(session, actor, thread.round.public_id, now=now, lock=True)
    allowed(rules.refuses_writing_in(at, thread))
    parent = None
    if parent_id:
        parent, _ = queries.find_comment(session, actor, parent_id, now=now)
        if parent.thread_id != thread.id:
            raise NotFound
        if parent.state == State.HELD:
            raise NotAllowed("held-not-answered")
    session.refresh(thread, with_for_update=True)
    comment = append(
        session,
        actor,
        at,
        thread,
        parent=parent,
        quotation=quoted_from(parent, quotation),
        after_most=after_most and at.is_faculty and thread.group_id is not None,
        source=source,
        rendered=rendered,
        now=now,
    )
    let_appear(session, thread, now)
    discard(session, actor, in_thread(thread_id, parent_id or ""))
    return comment


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

    Where a moderator hid it, refused it or asked for a revision, it waits for another look.
    Raises Conflict, carrying the Current text, when it is no longer at `version`.
    """
    comment, _ = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    at = standing_at(session, actor, comment, now)
    allowed(rules.refuses_editing(at, actor, comment) or refuses_changing(session, comment))
    if comment.version != version:
        raise Conflict("stale", Current(comment.source, comment.version))
    check_text(source)
    if source != comment.source:
        session.add(EarlierText(comment_id=comment.id, source=comment.source, replaced_at=now))
        set_text(comment, source, rendered)
        comment.edited_at = now
        session.flush()
        send_again(session, comment, now=now)
    return comment


def withdraw_comment(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> Comment:
    """Take a comment of one's own back: its place stays, its text is for its author alone."""
    comment, _ = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    allowed(rules.refuses_withdrawing(standing_at(session, actor, comment, now), actor, comment))
    comment.state = State.WITHDRAWN
    recount(session, comment.thread_id)
    return comment


def restore_comment(session: Session, *, actor: Actor, comment_id: str, now: datetime) -> Comment:
    """Put back what one has withdrawn, as it was: hidden or held if it was, a draft if it was never released."""
    comment, _ = queries.find_comment(session, actor, comment_id, now=now, lock=True)
    allowed(rules.refuses_restoring(standing_at(session, actor, comment, now), actor, comment))
    before = _state_before_withdrawing(comment)
    if before is State.DRAFT:
        refuse_second_draft(session, actor, comment)
    comment.state = before
    recount(session, comment.thread_id)
    return comment


def _state_before_withdrawing(comment: Comment) -> State:
    if comment.released_at is None:
        return State.DRAFT if comment.thread.group_id is None else State.HELD
    return State.HIDDEN if comment.category else State.VISIBLE
