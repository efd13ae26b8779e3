"""`ethics cases`: check case files, bring them into the library, begin a new one, write them back."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, cast

import click
from flask.cli import AppGroup, ScriptInfo

from ethics.cases.actions import archive_case, sync_case
from ethics.cases.audit import audit
from ethics.cases.checks import Map, case_files, check_files
from ethics.cases.findings import CODES, Finding
from ethics.cases.format import parse
from ethics.cases.front import SLUG
from ethics.cases.models import Status
from ethics.cases.queries import stored_files
from ethics.cases.sync import CaseFile, Plan, Step, find_files, plan, prepare, refuse_large_loss
from ethics.cases.template import TEMPLATE
from ethics.cli import case_audit
from ethics.cli.context import database, now, settings
from ethics.config import Settings, SettingsError
from ethics.errors import Conflict
from ethics.vocabulary import Vocabulary, VocabularyError, load

group = AppGroup("cases", help="Check case files, bring them into the library, write them back.")

_EXISTING = click.Path(exists=True, path_type=Path)
_COLOURS: Final = {"error": "red", "advice": "yellow"}
_ATTEMPTS: Final = 3
_WORTH_PROCESSES: Final = 200
_FILES_AT_ONCE: Final = 25
_REFUSALS: Final = {
    "no-case-files": "there are no case files here, so nothing was changed; is this the right folder?",
    "empty-folder": "there are no case files in {names}, so nothing was changed; is it the right folder?",
    "archives-too-many": "this would archive over a fifth of the cases, so nothing was changed: {names}",
    "another-version-meanwhile": "somebody stored another version meanwhile; run the command again",
    "written-in-the-browser": "a case of this name is written in the browser, and stays as it is",
}


@group.command(with_appcontext=False)
@click.argument("paths", nargs=-1, type=_EXISTING)
@click.option("--format", "style", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Let advice fail too.")
@click.pass_context
def check(context: click.Context, paths: Sequence[Path], style: str, strict: bool) -> None:
    """Check files, or all cases of folders. Needs no database, and no settings where PATHS are given.

    Each line says where (file, line, column), a code, what is wrong, and what to do. E is an error, W a hint.
    Two hundred files and more are spread over the machine's cores.

    Exit 0: clean. 1: something is wrong. 2: the check could not run.
    """
    wanted = paths or _configured(context).cases_dir
    files = sum(1 for path in wanted for _ in case_files(path))
    if not files:
        click.echo(f"There are no case files in {', '.join(map(str, wanted))}; is it the right folder?", err=True)
        sys.exit(2)
    with _spread(files) as each:
        findings = check_files(wanted, vocabulary=_vocabulary(wanted), today=datetime.now(UTC).date(), each=each)
    _PRINTERS[style](findings)
    errors = sum(1 for finding in findings if finding.severity == "error")
    if style == "text":
        advice = len(findings) - errors
        click.echo(f"{_count(files, 'file')}: {_count(errors, 'error')}, {_count(advice, 'hint')}", err=True)
    sys.exit(1 if errors or (strict and findings) else 0)


@contextmanager
def _spread(files: int) -> Iterator[Map]:
    """A map over files: in processes beside this one where there are so many that it is worth starting them."""
    if files < _WORTH_PROCESSES or os.cpu_count() == 1:
        yield map
        return
    with ProcessPoolExecutor() as pool:
        yield partial(pool.map, chunksize=_FILES_AT_ONCE)


@group.command()
@click.argument("path", required=False, type=_EXISTING)
@click.option("--archive", is_flag=True, help="Archive cases whose files are gone, however many.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def sync(path: Path | None, archive: bool, dry_run: bool, style: str) -> None:
    """Bring the case files into the library: those of ETHICS_CASES_DIR, or of the folder or file PATH in its place.

    Each case is stored whole or not at all. A file that is gone from the folder archives its case; naming a single
    file archives nothing. Files with errors go in without what is wrong.

    Exit 0: done. 1: a case failed and the others are in, or so much is gone that nothing was done. 2: it could not run.
    """
    paths = (path,) if path else settings().cases_dir
    vocabulary = _vocabulary(paths)
    with database().reading() as session:
        found = plan(session, paths, vocabulary=vocabulary)
    if path and path.is_file():
        found = found.without_gone()
    elif not archive:
        _refuse_large_loss(found, paths)
    failed = dict(found.failed)
    if not dry_run:
        for step in found.steps:
            failed.update(_store(step, vocabulary))
        _archive(found.gone)
    _say_what_is_wrong([step.file for step in found.steps], failed)
    summary = {
        "new": [slug for slug, step in found.new.items() if step.file.case.path not in failed],
        "changed": [slug for slug, step in found.changed.items() if step.file.case.path not in failed],
        "unchanged": list(found.unchanged),
        "archived": list(found.gone),
        "failed": sorted(path.stem for path in failed),
    }
    if style == "json":
        click.echo(json.dumps(summary, indent=2))
    else:
        for outcome in ("new", "changed", "archived", "failed"):
            for slug in summary[outcome]:
                click.echo(f"{outcome:9} {slug}")
        counts = ", ".join(f"{len(slugs)} {outcome}" for outcome, slugs in summary.items())
        click.echo(f"would be: {counts}" if dry_run else counts)
    sys.exit(1 if failed else 0)


@group.command(with_appcontext=False)
@click.argument("slug")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), help="Folder; otherwise the first of ETHICS_CASES_DIR."
)
@click.pass_context
def new(context: click.Context, slug: str, folder: Path | None) -> None:
    """Begin a case: write SLUG.md with every part in its place. Needs no database, and with --to no settings.

    Exit 0: written. Exit 1: there is such a file, and it was left alone. 2: SLUG cannot be a name.
    """
    if not SLUG.fullmatch(slug):
        raise click.BadParameter("small letters, digits and hyphens, such as short-count", param_hint="SLUG")
    path = (folder or _configured(context).cases_dir[0]) / f"{slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(title=slug.replace("-", " ").capitalize()))
    except FileExistsError:
        _fail(f"{path} is there already, and was left alone.")
    click.echo(str(path))


@group.command()
@click.argument("slugs", nargs=-1)
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), help="Folder; otherwise the first of ETHICS_CASES_DIR."
)
@click.option("--force", is_flag=True, help="Overwrite files that differ.")
def export(slugs: Sequence[str], folder: Path | None, force: bool) -> None:
    """Write the current version of cases (of all, without SLUGS) and their images as files, byte for byte.

    Exit 0: written. 1: a file that differs was left alone, or there is no such case.
    """
    target = folder or settings().cases_dir[0]
    with database().reading() as session:
        stored = stored_files(session, slugs)
    missing = sorted(set(slugs) - {file.slug for file in stored})
    written = 0
    refused: list[Path] = []
    for file in stored:
        for path, data in file.paths(target):
            if path.is_file() and path.read_bytes() == data:
                continue
            if path.exists() and not force:
                refused.append(path)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            written += 1
    for path in refused:
        click.echo(f"{path} differs and was left alone; --force overwrites it.", err=True)
    for slug in missing:
        click.echo(f"There is no case '{slug}'.", err=True)
    click.echo(f"{_count(len(stored), 'case')}, {_count(written, 'file')} written to {target}")
    sys.exit(1 if refused or missing else 0)


@group.command("audit", with_appcontext=False)
@click.argument("paths", nargs=-1, type=_EXISTING)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def audit_command(context: click.Context, paths: Sequence[Path], style: str) -> None:
    """Count what the cases cover, and who is portrayed how: in files and folders, without a database.

    Archived cases do not count.

    Exit 0: counted. 1: a file cannot be read as a case; the others are counted. 2: it could not run.
    """
    wanted = paths or _configured(context).cases_dir
    vocabulary = _vocabulary(wanted)
    found, unopened = find_files(wanted)
    parsed = [parse(file.data, path=file.path, vocabulary=vocabulary) for file in found]
    fronts = [case.front for case in parsed if case.front and case.front.status != Status.ARCHIVED]
    counted = audit(fronts, vocabulary=vocabulary, today=datetime.now(UTC).date())
    if style == "json":
        click.echo(json.dumps(case_audit.as_json(counted), indent=2, ensure_ascii=False))
    else:
        for line in case_audit.as_text(counted, vocabulary):
            click.echo(line)
    unread = [*(finding.path for finding in unopened), *(case.path for case in parsed if case.front is None)]
    for path in unread:
        click.echo(f"{path} cannot be read as a case; `ethics cases check` says why.", err=True)
    sys.exit(1 if unread else 0)


def _configured(context: click.Context) -> Settings:
    try:
        configured: Settings = context.ensure_object(ScriptInfo).load_app().config["ETHICS"]
    except (SettingsError, VocabularyError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    return configured


def _vocabulary(paths: Iterable[Path]) -> Vocabulary:
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    try:
        return load(*folders)
    except VocabularyError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def _refuse_large_loss(found: Plan, paths: Sequence[Path]) -> None:
    try:
        refuse_large_loss(found, paths)
    except Conflict as conflict:
        names = ", ".join(str(name) for name in cast("Sequence[object]", conflict.current or ()))
        _fail(_refusal(conflict, names) + " (--archive does it all the same)")


def _store(step: Step, vocabulary: Vocabulary) -> dict[Path, Sequence[Finding]]:
    """Store a case in a transaction of its own, and say if it failed. What another sync got ahead of is read again."""
    path = step.file.case.path
    for _ in range(_ATTEMPTS):
        prepared = prepare(step.file, step.number)
        try:
            with database().unit_of_work() as session:
                sync_case(session, actor=None, prepared=prepared, now=now())
        except Conflict as conflict:
            failure = Finding(path, 1, 1, "E052", _refusal(conflict))
        else:
            return {}
        with database().reading() as session:
            again = plan(session, [path], vocabulary=vocabulary)
        if again.failed:
            return again.failed
        if again.unchanged:
            return {}
        step = next(again.steps)
    return {path: (failure,)}


def _archive(slugs: Iterable[str]) -> None:
    for slug in slugs:
        with database().unit_of_work() as session:
            archive_case(session, actor=None, slug=slug, now=now())


def _say_what_is_wrong(files: Sequence[CaseFile], failed: Mapping[Path, Sequence[Finding]]) -> None:
    """The errors of what was stored without what is wrong, and of what was not."""
    withheld = (f for file in files for f in file.findings if f.severity == "error" and f.path not in failed)
    for finding in (*withheld, *(finding for findings in failed.values() for finding in findings)):
        click.echo(_painted(finding), err=True)


def _refusal(conflict: Conflict, names: str = "") -> str:
    return _REFUSALS[conflict.code].format(names=names)


def _fail(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)


def _print_text(findings: Sequence[Finding]) -> None:
    for finding in findings:
        click.echo(_painted(finding))


def _print_json(findings: Sequence[Finding]) -> None:
    rows = [{**asdict(finding), "path": str(finding.path), "severity": finding.severity} for finding in findings]
    click.echo(json.dumps(rows, indent=2, ensure_ascii=False))


def _print_github(findings: Sequence[Finding]) -> None:
    """Workflow commands, which a code host shows beside the line."""
    for finding in findings:
        level = "error" if finding.severity == "error" else "warning"
        place = f"file={_property(str(finding.path))},line={finding.line},col={finding.column}"
        sentence = f"{finding.message}; {finding.suggestion}" if finding.suggestion else finding.message
        click.echo(f"::{level} {place},title={_property(f'{finding.code} {CODES[finding.code]}')}::{_data(sentence)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _painted(finding: Finding) -> str:
    """The finding with its code in colour; click takes the colour out again where there is no terminal."""
    if os.environ.get("NO_COLOR"):
        return str(finding)
    code = click.style(finding.code, fg=_COLOURS[finding.severity])
    return str(finding).replace(f": {finding.code} ", f": {code} ", 1)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_PRINTERS: Final[dict[str, Callable[[Sequence[Finding]], None]]] = {
    "text": _print_text,
    "json": _print_json,
    "github": _print_github,
}
