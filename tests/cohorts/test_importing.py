"""A class list comes in: what is written, what is refused, what is told to whom, and how much work it is."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import event, func, select

from ethics import vocabulary
from ethics.audit.actions import broken_entry
from ethics.audit.models import AuditEntry
from ethics.cohorts.importing import Outcome, import_roster, plan_import
from ethics.cohorts.models import CohortRole, Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.cohorts.roster import parse
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.notices.models import Notice
from ethics.outbox import Delivery
from ethics.people.activation import Account, make_links
from ethics.people.models import Link, SignInSession, User
from ethics.people.sessions import start_session
from tests.cast import enter
from tests.clock import START
from tests.rounds_cast import archive, build_round, join, leave, make_cohort

VOCABULARY = vocabulary.load()
SET = "Seminar groups"
HEADS = "Name;Email;Profession;Group;Tutor\n"


def bring(session, cast, text, *, by=None, group_set=SET, **changes):
    return import_roster(
        session,
        actor=by or cast.director,
        cohort=cast.cohort,
        sheet=parse(text),
        group_set=group_set,
        vocabulary=VOCABULARY,
        now=START,
        **({"leave_out": False, "by_mail": False} | changes),
    )


def look(session, cast, text, *, group_set=SET):
    return plan_import(
        session,
        actor=cast.director,
        cohort=cast.cohort,
        sheet=parse(text),
        group_set=group_set,
        vocabulary=VOCABULARY,
    )


def people(session, cast):
    """Everybody's role, profession and group, by name."""
    rows = session.execute(
        select(User.name, Membership.role, Membership.profession, Group.name, Membership.left_at)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(GroupMember, GroupMember.membership_id == Membership.id)
        .outerjoin(Group, Group.id == GroupMember.group_id)
        .where(Membership.cohort_id == cast.cohort.id)
    )
    return {name: (role, profession, group) for name, role, profession, group, left in rows if left is None}


def test_people_groups_and_tutors_come_in_at_once(session, cast):
    done = bring(
        session,
        cast,
        HEADS
        + "Eva Lind;eva@demo.example;midwife;Group 3;Kit Ames <kit@demo.example>\n"
        + "Ana X;ana@demo.example;Medicine;Group 2;ines@demo.example\n"
        + "Ben Hallam;ben@demo.example;;;\n",
    )

    assert done == Outcome(added=1, returned=0, changed=1, moved=1, tutors=1, mailed=0)
    assert people(session, cast) == {
        "Helen Ashworth": ("director", None, None),
        "Ines Brandt": ("tutor", None, None),
        "Jo Marsh": ("tutor", None, None),
        "Kit Ames": ("tutor", None, None),
        "Ana Duarte": ("student", "medicine", "Group 2"),
        "Ben Hallam": ("student", "nursing", "Group 1"),
        "Dee Okafor": ("student", "nursing", "Group 1"),
        "Chi Tran": ("student", "nursing", "Group 2"),
        "Eva Lind": ("student", "midwifery", "Group 3"),
    }
    taught = (
        select(User.name, Group.name)
        .join(Membership, Membership.user_id == User.id)
        .join(GroupTutor, GroupTutor.membership_id == Membership.id)
        .join(Group, Group.id == GroupTutor.group_id)
        .order_by(Group.id, User.name)
    )
    assert [tuple(row) for row in session.execute(taught)] == [
        ("Ines Brandt", "Group 1"),
        ("Ines Brandt", "Group 2"),
        ("Jo Marsh", "Group 2"),
        ("Kit Ames", "Group 3"),
    ]


def test_each_grant_is_written_down(session, cast):
    bring(session, cast, HEADS + "Eva Lind;eva@demo.example;;Group 3;kit@demo.example\n")
    rows = session.execute(select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.number)).all()

    assert {by for by, _ in rows} == {cast.director.public_id}
    assert [action for _, action in rows] == [
        "create",
        "create",
        "cohort.add-student",
        "cohort.add-tutor",
        "group.make",
        "group.put-in",
        "cohort.assign-tutor",
    ]
    assert broken_entry(session) is None


def test_the_other_directors_are_told_of_new_tutors_and_who_has_an_account_of_the_cohort(session, cast):
    other, kit = enter(session, "Gwen"), enter(session, "Kit")
    join(session, cast.cohort, other, CohortRole.DIRECTOR)
    bring(session, cast, HEADS + "Eva Lind;eva@demo.example;;Group 3;kit@demo.example\n")

    assert sorted(tuple(row) for row in session.execute(select(Notice.user_id, Notice.kind))) == sorted(
        [(kit.id, "place-given"), (other.id, "faculty-made")]
    )


def test_an_account_elsewhere_keeps_its_name_and_no_plan_tells_of_it(session, cast):
    text = HEADS + "Somebody Else;sam@demo.example;;;\n"
    before = look(session, cast, text)
    bring(session, cast, text)

    assert [(step.name, step.kind) for step in before.steps] == [("Somebody Else", "added")]
    assert cast.users["sam"].name == "Sam Stranger"
    assert people(session, cast)["Sam Stranger"] == ("student", None, "Group 2")


def test_the_same_file_again_changes_nothing(session, cast):
    text = HEADS + "Eva Lind;eva@demo.example;midwife;Group 3;kit@demo.example\nX;ana@demo.example;;group 2;\n"
    bring(session, cast, text)
    entries = session.scalar(select(func.count()).select_from(AuditEntry))

    assert look(session, cast, text).is_empty
    assert bring(session, cast, text) == Outcome(0, 0, 0, 0, 0, 0)
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == entries


def test_who_was_removed_comes_back_into_the_same_place(session, cast):
    leave(session, cast, cast.ana)
    text = HEADS + "X;ana@demo.example;;;\n"

    assert [(step.name, step.kind) for step in look(session, cast, text).steps] == [("Ana Duarte", "returned")]
    assert bring(session, cast, text) == Outcome(0, 1, 0, 0, 0, 0)
    assert people(session, cast)["Ana Duarte"] == ("student", "nursing", "Group 1")


def test_a_line_with_a_problem_stops_all_of_it_unless_it_is_left_out(session, cast):
    text = HEADS + "Eva Lind;eva@demo.example;;;\nFay Moss;fay;;;\n"
    with pytest.raises(Invalid, match="roster-problems"):
        bring(session, cast, text)
    assert "Eva Lind" not in people(session, cast)

    bring(session, cast, text, leave_out=True)
    assert "Eva Lind" in people(session, cast)
    assert session.scalars(select(User.name).where(User.name.like("Fay%"))).all() == []


def test_what_was_confirmed_is_done_or_looked_at_again(session, cast):
    text = HEADS + "Eva Lind;eva@demo.example;;;\nX;ana@demo.example;medicine;;\n"
    seen = look(session, cast, text)
    join(session, cast.cohort, enter(session, "Eva Lind", email="eva@demo.example"), CohortRole.STUDENT)
    with pytest.raises(Conflict) as conflict:
        bring(session, cast, text, digest=seen.digest)

    assert conflict.value.code == "roster-changed"
    assert [(step.name, step.kind) for step in conflict.value.current.steps] == [
        ("Eva Lind", "kept"),
        ("Ana Duarte", "kept"),
    ]
    assert bring(session, cast, text, digest=conflict.value.current.digest).changed == 1


@pytest.mark.parametrize("person", ["tutor", "ana", "outsider", "author", "stranger"])
def test_nobody_else_brings_anybody_in(session, cast, person):
    with pytest.raises(NotFound):
        bring(session, cast, HEADS + "Eva Lind;eva@demo.example;;;\n", by=getattr(cast, person))


def test_an_archived_cohort_takes_nobody_in(session, cast):
    archive(session, cast)
    for person in (cast.director, cast.administrator):
        with pytest.raises(NotAllowed, match="cohort-archived"):
            bring(session, cast, HEADS + "Eva Lind;eva@demo.example;;;\n", by=person)


def test_who_teaches_here_already_is_told_of_another_group(session, cast):
    bring(session, cast, HEADS + "Chi;chi@demo.example;;Group 2;ines@demo.example\n")

    assert [tuple(row) for row in session.execute(select(Notice.user_id, Notice.kind))] == [
        (cast.tutor.id, "groups-taught")
    ]


def test_an_administrator_makes_himself_no_tutor(session, cast):
    with pytest.raises(Invalid, match="own-role"):
        bring(session, cast, HEADS + "Eva;eva@demo.example;;Group 1;morag@demo.example\n", by=cast.administrator)


def test_a_new_tutor_is_no_longer_only_a_student_on_the_own_device(session, cast):
    start_session(session, user=cast.users["sam"], device="A phone", own_device=True, now=START)
    bring(session, cast, HEADS + "Eva;eva@demo.example;;Group 1;sam@demo.example\n")

    session.expire_all()
    assert session.scalars(select(SignInSession.own_device)).all() == [False]


def test_a_link_that_somebody_else_holds_opens_no_second_cohort(session, cast):
    user = User(email="kit@demo.example", name="Kit", password_hash=None, zone=None, active=True, created_at=START)
    session.add(user)
    session.flush()
    join(session, make_cohort(session, "Year 1"), user, CohortRole.STUDENT)
    make_links(session, actor=None, accounts=[Account(user.id, user.public_id, user.email, user.name)], now=START)
    bring(session, cast, HEADS + "Eva;eva@demo.example;;Group 1;kit@demo.example\n")

    session.expire_all()
    assert session.scalars(select(Link.used_at).where(Link.user_id == user.id)).all() == [START]


def test_links_go_by_mail_to_who_never_came(session, cast):
    done = bring(
        session, cast, HEADS + "Eva;eva@demo.example;;Group 1;kit@demo.example\nSam;sam@demo.example;;;\n", by_mail=True
    )
    letters = session.scalars(select(Delivery.payload)).all()

    assert done.mailed == 2
    assert sorted((letter["to"], letter["about"]) for letter in letters) == [
        ("eva@demo.example", "activation"),
        ("kit@demo.example", "activation"),
    ]


def test_a_group_set_is_made_where_it_is_new_and_groups_are_left_alone_without_one(session, cast):
    text = HEADS + "Eva;eva@demo.example;;Pair 1;kit@demo.example\n"
    bring(session, cast, text, group_set="")
    assert session.scalars(select(GroupSet.name).where(GroupSet.cohort_id == cast.cohort.id)).all() == [SET]
    assert people(session, cast)["Eva"] == ("student", None, None)
    assert "Kit" not in people(session, cast)

    bring(session, cast, text, group_set="Pairs")
    assert people(session, cast)["Eva"] == ("student", None, "Pair 1")
    assert session.scalars(
        select(GroupSet.name).where(GroupSet.cohort_id == cast.cohort.id).order_by(GroupSet.id)
    ).all() == [SET, "Pairs"]


def roster(lines):
    body = (
        f"Student {number};s{number}@demo.example;{('nursing', 'medicine', 'pharmacy')[number % 3]};"
        f"Group {number // 8};t{number // 40}@demo.example\n"
        for number in range(lines)
    )
    return HEADS + "".join(body)


def test_many_lines_take_as_many_statements_as_few_and_little_time(session, cast):
    counts = []
    for lines in (8, 2000):
        sent = []
        note = lambda *_, sent=sent: sent.append(1)  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", note)
        began = time.monotonic()
        bring(session, cast, roster(lines), group_set=f"Set of {lines}")
        took = time.monotonic() - began
        event.remove(session.get_bind(), "before_cursor_execute", note)
        counts.append(len(sent))

    assert took < 10
    assert counts[1] - counts[0] <= 4


def test_of_two_who_confirm_at_once_one_sees_it_again(db):
    with db.unit_of_work() as session:
        cast = build_round(session)
        text = HEADS + "Eva;eva@demo.example;midwife;Group 3;kit@demo.example\n"
        digest = look(session, cast, text).digest
    together = Barrier(2)

    def confirm(_):
        together.wait(timeout=30)
        try:
            with db.unit_of_work() as session:
                return bring(session, cast, text, digest=digest).added
        except Conflict as conflict:
            return conflict.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(map(str, pool.map(confirm, range(2)))) == ["1", "roster-changed"]
