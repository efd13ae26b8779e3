"""What somebody finds in a round: everything the queries give them, searched for texts that stand nowhere else."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.rounds import actions, queries
from ethics.rounds.actions import StanceInput
from ethics.rounds.gate import standing
from ethics.rounds.models import Audience, Kind
from tests.clock import START
from tests.rounds_cast import DEBRIEF, GUIDE, PRINCIPLES, SECOND_STAGE, RoundCast

KEY = b"the key of the order"
EVERYBODY = (
    "ana", "ben", "dee", "chi", "director", "tutor", "tutor2", "outsider", "stranger", "author", "administrator",
)  # fmt: skip
CASE = (SECOND_STAGE, GUIDE, DEBRIEF)
QUESTIONS = "Who decides?"
SECOND_QUESTION = "And now?"


def reason(kind: Kind, stage: int, name: str) -> str:
    """The canary in somebody's reason."""
    return f"canary-reason-{kind}-{stage}-{name}."


def note(name: str) -> str:
    """The canary in somebody's closing note."""
    return f"canary-note-{name}."


def stance(text: str, *, option: str = "stay", audience: Audience = Audience.GROUP, **changes: Any) -> StanceInput:
    """A stance that may be taken."""
    fields = {"other": "", "confidence": 3, "principles": ["autonomy"]} | changes
    return StanceInput(option=option, reason=text, audience=audience, **fields)


def commit(
    session: Session,
    cast: RoundCast,
    person: Actor,
    stage: int,
    text: str = "",
    *,
    now: datetime = START,
    **changes: Any,
) -> None:
    """Let somebody commit at a stage, with their canary for a reason."""
    actions.commit(
        session,
        actor=person,
        round_id=cast.id,
        stage=stage,
        stance=stance(text or reason(Kind.FIRST, stage, person.name.split()[0]), **changes),
        principles=PRINCIPLES,
        now=now,
    )


def reach(session: Session, cast: RoundCast, person: Actor, *, now: datetime = START, **changes: Any) -> None:
    """Let somebody begin and commit at both decisions; what is others' is not open yet."""
    actions.begin(session, actor=person, round_id=cast.id, now=now)
    commit(session, cast, person, 1, now=now, **changes)
    actions.open_next_stage(session, actor=person, round_id=cast.id, stage=1, now=now)
    commit(session, cast, person, 2, now=now, **changes)


def meet(session: Session, cast: RoundCast, person: Actor, *, now: datetime = START, **changes: Any) -> None:
    """Let somebody commit everywhere and open what is others'."""
    reach(session, cast, person, now=now, **changes)
    actions.meet_others(session, actor=person, round_id=cast.id, now=now)


def revisit(session: Session, cast: RoundCast, person: Actor, *, now: datetime, **changes: Any) -> None:
    """Let somebody state both stances again."""
    actions.revisit(
        session,
        actor=person,
        round_id=cast.id,
        stances={stage: stance(reason(Kind.REVISITED, stage, person.name.split()[0]), **changes) for stage in (1, 2)},
        principles=PRINCIPLES,
        now=now,
    )


def found(session: Session, person: Actor, cast: RoundCast, *, now: datetime = START) -> str | None:
    """Everything that the queries of a round give somebody, as one text; None where it does not exist for them."""
    try:
        at = standing(session, person, cast.id, now=now)
    except NotFound:
        return None
    parts: list[object] = [
        [(part.heading, part.html, part.items) for part in queries.open_segments(session, at)],
        queries.decision_points(session, at),
    ]
    for kind in Kind:
        own = queries.own_stances(session, at, kind)
        parts.append([(stance.option, stance.reason) for stance in own.values()])
        for stage in (1, 2):
            parts.append(queries.reasons(session, person, at, stage=stage, kind=kind, order_key=KEY))
            parts.append(queries.group_tally(session, person, at, stage=stage, kind=kind))
    closing = queries.closing_note(session, at)
    parts.append(closing.text if closing else "")
    for line in queries.students_in(session, person, at):
        parts.append((line.name, line.alias))
        if line.participation is not None:
            for kind in Kind:
                stances = queries.stances_of(session, line.participation.id, kind)
                parts.append([stance.reason for stance in stances.values()])
    return repr(parts)


def meeting(session: Session, cast: RoundCast, *canaries: str, now: datetime = START) -> dict[str, set[str] | None]:
    """Which canaries everybody of the class meets; None for whom the round does not exist."""
    seen = {name: found(session, getattr(cast, name), cast, now=now) for name in EVERYBODY}
    return {
        name: None if text is None else {canary for canary in canaries if canary in text} for name, text in seen.items()
    }
