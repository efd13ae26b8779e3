"""The audit chain: what is changed, deleted, reordered or cut off is found, and two writers keep one chain."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select, update

from ethics.audit.actions import broken_entry, record
from ethics.audit.models import AuditEntry, AuditHead
from ethics.db import Database
from tests.cast import actor, enter


def write(session, clock, times: int) -> None:
    for number in range(times):
        record(
            session, actor=None, action="grant", object_kind="user", object_id=f"u{number}", now=clock(), role="author"
        )


@pytest.fixture
def chain(session, clock):
    """A session with a chain of five lines."""
    write(session, clock, 5)
    return session


def test_a_whole_chain_is_whole(chain):
    assert broken_entry(chain) is None


def test_no_chain_is_whole(session):
    assert broken_entry(session) is None


def test_a_line_says_who_what_when_and_which(session, clock):
    ana = actor(enter(session, "Ana Okafor"))
    record(session, actor=ana, action="hide", object_kind="comment", object_id="c1", now=clock(), reason="kind")
    [line] = session.scalars(select(AuditEntry))

    assert (line.number, line.at, line.actor, line.action, line.object_kind, line.object_id, line.details) == (
        1,
        clock(),
        ana.public_id,
        "hide",
        "comment",
        "c1",
        {"reason": "kind"},
    )


@pytest.mark.parametrize(
    "change",
    [
        {"action": "revoke"},
        {"object_id": "u4"},
        {"object_kind": "case"},
        {"actor": "somebody"},
        {"details": {"role": "lead"}},
        {"mac": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_line_is_found(chain, change):
    chain.execute(update(AuditEntry).where(AuditEntry.number == 3).values(**change))

    assert broken_entry(chain) == 3


def test_a_changed_time_is_found(chain, clock):
    chain.execute(update(AuditEntry).where(AuditEntry.number == 2).values(at=clock.advance(seconds=1)))

    assert broken_entry(chain) == 2


def test_a_deleted_line_is_found_also_when_the_others_close_up(chain):
    chain.execute(delete(AuditEntry).where(AuditEntry.number == 2))
    assert broken_entry(chain) == 2

    for number in (3, 4, 5):
        chain.execute(update(AuditEntry).where(AuditEntry.number == number).values(number=number - 1))
    assert broken_entry(chain) == 2


def test_two_lines_that_changed_places_are_found(chain):
    for before, after in ((2, 99), (3, 2), (99, 3)):
        chain.execute(update(AuditEntry).where(AuditEntry.number == before).values(number=after))

    assert broken_entry(chain) == 2


def test_an_end_that_was_cut_off_is_found(chain):
    chain.execute(delete(AuditEntry).where(AuditEntry.number > 3))
    assert broken_entry(chain) == 4

    chain.execute(update(AuditHead).values(number=3))
    assert broken_entry(chain) == 4


def test_a_chain_that_was_thrown_away_is_found(chain):
    chain.execute(delete(AuditEntry))

    assert broken_entry(chain) == 1


def test_a_line_written_without_the_key_is_found(chain, clock):
    chain.info["audit_keys"] = (b"another key",)
    write(chain, clock, 1)
    chain.info["audit_keys"] = (b"an audit key for tests, 32 bytes",)

    assert broken_entry(chain) == 6


def test_lines_signed_with_an_earlier_key_still_count(chain, clock):
    chain.info["audit_keys"] = (b"a new key", *chain.info["audit_keys"])
    write(chain, clock, 1)

    assert broken_entry(chain) is None


def test_what_is_rolled_back_leaves_no_gap(session, clock):
    write(session, clock, 2)
    session.commit()
    write(session, clock, 2)
    session.rollback()
    write(session, clock, 2)

    assert session.scalars(select(AuditEntry.number).order_by(AuditEntry.number)).all() == [1, 2, 3, 4]
    assert broken_entry(session) is None


def test_eight_writers_at_once_keep_one_chain(db: Database, clock):
    def lines(_: int) -> None:
        for _ in range(5):
            with db.unit_of_work() as session:
                write(session, clock, 1)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lines, range(8)))

    with db.reading() as session:
        assert broken_entry(session) is None
        assert session.scalars(select(AuditEntry.number).order_by(AuditEntry.number)).all() == list(range(1, 41))
