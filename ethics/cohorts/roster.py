"""A class list as a file: read whatever a school's systems export, and work out what it would change.

Nothing here touches a database. `decode` and `parse` make lines of a file, `plan` compares them with who is known and
says what an import would do. Whether an address belongs to an account elsewhere is never asked, so that no preview can
tell.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from ethics.cohorts.models import CohortRole
from ethics.cohorts.rules import Seats, latecomer_s_group
from ethics.errors import Invalid
from ethics.people.rules import clean_email, clean_person
from ethics.text import clean_name, normalise_newlines
from ethics.vocabulary import Vocabulary

MOST_LINES: Final = 5_000
MOST_BYTES: Final = 600_000
LONGEST_GROUP: Final = 80

_DELIMITERS: Final = (",", ";", "\t")
_HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "fullname", "displayname", "student", "studentname", "participant"),
    "first": ("firstname", "givenname", "forename"),
    "last": ("lastname", "surname", "familyname"),
    "email": ("email", "emailaddress", "mail", "studentemail"),
    "profession": ("profession", "discipline", "programme", "program", "degree"),
    "group": ("group", "groups", "groupname", "seminargroup", "team"),
    "tutor": ("tutor", "tutors", "tutoremail", "facilitator", "facilitators"),
}
_COLUMNS: Final = {head: column for column, heads in _HEADS.items() for head in heads}
_CANVAS: Final = frozenset({"student", "id", "section"})
_MOODLE: Final = frozenset({"firstname", "emailaddress"})
_NAMED_ADDRESS: Final = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>]*)>")
_HALF_NUL: Final = 0.3
"""From this share of zero bytes on, bytes without a mark are taken for UTF-16."""


class Unreadable(Invalid):
    """A file that cannot be read as a list of people at all; `line` says where, or is None."""

    def __init__(self, code: str, line: int | None = None) -> None:
        super().__init__(code, "text")
        self.line = line


@dataclass(frozen=True, slots=True)
class Tutor:
    """A tutor as a line names them; the name is made from the address where none stands beside it."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, tidied and not yet judged. `number` counts the file's lines, as an editor does."""

    number: int
    name: str
    email: str
    profession: str
    group: str
    tutors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that could be read."""

    source: str
    """Where it comes from: "canvas", "moodle" or "csv"."""
    lines: tuple[Line, ...]
    unread: tuple[str, ...]
    """Heads of columns that mean nothing here."""
    names_groups: bool


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is on the cohort's list, or was removed from it; `group` is the one in the chosen set."""

    membership_id: int
    user_id: int
    email: str
    name: str
    role: CohortRole
    profession: str | None
    gone: bool
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a plan is compared with: the cohort's people by address, and the groups of the chosen set.

    `groups` is None where groups are to be left alone.
    """

    members: Mapping[str, Member]
    groups: tuple[str, ...] | None = None
    taught: frozenset[tuple[str, str]] = frozenset()
    """Pairs of group and tutor's address."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be taken as it is. `value` is what stands there, `hint` what helps to mend it."""

    line: int
    code: str
    value: str = ""
    hint: str = ""

    @property
    def words(self) -> str:
        """The code of its sentence, in which the hint has a place."""
        return (
            "line-unlike-any-profession" if self.code == "unknown-profession" and not self.hint else f"line-{self.code}"
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one student. The names of groups and professions before are None where nothing changes."""

    line: int
    email: str
    name: str
    kind: str
    """"added", "returned" or "kept"."""
    profession: str | None
    group: str | None
    changed: bool = False
    """Whether the profession becomes another."""
    profession_before: str | None = None
    moved: bool = False
    """Whether the group becomes another, or the first."""
    late: bool = False
    """Whether the line names no group, so that it is the smallest, as for everybody who comes late."""
    group_before: str | None = None

    @property
    def does_something(self) -> bool:
        """Whether anything is another after it."""
        return self.kind != "kept" or self.changed or self.moved


@dataclass(frozen=True)
class Plan:
    """What an import would do."""

    steps: tuple[Step, ...]
    new_groups: tuple[str, ...]
    new_tutors: tuple[Tutor, ...]
    returned_tutors: tuple[Tutor, ...]
    taught: tuple[tuple[str, str], ...]
    """Groups and the addresses of tutors they are given."""
    directors: tuple[str, ...]
    """Names of directors whom the file calls tutors: they read every group and are given none."""
    absent: tuple[Member, ...]
    """Students who are on the list and not in the file; an import never removes anybody."""
    problems: tuple[Problem, ...]

    @cached_property
    def added(self) -> tuple[Step, ...]:
        """Who is new to the cohort."""
        return tuple(step for step in self.steps if step.kind == "added")

    @cached_property
    def returned(self) -> tuple[Step, ...]:
        """Who was removed and comes back."""
        return tuple(step for step in self.steps if step.kind == "returned")

    @cached_property
    def changed(self) -> tuple[Step, ...]:
        """Whose profession becomes another."""
        return tuple(step for step in self.steps if step.changed)

    @cached_property
    def moved(self) -> tuple[Step, ...]:
        """Who was here already and comes into another group, or into a first one."""
        return tuple(step for step in self.steps if step.moved and step.kind != "added")

    @cached_property
    def same(self) -> int:
        """How many lines change nothing."""
        return sum(1 for step in self.steps if not step.does_something)

    @cached_property
    def late(self) -> int:
        """How many come in without a group of their own and get the smallest."""
        return sum(1 for step in self.steps if step.late)

    @property
    def is_empty(self) -> bool:
        """Whether it would change nothing."""
        return not (
            self.new_groups
            or self.new_tutors
            or self.returned_tutors
            or self.taught
            or any(step.does_something for step in self.steps)
        )

    @property
    def digest(self) -> str:
        """A fingerprint of everything it would do and of what is wrong: equal for equal plans only."""
        whole = (
            [step for step in self.steps if step.does_something],
            self.new_groups,
            self.new_tutors,
            self.returned_tutors,
            self.taught,
            self.problems,
        )
        return hashlib.sha256(repr(whole).encode(errors="backslashreplace")).hexdigest()


def decode(data: bytes) -> str:
    """The text of a file in UTF-8 or UTF-16, with or without a mark, or else in Windows-1252. Never fails."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    zeros = data[:2000].count(0)
    if zeros > len(data[:2000]) * _HALF_NUL:
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def parse(text: str) -> Sheet:
    """The lines of a file. Raises Unreadable for what is no list of people; wrong lines are `plan`'s business."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise Unreadable("roster-too-large")
    body = _body(text)
    delimiter = max(_DELIMITERS, key=lambda candidate: _recognised(_first_row(body, candidate)))
    rows = _rows(body, delimiter)
    first = next(rows, None)
    if first is None:
        raise Unreadable("roster-empty")
    heads = [_folded(head) for head in first[1]]
    source = _source(heads)
    places = _places(heads, source)
    lines = []
    for number, row in rows:
        line = _line(number, row, places, source)
        if line is not None:
            lines.append(line)
        if len(lines) > MOST_LINES:
            raise Unreadable("roster-too-long", number)
    read = set(places.values())
    unread = tuple(clean_name(head) for place, head in enumerate(first[1]) if place not in read and head.strip())
    return Sheet(source, tuple(lines), unread, "group" in places)


def plan(sheet: Sheet, known: Known, vocabulary: Vocabulary) -> Plan:
    """What an import of `sheet` would do to the people and groups that are `known`, and what is wrong with it."""
    return _Planner(sheet, known, vocabulary).plan()


class _Planner:
    """One pass over the lines; what is wrong is noted, what is right becomes a step."""

    def __init__(self, sheet: Sheet, known: Known, vocabulary: Vocabulary) -> None:
        self.sheet = sheet
        self.known = known
        self.vocabulary = vocabulary
        self.problems: list[Problem] = []
        self.seen: dict[str, int] = {}
        self.groups = {_key(name): name for name in known.groups or ()}
        self.tutors: dict[str, Tutor] = {}
        self.taught: dict[tuple[str, str], None] = {}
        self.named_as_tutors = self._named_as_tutors()

    def plan(self) -> Plan:
        """All of it."""
        steps = self._seat_late([step for line in self.sheet.lines if (step := self._step(line)) is not None])
        members = self.known.members
        outside = [tutor for tutor in self.tutors.values() if tutor.email not in members]
        back = [tutor for tutor in self.tutors.values() if tutor.email in members and members[tutor.email].gone]
        directors = {
            members[tutor.email].name
            for tutor in self.tutors.values()
            if tutor.email in members and members[tutor.email].role is CohortRole.DIRECTOR
        }
        return Plan(
            steps=tuple(steps),
            new_groups=tuple(name for name in self.groups.values() if name not in (self.known.groups or ())),
            new_tutors=tuple(outside),
            returned_tutors=tuple(Tutor(tutor.email, members[tutor.email].name) for tutor in back),
            taught=tuple(pair for pair in self.taught if pair not in self.known.taught),
            directors=tuple(sorted(directors)),
            absent=tuple(
                member
                for member in members.values()
                if member.role is CohortRole.STUDENT and not member.gone and member.email not in self.seen
            ),
            problems=tuple(self.problems),
        )

    def _step(self, line: Line) -> Step | None:
        before = len(self.problems)
        email = self._email(line)
        member = self.known.members.get(email)
        name = member.name if member else self._name(line)
        profession = self._profession(line)
        self._check_role(line, email, member)
        group = self._group(line)
        tutors = self._line_tutors(line)
        if len(self.problems) > before:
            return None
        if group is not None:
            group = self.groups.setdefault(_key(group), group)
            for tutor in tutors:
                self._teach(group, tutor)
        if member is None:
            return Step(line.number, email, name, "added", profession, group, moved=group is not None)
        changed = profession is not None and profession != member.profession
        moved = group is not None and group != member.group
        return Step(
            line.number,
            email,
            name,
            "returned" if member.gone else "kept",
            profession if changed else member.profession,
            group if moved else member.group,
            changed=changed,
            profession_before=member.profession,
            moved=moved,
            group_before=member.group,
        )

    def _seat_late(self, steps: list[Step]) -> list[Step]:
        """Give who comes in without a group the smallest one, where the set has groups already."""
        if not self.known.groups:
            return steps
        names = list(self.groups.values())
        seats = [Seats(number, Counter()) for number in range(len(names))]
        stay = {step.email: (step.group, step.profession) for step in steps}
        for member in self.known.members.values():
            if not member.gone:
                stay.setdefault(member.email, (member.group, member.profession))
        for group, profession in stay.values():
            if group is not None:
                seats[names.index(group)].professions[profession] += 1
        seated = []
        for step in steps:
            if step.kind == "kept" or step.group is not None:
                seated.append(step)
                continue
            chosen = latecomer_s_group(seats, step.profession)
            seats[chosen].professions[step.profession] += 1
            seated.append(replace(step, group=names[chosen], moved=True, late=True))
        return seated

    def _email(self, line: Line) -> str:
        try:
            email = clean_email(line.email)
        except Invalid:
            self._wrong(line, "bad-address" if line.email else "no-address", line.email)
            return ""
        if email in self.seen:
            self._wrong(line, "twice", email, str(self.seen[email]))
        self.seen.setdefault(email, line.number)
        return email

    def _name(self, line: Line) -> str:
        try:
            return clean_person(line.name)
        except Invalid as error:
            self._wrong(line, "no-name" if error.code == "required" else "name-too-long", line.name[:60])
            return ""

    def _profession(self, line: Line) -> str | None:
        if not line.profession:
            return None
        term = self.vocabulary.find("professions", line.profession)
        if term is None:
            close = self.vocabulary.suggest("professions", line.profession)
            hint = self.vocabulary.professions[close].name if close else ""
            self._wrong(line, "unknown-profession", line.profession[:60], hint)
            return None
        return term.id

    def _check_role(self, line: Line, email: str, member: Member | None) -> None:
        if member is not None and member.role is not CohortRole.STUDENT:
            self._wrong(line, "was-faculty" if member.gone else "is-faculty", email)
        elif email in self.named_as_tutors:
            self._wrong(line, "tutor-too", email, str(self.named_as_tutors[email]))

    def _group(self, line: Line) -> str | None:
        if self.known.groups is None or not line.group:
            return None
        if len(line.group) > LONGEST_GROUP:
            self._wrong(line, "group-too-long", line.group[:60])
        elif self.sheet.source == "moodle" and "," in line.group:
            self._wrong(line, "several-groups", line.group)
        return line.group

    def _line_tutors(self, line: Line) -> list[Tutor]:
        if self.known.groups is None:
            return []
        found = []
        for text in line.tutors:
            try:
                tutor = _tutor(text)
            except Invalid:
                self._wrong(line, "bad-tutor", text[:60])
                continue
            member = self.known.members.get(tutor.email)
            if member is not None and member.role is CohortRole.STUDENT:
                self._wrong(line, "tutor-is-student", tutor.email)
            elif member is not None and member.role is CohortRole.DIRECTOR and member.gone:
                self._wrong(line, "bad-tutor-role", tutor.email)
            else:
                found.append(tutor)
        if line.tutors and not line.group:
            self._wrong(line, "tutor-without-group", line.tutors[0][:60])
        return found

    def _teach(self, group: str, tutor: Tutor) -> None:
        self.tutors.setdefault(tutor.email, tutor)
        member = self.known.members.get(tutor.email)
        if member is None or member.role is CohortRole.TUTOR:
            self.taught.setdefault((group, tutor.email))

    def _named_as_tutors(self) -> dict[str, int]:
        if self.known.groups is None:
            return {}
        named: dict[str, int] = {}
        for line in self.sheet.lines:
            for text in line.tutors:
                try:
                    named.setdefault(_tutor(text).email, line.number)
                except Invalid:
                    continue
        return named

    def _wrong(self, line: Line, code: str, value: str = "", hint: str = "") -> None:
        self.problems.append(Problem(line.number, code, value, hint))


def _body(text: str) -> str:
    """The text with one kind of line ends, without a mark and without the line in which Excel names its delimiter.

    The line stays, empty, so that numbers are still those of the file.
    """
    whole = normalise_newlines(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
    return re.sub(r"\A\"?sep=.\"?(?=\n|\Z)", "", whole, flags=re.IGNORECASE)


def _rows(body: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that holds something, with the number of the line on which it begins."""
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    begins = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable("roster-quotes", begins) from None
        if any(cell.strip() for cell in row):
            yield begins, row
        begins = reader.line_num + 1


def _first_row(body: str, delimiter: str) -> list[str]:
    try:
        return next(_rows(body, delimiter), (0, []))[1]
    except Unreadable:
        return []


def _recognised(row: Sequence[str]) -> int:
    return sum(1 for head in row if _folded(head) in _COLUMNS or _folded(head) in _CANVAS)


def _source(heads: Sequence[str]) -> str:
    if set(heads) >= _CANVAS:
        return "canvas"
    if set(heads) >= _MOODLE and {"lastname", "surname"} & set(heads):
        return "moodle"
    return "csv"


def _places(heads: Sequence[str], source: str) -> dict[str, int]:
    """Which column stands where."""
    columns = dict(_COLUMNS)
    if source == "canvas":
        columns["section"] = "group"
        if not {head for head in heads if _COLUMNS.get(head) == "email"}:
            columns["sisloginid"] = "email"
    places: dict[str, int] = {}
    for place, head in enumerate(heads):
        column = columns.get(head)
        if column in places:
            raise Unreadable("roster-column-twice", 1)
        if column is not None:
            places[column] = place
    if "email" not in places:
        raise Unreadable("roster-no-addresses")
    if not {"name", "first", "last"} & set(places):
        raise Unreadable("roster-no-names")
    return places


def _line(number: int, row: Sequence[str], places: Mapping[str, int], source: str) -> Line | None:
    """The line as it stands; None for a row of Canvas that is no person."""

    def cell(column: str) -> str:
        place = places.get(column)
        return _tidy(row[place]) if place is not None and place < len(row) else ""

    name = cell("name") or " ".join(filter(None, (cell("first"), cell("last"))))
    email = cell("email")
    if source == "canvas":
        if (not email and (not name or name.startswith("Points Possible"))) or name == "Student, Test":
            return None
        last, comma, first = name.partition(", ")
        name = f"{first} {last}" if comma else name
    tutors = places.get("tutor")
    written = row[tutors] if tutors is not None and tutors < len(row) else ""
    named = tuple(filter(None, (_tidy(part) for part in re.split(r"[;,|\n]", written))))
    return Line(number, name, email, cell("profession"), cell("group"), named)


def _tutor(text: str) -> Tutor:
    """A tutor from an address, or from a name with the address in angle brackets. Raises Invalid."""
    match = _NAMED_ADDRESS.fullmatch(text)
    email = clean_email(match["email"] if match else text)
    name = clean_name(match["name"]).strip('"') if match else ""
    return Tutor(email, clean_person(name or re.sub(r"[._+-]+", " ", email.partition("@")[0]).title() or email))


def _tidy(text: str) -> str:
    return clean_name(text.encode(errors="replace").decode())


def _folded(head: str) -> str:
    return "".join(character for character in head.casefold() if character.isalnum())


def _key(group: str) -> str:
    return group.casefold()
