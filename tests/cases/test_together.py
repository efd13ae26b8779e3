"""Two syncs at once, and syncs that are killed: each case is whole, in the old version or the new one."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ethics.application import open_database
from ethics.audit.actions import broken_entry
from ethics.cases.format import parse
from ethics.cases.models import Case, CaseImage, CaseVersion, Segment
from ethics.config import load_settings
from ethics.db import Database
from tests.cases.texts import BODY, FRONT, VOCABULARY
from tests.server import ENDS_WITH_PARENT, Installation

CASES = 6
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SECONDS = 60


@pytest.fixture
def installation(store, tmp_path: Path) -> Iterator[Installation]:
    url = store.migrated()
    (tmp_path / "instance").mkdir()
    yield Installation.new(url, tmp_path / "instance")
    store.drop(url)


@pytest.fixture
def database(installation: Installation) -> Iterator[Database]:
    database = open_database(load_settings(installation.environment, env_file=None))
    yield database
    database.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "cases"
    folder.mkdir()
    for number in range(CASES):
        (folder / f"count-{number}").mkdir()
    return folder


def write(folder: Path, edition: int) -> None:
    """Every case in its next edition, each with another number of stages and another picture."""
    for number in range(CASES):
        stages = "".join(f"\n## Day {day}\n\nEdition {edition}. ![A shelf](shelf.png)\n" for day in range(edition + 1))
        body = BODY.replace("## Questions", f"{stages}\n## Questions")
        (folder / f"count-{number}.md").write_text(FRONT.replace("Short count", f"Count {number} {edition}") + body)
        (folder / f"count-{number}" / "shelf.png").write_bytes(PNG + bytes([edition]))


def syncing(installation: Installation, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*ENDS_WITH_PARENT, str(Path(sys.executable).with_name("ethics")), "cases", "sync", str(folder)],
        cwd=installation.directory,
        env=installation.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def assert_whole(session: Session) -> None:
    """Every version holds just what its own bytes say, and every case is what its current version says."""
    for case in session.scalars(select(Case)):
        versions = session.scalars(select(CaseVersion).where(CaseVersion.case_id == case.id)).all()
        assert sorted(version.number for version in versions) == list(range(1, case.current_number + 1))
        for version in versions:
            read = parse(version.source, path=Path(f"{case.slug}.md"), vocabulary=VOCABULARY)
            stored = session.scalars(
                select(Segment.source).where(Segment.version_id == version.id).order_by(Segment.position)
            )
            assert list(stored) == [segment.source for segment in read.segments]
            images = session.scalar(select(func.count()).where(CaseImage.version_id == version.id))
            assert images == 1
        current = next(version for version in versions if version.number == case.current_number)
        assert case.title == current.front["title"]
    assert broken_entry(session) is None


def current(session: Session) -> dict[str, bytes]:
    found = select(Case.slug, CaseVersion.source).join(CaseVersion, CaseVersion.case_id == Case.id)
    return dict(session.execute(found.where(CaseVersion.number == Case.current_number)).all())


def on_disk(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in folder.glob("*.md")}


def test_two_syncs_at_once_store_everything_once(installation: Installation, database: Database, folder: Path) -> None:
    for edition in (1, 2):
        write(folder, edition)
        both = [syncing(installation, folder) for _ in range(2)]
        said = [process.communicate(timeout=SECONDS) for process in both]
        assert [(process.returncode, err) for process, (_, err) in zip(both, said, strict=True)] == [(0, ""), (0, "")]
        with database.reading() as session:
            assert_whole(session)
            assert current(session) == on_disk(folder)
            assert session.scalar(select(func.count()).select_from(CaseVersion)) == CASES * edition


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_a_sync_that_is_killed_leaves_each_case_whole(
    installation: Installation, database: Database, folder: Path, kills: int
) -> None:
    write(folder, 1)
    installation.command("cases", "sync", str(folder))
    chance = random.Random(kills)  # noqa: S311  # the same moments in every run
    before = on_disk(folder)
    for edition in range(2, kills + 2):
        write(folder, edition)
        process = syncing(installation, folder)
        _kill_after(process, database, chance.randrange(CASES + 1), edition)
        with database.reading() as session:
            assert_whole(session)
            now = current(session)
            assert [slug for slug in now if now[slug] not in {before[slug], on_disk(folder)[slug]}] == []
            before = now
    assert f"{CASES} new" not in installation.command("cases", "sync", str(folder))
    with database.reading() as session:
        assert_whole(session)
        assert current(session) == on_disk(folder)


def _kill_after(process: "subprocess.Popen[str]", database: Database, stored: int, edition: int) -> None:
    """Kill -9 as soon as so many cases are in their new edition, in whatever the sync does next."""
    deadline = time.monotonic() + SECONDS
    title = Case.title.like(f"% {edition}")
    while process.poll() is None:
        with database.reading() as session:
            if (session.scalar(select(func.count()).where(title)) or 0) >= stored:
                break
        assert time.monotonic() < deadline, "the sync does not get on"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=SECONDS)
