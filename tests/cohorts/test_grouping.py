"""Automatic groups: everybody once, sizes of 6 to 9, nobody alone of their profession where that can be avoided."""

import time
from collections import Counter
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethics.cohorts.grouping import LARGEST, SMALLEST, divide, numbers_of_groups, usual_number

PROFESSIONS = ("dentistry", "medicine", "nursing", "pharmacy", "social-work")


def lonely(professions, groups):
    """How many are the only one of their profession in their group though there are others."""
    known = Counter(profession for profession in professions.values() if profession)
    return sum(
        number == 1 and known[profession] > 1
        for group in groups
        for profession, number in Counter(professions[student] for student in group).items()
        if profession
    )


@cache
def fewest_lonely(counts, free, sizes):
    """By trying every division into these sizes; `counts` of the professions with two or more, `free` of all others."""
    if not sizes:
        return 0
    found = [
        sum(number == 1 for number in chosen)
        + fewest_lonely(
            tuple(count - number for count, number in zip(counts, chosen, strict=True)),
            free - (sizes[0] - sum(chosen)),
            sizes[1:],
        )
        for chosen in shares(counts, sizes[0])
        if 0 <= sizes[0] - sum(chosen) <= free
    ]
    return min(found, default=999)


@cache
def shares(counts, most):
    """Every way to take up to `most` from these counts."""
    if not counts:
        return [()]
    return [(number, *rest) for number in range(min(counts[0], most) + 1) for rest in shares(counts[1:], most - number)]


def all_sizes(students, groups):
    """Every way to have so many groups of 6 to 9; the even one where there is none."""
    if groups == 1:
        return [(students,)] if SMALLEST <= students <= LARGEST else []
    return [
        (first, *rest) for first in range(SMALLEST, LARGEST + 1) for rest in all_sizes(students - first, groups - 1)
    ]


def people(numbers):
    """Students by profession: {"nursing": 2} is nursing-0 and nursing-1."""
    return {f"{profession}-{number}": profession for profession, count in numbers for number in range(count)}


def classes(most_students, most_of_one):
    """Classes of up to so many students, some of no known profession."""
    of_one = st.integers(0, most_of_one)
    return (
        st.fixed_dictionaries(dict.fromkeys([*PROFESSIONS, None], of_one))
        .map(lambda counts: people(counts.items()))
        .filter(lambda found: 1 <= len(found) <= most_students)
    )


@pytest.mark.parametrize(
    ("students", "numbers"),
    [
        (0, []),
        (1, [1]),
        (5, [1]),
        (6, [1]),
        (9, [1]),
        (10, [2]),
        (11, [2]),
        (12, [2]),
        (18, [2, 3]),
        (19, [3]),
        (180, list(range(20, 31))),
    ],
)
def test_into_how_many_groups(students, numbers):
    assert list(numbers_of_groups(students)) == numbers


def test_from_twelve_on_every_offered_number_allows_six_to_nine():
    wrong = [
        (students, groups)
        for students in range(12, 1000)
        for groups in numbers_of_groups(students)
        if not SMALLEST * groups <= students <= LARGEST * groups
    ]
    assert wrong == []
    assert [usual_number(students) for students in (0, 5, 10, 15, 36, 180, 400)] == [0, 1, 2, 2, 5, 24, 53]


@given(classes(140, 40), st.integers(0, 2**32), st.randoms(use_true_random=False), st.data())
@settings(deadline=None)
def test_everybody_is_in_one_group_of_six_to_nine_whatever_the_order(professions, seed, random, data):
    number = data.draw(st.sampled_from(numbers_of_groups(len(professions))))
    groups = divide(professions, groups=number, seed=seed)
    sizes = [len(group) for group in groups]
    shuffled = list(professions.items())
    random.shuffle(shuffled)

    assert sorted(student for group in groups for student in group) == sorted(professions)
    assert len(groups) == number
    if len(professions) >= 12:
        assert SMALLEST <= min(sizes) <= max(sizes) <= LARGEST
    elif len(professions) >= SMALLEST:
        assert max(sizes) - min(sizes) <= 1
    assert divide(dict(shuffled), groups=number, seed=seed) == groups


@given(classes(20, 9), st.integers(0, 2**32), st.data())
@settings(deadline=None, max_examples=150)
def test_no_more_are_alone_than_in_the_best_of_all_divisions(professions, seed, data):
    """Against every division there is of a small class into that number of groups."""
    number = data.draw(st.sampled_from(numbers_of_groups(len(professions))))
    numbers = Counter(professions.values())
    counts = tuple(sorted(numbers[name] for name in PROFESSIONS if numbers[name] > 1))
    free = len(professions) - sum(counts)
    sizes = {tuple(sorted(sizes)) for sizes in all_sizes(len(professions), number)}
    if not sizes:
        size, larger = divmod(len(professions), number)
        sizes = {(size,) * (number - larger) + (size + 1,) * larger}
    best = min(fewest_lonely(counts, free, one) for one in sizes)

    assert lonely(professions, divide(professions, groups=number, seed=seed)) == best


@given(
    st.dictionaries(st.sampled_from(PROFESSIONS), st.integers(2, 90), min_size=2).filter(
        lambda counts: sum(counts.values()) >= 12
    ),
    st.integers(0, 2**32),
)
@settings(deadline=None)
def test_in_a_class_of_any_size_nobody_is_alone_but_for_want_of_triples(counts, seed):
    """Pairs alone fill groups of even size only: with as many triples as groups, sizes are never the trouble."""
    professions = people(counts.items())
    number = usual_number(len(professions))
    triples = sum(count // 3 - (count - count // 3) % 2 for count in counts.values())

    if triples >= number:
        assert lonely(professions, divide(professions, groups=number, seed=seed)) == 0


def test_sizes_are_even_unless_that_would_leave_somebody_alone():
    """Seven pairs fill two groups of 6 and 8; 7 and 7 would part a pair."""
    pairs = people((f"profession-{number}", 2) for number in range(7))
    groups = divide(pairs, groups=2, seed=1)
    assert sorted(len(group) for group in groups) == [6, 8]
    assert lonely(pairs, groups) == 0

    one_profession = people([("nursing", 14)])
    assert [len(group) for group in divide(one_profession, groups=2, seed=1)] == [7, 7]


def test_a_year_of_five_professions_is_mixed_evenly():
    year = people((profession, 36) for profession in PROFESSIONS)
    groups = divide(year, groups=24, seed=3)
    kinds = [len({year[student] for student in group}) for group in groups]
    most = [max(Counter(year[student] for student in group).values()) for group in groups]

    assert sorted(Counter(len(group) for group in groups).items()) == [(7, 12), (8, 12)]
    assert (lonely(year, groups), min(kinds), max(most)) == (0, 3, 3)


def test_a_large_profession_is_in_every_group_alike():
    year = people([("nursing", 90), ("medicine", 80), ("pharmacy", 10)])
    groups = divide(year, groups=24, seed=5)

    nurses = [sum(year[student] == "nursing" for student in group) for group in groups]
    assert lonely(year, groups) == 0
    assert max(nurses) - min(nurses) <= 2


def test_who_is_the_only_one_of_theirs_stands_alone_and_nobody_else():
    professions = people([("nursing", 7), ("medicine", 7), ("chaplaincy", 1)])
    groups = divide(professions, groups=2, seed=2)

    assert sum(student == "chaplaincy-0" for group in groups for student in group) == 1
    assert lonely(professions, groups) == 0


def test_another_seed_gives_other_groups_of_the_same_kind():
    year = people((profession, 12) for profession in PROFESSIONS)
    first, second = (divide(year, groups=8, seed=seed) for seed in (1, 2))

    assert {frozenset(group) for group in first} != {frozenset(group) for group in second}
    assert [lonely(year, groups) for groups in (first, second)] == [0, 0]


def test_nobody_makes_no_groups_and_nobody_an_empty_one():
    assert divide({}, groups=0, seed=1) == []
    with pytest.raises(ValueError, match="more groups"):
        divide({"ana": None}, groups=2, seed=1)


@pytest.mark.parametrize("professions", [(*PROFESSIONS, None), ("nursing", "medicine"), tuple(map(str, range(60)))])
def test_four_hundred_students_take_no_time(professions):
    year = {f"student-{number:03}": professions[number**2 % len(professions)] for number in range(400)}
    for groups in (45, 53, 66):
        began = time.perf_counter()
        divide(year, groups=groups, seed=1)
        assert time.perf_counter() - began < 0.9
