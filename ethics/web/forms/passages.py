"""The fields with which somebody names a passage; templates/components/passages.html prints them."""

from flask_babel import lazy_gettext
from wtforms import HiddenField

from ethics.text import COMMENT_BYTES
from ethics.web.forms.base import Form, ProseField
from ethics.web.messages import say

say(
    {
        "passage-unknown": lazy_gettext(
            "These words don’t stand in the text, or stand there more than once. Copy a few more, or a few less."
        ),
    }
)


class PassageForm(Form):
    """A passage by its words. `part` and `before`, where they stood, are known only of what was selected."""

    quotation = ProseField(
        lazy_gettext("The passage"),
        longest=COMMENT_BYTES,
        description=lazy_gettext("Select it in the text, or copy its words here."),
    )
    part = HiddenField()
    before = HiddenField()
