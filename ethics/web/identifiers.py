"""What may point to a real person in something that is about to be sent, and what could be written instead.

It points and never blocks. For a composer of comments one line is enough: `hint(at, text)`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from ethics.identifiers import Identifier, Kind, find
from ethics.rounds.gate import Standing
from ethics.rounds.queries import open_segments
from ethics.web.session import reader

MOST_SHOWN: Final = 12
"""How many passages of one field a page lists; the others come when these are mended."""
_REACH: Final = 90
_SENTENCE_END: Final = re.compile(r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bProf)(?<!\bSt)[.!?…]['’”\")]*\s|\n")

_ADVICE: Final[Mapping[Kind, tuple[LazyString, LazyString]]] = {
    Kind.NAME: (
        lazy_gettext("A title with a name, or initials, tells many readers who it was."),
        lazy_gettext("Say what they were there: “the patient”, “her sister”, “the consultant”."),
    ),
    Kind.PLACE: (
        lazy_gettext("With the place and the week, a colleague can work out who was there."),
        lazy_gettext("“The ward”, “a side room” or “the hospital” does as well."),
    ),
    Kind.AGE: (
        lazy_gettext("So few people are 90 or older in one place that the age can be enough."),
        lazy_gettext("“Over ninety”, or “very old”."),
    ),
    Kind.DATE: (
        lazy_gettext("A full date finds the entry in a ward’s book, and with it the person."),
        lazy_gettext("“Last winter”, “two days later”, or the year alone."),
    ),
    Kind.DAY: (
        lazy_gettext("A day can be looked up by whoever worked there too."),
        lazy_gettext("“One morning”, “a week later”, or the month alone."),
    ),
    Kind.RECORD: (
        lazy_gettext("It looks like a number that belongs to one person’s records."),
        lazy_gettext("Leave it out: “her hospital number” says enough."),
    ),
    Kind.NATIONAL: (
        lazy_gettext("It looks like a number that a state gives to one person, or to one car."),
        lazy_gettext("Leave it out: “his insurance number” says enough."),
    ),
    Kind.PHONE: (
        lazy_gettext("It looks like a number at which somebody answers."),
        lazy_gettext("Leave it out: “I rang the daughter” says enough."),
    ),
    Kind.EMAIL: (
        lazy_gettext("It looks like somebody’s address or account."),
        lazy_gettext("Leave it out: “I wrote to the family” says enough."),
    ),
    Kind.ADDRESS: (
        lazy_gettext("It looks like the place where somebody lives."),
        lazy_gettext("“A flat not far away”, or “in a village”."),
    ),
    Kind.KNOWN: (
        lazy_gettext("Somebody of your class or its faculty bears this name."),
        lazy_gettext("“A fellow student”, “my tutor”."),
    ),
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A passage that may point to somebody, in its sentence."""

    before: str
    words: str
    after: str
    why: LazyString
    instead: LazyString


@dataclass(frozen=True, slots=True)
class MarkedField:
    """What was found in one field."""

    marks: tuple[Marked, ...]
    more: int
    """How many were found beside those."""


def marked(at: Standing, texts: Mapping[str, str]) -> dict[str, MarkedField]:
    """The fields of these texts in which something was found. What the case itself says is not marked."""
    story = _story(at) if any(texts.values()) else ""
    found = {name: find(text, story=story) for name, text in texts.items()}
    return {name: _in_field(texts[name], marks) for name, marks in found.items() if marks}


def hint(at: Standing, text: str) -> str:
    """One sentence for a composer about what may point to somebody in its text; empty where nothing was found."""
    field = marked(at, {"text": text}).get("text")
    if field is None:
        return ""
    words = ", ".join(gettext("“%(words)s”", words=mark.words) for mark in islice(field.marks, 3))
    return str(
        ngettext(
            "One place may point to a real person: %(words)s.",
            "%(num)d places may point to a real person, among them %(words)s.",
            len(field.marks) + field.more,
            words=words,
        )
    )


def _story(at: Standing) -> str:
    """The words of the case that are open to whoever writes, and the names of its people."""
    people = (person["name"] for person in at.round.case_version.front.get("people", ()))
    return "\n".join([*people, *_told(at)])


def _told(at: Standing) -> Iterator[str]:
    for segment in open_segments(reader(), at):
        yield segment.heading
        yield segment.source


def _in_field(text: str, marks: list[Identifier]) -> MarkedField:
    return MarkedField(tuple(_in_sentence(text, mark) for mark in marks[:MOST_SHOWN]), max(0, len(marks) - MOST_SHOWN))


def _in_sentence(text: str, mark: Identifier) -> Marked:
    before = text[max(0, mark.start - _REACH) : mark.start]
    ends = [match.end() for match in _SENTENCE_END.finditer(before)]
    if ends:
        before = before[ends[-1] :]
    elif mark.start > _REACH:
        before = "… " + before.partition(" ")[2]
    after = text[mark.end : mark.end + _REACH]
    end = _SENTENCE_END.search(after)
    if end:
        after = after[: end.end()].rstrip()
    elif len(text) > mark.end + _REACH:
        after = after.rpartition(" ")[0] + " …"
    why, instead = _ADVICE[mark.kind]
    return Marked(before, text[mark.start : mark.end], after, why, instead)
