"""The threads of a group: reading and writing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.anchors import Passage, passage_in
from ethics.db import new_public_id
from ethics.discussions import actions, drafts, queries, rules
from ethics.discussions.arranging import why_locked
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.moderation import refuses_changing
from ethics.discussions.passages import begun_from, shared_parts
from ethics.discussions.posts import Quotation
from ethics.discussions.queries import CommentPage, OpenThread
from ethics.discussions.reading import follow_thread, next_unread, note_seen
from ethics.discussions.reading_models import CommentDraft, Follows
from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.rounds.gate import Standing
from ethics.rounds.models import Round
from ethics.rounds.queries import groups_taught
from ethics.web import kept, loop
from ethics.web.addresses import storable_number
from ethics.web.auth import actor, signed_in
from ethics.web.comments import (
    author_shown,
    comments_shown,
    feedback_url,
    place_after,
    place_of,
    readers_of_feedback,
    rendered_post,
    role_shown,
    title_gone,
    two_versions,
)
from ethics.web.forms.discussions import CommentForm, EditForm, ThreadForm
from ethics.web.forms.passages import PassageForm
from ethics.web.identifiers import hint
from ethics.web.kept import Typed
from ethics.web.loop import standing_here
from ethics.web.messages import message, say
from ethics.web.openings import suggested
from ethics.web.passages import PassageShown, passage_shown
from ethics.web.session import now, perform, reader, writing
from ethics.web.shown import case_shown
from ethics.web.times import Shown, clock_time, day
from ethics.web.toasts import undoable

blueprint = Blueprint("discussions", __name__)

LONGEST_TAB = 40

say(
    {
        "unknown-question": lazy_gettext("This question is not one of the case’s."),
        "not-your-comment": lazy_gettext("Only who wrote a comment can change it or take it back."),
        "not-editable": lazy_gettext("A comment that is withdrawn can’t be changed. Put it back first."),
        "state-changed": lazy_gettext("Somebody else was faster: this comment is no longer as you saw it."),
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
    new: int
    follows: str
    quote: str | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """A question of the case, the threads that began from it, and where to begin another."""

    number: int
    html: str
    threads: list[ThreadShown]
    url: str


@blueprint.get("/rounds/<string:round_id>/discussion")
@signed_in
def discussion(round_id: str) -> str:
    """The group's threads. Before the commitments are complete: what opens them."""
    at = standing_here(round_id)
    if not at.may_meet_others:
        return render_template("discussions/closed.html", at=at, rail=loop.rail(at, "discussion"))
    number = request.args.get("question", type=int)
    return _discussion_page(at, None, suggested(at) | ({"question": number} if number else {}))


@blueprint.post("/rounds/<string:round_id>/discussion")
@signed_in
def start(round_id: str) -> Response | str | tuple[str, int]:
    """Begin a thread; look at it first, or keep it as a draft: the button says which."""
    form, then = ThreadForm(), request.form.get("then", "")
    if then == "begin":
        values = {name: form[name].data for name in ("quotation", "part", "before", "reflection")}
        return _discussion_page(standing_here(round_id), None, values)
    if then == "save" and form.text.validate(form):
        return _keep_thread(round_id, form)
    if form.validate():
        text = form.text.data or ""
        if then == "preview":
            return _discussion_page(standing_here(round_id), form, preview=rendered_post(text).html)
        rendered = rendered_post(text)

        def verb(session: Session) -> str:
            given: dict[str, Any] = {
                "actor": actor(),
                "round_id": round_id,
                "title": form.title.data or "",
                "question": form.question.data,
                "quotation": Quotation(
                    form.quotation.data or "",
                    form.part.data or "",
                    form.before.data or "",
                    form.reflection.data or "",
                ),
                "source": text,
                "rendered": rendered,
                "now": now(),
            }
            group_id = request.args.get("group")
            if form.everywhere.data:
                begun = actions.start_everywhere(session, **given)
                words = ngettext("Begun in %(num)d group.", "Begun in each of your %(num)d groups.", len(begun))
                flash(words, "success")
                return url_for("discussions.discussion", round_id=round_id, group=group_id)
            thread = actions.start_thread(session, group_id=group_id, **given)
            return url_for("discussions.thread", thread_id=thread.public_id)

        try:
            return perform(verb, actor=actor().public_id)
        except Invalid as error:
            form.refuse(error)
    return _discussion_page(standing_here(round_id), form), 422


@blueprint.post("/rounds/<string:round_id>/discussion/draft")
@signed_in
def autosave_thread(round_id: str) -> Response | tuple[Response, int]:
    """Keep the beginning of a thread as it is typed; answers in JSON, as static/js/modules/autosave.js expects."""
    if kept.writer() != actor().public_id:
        return jsonify(error="signed-out"), 401
    form = ThreadForm()
    with writing() as session:
        return _saved(session, _save_thread(session, round_id, form))


def _keep_thread(round_id: str, form: ThreadForm) -> Response | tuple[str, int]:
    back = url_for("discussions.discussion", round_id=round_id, group=request.args.get("group"), _anchor="new")

    def verb(session: Session) -> str:
        _save_thread(session, round_id, form)
        return back

    try:
        answer = perform(verb, actor=actor().public_id)
    except Conflict as error:
        again = [
            Typed("then", "save"),
            Typed("title", form.title.data or ""),
            Typed("question", str(form.question.data or "")),
        ]
        return two_versions(form.text.data or "", error.current, back=back, fields=again), 409
    flash(gettext("Kept as a draft. Only you can read it."), "success")
    return answer


def _save_thread(session: Session, round_id: str, form: ThreadForm) -> CommentDraft:
    return drafts.save_of_group(
        session,
        actor=actor(),
        round_id=round_id,
        group_id=request.args.get("group"),
        typed=_typed(form, "title", "question", "quotation", "part", "before", "reflection"),
        now=now(),
    )


def _discussion_page(
    at: Standing, form: ThreadForm | None, values: Mapping[str, Any] | None = None, *, preview: str | None = None
) -> str:
    """The list of threads; without a form, what the reader has begun stands in it, and `values` over that."""
    groups = groups_taught(reader(), actor(), at) if at.is_faculty else []
    chosen = request.args.get("group") or (groups[0].public_id if groups else None)
    if at.is_faculty and not groups:
        return render_template("discussions/no_groups.html", at=at)
    group_id = queries.group_for(reader(), actor(), at, chosen)
    if form is None:
        begun = _draft_values(drafts.of_group(at, group_id)) | dict(values or {})
        form = ThreadForm(formdata=None, data=begun | {"question": int(begun.get("question") or 0) or None})
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
                [
                    _thread_shown(at, line, beside)
                    for line in lines
                    if line.question == question.number and not line.is_pinned
                ],
                url_for("discussions.discussion", **here, question=question.number, _anchor="new"),
            )
            for question in questions
        ],
        pinned=[_thread_shown(at, line, beside) for line in lines if line.is_pinned],
        threads=[
            _thread_shown(at, line, beside) for line in lines if line.question not in numbers and not line.is_pinned
        ],
        is_empty=not lines,
        next_unread=url_for("discussions.unread", **here) if any(line.new for line in lines) else None,
        next_url=url_for("discussions.discussion", **here, before=lines[-1].public_id) if more else None,
        refusal=_refusal(rules.refuses_starting(at)),
        form=form,
        question=next((question for question in questions if question.number == form.question.data), None),
        action=url_for("discussions.start", **here),
        autosave_url=url_for("discussions.autosave_thread", **here),
        preview=preview,
        hint=hint(at, form.text.data or "") if form and preview else "",
        who=loop.readers_of_comment(at),
        alias=_alias_to_announce(at),
        may_name=at.is_participant and at.round.aliases,
    )


@blueprint.get("/threads/<string:thread_id>")
@signed_in
def thread(thread_id: str) -> Response | str:
    """A thread of a group; `reply` opens the form at that comment. A thread on a reflection stands with it."""
    opened = queries.open_thread(reader(), actor(), thread_id, now=now())
    if opened is None:
        found, teaches = queries.find_thread(reader(), actor(), thread_id, now=now())
        return redirect(feedback_url(found, teaches=teaches), code=303)
    page = _comment_page(opened)
    parent = request.args.get("reply", "")
    values = _draft_values(drafts.in_thread(thread_id, parent)) | {"parent": parent}
    html = _thread_page(opened, page, CommentForm(formdata=None, data=values))
    last = page.comments[-1].number if page.comments else 0
    if last > opened.seen:
        with writing() as session:
            note_seen(session, actor=actor(), thread_id=opened.thread.id, number=last)
    return html


@blueprint.post("/threads/<string:thread_id>")
@signed_in
def post(thread_id: str) -> Response | str | tuple[str, int]:
    """Write in a thread; look at it first, or keep it as a draft: the button says which."""
    form, then = CommentForm(), request.form.get("then", "")
    error: Invalid | None = None
    if form.validate():
        text = form.text.data or ""
        if then == "save":
            return _keep_comment(thread_id, form)
        rendered = rendered_post(text)
        if then == "preview":
            return _written_page(thread_id, form, preview=rendered.html)
        if rules.only_agrees(text) and not form.asked.data and not _teaches(thread_id):
            form.asked.data, form.asked.raw_data = 1, None
            return _written_page(thread_id, form, asks=True), 422

        def verb(session: Session) -> str:
            written = actions.post_comment(
                session,
                actor=actor(),
                thread_id=thread_id,
                parent_id=form.parent.data or None,
                quotation=Quotation(form.quotation.data or "", form.part.data or "", form.before.data or ""),
                after_most=bool(form.after_most.data),
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
    return _written_page(thread_id, form, error=error), 422


def _teaches(thread_id: str) -> bool:
    return queries.find_thread(reader(), actor(), thread_id, now=now())[1]


def _written_page(
    thread_id: str,
    form: CommentForm,
    *,
    preview: str | None = None,
    asks: bool = False,
    error: Invalid | None = None,
) -> str:
    """The thread with what was just typed in the form; raises `error` where the thread has no page of its own."""
    opened = queries.open_thread(reader(), actor(), thread_id, now=now())
    if opened is None:
        raise error or Invalid("too-long", "text")
    return _thread_page(opened, _comment_page(opened), form, preview=preview, asks=asks)


@blueprint.post("/threads/<string:thread_id>/draft")
@signed_in
def autosave(thread_id: str) -> Response | tuple[Response, int]:
    """Keep a comment as it is typed; answers in JSON, as static/js/modules/autosave.js expects."""
    if kept.writer() != actor().public_id:
        return jsonify(error="signed-out"), 401
    form = CommentForm()
    with writing() as session:
        return _saved(session, _save_comment(session, thread_id, form))


def _keep_comment(thread_id: str, form: CommentForm) -> Response | tuple[str, int]:
    parent = form.parent.data or ""
    back = url_for("discussions.thread", thread_id=thread_id, reply=parent or None, _anchor="comment-form")

    def verb(session: Session) -> str:
        _save_comment(session, thread_id, form)
        return back

    try:
        answer = perform(verb, actor=actor().public_id)
    except Conflict as error:
        again = [Typed("then", "save"), Typed("parent", parent), Typed("quotation", form.quotation.data or "")]
        return two_versions(form.text.data or "", error.current, back=back, fields=again), 409
    flash(gettext("Kept as a draft. Only you can read it."), "success")
    return answer


def _save_comment(session: Session, thread_id: str, form: CommentForm) -> CommentDraft:
    return drafts.save_in_thread(
        session,
        actor=actor(),
        thread_id=thread_id,
        parent_id=form.parent.data or "",
        typed=_typed(form, "quotation", "part", "before"),
        now=now(),
    )


def _typed(form: CommentForm | ThreadForm, *more: str) -> drafts.Typed:
    """What a form holds, and beside the text the fields named in `more`."""
    return drafts.Typed(
        text=form.text.data or "",
        more={name: str(form[name].data or "") for name in more},
        version=form.version.data or 0,
        tab=(form.tab.data or "")[:LONGEST_TAB],
        turn=form.turn.data or 0,
    )


def _saved(session: Session, draft: CommentDraft) -> Response:
    zone = actor().zone or session.get_one(Round, draft.round_id).zone
    return jsonify(saved=clock_time(now(), zone=zone), version=draft.version)


def _draft_values(place: str) -> dict[str, Any]:
    """What a form begins with: the draft, and a name for this page."""
    draft = drafts.draft_at(reader(), actor(), place)
    values: dict[str, Any] = {"tab": new_public_id(), "turn": 0}
    return values | {**draft.more, "text": draft.text, "version": draft.version, **values} if draft else values


def _comment_page(opened: OpenThread) -> CommentPage:
    return queries.comments_in(
        reader(),
        actor(),
        opened.thread,
        teaches=opened.teaches,
        now=now(),
        after=request.args.get("after", 0, type=storable_number),
        before=request.args.get("before", type=storable_number),
    )


def _thread_page(
    opened: OpenThread, page: CommentPage, form: CommentForm, *, preview: str | None = None, asks: bool = False
) -> str:
    found = opened.thread
    at = standing_here(found.round.public_id)
    # At the first visit all is new, and no mark would tell anything from anything.
    held = [] if page.next else queries.held_in(reader(), actor(), found, teaches=at.is_faculty, now=now())
    shown = comments_shown(at, [*page.comments, *held], group_id=found.group_id, seen=opened.seen or None)
    address: dict[str, Any] = {"thread_id": found.public_id}
    return render_template(
        "discussions/thread.html",
        at=at,
        thread=found,
        title=opened.title or title_gone(opened.opening),
        follows=opened.follows,
        begun=begun_from(reader(), actor(), at, found),
        next_unread=url_for("discussions.unread", round_id=at.round.public_id, group=_group_of(at, found)),
        rail=loop.rail(at, "discussion"),
        back=url_for(
            "discussions.discussion",
            round_id=at.round.public_id,
            group=_group_of(at, found),
        ),
        question=next((item for item in queries.questions(reader(), at) if item.number == found.question), None),
        comments=shown,
        here={**address, **{name: request.args[name] for name in ("after", "before") if name in request.args}},
        previous=url_for("discussions.thread", **address, before=page.previous) if page.previous else None,
        next=url_for("discussions.thread", **address, after=page.next) if page.next else None,
        refusal=_refusal(rules.refuses_writing_in(at, found)),
        why_locked=why_locked(reader(), found),
        form=form,
        reply=next((item for item in shown if item.id == form.parent.data), None),
        autosave_url=url_for("discussions.autosave", **address),
        preview=preview,
        hint=hint(at, form.text.data or "") if form and preview else "",
        asks=asks,
        who=loop.readers_of_comment(at),
        alias=_alias_to_announce(at),
    )


def _group_of(at: Standing, found: Thread) -> str | None:
    """The public id of a thread's group in addresses of faculty, who may teach several."""
    return found.group.public_id if at.is_faculty and found.group else None


@blueprint.post("/threads/<string:thread_id>/follow")
@signed_in
def follow(thread_id: str) -> Response:
    """Follow a thread, mute it, or neither."""
    wanted = request.form.get("follows", "")
    follows = Follows(wanted) if wanted in set(Follows) else Follows.USUAL

    def verb(session: Session) -> str:
        follow_thread(session, actor=actor(), thread_id=thread_id, follows=follows, now=now())
        return url_for("discussions.thread", thread_id=thread_id)

    return perform(verb, actor=actor().public_id)


@blueprint.get("/rounds/<string:round_id>/discussion/unread")
@signed_in
def unread(round_id: str) -> Response:
    """Go to the next comment that is new; to the list of threads where nothing is."""
    at = standing_here(round_id)
    here: dict[str, Any] = {"round_id": round_id, "group": request.args.get("group") if at.is_faculty else None}
    if at.may_meet_others and (at.is_participant or here["group"]):
        group_id = queries.group_for(reader(), actor(), at, here["group"])
        found = next_unread(reader(), actor(), at, group_id)
        if found is not None:
            return redirect(url_for("discussions.comment", comment_id=found), code=303)
    return redirect(url_for("discussions.discussion", **here), code=303)


@blueprint.get("/comments/<string:comment_id>")
@signed_in
def comment(comment_id: str) -> Response:
    """Go to where a comment stands."""
    found, teaches = queries.find_comment(reader(), actor(), comment_id, now=now())
    return redirect(place_of(found, teaches=teaches), code=303)


@blueprint.route("/comments/<string:comment_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(comment_id: str) -> Response | str | tuple[str, int]:
    """Change a comment of one's own."""
    found, teaches = queries.find_comment(reader(), actor(), comment_id, now=now())
    at = standing_here(found.thread.round.public_id)
    refusal = rules.refuses_editing(at, actor(), found) or refuses_changing(reader(), found)
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
            return two_versions(text, error.current, back=place_of(found, teaches=teaches)), 409
    return _edit_page(at, found, form, teaches=teaches), 422


def _edit_page(at: Standing, found: Comment, form: EditForm, *, teaches: bool) -> str:
    in_group = found.thread.group_id is not None
    return render_template(
        "discussions/edit.html",
        action=url_for("discussions.edit", comment_id=found.public_id),
        rail=loop.rail(at, "discussion" if in_group else "reflection"),
        form=form,
        back=place_of(found, teaches=teaches),
        who=loop.readers_of_comment(at) if in_group else readers_of_feedback(at),
        hidden=found.state in {State.HIDDEN, State.HELD},
    )


@blueprint.post("/comments/<string:comment_id>/withdraw")
@signed_in
def withdraw(comment_id: str) -> Response:
    """Take a comment of one's own back."""

    def verb(session: Session) -> str:
        actions.withdraw_comment(session, actor=actor(), comment_id=comment_id, now=now())
        return place_after(session, comment_id)

    answer = perform(verb, actor=actor().public_id)
    undoable(gettext("Withdrawn. Only you can still read it."), url_for("discussions.restore", comment_id=comment_id))
    return answer


@blueprint.post("/comments/<string:comment_id>/restore")
@signed_in
def restore(comment_id: str) -> Response:
    """Put back a comment that one has withdrawn."""

    def verb(session: Session) -> str:
        actions.restore_comment(session, actor=actor(), comment_id=comment_id, now=now())
        return place_after(session, comment_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("It is back where it was."), "success")
    return answer


def _thread_shown(at: Standing, line: queries.ThreadLine, beside: Mapping[str, str]) -> ThreadShown:
    return ThreadShown(
        url=url_for("discussions.thread", thread_id=line.public_id),
        author=author_shown(line.author, beside),
        role=role_shown(line.author.role),
        day=day(line.created_at, zone=at.round.zone, today=at.now),
        opening=line.title or title_gone(line.state),
        replies=line.replies,
        new=line.new,
        follows=line.follows,
        quote=line.passage.anchor.exact if line.passage else None,
        pinned=line.is_pinned,
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a text that threads of the group begin from."""

    threads: list[tuple[ThreadShown, PassageShown | None]]
    """Each with its passage; None where that stands in the text no longer."""
    form: PassageForm | None
    """Where one may begin another."""
    action: str
    reflection: str = ""


def beside_case(at: Standing, parts: Mapping[str, str]) -> Beside | None:
    """The threads that begin from these parts of the case, by their positions; None before the reader meets others.

    Faculty who teach several groups see those of the one that the address names, or of the first.
    """
    if not at.may_meet_others:
        return None
    groups = groups_taught(reader(), actor(), at) if at.is_faculty else []
    if at.is_faculty and not groups:
        return None
    chosen = request.args.get("group") or groups[0].public_id if groups else None
    group_id = queries.group_for(reader(), actor(), at, chosen)
    lines = queries.threads_beside(reader(), actor(), at, group_id)
    return Beside(
        [
            (shown, passage_shown(parts, passage))
            for shown, passage in _with_passages(at, group_id, lines)
            if passage.part in parts
        ],
        None if rules.refuses_starting(at) else PassageForm(formdata=None),
        url_for("discussions.start", round_id=at.round.public_id, group=chosen),
    )


def beside_reflection(at: Standing, reflection_id: str, *, is_own: bool = False) -> Beside | None:
    """The threads that begin from a reflection the reader's group may read, and for peers where to begin another.

    None where there is neither. Words that have gone from it, or that its writer keeps back since, are not shown.
    """
    if at.group_id is None or not at.may_meet_others:
        return None
    parts = shared_parts(reader(), actor(), reflection_id)
    lines = queries.threads_beside(reader(), actor(), at, at.group_id, reflection_id=reflection_id)
    threads = [
        (shown, passage_shown(parts, passage) if passage_in(parts, passage) else None)
        for shown, passage in _with_passages(at, at.group_id, lines)
    ]
    form = None if is_own or rules.refuses_starting(at) else PassageForm(formdata=None)
    start_url = url_for("discussions.start", round_id=at.round.public_id)
    return Beside(threads, form, start_url, reflection_id) if threads or form else None


def _with_passages(
    at: Standing, group_id: int, lines: list[queries.ThreadLine]
) -> Iterator[tuple[ThreadShown, Passage]]:
    aliases = loop.beside_aliases(at, group_id)
    for line in lines:
        if line.passage is not None:
            yield replace(_thread_shown(at, line, aliases), quote=None), line.passage


def _alias_to_announce(at: Standing) -> str | None:
    """The alias to speak of beside the form: where one writes for this group for the first time."""
    if at.is_faculty or not at.round.aliases or queries.has_written(reader(), actor(), at):
        return None
    return loop.name_among_peers(at)


def _refusal(code: str | None) -> str | None:
    return message(code) if code else None
