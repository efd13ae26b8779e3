"""A director's pages of a round: its form, preview, opening, closing, copy, and more time for one student."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.cases.models import Case, CaseVersion, Status
from ethics.cohorts.models import Cohort, CohortRole, GroupMember
from ethics.notices.models import Notice
from ethics.rounds import actions
from ethics.rounds.models import Extension, Round
from ethics.vocabulary import load
from tests.clock import START
from tests.pages import errors, words
from tests.rounds.reading import commit
from tests.rounds_cast import change, commit_everywhere, framework, join

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def kept(db, cast):
    with db.reading() as session:
        return session.get_one(Round, cast.round.id)


def told(db, kind):
    """Names of those who will be told this, and when."""
    with db.reading() as session:
        return session.scalars(select(Notice).where(Notice.kind == kind)).all()


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
    assert answer.page.heading == "Preview: The line goes too"
    assert "Nothing keeps it from opening" in answer.page.text
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
    assert page.fields(page.form(f"{round_}/edit"))["framework"] == "dilemma"
    stale = page.fields(page.form(f"{round_}/edit"))
    stale.setlist("close", ["2027-01-10T23:59"])
    stale.setlist("framework", ["four-box"])
    answer = helen.post(f"{round_}/edit", data=stale)

    assert answer.status_code == 403
    assert [error.startswith(locked) for error in errors(answer.page)] == [True]
    assert answer.page.fields(answer.page.form(f"{round_}/edit"))["close"] == "2027-01-10T23:59"
    assert helen.submit(answer.page, f"{round_}/edit").request.path == round_
    assert (kept(db, cast).framework["id"], kept(db, cast).close_at.year) == ("dilemma", 2027)


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
    opening = helen.page(f"{round_}/preview")
    change(db, Cohort, cast.cohort.id, **contacts)
    if not lead:
        with db.unit_of_work() as session:
            join(session, cast.cohort, cast.users["ruth"], CohortRole.TUTOR)
    assert message in helen.page(round_).text
    page = helen.page(f"{round_}/preview")
    assert message in page.text
    assert [form for form in page.all("form") if form.get("action") == f"{round_}/open"] == []
    answer = helen.submit(opening, f"{round_}/open")

    assert (answer.status_code, message in answer.page.text) == (403, True)


def test_who_has_no_group_is_named_before_a_round_can_open(db, helen, round_, cast):
    change(db, Round, cast.round.id, opened_at=None)
    opening = helen.page(f"{round_}/preview")
    with db.unit_of_work() as session:
        session.delete(session.scalars(select(GroupMember).order_by(GroupMember.id)).first())
    page = helen.page(f"{round_}/preview")

    assert "Some students of the cohort have no group in this set." in page.text
    assert "Without a group: Ana Duarte." in page.text
    assert helen.submit(opening, f"{round_}/open").status_code == 403


def test_a_round_whose_time_is_over_does_not_open(db, sign_in, round_, cast, clock):
    change(db, Round, cast.round.id, opened_at=None)
    clock.advance(days=14, minutes=1)

    assert "This close has passed already." in sign_in("helen@demo.example").page(f"{round_}/preview").text


# The preview


def test_the_preview_says_what_students_see_and_when(db, helen, round_, cast):
    change(db, Round, cast.round.id, opened_at=None, show_profession=True)
    page = helen.page(f"{round_}/preview")

    assert [[words(cell) for cell in row][:2] for row in page.one("table").iter("tr")][1:] == [
        ["Opens", "Fri 20 Nov, 10:00 London"],
        ["Reflection due", "Tue 1 Dec, 10:00 London"],
        ["Look again from", "Thu 3 Dec, 10:00 London"],
        ["Closes", "Tue 8 Dec, 10:00 London"],
    ]
    assert "Reads the case in 2 stages, one at a time, and decides where it asks." in page.text
    assert "Their profession beside it, as long as the group has two of it." in page.text
    assert "Your group sees you as Heron, say." in page.text
    assert "Fewer than four students: Group 1, Group 2." in page.text
    assert "No tutor yet" not in page.text
    assert "canary" not in page.html


def test_the_preview_of_a_round_under_names_without_a_second_look(db, helen, round_, cast):
    change(db, Round, cast.round.id, opened_at=None, aliases=False, revisit_at=None)
    page = helen.page(f"{round_}/preview")

    assert "Their own names." in page.text
    assert "Look again" not in page.text
    assert "Your group sees you as" not in page.text


def test_hours_that_are_missing_or_double_are_explained(db, helen, cohort):
    answer = make(
        helen,
        cohort,
        zone="Europe/London",
        opens="2027-03-28T01:30",
        due="2027-10-31T01:30",
        revisit="",
        close="2027-11-30T23:59",
    )

    assert [words(toast) for toast in answer.page.all("p") if "clocks of" in words(toast)] == [
        "Opens: The clocks of London go forward over Sun 28 Mar, 01:30; it becomes 02:30.",
        "Reflection due: The clocks of London show Sun 31 Oct 2027, 01:30 twice; the second is meant.",
    ]
    table = words(answer.page.one("table"))
    assert "The clocks of London show Sun 31 Oct 2027, 01:30 twice; the second is meant." in table
    assert "go forward" not in table


# What may still change


def test_new_dates_are_told_once_however_often_they_change(db, helen, round_, cast, clock):
    for day in (10, 11):
        helen.submit(helen.page(f"{round_}/edit"), f"{round_}/edit", close=f"2027-01-{day}T23:59")

    assert {(notice.user_id, notice.due_at) for notice in told(db, "round-dates")} == {
        (person.id, START + timedelta(minutes=10)) for person in (cast.ana, cast.ben, cast.dee, cast.chi)
    }
    assert len(told(db, "round-dates")) == 4


def test_keeping_the_same_dates_tells_nobody(db, helen, round_):
    helen.submit(helen.page(f"{round_}/edit"), f"{round_}/edit", framework="four-box")

    assert told(db, "round-dates") == []


def test_students_read_that_the_dates_changed(helen, round_, sign_in, clock, cast):
    helen.submit(helen.page(f"{round_}/edit"), f"{round_}/edit", close="2027-01-10T23:59")
    ana = sign_in("ana@demo.example")
    assert "dates" not in ana.page("/").text
    clock.advance(minutes=10)

    assert "The dates of a round of yours have changed." in ana.page("/").text


def newer_case(db, cast):
    with db.unit_of_work() as session:
        case = session.scalars(select(Case)).one()
        first = session.get_one(CaseVersion, cast.round.case_version_id)
        columns = {column.key: getattr(first, column.key) for column in CaseVersion.__table__.columns}
        version = CaseVersion(**(columns | {"id": None, "number": 2}))
        session.add(version)
        case.current_number = 2
        session.flush()
        return version.id


def test_a_newer_version_of_the_case_offers_itself_until_somebody_begins(db, helen, round_, cast):
    assert "newer version" not in helen.page(round_).text
    newest = newer_case(db, cast)
    page = helen.page(round_)
    assert "The case has a newer version (2). This round has version 1, and nobody has begun it." in page.text
    with db.unit_of_work() as session:
        actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)

    assert "newer version" not in helen.page(round_).text
    assert helen.submit(page, f"{round_}/newest-version").status_code == 403
    assert kept(db, cast).case_version_id != newest


def test_a_newer_version_is_taken_in_one_click(db, helen, round_, cast):
    newest = newer_case(db, cast)
    answer = helen.submit(helen.page(round_), f"{round_}/newest-version")

    assert "The round has the newest version of its case." in answer.page.text
    assert kept(db, cast).case_version_id == newest
    assert "newer version" not in helen.page(round_).text


# Closing, reopening, deleting, copying


def test_a_round_is_closed_undone_and_nobody_is_told(db, helen, round_, cast):
    answer = helen.submit(helen.page(round_), f"{round_}/close")
    assert "The round is closed. Its students are told in ten minutes." in answer.page.text
    assert "Closed early, Tue 24 Nov, 10:00 London." in answer.page.text
    assert kept(db, cast).closed_at == START
    assert len(told(db, "round-closed")) == 4

    answer = helen.submit(answer.page, f"{round_}/reopen")
    assert "The round is open again." in answer.page.text
    assert kept(db, cast).closed_at is None
    with db.reading() as session:
        assert session.scalars(select(Notice.id)).all() == []


def test_a_closed_round_is_reopened_with_a_new_close(db, sign_in, round_, cast, clock):
    clock.advance(days=20)
    helen = sign_in("helen@demo.example")
    answer = helen.submit(helen.page(f"{round_}/reopen"), f"{round_}/reopen", close="2026-12-01T10:00")
    assert (answer.status_code, errors(answer.page)) == (422, ["This close has passed already. Choose a later one."])
    answer = helen.submit(answer.page, f"{round_}/reopen", close="2026-12-30T12:00")

    assert answer.request.path == round_
    assert kept(db, cast).close_at == datetime(2026, 12, 30, 12, tzinfo=START.tzinfo)
    assert len(told(db, "round-reopened")) == 4


def test_a_draft_is_deleted_and_nothing_else(db, helen, cohort, round_, cast):
    opened = helen.page(round_)
    assert [form for form in opened.all("form") if form.get("action") == f"{round_}/delete"] == []
    draft = make(helen, cohort).request.path.removesuffix("/preview")
    answer = helen.submit(helen.page(draft), f"{draft}/delete")

    assert (answer.request.path, "The draft is deleted." in answer.page.text) == (cohort, True)
    assert helen.get(draft).status_code == 404
    data = opened.fields(opened.form(f"{round_}/close"))
    assert helen.post(f"{round_}/delete", data=data).status_code == 403


def test_a_round_is_copied_with_its_dates_moved_along(db, helen, round_, cast):
    page = helen.page(f"{round_}/clone")
    answer = helen.submit(page, f"{round_}/clone", opens="2027-04-05T08:30")
    made = answer.request.path.split("/")[2]

    assert "A draft like it is made." in answer.page.text
    with db.reading() as session:
        copy = session.scalars(select(Round).where(Round.public_id == made)).one()
    assert copy.opened_at is None
    assert [f"{at:%m-%d %H:%M}" for at in (copy.opens_at, copy.due_at, copy.revisit_at, copy.close_at)] == [
        "04-05 07:30",
        "04-16 07:30",
        "04-18 07:30",
        "04-23 07:30",
    ]


# More time for one


def extension(db):
    with db.reading() as session:
        return session.scalars(select(Extension)).one_or_none()


def test_a_tutor_gives_more_time_and_takes_it_back_unnoticed(db, cast, round_, sign_in):
    ines = sign_in("ines@demo.example")
    page = ines.page(f"{round_}/extensions")
    assert "Nobody has more time" in page.text
    assert [words(option) for option in page.all("option")] == [
        "Ana Duarte · Group 1",
        "Ben Hallam · Group 1",
        "Dee Okafor · Group 1",
    ]
    answer = ines.submit(
        page,
        f"{round_}/extensions",
        student=cast.ben.public_id,
        due="2026-12-09T23:59",
        close="2026-12-10T23:59",
    )
    assert "Ben Hallam has more time, and is told in ten minutes." in answer.page.text
    assert (extension(db).user_id, extension(db).close_at) == (
        cast.ben.id,
        datetime(2026, 12, 10, 23, 59, tzinfo=START.tzinfo),
    )
    end = f"{round_}/extensions/{cast.ben.public_id}/end"
    assert len([form for form in answer.page.all("form") if form.get("action") == end]) == 2  # Undo, and in the list
    data = answer.page.fields(next(form for form in answer.page.all("form") if form.get("action") == end))
    assert ines.post(end, data=data).status_code == 303

    assert extension(db) is None
    with db.reading() as session:
        assert session.scalars(select(Notice.id)).all() == []


def test_an_extension_that_gives_nothing_is_refused_and_what_was_entered_stays(db, cast, helen, round_):
    page = helen.page(f"{round_}/extensions?student={cast.chi.public_id}")
    assert page.fields(page.form(f"{round_}/extensions"))["student"] == cast.chi.public_id
    wrong = {"due": "2026-11-28T23:59", "close": "2026-12-24T23:59"}
    answer = helen.submit(page, f"{round_}/extensions", **wrong)

    assert (answer.status_code, errors(answer.page)) == (422, ["This gives no more time than the round does."])
    fields = answer.page.fields(answer.page.form(f"{round_}/extensions"))
    assert {name: fields[name] for name in wrong} == wrong
    assert extension(db) is None


def test_a_tutor_gives_nothing_to_students_of_another_group(db, cast, round_, sign_in):
    ines = sign_in("ines@demo.example")
    page = ines.page(f"{round_}/extensions")
    data = page.fields(page.form(f"{round_}/extensions"))
    data.setlist("student", [cast.chi.public_id])

    assert ines.post(f"{round_}/extensions", data=data).status_code == 404
    assert extension(db) is None


def test_the_late_student_with_an_extension_begins_after_the_close(db, cast, round_, sign_in, clock, helen):
    page = helen.page(f"{round_}/extensions")
    helen.submit(
        page, f"{round_}/extensions", student=cast.dee.public_id, due="2026-12-20T23:59", close="2026-12-20T23:59"
    )
    clock.advance(days=20)
    dee, ben = sign_in("dee@demo.example"), sign_in("ben@demo.example")

    assert dee.submit(dee.page(round_), f"{round_}/begin").request.path == f"{round_}/stages/1"
    assert "This round closed before you began it." in ben.page(round_).text


def test_an_archived_cohort_gives_no_time(db, cast, helen, round_):
    change(db, Cohort, cast.cohort.id, archived_at=START)
    page = helen.page(f"{round_}/extensions")

    assert [form for form in page.all("form") if form.get("action") == f"{round_}/extensions"] == []


def test_several_rounds_at_once_stand_side_by_side(helen, cohort, cast, sign_in):
    draft = make(helen, cohort, opens="2026-11-24T08:00")
    address = draft.request.path.removesuffix("/preview")
    helen.submit(draft.page, f"{address}/open")
    ana = sign_in("ana@demo.example")

    assert ana.submit(ana.page(address), f"{address}/begin").request.path == f"{address}/stages/1"
    assert ana.submit(ana.page(f"/rounds/{cast.id}"), f"/rounds/{cast.id}/begin").status_code == 200


# A school's own framework


def overridden(app, folder):
    """The installation with a "dilemma" of its own."""
    path = folder / "vocabulary" / "frameworks" / "dilemma.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("id: dilemma\nname: Ours\nsummary: s\nprompts: [{key: known}]\nclosing: {key: asked, label: And}\n")
    path.write_text(path.read_text().replace("{key: known}", "{key: known, label: What is known}"))
    app.extensions["ethics.vocabulary"] = load(folder)


def test_overriding_a_framework_changes_no_opened_round(db, helen, round_, cast, app, tmp_path, sign_in):
    with db.unit_of_work() as session:
        commit_everywhere(session, cast, cast.ana)
    overridden(app, tmp_path)
    helen.submit(helen.page(f"{round_}/edit"), f"{round_}/edit", close="2027-01-10T23:59")

    assert kept(db, cast).framework == framework("dilemma")
    labels = [words(label) for label in sign_in("ana@demo.example").page(f"{round_}/reflection").all("label")]
    assert framework("dilemma")["prompts"][0]["label"] in labels
    assert "What is known" not in labels


def test_a_draft_takes_the_newest_words_when_it_is_kept_again(db, helen, round_, cast, app, tmp_path):
    change(db, Round, cast.round.id, opened_at=None)
    overridden(app, tmp_path)
    helen.submit(helen.page(f"{round_}/edit"), f"{round_}/edit")

    assert [prompt["key"] for prompt in kept(db, cast).framework["prompts"]] == [
        "known",
        "position",
        "reason",
        "principles",
        "cost",
    ]
