"""How soon a concern should be seen, how long it may be, and what may be done to it. No database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ethics.concerns.models import Concern, Route

CONCERN_BYTES: Final = 5_000
"""Enough to say what happened and what is needed; the rest belongs into a conversation."""
LINE_BYTES: Final = 200
_FRIDAY: Final = 4


@dataclass(frozen=True, slots=True)
class Within:
    """How soon: so many hours by the clock, or else so many working days."""

    hours: int = 0
    working_days: int = 0


TARGETS: Final[Mapping[Route, Within]] = {
    Route.IMMEDIATE: Within(hours=4),
    Route.PATIENT_SAFETY: Within(working_days=1),
    Route.SAFEGUARDING: Within(working_days=1),
    Route.MISTREATMENT: Within(working_days=1),
    Route.PROFESSIONALISM: Within(working_days=1),
    Route.PRIVACY: Within(working_days=1),
    Route.OTHER: Within(working_days=1),
}
"""By when a lead should have acknowledged each kind of concern.

These are promises that people make to people: whoever appoints the designated leads decides them, together with the
leads who have to keep them. They are no setting, so that nobody lengthens them in passing.
"""


def target_of(route: Route, since: datetime, zone: str) -> datetime:
    """The moment, in UTC, by which a concern of this kind that came at `since` should be acknowledged.

    A working day later is the same time of day on the next day from Monday to Friday, in the IANA zone `zone`.
    """
    within = TARGETS[route]
    if within.hours:
        return since + timedelta(hours=within.hours)
    local = since.astimezone(ZoneInfo(zone))
    for _ in range(within.working_days):
        local += timedelta(days=1)
        while local.weekday() > _FRIDAY:
            local += timedelta(days=1)
    return local.astimezone(UTC)


def refuses_withdrawing(concern: Concern, *, is_opened: bool) -> str | None:
    """Taking a concern back: its writer's, until a lead has opened it. The code of a refusal, or None."""
    if concern.withdrawn_at is not None:
        return "withdrawn-already"
    return "seen-already" if is_opened or concern.acknowledged_at is not None else None


def refuses_handing_over(concern: Concern) -> str | None:
    """Handing a concern to another lead: while it is open."""
    return "concern-closed" if concern.closed_at is not None else None
