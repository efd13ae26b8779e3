"""The front matter of a case: what its keys may hold, and how they are read. No side effects."""

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from ethics.cases.findings import Report
from ethics.cases.models import Status
from ethics.text import clean_name
from ethics.vocabulary import Kind, Vocabulary, plainyaml
from ethics.vocabulary.plainyaml import Place, PlainYamlError, Text, YesNo

MAX_BYTES: Final = 16 * 1024
MAX_LEADING = 2
MAX_PRINCIPLES = 5
SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

VOCABULARIES: Final[Mapping[str, Kind]] = {
    "principles": "principles",
    "also": "principles",
    "topics": "topics",
    "professions": "professions",
    "setting": "settings",
    "competencies": "competencies",
    "frameworks": "frameworks",
}
_LISTS: Final = frozenset({"principles", "also", "topics", "professions", "competencies", "frameworks"}) | {
    *("tensions", "authors", "people", "content_notes")
}
_NOTHING: Final = Text("", plainyaml.START, "")
_TENSION = re.compile(r"(.+?)\s+(?:vs\.?|versus)\s+(.+)", re.IGNORECASE)
_PERSON = re.compile(r"([^()]+)\(([^()]*)\)")
_ROLES: Final = ("patient", "family", "clinician", "student", "other", "decides", "difficult", "expert")


def _number(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}", value):
        return int(value)
    if isinstance(value, int):
        return value
    raise ValueError("write a number")


def _date(value: object) -> object:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("write a date as 2026-12-31") from None


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _clean(value: object) -> object:
    return clean_name(value) if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_clean), StringConstraints(min_length=1, max_length=500)]


class Person(BaseModel):
    """Somebody who appears in a case, and as what."""

    model_config = ConfigDict(frozen=True)

    name: Line
    roles: tuple[str, ...]


class Front(BaseModel):
    """The front matter of a case. Terms are ids of the vocabulary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[Line, StringConstraints(max_length=150)]
    summary: Line
    principles: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    tensions: tuple[tuple[str, str], ...] = ()
    topics: tuple[str, ...] = ()
    professions: tuple[str, ...] = ()
    setting: str | None = None
    level: Annotated[Literal["introductory", "intermediate", "advanced"] | None, BeforeValidator(_lower)] = None
    minutes: Annotated[int | None, BeforeValidator(_number), Field(ge=5, le=600)] = None
    competencies: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    authors: tuple[Line, ...] = ()
    license: Line | None = None
    status: Annotated[Status, BeforeValidator(_lower)] = Status.DRAFT
    people: tuple[Person, ...] = ()
    kind: Annotated[Literal["case", "vignette"], BeforeValidator(_lower)] = "case"
    provenance: Annotated[Literal["fictional", "composite"] | None, BeforeValidator(_lower)] = None
    content_notes: tuple[Line, ...] = ()
    language: Annotated[str | None, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = None
    jurisdiction: Line | None = None
    review_by: Annotated[date | None, BeforeValidator(_date)] = None
    alternative: Annotated[str | None, StringConstraints(pattern=rf"^{SLUG.pattern}$")] = None
    self_study: YesNo = False
    citation: Line | None = None


def read(text: str, *, vocabulary: Vocabulary, report: Report) -> tuple[Front | None, Mapping[str, Place]]:
    """Read the front matter that begins in line 2 of its file, and say where each key stands.

    What is wrong goes to `report` and is left out. None where even a title or a summary is missing.
    """
    try:
        node = plainyaml.read(text, first_line=2)
    except PlainYamlError as error:
        report.add("E008", error.place, f"the front matter cannot be read: {error.message}", error.mend)
        return None, {}
    if not isinstance(node, plainyaml.Mapping):
        report.add("E008", node.place, "the front matter cannot be read: it is no list of keys", "write 'title: …'")
        return None, {}
    reader = _Reader(vocabulary, report)
    values = reader.values(node)
    front = _validated(values, node, report)
    if front is not None:
        reader.check_principles(front, node)
    return front, node.keys


class _Reader:
    """Turns what stands in the file into what the model expects: terms into ids, lists out of commas."""

    def __init__(self, vocabulary: Vocabulary, report: Report) -> None:
        self._vocabulary = vocabulary
        self._report = report

    def values(self, node: plainyaml.Mapping) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, entry in node.entries.items():
            if key not in Front.model_fields:
                self._unknown_key(key, node.keys[key])
            elif key in _LISTS:
                values[key] = list(self._list(key, entry))
            elif isinstance(entry, Text):
                if entry.value.strip():
                    values[key] = self._term(key, entry) if key in VOCABULARIES else entry.value
            else:
                self._report.add("E013", entry.place, f"'{key}' takes one value, not a list", "write one line of text")
        return values

    def check_principles(self, front: Front, node: plainyaml.Mapping) -> None:
        leading, named = len(front.principles), len({*front.principles, *front.also})
        if not any(self._items("principles", node.entries.get("principles", _NOTHING))):
            self._report.add("E011", plainyaml.START, "'principles' is missing", "name one or two that lead the case")
            return
        place = node.entries["principles"].place
        if leading > MAX_LEADING:
            message = f"{leading} principles lead the case; one or two can"
            self._report.add("E014", place, message, "move the others to 'also'")
        if named > MAX_PRINCIPLES:
            message = f"the case names {named} principles; {MAX_PRINCIPLES} are the most"
            self._report.add("E014", place, message, "keep those that really pull")

    def _unknown_key(self, key: str, place: Place) -> None:
        close = difflib.get_close_matches(key.lower().replace("-", "_"), Front.model_fields, n=1)
        suggestion = f"did you mean '{close[0]}'?" if close else "take it out, or see the list of keys"
        self._report.add("E010", place, f"unknown key '{key}'", suggestion)

    def _list(self, key: str, entry: plainyaml.Node) -> Iterator[object]:
        seen: set[object] = set()
        for item in self._items(key, entry):
            value = self._item(key, item)
            if value in seen:
                self._report.add("E016", item.place, f"'{item.value}' is given twice", "keep one of the two")
            elif value is not None:
                seen.add(value)
                yield value

    def _items(self, key: str, entry: plainyaml.Node) -> Iterator[Text]:
        if isinstance(entry, Text):
            yield from entry.split()
        elif isinstance(entry, plainyaml.List):
            for item in entry.items:
                if isinstance(item, Text):
                    yield item
                else:
                    self._report.add("E013", item.place, f"'{key}' takes a plain list", "write one value a line")
        else:
            self._report.add("E013", entry.place, f"'{key}' takes a list", "write the values with commas between them")

    def _item(self, key: str, item: Text) -> object:
        match key:
            case "tensions":
                return self._tension(item)
            case "people":
                return self._person(item)
            case "authors" | "content_notes":
                return item.value
            case _:
                return self._term(key, item)

    def _term(self, key: str, item: Text) -> str | None:
        kind = VOCABULARIES[key]
        found = self._vocabulary.find(kind, item.value)
        if found is not None:
            return found.id
        close = self._vocabulary.suggest(kind, item.value)
        suggestion = f"did you mean '{close}'?" if close else _other_kind(self._vocabulary, item.value)
        self._report.add("E012", item.place, f"unknown {_SINGULAR[kind]} '{item.value}'", suggestion)
        return None

    def _tension(self, item: Text) -> tuple[str, str] | None:
        pair = _TENSION.fullmatch(" ".join(item.value.split()))
        if pair is None:
            self._report.add("E015", item.place, f"'{item.value}' is not a tension", "write 'autonomy vs beneficence'")
            return None
        one, other = (self._term("principles", Text(pair[side], item.place, pair[side])) for side in (1, 2))
        if one is None or other is None:
            return None
        if one == other:
            self._report.add("E015", item.place, f"'{one}' cannot pull against itself", "name two principles")
            return None
        return one, other

    def _person(self, item: Text) -> Person | None:
        found = _PERSON.fullmatch(item.value)
        roles = tuple(role.strip().lower() for role in found[2].split(",")) if found else ()
        unknown = [role for role in roles if role not in _ROLES]
        if found is None or unknown:
            said = f"'{unknown[0]}' is no role" if unknown else f"'{item.value}' does not say who that is"
            self._report.add("E013", item.place, said, f"write 'Rosa (clinician)'; roles are {', '.join(_ROLES)}")
            return None
        return Person(name=found[1], roles=roles)


_SINGULAR: Final[Mapping[Kind, str]] = {
    "principles": "principle",
    "topics": "topic",
    "professions": "profession",
    "settings": "setting",
    "competencies": "competency",
    "frameworks": "framework",
}


def _other_kind(vocabulary: Vocabulary, text: str) -> str:
    for kind, name in _SINGULAR.items():
        if vocabulary.find(kind, text):
            return f"it is a {name}"
    return "a school can add its own terms in cases/vocabulary/"


def _validated(values: dict[str, object], node: plainyaml.Mapping, report: Report) -> Front | None:
    """The model, without the values that cannot be; None where a title or summary is among these."""
    values = _with_sound_tensions(values, node, report)
    try:
        return Front.model_validate(values)
    except ValidationError as error:
        for wrong in error.errors():
            key = str(wrong["loc"][0])
            values.pop(key, None)
            if wrong["type"] == "missing":
                report.add("E011", plainyaml.START, f"'{key}' is missing", f"add a line '{key}: …'")
            else:
                report.add("E013", plainyaml.place_at(node, wrong["loc"]), f"'{key}': {_sentence(wrong)}")
    try:
        return Front.model_validate(values)
    except ValidationError:
        return None


def _with_sound_tensions(values: dict[str, object], node: plainyaml.Mapping, report: Report) -> dict[str, object]:
    tensions, leading, also = (values.get(key) for key in ("tensions", "principles", "also"))
    if not isinstance(tensions, list):
        return values
    named = {*(leading if isinstance(leading, list) else ()), *(also if isinstance(also, list) else ())}
    sound = [pair for pair in tensions if named.issuperset(pair)]
    for pair in tensions:
        for principle in pair:
            if principle not in named:
                message = f"the tension names '{principle}', which is not among the case's principles"
                report.add("E015", node.entries["tensions"].place, message, "add it to 'also'")
    return {**values, "tensions": sound}


def _sentence(wrong: ErrorDetails) -> str:
    context = wrong.get("ctx", {})
    match wrong["type"]:
        case "literal_error" | "enum":
            return f"write {context['expected']}"
        case "string_too_long":
            return f"this is longer than {context['max_length']} characters"
        case "string_too_short":
            return "there is no text here"
        case "greater_than_equal" | "less_than_equal":
            return "write a number from 5 to 600"
        case "string_pattern_mismatch":
            return "this is not written as it should be"
        case _:
            return wrong["msg"].removeprefix("Value error, ")
