"""Passages are found again after the text around them has changed, and never taken for others."""

from time import perf_counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ethics.anchors import Anchor, Passage, Span, anchor_at, anchor_of, find, passage_in, passage_of

TEXT = "Nadia closes the cupboard. Omar has covered for her before. Nadia closes the door."

words = st.sampled_from(["Nadia", "closes", "the", "cupboard", "Omar", "has", "covered", "it.", "once", "\n\n", "–"])
texts = st.lists(words, min_size=1, max_size=60).map(" ".join)
letters = st.text(alphabet="abc \n", max_size=40)


def folded(text: str) -> str:
    return " ".join(text.split())


@st.composite
def passages(draw: st.DrawFn) -> tuple[str, Span]:
    text = draw(texts)
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    assume(text[start:end].strip() and not text[start].isspace() and not text[end - 1].isspace())
    return text, Span(start, end)


@settings(max_examples=300)
@given(passages())
def test_in_the_same_text_it_is_where_it_was(passage):
    text, span = passage

    assert find(text, anchor_at(text, span)) == span


@settings(max_examples=300)
@given(st.integers(8, 16), st.integers(0, 5), letters, letters, st.booleans())
def test_edits_elsewhere_do_not_lose_it(first, more, before, after, one_side):
    """Whatever happens to the text further away than the context that is kept, or right beside it on one side."""
    said = [f"word{number}" for number in range(30)]
    text = " ".join(said)
    quoted = " ".join(said[first : first + more + 1])
    anchor = anchor_at(text, Span(text.index(quoted), text.index(quoted) + len(quoted)))
    beside = " ".join(said[first - 7 : first])
    follows = " ".join(said[first + more + 1 : first + more + 8])
    new = f"{before} {beside}\n{quoted} {after if one_side else follows} {after}"

    span = find(new, anchor)
    assert span is not None
    assert folded(new[span.start : span.end]) == quoted


@settings(max_examples=400)
@given(passages(), texts)
def test_it_is_never_taken_for_something_else(passage, other):
    """What is found in any other text says the same, and stands beside what it stood beside, or is long."""
    text, span = passage
    anchor = anchor_at(text, span)
    found = find(other, anchor)
    if found is None:
        return
    start, end = found
    assert folded(other[start:end]) == folded(anchor.exact)
    before, after = folded(other[:start]), folded(other[end:])
    beside = (
        before.endswith(folded(anchor.prefix)) if folded(anchor.prefix) else not before,
        after.startswith(folded(anchor.suffix)) if folded(anchor.suffix) else not after,
    )
    assert any(beside) or len(folded(anchor.exact)) >= 40


def test_lines_that_are_set_anew_do_not_count():
    anchor = anchor_of("Omar has covered\nfor her before.", "covered for her")
    assert anchor == Anchor("covered\nfor her", "Omar has ", " before.", 9)
    assert find("Omar   has covered for\n\nher before.", anchor) == Span(11, 27)


def test_of_two_that_say_the_same_the_context_decides():
    door = anchor_at(TEXT, Span(TEXT.rindex("Nadia"), TEXT.rindex("Nadia") + len("Nadia closes")))

    assert find(TEXT, door) == Span(60, 72)
    assert find(TEXT.replace("door", "window"), door) == Span(60, 72)
    assert find(TEXT.replace("before. ", "").replace("door", "window"), door) is None


def test_what_has_changed_is_not_found():
    anchor = anchor_of(TEXT, "covered for her")

    assert find(TEXT.replace("covered for", "covered up for"), anchor) is None
    assert find("", anchor) is None
    assert find("He, too, covered for her once.", anchor) is None


def test_a_quotation_has_to_stand_there_once():
    assert anchor_of(TEXT, "Nadia closes") is None
    assert anchor_of(TEXT, "Nadia opens") is None
    assert anchor_of(TEXT, "  ") is None


def test_a_quotation_from_the_page_does_not_know_the_marks_of_markdown():
    anchor = anchor_of("Nadia *closes* the **cupboard**.", "closes the cupboard.", marks="*_`|")

    assert anchor == Anchor("closes* the **cupboard**.", "Nadia *", "", 7)


PARTS = {"harm": "He waits. Nadia knows him. He waits.", "next": "Nadia closes the cupboard. He waits. She waits, too."}


@pytest.mark.parametrize(
    ("quotation", "where", "place"),
    [
        ("closes the\ncupboard", {}, ("next", 6)),
        ("He waits.", {}, None),
        ("He waits.", {"part": "harm"}, ("harm", 0)),
        ("He waits.", {"part": "next", "before": "the cupboard."}, ("next", 27)),
        ("waits", {"part": "next", "before": "cupboard.He"}, ("next", 30)),
        ("waits", {"part": "next"}, None),
        ("Nadia", {"part": "gone"}, None),
        ("wait", {"part": "next"}, None),
        ("", {}, None),
    ],
)
def test_what_somebody_quotes_from_several_parts(quotation, where, place):
    found = passage_of(PARTS, quotation, **where)

    assert (found and (found.part, found.anchor.position)) == place
    if found:
        assert Passage.from_json(found.to_json()) == found
        assert passage_in(PARTS, found) == found


def test_a_passage_of_a_part_that_is_gone_has_changed():
    passage = passage_of(PARTS, "closes the cupboard")

    assert passage_in({"harm": PARTS["next"]}, passage) is None
    assert passage_in({"next": "Later Nadia closes the cupboard."}, passage).anchor.position == 12


def test_a_letter_that_stands_ten_thousand_times_is_found_as_fast_as_any():
    """Who quotes it holds up nobody else: this runs while the database is kept for one writer."""
    text = "a " * 25_000
    began = perf_counter()

    assert passage_of({"harm": text}, "a", part="harm").anchor.position == 0
    assert passage_of({"harm": text}, "a", part="harm", before="a a") is None
    assert perf_counter() - began < 2
