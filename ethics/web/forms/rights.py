"""The forms of rights: what is redacted, and why."""

from collections.abc import Iterable

from flask_babel import LazyString, lazy_gettext
from wtforms import RadioField
from wtforms.validators import InputRequired

from ethics.rights.redaction import LONGEST_WORDS
from ethics.web.forms.base import Form, NameField, choices


class RedactForm(Form):
    """Which field goes, where there are several, and what is left in its place."""

    field = RadioField(lazy_gettext("What goes?"), validate_choice=False)
    reason = RadioField(lazy_gettext("Why?"), validate_choice=False)
    words = NameField(
        lazy_gettext("What was there, in a few words"),
        longest=LONGEST_WORDS,
        validators=[InputRequired(lazy_gettext("Please write something here."))],
        description=lazy_gettext(
            "“A patient’s first name and ward”, say. Everybody who could read the text reads this in its place: do not "
            "repeat what you take out."
        ),
    )

    def offer(self, fields: Iterable[tuple[str, str]], reasons: Iterable[tuple[str, LazyString]]) -> None:
        """Offer the fields of a reflection, and the reasons there are."""
        self.field.choices = choices(fields)
        self.reason.choices = choices(reasons)
