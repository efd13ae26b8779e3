"""What everybody can do: read the code of conduct, report a comment, ask for another look at one of their own."""

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.discussions import appeals, queries, reports, rules
from ethics.discussions.matters import standing_acts
from ethics.discussions.models import Comment
from ethics.discussions.moderation_models import Act, Matter, ModerationAction, Report
from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.web.auth import actor, public, signed_in
from ethics.web.comments import place_after, place_of, rule_name
from ethics.web.forms.moderation import AppealForm, ReportForm
from ethics.web.loop import standing_here
from ethics.web.messages import say
from ethics.web.session import now, perform, reader
from ethics.web.shown import vocabulary
from ethics.web.toasts import undoable

blueprint = Blueprint("reporting", __name__)

say(
    {
        "own-comment-reported": lazy_gettext("This is yours. You can change it or withdraw it."),
        "choose-a-rule-broken": lazy_gettext("Choose the rule it breaks."),
        "reported-already": lazy_gettext("You have reported this already."),
        "appealed-already": lazy_gettext("You have asked for another look already."),
    }
)


@blueprint.get("/conduct")
@public
def conduct() -> str:
    """The code of conduct, for everybody to read."""
    return render_template("moderation/conduct.html", rules=list(vocabulary().conduct.values()))


@blueprint.route("/comments/<string:comment_id>/report", methods=["GET", "POST"])
@signed_in
def report(comment_id: str) -> Response | str | tuple[str, int]:
    """Report a comment; or, where one has, what came of it."""
    found, teaches = queries.find_comment(reader(), actor(), comment_id, now=now())
    form = ReportForm()
    form.offer(vocabulary().conduct.values())
    if form.validate_on_submit():

        def verb(session: Session) -> str:
            reports.report_comment(
                session,
                actor=actor(),
                comment_id=comment_id,
                category=form.category.data or "",
                categories=vocabulary().conduct,
                note=form.note.data or "",
                now=now(),
            )
            return place_after(session, comment_id)

        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        else:
            looked_at = gettext("Reported. Faculty look at it, and you are told what came of it.")
            kept = gettext("Your report is kept, but nobody but its writer moderates this group.")
            undoable(
                looked_at if reports.somebody_looks(reader(), found) else kept,
                url_for("reporting.take_back", comment_id=comment_id),
            )
            return answer
    own = reports.own_report(reader(), actor(), found)
    if own is None:
        refusal = rules.refuses_reporting(standing_here(found.thread.round.public_id), actor(), found)
        if refusal == "state-changed":
            raise Conflict(refusal)
        if refusal:
            raise NotAllowed(refusal)
    page = render_template(
        "moderation/report.html",
        found=found,
        form=form,
        own=own,
        reaches=reports.somebody_looks(reader(), found),
        rule=rule_name(own.category) if own else None,
        outcome=_outcome(own) if own else None,
        back=place_of(found, teaches=teaches),
    )
    return page if request.method == "GET" else (page, 422)


@blueprint.post("/comments/<string:comment_id>/report/take-back")
@signed_in
def take_back(comment_id: str) -> Response:
    """Take one's report back."""

    def verb(session: Session) -> str:
        reports.take_back_report(session, actor=actor(), comment_id=comment_id, now=now())
        return place_after(session, comment_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("Your report is taken back."), "success")
    return answer


@blueprint.route("/comments/<string:comment_id>/appeal", methods=["GET", "POST"])
@signed_in
def appeal(comment_id: str) -> Response | str | tuple[str, int]:
    """What faculty did about a comment of one's own and why; ask somebody else to look again, and what they decided."""
    found, teaches = queries.find_comment(reader(), actor(), comment_id, now=now())
    refusal = rules.refuses_appealing(standing_here(found.thread.round.public_id), actor(), found)
    if refusal:
        raise NotAllowed(refusal)
    form = AppealForm()
    if form.validate_on_submit():

        def verb(session: Session) -> str:
            appeals.appeal(session, actor=actor(), comment_id=comment_id, text=form.text.data or "", now=now())
            return url_for("reporting.appeal", comment_id=comment_id)

        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("Sent. Somebody who did not do it looks at it, and answers with a reason."), "success")
            return answer
    page = render_template("moderation/appeal.html", found=found, form=form, **_appealed(found, teaches=teaches))
    return page if request.method == "GET" else (page, 422)


def _appealed(found: Comment, *, teaches: bool) -> dict[str, Any]:
    act = appeals.act_to_appeal(reader(), found)
    asked = appeals.appeal_against(reader(), act) if act else appeals.last_appeal(reader(), found)
    if act is None and asked is not None:
        act = asked.appealed
    return {
        "done": _done_words(act) if act else None,
        "rule": rule_name(act.category) if act and act.category else None,
        "act": act,
        "asked": asked,
        "answer": _answer(asked) if asked else None,
        "may_ask": act is not None and asked is None,
        "may_revise": bool(standing_acts(reader(), found, Act.HIDE, Act.REFUSE, Act.REVISE)),
        "back": place_of(found, teaches=teaches),
    }


def _done_words(act: ModerationAction) -> str:
    words = {
        Act.HIDE: gettext("Faculty hid this from your group."),
        Act.REFUSE: gettext("Faculty did not let this through."),
        Act.REVISE: gettext("Faculty ask you to revise this. Your group can read it meanwhile."),
        Act.HOLD: gettext("What you post in this round is held until faculty let it through."),
    }
    return str(words[Act(act.action)])


def _answer(asked: Matter) -> tuple[str, str] | None:
    """What was decided and why, once that is not undone any more."""
    by = asked.settled_by
    if by is None or now() < by.at + rules.UNDO:
        return None
    overturned = gettext("What was done is undone.")
    return (overturned if by.action == Act.OVERTURN else gettext("It stays as it is."), by.reason)


def _outcome(own: Report) -> tuple[str, str] | None:
    """What came of a report, with the reason that is for its reporter, too; None while it can still be undone."""
    by = own.matter.settled_by
    if by is None or now() < by.at + rules.UNDO:
        return None
    words = {
        Act.DISMISS: gettext("Faculty left it as it is."),
        Act.HIDE: gettext("Faculty hid it from the group."),
        Act.REVISE: gettext("Faculty asked its author for a revision."),
    }
    return (
        str(words.get(Act(by.action), gettext("Faculty have looked at it."))),
        by.reason if by.action == Act.DISMISS else "",
    )
