"""The page between submitting a reflection and sent: what in it may point to a real person."""

from collections.abc import Iterator

from flask import render_template
from wtforms import BooleanField

from ethics.reflections.merging import ANSWER
from ethics.reflections.models import Draft, Vouched
from ethics.rounds.gate import Standing
from ethics.web import loop
from ethics.web.forms.reflections import ReflectionForm
from ethics.web.identifiers import MarkedField, marked
from ethics.web.shown import case_shown


def finds(at: Standing, draft: Draft) -> bool:
    """Whether something in the draft may point to a real person."""
    return bool(_marked(at, draft))


def vouched(at: Standing, draft: Draft, then: str) -> Vouched | None:
    """What the writer says with the button `then` of what is still marked; None where nothing is."""
    return Vouched(then) if then in set(Vouched) and finds(at, draft) else None


def page(at: Standing, form: ReflectionForm, draft: Draft, *, saved: str) -> str:
    """The page itself: each marked field with its passages, to be mended there; all else goes along hidden."""
    fields = _marked(at, draft)
    return render_template(
        "reflections/look.html",
        at=at,
        form=form,
        rail=loop.rail(at, "reflection"),
        case=case_shown(at),
        fields=fields,
        carried=list(_carried(form, fields)),
        saved=saved,
    )


def _marked(at: Standing, draft: Draft) -> dict[str, MarkedField]:
    return marked(at, {**{ANSWER + key: text for key, text in draft.written.items()}, "asked": draft.asked})


def _carried(form: ReflectionForm, shown: dict[str, MarkedField]) -> Iterator[tuple[str, str]]:
    """The fields that the page does not show, as a browser would send them."""
    for field in form:
        if field.name in shown or field.name == "csrf_token":
            continue
        if isinstance(field, BooleanField):
            if field.data:
                yield field.name, "y"
        elif field.data not in {None, ""}:
            yield field.name, str(field.data)
