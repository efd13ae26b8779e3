"""Redaction: the pages on which faculty destroy a text that must not stay."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.audit.actions import note_access
from ethics.errors import Invalid
from ethics.reflections.queries import KIND
from ethics.rights import redaction
from ethics.rights.redaction import ASKED, Found, Reason, Target, Thing
from ethics.rounds.queries import STANCES
from ethics.web.auth import actor, signed_in
from ethics.web.comments import rendered_post
from ethics.web.forms.rights import RedactForm
from ethics.web.messages import say
from ethics.web.session import database, now, perform, reader, writing

blueprint = Blueprint("rights", __name__)

WHOLE = "all-of-it"
"""What the form says for all fields."""
_log = logging.getLogger(__name__)

say(
    {
        "choose-a-reason": lazy_gettext("Choose why. It stands where the text stood."),
        "choose-what": lazy_gettext("Choose what goes. Nothing was destroyed."),
        "written-meanwhile": lazy_gettext(
            "Somebody wrote in this round while you decided. Nothing was destroyed: look again, then send it."
        ),
    }
)

_REASONS = {
    Reason.PATIENT: lazy_gettext("It could tell who a patient is"),
    Reason.PERSON: lazy_gettext("It could tell who somebody else is"),
    Reason.CONFIDENTIAL: lazy_gettext("It was told in confidence, or comes from a record"),
    Reason.ASKED: lazy_gettext("Its writer asked for it, or somebody it is about"),
    Reason.OTHER: lazy_gettext("Another reason"),
}
_LEFT = {
    Reason.PATIENT: lazy_gettext("it could tell who a patient is"),
    Reason.PERSON: lazy_gettext("it could tell who somebody is"),
    Reason.CONFIDENTIAL: lazy_gettext("it was confidential"),
    Reason.ASKED: lazy_gettext("somebody it concerns asked for it"),
    Reason.OTHER: lazy_gettext("it had to go"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A text as it stands today, under the words that asked for it."""

    label: str
    text: str


@blueprint.route("/reflections/<string:reflection_id>/redact", methods=["GET", "POST"])
@signed_in
def reflection(reflection_id: str) -> Response | str | tuple[str, int]:
    """Redact a field of a reflection, or all of it."""
    return _redact(
        Target(Thing.REFLECTION, reflection_id),
        back=lambda _: url_for("reflections.reflection", reflection_id=reflection_id),
    )


@blueprint.route("/stances/<string:stance_id>/redact", methods=["GET", "POST"])
@signed_in
def stance(stance_id: str) -> Response | str | tuple[str, int]:
    """Redact the reason of a stance."""
    return _redact(
        Target(Thing.STANCE, stance_id),
        back=lambda found: url_for(
            "faculty.student", round_id=found.round.public_id, student_id=found.writer.public_id
        ),
    )


@blueprint.route("/comments/<string:comment_id>/redact", methods=["GET", "POST"])
@signed_in
def comment(comment_id: str) -> Response | str | tuple[str, int]:
    """Redact a comment, also one on a reflection."""
    return _redact(
        Target(Thing.COMMENT, comment_id), back=lambda _: url_for("discussions.comment", comment_id=comment_id)
    )


@blueprint.route("/threads/<string:thread_id>/redact", methods=["GET", "POST"])
@signed_in
def title(thread_id: str) -> Response | str | tuple[str, int]:
    """Redact the title of a thread; each comment in it is redacted by itself."""
    return _redact(Target(Thing.TITLE, thread_id), back=lambda _: url_for("discussions.thread", thread_id=thread_id))


def _redact(target: Target, *, back: Callable[[Found], str]) -> Response | str | tuple[str, int]:
    whole = redaction.find(reader(), actor(), Target(target.thing, target.public_id), now=now())
    form = RedactForm()
    fields = _fields(whole)
    offered = frozenset(name for name, _ in fields)
    form.offer(fields, _REASONS.items())
    if form.validate_on_submit():
        try:
            answer = _do(_chosen(target, form.field.data, offered), form, back(whole))
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("It is destroyed. Its writer is told, and can write again."), "success")
            return answer
    if request.method == "GET":
        _note_opened(target, whole)
    page = render_template(
        "rights/redact.html",
        form=form,
        found=whole,
        thing=target.thing,
        parts=_parts(whole),
        back=back(whole),
        action=request.path,
    )
    return page if request.method == "GET" else (page, 422)


def _chosen(target: Target, field: str | None, offered: frozenset[str]) -> Target:
    """What goes, which nobody has to guess: where there are several fields, one of them or the whole is chosen."""
    if not offered:
        return target
    if field not in offered:
        raise Invalid("choose-what", "field")
    return target if field == WHOLE else replace(target, field=field)


def _do(target: Target, form: RedactForm, location: str) -> Response:
    reason = form.reason.data or ""
    if reason not in _LEFT:
        raise Invalid("choose-a-reason", "reason")
    words = redaction.clean_words(form.words.data or "")
    mark = str(gettext("[Removed by faculty: %(reason)s. %(words)s]", reason=_LEFT[Reason(reason)], words=words))
    to_render = redaction.find(reader(), actor(), target, now=now(), mark=mark).to_render
    rendered = {text: rendered_post(text) for text in to_render}

    def verb(session: Session) -> str:
        redaction.redact(session, actor=actor(), target=target, reason=reason, mark=mark, rendered=rendered, now=now())
        return location

    answer = perform(verb, actor=actor().public_id)
    if not database().forget_overwritten():
        _log.warning("the write-ahead log could not be emptied after a redaction: somebody was reading it")
    return answer


def _parts(found: Found) -> list[Part]:
    labels = _labels(found)
    return [Part(labels.get(name, ""), text) for name, text in found.shown]


def _fields(found: Found) -> list[tuple[str, str]]:
    """The fields of a reflection to choose from; nothing to choose where there is one text."""
    if found.reflection is None or len(found.shown) < 2:  # noqa: PLR2004  # one of one is no choice
        return []
    labels = _labels(found)
    fields = [(name, str(gettext("“%(prompt)s”", prompt=labels.get(name, name)))) for name, _ in found.shown]
    return [*fields, (WHOLE, str(gettext("The whole reflection")))]


def _labels(found: Found) -> dict[str, str]:
    framework = found.round.framework
    return {
        **{prompt["key"]: prompt["label"] for prompt in framework["prompts"]},
        ASKED: framework["closing"]["label"],
        "reason": str(gettext("The reason")),
        "other": str(gettext("Another course")),
    }


def _note_opened(target: Target, found: Found) -> None:
    """A student's reflection or stance was read here, too, and its writer can see that."""
    kinds = {Thing.REFLECTION: (KIND, target.public_id), Thing.STANCE: (STANCES, found.round.public_id)}
    if target.thing in kinds:
        kind, object_id = kinds[target.thing]
        with writing() as session:
            note_access(
                session,
                actor=actor(),
                owner=found.writer.public_id,
                object_kind=kind,
                object_id=object_id,
                now=now(),
            )
