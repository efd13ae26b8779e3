"""Who has done what, as a file: for whom, which cells, and that no spreadsheet takes one for a formula."""

import csv
import io
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethics.cohorts.models import CohortRole
from ethics.insights import completion
from ethics.insights.completion import as_csv, canvas, harmless, listed, moodle, students_done, texts_of
from ethics.rounds.gate import standing
from tests.cast import enter
from tests.clock import START
from tests.discussions.talking import Talk
from tests.discussions.test_cost import statements
from tests.rounds_cast import RoundCast, archive, build_round, commit_everywhere, join, meet, prolong

DAY = timedelta(days=1)


@pytest.fixture
def round_cast(session) -> RoundCast:
    """Ana has met the others, Ben has committed everywhere, Dee has not begun, and Chi is in the other group."""
    cast = build_round(session)
    meet(session, cast, cast.ana)
    commit_everywhere(session, cast, cast.ben, now=START - DAY)
    session.commit()
    return cast


@pytest.fixture
def talk(session, round_cast) -> Talk:
    """What they may write."""
    return Talk(session, round_cast)


def done_for(talk, actor, *, now=START):
    at = standing(talk.session, actor, talk.cast.id, now=now)
    return at, students_done(talk.session, actor, at)


def test_a_line_says_what_was_done_and_when_in_the_zone_of_the_round(talk: Talk):
    cast = talk.cast
    made = talk.reflect(cast.ana)
    talk.release(cast.tutor, talk.draft(cast.tutor, made, "Yes."), now=START + DAY)
    prolong(talk.session, cast, cast.ben, START + 20 * DAY, due_at=START + 10 * DAY)
    talk.session.commit()
    at, lines = done_for(talk, cast.tutor, now=START + 8 * DAY)

    assert listed({"The line goes too": (at, lines)}) == [
        ["round", *completion._LIST],
        [
            *("The line goes too", "Ana Duarte", "Group 1", "2026-11-24T10:00+00:00", "2026-11-24T10:00+00:00"),
            *("2026-11-24T10:00+00:00", "2026-12-01T10:00+00:00", "2026-11-24T10:00+00:00", ""),
            *("2026-11-25T10:00+00:00", ""),
        ],
        [
            *("The line goes too", "Ben Hallam", "Group 1", "2026-11-23T10:00+00:00", "2026-11-23T10:00+00:00", ""),
            *("2026-12-04T10:00+00:00", "", "", "", ""),
        ],
        [
            *("The line goes too", "Dee Okafor", "Group 1", "", "", "", "2026-12-01T10:00+00:00", "", "overdue"),
            *("", ""),
        ],
    ]


def test_faculty_get_whom_they_teach_and_students_nobody(talk: Talk):
    cast = talk.cast
    names = {
        who: [line.name for line in done_for(talk, getattr(cast, who))[1]]
        for who in ("director", "tutor", "tutor2", "ana")
    }

    group_1 = ["Ana Duarte", "Ben Hallam", "Dee Okafor"]
    assert names == {"director": [*group_1, "Chi Tran"], "tutor": group_1, "tutor2": ["Chi Tran"], "ana": []}


def test_what_is_released_at_a_time_to_come_is_no_answer_yet(talk: Talk):
    cast = talk.cast
    made = talk.reflect(cast.ana)
    talk.release(cast.tutor, talk.draft(cast.tutor, made, "Yes."), now=START + DAY)

    assert [line.answered_at for line in done_for(talk, cast.tutor)[1]] == [None, None, None]


def test_texts_are_those_of_who_is_taught_and_never_a_draft(talk: Talk):
    cast = talk.cast
    talk.reflect(cast.ana, asked="Was I right?")
    at, lines = done_for(talk, cast.tutor)
    texts = texts_of(talk.session, at, lines)

    ana = texts[cast.ana.public_id]
    assert list(ana.cells.values()) == [
        *("Ask him to stay", "The reason of Ana.", "Ask him to stay", "The reason of Ana."),
        *("What Ana Duarte thinks.", "Was I right?"),
    ]
    assert (ana.has_stances, ana.has_reflection) == (True, True)
    assert (texts[cast.ben.public_id].has_stances, texts[cast.ben.public_id].has_reflection) == (True, False)
    assert set(texts) == {cast.ana.public_id, cast.ben.public_id, cast.dee.public_id}
    at, lines = done_for(talk, cast.tutor2)
    assert texts_of(talk.session, at, lines)[cast.chi.public_id].cells == {}


def test_gradebooks_say_who_has_submitted_and_nothing_of_the_others(talk: Talk):
    talk.reflect(talk.cast.ana)
    at, lines = done_for(talk, talk.cast.director)
    done = {"The line goes too": (at, lines)}

    assert canvas(done, section="Year 3") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "The line goes too"],
        ["    Points Possible", "", "", "", "", "1"],
        ["Ana Duarte", "", "", "ana@demo.example", "Year 3", "1"],
        ["Ben Hallam", "", "", "ben@demo.example", "Year 3", ""],
        ["Chi Tran", "", "", "chi@demo.example", "Year 3", ""],
        ["Dee Okafor", "", "", "dee@demo.example", "Year 3", ""],
    ]
    assert moodle(done)[:2] == [
        ["Full name", "Email address", "The line goes too"],
        ["Ana Duarte", "ana@demo.example", "1"],
    ]


def test_an_archived_cohort_gives_its_lists_and_a_title_that_comes_twice_has_a_number(talk: Talk):
    cast = talk.cast
    archive(talk.session, cast)
    talk.session.commit()
    found = completion.rounds_in(talk.session, cast.tutor, cast.cohort, now=START)

    assert [at.round.public_id for at in found] == [cast.id]
    assert list(completion.names_of([*found, *found])) == ["The line goes too", "The line goes too (2)"]
    assert completion.rounds_in(talk.session, cast.ana, cast.cohort, now=START) == []


def test_four_hundred_students_take_one_statement(db, talk: Talk):
    cast = talk.cast
    for number in range(400):
        person = enter(talk.session, f"Student {number:03d} {'of a very long name ' * 8}", email=f"s{number}@x.example")
        join(talk.session, cast.cohort, person, CohortRole.STUDENT, cast.groups[number % 2])
    talk.session.commit()
    with db.reading() as reading:
        at = standing(reading, cast.director, cast.id, now=START)
        with statements(db) as seen:
            lines = students_done(reading, cast.director, at)

    assert (len(lines), len(seen)) == (404, 1)
    assert len(list(csv.reader(io.StringIO(as_csv(listed({"A": (at, lines)}), bom=False))))) == 405


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1), st.booleans())
def test_no_cell_is_a_formula_and_none_is_lost(rows, bom):
    text = as_csv(rows, bom=bom)
    read = list(csv.reader(io.StringIO(text.removeprefix(completion.BOM) if bom else text, newline="")))

    assert text.startswith(completion.BOM) or not bom
    assert read == [[harmless(cell) for cell in row] for row in rows]
    assert {cell[0] for row in read for cell in row if cell} & set("=+-@\t\r\n") == set()


def test_what_begins_a_formula_is_named():
    assert [harmless(cell) for cell in ("=1+1", "+1", "-1", "@x", "\tx", "\rx", "a=b", "")] == [
        *("'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "a=b", "")
    ]
