"""Concerns for tests: a class with two designated leads, and short ways to write and to look."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.concerns import actions, queries
from ethics.concerns.actions import Given
from ethics.concerns.models import Concern, Route
from ethics.errors import NotFound
from ethics.outbox import Delivery
from ethics.people.actor import Actor
from ethics.people.models import Role
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds_cast import RoundCast, build_round

WORRY = "The registrar calls the man in bed four names."
DAY = timedelta(days=1)


@dataclass
class Worry:
    """The class, its leads Ruth Abara and Imran Sheikh, and what is done in it."""

    session: Session
    cast: RoundCast
    ruth: Actor
    imran: Actor

    def send(self, person: Actor, *, cohort: str | None = "", now: datetime = START, **given: object) -> Concern:
        """Somebody writes to the leads about Year 3, to Ruth first unless said otherwise."""
        given = {"route": Route.MISTREATMENT, "text": WORRY, "first": self.ruth.public_id} | given
        cohort_id = self.cast.cohort.public_id if cohort == "" else cohort
        return actions.send_concern(self.session, actor=person, cohort_id=cohort_id, given=Given(**given), now=now)

    def reads(self, person: Actor, concern: Concern, now: datetime = START) -> bool:
        """Whether a lead may read it: by its address, in the inbox, and to act on it, which must agree."""
        try:
            queries.concern_for_lead(self.session, person, concern.public_id, now)
            found = True
        except NotFound:
            found = False
        closed = queries.closed_concerns(self.session, person, now)
        lines = queries.inbox(self.session, person, now) + closed
        assert (concern.public_id in {line.public_id for line in lines}) is found
        return found

    def mails(self) -> list[tuple[str, datetime]]:
        """Whom mails wait for, and from when on they go out."""
        rows = self.session.execute(select(Delivery.payload, Delivery.due_at).order_by(Delivery.due_at, Delivery.id))
        return [(payload["to"].partition("@")[0], due_at) for payload, due_at in rows]


def worry_in(session: Session) -> Worry:
    """Build the class."""
    cast = build_round(session)
    imran = enter(session, "Imran Sheikh", Role.LEAD)
    session.commit()
    return Worry(session, cast, actor(cast.users["ruth"], Role.LEAD), actor(imran, Role.LEAD))
