"""Cases, positions and principles as pages show them."""

from dataclasses import dataclass
from typing import cast

from flask import current_app
from flask_babel import gettext

from ethics.rounds import queries
from ethics.rounds.gate import Standing
from ethics.rounds.models import ANOTHER, UNSURE, Kind, Stance
from ethics.vocabulary import Principle, Vocabulary
from ethics.web.session import reader


@dataclass(frozen=True, slots=True)
class Position:
    """A stance as pages show it."""

    question: str
    option: str
    confidence: int
    reason: str
    principles: tuple[Principle, ...]
    id: str | None = None
    """Of a stance in the house; None in what was taken home."""


def vocabulary() -> Vocabulary:
    """The vocabulary of the installation."""
    return cast("Vocabulary", current_app.extensions["ethics.vocabulary"])


def families() -> dict[str, str]:
    """The family of each principle, for chips and pickers."""
    return {principle.id: principle.family for principle in vocabulary().principles.values()}


def principles_of(ids: list[str]) -> tuple[Principle, ...]:
    """The principles with these ids, in their order; one that the vocabulary lost is left out."""
    known = vocabulary().principles
    return tuple(known[name] for name in ids if name in known)


def decision_points(at: Standing) -> dict[int, queries.DecisionPoint]:
    """The open decision points with every option in words."""
    words = {ANOTHER: gettext("Another course"), UNSURE: gettext("I am unsure")}
    return {
        number: queries.DecisionPoint(
            point.question, {option: text or words[option] for option, text in point.options.items()}
        )
        for number, point in queries.decision_points(reader(), at).items()
    }


def position(point: queries.DecisionPoint, stance: Stance) -> Position:
    """A stance for the page."""
    chosen = stance.other if stance.option == ANOTHER else point.options.get(stance.option, stance.option)
    return Position(
        point.question, chosen, stance.confidence, stance.reason, principles_of(stance.principles), stance.public_id
    )


@dataclass(frozen=True, slots=True)
class Positions:
    """A student's first and revisited stance at one decision point."""

    question: str
    first: Position | None
    revisited: Position | None


def stances_shown(at: Standing, participation_id: int) -> list[Positions]:
    """What a student whom the reader teaches has committed to, at each decision point where they have."""
    first = queries.stances_of(reader(), participation_id, Kind.FIRST)
    again = queries.stances_of(reader(), participation_id, Kind.REVISITED)
    return [
        Positions(
            point.question,
            position(point, first[number]) if number in first else None,
            position(point, again[number]) if number in again else None,
        )
        for number, point in decision_points(at).items()
        if number in first or number in again
    ]


@dataclass(frozen=True, slots=True)
class CaseShown:
    """The head of a case on the pages of a round."""

    title: str
    summary: str
    principles: tuple[Principle, ...]
    facts: str


def case_shown(at: Standing) -> CaseShown:
    """Title, summary and tags of the round's case version."""
    front = at.round.case_version.front
    case = at.round.case_version.case
    return CaseShown(
        title=str(front.get("title") or case.title),
        summary=str(front.get("summary") or case.summary),
        principles=principles_of([*front.get("principles", []), *front.get("also", [])]),
        facts="",
    )
