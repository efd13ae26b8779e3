"""Drafts to write with, and verbs that need fewer words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ethics.markup import Rendered
from ethics.people.actor import Actor
from ethics.reflections import actions
from ethics.reflections.models import About, Basis, Draft, Reflection
from ethics.rounds.models import Audience
from tests.clock import START
from tests.rounds_cast import RoundCast


def draft(
    *,
    asked: str = "",
    about: About = About.CASE,
    audience: Audience = Audience.FACULTY,
    faculty_only: Iterable[str] = (),
    **answers: str,
) -> Draft:
    """A draft with these answers, kept for faculty unless said otherwise."""
    return Draft(answers, asked, about, audience, frozenset(faculty_only))


def save(
    session: Session, cast: RoundCast, person: Actor, what: Draft, *, now: datetime = START, **basis: Any
) -> Reflection:
    """Save a draft, and commit. `basis` is what it was typed into, as for Basis."""
    kept = actions.save_draft(session, actor=person, round_id=cast.id, draft=what, basis=Basis(**basis), now=now)
    session.commit()
    return kept


def submit(
    session: Session, cast: RoundCast, person: Actor, what: Draft, *, now: datetime = START, **basis: Any
) -> Reflection:
    """Submit a draft, each answer rendered as one paragraph, and commit."""
    submitted = actions.submit_reflection(
        session,
        actor=person,
        round_id=cast.id,
        draft=what,
        rendered={key: Rendered(f"<p>{text}</p>", whole=True) for key, text in what.written.items()},
        basis=Basis(**basis),
        now=now,
    )
    session.commit()
    return submitted
