"""YAML as its author wrote it, with places; what could surprise is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethics.vocabulary import plainyaml
from ethics.vocabulary.plainyaml import Mapping, Place, PlainYamlError, Text


def entry(text: str, key: str) -> Text:
    root = plainyaml.read(text)
    assert isinstance(root, Mapping)
    node = root.entries[key]
    assert isinstance(node, Text)
    return node


@pytest.mark.parametrize("written", ["no", "1:30", "012", "0x1F", "~", "null", "2026-11-22", "1e3", "<<", "=", "off"])
def test_a_value_stays_what_the_author_wrote(written: str) -> None:
    assert plainyaml.read(f"title: {written}\n").plain() == {"title": written}


def test_the_place_of_a_value_between_commas_is_its_own() -> None:
    value = entry("title: x\nprinciples: autonomy,  autonmy\n", "principles")
    assert value.split() == (
        Text("autonomy", Place(2, 13), "autonomy"),
        Text("autonmy", Place(2, 24), "autonmy"),
    )


def test_the_place_counts_on_over_several_lines() -> None:
    value = entry("topics: >\n  consent,\n  capacity\n", "topics")
    assert [(part.value, part.place) for part in value.split()] == [
        ("consent", Place(2, 3)),
        ("capacity", Place(3, 3)),
    ]


def test_commas_in_brackets_do_not_split() -> None:
    value = entry("people: Rosa (clinician), Daniel (patient, decides)\n", "people")
    assert [part.value for part in value.split()] == ["Rosa (clinician)", "Daniel (patient, decides)"]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("title: Short count: a case\n", Place(3, 19), "there is a second colon here"),
        ("title: *important*\n", Place(3, 18), "'*' has a meaning of its own here"),
        ("title: *important\n", Place(3, 8), "'&' and '*' have a meaning of their own here"),
        ("title: &name x\n", Place(3, 8), "'&' and '*' have a meaning of their own here"),
        ("title: !now x\n", Place(3, 8), "'!' has a meaning of its own here"),
        ("a: 1\na: 2\n", Place(4, 1), "'a' is given twice"),
        ("a: " + "[" * 20 + "]" * 20, Place(3, 23), "this is nested more than 20 deep"),
        ("\ttitle: x\n", Place(3, 1), "there is a tab here"),
        ("title: 'x\n", Place(4, 1), "a quotation mark is opened here and not closed"),
        ("a: 1\n---\nb: 2\n", Place(4, 1), "there is more than one document here"),
        ("a: \x01\n", Place(3, 1), "this line holds a character that YAML does not allow"),
        ("? [a]\n: b\n", Place(3, 3), "this cannot be the name of a value"),
    ],
)
def test_what_is_refused_says_where_and_why(text: str, place: Place, message: str) -> None:
    with pytest.raises(PlainYamlError) as caught:
        plainyaml.read(text, first_line=3)
    assert (caught.value.place, caught.value.message) == (place, message)


def test_nesting_of_nineteen_lists_in_a_mapping_is_read() -> None:
    assert plainyaml.read("a: " + "[" * 19 + "]" * 19) != plainyaml.read("a: []")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab:-#'\"[]{}&*!|>%@`,?\t\n 0~<.")), max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    told = None
    try:
        plainyaml.read(text)
    except PlainYamlError as error:
        told = error
    if told is not None:
        assert told.message
        assert min(told.place.line, told.place.column) >= 1
