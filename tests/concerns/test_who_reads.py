"""Who reads a concern: a lead who may, and nobody else; each condition by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from ethics.cohorts.models import CohortRole
from ethics.cohorts.queries import has_designated_lead
from ethics.concerns import actions, queries
from ethics.concerns.models import Route
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.people.models import Role, RoleGrant, User
from tests.cast import actor, enter
from tests.clock import START
from tests.concerns.worrying import DAY, WORRY
from tests.rounds_cast import archive, join, leave, make_cohort

LATER = START + DAY


def test_the_first_lead_reads_it_and_the_other_not_yet(worry):
    concern = worry.send(worry.cast.ana)

    assert (worry.reads(worry.ruth, concern), worry.reads(worry.imran, concern)) == (True, False)


@pytest.mark.parametrize("name", ["director", "tutor", "tutor2", "author", "administrator", "ben", "outsider"])
def test_nobody_else_reads_it(worry, name):
    concern = worry.send(worry.cast.ana, faculty_told=True)
    person = getattr(worry.cast, name)

    assert not worry.reads(person, concern, LATER)
    assert queries.own_concerns(worry.session, person) == []
    with pytest.raises(NotFound):
        queries.reading(worry.session, person, concern.public_id, LATER)


def test_its_writer_reads_it(worry):
    concern = worry.send(worry.cast.ana)

    reading = queries.reading(worry.session, worry.cast.ana, concern.public_id, START)

    assert (reading.is_own, reading.concern.text, reading.writer) == (True, WORRY, "Ana Duarte")
    assert [line.public_id for line in queries.own_concerns(worry.session, worry.cast.ana)] == [concern.public_id]


def test_unseen_past_its_target_it_is_the_other_lead_s_too(worry):
    concern = worry.send(worry.cast.ana)

    a_moment_before = concern.target_at - timedelta(seconds=1)

    assert not worry.reads(worry.imran, concern, a_moment_before)
    assert worry.reads(worry.imran, concern, concern.target_at)
    assert worry.reads(worry.ruth, concern, concern.target_at)


def test_seen_in_time_it_stays_with_the_first(worry):
    concern = worry.send(worry.cast.ana)
    actions.acknowledge(worry.session, actor=worry.ruth, concern_id=concern.public_id, now=START)

    assert not worry.reads(worry.imran, concern, START + 30 * DAY)


def test_closed_it_is_on_the_list_of_those_who_read_it(worry):
    concern = worry.send(worry.cast.ana)
    actions.close_concern(worry.session, actor=worry.ruth, concern_id=concern.public_id, word="Settled.", now=START)

    assert worry.reads(worry.ruth, concern)
    assert not worry.reads(worry.imran, concern, START + 30 * DAY)
    assert not worry.reads(worry.cast.director, concern, START + 30 * DAY)


def test_seen_late_it_stays_with_both(worry):
    concern = worry.send(worry.cast.ana)
    actions.acknowledge(worry.session, actor=worry.imran, concern_id=concern.public_id, now=concern.target_at)

    assert worry.reads(worry.ruth, concern, START + 30 * DAY)
    assert worry.reads(worry.imran, concern, START + 30 * DAY)


def test_never_the_one_it_is_about(worry):
    concern = worry.send(worry.cast.ana, about=worry.ruth.public_id, first="")

    assert concern.lead == worry.imran.public_id
    assert not worry.reads(worry.ruth, concern, START + 30 * DAY)
    assert worry.reads(worry.imran, concern)


def test_it_cannot_be_sent_to_the_one_it_is_about(worry):
    with pytest.raises(Invalid, match="lead-unfit"):
        worry.send(worry.cast.ana, about=worry.ruth.public_id, first=worry.ruth.public_id)


def test_a_lead_does_not_read_their_own_as_a_lead(worry):
    concern = worry.send(worry.ruth, cohort=None, first="")

    assert concern.lead == worry.imran.public_id
    assert not worry.reads(worry.ruth, concern, START + 30 * DAY)
    assert queries.reading(worry.session, worry.ruth, concern.public_id, START).is_own


@pytest.mark.parametrize("role", list(CohortRole))
def test_never_one_who_has_a_place_in_the_cohort(worry, role):
    join(worry.session, worry.cast.cohort, worry.cast.users["ruth"], role)
    concern = worry.send(worry.cast.ana, first="")

    assert concern.lead == worry.imran.public_id
    assert not worry.reads(worry.ruth, concern, START + 30 * DAY)


def test_nor_one_who_had_one(worry):
    join(worry.session, worry.cast.cohort, worry.cast.users["ruth"], CohortRole.TUTOR)
    leave(worry.session, worry.cast, worry.ruth)

    assert worry.send(worry.cast.ana, first="").lead == worry.imran.public_id


def test_who_comes_to_teach_the_cohort_reads_it_no_longer_and_the_other_does_at_once(worry):
    concern = worry.send(worry.cast.ana)
    actions.acknowledge(worry.session, actor=worry.ruth, concern_id=concern.public_id, now=START)
    join(worry.session, worry.cast.cohort, worry.cast.users["ruth"], CohortRole.TUTOR)

    assert not worry.reads(worry.ruth, concern)
    assert worry.reads(worry.imran, concern)


def test_a_place_in_another_cohort_is_no_hindrance(worry):
    join(worry.session, make_cohort(worry.session, "Year 5"), worry.cast.users["ruth"], CohortRole.DIRECTOR)

    assert worry.reads(worry.ruth, worry.send(worry.cast.ana))


@pytest.mark.parametrize("way", ["role", "account"])
def test_who_leaves_office_reads_nothing_and_the_other_everything(worry, way):
    concern = worry.send(worry.cast.ana)
    if way == "role":
        worry.session.execute(delete(RoleGrant).where(RoleGrant.user_id == worry.ruth.id))
    else:
        worry.session.get_one(User, worry.ruth.id).active = False
    worry.session.flush()

    assert (worry.reads(worry.ruth, concern), worry.reads(worry.imran, concern)) == (False, True)


def test_withdrawn_it_is_nobody_s(worry):
    concern = worry.send(worry.cast.ana)
    actions.withdraw_concern(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, now=START)

    assert not worry.reads(worry.ruth, concern, START + 30 * DAY)
    assert not worry.reads(worry.imran, concern, START + 30 * DAY)


def test_where_no_lead_may_read_it_nothing_is_sent(worry):
    for person in ("ruth", "imran"):
        user = worry.session.get_one(User, getattr(worry, person).id)
        join(worry.session, worry.cast.cohort, user, CohortRole.TUTOR)

    assert (
        queries.fit_leads(
            worry.session, writer=worry.cast.ana.public_id, about=None, cohort=worry.cast.cohort.public_id
        )
        == []
    )
    assert not has_designated_lead(worry.session, worry.cast.cohort)
    with pytest.raises(NotAllowed, match="no-lead"):
        worry.send(worry.cast.ana, first="")


def test_the_writer_is_told_who_reads_it_now_and_who_later(worry):
    concern = worry.send(worry.cast.ana)

    def readers(now):
        return [(reader.name, reader.now) for reader in queries.readers_of(worry.session, concern, now)]

    assert readers(START) == [("Ruth Abara", True), ("Imran Sheikh", False)]
    assert readers(concern.target_at) == [("Imran Sheikh", True), ("Ruth Abara", True)]


def test_the_lead_with_the_fewest_open_ones_gets_it(worry):
    # Without a choice, by name where they have the same.
    given = [worry.send(worry.cast.ana, first="") for _ in range(3)]
    actions.close_concern(worry.session, actor=worry.imran, concern_id=given[0].public_id, word="Settled.", now=START)
    given.append(worry.send(worry.cast.ana, first=""))

    names = {worry.ruth.public_id: "Ruth", worry.imran.public_id: "Imran"}
    assert [names[concern.lead] for concern in given] == ["Imran", "Ruth", "Imran", "Imran"]


def test_unacknowledged_first_then_the_oldest(worry):
    seen, first, second = (worry.send(worry.cast.ana, now=START + n * timedelta(hours=1)) for n in range(3))
    actions.acknowledge(worry.session, actor=worry.ruth, concern_id=seen.public_id, now=START + DAY / 8)

    lines = queries.inbox(worry.session, worry.ruth, START + DAY / 8)

    assert [line.public_id for line in lines] == [first.public_id, second.public_id, seen.public_id]
    assert [line.who for line in lines] == [None, None, "Ana Duarte"]


def test_lists_are_paged_by_key(worry):
    sent = [worry.send(worry.cast.ana).public_id for _ in range(queries.PAGE + 2)]

    page = queries.own_concerns(worry.session, worry.cast.ana)
    rest = queries.own_concerns(worry.session, worry.cast.ana, before=page[queries.PAGE - 1].public_id)

    assert [line.public_id for line in page] == sent[:0:-1][: queries.PAGE + 1]
    assert [line.public_id for line in rest] == sent[1::-1]


def named(worry, person):
    own = queries.own_place(worry.session, person, worry.cast.cohort.public_id)
    return [(found.name.split()[0], found.role) for found in queries.nameable(worry.session, person, own)]


LEADS = [("Imran", None), ("Ruth", None)]
TEACHERS = [("Helen", "director"), ("Ines", "tutor"), ("Jo", "tutor")]


def test_a_student_may_name_who_teaches_and_the_leads_and_no_student(worry):
    assert named(worry, worry.cast.ana) == TEACHERS + LEADS


def test_a_tutor_may_name_the_students_of_their_groups(worry):
    students = [("Ana", "student"), ("Ben", "student"), ("Dee", "student")]

    assert named(worry, worry.cast.tutor) == [*students, ("Helen", "director"), ("Jo", "tutor"), *LEADS]


def test_a_director_may_name_everybody(worry):
    students = [("Ana", "student"), ("Ben", "student"), ("Chi", "student"), ("Dee", "student")]

    assert named(worry, worry.cast.director) == [*students, *TEACHERS[1:], *LEADS]


@pytest.mark.parametrize("way", ["removed", "archived"])
def test_who_is_no_longer_there_can_still_write_about_it_and_reads_no_names(worry, way):
    if way == "removed":
        leave(worry.session, worry.cast, worry.cast.ana)
    else:
        archive(worry.session, worry.cast)

    assert named(worry, worry.cast.ana) == LEADS
    assert worry.reads(worry.ruth, worry.send(worry.cast.ana))


def test_nobody_names_whom_they_may_not_know(worry):
    with pytest.raises(Invalid, match="unknown-person"):
        worry.send(worry.cast.ana, about=worry.cast.ben.public_id)


def test_a_cohort_of_others_is_not_found(worry):
    with pytest.raises(NotFound):
        worry.send(worry.cast.stranger)
    with pytest.raises(NotFound):
        worry.send(worry.cast.ana, cohort=None)


def test_who_is_in_no_cohort_writes_about_none(worry):
    concern = worry.send(worry.cast.author, cohort=None)

    assert concern.cohort is None
    assert worry.reads(worry.ruth, concern)


def told(worry):
    people = ("director", "tutor", "tutor2", "ana", "ben", "administrator", "author", "outsider")
    found = {name: queries.told_of(worry.session, getattr(worry.cast, name)) for name in people}
    return {name: [line.writer for line in lines] for name, lines in found.items() if lines}


def test_faculty_do_not_know_that_it_exists(worry):
    worry.send(worry.cast.ana)

    assert told(worry) == {}


def test_faculty_of_the_writer_know_where_the_writer_wants_it(worry):
    concern = worry.send(worry.cast.ana, faculty_told=True)

    assert told(worry) == {"director": ["Ana Duarte"], "tutor": ["Ana Duarte"]}
    assert queries.faculty_to_tell(worry.session, concern) == sorted([worry.cast.director.id, worry.cast.tutor.id])


def test_never_the_one_of_them_it_is_about(worry):
    concern = worry.send(worry.cast.ana, faculty_told=True, about=worry.cast.director.public_id)

    assert told(worry) == {"tutor": ["Ana Duarte"]}
    assert queries.faculty_to_tell(worry.session, concern) == [worry.cast.tutor.id]


def test_nor_who_wrote_it(worry):
    worry.send(worry.cast.director, faculty_told=True)

    assert told(worry) == {}


def test_nor_anybody_once_it_is_withdrawn(worry):
    concern = worry.send(worry.cast.ana, faculty_told=True)
    actions.withdraw_concern(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, now=START)

    assert told(worry) == {}


def test_a_third_lead_reads_it_past_its_target_too(worry):
    third = actor(enter(worry.session, "Tess Third", Role.LEAD), Role.LEAD)
    concern = worry.send(worry.cast.ana, route=Route.IMMEDIATE)

    assert (worry.reads(third, concern), worry.reads(third, concern, START + DAY / 6)) == (False, True)


def test_roles_are_those_of_the_database_not_of_the_one_who_asks(worry):
    concern = worry.send(worry.cast.ana)
    impostor = actor(worry.cast.users["helen"], Role.LEAD)

    assert not worry.reads(impostor, concern, START + 30 * DAY)
