"""Two texts that began as one: what one side alone changed is taken, what both changed is for the writer to choose.

A draft is looked at field by field: `about`, `audience`, `asked`, and for each prompt `answer-<key>` and `only-<key>`.
What a page began from is remembered as marks, one for each field: short, and enough to tell what has changed since.
Pure: no side effects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from ethics.reflections.models import About, Draft
from ethics.rounds.models import Audience

ANSWER: Final = "answer-"
ONLY: Final = "only-"
TICKED: Final = "y"

Fields = Mapping[str, str]
"""The fields of a draft by name; an empty one may be left out."""
Marks = Mapping[str, str]
"""What stood in each field, by name; an empty one may be left out."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Two texts together. Where both sides changed a field, `fields` holds theirs and `conflicts` its name."""

    fields: dict[str, str]
    conflicts: frozenset[str]


def merge(base: Marks, mine: Fields, theirs: Fields) -> Merged:
    """Put together, field by field, what two sides made of what is marked in `base`."""
    fields, conflicts = dict(theirs), set()
    for name in {*mine, *theirs}:
        my, their = mine.get(name, ""), theirs.get(name, "")
        began = base.get(name, _NOTHING)
        if my == their or mark(my) == began:
            continue
        if mark(their) == began:
            fields[name] = my
        else:
            conflicts.add(name)
    return Merged({name: text for name, text in fields.items() if text}, frozenset(conflicts))


def mark(text: str) -> str:
    """The mark of a text: equal texts have equal marks."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=6).hexdigest()


_NOTHING = mark("")


def marks_of(draft: Draft) -> dict[str, str]:
    """The marks of a draft, for the page that is made from it."""
    return {name: mark(text) for name, text in fields_of(draft).items()}


def fields_of(draft: Draft) -> dict[str, str]:
    """The fields of a draft that are not empty."""
    return {
        "about": str(draft.about),
        "audience": str(draft.audience),
        **({"asked": draft.asked} if draft.asked else {}),
        **{ANSWER + key: text for key, text in draft.answers.items() if text},
        **{ONLY + key: TICKED for key in draft.faculty_only},
    }


def changed_fields(old: Draft, new: Draft) -> dict[str, str]:
    """What has to be written over `old` to make it `new`: the fields that differ, with "" where nothing is left."""
    before, after = fields_of(old), fields_of(new)
    return {name: after.get(name, "") for name in {*before, *after} if before.get(name) != after.get(name)}


def draft_of(fields: Fields) -> Draft:
    """The draft with these fields. Raises ValueError where `about` or `audience` is none that there is."""
    return Draft(
        answers={name.removeprefix(ANSWER): text for name, text in fields.items() if name.startswith(ANSWER) and text},
        asked=fields.get("asked", ""),
        about=About(fields.get("about", "")),
        audience=Audience(fields.get("audience", "")),
        faculty_only=frozenset(
            name.removeprefix(ONLY) for name, text in fields.items() if name.startswith(ONLY) and text
        ),
    )
