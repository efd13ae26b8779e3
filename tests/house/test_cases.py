"""Every case that comes with the application passes the checker, without so much as a hint."""

from ethics import vocabulary
from ethics.cases.checks import case_files, check_files
from tests.house import ROOT

CASES = ROOT / "cases"


def test_every_case_is_clean():
    assert check_files([CASES], vocabulary=vocabulary.load(CASES)) == ()


def test_there_are_cases():
    assert list(case_files(CASES)) != []
