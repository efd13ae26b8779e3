"""The terms a case can be described with, read from the packaged YAML and from folders that add to it.

Each kind is one file (`topics.yaml`), frameworks a file each (`frameworks/four-box.yaml`). A term in a later folder
replaces the one with the same id whole. Every framework asks the common core as well (ethics.vocabulary.frameworks).
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, cast, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from ethics.vocabulary import plainyaml
from ethics.vocabulary.frameworks import with_core
from ethics.vocabulary.plainyaml import Place, PlainYamlError, YesNo

Kind = Literal["principles", "topics", "professions", "settings", "competencies", "conduct", "frameworks"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class VocabularyError(ValueError):
    """A vocabulary file cannot be used. The message names the file, the line and what is wrong, in one sentence."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Term(_Entry):
    """An entry of a vocabulary: found by its id, its name or an alias."""

    id: Id
    name: Line
    aliases: tuple[Line, ...] = ()


class Principle(Term):
    """What may weigh in a case. `tensions` are the ids of principles it often pulls against."""

    family: Literal["bio", "truth", "virtue", "social"]
    definition: Line
    question: Line
    tensions: tuple[str, ...]


class Competency(Term):
    """A statement of somebody else's framework that a case can be mapped to, by the code it has there."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+:[A-Za-z0-9.-]+$")]
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    retrieved: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Rule(Term):
    """A rule of conduct: the category that is read beside a hidden or held comment."""

    text: Line


class Prompt(_Entry):
    """One question of a framework. The reflection keeps its answer under `key`."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=60)]
    label: Line
    help: Line = ""
    example: Line = ""
    optional: YesNo = False


class Framework(Term):
    """An ordered set of prompts for a reflection, the common core among them, and the question that closes it."""

    summary: Line
    prompts: tuple[Prompt, ...]
    closing: Prompt


_MODELS: Final[Mapping[Kind, type[Term]]] = {
    "principles": Principle,
    "topics": Term,
    "professions": Term,
    "settings": Term,
    "competencies": Competency,
    "conduct": Rule,
    "frameworks": Framework,
}


@dataclass(frozen=True)
class Vocabulary:
    """Every term there is, by kind and id, in the order of the files."""

    principles: Mapping[str, Principle]
    topics: Mapping[str, Term]
    professions: Mapping[str, Term]
    settings: Mapping[str, Term]
    competencies: Mapping[str, Competency]
    conduct: Mapping[str, Rule]
    frameworks: Mapping[str, Framework]

    def terms(self, kind: Kind) -> Mapping[str, Term]:
        """The terms of a kind."""
        return cast("Mapping[str, Term]", getattr(self, kind))

    def find(self, kind: Kind, text: str) -> Term | None:
        """The term with this id, name or alias; capitals, hyphens and spaces make no difference."""
        found = self._ids[kind].get(_folded(text))
        return None if found is None else self.terms(kind)[found]

    def suggest(self, kind: Kind, text: str) -> str | None:
        """The id of the term that was probably meant by a misspelt one."""
        close = difflib.get_close_matches(_folded(text), self._ids[kind], n=1, cutoff=0.7)
        return self._ids[kind][close[0]] if close else None

    @cached_property
    def _ids(self) -> Mapping[Kind, Mapping[str, str]]:
        return {
            kind: {_folded(name): term.id for term in self.terms(kind).values() for name in _names(term)}
            for kind in KINDS
        }


def load(*folders: Path) -> Vocabulary:
    """Read the packaged vocabularies and what `vocabulary/` in each of these case folders adds or replaces.

    Raises VocabularyError for the first file that cannot be used.
    """
    found: dict[Kind, dict[str, Term]] = {kind: {} for kind in KINDS}
    owners: dict[tuple[Kind, str], str] = {}
    added = (entry for folder in folders for entry in _entries(folder / "vocabulary"))
    for entry in (*_packaged(), *added):
        _claim_names(owners, entry)
        found[entry.kind][entry.term.id] = entry.term
    for principle in found["principles"].values():
        _check_tensions(cast("Principle", principle), found["principles"])
    return Vocabulary(**found)  # type: ignore[arg-type]  # each kind holds its own model


class _Written(NamedTuple):
    """A term, and where it is written."""

    kind: Kind
    term: Term
    path: Path
    place: Place


@cache
def _packaged() -> tuple[_Written, ...]:
    return tuple(_entries(Path(str(resources.files("ethics.vocabulary") / "data"))))


def _entries(folder: Path) -> Iterator[_Written]:
    for kind, path in _files(folder):
        for term, place in _read(path, kind):
            yield _Written(kind, term, path, place)


def _files(folder: Path) -> Iterator[tuple[Kind, Path]]:
    for kind in KINDS:
        if (folder / f"{kind}.yaml").is_file():
            yield kind, folder / f"{kind}.yaml"
    for path in sorted((folder / "frameworks").glob("*.yaml")):
        yield "frameworks", path


def _read(path: Path, kind: Kind) -> Iterator[tuple[Term, Place]]:
    try:
        node = plainyaml.read(path.read_text(encoding="utf-8-sig"))
    except PlainYamlError as error:
        raise _error(path, error.place, f"{error.message}; {error.mend}" if error.mend else error.message) from None
    except (OSError, UnicodeDecodeError):
        raise _error(path, plainyaml.START, "the file cannot be read as UTF-8 text") from None
    if isinstance(node, plainyaml.List):
        entries: tuple[plainyaml.Node, ...] = node.items
    else:
        entries = (node,) if path.parent.name == "frameworks" else ()
    if not entries:
        raise _error(path, node.place, "a list of terms is expected here, each beginning with '- id:'")
    for entry in entries:
        try:
            plain = with_core(entry) if kind == "frameworks" else entry.plain()
            yield _MODELS[kind].model_validate(plain), entry.place
        except PlainYamlError as error:
            raise _error(path, error.place, error.message) from None
        except ValidationError as error:
            first = error.errors()[0]
            at = plainyaml.place_at(entry, first["loc"])
            raise _error(path, at, _sentence(first["type"], first["loc"], first["msg"])) from None


def _sentence(kind: str, location: tuple[int | str, ...], message: str) -> str:
    name = next((str(step) for step in reversed(location) if isinstance(step, str)), "the term")
    match kind:
        case "missing":
            return f"'{name}' is missing"
        case "extra_forbidden":
            return f"'{name}' is not known here"
        case _:
            words = message.removeprefix("Value error, ")
            return f"'{name}': {words[0].lower()}{words[1:]}"


def _claim_names(owners: dict[tuple[Kind, str], str], entry: _Written) -> None:
    for name in _names(entry.term):
        owner = owners.setdefault((entry.kind, _folded(name)), entry.term.id)
        if owner != entry.term.id:
            raise _error(entry.path, entry.place, f"'{name}' of '{entry.term.id}' already means '{owner}'")


def _check_tensions(principle: Principle, principles: Mapping[str, Term]) -> None:
    for other in principle.tensions:
        if other not in principles:
            raise VocabularyError(
                f"principles.yaml: '{principle.id}' is in tension with '{other}', which is not a principle"
            )


def _error(path: Path, place: Place, sentence: str) -> VocabularyError:
    return VocabularyError(f"{path}:{place.line}: {sentence}")


def _names(term: Term) -> tuple[str, ...]:
    return term.id, term.name, *term.aliases


def _folded(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum() or character in ":.")
