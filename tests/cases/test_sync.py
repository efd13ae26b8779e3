"""Folders become versions: each case whole or not at all, nothing twice, nothing deleted."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ethics.audit.actions import broken_entry
from ethics.audit.models import AuditEntry
from ethics.cases.actions import Outcome, archive_case, sync_case
from ethics.cases.models import Case, CaseImage, CaseVersion, Origin, Segment, Status
from ethics.cases.queries import stored_files
from ethics.cases.sync import CaseFile, Plan, plan, prepare, read_files, refuse_large_loss
from ethics.errors import Conflict
from ethics.markup import RENDERER
from tests.cases.texts import BODY, FRONT, VOCABULARY
from tests.clock import START

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "short-count.md").write_text(FRONT + BODY)
    return tmp_path


def files(folder: Path) -> tuple[CaseFile, ...]:
    return read_files([folder], vocabulary=VOCABULARY)[0]


def planned(session: Session, *folders: Path) -> Plan:
    return plan(session, folders, vocabulary=VOCABULARY)


def store(session: Session, folder: Path) -> dict[str, Outcome]:
    """What the command does with a folder, in one session."""
    found = planned(session, folder)
    outcomes = {
        step.file.slug: sync_case(session, actor=None, prepared=prepare(step.file, step.number), now=START)
        for step in found.steps
    }
    for slug in found.gone:
        archive_case(session, actor=None, slug=slug, now=START)
    session.commit()
    return outcomes


def case(session: Session) -> Case:
    return session.scalars(select(Case)).one()


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def test_a_new_file_becomes_version_one(session: Session, folder: Path) -> None:
    assert store(session, folder) == {"short-count": Outcome.NEW}
    found = case(session)
    assert (found.slug, found.title, found.status, found.origin, found.current_number) == (
        *("short-count", "Short count", Status.PUBLISHED, Origin.FOLDER, 1),
    )
    assert (found.principles, found.tensions, found.topics) == (
        ["confidentiality", "nonmaleficence"],
        [["confidentiality", "nonmaleficence"]],
        ["substance-use"],
    )
    version = session.scalars(select(CaseVersion)).one()
    assert version.source == (folder / "short-count.md").read_bytes()
    assert (version.number, version.renderer, version.created_at, version.created_by_id) == (1, RENDERER, START, None)
    assert version.stages == [
        {"heading": "Tuesday, 16:10", "decides": True},
        {"heading": "Wednesday, 07:30", "decides": False},
    ]
    assert actions(session) == ["case.version"]
    assert broken_entry(session) is None


def test_segments_are_rendered_one_by_one(session: Session, folder: Path) -> None:
    store(session, folder)
    found = {
        (segment.kind, segment.stage): segment
        for segment in session.scalars(select(Segment).order_by(Segment.position))
    }
    assert len(found) == 10
    decision = found["decision", 1]
    assert decision.html == ""
    assert decision.items == [
        {"id": "speak", "text": "Speak to Nadia first"},
        {"id": "b", "text": "Report the count"},
        {"id": "c", "text": "Count again tomorrow"},
    ]
    assert found["opening", 1].html.strip() == "<p>Two tablets are missing, for the third time.</p>"
    assert [item["number"] for item in found["questions", None].items] == [1, 2]
    assert found["questions", None].items[0]["html"].strip() == "<p>Whose trust is at stake?</p>"
    assert [item["key"] for item in found["references", None].items] == ["who2021"]


def test_unchanged_content_makes_no_version(session: Session, folder: Path) -> None:
    store(session, folder)
    assert planned(session, folder).unchanged == ["short-count"]
    again = prepare(files(folder)[0], 2)
    assert sync_case(session, actor=None, prepared=again, now=START) is Outcome.UNCHANGED
    assert count(session, CaseVersion) == 1


def test_a_changed_file_becomes_the_next_version_and_the_first_stays(session: Session, folder: Path) -> None:
    store(session, folder)
    (folder / "short-count.md").write_text(FRONT.replace("Short count", "Long count") + BODY)
    assert store(session, folder) == {"short-count": Outcome.CHANGED}
    found = case(session)
    assert (found.title, found.current_number) == ("Long count", 2)
    numbered = select(CaseVersion.number, CaseVersion.front).order_by(CaseVersion.number)
    assert [(number, front["title"]) for number, front in session.execute(numbered)] == [
        (1, "Short count"),
        (2, "Long count"),
    ]


def test_a_changed_image_makes_a_version(session: Session, folder: Path) -> None:
    text = BODY.replace("Nadia closes", "![A shelf](shelf.png)\n\nNadia closes")
    (folder / "short-count.md").write_text(FRONT + text)
    (folder / "short-count").mkdir()
    (folder / "short-count" / "shelf.png").write_bytes(PNG)
    (folder / "short-count" / "unused.jpeg").write_bytes(b"\xff\xd8\xff" + bytes(9))
    (folder / "short-count" / "evil.png").write_bytes(b"<svg onload=x>")
    store(session, folder)
    (folder / "short-count" / "shelf.png").write_bytes(PNG + b"more")
    assert store(session, folder) == {"short-count": Outcome.CHANGED}
    images = session.scalars(select(CaseImage).order_by(CaseImage.version_id, CaseImage.name)).all()
    assert [(image.name, image.media_type, image.data, image.used_in) for image in images] == [
        ("shelf.png", "image/png", PNG, [1]),
        ("unused.jpeg", "image/jpeg", b"\xff\xd8\xff" + bytes(9), []),
        ("shelf.png", "image/png", PNG + b"more", [1]),
        ("unused.jpeg", "image/jpeg", b"\xff\xd8\xff" + bytes(9), []),
    ]
    first_stage = select(Segment.html).where(Segment.kind == "stage", Segment.stage == 1)
    stages = session.scalars(first_stage.order_by(Segment.version_id)).all()
    assert ['src="/cases/short-count/versions/2/images/shelf.png"' in html for html in stages] == [False, True]


def test_a_removed_file_archives_and_its_return_restores(session: Session, folder: Path) -> None:
    store(session, folder)
    text = (folder / "short-count.md").read_text()
    (folder / "short-count.md").unlink()
    assert planned(session, folder).gone == ["short-count"]
    store(session, folder)
    assert (case(session).status, count(session, CaseVersion)) == (Status.ARCHIVED, 1)
    assert planned(session, folder).gone == []
    (folder / "short-count.md").write_text(text)
    assert store(session, folder) == {"short-count": Outcome.CHANGED}
    assert (case(session).status, count(session, CaseVersion)) == (Status.PUBLISHED, 1)
    assert actions(session) == ["case.version", "case.archive", "case.restore"]


def test_a_broken_file_keeps_the_last_good_version(session: Session, folder: Path) -> None:
    store(session, folder)
    (folder / "short-count.md").write_text(f"---\ntitle: *oops\n---\n{BODY}")
    found = planned(session, folder)
    assert [finding.code for finding in found.failed[folder / "short-count.md"]] == ["E008"]
    assert (found.gone, store(session, folder)) == ([], {})
    assert (case(session).title, case(session).status) == ("Short count", Status.PUBLISHED)


def test_a_file_with_an_error_goes_in_without_what_is_wrong(session: Session, folder: Path) -> None:
    text = BODY.replace("### Perspective: Omar, nurse", "### Perspectiv: Omar, nurse")
    (folder / "short-count.md").write_text(FRONT + text)
    assert store(session, folder) == {"short-count": Outcome.NEW}
    stored = session.scalars(select(Segment.source)).all()
    assert [source for source in stored if "He has covered for her before." in source] == []


def test_a_file_that_cannot_be_opened_is_not_gone(session: Session, folder: Path) -> None:
    store(session, folder)
    (folder / "short-count.md").unlink()
    (folder / "short-count.md").symlink_to(folder / "nowhere")
    found = planned(session, folder)
    assert (found.gone, list(found.failed)) == ([], [folder / "short-count.md"])


def test_a_case_of_the_browser_is_left_alone(session: Session, folder: Path) -> None:
    store(session, folder)
    case(session).origin = Origin.BROWSER
    session.commit()
    same = planned(session, folder)
    assert (same.unchanged, same.failed, same.gone) == (["short-count"], {}, [])
    (folder / "short-count.md").write_text(FRONT.replace("Short", "Other") + BODY)
    found = planned(session, folder)
    assert ([finding.code for finding in found.failed[folder / "short-count.md"]], found.gone) == (["E050"], [])
    with pytest.raises(Conflict, match="written-in-the-browser"):
        sync_case(session, actor=None, prepared=prepare(files(folder)[0], 2), now=START)
    (folder / "short-count.md").unlink()
    assert planned(session, folder).gone == []
    archive_case(session, actor=None, slug="short-count", now=START)
    assert case(session).status == Status.PUBLISHED


def test_a_version_that_somebody_else_stored_meanwhile_is_a_conflict(session: Session, folder: Path) -> None:
    stale = prepare(files(folder)[0], 1)
    (folder / "short-count.md").write_text(FRONT.replace("Short", "Long") + BODY)
    store(session, folder)
    with pytest.raises(Conflict, match="another-version-meanwhile"):
        sync_case(session, actor=None, prepared=stale, now=START)


def test_one_name_in_two_folders_fails_the_second(session: Session, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "short-count.md").write_text(FRONT.replace("Short", "Other") + BODY)
    found = planned(session, folder, tmp_path / "other")
    assert (list(found.new), list(found.failed)) == (["short-count"], [tmp_path / "other" / "short-count.md"])


def fill(session: Session, folder: Path, number: int) -> None:
    for index in range(number):
        title = FRONT.replace("Short count", f"Count {index}")
        (folder / f"count-{index}.md").write_text(title + BODY)
    store(session, folder)


def test_a_fifth_may_be_archived_and_no_more(session: Session, tmp_path: Path) -> None:
    fill(session, tmp_path, 5)
    (tmp_path / "count-0.md").unlink()
    refuse_large_loss(planned(session, tmp_path), [tmp_path])
    (tmp_path / "count-1.md").unlink()
    with pytest.raises(Conflict, match="archives-too-many") as caught:
        refuse_large_loss(planned(session, tmp_path), [tmp_path])
    assert caught.value.current == ["count-0", "count-1"]


def test_an_empty_folder_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="no-case-files"):
        refuse_large_loss(planned(session, tmp_path), [tmp_path])


def test_what_is_exported_is_what_was_imported(session: Session, folder: Path, tmp_path: Path) -> None:
    (folder / "short-count.md").write_bytes("\ufeff".encode() + (FRONT + BODY).replace("\n", "\r\n").encode())
    store(session, folder)
    (stored,) = stored_files(session)
    assert [(path.name, data) for path, data in stored.paths(tmp_path)] == [
        ("short-count.md", (folder / "short-count.md").read_bytes())
    ]
    assert stored_files(session, ["nothing"]) == []


_TYPED = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]),
        st.sampled_from(list("\n\t#-`|<[]>!*_~")),
    ),
    max_size=100,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=_TYPED,
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.sampled_from(["", "\ufeff"]),
    image=st.binary(max_size=50),
)
def test_whatever_was_imported_is_exported_byte_for_byte(
    session: Session, tmp_path: Path, body: str, newline: str, mark: str, image: bytes
) -> None:
    name = f"case-{count(session, Case)}"
    (tmp_path / name).mkdir()
    data = f"{mark}{FRONT}{body}\n\n## Tuesday\n\nText.".replace("\n", newline).encode()
    (tmp_path / f"{name}.md").write_bytes(data)
    (tmp_path / name / "shelf.png").write_bytes(PNG + image)
    found = planned(session, tmp_path / f"{name}.md")
    sync_case(session, actor=None, prepared=prepare(found.new[name].file, 1), now=START)
    (stored,) = stored_files(session, [name])
    assert list(stored.paths(tmp_path)) == [
        (tmp_path / f"{name}.md", data),
        (tmp_path / name / "shelf.png", PNG + image),
    ]
