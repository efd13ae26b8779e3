"""The threads of a group: reading, writing, and what faculty do to keep them safe."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.db import new_public_id
from ethics.discussions import actions, queries, rules
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.queries import Author, CommentLine
from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.markup import Profile, Rendered, render
from ethics.rounds.gate import Standing
from ethics.rounds.queries import groups_taught
from ethics.web import loop
from ethics.web.addresses import storable_number
from ethics.web.auth import actor, signed_in
from ethics.web.forms.discussions import CommentForm, EditForm, HideForm, ThreadForm
from ethics.web.loop import standing_here
from ethics.web.messages import message, say
from ethics.web.session import now, perform, reader
from ethics.web.shown import case_shown, vocabulary
from ethics.web.times import Shown, day
from ethics.web.toasts import undoable

blueprint = Blueprint("discussions", __name__)

DEEPEST = 2
"""How far answers are set in; those to answers of answers stand at the same depth, with a link to what they answer."""

say(
    {
        "unknown-question": lazy_gettext("This question is not one of the case’s."),
        "not-your-comment": lazy_gettext("Only who wrote a comment can change it or take it back."),
        "not-editable": lazy_gettext("A comment that is withdrawn can’t be changed. Put it back first."),
        "state-changed": lazy_gettext("Somebody else was faster: this comment is no longer as you saw it."),
        "not-faculty-here": lazy_gettext("Only faculty of this group can hide a comment or show it again."),
        "own-comment": lazy_gettext("Nobody moderates their own comments. You can withdraw it."),
        "not-in-a-group": lazy_gettext("Between a writer and faculty nothing is hidden."),
        "choose-a-rule": lazy_gettext("Choose the rule it breaks. The group reads it in place of the comment."),
        "told-already": lazy_gettext("The ten minutes are over: its writer has been told. You can still withdraw it."),
        "draft-exists": lazy_gettext("You have begun another answer there. Release or discard that one first."),
    }
)


@dataclass(frozen=True, slots=True)
class ThreadShown:
    """A thread in a list; what components/thread_card.html reads."""

    url: str
    author: str
    role: str | None
    day: Shown
    opening: str
    replies: int
    quote: str | None = None
    new: int = 0


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """A question of the case, the threads that began from it, and where to begin another."""

    number: int
    html: str
    threads: list[ThreadShown]
    url: str


@dataclass(frozen=True, slots=True)
class CommentShown:
    """A comment on a page; what components/comment.html reads, and what its reader may do."""

    id: str
    author: str
    role: str | None
    day: Shown
    html: str | None
    edited: bool
    depth: int
    state: str | None
    why: str | None
    url: str
    answers: str | None
    """The address of the comment it answers, where that stands elsewhere."""
    earlier: tuple[str, ...]
    may_edit: bool
    may_withdraw: bool
    may_restore: bool
    may_hide: bool
    may_show: bool
    worry: str | None
    """Where one of the faculty who is worried about its author goes."""
    new: bool = False


@dataclass(frozen=True, slots=True)
class FeedbackShown:
    """The thread on a reflection for templates/discussions/_feedback.html."""

    comments: list[CommentShown]
    form: CommentForm
    action: str | None
    """Where the reader's answer goes; None where they cannot write, or write on the desk."""
    who: str


@blueprint.get("/rounds/<string:round_id>/discussion")
@signed_in
def discussion(round_id: str) -> str:
    """The group's threads. Before the commitments are complete: what opens them."""
    at = standing_here(round_id)
    if not at.may_meet_others:
        return render_template("discussions/closed.html", at=at, rail=loop.rail(at, "discussion"))
    number = request.args.get("question", type=int)
    return _discussion_page(at, ThreadForm(formdata=None, question=number))


@blueprint.post("/rounds/<string:round_id>/discussion")
@signed_in
def start(round_id: str) -> Response | tuple[str, int]:
    """Begin a thread."""
    form = ThreadForm()
    if form.validate():
        text = form.text.data or ""
        rendered = rendered_post(text)

        def verb(session: Session) -> str:
            thread = actions.start_thread(
                session,
                actor=actor(),
                round_id=round_id,
                group_id=request.args.get("group"),
                title=form.title.data or "",
                question=form.question.data,
                source=text,
                rendered=rendered,
                now=now(),
            )
            return url_for("discussions.thread", thread_id=thread.public_id)

        try:
            return perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
    return _discussion_page(standing_here(round_id), form), 422


def _discussion_page(at: Standing, form: ThreadForm) -> str:
    groups = groups_taught(reader(), actor(), at) if at.is_faculty else []
    chosen = request.args.get("group") or (groups[0].public_id if groups else None)
    if at.is_faculty and not groups:
        return render_template("discussions/no_groups.html", at=at)
    group_id = queries.group_for(reader(), actor(), at, chosen)
    lines = queries.threads_in(reader(), actor(), at, group_id, before=request.args.get("before"))
    beside = loop.beside_aliases(at, group_id)
    here: dict[str, Any] = {"round_id": at.round.public_id, "group": chosen if at.is_faculty else None}
    more = len(lines) > queries.PAGE
    lines = lines[: queries.PAGE]
    questions = queries.questions(reader(), at)
    numbers = {question.number for question in questions}
    return render_template(
        "discussions/discussion.html",
        at=at,
        case=case_shown(at),
        rail=loop.rail(at, "discussion"),
        groups=groups,
        chosen=chosen,
        questions=[
            QuestionShown(
                question.number,
                question.html,
                [_thread_shown(at, line, beside) for line in lines if line.question == question.number],
                url_for("discussions.discussion", **here, question=question.number, _anchor="new"),
            )
            for question in questions
        ],
        threads=[_thread_shown(at, line, beside) for line in lines if line.question not in numbers],
        is_empty=not lines,
        next_url=url_for("discussions.discussion", **here, before=lines[-1].public_id) if more else None,
        refusal=_refusal(rules.refuses_starting(at)),
        form=form,
        question=next((question for question in questions if question.number == form.question.data), None),
        action=url_for("discussions.start", **here),
        who=loop.readers_of_comment(at),
        alias=_alias_to_announce(at),
    )


@blueprint.get("/threads/<string:thread_id>")
@signed_in
def thread(thread_id: str) -> Response | str:
    """A thread of a group; `reply` opens the form at that comment. A thread on a reflection stands with it."""
    found, teaches = queries.find_thread(reader(), actor(), thread_id)
    if found.group_id is None:
        return redirect(feedback_url(found, teaches=teaches), code=303)
    return _thread_page(found, CommentForm(formdata=None, parent=request.args.get("reply", "")))


@blueprint.post("/threads/<string:thread_id>")
@signed_in
def post(thread_id: str) -> Response | tuple[str, int]:
    """Write in a thread."""
    form = CommentForm()
    error: Invalid | None = None
    if form.validate():
        text = form.text.data or ""
        rendered = rendered_post(text)

        def verb(session: Session) -> str:
            written = actions.post_comment(
                session,
                actor=actor(),
                thread_id=thread_id,
                parent_id=form.parent.data or None,
                source=text,
                rendered=rendered,
                now=now(),
            )
            return url_for("discussions.comment", comment_id=written.public_id)

        try:
            return perform(verb, actor=actor().public_id)
        except Invalid as refused:
            error = refused
            form.refuse(refused)
    found, _ = queries.find_thread(reader(), actor(), thread_id)
    if found.group_id is None:
        raise error or Invalid("too-long", "text")
    return _thread_page(found, form), 422


def _thread_page(found: Thread, form: CommentForm) -> str:
    at = standing_here(found.round.public_id)
    page = queries.comments_in(
        reader(),
        actor(),
        found,
        teaches=at.is_faculty,
        after=request.args.get("after", 0, type=storable_number),
        before=request.args.get("before", type=storable_number),
    )
    shown = comments_shown(at, page.comments, group_id=found.group_id)
    address: dict[str, Any] = {"thread_id": found.public_id}
    return render_template(
        "discussions/thread.html",
        at=at,
        thread=found,
        rail=loop.rail(at, "discussion"),
        back=url_for(
            "discussions.discussion",
            round_id=at.round.public_id,
            group=found.group.public_id if at.is_faculty and found.group else None,
        ),
        question=next((item for item in queries.questions(reader(), at) if item.number == found.question), None),
        comments=shown,
        here={**address, **{name: request.args[name] for name in ("after", "before") if name in request.args}},
        previous=url_for("discussions.thread", **address, before=page.previous) if page.previous else None,
        next=url_for("discussions.thread", **address, after=page.next) if page.next else None,
        refusal=_refusal(rules.refuses_starting(at)),
        form=form,
        reply=next((item for item in shown if item.id == form.parent.data), None),
        who=loop.readers_of_comment(at),
        alias=_alias_to_announce(at),
    )


@blueprint.get("/comments/<string:comment_id>")
@signed_in
def comment(comment_id: str) -> Response:
    """Go to where a comment stands."""
    found, teaches = queries.find_comment(reader(), actor(), comment_id)
    return redirect(_place(found, teaches=teaches), code=303)


@blueprint.route("/comments/<string:comment_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(comment_id: str) -> Response | str | tuple[str, int]:
    """Change a comment of one's own."""
    found, teaches = queries.find_comment(reader(), actor(), comment_id)
    at = standing_here(found.thread.round.public_id)
    refusal = rules.refuses_editing(at, actor(), found)
    if request.method == "GET":
        if refusal:
            raise NotAllowed(refusal)
        form = EditForm(formdata=None, data={"text": found.source, "version": found.version})
        return _edit_page(at, found, form, teaches=teaches)
    form = EditForm()
    if form.validate():
        text = form.text.data or ""
        rendered = rendered_post(text)

        def verb(session: Session) -> str:
            changed = actions.edit_comment(
                session,
                actor=actor(),
                comment_id=comment_id,
                source=text,
                rendered=rendered,
                version=form.version.data or 0,
                now=now(),
            )
            return url_for("discussions.comment", comment_id=changed.public_id)

        try:
            return perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            return two_versions(text, error.current, back=_place(found, teaches=teaches)), 409
    return _edit_page(at, found, form, teaches=teaches), 422


def _edit_page(at: Standing, found: Comment, form: EditForm, *, teaches: bool) -> str:
    in_group = found.thread.group_id is not None
    return render_template(
        "discussions/edit.html",
        action=url_for("discussions.edit", comment_id=found.public_id),
        rail=loop.rail(at, "discussion" if in_group else "reflection"),
        form=form,
        back=_place(found, teaches=teaches),
        who=loop.readers_of_comment(at) if in_group else readers_of_feedback(at),
        hidden=found.state == State.HIDDEN,
    )


@blueprint.post("/comments/<string:comment_id>/withdraw")
@signed_in
def withdraw(comment_id: str) -> Response:
    """Take a comment of one's own back."""

    def verb(session: Session) -> str:
        actions.withdraw_comment(session, actor=actor(), comment_id=comment_id, now=now())
        return _after(session, comment_id)

    answer = perform(verb, actor=actor().public_id)
    undoable(gettext("Withdrawn. Only you can still read it."), url_for("discussions.restore", comment_id=comment_id))
    return answer


@blueprint.post("/comments/<string:comment_id>/restore")
@signed_in
def restore(comment_id: str) -> Response:
    """Put back a comment that one has withdrawn."""

    def verb(session: Session) -> str:
        actions.restore_comment(session, actor=actor(), comment_id=comment_id, now=now())
        return _after(session, comment_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("It is back where it was."), "success")
    return answer


@blueprint.route("/comments/<string:comment_id>/hide", methods=["GET", "POST"])
@signed_in
def hide(comment_id: str) -> Response | str | tuple[str, int]:
    """Hide a comment from the group, by a rule and with a reason."""
    found, teaches = queries.find_comment(reader(), actor(), comment_id)
    at = standing_here(found.thread.round.public_id)
    refusal = rules.refuses_moderating(at, actor(), found, teaches=teaches)
    if refusal:
        raise NotAllowed(refusal)
    form = HideForm()
    form.offer(vocabulary().conduct.values())
    if form.validate_on_submit():

        def verb(session: Session) -> str:
            actions.hide_comment(
                session,
                actor=actor(),
                comment_id=comment_id,
                category=form.category.data or "",
                categories=vocabulary().conduct,
                reason=form.reason.data or "",
                now=now(),
            )
            return _after(session, comment_id)

        try:
            answer = perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
        else:
            undoable(
                gettext("Hidden. Its author is told in ten minutes."),
                url_for("discussions.show", comment_id=comment_id),
            )
            return answer
    # Only now: a form that comes a second time leads to where it led, though the comment is hidden.
    if found.state != State.VISIBLE:
        raise Conflict("state-changed")
    page = render_template(
        "discussions/hide.html",
        action=url_for("discussions.hide", comment_id=comment_id),
        form=form,
        html=found.html,
        back=_place(found, teaches=teaches),
    )
    return page if request.method == "GET" else (page, 422)


@blueprint.post("/comments/<string:comment_id>/show")
@signed_in
def show(comment_id: str) -> Response:
    """Let the group read a hidden comment again."""

    def verb(session: Session) -> str:
        actions.show_comment(session, actor=actor(), comment_id=comment_id, now=now())
        return _after(session, comment_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The group can read it again."), "success")
    return answer


def rendered_post(source: str) -> Rendered:
    """A typed text as safe HTML; done before the transaction begins."""
    return render(source, profile=Profile.POST, prefix=new_public_id())


def two_versions(mine: str, saved: object, *, back: str) -> str:
    """The page for a comment that changed meanwhile: what was typed beside what is kept, and a choice."""
    if not isinstance(saved, actions.Current):
        raise TypeError("a conflict of comments carries the text that stands")
    return render_template(
        "errors/conflict.html",
        texts=[{"name": "text", "label": gettext("Your text"), "mine": mine, "theirs": saved.source}],
        version=saved.version,
        action=request.full_path.rstrip("?"),
        back=back,
    )


def readers_of_feedback(at: Standing) -> str:
    """Who can read the thread on a reflection: ethics.discussions.queries.visible_to holds to the same."""
    if at.is_faculty:
        text = gettext("Its writer, the tutors of their group and the course director can read this, with your name.")
        return str(text)
    return loop.faculty_and(gettext("Nobody else can."))


def feedback_shown(at: Standing, reflection_id: str) -> FeedbackShown | None:
    """The thread on a reflection of this round, for its writer and for faculty; None where there is none for them."""
    found = queries.feedback_thread(reader(), actor(), at, reflection_id)
    if found is None:
        return None
    return FeedbackShown(
        comments=comments_shown(at, found.comments, group_id=None),
        form=CommentForm(formdata=None),
        action=url_for("discussions.post", thread_id=found.public_id)
        if found.may_answer and not found.teaches
        else None,
        who=readers_of_feedback(at),
    )


def author_shown(author: Author, beside: Mapping[str, str]) -> str:
    """What a page calls an author: with the profession `beside` an alias, for faculty with the name behind it."""
    label = author.label if author.role else loop.with_profession(author.label, beside)
    if author.is_reader:
        return str(gettext("%(name)s (you)", name=label))
    return f"{label} ({author.name})" if author.name else label


def role_shown(role: str | None) -> str | None:
    """The word beside the name of faculty."""
    words: dict[str, str] = {"tutor": gettext("Tutor"), "director": gettext("Course director")}
    return words.get(role, gettext("Faculty")) if role else None


def comments_shown(at: Standing, lines: Iterable[CommentLine], *, group_id: int | None) -> list[CommentShown]:
    """Comments for a page: a group's with answers under what they answer, those on a reflection one after the other."""
    lines = list(lines)
    if group_id is None:
        return [replace(_comment_shown(at, line, {}, 0, elsewhere=False), may_hide=False) for line in lines]
    beside = loop.beside_aliases(at, group_id)
    here = {line.public_id for line in lines}
    below: dict[str | None, list[CommentLine]] = {}
    for line in lines:
        below.setdefault(line.parent_id if line.parent_id in here else None, []).append(line)
    shown: list[CommentShown] = []
    # A stack and no recursion: answers may follow each other a thousand deep.
    waiting = [(line, 0) for line in reversed(below.get(None, []))]
    while waiting:
        line, depth = waiting.pop()
        elsewhere = depth > DEEPEST or (line.parent_id is not None and line.parent_id not in here)
        shown.append(_comment_shown(at, line, beside, min(depth, DEEPEST), elsewhere=elsewhere))
        waiting += [(answer, depth + 1) for answer in reversed(below.get(line.public_id, []))]
    return shown


def _comment_shown(
    at: Standing, line: CommentLine, beside: Mapping[str, str], depth: int, *, elsewhere: bool
) -> CommentShown:
    mine = line.author.is_reader
    writable = at.round.cohort.archived_at is None
    may_change = writable and mine and line.state in {State.VISIBLE, State.HIDDEN}
    moderates = writable and at.is_faculty and not mine
    return CommentShown(
        id=line.public_id,
        author=author_shown(line.author, beside),
        role=role_shown(line.author.role),
        day=day(line.released_at or line.created_at, zone=at.round.zone, today=at.now),
        html=line.html,
        edited=line.edited and line.html is not None,
        depth=depth,
        state=line.state if line.state in {State.HIDDEN, State.HELD, State.DRAFT} else None,
        why=why(line.state, line.category, line.reason, is_reader=line.author.is_reader),
        url=url_for("discussions.comment", comment_id=line.public_id),
        answers=url_for("discussions.comment", comment_id=line.parent_id) if elsewhere and line.parent_id else None,
        earlier=line.earlier,
        may_edit=may_change and (at.is_faculty or rules.refuses_answering(at) is None),
        may_withdraw=may_change,
        may_restore=writable and mine and line.state is State.WITHDRAWN,
        may_hide=moderates and line.state is State.VISIBLE,
        may_show=moderates and line.state is State.HIDDEN,
        worry=url_for("concerns.new", cohort=at.round.cohort.public_id, about=line.author.public_id)
        if line.author.public_id and not mine
        else None,
    )


def why(state: State, category: str, reason: str, *, is_reader: bool) -> str | None:
    """Why a comment is not simply there, in as many words as its reader may have; `is_reader`: they wrote it."""
    match state:
        case State.WITHDRAWN if is_reader:
            text = gettext("You withdrew this. Only you can still read it.")
        case State.WITHDRAWN:
            text = gettext("Withdrawn by its writer.")
        case State.HIDDEN:
            rule = vocabulary().conduct.get(category)
            text = gettext("Hidden by faculty: %(rule)s.", rule=rule.name if rule else category)
            text = f"{text} “{reason}”" if reason else text
        case _:
            return None
    return str(text)


def _thread_shown(at: Standing, line: queries.ThreadLine, beside: Mapping[str, str]) -> ThreadShown:
    return ThreadShown(
        url=url_for("discussions.thread", thread_id=line.public_id),
        author=author_shown(line.author, beside),
        role=role_shown(line.author.role),
        day=day(line.created_at, zone=at.round.zone, today=at.now),
        opening=line.title,
        replies=line.replies,
    )


def _alias_to_announce(at: Standing) -> str | None:
    """The alias to speak of beside the form: where one writes for this group for the first time."""
    if at.is_faculty or not at.round.aliases or queries.has_written(reader(), actor(), at):
        return None
    return loop.name_among_peers(at)


def _refusal(code: str | None) -> str | None:
    return message(code) if code else None


def _after(session: Session, comment_id: str) -> str:
    """Where a comment stands after what was done to it, read in the same transaction."""
    found, teaches = queries.find_comment(session, actor(), comment_id)
    return _place(found, teaches=teaches)


def _place(found: Comment, *, teaches: bool) -> str:
    if found.thread.group_id is None:
        return feedback_url(found.thread, teaches=teaches)
    return url_for(
        "discussions.thread",
        thread_id=found.thread.public_id,
        after=queries.page_of(found.number) or None,
        _anchor=f"comment-{found.public_id}",
    )


def feedback_url(found: Thread, *, teaches: bool) -> str:
    """Where the thread on a reflection stands: for its writer with the reflection, for faculty on the desk."""
    reflection = found.reflection.public_id if found.reflection else ""
    if teaches:
        return url_for("review.review", round_id=found.round.public_id, reflection=reflection)
    return url_for("reflections.reflection", reflection_id=reflection, _anchor="feedback")
