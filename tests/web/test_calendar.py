"""The calendar at a secret address: whose dates it holds, what it never says, and that it is RFC 5545."""

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.cases.models import Case
from ethics.cohorts.models import Cohort
from ethics.db import Database
from ethics.people.models import User
from ethics.rounds.models import CalendarFeed, Round
from tests.clock import START
from tests.rounds_cast import change, leave, meet, prolong

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
BASE = "http://127.0.0.1:8000"
DAY = timedelta(days=1)


@pytest.fixture
def address(cast, sign_in):
    """`address("ana")`: makes somebody's address on their account page."""

    def make(name):
        client = sign_in(f"{name}@demo.example")
        page = client.submit(client.page("/account"), "/account/calendar").page
        return page.one("input", id="calendar-address").get("value").removeprefix(BASE)

    return make


def events(client, address):
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(answer.data)
    return [(str(event["summary"]), event.decoded("dtstart")) for event in calendar.walk("VEVENT")]


def uids(answer):
    return [str(event["uid"]) for event in Calendar.from_ical(answer.data).walk("VEVENT")]


def test_a_student_s_dates_need_no_signing_in(client, address):
    assert events(client, address("ana")) == [
        ("Opens: The line goes too (Year 3)", START - 4 * DAY),
        ("Reflection due: The line goes too (Year 3)", START + 7 * DAY),
        ("Look again: The line goes too (Year 3)", START + 9 * DAY),
        ("Closes: The line goes too (Year 3)", START + 14 * DAY),
    ]


def test_an_extension_and_an_early_close_are_respected(db, cast, client, address):
    ana, ben = address("ana"), address("ben")
    with db.unit_of_work() as session:
        prolong(session, cast, cast.ana, START + 21 * DAY, due_at=START + 20 * DAY)
    change(db, Round, cast.round.id, closed_at=START, revisit_at=None)

    assert [at for _, at in events(client, ana)] == [START - 4 * DAY, START + 20 * DAY, START + 21 * DAY]
    assert [at for _, at in events(client, ben)] == [START - 4 * DAY, START + 7 * DAY, START]


@pytest.mark.parametrize("name", ["helen", "ines"])
def test_faculty_have_the_rounds_they_teach_and_no_drafts(db, cast, client, address, name):
    theirs = address(name)
    assert len(events(client, theirs)) == 4
    change(db, Round, cast.round.id, opened_at=None)

    assert events(client, theirs) == []


@pytest.mark.parametrize("name", ["paul", "sam", "morag", "lucía"])
def test_nobody_has_the_rounds_of_others(client, address, name):
    assert events(client, address(name)) == []


def test_who_was_removed_or_whose_class_is_archived_has_no_dates(db, cast, client, address):
    ana, ben = address("ana"), address("ben")
    with db.unit_of_work() as session:
        leave(session, cast, cast.ana)
    assert (events(client, ana), len(events(client, ben))) == ([], 4)
    change(db, Cohort, cast.cohort.id, archived_at=START)

    assert events(client, ben) == []


def test_it_names_nobody_and_holds_no_id_and_no_case(db, cast, client, address):
    with db.unit_of_work() as session:
        meet(session, cast, cast.ana)
    text = client.get(address("helen")).text
    words = [
        "Ana",
        "Duarte",
        "Helen",
        "canary",
        "registrar",
        cast.id,
        cast.cohort.public_id,
        cast.ana.public_id,
        "http",
    ]

    assert [word for word in words if word in text] == []


def test_what_is_sent_is_in_the_form_of_rfc_5545(db, cast, client, address):
    theirs = address("ana")
    title = "Grüße; an alle, die \\ zweifeln: " + "ein Fall von Ärztinnen 🕊 " * 6
    with db.unit_of_work() as session:
        session.scalars(select(Case)).one().title = title
    first, second = client.get(theirs), client.get(theirs)
    lines = first.data.split(b"\r\n")

    assert lines[-1] == b""
    assert [line for line in lines if b"\n" in line or b"\r" in line or len(line) > 75] == []
    for line in lines:
        line.decode("utf-8")  # a fold within a letter would break it
    calendar = Calendar.from_ical(first.data)
    assert (str(calendar["version"]), str(calendar["prodid"])) == ("2.0", "-//Ethics Rounds//Dates of rounds//EN")
    assert {str(event["summary"]).split(": ", 1)[1] for event in calendar.walk("VEVENT")} == {f"{title} (Year 3)"}
    assert {event["dtstamp"].to_ical() for event in calendar.walk("VEVENT")} == {b"20261124T100000Z"}
    uids = [
        [str(event["uid"]) for event in Calendar.from_ical(answer.data).walk("VEVENT")] for answer in (first, second)
    ]
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == 4


def test_reading_writes_nothing_and_is_not_kept(db, client, address, monkeypatch):
    theirs = address("ana")
    monkeypatch.setattr(Database, "unit_of_work", lambda _self: pytest.fail("reading the calendar wrote"))
    answer = client.get(theirs)

    assert answer.headers["Cache-Control"] == "no-store"
    assert ("ETag" in answer.headers, answer.headers.getlist("Set-Cookie")) == (False, [])


def test_an_address_is_renewed_switched_off_and_dies_with_the_account(db, cast, client, address, sign_in):
    first, second = address("ana"), address("ana")
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    ana = sign_in("ana@demo.example")
    page = ana.page("/account")
    assert "You made an address Tue 24 Nov, 10:00" in page.text
    assert second not in page.html
    answer = ana.submit(page, "/account/calendar/off")
    assert "The address is switched off." in answer.page.text
    assert client.get(second).status_code == 404
    third = address("ben")
    change(db, User, cast.ben.id, active=False)

    assert [client.get(path).status_code for path in (third, "/calendar/x.ics", "/calendar/.ics")] == [404, 404, 303]


def test_only_the_hash_is_kept_and_the_log_holds_no_token(db, client, address, capfd):
    theirs = address("ana")
    token = theirs.removeprefix("/calendar/").removesuffix(".ics")
    client.get(theirs)
    written = capfd.readouterr()

    assert len(token) == 43
    assert "rule=/calendar/<string:token>.ics" in written.err
    assert token not in written.err + written.out
    with db.reading() as session:
        kept = session.scalars(select(CalendarFeed)).one()
        assert token not in repr(vars(kept))
        assert session.scalars(select(AuditEntry.action)).all() == ["calendar.make"]
