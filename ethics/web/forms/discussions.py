"""The forms of discussions: a thread, a comment, its change, feedback."""

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Optional, Regexp
from wtforms.widgets import HiddenInput

from ethics.db import PUBLIC_ID
from ethics.discussions.actions import LONGEST_TITLE
from ethics.discussions.snippets import LONGEST_NAME
from ethics.text import COMMENT_BYTES
from ethics.web.forms.base import Form, NameField, ProseField
from ethics.web.forms.directing import LocalTimeField
from ethics.web.forms.passages import PassageForm


class ThreadForm(PassageForm):
    """A new thread with its first comment; it may begin from a question, or from a passage.

    `reflection` is the shared one that holds the passage; empty: the case does.
    """

    quotation = ProseField(lazy_gettext("The passage it is about"), longest=COMMENT_BYTES)
    reflection = HiddenField()
    everywhere = BooleanField(lazy_gettext("Begin it in each group I teach in this round"))

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
        description=lazy_gettext("Optional. Copy its words here."),
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


class FeedbackForm(PassageForm):
    """Feedback on a reflection: on the whole of it, at a passage, and what is to become of it.

    `version` and `remark_version` are those of the drafts the form was made from, 0 for none.
    """

    text = ProseField(lazy_gettext("Your answer"), longest=COMMENT_BYTES)
    version = IntegerField(widget=HiddenInput(), default=0)
    remark = ProseField(lazy_gettext("What you want to say about it"), longest=COMMENT_BYTES)
    remark_id = HiddenField(validators=[Optional(), Regexp(f"^{PUBLIC_ID}$")])
    remark_version = IntegerField(widget=HiddenInput(), default=0)
    release_at = LocalTimeField(lazy_gettext("At this time"), optional=True)
    reason = ProseField(
        lazy_gettext("What would you like them to look at once more?"),
        longest=COMMENT_BYTES,
        description=lazy_gettext("One question or one passage is enough. Their earlier version stays."),
    )


class SnippetForm(Form):
    """Words of one's own, under a name."""

    name = NameField(lazy_gettext("Name"), longest=LONGEST_NAME)
    text = ProseField(lazy_gettext("Words"), longest=COMMENT_BYTES)
