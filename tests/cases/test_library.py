"""Who may read what of a case from the library."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.cases import library, queries
from ethics.cases.actions import sync_case
from ethics.cases.models import Case, SegmentKind, Status
from ethics.cases.rules import Reach, Reader
from ethics.cases.sync import prepare, read_files
from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.people.models import Role
from tests.cases.texts import BODY, FRONT, VOCABULARY
from tests.clock import START

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
OPENING, STUDY, WHOLE = Reach.OPENING, Reach.STUDY, Reach.WHOLE


def reader(who: str, *, studies: int | None = None) -> Reader:
    roles = {"author": {Role.AUTHOR}, "administrator": {Role.ADMINISTRATOR}}.get(who, set())
    actor = Actor(1, "a", who.capitalize(), frozenset(roles))
    return Reader(actor, teaches=who == "tutor", studies=frozenset({studies} - {None}))


@pytest.fixture
def case(session: Session, tmp_path: Path) -> Case:
    text = BODY.replace("Nadia is not at work.", "![An empty chair](chair.png) As feared [who2021].")
    (tmp_path / "short-count.md").write_text(FRONT + text)
    (tmp_path / "short-count").mkdir()
    (tmp_path / "short-count" / "chair.png").write_bytes(PNG)
    (file,), _ = read_files([tmp_path], vocabulary=VOCABULARY)
    sync_case(session, actor=None, prepared=prepare(file, 1), now=START)
    return session.scalars(select(Case)).one()


def kinds(session: Session, who: Reader, case: Case) -> list[str]:
    version = queries.version_of(session, case)
    return [segment.kind for segment in queries.readable_segments(session, who, case, version.id)]


@pytest.mark.parametrize(
    ("who", "is_student", "self_study", "expected"),
    [
        ("student", False, False, OPENING),
        ("student", True, False, OPENING),
        ("student", False, True, STUDY),
        ("student", True, True, STUDY),
        ("administrator", False, False, OPENING),
        ("tutor", False, False, WHOLE),
        ("tutor", True, False, OPENING),
        ("tutor", True, True, STUDY),
        ("author", False, False, WHOLE),
        ("author", True, False, OPENING),
    ],
)
def test_how_far_a_published_case_is_open(
    case: Case, who: str, is_student: bool, self_study: bool, expected: Reach
) -> None:
    case.self_study = self_study
    assert reader(who, studies=case.id if is_student else None).reach(case) is expected


def test_the_opening_is_all_that_is_open_at_first(session: Session, case: Case) -> None:
    somebody = reader("student")
    assert kinds(session, somebody, case) == ["opening"]
    assert_closed(session, somebody, case)
    with pytest.raises(NotFound):
        queries.readable_image(session, somebody, case, queries.version_of(session, case).id, "chair.png")


def test_all_but_the_notes_is_open_for_self_study(session: Session, case: Case) -> None:
    case.self_study = True
    somebody = reader("student")
    expected = ["opening", "stage", "perspective", "decision", "stage", "questions", "debrief", "references"]
    assert kinds(session, somebody, case) == expected
    assert_closed(session, somebody, case)
    version = queries.version_of(session, case)
    assert queries.readable_image(session, somebody, case, version.id, "chair.png").data == PNG


def test_faculty_read_the_notes_the_file_and_its_history(session: Session, case: Case) -> None:
    tutor = reader("tutor")
    assert sorted(set(kinds(session, tutor, case))) == sorted(set(SegmentKind) - {SegmentKind.EXHIBIT})
    assert queries.source(session, tutor, case).startswith(b"---\ntitle: Short count\n")
    assert [(version.number, version.created_at) for version in queries.versions(session, tutor, case)] == [(1, START)]


def assert_closed(session: Session, somebody: Reader, case: Case) -> None:
    """Neither the file nor its history is open."""
    for read in (queries.source, queries.versions):
        with pytest.raises(NotFound):
            read(session, somebody, case)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.ARCHIVED])
def test_drafts_and_archived_cases_exist_for_authors_alone(session: Session, case: Case, status: Status) -> None:
    case.status = status
    session.flush()
    assert queries.case_by_slug(session, reader("author"), "short-count") is case
    for somebody in (reader("student"), reader("tutor"), reader("administrator"), reader("author", studies=case.id)):
        assert not somebody.may_see(case)
        with pytest.raises(NotFound):
            queries.case_by_slug(session, somebody, "short-count")
    assert library.published(session, reader("author")) == []
    assert queries.published_titles(session) == []


def test_the_library_lists_published_cases(session: Session, case: Case) -> None:
    (listed,) = library.published(session, reader("student"))
    assert (listed.slug, listed.title, listed.principles, listed.topics) == (
        *("short-count", "Short count", ["confidentiality", "nonmaleficence"], ["substance-use"]),
    )
    assert queries.case_by_slug(session, reader("student"), "short-count") is case
    assert queries.published_titles(session) == [("short-count", "Short count")]


def test_a_case_that_does_not_exist_is_not_found(session: Session, case: Case) -> None:
    with pytest.raises(NotFound):
        queries.case_by_slug(session, reader("author"), "long-count")
    with pytest.raises(NotFound):
        queries.version_of(session, case, 2)


def test_only_references_cited_in_what_is_open_are_shown(session: Session, case: Case) -> None:
    version = queries.version_of(session, case)
    everything = queries.segments(session, version.id)
    assert [item["key"] for item in queries.cited_references(everything)] == ["who2021"]
    before = [segment for segment in everything if segment.stage != 2]
    assert queries.cited_references(before) == []


def test_segments_can_be_asked_for_by_kind(session: Session, case: Case) -> None:
    version = queries.version_of(session, case)
    guides = queries.segments(session, version.id, kinds={SegmentKind.GUIDE})
    assert [segment.stage for segment in guides] == [1, None]
