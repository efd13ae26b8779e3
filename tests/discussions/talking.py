"""What people of a class write to each other, for tests of discussions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ethics.db import Database
from ethics.discussions import actions, feedback
from ethics.discussions.models import Comment, Thread
from ethics.markup import Rendered
from ethics.notices.models import Notice
from ethics.notices.queries import unseen
from ethics.people.actor import Actor
from ethics.reflections import actions as reflections
from ethics.reflections.models import About, Basis, Draft, Reflection
from ethics.rounds.models import Audience
from tests.clock import START
from tests.rounds_cast import RoundCast


def rendered(source: str) -> Rendered:
    """HTML of a text, without the child process that these tests do not need."""
    return Rendered(f"<p>{source}</p>", whole=True)


@dataclass
class Talk:
    """What people of the class write. Everything is committed at once; `more` are arguments of the action."""

    session: Session
    cast: RoundCast

    def start(self, actor: Actor, text: str, **more: Any) -> Thread:
        """Begin a thread."""
        more = {"title": "Whose risk is it?", "now": START, **more}
        made = actions.start_thread(
            self.session, actor=actor, round_id=self.cast.id, source=text, rendered=rendered(text), **more
        )
        self.session.commit()
        return made

    def post(self, actor: Actor, thread: Thread, text: str, **more: Any) -> Comment:
        """Write in a thread."""
        more = {"now": START, **more}
        made = actions.post_comment(
            self.session, actor=actor, thread_id=thread.public_id, source=text, rendered=rendered(text), **more
        )
        self.session.commit()
        return made

    def answer(self, actor: Actor, thread: Thread, text: str, **more: Any) -> Comment:
        """Answer the comment that a thread began with."""
        opening = select(Comment.public_id).where(Comment.thread_id == thread.id).order_by(Comment.number).limit(1)
        return self.post(actor, thread, text, parent_id=self.session.scalar(opening), **more)

    def reflect(self, actor: Actor, *, asked: str = "", now: datetime = START) -> Reflection:
        """Submit a reflection."""
        key = self.cast.round.framework["prompts"][0]["key"]
        text = f"What {actor.name} thinks."
        made = reflections.submit_reflection(
            self.session,
            actor=actor,
            round_id=self.cast.id,
            draft=Draft({key: text}, asked, About.CASE, Audience.FACULTY, frozenset()),
            rendered={key: rendered(text)},
            basis=Basis(),
            now=now,
        )
        self.session.commit()
        return made

    def draft(self, actor: Actor, reflection: Reflection, text: str, *, version: int = 0) -> Comment:
        """Draft feedback."""
        made = feedback.draft_feedback(
            self.session,
            actor=actor,
            reflection_id=reflection.public_id,
            source=text,
            rendered=rendered(text),
            version=version,
            now=START,
        )
        self.session.commit()
        return made

    def release(self, actor: Actor, *comments: Comment, now: datetime = START) -> None:
        """Release feedback."""
        wanted = [comment.public_id for comment in comments]
        feedback.release_feedback(self.session, actor=actor, comment_ids=wanted, now=now)
        self.session.commit()


def rows(database: Database, statement: Select[Any]) -> list[Any]:
    """What a query finds, read beside whoever writes."""
    with database.reading() as reading:
        return list(reading.scalars(statement))


def told(database: Database, actor: Actor, now: datetime) -> list[Notice]:
    """The notices somebody would see at that moment."""
    with database.reading() as reading:
        return list(unseen(reading, actor, now))
