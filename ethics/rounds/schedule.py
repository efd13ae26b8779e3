"""A round's times: entered as local time in an IANA zone, stored in UTC."""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from ethics.errors import Invalid

MINUTE = timedelta(minutes=1)
FIRST_YEAR, LAST_YEAR = 2000, 2999


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a round opens, is due, may be revisited (None: never) and closes; UTC, entered in `zone`."""

    zone: str
    opens_at: datetime
    due_at: datetime
    revisit_at: datetime | None
    close_at: datetime


def schedule(*, zone: str, opens: datetime, due: datetime, revisit: datetime | None, close: datetime) -> Schedule:
    """The schedule for local times without a zone.

    Raises Invalid for an unknown zone, a year that is surely a slip, or times out of order.
    """
    if zone not in available_timezones():
        raise Invalid("unknown-zone", "zone")
    for field, local in (("opens", opens), ("due", due), ("revisit", revisit), ("close", close)):
        if local is not None and not FIRST_YEAR <= local.year <= LAST_YEAR:
            raise Invalid("year-out-of-range", field)
    made = Schedule(
        zone, to_utc(opens, zone), to_utc(due, zone), to_utc(revisit, zone) if revisit else None, to_utc(close, zone)
    )
    if made.due_at <= made.opens_at:
        raise Invalid("due-before-opening", "due")
    if made.close_at < made.due_at:
        raise Invalid("closed-before-due", "close")
    if made.revisit_at is not None and not made.opens_at <= made.revisit_at <= made.close_at:
        raise Invalid("revisit-outside", "revisit")
    return made


def to_utc(local: datetime, zone: str) -> datetime:
    """The moment of a local time: a missing summer-time hour moves forward, a doubled one means the later."""
    place = ZoneInfo(zone)
    # For a doubled hour fold=1 is the later reading. For a missing hour it would be the earlier one, so that the
    # reading before the jump (fold=0) is taken, which lies after it.
    later = local.replace(tzinfo=place, fold=1).astimezone(UTC)
    earlier = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    return max(later, earlier)


def shifted(times: Schedule, shift: timedelta) -> Schedule:
    """The schedule moved by so many days on the wall: 08:00 stays 08:00 when the clocks changed in between.

    Raises Invalid for a year that is surely a slip, or times that the clocks brought out of order.
    """

    def moved(at: datetime) -> datetime:
        return to_local(at, times.zone) + shift

    try:
        return schedule(
            zone=times.zone,
            opens=moved(times.opens_at),
            due=moved(times.due_at),
            revisit=moved(times.revisit_at) if times.revisit_at else None,
            close=moved(times.close_at),
        )
    except OverflowError:
        raise Invalid("year-out-of-range", "opens") from None


class Odd(enum.StrEnum):
    """What is odd about a local time on the night when the clocks change."""

    MISSING = "missing"
    """No clock shows it: the clocks go forward over it. It is read as if they had gone on."""
    TWICE = "twice"
    """Clocks show it twice: the later one is meant."""


def odd(local: datetime, zone: str) -> Odd | None:
    """Whether a local time is missing or comes twice in its zone."""
    place = ZoneInfo(zone)
    first, second = (local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return None
    return Odd.TWICE if to_local(first, zone) == local else Odd.MISSING


def next_monday(now: datetime, zone: str) -> datetime:
    """The next Monday at eight in the morning, as local time without a zone."""
    local = to_local(now, zone)
    days = (7 - local.weekday()) % 7 or 7
    return (local + timedelta(days=days)).replace(hour=8, minute=0, second=0, microsecond=0)


def to_local(at: datetime, zone: str) -> datetime:
    """A moment as local time without a zone, for a form's field."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def is_late(at: datetime, due_at: datetime) -> bool:
    """Whether something done at `at` is late: what is due at 23:59 may be handed in during that minute."""
    return at >= due_at + MINUTE
