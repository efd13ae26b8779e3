"""Faculty's pages: the cohort, its contacts, its rounds from the form to the debrief's summary."""

import pytest
from sqlalchemy import select

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import Cohort, CohortRole
from ethics.rounds import actions
from ethics.text import FIELD_BYTES
from tests.cast import actor, enter
from tests.clock import START
from tests.pages import errors, words
from tests.rounds.reading import meet
from tests.rounds_cast import (
    CALL,
    SUPPORT_NAME,
    join,
    make_cohort,
    make_groups,
    make_round,
)

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def rows(page):
    return [[words(cell) for cell in row] for row in page.one("table", class_="table").iter("tr")][1:]


# The cohort


def test_a_cohort_as_its_director_sees_it(helen, cohort):
    page = helen.page(cohort)

    assert page.heading == "Year 3"
    assert [words(card) for card in page.all("article")] == [
        "The line goes too Running",
        " ".join(
            (
                "Group 1 Tutor: Ines Brandt Too few to talk: merge it with another group. Merge Group 1Ana Duarte",
                "NursingBen Hallam NursingDee Okafor Nursing",
            )
        ),
        "Group 2 Tutor: Jo Marsh Too few to talk: merge it with another group. Merge Group 2Chi Tran Nursing",
    ]
    assert page.fields(page.form(f"{cohort}/contacts"))["call"] == CALL
    assert len(page.all("a", href=f"{cohort}/rounds/new")) == 1


def test_a_tutor_sees_the_own_group_and_changes_nothing(cast, sign_in, cohort):
    page = sign_in("ines@demo.example").page(cohort)

    assert [words(title) for title in page.all("h3")] == ["The line goes too", "Group 1"]
    assert "Chi Tran" not in page.html
    assert [form.get("action") for form in page.all("form") if "contacts" in (form.get("action") or "")] == []


@pytest.mark.parametrize("email", ["ana", "sam", "paul", "lucía", "morag"])
def test_for_others_it_does_not_exist(cast, sign_in, cohort, round_, email):
    client = sign_in(f"{email}@demo.example")
    page = client.page("/")
    data = page.fields(page.all("form", method="post")[0])

    assert {path: client.get(path).status_code for path in (cohort, f"{cohort}/rounds/new", f"{round_}/edit")} == {
        cohort: 404,
        f"{cohort}/rounds/new": 404,
        f"{round_}/edit": 404,
    }
    posts = (f"{cohort}/contacts", f"{cohort}/rounds/new", f"{round_}/edit", f"{round_}/open", f"{round_}/summary")
    assert [client.post(path, data=data).status_code for path in posts] == [404] * 5


def test_tutors_find_no_director_s_pages(cast, sign_in, cohort, round_):
    client = sign_in("ines@demo.example")
    page = client.page("/")
    data = page.fields(page.all("form", method="post")[0])
    posts = (f"{cohort}/contacts", f"{cohort}/rounds/new", f"{round_}/edit", f"{round_}/open", f"{round_}/summary")

    assert [client.get(path).status_code for path in (f"{cohort}/rounds/new", f"{round_}/edit")] == [404, 404]
    assert [client.post(path, data=data).status_code for path in posts] == [404] * 5


def test_contacts_are_set(db, helen, cohort, cast):
    answer = helen.submit(
        helen.page(cohort), f"{cohort}/contacts", call=" 112 ", incident_reporting="the green form", support_name="Ruth"
    )

    assert "The urgent contacts are set." in answer.page.text
    with db.reading() as session:
        found = session.get_one(Cohort, cast.cohort.id)
        assert (found.call, found.incident_reporting, found.support_name) == ("112", "the green form", "Ruth")


@pytest.mark.parametrize("empty", ["", "   ", "\u200b"])
def test_no_contact_is_left_empty_and_what_was_typed_stays(db, helen, cohort, cast, empty):
    answer = helen.submit(
        helen.page(cohort), f"{cohort}/contacts", call=empty, incident_reporting="the green form", support_name="Ruth"
    )

    assert answer.status_code == 422
    assert len(errors(answer.page)) == 1
    fields = answer.page.fields(answer.page.form(f"{cohort}/contacts"))
    assert (fields["incident_reporting"], fields["support_name"]) == ("the green form", "Ruth")
    with db.reading() as session:
        assert session.get_one(Cohort, cast.cohort.id).support_name == SUPPORT_NAME


# The round as faculty see it


def test_each_student_stands_on_a_line(db, helen, sign_in, round_, cast):
    with db.unit_of_work() as session:
        meet(session, cast, cast.ana)
        actions.begin(session, actor=cast.ben, round_id=cast.id, now=START)
    nothing = ["not yet", "nothing yet", "not yet"]
    lines = [[line[0].split(" Nursing")[0], *line[1:]] for line in rows(helen.page(round_))]

    assert lines == [
        ["Ana Duarte", "Group 1", "complete", *nothing],
        ["Ben Hallam", "Group 1", "stage 1 of 2", *nothing],
        ["Dee Okafor", "Group 1", "not begun", *nothing],
        ["Chi Tran", "Group 2", "not begun", *nothing],
    ]
    assert [line[1] for line in rows(sign_in("jo@demo.example").page(round_))] == ["Group 2"]


def test_faculty_read_the_case_whole_with_its_guide(helen, round_):
    first, second = helen.page(f"{round_}/stages/1"), helen.page(f"{round_}/stages/2")

    assert ("canary-of-the-guide" in first.text, "canary-of-the-second-stage" in second.text) == (True, True)
    assert "What do you offer him?" in first.text
    assert [form.get("action") for form in first.all("form") if "stages" in (form.get("action") or "")] == []
    assert helen.get(f"{round_}/stages/3").status_code == 404
    assert "canary-of-the-debrief" in helen.page(f"{round_}/debrief").text
    assert [helen.get(f"{round_}/{path}").status_code for path in ("reasons", "revisit")] == [404, 404]


def test_who_teaches_a_case_and_studies_it_elsewhere_reads_it_there(db, cast, helen, round_, sign_in):
    with db.unit_of_work() as session:
        other = build_round_elsewhere(session, cast)
    page = helen.page(round_)

    assert page.all("a", href=f"{round_}/debrief") + page.all("a", href=f"{round_}/stages/1") == []
    assert [helen.get(f"{round_}/{path}").status_code for path in ("stages/1", "debrief")] == [404, 404]
    assert helen.page(f"/rounds/{other}").heading == "The line goes too"
    assert "canary" not in page.html
    assert "Who decides?" not in helen.page(f"{round_}/discussion").text


def build_round_elsewhere(session, cast):
    """A round on the same case, in which Helen is a student."""
    cohort = make_cohort(session, "Evening class")
    [group] = make_groups(session, cohort, "Group 1")
    join(session, cohort, cast.users["helen"], CohortRole.STUDENT, group)
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    return make_round(session, cohort, group.group_set_id, version, cast.users["paul"]).public_id


def test_the_summary_is_kept_and_stands_in_the_debrief(helen, round_):
    answer = helen.submit(helen.page(round_), f"{round_}/summary", summary="You **asked** him.")
    assert "The summary is kept; it stands in the debrief." in answer.page.text
    page = helen.page(f"{round_}/debrief")

    assert "You asked him." in page.text
    assert [words(strong) for strong in page.all("strong") if words(strong) == "asked"] == ["asked"]


def test_a_summary_too_long_stays_in_its_field(db, helen, round_, cast):
    text = "e" * (FIELD_BYTES + 1)
    answer = helen.submit(helen.page(round_), f"{round_}/summary", summary=text)

    assert answer.status_code == 422
    assert answer.page.fields(answer.page.form(f"{round_}/summary"))["summary"] == text
    assert errors(answer.page) == ["This is longer than can be kept. Nothing was lost: shorten it and send it again."]


def test_an_archived_cohort_is_read(db, helen, cohort, round_):
    form = helen.page(f"{cohort}/rounds/new")
    with db.unit_of_work() as session:
        session.scalars(select(Cohort).where(Cohort.name == "Year 3")).one().archived_at = START
    pages = [helen.page(cohort), helen.page(round_)]
    forms = [form.get("action") for page in pages for form in page.all("form", method="post")]

    assert [action for action in forms if action.startswith(("/cohorts", "/rounds"))] == [f"{cohort}/restore"]
    answer = helen.submit(form, f"{cohort}/rounds/new")
    assert (answer.status_code, "This cohort is archived; it can only be read." in answer.page.text) == (403, True)


def test_faculty_s_pages_take_as_many_statements_for_a_large_class(db, helen, cohort, round_, cast, statements):
    few = [statements(helen, path) for path in (round_, cohort)]
    counts = []
    for number in (2, 27):
        with db.unit_of_work() as session:
            for place in range(number):
                name = f"s{number}-{place}"
                user = enter(session, name, email=f"{name}@demo.example")
                join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[place % 2])
                meet(session, cast, actor(user))
        counts.append([statements(helen, path) for path in (round_, cohort)])

    assert counts == [few, few]
