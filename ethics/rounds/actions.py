"""What directors do to rounds and what students do in them, up to the gate and back to the stance."""

from collections.abc import Collection, Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.cases.models import Case, CaseVersion, Segment, SegmentKind, Status
from ethics.cohorts.models import GroupSet
from ethics.cohorts.queries import cohort_for_director
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.people.actor import Actor
from ethics.rounds import readiness, rules
from ethics.rounds.aliases import alias_in_group
from ethics.rounds.gate import Standing, standing
from ethics.rounds.models import ANOTHER, UNSURE, Audience, ClosingNote, Kind, Participation, Round, Stance
from ethics.rounds.queries import has_begun, has_commitments
from ethics.rounds.running import as_director, keep_debriefs_open, tell_students
from ethics.rounds.schedule import Schedule, shifted
from ethics.text import FIELD_BYTES, refuse_unstorable, too_long

MOST_CONFIDENT = 5


@dataclass(frozen=True, slots=True)
class RoundSettings:
    """What a director decides about a round, apart from its schedule."""

    case_slug: str
    group_set_id: str
    """Public id of the group set."""
    framework: dict[str, Any]
    aliases: bool
    show_profession: bool
    reason_audience: Audience
    reflection_audience: Audience


@dataclass(frozen=True, slots=True)
class StanceInput:
    """What a student commits to at a decision point."""

    option: str
    other: str
    confidence: int
    reason: str
    principles: Sequence[str]
    audience: Audience


def make_round(
    session: Session, *, actor: Actor, cohort_id: str, settings: RoundSettings, schedule: Schedule, now: datetime
) -> Round:
    """Make a round that only faculty know of until its director opens it.

    Raises NotFound for who is not the cohort's director, Invalid for a case or group set that cannot be used.
    """
    cohort = cohort_for_director(session, actor, cohort_id)
    if cohort.archived_at is not None:
        raise NotAllowed("cohort-archived")
    made = Round(
        cohort_id=cohort.id,
        opened_at=None,
        summary="",
        summary_html="",
        created_by_id=actor.id,
        created_at=now,
        case_version_id=_newest_version(session, settings.case_slug),
        **_columns(session, cohort.id, settings, schedule),
    )
    session.add(made)
    session.flush()
    record(session, actor=actor, action="round.make", object_kind="round", object_id=made.public_id, now=now)
    return made


def change_round(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    settings: RoundSettings,
    schedule: Schedule,
    version: int,
    now: datetime,
) -> Round:
    """Change a round. With the first commitment its case, names, framework, audiences and groups are locked.

    A round keeps the version of its case: a newer one is for other rounds, and archiving it disturbs none. New times
    shut nothing that was open to somebody, and its students are told of them once.

    `version` is the one the form was made from: Conflict if somebody else changed the round meanwhile. Raises
    NotAllowed when something locked would change, Invalid for times that would take back what has begun.
    """
    at = as_director(session, actor, round_id, now)
    if at.round.version != version:
        raise Conflict("stale", at.round)
    columns = _columns(session, at.round.cohort_id, settings, schedule)
    if settings.case_slug != at.round.case_version.case.slug:
        columns["case_version_id"] = _newest_version(session, settings.case_slug)
    locked = {name: value for name, value in columns.items() if name not in _NEVER_LOCKED}
    if has_commitments(session, at.round) and any(getattr(at.round, name) != value for name, value in locked.items()):
        raise NotAllowed("round-locked")
    times = {name: value for name, value in columns.items() if name in _TIMES}
    is_moved = any(getattr(at.round, name) != value for name, value in times.items())
    if is_moved:
        _check_has_begun(session, at, schedule)
        keep_debriefs_open(session, at.round, now=now)
    for name, value in columns.items():
        setattr(at.round, name, value)
    session.flush()
    record(session, actor=actor, action="round.change", object_kind="round", object_id=round_id, now=now)
    if is_moved and at.round.opened_at is not None:
        tell_students(session, at.round, kind="round-dates", now=now)
    return at.round


def clone_round(
    session: Session, *, actor: Actor, round_id: str, cohort_id: str, group_set_id: str, shift: timedelta, now: datetime
) -> Round:
    """Make a draft like a round, for a cohort and a group set (public ids), its dates moved by `shift` in local time.

    It has the settings, the framework and the case version of the round, and nothing that anybody wrote. Raises
    NotFound for who does not direct both cohorts, NotAllowed for an archived one, Invalid for another's group set.
    """
    source = standing(session, actor, round_id, now=now)
    if not source.is_director:
        raise NotFound
    cohort = cohort_for_director(session, actor, cohort_id)
    if cohort.archived_at is not None:
        raise NotAllowed("cohort-archived")
    old = source.round
    settings = RoundSettings(
        case_slug=old.case_version.case.slug,
        group_set_id=group_set_id,
        framework=old.framework,
        aliases=old.aliases,
        show_profession=old.show_profession,
        reason_audience=Audience(old.reason_audience),
        reflection_audience=Audience(old.reflection_audience),
    )
    times = Schedule(old.zone, old.opens_at, old.due_at, old.revisit_at, old.close_at)
    made = Round(
        cohort_id=cohort.id,
        summary="",
        summary_html="",
        created_by_id=actor.id,
        created_at=now,
        case_version_id=old.case_version_id,
        **_columns(session, cohort.id, settings, shifted(times, shift)),
    )
    session.add(made)
    session.flush()
    record(
        session,
        actor=actor,
        action="round.clone",
        object_kind="round",
        object_id=made.public_id,
        now=now,
        source=round_id,
    )
    return made


def use_newest_version(session: Session, *, actor: Actor, round_id: str, now: datetime) -> Round:
    """Take the newest version of the round's case. Raises NotAllowed once somebody has begun the round."""
    at = as_director(session, actor, round_id, now)
    if has_begun(session, at.round):
        raise NotAllowed("round-begun")
    at.round.case_version_id = _newest_version(session, at.round.case_version.case.slug)
    session.flush()
    session.refresh(at.round, ["case_version"])
    record(session, actor=actor, action="round.newest-version", object_kind="round", object_id=round_id, now=now)
    return at.round


def open_round(session: Session, *, actor: Actor, round_id: str, now: datetime) -> Round:
    """Let students know of the round; its times decide when they may begin.

    Raises NotAllowed with the code of the first of `ethics.rounds.readiness.obstacles`.
    """
    at = as_director(session, actor, round_id, now)
    if at.round.opened_at is not None:
        return at.round
    for code in readiness.obstacles(session, at.round, now=now):
        raise NotAllowed(code)
    at.round.opened_at = now
    session.flush()
    record(session, actor=actor, action="round.open", object_kind="round", object_id=round_id, now=now)
    return at.round


def write_summary(session: Session, *, actor: Actor, round_id: str, source: str, html: str, now: datetime) -> None:
    """Keep faculty's summary, which the debrief shows; `html` is `source` rendered beforehand by the door.

    Raises NotFound for who is not the round's director, Invalid for a text that is too long.
    """
    at = as_director(session, actor, round_id, now)
    _storable(source, "summary")
    at.round.summary, at.round.summary_html = source, html
    record(session, actor=actor, action="round.summary", object_kind="round", object_id=round_id, now=now)


def begin(session: Session, *, actor: Actor, round_id: str, now: datetime) -> Participation:
    """Begin a round: the first stage opens, and an alias is drawn where the round uses them. Again does nothing."""
    at = standing(session, actor, round_id, now=now, lock=True)
    _allowed(rules.refuses_begin(at))
    if at.participation is None:
        # Of two tabs that begin at once, the slower finds the other's row.
        with suppress(IntegrityError), session.begin_nested():
            session.add(Participation(round_id=at.round.id, user_id=actor.id, stage_reached=1, created_at=now))
        at = standing(session, actor, round_id, now=now, lock=True)
    participation = _participation(at)
    if at.group_id is not None and at.round.aliases:
        alias_in_group(session, participation, at.group_id)
    return participation


def commit(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    stage: int,
    stance: StanceInput,
    principles: Collection[str],
    now: datetime,
) -> Stance:
    """Commit at the decision point that closes `stage`. An earlier stance there is kept and no longer speaks.

    `principles` are the ids the vocabulary knows. Raises NotAllowed once it is locked, Invalid for a wrong field.
    """
    at = standing(session, actor, round_id, now=now, lock=True)
    _allowed(rules.refuses_commit(at, stage))
    _check_stance(session, at, stage, stance, principles)
    return _append(session, at, stage=stage, kind=Kind.FIRST, stance=stance, now=now)


def open_next_stage(session: Session, *, actor: Actor, round_id: str, stage: int, now: datetime) -> int:
    """Open the stage after `stage` and return its number. What was committed up to here is locked.

    Already opened (a second tab, a double click): nothing happens.
    """
    at = standing(session, actor, round_id, now=now, lock=True)
    if at.participation is not None and stage < at.participation.stage_reached:
        return stage + 1
    _allowed(rules.refuses_next_stage(at, stage))
    participation = _participation(at)
    participation.stage_reached = stage + 1
    return stage + 1


def meet_others(session: Session, *, actor: Actor, round_id: str, now: datetime) -> None:
    """Open others' reasons and the group's threads. The commitments are complete with this, and locked."""
    at = standing(session, actor, round_id, now=now, lock=True)
    _allowed(rules.refuses_meeting(at))
    complete(_participation(at), now=now)


def open_positions(session: Session, *, actor: Actor, round_id: str, now: datetime) -> None:
    """Show the viewer how the group is split, from now on."""
    at = standing(session, actor, round_id, now=now, lock=True)
    if not at.is_complete:
        raise NotAllowed("commit-first")
    participation = _participation(at)
    participation.positions_opened_at = participation.positions_opened_at or now


def complete(participation: Participation, *, now: datetime) -> None:
    """Open the gate for good. Called by the first act that opens anything of others', or submits the reflection."""
    participation.completed_at = participation.completed_at or now


def note_reflected(participation: Participation, *, now: datetime) -> None:
    """A reflection was submitted: the commitments are complete with it, and shared ones of peers open."""
    complete(participation, now=now)
    participation.reflected_at = participation.reflected_at or now


def revisit(
    session: Session,
    *,
    actor: Actor,
    round_id: str,
    stances: dict[int, StanceInput],
    principles: Collection[str],
    now: datetime,
) -> None:
    """State the stance again at every decision point, once. Raises Invalid when one is missing or wrong."""
    at = standing(session, actor, round_id, now=now, lock=True)
    _allowed(rules.refuses_revisit(at))
    if set(stances) != at.decisions:
        raise Invalid("required")
    for stage, stance in sorted(stances.items()):
        _check_stance(session, at, stage, stance, principles)
        _append(session, at, stage=stage, kind=Kind.REVISITED, stance=stance, now=now)
    _participation(at).revisited_at = now


def write_closing_note(
    session: Session, *, actor: Actor, round_id: str, text: str, version: int, now: datetime
) -> None:
    """Keep the note that only its writer ever reads. `version` 0 means that there was none.

    Raises Conflict, carrying the note as it stands, when another tab was faster.
    """
    at = standing(session, actor, round_id, now=now, lock=True)
    _allowed(rules.refuses_closing_note(at))
    _storable(text, "text")
    participation = _participation(at)
    note = session.scalar(select(ClosingNote).where(ClosingNote.participation_id == participation.id))
    if (note.version if note else 0) != version:
        raise Conflict("stale", note.text if note else "")
    if note is None:
        session.add(ClosingNote(participation_id=participation.id, text=text, updated_at=now))
    else:
        note.text, note.updated_at = text, now
    session.flush()


_TIMES = frozenset({"opens_at", "due_at", "revisit_at", "close_at"})
_NEVER_LOCKED = _TIMES | {"zone"}


def _check_has_begun(session: Session, at: Standing, schedule: Schedule) -> None:
    """What has begun stays begun: opening once somebody is in the round, the second look once somebody has taken it."""
    if schedule.opens_at > at.now >= at.round.opens_at and has_begun(session, at.round):
        raise Invalid("begun-already", "opens")
    if schedule.revisit_at is not None and schedule.revisit_at <= at.now:
        return
    looked_again = select(Participation.id).where(
        Participation.round_id == at.round.id, Participation.revisited_at.is_not(None)
    )
    if schedule.revisit_at != at.round.revisit_at and session.scalar(looked_again.limit(1)) is not None:
        raise Invalid("looked-again-already", "revisit")


def _newest_version(session: Session, case_slug: str) -> int:
    version_id = session.scalar(
        select(CaseVersion.id)
        .join(Case, Case.id == CaseVersion.case_id)
        .where(
            Case.slug == case_slug,
            Case.status == Status.PUBLISHED,
            CaseVersion.number == Case.current_number,
        )
    )
    if version_id is None:
        raise Invalid("unknown-case", "case")
    return version_id


def _columns(session: Session, cohort_id: int, settings: RoundSettings, schedule: Schedule) -> dict[str, Any]:
    group_set_id = session.scalar(
        select(GroupSet.id).where(GroupSet.public_id == settings.group_set_id, GroupSet.cohort_id == cohort_id)
    )
    if group_set_id is None:
        raise Invalid("unknown-group-set", "group_set")
    return {
        "group_set_id": group_set_id,
        "framework": settings.framework,
        "aliases": settings.aliases,
        "show_profession": settings.show_profession,
        "reason_audience": settings.reason_audience,
        "reflection_audience": settings.reflection_audience,
        "zone": schedule.zone,
        "opens_at": schedule.opens_at,
        "due_at": schedule.due_at,
        "revisit_at": schedule.revisit_at,
        "close_at": schedule.close_at,
    }


def _allowed(refusal: str | None) -> None:
    if refusal is not None:
        raise NotAllowed(refusal)


def _participation(at: Standing) -> Participation:
    if at.participation is None:
        raise NotAllowed("not-a-participant")
    return at.participation


def _check_stance(session: Session, at: Standing, stage: int, stance: StanceInput, principles: Collection[str]) -> None:
    options = session.scalar(
        select(Segment.items).where(
            Segment.version_id == at.round.case_version_id,
            Segment.kind == SegmentKind.DECISION,
            Segment.stage == stage,
        )
    )
    known = {option["id"] for option in options or ()} | {ANOTHER, UNSURE}
    check_stance(stance, options=known, principles=principles)


def check_stance(stance: StanceInput, *, options: Container[str], principles: Collection[str]) -> None:
    """Raise Invalid for the first field of a stance that is missing or wrong; doors ask the same before they send it.

    `options` are the ids of the decision point with the two that are always there, `principles` the vocabulary's.
    """
    if stance.option not in options:
        raise Invalid("choose-an-option", "option")
    if stance.option == ANOTHER and not stance.other.strip():
        raise Invalid("say-which-course", "other")
    if not 1 <= stance.confidence <= MOST_CONFIDENT:
        raise Invalid("choose-confidence", "confidence")
    if not stance.reason.strip():
        raise Invalid("give-a-reason", "reason")
    if len(stance.principles) > rules.MOST_PRINCIPLES or not set(stance.principles) <= set(principles):
        raise Invalid("too-many-principles", "principles")
    _storable(stance.reason, "reason")
    _storable(stance.other, "other")


def _append(session: Session, at: Standing, *, stage: int, kind: Kind, stance: StanceInput, now: datetime) -> Stance:
    participation = _participation(at)
    before = (Stance.participation_id == participation.id, Stance.stage == stage, Stance.kind == kind)
    number = session.scalar(select(func.coalesce(func.max(Stance.number), 0)).where(*before)) or 0
    session.execute(update(Stance).where(*before, Stance.latest).values(latest=False))
    made = Stance(
        participation_id=participation.id,
        stage=stage,
        kind=kind,
        number=number + 1,
        option=stance.option,
        other=stance.other.strip() if stance.option == ANOTHER else "",
        confidence=stance.confidence,
        reason=stance.reason.strip(),
        principles=list(stance.principles),
        audience=stance.audience,
        latest=True,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def _storable(text: str, field: str) -> None:
    refuse_unstorable(text, field)
    if too_long(text, FIELD_BYTES):
        raise Invalid("too-long", field)
