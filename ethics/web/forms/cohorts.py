"""Forms of a cohort's people: the class list, one person, the code to join by."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, FileField, HiddenField, SelectField
from wtforms.validators import InputRequired

from ethics.cohorts.joining import Newcomer, newcomer
from ethics.cohorts.models import CohortRole, GroupSet
from ethics.cohorts.roster import MOST_BYTES, decode
from ethics.people.rules import LONGEST_EMAIL, LONGEST_NAME
from ethics.rounds.schedule import to_local, to_utc
from ethics.vocabulary import Term
from ethics.web.forms.base import Form, NameField, ProseField, choices
from ethics.web.forms.directing import LocalTimeField

LEAVE_ALONE: Final = ""
NEW_SET: Final = "new"

_NEEDED = InputRequired(lazy_gettext("Please fill this in."))


class RosterForm(Form):
    """A class list, as a file or pasted, and what becomes of the groups it names."""

    text = ProseField(
        lazy_gettext("The table"),
        longest=MOST_BYTES,
        description=lazy_gettext("Copied from a spreadsheet, or the text of a CSV file."),
        render_kw={"rows": "12", "wrap": "off", "spellcheck": "false"},
    )
    file = FileField(
        lazy_gettext("Or a file in its place"),
        description=lazy_gettext("Saved as CSV or text; exports of Canvas and Moodle as they come."),
    )
    group_set = SelectField(lazy_gettext("Groups and tutors in the table"))
    new_set = NameField(lazy_gettext("Name of a new group set"))
    leave_out = BooleanField(lazy_gettext("Leave these lines out and import the others"))
    digest = HiddenField()

    def offer(self, sets: Sequence[GroupSet]) -> None:
        """Offer the group sets there are, a new one, or to leave groups alone."""
        self.group_set.choices = choices(
            [
                *((group_set.public_id, group_set.name) for group_set in sets),
                (NEW_SET, lazy_gettext("go into a new group set")),
                (LEAVE_ALONE, lazy_gettext("are left alone")),
            ]
        )
        self.sets = {group_set.public_id: group_set.name for group_set in sets}

    def take_file(self) -> None:
        """Let the text of a file that was sent take the place of what was pasted."""
        sent = self.file.data
        if isinstance(sent, FileStorage) and sent.filename:
            self.text.data = decode(sent.read())

    @property
    def set_name(self) -> str:
        """The name of the group set that was chosen; empty where groups are left alone."""
        if self.group_set.data == NEW_SET:
            return self.new_set.data or gettext("Groups")
        return self.sets.get(self.group_set.data, "")


class AboutPerson(Form):
    """Who somebody is."""

    name = NameField(lazy_gettext("Name"), [_NEEDED], longest=LONGEST_NAME)
    email = NameField(lazy_gettext("Email"), [_NEEDED], longest=LONGEST_EMAIL)
    profession = SelectField(lazy_gettext("Profession"))

    def offer(self, professions: Iterable[Term]) -> None:
        """Offer the professions of the vocabulary, or to say none."""
        offer_professions(self.profession, professions)

    @property
    def person(self) -> Newcomer:
        """Whom it describes. Raises Invalid for what cannot be a name or an address."""
        return newcomer(name=self.name.data or "", email=self.email.data or "", profession=self.profession.data or None)


class AddForm(AboutPerson):
    """One person for a cohort."""

    role = SelectField(
        lazy_gettext("Comes as"),
        choices=choices(
            [
                (CohortRole.STUDENT.value, lazy_gettext("student")),
                (CohortRole.TUTOR.value, lazy_gettext("tutor")),
            ]
        ),
    )


class ProfessionForm(Form):
    """What somebody studies or works as."""

    profession = SelectField(lazy_gettext("Profession"))

    def offer(self, professions: Iterable[Term]) -> None:
        """Offer the professions of the vocabulary, or to say none."""
        offer_professions(self.profession, professions)


class CodeForm(Form):
    """Until when a code lets people in."""

    ends = LocalTimeField(
        lazy_gettext("Lets people in until"),
        optional=True,
        description=lazy_gettext("Leave it empty, and it works until you switch it off."),
    )

    def ends_at(self, zone: str) -> datetime | None:
        """The end as a moment; None for none."""
        return to_utc(self.ends.data, zone) if isinstance(self.ends.data, datetime) else None


def code_form(ends_at: datetime | None, zone: str) -> CodeForm:
    """The form with the end that is set."""
    return CodeForm(data={"ends": to_local(ends_at, zone) if ends_at else None})


def offer_professions(field: SelectField, professions: Iterable[Term]) -> None:
    """Offer professions in a field to choose from, or to say none."""
    field.choices = choices([("", lazy_gettext("not said")), *((term.id, term.name) for term in professions)])
