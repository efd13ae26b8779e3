"""The end of a term and the beginning of the next, with the rounds: archive, restore, clone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.cases.models import CaseVersion
from ethics.cohorts.models import CohortRole, Group, GroupSet, Membership
from ethics.cohorts.queries import cohorts_of, is_faculty_anywhere
from ethics.cohorts.terms import archive_cohort, clone_cohort, restore_cohort
from ethics.errors import Invalid, NotFound
from ethics.notices.queries import unseen
from ethics.people.models import User
from ethics.rounds.gate import standing
from ethics.rounds.models import Round
from ethics.rounds.terms import clone_for_next_term, rounds_in, running_in
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds_cast import INCIDENT_REPORTING, ZONE, join, make_round

OTHERS = ("ana", "tutor", "tutor2", "outsider", "stranger", "author", "administrator")


def clone(session, cast, *, name="Year 3, next", weeks=52, with_tutors=False, by=None):
    return clone_for_next_term(
        session,
        actor=by or cast.director,
        cohort=cast.cohort,
        name=name,
        weeks=weeks,
        with_tutors=with_tutors,
        now=START,
    )


def places(session, cohort):
    rows = session.execute(
        select(User.name, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.cohort_id == cohort.id)
        .order_by(Membership.id)
    )
    return [tuple(row) for row in rows]


def deeds(session):
    return session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()


# The archive


def test_an_archive_ends_everything_for_students_and_is_opened_again(session, cast):
    for _ in range(2):
        archive_cohort(session, actor=cast.director, cohort=cast.cohort, now=START)
    with pytest.raises(NotFound):
        standing(session, cast.ana, cast.id, now=START)
    assert cohorts_of(session, cast.ana) == []
    assert standing(session, cast.tutor, cast.id, now=START).is_faculty

    for _ in range(2):
        restore_cohort(session, actor=cast.director, cohort=cast.cohort, now=START)
    assert standing(session, cast.ana, cast.id, now=START).is_participant
    assert deeds(session) == ["cohort.archive", "cohort.restore"]


@pytest.mark.parametrize("person", OTHERS)
def test_nobody_but_the_director_ends_or_begins_a_term(session, cast, person):
    for verb in (archive_cohort, restore_cohort):
        with pytest.raises(NotFound):
            verb(session, actor=getattr(cast, person), cohort=cast.cohort, now=START)
    with pytest.raises(NotFound):
        clone(session, cast, by=getattr(cast, person))


# The clone


def test_a_clone_has_the_contacts_and_empty_sets_and_nobody_but_its_director(session, cast):
    made = clone(session, cast)

    assert (made.zone, made.incident_reporting, made.archived_at) == (ZONE, INCIDENT_REPORTING, None)
    assert places(session, made) == [("Helen Ashworth", "director")]
    sets = session.scalars(select(GroupSet).where(GroupSet.cohort_id == made.id)).all()
    assert [found.name for found in sets] == ["Seminar groups"]
    assert session.scalars(select(Group.id).where(Group.group_set_id == sets[0].id)).all() == []
    assert [line.name for line in cohorts_of(session, cast.director)] == ["Year 3", "Year 3, next"]


def test_its_rounds_are_drafts_at_the_same_local_time(session, cast):
    """From winter to summer time: 31 weeks later 08:00 in London is 07:00 in UTC."""
    cast.round.opens_at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    cast.round.summary = "What was said."
    session.flush()
    made = clone(session, cast, weeks=31)

    [copy] = rounds_in(session, made)
    assert copy.opens_at == datetime(2027, 6, 25, 7, tzinfo=UTC)
    assert copy.due_at - copy.opens_at == cast.round.due_at - cast.round.opens_at
    assert (copy.opened_at, copy.summary, copy.framework) == (None, "", cast.round.framework)
    assert session.get_one(GroupSet, copy.group_set_id).cohort_id == made.id
    assert not standing(session, cast.director, copy.public_id, now=START).round.opened_at
    with pytest.raises(NotFound):
        standing(session, cast.ana, copy.public_id, now=START)


def test_tutors_come_along_without_groups_and_directors_do_not(session, cast):
    join(session, cast.cohort, enter(session, "Otto Second"), CohortRole.DIRECTOR)
    session.scalars(select(Membership).where(Membership.user_id == cast.tutor2.id)).one().left_at = START
    gone = enter(session, "Gone Tutor", active=False)
    join(session, cast.cohort, gone, CohortRole.TUTOR)
    made = clone(session, cast, with_tutors=True)

    assert places(session, made) == [("Helen Ashworth", "director"), ("Ines Brandt", "tutor")]


def test_the_administrators_are_told_and_it_is_written_down(session, cast):
    made = clone(session, cast, with_tutors=True)

    told = unseen(session, cast.administrator, START)
    assert [(notice.kind, notice.subject) for notice in told] == [("cohort-cloned", {"cohort": made.public_id})]
    assert deeds(session) == [
        "cohort.clone",
        "cohort.add-director",
        "cohort.add-tutor",
        "cohort.add-tutor",
        "round.clone",
    ]
    assert unseen(session, cast.director, START) == []


def test_a_clone_gives_its_director_nothing_to_read_of_anybody_else(session, cast):
    made = clone(session, cast, with_tutors=True)

    assert (
        session.scalars(
            select(Membership.id).where(Membership.cohort_id == made.id, Membership.role == "student")
        ).all()
        == []
    )
    assert is_faculty_anywhere(session, actor(cast.users["sam"])) is False


def test_an_archived_cohort_is_cloned_too(session, cast):
    archive_cohort(session, actor=cast.director, cohort=cast.cohort, now=START)

    assert clone(session, cast).archived_at is None


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "required", "name"),
        ({"name": "x" * 201}, "too-long", "name"),
        ({"name": " Year 3 "}, "name-taken", "name"),
        ({"weeks": 0}, "weeks-out-of-range", "weeks"),
        ({"weeks": -4}, "weeks-out-of-range", "weeks"),
        ({"weeks": 521}, "weeks-out-of-range", "weeks"),
    ],
)
def test_what_a_clone_refuses(session, cast, changes, code, field):
    with pytest.raises(Invalid) as refusal:
        clone(session, cast, **changes)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_several_rounds_and_sets_find_each_other(session, cast):
    pairs = GroupSet(cohort_id=cast.cohort.id, name="Pairs")
    session.add(pairs)
    session.flush()
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    make_round(session, cast.cohort, pairs.id, version, cast.users["helen"], opens_at=START - timedelta(days=9))
    made, sets = clone_cohort(
        session, actor=cast.director, cohort=cast.cohort, name="Other", with_tutors=False, now=START
    )
    assert [found.name for found in sets.values()] == ["Seminar groups", "Pairs"]
    assert rounds_in(session, made) == []

    names = session.execute(
        select(GroupSet.name)
        .join(Round, Round.group_set_id == GroupSet.id)
        .where(Round.cohort_id == clone(session, cast).id)
        .order_by(Round.opens_at)
    )
    assert names.scalars().all() == ["Pairs", "Seminar groups"]


def test_which_rounds_a_move_is_felt_in(session, cast):
    group_set = session.get_one(GroupSet, cast.groups[0].group_set_id)
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    later = START + timedelta(days=3)
    make_round(session, cast.cohort, group_set.id, version, cast.users["helen"], opens_at=later)
    make_round(session, cast.cohort, group_set.id, version, cast.users["helen"], opened_at=None)
    other = GroupSet(cohort_id=cast.cohort.id, name="Pairs")
    session.add(other)
    session.flush()

    assert [found.id for found in running_in(session, cast.cohort, group_set, now=START)] == [cast.round.id]
    assert len(running_in(session, cast.cohort, group_set, now=later)) == 2
    assert running_in(session, cast.cohort, other, now=START) == []
