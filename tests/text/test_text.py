"""Typed text is tidied where that is harmless, and refused where it cannot be kept."""

import pytest

from ethics.errors import Invalid
from ethics.text import clean_name, normalise_newlines, refuse_unstorable, too_long


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Rosa Díaz", "Rosa Díaz"),
        ("Rosa Di\u0301az", "Rosa Díaz"),
        ("  Rosa\t\n Díaz\u00a0", "Rosa Díaz"),
        ("Rosa \u200b Díaz", "Rosa Díaz"),
        ("\u202eRosa\u202c \u2066Díaz\u2069", "Rosa Díaz"),
        ("Ro\u00adsa\ufeff D\x00í\x1baz", "Rosa Díaz"),
        ("Nguyễn Văn An", "Nguyễn Văn An"),
        ("李 美", "李 美"),
        ("\u200b\u2060", ""),
    ],
)
def test_a_name_is_what_one_sees_of_it(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


def test_lines_end_in_one_way() -> None:
    assert normalise_newlines("Stay.\r\nGo.\rWait.\n") == "Stay.\nGo.\nWait.\n"


def test_length_counts_bytes_not_letters() -> None:
    assert not too_long("é" * 5, 10)
    assert too_long("é" * 5 + "e", 10)
    assert too_long("\ud800" * 4, 11)


@pytest.mark.parametrize("text", ["He said\0no", "half \ud83d", "\udfff a pair"])
def test_what_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_unstorable(text, "reasons")
    assert (refused.value.code, refused.value.field) == ("unstorable", "reasons")


@pytest.mark.parametrize("text", ["", "Stay.\n", "😀", "\u202eשלום"])
def test_everything_else_can_be_stored(text: str) -> None:
    refuse_unstorable(text)
