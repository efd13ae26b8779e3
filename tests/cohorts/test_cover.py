"""Cover for a tutor: it ends by itself, by the database's clock, on every path that asks who teaches a group.

The rows lie in the real past and future: no clock of a test reaches into the database.
"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Text, func, literal, select, type_coerce

from ethics.cohorts.models import GroupTutor, Membership
from ethics.cohorts.queries import tutors
from ethics.db import DatabaseNow
from ethics.rounds.gate import standing
from ethics.rounds.queries import groups_taught, students_in
from tests.clock import START

SECOND = timedelta(seconds=1)


def real_now():
    return datetime.now(UTC)


@pytest.fixture
def cover(session, cast):
    """`cover(until)`: Jo, who teaches group 2, covers group 1 until then."""
    jo = session.scalars(select(Membership).where(Membership.user_id == cast.tutor2.id)).one()

    def cover(until):
        session.add(GroupTutor(group_id=cast.groups[0].id, membership_id=jo.id, until=until))
        session.flush()

    return cover


@pytest.mark.parametrize(
    ("ahead", "reads"),
    [(timedelta(days=400), True), (timedelta(minutes=1), True), (-SECOND, False), (-timedelta(days=400), False)],
)
def test_cover_ends_by_itself(session, cast, cover, ahead, reads):
    cover(real_now() + ahead)

    at = standing(session, cast.tutor2, cast.id, now=START)
    assert [group.name for group in groups_taught(session, cast.tutor2, at)] == ["Group 1", "Group 2"][not reads :]
    assert len(students_in(session, cast.tutor2, at)) == (4 if reads else 1)
    assert session.scalar(select(tutors(cast.tutor2, literal(cast.groups[0].id)))) is reads


def test_cover_that_has_ended_takes_nothing_from_who_reads_all_groups(session, cast, cover):
    cover(real_now() - SECOND)
    cast.cohort.tutors_read_all = True
    session.flush()

    assert session.scalar(select(tutors(cast.tutor2, literal(cast.groups[0].id)))) is True


def test_a_teacher_for_good_has_no_end(session, cast, cover):
    cover(None)

    assert session.scalar(select(tutors(cast.tutor2, literal(cast.groups[0].id)))) is True


def test_the_database_s_clock_tells_the_time(session):
    before = real_now() - SECOND

    assert before < session.scalar(select(DatabaseNow())) < real_now() + SECOND


@pytest.mark.parametrize("backend", ["sqlite"])
def test_on_sqlite_it_is_written_as_moments_are_stored(session, cover):
    """There both are texts: a shorter one would come first within its second."""
    cover(real_now())
    length = func.length(type_coerce(GroupTutor.until, Text)), func.length(type_coerce(DatabaseNow(), Text))

    assert session.execute(select(*length).where(GroupTutor.until.is_not(None))).one() == (26, 26)
