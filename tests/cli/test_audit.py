"""`ethics audit verify` finds what was done to the log, on both databases."""

import json

import pytest
from sqlalchemy import delete, update

from ethics.audit.actions import record
from ethics.audit.models import AuditEntry, AuditHead


def verify(app, *more):
    return app.test_cli_runner().invoke(args=["audit", "verify", *more])


@pytest.fixture
def chain(db, clock):
    """A log of five lines."""
    with db.unit_of_work() as session:
        for number in range(5):
            record(session, actor=None, action="grant", object_kind="user", object_id=f"u{number}", now=clock())


def changed(session):
    session.execute(update(AuditEntry).where(AuditEntry.number == 3).values(object_id="somebody else"))


def deleted(session):
    session.execute(delete(AuditEntry).where(AuditEntry.number == 3))


def reordered(session):
    for before, after in ((3, 99), (4, 3), (99, 4)):
        session.execute(update(AuditEntry).where(AuditEntry.number == before).values(number=after))


def truncated(session):
    session.execute(delete(AuditEntry).where(AuditEntry.number >= 3))


def truncated_with_its_head(session):
    truncated(session)
    session.execute(update(AuditHead).values(number=2))


def test_a_whole_log_is_whole(app, chain):
    answer, machine = verify(app), verify(app, "--format", "json")

    assert (answer.exit_code, answer.output) == (0, "5 lines, each as it was written\n")
    assert (machine.exit_code, json.loads(machine.output)) == (0, {"lines": 5, "broken": None})


@pytest.mark.parametrize(
    ("fault", "lines"),
    [(changed, 5), (deleted, 4), (reordered, 5), (truncated, 2), (truncated_with_its_head, 2)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_was_done_to_it_is_found(app, db, chain, fault, lines):
    with db.unit_of_work() as session:
        fault(session)
    answer, machine = verify(app), verify(app, "--format", "json")

    said = f"line 3 is not as it was written, or is missing; {lines} lines are there\n"
    assert (answer.exit_code, answer.output) == (1, said)
    assert (machine.exit_code, json.loads(machine.output)) == (1, {"lines": lines, "broken": 3})
