"""What the checker finds in a case, and its codes.

A code keeps its meaning for ever; docs/case-format.md lists them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from ethics.vocabulary.plainyaml import START, Place

Severity = Literal["error", "advice"]

CODES: Final = {
    "E001": "the file cannot be opened",
    "E002": "the file is not UTF-8 text",
    "E003": "a character nobody can see or print",
    "E004": "the file is too large",
    "E005": "the file name cannot be an address",
    "E006": "the front matter is missing or never ends",
    "E007": "the front matter is too large",
    "E008": "the front matter cannot be read",
    "E010": "an unknown key",
    "E011": "something required is missing",
    "E012": "an unknown term",
    "E013": "a value that cannot be",
    "E014": "too many principles",
    "E015": "a tension that is none",
    "E016": "the same term twice",
    "E020": "an unknown section",
    "E021": "a stage after a closing part",
    "E022": "a heading that resembles a closing part",
    "E023": "a heading that is not written as one",
    "E024": "raw HTML that could hide something",
    "E025": "a code block that is not closed, or could be read in two ways",
    "E026": "a line that reads like a heading for faculty",
    "E027": "a section in the wrong place",
    "E028": "a part given twice",
    "E029": "an empty part",
    "E030": "no stage",
    "E031": "too few or too many options",
    "E032": "options that cannot be told apart",
    "E033": "questions that are not a list",
    "E040": "an image that is not there",
    "E041": "an image without alternative text",
    "E042": "an image from elsewhere",
    "E043": "an image of the wrong kind or size",
    "E044": "a citation without a reference",
    "E045": "a reference without a key",
    "E046": "a link that leads nowhere",
    "E047": "a footnote without a text",
    "E050": "two files of one name",
    "E051": "two cases of one title",
    "E052": "the case was changed by somebody else meanwhile",
    "W001": "a byte-order mark",
    "W002": "raw HTML that is shown as text",
    "W003": "an invisible character",
    "W004": "a text that '#' cuts short",
    "W010": "a case of unusual length",
    "W011": "an opening of unusual length",
    "W012": "a stage of unusual length",
    "W013": "no notes for facilitators",
    "W014": "something worth adding to the front matter",
    "W015": "a reference that is never cited",
    "W016": "no decision point",
    "W017": "no questions",
    "W018": "no debrief",
    "W019": "something that could identify a real person",
    "W020": "a case that is not here",
    "W021": "a review that is due",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a case file: where, what, and how to mend it. Lines and columns count from 1."""

    path: Path
    line: int
    column: int
    code: str
    message: str
    suggestion: str = ""

    @property
    def severity(self) -> Severity:
        """Whether it is wrong, or only worth a thought."""
        return "error" if self.code.startswith("E") else "advice"

    def __str__(self) -> str:
        sentence = f"{self.message}; {self.suggestion}" if self.suggestion else self.message
        return f"{self.path}:{self.line}:{self.column}: {self.code} {sentence}"


@dataclass(slots=True)
class Report:
    """Collects the findings of one file."""

    path: Path
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, place: Place, message: str, suggestion: str = "") -> None:
        """Note a finding. Raises KeyError for a code that is not listed."""
        CODES[code]
        self.findings.append(Finding(self.path, place.line, place.column, code, message, suggestion))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by file, line and column."""
    return tuple(sorted(findings, key=lambda finding: (str(finding.path), finding.line, finding.column, finding.code)))


__all__ = ["CODES", "START", "Finding", "Place", "Report", "Severity", "in_order"]
