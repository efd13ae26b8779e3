"""Frameworks: the common core in each, a school's own, and every slip named with its line."""

import re
from pathlib import Path

import pytest

from ethics.vocabulary import VocabularyError, load
from ethics.vocabulary.frameworks import core

DOCS = Path(__file__).parents[2] / "docs" / "frameworks.md"
CORE = ["position", "reason", "principles", "cost"]
SMALL = (
    "id: small\nname: Small\nsummary: s\nprompts:\n  - {key: known, label: What}\nclosing: {key: asked, label: And}\n"
)


def read(folder: Path, text: str, name: str = "small"):
    path = folder / "vocabulary" / "frameworks" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load(folder).frameworks


def keys(framework) -> list[str]:
    return [prompt.key for prompt in framework.prompts]


def test_the_core_is_position_reason_principles_and_cost() -> None:
    assert list(core()) == CORE


def test_each_packaged_framework_asks_the_core_and_helps_with_every_prompt() -> None:
    frameworks = load().frameworks

    assert sorted(frameworks) == ["dilemma", "four-box", "narrative", "principlism", "what-so-what"]
    for framework in frameworks.values():
        assert [key for key in CORE if keys(framework).count(key) != 1] == []
        assert [prompt.key for prompt in framework.prompts if not (prompt.help and prompt.example)] == []
        assert [prompt.key for prompt in framework.prompts if prompt.optional and prompt.key in CORE] == []
        assert framework.closing.help


def test_the_core_is_added_in_its_order_where_it_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, SMALL)["small"]

    assert keys(found) == ["known", *CORE]
    assert [prompt.label for prompt in found.prompts[1:]] == [prompt["label"] for prompt in core().values()]


def test_a_framework_places_and_words_the_core_for_itself(tmp_path: Path) -> None:
    text = SMALL.replace(
        "  - {key: known, label: What}\n",
        "  - key: cost\n  - {key: reason, label: Why, help: Say it.}\n  - key: known\n    label: What\n",
    )
    found = read(tmp_path, text)["small"]

    assert keys(found) == ["cost", "reason", "known", "position", "principles"]
    assert found.prompts[0].label == core()["cost"]["label"]
    assert (found.prompts[1].label, found.prompts[1].help) == ("Why", "Say it.")
    assert found.prompts[1].example == core()["reason"]["example"]


def test_the_example_of_the_docs_is_a_framework_and_asks_what_they_say(tmp_path: Path) -> None:
    text = DOCS.read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    said = re.search(r"in this order: ([\w, ]+)\.", text)
    assert example
    assert said
    found = read(tmp_path, example[1], "handover")["handover"]

    assert keys(found) == said[1].split(", ")
    assert [prompt.key for prompt in found.prompts if prompt.optional] == ["sleep"]


def test_a_file_with_a_packaged_id_replaces_that_framework(tmp_path: Path) -> None:
    found = read(tmp_path, SMALL.replace("id: small", "id: dilemma"))

    assert keys(found["dilemma"]) == ["known", *CORE]
    assert len(found) == 5


@pytest.mark.parametrize(
    ("change", "line", "sentence"),
    [
        (("  - {key: known, label: What}", "  - {key: known}"), 5, "'label' is missing"),
        (("  - {key: known, label: What}", "  - {label: What}"), 5, "'key' is missing"),
        (("What}", "What, core: yes}"), 5, "'core' is not known here"),
        (("key: known", "key: Known to me"), 5, "'key': string should match pattern "),
        (("What}\n", "What}\n  - {key: known, label: Again}\n"), 6, "'known' is asked twice"),
        (("key: known", "key: asked"), 5, "'asked' is asked twice"),
        (("key: known", "key: page"), 5, "'page' is asked twice"),
        (
            ("What}\n", "What}\n  - {key: cost, optional: yes}\n"),
            6,
            "'cost' belongs to the common core and cannot be optional",
        ),
        (("What}", "What, optional: perhaps}"), 5, "'optional': write yes or no"),
        (("{key: asked, label: And}", "{key: last, label: And}"), 6, "the key of the closing question is 'asked'"),
        (("prompts:\n  - {key: known, label: What}", "prompts: known"), 4, "'prompts': input should be a valid tuple"),
        (("  - {key: known, label: What}", "  - known"), 5, "'prompts': input should be a valid dictionary"),
        (("name: Small\n", ""), 1, "'name' is missing"),
    ],
)
def test_a_slip_is_named_with_its_file_and_line(tmp_path: Path, change, line: int, sentence: str) -> None:
    with pytest.raises(VocabularyError) as caught:
        read(tmp_path, SMALL.replace(*change))

    assert str(caught.value).startswith(f"{tmp_path}/vocabulary/frameworks/small.yaml:{line}: {sentence}")
