"""Words for notices, and the way from one to what it is about."""

from flask import Blueprint, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.notices.actions import mark_seen
from ethics.notices.models import Notice
from ethics.web.auth import actor, signed_in
from ethics.web.session import now, perform

blueprint = Blueprint("notices", __name__)


def words(notice: Notice) -> tuple[str, str]:
    """What a notice says, and the address of what it is about."""
    match notice.kind:
        case "feedback-released":
            text = gettext("Your reflection has an answer.")
            return text, url_for("discussions.comment", comment_id=notice.subject["comment"])
        case "comment-hidden":
            text = gettext("Faculty hid a comment of yours from the group. You can read why.")
            return text, url_for("discussions.comment", comment_id=notice.subject["comment"])
        case "comment-shown":
            text = gettext("The group can read a comment of yours again that was hidden.")
            return text, url_for("discussions.comment", comment_id=notice.subject["comment"])
        case "password-changed":
            return gettext("Your password was changed. If that was not you, change it now."), url_for("people.account")
        case _:
            return gettext("Something happened that concerns you."), url_for("home.home")


@blueprint.post("/notices/<string:notice_id>/seen")
@signed_in
def seen(notice_id: str) -> Response:
    """Go to what a notice is about; it counts as seen from then on. With `then=stay`, back to the start page."""

    def verb(session: Session) -> str:
        notice = mark_seen(session, actor=actor(), notice_id=notice_id, now=now())
        return url_for("home.home") if request.form.get("then") == "stay" else words(notice)[1]

    return perform(verb, actor=actor().public_id)
