"""What one person sees of discussions, in words: for comparing with what the table says."""

from datetime import timedelta

from sqlalchemy.orm import Session

from ethics.discussions import queries
from ethics.discussions.models import Thread
from ethics.discussions.queries import CommentLine
from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.reflections.models import Reflection
from ethics.rounds.gate import standing
from tests.clock import START
from tests.rounds_cast import RoundCast

GONE = "404"

READ = START + timedelta(days=60)
"""When they read: after everything that these tests write."""


def comments(session: Session, actor: Actor, thread: Thread) -> list[CommentLine] | str:
    """The comments of a thread as the actor sees them, or GONE."""
    session.rollback()
    try:
        found, teaches = queries.find_thread(session, actor, thread.public_id, now=READ)
    except NotFound:
        return GONE
    return queries.comments_in(session, actor, found, teaches=teaches, now=READ).comments


def texts(session: Session, actor: Actor, thread: Thread) -> list[str | None] | str:
    """Their HTML; None for one whose place alone is seen."""
    found = comments(session, actor, thread)
    return found if isinstance(found, str) else [line.html for line in found]


def threads(session: Session, cast: RoundCast, actor: Actor, group: int = 0) -> list[str] | str:
    """The titles in the list of a group's threads, or GONE."""
    session.rollback()
    try:
        at = standing(session, actor, cast.id, now=START)
        group_id = queries.group_for(session, actor, at, cast.groups[group].public_id)
    except NotFound:
        return GONE
    return [line.title for line in queries.threads_in(session, actor, at, group_id)]


def feedback(session: Session, cast: RoundCast, actor: Actor, reflection: Reflection) -> list[str | None] | str:
    """The texts of the thread on a reflection, or GONE where there is none for the actor."""
    session.rollback()
    try:
        at = standing(session, actor, cast.id, now=START)
    except NotFound:
        return GONE
    found = queries.feedback_thread(session, actor, at, reflection.public_id)
    return GONE if found is None else [line.html for line in found.comments]
