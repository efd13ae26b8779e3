"""What faculty do to order a group's threads: lock, pin and move."""

from flask import Blueprint, render_template, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from ethics.discussions import arranging, queries, rules, waiting
from ethics.discussions.matters import standing_acts
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.moderation_models import Act
from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.web.auth import actor, signed_in
from ethics.web.comments import place_after, place_of, rendered_post, title_gone
from ethics.web.forms.base import choices
from ethics.web.forms.moderation import LockForm, MoveForm
from ethics.web.loop import standing_here
from ethics.web.messages import say
from ethics.web.moderation import perform_undoable
from ethics.web.session import now, reader

blueprint = Blueprint("arranging", __name__)

say(
    {
        "thread-locked": lazy_gettext("This thread is locked: it can be read, and nobody writes in it."),
        "locked-already": lazy_gettext("This thread is locked already."),
        "pinned-already": lazy_gettext("This thread is pinned already."),
        "move-where": lazy_gettext("Choose a thread of the same group."),
    }
)


@blueprint.get("/threads/<string:thread_id>/arrange")
@signed_in
def arrange(thread_id: str) -> str:
    """What can be done to a thread."""
    return _page(_thread(thread_id), LockForm(formdata=None), MoveForm(formdata=None))


@blueprint.post("/threads/<string:thread_id>/lock")
@signed_in
def lock(thread_id: str) -> Response | tuple[str, int]:
    """Make a thread read only."""
    form = LockForm()
    if form.validate():
        try:
            return perform_undoable(
                lambda session: arranging.lock_thread(
                    session, actor=actor(), thread_id=thread_id, reason=form.reason.data or "", now=now()
                ),
                gettext("Locked. The group reads why."),
                lambda _session: url_for("discussions.thread", thread_id=thread_id),
            )
        except Invalid as error:
            form.refuse(error)
    return _page(_thread(thread_id), form, MoveForm(formdata=None)), 422


@blueprint.post("/threads/<string:thread_id>/pin")
@signed_in
def pin(thread_id: str) -> Response:
    """Let a thread stand before the others."""
    return perform_undoable(
        lambda session: arranging.pin_thread(session, actor=actor(), thread_id=thread_id, now=now()),
        gettext("Pinned. It stands before the others."),
        lambda _session: url_for("discussions.thread", thread_id=thread_id),
    )


@blueprint.post("/threads/<string:thread_id>/move")
@signed_in
def move(thread_id: str) -> Response | tuple[str, int]:
    """Move all of a thread to the end of another one."""
    form = MoveForm()
    to = form.to.data or ""
    source = gettext(
        "This went on [in another thread](%(url)s).", url=url_for("discussions.thread", thread_id=to or "-")
    )
    rendered = rendered_post(source)
    if form.validate():
        try:
            return perform_undoable(
                lambda session: arranging.move_thread(
                    session,
                    actor=actor(),
                    thread_id=thread_id,
                    to=_target(to),
                    source=source,
                    rendered=rendered,
                    now=now(),
                ),
                gettext("Moved. In its place stands where to."),
                lambda _session: url_for("discussions.thread", thread_id=thread_id),
            )
        except Invalid as error:
            form.refuse(error)
    return _page(_thread(thread_id), LockForm(formdata=None), form), 422


@blueprint.get("/comments/<string:comment_id>/move")
@signed_in
def choose(comment_id: str) -> str:
    """Choose where a comment belongs."""
    return _comment_page(_comment(comment_id), MoveForm(formdata=None))


@blueprint.post("/comments/<string:comment_id>/move")
@signed_in
def move_comment(comment_id: str) -> Response | tuple[str, int]:
    """Move a comment to the end of another thread."""
    form = MoveForm()
    url = url_for("discussions.comment", comment_id=comment_id)
    source = gettext("A comment that stood here is [in another thread](%(url)s) now.", url=url)
    rendered = rendered_post(source)
    if form.validate():
        try:
            return perform_undoable(
                lambda session: arranging.move_comment(
                    session,
                    actor=actor(),
                    comment_id=comment_id,
                    to=_target(form.to.data or ""),
                    source=source,
                    rendered=rendered,
                    now=now(),
                ),
                gettext("Moved. In its place stands where to, and its author is told in ten minutes."),
                lambda session: place_after(session, comment_id),
            )
        except Invalid as error:
            form.refuse(error)
    return _comment_page(_comment(comment_id), form), 422


def _target(to: str) -> str:
    if not to:
        raise Invalid("move-where", "to")
    return to


def _thread(thread_id: str) -> Thread:
    found, teaches = queries.find_thread(reader(), actor(), thread_id, now=now())
    _refuse(found, teaches=teaches)
    return found


def _comment(comment_id: str) -> Comment:
    found, teaches = queries.find_comment(reader(), actor(), comment_id, now=now())
    _refuse(found.thread, teaches=teaches)
    if found.state != State.VISIBLE:
        raise Conflict("state-changed")
    return found


def _refuse(thread: Thread, *, teaches: bool) -> None:
    refusal = rules.refuses_arranging(standing_here(thread.round.public_id), thread, teaches=teaches)
    if refusal:
        raise NotAllowed(refusal)


def _offer(form: MoveForm, thread: Thread) -> int:
    """Offer the other threads of the group, and say how many there are."""
    found = waiting.movable_to(reader(), actor(), thread)
    form.to.choices = choices(
        [
            ("", gettext("Choose a thread")),
            *((one.public_id, one.title or title_gone(State.WITHDRAWN)) for one in found),
        ]
    )
    return len(found)


def _page(thread: Thread, lock_form: LockForm, move_form: MoveForm) -> str:
    acts = {act.action: act.public_id for act in standing_acts(reader(), thread, Act.LOCK, Act.PIN, Act.MOVE)}
    return render_template(
        "moderation/arrange.html",
        thread=thread,
        title=queries.title_to_faculty(reader(), actor(), thread) or title_gone(State.WITHDRAWN),
        lock=lock_form,
        move=move_form,
        others=_offer(move_form, thread),
        locked_by=acts.get(Act.LOCK),
        pinned_by=acts.get(Act.PIN),
        moved_by=acts.get(Act.MOVE),
        why=arranging.why_locked(reader(), thread),
        back=url_for("discussions.thread", thread_id=thread.public_id),
    )


def _comment_page(found: Comment, form: MoveForm) -> str:
    return render_template(
        "moderation/move.html",
        found=found,
        form=form,
        others=_offer(form, found.thread),
        back=place_of(found, teaches=True),
    )
