"""What happened to somebody, as far as they may still see it: the gate is asked whenever a notice is shown or sent.

It is that of the page which the notice leads to, asked once for all notices about one kind of thing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Select, and_, bindparam, case, literal, or_, select, true
from sqlalchemy.orm import Session

from ethics.cases.editing import drafts_open_to
from ethics.cases.models import Case, CaseVersion, Status
from ethics.cases.rules import Reader
from ethics.cohorts.models import Cohort, CohortRole, GroupSet, Membership
from ethics.cohorts.queries import belongs, is_faculty_anywhere
from ethics.discussions.models import Comment, Thread
from ethics.discussions.queries import is_there, may_read, taught_by, title_for, visible_to
from ethics.discussions.reading_models import Follows, ThreadReading
from ethics.notices.kinds import NOWHERE
from ethics.notices.models import Notice
from ethics.people.actor import ANYBODY, Actor
from ethics.reflections.models import Reflection
from ethics.rounds import gate
from ethics.rounds.models import Participation, Round
from ethics.rounds.queries import cases_studied


@dataclass(frozen=True, slots=True)
class Thing:
    """What a notice is about, as its reader may know it."""

    thread: str = ""
    """The title of a group's thread: a text that somebody wrote, for pages and never for mail."""
    case: str = ""
    has_been_read: bool = False
    """Of what was said in a thread: the reader has met it there already."""


@dataclass(frozen=True, slots=True)
class News:
    """One line of what happened: `count` notices of one kind about one thing."""

    notice_id: str
    """The public id of the first of them: where one begins to read."""
    kind: str
    subject: Mapping[str, str]
    count: int
    due_at: datetime
    """Of the newest of them, to be shown by its day alone."""
    is_seen: bool
    thing: Thing


def news(
    session: Session, actor: Actor, notices: Sequence[Notice], *, now: datetime, zone: str = NOWHERE
) -> list[News]:
    """Notices of the actor that are still open to them, in the order given, the same about the same thing once.

    Seen ones are told apart by their day in `zone`.
    """
    things = _open_things(session, actor, notices, now)
    groups: dict[tuple[object, ...], list[Notice]] = {}
    for notice in notices:
        thing = things.get(notice.public_id)
        if thing is not None:
            is_seen = notice.seen_at is not None or thing.has_been_read
            day = notice.due_at.astimezone(ZoneInfo(zone)).date() if is_seen else None
            groups.setdefault((notice.kind, notice.about, day), []).append(notice)
    return [
        _told(together, things[together[-1].public_id], is_seen=day is not None)
        for (*_, day), together in groups.items()
    ]


def _told(together: Sequence[Notice], thing: Thing, *, is_seen: bool) -> News:
    newest, first = together[0], together[-1]
    count = len({notice.subject.get("comment", notice.public_id) for notice in together})
    return News(first.public_id, first.kind, first.subject, count, newest.due_at, is_seen, thing)


def new_to(session: Session, actor: Actor, notices: Sequence[Notice], *, now: datetime) -> list[News]:
    """Those of these that the actor has not met anywhere yet."""
    return [item for item in news(session, actor, notices, now=now) if not item.is_seen]


def zone_of(session: Session, actor: Actor) -> str:
    """The zone somebody lives in: their own, or that of the cohort they came into last."""
    return actor.zone or session.scalar(_zone(), {"actor_id": actor.id}) or NOWHERE


@cache
def _zone() -> Select[str]:
    return (
        select(Cohort.zone)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.user_id == bindparam("actor_id"), Membership.left_at.is_(None))
        .order_by(Membership.joined_at.desc(), Membership.id.desc())
        .limit(1)
    )


def _open_things(session: Session, actor: Actor, notices: Iterable[Notice], now: datetime) -> dict[str, Thing]:
    """By the public id of each notice that its reader may still see: what it is about. One statement a gate."""
    found: dict[str, Thing] = {}
    waiting: dict[_Gate, list[Notice]] = {}
    for notice in notices:
        gate_of = _gate_of(notice)
        if gate_of is None:
            found[notice.public_id] = Thing()
        else:
            waiting.setdefault(gate_of, []).append(notice)
    for gate_of, group in waiting.items():
        things = gate_of.ask(session, actor, sorted({notice.subject[gate_of.key] for notice in group}), now)
        found |= {
            notice.public_id: things[notice.subject[gate_of.key]]
            for notice in group
            if notice.subject[gate_of.key] in things
        }
    return found


class _Gate(NamedTuple):
    """Who may see the thing whose public id stands in a notice's subject as `key`."""

    key: str
    ask: Callable[[Session, Actor, list[str], datetime], dict[str, Thing]]


def _gate_of(notice: Notice) -> _Gate | None:
    """The gate before what a notice is about; None where it tells of its reader alone."""
    if notice.kind in _OF_NO_PLACE:
        return None
    return _GATES.get(notice.kind) or next((known for known in _BY_THING if known.key in notice.subject), None)


def _asks(
    statement: Callable[[], Select[*tuple[Any, ...]]],
) -> Callable[[Session, Actor, list[str], datetime], dict[str, Thing]]:
    """A gate of one statement, which gives the public id and what a Thing is made of."""

    def ask(session: Session, actor: Actor, ids: list[str], now: datetime) -> dict[str, Thing]:
        rows = session.execute(statement(), {"actor_id": actor.id, "ids": ids, "now": now})
        return {public_id: Thing(*known) for public_id, *known in rows}

    return ask


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


def _comments(*, read: bool = True, talk: bool = False) -> Callable[[], Select[*tuple[Any, ...]]]:
    """Comments that are there, and whose text is open where it is to be `read`; a title goes with its opening.

    Of `talk`, also whether the reader has been there already, or wants to hear no more of the thread.
    """

    @cache
    def statement() -> Select[*tuple[Any, ...]]:
        taught = taught_by(ANYBODY)
        has_read = or_(ThreadReading.seen_number >= Comment.number, ThreadReading.follows == Follows.MUTED)
        return (
            select(
                Comment.public_id,
                title_for(ANYBODY, taught),
                Case.title,
                case((has_read, talk), else_=False),
            )
            .join(Comment.thread)
            .outerjoin(ThreadReading, and_(ThreadReading.thread_id == Thread.id, ThreadReading.user_id == ANYBODY.id))
            .join(Thread.round)
            .join(Round.case_version)
            .join(CaseVersion.case)
            .where(
                Comment.public_id.in_(_IDS),
                visible_to(ANYBODY),
                is_there(ANYBODY, taught),
                may_read(ANYBODY, taught) if read else true(),
            )
        )

    return statement


@cache
def _threads() -> Select[*tuple[Any, ...]]:
    return (
        select(Thread.public_id, literal(""), Case.title)
        .join(Thread.round)
        .join(Round.case_version)
        .join(CaseVersion.case)
        .where(Thread.public_id.in_(_IDS), visible_to(ANYBODY))
    )


@cache
def _reflections() -> Select[*tuple[Any, ...]]:
    """The reader's own, as long as its round concerns them."""
    return (
        select(Reflection.public_id, literal(""), Case.title)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .join(Round.case_version)
        .join(CaseVersion.case)
        .where(Reflection.public_id.in_(_IDS), gate.owns(ANYBODY, Participation))
    )


@cache
def _rounds() -> Select[*tuple[Any, ...]]:
    return (
        select(Round.public_id, literal(""), Case.title)
        .join(Round.case_version)
        .join(CaseVersion.case)
        .where(Round.public_id.in_(_IDS), gate.visible_to(ANYBODY))
    )


def _cohorts(*roles: CohortRole) -> Callable[[], Select[*tuple[Any, ...]]]:
    @cache
    def statement() -> Select[*tuple[Any, ...]]:
        return select(Cohort.public_id, literal(""), literal("")).where(
            Cohort.public_id.in_(_IDS), belongs(ANYBODY, Cohort.id, *roles)
        )

    return statement


@cache
def _group_sets() -> Select[*tuple[Any, ...]]:
    return select(GroupSet.public_id, literal(""), literal("")).where(
        GroupSet.public_id.in_(_IDS), belongs(ANYBODY, GroupSet.cohort_id, *CohortRole)
    )


@cache
def _published() -> Select[*tuple[Any, ...]]:
    return select(Case.slug, literal(""), Case.title).where(Case.slug.in_(_IDS), Case.status == Status.PUBLISHED)


def _drafts(session: Session, actor: Actor, ids: list[str], now: datetime) -> dict[str, Thing]:
    reader = Reader(actor, teaches=is_faculty_anywhere(session, actor), studies=cases_studied(session, actor, now=now))
    return dict.fromkeys(drafts_open_to(session, reader, ids), Thing())


_DRAFT = _Gate("slug", _drafts)
_DIRECTED = _Gate("cohort", _asks(_cohorts(CohortRole.DIRECTOR)))

_TALK = _Gate("comment", _asks(_comments(talk=True)))

_GATES: Mapping[str, _Gate] = {
    "reply": _TALK,
    "thread-news": _TALK,
    # Who reported a comment learns what came of it, most of all where that is hidden now.
    "report-settled": _Gate("comment", _asks(_comments(read=False))),
    "groups-taught": _Gate("cohort", _asks(_cohorts(CohortRole.TUTOR, CohortRole.DIRECTOR))),
    "tutors-changed": _DIRECTED,
    "faculty-made": _DIRECTED,
    "join-asked": _DIRECTED,
    "case-review-asked": _DRAFT,
    "case-review-ready": _DRAFT,
    "case-review-back": _DRAFT,
    "case-comment": _DRAFT,
    "case-published": _Gate("slug", _asks(_published)),
}
"""Gates of kinds that do not follow from what their notices are about."""

_BY_THING = (
    _Gate("comment", _asks(_comments())),
    _Gate("reflection", _asks(_reflections)),
    _Gate("thread", _asks(_threads)),
    _Gate("round", _asks(_rounds)),
    _Gate("cohort", _asks(_cohorts(*CohortRole))),
    _Gate("group_set", _asks(_group_sets)),
)

_OF_NO_PLACE = frozenset({"place-ended", "cohort-cloned", "text-redacted"})
"""These speak to people who are not in the cohort, or not any more, and lead nowhere in it."""
