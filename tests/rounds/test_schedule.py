"""Local times become moments: in every zone, over every jump of its clocks."""

# ruff: noqa: DTZ001  # what people enter has no zone

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethics.errors import Invalid
from ethics.rounds.schedule import (
    FIRST_YEAR,
    LAST_YEAR,
    Odd,
    Schedule,
    is_late,
    odd,
    schedule,
    shifted,
    to_local,
    to_utc,
)

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


entered = st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2100, 1, 1)).map(
    lambda time: time.replace(second=0, microsecond=0)
)
gaps = st.integers(min_value=0, max_value=60 * 24 * 200).map(lambda minutes: timedelta(minutes=minutes))


@settings(max_examples=400, deadline=None)
@given(opens=entered, due=entered, revisit=st.none() | entered, close=entered, zone=zones)
def test_a_schedule_is_in_order_or_refused_with_what_is_wrong_first(opens, due, revisit, close, zone):
    moments = {name: to_utc(local, zone) for name, local in (("opens", opens), ("due", due), ("close", close))}
    again = to_utc(revisit, zone) if revisit else None
    wrong = [
        code
        for code, holds in (
            ("due-before-opening", moments["due"] <= moments["opens"]),
            ("closed-before-due", moments["close"] < moments["due"]),
            ("revisit-outside", again is not None and not moments["opens"] <= again <= moments["close"]),
        )
        if holds
    ]
    made = made_or_refused(lambda: schedule(zone=zone, opens=opens, due=due, revisit=revisit, close=close))

    assert made == (wrong[0] if wrong else Schedule(zone, moments["opens"], moments["due"], again, moments["close"]))


def made_or_refused(make):
    """What is made, or the code of the refusal."""
    try:
        return make()
    except Invalid as refusal:
        return refusal.code


@settings(max_examples=400, deadline=None)
@given(opens=entered, gaps=st.tuples(gaps, gaps, gaps), weeks=st.integers(-60, 110), zone=zones)
def test_shifting_by_weeks_keeps_the_hours_on_the_wall(opens, gaps, weeks, zone):
    due = opens + gaps[0] + timedelta(days=3)
    close = due + gaps[1] + timedelta(days=3)
    times = schedule(zone=zone, opens=opens, due=due, revisit=due + timedelta(hours=30), close=close)
    shift = timedelta(weeks=weeks)
    moved = made_or_refused(lambda: shifted(times, shift))
    if not FIRST_YEAR <= (opens + shift).year <= LAST_YEAR:
        assert moved == "year-out-of-range"
        return
    for before, after in zip(
        (times.opens_at, times.due_at, times.revisit_at, times.close_at),
        (moved.opens_at, moved.due_at, moved.revisit_at, moved.close_at),
        strict=True,
    ):
        wanted = to_local(before, zone) + shift
        assert after == to_utc(wanted, zone)
        assert to_local(after, zone) == wanted or odd(wanted, zone) is Odd.MISSING


@settings(max_examples=400, deadline=None)
@given(local=local_times, zone=zones)
def test_what_is_odd_about_a_time_is_how_often_clocks_show_it(local, zone):
    shown = len(readings(local, zone))

    assert odd(local, zone) == {0: Odd.MISSING, 1: None, 2: Odd.TWICE}[shown]


def test_a_shift_out_of_the_years_is_refused():
    times = schedule(zone=LONDON, opens=OPENS, due=DUE, revisit=None, close=CLOSE)

    for days in (366 * (LAST_YEAR - 2026 + 1), -366 * (2027 - FIRST_YEAR), 9**9 // 200, 3_000_000):
        with pytest.raises(Invalid, match="year-out-of-range"):
            shifted(times, timedelta(days=days))


@settings(max_examples=200, deadline=None)
@given(due=moments, seconds=st.integers(-200, 200))
def test_the_minute_in_which_it_is_due_is_in_time(due, seconds):
    done = due + timedelta(seconds=seconds)

    assert is_late(done, due) == (done.replace(second=0) > due)


def test_zones_on_both_sides_of_midnight():
    kept = [
        schedule(
            zone=zone,
            opens=datetime(2026, 11, 2, 0, 30),
            due=datetime(2026, 11, 9, 23, 59),
            revisit=None,
            close=datetime(2026, 11, 9, 23, 59),
        )
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")
    ]

    assert [made.opens_at for made in kept] == [
        datetime(2026, 11, 1, 10, 30, tzinfo=UTC),
        datetime(2026, 11, 2, 11, 30, tzinfo=UTC),
    ]
    assert [to_local(made.due_at, made.zone) for made in kept] == [datetime(2026, 11, 9, 23, 59)] * 2
