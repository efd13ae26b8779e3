"""Faculty's next steps in a round, without JavaScript: what stands there, where it leads, and what is suggested."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.cohorts.models import CohortRole
from ethics.rounds import actions
from ethics.rounds.models import Alias
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.talking import Talk
from tests.pages import words
from tests.rounds_cast import commit_everywhere, join, meet

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
DAY = timedelta(days=1)


def address(cast, path="/next"):
    return f"/rounds/{cast.id}{path}"


def stands(page):
    """By heading: each thing that waits, in words."""
    return {
        words(part.find("h2")): [words(item) for item in part.iter("li")]
        for part in page.all("section", class_="stack")
    }


def talk_of(session, cast, *, now=START - 2 * DAY):
    """Group 1 has agreed in a thread, and Ana has begun another; Ana and Dee have reflected."""
    for person in (cast.ana, cast.ben, cast.dee, cast.chi):
        meet(session, cast, person, now=now)
    talk = Talk(session, cast)
    thread = talk.start(cast.ana, "He was asked.", now=now)
    for person in (cast.ben, cast.dee):
        talk.post(person, thread, "So he was.", now=now)
    talk.start(cast.ana, "And his sister?", title="And his sister?", now=now)
    talk.reflect(cast.ana, now=now)
    talk.reflect(cast.dee, asked="Was it right?", now=now)
    return thread


def test_each_thing_that_waits_leads_to_its_next_step(session, cast, sign_in, clock):
    thread = talk_of(session, cast)
    clock.advance(days=2)
    helen = sign_in("helen@demo.example")
    [link] = [link for link in helen.page(address(cast, "")).all("a") if words(link).startswith("What else waits")]
    page = helen.page(link.get("href"))

    ask = "Ask all of Group 1 for the best argument for “Let him go”"
    assert stands(page) == {
        "Students asked you something": ["Dee Okafor Group 1, for 4 days"],
        "Waiting for a first answer": ["Ana Duarte Group 1, for 4 days"],
        "Nobody replied": ["And his sister? Group 1, for 4 days"],
        "Silent groups": ["Group 1 for 4 days Ask everybody in Group 1 where they are now"],
        "Threads where all agree": ["Whose risk is it? Group 1"],
        "Positions without a voice": [f"Group 1 one position {ask}"],
        "Small groups": ["Group 1", "Group 2"],
        "For the seminar room": ["Group 1", "Group 2"],
    }
    leads = {words(link): link.get("href") for link in page.all("a")}
    assert leads["Whose risk is it?"] == f"/threads/{thread.public_id}"
    assert leads["Dee Okafor"].startswith(address(cast, "/review?reflection="))
    assert [helen.get(leads[label].partition("#")[0]).status_code for label in ("Dee Okafor", "Group 2")] == [200, 200]

    form = helen.page(leads[ask].partition("#")[0])
    sent = helen.submit(form, address(cast, f"/discussion?group={cast.groups[0].public_id}"))
    assert words(sent.page.one("h1")) == "The best argument for “Let him go”"
    assert "Whether or not you hold it" in sent.page.text
    assert "Positions without a voice" in stands(helen.page(address(cast)))


def test_what_is_suggested_is_for_faculty_and_only_what_there_is(session, cast, helen, sign_in):
    meet(session, cast, cast.ana)
    session.commit()
    asked = f"/discussion?group={cast.groups[0].public_id}&opening="

    def title(client, opening):
        return client.page(address(cast, asked + opening)).one("input", id="title").get("value")

    ana = sign_in("ana@demo.example")
    assert title(helen, "now") == "Where are you now?"
    assert [title(helen, wrong) for wrong in ("argue", "argue&option=no-such", "no-such", "")] == [""] * 4
    assert [title(ana, opening) for opening in ("now", "argue&option=go")] == ["", ""]


def test_one_group_is_asked_for_by_its_teachers(session, cast, helen, sign_in):
    talk_of(session, cast, now=START)
    second = f"?group={cast.groups[1].public_id}"

    whole = helen.page(address(cast))
    assert [words(option) for option in whole.one("select", id="group")] == ["All groups", "Group 1", "Group 2"]
    own = stands(sign_in("jo@demo.example").page(address(cast)))
    assert (
        own
        == stands(helen.page(address(cast, "/next" + second)))
        == {
            "Small groups": ["Group 2"],
            "For the seminar room": ["Group 2"],
        }
    )
    assert stands(helen.page(address(cast, "/next?group=no-such"))) == stands(whole)


def test_the_page_of_all_groups_shows_the_first_and_the_page_of_one_shows_all(session, cast, helen, monkeypatch):
    monkeypatch.setattr("ethics.web.console.FIRST", 1)
    talk = Talk(session, cast)
    for person in (cast.ana, cast.ben):
        meet(session, cast, person)
        talk.reflect(person)
    whole, own = helen.page(address(cast)), helen.page(address(cast, f"/next?group={cast.groups[0].public_id}"))

    assert [len(stands(page)["Waiting for a first answer"]) for page in (whole, own)] == [1, 2]
    more = "1 more. Choose a group above to see all of its own."
    assert [more in page.text for page in (whole, own)] == [True, False]


def test_when_nothing_waits_the_page_says_so(cast, sign_in, clock):
    clock.advance(days=15)
    assert "Nothing waits" in sign_in("helen@demo.example").page(address(cast)).text


# The sheet for the seminar room


def sheet(cast, number=0):
    return address(cast, f"/groups/{cast.groups[number].public_id}/summary")


def test_a_small_group_s_sheet_keeps_its_numbers_and_reasons_back(session, cast, helen):
    talk_of(session, cast, now=START)
    page = helen.page(sheet(cast))

    assert [words(title) for title in page.all("h2")] == ["Where you are split", "The next question"]
    assert "Fewer than 5 of you have committed everywhere" in page.text
    assert "Somebody in this group has not committed" not in page.text


def test_a_sheet_shows_the_split_and_three_reasons_and_names_nobody(session, cast, sign_in, helen):
    reasons = {}
    for number in range(6):
        user = enter(session, f"Person{number} Newman{number}")
        join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
        reasons[number] = " ".join([f"reason{number}"] * 5)
        if number < 5:
            commit_everywhere(session, cast, actor(user), option=("stay", "go")[number % 2], reason=reasons[number])
            actions.meet_others(session, actor=actor(user), round_id=cast.id, now=START)
    session.commit()
    page = sign_in("ines@demo.example").page(sheet(cast))
    main = words(page.one("main"))

    assert [[words(cell) for cell in row] for row in page.all("table")[0].iter("tr")][1:] == [
        ["Ask him to stay", "3"],
        ["Let him go", "2"],
    ]
    assert len([quote for quote in page.all("blockquote") if words(quote) in reasons.values()]) == 3
    assert "Somebody in this group has not committed everywhere yet." in main
    named = [name for name in ("Person", "Newman", "Ana", "Ben", "Dee", "Ines", "London", "2026") if name in main]
    aliases = [alias for alias in session.scalars(select(Alias.name)) if alias in main]
    assert (named, aliases, page.all("time")) == ([], [], [])
