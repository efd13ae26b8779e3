"""How comments stand on pages: a group's threads, the feedback on a reflection, and where each one is found."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from ethics.db import new_public_id
from ethics.discussions import posts, queries, rules
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.queries import Author, CommentLine
from ethics.discussions.waiting import revisions_wanted
from ethics.markup import Profile, Rendered, render
from ethics.rounds.gate import Standing
from ethics.web import loop
from ethics.web.auth import actor
from ethics.web.forms.discussions import CommentForm
from ethics.web.kept import Typed
from ethics.web.passages import PassageShown, passage_shown
from ethics.web.session import now, reader
from ethics.web.shown import vocabulary
from ethics.web.times import Shown, day

DEEPEST = 2
"""How far answers are set in; those to answers of answers stand at the same depth, with a link to what they answer."""


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
    may_answer: bool
    """Whether it is one that can be answered: what is held is not. The page knows whether one can write at all."""
    may_withdraw: bool
    may_restore: bool
    may_moderate: bool
    may_show: bool
    may_redact: bool
    may_report: bool
    may_appeal: bool
    worry: str | None
    """Where one of the faculty who is worried about its author goes."""
    note: str | None = None
    """What else is to be known of one of faculty's: that it waits, that all groups have it."""
    quoted: str | None = None
    """The passage of what it answers, as it stands there now."""
    quoted_gone: str | None = None
    """Why that passage is not shown."""
    new: bool = False


@dataclass(frozen=True, slots=True)
class FeedbackShown:
    """The thread on a reflection for templates/discussions/_feedback.html."""

    comments: list[CommentShown]
    form: CommentForm
    action: str | None
    """Where the reader's answer goes; None where they cannot write, or write on the desk."""
    who: str
    passages: Mapping[str, PassageShown]
    """The passages that comments are about, by the comment."""
    taken_up: Collection[str]
    """The comments that the writer of the reflection has taken up."""
    may_take_up: bool
    """Whether the reader is that writer, and can say so."""
    given: Collection[str]
    """The comments that faculty wrote."""


def comments_shown(
    at: Standing, lines: Iterable[CommentLine], *, group_id: int | None, seen: int | None = None
) -> list[CommentShown]:
    """Comments for a page: a group's with answers under what they answer, those on a reflection one after the other.

    `seen` is the highest number the reader has seen: what others wrote after it is new. None: nothing is.
    """
    lines = list(lines)
    if group_id is None:
        return [
            replace(_comment_shown(at, line, {}, 0, elsewhere=False), may_moderate=False, may_report=False)
            for line in lines
        ]
    beside = loop.beside_aliases(at, group_id)
    wanted = revisions_wanted(reader(), actor(), [line.public_id for line in lines], teaches=at.is_faculty)
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
        item = _comment_shown(at, line, beside, min(depth, DEEPEST), elsewhere=elsewhere)
        if seen is not None and line.number > seen and line.state is State.VISIBLE and not line.author.is_reader:
            item = replace(item, new=True)
        if line.public_id in wanted:
            item = replace(item, why=_revision_words(*wanted[line.public_id]), may_appeal=item.may_edit)
        shown.append(item)
        waiting += [(answer, depth + 1) for answer in reversed(below.get(line.public_id, []))]
    return shown


def _comment_shown(
    at: Standing, line: CommentLine, beside: Mapping[str, str], depth: int, *, elsewhere: bool
) -> CommentShown:
    mine = line.author.is_reader
    writable = at.round.cohort.archived_at is None
    may_change = writable and mine and line.state in {State.VISIBLE, State.HIDDEN, State.HELD}
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
        may_answer=line.state is not State.HELD,
        may_withdraw=may_change,
        may_restore=writable and mine and line.state is State.WITHDRAWN,
        may_moderate=moderates and line.state is not State.WITHDRAWN,
        may_show=moderates and line.state is State.HIDDEN,
        may_redact=at.is_faculty and line.state is not State.DRAFT and line.html is not None,
        may_report=writable and not mine and line.state is State.VISIBLE,
        may_appeal=writable and mine and line.state in {State.HIDDEN, State.HELD},
        worry=url_for("concerns.new", cohort=at.round.cohort.public_id, about=line.author.public_id)
        if line.author.public_id and not mine
        else None,
        note=_note(line),
        quoted=line.quotation.text if line.quotation else None,
        quoted_gone=_quoted_gone(line),
    )


def _quoted_gone(line: CommentLine) -> str | None:
    if line.quotation is None or line.quotation.text is not None:
        return None
    if line.quotation.state is State.WITHDRAWN:
        return str(gettext("What is quoted here was withdrawn by its writer."))
    if line.quotation.state is State.VISIBLE:
        return str(gettext("The passage quoted here has changed since."))
    return str(gettext("What is quoted here is not open to the group."))


def _note(line: CommentLine) -> str | None:
    if line.waits:
        return str(gettext("Students see this once most of them have written in this thread."))
    return str(gettext("Posted in each group at once.")) if line.to_all else None


def why(state: State, category: str, reason: str, *, is_reader: bool) -> str | None:
    """Why a comment is not simply there, in as many words as its reader may have; `is_reader`: they wrote it."""
    match state:
        case State.WITHDRAWN if is_reader:
            text = gettext("You withdrew this. Only you can still read it.")
        case State.WITHDRAWN:
            text = gettext("Withdrawn by its writer.")
        case State.HIDDEN:
            text = _with_reason(gettext("Hidden by faculty: %(rule)s.", rule=rule_name(category)), reason)
        case State.HELD:
            held = gettext("Held: nobody but its author and faculty can read it. %(rule)s.", rule=rule_name(category))
            text = _with_reason(held, reason)
        case _:
            return None
    return str(text)


def _revision_words(category: str, reason: str) -> str:
    return _with_reason(gettext("Faculty ask for a revision: %(rule)s.", rule=rule_name(category)), reason)


def _with_reason(text: str, reason: str) -> str:
    return f"{text} “{reason}”" if reason else str(text)


def rule_name(category: str) -> str:
    """The name of a rule of the code of conduct."""
    rule = vocabulary().conduct.get(category)
    return rule.name if rule else category


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


def feedback_shown(at: Standing, reflection_id: str, texts: Mapping[str, str]) -> FeedbackShown | None:
    """The thread on a reflection of this round, for its writer and for faculty; None where there is none for them.

    `texts` are those of the revision on the page, in which the passages are looked for.
    """
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
        passages={
            key: passage_shown(texts, part.passage) for key, part in found.parts.items() if part.passage is not None
        },
        taken_up={key for key, part in found.parts.items() if part.taken_up},
        may_take_up=not found.teaches and at.round.cohort.archived_at is None,
        given={line.public_id for line in found.comments if line.author.role and line.state is State.VISIBLE},
    )


def readers_of_feedback(at: Standing) -> str:
    """Who can read the thread on a reflection: ethics.discussions.queries.visible_to holds to the same."""
    if at.is_faculty:
        text = gettext("Its writer, the tutors of their group and the course director can read this, with your name.")
        return str(text)
    return loop.faculty_and(gettext("Nobody else can."))


def rendered_post(source: str) -> Rendered:
    """A typed text as safe HTML; done before the transaction begins."""
    return render(source, profile=Profile.POST, prefix=new_public_id())


def place_after(session: Session, comment_id: str) -> str:
    """Where a comment stands after what was done to it, read in the same transaction."""
    found, teaches = queries.find_comment(session, actor(), comment_id, now=now())
    return place_of(found, teaches=teaches)


def place_of(found: Comment, *, teaches: bool) -> str:
    """Where a comment stands for its reader: in its thread, or with the reflection it is about."""
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


def two_versions(mine: str, saved: object, *, back: str, fields: Iterable[Typed] = ()) -> str:
    """The page for a comment that changed meanwhile: what was typed beside what is kept, and a choice.

    `fields` are what else of the form is sent again.
    """
    if not isinstance(saved, posts.Current):
        raise TypeError("a conflict of comments carries the text that stands")
    return render_template(
        "errors/conflict.html",
        texts=[{"name": "text", "label": gettext("Your text"), "mine": mine, "theirs": saved.source}],
        version=saved.version,
        fields=list(fields),
        action=request.full_path.rstrip("?"),
        back=back,
    )


def title_gone(state: State) -> str:
    """What stands in place of a title whose comment the reader may not read."""
    if state is State.WITHDRAWN:
        return str(gettext("Begun by a comment that its writer withdrew"))
    return str(gettext("Begun by a comment that faculty have hidden"))
