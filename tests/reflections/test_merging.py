"""Two drafts that began as one are put together without a word lost. Pure."""

from hypothesis import given
from hypothesis import strategies as st

from ethics.reflections.merging import draft_of, fields_of, mark, marks_of, merge
from ethics.reflections.models import About, Draft
from ethics.rounds.models import Audience

KEYS = ("moment", "dilemma", "cost")
# Few texts, so that sides often agree; the last one holds what browsers and databases stumble over.
TEXTS = st.sampled_from(["", "When he asked.", "When he asked.\n\nTwice.", "é\ud800 = \t"])
DRAFTS = st.builds(
    Draft,
    answers=st.dictionaries(st.sampled_from(KEYS), TEXTS.filter(bool)),
    asked=TEXTS,
    about=st.sampled_from(About),
    audience=st.sampled_from(Audience),
    faculty_only=st.frozensets(st.sampled_from(KEYS)),
)


def changed(base: Draft, other: Draft) -> set[str]:
    before, after = fields_of(base), fields_of(other)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def together(base: Draft, mine: Draft, theirs: Draft):
    return merge(marks_of(base), fields_of(mine), fields_of(theirs))


@given(DRAFTS)
def test_a_draft_is_its_fields(draft):
    assert draft_of(fields_of(draft)) == draft


@given(DRAFTS, DRAFTS, DRAFTS)
def test_each_field_is_what_somebody_made_of_it(base, mine, theirs):
    merged = together(base, mine, theirs)
    began, my, their = (fields_of(draft) for draft in (base, mine, theirs))
    for name in {*began, *my, *their}:
        sides = (changed(base, mine) & {name}, changed(base, theirs) & {name})
        if not sides[0]:
            assert merged.fields.get(name) == their.get(name)
        elif not sides[1]:
            assert merged.fields.get(name) == my.get(name)
        else:
            assert merged.fields.get(name) == their.get(name)
            assert (name in merged.conflicts) == (my.get(name) != their.get(name))
    assert merged.conflicts <= changed(base, mine) & changed(base, theirs)


@given(DRAFTS, DRAFTS, DRAFTS)
def test_both_sides_come_to_the_same(base, mine, theirs):
    one, other = together(base, mine, theirs), together(base, theirs, mine)
    assert one.conflicts == other.conflicts
    agreed = {*one.fields, *other.fields} - one.conflicts
    assert {name: one.fields.get(name) for name in agreed} == {name: other.fields.get(name) for name in agreed}


@given(DRAFTS, DRAFTS)
def test_one_side_alone_is_taken_as_it_is(base, mine):
    assert together(base, mine, base) == together(base, mine, mine) == together(base, base, mine)
    assert draft_of(together(base, mine, base).fields) == mine
    assert together(base, mine, base).conflicts == frozenset()


@given(DRAFTS, DRAFTS, DRAFTS)
def test_putting_together_twice_changes_nothing_more(base, mine, theirs):
    merged = together(base, mine, theirs)
    again = merge(marks_of(base), merged.fields, fields_of(theirs))
    assert again.fields == merged.fields


@given(DRAFTS, DRAFTS)
def test_who_does_not_say_what_they_began_from_overwrites_nothing(mine, theirs):
    merged = merge({}, fields_of(mine), fields_of(theirs))
    assert {name: merged.fields.get(name) for name in fields_of(theirs)} == fields_of(theirs)


def test_equal_marks_are_of_equal_texts():
    texts = ["", " ", "a", "A", "é", "e\u0301", "\ud800", "a\n", "a\r\n"]
    assert len({mark(text) for text in texts}) == len(texts)
