"""The first page: what is next for each, from the first visit to the last round."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupTutor
from ethics.db import Database
from ethics.insights.duties import HANDFUL, unopened
from ethics.people.models import Role, RoleGrant
from ethics.rounds import actions
from ethics.rounds.gate import standing
from ethics.rounds.models import Round
from ethics.rounds.readiness import obstacles
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.talking import Talk
from tests.pages import words
from tests.rounds.reading import commit, meet, reach, revisit
from tests.rounds_cast import RoundCast, build_round, join, leave, make_cohort, make_groups, make_round, prolong

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
LATER = START + timedelta(days=10)


@pytest.fixture
def cast(db: Database) -> RoundCast:
    """The class; nobody has begun."""
    with db.unit_of_work() as session:
        return build_round(session)


def sections(page):
    """The cards under each heading: words, and where they lead."""
    found: dict[str, list[tuple[str, str]]] = {}
    heading = ""
    for element in page.elements:
        if element.tag == "h2":
            heading = words(element)
            found[heading] = []
        elif element.tag == "article":
            found[heading].append((" ".join(map(words, element)), next(element.iter("a")).get("href")))
        elif element.tag == "ul" and "home-list" in (element.get("class") or "").split():
            found[heading] += [(words(item), next(item.iter("a")).get("href")) for item in element]
    return found


def fill_groups(session, cast):
    """Enough students in both groups, so that none asks for more."""
    for number, group in enumerate([cast.groups[0], *[cast.groups[1]] * 3]):
        join(session, cast.cohort, enter(session, f"Student{number}"), CohortRole.STUDENT, group)


def act(step, session, cast, now):
    """Let Ana come as far as `step`."""
    if step == "stage 1":
        actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    elif step == "stage 2":
        actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
        commit(session, cast, cast.ana, 1)
        actions.open_next_stage(session, actor=cast.ana, round_id=cast.id, stage=1, now=START)
    elif step == "committed":
        reach(session, cast, cast.ana)
    elif step != "new":
        meet(session, cast, cast.ana)
    if step in ("reflected", "revisited"):
        actions.note_reflected(standing(session, cast.ana, cast.id, now=now).participation, now=now)
    if step == "revisited":
        revisit(session, cast, cast.ana, now=now)


STEPS = [
    ("new", -4.1, "Not open yet Opens Fri 20 Nov, 10:00 London", ""),
    ("new", 0, "Begin Reflection due Tue 1 Dec, 10:00 London", ""),
    ("stage 1", 0, "Stage 1 of 2 Reflection due Tue 1 Dec, 10:00 London", "/stages/1"),
    ("stage 2", 0, "Stage 2 of 2 Reflection due Tue 1 Dec, 10:00 London", "/stages/2"),
    ("committed", 0, "Stage 2 of 2 Reflection due Tue 1 Dec, 10:00 London", "/stages/2"),
    ("met", 0, "Write your reflection Reflection due Tue 1 Dec, 10:00 London", "/reflection"),
    ("reflected", 0, "Talk, until you look again Look again from Thu 3 Dec, 10:00 London", "/discussion"),
    ("reflected", 10, "Look again Closes Tue 8 Dec, 10:00 London", "/revisit"),
    ("revisited", 10, "The debrief is open Closes Tue 8 Dec, 10:00 London", "/debrief"),
]


@pytest.mark.parametrize(("step", "days", "says", "leads"), STEPS)
def test_a_student_is_told_the_next_step(db, cast, sign_in, clock, step, days, says, leads):
    with db.unit_of_work() as session:
        act(step, session, cast, START + timedelta(days=days))
    clock.advance(days=days)

    assert sections(sign_in("ana@demo.example").page("/")) == {
        "Your rounds": [(f"The line goes too Year 3 {says}", f"/rounds/{cast.id}{leads}")]
    }


def test_a_closed_round_is_an_earlier_one(db, cast, sign_in, clock):
    clock.advance(days=20)

    assert sections(sign_in("ana@demo.example").page("/")) == {
        "Earlier rounds": [("The line goes too Year 3 Closed Closed Tue 8 Dec, 10:00 London", f"/rounds/{cast.id}")]
    }


def test_an_extension_is_what_counts(db, cast, sign_in, clock):
    with db.unit_of_work() as session:
        actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
        prolong(session, cast, cast.ana, START + timedelta(days=22), due_at=START + timedelta(days=21))
    clock.advance(days=20)
    client = sign_in("ana@demo.example")
    assert "Stage 1 of 2 Reflection due, with your extra time Tue 15 Dec, 10:00 London" in client.page("/").text
    clock.advance(days=3)

    assert "Closed Closed Wed 16 Dec, 10:00 London" in sign_in("ana@demo.example").page("/").text


def test_without_decisions_there_is_no_looking_again(db, cast, sign_in):
    with db.unit_of_work() as session:
        meet(session, cast, cast.ana)
        actions.note_reflected(standing(session, cast.ana, cast.id, now=START).participation, now=START)
        version = standing(session, cast.ana, cast.id, now=START).round.case_version
        version.stages = [stage | {"decides": False} for stage in version.stages]
    page = sign_in("ana@demo.example").page("/")

    assert [leads for _, leads in sections(page)["Your rounds"]] == [f"/rounds/{cast.id}/debrief"]


def test_the_reader_s_own_time_stands_beside_the_round_s(db, cast, sign_in):
    with db.unit_of_work() as session:
        session.get_one(type(cast.users["ana"]), cast.ana.id).zone = "Asia/Kolkata"

    assert "Tue 1 Dec, 10:00 London (Tue 1 Dec, 15:30 for you)" in sign_in("ana@demo.example").page("/").text


@pytest.mark.parametrize("name", ["helen", "ines"])
def test_faculty_find_what_they_teach(db, cast, sign_in, name):
    with db.unit_of_work() as session:
        fill_groups(session, cast)

    assert sections(sign_in(f"{name}@demo.example").page("/")) == {
        "Rounds you teach": [
            ("The line goes too Year 3 Running Reflections due Tue 1 Dec, 10:00 London", f"/rounds/{cast.id}")
        ],
        "Your cohorts": [("Year 3", f"/cohorts/{cast.cohort.public_id}")],
    }


def test_a_draft_is_its_director_s(db, cast, sign_in):
    with db.unit_of_work() as session:
        fill_groups(session, cast)
        session.get_one(Round, cast.round.id).opened_at = None

    assert "Draft: students do not see it yet" in sign_in("helen@demo.example").page("/").text
    assert sections(sign_in("ines@demo.example").page("/")) == {
        "Rounds you teach": [],
        "Your cohorts": [("Year 3", f"/cohorts/{cast.cohort.public_id}")],
    }
    assert "No round is open for you yet" in sign_in("ana@demo.example").page("/").text


def test_who_has_nothing_yet_is_shown_the_library(cast, sign_in):
    page = sign_in("sam@demo.example").page("/")

    assert "No round is open for you yet" in page.text
    assert [words(link) for link in page.all("a", href="/cases")].count("Look at the library") == 1


def test_who_is_removed_and_whose_cohort_is_archived_find_nothing(db, cast, sign_in):
    with db.unit_of_work() as session:
        leave(session, cast, cast.ana)
        session.get_one(Cohort, cast.cohort.id).archived_at = START

    for name in ("ana", "ben"):
        assert "The line goes too" not in sign_in(f"{name}@demo.example").page("/").html
    assert sections(sign_in("helen@demo.example").page("/"))["Your cohorts"] == [
        ("Year 3 archived", f"/cohorts/{cast.cohort.public_id}")
    ]


def test_the_rounds_of_an_archived_cohort_run_no_more(db, cast, sign_in):
    with db.unit_of_work() as session:
        session.get_one(Cohort, cast.cohort.id).archived_at = START
    page = sign_in("helen@demo.example").page("/")
    assert "Running" not in page.text
    assert "1 closed round" in page.text
    assert "Archived Tue 24 Nov, 10:00" in page.text


def test_all_one_s_parts_stand_on_one_page(db, cast, sign_in):
    with db.unit_of_work() as session:
        eva = enter(session, "Eva", Role.AUTHOR)
        join(session, cast.cohort, eva, CohortRole.STUDENT, cast.groups[0])
        cohort = make_cohort(session, "Year 1")
        join(session, cohort, eva, CohortRole.TUTOR)

    assert list(sections(sign_in("eva@demo.example").page("/"))) == [
        "Your rounds",
        "Rounds you teach",
        "Your cohorts",
        "Cases",
    ]


def test_home_takes_as_many_statements_for_many_rounds(db, cast, sign_in, statements):
    clients = [sign_in(f"{name}@demo.example") for name in ("ana", "helen")]
    few = [statements(client, "/") for client in clients]
    with db.unit_of_work() as session:
        for number in range(12):
            cohort = make_cohort(session, f"Course {number}")
            [group] = make_groups(session, cohort, "Group 1")
            join(session, cohort, cast.users["ana"], CohortRole.STUDENT, group)
            join(session, cohort, cast.users["helen"], CohortRole.DIRECTOR)
            version = standing(session, cast.ana, cast.id, now=START).round.case_version
            make_round(session, cohort, group.group_set_id, version, cast.users["helen"])

    assert [statements(client, "/") for client in clients] == few
    assert len(sections(clients[0].page("/"))["Your rounds"]) == 13


# What waits for faculty


def test_who_waits_longest_is_one_click_from_the_desk(session, cast, sign_in):
    talk = Talk(session, cast)
    reflections = {}
    for days, name in enumerate(("dee", "ana", "chi")):
        person, now = getattr(cast, name), START - timedelta(days=3 - days)
        meet(session, cast, person)
        reflections[name] = talk.reflect(person, asked="Was it right?" if name == "ana" else "", now=now).public_id
    session.commit()
    desk = {name: f"/rounds/{cast.id}/review?reflection={public_id}" for name, public_id in reflections.items()}
    lines = {
        "dee": ("Dee Okafor waits 3 days · Group 1 · The line goes too", desk["dee"]),
        "ana": ("Ana Duarte asked, waits 2 days · Group 1 · The line goes too", desk["ana"]),
        "chi": ("Chi Tran waits 1 day · Group 2 · The line goes too", desk["chi"]),
    }

    found = {
        name: sections(sign_in(f"{name}@demo.example").page("/")).get("Waiting for you")
        for name in ("ines", "jo", "helen", "paul", "ana")
    }
    assert found == {
        "ines": [lines["dee"], lines["ana"]],
        "jo": [lines["chi"]],
        "helen": [lines["dee"], lines["ana"], lines["chi"]],
        "paul": None,
        "ana": None,
    }
    assert sign_in("ines@demo.example").page(desk["dee"]).heading == "Dee Okafor"


def test_only_a_handful_waits_on_the_first_page(session, cast, sign_in):
    talk = Talk(session, cast)
    for number in range(HANDFUL + 2):
        user = enter(session, f"Student{number}")
        join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
        meet(session, cast, actor(user))
        talk.reflect(actor(user))
    session.commit()
    page = sign_in("ines@demo.example").page("/")

    assert len(sections(page)["Waiting for you"]) == HANDFUL
    assert f"The first of {HANDFUL + 2}." in page.text


def test_who_studies_the_case_elsewhere_is_asked_for_no_answer(session, cast, sign_in):
    meet(session, cast, cast.ana)
    Talk(session, cast).reflect(cast.ana)
    cohort = make_cohort(session, "Evening class")
    [group] = make_groups(session, cohort, "Group 1")
    join(session, cohort, cast.users["ines"], CohortRole.STUDENT, group)
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    far = datetime(2999, 1, 1, tzinfo=UTC)
    make_round(session, cohort, group.group_set_id, version, cast.users["paul"], close_at=far)
    session.commit()

    assert "Waiting for you" not in sections(sign_in("ines@demo.example").page("/"))


def test_groups_that_need_something_stand_with_their_director_and_tutor(db, cast, sign_in):
    with db.unit_of_work() as session:
        session.execute(delete(GroupTutor).where(GroupTutor.group_id == cast.groups[1].id))
        [_, full] = make_more_groups(session, cast, "Empty", "Full")
        for number in range(4):
            join(session, cast.cohort, enter(session, f"Student{number}"), CohortRole.STUDENT, full)
    lines = [
        ("Group 1 Year 3 3 students: too few to talk.", f"/groups/{cast.groups[0].public_id}"),
        ("Group 2 Year 3 1 student: too few to talk. No tutor.", f"/groups/{cast.groups[1].public_id}"),
        ("Full Year 3 No tutor.", f"/groups/{full.public_id}"),
    ]

    assert [
        sections(sign_in(f"{name}@demo.example").page("/")).get("For you to decide") for name in ("helen", "ines", "jo")
    ] == [lines, lines[:1], None]


def make_more_groups(session, cast, *names):
    groups = [Group(group_set_id=cast.groups[0].group_set_id, name=name) for name in names]
    session.add_all(groups)
    session.flush()
    return groups


@pytest.mark.parametrize("kept", ["nothing", "contacts", "lead", "students", "group", "times"])
def test_a_round_that_is_not_open_says_what_keeps_it(db, cast, session, kept):
    round_ = session.get_one(Round, cast.round.id)
    round_.opened_at = None
    session.add(RoleGrant(user_id=cast.users["morag"].id, role=Role.LEAD))
    seats = select(GroupMember.id).where(GroupMember.group_set_id == round_.group_set_id)
    if kept == "contacts":
        session.get_one(Cohort, cast.cohort.id).call = ""
    elif kept == "lead":
        session.execute(delete(RoleGrant).where(RoleGrant.role == Role.LEAD))
    elif kept in ("students", "group"):
        gone = seats if kept == "students" else seats.limit(1)
        session.execute(delete(GroupMember).where(GroupMember.id.in_(session.scalars(gone).all())))
    elif kept == "times":
        round_.opens_at, round_.due_at, round_.revisit_at, round_.close_at = (
            START - timedelta(days=days) for days in (9, 8, 7, 6)
        )
    session.flush()
    session.expire_all()
    at = standing(session, cast.director, cast.id, now=START)

    [line] = unopened(session, cast.director, now=START)
    assert line.missing == next(obstacles(session, at.round, now=START), None)
    assert (line.missing is None) == (kept == "nothing")
    assert unopened(session, cast.tutor, now=START) == []


def test_authors_find_what_they_edited_and_where_it_runs(db, cast, sign_in):
    with db.unit_of_work() as session:
        version = session.get_one(CaseVersion, cast.round.case_version_id)
        version.created_by_id = cast.author.id

    assert sections(sign_in("lucía@demo.example").page("/"))["Cases"] == [
        ("The line goes too version 1, Tue 24 Nov, 10:00 UTC · in 1 round", "/cases/the-line-goes-too")
    ]


@pytest.mark.parametrize(
    ("name", "heading"), [("lucía", "Cases"), ("morag", "Administration"), ("ruth", "Designated lead")]
)
def test_who_serves_the_installation_finds_what_is_theirs(cast, sign_in, name, heading):
    assert list(sections(sign_in(f"{name}@demo.example").page("/"))) == [heading]


def test_home_takes_as_many_statements_for_many_who_wait(session, cast, sign_in, statements):
    client, talk = sign_in("helen@demo.example"), Talk(session, cast)
    counts = []
    for people in (1, 2, 27):
        for number in range(people):
            user = enter(session, f"Student{people}x{number}")
            join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[number % 2])
            meet(session, cast, actor(user))
            talk.reflect(actor(user))
        counts.append(statements(client, "/"))

    assert counts == [counts[0]] * 3
