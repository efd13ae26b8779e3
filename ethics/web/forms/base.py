"""What every form shares: fields for names and prose that refuse what cannot be stored, and errors from below."""

from collections.abc import Iterable
from typing import Any

from flask_babel import LazyString
from flask_wtf import FlaskForm
from wtforms import SelectChoice, StringField, TextAreaField, ValidationError  # type: ignore[attr-defined]  # the stubs know WTForms 3.2

from ethics.errors import Invalid
from ethics.text import clean_name, normalise_newlines, refuse_unstorable, showable, too_long
from ethics.web.messages import message


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form with a CSRF token. Its checks are for the writer's comfort; the actions below check again."""

    def refuse(self, error: Invalid) -> None:
        """Show an error that an action raised at its field, or above the form."""
        field = self._fields.get(error.field or "")
        words = message(error.code)
        if field is None:
            self.form_errors.append(words)
        else:
            field.errors = [*field.errors, words]


class NameField(StringField):
    """A name or a title: one line, composed, without invisible characters."""

    def __init__(self, *args: Any, longest: int = 200, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.longest = longest

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take in what was typed, cleaned."""
        super().process_formdata(valuelist)
        self.data = clean_name(self.data or "")

    def pre_validate(self, form: object) -> None:  # noqa: ARG002  # WTForms passes it
        """Refuse what is too long or cannot be stored."""
        _check(self.data or "", self.longest)


class ProseField(TextAreaField):
    """A text that somebody writes. `longest` counts bytes of UTF-8."""

    def __init__(self, *args: Any, longest: int, words: tuple[int, int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.longest = longest
        self.words = words

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take in what was typed, with one kind of line ends."""
        super().process_formdata(valuelist)
        self.data = normalise_newlines(self.data or "")

    def _value(self) -> str:
        return showable(self.data or "")

    def pre_validate(self, form: object) -> None:  # noqa: ARG002  # WTForms passes it
        """Refuse what is too long or cannot be stored; the form shows it again whole."""
        _check(self.data or "", self.longest)


def choices(words: Iterable[tuple[str, str | LazyString]]) -> list[SelectChoice]:
    """Values and their labels, as fields to choose from take them."""
    return [SelectChoice(value, label) for value, label in words]


def _check(text: str, longest: int) -> None:
    try:
        refuse_unstorable(text)
    except Invalid as error:
        raise ValidationError(message(error.code)) from None
    if too_long(text, longest):
        raise ValidationError(message("too-long"))
