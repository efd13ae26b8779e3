"""By when a concern should be seen."""

from datetime import UTC, datetime

import pytest

from ethics.concerns.models import Route
from ethics.concerns.rules import TARGETS, target_of


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)


def test_every_route_has_a_target():
    assert set(TARGETS) == set(Route)


@pytest.mark.parametrize("since", [at(2026, 11, 24, 10), at(2026, 11, 28, 23, 30)], ids=["tuesday", "saturday night"])
def test_immediate_risk_waits_four_hours_at_any_hour(since):
    assert (target_of(Route.IMMEDIATE, since, "Europe/London") - since).total_seconds() == 4 * 3600


@pytest.mark.parametrize(
    ("since", "by"),
    [
        (at(2026, 11, 24, 10), at(2026, 11, 25, 10)),
        (at(2026, 11, 27, 15), at(2026, 11, 30, 15)),
        (at(2026, 11, 28, 15), at(2026, 11, 30, 15)),
        (at(2026, 11, 29, 15), at(2026, 11, 30, 15)),
        # In London the clocks go back on Sunday 25 October: the same hour on the wall is an hour later.
        (at(2026, 10, 23, 14), at(2026, 10, 26, 15)),
    ],
    ids=["tuesday", "friday", "saturday", "sunday", "clocks go back"],
)
def test_anything_else_waits_one_working_day(since, by):
    assert target_of(Route.MISTREATMENT, since, "Europe/London") == by


def test_the_zone_says_which_day_it_is():
    # Friday 23:00 in London is Saturday in Auckland: there the working day after it is Monday at the same hour.
    assert target_of(Route.OTHER, at(2026, 11, 27, 23), "Pacific/Auckland") == at(2026, 11, 29, 23)
