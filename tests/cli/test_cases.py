"""`ethics cases`: what it prints, what it changes, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from ethics.cases.checks import check_files
from ethics.config import Settings
from ethics.db import Database
from tests.cases.texts import BODY, FRONT, VOCABULARY


@pytest.fixture
def backend() -> str:
    """One database is enough for the command line; tests/cases runs on both."""
    return "sqlite"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "cases"
    folder.mkdir()
    for number in range(5):
        text = FRONT.replace("Short count", f"Count {number}") + BODY
        (folder / f"count-{number}.md").write_text(text)
    return folder


@pytest.fixture
def settings(tmp_path: Path, db: Database, folder: Path) -> Settings:
    return Settings(
        env="development",
        instance_dir=tmp_path,
        database_url=str(db.url),
        secret_key="a" * 40,
        cases_dir=(folder,),
    )


def run(app: Flask, *arguments: str | Path) -> Result:
    result = app.test_cli_runner().invoke(args=["cases", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_clean_folder_ends_with_zero_and_strict_minds_hints(app: Flask, folder: Path) -> None:
    result = run(app, "check", folder)
    assert result.exit_code == 0
    assert result.stderr.startswith("5 files: 0 errors, ")
    assert run(app, "check", "--strict", folder).exit_code == 1
    assert run(app, "check").stdout == result.stdout


def test_an_error_is_printed_with_its_place_and_ends_with_one(app: Flask, folder: Path) -> None:
    path = folder / "count-0.md"
    path.write_text(path.read_text().replace("principles: ", "principles: autonmy, "))
    result = run(app, "check", path)
    assert result.exit_code == 1
    expected = f"{path}:4:13: E012 unknown principle 'autonmy'; did you mean 'autonomy'?"
    assert expected in result.stdout.splitlines()


def test_the_formats_for_programs_hold_the_same(app: Flask, folder: Path) -> None:
    path = folder / "count-0.md"
    path.write_text(path.read_text().replace("principles: ", "principles: autonmy, "))
    rows = json.loads(run(app, "check", "--format", "json", path).stdout)
    assert [row for row in rows if row["severity"] == "error"] == [
        {
            "path": str(path),
            "line": 4,
            "column": 13,
            "code": "E012",
            "severity": "error",
            "message": "unknown principle 'autonmy'",
            "suggestion": "did you mean 'autonomy'?",
        }
    ]
    lines = run(app, "check", "--format", "github", path).stdout.splitlines()
    wanted = "unknown principle 'autonmy'; did you mean 'autonomy'?"
    assert f"::error file={path},line=4,col=13,title=E012 an unknown term::{wanted}" in lines
    assert len(lines) == len(rows)


def test_a_path_that_does_not_exist_ends_with_two(app: Flask, tmp_path: Path) -> None:
    assert run(app, "check", tmp_path / "nowhere").exit_code == 2
    assert run(app, "sync", tmp_path / "nowhere").exit_code == 2


def test_a_broken_vocabulary_ends_with_two_and_names_its_line(app: Flask, folder: Path) -> None:
    (folder / "vocabulary").mkdir()
    (folder / "vocabulary" / "topics.yaml").write_text("- id: x\n  nane: y\n")
    result = run(app, "check", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{folder}/vocabulary/topics.yaml:1: 'name' is missing\n"


def test_checking_needs_no_settings_and_no_database(folder: Path) -> None:
    command = [str(Path(sys.executable).parent / "ethics"), "cases", "check", str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ETHICS_")}
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.partition(",")[0]) == (0, "5 files: 0 errors")
    assert "\x1b" not in done.stdout


def test_sync_says_what_it_did_and_does_nothing_twice(app: Flask, folder: Path) -> None:
    first = run(app, "sync")
    assert first.stdout.splitlines()[-1] == "5 new, 0 changed, 0 unchanged, 0 archived, 0 failed"
    assert first.exit_code == 0
    (folder / "count-0.md").write_text(FRONT + BODY)
    (folder / "count-1.md").write_text("nothing")
    (folder / "count-2.md").unlink()
    second = run(app, "sync")
    assert second.stdout.splitlines() == [
        "changed   count-0",
        "archived  count-2",
        "failed    count-1",
        "0 new, 1 changed, 2 unchanged, 1 archived, 1 failed",
    ]
    assert second.stderr.startswith(f"{folder}/count-1.md:1:1: E006 the front matter is missing")
    assert second.exit_code == 1


def test_a_dry_run_changes_nothing(app: Flask, folder: Path) -> None:
    assert run(app, "sync", "--dry-run").stdout.splitlines()[-1] == (
        "would be: 5 new, 0 changed, 0 unchanged, 0 archived, 0 failed"
    )
    assert json.loads(run(app, "sync", "--format", "json").stdout)["new"] == [f"count-{number}" for number in range(5)]


def test_a_large_loss_needs_a_word_more(app: Flask, folder: Path, tmp_path: Path) -> None:
    run(app, "sync")
    (tmp_path / "empty").mkdir()
    refused = run(app, "sync", tmp_path / "empty")
    assert (refused.exit_code, refused.stdout) == (1, "")
    for number in range(2):
        (folder / f"count-{number}.md").unlink()
    refused = run(app, "sync")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "count-0, count-1" in refused.stderr
    assert run(app, "sync", "--archive").stdout.splitlines()[-1] == (
        "0 new, 0 changed, 3 unchanged, 2 archived, 0 failed"
    )


def test_a_single_file_archives_nothing(app: Flask, folder: Path) -> None:
    run(app, "sync")
    assert run(app, "sync", folder / "count-0.md").stdout.splitlines()[-1] == (
        "0 new, 0 changed, 1 unchanged, 0 archived, 0 failed"
    )


def test_an_error_that_withholds_a_part_is_told(app: Flask, folder: Path) -> None:
    (folder / "count-0.md").write_text(FRONT + BODY.replace("### Perspective", "### Perspectiv"))
    result = run(app, "sync")
    assert result.stderr.startswith(f"{folder}/count-0.md:15:5: E020 ")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "5 new, 0 changed, 0 unchanged, 0 archived, 0 failed",
    )


def test_a_new_case_passes_the_checker_and_is_never_overwritten(app: Flask, folder: Path) -> None:
    path = folder / "the-last-bus.md"
    result = run(app, "new", "the-last-bus")
    assert (result.exit_code, result.stdout) == (0, f"{path}\n")
    assert [f for f in check_files([path], vocabulary=VOCABULARY) if f.severity == "error"] == []
    path.write_text("mine")
    assert run(app, "new", "the-last-bus").exit_code == 1
    assert path.read_text() == "mine"
    assert run(app, "new", "The Last Bus").exit_code == 2


def test_export_writes_back_what_was_imported_and_keeps_what_differs(app: Flask, folder: Path, tmp_path: Path) -> None:
    run(app, "sync")
    target = tmp_path / "out"
    assert run(app, "export", "--to", target).stdout == f"5 cases, 5 files written to {target}\n"
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    (target / "count-0.md").write_text("mine")
    kept = run(app, "export", "count-0", "--to", target)
    assert (kept.exit_code, (target / "count-0.md").read_text()) == (1, "mine")
    assert run(app, "export", "count-0", "--to", target, "--force").exit_code == 0
    assert (target / "count-0.md").read_bytes() == (folder / "count-0.md").read_bytes()
    missing = run(app, "export", "nothing", "--to", target)
    assert (missing.exit_code, missing.stderr) == (1, "There is no case 'nothing'.\n")
