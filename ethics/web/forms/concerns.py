"""The forms of concerns: writing one, answering, notes, handing over, closing."""

from collections.abc import Iterable
from typing import Final

from flask_babel import LazyString, lazy_gettext
from wtforms import BooleanField, RadioField, SelectChoice, SelectField  # type: ignore[attr-defined]  # the stubs know WTForms 3.2
from wtforms.validators import InputRequired

from ethics.cohorts.models import CohortRole
from ethics.concerns.actions import Given
from ethics.concerns.models import Route
from ethics.concerns.queries import Contact, Named
from ethics.concerns.rules import CONCERN_BYTES, LINE_BYTES
from ethics.people.actor import Actor
from ethics.web.forms.base import Form, NameField, ProseField, choices

ROUTE_WORDS: Final[dict[Route, LazyString]] = {
    Route.IMMEDIATE: lazy_gettext("Somebody may come to harm now: myself or another"),
    Route.PATIENT_SAFETY: lazy_gettext("Patients are not safe"),
    Route.SAFEGUARDING: lazy_gettext("A child, or an adult who can’t protect themselves, is in trouble"),
    Route.MISTREATMENT: lazy_gettext("Somebody is bullied, harassed or treated worse for who they are"),
    Route.PROFESSIONALISM: lazy_gettext("Somebody acts as nobody in our work should"),
    Route.PRIVACY: lazy_gettext("Something private got out"),
    Route.OTHER: lazy_gettext("Something else"),
}
_SOMETHING = lazy_gettext("Please write something here.")


class ConcernForm(Form):
    """What somebody writes to the designated leads."""

    route = RadioField(
        lazy_gettext("What is it?"),
        choices=choices((route.value, words) for route, words in ROUTE_WORDS.items()),
        validate_choice=False,
        description=lazy_gettext("Choose what comes closest. It decides how soon somebody should have read it."),
    )
    text = ProseField(
        lazy_gettext("What should they know?"),
        longest=CONCERN_BYTES,
        description=lazy_gettext("A few sentences are enough to begin with; the rest can be said in person."),
        validators=[InputRequired(_SOMETHING)],
    )
    about = SelectField(
        lazy_gettext("Whom is it about?"),
        validate_choice=False,
        description=lazy_gettext("A designated lead whom you name here never reads it."),
    )
    about_words = NameField(
        lazy_gettext("If they are not in the list: who?"),
        longest=LINE_BYTES,
        description=lazy_gettext("In your own words. Leave patients’ names out."),
    )
    reach = NameField(
        lazy_gettext("How would you like to be reached?"),
        longest=LINE_BYTES,
        description=lazy_gettext("A number and when; or leave it empty, and the answer comes here."),
    )
    first = RadioField(
        lazy_gettext("Who should read it first?"),
        validate_choice=False,
        description=lazy_gettext("If it is about the one you choose, another reads it."),
    )
    faculty_told = BooleanField()

    def offer(self, people: Iterable[Named], leads: list[Contact], *, actor: Actor) -> None:
        """Offer whom it may be about, and the leads who may read it."""
        groups = {
            CohortRole.STUDENT: lazy_gettext("Students"),
            CohortRole.TUTOR: lazy_gettext("Who teaches"),
            CohortRole.DIRECTOR: lazy_gettext("Who teaches"),
            None: lazy_gettext("Designated leads"),
        }
        named = [SelectChoice(one.public_id, one.name, optgroup=str(groups[one.role])) for one in people]
        order = list(dict.fromkeys(str(words) for words in groups.values()))
        self.about.choices = [
            SelectChoice("", lazy_gettext("I name nobody here")),
            SelectChoice(actor.public_id, lazy_gettext("Myself")),
            *sorted(named, key=lambda choice: order.index(str(choice.optgroup))),
        ]
        self.first.choices = choices((lead.public_id, lead.name) for lead in leads)

    def take(self) -> Given:
        """What was typed, for the action. Whom it is about is not whom it goes to first."""
        about = self.about.data or ""
        first = self.first.data or ""
        return Given(
            route=self.route.data or "",
            text=self.text.data or "",
            about=about,
            about_words=self.about_words.data or "",
            reach=self.reach.data or "",
            faculty_told="faculty_told" in self and bool(self.faculty_told.data),
            first="" if first == about else first,
        )


class MessageForm(Form):
    """A message between the writer and the leads."""

    text = ProseField(lazy_gettext("Write to each other"), longest=CONCERN_BYTES)


class NoteForm(Form):
    """A note among the leads."""

    note = ProseField(lazy_gettext("A note for the designated leads"), longest=CONCERN_BYTES)


class HandOverForm(Form):
    """Another lead."""

    to = RadioField(lazy_gettext("To whom?"), validate_choice=False)


class CloseForm(Form):
    """The last word."""

    word = ProseField(lazy_gettext("A last word to its writer"), longest=CONCERN_BYTES)
