"""The cases that come with the project are sound."""

from pathlib import Path

from ethics.cases.checks import check_files
from ethics.vocabulary import load

CASES = Path(__file__).parents[2] / "cases"


def test_every_case_passes_the_checker() -> None:
    found = check_files([CASES], vocabulary=load(CASES))
    assert list(CASES.glob("*.md")) != []
    assert [str(finding) for finding in found if finding.severity == "error"] == []
