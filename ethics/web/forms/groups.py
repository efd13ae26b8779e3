"""Forms of groups and terms: names, cover for a tutor, merging, the next term."""

from collections.abc import Iterable

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, IntegerField, SelectField
from wtforms.validators import InputRequired, ValidationError

from ethics.cohorts.actions import LONGEST_NAME
from ethics.rounds.schedule import FIRST_YEAR, LAST_YEAR
from ethics.rounds.terms import MOST_WEEKS
from ethics.web.forms.base import Form, NameField, choices

_NEEDED = InputRequired(lazy_gettext("Please fill this in."))
NEW_SET = "new"


class NameForm(Form):
    """The name of a group set or of a group."""

    name = NameField(lazy_gettext("Name"), longest=LONGEST_NAME, validators=[_NEEDED])


class CoverForm(Form):
    """Who covers a group, and until which day."""

    tutor = SelectField(lazy_gettext("Who covers"))
    until = DateField(
        lazy_gettext("Until the end of"),
        description=lazy_gettext("A day as it is where the cohort is. After it they read nothing more of this group."),
        validators=[InputRequired(lazy_gettext("Say which day is the last."))],
    )

    def validate_until(self, field: DateField) -> None:
        """A year that is surely a slip is refused, and none is too far for the calendar."""
        if field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
            raise ValidationError(gettext("Check the year: no cover lasts that long."))

    def offer(self, tutors: Iterable[tuple[str, str]]) -> None:
        """Offer the cohort's tutors: public ids and names."""
        self.tutor.choices = choices(tutors)


class MergeForm(Form):
    """Into which group another goes."""

    into = SelectField(lazy_gettext("Into"))

    def offer(self, groups: Iterable[tuple[str, str]]) -> None:
        """Offer the other groups of the set: public ids and words."""
        self.into.choices = choices(groups)


class AutomaticForm(Form):
    """Where groups that were made automatically go."""

    group_set = SelectField(lazy_gettext("They become"))
    name = NameField(lazy_gettext("Name of the new group set"), longest=LONGEST_NAME)

    def offer(self, empty_sets: Iterable[tuple[str, str]]) -> None:
        """Offer a new set, and those that have no group yet: public ids and words."""
        self.group_set.choices = choices([(NEW_SET, lazy_gettext("a new group set")), *empty_sets])


class CloneForm(Form):
    """The next term of a cohort."""

    name = NameField(
        lazy_gettext("Name of the new cohort"),
        longest=LONGEST_NAME,
        description=lazy_gettext("Another than this one's, so that nobody mixes them up."),
        validators=[_NEEDED],
    )
    weeks = IntegerField(
        lazy_gettext("Rounds come how many weeks later"),
        description=lazy_gettext("The same weekday and the same time of day; a year is 52 weeks."),
        validators=[_NEEDED],
        render_kw={"min": 1, "max": MOST_WEEKS, "inputmode": "numeric"},
    )
    with_tutors = BooleanField(
        lazy_gettext("Tutors come along"),
        description=lazy_gettext("Without groups: you give them theirs when the students are here."),
    )
