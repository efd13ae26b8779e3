"""What notices are about, and how often somebody is written to about it: pure, no table."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo


class Topic(enum.StrEnum):
    """What one chooses a rhythm for."""

    ANSWERS = "answers"
    THREADS = "threads"
    FEEDBACK = "feedback"
    MODERATION = "moderation"
    ROUNDS = "rounds"
    COHORTS = "cohorts"
    DUTIES = "duties"
    """What waits for faculty to act on."""
    CASES = "cases"


class Rhythm(enum.StrEnum):
    """How often mail is sent about a topic."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NONE = "none"


TALK: Final = frozenset({Topic.ANSWERS, Topic.THREADS})
"""What peers do under aliases: the moment of a mail would tell who was writing just then, so it is never at once."""

TOPICS: Final[Mapping[str, Topic | None]] = {
    "reply": Topic.ANSWERS,
    "thread-news": Topic.THREADS,
    "feedback-released": Topic.FEEDBACK,
    "revision-asked": Topic.FEEDBACK,
    "reflection-accepted": Topic.FEEDBACK,
    "comment-hidden": Topic.MODERATION,
    "comment-shown": Topic.MODERATION,
    "comment-kept-hidden": Topic.MODERATION,
    "comment-let-through": Topic.MODERATION,
    "comment-refused": Topic.MODERATION,
    "comment-moved": Topic.MODERATION,
    "revision-wanted": Topic.MODERATION,
    "revision-unwanted": Topic.MODERATION,
    "posts-held": Topic.MODERATION,
    "posts-free": Topic.MODERATION,
    "thread-locked": Topic.MODERATION,
    "report-settled": Topic.MODERATION,
    "comment-redacted": Topic.MODERATION,
    "text-redacted": Topic.MODERATION,
    "appeal-answered": Topic.MODERATION,
    "opened-by-administrator": Topic.MODERATION,
    "opened-in-cohort": Topic.DUTIES,
    "round-dates": Topic.ROUNDS,
    "round-closed": Topic.ROUNDS,
    "round-reopened": Topic.ROUNDS,
    "extension": Topic.ROUNDS,
    "extension-ended": Topic.ROUNDS,
    "group-changed": Topic.COHORTS,
    "place-given": Topic.COHORTS,
    "place-ended": Topic.COHORTS,
    "cohort-cloned": Topic.DUTIES,
    "groups-taught": Topic.DUTIES,
    "tutors-changed": Topic.DUTIES,
    "faculty-made": Topic.DUTIES,
    "join-asked": Topic.DUTIES,
    "case-review-asked": Topic.CASES,
    "case-review-ready": Topic.CASES,
    "case-review-back": Topic.CASES,
    "case-comment": Topic.CASES,
    "case-published": Topic.CASES,
    # These two have a mail of their own, which nobody can switch off.
    "password-changed": None,
    "concern": None,
}
"""The topic of every kind of notice; None: it stands in the list of notices alone."""

USUAL: Final[Mapping[Topic, Rhythm]] = {
    Topic.ANSWERS: Rhythm.DAILY,
    Topic.THREADS: Rhythm.WEEKLY,
    Topic.FEEDBACK: Rhythm.AT_ONCE,
    Topic.MODERATION: Rhythm.AT_ONCE,
    Topic.ROUNDS: Rhythm.DAILY,
    Topic.COHORTS: Rhythm.DAILY,
    Topic.DUTIES: Rhythm.DAILY,
    Topic.CASES: Rhythm.DAILY,
}
"""What holds for who has chosen nothing."""

HOURS: Final = range(24)
WEEKDAYS: Final = range(7)
HOUR: Final = 7
WEEKDAY: Final = 0
NOWHERE: Final = "UTC"


@dataclass(frozen=True, slots=True)
class Plan:
    """When one person is written to. `hour` and `weekday` (Monday is 0) are of their own zone, an IANA name."""

    zone: str = NOWHERE
    hour: int = HOUR
    weekday: int = WEEKDAY
    chosen: Mapping[str, str] = field(default_factory=dict)

    def rhythm(self, topic: Topic) -> Rhythm:
        """The rhythm chosen for a topic, or the usual one."""
        return Rhythm(self.chosen.get(topic, USUAL[topic]))

    def next_digest(self, after: datetime, rhythm: Rhythm = Rhythm.DAILY) -> datetime:
        """The first moment after `after`, in UTC, at which a daily or weekly digest goes out."""
        zone = ZoneInfo(self.zone)
        moment = after.astimezone(zone).replace(hour=self.hour, minute=0, second=0, microsecond=0, fold=0)
        while _utc(moment) <= after or (rhythm is Rhythm.WEEKLY and moment.weekday() != self.weekday):
            moment += timedelta(days=1)
        return _utc(moment)

    def due_at(self, topic: Topic | None, due_at: datetime) -> datetime:
        """When a notice of a topic is shown: of what peers do, at the next digest of a day, however mail is chosen."""
        return self.next_digest(due_at) if topic in TALK else due_at

    def mail_at(self, topic: Topic | None, due_at: datetime) -> datetime | None:
        """When a notice that is shown from `due_at` on goes into a mail; None: in none."""
        if topic is None:
            return None
        match self.rhythm(topic):
            case Rhythm.NONE:
                return None
            case Rhythm.AT_ONCE:
                return due_at
            case rhythm:
                return self.next_digest(due_at - timedelta(microseconds=1), rhythm)


def rhythms_of(topic: Topic) -> tuple[Rhythm, ...]:
    """The rhythms that can be chosen for a topic."""
    return tuple(rhythm for rhythm in Rhythm if rhythm is not Rhythm.AT_ONCE or topic not in TALK)


def _utc(local: datetime) -> datetime:
    return local.astimezone(ZoneInfo(NOWHERE))
