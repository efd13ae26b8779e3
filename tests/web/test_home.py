"""The first page: what is next for each, from the first visit to the last round."""

from datetime import timedelta

import pytest

from ethics.cohorts.models import Cohort, CohortRole
from ethics.db import Database
from ethics.people.models import Role
from ethics.rounds import actions
from ethics.rounds.gate import standing
from ethics.rounds.models import Round
from tests.cast import enter
from tests.clock import START
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
    return found


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
    assert "Stage 1 of 2 Reflection due Tue 15 Dec, 10:00 London" in client.page("/").text
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
def test_faculty_find_what_they_teach(cast, sign_in, name):
    assert sections(sign_in(f"{name}@demo.example").page("/")) == {
        "Rounds you teach": [
            ("The line goes too Year 3 Running Reflections due Tue 1 Dec, 10:00 London", f"/rounds/{cast.id}")
        ],
        "Your cohorts": [("Year 3", f"/cohorts/{cast.cohort.public_id}")],
    }


def test_a_draft_is_its_director_s(db, cast, sign_in):
    with db.unit_of_work() as session:
        session.get_one(Round, cast.round.id).opened_at = None

    assert "Draft: students do not see it yet" in sign_in("helen@demo.example").page("/").text
    assert list(sections(sign_in("ines@demo.example").page("/"))) == ["Your cohorts"]
    assert "No round is open for you yet" in sign_in("ana@demo.example").page("/").text


@pytest.mark.parametrize("name", ["sam", "morag"])
def test_who_has_nothing_yet_is_shown_the_library(cast, sign_in, name):
    page = sign_in(f"{name}@demo.example").page("/")

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


def test_all_one_s_parts_stand_on_one_page(db, cast, sign_in):
    with db.unit_of_work() as session:
        eva = enter(session, "Eva", Role.AUTHOR)
        join(session, cast.cohort, eva, CohortRole.STUDENT, cast.groups[0])
        cohort = make_cohort(session, "Year 1")
        join(session, cohort, eva, CohortRole.TUTOR)

    assert list(sections(sign_in("eva@demo.example").page("/"))) == ["Your rounds", "Your cohorts", "Cases"]


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
