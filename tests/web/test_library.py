"""The library: finding a case, what narrows the list, what the collection covers, principles."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from ethics.cases.actions import sync_case
from ethics.cases.library import MOST_CHOSEN
from ethics.cases.models import Case
from ethics.cases.search import words_of
from ethics.cases.sync import prepare, read_files
from ethics.db import Database
from ethics.people.models import Role
from ethics.vocabulary import load
from tests.cast import enter
from tests.clock import START
from tests.pages import Page, words

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

TEXT = """\
---
title: {title}
summary: {summary}
principles: {principles}
tensions: {tensions}
topics: {topics}
professions: {professions}
setting: {setting}
level: {level}
minutes: {minutes}
status: {status}
self_study: {self_study}
---
{opening}

## Tuesday

{stage}

### For facilitators

{guide}

## Debrief

{debrief}
"""
USUAL = {
    "summary": "Somebody counts twice.",
    "principles": "confidentiality",
    "tensions": "",
    "topics": "",
    "professions": "nursing",
    "setting": "inpatient",
    "level": "introductory",
    "minutes": "40",
    "status": "published",
    "self_study": "no",
    "opening": "It begins on a ward.",
    "stage": "A stage that nobody has reached speaks of heliotropes.",
    "guide": "The notes speak of pangolins.",
    "debrief": "The debrief speaks of zeppelins.",
}


@pytest.fixture
def shelf(db: Database, tmp_path: Path) -> Callable[..., None]:
    """`shelf(title, level=…, …)`: put a case into the library, each a day newer than the one before."""
    with db.unit_of_work() as session:
        enter(session, "Ana")
        enter(session, "Author", Role.AUTHOR)
    days = count()

    def put(title: str, **given: str) -> None:
        path = tmp_path / f"{'-'.join(words_of(title).split())}.md"
        path.write_text(TEXT.format(**{**USUAL, **given, "title": title}))
        (file,), _ = read_files([path], vocabulary=load())
        with db.unit_of_work() as session:
            sync_case(session, actor=None, prepared=prepare(file, 1), now=START + timedelta(days=next(days)))

    return put


def titles(page: Page) -> list[str]:
    return [words(heading) for heading in page.all("h3") if "card-title" in (heading.get("class") or "")]


def facet(page: Page, name: str) -> list[str]:
    (section,) = [part for part in page.all("section") if words(next(part.iter("h3"))) == name]
    return [words(link) for link in section.iter("a")]


def test_every_published_case_by_title(shelf, sign_in) -> None:
    shelf("Upper left")
    shelf("Short count", professions="pharmacy, nursing")
    shelf("Not yet", status="draft")
    page = sign_in("ana@demo.example").page("/cases")

    assert titles(page) == ["Short count", "Upper left"]
    assert "2 cases" in page.text
    assert "Introductory · 40 min · Hospital ward · Pharmacy, Nursing" in page.text


def test_an_empty_library_says_what_will_be_there(shelf, sign_in) -> None:
    assert "No case is published yet." in sign_in("ana@demo.example").page("/cases").text


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("principle=autonomy", ["Both", "One"]),
        ("principle=autonomy&principle=justice", ["Both"]),
        ("tension=autonomy~justice", ["Both"]),
        ("level=advanced", ["One"]),
        ("level=advanced&level=introductory", ["Both", "One"]),
        ("length=to-30", ["One"]),
        ("setting=inpatient", ["Both", "One"]),
        ("profession=midwifery", ["One"]),
        ("principle=autonomy&level=advanced", ["One"]),
        ("sort=shortest", ["One", "Both"]),
        ("sort=newest", ["One", "Both"]),
        ("principle=nothing-of-the-kind", []),
        ("sort=nothing&after=nothing&nothing=1", ["Both", "One"]),
        ("principle=", ["Both", "One"]),
    ],
)
def test_what_narrows_the_list(shelf, sign_in, asked: str, expected: list[str]) -> None:
    shelf("Both", principles="autonomy, justice", tensions="justice vs autonomy", minutes="60")
    shelf("One", principles="autonomy", level="advanced", minutes="30", professions="midwifery")

    assert titles(sign_in("ana@demo.example").page(f"/cases?{asked}")) == expected


def test_counts_say_what_a_further_choice_would_leave(shelf, sign_in) -> None:
    shelf("Both", principles="autonomy, justice", level="advanced")
    shelf("One", principles="autonomy")
    shelf("Other", principles="veracity")
    page = sign_in("ana@demo.example").page("/cases?principle=autonomy&level=advanced")

    assert facet(page, "Principle") == ["Justice 1"]
    assert facet(page, "Level") == ["Introductory 1"]
    assert [words(link) for link in page.all("a") if words(link).startswith("Remove:")] == [
        "Remove: Autonomy ×",
        "Remove: Advanced ×",
    ]


def test_a_case_is_found_by_its_words_and_the_hit_is_marked(shelf, sign_in) -> None:
    shelf("Short count", opening="Gráinne counts the tablets in the blue cupboard.")
    shelf("Upper left", opening="A tooth.")
    page = sign_in("ana@demo.example").page("/cases?q=grainne+CUPB")

    assert titles(page) == ["Short count"]
    assert [words(hit) for hit in page.all("mark")] == ["Gráinne", "cupboard"]


def test_words_of_different_parts_find_the_case_together_and_a_phrase_only_whole(shelf, sign_in) -> None:
    shelf("Short count", summary="A pharmacist waits.", opening="The blue cupboard stands open.")
    client = sign_in("ana@demo.example")

    assert titles(client.page("/cases?q=pharmacist+cupboard+nursing")) == ["Short count"]
    assert titles(client.page("/cases?q=%22blue+cupboard%22")) == ["Short count"]
    assert titles(client.page("/cases?q=%22cupboard+blue%22")) == []


def test_hits_in_the_title_come_first(shelf, sign_in) -> None:
    shelf("A tooth", summary="A dentist waits.", opening="Somebody counts.")
    shelf("Short count")

    assert titles(sign_in("ana@demo.example").page("/cases?q=count")) == ["Short count", "A tooth"]


@pytest.mark.parametrize(
    ("word", "self_study", "who", "found"),
    [
        ("heliotropes", "no", "ana", False),
        ("heliotropes", "yes", "ana", True),
        ("heliotropes", "no", "author", True),
        ("zeppelins", "no", "ana", False),
        ("zeppelins", "yes", "ana", True),
        ("pangolins", "no", "ana", False),
        ("pangolins", "yes", "ana", False),
        ("pangolins", "no", "author", True),
    ],
)
def test_nothing_is_found_that_the_reader_may_not_read(shelf, sign_in, word, self_study, who, found) -> None:
    shelf("Short count", self_study=self_study)
    page = sign_in(f"{who}@demo.example").page(f"/cases?q={word}")

    assert titles(page) == (["Short count"] if found else [])
    assert [words(hit) for hit in page.all("mark")] == ([word] if found else [])


def test_where_nothing_answers_the_nearest_is_offered(shelf, sign_in) -> None:
    shelf("Short count", level="advanced")
    client = sign_in("ana@demo.example")
    page = client.page("/cases?principle=confidentiality&level=introductory")

    assert titles(page) == []
    assert [words(link) for link in page.all("a") if words(link).startswith("Without")] == ["Without “Introductory” 1"]
    (link,) = [link for link in page.all("a") if words(link).startswith("Without")]
    assert titles(client.page(link.get("href"))) == ["Short count"]


def test_of_very_many_choices_only_the_first_count_so_that_one_address_holds_nobody_up(
    shelf, sign_in, statements
) -> None:
    shelf("Upper left")
    ana = sign_in("ana@demo.example")
    few = "&".join(f"topic=t{number}" for number in range(MOST_CHOSEN))
    many = f"{few}&{'&'.join(f'topic=u{number}' for number in range(200))}"
    page = ana.page(f"/cases?{many}")

    assert statements(ana, f"/cases?{many}") == statements(ana, f"/cases?{few}")
    assert len([link for link in page.all("a") if words(link).startswith("Remove:")]) == MOST_CHOSEN


def test_a_misspelt_principle_leads_to_its_page(shelf, sign_in) -> None:
    shelf("Short count")
    page = sign_in("ana@demo.example").page("/cases?q=confidentialty")

    assert [words(link) for link in page.all("a", href="/principles/confidentiality")] == ["Confidentiality"]


def test_a_long_list_goes_on_after_its_last_case(shelf, sign_in, db, statements) -> None:
    shelf("Case 00")
    client = sign_in("ana@demo.example")
    few = statements(client, "/cases?q=case")
    copy(db, 30)
    page = client.page("/cases")
    (link,) = [link for link in page.all("a") if words(link) == "More cases"]

    assert statements(client, "/cases?q=case") == few
    assert titles(page) == [f"Case {number:02}" for number in range(24)]
    assert titles(client.page(link.get("href"))) == [f"Case {number:02}" for number in range(24, 31)]


def copy(db: Database, times: int) -> None:
    with db.unit_of_work() as session:
        first = session.scalars(select(Case)).one()
        columns = {column.key: getattr(first, column.key) for column in Case.__table__.columns} | {"id": None}
        session.add_all(
            Case(**(columns | {"slug": f"case-{number}", "title": f"Case {number:02}"}))
            for number in range(1, times + 1)
        )


def test_coverage_counts_and_shows_what_is_blank(shelf, sign_in) -> None:
    shelf("Short count", principles="confidentiality, justice", tensions="justice vs confidentiality")
    client = sign_in("ana@demo.example")
    links = [link for link in client.page("/coverage").all("a") if link.get("aria-label")]
    squares = {link.get("aria-label"): words(link) for link in links}

    assert squares["1 case: Confidentiality, Introductory"] == "1"
    assert squares["0 cases: Confidentiality, Advanced"] == "–"
    assert [text for label, text in squares.items() if "–" in label and text == "1"] == ["1"]
    for link in links:
        if words(link) == "1":
            assert titles(client.page(link.get("href"))) == ["Short count"]


def test_a_principle_has_its_meaning_and_its_cases(shelf, sign_in) -> None:
    shelf("Short count", principles="confidentiality, justice", tensions="justice vs confidentiality")
    client = sign_in("ana@demo.example")
    page = client.page("/principles/justice")

    assert [words(link) for link in page.all("a", href="/cases/short-count")] == ["Short count"]
    tensions = [link for link in page.all("a") if (link.get("href") or "").startswith("/cases?tension=")]
    assert [words(link) for link in tensions if "confidentiality" in (link.get("href") or "")] == ["1 case"]
    assert client.get("/principles/nothing").status_code == 404


def test_a_case_can_be_cited(shelf, sign_in) -> None:
    shelf("Short count")
    page = sign_in("ana@demo.example").page("/cases/short-count")

    assert "Short count. Version 1, 2026. Ethics Rounds. http://" in page.text


def test_a_case_that_no_round_uses_says_so(shelf, sign_in) -> None:
    shelf("Short count")
    client = sign_in("author@demo.example")

    assert [words(link) for link in client.page("/cases/short-count").all("a", href="/cases/short-count/use")] == [
        "In use"
    ]
    assert "No round has used it yet" in client.page("/cases/short-count/use").text
