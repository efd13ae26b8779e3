"""What directors and tutors set: a round and its times, a new close, a copy of it, more time for one student."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import LazyString, gettext, lazy_gettext
from wtforms import (  # type: ignore[attr-defined]  # the stubs know WTForms 3.2
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    SelectChoice,
    SelectField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from ethics.people.rules import zones
from ethics.rounds.actions import RoundSettings
from ethics.rounds.models import Audience, Round
from ethics.rounds.schedule import Odd, Schedule, odd, schedule, to_local, to_utc
from ethics.web.forms.base import Form, choices
from ethics.web.times import written, zone_name

_FORMAT = ["%Y-%m-%dT%H:%M"]
_WEEK = timedelta(days=7)


class LocalTimeField(DateTimeLocalField):
    """A date and a time as clocks in the round's zone show it."""

    def __init__(self, label: LazyString, *, optional: bool = False, **kwargs: Any) -> None:
        super().__init__(label, [Optional() if optional else InputRequired()], format=_FORMAT, **kwargs)

    @property
    def local(self) -> datetime:
        """What was typed, where the form has been checked and the field is not optional."""
        assert isinstance(self.data, datetime), "InputRequired has seen to it"  # noqa: S101  # for the type checker
        return self.data


class RoundForm(Form):
    """A round: its case, its schedule and what peers see."""

    case = SelectField(lazy_gettext("Case"))
    framework = SelectField(lazy_gettext("Framework of the reflection"))
    group_set = SelectField(lazy_gettext("Groups"))
    zone = SelectField(lazy_gettext("Time zone"), description=lazy_gettext("All times below are meant there."))
    opens = LocalTimeField(lazy_gettext("Opens"))
    due = LocalTimeField(
        lazy_gettext("Reflection due"),
        description=lazy_gettext("The whole minute is in time; after it, a reflection is marked late and still taken."),
    )
    revisit = LocalTimeField(
        lazy_gettext("Look again from"),
        optional=True,
        description=lazy_gettext("Leave it empty for a round without looking again."),
    )
    close = LocalTimeField(
        lazy_gettext("Closes"), description=lazy_gettext("After it students can read, and no longer write.")
    )
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
        zone: str,
    ) -> None:
        """Offer what can be chosen: values and their words. `zone` is offered even where no list knows it."""
        audiences = [
            (Audience.GROUP.value, lazy_gettext("faculty and group, unless the writer objects")),
            (Audience.FACULTY.value, lazy_gettext("faculty, unless the writer shares it")),
        ]
        self.case.choices = choices(cases)
        self.framework.choices = choices(frameworks)
        self.group_set.choices = choices(sets)
        self.zone.choices = [_zone_choice(name) for name in sorted({*zones(), zone})]
        self.reason_audience.choices = choices(audiences)
        self.reflection_audience.choices = choices(audiences)

    @property
    def locked_fields(self) -> tuple[Any, ...]:
        """The fields that nobody changes once a student has committed, as they stand on the page."""
        return (
            self.case,
            self.framework,
            self.group_set,
            self.aliases,
            self.show_profession,
            self.reason_audience,
            self.reflection_audience,
        )

    @property
    def times(self) -> tuple[LocalTimeField, ...]:
        """The fields of the schedule."""
        return (self.opens, self.due, self.revisit, self.close)

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
            opens=self.opens.local,
            due=self.due.local,
            revisit=self.revisit.data,
            close=self.close.local,
        )


class ReopenForm(Form):
    """Until when a closed round is open again."""

    close = LocalTimeField(lazy_gettext("Closes"), optional=True)


class CloneForm(Form):
    """For whom a round is copied, and when the copy opens; its other dates move along."""

    group_set = SelectField(lazy_gettext("For the groups"))
    opens = LocalTimeField(
        lazy_gettext("Opens"), description=lazy_gettext("The other dates keep their distance from this one.")
    )


class ExtensionForm(Form):
    """More time for one student."""

    student = SelectField(lazy_gettext("Student"))
    due = LocalTimeField(lazy_gettext("Reflection due"))
    close = LocalTimeField(lazy_gettext("Closes"), description=lazy_gettext("Until then they can write."))


@dataclass(frozen=True, slots=True)
class Note:
    """What is odd about a time that was entered."""

    label: str
    text: str


def notes(fields: Iterable[LocalTimeField], zone: str) -> list[Note]:
    """What the clocks do to the times as they were typed; to be said once they are kept."""
    found = []
    for field in fields:
        words = _odd_words(field.data, zone) if isinstance(field.data, datetime) else None
        if words:
            found.append(Note(str(field.label.text), words))
    return found


def note_on(at: datetime, zone: str) -> str | None:
    """What is odd about a moment that is kept: the clocks of its zone show its hour twice."""
    return _odd_words(to_local(at, zone), zone)


def _odd_words(local: datetime, zone: str) -> str | None:
    entered = written(local.replace(tzinfo=ZoneInfo(zone)))
    match odd(local, zone):
        case Odd.MISSING:
            return str(
                gettext(
                    "The clocks of %(zone)s go forward over %(entered)s; it becomes %(kept)s.",
                    zone=zone_name(zone),
                    entered=entered,
                    kept=f"{to_local(to_utc(local, zone), zone):%H:%M}",
                )
            )
        case Odd.TWICE:
            return str(
                gettext(
                    "The clocks of %(zone)s show %(entered)s twice; the second is meant.",
                    zone=zone_name(zone),
                    entered=entered,
                )
            )
        case _:
            return None


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


def extension_values(round_: Round, student: str, now: datetime) -> dict[str, Any]:
    """What the form of an extension begins with: a week more than now, or than it was due."""
    due = to_local(max(round_.due_at, now), round_.zone).replace(hour=23, minute=59, second=0, microsecond=0) + _WEEK
    return {"student": student, "due": due, "close": max(due, to_local(round_.close_at, round_.zone))}


def _zone_choice(zone: str) -> SelectChoice:
    region, _, place = zone.partition("/")
    label = (place or region).replace("_", " ").replace("/", ", ")
    return SelectChoice(zone, label, optgroup=region.replace("_", " "))
