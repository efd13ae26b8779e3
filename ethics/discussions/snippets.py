"""Snippets: words that one of the faculty uses again. Each belongs to one person, and nobody else sees it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ethics.discussions.answer_models import Snippet
from ethics.discussions.posts import check_text
from ethics.errors import Invalid, NotFound
from ethics.people.actor import Actor
from ethics.text import clean_name, too_long

LONGEST_NAME = 80
MOST = 100


class SnippetLine(NamedTuple):
    """A snippet in its owner's list."""

    public_id: str
    name: str
    text: str


def snippets_of(session: Session, actor: Actor) -> list[SnippetLine]:
    """The actor's own, by name."""
    rows = session.execute(
        select(Snippet.public_id, Snippet.name, Snippet.text)
        .where(Snippet.owner_id == actor.id)
        .order_by(func.lower(Snippet.name), Snippet.id)
    )
    return [SnippetLine(*row) for row in rows]


def make_snippet(session: Session, *, actor: Actor, name: str, text: str, now: datetime) -> Snippet:
    """Keep words under a name. Raises Invalid for one that is taken, and for more than MOST."""
    if len(snippets_of(session, actor)) >= MOST:
        raise Invalid("too-many-snippets")
    snippet = Snippet(owner_id=actor.id, name=_free_name(session, actor, name), text=_checked(text), created_at=now)
    session.add(snippet)
    session.flush()
    return snippet


def change_snippet(session: Session, *, actor: Actor, snippet_id: str, name: str, text: str) -> Snippet:
    """Give a snippet another name or other words. Raises NotFound for somebody else's."""
    snippet = _own(session, actor, snippet_id)
    snippet.name, snippet.text = _free_name(session, actor, name, but=snippet.id), _checked(text)
    session.flush()
    return snippet


def delete_snippet(session: Session, *, actor: Actor, snippet_id: str) -> None:
    """Delete a snippet for good; what was written with it stays. Raises NotFound for somebody else's."""
    session.delete(_own(session, actor, snippet_id))
    session.flush()


def _own(session: Session, actor: Actor, snippet_id: str) -> Snippet:
    snippet = session.scalar(
        select(Snippet).where(Snippet.public_id == snippet_id, Snippet.owner_id == actor.id).with_for_update()
    )
    if snippet is None:
        raise NotFound
    return snippet


def _free_name(session: Session, actor: Actor, name: str, *, but: int | None = None) -> str:
    cleaned = clean_name(name)
    if not cleaned:
        raise Invalid("required", "name")
    if too_long(cleaned, LONGEST_NAME):
        raise Invalid("too-long", "name")
    taken = session.scalar(select(Snippet.id).where(Snippet.owner_id == actor.id, Snippet.name == cleaned))
    if taken not in {None, but}:
        raise Invalid("name-taken", "name")
    return cleaned


def _checked(text: str) -> str:
    check_text(text)
    return text
