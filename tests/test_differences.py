"""Word by word to be read; paragraph by paragraph to be chosen from."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethics.differences import Hunk, Run, chosen, hunks, words_between

texts = st.lists(st.sampled_from(["one two", "three", "", "\n", "four, five.", "six"]), max_size=14).map("\n".join)


def told(before: str, after: str) -> list[Run]:
    return [run for stretch in words_between(before, after) for run in stretch.runs]


def test_only_the_words_that_changed_are_marked():
    assert told("Nadia closes the cupboard.\n", "Nadia slams the cupboard.\n") == [
        Run("same", "Nadia "),
        Run("gone", "closes"),
        Run("new", "slams"),
        Run("same", " the cupboard.\n"),
    ]


def test_lines_that_are_set_anew_have_not_changed():
    assert told("Nadia closes\nthe cupboard.\n", "Nadia closes the\ncupboard.\n") == [
        Run("same", "Nadia closes the\ncupboard.\n")
    ]
    assert [run.kind for run in told("One. Two.\n", "One.\n\nTwo.\n")] != ["same"], "an empty line means something"


def test_what_stayed_is_folded_away_but_for_a_few_lines():
    lines = [f"line {number}\n" for number in range(30)]
    stretches = words_between("".join(lines), "".join([*lines[:15], "new\n", *lines[15:]]))

    assert [(stretch.is_folded, stretch.lines) for stretch in stretches] == [(True, 12), (False, 7), (True, 12)]


@settings(max_examples=200)
@given(texts, texts)
def test_both_texts_can_be_read_from_it(before, after):
    runs = told(before, after)

    assert "".join(run.text for run in runs if run.kind != "new").split() == before.split()
    assert "".join(run.text for run in runs if run.kind != "gone") == after


@settings(max_examples=200)
@given(texts, texts, texts)
def test_choosing_one_side_everywhere_gives_that_text(mine, theirs, base):
    found = hunks(mine, theirs, base=base)

    for side, text in (("mine", mine), ("theirs", theirs)):
        assert chosen(found, dict.fromkeys(range(len(found)), side)) == text


@pytest.mark.parametrize("other", ["ward", "x\n" * 20, "\n\n"])
def test_long_texts_that_repeat_themselves_hold_nobody_up(other):
    """By itself the library takes six minutes for the first of these."""
    text = "\n\n".join(f"## Stage {n}\n\nText of it. {'word ' * 200}\n\n- a {n}\n- b {n}" for n in range(200))
    began = time.perf_counter()
    words_between(text, text.replace("word", other))
    hunks(text, text.replace("word", other), base=text)

    assert time.perf_counter() - began < 20


def test_what_only_one_side_changed_is_suggested():
    base = "One.\n\nTwo.\n\nThree.\n"
    found = hunks("One!\n\nTwo.\n\nThree.\n", "One.\n\nTwo.\n\nThree and four.\n", base=base)
    assert found == [
        Hunk("One!\n\n", "One.\n\n", "mine"),
        Hunk("Two.\n\n", "Two.\n\n"),
        Hunk("Three.\n", "Three and four.\n", "theirs"),
    ]
    [both] = hunks("One!\n", "One?\n", base="One.\n")
    assert both.suggested is None
    assert chosen([both], {}) is None
    gone, came = hunks("Two.\n\n", "One.\n\nTwo.\n\nThree.\n", base="One.\n\nTwo.\n\n")[0], None
    assert (gone.suggested, came) == ("mine", None)
