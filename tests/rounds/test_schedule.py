"""Local times become moments: in every zone, over every jump of its clocks."""

# ruff: noqa: DTZ001  # what people enter has no zone

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethics.errors import Invalid
from ethics.rounds.schedule import Schedule, is_late, schedule, to_local, to_utc

ZONES = sorted(available_timezones())
LONDON = "Europe/London"
zones = st.sampled_from(ZONES)
local_times = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)).map(
    lambda time: time.replace(second=0, microsecond=0)
)
moments = local_times.map(lambda time: time.replace(tzinfo=UTC))


def readings(local: datetime, zone: str) -> set[datetime]:
    """The moments at which clocks in the zone show this local time: none in a missing hour, two in a doubled one."""
    offsets = {local.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) + timedelta(days=days) for days in range(-3, 4)}
    possible = {(local - shown.utcoffset()).replace(tzinfo=UTC) for shown in offsets}
    return {moment for moment in possible if to_local(moment, zone) == local}


@settings(max_examples=400, deadline=None)
@given(local=local_times, zone=zones)
def test_every_local_time_in_every_zone_is_a_moment(local, zone):
    moment = to_utc(local, zone)
    shown = readings(local, zone)

    assert moment.tzinfo is UTC
    assert moment == max(shown) if shown else to_local(moment, zone) > local


@settings(max_examples=400, deadline=None)
@given(moment=moments, zone=zones)
def test_a_moment_shown_and_entered_again_is_the_same_or_its_double(moment, zone):
    local = to_local(moment, zone)
    again = to_utc(local, zone)

    assert to_local(again, zone) == local
    assert again >= moment


@settings(max_examples=200, deadline=None)
@given(zone=zones, year=st.integers(1970, 2040))
def test_around_every_jump_of_the_clocks(zone, year):
    for jump in jumps(zone, year):
        for minutes in (-120, -60, -30, -1, 0, 1, 30, 60, 120):
            local = to_local(jump, zone).replace(second=0) + timedelta(minutes=minutes)
            shown = readings(local, zone)
            moment = to_utc(local, zone)
            assert moment == max(shown) if shown else to_local(moment, zone) > local


def jumps(zone: str, year: int) -> list[datetime]:
    """The days of a year, at their first hour, on which the zone's offset changes."""
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(366)]
    place = ZoneInfo(zone)
    changed = [
        day
        for day in days
        if day.astimezone(place).utcoffset() != (day + timedelta(days=1)).astimezone(place).utcoffset()
    ]
    return [
        next(
            hour
            for hour in (day + timedelta(minutes=30 * number) for number in range(1, 49))
            if hour.astimezone(place).utcoffset() != day.astimezone(place).utcoffset()
        )
        for day in changed
    ]


@pytest.mark.parametrize(
    ("zone", "local", "moment"),
    [
        (LONDON, datetime(2026, 3, 29, 0, 59), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (LONDON, datetime(2026, 3, 29, 1, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # there is no 01:30: 02:30
        (LONDON, datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # the second 01:30
        (LONDON, datetime(2026, 10, 25, 0, 59), datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), datetime(2026, 10, 3, 15, 45, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2011, 12, 30, 12, 0), datetime(2011, 12, 30, 22, 0, tzinfo=UTC)),  # a missing day
        ("Asia/Kathmandu", datetime(2026, 6, 1, 8, 0), datetime(2026, 6, 1, 2, 15, tzinfo=UTC)),
    ],
)
def test_known_hours(zone, local, moment):
    assert to_utc(local, zone) == moment


OPENS, DUE, CLOSE = datetime(2026, 11, 2, 8, 0), datetime(2026, 11, 12, 23, 59), datetime(2026, 11, 30, 23, 59)


def test_a_schedule_is_in_utc():
    assert schedule(zone=LONDON, opens=datetime(2026, 10, 1, 8), due=DUE, revisit=None, close=CLOSE) == Schedule(
        LONDON,
        datetime(2026, 10, 1, 7, tzinfo=UTC),
        datetime(2026, 11, 12, 23, 59, tzinfo=UTC),
        None,
        datetime(2026, 11, 30, 23, 59, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"zone": "Europe/Camelot"}, "unknown-zone", "zone"),
        ({"zone": "../../etc/passwd"}, "unknown-zone", "zone"),
        ({"zone": ""}, "unknown-zone", "zone"),
        ({"due": OPENS}, "due-before-opening", "due"),
        ({"due": OPENS - timedelta(days=1)}, "due-before-opening", "due"),
        ({"close": DUE - timedelta(minutes=1)}, "closed-before-due", "close"),
        ({"revisit": OPENS - timedelta(minutes=1)}, "revisit-outside", "revisit"),
        ({"revisit": CLOSE + timedelta(minutes=1)}, "revisit-outside", "revisit"),
        ({"opens": datetime(1, 1, 1)}, "year-out-of-range", "opens"),
        ({"close": datetime(9999, 12, 31, 23, 59)}, "year-out-of-range", "close"),
    ],
)
def test_refused_schedules(changes, code, field):
    times = {"zone": LONDON, "opens": OPENS, "due": DUE, "revisit": None, "close": CLOSE}

    with pytest.raises(Invalid) as refusal:
        schedule(**(times | changes))
    assert (refusal.value.code, refusal.value.field) == (code, field)


@pytest.mark.parametrize("revisit", [OPENS, DUE, CLOSE])
def test_looking_again_may_begin_with_the_round_or_end_it(revisit):
    assert schedule(zone=LONDON, opens=OPENS, due=DUE, revisit=revisit, close=CLOSE).revisit_at == to_utc(
        revisit, LONDON
    )


def test_due_includes_its_minute():
    due = datetime(2026, 11, 12, 23, 59, tzinfo=UTC)

    assert [is_late(due + timedelta(seconds=seconds), due) for seconds in (-1, 0, 59, 59.999999, 60, 61)] == [
        False,
        False,
        False,
        False,
        True,
        True,
    ]
