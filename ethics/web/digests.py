"""The mail that says what happened: made at the moment it is sent, of what its reader may still see and has not seen.

It names cases, and nothing that anybody wrote: no title of a thread, no name, no alias, no moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app
from flask_babel import get_locale
from sqlalchemy.orm import Session

from ethics import mail
from ethics.config import Settings
from ethics.insights.news import News, new_to
from ethics.notices.kinds import TOPICS, Topic
from ethics.notices.queries import to_mail
from ethics.outbox import Handler
from ethics.people.actor import Actor
from ethics.people.models import Role, User
from ethics.people.queries import find_person, roles_of
from ethics.web.forms.notices import TOPIC_NAMES
from ethics.web.mail import public_url, write
from ethics.web.notices import place_of, text_of, unsubscribe_token
from ethics.web.session import database

# A mail has no sheet beside it; where its reader's program takes none, it is plain and reads as well.
_STYLE = """
body { margin: 0; padding: 24px; background: #fbf8f2; color: #23201b; font: 16px/1.5 Georgia, serif; }
main { max-width: 34em; margin: 0 auto; }
h1 { font-size: 20px; font-weight: 600; }
ul { padding: 0; list-style: none; }
li { padding: 10px 0; border-top: 1px solid #ddd5c6; }
a { color: #1d5a63; }
.quiet { color: #645d52; font-size: 14px; }
@media (prefers-color-scheme: dark) {
body { background: #16191c; color: #e6e2da; }
li { border-color: #3a3f44; }
a { color: #8cc7d0; }
.quiet { color: #a8a297; }
}
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the mail: what happened, on which case, and where it stands."""

    text: str
    case: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A digest that is ready to be sent."""

    to: str
    subject: str
    text: str
    html: str
    unsubscribe: str


def handler(app: Flask) -> Handler:
    """What sends the outbox's deliveries of the kind "digest": `person` and `notices` by their public ids.

    Where no mail server is set, a digest counts as done: what it would have said stands behind the bell.
    """

    def send(payload: dict[str, Any]) -> None:
        with app.app_context():
            settings = cast("Settings", current_app.config["ETHICS"])
            letter = _letter(payload["person"], payload["notices"]) if settings.mail_url else None
            if letter is not None:
                mail.send(
                    settings.mail_url,
                    sender=settings.mail_from,
                    to=letter.to,
                    subject=letter.subject,
                    text=letter.text,
                    html=letter.html,
                    unsubscribe=letter.unsubscribe,
                )

    return send


def _letter(person: str, notice_ids: Sequence[str]) -> Letter | None:
    """The digest of these notices; None where nothing of it is left to say, or its reader cannot sign in."""
    with database().reading() as session:
        user = find_person(session, person)
        items = _left(session, user, notice_ids) if user.active else []
    if not items:
        return None
    topics = sorted({topic for item in items if (topic := TOPICS.get(item.kind))}, key=list(Topic).index)
    stop = public_url("notices.ask_unsubscribe", token=unsubscribe_token(person, topics))
    values = {
        "name": user.name,
        "count": len(items),
        "entries": [_entry(item) for item in items],
        "topics": [str(TOPIC_NAMES[topic]) for topic in topics],
        "stop": stop,
        "choices": public_url("notices.choices"),
    }
    subject, text = write(about="digest", **values)
    page = current_app.jinja_env.get_template("email/digest.html")
    html = page.render(style=_STYLE, language=str(get_locale() or "en"), **values)
    return Letter(user.email, subject, text, html, stop)


def _left(session: Session, user: User, notice_ids: Sequence[str]) -> list[News]:
    """What there is to say. In an order that does not tell who was writing before whom."""
    roles = frozenset(Role(role) for role in roles_of(session, user))
    actor = Actor(user.id, user.public_id, user.name, roles, user.zone)
    items = new_to(session, actor, to_mail(session, actor, notice_ids), now=current_app.extensions["ethics.clock"]())
    order = list(TOPICS)
    return sorted(items, key=lambda item: (order.index(item.kind), item.thing.case, item.notice_id))


def _entry(item: News) -> Entry:
    place = place_of(item.kind, item.subject)
    return Entry(text_of(item), item.thing.case, public_url(place.endpoint, **place.values))
