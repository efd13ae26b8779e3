"""Writing a case in the browser: a form or Markdown over one text, the page beside it, pictures, and publishing."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask import Response as Answer
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cases import editing
from ethics.cases.checks import findings_of
from ethics.cases.editing import Desk, KeptText
from ethics.cases.format import MAX_BYTES, parse
from ethics.cases.front import SLUG
from ethics.cases.images import Image
from ethics.cases.models import Status
from ethics.cases.pictures import clean_picture
from ethics.cases.pieces import FormError
from ethics.cases.source_form import SourceForm, fill_in, form_of, rearrange, replace_text, shown_text
from ethics.cases.sync import CaseFile, images_used, prepare
from ethics.differences import chosen, hunks, words_between
from ethics.errors import Conflict, Invalid, NotFound
from ethics.people.models import Role
from ethics.text import clean_name, showable
from ethics.web import kept
from ethics.web.auth import actor, role, signed_in
from ethics.web.forms.editor import FindingShown, shown_finding, shown_form
from ethics.web.library import library_reader
from ethics.web.messages import message, say
from ethics.web.session import answered_before, now, perform, reader, writing
from ethics.web.shown import vocabulary
from ethics.web.times import clock_time
from ethics.web.toasts import undoable
from ethics.web.written_page import PageShown, page_shown

blueprint = Blueprint("editor", __name__)

ZONE = "UTC"
"""For who has not said where they live."""

say(
    {
        "authors-only": lazy_gettext("You can read this case; authors change it."),
        "case-too-long": lazy_gettext(
            "This is longer than a case can be (256 KiB). Nothing was lost: shorten it and save again."
        ),
        "slug-shape": lazy_gettext("Use small letters, digits and hyphens, like “short-count”."),
        "slug-taken": lazy_gettext("Another case has this address already. Choose another."),
        "errors-first": lazy_gettext("It can be published once what is listed as wrong is mended."),
        "take-over": lazy_gettext("This case comes from a folder. Say that it is to be written here from now on."),
        "unreadable-form": lazy_gettext("This form did not come through whole. Reload the page and try again."),
        "draft-meanwhile": lazy_gettext("Somebody began to change this case at the same moment. Save once more."),
        "another-version-meanwhile": lazy_gettext("The case has a newer version since you opened this page."),
        "not-utf-8": lazy_gettext("This file is not text in UTF-8. Save it again with that encoding."),
        "no-file": lazy_gettext("Choose a file first."),
        "picture-too-large": lazy_gettext("This picture is too large. Make it smaller, to 40 million pixels at most."),
        "picture-unreadable": lazy_gettext("This is no picture that can be shown: PNG, JPEG, WebP and GIF can."),
        "picture-alt": lazy_gettext("Say what one would miss who cannot see the picture."),
        "cannot-undo": lazy_gettext("This can no longer be undone: the draft was saved since."),
        "too-many-pictures": lazy_gettext("There are thirty pictures already. Take one away first."),
    }
)

_STAGE_HEADING = re.compile(r"stage-\d+-heading")
_STARTER = """\
---
title: {title}
summary:
principles:
level:
minutes: 50
frameworks: four-box
authors: {author}
license: CC-BY-4.0
provenance: fictional
status: draft
---

## The first moment

### Decision: What do you do now?

## Questions

## Debrief

## For facilitators
"""


@blueprint.get("/cases/new")
@role(Role.AUTHOR)
def new() -> str:
    """Where a case begins: with a title."""
    return render_template("editor/new.html", title="", error="")


@blueprint.post("/cases/new")
@role(Role.AUTHOR)
def begin() -> Response | tuple[str, int]:
    """Begin a case, and go on in the editor."""
    title = clean_name(request.form.get("title", ""))
    if not title:
        return render_template("editor/new.html", title="", error=message("required")), 422
    source = fill_in(
        _STARTER.format(title="x", author="x"), {"title": [title], "authors": [actor().name]}, vocabulary()
    )

    def verb(session: Session) -> str:
        slug = _free_slug(session, title)
        editing.start_draft(session, reader=library_reader(), slug=slug, source=source, now=now())
        return url_for("editor.edit", slug=slug)

    return perform(verb, actor=actor().public_id)


@blueprint.post("/cases/new/file")
@role(Role.AUTHOR)
def begin_from_file() -> Response:
    """Begin a case from a Markdown file; one whose name is a case's becomes the draft of that case."""
    sent = request.files.get("file")
    stem = Path(sent.filename or "").stem if sent else ""
    known = SLUG.fullmatch(stem) and not editing.is_free(reader(), stem)
    here = editing.desk(reader(), library_reader(), stem) if known else None
    typed = _file_sent(stem)

    def verb(session: Session) -> str:
        if here is None:
            slug = _free_slug(session, stem)
            editing.start_draft(session, reader=library_reader(), slug=slug, source=typed, now=now())
            return url_for("editor.edit", slug=slug)
        draft = editing.save_draft(
            session,
            reader=library_reader(),
            slug=stem,
            source=typed,
            version=here.version,
            can_undo=True,
            now=now(),
        )
        replaced.append(draft.version)
        return url_for("editor.edit", slug=stem)

    replaced: list[int] = []
    answer = perform(verb, actor=actor().public_id)
    for version in replaced:
        undoable(
            gettext("The file is in the draft of the case of its name now."),
            url_for("editor.undo", slug=stem, version=version),
        )
    return answer


@blueprint.get("/cases/<string:slug>/edit")
@signed_in
def edit(slug: str) -> str:
    """The editor: the form, or with `markdown` the text."""
    here = editing.desk(reader(), library_reader(), slug)
    return _editor_page(here, here.source, as_markdown="markdown" in request.args)


@blueprint.post("/cases/<string:slug>/edit")
@signed_in
def send(slug: str) -> Response | tuple[str, int]:
    """Keep what was typed; then do what the button says: go on, rearrange, show the page, publish."""
    here = editing.desk(reader(), library_reader(), slug)
    base, typed = _sent_texts()
    action = request.form.get("arrange", "")
    try:
        return _save(slug, typed, action)
    except Invalid as error:
        return _editor_page(here, typed, as_markdown="source" in request.form, refused=error), 422
    except Conflict as error:
        return _both(slug, base=base, mine=typed, theirs=error.current), 409


@blueprint.post("/cases/<string:slug>/edit/draft")
@signed_in
def autosave(slug: str) -> Response | tuple[Answer, int]:
    """Keep the draft as it is typed; answers in JSON, as static/js/modules/autosave.js expects."""
    if kept.writer() != actor().public_id:
        return jsonify(error="signed-out"), 401
    editing.desk(reader(), library_reader(), slug)
    _, typed = _sent_texts()
    with writing() as session:
        draft = editing.save_draft(
            session, reader=library_reader(), slug=slug, source=typed, version=_version(), now=now()
        )
        version = draft.version
    return jsonify(saved=clock_time(now(), zone=actor().zone or ZONE), version=version)


@blueprint.get("/cases/<string:slug>/edit/preview")
@signed_in
def preview(slug: str) -> str:
    """The page as the draft would have it, by itself."""
    here = editing.desk(reader(), library_reader(), slug)
    return render_template("editor/preview.html", here=here, **_beside(here, here.source, request.args.get("view", "")))


@blueprint.post("/cases/<string:slug>/edit/preview")
@signed_in
def preview_typed(slug: str) -> str:
    """The page of what is being typed, to stand beside it. Nothing is kept."""
    here = editing.desk(reader(), library_reader(), slug)
    _, typed = _sent_texts()
    return render_template("editor/_beside.html", here=here, **_beside(here, typed, request.form.get("view", "")))


@blueprint.get("/cases/<string:slug>/edit/source.md")
@signed_in
def source(slug: str) -> Answer:
    """The draft as a file."""
    here = editing.desk(reader(), library_reader(), slug)
    answer = Answer(here.source.encode(), mimetype="text/markdown")
    answer.headers["Content-Disposition"] = f'attachment; filename="{here.slug}.md"'
    return answer


@blueprint.post("/cases/<string:slug>/edit/upload")
@signed_in
def upload(slug: str) -> Response | tuple[str, int]:
    """Put a Markdown file into the draft, in the place of what stands there."""
    here = editing.desk(reader(), library_reader(), slug)
    typed = _file_sent(slug)
    try:
        return _save(slug, typed, "", replaces=True)
    except Conflict as error:
        return _both(slug, base=here.source, mine=typed, theirs=error.current), 409


@blueprint.post("/cases/<string:slug>/edit/merge")
@signed_in
def merge(slug: str) -> Response | tuple[str, int]:
    """Put together what two authors wrote, paragraph by paragraph, as was chosen."""
    here = editing.desk(reader(), library_reader(), slug)
    mine, base = _json_text("mine"), _json_text("base")
    if _version() != here.version:
        return _both(slug, base=base, mine=mine, theirs=_kept(here)), 409
    found = hunks(mine, here.source, base=base)
    choices = {number: request.form.get(f"hunk-{number}", "") for number in range(len(found))}
    together = chosen(found, choices)
    if together is None:
        return _both(slug, base=base, mine=mine, theirs=_kept(here), choices=choices), 422
    try:
        answer = _save(slug, together, "")
    except Conflict as error:
        return _both(slug, base=base, mine=mine, theirs=error.current), 409
    flash(gettext("Saved as you have put it together."), "success")
    return answer


@blueprint.post("/cases/<string:slug>/edit/undo")
@signed_in
def undo(slug: str) -> Response:
    """Put back what was taken out, or exchanged, by the last save."""

    def verb(session: Session) -> str:
        editing.undo(session, reader=library_reader(), slug=slug, version=_version(), now=now())
        return url_for("editor.edit", slug=slug)

    return perform(verb, actor=actor().public_id)


@blueprint.post("/cases/<string:slug>/edit/discard")
@signed_in
def discard(slug: str) -> Response:
    """Go back to the current version; a case that was never published is gone with its draft."""

    def verb(session: Session) -> str:
        is_left = editing.discard_draft(session, reader=library_reader(), slug=slug, version=_version(), now=now())
        return url_for("editor.edit", slug=slug) if is_left else url_for("library.cases")

    answer = perform(verb, actor=actor().public_id)
    if "/edit" in answer.location:
        undoable(gettext("The draft is discarded."), url_for("editor.undo", slug=slug, version=_version() + 1))
    else:
        flash(gettext("The draft is gone."), "success")
    return answer


@blueprint.get("/cases/<string:slug>/edit/images/<string:name>")
@signed_in
def image(slug: str, name: str) -> Answer:
    """A picture of the draft, for its authors and for who was asked to look at it."""
    who = library_reader()
    here = (editing.desk if who.is_author else editing.desk_to_review)(reader(), who, slug)
    found = next((one for one in editing.images_of(reader(), here) if one.name == name), None)
    if found is None:
        raise NotFound
    return Answer(found.data, mimetype=found.media_type)


@blueprint.post("/cases/<string:slug>/edit/images")
@signed_in
def add_image(slug: str) -> Response | tuple[str, int] | Answer:
    """Lay a picture beside the draft; answers with the Markdown that shows it."""
    here = editing.desk(reader(), library_reader(), slug)
    before = answered_before(actor=actor().public_id)
    if before is not None:
        return before
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        picture, text = _picture_sent()
    except Invalid as error:
        if wants_json:
            raise
        return _editor_page(here, here.source, as_markdown=False, refused_picture=error), 422
    markdown = ""
    version = 0

    def verb(session: Session) -> str:
        nonlocal markdown, version
        draft, name = editing.add_image(session, reader=library_reader(), slug=slug, image=picture, now=now())
        markdown, version = f"![{re.sub(r'[][]', '', text)}]({name})", draft.version
        return url_for("editor.edit", slug=slug, picture=markdown, _anchor="pictures")

    answer = perform(verb, actor=actor().public_id)
    if wants_json:
        return jsonify(markdown=markdown, version=version)
    flash(gettext("The picture is beside the draft. Put its line where it belongs."), "success")
    return answer


@blueprint.post("/cases/<string:slug>/edit/images/<string:name>/remove")
@signed_in
def remove_image(slug: str, name: str) -> Response:
    """Take a picture away from the draft."""

    def verb(session: Session) -> str:
        editing.remove_image(session, reader=library_reader(), slug=slug, name=name, now=now())
        return url_for("editor.edit", slug=slug, _anchor="pictures")

    return perform(verb, actor=actor().public_id)


@blueprint.get("/cases/<string:slug>/publish")
@signed_in
def before_publishing(slug: str) -> str:
    """What stands in the way, what changes, and the one line that says why."""
    here = editing.desk(reader(), library_reader(), slug)
    return _publish_page(here)


@blueprint.post("/cases/<string:slug>/publish")
@signed_in
def publish(slug: str) -> Response | tuple[str, int]:
    """Make the draft the next version."""
    here = editing.desk(reader(), library_reader(), slug)
    before = answered_before(actor=actor().public_id)
    if before is not None:
        return before
    status = request.form.get("status", Status.PUBLISHED.value)
    if status not in set(Status):
        raise Invalid("unreadable-form", "status")
    try:
        text = fill_in(here.source, {"status": [status]}, vocabulary())
    except FormError:
        text = here.source
    file = file_of(here, text)
    if not file.is_usable:
        return _publish_page(here, Invalid("errors-first")), 422
    prepared = prepare(file, here.number + 1)

    def verb(session: Session) -> str:
        editing.publish(
            session,
            reader=library_reader(),
            slug=slug,
            prepared=prepared,
            version=_version(),
            note=request.form.get("note", ""),
            take_over="take_over" in request.form,
            now=now(),
        )
        return url_for("cases.case", slug=slug)

    try:
        answer = perform(verb, actor=actor().public_id)
    except Invalid as error:
        return _publish_page(here, error), 422
    except Conflict:
        flash(gettext("The draft has changed since you opened this page. Look it over once more."), "error")
        return redirect(url_for("editor.before_publishing", slug=slug), code=303)
    flash(gettext("Published as version %(number)s.", number=prepared.number), "success")
    return answer


def _save(slug: str, typed: str, action: str, *, replaces: bool = False) -> Response:
    """Keep the text, rearranged as `action` says, and go where the button leads."""
    then = request.form.get("then", "")
    text = typed
    if action:
        try:
            text = rearrange(typed, action, vocabulary())
        except FormError:
            raise Invalid("unreadable-form") from None

    def verb(session: Session) -> str:
        draft = editing.save_draft(
            session,
            reader=library_reader(),
            slug=slug,
            source=text,
            version=_version(),
            new_slug=clean_name(request.form.get("slug", "")),
            can_undo=can_undo,
            now=now(),
        )
        done.append((draft.slug, draft.version))
        return _way_on(draft.slug, then, action)

    done: list[tuple[str, int]] = []
    can_undo = replaces or action.endswith("-remove")
    answer = perform(verb, actor=actor().public_id)
    for slug_now, version in done if can_undo else ():
        said = gettext("The file is in the draft now.") if replaces else gettext("Taken out.")
        undoable(said, url_for("editor.undo", slug=slug_now, version=version))
    if then in {"", "save"} and not action and not replaces:
        flash(gettext("The draft is saved. Only authors and whom you ask to look can read it."), "success")
    return answer


def _file_sent(slug: str) -> str:
    """The text of the Markdown file that was sent; one without front matter gets its beginning."""
    sent = request.files.get("file")
    data = sent.read() if sent else b""
    if not data:
        raise Invalid("no-file", "file")
    if len(data) > MAX_BYTES:
        raise Invalid("case-too-long", "file")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Invalid("not-utf-8", "file") from None
    if text.removeprefix("\ufeff").startswith("---"):
        return text
    return f"---\ntitle: {json.dumps(slug, ensure_ascii=False)}\nsummary:\nprinciples:\nstatus: draft\n---\n\n{text}"


def _picture_sent() -> tuple[Image, str]:
    """The picture that was sent, drawn anew, and what one would miss who cannot see it. Raises Invalid."""
    sent = request.files.get("picture")
    text = clean_name(request.form.get("alt", ""))
    if sent is None or not sent.filename:
        raise Invalid("no-file", "picture")
    if not text:
        raise Invalid("picture-alt", "alt")
    return clean_picture(sent.read(), sent.filename), text


def _way_on(slug: str, then: str, action: str) -> str:
    match then:
        case "preview":
            return url_for("editor.preview", slug=slug, view=request.form.get("view", ""))
        case "publish":
            return url_for("editor.before_publishing", slug=slug)
        case "review":
            return url_for("looking.look", slug=slug)
        case "markdown":
            return url_for("editor.edit", slug=slug, markdown=1)
        case "save" if "source" in request.form:
            return url_for("editor.edit", slug=slug, markdown=1)
        case _:
            return url_for("editor.edit", slug=slug, _anchor=_where(action))


def _where(action: str) -> str | None:
    """The part of the form that was rearranged, so that one goes on there."""
    name, _, verb = action.rpartition("-")
    if action == "add-stage":
        return f"stage-{1 + sum(bool(_STAGE_HEADING.fullmatch(field)) for field in request.form)}"
    if not name:
        return None
    stem, _, number = name.rpartition("-")
    if verb in {"up", "down"} and number.isdigit():
        return f"{stem}-{max(int(number) + (1 if verb == 'down' else -1), 1)}"
    return name.removesuffix("-add") if name.endswith("-add") else re.sub(r"-(?:part|option|item)-\d+$", "", name)


def _sent_texts() -> tuple[str, str]:
    """What the form was made from, and what it says now. Raises Invalid for a form that is not whole."""
    base = _json_text("base")
    if "source" in request.form:
        return base, replace_text(base, request.form["source"])
    try:
        return base, fill_in(base, request.form.to_dict(flat=False), vocabulary())
    except FormError:
        return base, base


def _json_text(name: str) -> str:
    try:
        text = json.loads(request.form.get(name, ""))
    except ValueError:
        raise Invalid("unreadable-form") from None
    if not isinstance(text, str):
        raise Invalid("unreadable-form")
    return text


def _version() -> int:
    return request.values.get("version", 0, type=int)


def _kept(here: Desk) -> KeptText:
    return KeptText(here.source, here.version, "")


def _free_slug(session: Session, title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", plain)).strip("-")[:60].strip("-") or "case"
    for number in range(1, 100):
        slug = stem if number == 1 else f"{stem}-{number}"
        if editing.is_free(session, slug):
            return slug
    raise Conflict("slug-taken")


def file_of(here: Desk, text: str) -> CaseFile:
    """The text as the checker and the renderer take it, with the pictures that it shows."""
    parsed = parse(text.encode(errors="surrogatepass"), path=Path(f"{here.slug}.md"), vocabulary=vocabulary())
    beside = [Image(one.name, one.media_type, one.data) for one in editing.images_of(reader(), here)]
    used = {name for segment in parsed.segments for name in images_used(segment)}
    images = tuple(one for one in beside if one.name in used)
    return CaseFile(parsed, images, findings_of(parsed, (images, ())))


def _findings(file: CaseFile, form: SourceForm | None) -> list[FindingShown]:
    """The errors first, then the advice."""
    shown = [shown_finding(finding, form) for finding in file.findings]
    return sorted(shown, key=lambda one: one.severity != "error")


def _form_or_none(text: str) -> SourceForm | None:
    try:
        return form_of(text, vocabulary())
    except FormError:
        return None


def _beside(here: Desk, text: str, wanted: str) -> dict[str, object]:
    """What stands beside the form: the page as somebody meets it, and the checker's findings."""
    file = file_of(here, text)
    return {
        "page": page_of(here, file, wanted),
        "findings": _findings(file, _form_or_none(text)),
        "words": sum(len(segment.source.split()) for segment in file.case.segments),
    }


def page_of(here: Desk, file: CaseFile, wanted: str) -> PageShown | None:
    """The page of a draft as `wanted` meets it ("student-2", "faculty"), or None where there is no case in it yet."""
    if not file.is_usable:
        return None
    base = url_for("editor.image", slug=here.slug, name="x").removesuffix("x")
    return page_shown(prepare(file, here.number + 1, images=base), wanted)


def _editor_page(
    here: Desk, text: str, *, as_markdown: bool, refused: Invalid | None = None, refused_picture: Invalid | None = None
) -> str:
    text = showable(text)
    form = _form_or_none(text)
    beside = _beside(here, text, request.values.get("view", ""))
    findings = beside["findings"]
    assert isinstance(findings, list)  # noqa: S101  # as _beside makes it
    return render_template(
        "editor/edit.html",
        here=here,
        form=None if form is None or as_markdown else shown_form(form, vocabulary(), _by_field(findings)),
        is_readable=form is not None,
        base=json.dumps(here.source if refused is None else _json_text("base"), ensure_ascii=False),
        source=shown_text(text),
        version=here.version if refused is None else _version(),
        refused=message(refused.code) if refused else "",
        refused_field=refused.field if refused else "",
        slug_typed=request.form.get("slug", here.slug),
        pictures=[one.name for one in editing.images_of(reader(), here)],
        picture=request.args.get("picture", ""),
        picture_refused=message(refused_picture.code) if refused_picture else "",
        picture_field=refused_picture.field if refused_picture else "",
        alt_typed=request.form.get("alt", ""),
        saved=_saved(here),
        **beside,
    )


def _by_field(findings: Sequence[FindingShown]) -> Mapping[str, list[FindingShown]]:
    found: dict[str, list[FindingShown]] = {}
    for one in findings:
        found.setdefault(one.field, []).append(one)
    return found


def _saved(here: Desk) -> str:
    if here.draft is None or not here.has_changes:
        return ""
    return str(gettext("Saved %(time)s", time=clock_time(here.draft.saved_at, zone=actor().zone or ZONE)))


def _both(slug: str, *, base: str, mine: str, theirs: object, choices: Mapping[int, str] | None = None) -> str:
    """The page on which somebody puts two texts together. Nothing of either is lost."""
    if not isinstance(theirs, KeptText):
        here = editing.desk(reader(), library_reader(), slug)
        theirs = _kept(here)
    found = hunks(mine, theirs.source, base=base)
    return render_template(
        "editor/both.html",
        slug=slug,
        hunks=list(enumerate(found)),
        choices=choices or {},
        asked_again=choices is not None,
        mine=json.dumps(mine, ensure_ascii=False),
        base=json.dumps(base, ensure_ascii=False),
        version=theirs.version,
        saved_by=theirs.saved_by,
    )


def _publish_page(here: Desk, refused: Invalid | None = None) -> str:
    file = file_of(here, here.source)
    findings = _findings(file, _form_or_none(here.source))
    before = here.current.source.decode() if here.current else ""
    status = file.case.front.status if file.case.front else Status.DRAFT
    return render_template(
        "editor/publish.html",
        here=here,
        title=file.case.front.title if file.case.front else here.slug,
        errors=[one for one in findings if one.severity == "error"],
        advice=[one for one in findings if one.severity != "error"],
        stretches=words_between(before, here.source) if here.current else [],
        status=request.form.get("status", Status.ARCHIVED if status is Status.ARCHIVED else Status.PUBLISHED),
        note=request.form.get("note", ""),
        refused=message(refused.code) if refused else "",
        refused_field=(refused.field or "") if refused else "",
    )
