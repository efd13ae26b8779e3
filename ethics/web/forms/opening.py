"""The form of break-glass."""

from flask_babel import lazy_gettext
from wtforms.validators import InputRequired

from ethics.text import COMMENT_BYTES
from ethics.web.forms.base import Form, NameField, ProseField


class OpenForm(Form):
    """What an administrator opens, and why."""

    address = NameField(
        lazy_gettext("Its address, or its public id"),
        longest=500,
        description=lazy_gettext("Of a submitted reflection, a comment or a stance."),
        validators=[InputRequired(lazy_gettext("Please fill this in."))],
    )
    reason = ProseField(
        lazy_gettext("Why it has to be opened"),
        longest=COMMENT_BYTES,
        description=lazy_gettext("It is kept with your name and cannot be removed."),
    )
