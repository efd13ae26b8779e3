"""Identifiers are found where they stand, fiction's own are left alone, and no text takes long."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethics.identifiers import Identifier, Kind, find


def marked(text: str, **kwargs: object) -> list[tuple[str, str]]:
    return [(mark.kind.value, text[mark.start : mark.end]) for mark in find(text, **kwargs)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind", "passage"),
    [
        ("Her MRN is 4471902.", "record", "4471902"),
        ("Patient no. H-20391 came at ten.", "record", "H-20391"),
        ("under hospital number: RX/118204, she", "record", "RX/118204"),
        ("Student ID 20391842 was late.", "record", "20391842"),
        ("NHS number 943 476 5919", "national", "943 476 5919"),
        ("It is 943-476-5919.", "national", "943-476-5919"),
        ("SSN 123-45-6789", "national", "123-45-6789"),
        ("her NI number AB 12 34 56 C", "national", "AB 12 34 56 C"),
        ("She is 94 and lives alone.", "age", "She is 94"),
        ("a 93-year-old woman", "age", "93-year-old"),
        ("a ninety-one year old man", "age", "ninety-one year old"),
        ("aged 102", "age", "aged 102"),
        ("He was seen on 12 March 2024.", "date", "12 March 2024"),
        ("the 3rd of\nMay 2021", "date", "3rd of\nMay 2021"),
        ("On March 3rd, 2023 it rained.", "date", "March 3rd, 2023"),
        ("Ring 020 7219 4272 now.", "phone", "020 7219 4272"),
        ("Ring (202) 653-2671 now.", "phone", "(202) 653-2671"),
        ("+49 30 901820", "phone", "+49 30 901820"),
        ("write to a.nurse+ward@nhs.net.", "email", "a.nurse+ward@nhs.net"),
        ("She lives at 14 Canal Street.", "address", "14 Canal Street"),
        ("in der Hauptstraße 12", "address", "Hauptstraße 12"),
        ("au 12 rue de Rivoli", "address", "12 rue de Rivoli"),
    ],
)
def test_an_identifier_is_marked_where_it_stands(text: str, kind: str, passage: str) -> None:
    assert marked(text) == [(kind, passage)]


@pytest.mark.parametrize(
    "text",
    [
        "BP 128/76, pulse 84, temperature 37.4, saturation 92% on 15 litres.",
        "2019;380:425–436. https://doi.org/10.1056/NEJMoa1710926",
        "Section 14.3, bed 12, at 16:10 and again at 07:30.",
        "He is 46, and has 90% of the shares.",
        "Patient number one was seen first, the patient ID bracelet was missing.",
        "In May 12 beds were closed; a case number of questions remained.",
        "Sodium 118, potassium 5.9, creatinine 412, eGFR 12; 1200 to 2000 words.",
        "Ring 020 7946 0958, (212) 555-0143 or +44 7700 900123, or write to ana@clinic.example.",
        "On 12 March, a Tuesday, nobody came. In 2024 they did.",
    ],
)
def test_prose_and_what_is_kept_for_fiction_are_not_marked(text: str) -> None:
    assert marked(text) == []


def test_known_names_are_marked_whole_and_however_they_are_spaced() -> None:
    text = "So Ana\nOkoro met ana okoro, Anastasia and Ana."
    assert marked(text, known=["Ana Okoro", "Ana", ""]) == [
        ("known", "Ana\nOkoro"),
        ("known", "ana okoro"),
        ("known", "Ana"),
    ]


def test_only_the_kinds_that_are_asked_for_are_marked() -> None:
    text = "She is 94, MRN 4471902."
    assert find(text, kinds={Kind.RECORD}) == [Identifier(Kind.RECORD, 15, 22)]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("0123456789 -+()./@ab MRNoJune\n")), max_size=300))
def test_marks_are_in_order_and_inside_the_text(text: str) -> None:
    ends = 0
    for mark in find(text, known=["an"]):
        assert ends <= mark.start < mark.end <= len(text)
        ends = mark.end


@pytest.mark.parametrize(
    "piece", ["1", "12 34 ", "word ", "a@", "a@b.", "1 Aaaa Bbbb ", "MRN ", "patient no ", "+1", "(", "9", "A-1", " "]
)
def test_no_text_takes_long(piece: str) -> None:
    begun = time.process_time()
    find(piece * (100_000 // len(piece)))
    assert time.process_time() - begun < 2
