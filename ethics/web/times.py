"""Moments as people read them: in the round's zone, the zone named, the reader's own beside it where it differs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_babel import format_date, format_datetime, format_timedelta, gettext

from ethics.web.session import now

_DATE = "EEE d MMM"
_DATE_AND_TIME = "EEE d MMM, HH:mm"
_WITH_YEAR = "EEE d MMM y, HH:mm"
_NEAR_DAYS = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """A moment for the page: `iso` for machines, `text` for people."""

    iso: str
    text: str


def moment(at: datetime, *, zone: str, own_zone: str | None = None) -> Shown:
    """A date and time in `zone`, named by its city; followed by the reader's own time where that differs."""
    local = at.astimezone(ZoneInfo(zone))
    text = f"{written(local)} {zone_name(zone)}"
    if own_zone and at.astimezone(ZoneInfo(own_zone)).utcoffset() != local.utcoffset():
        own = at.astimezone(ZoneInfo(own_zone))
        text += gettext(" (%(time)s for you)", time=written(own))
    return Shown(at.astimezone(UTC).isoformat(timespec="minutes"), text)


def day(at: datetime, *, zone: str, today: datetime) -> Shown:
    """A day and nothing finer: what peers see of when something was written."""
    date = at.astimezone(ZoneInfo(zone)).date()
    distance = (today.astimezone(ZoneInfo(zone)).date() - date).days
    near = {0: gettext("today"), 1: gettext("yesterday")}
    return Shown(date.isoformat(), near.get(distance) or format_date(date, _DATE))


def waiting(since: datetime, *, now: datetime) -> str:
    """How long something has waited, in its largest unit."""
    return str(format_timedelta(now - since, granularity="hour", threshold=1))


def clock_time(at: datetime, *, zone: str) -> str:
    """Hours and minutes, as in "Saved 10:42"."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def zone_name(zone: str) -> str:
    """The city in an IANA zone's name."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def written(local: datetime) -> str:
    """A local time as pages write it, with the year where that is not plain."""
    near = abs((now() - local).days) < _NEAR_DAYS
    return str(format_datetime(local, _DATE_AND_TIME if near else _WITH_YEAR, rebase=False))
