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


def test_without_paths_and_settings_the_check_could_not_run(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "ethics"), "cases", "check"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ETHICS_")}
    done = subprocess.run(
        command,
        env={**environment, "ETHICS_ENV": "production"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


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


def test_colour_is_for_terminals_and_for_those_who_want_it(
    app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["cases", "check", str(folder / "count-0.md")]
    runner = app.test_cli_runner()
    assert "\x1b" not in runner.invoke(args=arguments).stdout
    assert "\x1b[33mW0" in runner.invoke(args=arguments, color=True).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in runner.invoke(args=arguments, color=True).stdout


def test_a_folder_without_cases_is_probably_the_wrong_one(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run(app, "check", tmp_path / "empty")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"There are no case files in {tmp_path}/empty; is it the right folder?\n"


def test_many_files_are_checked_in_processes_with_the_same_result(app: Flask, folder: Path) -> None:
    for number in range(5, 210):
        (folder / f"count-{number}.md").write_text(FRONT.replace("Short count", f"Count {number}") + BODY)
    (folder / "count-7.md").write_text("no case")
    (folder / "count-8.md").write_text(FRONT.replace("Short count", "Count 9") + BODY)
    result = run(app, "check", folder)
    assert result.stdout.splitlines() == [str(finding) for finding in check_files([folder], vocabulary=VOCABULARY)]
    assert result.stderr.startswith("210 files: 2 errors, ")


def test_a_review_that_is_due_is_told_from_the_day_of_the_check(app: Flask, folder: Path) -> None:
    path = folder / "count-0.md"
    path.write_text(path.read_text().replace("status:", "review_by: 2020-01-01\nstatus:"))
    assert (
        f"{path}:7:12: W021 this case was to be reviewed by 2020-01-01; read it again, then set a later day"
        in run(app, "check", path).stdout.splitlines()
    )


def test_an_error_is_told_when_the_file_comes_in_and_not_again(app: Flask, folder: Path) -> None:
    (folder / "count-0.md").write_text(FRONT + BODY.replace("### Perspective", "### Perspectiv"))
    assert run(app, "sync").stderr != ""
    again = run(app, "sync")
    assert (again.exit_code, again.stderr) == (0, "")


def test_a_folder_that_is_empty_or_missing_archives_nothing(app: Flask, folder: Path, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    (private / "mine.md").write_text(FRONT + BODY)
    for number in range(5, 9):
        (folder / f"count-{number}.md").write_text(FRONT.replace("Short count", f"Count {number}") + BODY)
    settings = app.config["ETHICS"]
    app.config["ETHICS"] = settings.model_copy(update={"cases_dir": (folder, private)})
    try:
        assert run(app, "sync").stdout.splitlines()[-1].startswith("10 new")
        (private / "mine.md").unlink()
        for gone in (False, True):
            if gone:
                private.rmdir()
            refused = run(app, "sync")
            assert (refused.exit_code, refused.stdout) == (1, "")
            assert refused.stderr.startswith(f"there are no case files in {private}, so nothing was changed")
        assert run(app, "sync", "--archive").stdout.splitlines()[-2:] == [
            "failed    private",
            "0 new, 0 changed, 9 unchanged, 1 archived, 1 failed",
        ]
    finally:
        app.config["ETHICS"] = settings


def test_of_two_files_of_one_name_the_first_goes_in(app: Flask, folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "count-0.md").write_text(FRONT + BODY)
    settings = app.config["ETHICS"]
    app.config["ETHICS"] = settings.model_copy(update={"cases_dir": (folder, folder / "more")})
    try:
        result = run(app, "sync")
        assert result.stdout.splitlines()[-1] == "5 new, 0 changed, 0 unchanged, 0 archived, 1 failed"
        assert result.stderr == (
            f"{folder}/more/count-0.md:1:1: E050 {folder}/count-0.md has the same name; rename one of the two\n"
        )
        assert result.exit_code == 1
    finally:
        app.config["ETHICS"] = settings


def test_the_audit_counts_for_people_and_for_programs(app: Flask, folder: Path) -> None:
    (folder / "count-0.md").write_text(FRONT.replace("status:", "people: Nadia (clinician, decides)\nstatus:") + BODY)
    (folder / "count-1.md").write_text(FRONT.replace("published", "archived") + BODY)
    lines = run(app, "audit", folder).stdout.splitlines()
    assert lines[0] == "4 cases"
    assert "  Nonmaleficence vs Confidentiality  4" in lines
    assert "  Nadia (Short count)" in lines
    assert [line for line in lines if line != line.rstrip()] == []
    result = run(app, "audit", "--format", "json")
    counted = json.loads(result.stdout)
    assert counted["principles"]["confidentiality"] == {
        "leads": 4,
        "introductory": 0,
        "intermediate": 0,
        "advanced": 0,
        "none": 4,
    }
    assert counted["people"]["clinician"] == {"all": 1, "decides": 1, "difficult": 0, "expert": 0}
    assert (counted["topics"]["substance-use"], counted["languages"], result.exit_code) == (4, {"none": 4}, 0)


def test_the_audit_names_what_it_could_not_count(app: Flask, folder: Path) -> None:
    (folder / "count-0.md").write_text("nothing")
    result = run(app, "audit", folder)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (1, "4 cases")
    assert result.stderr == f"{folder}/count-0.md cannot be read as a case; `ethics cases check` says why.\n"


def test_a_new_case_has_hints_for_its_blanks_only(app: Flask, folder: Path) -> None:
    run(app, "new", "the-last-bus")
    found = check_files([folder / "the-last-bus.md"], vocabulary=VOCABULARY)
    assert sorted({finding.code for finding in found}) == ["W010", "W011", "W012"]
    assert run(app, "new", "case-of-{braces}").exit_code == 2


@pytest.mark.parametrize("command", ["check", "sync", "new", "export", "audit"])
def test_every_command_says_what_it_does_and_how_it_ends(app: Flask, command: str) -> None:
    said = run(app, command, "--help").stdout
    assert "Exit 0" in said
    assert "Exit 1" in said or "1: " in said
