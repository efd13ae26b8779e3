"""A student's own name beside their alias: put there by its bearer alone, for one group in one round."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.audit.actions import record
from ethics.errors import NotAllowed, NotFound
from ethics.people.actor import Actor
from ethics.rounds.aliases import alias_in_group
from ethics.rounds.gate import Standing, standing
from ethics.rounds.models import Alias
from ethics.rounds.rules import refuses_naming


def own_alias(session: Session, at: Standing) -> Alias | None:
    """The alias by which the student's present group knows them; None for faculty, and before one is drawn."""
    if at.participation is None or at.group_id is None:
        return None
    return session.scalar(
        select(Alias).where(Alias.participation_id == at.participation.id, Alias.group_id == at.group_id)
    )


def put_name(session: Session, *, actor: Actor, round_id: str, now: datetime) -> Alias:
    """Let the group read the actor's name beside the alias, at everything written under it. Twice is once.

    Raises NotFound for faculty and where the round has no aliases, and NotAllowed.
    """
    at = _bearer(session, actor, round_id, now)
    refusal = refuses_naming(at)
    if refusal or at.participation is None or at.group_id is None:
        raise NotAllowed(refusal or "commit-first")
    alias = alias_in_group(session, at.participation, at.group_id)
    if alias.named_at is None:
        alias.named_at = now
        _record(session, actor, at, "alias.named", now)
    return alias


def take_name_back(session: Session, *, actor: Actor, round_id: str, now: datetime) -> None:
    """Let the group read the alias alone again; who has read the name knows it. Raises what `put_name` raises."""
    at = _bearer(session, actor, round_id, now)
    alias = own_alias(session, at)
    if alias is not None and alias.named_at is not None:
        alias.named_at = None
        _record(session, actor, at, "alias.unnamed", now)


def _bearer(session: Session, actor: Actor, round_id: str, now: datetime) -> Standing:
    at = standing(session, actor, round_id, now=now, lock=True)
    if at.is_faculty or not at.round.aliases:
        raise NotFound
    return at


def _record(session: Session, actor: Actor, at: Standing, action: str, now: datetime) -> None:
    record(session, actor=actor, action=action, object_kind="round", object_id=at.round.public_id, now=now)
