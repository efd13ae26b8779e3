"""Looking at a draft before it is published: asking, reading, remarking on passages, and saying what one thinks."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cases import review
from ethics.cases.editing import Desk, desk, desk_to_review
from ethics.cases.review import CommentLine, ReviewLine, Verdict
from ethics.cases.rules import Reader
from ethics.cohorts.queries import directors
from ethics.errors import Conflict, Invalid
from ethics.people.models import Role
from ethics.people.queries import holders_of
from ethics.rounds.gate import students_on
from ethics.web import editor
from ethics.web.auth import actor, signed_in
from ethics.web.library import library_reader
from ethics.web.messages import message, say
from ethics.web.session import now, perform, reader
from ethics.web.times import Shown
from ethics.web.versions import when

blueprint = Blueprint("looking", __name__)

say(
    {
        "nothing-to-review": lazy_gettext("There is no draft yet. Change something first."),
        "cannot-be-asked": lazy_gettext("This person cannot look at this draft. Choose somebody from the list."),
        "asked-already": lazy_gettext("This person has been asked already and has not answered yet."),
        "draft-changed": lazy_gettext("The draft has changed since you read it. Look at it once more, then answer."),
        "no-such-passage": lazy_gettext(
            "This passage does not stand in the draft, or stands there more than once. Quote a little more or less."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ReviewShown:
    """Who was asked, and what came of it."""

    line: ReviewLine
    asked: Shown
    answered: Shown | None


@dataclass(frozen=True, slots=True)
class CommentShown:
    """A comment beside the draft."""

    line: CommentLine
    time: Shown


@blueprint.get("/cases/<string:slug>/review")
@signed_in
def look(slug: str) -> str:
    """The draft, with what is said about it; for its authors and for who was asked."""
    return _page(_desk(slug))


@blueprint.post("/cases/<string:slug>/review")
@signed_in
def ask(slug: str) -> Response | tuple[str, int]:
    """Ask somebody to look."""
    here = desk(reader(), library_reader(), slug)
    wanted = _candidate(here, request.form.get("reviewer", ""))

    def verb(session: Session) -> str:
        if wanted is None:
            raise Invalid("cannot-be-asked", "reviewer")
        review.ask_review(
            session,
            reader=library_reader(),
            slug=slug,
            reviewer=wanted,
            question=request.form.get("question", ""),
            now=now(),
        )
        return url_for("looking.look", slug=slug, _anchor="asked")

    return _done(here, verb, gettext("Asked. You are told when there is an answer."))


@blueprint.post("/cases/<string:slug>/review/answer")
@signed_in
def answer(slug: str) -> Response | tuple[str, int]:
    """Say that the draft is ready, or goes back."""
    here = desk_to_review(reader(), library_reader(), slug)

    def verb(session: Session) -> str:
        review.answer_review(
            session,
            reader=library_reader(),
            slug=slug,
            verdict=Verdict.READY if request.form.get("verdict") == Verdict.READY else Verdict.BACK,
            remark=request.form.get("remark", ""),
            version=request.form.get("version", -1, type=int),
            now=now(),
        )
        return url_for("looking.look", slug=slug, _anchor="asked")

    return _done(here, verb, gettext("Thank you. Whoever asked you is told."))


@blueprint.post("/cases/<string:slug>/review/comments")
@signed_in
def comment(slug: str) -> Response | tuple[str, int]:
    """Remark on a passage."""
    here = desk_to_review(reader(), library_reader(), slug)

    def verb(session: Session) -> str:
        made = review.comment_on_passage(
            session,
            reader=library_reader(),
            slug=slug,
            quotation=request.form.get("quotation", ""),
            text=request.form.get("text", ""),
            now=now(),
        )
        return url_for("looking.look", slug=slug, _anchor=f"comment-{made.public_id}")

    return _done(here, verb, gettext("Your remark stands beside the passage."))


@blueprint.post("/cases/<string:slug>/review/comments/<string:comment_id>/settle")
@signed_in
def settle(slug: str, comment_id: str) -> Response:
    """Mark a remark as dealt with, or open it again."""
    settled = request.form.get("settled", "yes") == "yes"

    def verb(session: Session) -> str:
        review.settle_comment(
            session, reader=library_reader(), slug=slug, comment_id=comment_id, settled=settled, now=now()
        )
        return url_for("looking.look", slug=slug, _anchor=f"comment-{comment_id}")

    return perform(verb, actor=actor().public_id)


def _desk(slug: str) -> Desk:
    who = library_reader()
    return desk(reader(), who, slug) if who.is_author else desk_to_review(reader(), who, slug)


def _done(here: Desk, verb: Callable[[Session], str], said: str) -> Response | tuple[str, int]:
    try:
        led = perform(verb, actor=actor().public_id)
    except (Invalid, Conflict) as error:
        return _page(_desk(here.slug), error), 422 if isinstance(error, Invalid) else 409
    flash(said, "success")
    return led


def _candidates(here: Desk) -> list[Reader]:
    """Who may be asked: other authors, and directors, but nobody who meets the case as a student."""
    if not library_reader().is_author:
        return []
    studying = students_on(reader(), here.case.id, now=now()) if here.case else frozenset()
    authors = {one.id: one for one in holders_of(reader(), Role.AUTHOR)}
    directing = {one.id: one for one in directors(reader())}
    everybody = sorted({**directing, **authors}.values(), key=lambda one: (one.name, one.id))
    return [
        Reader(one, teaches=one.id in directing, studies=frozenset())
        for one in everybody
        if one.id != actor().id and one.id not in studying
    ]


def _candidate(here: Desk, public_id: str) -> Reader | None:
    return next((one for one in _candidates(here) if one.actor.public_id == public_id), None)


def _page(here: Desk, refused: Invalid | Conflict | None = None) -> str:
    who = library_reader()
    file = editor.file_of(here, here.source)
    lines = review.reviews_of(reader(), who, here.draft) if here.draft else []
    field = (refused.field or "") if isinstance(refused, Invalid) else ""
    return render_template(
        "editor/review.html",
        here=here,
        title=file.case.front.title if file.case.front else here.slug,
        page=editor.page_of(here, file, ""),
        source=here.source,
        reviews=[
            ReviewShown(line, when(line.asked_at), when(line.answered_at) if line.answered_at else None)
            for line in lines
        ],
        own=next((line for line in lines if line.is_own and not line.verdict and not line.published_number), None),
        comments=[CommentShown(line, when(line.created_at)) for line in review.comments_on(reader(), who, here)],
        candidates=[one.actor for one in _candidates(here)],
        is_author=who.is_author,
        refused=message(refused.code) if refused else "",
        refused_field=field,
        typed={name: request.form.get(name, "") for name in ("question", "remark", "quotation", "text", "reviewer")},
    )
