"""The form of how often one is written to."""

from collections.abc import Collection

from flask_babel import LazyString, lazy_gettext
from wtforms import SelectField

from ethics.notices.kinds import HOURS, WEEKDAYS, Rhythm, Topic, rhythms_of
from ethics.web.forms.base import Form, choices

_RHYTHMS = {
    Rhythm.AT_ONCE: lazy_gettext("at once"),
    Rhythm.DAILY: lazy_gettext("in a mail a day"),
    Rhythm.WEEKLY: lazy_gettext("in a mail a week"),
    Rhythm.NONE: lazy_gettext("no mail"),
}
_DAYS = (
    lazy_gettext("Monday"),
    lazy_gettext("Tuesday"),
    lazy_gettext("Wednesday"),
    lazy_gettext("Thursday"),
    lazy_gettext("Friday"),
    lazy_gettext("Saturday"),
    lazy_gettext("Sunday"),
)


TOPIC_NAMES = {
    Topic.ANSWERS: lazy_gettext("Answers to your comments"),
    Topic.THREADS: lazy_gettext("Threads you follow"),
    Topic.FEEDBACK: lazy_gettext("Feedback on your reflections"),
    Topic.MODERATION: lazy_gettext("Decisions about what you wrote"),
    Topic.ROUNDS: lazy_gettext("Dates of your rounds"),
    Topic.COHORTS: lazy_gettext("Your place in cohorts and groups"),
    Topic.DUTIES: lazy_gettext("What waits for you as faculty"),
    Topic.CASES: lazy_gettext("Cases you write or look at"),
}


def _rhythm(topic: Topic, description: LazyString | str = "") -> SelectField:
    return SelectField(
        TOPIC_NAMES[topic],
        choices=choices((rhythm.value, _RHYTHMS[rhythm]) for rhythm in rhythms_of(topic)),
        description=description,
    )


class NoticesForm(Form):
    """A rhythm for each topic, named as the topic is, and when digests come."""

    answers = _rhythm(
        Topic.ANSWERS, lazy_gettext("Never at once: the moment would give away who was writing just then.")
    )
    threads = _rhythm(Topic.THREADS)
    feedback = _rhythm(Topic.FEEDBACK)
    moderation = _rhythm(Topic.MODERATION, lazy_gettext("That a comment was hidden, say, or can be read again."))
    rounds = _rhythm(Topic.ROUNDS)
    cohorts = _rhythm(Topic.COHORTS)
    duties = _rhythm(Topic.DUTIES, lazy_gettext("Who asks to join, who teaches whom, what needs a decision."))
    cases = _rhythm(Topic.CASES)
    hour = SelectField(
        lazy_gettext("Hour"), coerce=int, choices=choices((str(hour), f"{hour:02}:00") for hour in HOURS)
    )
    weekday = SelectField(
        lazy_gettext("Day of the weekly mail"),
        coerce=int,
        choices=choices((str(number), _DAYS[number]) for number in WEEKDAYS),
    )

    def keep_only(self, topics: Collection[Topic]) -> None:
        """Leave out the topics that do not concern who fills this in."""
        for topic in Topic:
            if topic not in topics and topic in self:
                del self[topic]
