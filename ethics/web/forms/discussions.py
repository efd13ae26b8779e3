"""The forms of discussions: a thread, a comment, its change, feedback."""

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from ethics.discussions.actions import LONGEST_TITLE
from ethics.text import COMMENT_BYTES
from ethics.web.forms.base import Form, NameField, ProseField
from ethics.web.forms.passages import PassageForm


class ThreadForm(PassageForm):
    """A new thread with its first comment; it may begin from a question, or from a passage.

    `reflection` is the shared one that holds the passage; empty: the case does.
    """

    quotation = ProseField(lazy_gettext("The passage it is about"), longest=COMMENT_BYTES)
    reflection = HiddenField()

    title = NameField(
        lazy_gettext("What is it about?"),
        longest=LONGEST_TITLE,
        validators=[InputRequired(lazy_gettext("Please write something here."))],
    )
    text = ProseField(lazy_gettext("What you want to say"), longest=COMMENT_BYTES)
    question = IntegerField(widget=HiddenInput(), validators=[Optional()])
    version = IntegerField(widget=HiddenInput(), default=0)
    tab = HiddenField()
    turn = IntegerField(widget=HiddenInput(), default=0)


class CommentForm(PassageForm):
    """A comment in a thread; `parent` is the one it answers, of which a passage may be quoted.

    `version`, `tab` and `turn` are those of the draft. `asked`: that a reason was asked for once.
    """

    text = ProseField(lazy_gettext("What you want to say"), longest=COMMENT_BYTES)
    quotation = ProseField(
        lazy_gettext("Quote a passage of it"),
        longest=COMMENT_BYTES,
        description=lazy_gettext("Optional. Select it above, or copy its words here."),
    )
    parent = StringField(widget=HiddenInput())
    after_most = BooleanField(
        lazy_gettext("Let students see it once most of them have written in this thread"),
    )
    asked = IntegerField(widget=HiddenInput(), default=0)
    version = IntegerField(widget=HiddenInput(), default=0)
    tab = HiddenField()
    turn = IntegerField(widget=HiddenInput(), default=0)


class EditForm(Form):
    """A comment's new text; `version` is the one it was made from."""

    text = ProseField(lazy_gettext("Your comment"), longest=COMMENT_BYTES)
    version = IntegerField(widget=HiddenInput(), default=0)


class FeedbackForm(Form):
    """Feedback on a reflection; `version` is that of the draft it was made from, 0 for none."""

    text = ProseField(
        lazy_gettext("Your answer"),
        longest=COMMENT_BYTES,
        description=lazy_gettext(
            "One way through: quote a sentence that stayed with you, say what it does well, ask a question whose "
            "answer you don’t know, name one next step."
        ),
    )
    version = IntegerField(widget=HiddenInput(), default=0)
