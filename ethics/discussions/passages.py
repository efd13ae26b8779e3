"""Passages that a group's threads begin from: of the case, as far as it is open, or of a reflection that was shared."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.anchors import Passage, passage_in, passage_of
from ethics.cases.models import Segment, SegmentKind
from ethics.cohorts.queries import group_of
from ethics.discussions.models import Thread
from ethics.discussions.posts import Quotation
from ethics.errors import Invalid, NotFound
from ethics.markup import text_of
from ethics.people.actor import Actor
from ethics.reflections.models import Reflection
from ethics.reflections.queries import SharedReading, reflection_for
from ethics.reflections.rules import goes_to_group
from ethics.rounds.gate import Standing
from ethics.rounds.models import Participation, Round
from ethics.rounds.queries import open_segments

KINDS = frozenset({SegmentKind.OPENING, SegmentKind.STAGE, SegmentKind.PERSPECTIVE, SegmentKind.EXHIBIT})
"""What of a case one may quote: what it tells."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The passage that a thread begins from, as its reader may have it now."""

    passage: Passage | None
    """None where its writer took it back, or it stands there no longer."""
    of_reflection: bool
    withdrawn: bool = False
    """Of a shared reflection: it is not open to the reader any more."""
    stage: int | None = None
    """Of the case: the stage it is told in."""
    reflection_id: str | None = None
    """Of a reflection that is open to the reader: its public id."""


def case_parts(session: Session, at: Standing) -> dict[str, str]:
    """The open texts of the round's case by their position, as a reader sees them."""
    return {str(segment.position): text_of(segment.html) for segment in _quotable(session, at)}


def _quotable(session: Session, at: Standing) -> list[Segment]:
    return [segment for segment in open_segments(session, at) if segment.kind in KINDS]


def shared_parts(session: Session, actor: Actor, reflection_id: str) -> dict[str, str]:
    """What the group may read of a reflection, by prompt, for whom it is open. Raises NotFound for others."""
    reading = reflection_for(session, actor, reflection_id)
    if isinstance(reading, SharedReading):
        answers = list(reading.answers)
    else:
        answers = [
            answer
            for revision in reading.revisions[:1]
            for answer in revision.answers
            if goes_to_group(reading.audience, kept_back=answer.faculty_only)
        ]
    return {answer.prompt: text_of(answer.html) for answer in answers}


def begin_from(session: Session, actor: Actor, at: Standing, thread: Thread, quotation: Quotation) -> None:
    """Let a new thread of a group begin from what is quoted: of a shared reflection, or of the case.

    Raises NotFound where the reflection is not of the thread's group or not open to the actor, and Invalid where the
    words cannot be found.
    """
    if not quotation.words.strip():
        return
    if quotation.reflection_id:
        parts = shared_parts(session, actor, quotation.reflection_id)
        thread.shared_reflection_id = _of_group(session, at, quotation.reflection_id, thread.group_id)
    else:
        parts = case_parts(session, at)
    found = passage_of(parts, quotation.words, part=quotation.part, before=quotation.before)
    if found is None:
        raise Invalid("passage-unknown", "quotation")
    thread.anchor = found.to_json()


def begun_from(session: Session, actor: Actor, at: Standing, thread: Thread) -> Begun | None:
    """The passage a thread begins from, as the actor, who may open it, may read it; None where there is none.

    Of a shared reflection nothing is shown but what stands in it now, for whom it is open.
    """
    if not thread.anchor:
        return None
    passage = Passage.from_json(thread.anchor)
    if thread.shared_reflection_id is None:
        return _begun_from_case(session, at, passage)
    public_id = session.scalar(select(Reflection.public_id).where(Reflection.id == thread.shared_reflection_id))
    try:
        parts = shared_parts(session, actor, public_id or "")
    except NotFound:
        parts = {}
    return Begun(
        passage_in(parts, passage),
        of_reflection=True,
        withdrawn=passage.part not in parts,
        reflection_id=public_id if parts else None,
    )


def _begun_from_case(session: Session, at: Standing, passage: Passage) -> Begun:
    for segment in _quotable(session, at):
        if str(segment.position) == passage.part:
            found = passage_in({passage.part: text_of(segment.html)}, passage)
            return Begun(found, of_reflection=False, stage=segment.stage or 1)
    return Begun(None, of_reflection=False)


def _of_group(session: Session, at: Standing, reflection_id: str, group_id: int | None) -> int:
    row = session.execute(
        select(Reflection.id, group_of(Participation.user_id, Round.group_set_id).scalar_subquery())
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .where(Reflection.public_id == reflection_id, Round.id == at.round.id)
    ).one_or_none()
    if row is None or row[1] != group_id:
        raise NotFound
    return int(row[0])
