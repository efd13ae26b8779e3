"""Who reads a concern, and what they see. The designated leads' right to it stands in one condition: `_reads`.

A lead is fit to read a concern who is in office, did not write it, is not the one it is about, and never had a place in
the cohort concerned. Of those who are fit, these read it: who has it; who has written or done something about it; and
everybody, once nobody has acknowledged it by its target, or once the one who has it is no longer fit. All of it follows
from what stands in the database at that moment.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ethics.audit.models import Access
from ethics.cohorts.models import Cohort, CohortRole, GroupMember, Membership
from ethics.cohorts.queries import belongs, tutors
from ethics.concerns.models import Concern, ConcernEntry, EntryKind, Route
from ethics.db import UtcDateTime, some
from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.people.models import Role, RoleGrant, User

KIND = "concern"
"""What the access log calls a concern."""
PAGE = 30

Text = InstrumentedAttribute[Any] | ColumnElement[Any]

_candidate, _holder, _grant, _entry, _opening = (
    aliased(User),
    aliased(User),
    aliased(RoleGrant),
    aliased(ConcernEntry),
    aliased(Access),
)
_place, _place_cohort, _seat = aliased(Membership), aliased(Cohort), aliased(GroupMember)
_others = aliased(Concern)


def _is_fit(lead: type[User], *, writer: Text, about: Text, cohort: Text) -> ColumnElement[bool]:
    """Condition: the user is a designated lead to whom such a concern may go. All three are public ids."""
    holds_office = some(select(_grant.id).where(_grant.user_id == lead.id, _grant.role == Role.LEAD), _grant)
    has_a_place = some(
        select(_place.id)
        .join(_place_cohort, _place_cohort.id == _place.cohort_id)
        .where(_place.user_id == lead.id, _place_cohort.public_id == cohort),
        *(_place, _place_cohort),
    )
    return and_(
        lead.active, holds_office, lead.public_id != writer, lead.public_id != func.coalesce(about, ""), ~has_a_place
    )


def _is_fit_here(lead: type[User]) -> ColumnElement[bool]:
    """The same for the concern of the query around it."""
    return _is_fit(lead, writer=Concern.writer, about=Concern.about_person, cohort=Concern.cohort)


def _reads(lead: type[User], now: datetime) -> ColumnElement[bool]:
    """Condition: the user is a lead who reads the concern of the query around it."""
    has_acted = some(select(_entry.id).where(_entry.concern_id == Concern.id, _entry.author == lead.public_id), _entry)
    holder_is_fit = some(select(_holder.id).where(_holder.public_id == Concern.lead, _is_fit_here(_holder)), _holder)
    was_seen_late = func.coalesce(Concern.acknowledged_at, literal(now, UtcDateTime())) >= Concern.target_at
    return and_(
        Concern.withdrawn_at.is_(None),
        _is_fit_here(lead),
        or_(Concern.lead == lead.public_id, has_acted, was_seen_late, ~holder_is_fit),
    )


def _open_to_lead(actor: Actor, now: datetime) -> ColumnElement[bool]:
    return some(select(_candidate.id).where(_candidate.id == actor.id, _reads(_candidate, now)), _candidate)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who can be told that something waits: a lead, or the writer."""

    id: int
    public_id: str
    name: str
    email: str


def fit_leads(session: Session, *, writer: str, about: str | None, cohort: str | None) -> list[Contact]:
    """The leads to whom such a concern may go, whoever has the fewest open ones first. All three are public ids."""
    load = (
        select(func.count(_others.id))
        .where(_others.lead == User.public_id, _others.closed_at.is_(None), _others.withdrawn_at.is_(None))
        .correlate(User)
        .scalar_subquery()
    )
    rows = session.execute(
        select(User.id, User.public_id, User.name, User.email)
        .where(_is_fit(User, writer=literal(writer), about=literal(about or ""), cohort=literal(cohort or "")))
        .order_by(load, User.name, User.id)
    )
    return [Contact(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Reader:
    """A lead who may read a concern: now, or as soon as its target passes unseen."""

    name: str
    public_id: str
    now: bool


def readers_of(session: Session, concern: Concern, now: datetime) -> list[Reader]:
    """The leads of a concern, those who read it now first. For its writer and its leads."""
    reads = _reads(User, now)
    rows = session.execute(
        select(User.name, User.public_id, reads)
        .join(Concern, true())
        .where(Concern.id == concern.id, _is_fit_here(User))
        .order_by(User.name, User.id)
    )
    return sorted(
        (Reader(name, public_id, bool(at_once)) for name, public_id, at_once in rows), key=lambda r: not r.now
    )


def own_concern(session: Session, actor: Actor, public_id: str, *, lock: bool = False) -> Concern:
    """A concern for who wrote it. Raises NotFound for everybody else."""
    return _one(session, select(Concern).where(Concern.public_id == public_id, _is_own(actor)), lock=lock)


def concern_for_lead(session: Session, actor: Actor, public_id: str, now: datetime, *, lock: bool = False) -> Concern:
    """A concern for a lead who reads it. Raises NotFound for everybody else, its writer among them."""
    return _one(session, select(Concern).where(Concern.public_id == public_id, _open_to_lead(actor, now)), lock=lock)


def concern_for(session: Session, actor: Actor, public_id: str, now: datetime, *, lock: bool = False) -> Concern:
    """A concern for its writer and for the leads who read it. Raises NotFound for everybody else."""
    is_open = or_(_is_own(actor), _open_to_lead(actor, now))
    return _one(session, select(Concern).where(Concern.public_id == public_id, is_open), lock=lock)


def _is_own(actor: Actor) -> ColumnElement[bool]:
    return Concern.writer == actor.public_id


def _one(session: Session, statement: Select[Concern], *, lock: bool) -> Concern:
    if lock:
        statement = statement.with_for_update(of=Concern).execution_options(populate_existing=True)
    concern = session.scalar(statement)
    if concern is None:
        raise NotFound
    return concern


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry with its people by name; `by_writer`: it is the writer's own."""

    kind: EntryKind
    author: str
    by_writer: bool
    text: str
    to: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A lead who has opened a concern, how often, and when last."""

    name: str
    times: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """The cohort of a concern: its name, zone and urgent contacts."""

    public_id: str
    name: str
    zone: str
    call: str
    incident_reporting: str
    support_name: str

    @property
    def has_urgent_contacts(self) -> bool:
        """Whether all three urgent contacts are set."""
        return bool(self.call and self.incident_reporting and self.support_name)


_PLACE = (
    Cohort.public_id,
    Cohort.name,
    Cohort.zone,
    Cohort.call,
    Cohort.incident_reporting,
    Cohort.support_name,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A concern as one of its readers sees it."""

    concern: Concern
    is_own: bool
    writer: str
    about: str | None
    """Whom it is about, by name or in the writer's words; None: nobody is named."""
    place: Place | None
    entries: tuple[EntryShown, ...]
    """Without the leads' notes where the reader is its writer."""
    opened: tuple[Opened, ...]
    readers: tuple[Reader, ...]


def reading(session: Session, actor: Actor, public_id: str, now: datetime) -> Reading:
    """A concern with everything that belongs to it. Raises NotFound. Does not note that it was opened."""
    concern = concern_for(session, actor, public_id, now)
    is_own = concern.writer == actor.public_id
    entries = session.scalars(
        select(ConcernEntry)
        .where(
            ConcernEntry.concern_id == concern.id,
            ConcernEntry.kind != EntryKind.NOTE if is_own else true(),
        )
        .order_by(ConcernEntry.id)
    ).all()
    named = {
        concern.writer,
        concern.about_person,
        *(entry.author for entry in entries),
        *(e.handed_to for e in entries),
    }
    names = _names(session, named - {None})
    return Reading(
        concern=concern,
        is_own=is_own,
        writer=names.get(concern.writer, ""),
        about=names.get(concern.about_person or "") or concern.about_words or None,
        place=place_of(session, concern),
        entries=tuple(
            EntryShown(
                EntryKind(entry.kind),
                names.get(entry.author, ""),
                entry.author == concern.writer,
                entry.text,
                names.get(entry.handed_to or ""),
                entry.at,
            )
            for entry in entries
        ),
        opened=tuple(opened_by(session, concern)),
        readers=tuple(readers_of(session, concern, now)),
    )


def _names(session: Session, public_ids: Collection[str | None]) -> dict[str, str]:
    rows = session.execute(select(User.public_id, User.name).where(User.public_id.in_(public_ids)))
    return dict(rows.all())


def place_of(session: Session, concern: Concern) -> Place | None:
    """The cohort of a concern, for those who may read it; None where it has none."""
    row = session.execute(select(*_PLACE).where(Cohort.public_id == concern.cohort)).one_or_none()
    return Place(*row) if row else None


def opened_by(session: Session, concern: Concern) -> Sequence[Opened]:
    """Who has opened a concern, the last to do so first. For its writer and its leads."""
    last = func.max(Access.at).label("last")
    rows = session.execute(
        select(User.name, func.count(), last)
        .join(User, User.public_id == Access.actor)
        .where(Access.owner == concern.writer, Access.object_kind == KIND, Access.object_id == concern.public_id)
        .group_by(User.id, User.name)
        .order_by(last.desc(), User.name)
    )
    return [Opened(name, times, at) for name, times, at in rows]


def is_opened(session: Session, concern: Concern) -> bool:
    """Whether a lead has opened a concern."""
    return session.scalar(select(_has_been_opened()).where(Concern.id == concern.id)) is True


def _has_been_opened() -> ColumnElement[bool]:
    return some(
        select(_opening.id).where(
            _opening.owner == Concern.writer,
            _opening.object_kind == KIND,
            _opening.object_id == Concern.public_id,
        ),
        _opening,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A concern in a list. `who` is the writer's name, known to a lead once somebody has acknowledged it."""

    public_id: str
    route: Route
    who: str | None
    cohort: str | None
    zone: str | None
    is_first: bool
    """Whether the reader is the lead who has it."""
    sent_at: datetime
    target_at: datetime
    acknowledged_at: datetime | None
    closed_at: datetime | None
    withdrawn_at: datetime | None
    is_opened: bool
    last_by_writer: bool | None
    """Whether the last message is the writer's; None: there is no message."""


def own_concerns(session: Session, actor: Actor, *, before: str | None = None) -> list[Line]:
    """What the actor has sent, the newest first; `before` is the last of the page before. PAGE + 1: there are more."""
    return _lines(session, actor, _is_own(actor), *_before(before), newest=True)


def inbox(session: Session, actor: Actor, now: datetime) -> list[Line]:
    """The open concerns that the actor reads as a lead: those nobody has acknowledged first, then the oldest."""
    lines = _lines(session, actor, _open_to_lead(actor, now), Concern.closed_at.is_(None), newest=False)
    return sorted(lines, key=lambda line: line.acknowledged_at is not None)


def closed_concerns(session: Session, actor: Actor, now: datetime, *, before: str | None = None) -> list[Line]:
    """The closed ones that the actor reads as a lead, the newest first, by pages like `own_concerns`."""
    conditions = (_open_to_lead(actor, now), Concern.closed_at.is_not(None), *_before(before))
    return _lines(session, actor, *conditions, newest=True)


def _before(public_id: str | None) -> tuple[ColumnElement[bool], ...]:
    if not public_id:
        return ()
    return (Concern.id < select(_others.id).where(_others.public_id == public_id).scalar_subquery(),)


def _lines(session: Session, actor: Actor, *conditions: ColumnElement[bool], newest: bool) -> list[Line]:
    last_by_writer = (
        select(ConcernEntry.author == Concern.writer)
        .where(ConcernEntry.concern_id == Concern.id, ConcernEntry.kind == EntryKind.MESSAGE)
        .order_by(ConcernEntry.id.desc())
        .limit(1)
        .correlate(Concern)
        .scalar_subquery()
    )
    statement = (
        select(
            Concern.public_id,
            Concern.route,
            User.name,
            Cohort.name,
            Cohort.zone,
            Concern.lead,
            Concern.sent_at,
            Concern.target_at,
            Concern.acknowledged_at,
            Concern.closed_at,
            Concern.withdrawn_at,
            _has_been_opened(),
            last_by_writer,
        )
        .outerjoin(User, and_(User.public_id == Concern.writer, Concern.acknowledged_at.is_not(None)))
        .outerjoin(Cohort, Cohort.public_id == Concern.cohort)
        .where(*conditions)
        .order_by(Concern.id.desc() if newest else Concern.id)
    )
    if newest:
        statement = statement.limit(PAGE + 1)
    return [
        Line(public_id, Route(route), who, cohort, zone, lead == actor.public_id, *rest)
        for public_id, route, who, cohort, zone, lead, *rest in session.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A cohort that somebody is or was in. `role` is None where they have no place any more, or it is archived."""

    place: Place
    role: CohortRole | None


def own_places(session: Session, actor: Actor) -> list[OwnPlace]:
    """The cohorts the actor may be worried about: where they are first, then where they have been."""
    rows = session.execute(
        select(Membership.role, Membership.left_at, Cohort.archived_at, *_PLACE)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(Membership.user_id == actor.id)
        .order_by(Cohort.name, Cohort.id)
    )
    places = [
        OwnPlace(Place(*place), None if left_at or (archived_at and role == CohortRole.STUDENT) else CohortRole(role))
        for role, left_at, archived_at, *place in rows
    ]
    return sorted(places, key=lambda own: own.role is None)


def own_place(session: Session, actor: Actor, public_id: str | None) -> OwnPlace | None:
    """The cohort with this public id, or None for somebody who has never been in one. Raises NotFound."""
    places = own_places(session, actor)
    if not public_id and not places:
        return None
    for own in places:
        if own.place.public_id == public_id:
            return own
    raise NotFound


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom a concern can name. `role` is None for a designated lead."""

    public_id: str
    name: str
    role: CohortRole | None


def nameable(session: Session, actor: Actor, own: OwnPlace | None) -> list[Named]:
    """Whom the actor may name, by name: the leads, and the people of the cohort whom they know by name there.

    A student knows who teaches the cohort, a tutor also the students of their groups, a director everybody.
    """
    leads = session.execute(
        select(User.public_id, User.name)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == Role.LEAD, User.active, User.id != actor.id)
        .order_by(User.name, User.id)
    )
    return _people_of(session, actor, own) + [Named(public_id, name, None) for public_id, name in leads]


def _people_of(session: Session, actor: Actor, own: OwnPlace | None) -> list[Named]:
    if own is None or own.role is None:
        return []
    taught = some(select(_seat.id).where(_seat.membership_id == Membership.id, tutors(actor, _seat.group_id)), _seat)
    known = or_(
        Membership.role != CohortRole.STUDENT,
        true() if own.role is CohortRole.DIRECTOR else false(),
        taught,
    )
    rows = session.execute(
        select(User.public_id, User.name, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            Cohort.public_id == own.place.public_id,
            Membership.left_at.is_(None),
            User.id != actor.id,
            known,
        )
        .order_by(User.name, User.id)
    )
    return [Named(public_id, name, CohortRole(role)) for public_id, name, role in rows]


@dataclass(frozen=True, slots=True)
class Told:
    """That a concern exists, for faculty whom its writer wanted to know: who wrote, where and when. Never what."""

    writer: str
    cohort: str
    zone: str
    sent_at: datetime


def told_of(session: Session, actor: Actor) -> list[Told]:
    """The newest concerns of students and colleagues of which the actor may know as faculty, PAGE of them."""
    rows = session.execute(
        select(User.name, Cohort.name, Cohort.zone, Concern.sent_at)
        .join(User, User.public_id == Concern.writer)
        .join(Cohort, Cohort.public_id == Concern.cohort)
        .where(_may_know(actor, literal(actor.public_id)))
        .order_by(Concern.id.desc())
        .limit(PAGE)
    )
    return [Told(*row) for row in rows]


def faculty_to_tell(session: Session, concern: Concern) -> list[int]:
    """Ids of those who may know that a concern exists."""
    anybody = Actor(_candidate.id, "", "")  # type: ignore[arg-type]  # stands for each of the users in turn
    return list(
        session.scalars(
            select(_candidate.id)
            .join(Concern, true())
            .join(Cohort, Cohort.public_id == Concern.cohort)
            .where(Concern.id == concern.id, _candidate.active, _may_know(anybody, _candidate.public_id))
            .order_by(_candidate.id)
        )
    )


def _may_know(actor: Actor, public_id: Text) -> ColumnElement[bool]:
    """Condition: faculty of the writer, told by the writer's own choice; never who wrote it or whom it is about."""
    writer, place = aliased(User), aliased(Membership)
    tutors_the_writer = some(
        select(_seat.id)
        .join(place, place.id == _seat.membership_id)
        .join(writer, writer.id == place.user_id)
        .where(
            place.cohort_id == Cohort.id,
            writer.public_id == Concern.writer,
            tutors(actor, _seat.group_id),
        ),
        *(_seat, place, writer),
    )
    return and_(
        Concern.faculty_told,
        Concern.withdrawn_at.is_(None),
        Concern.writer != public_id,
        func.coalesce(Concern.about_person, "") != public_id,
        or_(belongs(actor, Cohort.id, CohortRole.DIRECTOR), tutors_the_writer),
    )
