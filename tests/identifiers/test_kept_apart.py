"""The rules, measured on sentences that they were never tuned by."""

import sys

from tests.identifiers.kept_apart import SET, figures


def test_the_set_is_large_enough_to_measure_by():
    measured = figures()
    assert sum(all_ for _, all_ in measured.found.values()) >= 250
    assert measured.clean == len(set(SET["clean"].splitlines())) >= 500


def test_identifiers_are_found_and_clean_sentences_left_alone(capsys):
    measured = figures()
    with capsys.disabled():
        sys.stdout.write(f"\n{measured}\n")
    assert measured.share_found >= 0.95, measured.missed
    assert measured.share_mistaken <= 0.02, measured.marked_by_mistake
