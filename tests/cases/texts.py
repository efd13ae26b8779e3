"""Case texts to test with."""

from pathlib import Path

from ethics.cases.checks import check
from ethics.cases.findings import Finding
from ethics.cases.format import ParsedCase, Segment, parse
from ethics.cases.models import SegmentKind
from ethics.vocabulary import load

VOCABULARY = load()
PATH = Path("cases/short-count.md")

FRONT = """\
---
title: Short count
summary: A pharmacist counts the tablets twice, and knows whose shift it was.
principles: confidentiality, nonmaleficence
tensions: confidentiality vs nonmaleficence
topics: substance use
status: published
---
"""

BODY = """\
Two tablets are missing, for the third time.

## Tuesday, 16:10

Nadia closes the cupboard.

### Perspective: Omar, nurse

He has covered for her before.

### Decision: What do you do now?

- Speak to Nadia first {#speak}
- Report the count
- Count again tomorrow

### For facilitators

Some will say that nobody was harmed.

## Wednesday, 07:30

Nadia is not at work.

## Questions

1. Whose trust is at stake?
2. What would you owe Nadia,
   if you were Omar?

## Debrief

Counting twice was not the question.

## For facilitators

Keep an hour. The missing voice is the patient's.

## References

- [who2021] World Health Organization. Medication without harm. 2021.
"""


def parsed(body: str = BODY, *, front: str = FRONT, path: Path = PATH) -> ParsedCase:
    return parse((front + body).encode(), path=path, vocabulary=VOCABULARY)


def checked(body: str = BODY, *, front: str = FRONT, path: Path = PATH) -> tuple[Finding, ...]:
    return check((front + body).encode(), path=path, vocabulary=VOCABULARY)


def errors(case: ParsedCase) -> list[tuple[str, int]]:
    return [(finding.code, finding.line) for finding in case.findings if finding.severity == "error"]


def outline(case: ParsedCase) -> list[tuple[str, int | None, str]]:
    return [(segment.kind.value, segment.stage, segment.heading) for segment in case.segments]


def only(case: ParsedCase, kind: SegmentKind) -> Segment:
    (segment,) = case.of_kind(kind)
    return segment


def shown(case: ParsedCase, text: str) -> list[str]:
    """The kinds of segment in which a text stands, the items' texts included."""
    return [
        segment.kind.value
        for segment in case.segments
        if any(text in piece for piece in (segment.source, segment.heading, *(item.text for item in segment.items)))
    ]
