"""The forms of discussions: a thread, a comment, its change, hiding it, feedback."""

from collections.abc import Iterable

from flask_babel import lazy_gettext
from wtforms import IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from ethics.discussions.actions import LONGEST_TITLE
from ethics.text import COMMENT_BYTES
from ethics.vocabulary import Rule
from ethics.web.forms.base import Form, NameField, ProseField, choices


class ThreadForm(Form):
    """A new thread with its first comment."""

    title = NameField(
        lazy_gettext("What is it about?"),
        longest=LONGEST_TITLE,
        validators=[InputRequired(lazy_gettext("Please write something here."))],
    )
    text = ProseField(lazy_gettext("What you want to say"), longest=COMMENT_BYTES)
    question = IntegerField(widget=HiddenInput(), validators=[Optional()])


class CommentForm(Form):
    """A comment in a thread; `parent` is the one it answers."""

    text = ProseField(lazy_gettext("What you want to say"), longest=COMMENT_BYTES)
    parent = StringField(widget=HiddenInput())


class EditForm(Form):
    """A comment's new text; `version` is the one it was made from."""

    text = ProseField(lazy_gettext("Your comment"), longest=COMMENT_BYTES)
    version = IntegerField(widget=HiddenInput(), default=0)


class HideForm(Form):
    """Why a comment is hidden."""

    category = RadioField(lazy_gettext("Which rule does it break?"), validate_choice=False)
    reason = ProseField(
        lazy_gettext("Why, in a sentence to its author"),
        longest=COMMENT_BYTES,
        description=lazy_gettext("The group reads the rule; its author reads this sentence, too."),
    )

    def offer(self, rules: Iterable[Rule]) -> None:
        """Offer the rules of the code of conduct."""
        self.category.choices = choices((rule.id, rule.name) for rule in rules)


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
