"""Places in a cohort: who gives and takes them, who is told, where latecomers sit, and what a code does."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.cohorts import actions, joining
from ethics.cohorts.links import never_came, print_links, send_links
from ethics.cohorts.members import Show, people_of
from ethics.cohorts.models import CohortRole, Group, GroupMember, GroupTutor, Membership
from ethics.cohorts.rules import Seats, latecomer_s_group
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.notices.models import Notice
from ethics.people.actions import TooManyTries, grant_role
from ethics.people.activation import Account, make_links
from ethics.people.attempts import Place
from ethics.people.models import Link, Role, User
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds_cast import archive, join, leave, make_cohort

STUDENT, TUTOR, DIRECTOR = CohortRole.STUDENT, CohortRole.TUTOR, CohortRole.DIRECTOR
STRANGERS = ("ana", "tutor", "outsider", "stranger", "author", "lead")
HERE = Place("203.0.113.7")


def place_of(session, person):
    return session.scalars(select(Membership).where(Membership.user_id == person.id)).one()


def groups_of(session, membership):
    return session.scalars(
        select(Group.name)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.membership_id == membership.id)
        .order_by(Group.id)
    ).all()


def told(session):
    return sorted(tuple(row) for row in session.execute(select(Notice.user_id, Notice.kind)))


# Who may


def test_only_the_director_and_administrators_give_and_take_places(session, cast):
    ben = place_of(session, cast.ben)
    for name in STRANGERS[:-1]:
        person = getattr(cast, name)
        with pytest.raises(NotFound):
            actions.remove_member(session, actor=person, membership=ben, now=START)
        with pytest.raises(NotFound):
            actions.change_role(session, actor=person, membership=ben, role=TUTOR, now=START)
        with pytest.raises(NotFound):
            actions.change_profession(session, actor=person, membership=ben, profession="medicine", now=START)
        with pytest.raises(NotFound):
            actions.seat_late(session, actor=person, membership=ben, now=START)
        with pytest.raises(NotFound):
            people_of(session, person, cast.cohort.public_id, show=Show.ALL)
        with pytest.raises(NotFound):
            never_came(session, person, cast.cohort.public_id)
    assert (ben.role, ben.left_at, ben.profession) == ("student", None, "nursing")


def test_a_list_goes_on_after_nobody_of_another_cohort_so_that_no_order_tells_a_name(session, cast):
    whole, _ = people_of(session, cast.director, cast.cohort.public_id, show=Show.ALL)
    after_a_stranger, _ = people_of(
        session, cast.director, cast.cohort.public_id, show=Show.ALL, after=cast.outsider.public_id
    )

    assert [person.public_id for person in after_a_stranger] == [person.public_id for person in whole]


def test_a_director_touches_no_director(session, cast):
    gwen = join(session, cast.cohort, enter(session, "Gwen"), DIRECTOR)
    ben = place_of(session, cast.ben)

    with pytest.raises(NotAllowed, match="only-administrators"):
        actions.remove_member(session, actor=cast.director, membership=gwen, now=START)
    with pytest.raises(NotAllowed, match="only-administrators"):
        actions.change_role(session, actor=cast.director, membership=gwen, role=TUTOR, now=START)
    with pytest.raises(NotAllowed, match="only-administrators"):
        actions.change_role(session, actor=cast.director, membership=ben, role=DIRECTOR, now=START)
    actions.change_role(session, actor=cast.administrator, membership=ben, role=DIRECTOR, now=START)
    assert ben.role == DIRECTOR


def test_nobody_changes_the_own_role(session, cast):
    place = join(session, cast.cohort, cast.users["morag"], STUDENT)

    with pytest.raises(Invalid, match="own-role"):
        actions.change_role(session, actor=cast.administrator, membership=place, role=TUTOR, now=START)


def test_an_archived_cohort_changes_nobody(session, cast):
    archive(session, cast)
    ben = place_of(session, cast.ben)

    with pytest.raises(NotAllowed, match="cohort-archived"):
        actions.remove_member(session, actor=cast.director, membership=ben, now=START)
    with pytest.raises(NotAllowed, match="cohort-archived"):
        actions.change_role(session, actor=cast.director, membership=ben, role=TUTOR, now=START)


# What follows


def test_every_widening_is_logged_and_told_to_the_others(session, cast):
    gwen = enter(session, "Gwen")
    join(session, cast.cohort, gwen, DIRECTOR)
    ben = place_of(session, cast.ben)
    actions.change_role(session, actor=cast.director, membership=ben, role=TUTOR, now=START)

    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()
    assert (entry.actor, entry.action, entry.object_id, entry.details["role"]) == (
        cast.director.public_id,
        "cohort.change-role",
        cast.ben.public_id,
        "tutor",
    )
    assert told(session) == sorted([(gwen.id, "faculty-made"), (cast.ben.id, "place-given")])


def test_a_student_who_becomes_a_tutor_gives_up_the_seat_and_a_tutor_the_groups(session, cast):
    ben, ines = place_of(session, cast.ben), place_of(session, cast.tutor)
    actions.change_role(session, actor=cast.director, membership=ben, role=TUTOR, now=START)
    actions.change_role(session, actor=cast.director, membership=ines, role=STUDENT, now=START)

    assert groups_of(session, ben) == []
    assert session.scalars(select(GroupTutor).where(GroupTutor.membership_id == ines.id)).all() == []


def test_who_is_gone_changes_no_role(session, cast):
    leave(session, cast, cast.ben)

    with pytest.raises(Invalid, match="not-here"):
        actions.change_role(session, actor=cast.director, membership=place_of(session, cast.ben), role=TUTOR, now=START)


def test_a_removal_is_told_unless_it_is_undone_in_time(session, cast):
    for person in (cast.ana, cast.ben):
        actions.remove_member(session, actor=cast.director, membership=place_of(session, person), now=START)
    actions.return_member(
        session, actor=cast.director, membership=place_of(session, cast.ana), now=START + timedelta(minutes=9)
    )
    notices = session.execute(select(Notice.user_id, Notice.kind, Notice.due_at).order_by(Notice.id)).all()

    assert [tuple(row) for row in notices] == [
        (cast.ben.id, "place-ended", START + timedelta(minutes=10)),
        (cast.ana.id, "place-given", START + timedelta(minutes=9)),
    ]


def test_who_comes_back_finds_the_seat_as_it_was(session, cast):
    ana = place_of(session, cast.ana)
    actions.remove_member(session, actor=cast.director, membership=ana, now=START)
    actions.return_member(session, actor=cast.director, membership=ana, now=START)
    actions.return_member(session, actor=cast.director, membership=ana, now=START)

    assert (ana.left_at, groups_of(session, ana)) == (None, ["Group 1"])


def test_a_role_of_the_installation_ends_a_link_that_somebody_else_holds(session, cast):
    user = enter(session, "Zoe")
    user.password_hash = None
    session.flush()
    make_links(session, actor=None, accounts=[Account(user.id, user.public_id, user.email, user.name)], now=START)
    grant_role(session, actor=None, user=user, role=Role.AUTHOR, now=START)

    session.expire_all()
    assert session.scalars(select(Link.used_at)).all() == [START]


def test_no_link_is_made_into_an_account_that_somebody_has_come_into(session, cast):
    accounts = [
        Account(user.id, user.public_id, user.email, user.name) for user in (cast.users["ana"], cast.users["lucía"])
    ]
    assert make_links(session, actor=None, accounts=accounts, now=START) == {}


def test_a_director_makes_links_for_the_own_cohort_only(session, cast):
    user = enter(session, "Zoe")
    user.password_hash = None
    join(session, make_cohort(session, "Year 1"), user, STUDENT)
    cohort_id = cast.cohort.public_id

    assert print_links(session, actor=cast.director, cohort_id=cohort_id, now=START, person=user.public_id) == []
    assert send_links(session, actor=cast.director, cohort_id=cohort_id, now=START, person=user.public_id) == 0
    with pytest.raises(NotFound):
        print_links(session, actor=cast.outsider, cohort_id=cohort_id, now=START)


def test_who_was_removed_gets_no_link(session, cast):
    user = enter(session, "Zoe")
    user.password_hash = None
    join(session, cast.cohort, user, STUDENT)
    leave(session, cast, actor(user))
    cohort_id = cast.cohort.public_id

    assert print_links(session, actor=cast.director, cohort_id=cohort_id, now=START) == []
    assert send_links(session, actor=cast.director, cohort_id=cohort_id, now=START) == 0
    assert never_came(session, cast.director, cohort_id) == []


# Latecomers


def test_latecomers_go_into_the_smallest_group_of_every_set(session, cast):
    pairs = make_pairs(session, cast)
    place = join(session, cast.cohort, enter(session, "Eva"), STUDENT)
    actions.seat_late(session, actor=cast.director, membership=place, now=START)
    actions.seat_late(session, actor=cast.director, membership=place, now=START)

    assert groups_of(session, place) == ["Group 2", pairs[0].name]


def make_pairs(session, cast):
    group_set = actions.make_group_set(session, actor=None, cohort=cast.cohort, name="Pairs", now=START)
    actions.make_group_set(session, actor=None, cohort=cast.cohort, name="Empty", now=START)
    return [
        actions.make_group(session, actor=None, group_set=group_set, name=name, now=START) for name in ("One", "Two")
    ]


def test_who_has_left_takes_no_seat(session, cast):
    """Two of group 1's three are gone: it is no larger than group 2 then, and has the same profession first."""
    for person in (cast.ana, cast.ben, cast.dee):
        leave(session, cast, person)
    place = join(session, cast.cohort, enter(session, "Eva"), STUDENT)
    actions.seat_late(session, actor=None, membership=place, now=START)

    assert groups_of(session, place) == ["Group 1"]


def test_a_tutor_takes_no_seat(session, cast):
    with pytest.raises(Invalid, match="not-a-student-here"):
        actions.seat_late(session, actor=None, membership=place_of(session, cast.tutor), now=START)


def test_among_equals_a_latecomer_sits_with_the_own_profession():
    groups = [Seats(1, Counter(medicine=2)), Seats(2, Counter(nursing=1, medicine=1)), Seats(3, Counter(nursing=3))]

    assert latecomer_s_group(groups, "nursing") == 2
    assert latecomer_s_group(groups, "pharmacy") == 1
    assert latecomer_s_group(groups, None) == 1


PROFESSIONS = st.sampled_from(["nursing", "medicine", None])


@given(st.lists(st.lists(PROFESSIONS, max_size=9), min_size=1, max_size=6), st.lists(PROFESSIONS, max_size=20))
def test_latecomers_even_groups_out(groups, late):
    seats = [Seats(number, Counter(people)) for number, people in enumerate(groups)]
    spread = max(map(len, groups)) - min(map(len, groups))
    for profession in late:
        chosen = latecomer_s_group(seats, profession)
        seats[chosen].professions[profession] += 1
    sizes = [group.professions.total() for group in seats]

    assert sum(sizes) == sum(map(len, groups)) + len(late)
    assert max(sizes) - min(sizes) <= max(spread, 1)


# The code


def open_door(session, cast, **changes):
    made = joining.make_code(
        session, actor=cast.director, cohort_id=cast.cohort.public_id, ends_at=None, now=START, **changes
    )
    return made.join_code


def late(email="late@school.example"):
    return joining.newcomer(name="Late Comer", email=email, profession="nursing")


def test_a_code_is_read_however_it_is_written(session, cast):
    code = open_door(session, cast)

    for written in (code, joining.spell_code(code), f" {code[:3].upper()} {code[3:]} "):
        assert joining.cohort_with_code(session, written, now=START).id == cast.cohort.id
    for wrong in ("", "-", code[:-1], code + "2"):
        with pytest.raises(NotFound):
            joining.cohort_with_code(session, wrong, now=START)


def test_only_the_director_has_to_do_with_the_code(session, cast):
    for name in STRANGERS[:-1]:
        person = getattr(cast, name)
        with pytest.raises(NotFound):
            joining.make_code(session, actor=person, cohort_id=cast.cohort.public_id, ends_at=None, now=START)
        with pytest.raises(NotFound):
            joining.drop_code(session, actor=person, cohort_id=cast.cohort.public_id, now=START)
        with pytest.raises(NotFound):
            joining.admit(session, actor=person, cohort_id=cast.cohort.public_id, request_id="x", now=START)


def test_a_tutor_who_has_the_code_stays_a_tutor(session, cast):
    code = open_door(session, cast)
    joining.join(session, actor=cast.tutor, code=code, profession=None, now=START)

    assert place_of(session, cast.tutor).role == TUTOR


def test_an_archived_cohort_lets_nobody_in(session, cast):
    code = open_door(session, cast)
    archive(session, cast)

    with pytest.raises(NotFound):
        joining.join(session, actor=cast.stranger, code=code, profession=None, now=START)


def test_the_list_of_who_asks_has_an_end(session, cast, monkeypatch):
    monkeypatch.setattr(joining, "MOST_REQUESTS", 3)
    code = open_door(session, cast)
    for number in range(5):
        joining.ask_director(session, code=code, person=late(f"l{number}@x.org"), place=HERE, now=START)
    joining.ask_director(session, code=code, person=late("l0@x.org"), place=HERE, now=START)

    assert [request.email for request in joining.requests(session, cast.cohort)] == [f"l{n}@x.org" for n in range(3)]


def test_asking_slows_down(session, cast):
    code = open_door(session, cast)
    for _ in range(5):
        joining.ask_director(session, code=code, person=late(), place=HERE, now=START)

    with pytest.raises(TooManyTries):
        joining.ask_director(session, code=code, person=late(), place=HERE, now=START)
    with pytest.raises(TooManyTries):
        joining.ask_by_mail(session, code=code, person=late(), place=HERE, token="t", now=START)


def test_a_request_of_who_has_a_place_can_only_be_turned_down(session, cast):
    code = open_door(session, cast)
    joining.ask_director(session, code=code, person=late("ana@demo.example"), place=HERE, now=START)
    [request] = joining.requests(session, cast.cohort)
    here = {"cohort_id": cast.cohort.public_id, "request_id": request.public_id, "now": START}

    with session.begin_nested() as nested, pytest.raises(Invalid, match="member-already"):
        joining.admit(session, actor=cast.director, **here)
    nested.rollback() if nested.is_active else None
    joining.turn_down(session, actor=cast.director, **here)
    assert joining.requests(session, cast.cohort) == []
    assert joining.admit(session, actor=cast.director, **here) is None


def test_the_account_that_was_made_meanwhile_is_not_claimed(session, cast):
    code = open_door(session, cast)
    with pytest.raises(Invalid, match="has-account"):
        joining.come_in(session, code=code, person=late("ana@demo.example"), password_hash="x", now=START)

    user = joining.come_in(session, code=code, person=late(), password_hash="x", now=START)
    place = place_of(session, actor(user))
    assert (place.role, place.profession, groups_of(session, place)) == ("student", "nursing", ["Group 2"])
    assert session.scalars(select(User.password_hash).where(User.id == user.id)).one() == "x"
