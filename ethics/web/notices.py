"""Words for notices, and the way from one to what it is about."""

from typing import Any, NamedTuple

from flask import Blueprint, request, url_for
from flask_babel import LazyString, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.notices.actions import mark_seen
from ethics.notices.models import Notice
from ethics.web.auth import actor, signed_in
from ethics.web.session import now, perform

blueprint = Blueprint("notices", __name__)


class _News(NamedTuple):
    text: LazyString
    endpoint: str = "home.home"
    about: str | None = None
    """Which of the notice's public ids the address needs; `<about>_id` is its name there, but for a case's slug."""
    more: tuple[tuple[str, str], ...] = ()


_NEWS = {
    "reply": _News(lazy_gettext("Somebody answered a comment of yours."), "discussions.comment", "comment"),
    "thread-news": _News(lazy_gettext("Somebody wrote in a thread you follow."), "discussions.comment", "comment"),
    "feedback-released": _News(lazy_gettext("Your reflection has an answer."), "discussions.comment", "comment"),
    "comment-hidden": _News(
        lazy_gettext("Faculty hid a comment of yours from the group. You can read why."),
        "discussions.comment",
        "comment",
    ),
    "comment-shown": _News(
        lazy_gettext("The group can read a comment of yours again that was hidden."), "discussions.comment", "comment"
    ),
    "round-dates": _News(lazy_gettext("The dates of a round of yours have changed."), "rounds.overview", "round"),
    "round-closed": _News(
        lazy_gettext("A round of yours was closed early. What was open to you can still be read."),
        "rounds.overview",
        "round",
    ),
    "round-reopened": _News(lazy_gettext("A round of yours is open again."), "rounds.overview", "round"),
    "extension": _News(
        lazy_gettext("You have more time for a round. Its page says until when."), "rounds.overview", "round"
    ),
    "extension-ended": _News(
        lazy_gettext("Your extra time for a round was taken back. Its page says what holds now."),
        "rounds.overview",
        "round",
    ),
    "password-changed": _News(
        lazy_gettext("Your password was changed. If that was not you, change it now."), "people.account"
    ),
    "group-changed": _News(
        lazy_gettext("You are in another group of your cohort now. What you wrote in the old one stays there.")
    ),
    "groups-taught": _News(lazy_gettext("The groups you teach in a cohort have changed."), "cohorts.cohort", "cohort"),
    "tutors-changed": _News(
        lazy_gettext("Another director changed who teaches whom in a cohort you direct."), "groups.sets", "cohort"
    ),
    "cohort-cloned": _News(lazy_gettext("A director cloned a cohort for the next term and directs it.")),
    "place-given": _News(lazy_gettext("You have a place in a cohort that you had none in before.")),
    "place-ended": _News(
        lazy_gettext("You are no longer in one of your cohorts. What you wrote there is kept; ask its director.")
    ),
    "faculty-made": _News(
        lazy_gettext("Somebody new teaches in a cohort you direct."), "members.people", "cohort", (("show", "tutors"),)
    ),
    "join-asked": _News(
        lazy_gettext("Somebody asks to come into a cohort you direct."),
        "joining.code",
        "cohort",
        (("_anchor", "requests"),),
    ),
    "case-review-asked": _News(
        lazy_gettext("You are asked to look at a case before it is published."), "looking.look", "slug"
    ),
    "case-review-ready": _News(
        lazy_gettext("A case you asked somebody to look at is ready, they say."), "looking.look", "slug"
    ),
    "case-review-back": _News(
        lazy_gettext("A case you asked somebody to look at came back with a remark."), "looking.look", "slug"
    ),
    "case-comment": _News(
        lazy_gettext("Somebody remarked on a passage of a case you are writing."), "looking.look", "slug"
    ),
    # Says nothing of what it is, nor of who: the start page may be open before others.
    "concern": _News(lazy_gettext("Something waits for you."), "concerns.concerns"),
    "case-published": _News(lazy_gettext("A case you looked at is published."), "cases.case", "slug"),
}
_SOMETHING = _News(lazy_gettext("Something happened that concerns you."))


def words(notice: Notice) -> tuple[str, str]:
    """What a notice says, and the address of what it is about."""
    news = _NEWS.get(notice.kind, _SOMETHING)
    values: dict[str, Any] = dict(news.more)
    if news.about:
        values["slug" if news.about == "slug" else f"{news.about}_id"] = notice.subject[news.about]
    return str(news.text), url_for(news.endpoint, **values)


@blueprint.post("/notices/<string:notice_id>/seen")
@signed_in
def seen(notice_id: str) -> Response:
    """Go to what a notice is about; it counts as seen from then on. With `then=stay`, back to the start page."""

    def verb(session: Session) -> str:
        notice = mark_seen(session, actor=actor(), notice_id=notice_id, now=now())
        return url_for("home.home") if request.form.get("then") == "stay" else words(notice)[1]

    return perform(verb, actor=actor().public_id)
