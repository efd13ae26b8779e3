"""Guessing gets slow; the owner gets in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ethics.people import actions, passwords
from ethics.people.actions import TooManyTries, begin_sign_in, sign_in
from ethics.people.attempts import LONGEST_WAIT, Place
from ethics.people.models import Attempt, User
from tests.cast import PASSWORD, enter

HOME = Place("192.0.2.7")
LIBRARY = Place("198.51.100.20")


def let_through(session: Session, clock, place: Place = HOME, *, email="ana@demo.example", known: User | None = None):
    """How long to wait; zero where the try was let through to the hash."""
    try:
        begin_sign_in(session, email=email, place=place, known_user=known and known.public_id, now=clock())
    except TooManyTries as error:
        return error.wait
    return timedelta()


#: Long stories are told on one database: they ask the same few questions a thousand times.
once = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def ana(session):
    return enter(session, "Ana Okafor")


@once
def test_a_thousand_guesses_on_one_account_cost_at_most_twenty_hashes_and_the_owner_gets_in(session, clock, ana):
    hashes = 0
    for _ in range(1000):
        hashes += not let_through(session, clock)
        clock.advance(seconds=1)

    assert 5 < hashes <= 20
    assert let_through(session, clock, LIBRARY) == timedelta()


@once
def test_a_thousand_guesses_from_a_thousand_addresses_cost_at_most_twenty_hashes(session, clock, ana):
    hashes = 0
    for number in range(1000):
        hashes += not let_through(session, clock, Place(f"10.0.{number // 250}.{number % 250}"))
        clock.advance(seconds=0.6)

    assert hashes <= 20
    known = Place(LIBRARY.address, "the browser she has always used")
    assert let_through(session, clock, known, known=ana) == timedelta()


@once
def test_guessing_for_a_whole_hour_from_one_address_leaves_other_places_free(session, clock, ana):
    for _ in range(360):
        let_through(session, clock)
        clock.advance(seconds=10)

    assert let_through(session, clock, LIBRARY) == timedelta()


def test_the_wait_doubles_and_has_an_end(session, clock, ana):
    waits = []
    for _ in range(14):
        wait = let_through(session, clock)
        if wait:
            waits.append(wait.total_seconds())
            clock.advance(seconds=wait.total_seconds())
            assert let_through(session, clock) == timedelta()

    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900]
    assert timedelta(seconds=900) == LONGEST_WAIT


def test_a_refused_try_makes_no_wait_longer(session, clock, ana):
    for _ in range(6):
        let_through(session, clock)
    before = let_through(session, clock)
    for _ in range(50):
        let_through(session, clock)

    assert let_through(session, clock) == before == timedelta(seconds=5)


def test_somebody_elses_known_browser_is_worth_nothing(session, clock, ana):
    ben = enter(session, "Ben")
    for number in range(16):
        let_through(session, clock, Place(f"10.0.0.{number}"))

    assert let_through(session, clock, Place("10.0.1.1", "Ben's"), known=ben) == timedelta(minutes=1)


def test_a_known_browser_is_slowed_down_as_well(session, clock, ana):
    known = Place(HOME.address, "hers")
    waits = [let_through(session, clock, known, known=ana) for _ in range(6)]

    assert waits == [timedelta()] * 5 + [timedelta(seconds=5)]


def test_an_unknown_account_is_counted_like_a_known_one(session, clock, ana):
    tries = [
        [let_through(session, clock, email=email) for _ in range(7)]
        for email in ("ana@demo.example", "nobody@demo.example", "no address at all")
    ]

    assert tries[0] == tries[1] == tries[2]


def test_one_address_cannot_try_one_password_on_everybody(session, clock):
    waits = [let_through(session, clock, email=f"student{number}@demo.example") for number in range(101)]

    assert waits == [timedelta()] * 100 + [timedelta(seconds=5)]


def test_neighbours_in_one_ipv6_network_are_one_address(session, clock, ana):
    for number in range(5):
        let_through(session, clock, Place(f"2001:db8:1:2::{number}"))

    assert let_through(session, clock, Place("2001:db8:1:2:ffff::9")) == timedelta(seconds=5)
    assert let_through(session, clock, Place("2001:db8:1:3::9")) == timedelta()


def test_getting_in_forgets_ones_own_slips(session, clock, ana):
    for _ in range(4):
        let_through(session, clock)
    candidate = begin_sign_in(session, email="ana@demo.example", place=HOME, known_user=None, now=clock())
    checked = passwords.check(candidate.password_hash, PASSWORD)
    sign_in(session, candidate=candidate, checked=checked, device="", own_device=False, now=clock())

    assert session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_neither_address_is_kept_and_an_hour_later_nothing_is(session, clock, ana):
    let_through(session, clock)
    row = session.scalars(select(Attempt)).one()
    assert [field for field in (row.account, row.address) if "ana" in field or "192" in field] == []
    assert (len(row.account), len(row.address)) == (64, 64)

    clock.advance(hours=1)
    let_through(session, clock, email="ben@demo.example")
    assert [other.account != row.account for other in session.scalars(select(Attempt))] == [True]


def test_parallel_guesses_are_counted_one_after_the_other(db, clock):
    with db.unit_of_work() as session:
        enter(session, "Ana Okafor")

    def guess(_: int) -> bool:
        try:
            with db.unit_of_work() as session:
                begin_sign_in(session, email="ana@demo.example", place=HOME, known_user=None, now=clock())
        except TooManyTries:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(guess, range(40))) == 5


def test_links_by_mail_are_few_and_counted_apart(session, clock, ana):
    for _ in range(6):
        actions.forgot(session, email="ana@demo.example", place=HOME, now=clock())

    assert session.scalar(select(func.count()).select_from(actions.Link)) == 5
    assert let_through(session, clock) == timedelta()
