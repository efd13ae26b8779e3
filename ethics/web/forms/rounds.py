"""The forms of a round: a stance, the closing note, faculty's summary; and the cohort's urgent contacts."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectMultipleField,
)
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from ethics.rounds.actions import MOST_CONFIDENT, StanceInput
from ethics.rounds.models import ANOTHER, UNSURE, Audience, Stance
from ethics.rounds.rules import MOST_PRINCIPLES
from ethics.text import FIELD_BYTES
from ethics.vocabulary import Principle
from ethics.web.forms.base import Form, NameField, ProseField, choices

LONGEST_CONTACT = 200
CONFIDENCES = tuple(str(number) for number in range(1, MOST_CONFIDENT + 1))


class StanceForm(Form):
    """What one commits to at a decision point."""

    option = RadioField(lazy_gettext("Your position"), validate_choice=False)
    other = ProseField(lazy_gettext("Which course?"), longest=FIELD_BYTES)
    confidence = RadioField(
        lazy_gettext("How sure are you?"), choices=choices((n, n) for n in CONFIDENCES), validate_choice=False
    )
    principles = SelectMultipleField(
        lazy_gettext("What weighs most?"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    reason = ProseField(lazy_gettext("Your reason, in a sentence or two"), longest=FIELD_BYTES)
    faculty_only = BooleanField(lazy_gettext("Only my tutor and course director may read this reason"))

    def offer(self, options: Mapping[str, str], principles: Iterable[Principle]) -> None:
        """Offer the options of a decision point and the principles of the vocabulary."""
        words = {ANOTHER: lazy_gettext("Another course"), UNSURE: lazy_gettext("I am unsure")}
        self.option.choices = choices((option, words.get(option, text)) for option, text in options.items())
        self.principles.choices = choices((principle.id, principle.name) for principle in principles)

    @property
    def audience(self) -> Audience:
        """Who reads the reason, as the box stands."""
        return Audience.FACULTY if self.faculty_only.data else Audience.GROUP

    def take(self) -> StanceInput:
        """What was typed, for the action; a field left alone is empty there, and refused there."""
        return StanceInput(
            option=self.option.data or "",
            other=self.other.data or "",
            confidence=int(self.confidence.data) if self.confidence.data in CONFIDENCES else 0,
            reason=self.reason.data or "",
            principles=list(self.principles.data or ()),
            audience=self.audience,
        )

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Check the fields, and that no more principles are named than may weigh most."""
        valid = bool(super().validate(extra_validators))
        if len(self.principles.data or ()) > MOST_PRINCIPLES:
            self.principles.errors = [lazy_gettext("Choose up to %(most)s.", most=MOST_PRINCIPLES)]
            return False
        return valid


def stance_values(stance: Stance | None, *, audience: str, reason: bool = True) -> dict[str, Any]:
    """What a stance form begins with: the stance as it stands, or the round's default audience.

    Without `reason` the reason begins empty: what changed is asked anew.
    """
    if stance is None:
        return {"faculty_only": audience == Audience.FACULTY}
    return {
        "option": stance.option,
        "other": stance.other,
        "confidence": str(stance.confidence),
        "principles": stance.principles,
        "reason": stance.reason if reason else "",
        "faculty_only": stance.audience == Audience.FACULTY,
    }


class ClosingNoteForm(Form):
    """A last word to oneself."""

    text = ProseField(lazy_gettext("A note to yourself"), longest=FIELD_BYTES)
    version = IntegerField(widget=HiddenInput(), default=0)


class SummaryForm(Form):
    """Faculty's summary for the debrief."""

    summary = ProseField(lazy_gettext("Summary for the debrief"), longest=FIELD_BYTES)


class ContactsForm(Form):
    """A cohort's urgent contacts."""

    call = NameField(
        lazy_gettext("In danger now, call"),
        longest=LONGEST_CONTACT,
        description=lazy_gettext("A number that is answered day and night."),
        validators=[InputRequired()],
    )
    incident_reporting = NameField(
        lazy_gettext("Incident reporting"),
        longest=LONGEST_CONTACT,
        description=lazy_gettext("Where somebody reports that a patient was harmed or nearly harmed."),
        validators=[InputRequired()],
    )
    support_name = NameField(
        lazy_gettext("Whom a tutor may have to tell"),
        longest=LONGEST_CONTACT,
        description=lazy_gettext("A person, by name and office."),
        validators=[InputRequired()],
    )
