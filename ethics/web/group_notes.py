"""One note to a group, with a line for each student: written, kept, released together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, jsonify, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts.models import Group
from ethics.discussions import group_notes as notes
from ethics.discussions.answer_models import GroupNote
from ethics.discussions.group_notes import Line, NoteNow, Recipient, Stands, together
from ethics.discussions.models import Comment
from ethics.errors import Conflict, Invalid, NotFound
from ethics.rounds.gate import Standing, standing
from ethics.rounds.queries import groups_taught
from ethics.rounds.schedule import next_monday, to_utc
from ethics.web import kept
from ethics.web.auth import actor, signed_in
from ethics.web.comments import rendered_post
from ethics.web.desk import desk_url
from ethics.web.forms.group_notes import GroupNoteForm, LineForm
from ethics.web.loop import shown, standing_here
from ethics.web.messages import say
from ethics.web.session import now, perform, reader, writing
from ethics.web.shown import case_shown
from ethics.web.times import Shown, clock_time
from ethics.web.toasts import undoable

blueprint = Blueprint("group_notes", __name__)

say(
    {
        "nobody-gets-it": lazy_gettext("Nobody would get this now. It is kept."),
        "note-open": lazy_gettext("You are writing another note to this group. Release that one first."),
    }
)


@dataclass(frozen=True, slots=True)
class EarlierNote:
    """A note that was released, and to whom it can be given besides."""

    public_id: str
    text: str
    day: Shown
    given: Sequence[str]
    since: Sequence[str]


@blueprint.get("/rounds/<string:round_id>/review/note")
@signed_in
def note(round_id: str) -> str:
    """The note to the group `group`, else to the first one taught; `note` is an earlier one to be given to others."""
    at, group = _here(round_id)
    found = _asked_for(at, group)
    recipients = notes.recipients_of(reader(), actor(), at, group, found)
    form = GroupNoteForm(
        formdata=None,
        data={
            "text": found.source if found else "",
            "note_id": found.public_id if found else "",
            "version": found.version if found else 0,
            "release_at": next_monday(at.now, at.round.zone),
        },
    )
    lines = {
        one.reflection_id: LineForm(formdata=None, prefix=f"{one.reflection_id}-", data={"line": one.line})
        for one in recipients
        if one.stands is Stands.OPEN
    }
    return _page(at, group, recipients, form, lines)


@blueprint.post("/rounds/<string:round_id>/review/note")
@signed_in
def write(round_id: str) -> Response | tuple[str, int]:
    """Keep the note and its lines, and release them if the button says so."""
    at, group = _here(round_id)
    form, lines = GroupNoteForm(), _line_forms(at, group)
    if _are_valid(form, lines):
        try:
            return _write(round_id, group.public_id, form, lines)
        except Invalid as error:
            if error.field is not None and error.field in lines:
                lines[error.field].refuse(Invalid(error.code, "line"))
            else:
                form.refuse(error)
        except Conflict as error:
            return _both(form, lines, error, _url(round_id, group.public_id)), 409
    at, group = _here(round_id)
    found = _named(at, group, form.note_id.data or "")
    return _page(at, group, notes.recipients_of(reader(), actor(), at, group, found), form, lines), 422


@blueprint.post("/rounds/<string:round_id>/review/note/draft")
@signed_in
def autosave(round_id: str) -> Response | tuple[Response, int]:
    """Keep what is typed; answers in JSON, as static/js/modules/autosave.js expects."""
    if kept.writer() != actor().public_id:
        return jsonify(error="signed-out"), 401
    at, group = _here(round_id)
    form, lines = GroupNoteForm(), _line_forms(at, group)
    if not _are_valid(form, lines):
        return jsonify(error="invalid"), 422
    zone, group_id, keep = actor().zone or at.round.zone, group.public_id, _keeping(form, lines)
    with writing() as session:
        saved = keep(session, round_id, group_id)
        version, note_id = saved.version, saved.public_id
    return jsonify(saved=clock_time(now(), zone=zone), version=version, fields={"note_id": note_id})


def _are_valid(form: GroupNoteForm, lines: Mapping[str, LineForm]) -> bool:
    """Whether all can be kept; every field is looked at, so that each says what is wrong with it."""
    return False not in [one.validate() for one in (form, *lines.values())]


def _write(round_id: str, group_id: str, form: GroupNoteForm, lines: Mapping[str, LineForm]) -> Response:
    then, keep = request.form.get("then", "save"), _keeping(form, lines)
    said: list[Callable[[], object]] = []

    def verb(session: Session) -> str:
        said.clear()
        saved = keep(session, round_id, group_id)
        if then not in {"release", "release-at"}:
            said.append(lambda: flash(gettext("Kept. Only you can read it until you release it."), "success"))
            return _url(round_id, group_id)
        at = standing(session, actor(), round_id, now=now())
        time = _release_time(at, form) if then == "release-at" else None
        done = notes.release_note(
            session,
            actor=actor(),
            round_id=round_id,
            group_id=group_id,
            note_id=saved.public_id,
            at_time=time,
            now=now(),
        )
        said.append(lambda: _say_released(at, done, time))
        return _url(round_id, group_id)

    done = perform(verb, actor=actor().public_id)
    for words in said:
        words()
    return done


def _keeping(form: GroupNoteForm, lines: Mapping[str, LineForm]) -> Callable[[Session, str, str], GroupNote]:
    """What keeps the note in a transaction; its texts are rendered now, before that begins."""
    source = form.text.data or ""
    said = {reflection_id: one.line.data or "" for reflection_id, one in lines.items()}
    html = {text: rendered_post(text) for text in {together(source, line) for line in said.values()}}
    rendered = {reflection_id: Line(line, html[together(source, line)]) for reflection_id, line in said.items()}

    def keep(session: Session, round_id: str, group_id: str) -> GroupNote:
        return notes.write_note(
            session,
            actor=actor(),
            round_id=round_id,
            group_id=group_id,
            note_id=form.note_id.data or "",
            source=source,
            lines=rendered,
            version=form.version.data or 0,
            now=now(),
        )

    return keep


def _line_forms(at: Standing, group: Group) -> dict[str, LineForm]:
    """What was typed for each student of the group; for nobody whom the page did not show."""
    submitted = [one.reflection_id for one in notes.recipients_of(reader(), actor(), at, group, None)]
    return {one: LineForm(prefix=f"{one}-") for one in submitted if one is not None and f"{one}-line" in request.form}


def _page(
    at: Standing, group: Group, recipients: Sequence[Recipient], form: GroupNoteForm, lines: Mapping[str, LineForm]
) -> str:
    for one in recipients:
        if one.reflection_id in lines:
            lines[one.reflection_id].line.label.text = gettext("A line for %(name)s", name=one.name)
    return render_template(
        "review/note.html",
        at=at,
        case=case_shown(at),
        group=group,
        groups=[
            (one.name, _url(at.round.public_id, one.public_id), one.id == group.id)
            for one in groups_taught(reader(), actor(), at)
        ],
        form=form,
        lines=lines,
        begun=[(one.name, desk_url(at.round.public_id, one.reflection_id)) for one in _who(recipients, "begun")],
        discarded=[(one.name, one.comment_id) for one in _who(recipients, "discarded")],
        given=[one.name for one in _who(recipients, "given")],
        missing=[one.name for one in _who(recipients, "not-submitted")],
        earlier=_earlier(at, group, form.note_id.data or ""),
    )


def _who(recipients: Sequence[Recipient], stands: str) -> list[Recipient]:
    return [one for one in recipients if one.stands == stands]


def _earlier(at: Standing, group: Group, chosen: str) -> list[EarlierNote]:
    found = []
    for one, is_open in notes.notes_of(reader(), actor(), at, group):
        if is_open or one.public_id == chosen:
            continue
        recipients = notes.recipients_of(reader(), actor(), at, group, one)
        found.append(
            EarlierNote(
                one.public_id,
                one.source,
                shown(at, one.created_at),
                [recipient.name for recipient in _who(recipients, "given")],
                [recipient.name for recipient in _who(recipients, "open")],
            )
        )
    return found


def _here(round_id: str) -> tuple[Standing, Group]:
    """The round, and the group that the address names, else the first that is taught. Raises NotFound."""
    at = standing_here(round_id)
    taught = groups_taught(reader(), actor(), at) if at.is_faculty else []
    wanted = request.args.get("group") or (taught[0].public_id if taught else "")
    return at, notes.group_taught(reader(), actor(), at, wanted)


def _asked_for(at: Standing, group: Group) -> GroupNote | None:
    """The note that is open, else the earlier one that the address names."""
    current = next((one for one, is_open in notes.notes_of(reader(), actor(), at, group) if is_open), None)
    return current or _named(at, group, request.args.get("note", ""))


def _named(at: Standing, group: Group, note_id: str) -> GroupNote | None:
    if not note_id:
        return None
    found = next((one for one, _ in notes.notes_of(reader(), actor(), at, group) if one.public_id == note_id), None)
    if found is None:
        raise NotFound
    return found


def _release_time(at: Standing, form: GroupNoteForm) -> datetime:
    if form.release_at.data is None:
        raise Invalid("required", "release_at")
    return to_utc(form.release_at.local, at.round.zone)


def _say_released(at: Standing, released: Sequence[Comment], time: datetime | None) -> None:
    if time is None:
        words = ngettext(
            "Released to one student, who is told in ten minutes.",
            "Released to %(num)s students, who are told in ten minutes.",
            len(released),
        )
    else:
        words = ngettext(
            "One student can read it from %(time)s on, and is told ten minutes later.",
            "%(num)s students can read it from %(time)s on, and are told ten minutes later.",
            len(released),
            time=shown(at, time).text,
        )
    undoable(words, url_for("review.take_back", comment_id=released[0].public_id))


def _both(form: GroupNoteForm, lines: Mapping[str, LineForm], error: Conflict, back: str) -> str:
    """The page for a note that changed meanwhile: all that was typed beside all that is kept, and a choice."""
    if not isinstance(error.current, NoteNow):
        raise TypeError("a conflict of notes carries the one that stands")
    fields = [(form.text, error.current.source)]
    fields += [(one.line, error.current.lines.get(reflection_id, "")) for reflection_id, one in lines.items()]
    known = {field.name for field, _ in fields} | {"version", "then", "idempotency_key"}
    return render_template(
        "errors/conflict.html",
        texts=[
            {"name": field.name, "label": field.label.text, "mine": field.data or "", "theirs": theirs}
            for field, theirs in fields
        ],
        fields=[one for one in kept.typed() if one.name not in known],
        version=error.current.version,
        action=request.full_path.rstrip("?"),
        back=back,
    )


def _url(round_id: str, group_id: str) -> str:
    return url_for("group_notes.note", round_id=round_id, group=group_id)
