"""Faculty's desk: whom to answer, the whole reflection, and the answer beside it."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.discussions import desk as desks
from ethics.discussions import feedback
from ethics.discussions.desk import DeskLine, Draft, Turn
from ethics.discussions.models import State
from ethics.errors import Conflict, Invalid, NotFound
from ethics.reflections.queries import Reading, reflection_for
from ethics.rounds.gate import Standing, standing
from ethics.rounds.queries import students_in
from ethics.web import loop
from ethics.web.auth import actor, signed_in
from ethics.web.comments import feedback_shown, rendered_post, two_versions
from ethics.web.forms.discussions import FeedbackForm
from ethics.web.loop import standing_here
from ethics.web.reflections import RevisionOnPage, note_opened
from ethics.web.session import now, perform, reader
from ethics.web.shown import case_shown, stances_shown, vocabulary
from ethics.web.times import Shown, day, waiting
from ethics.web.toasts import undoable

blueprint = Blueprint("review", __name__)

LONGEST_NOTE = 60
_WAITING = (Turn.ASKED, Turn.NEW, Turn.WAITING)


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
    """A part of the queue."""

    title: str
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


@blueprint.get("/rounds/<string:round_id>/review")
@signed_in
def review(round_id: str) -> str:
    """The desk: `reflection` says whose, else it is who waits longest."""
    at = _as_faculty(round_id)
    lines = desks.desk(reader(), actor(), at)
    chosen = request.args.get("reflection") or (lines[0].reflection_id if lines else None)
    if chosen is None:
        return render_template("review/empty.html", at=at, case=case_shown(at))
    draft = desks.own_draft(reader(), actor(), chosen)
    values = {"text": draft.source, "version": draft.version} if draft else {}
    return _desk_page(at, chosen, FeedbackForm(formdata=None, data=values), lines, draft, opened=True)


@blueprint.post("/rounds/<string:round_id>/review")
@signed_in
def answer(round_id: str) -> Response | tuple[str, int]:
    """Keep what was written about a reflection, keep it and go on, or release it: the button says which."""
    chosen, then = request.args.get("reflection", ""), request.form.get("then", "keep")
    form = FeedbackForm()
    if form.validate():
        text = form.text.data or ""
        rendered = rendered_post(text)
        released: list[str] = []

        def verb(session: Session) -> str:
            draft = feedback.draft_feedback(
                session,
                actor=actor(),
                reflection_id=chosen,
                source=text,
                rendered=rendered,
                version=form.version.data or 0,
                now=now(),
            )
            if then == "release":
                feedback.release_feedback(session, actor=actor(), comment_ids=[draft.public_id], now=now())
                released.append(draft.public_id)
            return _next_url(session, round_id, chosen) if then == "next" else _url(round_id, chosen)

        try:
            done = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            return two_versions(text, error.current, back=_url(round_id, chosen)), 409
        else:
            _say_kept_or_released(released)
            return done
    at = _as_faculty(round_id)
    lines, own = desks.desk(reader(), actor(), at), desks.own_draft(reader(), actor(), chosen)
    return _desk_page(at, chosen, form, lines, own, opened=False), 422


@blueprint.post("/rounds/<string:round_id>/review/release")
@signed_in
def release(round_id: str) -> Response:
    """Release everything the form names: what one has kept in this round."""
    _as_faculty(round_id)
    wanted = request.form.getlist("comment")
    released: list[str] = []

    def verb(session: Session) -> str:
        comments = feedback.release_feedback(session, actor=actor(), comment_ids=wanted, now=now())
        released.extend(comment.public_id for comment in comments)
        return url_for("review.review", round_id=round_id)

    done = perform(verb, actor=actor().public_id)
    if released:
        _say_kept_or_released(released)
    return done


@blueprint.post("/comments/<string:comment_id>/take-back")
@signed_in
def take_back(comment_id: str) -> Response:
    """Make drafts again of what was just released, together with this comment."""

    def verb(session: Session) -> str:
        comments = feedback.take_back_feedback(session, actor=actor(), comment_id=comment_id, now=now())
        thread = comments[0].thread
        reflection = thread.reflection.public_id if thread.reflection and len(comments) == 1 else None
        return url_for("review.review", round_id=thread.round.public_id, reflection=reflection)

    done = perform(verb, actor=actor().public_id)
    flash(gettext("Taken back. Nobody was told, and only you can read it."), "success")
    return done


def _as_faculty(round_id: str) -> Standing:
    at = standing_here(round_id)
    if not at.is_faculty:
        raise NotFound
    return at


def _desk_page(
    at: Standing, chosen: str, form: FeedbackForm, lines: list[DeskLine], draft: Draft | None, *, opened: bool
) -> str:
    reading = reflection_for(reader(), actor(), chosen)
    if not isinstance(reading, Reading) or reading.round_id != at.round.public_id:
        raise NotFound
    if opened:
        note_opened(reading)
    student = next(iter(students_in(reader(), actor(), at, only=reading.writer_id)), None)
    kept = [line.draft_id for line in lines if line.draft_id]
    return render_template(
        "review/review.html",
        at=at,
        case=case_shown(at),
        reading=reading,
        revisions=[RevisionOnPage(revision, loop.shown(at, revision.submitted_at)) for revision in reading.revisions],
        facts=_facts(at, reading, student.group if student else None, student.profession if student else None),
        positions=stances_shown(at, student.participation.id) if student and student.participation else [],
        comments=_comments(at, student.user_id) if student else [],
        queue=_queue(at, lines, chosen),
        draft=draft,
        kept=kept,
        form=form,
        action=_url(at.round.public_id, chosen),
        who=gettext(
            "Only you can read this until you release it; then its writer, the tutors of their group and the course "
            "director can, with your name."
        ),
        feedback=feedback_shown(at, chosen),
    )


def _facts(at: Standing, reading: Reading, group: str | None, profession: str | None) -> str:
    known = vocabulary().professions.get(profession or "")
    alias = gettext("%(alias)s to the group", alias=reading.alias) if reading.alias and at.round.aliases else None
    facts = (known.name if known else profession, group, alias, at.round.framework["name"])
    return " · ".join(str(fact) for fact in facts if fact)


def _comments(at: Standing, user_id: int) -> list[CommentOnDesk]:
    return [
        CommentOnDesk(
            line.thread,
            url_for("discussions.comment", comment_id=line.public_id),
            day(line.created_at, zone=at.round.zone, today=at.now),
            line.html,
            State.HIDDEN if line.state is State.HIDDEN else None,
        )
        for line in desks.comments_of(reader(), actor(), at, user_id)
    ]


def _queue(at: Standing, lines: list[DeskLine], chosen: str) -> list[QueueGroup]:
    titles = {
        Turn.ASKED: gettext("Asked you something"),
        Turn.NEW: gettext("Not answered yet"),
        Turn.WAITING: gettext("Wrote again"),
        Turn.KEPT: gettext("Kept, not released"),
        Turn.ANSWERED: gettext("Answered"),
    }
    return [
        QueueGroup(
            title,
            turn in _WAITING,
            [
                PersonInQueue(
                    line.name,
                    _note(at, line),
                    _url(at.round.public_id, line.reflection_id),
                    line.reflection_id == chosen,
                    turn is Turn.ASKED,
                )
                for line in lines
                if line.turn is turn
            ],
        )
        for turn, title in titles.items()
    ]


def _note(at: Standing, line: DeskLine) -> str:
    if line.turn is Turn.ASKED:
        asked = " ".join(line.asked.split())
        return f"“{asked if len(asked) <= LONGEST_NOTE else asked[: LONGEST_NOTE - 1].rstrip() + '…'}”"
    if line.turn in {Turn.NEW, Turn.WAITING}:
        words = gettext("waiting %(time)s", time=waiting(line.waiting_since, now=at.now))
        return str(gettext("%(waiting)s · late", waiting=words) if line.late else words)
    if line.turn is Turn.KEPT:
        return str(gettext("only you can read it"))
    return str(gettext("revised %(count)s times", count=line.revisions - 1) if line.revisions > 1 else "")


def _next_url(session: Session, round_id: str, chosen: str) -> str:
    """The desk with whoever waits longest; with the same student when nobody does."""
    at = standing(session, actor(), round_id, now=now())
    others = (line for line in desks.desk(session, actor(), at) if line.turn in _WAITING)
    return _url(round_id, next((line.reflection_id for line in others if line.reflection_id != chosen), chosen))


def _say_kept_or_released(released: list[str]) -> None:
    if not released:
        flash(gettext("Kept. Only you can read it until you release it."), "success")
        return
    undoable(
        ngettext(
            "Released. Its writer is told in ten minutes.",
            "%(num)s answers released. Their writers are told in ten minutes.",
            len(released),
        ),
        url_for("review.take_back", comment_id=released[0]),
    )


def _url(round_id: str, reflection_id: str) -> str:
    return url_for("review.review", round_id=round_id, reflection=reflection_id)
