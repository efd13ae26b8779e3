"""Coming into a cohort by its code: it admits students only, and never claims an address that somebody else may own.

Who is signed in joins at once. Somebody new proves the address by mail; where no mail is set up, the director is asked
to let them in. What is answered is the same whether the address has an account or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ethics import db, outbox
from ethics.audit.actions import record
from ethics.cohorts.actions import add_member, check_may_place, seat_late
from ethics.cohorts.models import Cohort, CohortRole, JoinRequest, Membership
from ethics.cohorts.places import directors_of, lock, note_places
from ethics.cohorts.queries import cohort_for_director
from ethics.db import violates
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.notices.actions import tell_all
from ethics.people import attempts
from ethics.people.actions import ACTIVATION, TooManyTries, mail_link
from ethics.people.activation import open_accounts
from ethics.people.actor import Actor
from ethics.people.attempts import Place
from ethics.people.models import User
from ethics.people.rules import clean_email, clean_person

CODE_LENGTH = 10
MOST_REQUESTS = 500
"""More than this many wait for no director: whoever sends more is no class."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_JOIN = "join"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who asks to come in, as they describe themselves; address and name are clean."""

    name: str
    email: str
    profession: str | None


def newcomer(*, name: str, email: str, profession: str | None) -> Newcomer:
    """Somebody who asks to come in. Raises Invalid for what cannot be a name or an address."""
    return Newcomer(clean_person(name), clean_email(email), profession)


def make_code(session: Session, *, actor: Actor, cohort_id: str, ends_at: datetime | None, now: datetime) -> Cohort:
    """Give a cohort a new code; the one before admits nobody from then on.

    Raises NotFound for who is not its director, NotAllowed once it is archived, Invalid for an end that has passed.
    """
    cohort = _of_director(session, actor, cohort_id)
    _check_end(ends_at, now)
    cohort.join_code = "".join(db.chance.choice(_ALPHABET) for _ in range(CODE_LENGTH))
    cohort.join_ends_at = ends_at
    session.flush()
    _note(session, actor, "cohort.make-join-code", cohort, now)
    return cohort


def set_code_end(session: Session, *, actor: Actor, cohort_id: str, ends_at: datetime | None, now: datetime) -> Cohort:
    """Let the code that there is end at another moment, or never. Raises what `make_code` raises."""
    cohort = _of_director(session, actor, cohort_id)
    _check_end(ends_at, now)
    cohort.join_ends_at = ends_at
    session.flush()
    _note(session, actor, "cohort.end-join-code", cohort, now)
    return cohort


def drop_code(session: Session, *, actor: Actor, cohort_id: str, now: datetime) -> Cohort:
    """Switch the code off. Raises NotFound for who is not the cohort's director."""
    cohort = cohort_for_director(session, actor, cohort_id)
    if cohort.join_code is not None:
        cohort.join_code = cohort.join_ends_at = None
        session.flush()
        _note(session, actor, "cohort.drop-join-code", cohort, now)
    return cohort


def cohort_with_code(session: Session, code: str, *, now: datetime) -> Cohort:
    """The cohort that a code admits to, however it is written. Raises NotFound for one that admits to none."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    cohort = session.scalar(select(Cohort).where(Cohort.join_code == plain, Cohort.archived_at.is_(None)))
    if cohort is None or (cohort.join_ends_at is not None and cohort.join_ends_at <= now):
        raise NotFound
    return cohort


def spell_code(code: str) -> str:
    """A code as people read and type it."""
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


def place_in(session: Session, actor: Actor, cohort: Cohort) -> Membership | None:
    """The actor's place in a cohort, also one that was taken away."""
    return session.scalar(select(Membership).where(Membership.cohort_id == cohort.id, Membership.user_id == actor.id))


def join(session: Session, *, actor: Actor, code: str, profession: str | None, now: datetime) -> Cohort:
    """Come in as a student, into the smallest group of each set. Again does nothing.

    Raises NotFound for a code that admits nobody, NotAllowed("removed-here") for who was removed: only the director
    brings them back.
    """
    cohort = cohort_with_code(session, code, now=now)
    lock(session, cohort)
    place = place_in(session, actor, cohort)
    if place is not None and place.left_at is not None:
        raise NotAllowed("removed-here")
    if place is None:
        place = Membership(
            cohort_id=cohort.id, user_id=actor.id, role=CohortRole.STUDENT, profession=profession, joined_at=now
        )
        session.add(place)
        session.flush()
        people = {actor.id: actor.public_id}
        note_places(
            session,
            actor=actor,
            cohort=cohort,
            role=CohortRole.STUDENT,
            people=people,
            now=now,
            action="cohort.join",
        )
        seat_late(session, actor=actor, membership=place, now=now)
    return cohort


def ask_by_mail(session: Session, *, code: str, person: Newcomer, place: Place, token: str, now: datetime) -> Cohort:
    """Send a mail that only the owner of the address can act on; nothing else is kept, and nothing about it is said.

    To somebody new it brings `token`, for the door to open again and pass to `come_in`; to who has an account, the
    way in. Raises NotFound for a code that admits nobody, TooManyTries.
    """
    cohort = cohort_with_code(session, code, now=now)
    _count(session, person.email, place, now)
    known = session.scalar(select(User).where(User.email == person.email))
    if known is None:
        _mail(session, person, now, about="join", code=code, token=token, cohort=cohort.name)
    elif known.active and known.password_hash is None:
        mail_link(session, actor=None, user=known, kind=ACTIVATION, now=now)
    elif known.active:
        _mail(session, person, now, about="join-known", code=spell_code(code), cohort=cohort.name)
    return cohort


def ask_director(session: Session, *, code: str, person: Newcomer, place: Place, now: datetime) -> Cohort:
    """Let the director know of somebody who would come in; where no mail proves an address, a person does.

    Asking again changes nothing, whoever asks. The directors are told when somebody is the first to wait.
    Raises NotFound for a code that admits nobody, TooManyTries.
    """
    cohort = cohort_with_code(session, code, now=now)
    _count(session, person.email, place, now)
    waiting = asking(session, cohort)
    if not waiting:
        tell_all(session, user_ids=directors_of(session, cohort), kind="join-asked", now=now, cohort=cohort.public_id)
    if waiting < MOST_REQUESTS:
        request = JoinRequest(
            cohort_id=cohort.id, name=person.name, email=person.email, profession=person.profession, asked_at=now
        )
        try:
            with session.begin_nested():
                session.add(request)
        except IntegrityError as error:
            if not violates(error, "uq_join_requests_cohort_id_email"):
                raise
    return cohort


def come_in(session: Session, *, code: str, person: Newcomer, password_hash: str, now: datetime) -> User:
    """Make the account of somebody new whose mail has come back, and let them in as a student.

    Raises NotFound for a code that admits nobody any more, Invalid("has-account") when the address has an account by
    now: the link was used, or somebody was faster.
    """
    cohort_with_code(session, code, now=now)
    if session.scalar(select(exists().where(User.email == person.email))):
        raise Invalid("has-account")
    account = open_accounts(session, actor=None, people={person.email: person.name}, now=now)[person.email]
    user = session.get_one(User, account.id)
    user.password_hash = password_hash
    session.flush()
    actor = Actor(user.id, user.public_id, user.name)
    join(session, actor=actor, code=code, profession=person.profession, now=now)
    return user


def requests(session: Session, cohort: Cohort) -> Sequence[JoinRequest]:
    """Who has asked to come in, the first first. For the cohort's director."""
    return session.scalars(select(JoinRequest).where(JoinRequest.cohort_id == cohort.id).order_by(JoinRequest.id)).all()


def asking(session: Session, cohort: Cohort) -> int:
    """How many wait to be let in."""
    return session.scalar(select(func.count()).where(JoinRequest.cohort_id == cohort.id)) or 0


def admit(session: Session, *, actor: Actor, cohort_id: str, request_id: str, now: datetime) -> User | None:
    """Let in who has asked, as a student, in the smallest groups; None for a request that is answered already.

    Raises NotFound for who is not the cohort's director, NotAllowed once it is archived, Invalid for who has a place:
    such a request can only be turned down.
    """
    cohort = _of_director(session, actor, cohort_id)
    request = _request(session, cohort, request_id)
    if request is None:
        return None
    session.delete(request)
    return bring_in(session, actor=actor, cohort=cohort, person=_person(request), role=CohortRole.STUDENT, now=now)


def bring_in(
    session: Session, *, actor: Actor | None, cohort: Cohort, person: Newcomer, role: CohortRole, now: datetime
) -> User:
    """Give one person a place, with an account where they have none; a student also gets seats, as latecomers do.

    Raises what `add_member` raises.
    """
    check_may_place(session, actor, cohort, role)
    lock(session, cohort)
    account = open_accounts(session, actor=actor, people={person.email: person.name}, now=now)[person.email]
    user = session.get_one(User, account.id)
    place = add_member(session, actor=actor, cohort=cohort, user=user, role=role, profession=person.profession, now=now)
    if role is CohortRole.STUDENT:
        seat_late(session, actor=actor, membership=place, now=now)
    return user


def turn_down(session: Session, *, actor: Actor, cohort_id: str, request_id: str, now: datetime) -> None:
    """Take a request off the list. Raises NotFound for who is not the cohort's director."""
    cohort = _of_director(session, actor, cohort_id)
    request = _request(session, cohort, request_id)
    if request is not None:
        session.delete(request)
        _note(session, actor, "cohort.turn-down", cohort, now)


def _request(session: Session, cohort: Cohort, request_id: str) -> JoinRequest | None:
    return session.scalar(
        select(JoinRequest).where(JoinRequest.public_id == request_id, JoinRequest.cohort_id == cohort.id)
    )


def _person(request: JoinRequest) -> Newcomer:
    return Newcomer(request.name, request.email, request.profession)


def _of_director(session: Session, actor: Actor, cohort_id: str) -> Cohort:
    cohort = cohort_for_director(session, actor, cohort_id)
    check_may_place(session, actor, cohort, CohortRole.STUDENT)
    return cohort


def _check_end(ends_at: datetime | None, now: datetime) -> None:
    if ends_at is not None and ends_at <= now:
        raise Invalid("code-ends-in-the-past", "ends")


def _count(session: Session, email: str, place: Place, now: datetime) -> None:
    wait = attempts.count(session, kind=_JOIN, email=email, place=Place(place.address), now=now)
    if wait:
        raise TooManyTries(wait)


def _mail(session: Session, person: Newcomer, now: datetime, **payload: str) -> None:
    outbox.post_all(
        session,
        kind="mail",
        letters=[(f"join {db.new_public_id()}", {"to": person.email, "name": person.name, **payload})],
        due_at=now,
    )


def _note(session: Session, actor: Actor, action: str, cohort: Cohort, now: datetime) -> None:
    record(session, actor=actor, action=action, object_kind="cohort", object_id=cohort.public_id, now=now)
