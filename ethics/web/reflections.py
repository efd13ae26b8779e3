"""Writing a reflection, reading one's own, and reading those that others shared or that one teaches by."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.audit.actions import note_access
from ethics.cases.models import SegmentKind
from ethics.db import new_public_id
from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.markup import Profile, Rendered, render
from ethics.reflections import actions, queries, rules
from ethics.reflections.merging import ANSWER, ONLY, changed_fields, fields_of, merge
from ethics.reflections.models import About, Draft, KeptDraft, Reflection, Vouched, Way
from ethics.reflections.queries import Reading, SharedReading
from ethics.rounds.gate import Standing
from ethics.rounds.models import Audience
from ethics.rounds.queries import open_segments
from ethics.rounds.rules import refuses_reflection
from ethics.vocabulary.frameworks import prompts_of
from ethics.web import kept, look, loop
from ethics.web.auth import actor, signed_in
from ethics.web.comments import FeedbackShown, feedback_shown
from ethics.web.conclusions import conclusion_shown
from ethics.web.discussions import beside_reflection
from ethics.web.forms.reflections import (
    ABOUT_WORDS,
    AUDIENCE_WORDS,
    WAY_WORDS,
    ReflectionForm,
    base_words,
    form_for,
    sent_basis,
    sent_draft,
)
from ethics.web.journal import earlier_shown
from ethics.web.loop import participant_here, standing_here
from ethics.web.messages import say
from ethics.web.session import now, perform, reader, writing
from ethics.web.shown import case_shown
from ethics.web.times import Shown, clock_time

blueprint = Blueprint("reflections", __name__)

say(
    {
        "nothing-written": lazy_gettext("There is nothing to submit yet. Write on at least one prompt."),
        "reflection-too-long": lazy_gettext(
            "All together this is longer than can be kept. Nothing was lost: shorten it and send it again."
        ),
        "choose-both": lazy_gettext("Choose what it is about and who may read it. Everything you wrote is kept."),
        "unknown-prompt": lazy_gettext("One of these answers belongs to no question of this round."),
        "not-submitted": lazy_gettext("This reflection is not submitted yet."),
    }
)


@blueprint.get("/rounds/<string:round_id>/reflection")
@signed_in
def write(round_id: str) -> Response | str:
    """The prompts, with the case beside them; once submitted, what was written, until one asks to revise it."""
    at = participant_here(round_id)
    own = queries.own_reflection(reader(), at)
    is_read = own is not None and own.number > 0 and "revise" not in request.args
    if own is not None and (is_read or refuses_reflection(at)):
        return redirect(url_for("reflections.reflection", reflection_id=own.public_id), code=303)
    return _write_page(at, _form(at, own), own)


@blueprint.post("/rounds/<string:round_id>/reflection")
@signed_in
def send(round_id: str) -> Response | tuple[str, int]:
    """Submit the reflection, save it as a draft, or go on writing in another way: the button says which."""
    at = participant_here(round_id)
    own = queries.own_reflection(reader(), at)
    form = _form(at, own)
    if not form.validate_on_submit():
        return _write_page(at, form, own), 422
    try:
        draft = sent_draft(request.form)
        then = request.form.get("then")
        if then == "submit" and look.finds(at, draft):
            return _look_once_more(round_id, draft)
        if then == "submit" or then in set(Vouched):
            return _submit(round_id, draft, look.vouched(at, draft, then))
        return _save(round_id, draft, way=_way(then))
    except Invalid as error:
        form.refuse(error)
        return _write_page(standing_here(round_id), form, own), 422
    except Conflict as error:
        return _both_texts(standing_here(round_id), sent_draft(request.form), error.current), 409


@blueprint.post("/rounds/<string:round_id>/reflection/draft")
@signed_in
def autosave(round_id: str) -> Response | tuple[Response, int]:
    """Keep the draft as it is typed; answers in JSON, as static/js/modules/autosave.js expects."""
    if kept.writer() != actor().public_id:
        # Somebody else has signed in meanwhile in this browser: the text waits for whoever typed it.
        return jsonify(error="signed-out"), 401
    draft = sent_draft(request.form)
    with writing() as session:
        reflection = actions.save_draft(
            session, actor=actor(), round_id=round_id, draft=draft, basis=sent_basis(request.form), now=now()
        )
        zone, current = queries.zone_of(session, reflection), reflection.kept
    return jsonify(
        saved=clock_time(now(), zone=actor().zone or zone),
        version=current.version,
        fields={"base": base_words(current.draft), **changed_fields(draft, current.draft)},
    )


def _look_once_more(round_id: str, draft: Draft) -> Response:
    """Keep the draft, and show what may point to somebody.

    Not by the form's key: who goes back to the page and changes the text sends the same key again.
    """
    with writing() as session:
        actions.save_draft(
            session, actor=actor(), round_id=round_id, draft=draft, basis=sent_basis(request.form), now=now()
        )
    return redirect(url_for("reflections.look_once_more", round_id=round_id), code=303)


@blueprint.get("/rounds/<string:round_id>/reflection/look")
@signed_in
def look_once_more(round_id: str) -> Response | str:
    """Between submitting and sent: what in the saved draft may point to somebody, and three ways on."""
    at = participant_here(round_id)
    own = queries.own_reflection(reader(), at)
    form = _form(at, own)
    if own is None or not look.finds(at, own.kept.draft):
        return redirect(url_for("reflections.write", round_id=round_id, revise=1), code=303)
    return look.page(at, form, own.kept.draft, saved=_saved(at, own))


def _way(then: str | None) -> Way | None:
    return Way(then) if then in set(Way) else None


def _save(round_id: str, draft: Draft, *, way: Way | None = None) -> Response:
    def verb(session: Session) -> str:
        basis = sent_basis(request.form)
        actions.save_draft(session, actor=actor(), round_id=round_id, draft=draft, basis=basis, now=now())
        if way is not None:
            actions.choose_way(session, actor=actor(), way=way)
        return url_for("reflections.write", round_id=round_id, revise=1)

    answer = perform(verb, actor=actor().public_id)
    if way is None:
        flash(gettext("Your draft is saved. Only you can read it."), "success")
    return answer


def _submit(round_id: str, draft: Draft, vouched: Vouched | None) -> Response:
    rendered = _rendered(draft)

    def verb(session: Session) -> str:
        submitted = actions.submit_reflection(
            session,
            actor=actor(),
            round_id=round_id,
            draft=draft,
            rendered=rendered,
            basis=sent_basis(request.form),
            vouched=vouched,
            now=now(),
        )
        return url_for("reflections.reflection", reflection_id=submitted.public_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("Submitted. You can still revise it until the round closes; each version is kept."), "success")
    return answer


def _rendered(draft: Draft) -> Mapping[str, Rendered]:
    if rules.is_oversized_in_all(draft):
        return {}  # The action refuses it before it looks for HTML.
    return {key: render(text, profile=Profile.POST, prefix=new_public_id()) for key, text in draft.written.items()}


def _form(at: Standing, own: Reflection | None) -> ReflectionForm:
    """The form for who may write now. Raises NotAllowed for everybody else."""
    refusal = refuses_reflection(at)
    if refusal:
        raise NotAllowed(refusal)
    if own is not None:
        return form_for(at.round.framework, own.kept.draft, own.draft_version)
    empty = Draft({}, "", About.CASE, Audience(at.round.reflection_audience), frozenset())
    return form_for(at.round.framework, empty, 0)


def _write_page(at: Standing, form: ReflectionForm, own: Reflection | None) -> str:
    return render_template(
        "reflections/write.html",
        at=at,
        form=form,
        own=own,
        rail=loop.rail(at, "reflection"),
        case=case_shown(at),
        earlier=earlier_shown(at),
        segments=[part for part in open_segments(reader(), at) if part.kind != SegmentKind.DECISION],
        due=loop.shown(at, at.due_at),
        is_late=rules.would_be_late(at) and not at.has_reflected,
        saved=_saved(at, own),
        readers={audience.value: loop.readers_of_reflection(at, audience) for audience in Audience},
        answer_readers={
            kept: loop.readers_of_answer(at, for_group=rules.goes_to_group(Audience.GROUP, kept_back=kept))
            for kept in (False, True)
        },
        asked_readers=loop.readers_of_answer(at, for_group=False),
        prompts=at.round.framework["prompts"],
        way=queries.way_of(reader(), actor()),
        ways=WAY_WORDS,
    )


def _saved(at: Standing, own: Reflection | None) -> str:
    if own is None or own.draft_saved_at is None:
        return ""
    return str(gettext("Saved %(time)s", time=loop.shown(at, own.draft_saved_at).text))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the texts of a field that the writer chooses from: what is sent for it, and what the page says."""

    value: str
    title: str
    shown: str | LazyString
    chosen: bool


@dataclass(frozen=True, slots=True)
class Both:
    """A field that stands differently in two tabs."""

    name: str
    label: str
    note: str
    sides: list[Side]


def _both_texts(at: Standing, mine: Draft, current: object) -> str:
    """The page on which the writer chooses between two tabs, field by field. What they choose is saved as the draft."""
    if not isinstance(current, KeptDraft):
        raise TypeError("a conflict of drafts carries the draft that stands")
    here, there = fields_of(mine), fields_of(current.draft)
    merged = merge(sent_basis(request.form).marks, here, there)
    labels = _labels(at.round.framework)
    # What this tab alone changed stands as it is, and what the other alone changed is proposed.
    differing = [name for name in labels if here.get(name, "") != there.get(name, "")]
    asked = [name for name in differing if name in merged.conflicts or merged.fields.get(name) == there.get(name)]
    return render_template(
        "reflections/both.html",
        texts=[
            _both(name, labels[name], here.get(name, ""), there.get(name, ""), is_conflict=name in merged.conflicts)
            for name in asked
        ],
        rest={name: text for name, text in merged.fields.items() if name not in asked},
        version=current.version,
        base=base_words(current.draft),
        action=url_for("reflections.send", round_id=at.round.public_id),
        back=url_for("reflections.write", round_id=at.round.public_id, revise=1),
    )


def _labels(framework: Mapping[str, Any]) -> dict[str, str]:
    """The names of a draft's fields in words, in the order of the page."""
    prompts = {prompt["key"]: prompt["label"] for prompt in prompts_of(framework)}
    return {
        "about": gettext("What it is about"),
        **{ANSWER + key: label for key, label in prompts.items()},
        **{ONLY + key: gettext("Keep from my group: %(prompt)s", prompt=label) for key, label in prompts.items()},
        "asked": framework["closing"]["label"],
        "audience": gettext("Who may read it"),
    }


def _both(name: str, label: str, mine: str, theirs: str, *, is_conflict: bool) -> Both:
    """Both sides of a field. What is proposed loses no word."""
    is_prose = name == "asked" or name.startswith(ANSWER)
    together = f"{mine}\n\n{theirs}" if is_prose and is_conflict and mine and theirs else ""
    proposed = together or (mine or theirs if is_conflict else theirs)
    sides = [(mine, gettext("On this page")), (theirs, gettext("Saved elsewhere"))]
    if together:
        sides.append((together, gettext("Both, one after the other")))
    return Both(
        name,
        label,
        gettext("changed in both places") if is_conflict else gettext("changed elsewhere only"),
        [Side(value, title, _in_words(name, value), value == proposed) for value, title in sides],
    )


def _in_words(name: str, value: str) -> str | LazyString:
    if name == "about":
        return ABOUT_WORDS[About(value)]
    if name == "audience":
        return AUDIENCE_WORDS[Audience(value)]
    if name.startswith(ONLY):
        return gettext("Yes") if value else gettext("No")
    return value


@blueprint.get("/reflections/<string:reflection_id>")
@signed_in
def reflection(reflection_id: str) -> str:
    """A reflection as its reader may see it: the writer, faculty of the writer's group, or a peer."""
    reading = queries.reflection_for(reader(), actor(), reflection_id)
    at = standing_here(reading.round_id)
    if isinstance(reading, SharedReading):
        name = loop.with_profession(reading.name, loop.beside_aliases(at, at.group_id))
        reading = replace(reading, name=name)
        return render_template(
            "reflections/peer.html",
            at=at,
            rail=loop.rail(at, "reflection"),
            reading=reading,
            beside=beside_reflection(at, reading.public_id),
        )
    if reading.is_own:
        return _own_page(at, reading)
    feedback = feedback_shown(at, reading.public_id, reading.revisions[0].texts)
    note_opened(reading)
    return render_template(
        "reflections/student.html",
        at=at,
        reading=reading,
        revisions=_shown(at, reading),
        feedback=feedback,
        conclusion=conclusion_shown(at, reading),
    )


def note_opened(reading: Reading) -> None:
    """Note in the access log that whoever is signed in has opened a student's reflection; the writer can see it."""
    with writing() as session:
        note_access(
            session,
            actor=actor(),
            owner=reading.writer_id,
            object_kind=queries.KIND,
            object_id=reading.public_id,
            now=now(),
        )


@dataclass(frozen=True, slots=True)
class RevisionOnPage:
    """A revision and when it was submitted, in words."""

    revision: queries.RevisionShown
    time: Shown


def _own_page(at: Standing, reading: Reading) -> str:
    own = queries.own_reflection(reader(), at)
    other = Audience.FACULTY if reading.audience is Audience.GROUP else Audience.GROUP
    feedback = feedback_shown(at, reading.public_id, reading.revisions[0].texts if reading.revisions else {})
    opened = loop.opened(at, queries.KIND, reading.public_id)
    return render_template(
        "reflections/own.html",
        at=at,
        rail=loop.rail(at, "reflection"),
        reading=reading,
        revisions=_shown(at, reading),
        state=_state(reading, feedback, opened),
        draft=own.kept.draft if own and not reading.says(own.kept.draft) else None,
        prompts={prompt["key"]: prompt["label"] for prompt in prompts_of(at.round.framework)},
        may_write=refuses_reflection(at) is None,
        feedback=feedback,
        conclusion=conclusion_shown(at, reading),
        readers=loop.readers_of_reflection(at, reading.audience),
        other=other,
        may_change=own is not None and rules.refuses_audience(at, own, other, own.faculty_only) is None,
        may_choose=own is not None and rules.refuses_audience(at, own, Audience.GROUP, ()) is None,
        beside=beside_reflection(at, reading.public_id, is_own=True),
        opened=opened,
    )


def _state(reading: Reading, feedback: FeedbackShown | None, opened: list[loop.OpenedOnPage]) -> str:
    """How it stands between the writer and faculty, in a sentence."""
    answered = [comment for comment in feedback.comments if comment.role] if feedback else []
    if not reading.revisions:
        return str(gettext("Not submitted. Only you can read it."))
    if answered:
        return str(gettext("%(name)s has answered.", name=answered[-1].author))
    if opened:
        return str(gettext("%(name)s has opened it; there is no answer yet.", name=opened[0].name))
    return str(gettext("With your faculty. Nobody has opened it yet."))


def _shown(at: Standing, reading: Reading) -> list[RevisionOnPage]:
    return [RevisionOnPage(revision, loop.shown(at, revision.submitted_at)) for revision in reading.revisions]


@blueprint.post("/reflections/<string:reflection_id>/audience")
@signed_in
def audience(reflection_id: str) -> Response:
    """Share the reflection with the group, or take it back; `shown` names the answers that could be ticked."""
    wanted = Audience.GROUP if request.form.get("audience") == Audience.GROUP else Audience.FACULTY
    keep_back = {key: f"{ONLY}{key}" in request.form for key in request.form.getlist("shown")}

    def verb(session: Session) -> str:
        actions.change_audience(
            session, actor=actor(), reflection_id=reflection_id, audience=wanted, keep_back=keep_back, now=now()
        )
        return url_for("reflections.reflection", reflection_id=reflection_id)

    answer = perform(verb, actor=actor().public_id)
    if wanted is Audience.FACULTY:
        flash(gettext("Your group can no longer read it. Where it was quoted, it reads as withdrawn."), "success")
    elif keep_back:
        flash(gettext("Your group can read what you left unticked."), "success")
    else:
        flash(gettext("Your group can read it now."), "success")
    return answer


@blueprint.get("/rounds/<string:round_id>/reflections")
@signed_in
def shared(round_id: str) -> str:
    """What the others of one's group have shared."""
    at = standing_here(round_id)
    beside = loop.beside_aliases(at, at.group_id)
    found = [
        replace(reading, name=loop.with_profession(reading.name, beside))
        for reading in queries.shared_in_group(reader(), actor(), at, order_key=loop.order_key())
    ]
    return render_template("reflections/shared.html", at=at, rail=loop.rail(at, "reflection"), found=found)
