"""The forms of moderation: a report, an act of a moderator, where something moves, an appeal and its answer."""

from collections.abc import Iterable

from flask_babel import LazyString, lazy_gettext
from wtforms import RadioField, SelectField

from ethics.text import COMMENT_BYTES
from ethics.vocabulary import Rule
from ethics.web.forms.base import Form, ProseField, choices


class _ByRule(Form):
    """What names a rule of the code of conduct."""

    category = RadioField(lazy_gettext("Which rule does it break?"), validate_choice=False)

    def offer(self, rules: Iterable[Rule]) -> None:
        """Offer the rules of the code of conduct."""
        self.category.choices = choices((rule.id, rule.name) for rule in rules)


class ReportForm(_ByRule):
    """Why somebody flags a comment."""

    note = ProseField(
        lazy_gettext("What should faculty know? You can leave this empty."),
        longest=COMMENT_BYTES,
    )


class ModerateForm(_ByRule):
    """What a moderator does, by which rule and why."""

    act = RadioField(lazy_gettext("What do you do?"), validate_choice=False)
    reason = ProseField(lazy_gettext("Why, in a sentence"), longest=COMMENT_BYTES)

    def offer_acts(self, acts: Iterable[tuple[str, LazyString]]) -> None:
        """Offer what can be done."""
        self.act.choices = choices(acts)


class LockForm(Form):
    """Why a thread becomes read only."""

    reason = ProseField(lazy_gettext("Why nobody can write there any more"), longest=COMMENT_BYTES)


class MoveForm(Form):
    """Where a comment or a thread belongs."""

    to = SelectField(lazy_gettext("Which thread does it belong to?"), validate_choice=False)


class AppealForm(Form):
    """Why somebody asks for another look."""

    text = ProseField(lazy_gettext("What should somebody else look at again?"), longest=COMMENT_BYTES)


class AnswerAppealForm(Form):
    """How an appeal is decided."""

    decision = RadioField(
        lazy_gettext("What do you decide?"),
        choices=choices(
            [
                ("overturn", lazy_gettext("Undo what was done")),
                ("uphold", lazy_gettext("Leave it as it is")),
            ]
        ),
        validate_choice=False,
    )
    # On a page with the form of a moderator, whose reason has the usual id.
    reason = ProseField(lazy_gettext("Why, to its author"), longest=COMMENT_BYTES, id="decision-reason")
