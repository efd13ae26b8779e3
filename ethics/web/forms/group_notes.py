"""The form of a note to a group."""

from flask_babel import lazy_gettext
from wtforms import HiddenField, IntegerField
from wtforms.validators import Optional, Regexp
from wtforms.widgets import HiddenInput

from ethics.db import PUBLIC_ID
from ethics.text import COMMENT_BYTES
from ethics.web.forms.base import Form, ProseField
from ethics.web.forms.directing import LocalTimeField


class GroupNoteForm(Form):
    """The note itself; `version` is that of the note it was made from, 0 for none."""

    text = ProseField(lazy_gettext("To everybody in this group"), longest=COMMENT_BYTES)
    note_id = HiddenField(validators=[Optional(), Regexp(f"^{PUBLIC_ID}$")])
    version = IntegerField(widget=HiddenInput(), default=0)
    release_at = LocalTimeField(lazy_gettext("At this time"), optional=True)


class LineForm(Form):
    """One student's line; its prefix is the public id of their reflection."""

    line = ProseField(lazy_gettext("A line of their own"), longest=COMMENT_BYTES)
