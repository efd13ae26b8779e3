"""Faculty's desk: whom to answer, the whole reflection, and the answer beside it."""

from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

from flask import Blueprint, flash, jsonify, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.differences import Stretch, words_between
from ethics.discussions import desk as desks
from ethics.discussions import feedback, outcomes, rules, snippets
from ethics.discussions.answer_models import Wish
from ethics.discussions.models import Comment
from ethics.discussions.posts import Current
from ethics.errors import Conflict, Invalid, NotFound
from ethics.markup import Rendered
from ethics.reflections.queries import ASKED, Reading, RevisionShown, reflection_for
from ethics.rounds.gate import Standing, standing
from ethics.rounds.schedule import to_utc
from ethics.vocabulary.frameworks import prompts_of
from ethics.web import kept
from ethics.web.auth import actor, signed_in
from ethics.web.comments import rendered_post
from ethics.web.desk import WAITING, desk_page, desk_url
from ethics.web.forms.discussions import FeedbackForm
from ethics.web.loop import shown, standing_here
from ethics.web.messages import say
from ethics.web.reflections import RevisionOnPage
from ethics.web.session import now, perform, reader, writing
from ethics.web.shown import case_shown
from ethics.web.times import clock_time
from ethics.web.toasts import undoable

blueprint = Blueprint("review", __name__)

INSERT = "insert-"
STALE_REMARK = "stale-remark"

say(
    {
        "choose-a-time": lazy_gettext("Choose when its writer can read it. What you wrote is kept."),
        "no-time-to-come": lazy_gettext(
            "That time is over, or more than a year away. What you wrote is kept; choose another time."
        ),
        "asked-before": lazy_gettext("This reflection was asked to be revised once already. Once is enough."),
    }
)


@blueprint.get("/rounds/<string:round_id>/review")
@signed_in
def review(round_id: str) -> str:
    """The desk: `reflection` says whose, else who waits longest; `remark` names a draft at a passage to go on with."""
    at = _as_faculty(round_id)
    lines = desks.desk(reader(), actor(), at)
    chosen = request.args.get("reflection") or next((line.reflection_id for line in lines), None)
    if chosen is None:
        return render_template("review/empty.html", at=at, case=case_shown(at))
    return desk_page(at, lines, chosen, None, remark_id=request.args.get("remark"))


@blueprint.post("/rounds/<string:round_id>/review")
@signed_in
def answer(round_id: str) -> Response | tuple[str, int]:
    """Keep all that was written about a reflection, and then do what the button says."""
    chosen, form = request.args.get("reflection", ""), FeedbackForm()
    if form.validate():
        try:
            return _answer(round_id, chosen, form)
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            return _both_texts(form, error, back=desk_url(round_id, chosen)), 409
    at = _as_faculty(round_id)
    return desk_page(at, desks.desk(reader(), actor(), at), chosen, form), 422


@blueprint.post("/rounds/<string:round_id>/review/draft")
@signed_in
def autosave(round_id: str) -> Response | tuple[Response, int]:
    """Keep what is typed on the desk; answers in JSON, as static/js/modules/autosave.js expects."""
    if kept.writer() != actor().public_id:
        return jsonify(error="signed-out"), 401
    form = FeedbackForm()
    if not form.validate():
        return jsonify(error="invalid"), 422
    texts = _Texts(form)
    with writing() as session:
        zone = standing(session, actor(), round_id, now=now()).round.zone
        whole, remark = texts.keep(session, request.args.get("reflection", ""))
        versions = whole.version if whole else 0, remark.version if remark else 0
    return jsonify(
        saved=clock_time(now(), zone=actor().zone or zone),
        version=versions[0],
        fields={"remark_version": str(versions[1])},
    )


@blueprint.post("/comments/<string:comment_id>/take-back")
@signed_in
def take_back(comment_id: str) -> Response:
    """Make drafts again of what was released together with this comment."""

    def verb(session: Session) -> str:
        comments = feedback.take_back_feedback(session, actor=actor(), comment_id=comment_id, now=now())
        thread = comments[0].thread
        alone = thread.reflection is not None and len({one.thread_id for one in comments}) == 1
        chosen = thread.reflection.public_id if thread.reflection and alone else None
        return url_for("review.review", round_id=thread.round.public_id, reflection=chosen)

    done = perform(verb, actor=actor().public_id)
    flash(gettext("Taken back. Nobody was told, and only you can read it."), "success")
    return done


@blueprint.post("/reflections/<string:reflection_id>/conclusion/take-back")
@signed_in
def take_conclusion_back(reflection_id: str) -> Response:
    """Undo that a revision was asked for, or that the reflection was accepted."""

    def verb(session: Session) -> str:
        round_id = outcomes.take_conclusion_back(session, actor=actor(), reflection_id=reflection_id, now=now())
        return desk_url(round_id, reflection_id)

    done = perform(verb, actor=actor().public_id)
    flash(gettext("Taken back. Nobody was told."), "success")
    return done


@blueprint.get("/reflections/<string:reflection_id>/changes")
@signed_in
def changes(reflection_id: str) -> str:
    """What changed between two revisions, word by word, for their writer and for faculty: the newest two, or others."""
    reading = reflection_for(reader(), actor(), reflection_id)
    if not isinstance(reading, Reading) or len(reading.revisions) < 2:  # noqa: PLR2004  # there are two to compare
        raise NotFound
    numbers = [revision.number for revision in reading.revisions]
    newer = _numbered(reading, request.args.get("to", numbers[0], type=int))
    older = _numbered(reading, request.args.get("from", max(newer.number - 1, 1), type=int))
    at = standing_here(reading.round_id)
    return render_template(
        "review/changes.html",
        reading=reading,
        numbers=numbers,
        older=RevisionOnPage(older, shown(at, older.submitted_at)),
        newer=RevisionOnPage(newer, shown(at, newer.submitted_at)),
        changed=_changed(at, older, newer),
        back=url_for("reflections.reflection", reflection_id=reflection_id)
        if reading.is_own
        else desk_url(reading.round_id, reflection_id),
    )


def _numbered(reading: Reading, number: int) -> RevisionShown:
    found = next((revision for revision in reading.revisions if revision.number == number), None)
    if found is None:
        raise NotFound
    return found


def _changed(at: Standing, older: RevisionShown, newer: RevisionShown) -> list[tuple[str, list[Stretch]]]:
    """The prompts whose answers differ, each with how one became the other."""
    framework = at.round.framework
    labels = {
        **{prompt["key"]: prompt["label"] for prompt in prompts_of(framework)},
        ASKED: framework["closing"]["label"],
    }
    before, after = (
        {**{answer.prompt: answer.source for answer in one.answers}, ASKED: one.asked} for one in (older, newer)
    )
    return [
        (label, words_between(before.get(key, ""), after.get(key, "")))
        for key, label in labels.items()
        if before.get(key, "") != after.get(key, "")
    ]


@blueprint.post("/comments/<string:comment_id>/taken-up")
@signed_in
def take_up(comment_id: str) -> Response:
    """The writer of a reflection says that they have taken up what was said of it, or not yet."""
    taken = request.form.get("taken") != "no"

    def verb(session: Session) -> str:
        comment = outcomes.take_up(session, actor=actor(), comment_id=comment_id, taken=taken, now=now())
        reflection = comment.thread.reflection.public_id if comment.thread.reflection else ""
        return url_for("reflections.reflection", reflection_id=reflection, _anchor=f"comment-{comment_id}")

    return perform(verb, actor=actor().public_id)


class _Texts:
    """What was typed on the desk, rendered before the transaction begins."""

    def __init__(self, form: FeedbackForm) -> None:
        self.text, self.version = form.text.data or "", form.version.data or 0
        self.remark, self.remark_version = form.remark.data or "", form.remark_version.data or 0
        self.place = feedback.Remark(
            form.remark_id.data or "",
            form.quotation.data or "",
            form.part.data or "",
            form.before.data or "",
            self.remark_version,
        )
        self._html: dict[str, Rendered] = {text: rendered_post(text) for text in {self.text, self.remark}}

    def keep(self, session: Session, reflection_id: str) -> tuple[Comment | None, Comment | None]:
        """Keep the text on the whole and the one at a passage, each where there is one."""
        whole = remark = None
        feedback.reflection_to_answer(session, actor(), reflection_id, now())
        if self.text.strip() or self.version:
            whole = feedback.draft_feedback(
                session,
                actor=actor(),
                reflection_id=reflection_id,
                source=self.text,
                rendered=self._html[self.text],
                version=self.version,
                now=now(),
            )
        if self.remark.strip() or self.remark_version or self.place.quotation.strip():
            remark = self._keep_remark(session, reflection_id)
        return whole, remark

    def _keep_remark(self, session: Session, reflection_id: str) -> Comment:
        try:
            return feedback.draft_remark(
                session,
                actor=actor(),
                reflection_id=reflection_id,
                remark=self.place,
                source=self.remark,
                rendered=self._html[self.remark],
                now=now(),
            )
        except Invalid as error:
            raise Invalid(error.code, "remark" if error.field == "text" else error.field) from None
        except Conflict as error:
            raise Conflict(STALE_REMARK, error.current) from None


def _answer(round_id: str, chosen: str, form: FeedbackForm) -> Response:
    then, ticked = request.form.get("then", "keep"), set(request.form.getlist("release"))
    if then.startswith(INSERT):
        form.text.data = _with_snippet(form.text.data or "", then.removeprefix(INSERT))
    texts = _Texts(form)
    said: list[Callable[[], object]] = []

    def verb(session: Session) -> str:
        said.clear()
        texts.keep(session, chosen)
        at = standing(session, actor(), round_id, now=now())
        mine = [hand for hand in desks.in_hand(session, actor(), at) if hand.is_own and hand.released_at is None]
        match then:
            case "release" | "release-at" | "release-all":
                wanted = [one.comment_id for one in mine if then == "release-all" or one.reflection_id in ticked]
                if not wanted:
                    _nothing_written()
                time = _release_time(at, form) if then == "release-at" else None
                done = feedback.release_feedback(session, actor=actor(), comment_ids=wanted, at_time=time, now=now())
                said.append(lambda: _say_released(at, done, time))
            case "revise" | "accept":
                wish = Wish.REVISE if then == "revise" else Wish.ACCEPTED
                outcomes.conclude(
                    session,
                    actor=actor(),
                    reflection_id=chosen,
                    wish=wish,
                    reason=form.reason.data or "",
                    now=now(),
                )
                said.append(lambda: _say_concluded(chosen, wish))
            case _:
                if not any(hand.reflection_id == chosen for hand in mine):
                    _nothing_written()
                said.append(lambda: flash(gettext("Kept. Only you can read it until you release it."), "success"))
        return _next_url(session, at, chosen) if then == "next" else desk_url(round_id, chosen)

    done = perform(verb, actor=actor().public_id)
    for words in said:
        words()
    return done


def _nothing_written() -> NoReturn:
    raise Invalid("required", "text")


def _with_snippet(text: str, snippet_id: str) -> str:
    words = next((one.text for one in snippets.snippets_of(reader(), actor()) if one.public_id == snippet_id), None)
    if words is None:
        raise NotFound
    return f"{text.rstrip()}\n\n{words}".lstrip("\n")


def _release_time(at: Standing, form: FeedbackForm) -> datetime:
    if form.release_at.data is None:
        raise Invalid("choose-a-time", "release_at")
    moment = to_utc(form.release_at.local, at.round.zone)
    refusal = rules.refuses_release_at(at, moment)
    if refusal:
        raise Invalid(refusal, "release_at")
    return moment


def _as_faculty(round_id: str) -> Standing:
    at = standing_here(round_id)
    if not at.is_faculty:
        raise NotFound
    return at


def _next_url(session: Session, at: Standing, chosen: str) -> str:
    """The desk with whoever waits longest; with the same student when nobody does."""
    others = (line for line in desks.desk(session, actor(), at) if line.turn in WAITING)
    following = next((line.reflection_id for line in others if line.reflection_id != chosen), chosen)
    return desk_url(at.round.public_id, following)


def _say_released(at: Standing, released: list[Comment], time: datetime | None) -> None:
    if not released:
        flash(gettext("There was nothing to release."), "success")
        return
    count = len({comment.thread_id for comment in released})
    if time is None:
        words = ngettext(
            "Released. Its writer is told in ten minutes.",
            "%(num)s answers released. Their writers are told in ten minutes.",
            count,
        )
    else:
        words = ngettext(
            "Its writer can read it from %(time)s on, and is told ten minutes later.",
            "The writers of %(num)s reflections can read them from %(time)s on, and are told ten minutes later.",
            count,
            time=shown(at, time).text,
        )
    undoable(words, url_for("review.take_back", comment_id=released[0].public_id))


def _say_concluded(reflection_id: str, wish: Wish) -> None:
    words = (
        gettext("Asked for one revision. Its writer is told in ten minutes.")
        if wish is Wish.REVISE
        else gettext("Accepted. Its writer is told in ten minutes.")
    )
    undoable(words, url_for("review.take_conclusion_back", reflection_id=reflection_id))


def _both_texts(form: FeedbackForm, error: Conflict, *, back: str) -> str:
    """The page for a draft that changed meanwhile: what was typed beside what is kept, and a choice."""
    if not isinstance(error.current, Current):
        raise TypeError("a conflict of drafts carries the text that stands")
    is_remark = error.code == STALE_REMARK
    field = form.remark if is_remark else form.text
    known = {field.name, "version", "then", "idempotency_key"} | ({"remark_version"} if is_remark else set())
    others = [one for one in kept.typed() if one.name not in known]
    if is_remark:
        others.append(kept.Typed("remark_version", str(error.current.version)))
    return render_template(
        "errors/conflict.html",
        texts=[{"name": field.name, "label": field.label.text, "mine": field.data, "theirs": error.current.source}],
        fields=others,
        version=(form.version.data or 0) if is_remark else error.current.version,
        action=request.full_path.rstrip("?"),
        back=back,
    )
