"""A case that is being written, as a student or faculty would meet it: the same pieces and the same renderer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from flask_babel import gettext

from ethics.cases.models import Segment, SegmentKind
from ethics.cases.queries import cited_references
from ethics.cases.sync import PreparedCase, PreparedSegment
from ethics.vocabulary import Principle
from ethics.web.library import facts
from ethics.web.shown import principles_of

FACULTY = "faculty"
END = "end"
_CLOSING = frozenset({SegmentKind.QUESTIONS, SegmentKind.DEBRIEF})


@dataclass(frozen=True, slots=True)
class PartShown:
    """A segment as the templates of cases take it."""

    kind: SegmentKind
    stage: int | None
    heading: str
    source: str
    html: str
    items: Sequence[Mapping[str, str | int]]


@dataclass(frozen=True, slots=True)
class View:
    """One of those who read the case, to choose from."""

    key: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class PageShown:
    """The head of the case, and what is open of it to whom one has chosen to be."""

    title: str
    summary: str
    principles: tuple[Principle, ...]
    facts: Sequence[str]
    views: Sequence[View]
    parts: Sequence[PartShown]
    references: Sequence[Mapping[str, str]]
    decision: PartShown | None
    """What a student decides at the end of the stage."""


def page_shown(prepared: PreparedCase, wanted: str) -> PageShown:
    """The page of a usable case as `wanted` meets it: "student-2", "end" (what opens last) or "faculty"."""
    front = prepared.file.case.front
    if front is None:
        raise ValueError("only a usable case can be shown")
    parts = [_part(one) for one in prepared.segments]
    stages = max((part.stage or 0 for part in parts), default=0)
    views = {
        FACULTY: gettext("As faculty: all of it"),
        **{f"student-{n}": gettext("As a student at stage %(number)s", number=n) for n in range(1, stages + 1)},
        END: gettext("As a student at the end"),
    }
    chosen = wanted if wanted in views else FACULTY
    shown = _open(parts, chosen)
    sources = [part for part in parts if part.kind is SegmentKind.REFERENCES]
    decision = next((part for part in shown if part.kind is SegmentKind.DECISION), None)
    is_student = chosen != FACULTY
    return PageShown(
        title=front.title,
        summary=front.summary,
        principles=principles_of([*front.principles, *front.also]),
        facts=facts(front),
        views=[View(key, label, key == chosen) for key, label in views.items()],
        parts=[part for part in shown if not (is_student and part.kind is SegmentKind.DECISION)],
        references=cited_references(cast("list[Segment]", [*shown, *sources])),
        decision=decision if is_student else None,
    )


def _open(parts: Sequence[PartShown], chosen: str) -> list[PartShown]:
    """What is open, as the gate of a round has it."""
    rest = [part for part in parts if part.kind is not SegmentKind.REFERENCES]
    if chosen == FACULTY:
        return rest
    if chosen == END:
        return [part for part in rest if part.kind in _CLOSING]
    number = int(chosen.rpartition("-")[2])
    return [part for part in rest if part.stage == number and part.kind is not SegmentKind.GUIDE]


def _part(one: PreparedSegment) -> PartShown:
    segment = one.segment
    return PartShown(segment.kind, segment.stage, segment.heading, segment.source, one.html, one.items)
