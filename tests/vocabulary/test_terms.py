"""Vocabularies: the packaged ones are sound, a folder extends them, a slip in it is named with its line."""

from pathlib import Path

import pytest

from ethics.vocabulary import KINDS, Kind, Term, Vocabulary, VocabularyError, load


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load()


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "vocabulary" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_kind_is_packaged(vocabulary: Vocabulary) -> None:
    assert [kind for kind in KINDS if not vocabulary.terms(kind)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_term_is_found_by_each_of_its_names(vocabulary: Vocabulary, kind: Kind) -> None:
    missed = [
        (term.id, name)
        for term in vocabulary.terms(kind).values()
        for name in (term.id, term.name, *term.aliases)
        if vocabulary.find(kind, name.upper().replace("-", " ")) != term
    ]
    assert missed == []


@pytest.mark.parametrize("text", ["nonmaleficence", "Non-maleficence", "NON MALEFICENCE"])
def test_capitals_hyphens_and_spaces_make_no_difference(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.find("principles", text) == vocabulary.principles["nonmaleficence"]


def test_a_misspelt_term_is_not_found_but_guessed(vocabulary: Vocabulary) -> None:
    assert vocabulary.find("principles", "autonmy") is None
    assert vocabulary.suggest("principles", "autonmy") == "autonomy"
    assert vocabulary.suggest("principles", "zebra") is None


def test_a_principle_is_not_a_topic(vocabulary: Vocabulary) -> None:
    assert vocabulary.find("topics", "autonomy") is None
    assert vocabulary.find("principles", "consent") is None


def test_a_folder_adds_and_replaces(tmp_path: Path) -> None:
    write(tmp_path, "topics.yaml", "- {id: organ-donation, name: Organ donation}\n- {id: consent, name: Saying yes}\n")
    before, after = load(), load(tmp_path, tmp_path / "absent")
    assert after.find("topics", "organ donation") == Term(id="organ-donation", name="Organ donation")
    assert after.topics["consent"].name == "Saying yes"
    assert len(after.topics) == len(before.topics) + 1
    assert after.principles == before.principles


@pytest.mark.parametrize(
    ("name", "text", "line", "sentence"),
    [
        ("topics.yaml", "- id: organ-donation\n", 1, "'name' is missing"),
        ("topics.yaml", "- id: a\n  name: b\n  nane: c\n", 3, "'nane' is not known here"),
        ("topics.yaml", "- id: Organ Donation\n  name: b\n", 1, "'id': string should match pattern "),
        ("topics.yaml", "id: a\n", 1, "a list of terms is expected here, each beginning with '- id:'"),
        ("topics.yaml", "", 1, "a list of terms is expected here, each beginning with '- id:'"),
        ("topics.yaml", "- id: a\n  name: Organs: more\n", 2, "there is a second colon here"),
        ("topics.yaml", "- {id: a, name: Capacity}\n", 1, "'Capacity' of 'a' already means 'capacity'"),
        ("frameworks/x.yaml", "id: x\nname: X\nsummary: s\nprompts: []\n", 1, "'closing' is missing"),
    ],
)
def test_a_slip_in_a_folder_names_file_line_and_reason(
    tmp_path: Path, name: str, text: str, line: int, sentence: str
) -> None:
    path = write(tmp_path, name, text)
    with pytest.raises(VocabularyError) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{path}:{line}: {sentence}")


def test_a_tension_with_what_is_no_principle_is_refused(tmp_path: Path) -> None:
    write(
        tmp_path,
        "principles.yaml",
        "- {id: tenderness, name: Tenderness, family: truth, definition: d, question: q, tensions: [tact]}\n",
    )
    with pytest.raises(VocabularyError, match="'tenderness' is in tension with 'tact', which is not a principle"):
        load(tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "topics.yaml", "").write_bytes("- {id: a, name: Größe}".encode("latin-1"))
    with pytest.raises(VocabularyError, match="cannot be read as UTF-8"):
        load(tmp_path)
