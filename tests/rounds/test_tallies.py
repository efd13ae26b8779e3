"""Tallies that single nobody out: not by a cell, and not by what can be worked out from the others."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ethics.rounds.tallies import FLOOR, Tally, count, from_respondents, suppressed, whole

counts_of_options = st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 40), min_size=1, max_size=7)


@given(counts_of_options)
def test_what_is_shown_is_true_and_at_least_five(counts):
    tally = suppressed(counts)

    if tally is not None:
        shown = {option: number for option, number in tally.counts.items() if number is not None}
        assert set(tally.counts) == set(counts)
        assert shown == {option: counts[option] for option in shown}
        assert shown
        assert min(shown.values()) >= FLOOR
        assert tally.total == sum(counts.values())


@given(counts_of_options)
def test_what_is_kept_back_cannot_be_worked_out(counts):
    """From cells and total follows the sum of the cells kept back, and nothing about fewer of them."""
    tally = suppressed(counts)

    if tally is not None and None in tally.counts.values():
        hidden = [option for option, number in tally.counts.items() if number is None]
        assert len(hidden) >= 2
        assert tally.total - sum(number or 0 for number in tally.counts.values()) >= FLOOR
        assert sum(counts[option] for option in hidden) >= FLOOR


@given(counts_of_options)
def test_each_cell_kept_back_could_be_something_else(counts):
    """Somebody who knows cells and total finds at least two numbers for each cell that is kept back."""
    tally = suppressed(counts)

    if tally is not None:
        hidden = [option for option, number in tally.counts.items() if number is None]
        left = tally.total - sum(number or 0 for number in tally.counts.values())
        for option in hidden:
            others = len(hidden) - 1
            possible = {number for number in range(left + 1) if others or number == left}
            assert len(possible) >= 2, option


@given(counts_of_options)
def test_nothing_is_kept_back_without_need(counts):
    """Where every cell has five, all is shown; and no fewer cells would have done than those kept back."""
    tally = suppressed(counts)
    small = {option for option, number in counts.items() if number < FLOOR}

    if not small:
        assert tally == whole(counts)
    elif tally is not None:
        hidden = {option for option, number in tally.counts.items() if number is None}
        for fewer in range(len(small), len(hidden)):
            for chosen in combinations(sorted(hidden), fewer):
                if small <= set(chosen):
                    assert len(chosen) < 2 or sum(counts[option] for option in chosen) < FLOOR


def test_two_cells_are_shown_together_or_not_at_all():
    assert suppressed({"kept": 18, "moved": 2}) is None
    assert suppressed({"kept": 18, "moved": 0}) is None
    assert suppressed({"kept": 5, "moved": 5}) == Tally({"kept": 5, "moved": 5}, 10)


def test_the_smallest_shown_cell_goes_with_a_single_small_one():
    assert suppressed({"a": 3, "b": 7, "c": 20}) == Tally({"a": None, "b": None, "c": 20}, 30)
    assert suppressed({"a": 1, "b": 1, "c": 9, "d": 20}) == Tally({"a": None, "b": None, "c": None, "d": 20}, 31)
    assert suppressed({"a": 3, "b": 4, "c": 9}) == Tally({"a": None, "b": None, "c": 9}, 16)
    assert suppressed({}) is None
    assert suppressed({"a": 4}) is None


def test_a_group_is_shown_whole_from_five_respondents_on():
    assert from_respondents({"a": 3, "b": 1}) is None
    assert from_respondents({"a": 4, "b": 1}) == Tally({"a": 4, "b": 1}, 5)


def test_counting_keeps_the_order_of_the_options():
    assert list(count(("b", "a"), ["a", "another", "a"]).items()) == [("b", 0), ("a", 2), ("another", 1)]
