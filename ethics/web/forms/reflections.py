"""The form of a reflection, its fields made from the framework's prompts, and what one sends of it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, RadioField

from ethics.db import new_public_id
from ethics.errors import Invalid
from ethics.reflections.merging import ANSWER, ONLY, draft_of, fields_of, marks_of
from ethics.reflections.models import About, Basis, Draft, Way
from ethics.rounds.models import Audience
from ethics.text import FIELD_BYTES, normalise_newlines
from ethics.vocabulary.frameworks import PAGE, prompts_of
from ethics.web.forms.base import Form, ProseField, choices

LONGEST_TAB = 32
LAST_TURN = 1_000_000_000

ABOUT_WORDS = {
    About.CASE: lazy_gettext("The case"),
    About.SEEN: lazy_gettext("Something I saw, or was part of"),
}
AUDIENCE_WORDS = {
    Audience.GROUP: lazy_gettext("My tutor, my course director and my group"),
    Audience.FACULTY: lazy_gettext("My tutor and my course director"),
}
WAY_WORDS = {
    Way.ONE: lazy_gettext("One prompt at a time"),
    Way.ALL: lazy_gettext("All prompts"),
    Way.HEADINGS: lazy_gettext("Headings only"),
    Way.BLANK: lazy_gettext("A blank page"),
}


class ReflectionForm(Form):
    """What every reflection asks, whichever framework it follows. Each prompt adds an answer and a tick box."""

    version = HiddenField()
    base = HiddenField()
    tab = HiddenField()
    turn = HiddenField()
    about = RadioField(lazy_gettext("What are you writing about?"), choices=choices(ABOUT_WORDS.items()))
    audience = RadioField(
        lazy_gettext("Who may read it once it is submitted?"), choices=choices(AUDIENCE_WORDS.items())
    )

    def refuse(self, error: Invalid) -> None:
        """Show an error of an action at the prompt it is about, or above the form."""
        name = f"{ANSWER}{error.field}"
        super().refuse(Invalid(error.code, name if name in self._fields else error.field))


def form_for(framework: Mapping[str, Any], draft: Draft, version: int) -> ReflectionForm:
    """The form of a round's framework: what was typed so far, or what the request brings."""
    prompts = tuple((prompt["key"], prompt["label"], bool(prompt["optional"])) for prompt in prompts_of(framework))
    return _form_class(prompts, framework["closing"]["label"], framework["closing"]["help"])(
        data={
            "version": version,
            "base": base_words(draft),
            "tab": new_public_id(),
            "turn": 0,
            **fields_of(draft),
        }
    )


@lru_cache(maxsize=64)
def _form_class(prompts: tuple[tuple[str, str, bool], ...], closing: str, closing_help: str) -> type[ReflectionForm]:
    fields: dict[str, Any] = {"asked": ProseField(closing, description=closing_help, longest=FIELD_BYTES)}
    for key, label, optional in prompts:
        leave_out = lazy_gettext("You may leave this one out.") if optional and key != PAGE else ""
        fields[ANSWER + key] = ProseField(label, description=leave_out, longest=FIELD_BYTES)
        fields[ONLY + key] = BooleanField(lazy_gettext("Keep this answer from my group"))
    return type("FrameworkForm", (ReflectionForm,), fields)


def sent_draft(sent: MultiDict[str, str]) -> Draft:
    """What a form or autosave sent. Raises Invalid for a choice that is not offered; the texts are checked below."""
    try:
        return draft_of({name: normalise_newlines(text) for name, text in sent.items()})
    except ValueError:
        raise Invalid("choose-both") from None


def base_words(draft: Draft) -> str:
    """The draft's marks for the hidden field `base`, from which `sent_basis` reads them."""
    return " ".join(f"{name}={found}" for name, found in marks_of(draft).items())


def sent_basis(sent: MultiDict[str, str]) -> Basis:
    """What the form that was sent had been made from."""
    turn = sent.get("turn", 0, type=int)
    return Basis(
        version=sent.get("version", 0, type=int),
        marks=dict(word.split("=", 1) for word in sent.get("base", "").split() if "=" in word),
        tab=sent.get("tab", "")[:LONGEST_TAB],
        turn=turn if 0 <= turn <= LAST_TURN else 0,
    )
