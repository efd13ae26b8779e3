"""A round in which Ana, Ben and Dee (group 1) and Chi (group 2) have met the others, and what they write."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ethics.discussions import actions
from ethics.discussions.models import Comment, Thread
from ethics.markup import Rendered
from ethics.people.actor import Actor
from ethics.reflections import actions as reflections
from ethics.reflections.models import About, Draft, Reflection
from ethics.rounds.models import Audience
from tests.clock import START
from tests.rounds_cast import RoundCast, build_round, meet


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
            version=0,
            now=now,
        )
        self.session.commit()
        return made

    def draft(self, actor: Actor, reflection: Reflection, text: str, *, version: int = 0) -> Comment:
        """Draft feedback."""
        made = actions.draft_feedback(
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
        actions.release_feedback(self.session, actor=actor, comment_ids=wanted, now=now)
        self.session.commit()


@pytest.fixture
def round_cast(session: Session) -> RoundCast:
    """The class; all four students have met the others."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.dee, cast.chi):
        meet(session, cast, person)
    session.commit()
    return cast


@pytest.fixture
def talk(session: Session, round_cast: RoundCast) -> Talk:
    """What they may write."""
    return Talk(session, round_cast)
