"""What is done with concerns: sent, opened, acknowledged, answered, handed over, closed, withdrawn.

Whoever acts is told nothing beyond what ethics.concerns.queries lets them read. What people are told elsewhere, in
notices and mail, is only that something waits for them. The audit log, which administrators can read, has what the
leads did by name, and what the writer did without: the concern itself says who that is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ethics import outbox
from ethics.audit.actions import note_access, record
from ethics.concerns import queries, rules
from ethics.concerns.models import Concern, ConcernEntry, EntryKind, Route
from ethics.concerns.queries import KIND, Contact
from ethics.errors import Invalid, NotAllowed
from ethics.notices.actions import take_back_all, tell, tell_once
from ethics.people.actor import Actor
from ethics.people.models import Role, User
from ethics.people.queries import holders_of
from ethics.text import clean_name, refuse_unstorable, too_long

NOWHERE = "UTC"
"""The zone that counts for a concern of nobody's cohort."""


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody writes to the leads."""

    route: str
    text: str
    about: str = ""
    """Public id of whom it is about: the writer or somebody they may name; empty: nobody."""
    about_words: str = ""
    reach: str = ""
    faculty_told: bool = False
    first: str = ""
    """Public id of the lead who should read it first; empty: whoever has the fewest open concerns."""


def send_concern(session: Session, *, actor: Actor, cohort_id: str | None, given: Given, now: datetime) -> Concern:
    """Write to the designated leads about a cohort the actor is or was in; None for who has never been in one.

    The lead who gets it is called at once, the others for its target. Raises NotFound for another's cohort, Invalid
    for a wrong field, and NotAllowed where no lead may read it: the writer needs another way, and is told it.
    """
    own = queries.own_place(session, actor, cohort_id)
    route = _checked_route(given.route)
    about = _checked_person(session, actor, own, given.about)
    _check_text(given.text, "text")
    leads = queries.fit_leads(session, writer=actor.public_id, about=about, cohort=cohort_id)
    if not leads:
        raise NotAllowed("no-lead")
    first = next((lead for lead in leads if given.first in {lead.public_id, ""}), None)
    if first is None:
        raise Invalid("lead-unfit", "first")
    concern = Concern(
        writer=actor.public_id,
        cohort=own.place.public_id if own else None,
        route=route,
        about_person=about,
        about_words="" if about else _checked_line(given.about_words, "about_words"),
        text=given.text.strip(),
        reach=_checked_line(given.reach, "reach"),
        faculty_told=given.faculty_told,
        lead=first.public_id,
        sent_at=now,
        target_at=rules.target_of(route, now, own.place.zone if own else NOWHERE),
        acknowledged_at=None,
        closed_at=None,
        withdrawn_at=None,
    )
    session.add(concern)
    session.flush()
    _call_leads(session, concern, leads, now)
    if given.faculty_told:
        told = queries.faculty_to_tell(session, concern)
        tell_once(session, user_ids=told, kind=KIND, now=now, concern=concern.public_id)
    _record(session, None, "concern-sent", concern, now)
    return concern


def open_concern(session: Session, *, actor: Actor, concern_id: str, now: datetime) -> Concern:
    """Note that a lead opens a concern; its writer sees who and when, and cannot withdraw it any more.

    Locks it, so that it is either withdrawn or read. Raises NotFound.
    """
    concern = queries.concern_for_lead(session, actor, concern_id, now, lock=True)
    note_access(session, actor=actor, owner=concern.writer, object_kind=KIND, object_id=concern.public_id, now=now)
    return concern


def acknowledge(session: Session, *, actor: Actor, concern_id: str, now: datetime) -> Concern:
    """Say as a lead that one has seen it and takes it on. Again, or after another lead, does nothing."""
    concern = queries.concern_for_lead(session, actor, concern_id, now, lock=True)
    if _take_on(session, actor, concern, now):
        _tell_writer(session, concern, now)
    return concern


def write_message(session: Session, *, actor: Actor, concern_id: str, text: str, now: datetime) -> Concern:
    """Write in the thread between the writer and the leads. A closed concern is open again with it.

    A lead who writes has thereby seen it. Raises NotFound, NotAllowed for what is withdrawn, and Invalid.
    """
    concern = queries.concern_for(session, actor, concern_id, now, lock=True)
    if concern.withdrawn_at is not None:
        raise NotAllowed("withdrawn-already")
    _check_text(text, "text")
    was_closed = concern.closed_at is not None
    concern.closed_at = None
    if concern.writer == actor.public_id:
        _append(session, actor, concern, EntryKind.MESSAGE, now, text=text.strip())
        _record(session, None, "concern-added-to", concern, now)
        if was_closed:
            concern.acknowledged_at = None
            _start_waiting(session, concern, _leads_of(session, concern), now)
        else:
            readers = {reader.public_id for reader in queries.readers_of(session, concern, now) if reader.now}
            _call(session, (lead for lead in _leads_of(session, concern) if lead.public_id in readers), concern, now)
        return concern
    _take_on(session, actor, concern, now)
    _append(session, actor, concern, EntryKind.MESSAGE, now, text=text.strip())
    _tell_writer(session, concern, now)
    _record(session, actor, "concern-answered", concern, now)
    return concern


def write_note(session: Session, *, actor: Actor, concern_id: str, text: str, now: datetime) -> Concern:
    """Write a note for the leads who read the concern, never for its writer. Raises NotFound, Invalid."""
    concern = queries.concern_for_lead(session, actor, concern_id, now, lock=True)
    _check_text(text, "note")
    _append(session, actor, concern, EntryKind.NOTE, now, text=text.strip())
    _record(session, actor, "concern-noted", concern, now)
    return concern


def hand_over(session: Session, *, actor: Actor, concern_id: str, to: str, now: datetime) -> Concern:
    """Give a concern to another lead who may have it; its target begins anew. The giver still reads it.

    Raises NotFound, NotAllowed once it is closed, and Invalid for who may not have it.
    """
    concern = queries.concern_for_lead(session, actor, concern_id, now, lock=True)
    if refusal := rules.refuses_handing_over(concern):
        raise NotAllowed(refusal)
    leads = _leads_of(session, concern)
    if to == actor.public_id or to not in {lead.public_id for lead in leads}:
        raise Invalid("lead-unfit", "to")
    _append(session, actor, concern, EntryKind.HANDED_OVER, now, handed_to=to)
    concern.lead = to
    concern.acknowledged_at = None
    _start_waiting(session, concern, leads, now)
    _tell_writer(session, concern, now)
    _record(session, actor, "concern-handed-over", concern, now)
    return concern


def close_concern(session: Session, *, actor: Actor, concern_id: str, word: str, now: datetime) -> Concern:
    """Close a concern with a word to its writer, who can open it again by writing.

    Raises NotFound, NotAllowed where it is closed already, and Invalid without a word.
    """
    concern = queries.concern_for_lead(session, actor, concern_id, now, lock=True)
    if concern.closed_at is not None:
        raise NotAllowed("concern-closed")
    _check_text(word, "word")
    _take_on(session, actor, concern, now)
    _append(session, actor, concern, EntryKind.CLOSED, now, text=word.strip())
    concern.closed_at = now
    _tell_writer(session, concern, now)
    _record(session, actor, "concern-closed", concern, now)
    return concern


def withdraw_concern(session: Session, *, actor: Actor, concern_id: str, now: datetime) -> Concern:
    """Take one's own concern back before a lead has opened it: every text in it is destroyed, nobody is called.

    Raises NotFound, and NotAllowed once it has been seen.
    """
    concern = queries.own_concern(session, actor, concern_id, lock=True)
    if refusal := rules.refuses_withdrawing(concern, is_opened=queries.is_opened(session, concern)):
        raise NotAllowed(refusal)
    session.execute(delete(ConcernEntry).where(ConcernEntry.concern_id == concern.id))
    concern.text = concern.about_words = concern.reach = ""
    concern.about_person = None
    concern.withdrawn_at = now
    session.flush()
    _stand_down(session, concern, now)
    _record(session, None, "concern-withdrawn", concern, now)
    return concern


def _take_on(session: Session, actor: Actor, concern: Concern, now: datetime) -> bool:
    if concern.acknowledged_at is not None:
        return False
    concern.acknowledged_at = now
    concern.lead = actor.public_id
    _stand_down(session, concern, now)
    _append(session, actor, concern, EntryKind.ACKNOWLEDGED, now)
    _record(session, actor, "concern-acknowledged", concern, now)
    return True


def _append(
    session: Session,
    actor: Actor,
    concern: Concern,
    kind: EntryKind,
    now: datetime,
    *,
    text: str = "",
    handed_to: str | None = None,
) -> None:
    entry = ConcernEntry(
        concern_id=concern.id, kind=kind, author=actor.public_id, text=text, handed_to=handed_to, at=now
    )
    session.add(entry)
    session.flush()


def _leads_of(session: Session, concern: Concern) -> list[Contact]:
    return queries.fit_leads(session, writer=concern.writer, about=concern.about_person, cohort=concern.cohort)


def _start_waiting(session: Session, concern: Concern, leads: list[Contact], now: datetime) -> None:
    """Count anew until somebody acknowledges it, and call the leads as for a concern that has just come."""
    _stand_down(session, concern, now)
    place = queries.place_of(session, concern)
    concern.target_at = rules.target_of(Route(concern.route), now, place.zone if place else NOWHERE)
    session.flush()
    _call_leads(session, concern, leads, now)


def _call_leads(session: Session, concern: Concern, leads: list[Contact], now: datetime) -> None:
    """Call the lead who has it now, and the others for the moment at which it becomes theirs too."""
    _call(session, (lead for lead in leads if lead.public_id == concern.lead), concern, now)
    for lead in leads:
        if lead.public_id != concern.lead:
            due_at = concern.target_at
            tell(session, user_id=lead.id, kind=KIND, now=now, due_at=due_at, concern=concern.public_id)
            _mail(session, lead, concern, due_at)


def _call(session: Session, people: Iterable[Contact], concern: Concern, now: datetime) -> None:
    for person in people:
        tell_once(session, user_ids=[person.id], kind=KIND, now=now, concern=concern.public_id)
        _mail(session, person, concern, now)


def _stand_down(session: Session, concern: Concern, now: datetime) -> None:
    """Take back the calls that were meant for its target, and the mails that have not gone yet."""
    leads = [lead.id for lead in holders_of(session, Role.LEAD)]
    take_back_all(session, user_ids=leads, kind=KIND, now=now, concern=concern.public_id)
    outbox.take_back(session, prefix=f"concern {concern.public_id} ")


def _tell_writer(session: Session, concern: Concern, now: datetime) -> None:
    writers = session.scalars(select(User).where(User.public_id == concern.writer, User.active))
    _call(session, (Contact(user.id, user.public_id, user.name, user.email) for user in writers), concern, now)


def _mail(session: Session, person: Contact, concern: Concern, due_at: datetime) -> None:
    outbox.post(
        session,
        key=f"concern {concern.public_id} {person.public_id} {due_at.isoformat()}",
        kind="mail",
        payload={"to": person.email, "about": "something-waits", "name": person.name},
        due_at=due_at,
    )


def _record(session: Session, actor: Actor | None, action: str, concern: Concern, now: datetime) -> None:
    record(session, actor=actor, action=action, object_kind=KIND, object_id=concern.public_id, now=now)


def _checked_route(route: str) -> Route:
    if route not in list(Route):
        raise Invalid("choose-route", "route")
    return Route(route)


def _checked_person(session: Session, actor: Actor, own: queries.OwnPlace | None, about: str) -> str | None:
    if not about:
        return None
    if about not in {actor.public_id, *(person.public_id for person in queries.nameable(session, actor, own))}:
        raise Invalid("unknown-person", "about")
    return about


def _checked_line(text: str, field: str) -> str:
    refuse_unstorable(text, field)
    cleaned = clean_name(text)
    if too_long(cleaned, rules.LINE_BYTES):
        raise Invalid("too-long", field)
    return cleaned


def _check_text(text: str, field: str) -> None:
    refuse_unstorable(text, field)
    if not text.strip():
        raise Invalid("required", field)
    if too_long(text, rules.CONCERN_BYTES):
        raise Invalid("too-long", field)
