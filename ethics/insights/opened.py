"""Who has opened what one wrote, and when: a person's own part of the access log."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from ethics.audit.models import Access
from ethics.cases.models import Case, CaseVersion
from ethics.concerns.queries import KIND as CONCERN
from ethics.discussions.models import Comment, Thread
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.reflections.models import Reflection
from ethics.reflections.queries import KIND as REFLECTION
from ethics.rounds.models import Participation, Round, Stance
from ethics.rounds.queries import STANCES

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Opening:
    """That somebody opened something of the reader's own."""

    name: str | None
    """None: the account is gone."""
    kind: str
    """As the access log calls it."""
    case: str | None
    """The title of the round's case."""
    at: datetime


def openings(
    session: Session, actor: Actor, *, before: datetime | None = None
) -> tuple[list[Opening], datetime | None]:
    """The actor's newest rows, those before a moment, and the moment to go on from, or None at the end.

    Concerns are not among them: each one's own page says who opened it. What was opened at one moment stands on one
    page. A few statements, however many rows.
    """
    chosen = (
        select(Access, User.name)
        .outerjoin(User, User.public_id == Access.actor)
        .where(Access.owner == actor.public_id, Access.object_kind != CONCERN)
        .order_by(Access.at.desc(), Access.id.desc())
        .limit(PAGE + 1)
    )
    rows = session.execute(chosen if before is None else chosen.where(Access.at < before)).all()
    page, following = rows[:PAGE], rows[PAGE].Access.at if len(rows) > PAGE else None
    if following is not None and any(row.Access.at != following for row in page):
        page = [row for row in page if row.Access.at != following]
    cases = _cases(session, (row.Access for row in page))
    found = [
        Opening(
            row.name, row.Access.object_kind, cases.get((row.Access.object_kind, row.Access.object_id)), row.Access.at
        )
        for row in page
    ]
    return found, found[-1].at if following is not None else None


def _cases(session: Session, accesses: Iterable[Access]) -> dict[tuple[str, str], str]:
    """By kind and public id, the title of the case it belongs to."""
    ids: dict[str, set[str]] = {}
    for access in accesses:
        ids.setdefault(access.object_kind, set()).add(access.object_id)
    return {
        (kind, public_id): title
        for kind, wanted in ids.items()
        if kind in _TITLES
        for public_id, title in session.execute(_TITLES[kind](), {"ids": sorted(wanted)})
    }


def _titled(chosen: Select[Any]) -> Select[Any]:
    return (
        chosen.join(CaseVersion, CaseVersion.id == Round.case_version_id)
        .join(Case, Case.id == CaseVersion.case_id)
        .add_columns(Case.title)
    )


@cache
def _of_reflections() -> Select[Any]:
    return _titled(
        select(Reflection.public_id)
        .join(Participation, Participation.id == Reflection.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .where(Reflection.public_id.in_(bindparam("ids", expanding=True)))
    )


@cache
def _of_rounds() -> Select[Any]:
    return _titled(select(Round.public_id).where(Round.public_id.in_(bindparam("ids", expanding=True))))


@cache
def _of_stances() -> Select[Any]:
    return _titled(
        select(Stance.public_id)
        .join(Participation, Participation.id == Stance.participation_id)
        .join(Round, Round.id == Participation.round_id)
        .where(Stance.public_id.in_(bindparam("ids", expanding=True)))
    )


@cache
def _of_comments() -> Select[Any]:
    return _titled(
        select(Comment.public_id)
        .join(Thread, Thread.id == Comment.thread_id)
        .join(Round, Round.id == Thread.round_id)
        .where(Comment.public_id.in_(bindparam("ids", expanding=True)))
    )


_TITLES: dict[str, Callable[[], Select[Any]]] = {
    REFLECTION: _of_reflections,
    STANCES: _of_rounds,
    "stance": _of_stances,
    "comment": _of_comments,
}
