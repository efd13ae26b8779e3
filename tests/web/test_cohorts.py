"""Faculty's pages: the cohort, its contacts, its rounds from the form to the debrief's summary."""

import pytest
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.cases.models import Case, CaseVersion, Status
from ethics.cohorts.models import Cohort, CohortRole
from ethics.db import Database
from ethics.rounds import actions
from ethics.rounds.models import Round
from ethics.text import FIELD_BYTES
from tests.cast import actor, enter
from tests.clock import START
from tests.pages import words
from tests.rounds.reading import commit, meet
from tests.rounds_cast import (
    CALL,
    SUPPORT_NAME,
    RoundCast,
    build_round,
    join,
    make_cohort,
    make_groups,
    make_round,
)

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def cast(db: Database) -> RoundCast:
    """The class; nobody has begun."""
    with db.unit_of_work() as session:
        return build_round(session)


@pytest.fixture
def helen(cast, sign_in):
    """The director's browser."""
    return sign_in("helen@demo.example")


@pytest.fixture
def cohort(cast):
    return f"/cohorts/{cast.cohort.public_id}"


@pytest.fixture
def round_(cast):
    return f"/rounds/{cast.id}"


def change(db, kind, key, **columns):
    with db.unit_of_work() as session:
        found = session.get_one(kind, key)
        for name, value in columns.items():
            setattr(found, name, value)


def errors(page):
    return [words(element) for element in page.elements if "field-error" in (element.get("class") or "").split()]


def rows(page):
    return [[words(cell) for cell in row] for row in page.one("table").iter("tr")][1:]


# The cohort


def test_a_cohort_as_its_director_sees_it(helen, cohort):
    page = helen.page(cohort)

    assert page.heading == "Year 3"
    assert [words(card) for card in page.all("article")] == [
        "The line goes too Running",
        "Group 1 Tutor: Ines BrandtAna Duarte NursingBen Hallam NursingDee Okafor Nursing",
        "Group 2 Tutor: Jo MarshChi Tran Nursing",
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


# A round's form


def make(client, cohort, *, follow=True, **values):
    page = client.page(f"{cohort}/rounds/new")
    return client.submit(page, f"{cohort}/rounds/new", follow=follow, **values)


def test_a_round_from_the_form_to_its_opening(db, helen, cohort, cast):
    answer = make(
        helen,
        cohort,
        framework="four-box",
        opens="2026-12-01T08:00",
        due="2026-12-10T23:59",
        revisit="",
        show_profession="y",
    )
    assert "Students do not know of this round yet." in answer.page.text
    with db.reading() as session:
        made = session.scalars(select(Round).order_by(Round.id.desc())).first()
    assert (made.zone, made.opens_at, made.revisit_at, made.opened_at) == (
        "Europe/London",
        START.replace(month=12, day=1, hour=8),
        None,
        None,
    )
    assert (made.framework["id"], made.aliases, made.show_profession) == ("four-box", True, True)

    answer = helen.submit(answer.page, f"/rounds/{made.public_id}/open")
    assert "The round is open to its students, from the time it sets." in answer.page.text
    with db.reading() as session:
        assert session.get_one(Round, made.id).opened_at == START
    assert "Scheduled" in helen.page(cohort).text


def test_the_form_begins_with_times_that_can_be_sent(helen, cohort):
    assert make(helen, cohort, follow=False).status_code == 303


def test_a_double_click_is_one_round(db, helen, cohort):
    page = helen.page(f"{cohort}/rounds/new")
    data = page.fields(page.form(f"{cohort}/rounds/new"))
    answers = [helen.post(f"{cohort}/rounds/new", data=data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    with db.reading() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["round.make"]


WRONG = [
    ({"due": "2026-11-20T10:00"}, "It is due before it opens. Everything you entered is kept."),
    ({"close": "2026-11-26T10:00"}, "It closes before it is due. Everything you entered is kept."),
    ({"revisit": "2027-06-01T10:00"}, "Looking again has to lie between opening and closing."),
    ({"zone": "Europe/Camelot"}, "This is not a time zone that is known here."),
    ({"opens": "0001-01-01T00:00"}, "Check the year: no round lies that far away."),
    ({"close": "9999-12-31T23:59"}, "Check the year: no round lies that far away."),
    ({"due": ""}, "This field is required."),
    ({"due": "tomorrow"}, "Not a valid datetime value."),
]


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_and_everything_entered_stays(db, helen, cohort, changes, message):
    values = {
        "framework": "narrative",
        "zone": "Europe/Zurich",
        "opens": "2026-11-25T08:00",
        "due": "2026-12-05T23:59",
        "revisit": "2026-12-10T08:00",
        "close": "2026-12-20T23:59",
        "reason_audience": "faculty",
        "show_profession": "y",
    } | changes
    answer = make(helen, cohort, **values)

    assert answer.status_code == 422
    assert errors(answer.page) == [message]
    fields = answer.page.fields(answer.page.form(f"{cohort}/rounds/new"))
    assert {name: fields[name] for name in values} == values
    with db.reading() as session:
        assert len(session.scalars(select(Round.id)).all()) == 1


def test_a_round_is_changed(db, helen, round_, cast):
    page = helen.page(f"{round_}/edit")
    answer = helen.submit(page, f"{round_}/edit", close="2027-01-10T23:59", revisit="")

    assert answer.request.path == round_
    with db.reading() as session:
        found = session.get_one(Round, cast.round.id)
        assert (found.close_at, found.revisit_at) == (
            START.replace(year=2027, month=1, day=10, hour=23, minute=59),
            None,
        )


def test_two_directors_meet_and_nothing_is_overwritten_unseen(db, helen, round_, cast):
    first, second = helen.page(f"{round_}/edit"), helen.page(f"{round_}/edit")
    helen.submit(first, f"{round_}/edit", close="2027-01-10T23:59")
    answer = helen.submit(second, f"{round_}/edit", close="2027-02-10T23:59")

    assert answer.status_code == 409
    assert "Somebody else changed this round while you did." in answer.page.text
    assert answer.page.fields(answer.page.form(f"{round_}/edit"))["close"] == "2027-02-10T23:59"
    assert helen.submit(answer.page, f"{round_}/edit").request.path == round_
    with db.reading() as session:
        assert session.get_one(Round, cast.round.id).close_at.month == 2


def test_what_is_locked_is_refused_and_the_times_entered_stay(db, helen, round_, cast):
    with db.unit_of_work() as session:
        actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
        commit(session, cast, cast.ana, 1)
    page = helen.page(f"{round_}/edit")
    locked = "Students have committed in this round. Its times may still change;"
    assert locked in page.text
    answer = helen.submit(page, f"{round_}/edit", close="2027-01-10T23:59", framework="four-box")

    assert answer.status_code == 403
    assert [error.startswith(locked) for error in errors(answer.page)] == [True]
    assert answer.page.fields(answer.page.form(f"{round_}/edit"))["close"] == "2027-01-10T23:59"
    assert helen.submit(answer.page, f"{round_}/edit", framework="dilemma").request.path == round_


def test_a_round_whose_case_and_framework_are_gone_still_changes(db, helen, round_, cast):
    with db.unit_of_work() as session:
        session.scalars(select(Case)).one().status = Status.ARCHIVED
        found = session.get_one(Round, cast.round.id)
        found.framework = found.framework | {"id": "lost", "name": "A lost one"}
    page = helen.page(f"{round_}/edit")

    assert helen.submit(page, f"{round_}/edit", close="2027-01-10T23:59").request.path == round_
    with db.reading() as session:
        found = session.get_one(Round, cast.round.id)
        assert (found.framework["id"], found.close_at.year) == ("lost", 2027)


def test_a_crafted_version_is_an_error_of_the_form(helen, round_):
    page = helen.page(f"{round_}/edit")
    data = page.fields(page.form(f"{round_}/edit"))
    data.setlist("version", ["one"])

    assert helen.post(f"{round_}/edit", data=data).status_code == 422


# Opening


MISSING = [
    ({"call": ""}, True, "Set the cohort's urgent contacts first: no round opens without them."),
    (
        {},
        False,
        "There is no designated lead outside this cohort. An administrator appoints one; no round opens without.",
    ),
]


@pytest.mark.parametrize(("contacts", "lead", "message"), MISSING, ids=["contacts", "lead"])
def test_what_is_missing_is_said_before_and_refused_after(db, helen, round_, cast, contacts, lead, message):
    change(db, Round, cast.round.id, opened_at=None)
    opening = helen.page(round_)
    change(db, Cohort, cast.cohort.id, **contacts)
    if not lead:
        with db.unit_of_work() as session:
            join(session, cast.cohort, cast.users["ruth"], CohortRole.TUTOR)
    page = helen.page(round_)
    assert message in page.text
    assert [form for form in page.all("form") if form.get("action") == f"{round_}/open"] == []
    answer = helen.submit(opening, f"{round_}/open")

    assert (answer.status_code, message in answer.page.text) == (403, True)


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

    assert [action for action in forms if action.startswith(("/cohorts", "/rounds"))] == []
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
