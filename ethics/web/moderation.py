"""What faculty do to keep the threads of a group safe: the queue, and what is done to a comment."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts.queries import is_faculty_anywhere
from ethics.discussions import appeals, matters, moderation, queries, rules, waiting
from ethics.discussions.models import Comment, State
from ethics.discussions.moderation_models import Act, ModerationAction, Waits
from ethics.discussions.waiting import MatterLine
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.rounds.gate import Standing, standing
from ethics.web.auth import actor, signed_in
from ethics.web.comments import CommentShown, comments_shown, place_after, place_of, rule_name, title_gone
from ethics.web.forms.moderation import AnswerAppealForm, ModerateForm
from ethics.web.loop import standing_here
from ethics.web.messages import say
from ethics.web.session import now, perform, reader
from ethics.web.shown import vocabulary
from ethics.web.times import Shown, moment
from ethics.web.times import waiting as waited
from ethics.web.toasts import undoable

blueprint = Blueprint("moderation", __name__)

AROUND = 3
"""How many comments before and after the one in question a moderator sees."""

say(
    {
        "not-faculty-here": lazy_gettext("Only faculty of this group can do this."),
        "own-comment": lazy_gettext("Nobody moderates their own comments. You can withdraw it."),
        "not-in-a-group": lazy_gettext("Between a writer and faculty nothing is moderated."),
        "choose-a-rule": lazy_gettext("Choose the rule it breaks. The group reads it in place of the comment."),
        "choose-an-act": lazy_gettext("Choose what to do."),
        "choose-a-decision": lazy_gettext("Choose what you decide."),
        "settled-already": lazy_gettext("Somebody has settled this already. Nothing was changed."),
        "claimed-by-another": lazy_gettext("Somebody else has taken this on. Nothing was changed."),
        "revision-asked-already": lazy_gettext("Its author has been asked for a revision already."),
        "faculty-not-held": lazy_gettext("What faculty write is not held."),
        "held-already": lazy_gettext("What they post in this round is held already."),
        "posts-held": lazy_gettext(
            "What you post in this round is read by faculty first, for now. What the group reads already can be "
            "withdrawn, and not changed."
        ),
        "held-not-answered": lazy_gettext("This is held, and the group can’t read it. Let it through first."),
        "written-since": lazy_gettext("Somebody has written after it. It can’t be taken back from there any more."),
        "undone-already": lazy_gettext("This was undone already."),
        "not-undone": lazy_gettext("This can’t be undone."),
        "own-act": lazy_gettext("Nobody decides about what they did themselves. Somebody else looks at it."),
        "for-the-director": lazy_gettext("This is for the course director to decide."),
    }
)

_ACTS: dict[Act, LazyString] = {
    Act.DISMISS: lazy_gettext("Leave it as it is"),
    Act.SHOW: lazy_gettext("Show it to the group again"),
    Act.LET_THROUGH: lazy_gettext("Let it through: the group can read it"),
    Act.REFUSE: lazy_gettext("Don’t let it through"),
    Act.REVISE: lazy_gettext("Ask its author for a revision; the group reads it meanwhile"),
    Act.HIDE: lazy_gettext("Hide it from the group"),
    Act.HOLD: lazy_gettext("Hold what its author posts in this round from now on, until one of you lets it through"),
}
_DONE: dict[Act, LazyString] = {
    Act.DISMISS: lazy_gettext("Left as it is. Who reported it is told in ten minutes."),
    Act.SHOW: lazy_gettext("The group can read it again."),
    Act.LET_THROUGH: lazy_gettext("The group can read it. Its author is told in ten minutes."),
    Act.REFUSE: lazy_gettext("Not let through. Its author is told in ten minutes."),
    Act.REVISE: lazy_gettext("Asked for. Its author is told in ten minutes."),
    Act.HIDE: lazy_gettext("Hidden. Its author is told in ten minutes."),
    Act.HOLD: lazy_gettext("New posts are held from now on. Their author is told in ten minutes."),
}
_WAITS: dict[Waits, LazyString] = {
    Waits.REPORTED: lazy_gettext("Reported"),
    Waits.HELD: lazy_gettext("Held"),
    Waits.SENT_AGAIN: lazy_gettext("Revised and sent again"),
    Waits.APPEAL: lazy_gettext("Its author asks for another look"),
}


@dataclass(frozen=True, slots=True)
class MatterShown:
    """What waits, as pages show it."""

    id: str
    url: str
    what: str
    author: str
    place: str
    waits: str
    flags: list[tuple[str, str]]
    """The rule each report names, and what it says."""
    text: str
    claimed: str | None
    may_claim: bool
    may_release: bool
    is_appeal: bool


@dataclass(frozen=True, slots=True)
class HoldShown:
    """Somebody whose posts are held."""

    act_id: str
    name: str
    place: str
    rule: str
    since: Shown


@blueprint.get("/moderation")
@signed_in
def queue() -> str:
    """What waits for the reader in the groups they moderate, the oldest first; and whose posts are held."""
    if not is_faculty_anywhere(reader(), actor()):
        raise NotFound
    lines = waiting.queue(reader(), actor(), after=request.args.get("after"))
    more, lines = len(lines) > waiting.PAGE, lines[: waiting.PAGE]
    return render_template(
        "moderation/queue.html",
        matters=[_matter_shown(line) for line in lines],
        holds=[
            HoldShown(
                line.act_id,
                line.name,
                f"{line.group} · {line.case}",
                rule_name(line.category),
                moment(line.since, zone=line.zone, own_zone=actor().zone),
            )
            for line in waiting.holds(reader(), actor())
        ],
        next=url_for("moderation.queue", after=lines[-1].public_id) if more else None,
        first=request.args.get("after") is None,
    )


@blueprint.post("/moderation/<string:matter_id>/claim")
@signed_in
def claim(matter_id: str) -> Response:
    """Take a matter on."""

    def verb(session: Session) -> str:
        matter = waiting.find_matter(session, actor(), matter_id)
        matters.claim(matter, actor(), now=now())
        return url_for("moderation.moderate", comment_id=_comment_of(session, matter.comment_id), queue=1)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("You have taken this on."), "success")
    return answer


@blueprint.post("/moderation/<string:matter_id>/release")
@signed_in
def release(matter_id: str) -> Response:
    """Put a matter back for others."""

    def verb(session: Session) -> str:
        matter = waiting.find_matter(session, actor(), matter_id)
        at = standing(session, actor(), waiting.round_of(session, matter), now=now())
        matters.release(matter, actor(), is_director=at.is_director)
        return url_for("moderation.queue")

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("It waits for somebody to take it on."), "success")
    return answer


@blueprint.route("/comments/<string:comment_id>/moderate", methods=["GET", "POST"])
@signed_in
def moderate(comment_id: str) -> Response | str | tuple[str, int]:
    """A comment in its thread, what waits of it, and what can be done, by a rule and with a reason."""
    found, teaches = queries.find_comment(reader(), actor(), comment_id, now=now())
    at = standing_here(found.thread.round.public_id)
    refusal = rules.refuses_moderating(at, actor(), found, teaches=teaches)
    if refusal:
        raise NotAllowed(refusal)
    form = ModerateForm()
    form.offer(vocabulary().conduct.values())
    if form.validate_on_submit():
        try:
            return _act(comment_id, form)
        except Invalid as error:
            form.refuse(error)
    # Only now: a form that comes a second time leads to where it led, though the comment is another one since.
    if found.state == State.WITHDRAWN:
        raise Conflict("state-changed")
    page = _moderate_page(at, found, form)
    return page if request.method == "GET" else (page, 422)


_BY_RULE = {
    Act.REFUSE: moderation.refuse,
    Act.REVISE: moderation.ask_for_revision,
    Act.HIDE: moderation.hide_comment,
    Act.HOLD: moderation.hold_person,
}


def _act(comment_id: str, form: ModerateForm) -> Response:
    if form.act.data not in _ACTS:
        raise Invalid("choose-an-act", "act")
    act = Act(form.act.data)
    reason = form.reason.data or ""

    def verb(session: Session) -> ModerationAction:
        match act:
            case Act.DISMISS:
                return moderation.dismiss(session, actor=actor(), comment_id=comment_id, reason=reason, now=now())
            case Act.SHOW:
                return moderation.show_comment(session, actor=actor(), comment_id=comment_id, now=now())
            case Act.LET_THROUGH:
                return moderation.let_through(session, actor=actor(), comment_id=comment_id, now=now())
        return _BY_RULE[act](
            session,
            actor=actor(),
            comment_id=comment_id,
            category=form.category.data or "",
            categories=vocabulary().conduct,
            reason=reason,
            now=now(),
        )

    return perform_undoable(
        verb, str(_DONE[act]), lambda session: _after(session, comment_id), can_be=act is not Act.SHOW
    )


def _after(session: Session, comment_id: str) -> str:
    """Back to the queue for who came from there, or else to where the comment stands."""
    return url_for("moderation.queue") if "queue" in request.args else place_after(session, comment_id)


def perform_undoable(
    verb: Callable[[Session], ModerationAction], text: str, place: Callable[[Session], str], *, can_be: bool = True
) -> Response:
    """Do an act of a moderator, and say so with a button that undoes it."""
    done: list[str] = []

    def once(session: Session) -> str:
        done.append(verb(session).public_id)
        return place(session)

    answer = perform(once, actor=actor().public_id)
    if done and can_be:
        undoable(text, url_for("moderation.undo", act_id=done[-1]))
    elif done:
        flash(text, "success")
    return answer


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


@blueprint.post("/moderation/acts/<string:act_id>/undo")
@signed_in
def undo(act_id: str) -> Response:
    """Undo what a moderator did."""

    def verb(session: Session) -> str:
        act = moderation.undo(session, actor=actor(), act_id=act_id, now=now())
        if act.action == Act.HOLD:
            return url_for("moderation.queue")
        if act.comment_id is not None:
            return place_after(session, _comment_of(session, act.comment_id))
        return url_for("discussions.thread", thread_id=moderation.thread_of(session, act))

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("Undone."), "success")
    return answer


@blueprint.post("/moderation/<string:matter_id>/answer")
@signed_in
def answer(matter_id: str) -> Response | tuple[str, int]:
    """Decide an appeal, with a reason."""
    form = AnswerAppealForm()
    if form.validate():

        def verb(session: Session) -> str:
            if form.decision.data not in {"overturn", "uphold"}:
                raise Invalid("choose-a-decision", "decision")
            appeals.answer_appeal(
                session,
                actor=actor(),
                matter_id=matter_id,
                overturn=form.decision.data == "overturn",
                reason=form.reason.data or "",
                now=now(),
            )
            return url_for("moderation.queue")

        try:
            done = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("Decided. Its author is told in ten minutes."), "success")
            return done
    comment_id = waiting.comment_of_matter(reader(), actor(), matter_id)
    found, _ = queries.find_comment(reader(), actor(), comment_id, now=now())
    return _moderate_page(standing_here(found.thread.round.public_id), found, ModerateForm(formdata=None), form), 422


def _moderate_page(at: Standing, found: Comment, form: ModerateForm, decision: AnswerAppealForm | None = None) -> str:
    lines = waiting.matters_of(reader(), actor(), found)
    form.offer(vocabulary().conduct.values())
    form.offer_acts((act, _ACTS[act]) for act in _possible(found, lines))
    return render_template(
        "moderation/moderate.html",
        at=at,
        found=found,
        title=queries.title_to_faculty(reader(), actor(), found.thread) or title_gone(State.WITHDRAWN),
        form=form,
        decision=decision or AnswerAppealForm(formdata=None),
        matters=[_matter_shown(line) for line in lines],
        context=_context(at, found),
        action=url_for("moderation.moderate", comment_id=found.public_id, queue=request.args.get("queue")),
        back=url_for("moderation.queue") if "queue" in request.args else place_of(found, teaches=True),
    )


def _possible(found: Comment, lines: list[MatterLine]) -> list[Act]:
    """What can be done to a comment as it stands; ethics.discussions.moderation holds to the same."""
    can_be_left = any(line.waits in {Waits.REPORTED, Waits.SENT_AGAIN} for line in lines)
    left = [Act.DISMISS] if can_be_left else []
    held = [] if found.as_faculty else [Act.HOLD]
    match State(found.state):
        case State.HELD:
            return [Act.LET_THROUGH, Act.REFUSE]
        case State.HIDDEN:
            return [*left, Act.SHOW, *held]
        case _:
            return [*left, Act.REVISE, Act.HIDE, *held]


def _context(at: Standing, found: Comment) -> list[CommentShown]:
    """The comment with those around it; what is held stands after the newest."""
    thread = found.thread
    held: list[queries.CommentLine] = []
    if found.number > 0:
        page = queries.comments_in(
            reader(), actor(), thread, teaches=True, now=now(), after=max(found.number - AROUND - 1, 0)
        )
        around = [line for line in page.comments if line.number <= found.number + AROUND]
    else:
        page = queries.comments_in(reader(), actor(), thread, teaches=True, now=now(), before=thread.last_number + 1)
        around = page.comments[-AROUND:]
        held = [
            line
            for line in queries.held_in(reader(), actor(), thread, teaches=True, now=now())
            if line.public_id == found.public_id
        ]
    return comments_shown(at, [*around, *held], group_id=thread.group_id)


def _matter_shown(line: MatterLine) -> MatterShown:
    since = moment(line.claimed_at, zone=line.zone, own_zone=actor().zone).text if line.claimed_at else ""
    claimed = None
    if line.claimed_by_reader:
        claimed = gettext("You took this on, %(time)s", time=since)
    elif line.claimed_by:
        claimed = gettext("%(name)s took this on, %(time)s", name=line.claimed_by, time=since)
    return MatterShown(
        id=line.public_id,
        url=url_for("moderation.moderate", comment_id=line.comment_id, queue=1),
        what=str(_WAITS[line.waits]),
        author=f"{line.alias} ({line.author})" if line.alias else line.author,
        place=f"{line.group} · {line.case} · {line.thread or title_gone(State.WITHDRAWN)}",
        waits=gettext("waits %(time)s", time=waited(line.opened_at, now=now())),
        flags=[(rule_name(flag.category), flag.note) for flag in line.flags],
        text=line.text,
        claimed=claimed,
        may_claim=line.claimed_by is None,
        may_release=line.claimed_by_reader or (line.claimed_by is not None and line.is_director),
        is_appeal=line.waits is Waits.APPEAL,
    )


def _comment_of(session: Session, comment_id: int) -> str:
    return session.get_one(Comment, comment_id).public_id
