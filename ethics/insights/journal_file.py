"""A journal as a file that outlives this application: its shape, and how it is made (docs/journal-file.md).

Texts are what was typed (Markdown), times have the zone of their round, principles are ids of the vocabulary. The
version is raised when a key changes its meaning or goes; a new key raises nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from ethics.insights.journal import Entry, Point, Said, Spoken, Written
from ethics.reflections.models import Draft
from ethics.reflections.queries import RevisionShown

FORMAT: Final = "ethics-rounds/journal"
VERSION: Final = 1


class _Part(BaseModel):
    """Exactly the keys of its class, each of exactly its kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StanceFile(_Part):
    """What was committed to."""

    number: int
    option: str
    choice: str
    confidence: int
    reason: str
    principles: list[str]
    audience: str
    at: str


class DecisionFile(_Part):
    """A decision point, and the writer's stances there."""

    stage: int
    question: str
    first: StanceFile | None
    revisited: StanceFile | None
    earlier: list[StanceFile]


class AnswerFile(_Part):
    """One answer to a prompt."""

    prompt: str
    label: str
    text: str
    faculty_only: bool


class RevisionFile(_Part):
    """A reflection as it was submitted."""

    number: int
    submitted_at: str
    answers: list[AnswerFile]
    asked: str


class DraftFile(_Part):
    """What was written and not submitted."""

    answers: list[AnswerFile]
    asked: str


class CommentFile(_Part):
    """A comment: one's own, or one on one's reflection."""

    author: str
    own: bool
    thread: str | None
    state: str
    rule: str
    reason: str
    text: str | None
    at: str
    earlier: list[str]


class ReflectionFile(_Part):
    """A reflection, and what was said on it."""

    about: str
    audience: str
    late: bool
    revisions: list[RevisionFile]
    draft: DraftFile | None


class RoundFile(_Part):
    """One round."""

    id: str
    case: str
    cohort: str
    zone: str
    began_at: str
    principles: list[str]
    tensions: list[list[str]]
    decisions: list[DecisionFile]
    reflection: ReflectionFile | None
    feedback: list[CommentFile]
    comments: list[CommentFile]
    closing_note: str


class JournalFile(_Part):
    """The whole file."""

    format: Literal["ethics-rounds/journal"]
    version: Literal[1]
    made_at: str
    writer: str
    rounds: list[RoundFile]


def journal_file(entries: Sequence[Entry], *, writer: str, now: datetime) -> JournalFile:
    """Everything in a journal, as it goes into the file."""
    return JournalFile(
        format=FORMAT,
        version=VERSION,
        made_at=now.isoformat(timespec="seconds"),
        writer=writer,
        rounds=[_round(entry) for entry in entries],
    )


def _round(entry: Entry) -> RoundFile:
    zone = ZoneInfo(entry.zone)
    return RoundFile(
        id=entry.round_id,
        case=entry.title,
        cohort=entry.cohort,
        zone=entry.zone,
        began_at=_time(entry.began_at, zone),
        principles=list(entry.principles),
        tensions=[list(tension) for tension in entry.tensions],
        decisions=[_decision(point, zone) for point in entry.points],
        reflection=_reflection(entry.reflection, zone) if entry.reflection else None,
        feedback=[_comment(spoken, zone) for spoken in entry.answers],
        comments=[_comment(spoken, zone) for spoken in entry.comments],
        closing_note=entry.closing_note,
    )


def _decision(point: Point, zone: ZoneInfo) -> DecisionFile:
    return DecisionFile(
        stage=point.stage,
        question=point.question,
        first=_stance(point.first, zone) if point.first else None,
        revisited=_stance(point.revisited, zone) if point.revisited else None,
        earlier=[_stance(said, zone) for said in point.before],
    )


def _stance(said: Said, zone: ZoneInfo) -> StanceFile:
    return StanceFile(
        number=said.number,
        option=said.option,
        choice=said.words,
        confidence=said.confidence,
        reason=said.reason,
        principles=list(said.principles),
        audience=said.audience,
        at=_time(said.at, zone),
    )


def _reflection(written: Written, zone: ZoneInfo) -> ReflectionFile:
    return ReflectionFile(
        about=written.about,
        audience=written.audience,
        late=written.late,
        revisions=[_revision(revision, zone) for revision in written.revisions],
        draft=_draft(written.draft, written.prompts) if written.draft else None,
    )


def _revision(revision: RevisionShown, zone: ZoneInfo) -> RevisionFile:
    return RevisionFile(
        number=revision.number,
        submitted_at=_time(revision.submitted_at, zone),
        answers=[
            AnswerFile(prompt=answer.prompt, label=answer.label, text=answer.source, faculty_only=answer.faculty_only)
            for answer in revision.answers
        ],
        asked=revision.asked,
    )


def _draft(draft: Draft, prompts: dict[str, str]) -> DraftFile:
    return DraftFile(
        answers=[
            AnswerFile(prompt=key, label=label, text=draft.written[key], faculty_only=key in draft.faculty_only)
            for key, label in prompts.items()
            if key in draft.written
        ],
        asked=draft.asked,
    )


def _comment(spoken: Spoken, zone: ZoneInfo) -> CommentFile:
    return CommentFile(
        author=spoken.author,
        own=spoken.is_own,
        thread=spoken.title,
        state=spoken.state,
        rule=spoken.category,
        reason=spoken.reason,
        text=spoken.source,
        at=_time(spoken.at, zone),
        earlier=list(spoken.earlier),
    )


def _time(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")
