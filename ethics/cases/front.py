"""The front matter of a case: what its keys may hold, and how they are read. No side effects."""

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import compress
from typing import Annotated, Final, Literal, cast

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
MAX_LIST: Final = 40
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
_TENSION = re.compile(r"(.+?)\s+(?:vs\.?|versus)\s+(.+)", re.IGNORECASE | re.DOTALL)
_PERSON = re.compile(r"([^()]+)\(([^()]*)\)")
_KEY_LINE = re.compile(r"([A-Za-z_]+):\s+(\S.*?)\s*")
_LONGEST_MEND: Final = 100
_LONGEST_SHOWN: Final = 60
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
    """Read the front matter that begins in line 2 of its file, and say where the value of each key stands.

    What is wrong goes to `report` and is left out. None where even a title or a summary is missing.
    """
    try:
        node = plainyaml.read(text, first_line=2)
    except PlainYamlError as error:
        mend = _in_quotes(text, error) or error.mend
        report.add("E008", error.place, f"the front matter cannot be read: {error.message}", mend)
        return None, {}
    if not isinstance(node, plainyaml.Mapping):
        report.add("E008", node.place, "the front matter cannot be read: it is no list of keys", "write 'title: …'")
        return None, {}
    reader = _Reader(node, vocabulary, report)
    front = reader.front()
    _advise_comments(text, node, report)
    return front, {key: entry.place for key, entry in node.entries.items()}


def _in_quotes(text: str, error: PlainYamlError) -> str:
    """The line that YAML stumbles over, written so that it does not."""
    line = _KEY_LINE.fullmatch(text.split("\n")[error.place.line - 2])
    if "in quotes" not in error.mend or not line or len(line[0]) > _LONGEST_MEND or line[2][0] in "'\"[{":
        return ""
    quote = "'" if '"' in line[2] else '"'
    return f"put it in quotes: {line[1]}: {quote}{line[2].replace(quote, quote * 2)}{quote}"


def _advise_comments(text: str, node: plainyaml.Mapping, report: Report) -> None:
    """A title like `Bed #4` ends before the sign, and nobody notices."""
    lines = text.split("\n")
    for key in ("title", "summary"):
        entry = node.entries.get(key)
        if isinstance(entry, Text) and entry.written and entry.written[0] not in "'\"|>":
            last = entry.place.line + entry.written.rstrip().count("\n")
            line = lines[last - 2]
            at = line.find(" #")
            if at >= 0:
                message = f"after ' #' the rest of the line is not read: '{key}' is '{_short(entry.value)}'"
                report.add("W004", Place(last, at + 2), message, "if it belongs to the text, put all of it in quotes")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


class _Reader:
    """Turns what stands in the file into what the model expects: terms into ids, lists out of commas."""

    def __init__(self, node: plainyaml.Mapping, vocabulary: Vocabulary, report: Report) -> None:
        self._node = node
        self._vocabulary = vocabulary
        self._report = report
        self._places: dict[str, list[Place]] = {}
        """Where the items of each list stand that were kept."""
        self._sides: dict[tuple[str, str], tuple[Place, Place]] = {}
        """Where the two principles of each tension stand."""
        self._principles_given = False

    def front(self) -> Front | None:
        """The model, without the values that cannot be; None where a title or summary is among these."""
        values = self._values()
        self._drop_repeated_principles(values)
        self._drop_strange_tensions(values)
        try:
            front = Front.model_validate(values)
        except ValidationError as error:
            for wrong in error.errors():
                self._wrong_value(wrong)
                values.pop(str(wrong["loc"][0]), None)
            try:
                front = Front.model_validate(values)
            except ValidationError:
                return None
        self._check_principles(front)
        return front

    def _values(self) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, entry in self._node.entries.items():
            if key not in Front.model_fields:
                self._unknown_key(key, self._node.keys[key])
            elif key in _LISTS:
                values[key] = list(self._list(key, entry))
            elif isinstance(entry, Text):
                if entry.value.strip():
                    values[key] = self._term(key, entry) if key in VOCABULARIES else entry.value
            else:
                self._report.add("E013", entry.place, f"'{key}' takes one value, not a list", "write one line of text")
        return values

    def _wrong_value(self, wrong: ErrorDetails) -> None:
        key = str(wrong["loc"][0])
        if wrong["type"] == "missing":
            place = self._node.keys.get(key, plainyaml.START)
            said = "has no text" if key in self._node.keys else "is missing"
            self._report.add("E011", place, f"'{key}' {said}", f"add a line '{key}: …'")
            return
        places = self._places.get(key, ())
        number = wrong["loc"][1] if len(wrong["loc"]) > 1 else None
        is_item = isinstance(number, int) and number < len(places)
        place = places[number] if is_item else plainyaml.place_at(self._node, wrong["loc"])  # type: ignore[index]  # is_item says so
        self._report.add("E013", place, f"'{key}': {_sentence(wrong)}", _mend(key, wrong))

    def _check_principles(self, front: Front) -> None:
        if not self._principles_given:
            place = self._node.keys.get("principles", plainyaml.START)
            self._report.add("E011", place, "'principles' is missing", "name one or two that lead the case")
            return
        leading, also = front.principles, front.also
        if len(leading) > MAX_LEADING:
            message = f"{len(leading)} principles lead the case; one or two can"
            self._report.add("E014", self._places["principles"][MAX_LEADING], message, "move the others to 'also'")
        if len(leading) + len(also) > MAX_PRINCIPLES:
            places = [*self._places["principles"], *self._places.get("also", ())]
            message = f"the case names {len(leading) + len(also)} principles; {MAX_PRINCIPLES} are the most"
            self._report.add("E014", places[MAX_PRINCIPLES], message, "keep those that really pull")

    def _drop_repeated_principles(self, values: dict[str, object]) -> None:
        leading, also = values.get("principles"), values.get("also")
        if not isinstance(leading, list) or not isinstance(also, list):
            return
        for principle, place in zip(also, self._places["also"], strict=True):
            if principle in leading:
                message = f"'{principle}' is among 'principles' already"
                self._report.add("E016", place, message, "take it out of 'also'")
        self._keep("also", values, [principle not in leading for principle in also])

    def _drop_strange_tensions(self, values: dict[str, object]) -> None:
        tensions, leading, also = (values.get(key) for key in ("tensions", "principles", "also"))
        if not isinstance(tensions, list):
            return
        named = {*(leading if isinstance(leading, list) else ()), *(also if isinstance(also, list) else ())}
        for pair in tensions:
            for principle, place in zip(pair, self._sides[pair], strict=True):
                if principle not in named:
                    message = f"the tension names '{principle}', which is not among the case's principles"
                    self._report.add("E015", place, message, "add it to 'also'")
        self._keep("tensions", values, [named.issuperset(pair) for pair in tensions])

    def _keep(self, key: str, values: dict[str, object], wanted: list[bool]) -> None:
        values[key] = list(compress(cast("list[object]", values[key]), wanted))
        self._places[key] = list(compress(self._places[key], wanted))

    def _unknown_key(self, key: str, place: Place) -> None:
        close = difflib.get_close_matches(key.lower().replace("-", "_"), Front.model_fields, n=1)
        suggestion = f"did you mean '{close[0]}'?" if close else "take it out, or see the list of keys"
        self._report.add("E010", place, f"unknown key '{key}'", suggestion)

    def _list(self, key: str, entry: plainyaml.Node) -> Iterator[object]:
        seen: set[object] = set()
        places = self._places.setdefault(key, [])
        for number, item in enumerate(self._items(key, entry)):
            self._principles_given |= key == "principles"
            if number == MAX_LIST:
                message = f"'{key}' has more than {MAX_LIST} values"
                self._report.add("E013", item.place, message, "keep those that matter")
                return
            value = self._item(key, item)
            same = frozenset(value) if key == "tensions" and isinstance(value, tuple) else value
            if same in seen:
                self._report.add("E016", item.place, f"'{item.value}' is given twice", "keep one of the two")
            elif value is not None:
                seen.add(same)
                places.append(item.place)
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
        self._report.add("E012", item.place, f"unknown {_SINGULAR[kind]} '{_short(item.value)}'", suggestion)
        return None

    def _tension(self, item: Text) -> tuple[str, str] | None:
        pair = _TENSION.fullmatch(item.value)
        if pair is None:
            message = f"'{_short(item.value)}' is not a tension"
            self._report.add("E015", item.place, message, "write 'autonomy vs beneficence'")
            return None
        sides = item.parts(pair[1], pair[2])
        one, other = (self._term("principles", side) for side in sides)
        if one is None or other is None:
            return None
        if one == other:
            self._report.add("E015", item.place, f"'{one}' cannot pull against itself", "name two principles")
            return None
        self._sides[one, other] = (sides[0].place, sides[1].place)
        return one, other

    def _person(self, item: Text) -> Person | None:
        found = _PERSON.fullmatch(item.value)
        written = [role.strip() for role in found[2].split(",")] if found else []
        if found is None or not all(written):
            message = f"'{_short(item.value)}' does not say who that is"
            self._report.add("E013", item.place, message, f"write 'Rosa (clinician)'; roles are {', '.join(_ROLES)}")
            return None
        for role in item.parts(found[1], *written)[1:]:
            if role.value.lower() not in _ROLES:
                close = difflib.get_close_matches(role.value.lower(), _ROLES, n=1)
                mend = f"did you mean '{close[0]}'?" if close else f"roles are {', '.join(_ROLES)}"
                self._report.add("E013", role.place, f"'{_short(role.value)}' is no role", mend)
                return None
        return Person(name=found[1], roles=tuple(dict.fromkeys(role.lower() for role in written)))


_SINGULAR: Final[Mapping[Kind, str]] = {
    "principles": "principle",
    "topics": "topic",
    "professions": "profession",
    "settings": "setting",
    "competencies": "competency",
    "frameworks": "framework",
}


def _other_kind(vocabulary: Vocabulary, text: str) -> str:
    for key, kind in VOCABULARIES.items():
        if vocabulary.find(kind, text):
            return f"it is a {_SINGULAR[kind]}: write it under '{key}'"
    return "a school can add its own terms in cases/vocabulary/"


_MENDS: Final = {
    "language": "write a code such as 'en' or 'pt-BR'",
    "alternative": "write the other case's name as in its address, such as 'short-count'",
}


def _mend(key: str, wrong: ErrorDetails) -> str:
    expected = re.findall(r"'(\w+)'", str(wrong.get("ctx", {}).get("expected", "")))
    close = difflib.get_close_matches(str(wrong["input"]), expected, n=1)
    return f"did you mean '{close[0]}'?" if close else _MENDS.get(key, "")


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
