"""What is done to cohorts: who may be made what, by whom, and that it is written down."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.cohorts import actions
from ethics.cohorts.models import CohortRole, Group, GroupMember, GroupTutor, Membership
from ethics.cohorts.queries import cohorts_of, is_faculty_anywhere
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.people.models import Role
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds_cast import archive, join, make_cohort, make_groups

STUDENT, TUTOR, DIRECTOR = CohortRole.STUDENT, CohortRole.TUTOR, CohortRole.DIRECTOR


def audited(session):
    return [
        tuple(row) for row in session.execute(select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.number))
    ]


def add(session, cohort, user, role, *, by=None):
    return actions.add_member(session, actor=by, cohort=cohort, user=user, role=role, now=START)


def assign(session, group, membership):
    actions.assign_tutor(session, actor=None, group=group, membership=membership, now=START)


def put(session, group, membership):
    actions.put_into_group(session, actor=None, group=group, membership=membership, now=START)


def membership_of(session, person):
    return session.scalars(select(Membership).where(Membership.user_id == person.id)).one()


def test_a_cohort_begins_with_its_director_and_without_contacts(session):
    helen, morag = enter(session, "Helen"), actor(enter(session, "Morag"), Role.ADMINISTRATOR)
    cohort = actions.make_cohort(session, actor=morag, name="Year 1", zone="Europe/London", director=helen, now=START)

    assert (cohort.has_urgent_contacts, cohort.tutors_read_all, cohort.archived_at) == (False, False, None)
    assert [(line.name, line.role) for line in cohorts_of(session, actor(helen))] == [("Year 1", DIRECTOR)]
    assert audited(session) == [(morag.public_id, "cohort.make"), (morag.public_id, "cohort.add-director")]


def test_a_cohort_has_a_name(session):
    with pytest.raises(Invalid) as refusal:
        actions.make_cohort(
            session, actor=None, name="", zone="Europe/London", director=enter(session, "Helen"), now=START
        )
    assert (refusal.value.code, refusal.value.field) == ("required", "name")


@pytest.mark.parametrize("role", [TUTOR, DIRECTOR])
def test_nobody_gives_himself_a_reading_role(session, role):
    morag = enter(session, "Morag")
    cohort = make_cohort(session, "Year 1")

    administrator = actor(morag, Role.ADMINISTRATOR)
    with pytest.raises(Invalid, match="own-role"):
        add(session, cohort, morag, role, by=administrator)
    with pytest.raises(Invalid, match="own-role"):
        actions.make_cohort(session, actor=administrator, name="Mine", zone="Europe/London", director=morag, now=START)
    assert not is_faculty_anywhere(session, administrator)
    assert add(session, cohort, morag, STUDENT, by=administrator).role == STUDENT


def test_who_may_add_whom(session, cast, cohort):
    eva = enter(session, "Eva")
    for person in (cast.ana, cast.tutor, cast.outsider, cast.author):
        for role in CohortRole:
            with pytest.raises(NotFound):
                add(session, cohort, eva, role, by=person)
    with pytest.raises(NotAllowed, match="only-administrators"):
        add(session, cohort, eva, DIRECTOR, by=cast.director)
    with pytest.raises(NotFound):
        actions.make_cohort(session, actor=cast.director, name="Mine", zone="Europe/London", director=eva, now=START)
    assert add(session, cohort, eva, TUTOR, by=cast.director).role == TUTOR
    assert add(session, cohort, enter(session, "Fay"), DIRECTOR, by=cast.administrator).role == DIRECTOR


def test_one_role_for_each_person(session, cast, cohort):
    for role in CohortRole:
        with pytest.raises(Invalid, match="member-already"):
            add(session, cohort, cast.users["ana"], role, by=cast.administrator)
    assert membership_of(session, cast.ana).role == STUDENT


def test_who_was_removed_may_come_back_as_what_they_were(session, cast, cohort):
    before = membership_of(session, cast.ana)
    actions.remove_member(session, actor=cast.director, membership=before, now=START)
    with pytest.raises(Invalid, match="member-already"):
        add(session, cohort, cast.users["ana"], TUTOR, by=cast.director)
    back = add(session, cohort, cast.users["ana"], STUDENT, by=cast.director)

    assert (back.id, back.left_at) == (before.id, None)
    assert [action for _, action in audited(session)] == ["cohort.remove", "cohort.add-student"]


def test_removal_ends_every_right_and_is_noted_once(session, cast):
    for number, person in enumerate((cast.ana, cast.tutor, cast.director)):
        place = membership_of(session, person)
        for days in (number, number + 1):
            actions.remove_member(session, actor=None, membership=place, now=START + timedelta(days=days))
        assert place.left_at == START + timedelta(days=number)
        assert cohorts_of(session, person) == []
    assert [is_faculty_anywhere(session, person) for person in (cast.tutor, cast.director)] == [False, False]
    assert audited(session) == [(None, "cohort.remove")] * 3


def test_a_student_is_in_one_group_of_a_set(session, cast, cohort):
    place = membership_of(session, cast.ana)
    for _ in range(2):
        put(session, cast.groups[1], place)
    other_set = actions.make_group_set(session, actor=None, cohort=cohort, name="Pairs", now=START)
    pair = actions.make_group(session, actor=None, group_set=other_set, name="Pair 1", now=START)
    put(session, pair, place)

    assert session.scalars(
        select(Group.name)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.membership_id == place.id)
        .order_by(Group.id)
    ).all() == ["Group 2", "Pair 1"]


def test_groups_hold_students_and_are_taught_by_tutors_of_the_same_cohort(session, cast):
    elsewhere = make_cohort(session, "Year 1")
    [theirs] = make_groups(session, elsewhere, "Group 1")
    student, tutor, director = (membership_of(session, person) for person in (cast.ana, cast.tutor, cast.director))

    for group, membership in ((cast.groups[0], tutor), (cast.groups[0], director), (theirs, student)):
        with pytest.raises(Invalid, match="not-a-student-here"):
            put(session, group, membership)
    for group, membership in ((cast.groups[0], student), (cast.groups[0], director), (theirs, tutor)):
        with pytest.raises(Invalid, match="not-a-tutor-here"):
            assign(session, group, membership)


def test_a_tutor_is_assigned_once_however_often_it_is_said(session, cast):
    tutor = membership_of(session, cast.tutor)
    for _ in range(2):
        assign(session, cast.groups[1], tutor)
    assert audited(session) == [(None, "cohort.assign-tutor")]
    taught = select(GroupTutor.group_id).where(GroupTutor.membership_id == tutor.id).order_by(GroupTutor.group_id)

    assert session.scalars(taught).all() == [group.id for group in cast.groups]


def set_contacts(session, cast, person, **changes):
    contacts = {"call": "999", "incident_reporting": "the form", "support_name": "Ruth"} | changes
    return actions.set_contacts(session, actor=person, cohort_id=cast.cohort.public_id, now=START, **contacts)


def test_the_director_sets_the_contacts(session, cast):
    cohort = set_contacts(session, cast, cast.director)

    assert (cohort.call, cohort.incident_reporting, cohort.support_name) == ("999", "the form", "Ruth")
    assert audited(session) == [(cast.director.public_id, "cohort.contacts")]


@pytest.mark.parametrize("person", ["tutor", "ana", "outsider", "administrator"])
def test_nobody_else_does(session, cast, person):
    with pytest.raises(NotFound):
        set_contacts(session, cast, getattr(cast, person))


@pytest.mark.parametrize("field", ["call", "incident_reporting", "support_name"])
def test_no_contact_is_empty(session, cast, field):
    with pytest.raises(Invalid) as refusal:
        set_contacts(session, cast, cast.director, **{field: ""})
    assert (refusal.value.code, refusal.value.field) == ("required", field)


def test_an_archived_cohort_keeps_its_contacts(session, cast):
    archive(session, cast)

    with pytest.raises(NotAllowed, match="cohort-archived"):
        set_contacts(session, cast, cast.director)


def test_a_person_may_teach_here_and_study_there(session, cast):
    year_1 = make_cohort(session, "Year 1")
    join(session, year_1, cast.users["ana"], TUTOR)

    assert [(line.name, line.role) for line in cohorts_of(session, cast.ana)] == [
        ("Year 1", TUTOR),
        ("Year 3", STUDENT),
    ]
