"""What faculty do to keep the threads of a group safe."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.discussions import moderation, queries, rules
from ethics.discussions.models import State
from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.web.auth import actor, signed_in
from ethics.web.comments import place_after, place_of
from ethics.web.forms.discussions import HideForm
from ethics.web.loop import standing_here
from ethics.web.messages import say
from ethics.web.session import now, perform, reader
from ethics.web.shown import vocabulary
from ethics.web.toasts import undoable

blueprint = Blueprint("moderation", __name__)

say(
    {
        "not-faculty-here": lazy_gettext("Only faculty of this group can hide a comment or show it again."),
        "own-comment": lazy_gettext("Nobody moderates their own comments. You can withdraw it."),
        "not-in-a-group": lazy_gettext("Between a writer and faculty nothing is hidden."),
        "choose-a-rule": lazy_gettext("Choose the rule it breaks. The group reads it in place of the comment."),
    }
)


@blueprint.route("/comments/<string:comment_id>/hide", methods=["GET", "POST"])
@signed_in
def hide(comment_id: str) -> Response | str | tuple[str, int]:
    """Hide a comment from the group, by a rule and with a reason."""
    found, teaches = queries.find_comment(reader(), actor(), comment_id, now=now())
    at = standing_here(found.thread.round.public_id)
    refusal = rules.refuses_moderating(at, actor(), found, teaches=teaches)
    if refusal:
        raise NotAllowed(refusal)
    form = HideForm()
    form.offer(vocabulary().conduct.values())
    if form.validate_on_submit():

        def verb(session: Session) -> str:
            moderation.hide_comment(
                session,
                actor=actor(),
                comment_id=comment_id,
                category=form.category.data or "",
                categories=vocabulary().conduct,
                reason=form.reason.data or "",
                now=now(),
            )
            return place_after(session, comment_id)

        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        else:
            undoable(
                gettext("Hidden. Its author is told in ten minutes."),
                url_for("moderation.show", comment_id=comment_id),
            )
            return answer
    # Only now: a form that comes a second time leads to where it led, though the comment is hidden.
    if found.state != State.VISIBLE:
        raise Conflict("state-changed")
    page = render_template(
        "moderation/hide.html",
        action=url_for("moderation.hide", comment_id=comment_id),
        form=form,
        html=found.html,
        back=place_of(found, teaches=teaches),
    )
    return page if request.method == "GET" else (page, 422)


@blueprint.post("/comments/<string:comment_id>/show")
@signed_in
def show(comment_id: str) -> Response:
    """Let the group read a hidden comment again."""

    def verb(session: Session) -> str:
        moderation.show_comment(session, actor=actor(), comment_id=comment_id, now=now())
        return place_after(session, comment_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The group can read it again."), "success")
    return answer
