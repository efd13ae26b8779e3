"""Telling people what happened, and what they have read of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ethics import outbox
from ethics.errors import Invalid, NotFound
from ethics.notices.kinds import HOURS, NOWHERE, TALK, TOPICS, WEEKDAYS, Rhythm, Topic, rhythms_of
from ethics.notices.models import Notice, NoticeSettings
from ethics.notices.queries import plans
from ethics.people.actor import Actor
from ethics.people.models import User

DIGEST = "digest"


def tell(
    session: Session,
    *,
    user_id: int,
    kind: str,
    now: datetime,
    due_at: datetime | None = None,
    zone: str = NOWHERE,
    **subject: str,
) -> None:
    """Write a notice for one person, shown from `due_at` (or now) on, and plan its mail as they have chosen.

    `subject` is public ids, never a text or name; the first is what notices of this kind are grouped by. `zone` holds
    where the person has set none.
    """
    tell_all(session, user_ids=[user_id], kind=kind, now=now, due_at=due_at, zone=zone, **subject)


def tell_all(
    session: Session,
    *,
    user_ids: Iterable[int],
    kind: str,
    now: datetime,
    due_at: datetime | None = None,
    zone: str = NOWHERE,
    **subject: str,
) -> None:
    """Write the same notice for several people, in one statement after one that reads what they have chosen."""
    topic, about = TOPICS.get(kind), next(iter(subject.values()), "")
    rows: list[dict[str, Any]] = []
    for user_id, plan in plans(session, user_ids, zone=zone):
        shown_at = plan.due_at(topic, due_at or now)
        rows.append(
            {
                "user_id": user_id,
                "kind": kind,
                "subject": subject,
                "about": about,
                "due_at": shown_at,
                "mail_at": plan.mail_at(topic, shown_at),
                "seen_at": None,
                "created_at": now,
            }
        )
    if rows:
        session.execute(insert(Notice), rows)


def tell_of_comment(
    session: Session,
    *,
    author_id: int,
    answered_id: int | None,
    follower_ids: Iterable[int],
    thread: str,
    comment: str,
    zone: str,
    now: datetime,
) -> None:
    """Tell of a comment in a group's thread: whose comment it answers, and who follows the thread; never its author.

    `thread` and `comment` are public ids, `zone` is the round's. Nothing is shown before each person's next digest:
    the moment of a notice would tell who was writing just then. Who muted the thread must be in neither place.
    """
    answered = {answered_id} - {None, author_id}
    told = {
        "reply": [key for key in answered if key is not None],
        "thread-news": sorted(set(follower_ids) - answered - {author_id}),
    }
    for kind, user_ids in told.items():
        tell_all(session, user_ids=user_ids, kind=kind, now=now, due_at=now, zone=zone, thread=thread, comment=comment)


def tell_once(
    session: Session, *, user_ids: Iterable[int], kind: str, now: datetime, zone: str = NOWHERE, **subject: str
) -> None:
    """Write the same notice for several people, but for who has not seen the last such one yet."""
    chosen = list(user_ids)
    unseen = session.scalars(
        select(Notice).where(Notice.user_id.in_(chosen), Notice.kind == kind, Notice.seen_at.is_(None))
    )
    told = {notice.user_id for notice in unseen if notice.subject == subject}
    others = [user_id for user_id in chosen if user_id not in told]
    tell_all(session, user_ids=others, kind=kind, now=now, due_at=now, zone=zone, **subject)


def take_back(session: Session, *, user_id: int, kind: str, now: datetime, **subject: str) -> bool:
    """Delete a notice that is not due yet, and say whether there was one: what it was about has been undone."""
    return take_back_all(session, user_ids=[user_id], kind=kind, now=now, **subject)


def take_back_all(session: Session, *, user_ids: Iterable[int], kind: str, now: datetime, **subject: str) -> bool:
    """The same for several people."""
    waiting = session.scalars(
        select(Notice).where(Notice.user_id.in_(list(user_ids)), Notice.kind == kind, Notice.due_at > now)
    ).all()
    found = [notice for notice in waiting if notice.subject == subject]
    for notice in found:
        session.delete(notice)
    session.flush()
    return bool(found)


def mark_seen(session: Session, *, actor: Actor, notice_id: str, now: datetime) -> Notice:
    """Note that the actor has read a notice of theirs, and all of its kind about the same thing.

    Again does nothing. Raises NotFound.
    """
    notice = session.scalar(
        select(Notice).where(Notice.public_id == notice_id, Notice.user_id == actor.id, Notice.due_at <= now)
    )
    if notice is None:
        raise NotFound
    _note_seen(session, actor, now, Notice.kind == notice.kind, Notice.about == notice.about, Notice.due_at <= now)
    return notice


def mark_all_seen(session: Session, *, actor: Actor, now: datetime) -> None:
    """Note that the actor has read everything there is."""
    _note_seen(session, actor, now, Notice.due_at <= now)


def mark_unseen(session: Session, *, actor: Actor, seen_at: datetime) -> None:
    """Undo `mark_all_seen`, which was at `seen_at`. The mails that these were planned for go without them."""
    session.execute(update(Notice).where(Notice.user_id == actor.id, Notice.seen_at == seen_at).values(seen_at=None))


def choose(
    session: Session,
    *,
    actor: Actor,
    rhythms: Mapping[str, str],
    hour: int,
    weekday: int,
    zone: str,
    now: datetime,
) -> None:
    """Keep when the actor wants to be written to; what waits for a mail is planned anew.

    `zone` holds where the person has set none. Raises Invalid for a rhythm that its topic does not have.
    """
    for topic, rhythm in rhythms.items():
        if topic not in set(Topic) or rhythm not in rhythms_of(Topic(topic)):
            raise Invalid("unknown-rhythm", topic)
    if hour not in HOURS:
        raise Invalid("unknown-hour", "hour")
    if weekday not in WEEKDAYS:
        raise Invalid("unknown-weekday", "weekday")
    settings = _settings(session, actor.id)
    settings.rhythms, settings.hour, settings.weekday = {**settings.rhythms, **rhythms}, hour, weekday
    session.flush()
    plan_anew(session, user_id=actor.id, zone=zone, now=now)


def stop_mail(session: Session, *, user_id: int, topics: Iterable[Topic]) -> None:
    """Write to somebody about these topics no more; what waits for a mail stays in their list of notices."""
    wanted = set(topics)
    settings = _settings(session, user_id)
    settings.rhythms = {**settings.rhythms, **dict.fromkeys(sorted(wanted), Rhythm.NONE.value)}
    kinds = [kind for kind, topic in TOPICS.items() if topic in wanted]
    session.execute(update(Notice).where(Notice.user_id == user_id, Notice.kind.in_(kinds)).values(mail_at=None))
    session.flush()


def plan_anew(session: Session, *, user_id: int, zone: str, now: datetime) -> None:
    """Plan what waits for its moment as the person has chosen by now. What is due already stays as it is."""
    [(_, plan)] = plans(session, [user_id], zone=zone)
    waiting = session.scalars(
        select(Notice).where(Notice.user_id == user_id, Notice.seen_at.is_(None), Notice.mail_at > now)
    )
    for notice in waiting:
        topic = TOPICS.get(notice.kind)
        if notice.due_at > now:
            notice.due_at = plan.next_digest(now) if topic in TALK else notice.due_at
        notice.mail_at = plan.mail_at(topic, max(notice.due_at, now))
    session.flush()


def post_digests(session: Session, *, now: datetime) -> None:
    """Put a mail for everybody with notices to be written of into the outbox; it is made of them when it is sent.

    Two at once post each once. Who cannot sign in is not written to.
    """
    due = select(Notice.user_id).where(Notice.mail_at <= now)
    people = session.execute(
        select(User.id, User.public_id, User.active, User.password_hash.is_not(None))
        .where(User.id.in_(due))
        .order_by(User.id)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    notices: dict[int, list[str]] = {user_id: [] for user_id, *_ in people}
    chosen = Notice.user_id.in_(list(notices)), Notice.mail_at <= now
    for user_id, notice_id in session.execute(
        select(Notice.user_id, Notice.public_id).where(*chosen).order_by(Notice.id)
    ):
        notices[user_id].append(notice_id)
    session.execute(
        update(Notice).where(*chosen).values(mail_at=None), execution_options={"synchronize_session": False}
    )
    letters = [
        (f"{DIGEST} {notices[user_id][0]}", {"person": public_id, "notices": notices[user_id]})
        for user_id, public_id, active, has_come in people
        if active and has_come and notices[user_id]
    ]
    outbox.post_all(session, kind=DIGEST, letters=letters, due_at=now)


def _note_seen(session: Session, actor: Actor, now: datetime, *conditions: Any) -> None:
    session.execute(
        update(Notice)
        .where(Notice.user_id == actor.id, Notice.seen_at.is_(None), *conditions)
        .values(seen_at=now, mail_at=None)
    )


def _settings(session: Session, user_id: int) -> NoticeSettings:
    settings = session.scalar(select(NoticeSettings).where(NoticeSettings.user_id == user_id).with_for_update())
    if settings is None:
        [(_, plan)] = plans(session, [user_id], zone=NOWHERE)
        settings = NoticeSettings(user_id=user_id, rhythms={}, hour=plan.hour, weekday=plan.weekday)
        session.add(settings)
    return settings
