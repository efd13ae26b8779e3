"""Every code of the checker is documented, finds what it should, where it is, and is silent when that is mended."""

import re
from datetime import date
from pathlib import Path

import pytest

from ethics.cases.checks import check, check_files
from ethics.cases.findings import CODES, Finding
from tests.cases.codes import BY_SYNC, EXAMPLES, NEIGHBOUR, Files
from tests.cases.texts import VOCABULARY

DOCS = Path(__file__).parents[2] / "docs" / "case-format.md"
TODAY = date(2026, 11, 24)


def found(folder: Path, files: Files) -> list[Finding]:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.symlink_to(folder / "nowhere")
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    folders = dict.fromkeys([folder, *(path.parent for path in sorted(folder.rglob("*.md")))])
    return [f for f in check_files(folders, vocabulary=VOCABULARY, today=TODAY) if f.path.name not in NEIGHBOUR]


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_code_finds_what_is_wrong_at_its_place_and_nothing_when_it_is_mended(code: str, tmp_path: Path) -> None:
    example = EXAMPLES[code]
    wrong = found(tmp_path / "wrong", {**NEIGHBOUR, **example.wrong})
    right = found(tmp_path / "right", {**NEIGHBOUR, **example.right})
    assert example.at in [(f.line, f.column) for f in wrong if f.code == code]
    assert [str(f) for f in right if f.code == code] == []


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_finding_is_a_sentence(code: str, tmp_path: Path) -> None:
    wrong = found(tmp_path, EXAMPLES[code].wrong)
    for finding in wrong:
        assert re.fullmatch(r"(?!(?!HTML)[A-Z]).*[^.;\n]", finding.message), finding
        assert finding.suggestion or finding.code == "E001" or "write" in finding.message, finding


def test_every_code_has_an_example_or_a_reason() -> None:
    assert sorted({*EXAMPLES, *BY_SYNC}) == sorted(CODES)


def test_the_documentation_lists_every_code_and_no_other() -> None:
    documented = dict(re.findall(r"^\| ([EW]\d{3}) \| ([^|]+?) \|", DOCS.read_text(), re.MULTILINE))
    assert documented == CODES


def test_the_example_in_the_documentation_passes_with_the_hints_that_it_names() -> None:
    text = DOCS.read_text()
    (example,) = re.findall(r"^````markdown\n(.*?)^````$", text, re.MULTILINE | re.DOTALL)
    findings = check(example.encode(), path=Path("the-last-bus.md"), vocabulary=VOCABULARY)
    assert findings == ()
