"""What faculty's desk shows: the queue around one student, what is kept, and what comes beside the reflection."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import gettext

from ethics.db import new_public_id
from ethics.discussions import desk as desks
from ethics.discussions.desk import DeskLine, Draft, InHand, Turn
from ethics.discussions.models import State
from ethics.discussions.snippets import snippets_of
from ethics.errors import NotFound
from ethics.reflections.queries import Reading, reflection_for
from ethics.rounds.gate import Standing
from ethics.rounds.queries import students_in
from ethics.rounds.schedule import next_monday
from ethics.web import loop
from ethics.web.auth import actor
from ethics.web.comments import feedback_shown, title_gone
from ethics.web.conclusions import conclusion_shown
from ethics.web.forms.discussions import FeedbackForm
from ethics.web.passages import PassageShown, passage_shown
from ethics.web.reflections import RevisionOnPage, note_opened
from ethics.web.session import reader
from ethics.web.shown import case_shown, stances_shown, vocabulary
from ethics.web.times import Shown, day, waiting

LONGEST_NOTE = 60
BEFORE, AFTER = 8, 24
"""How many students stand in the queue before and after the one whose reflection is open."""
WAITING = (Turn.ASKED, Turn.NEW, Turn.WAITING)


@dataclass(frozen=True, slots=True)
class PersonInQueue:
    """A student in the queue; what components/queue.html reads."""

    name: str
    note: str
    url: str
    current: bool
    asks: bool


@dataclass(frozen=True, slots=True)
class QueueGroup:
    """A part of the queue; `count` is of all its students, those too who do not stand in it now."""

    title: str
    count: int
    waiting: bool
    people: list[PersonInQueue]


@dataclass(frozen=True, slots=True)
class CommentOnDesk:
    """What the student wrote in a thread of the group."""

    thread: str
    url: str
    day: Shown
    html: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class DraftOnDesk:
    """Feedback of one's own that its writer cannot read yet."""

    draft: Draft
    passage: PassageShown | None
    released: Shown | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A student whom one has answered, and not released it."""

    reflection_id: str
    name: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Answering:
    """Which colleague is answering the same student, and since when."""

    name: str
    since: Shown


def blank_form(at: Standing, drafts: Iterable[Draft], remark_id: str | None) -> FeedbackForm:
    """The form as what is kept fills it in; with `remark_id` the draft at that passage."""
    whole = next((draft for draft in drafts if _is_on_whole(draft)), None)
    remark = next((draft for draft in drafts if draft.passage and draft.public_id == remark_id), None)
    values = {
        "text": whole.source if whole else "",
        "version": whole.version if whole else 0,
        "remark_id": remark.public_id if remark else new_public_id(),
        "remark_version": remark.version if remark else 0,
        "remark": remark.source if remark else "",
        "quotation": remark.passage.anchor.exact if remark and remark.passage else "",
        "release_at": next_monday(at.now, at.round.zone),
    }
    return FeedbackForm(formdata=None, data=values)


def desk_page(
    at: Standing,
    lines: Sequence[DeskLine],
    chosen: str,
    form: FeedbackForm | None,
    *,
    remark_id: str | None = None,
) -> str:
    """The desk, whose `lines` these are, with one reflection open; `form` could not be taken. Raises NotFound.

    That it was opened is noted, unless a form comes back.
    """
    reading = reflection_for(reader(), actor(), chosen)
    if not isinstance(reading, Reading) or reading.round_id != at.round.public_id:
        raise NotFound
    hands = desks.in_hand(reader(), actor(), at)
    drafts = desks.own_drafts(reader(), actor(), chosen, now=at.now)
    student = next(iter(students_in(reader(), actor(), at, only=reading.writer_id)), None)
    texts = reading.revisions[0].texts
    page = {
        "at": at,
        "case": case_shown(at),
        "reading": reading,
        "revisions": [RevisionOnPage(one, loop.shown(at, one.submitted_at)) for one in reading.revisions],
        "facts": _facts(at, reading, student.group if student else None, student.profession if student else None),
        "positions": stances_shown(at, student.participation.id) if student and student.participation else [],
        "comments": _comments(at, student.user_id) if student else [],
        "queue": _queue(at, lines, hands, chosen),
        "all": len(lines),
        "drafts": [_on_desk(at, draft, texts) for draft in drafts if not _is_on_whole(draft) or draft.released_at],
        "has_draft": next((draft for draft in drafts if _is_on_whole(draft)), None),
        "kept": _kept(hands, reading, chosen),
        "answering": _answering(at, hands, chosen),
        "form": form or blank_form(at, drafts, remark_id),
        "snippets": snippets_of(reader(), actor()),
        "conclusion": conclusion_shown(at, reading),
        "feedback": feedback_shown(at, chosen, texts),
    }
    if form is None:
        note_opened(reading)
    return render_template("review/review.html", **page)


def _is_on_whole(draft: Draft) -> bool:
    return draft.passage is None and draft.note is None and draft.released_at is None


def _on_desk(at: Standing, draft: Draft, texts: Mapping[str, str]) -> DraftOnDesk:
    return DraftOnDesk(
        draft,
        passage_shown(texts, draft.passage) if draft.passage else None,
        loop.shown(at, draft.released_at) if draft.released_at else None,
    )


def _kept(hands: Iterable[InHand], reading: Reading, chosen: str) -> list[Kept]:
    """Whom the reader can release to; first the student whose reflection is open, whether or not anything is kept."""
    others = {
        hand.reflection_id: Kept(hand.reflection_id, hand.student, is_current=False)
        for hand in hands
        if hand.is_own and hand.released_at is None and hand.reflection_id != chosen
    }
    return [Kept(chosen, reading.writer, is_current=True), *others.values()]


def _answering(at: Standing, hands: Iterable[InHand], chosen: str) -> list[Answering]:
    since: dict[str, InHand] = {}
    for hand in hands:
        if hand.reflection_id == chosen and not hand.is_own:
            since.setdefault(hand.author, hand)
    return [Answering(name, loop.shown(at, hand.since)) for name, hand in since.items()]


def _facts(at: Standing, reading: Reading, group: str | None, profession: str | None) -> str:
    known = vocabulary().professions.get(profession or "")
    alias = gettext("%(alias)s to the group", alias=reading.alias) if reading.alias and at.round.aliases else None
    facts = (known.name if known else profession, group, alias, at.round.framework["name"])
    return " · ".join(str(fact) for fact in facts if fact)


def _comments(at: Standing, user_id: int) -> list[CommentOnDesk]:
    return [
        CommentOnDesk(
            line.thread or title_gone(State.WITHDRAWN),
            url_for("discussions.comment", comment_id=line.public_id),
            day(line.created_at, zone=at.round.zone, today=at.now),
            line.html,
            State.HIDDEN if line.state is State.HIDDEN else None,
        )
        for line in desks.comments_of(reader(), actor(), at, user_id)
    ]


def _queue(at: Standing, lines: Sequence[DeskLine], hands: Iterable[InHand], chosen: str) -> list[QueueGroup]:
    """The students around the one who is open, and whoever waits longest: words for a row cost as much as the row."""
    titles = {
        Turn.ASKED: gettext("Asked you something"),
        Turn.NEW: gettext("Not answered yet"),
        Turn.WAITING: gettext("Wrote again"),
        Turn.KEPT: gettext("Kept, not released"),
        Turn.ANSWERED: gettext("Answered"),
    }
    here = next((place for place, line in enumerate(lines) if line.reflection_id == chosen), 0)
    shown = list(lines[max(here - BEFORE, 0) : here + AFTER])
    first = next((line for line in lines if line.turn in WAITING and line.reflection_id != chosen), None)
    if first is not None and first not in shown:
        shown.insert(0, first)
    busy = {hand.reflection_id: hand.author for hand in hands if not hand.is_own and hand.released_at is None}
    counts = {turn: sum(1 for line in lines if line.turn is turn) for turn in Turn}
    # One address is built, the others differ in the id alone: forty of them cost more than the statement.
    pattern = desk_url(at.round.public_id, "ID")
    return [
        QueueGroup(
            title,
            counts[turn],
            turn in WAITING,
            [
                PersonInQueue(
                    line.name,
                    _note(at, line, busy.get(line.reflection_id)),
                    pattern.replace("ID", line.reflection_id),
                    line.reflection_id == chosen,
                    turn is Turn.ASKED,
                )
                for line in shown
                if line.turn is turn
            ],
        )
        for turn, title in titles.items()
    ]


def _note(at: Standing, line: DeskLine, colleague: str | None) -> str:
    if colleague and line.turn in WAITING:
        return str(gettext("%(name)s is answering", name=colleague))
    if line.turn is Turn.ASKED:
        asked = " ".join(line.asked.split())
        return f"“{asked if len(asked) <= LONGEST_NOTE else asked[: LONGEST_NOTE - 1].rstrip() + '…'}”"
    if line.turn in {Turn.NEW, Turn.WAITING}:
        words = gettext("waiting %(time)s", time=waiting(line.waiting_since, now=at.now))
        return str(gettext("%(waiting)s · late", waiting=words) if line.late else words)
    if line.turn is Turn.KEPT:
        return str(gettext("only you can read it"))
    if line.answered_at and line.answered_at > at.now:
        return str(gettext("released %(time)s", time=loop.shown(at, line.answered_at).text))
    return str(gettext("revised %(count)s times", count=line.revisions - 1) if line.revisions > 1 else "")


def desk_url(round_id: str, reflection_id: str) -> str:
    """Where the desk opens with this reflection."""
    return url_for("review.review", round_id=round_id, reflection=reflection_id)
