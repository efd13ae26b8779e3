"""Who belongs where, and what each may see of a cohort."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, literal, select

from ethics.cohorts.models import CohortRole, Group, GroupSet, GroupTutor, Membership
from ethics.cohorts.queries import (
    GroupLine,
    MemberLine,
    TutorLine,
    belongs,
    cohort_for_director,
    cohort_for_faculty,
    cohorts_of,
    group_of,
    group_sets,
    groups_with_members,
    has_designated_lead,
    is_faculty_anywhere,
    is_only_student,
    teaches_group,
    tutors,
)
from ethics.errors import NotFound
from ethics.people.models import Role
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds_cast import archive, join, leave, make_cohort, make_groups

STUDENT, TUTOR, DIRECTOR = CohortRole.STUDENT, CohortRole.TUTOR, CohortRole.DIRECTOR
EVERYBODY = ("ana", "chi", "director", "tutor", "tutor2", "outsider", "stranger", "author", "administrator")


def who(session, cast, condition):
    """For which of the people a condition holds."""
    return {name for name in EVERYBODY if session.scalar(select(condition(getattr(cast, name))))}


def test_belonging_is_by_role_and_cohort(session, cast):
    here = literal(cast.cohort.id)

    assert {role: who(session, cast, lambda person, role=role: belongs(person, here, role)) for role in CohortRole} == {
        STUDENT: {"ana", "chi"},
        TUTOR: {"tutor", "tutor2"},
        DIRECTOR: {"director"},
    }
    leave(session, cast, cast.ana)
    assert who(session, cast, lambda person: belongs(person, here, *CohortRole)) == {
        "chi",
        "tutor",
        "tutor2",
        "director",
    }


def test_who_teaches_a_group(session, cast):
    here, first = literal(cast.cohort.id), literal(cast.groups[0].id)

    def taught():
        return (
            who(session, cast, lambda person: tutors(person, first)),
            who(session, cast, lambda person: teaches_group(person, here, first)),
        )

    assert taught() == ({"tutor"}, {"tutor", "director"})
    cast.cohort.tutors_read_all = True
    session.flush()
    assert taught() == ({"tutor", "tutor2"}, {"tutor", "tutor2", "director"})
    leave(session, cast, cast.tutor)
    assert taught() == ({"tutor2"}, {"tutor2", "director"})


def test_a_tutor_made_student_teaches_no_more(session, cast):
    """The role decides, not a line that was left in the groups' tutors."""
    session.scalars(select(Membership).where(Membership.user_id == cast.tutor.id)).one().role = STUDENT
    session.flush()

    assert who(session, cast, lambda person: tutors(person, literal(cast.groups[0].id))) == set()


def test_the_group_of_a_student_stays_after_leaving(session, cast):
    chosen = group_of(literal(cast.ana.id), literal(cast.groups[0].group_set_id))
    before = session.scalar(chosen)
    leave(session, cast, cast.ana)

    assert (before, session.scalar(chosen)) == (cast.groups[0].id, cast.groups[0].id)
    assert session.scalar(group_of(literal(cast.tutor.id), literal(cast.groups[0].group_set_id))) is None


def test_who_is_faculty_anywhere(session, cast):
    assert {name for name in EVERYBODY if is_faculty_anywhere(session, getattr(cast, name))} == {
        "director",
        "tutor",
        "tutor2",
        "outsider",
    }


def test_a_cohort_is_for_its_faculty(session, cast):
    def found(get):
        names = {}
        for name in EVERYBODY:
            try:
                names[name] = get(session, getattr(cast, name), cast.cohort.public_id)
            except NotFound:
                continue
        return names

    assert found(cohort_for_faculty) == {
        "director": (cast.cohort, DIRECTOR),
        "tutor": (cast.cohort, TUTOR),
        "tutor2": (cast.cohort, TUTOR),
    }
    assert found(cohort_for_director) == {"director": cast.cohort}
    archive(session, cast)
    assert found(cohort_for_director) == {"director": cast.cohort}
    leave(session, cast, cast.director)
    assert found(cohort_for_director) == {}
    with pytest.raises(NotFound):
        cohort_for_faculty(session, cast.tutor, "nowhere")


def test_an_archived_cohort_is_listed_for_faculty_only(session, cast):
    archive(session, cast)

    assert [(line.name, line.archived) for line in cohorts_of(session, cast.tutor)] == [("Year 3", True)]
    assert cohorts_of(session, cast.ana) == []


def test_groups_as_each_of_the_faculty_sees_them(session, cast):
    group_set = session.get_one(GroupSet, cast.groups[0].group_set_id)
    zoe = enter(session, "Zoe Adams")
    join(session, cast.cohort, zoe, TUTOR, cast.groups[0])
    leave(session, cast, cast.dee)
    until = datetime(2999, 1, 1, tzinfo=UTC)
    for person, ends in ((cast.tutor2, until), (cast.director, None)):
        membership = session.scalars(select(Membership).where(Membership.user_id == person.id)).one()
        session.add(GroupTutor(group_id=cast.groups[0].id, membership_id=membership.id, until=ends))
    session.flush()
    line = {
        name: MemberLine(cast.users[name].public_id, cast.users[name].name, "nursing") for name in ("ana", "ben", "chi")
    }
    ines, jo = cast.users["ines"], cast.users["jo"]
    first = GroupLine(
        cast.groups[0].public_id,
        "Group 1",
        (line["ana"], line["ben"]),
        (
            TutorLine(ines.public_id, "Ines Brandt", None),
            TutorLine(jo.public_id, "Jo Marsh", until),
            TutorLine(zoe.public_id, "Zoe Adams", None),
        ),
    )
    second = GroupLine(
        cast.groups[1].public_id, "Group 2", (line["chi"],), (TutorLine(jo.public_id, "Jo Marsh", None),)
    )

    assert {name: groups_with_members(session, getattr(cast, name), group_set) for name in EVERYBODY} == {
        **{name: [] for name in EVERYBODY},
        "director": [first, second],
        "tutor": [first],
        "tutor2": [first, second],
    }
    assert groups_with_members(session, cast.director, group_set, only=cast.groups[1]) == [second]
    assert groups_with_members(session, cast.tutor, group_set, only=cast.groups[1]) == []
    assert [line.asks_to_be_merged for line in (first, second)] == [True, True]


def test_groups_stand_in_the_order_they_were_made(session, cast):
    cohort = make_cohort(session, "Year 1")
    groups = make_groups(session, cohort, *[f"Group {number}" for number in range(1, 12)])
    join(session, cohort, cast.users["helen"], DIRECTOR)
    group_set = session.get_one(GroupSet, groups[0].group_set_id)

    assert [line.name for line in groups_with_members(session, cast.director, group_set)] == [
        f"Group {number}" for number in range(1, 12)
    ]


def test_many_groups_cost_no_more_statements_than_one(session, cast):
    def statements(number):
        cohort = make_cohort(session, f"Class of {number}")
        groups = make_groups(session, cohort, *[f"Group {place}" for place in range(number)])
        join(session, cohort, cast.users["helen"], DIRECTOR)
        for place, group in enumerate(groups):
            for role in (STUDENT, TUTOR):
                name = f"{role.value} {number}-{place}"
                join(session, cohort, enter(session, name, email=f"{name}@demo.example"), role, group)
        group_set = session.get_one(GroupSet, groups[0].group_set_id)
        sent = []

        def note(_connection, _cursor, statement, *_):
            sent.append(statement)

        event.listen(session.bind, "before_cursor_execute", note)
        lines = groups_with_members(session, cast.director, group_set)
        event.remove(session.bind, "before_cursor_execute", note)
        assert [(len(line.students), len(line.tutors)) for line in lines] == [(1, 1)] * number
        return len(sent)

    assert [statements(number) for number in (1, 3, 6)] == [3, 3, 3]


def test_group_sets_are_the_cohort_s_own(session, cast):
    other = make_cohort(session, "Year 1")
    make_groups(session, other, "Group 1")

    assert [group_set.id for group_set in group_sets(session, cast.cohort)] == [cast.groups[0].group_set_id]
    assert session.scalars(select(Group.name).order_by(Group.id)).all() == ["Group 1", "Group 2", "Group 1"]


def test_a_designated_lead_has_no_place_in_the_cohort(session, cast):
    ruth = cast.users["ruth"]
    assert has_designated_lead(session, cast.cohort)
    membership = join(session, cast.cohort, ruth, STUDENT)
    assert not has_designated_lead(session, cast.cohort)
    membership.left_at = START
    session.flush()
    assert not has_designated_lead(session, cast.cohort), "she has been one of them"
    second = enter(session, "Otto", Role.LEAD, active=False)
    assert not has_designated_lead(session, cast.cohort)
    second.active = True
    session.flush()
    assert has_designated_lead(session, cast.cohort)


def test_who_is_only_a_student(session, cast):
    eva = enter(session, "Eva", Role.AUTHOR)
    join(session, cast.cohort, eva, STUDENT)
    join(session, make_cohort(session, "Year 1"), cast.users["ben"], TUTOR)
    leave(session, cast, cast.chi)

    assert {
        name: is_only_student(session, getattr(cast, name).id) for name in ("ana", "ben", "chi", "tutor", "author")
    } == {"ana": True, "ben": False, "chi": True, "tutor": False, "author": False}
    assert not is_only_student(session, actor(eva).id)
    assert not is_only_student(session, None)
