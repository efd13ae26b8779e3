"""Two directors at the same moment: one consistent result, and nobody is told of a fault."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import select

from ethics.cohorts import actions, groups
from ethics.cohorts.models import Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.cohorts.queries import assigned_tutors
from ethics.errors import DomainError
from tests.clock import START

FAR = datetime(2999, 1, 1, tzinfo=UTC)
TABS = 4


@pytest.fixture
def at_once(db, session):
    """`at_once(act, …)`: what each act came to, all begun at the same moment in transactions of their own."""
    session.commit()

    def at_once(*acts):
        ready = Barrier(len(acts))

        def perform(act):
            ready.wait(timeout=20)
            try:
                with db.unit_of_work() as tab:
                    act(tab)
            except DomainError as error:
                return error.code
            return "done"

        with ThreadPoolExecutor(len(acts)) as pool:
            return Counter(pool.map(perform, acts))

    return at_once


def in_set(tab, cast):
    return tab.get_one(GroupSet, cast.groups[0].group_set_id)


def test_a_student_moved_to_several_groups_sits_in_one(db, session, cast, at_once):
    pairs = actions.make_group_set(session, actor=None, cohort=cast.cohort, name="Pairs", now=START)
    made = [
        actions.make_group(session, actor=None, group_set=pairs, name=f"Pair {number}", now=START).id
        for number in range(TABS)
    ]
    session.commit()

    def move(tab, number):
        groups.move_students(
            tab,
            actor=cast.director,
            group_set=tab.get_one(GroupSet, pairs.id),
            students=[cast.ana.public_id],
            group=tab.get_one(Group, made[number]),
            now=START,
        )

    assert at_once(*[lambda tab, number=number: move(tab, number) for number in range(TABS)]) == {"done": TABS}
    with db.reading() as reading:
        assert len(reading.scalars(select(GroupMember.id).where(GroupMember.group_set_id == pairs.id)).all()) == 1


def test_of_grids_saved_at_once_one_is_kept(db, session, cast, at_once):
    before = assigned_tutors(session, in_set(session, cast))
    session.commit()
    third = (cast.groups[1].public_id, cast.tutor.public_id)

    def save(tab):
        chosen = before | {third}
        groups.set_tutors(
            tab, actor=cast.director, group_set=in_set(tab, cast), before=before, chosen=chosen, now=START
        )

    assert at_once(*[save] * TABS) == {"done": 1, "stale": TABS - 1}
    with db.reading() as reading:
        assert assigned_tutors(reading, in_set(reading, cast)) == before | {third}


def test_a_cover_and_a_grid_at_once(db, session, cast, at_once):
    jo = session.scalars(select(Membership.id).where(Membership.user_id == cast.tutor2.id)).one()
    before = assigned_tutors(session, in_set(session, cast))
    session.commit()

    def cover(tab):
        group, membership = tab.get_one(Group, cast.groups[0].id), tab.get_one(Membership, jo)
        actions.assign_tutor(tab, actor=cast.director, group=group, membership=membership, until=FAR, now=START)

    def save(tab):
        chosen = before | {(cast.groups[0].public_id, cast.tutor2.public_id)}
        groups.set_tutors(
            tab, actor=cast.director, group_set=in_set(tab, cast), before=before, chosen=chosen, now=START
        )

    assert sum(at_once(cover, save, cover).values()) == 3
    with db.reading() as reading:
        assert len(reading.scalars(select(GroupTutor.id).where(GroupTutor.membership_id == jo)).all()) == 2
