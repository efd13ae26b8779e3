"""One's own work over time: what a student committed to, wrote and asked in every round, and what was said in answer.

A journal outlasts the class. Removal and archiving close everything else of a cohort, so nothing here asks whether a
round still concerns the reader: only whether the words are their own, or were said to them and may still be read. Of
others it holds answers to the reader's own reflection, and the title of a thread while that is open to the reader.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, literal, null, or_, select
from sqlalchemy.orm import Session

from ethics.cases.models import Case, CaseVersion, Segment, SegmentKind
from ethics.cases.search import Piece, excerpt, shown_text, words_of
from ethics.cohorts.models import Cohort
from ethics.db import UtcDateTime
from ethics.discussions import queries as discussions
from ethics.discussions.models import Comment, EarlierText, State, Thread
from ethics.errors import NotFound
from ethics.people.actor import ANYBODY, Actor
from ethics.people.models import User
from ethics.reflections.models import Answer, Draft, Reflection, Revision
from ethics.reflections.queries import RevisionShown, in_order
from ethics.rounds import gate
from ethics.rounds.models import Alias, ClosingNote, Kind, Participation, Round, Stance
from ethics.vocabulary.frameworks import prompts_of

Pair = tuple[str, str]
"""A tension: two principles, in the order of the alphabet."""


@dataclass(frozen=True, slots=True)
class Said:
    """A stance as it was committed once."""

    kind: Kind
    number: int
    option: str
    words: str
    """The option's words in the case, or one's own where it was another course; empty for being unsure."""
    confidence: int
    reason: str
    principles: tuple[str, ...]
    audience: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Point:
    """A decision point, and where the writer stood there: at first, and on looking again."""

    stage: int
    question: str
    first: Said | None
    revisited: Said | None
    before: tuple[Said, ...]
    """What the two replaced, the oldest first."""

    @property
    def said(self) -> Iterator[Said]:
        """The two that stand."""
        return (said for said in (self.first, self.revisited) if said is not None)

    @property
    def principles(self) -> tuple[str, ...]:
        """What the writer named here, each once."""
        return tuple(dict.fromkeys(name for said in self.said for name in said.principles))


@dataclass(frozen=True, slots=True)
class Written:
    """A reflection, its draft included: this is its writer's own page."""

    public_id: str
    about: str
    audience: str
    late: bool
    closing: str
    """The words of the question that closes the form."""
    prompts: dict[str, str]
    revisions: tuple[RevisionShown, ...]
    """The newest first."""
    draft: Draft | None
    """What was written since and not submitted."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A comment: the writer's own, or one on their reflection."""

    public_id: str
    author: str
    """The alias it was written under, or the name."""
    is_own: bool
    thread_id: str | None
    title: str | None
    """The thread's title; None where the reader may no longer open it and did not begin it."""
    state: State
    category: str
    reason: str
    """Why faculty hid one's own; empty for others'."""
    source: str | None
    html: str | None
    """None where the reader may not read it."""
    at: datetime
    """When it could first be read; while it is held, when it was written."""
    edited: bool
    earlier: tuple[str, ...]
    """What one's own said before, the oldest first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One round in a journal."""

    round_id: str
    """Public id of the round."""
    is_open: bool
    """Whether the round itself is still open to the writer."""
    title: str
    cohort: str
    zone: str
    began_at: datetime
    principles: tuple[str, ...]
    """The case's own."""
    tensions: tuple[Pair, ...]
    """The case's own."""
    points: tuple[Point, ...] = ()
    reflection: Written | None = None
    answers: tuple[Spoken, ...] = ()
    """What was said on the reflection, in the order in which it could be read."""
    comments: tuple[Spoken, ...] = ()
    """What the writer said in the group's threads."""
    closing_note: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """The principles the writer named, each once."""
        return tuple(dict.fromkeys(name for point in self.points for name in point.principles))

    def touches(self, tension: Pair) -> bool:
        """Whether the case is about these two, or the writer named both."""
        return tension in self.tensions or set(tension) <= set(self.named)

    @property
    def is_blank(self) -> bool:
        """Whether the writer has begun the round and left nothing of their own in it."""
        return not (self.points or self.reflection or self.comments or self.closing_note)


def journal_of(session: Session, actor: Actor, *, now: datetime) -> list[Entry]:
    """Everything the actor wrote and was told, the newest round first; as many statements for one round as for all."""
    return _entries(session, actor, session.execute(_rounds(), {"actor_id": actor.id}).all(), now)


def entry_of(session: Session, actor: Actor, round_id: str, *, now: datetime) -> Entry:
    """The actor's own work in one round. Raises NotFound where they never began it."""
    rows = session.execute(_rounds().where(Round.public_id == round_id), {"actor_id": actor.id}).all()
    if not rows:
        raise NotFound
    return _entries(session, actor, rows, now)[0]


def pair(one: str, other: str) -> Pair:
    """A tension as the journal compares it."""
    return (one, other) if one <= other else (other, one)


def principles_named(entries: Iterable[Entry]) -> Counter[str]:
    """In how many rounds each principle was named."""
    return Counter(name for entry in entries for name in entry.named)


def tensions_met(entries: Iterable[Entry]) -> Counter[Pair]:
    """In how many rounds each tension was the case's own."""
    return Counter(tension for entry in entries if entry.points for tension in entry.tensions)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier round in which the reader weighed the same: a tension, or a single principle."""

    principles: tuple[str, ...]
    round_id: str
    title: str
    zone: str
    at: datetime


def earlier_on(session: Session, actor: Actor, version: CaseVersion, *, before: datetime) -> Earlier | None:
    """Where the actor last reasoned about a tension of this case, or else about a principle that leads it.

    Among the rounds begun before that moment, in one statement. It minds neither whether such a round is closed nor
    whether its cohort is archived.
    """
    wanted = [pair(*tension) for tension in version.front.get("tensions", [])]
    leading = version.front.get("principles", [])
    rows = session.execute(_reasoned(), {"actor_id": actor.id, "before": before}).all()
    found: Earlier | None = None
    for _, stances in groupby(rows, key=lambda row: row.public_id):
        kept = list(stances)
        last = kept[0]
        named = {name for row in kept for name in row.principles}
        own = {pair(*tension) for tension in last.tensions}
        shared: Pair | None = next((two for two in wanted if two in own or set(two) <= named), None)
        if shared is not None:
            return Earlier(shared, last.public_id, last.title, last.zone, last.created_at)
        one = next((name for name in leading if name in named), None)
        if one is not None and found is None:
            found = Earlier((one,), last.public_id, last.title, last.zone, last.created_at)
    return found


@cache
def _reasoned() -> Select[*tuple[Any, ...]]:
    return (
        select(Round.public_id, Case.title, Case.tensions, Round.zone, Participation.created_at, Stance.principles)
        .join(Participation, Participation.id == Stance.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .join(Case, Case.id == CaseVersion.case_id)
        .where(
            Participation.user_id == ANYBODY.id,
            Stance.latest,
            Participation.created_at < bindparam("before", type_=UtcDateTime),
        )
        .order_by(Participation.created_at.desc(), Participation.id.desc())
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """A text of one's own in which the words stand: what kind it is, and the words around them."""

    kind: str
    pieces: list[Piece]


MOST_HITS = 4
"""Excerpts shown of one round."""


def look_for(entries: Iterable[Entry], terms: Sequence[str]) -> list[tuple[Entry, list[Hit]]]:
    """The rounds in whose own words every term stands, with the first places of each."""
    found = []
    for entry in entries:
        texts = [("title", entry.title), *own_texts(entry)]
        words = words_of(*(text for _, text in texts))
        if terms and all(f" {term}" in words for term in terms):
            hits = [Hit(kind, pieces) for kind, text in texts[1:] if (pieces := excerpt(text, terms))]
            found.append((entry, hits[:MOST_HITS]))
    return found


def own_texts(entry: Entry) -> Iterator[tuple[str, str]]:
    """Everything the writer wrote in a round as plain text, each with its kind: what others said is not among it."""
    for point in entry.points:
        for said in point.said:
            yield "stance", " ".join(filter(None, (said.words if said.option == "another" else "", said.reason)))
    if entry.reflection is not None:
        for revision in entry.reflection.revisions[:1]:
            yield from (("reflection", shown_text(answer.html, ())) for answer in revision.answers)
            yield "asked", revision.asked
        draft = entry.reflection.draft
        if draft is not None:
            yield from (("draft", text) for text in (*draft.written.values(), draft.asked))
    for comment in (*entry.answers, *entry.comments):
        if comment.is_own and comment.html is not None:
            yield "comment", shown_text(comment.html, ())
    yield "closing-note", entry.closing_note


# What follows reads the tables. `ids` are participations of the reader's own: every statement below is bound to them.


@dataclass(slots=True)
class _Found:
    """What was read of one participation, before it is put together."""

    stances: list[Said] = field(default_factory=list)
    stages: list[int] = field(default_factory=list)
    reflection: Written | None = None
    answers: list[Spoken] = field(default_factory=list)
    comments: list[Spoken] = field(default_factory=list)


def _entries(session: Session, actor: Actor, rows: Sequence[Any], now: datetime) -> list[Entry]:
    asked = {"actor_id": actor.id, "ids": [row.id for row in rows], "now": now}
    points = _points(session, asked)
    reflections = _reflections(session, asked)
    answers = _spoken(session, _answers(), asked)
    comments = _spoken(session, _comments(), asked)
    return [
        Entry(
            round_id=row.public_id,
            is_open=bool(row.is_open),
            title=str(row.front.get("title") or row.title),
            cohort=row.cohort,
            zone=row.zone,
            began_at=row.created_at,
            principles=(*row.front.get("principles", ()), *row.front.get("also", ())),
            tensions=tuple(pair(*tension) for tension in row.front.get("tensions", ())),
            points=tuple(points.get(row.id, ())),
            reflection=reflections.get(row.id),
            answers=tuple(answers.get(row.id, ())),
            comments=tuple(comments.get(row.id, ())),
            closing_note=row.closing_note or "",
        )
        for row in rows
    ]


@cache
def _rounds() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Participation.id,
            Participation.created_at,
            Round.public_id,
            Round.zone,
            gate.visible_to(ANYBODY).label("is_open"),
            CaseVersion.front,
            Case.title,
            Cohort.name.label("cohort"),
            ClosingNote.text.label("closing_note"),
        )
        .join(Round, Round.id == Participation.round_id)
        .join(Cohort, Cohort.id == Round.cohort_id)
        .join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .join(Case, Case.id == CaseVersion.case_id)
        .outerjoin(ClosingNote, ClosingNote.participation_id == Participation.id)
        .where(Participation.user_id == ANYBODY.id)
        .order_by(Participation.created_at.desc(), Participation.id.desc())
    )


def _own() -> Any:
    return Participation.id.in_(bindparam("ids", expanding=True))


def _points(session: Session, asked: dict[str, Any]) -> dict[int, list[Point]]:
    rows = session.execute(
        select(Stance, Segment.heading, Segment.items)
        .join(Participation, Participation.id == Stance.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .outerjoin(
            Segment,
            and_(
                Segment.version_id == Round.case_version_id,
                Segment.kind == SegmentKind.DECISION,
                Segment.stage == Stance.stage,
            ),
        )
        .where(_own())
        .order_by(Stance.participation_id, Stance.stage, Stance.kind, Stance.number),
        asked,
    ).all()
    found: dict[int, list[Point]] = {}
    for (participation_id, stage), group in groupby(rows, key=lambda row: (row[0].participation_id, row[0].stage)):
        stances = list(group)
        said = [(_said(stance, items or ()), stance.latest) for stance, _, items in stances]
        standing = {each.kind: each for each, latest in said if latest}
        found.setdefault(participation_id, []).append(
            Point(
                stage,
                stances[0][1] or "",
                standing.get(Kind.FIRST),
                standing.get(Kind.REVISITED),
                tuple(each for each, latest in said if not latest),
            )
        )
    return found


def _said(stance: Stance, options: Iterable[dict[str, str]]) -> Said:
    words = {option["id"]: option["text"] for option in options}
    return Said(
        kind=Kind(stance.kind),
        number=stance.number,
        option=stance.option,
        words=stance.other or words.get(stance.option, ""),
        confidence=stance.confidence,
        reason=stance.reason,
        principles=tuple(stance.principles),
        audience=stance.audience,
        at=stance.created_at,
    )


def _reflections(session: Session, asked: dict[str, Any]) -> dict[int, Written]:
    rows = session.execute(
        select(Reflection, Round.framework)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .where(_own()),
        asked,
    ).all()
    revisions = _revisions(session, {reflection.id: (reflection, framework) for reflection, framework in rows})
    return {
        reflection.participation_id: _written(reflection, framework, revisions.get(reflection.id, ()))
        for reflection, framework in rows
    }


def _written(reflection: Reflection, framework: dict[str, Any], revisions: Iterable[RevisionShown]) -> Written:
    newest_first = tuple(sorted(revisions, key=lambda revision: -revision.number))
    draft = reflection.kept.draft
    is_submitted = bool(newest_first) and newest_first[0].says(draft)
    return Written(
        public_id=reflection.public_id,
        about=reflection.about,
        audience=reflection.audience,
        late=reflection.late,
        closing=framework["closing"]["label"],
        prompts={prompt["key"]: prompt["label"] for prompt in prompts_of(framework)},
        revisions=newest_first,
        draft=None if is_submitted or not (draft.written or draft.asked.strip()) else draft,
    )


def _revisions(
    session: Session, reflections: dict[int, tuple[Reflection, dict[str, Any]]]
) -> dict[int, list[RevisionShown]]:
    """Every revision of these reflections, in two statements."""
    chosen = Revision.reflection_id.in_(list(reflections))
    answers: dict[int, list[tuple[str, str, str]]] = {}
    for revision_id, prompt, source, html in session.execute(
        select(Answer.revision_id, Answer.prompt, Answer.source, Answer.html)
        .join(Revision, Revision.id == Answer.revision_id)
        .where(chosen)
    ):
        answers.setdefault(revision_id, []).append((prompt, source, html))
    found: dict[int, list[RevisionShown]] = {}
    for revision in session.scalars(select(Revision).where(chosen)):
        reflection, framework = reflections[revision.reflection_id]
        given = in_order(answers.get(revision.id, ()), framework, reflection.faculty_only)
        shown = RevisionShown(revision.number, revision.submitted_at, revision.asked, given)
        found.setdefault(reflection.id, []).append(shown)
    return found


@cache
def _answers() -> Select[Any]:
    """What was said on the reader's own reflections, as they may read it there."""
    return (
        _spoken_columns()
        .join(Reflection, Reflection.id == Thread.reflection_id)
        .join(Participation, Participation.id == Reflection.participation_id)
        .where(_own(), discussions.is_there(ANYBODY, literal(False)))  # noqa: FBT003  # a value of SQL
        .order_by(Comment.released_at, Comment.number)
    )


@cache
def _comments() -> Select[Any]:
    """What the reader said in groups' threads."""
    return (
        _spoken_columns()
        .join(Participation, and_(Participation.round_id == Thread.round_id, Participation.user_id == ANYBODY.id))
        .where(_own(), Thread.group_id.is_not(None), Comment.author_id == ANYBODY.id)
        .order_by(Comment.created_at, Comment.id)
    )


def _spoken_columns() -> Select[Any]:
    is_own = Comment.author_id == ANYBODY.id
    may_read = discussions.may_read(ANYBODY, literal(False))  # noqa: FBT003  # a value of SQL
    is_open = discussions.visible_to(ANYBODY)
    reads_title = discussions.reads_title(ANYBODY, literal(False))  # noqa: FBT003  # a value of SQL
    knows_title = or_(Thread.started_by_id == ANYBODY.id, and_(is_open, reads_title))
    return (
        select(
            Participation.id.label("participation_id"),
            Comment.id,
            Comment.public_id,
            case((Alias.id.is_not(None), Alias.name), else_=User.name).label("author"),
            is_own.label("is_own"),
            case((is_open, Thread.public_id), else_=null()).label("thread_id"),
            case((knows_title, Thread.title), else_=null()).label("title"),
            Comment.state,
            Comment.category,
            case((is_own, Comment.reason), else_="").label("reason"),
            case((may_read, Comment.source), else_=null()).label("source"),
            case((may_read, Comment.html), else_=null()).label("html"),
            Comment.created_at,
            Comment.released_at,
            Comment.edited_at.is_not(None).label("edited"),
        )
        .select_from(Comment)
        .join(Thread, Thread.id == Comment.thread_id)
        .join(User, User.id == Comment.author_id)
        .outerjoin(Alias, Alias.id == Comment.alias_id)
    )


def _spoken(session: Session, chosen: Select[Any], asked: dict[str, Any]) -> dict[int, list[Spoken]]:
    rows = session.execute(chosen, asked).all()
    earlier: dict[int, list[str]] = {}
    for comment_id, source in session.execute(
        select(EarlierText.comment_id, EarlierText.source)
        .where(EarlierText.comment_id.in_([row.id for row in rows if row.is_own and row.edited]))
        .order_by(EarlierText.id)
    ):
        earlier.setdefault(comment_id, []).append(source)
    found: dict[int, list[Spoken]] = {}
    for row in rows:
        found.setdefault(row.participation_id, []).append(
            Spoken(
                public_id=row.public_id,
                author=row.author,
                is_own=bool(row.is_own),
                thread_id=row.thread_id,
                title=row.title,
                state=State(row.state),
                category=row.category,
                reason=row.reason,
                source=row.source,
                html=row.html,
                at=row.released_at or row.created_at,
                edited=bool(row.edited),
                earlier=tuple(earlier.get(row.id, ())),
            )
        )
    return found
