"""Faculty's pages about a class, without JavaScript: the list and what narrows it, groups, positions, one student."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ethics.audit.models import Access
from ethics.cases.models import CaseVersion
from ethics.cohorts.models import CohortRole, GroupMember
from ethics.rounds.models import Round
from ethics.rounds.queries import STANCES
from ethics.web import faculty
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.talking import Talk
from tests.pages import words
from tests.rounds_cast import (
    DEBRIEF,
    GUIDE,
    SECOND_STAGE,
    commit_everywhere,
    join,
    make_cohort,
    make_groups,
    make_round,
    meet,
    prolong,
)

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
DAY = timedelta(days=1)
FAR = datetime(2999, 1, 1, tzinfo=UTC)


def address(cast, path=""):
    return f"/rounds/{cast.id}{path}"


def rows(page):
    return [[words(cell) for cell in row] for row in page.one("table", class_="table").iter("tr")][1:]


def names(page):
    """The first names in the list; nothing where it is empty."""
    return [row[0].split()[0] for row in rows(page)] if page.all("table", class_="table") else []


def talk_of(session, cast, *people):
    """Let students submit a reflection, the first a day before the next, and so on."""
    talk, found = Talk(session, cast), []
    for days, person in enumerate(people):
        now = START - (len(people) - days) * DAY
        meet(session, cast, person, now=now)
        found.append(talk.reflect(person, now=now))
    session.commit()
    return found


def study(session, cast, name):
    """Make somebody a student on the case elsewhere, in a round that lies beyond the database's own clock."""
    cohort = make_cohort(session, "Evening class")
    [group] = make_groups(session, cohort, "Group 1")
    join(session, cohort, cast.users[name], CohortRole.STUDENT, group)
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    make_round(session, cohort, group.group_set_id, version, cast.users["paul"], close_at=FAR)
    session.commit()


# The list


def test_the_form_above_the_list_writes_what_it_asks_for_into_the_address(session, cast, helen):
    talk_of(session, cast, cast.dee, cast.ana)
    page = helen.page(address(cast))
    form = page.one("form", class_="glance-wish")
    assert {select.get("name"): [words(option) for option in select] for select in form.iter("select")} == {
        "show": [
            "All students (4)",
            "Not begun (2)",
            "Not submitted (2)",
            "Asked a question (0)",
            "Waiting for an answer (2)",
            "Late (0)",
        ],
        "group": ["All groups", "Group 1", "Group 2"],
        "sort": ["Group", "Name", "Who waits longest", "Who has come least far"],
    }

    narrowed = helen.page(address(cast, "?q=&show=waiting&group=&sort=waiting"))
    assert names(narrowed) == ["Dee", "Ana"]
    assert words(narrowed.one("h2", id="students")) == "2 of 4 students"
    assert [option.get("value") for option in narrowed.all("option") if option.get("selected") is not None] == [
        "waiting",
        "",
        "waiting",
    ]


@pytest.mark.parametrize("query", ["?show=nothing", "?sort=9&page=x", "?page=99", "?page=-1", "?group="])
def test_an_address_that_asks_for_what_is_not_there_shows_everybody(cast, helen, query):
    assert len(names(helen.page(address(cast, query)))) == 4


def test_a_list_with_nobody_in_it_leads_back(cast, helen):
    page = helen.page(address(cast, "?q=nobody"))

    assert names(page) == []
    assert "Nobody is in this list" in page.text
    assert [words(link) for link in page.all("a", href=address(cast))] == ["Students", "Show everybody"]


def test_long_classes_are_paged_and_keep_what_was_asked(db, cast, helen, monkeypatch):
    monkeypatch.setattr(faculty, "PAGE", 3)
    first = helen.page(address(cast, "?sort=name"))
    [following] = first.all("a", rel="next")
    second = helen.page(following.get("href").partition("#")[0])

    assert following.get("href") == address(cast, "?sort=name&page=2#students")
    assert (names(first), names(second)) == (["Ana", "Ben", "Chi"], ["Dee"])
    assert words(second.one("h2", id="students")) == "4 students, page 2 of 2"
    assert [link.get("href") for link in second.all("a", rel="prev")] == [address(cast, "?sort=name#students")]


def test_late_and_overdue_are_said(session, cast, sign_in, clock):
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
    Talk(session, cast).reflect(cast.ana, now=START + 8 * DAY)
    prolong(session, cast, cast.dee, START + 20 * DAY, due_at=START + 19 * DAY)
    session.commit()
    clock.advance(days=9)

    page = sign_in("helen@demo.example").page(address(cast))
    assert {row[0].split()[0]: row[3] for row in rows(page)} == {
        "Ana": "yesterday late",
        "Ben": "not yet overdue",
        "Dee": "not yet",
        "Chi": "not yet overdue",
    }


def test_students_without_a_group_are_told_to_the_director_alone(db, cast, helen, sign_in):
    with db.unit_of_work() as session:
        session.delete(session.scalars(select(GroupMember).order_by(GroupMember.id)).first())
    said = "1 student has no group and can talk with nobody: Ana Duarte"

    assert [said in client.page(address(cast)).text for client in (helen, sign_in("ines@demo.example"))] == [
        True,
        False,
    ]
    assert names(helen.page(address(cast, "?group=none"))) == ["Ana"]


def test_the_pictures_say_how_far_the_class_is_and_where_it_waits(session, cast, helen):
    talk_of(session, cast, cast.chi, cast.dee, cast.ana)
    page = helen.page(address(cast))
    bars = [[words(cell) for cell in row] for row in page.one("table", class_="plot-table").iter("tr")][1:]

    assert bars == [
        ["In the round", "4"],
        ["Begun", "3"],
        ["Committed everywhere", "3"],
        ["Reflected", "3"],
        ["Answered", "0"],
        ["Looked again", "0"],
    ]
    waits = [words(item) for item in page.all("li") if words(item).endswith(" days")]
    assert waits == ["Group 2 1, for 3 days", "Group 1 2, the first for 2 days"]


@pytest.mark.parametrize("path", ["", "/groups", "/stances", "/next"])
def test_a_class_of_thirty_takes_as_many_statements_as_one_of_one(session, cast, helen, statements, path):
    talk, counts = Talk(session, cast), []
    for people in (1, 2, 27):
        for number in range(people):
            user = enter(session, f"Student{people}x{number}")
            join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[number % 2])
            meet(session, cast, actor(user))
            talk.reflect(actor(user))
        counts.append(statements(helen, address(cast, path)))

    assert counts == [counts[0]] * 3


# The groups


def test_groups_stand_side_by_side_and_tutors_do_not(session, cast, helen, sign_in):
    talk_of(session, cast, cast.chi, cast.dee, cast.ana)
    page = helen.page(address(cast, "/groups"))

    assert rows(page) == [
        ["Group 1", "3 few to talk", "2", "2", "2", "0", "2, the first for 2 days"],
        ["Group 2", "1 few to talk", "1", "1", "1", "0", "1, for 3 days"],
    ]
    assert "3 students wait for a first answer." in page.text
    assert [name for name in ("Ines", "Jo Marsh") if name in page.text] == []
    assert [row[0] for row in rows(sign_in("jo@demo.example").page(address(cast, "/groups")))] == ["Group 2"]


def test_the_cohort_s_page_says_at_each_round_where_students_wait(session, cast, helen, sign_in):
    talk_of(session, cast, cast.chi, cast.dee, cast.ana)
    said = {
        name: [
            words(item)
            for item in client.page(f"/cohorts/{cast.cohort.public_id}").all("li")
            if words(item).endswith(" days")
        ]
        for name, client in (("helen", helen), ("jo", sign_in("jo@demo.example")))
    }

    assert said == {
        "helen": ["Group 2: 1, for 3 days", "Group 1: 2, the first for 2 days"],
        "jo": ["Group 2: 1, for 3 days"],
    }


# The positions


def test_positions_stand_in_words_in_all_and_by_group(session, cast, helen):
    for person, option in ((cast.ana, "go"), (cast.ben, "go"), (cast.chi, "stay")):
        commit_everywhere(session, cast, person, option=option)
    session.commit()
    page = helen.page(address(cast, "/stances"))
    plots = [
        [[words(cell) for cell in row] for row in plot.iter("tr")][1:]
        for plot in page.all("table", class_="plot-table")
    ]
    tables = [
        [[words(cell) for cell in row] for row in table.iter("tr")] for table in page.all("table", class_="table")
    ]

    assert plots == [[["Ask him to stay", "1"], ["Let him go", "2"], ["Another course", "0"], ["I am unsure", "0"]]] * 2
    assert tables[0] == [
        ["Group", "Ask him to stay", "Let him go", "Another course", "I am unsure"],
        ["Group 1", "0", "2", "0", "0"],
        ["Group 2", "1", "0", "0", "0"],
    ]
    assert "Autonomy 3" in page.text


def test_before_anybody_has_committed_the_page_says_what_will_be_there(db, cast, helen):
    assert "Nobody has committed yet" in helen.page(address(cast, "/stances")).text
    with db.unit_of_work() as session:
        version = session.get_one(CaseVersion, session.get_one(Round, cast.round.id).case_version_id)
        version.stages = [stage | {"decides": False} for stage in version.stages]

    assert "This case asks for no decision" in helen.page(address(cast, "/stances")).text


# One student


def student(cast, name):
    return address(cast, f"/students/{getattr(cast, name).public_id}")


def test_a_student_s_name_leads_to_their_reasons_and_opening_them_is_noted(db, session, cast, helen, sign_in):
    commit_everywhere(session, cast, cast.ben, reason="Nobody has asked him.")
    session.commit()
    [link] = [link for link in helen.page(address(cast)).all("a") if words(link) == "Ben Hallam"]
    page = helen.page(link.get("href"))

    assert link.get("href") == student(cast, "ben")
    assert [words(quote) for quote in page.all("blockquote")] == ["Nobody has asked him."] * 2
    assert "What do you offer him?" in page.text
    assert "Read the reflection and answer" not in page.text
    with db.reading() as reading:
        noted = reading.execute(select(Access.actor, Access.owner, Access.object_kind, Access.object_id)).all()
    assert noted == [(cast.director.public_id, cast.ben.public_id, STANCES, cast.id)]
    assert "Helen Ashworth, Tue 24 Nov, 10:00 London" in sign_in("ben@demo.example").page(address(cast)).text


def test_who_has_not_begun_has_a_page_that_says_so_and_nothing_is_noted(db, cast, helen):
    page = helen.page(student(cast, "dee"))

    assert "Not begun" in page.text
    with db.reading() as reading:
        assert reading.execute(select(Access.id)).all() == []


def test_a_draft_shows_that_it_is_begun_and_a_reflection_leads_to_the_desk(session, cast, helen):
    [reflection] = talk_of(session, cast, cast.ana)
    page = helen.page(student(cast, "ana"))

    desk = address(cast, f"/review?reflection={reflection.public_id}")
    assert [words(link) for link in page.all("a", href=desk)] == ["Read the reflection and answer"]


def test_students_of_others_are_not_there(cast, sign_in):
    found = {
        name: [sign_in(f"{name}@demo.example").get(student(cast, other)).status_code for other in ("ana", "chi")]
        for name in ("helen", "ines", "jo", "ana", "paul", "lucía", "morag")
    }
    assert found == {"helen": [200, 200], "ines": [200, 404], "jo": [404, 200]} | {
        name: [404, 404] for name in ("ana", "paul", "lucía", "morag")
    }


# Tutor here, student there


def test_who_studies_the_case_elsewhere_reads_names_and_no_word_of_the_case(session, cast, sign_in):
    [reflection] = talk_of(session, cast, cast.ana)
    study(session, cast, "ines")
    ines = sign_in("ines@demo.example")
    pages = [ines.page(address(cast, path)) for path in ("", "/groups", "/discussion", "/review")]

    assert names(pages[0]) == ["Ana", "Ben", "Dee"]
    assert "You study this case yourself in another round." in pages[0].text
    canaries = (SECOND_STAGE, GUIDE, DEBRIEF, "The reason of Ana", "Let him go", "What Ana", "What do you offer him?")
    assert [canary for canary in canaries if any(canary in page.html for page in pages)] == []
    gone = ("/stances", f"/students/{cast.ana.public_id}", f"/review?reflection={reflection.public_id}")
    assert [ines.get(address(cast, path)).status_code for path in gone] == [404, 404, 404]
    assert [
        link.get("href") for link in pages[0].all("a") if f"/students/{cast.ana.public_id}" in (link.get("href") or "")
    ] == []
