"""What directors and tutors do to a round while it runs: closing, reopening, more time for one student."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.notices.actions import take_back_all, tell_all
from ethics.people.actor import Actor
from ethics.rounds import readiness
from ethics.rounds.gate import Standing, decision_stages, standing
from ethics.rounds.models import Extension, Participation, Phase, Round
from ethics.rounds.queries import StudentLine, students_in
from ethics.rounds.schedule import LAST_YEAR

UNDO = timedelta(minutes=10)
"""Students are told after this, so that undoing within it is as if nothing had been."""


def close_round(session: Session, *, actor: Actor, round_id: str, now: datetime) -> Round:
    """Close a running round now, for everybody but those with an extension. The times it had planned stay.

    Raises NotAllowed for a round that does not run.
    """
    at = as_director(session, actor, round_id, now)
    if at.phase is not Phase.OPEN:
        raise NotAllowed("round-not-running")
    at.round.closed_at = now
    session.flush()
    record(session, actor=actor, action="round.close", object_kind="round", object_id=round_id, now=now)
    tell_students(session, at.round, kind="round-closed", now=now)
    return at.round


def reopen_round(session: Session, *, actor: Actor, round_id: str, close_at: datetime, now: datetime) -> Round:
    """Let students write again until `close_at`. A debrief that was open stays open.

    Raises NotAllowed for a round that is not closed, Invalid for a time that is past or before the other times.
    """
    at = as_director(session, actor, round_id, now)
    if at.phase is not Phase.CLOSED:
        raise NotAllowed("round-not-closed")
    if close_at <= now:
        raise Invalid("closes-in-the-past", "close")
    _check_year(close_at)
    if close_at < at.round.due_at:
        raise Invalid("closed-before-due", "close")
    if at.round.revisit_at is not None and close_at < at.round.revisit_at:
        raise Invalid("closed-before-revisit", "close")
    keep_debriefs_open(session, at.round, now=now)
    is_moved = close_at != at.round.close_at
    at.round.closed_at, at.round.close_at = None, close_at
    session.flush()
    record(session, actor=actor, action="round.reopen", object_kind="round", object_id=round_id, now=now)
    people = readiness.students(session, at.round)
    if not take_back_all(session, user_ids=people, kind="round-closed", now=now, round=round_id):
        tell_students(session, at.round, kind="round-reopened", now=now)
    elif is_moved:
        tell_students(session, at.round, kind="round-dates", now=now)
    return at.round


def delete_round(session: Session, *, actor: Actor, round_id: str, now: datetime) -> str:
    """Delete a draft that was never opened, and return the public id of its cohort.

    Raises NotAllowed for a round that was opened, or in which somebody of the faculty has written already.
    """
    at = as_director(session, actor, round_id, now)
    if at.round.opened_at is not None:
        raise NotAllowed("round-was-open")
    try:
        with session.begin_nested():
            session.delete(at.round)
            session.flush()
    except IntegrityError:
        raise NotAllowed("round-holds-words") from None
    record(session, actor=actor, action="round.delete", object_kind="round", object_id=round_id, now=now)
    return at.round.cohort.public_id


def extend(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    student_id: str,
    due_at: datetime,
    close_at: datetime,
    now: datetime,
) -> Extension:
    """Move due and close for one student (by public id), begun or not; in place of an earlier extension. UTC.

    For the director and the tutor of the student's group: NotFound for everybody else. Raises Invalid for times that
    give no more than the round does, are out of order or past.
    """
    at, line = _as_teacher(session, actor, round_id, student_id, now)
    if at.round.opened_at is None:
        raise NotAllowed("round-not-open")
    if due_at < at.round.due_at:
        raise Invalid("extension-too-short", "due")
    if close_at < due_at:
        raise Invalid("closed-before-due", "close")
    if close_at <= now:
        raise Invalid("closes-in-the-past", "close")
    _check_year(close_at)
    if close_at < at.round.close_for(None) or (due_at, close_at) == (at.round.due_at, at.round.close_for(None)):
        raise Invalid("extension-too-short", "close")
    keep_debriefs_open(session, at.round, now=now, only=line.user_id)
    extension = line.extension
    if extension is None:
        extension = Extension(round_id=at.round.id, user_id=line.user_id, created_at=now)
        session.add(extension)
    extension.due_at, extension.close_at = due_at, close_at
    session.flush()
    _note(session, "round.extend", at, actor=actor, student_id=student_id)
    take_back_all(session, user_ids=[line.user_id], kind="extension-ended", now=now, round=round_id)
    _tell(session, [line.user_id], at.round, kind="extension", now=now)
    return extension


def end_extension(session: Session, *, actor: Actor, round_id: str, student_id: str, now: datetime) -> None:
    """Take a student's extension back: the round's own times hold again. What was open to them stays open.

    They are told, unless they had not been told of the extension yet. Where there is none, nothing happens.
    """
    at, line = _as_teacher(session, actor, round_id, student_id, now)
    if line.extension is None:
        return
    keep_debriefs_open(session, at.round, now=now, only=line.user_id)
    session.delete(line.extension)
    session.flush()
    _note(session, "round.end-extension", at, actor=actor, student_id=student_id)
    if not take_back_all(session, user_ids=[line.user_id], kind="extension", now=now, round=round_id):
        _tell(session, [line.user_id], at.round, kind="extension-ended", now=now)


def keep_debriefs_open(session: Session, round_: Round, *, now: datetime, only: int | None = None) -> None:
    """Before times change: remember to whom the debrief is open, so that no change shuts it.

    `only` is the database key of the one student whose times change.
    """
    chosen = (
        select(Participation.id, Extension)
        .outerjoin(
            Extension, (Extension.round_id == Participation.round_id) & (Extension.user_id == Participation.user_id)
        )
        .where(
            Participation.round_id == round_.id,
            Participation.reflected_at.is_not(None),
            Participation.debrief_opened_at.is_(None),
        )
    )
    if only is not None:
        chosen = chosen.where(Participation.user_id == only)
    has_revisit = round_.revisit_at is not None and decision_stages(round_.case_version)
    is_open = [
        key
        for key, extension in session.execute(chosen)
        if not has_revisit or round_.phase(now, extension) is Phase.CLOSED
    ]
    session.execute(update(Participation).where(Participation.id.in_(is_open)).values(debrief_opened_at=now))


def tell_students(session: Session, round_: Round, *, kind: str, now: datetime) -> None:
    """Tell every student of the round, after UNDO and once, however often it happens until then."""
    _tell(session, readiness.students(session, round_), round_, kind=kind, now=now)


def _tell(session: Session, people: list[int], round_: Round, *, kind: str, now: datetime) -> None:
    take_back_all(session, user_ids=people, kind=kind, now=now, round=round_.public_id)
    tell_all(session, user_ids=people, kind=kind, now=now, due_at=now + UNDO, round=round_.public_id)


def as_director(session: Session, actor: Actor, round_id: str, now: datetime) -> Standing:
    """How the director stands to the round, which nobody else changes until the transaction ends.

    Raises NotFound for everybody else, NotAllowed once the cohort is archived.
    """
    session.execute(select(Round.id).where(Round.public_id == round_id).with_for_update())
    at = standing(session, actor, round_id, now=now)
    if not at.is_director:
        raise NotFound
    _check_not_archived(at)
    return at


def _as_teacher(
    session: Session, actor: Actor, round_id: str, student_id: str, now: datetime
) -> tuple[Standing, StudentLine]:
    session.execute(select(Round.id).where(Round.public_id == round_id).with_for_update())
    at = standing(session, actor, round_id, now=now)
    found = students_in(session, actor, at, only=student_id)
    if not found:
        raise NotFound
    _check_not_archived(at)
    return at, found[0]


def _check_not_archived(at: Standing) -> None:
    if at.round.cohort.archived_at is not None:
        raise NotAllowed("cohort-archived")


def _check_year(close_at: datetime) -> None:
    """At the end of all years no minute can be added, and the page of a round would fail for whom it closes then."""
    if close_at.year > LAST_YEAR:
        raise Invalid("year-out-of-range", "close")


def _note(session: Session, action: str, at: Standing, *, actor: Actor, student_id: str) -> None:
    record(
        session,
        actor=actor,
        action=action,
        object_kind="round",
        object_id=at.round.public_id,
        now=at.now,
        student=student_id,
    )
