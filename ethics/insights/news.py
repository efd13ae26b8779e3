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
from sqlalchemy.orm import Session, aliased

from ethics.cases.editing import drafts_open_to
from ethics.cases.models import Case, CaseVersion, Status
from ethics.cases.rules import Reader
from ethics.cohorts.models import Cohort, CohortRole, GroupSet, Membership
from ethics.cohorts.queries import belongs, is_faculty_anywhere
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.queries import is_there, may_read, taught_by, visible_to
from ethics.notices.kinds import NOWHERE
from ethics.notices.models import Notice
from ethics.people.actor import ANYBODY, Actor
from ethics.rounds import gate
from ethics.rounds.models import Round
from ethics.rounds.queries import cases_studied

_opening = aliased(Comment)


@dataclass(frozen=True, slots=True)
class Thing:
    """What a notice is about, as its reader may know it."""

    thread: str = ""
    """The title of a group's thread: a text that somebody wrote, for pages and never for mail."""
    case: str = ""


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
    open_ = _open_things(session, actor, notices, now)
    groups: dict[tuple[object, ...], list[Notice]] = {}
    for notice in notices:
        if notice.public_id in open_:
            day = notice.due_at.astimezone(ZoneInfo(zone)).date() if notice.seen_at else None
            groups.setdefault((notice.kind, notice.about, day), []).append(notice)
    return [_told(together, open_[together[-1].public_id]) for together in groups.values()]


def _told(together: Sequence[Notice], thing: Thing) -> News:
    newest, first = together[0], together[-1]
    return News(
        first.public_id, first.kind, first.subject, len(together), newest.due_at, first.seen_at is not None, thing
    )


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
    """A gate of one statement, which gives the public id, the title of a thread and that of a case."""

    def ask(session: Session, actor: Actor, ids: list[str], now: datetime) -> dict[str, Thing]:
        rows = session.execute(statement(), {"actor_id": actor.id, "ids": ids, "now": now})
        return {public_id: Thing(thread, case_title) for public_id, thread, case_title in rows}

    return ask


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


def _comments(*, read: bool) -> Callable[[], Select[*tuple[Any, ...]]]:
    """Comments that are there, and whose text is open where it is to be `read`. A title goes with its opening."""

    @cache
    def statement() -> Select[*tuple[Any, ...]]:
        taught = taught_by(ANYBODY)
        opening_is_open = or_(taught, _opening.state == State.VISIBLE, _opening.author_id == ANYBODY.id)
        return (
            select(Comment.public_id, case((opening_is_open, Thread.title), else_=""), Case.title)
            .join(Comment.thread)
            .outerjoin(_opening, and_(_opening.thread_id == Thread.id, _opening.number == 1))
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

_GATES: Mapping[str, _Gate] = {
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
    _Gate("comment", _asks(_comments(read=True))),
    _Gate("thread", _asks(_threads)),
    _Gate("round", _asks(_rounds)),
    _Gate("cohort", _asks(_cohorts(*CohortRole))),
    _Gate("group_set", _asks(_group_sets)),
)

_OF_NO_PLACE = frozenset({"place-ended", "cohort-cloned", "text-redacted"})
"""These speak to people who are not in the cohort, or not any more, and lead nowhere in it."""
