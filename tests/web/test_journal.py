"""The journal in a browser: what its writer meets there, how it is found again, and how it is taken home."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import Cohort
from ethics.db import Database
from ethics.insights.journal_file import JournalFile
from ethics.people.models import SignInSession
from ethics.rounds import actions as rounds
from ethics.rounds.models import Audience, Round
from ethics.web import journal
from tests.cast import PASSWORD
from tests.client import Client
from tests.clock import START, Clock
from tests.discussions.talking import Talk
from tests.pages import Page, words
from tests.rounds_cast import PRINCIPLES, RoundCast, build_round, commit_everywhere, leave, make_round, meet

TENSION = "/journal?tension=autonomy~beneficence"


@pytest.fixture
def cast(db: Database) -> RoundCast:
    """Ana has gone through all of it, Ben has met the others."""
    with db.unit_of_work() as session:
        cast = build_round(session, revisit_at=START - timedelta(days=1))
        for version in session.scalars(select(CaseVersion)):
            version.front = version.front | {"tensions": [["autonomy", "beneficence"]]}
        for person in (cast.ana, cast.ben):
            meet(session, cast, person)
        stance = rounds.StanceInput("go", "", 4, "It is his arm.", ["beneficence"], Audience.GROUP)
        rounds.revisit(
            session, actor=cast.ana, round_id=cast.id, stances={1: stance, 2: stance}, principles=PRINCIPLES, now=START
        )
        rounds.write_closing_note(session, actor=cast.ana, round_id=cast.id, text="Ask first.", version=0, now=START)
    return cast


@pytest.fixture
def told(db: Database, cast: RoundCast) -> None:
    """Ana has submitted and been answered, and has spoken in Ben's thread."""
    with db.unit_of_work() as session:
        talk = Talk(session, cast)
        session.commit = session.flush  # the unit of work commits
        talk.post(cast.ana, talk.start(cast.ben, "Ben's words.", title="Whose arm is it?"), "Ana's words.")
        talk.release(cast.tutor, talk.draft(cast.tutor, talk.reflect(cast.ana, asked="Why?"), "What would he say?"))


@pytest.fixture
def ana(cast: RoundCast, sign_in: Callable[[str], Client]) -> Client:
    return sign_in("ana@demo.example")


def more_rounds(db: Database, cast: RoundCast, number: int, *, since: datetime = START) -> list[str]:
    """More rounds that Ana has gone through, the oldest first."""
    made = []
    with db.unit_of_work() as session:
        version = session.get_one(CaseVersion, cast.round.case_version_id)
        for minute in range(number):
            round_ = make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"])
            meet(session, replace(cast, round=round_), cast.ana, now=since + timedelta(minutes=minute + 1))
            made.append(round_.public_id)
    return made


def entries(page: Page) -> list[str]:
    return [(part.get("id") or "").removeprefix("round-") for part in page.all("article", class_="journal-entry")]


def test_one_finds_everything_of_ones_own(cast: RoundCast, told: None, ana: Client) -> None:
    page = ana.page("/journal")

    assert entries(page) == [cast.id]
    assert [words(part) for part in page.one("article", class_="journal-entry").iter("h2")] == ["The line goes too"]
    assert [words(part) for part in page.all("h3")] == [
        "What do you offer him?",
        "And now?",
        "Your reflection",
        "What was said to you",
        "What you said in discussion",
        "Your closing note",
    ]
    for text in (
        "The reason of Ana.",
        "It is his arm.",
        "What Ana Duarte thinks.",
        "Why?",
        "Ana's words.",
        "Ask first.",
    ):
        assert text in page.text
    assert "What would he say?" in page.text
    assert "Ines Brandt" in page.text
    assert "Ben's words." not in page.text


def test_positions_stand_side_by_side(cast: RoundCast, ana: Client) -> None:
    first, again = ana.page("/journal").all("div", class_="position")[:2]

    assert (words(first), words(again)) == (
        "First Ask him to stay 3 of 5 sure The reason of Ana. Autonomy",
        "On looking again Let him go 4 of 5 sure It is his arm. Beneficence",
    )


def test_who_never_studied_finds_an_empty_journal(cast: RoundCast, sign_in: Callable[[str], Client]) -> None:
    page = sign_in("ines@demo.example").page("/journal")

    assert [words(part) for part in page.all("h2")] == ["Nothing here yet"]
    assert page.all("form", role="search") == []


@pytest.mark.parametrize("ending", ["removed", "archived"])
def test_it_is_the_one_place_left_when_the_class_is_closed(
    db: Database, cast: RoundCast, told: None, ana: Client, ending: str
) -> None:
    with db.unit_of_work() as session:
        if ending == "removed":
            leave(session, cast, cast.ana)
        else:
            session.execute(update(Cohort).where(Cohort.id == cast.cohort.id).values(archived_at=START))

    page = ana.page("/journal")
    one = ana.page(f"/journal/{cast.id}")

    assert entries(page) == entries(one) == [cast.id]
    for text in ("It is his arm.", "What Ana Duarte thinks.", "What would he say?", "Ana's words.", "Ask first."):
        assert text in one.text
    assert "Whose arm is it?" not in page.text
    assert "In a thread that is no longer open to you" in page.text
    assert page.all("a", href=f"/rounds/{cast.id}") == []
    assert ana.get(f"/rounds/{cast.id}").status_code == 404


def test_long_journals_are_paged(db: Database, cast: RoundCast, ana: Client) -> None:
    newest_first = [*reversed(more_rounds(db, cast, journal.PAGE)), cast.id]
    page = ana.page("/journal")
    assert entries(page) == newest_first[:-1]

    rest = ana.page(page.one("a", rel="next").get("href") or "")
    assert entries(rest) == newest_first[-1:]
    assert entries(ana.page(rest.one("a", rel="prev").get("href") or "")) == newest_first[:-1]
    assert entries(ana.page("/journal?after=nowhere")) == newest_first[:-1]


def test_thirty_rounds_ask_the_database_no_more_than_one(
    db: Database, cast: RoundCast, told: None, ana: Client, statements: Callable[[Client, str], int]
) -> None:
    addresses = ("/journal", "/journal?q=reason", TENSION, f"/journal/{cast.id}")
    few = [statements(ana, address) for address in addresses]
    more_rounds(db, cast, 29)

    assert [statements(ana, address) for address in addresses] == few


def test_ones_own_words_are_found_and_marked(cast: RoundCast, told: None, ana: Client) -> None:
    page = ana.page("/journal")
    page = ana.page(f"{page.one('form', role='search').get('action')}?q=his+ARM")

    assert page.heading == "Found in your journal"
    assert [words(part) for part in page.all("mark")] == ["his", "arm", "his", "arm"]
    assert [part.get("href") for part in page.one("article").iter("a")] == [f"/journal/{cast.id}"]
    assert page.one("input", name="q").get("value") == "his ARM"


@pytest.mark.parametrize("wish", ["Ben", "sausages", '"'])
def test_what_others_said_is_not_found(cast: RoundCast, told: None, ana: Client, wish: str) -> None:
    page = ana.page(f"/journal?q={wish}")

    assert page.all("mark") == []
    assert [words(part) for part in page.all("h2")] == ["Not in your own words"]


def test_a_principle_leads_to_the_decisions_in_which_it_weighed(db: Database, cast: RoundCast, ana: Client) -> None:
    newer = more_rounds(db, cast, 1)[0]
    page = ana.page("/journal")
    ways = page.one("nav", class_="journal-ways screen")
    assert [words(part) for part in ways.iter("li")] == ["Autonomy 2", "Beneficence 1", "Autonomy and Beneficence 2"]

    page = ana.page(next(ways.iter("a")).get("href") or "")
    assert page.heading == "Autonomy, as you weighed it"
    assert [part.get("href") for part in page.all("a") if (part.get("href") or "").startswith("/journal/")] == [
        f"/journal/{newer}",
        f"/journal/{cast.id}",
    ]
    assert [words(part) for part in page.all("h3")] == ["What do you offer him?", "And now?"] * 2
    assert ana.page("/journal?principle=justice").all("article", class_="journal-entry") == []


def test_a_tension_leads_to_its_rounds(cast: RoundCast, ana: Client) -> None:
    assert ana.page(TENSION).heading == "Autonomy and Beneficence, as you weighed them"


@pytest.mark.parametrize("wish", ["principle=nothing", "tension=autonomy", "tension=a~b", "tension=", "principle="])
def test_what_no_vocabulary_has_is_not_there(ana: Client, wish: str) -> None:
    assert ana.get(f"/journal?{wish}").status_code == 404


def test_nobody_reads_another_ones_journal(cast: RoundCast, sign_in: Callable[[str], Client]) -> None:
    for name in ("dee", "ines", "helen", "morag"):
        assert sign_in(f"{name}@demo.example").get(f"/journal/{cast.id}").status_code == 404
    page = sign_in("ben@demo.example").page(f"/journal/{cast.id}")
    assert "It is his arm." not in page.text


class TestTakingItHome:
    """Two files, and the password before them."""

    def test_as_data(self, cast: RoundCast, told: None, ana: Client) -> None:
        answer = ana.get("/journal.json")

        assert answer.headers["Content-Disposition"] == 'attachment; filename="journal-2026-11-24.json"'
        assert answer.headers["Cache-Control"] == "no-store"
        made = JournalFile.model_validate_json(answer.get_data())
        assert (made.writer, [round_.id for round_ in made.rounds]) == ("Ana Duarte", [cast.id])
        assert "Ben's words." not in answer.text

    def test_as_a_document_that_needs_nothing_else(self, cast: RoundCast, told: None, ana: Client) -> None:
        answer = ana.get("/journal.html")
        page = answer.page

        assert answer.headers["Content-Disposition"] == 'attachment; filename="journal-2026-11-24.html"'
        assert page.heading == "The journal of Ana Duarte"
        assert page.all("script") == page.all("a") == page.all("img") == page.all("form") == []
        assert [part.get("href", "")[:13] for part in page.all("link")] == ["data:text/css"]
        assert page.one("meta", http_equiv="Content-Security-Policy").get("content") == (
            "default-src 'none'; style-src data:; base-uri 'none'; form-action 'none'"
        )
        for text in ("It is his arm.", "What Ana Duarte thinks.", "What would he say?", "Ana's words.", "Ask first."):
            assert text in page.text
        assert [part.get("open") for part in page.all("details")] == [""] * len(page.all("details"))

    def test_an_empty_journal_can_be_taken_too(self, cast: RoundCast, sign_in: Callable[[str], Client]) -> None:
        tutor = sign_in("ines@demo.example")

        assert "Nothing was written yet." in tutor.get("/journal.html").page.text
        assert json.loads(tutor.get("/journal.json").get_data())["rounds"] == []

    @pytest.mark.parametrize("address", ["/journal/take", "/journal.html", "/journal.json"])
    def test_the_password_is_asked_again_ten_minutes_after_it_was_given(
        self, cast: RoundCast, ana: Client, clock: Clock, address: str
    ) -> None:
        clock.advance(minutes=9, seconds=59)
        assert ana.get(address).status_code == 200
        clock.advance(seconds=1)
        page = ana.page(address)
        assert page.heading == "Your password, once more"

        answer = ana.submit(page, "/account/confirm", password=PASSWORD)
        assert (answer.request.path, answer.status_code) == ("/journal/take", 200)
        clock.advance(minutes=9, seconds=59)
        assert ana.get(address).status_code == 200
        clock.advance(seconds=1)
        assert ana.get(address).status_code == 303

    def test_a_wrong_password_opens_nothing(self, cast: RoundCast, ana: Client, clock: Clock) -> None:
        clock.advance(minutes=10)
        answer = ana.submit(ana.page("/journal/take"), "/account/confirm", password="not hers at all")

        assert answer.status_code == 422
        assert "Address and password don’t go together." in answer.page.text
        assert answer.page.fields(answer.page.form("/account/confirm"))["next"] == "/journal/take"
        assert ana.get("/journal.json").status_code == 303

    def test_guessing_gets_slow(self, cast: RoundCast, ana: Client, clock: Clock) -> None:
        clock.advance(minutes=10)
        page = ana.page("/journal/take")
        answers = [ana.submit(page, "/account/confirm", password="not hers") for _ in range(9)]

        assert [answer.status_code for answer in answers][-1] == 429

    def test_the_token_from_before_is_worth_nothing_after(
        self, db: Database, cast: RoundCast, ana: Client, clock: Clock, app
    ) -> None:
        copied = ana.get_cookie("ethics-session").value
        clock.advance(minutes=10)
        ana.submit(ana.page("/journal/take"), "/account/confirm", password=PASSWORD)

        thief = Client(app)
        thief.set_cookie("ethics-session", copied)
        assert thief.get("/journal").status_code == 303
        with db.reading() as session:
            assert session.scalar(select(func.count()).select_from(SignInSession)) == 1

    def test_a_students_own_device_stays_one(self, db: Database, cast: RoundCast, client: Client, clock: Clock) -> None:
        page = client.page("/sign-in")
        client.submit(page, "/sign-in", email="ana@demo.example", password=PASSWORD, own_device="y")
        clock.advance(days=3)
        client.submit(client.page("/journal/take"), "/account/confirm", password=PASSWORD)
        clock.advance(days=13)

        assert client.get("/journal").status_code == 200

    def test_it_leads_nowhere_else(self, cast: RoundCast, ana: Client) -> None:
        page = ana.page("/account/confirm?next=https://elsewhere.example/")
        answer = ana.submit(page, "/account/confirm", password=PASSWORD)

        assert answer.request.path == "/"


class TestEarlierReasoning:
    """A quiet line where a new round touches what one weighed before."""

    LINE = "You have thought about Autonomy and Beneficence before: The line goes too, November 2026."

    def new_round(self, db: Database, cast: RoundCast) -> str:
        with db.unit_of_work() as session:
            version = session.get_one(CaseVersion, cast.round.case_version_id)
            made = make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"])
            return made.public_id

    @pytest.fixture(autouse=True)
    def some_minutes_later(self, cast: RoundCast, clock: Clock) -> None:
        clock.advance(minutes=20)

    def test_where_it_begins_and_where_one_writes(
        self, db: Database, cast: RoundCast, ana: Client, clock: Clock
    ) -> None:
        new = self.new_round(db, cast)

        page = ana.page(f"/rounds/{new}")
        (line,) = page.all("p", class_="quiet journal-earlier")
        assert words(line) == f"{self.LINE} Read it again"
        assert [part.get("href") for part in line.iter("a")] == [TENSION]
        ana.submit(page, f"/rounds/{new}/begin")
        assert self.LINE in ana.page(f"/rounds/{new}/stages/1").text
        with db.unit_of_work() as session:
            newest = replace(cast, round=session.scalars(select(Round).where(Round.public_id == new)).one())
            commit_everywhere(session, newest, cast.ana, now=clock())
        assert self.LINE in ana.page(f"/rounds/{new}/reflection").text

    def test_nobody_else_meets_it(self, db: Database, cast: RoundCast, sign_in: Callable[[str], Client]) -> None:
        new = self.new_round(db, cast)

        for name in ("dee", "helen"):
            assert "You have thought about" not in sign_in(f"{name}@demo.example").page(f"/rounds/{new}").text

    def test_in_the_first_round_there_is_none(self, cast: RoundCast, ana: Client) -> None:
        assert "You have thought about" not in ana.page(f"/rounds/{cast.id}").text
