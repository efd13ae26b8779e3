"""The editor's form: what each field is called, what helps to fill it in, and what can be chosen.

The fields come from the text (ethics.cases.source_form), so they are no WTForms fields; names and values are theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import LazyString, gettext, lazy_gettext

from ethics.cases.findings import Finding
from ethics.cases.models import SegmentKind
from ethics.cases.pieces import Field
from ethics.cases.source_form import Section, SourceForm, Stage
from ethics.vocabulary import Vocabulary
from ethics.vocabulary.terms import Kind, Principle


@dataclass(frozen=True, slots=True)
class FindingShown:
    """What the checker says, and the field that it is about, '' where it is about none."""

    field: str
    severity: str
    message: str
    suggestion: str


Findings = Mapping[str, Sequence[FindingShown]]


@dataclass(frozen=True, slots=True)
class ChoiceShown:
    """Something to choose; `family` for principles."""

    value: str
    label: str
    chosen: bool
    family: str = ""


@dataclass(frozen=True, slots=True)
class FieldShown:
    """A field for the page. `kind`: line, prose, choice, chips, pairs or frameworks."""

    name: str
    kind: str
    label: str
    help: str
    value: str
    findings: Sequence[FindingShown]
    choices: Sequence[ChoiceShown] = ()
    rows: int = 1
    pairs: Sequence[tuple[Sequence[ChoiceShown], Sequence[ChoiceShown]]] = ()

    @property
    def id(self) -> str:
        """The id of its input."""
        return f"f-{self.name}"


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An entry of a list, with its name where it is an option."""

    name: str
    field: FieldShown
    option_name: FieldShown | None
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class SectionShown:
    """A section of a stage, or a closing part."""

    name: str
    kind: str
    what: str
    title: FieldShown | None
    text: FieldShown | None
    items: Sequence[ItemShown]
    more: FieldShown | None
    empties: int
    is_there: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class StageShown:
    """A stage with its sections, and a place for notes where it has none."""

    name: str
    number: int
    heading: FieldShown
    text: FieldShown
    sections: Sequence[SectionShown]
    guide: FieldShown | None
    has_decision: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class FormShown:
    """The whole form."""

    title: FieldShown
    summary: FieldShown
    about: Sequence[FieldShown]
    readers: Sequence[FieldShown]
    record: Sequence[FieldShown]
    kept: str
    opening: FieldShown
    withheld: Sequence[SectionShown]
    stages: Sequence[StageShown]
    closing: Sequence[SectionShown]
    elsewhere: Sequence[FindingShown]
    """What the checker says of no field in particular."""


_WORDS: Final[Mapping[str, tuple[LazyString, LazyString | str]]] = {
    "title": (lazy_gettext("Title"), ""),
    "summary": (
        lazy_gettext("Summary"),
        lazy_gettext("One sentence: who wants what, and what stands against it."),
    ),
    "principles": (lazy_gettext("Principles that lead"), lazy_gettext("One or two.")),
    "also": (lazy_gettext("Principles that matter, too"), lazy_gettext("Five in all are the most.")),
    "tensions": (lazy_gettext("What pulls apart"), lazy_gettext("Pairs of the principles you have chosen.")),
    "topics": (lazy_gettext("Topics"), lazy_gettext("What the case is about.")),
    "professions": (lazy_gettext("Professions"), lazy_gettext("Who can learn from it.")),
    "setting": (lazy_gettext("Setting"), ""),
    "level": (lazy_gettext("Level"), ""),
    "minutes": (lazy_gettext("Minutes"), lazy_gettext("How long a group needs, from 5 to 600.")),
    "frameworks": (
        lazy_gettext("Frameworks"),
        lazy_gettext("Which sets of prompts suit it. The first is offered to a new round."),
    ),
    "competencies": (lazy_gettext("Competencies"), lazy_gettext("What it maps to, not what it proves.")),
    "people": (
        lazy_gettext("Who appears"),
        lazy_gettext(
            "One a line, with what they are in brackets: Rosa (clinician). Words to use: patient, family, clinician, "
            "student, other; and decides, difficult, expert."
        ),
    ),
    "content_notes": (
        lazy_gettext("What some would rather know before"),
        lazy_gettext("One a line. Shown before the case begins."),
    ),
    "authors": (lazy_gettext("Authors"), lazy_gettext("One a line, as they are to be cited.")),
    "license": (lazy_gettext("Licence"), lazy_gettext("How others may use it, as CC-BY-4.0.")),
    "provenance": (lazy_gettext("Where it comes from"), ""),
    "kind": (lazy_gettext("Kind"), lazy_gettext("A vignette is one short stage.")),
    "language": (lazy_gettext("Language"), lazy_gettext("As en, or de-CH.")),
    "jurisdiction": (lazy_gettext("Whose law"), lazy_gettext("A country, where the law matters.")),
    "review_by": (lazy_gettext("To be looked at again"), lazy_gettext("A date as 2027-05-01.")),
    "alternative": (
        lazy_gettext("Another case instead"),
        lazy_gettext("The address of one for who would rather not read this."),
    ),
    "self_study": (lazy_gettext("Open to everybody for study by oneself"), ""),
    "citation": (lazy_gettext("How to cite it"), ""),
}
_ABOUT: Final = ("principles", "also", "tensions", "topics")
_READERS: Final = ("professions", "level", "setting", "minutes", "frameworks", "people", "content_notes")
_RECORD: Final = (
    *("authors", "license", "provenance", "kind", "self_study", "competencies", "language", "jurisdiction"),
    *("review_by", "alternative", "citation"),
)
_LONG: Final = {"summary": 2, "people": 3, "content_notes": 2, "authors": 2}
_TERMS: Final[Mapping[str, Kind]] = {
    "principles": "principles",
    "also": "principles",
    "topics": "topics",
    "professions": "professions",
    "setting": "settings",
    "competencies": "competencies",
    "frameworks": "frameworks",
}
_FIXED: Final[Mapping[str, Mapping[str, LazyString]]] = {
    "level": {
        "introductory": lazy_gettext("Introductory"),
        "intermediate": lazy_gettext("Intermediate"),
        "advanced": lazy_gettext("Advanced"),
    },
    "provenance": {"fictional": lazy_gettext("Fictional"), "composite": lazy_gettext("Put together from several")},
    "kind": {"case": lazy_gettext("Case"), "vignette": lazy_gettext("Vignette")},
    "self_study": {"yes": lazy_gettext("Yes"), "no": lazy_gettext("No")},
}
_PARTS: Final[Mapping[SegmentKind | None, tuple[LazyString, LazyString, LazyString]]] = {
    SegmentKind.PERSPECTIVE: (
        lazy_gettext("Perspective"),
        lazy_gettext("Whose"),
        lazy_gettext("What they know, owe, may do and fear"),
    ),
    SegmentKind.EXHIBIT: (lazy_gettext("Exhibit"), lazy_gettext("What it is"), lazy_gettext("What it says")),
    SegmentKind.DECISION: (
        lazy_gettext("Decision"),
        lazy_gettext("The question"),
        lazy_gettext("A word before the options"),
    ),
    SegmentKind.GUIDE: (
        lazy_gettext("For facilitators"),
        lazy_gettext("Heading"),
        lazy_gettext("Only faculty and authors read this"),
    ),
    None: (
        lazy_gettext("Withheld"),
        lazy_gettext("Heading"),
        lazy_gettext("Nobody sees this text until its heading is mended"),
    ),
    SegmentKind.QUESTIONS: (
        lazy_gettext("Questions"),
        lazy_gettext("Heading"),
        lazy_gettext("A word before the questions"),
    ),
    SegmentKind.DEBRIEF: (
        lazy_gettext("Debrief"),
        lazy_gettext("Heading"),
        lazy_gettext("Students read this last, after they have looked at their decision again"),
    ),
    SegmentKind.REFERENCES: (
        lazy_gettext("References"),
        lazy_gettext("Heading"),
        lazy_gettext("A word before the references"),
    ),
}
_ITEMS: Final[Mapping[SegmentKind | None, tuple[LazyString, LazyString, int]]] = {
    SegmentKind.DECISION: (lazy_gettext("Option %(number)s"), lazy_gettext("Another option"), 1),
    SegmentKind.QUESTIONS: (lazy_gettext("Question %(number)s"), lazy_gettext("Another question"), 1),
    SegmentKind.REFERENCES: (lazy_gettext("Reference %(number)s"), lazy_gettext("Another reference"), 2),
}
_MOST_OPTIONS = 5


_IN_THE_FORM: Final[Mapping[str, LazyString]] = {
    "E029": lazy_gettext("write something here, or take the part out"),
    "E030": lazy_gettext("add one"),
    "E031": lazy_gettext("write each into a field of its own"),
    "W013": lazy_gettext("the next teacher will thank you"),
    "W016": lazy_gettext("add a decision to a stage"),
    "W017": lazy_gettext("each can begin a thread"),
    "W018": lazy_gettext("say what the case was made for"),
}
"""What to do about a finding where one sees fields; the checker speaks of signs in a file."""


def shown_finding(finding: Finding, form: SourceForm | None) -> FindingShown:
    """A finding for the page; beside a form it speaks of fields, and not of lines that should be in a file."""
    field = form.field_of(finding) if form else ""
    message, suggestion = finding.message[:1].upper() + finding.message[1:], finding.suggestion
    if field in _WORDS and finding.code == "E011":
        message, suggestion = gettext("%(field)s: this is needed", field=_WORDS[field][0]), ""
    elif field in _WORDS and finding.code == "W014":
        message = gettext("%(field)s: not said yet", field=_WORDS[field][0])
    elif form and finding.code in _IN_THE_FORM:
        suggestion = str(_IN_THE_FORM[finding.code])
    return FindingShown(field, finding.severity, message, suggestion)


def shown_form(form: SourceForm, vocabulary: Vocabulary, findings: Findings) -> FormShown:
    """The form of a text for the page."""
    make = _Maker(form, vocabulary, findings)
    return FormShown(
        title=make.front("title"),
        summary=make.front("summary"),
        about=make.fronts(_ABOUT),
        readers=make.fronts(_READERS),
        record=make.fronts(_RECORD),
        kept=form.kept,
        opening=make.prose(form.opening, gettext("Opening"), gettext("Before the first heading, 250 to 500 words."), 8),
        withheld=[make.section(section, [section]) for section in (*form.loose, *form.astray)],
        stages=[make.stage(number, stage) for number, stage in enumerate(form.stages, start=1)],
        closing=[make.section(section, [section]) for section in form.closing.values()],
        elsewhere=findings.get("", ()),
    )


class _Maker:
    def __init__(self, form: SourceForm, vocabulary: Vocabulary, findings: Findings) -> None:
        self.form = form
        self.vocabulary = vocabulary
        self.findings = findings

    def fronts(self, keys: Sequence[str]) -> list[FieldShown]:
        return [self.front(key) for key in keys if key in self.form.fields]

    def front(self, key: str) -> FieldShown:
        field = self.form.fields[key]
        label, help_text = (str(word) for word in _WORDS[key])
        said = self.findings.get(key, ())
        if key == "tensions":
            return FieldShown(key, "pairs", label, help_text, "", said, pairs=self._pairs(field))
        if key in {"principles", "also", "topics", "professions", "competencies"}:
            return FieldShown(key, "chips", label, help_text, "", said, self._terms(key, field.values))
        if key == "frameworks":
            ordered = self._terms(key, field.values)
            ordered = sorted(ordered, key=lambda one: _place(field.values, one.value))
            return FieldShown(key, "frameworks", label, help_text, field.value, said, ordered)
        if key == "setting":
            return FieldShown(key, "choice", label, help_text, field.value, said, self._terms(key, field.values))
        if key in _FIXED:
            return FieldShown(key, "choice", label, help_text, field.value, said, _fixed(key, field.value))
        kind = "prose" if key in _LONG else "line"
        return FieldShown(key, kind, label, help_text, field.value, said, rows=_LONG.get(key, 1))

    def line(self, field: Field, label: str, help_text: str = "") -> FieldShown:
        return FieldShown(field.name, "line", label, help_text, field.value, self.findings.get(field.name, ()))

    def prose(self, field: Field, label: str, help_text: str = "", rows: int = 3) -> FieldShown:
        said = self.findings.get(field.name, ())
        return FieldShown(field.name, "prose", label, help_text, field.value, said, rows=rows)

    def stage(self, number: int, stage: Stage) -> StageShown:
        guide = self.prose(stage.guide, gettext("For facilitators, on this stage"), rows=2) if stage.guide else None
        movable = [section for section in stage.sections if not section.is_withheld]
        return StageShown(
            stage.name,
            number,
            self.line(
                stage.heading, gettext("Stage %(number)s", number=number), gettext("A day and an hour, perhaps.")
            ),
            self.prose(stage.text, gettext("What happens"), gettext("100 to 300 words with its sections."), 5),
            [self.section(section, movable) for section in stage.sections],
            guide,
            any(section.kind is SegmentKind.DECISION for section in stage.sections),
            number == 1,
            number == len(self.form.stages),
        )

    def section(self, section: Section, alike: Sequence[Section]) -> SectionShown:
        what, title, text = (str(word) for word in _PARTS[section.kind])
        is_list = section.kind in _ITEMS and not section.is_plain
        empties = 0
        if is_list and section.more:
            empties = 1
            if section.kind is SegmentKind.DECISION:
                empties = max(0, min(_MOST_OPTIONS - len(section.items), max(1, 2 - len(section.items))))
        has_text = not is_list or bool(section.text.value)
        named = gettext("The list, as it is written") if section.is_plain else text
        more = None
        if section.more and empties:
            words = _ITEMS[section.kind]
            more = self.prose(section.more, str(words[1]), _more_help(section.kind), words[2])
        return SectionShown(
            section.name,
            section.kind.value if section.kind else "withheld",
            what,
            self.line(section.title, title) if section.title else None,
            self.prose(section.text, named) if has_text else None,
            [self._item(section, index) for index in range(len(section.items))],
            more,
            empties,
            section.name in self.form.blocks,
            section is alike[0] if alike else True,
            section is alike[-1] if alike else True,
        )

    def _item(self, section: Section, index: int) -> ItemShown:
        label, _, rows = _ITEMS[section.kind]
        field = section.items[index]
        name = section.names[index] if section.names else None
        words = str(label) % {"number": index + 1}
        return ItemShown(
            field.name,
            self.prose(field, words, rows=rows),
            self._option_name(name, index + 1) if name else None,
            index == 0,
            index == len(section.items) - 1,
        )

    def _option_name(self, field: Field, number: int) -> FieldShown:
        return self.line(
            field,
            gettext("Name of option %(number)s", number=number),
            gettext("Small letters and hyphens; it stays when the order changes."),
        )

    def _terms(self, key: str, values: Sequence[str]) -> list[ChoiceShown]:
        terms = self.vocabulary.terms(_TERMS[key])
        known = [
            ChoiceShown(term.id, term.name, term.id in values, term.family if isinstance(term, Principle) else "")
            for term in terms.values()
        ]
        unknown = [
            ChoiceShown(value, value, chosen=True, family="bio") for value in values if value and value not in terms
        ]
        return [*known, *unknown]

    def _pairs(self, field: Field) -> list[tuple[list[ChoiceShown], list[ChoiceShown]]]:
        values = [*field.values, *([""] if len(field.values) % 2 else [])]
        rows = [(values[at], values[at + 1]) for at in range(0, len(values), 2)]
        if not rows or rows[-1] != ("", ""):
            rows.append(("", ""))
        return [(self._side(one), self._side(other)) for one, other in rows]

    def _side(self, value: str) -> list[ChoiceShown]:
        """The case's own principles first: a tension is between two of them."""
        own = [*self.form.fields["principles"].values, *self.form.fields["also"].values] if self._has_lists() else []
        found = self._terms("principles", [value])
        return sorted(found, key=lambda one: _place(own, one.value))

    def _has_lists(self) -> bool:
        return {"principles", "also"} <= self.form.fields.keys()


def _place(values: Sequence[str], value: str) -> int:
    return values.index(value) if value in values else len(values)


def _fixed(key: str, value: str) -> list[ChoiceShown]:
    found = [ChoiceShown(one, str(label), one == value) for one, label in _FIXED[key].items()]
    return found if not value or value in _FIXED[key] else [*found, ChoiceShown(value, value, chosen=True)]


def _more_help(kind: SegmentKind | None) -> str:
    words = {
        SegmentKind.REFERENCES: gettext(
            "Begin it with a key and a year in brackets, [who2021], and cite it in the text by the same."
        ),
        SegmentKind.DECISION: gettext(
            "Two to five that decent people would defend. “Another course” and “I am unsure” are added for you."
        ),
    }
    return words.get(kind, "") if kind else ""
