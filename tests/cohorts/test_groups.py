"""What is done with groups: names, seats, merging, tutors; by whom, and what follows."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.cohorts import actions, groups
from ethics.cohorts.models import CohortRole, Group, GroupMember, GroupMove, GroupSet, GroupTutor, Membership
from ethics.cohorts.queries import (
    assigned_tutors,
    group_for_faculty,
    group_set_for_director,
    group_set_lines,
    groups_with_members,
    without_group,
)
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.notices.queries import unseen
from ethics.rounds.gate import standing
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds_cast import archive, join, leave, make_cohort, make_groups, meet

STUDENT, TUTOR, DIRECTOR = CohortRole.STUDENT, CohortRole.TUTOR, CohortRole.DIRECTOR
FAR = datetime(2999, 1, 1, tzinfo=UTC)
LATER = START + groups.UNDO


@pytest.fixture
def group_set(session, cast):
    return session.get_one(GroupSet, cast.groups[0].group_set_id)


def seats(session, group_set):
    """Who sits where, by name."""
    return {
        line.name: [student.name.split()[0] for student in line.students]
        for line in groups_with_members(session, _director(session, group_set), group_set)
    }


def _director(session, group_set):
    person = session.scalars(
        select(Membership.user_id).where(Membership.cohort_id == group_set.cohort_id, Membership.role == DIRECTOR)
    ).first()
    return type("Somebody", (), {"id": person})


def move(session, cast, group_set, group, *names, by=None, now=START):
    return groups.move_students(
        session,
        actor=by or cast.director,
        group_set=group_set,
        students=[cast.users[name].public_id for name in names],
        group=group,
        now=now,
    )


def deeds(session):
    return session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()


def told(session, person, now=LATER):
    return sorted(notice.kind for notice in unseen(session, person, now))


# Who may


def every_verb(session, cast, group_set):
    """Each verb as somebody would call it."""
    first, second = cast.groups
    ana = session.scalars(select(Membership).where(Membership.user_id == cast.ana.id)).one()
    jo = session.scalars(select(Membership).where(Membership.user_id == cast.tutor2.id)).one()
    pair = {(first.public_id, cast.users["jo"].public_id)}
    current = assigned_tutors(session, group_set)
    moved = GroupMove(group_set_id=group_set.id, to_group_id=None, places={str(ana.id): first.id}, moved_at=START)
    session.add(moved)
    session.flush()
    return {
        "make_group_set": lambda who: actions.make_group_set(
            session, actor=who, cohort=cast.cohort, name="P", now=START
        ),
        "make_group": lambda who: actions.make_group(session, actor=who, group_set=group_set, name="P", now=START),
        "put_into_group": lambda who: actions.put_into_group(
            session, actor=who, group=second, membership=ana, now=START
        ),
        "assign_tutor": lambda who: actions.assign_tutor(session, actor=who, group=first, membership=jo, now=START),
        "rename": lambda who: groups.rename(session, actor=who, what=first, name="P", now=START),
        "delete_group_set": lambda who: groups.delete_group_set(session, actor=who, group_set=group_set, now=START),
        "delete_group": lambda who: groups.delete_group(session, actor=who, group=first, now=START),
        "move_students": lambda who: move(session, cast, group_set, second, "ana", by=who),
        "undo_move": lambda who: groups.undo_move(session, actor=who, move=moved, now=START),
        "fill_group_set": lambda who: groups.fill_group_set(
            session, actor=who, group_set=group_set, groups=[], now=START
        ),
        "set_tutors": lambda who: groups.set_tutors(
            session, actor=who, group_set=group_set, before=current, chosen=pair, now=START
        ),
        "merge_groups": lambda who: groups.merge_groups(session, actor=who, group=first, into=second, now=START),
    }


@pytest.mark.parametrize(
    "person", ["ana", "tutor", "tutor2", "outsider", "stranger", "author", "administrator"], ids=str
)
def test_nobody_but_the_director_groups_people(session, cast, group_set, person):
    for verb in every_verb(session, cast, group_set).values():
        with pytest.raises(NotFound):
            verb(getattr(cast, person))


def test_an_archived_cohort_keeps_its_groups(session, cast, group_set):
    verbs = every_verb(session, cast, group_set)
    archive(session, cast)
    for verb in verbs.values():
        with pytest.raises(NotAllowed, match="cohort-archived"):
            verb(cast.director)


def test_pages_of_groups_are_for_their_faculty(session, cast, group_set):
    first = cast.groups[0].public_id

    assert group_set_for_director(session, cast.director, group_set.public_id) == (group_set, cast.cohort)
    for person in (cast.tutor, cast.ana, cast.outsider, cast.administrator):
        with pytest.raises(NotFound):
            group_set_for_director(session, person, group_set.public_id)
    for person in (cast.director, cast.tutor):
        assert group_for_faculty(session, person, first) == (cast.groups[0], group_set, cast.cohort)
    for person in (cast.tutor2, cast.ana, cast.outsider, cast.administrator):
        with pytest.raises(NotFound):
            group_for_faculty(session, person, first)


# Names


def test_names_are_clean_and_their_own(session, cast, group_set):
    first, second = cast.groups
    groups.rename(session, actor=cast.director, what=first, name="  Lister\u200b  ward ", now=START)
    groups.rename(session, actor=cast.director, what=group_set, name="Pairs", now=START)
    actions.make_group_set(session, actor=cast.director, cohort=cast.cohort, name="Seminar", now=START)
    assert (first.name, group_set.name) == ("Lister ward", "Pairs")

    for what, name, code in (
        (second, "Lister ward", "name-taken"),
        (second, " ", "required"),
        (second, "x" * 201, "too-long"),
        (group_set, "Seminar", "name-taken"),
    ):
        with pytest.raises(Invalid) as refusal:
            groups.rename(session, actor=cast.director, what=what, name=name, now=START)
        assert (refusal.value.code, refusal.value.field) == (code, "name")
        session.refresh(what)
    for make, within in (
        (actions.make_group_set, {"cohort": cast.cohort}),
        (actions.make_group, {"group_set": group_set}),
    ):
        for name, code in (
            ("", "required"),
            ("y" * 201, "too-long"),
            ("Group 2" if "group_set" in within else "Pairs", "name-taken"),
        ):
            with pytest.raises(Invalid, match=code):
                make(session, actor=cast.director, name=name, now=START, **within)
    assert deeds(session) == ["group.rename", "group-set.rename", "group-set.make"]


# Deleting


def test_a_set_goes_with_its_groups_while_no_round_uses_it(session, cast, group_set):
    pairs = actions.make_group_set(session, actor=cast.director, cohort=cast.cohort, name="Pairs", now=START)
    pair = actions.make_group(session, actor=cast.director, group_set=pairs, name="Pair 1", now=START)
    move(session, cast, pairs, pair, "ana")
    jo = session.scalars(select(Membership).where(Membership.user_id == cast.tutor2.id)).one()
    actions.assign_tutor(session, actor=cast.director, group=pair, membership=jo, now=START)

    with pytest.raises(NotAllowed, match="group-set-in-use"):
        groups.delete_group_set(session, actor=cast.director, group_set=group_set, now=START)
    groups.delete_group_set(session, actor=cast.director, group_set=pairs, now=START)

    assert [(line.name, line.groups, line.students) for line in group_set_lines(session, cast.cohort)] == [
        ("Seminar groups", 2, 4)
    ]
    assert session.scalars(select(GroupTutor.group_id).order_by(GroupTutor.id)).all() == [g.id for g in cast.groups]


def test_a_group_goes_when_nobody_sits_in_it_and_nothing_was_written_there(session, cast, group_set):
    first, second = cast.groups
    with pytest.raises(NotAllowed, match="group-not-empty"):
        groups.delete_group(session, actor=cast.director, group=second, now=START)
    leave(session, cast, cast.chi)
    groups.delete_group(session, actor=cast.director, group=second, now=START)
    assert [line.name for line in groups_with_members(session, cast.director, group_set)] == ["Group 1"]

    meet(session, cast, cast.ana)
    move(session, cast, group_set, None, "ana", "ben", "dee")
    with pytest.raises(NotAllowed, match="group-has-talked"):
        groups.delete_group(session, actor=cast.director, group=first, now=START)
    assert seats(session, group_set) == {"Group 1": []}


# Moving


def test_several_move_at_once_and_back(session, cast, group_set):
    second = cast.groups[1]
    made = move(session, cast, group_set, second, "ana", "ben", "chi")
    assert seats(session, group_set) == {"Group 1": ["Dee"], "Group 2": ["Ana", "Ben", "Chi"]}
    assert [len(told(session, person)) for person in (cast.ana, cast.ben, cast.chi, cast.dee)] == [1, 1, 0, 0]
    assert told(session, cast.ana, START + groups.UNDO - timedelta(seconds=1)) == []

    groups.undo_move(session, actor=cast.director, move=made, now=START)
    assert seats(session, group_set) == {"Group 1": ["Ana", "Ben", "Dee"], "Group 2": ["Chi"]}
    assert told(session, cast.ana) == []
    assert session.scalars(select(GroupMove.id)).all() == []
    assert deeds(session) == ["group.move", "group.move", "group-set.undo-move"]


def test_out_of_all_groups_and_back_in(session, cast, group_set):
    second = cast.groups[1]
    out = move(session, cast, group_set, None, "dee")
    assert seats(session, group_set)["Group 1"] == ["Ana", "Ben"]
    assert [line.name for line in without_group(session, group_set)] == ["Dee Okafor"]
    assert move(session, cast, group_set, None, "dee") is None

    groups.undo_move(session, actor=cast.director, move=out, now=START)
    assert (seats(session, group_set)["Group 1"], without_group(session, group_set)) == (["Ana", "Ben", "Dee"], [])
    again = move(session, cast, group_set, None, "dee")
    back = move(session, cast, group_set, second, "dee")
    with pytest.raises(Conflict, match="moved-since"):
        groups.undo_move(session, actor=cast.director, move=again, now=START)
    groups.undo_move(session, actor=cast.director, move=back, now=START)
    assert [line.name for line in without_group(session, group_set)] == ["Dee Okafor"]


def test_what_cannot_be_undone_any_more(session, cast, group_set):
    spare = actions.make_group(session, actor=cast.director, group_set=group_set, name="Spare", now=START)
    move(session, cast, group_set, spare, "dee")
    gone = move(session, cast, group_set, cast.groups[1], "dee")
    groups.delete_group(session, actor=cast.director, group=spare, now=START)
    with pytest.raises(Conflict, match="moved-since"):
        groups.undo_move(session, actor=cast.director, move=gone, now=START)

    move(session, cast, group_set, cast.groups[0], "dee", now=START + timedelta(days=2))
    assert len(session.scalars(select(GroupMove.id)).all()) == 1, "old moves are forgotten"


def test_only_students_of_the_cohort_move_and_only_within_the_set(session, cast, group_set):
    [theirs] = make_groups(session, make_cohort(session, "Year 1"), "Group 1")
    for names, group, error in (
        (("ana",), theirs, Invalid),
        ((), cast.groups[1], Invalid),
        (("jo",), cast.groups[1], NotFound),
        (("ana", "sam"), cast.groups[1], NotFound),
    ):
        with pytest.raises(error):
            move(session, cast, group_set, group, *names)
    leave(session, cast, cast.dee)
    with pytest.raises(NotFound):
        move(session, cast, group_set, cast.groups[1], "dee")
    assert seats(session, group_set) == {"Group 1": ["Ana", "Ben"], "Group 2": ["Chi"]}


# Merging


def test_two_groups_become_one_and_the_empty_one_stays(session, cast, group_set):
    first, second = cast.groups
    made = groups.merge_groups(session, actor=cast.director, group=second, into=first, now=START)
    assert seats(session, group_set) == {"Group 1": ["Ana", "Ben", "Chi", "Dee"], "Group 2": []}
    groups.undo_move(session, actor=cast.director, move=made, now=START)
    assert seats(session, group_set) == {"Group 1": ["Ana", "Ben", "Dee"], "Group 2": ["Chi"]}

    [theirs] = make_groups(session, make_cohort(session, "Year 1"), "Group 1")
    for into in (first, theirs):
        with pytest.raises(Invalid, match="unknown-group"):
            groups.merge_groups(session, actor=cast.director, group=first, into=into, now=START)


def test_a_tutor_merges_what_they_teach_for_good_and_undoes_it(session, cast, group_set):
    first, second = cast.groups
    ines = session.scalars(select(Membership).where(Membership.user_id == cast.tutor.id)).one()
    session.add(GroupTutor(group_id=second.id, membership_id=ines.id, until=FAR))
    session.flush()
    with pytest.raises(NotFound):
        groups.merge_groups(session, actor=cast.tutor, group=second, into=first, now=START)
    actions.assign_tutor(session, actor=cast.director, group=second, membership=ines, now=START)

    made = groups.merge_groups(session, actor=cast.tutor, group=second, into=first, now=START)
    assert seats(session, group_set)["Group 2"] == []
    with pytest.raises(NotFound):
        groups.undo_move(session, actor=cast.tutor2, move=made, now=START)
    groups.undo_move(session, actor=cast.tutor, move=made, now=START)
    assert seats(session, group_set)["Group 2"] == ["Chi"]
    archive(session, cast)
    with pytest.raises(NotAllowed, match="cohort-archived"):
        groups.merge_groups(session, actor=cast.tutor, group=second, into=first, now=START)


# Groups made automatically


def test_an_empty_set_is_filled_with_everybody(session, cast):
    pairs = actions.make_group_set(session, actor=cast.director, cohort=cast.cohort, name="Pairs", now=START)
    ids = {name: cast.users[name].public_id for name in ("ana", "ben", "dee", "chi")}
    plan = [("Pair 1", [ids["ana"], ids["chi"]]), ("Pair 2", [ids["ben"], ids["dee"]])]

    def fill(plan):
        groups.fill_group_set(session, actor=cast.director, group_set=pairs, groups=plan, now=START)

    for wrong in (plan[:1], [*plan, ("Pair 3", [ids["ana"]])], [("All", [*ids.values(), cast.users["sam"].public_id])]):
        with pytest.raises(Conflict, match="students-changed"):
            fill(wrong)
    fill(plan)
    assert seats(session, pairs) == {"Pair 1": ["Ana", "Chi"], "Pair 2": ["Ben", "Dee"]}
    with pytest.raises(NotAllowed, match="group-set-not-empty"):
        fill(plan)
    assert (deeds(session)[-1], told(session, cast.ana)) == ("group-set.fill", [])


# Tutors on the grid


def pair(cast, group, name):
    return (cast.groups[group - 1].public_id, cast.users[name].public_id)


def set_tutors(session, cast, group_set, chosen, *, before=None, by=None):
    before = assigned_tutors(session, group_set) if before is None else before
    return groups.set_tutors(
        session, actor=by or cast.director, group_set=group_set, before=before, chosen=chosen, now=START
    )


def test_the_grid_is_saved_whole_and_everybody_concerned_is_told(session, cast, group_set):
    second = enter(session, "Otto Second")
    join(session, cast.cohort, second, DIRECTOR)
    chosen = {pair(cast, 1, "jo"), pair(cast, 2, "jo"), pair(cast, 2, "ines")}

    assert set_tutors(session, cast, group_set, chosen) == 3
    assert assigned_tutors(session, group_set) == chosen
    people = (cast.director, actor(second), cast.tutor, cast.tutor2, cast.ana)
    assert [told(session, person) for person in people] == [
        [],
        ["tutors-changed"],
        ["groups-taught"],
        ["groups-taught"],
        [],
    ]
    assert sorted(deeds(session)) == ["cohort.assign-tutor", "cohort.assign-tutor", "cohort.unassign-tutor"]
    assert set_tutors(session, cast, group_set, chosen) == 0
    assert set_tutors(session, cast, group_set, set()) == 3
    assert told(session, cast.tutor) == ["groups-taught"], "nobody is told twice while the first is unread"


def test_whoever_comes_second_is_shown_what_is_there(session, cast, group_set):
    before = assigned_tutors(session, group_set)
    set_tutors(session, cast, group_set, before | {pair(cast, 2, "ines")})

    with pytest.raises(Conflict) as conflict:
        set_tutors(session, cast, group_set, set(), before=before)
    assert (conflict.value.code, conflict.value.current) == ("stale", before | {pair(cast, 2, "ines")})
    assert assigned_tutors(session, group_set) == before | {pair(cast, 2, "ines")}


def test_a_cover_keeps_its_end_on_the_grid_and_one_that_ended_is_a_gap(session, cast, group_set):
    jo, ines = (
        session.scalars(select(Membership).where(Membership.user_id == person.id)).one()
        for person in (cast.tutor2, cast.tutor)
    )
    actions.assign_tutor(session, actor=cast.director, group=cast.groups[0], membership=jo, until=FAR, now=START)
    ended = GroupTutor(group_id=cast.groups[1].id, membership_id=ines.id, until=START - timedelta(days=400))
    session.add(ended)
    session.flush()
    current = assigned_tutors(session, group_set)
    assert current == {pair(cast, 1, "ines"), pair(cast, 1, "jo"), pair(cast, 2, "jo")}

    set_tutors(session, cast, group_set, current | {pair(cast, 2, "ines")})
    ends = dict(
        session.execute(
            select(Group.name, GroupTutor.until)
            .join(Group, Group.id == GroupTutor.group_id)
            .where(GroupTutor.membership_id == jo.id)
        ).all()
    )
    assert ends == {"Group 1": FAR, "Group 2": None}
    assert pair(cast, 2, "ines") in assigned_tutors(session, group_set)


def test_only_the_cohort_s_tutors_and_groups_stand_on_the_grid(session, cast, group_set):
    [theirs] = make_groups(session, make_cohort(session, "Year 1"), "Group 1")
    before = assigned_tutors(session, group_set)
    for wrong in (
        pair(cast, 1, "helen"),
        pair(cast, 1, "ana"),
        pair(cast, 1, "paul"),
        (theirs.public_id, cast.users["jo"].public_id),
    ):
        with pytest.raises(NotFound):
            set_tutors(session, cast, group_set, before | {wrong})
    assert assigned_tutors(session, group_set) == before


def test_a_cover_is_prolonged_made_good_and_never_begun_in_the_past(session, cast):
    jo = session.scalars(select(Membership).where(Membership.user_id == cast.tutor2.id)).one()

    def cover(until):
        actions.assign_tutor(session, actor=cast.director, group=cast.groups[0], membership=jo, until=until, now=START)
        return session.scalars(
            select(GroupTutor.until).where(GroupTutor.group_id == cast.groups[0].id, GroupTutor.membership_id == jo.id)
        ).one()

    for moment in (START, START - timedelta(days=1)):
        with pytest.raises(Invalid) as refusal:
            cover(moment)
        assert (refusal.value.code, refusal.value.field) == ("ends-in-the-past", "until")
    assert [cover(START + timedelta(days=1)), cover(FAR), cover(None), cover(FAR)] == [
        START + timedelta(days=1),
        FAR,
        None,
        None,
    ]
    assert told(session, cast.tutor2) == ["groups-taught"]
    assert deeds(session) == ["cohort.assign-tutor"] * 3


# While a round runs


def test_who_moves_keeps_the_gate_and_begins_anew_under_another_name(session, cast, group_set):
    """Through the gate itself; what they wrote before is looked for in tests/discussions/test_moving.py."""
    meet(session, cast, cast.ana)
    before = standing(session, cast.ana, cast.id, now=START)
    made = move(session, cast, group_set, cast.groups[1], "ana")
    after = standing(session, cast.ana, cast.id, now=START)

    assert (before.is_complete, after.is_complete) == (True, True)
    assert (before.group_id, after.group_id) == (cast.groups[0].id, cast.groups[1].id)
    assert before.alias is not None
    assert after.alias is None, "drawn with the first thing written there"
    groups.undo_move(session, actor=cast.director, move=made, now=START)
    assert standing(session, cast.ana, cast.id, now=START).alias == before.alias
    assert session.scalars(select(GroupMember.group_id).where(GroupMember.group_id == cast.groups[0].id)).all() != []
