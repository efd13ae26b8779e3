"""What two texts have in common word for word."""

from hypothesis import given
from hypothesis import strategies as st

from ethics.rights.passages import GAP, Passages

SAID = "Mrs **Wárren** of Elm Street said that her daughter took the money."


def test_a_quotation_is_known_whatever_its_marks_case_and_lines():
    quoted = "Yes:\n\n> MRS warren of\n> elm street said that her *daughter* took the money.\n\nBut why?"

    assert Passages([SAID]).taken_out(quoted) == f"Yes:\n\n> {GAP}.\n\nBut why?"


def test_a_few_words_in_common_are_no_quotation():
    assert not Passages([SAID]).are_in("Her daughter took it, she said.")


def test_a_short_text_counts_where_all_of_it_stands_and_a_shorter_one_never():
    assert Passages(["Where is Mr Okonjo?"]).taken_out("He asked: where is *Mr Okonjo*?") == f"He asked: {GAP}*?"
    assert not Passages(["I agree."]).are_in("I agree.")


def test_what_the_case_says_is_no_secret():
    case = "The registrar turns to you and asks what she should write down."
    passages = Passages([f"{case} I thought of the patient in bed nine, who never slept."], public=[case])

    assert not passages.are_in(case)
    assert passages.taken_out("As she wrote: “the patient in bed nine, who never slept”.") == (
        f"As she wrote: “the {GAP}”."
    ).replace("the […]", GAP)


@given(st.text(), st.text(min_size=30), st.text())
def test_nothing_of_a_quoted_text_is_left_and_nothing_else_is_touched(before, said, after):
    passages = Passages([said])
    text = f"{before}\n{said}\n{after}"
    taken = passages.taken_out(text)

    assert (taken == text) is (not passages.are_in(text))
    assert passages.taken_out(before) == before or passages.are_in(before)
