"""Who reads which reflection, and how much of it. What a reader may not see is not in what these functions return."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased, contains_eager, load_only

from ethics.cohorts.queries import group_of
from ethics.errors import NotFound
from ethics.markup import text_of
from ethics.people.actor import ANYBODY, Actor
from ethics.people.models import User
from ethics.reflections.models import Answer, Draft, Reflection, Revision, Way, WritingWay
from ethics.reflections.rules import goes_to_group
from ethics.rounds.gate import Standing, is_open_to_peer, owns, teaches_writer
from ethics.rounds.models import Alias, Audience, Extension, Participation, Round
from ethics.rounds.queries import own_order
from ethics.vocabulary.frameworks import prompts_of

ASKED = "asked"
"""The key of what a writer would like answered, beside those of the prompts."""
KIND = "reflection"
"""What a reflection is called in the access log."""


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """One answer of a revision, under the words of its prompt."""

    prompt: str
    label: str
    source: str
    html: str
    faculty_only: bool


@dataclass(frozen=True, slots=True)
class RevisionShown:
    """A reflection as it was submitted once."""

    number: int
    submitted_at: datetime
    asked: str
    answers: tuple[AnswerShown, ...]
    vouched: str | None = None
    """What the writer said of passages that seemed to point to somebody: a `Vouched`; None where nothing was marked."""

    @property
    def texts(self) -> dict[str, str]:
        """What can be read of it, as plain text by the keys of its parts: those of the prompts, and `asked`."""
        return _texts(((answer.prompt, answer.html) for answer in self.answers), self.asked)

    def says(self, draft: Draft) -> bool:
        """Whether it holds the same words as the draft."""
        return (draft.written, draft.asked.strip()) == (
            {answer.prompt: answer.source for answer in self.answers},
            self.asked,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole reflection, for its writer or for faculty of the writer's group. Never the draft."""

    id: int
    """Database key, for what hangs on the reflection."""
    public_id: str
    round_id: str
    """Public id of the round."""
    is_own: bool
    writer: str
    """The writer's name."""
    writer_id: str
    """The writer's public id."""
    alias: str | None
    about: str
    audience: Audience
    late: bool
    revisions: tuple[RevisionShown, ...]
    """The newest first. Empty, for the writer alone, while nothing is submitted."""

    def says(self, draft: Draft) -> bool:
        """Whether the newest revision holds the same words as the draft."""
        return bool(self.revisions) and self.revisions[0].says(draft)


@dataclass(frozen=True, slots=True)
class SharedReading:
    """What a peer reads of a shared reflection: the shared answers of the newest revision, and no time at all."""

    public_id: str
    round_id: str
    """Public id of the round."""
    name: str
    """The alias, or the writer's name in a round without aliases."""
    answers: tuple[AnswerShown, ...]


@dataclass(frozen=True, slots=True)
class ReflectionLine:
    """One student's reflection in faculty's lists. That there is a line says that it was begun."""

    user_id: int
    """Database key of the student."""
    public_id: str | None
    """None until it is submitted: there is nothing to open."""
    number: int
    """How many revisions were submitted."""
    submitted_at: datetime | None
    revised_at: datetime | None
    """When the newest revision was submitted."""
    late: bool
    asked: str


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Condition on Reflection, joined with its Participation and Round: the actor may open some of it."""
    return or_(owns(actor, Participation), _is_open_to_faculty(actor), _is_open_to_peer(actor))


def whole_to(actor: Actor) -> ColumnElement[bool]:
    """Condition, joined in the same way: the actor is its writer, or reads all of it as faculty."""
    return or_(owns(actor, Participation), _is_open_to_faculty(actor))


def reflection_for(session: Session, actor: Actor, public_id: str) -> Reading | SharedReading:
    """A reflection as the actor may see it. Raises NotFound where that is nothing."""
    row = session.execute(_reflection_for(), {"actor_id": actor.id, "public_id": public_id}).one_or_none()
    if row is None:
        raise NotFound
    reflection, round_, name, writer_id, alias, is_own, is_faculty = row
    if not (is_own or is_faculty):
        answers = _shared_answers(session, [reflection], round_.framework)[reflection.id]
        if not answers:
            raise NotFound
        return SharedReading(public_id, round_.public_id, alias or name, answers)
    return Reading(
        id=reflection.id,
        public_id=public_id,
        round_id=round_.public_id,
        is_own=bool(is_own),
        writer=name,
        writer_id=writer_id,
        alias=alias,
        about=reflection.about,
        audience=Audience(reflection.audience),
        late=reflection.late,
        revisions=_revisions(session, reflection, round_.framework),
    )


@cache
def _reflection_for() -> Select[Reflection, Round, str, str, str, bool, bool]:
    return (
        select(
            Reflection,
            Round,
            User.name,
            User.public_id,
            Alias.name,
            owns(ANYBODY, Participation),
            _is_open_to_faculty(ANYBODY),
        )
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(User, User.id == Participation.user_id)
        .outerjoin(Alias, _is_current_alias())
        .where(Reflection.public_id == bindparam("public_id"), visible_to(ANYBODY))
    )


def shared_in_group(session: Session, actor: Actor, at: Standing, *, order_key: bytes) -> list[SharedReading]:
    """What the others of the reader's group have shared, in an order of the reader's own.

    Raises NotFound for who has not submitted a reflection yet, and for faculty.
    """
    if at.is_faculty or not at.has_reflected:
        raise NotFound
    rows = session.execute(
        select(Reflection, func.coalesce(Alias.name, User.name).label("name"))
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(User, User.id == Participation.user_id)
        .outerjoin(Alias, _is_current_alias())
        .where(Round.id == at.round.id, _is_open_to_peer(actor))
    ).all()
    answers = _shared_answers(session, [row.Reflection for row in rows], at.round.framework)
    found = [
        SharedReading(row.Reflection.public_id, at.round.public_id, row.name, answers[row.Reflection.id])
        for row in rows
        if answers[row.Reflection.id]
    ]
    return sorted(found, key=lambda reading: own_order(order_key, actor, reading.public_id))


def own_reflection(session: Session, at: Standing, *, lock: bool = False) -> Reflection | None:
    """The participant's own reflection, the draft in it, if they have begun one; `lock` it against a save meanwhile."""
    if at.participation is None:
        return None
    statement = select(Reflection).where(Reflection.participation_id == at.participation.id)
    return session.scalar(statement.with_for_update() if lock else statement)


def own_begun(session: Session, actor: Actor, round_id: str) -> Row[Reflection, Extension] | None:
    """The actor's own reflection in a round that still concerns them, locked, with its participation and round.

    Beside it their extension, or None. One statement, built once: this runs every two seconds for each person who
    types.
    """
    return session.execute(_own_begun(), {"actor_id": actor.id, "round_id": round_id}).one_or_none()


_TIMES = (Round.opened_at, Round.opens_at, Round.close_at, Round.closed_at)


@cache
def _own_begun() -> Select[Reflection, Extension]:
    return (
        select(Reflection, Extension)
        .join(Reflection.participation)
        .join(Participation.round)
        .outerjoin(Extension, and_(Extension.round_id == Round.id, Extension.user_id == Participation.user_id))
        .options(
            load_only(Extension.close_at, raiseload=True),
            contains_eager(Reflection.participation).load_only(Participation.round_id, raiseload=True),
            contains_eager(Reflection.participation)
            .contains_eager(Participation.round)
            .load_only(Round.zone, Round.framework, *_TIMES, raiseload=True),
        )
        .where(Round.public_id == bindparam("round_id"), owns(ANYBODY, Participation))
        .with_for_update(of=Reflection)
    )


def own_by_id(session: Session, actor: Actor, public_id: str) -> tuple[Reflection, str]:
    """The actor's own reflection and the public id of its round. Raises NotFound."""
    row = session.execute(
        select(Reflection, Round.public_id)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .where(Reflection.public_id == public_id, owns(actor, Participation))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def way_of(session: Session, actor: Actor) -> Way:
    """How the actor likes to write; one prompt in view, until they choose."""
    return Way(session.scalar(select(WritingWay.way).where(WritingWay.user_id == actor.id)) or Way.ONE)


Passage = tuple[str, str]
"""An answer that is quoted somewhere: the public id of its reflection, and the key of its prompt."""


def quotable(session: Session, actor: Actor, passages: Collection[Passage]) -> dict[Passage, str]:
    """The newest text of these answers, as far as the actor may read them now, in one statement.

    A quotation stands by reference: of what is not in here the reader sees that its writer has withdrawn it
    (templates/reflections/_withdrawn.html), whether it was taken back, kept for faculty, or left out of a revision.
    """
    rows = session.execute(
        select(
            Reflection.public_id,
            Reflection.audience,
            Reflection.faculty_only,
            Answer.prompt,
            Answer.source,
            whole_to(actor).label("is_whole"),
        )
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.number))
        .join(Answer, Answer.revision_id == Revision.id)
        .where(Reflection.public_id.in_({public_id for public_id, _ in passages}), visible_to(actor))
    )
    found = {
        (row.public_id, row.prompt): row.source
        for row in rows
        if row.is_whole or goes_to_group(Audience(row.audience), kept_back=row.prompt in row.faculty_only)
    }
    return {passage: found[passage] for passage in passages if passage in found}


def texts_of(session: Session, reflection: Reflection) -> dict[str, str]:
    """The texts of its newest revision, as RevisionShown gives them."""
    newest = select(Revision).where(Revision.reflection_id == reflection.id, Revision.number == reflection.number)
    revision = session.scalars(newest).one()
    answers = session.execute(select(Answer.prompt, Answer.html).where(Answer.revision_id == revision.id))
    return _texts(((row.prompt, row.html) for row in answers), revision.asked)


def _texts(answers: Iterable[tuple[str, str]], asked: str) -> dict[str, str]:
    texts = {prompt: text_of(html) for prompt, html in answers}
    return {**texts, ASKED: asked} if asked else texts


def zone_of(session: Session, reflection: Reflection) -> str:
    """The IANA zone of the round that a reflection belongs to."""
    participation = session.get_one(Participation, reflection.participation_id)
    return session.get_one(Round, participation.round_id).zone


def reflections_in_round(session: Session, actor: Actor, at: Standing) -> dict[int, ReflectionLine]:
    """The reflections of the students whom the actor teaches, by the student's database key, in one statement."""
    if not at.reads_students:
        return {}
    rows = session.execute(
        select(
            Participation.user_id,
            Reflection.public_id,
            Reflection.number,
            Reflection.submitted_at,
            Revision.submitted_at.label("revised_at"),
            Reflection.late,
            Revision.asked,
        )
        .join(Participation, Participation.id == Reflection.participation_id)
        .outerjoin(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.number))
        .where(
            Participation.round_id == at.round.id, true() if at.is_director else teaches_writer(actor, Participation)
        )
    )
    return {
        row.user_id: ReflectionLine(
            user_id=row.user_id,
            public_id=row.public_id if row.number else None,
            number=row.number,
            submitted_at=row.submitted_at,
            revised_at=row.revised_at,
            late=row.late,
            asked=row.asked or "",
        )
        for row in rows
    }


def _is_open_to_faculty(actor: Actor) -> ColumnElement[bool]:
    return and_(Reflection.number > 0, teaches_writer(actor, Participation))


def _is_open_to_peer(actor: Actor) -> ColumnElement[bool]:
    """Shared, of the reader's own group, and the reader has submitted one too; never without a name for peers."""
    group_id = group_of(Participation.user_id, Round.group_set_id).scalar_subquery()
    alias = aliased(Alias)
    return and_(
        Reflection.number > 0,
        Reflection.audience == Audience.GROUP,
        Participation.user_id != actor.id,
        is_open_to_peer(actor, Participation.round_id, group_id, reflected=True),
        or_(
            Round.aliases.is_(False),
            exists().where(alias.participation_id == Participation.id, alias.group_id == group_id),
        ),
    )


def _is_current_alias() -> ColumnElement[bool]:
    group_id = group_of(Participation.user_id, Round.group_set_id).scalar_subquery()
    return and_(Alias.participation_id == Participation.id, Alias.group_id == group_id)


def _revisions(session: Session, reflection: Reflection, framework: dict[str, Any]) -> tuple[RevisionShown, ...]:
    revisions = session.scalars(
        select(Revision).where(Revision.reflection_id == reflection.id).order_by(Revision.number.desc())
    ).all()
    rows = session.execute(
        select(Answer.revision_id, Answer.prompt, Answer.source, Answer.html)
        .join(Revision, Revision.id == Answer.revision_id)
        .where(Revision.reflection_id == reflection.id)
    ).all()
    return tuple(
        RevisionShown(
            revision.number,
            revision.submitted_at,
            revision.asked,
            in_order(
                ((row.prompt, row.source, row.html) for row in rows if row.revision_id == revision.id),
                framework,
                reflection.faculty_only,
            ),
            revision.vouched,
        )
        for revision in revisions
    )


def _shared_answers(
    session: Session, reflections: Collection[Reflection], framework: dict[str, Any]
) -> dict[int, tuple[AnswerShown, ...]]:
    """The shared answers of the newest revisions, by reflection, in one statement."""
    rows = session.execute(
        select(Revision.reflection_id, Answer.prompt, Answer.source, Answer.html)
        .join(Revision, Revision.id == Answer.revision_id)
        .join(Reflection, and_(Reflection.id == Revision.reflection_id, Reflection.number == Revision.number))
        .where(Reflection.id.in_([reflection.id for reflection in reflections]))
    ).all()
    return {
        reflection.id: in_order(
            (
                (row.prompt, row.source, row.html)
                for row in rows
                if row.reflection_id == reflection.id
                and goes_to_group(Audience(reflection.audience), kept_back=row.prompt in reflection.faculty_only)
            ),
            framework,
        )
        for reflection in reflections
    }


def in_order(
    answers: Iterable[tuple[str, str, str]], framework: dict[str, Any], faculty_only: Collection[str] = ()
) -> tuple[AnswerShown, ...]:
    """Answers in the framework's order, each under its prompt; what was written without prompts comes first."""
    by_prompt = {prompt: (source, html) for prompt, source, html in answers}
    return tuple(
        AnswerShown(prompt["key"], prompt["label"], *by_prompt[prompt["key"]], prompt["key"] in faculty_only)
        for prompt in prompts_of(framework)
        if prompt["key"] in by_prompt
    )
