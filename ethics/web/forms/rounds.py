"""The forms of a round: a stance, the closing note, the round itself and the cohort's urgent contacts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from ethics.rounds.actions import MOST_CONFIDENT, RoundSettings, StanceInput
from ethics.rounds.models import ANOTHER, UNSURE, Audience, Round, Stance
from ethics.rounds.rules import MOST_PRINCIPLES
from ethics.rounds.schedule import Schedule, schedule, to_local
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


class RoundForm(Form):
    """A round: its case, its schedule and what peers see."""

    case = SelectField(lazy_gettext("Case"))
    framework = SelectField(lazy_gettext("Framework of the reflection"))
    group_set = SelectField(lazy_gettext("Groups"))
    zone = StringField(
        lazy_gettext("Time zone"),
        description=lazy_gettext("As in Europe/London. All times below are meant there."),
        validators=[InputRequired()],
    )
    opens = DateTimeLocalField(lazy_gettext("Opens"), format=["%Y-%m-%dT%H:%M"], validators=[InputRequired()])
    due = DateTimeLocalField(lazy_gettext("Reflection due"), format=["%Y-%m-%dT%H:%M"], validators=[InputRequired()])
    revisit = DateTimeLocalField(
        lazy_gettext("Look again from"),
        format=["%Y-%m-%dT%H:%M"],
        description=lazy_gettext("Leave it empty for a round without looking again."),
        validators=[Optional()],
    )
    close = DateTimeLocalField(lazy_gettext("Closes"), format=["%Y-%m-%dT%H:%M"], validators=[InputRequired()])
    aliases = BooleanField(lazy_gettext("Students see each other under aliases"), default=True)
    show_profession = BooleanField(
        lazy_gettext("Show professions beside aliases"),
        description=lazy_gettext("Only where a group has two or more of a profession."),
    )
    reason_audience = SelectField(lazy_gettext("Reasons are read by"))
    reflection_audience = SelectField(lazy_gettext("Reflections are read by"))
    version = IntegerField(widget=HiddenInput(), default=0)

    def offer(
        self,
        *,
        cases: Iterable[tuple[str, str]],
        frameworks: Iterable[tuple[str, str]],
        sets: Iterable[tuple[str, str]],
    ) -> None:
        """Offer what can be chosen: values and their words."""
        audiences = [
            (Audience.GROUP.value, lazy_gettext("faculty and the group, unless the writer says otherwise")),
            (Audience.FACULTY.value, lazy_gettext("faculty only, unless the writer says otherwise")),
        ]
        self.case.choices = choices(cases)
        self.framework.choices = choices(frameworks)
        self.group_set.choices = choices(sets)
        self.reason_audience.choices = choices(audiences)
        self.reflection_audience.choices = choices(audiences)

    def validate_zone(self, field: StringField) -> None:
        """Refuse a zone that nobody knows."""
        if field.data not in available_timezones():
            raise ValidationError(lazy_gettext("This is not a time zone that is known here."))

    def settings(self, framework: dict[str, Any]) -> RoundSettings:
        """What was chosen, for the action; `framework` as the round keeps it."""
        return RoundSettings(
            case_slug=self.case.data,
            group_set_id=self.group_set.data,
            framework=framework,
            aliases=bool(self.aliases.data),
            show_profession=bool(self.show_profession.data),
            reason_audience=Audience(self.reason_audience.data),
            reflection_audience=Audience(self.reflection_audience.data),
        )

    def schedule(self) -> Schedule:
        """The times in UTC. Raises Invalid for times out of order."""
        return schedule(
            zone=self.zone.data or "",
            opens=_moment(self.opens),
            due=_moment(self.due),
            revisit=self.revisit.data,
            close=_moment(self.close),
        )


def round_values(round_: Round, *, slug: str, group_set: str) -> dict[str, Any]:
    """What the form of an existing round begins with."""
    zone = round_.zone
    return {
        "case": slug,
        "framework": round_.framework["id"],
        "group_set": group_set,
        "zone": zone,
        "opens": to_local(round_.opens_at, zone),
        "due": to_local(round_.due_at, zone),
        "revisit": to_local(round_.revisit_at, zone) if round_.revisit_at else None,
        "close": to_local(round_.close_at, zone),
        "aliases": round_.aliases,
        "show_profession": round_.show_profession,
        "reason_audience": round_.reason_audience,
        "reflection_audience": round_.reflection_audience,
        "version": round_.version,
    }


def _moment(field: DateTimeLocalField) -> datetime:
    assert isinstance(field.data, datetime), "InputRequired has seen to it"  # noqa: S101  # for the type checker
    return field.data
