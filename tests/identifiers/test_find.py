"""Identifiers are found where they stand, what belongs to fiction is left alone, and no text takes long."""

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
        ("She is 94 and lives alone.", "age", "94"),
        ("a 93-year-old woman", "age", "93-year-old"),
        ("a ninety-one year old man", "age", "ninety-one year old"),
        ("aged 102", "age", "aged 102"),
        ("Amina, 94, asked me twice.", "age", "94"),
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
        "Section 14.3, twelve beds, at 16:10 and again at 07:30.",
        "He is 46, and has 90% of the shares.",
        "Patient number one was seen first, the patient ID bracelet was missing.",
        "In May 12 beds were closed; a case number of questions remained.",
        "Sodium 118, potassium 5.9, creatinine 412, eGFR 12; 1200 to 2000 words.",
        "Ring 020 7946 0958, (212) 555-0143 or +44 7700 900123, or write to ana@clinic.example.",
        "In March, on a Tuesday, nobody came. In 2024 they did.",
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


def test_the_new_kinds_are_marked_where_they_stand() -> None:
    text = "I told Mrs. van Dyk in bed 12 of Ward 7B on 12 March, and the Aldous Unit, and K.L., and @k.lind."
    assert marked(text) == [
        ("name", "Mrs. van Dyk"),
        ("place", "bed 12"),
        ("place", "Ward 7B"),
        ("day", "12 March"),
        ("place", "Aldous Unit"),
        ("name", "K.L."),
        ("email", "@k.lind"),
    ]


def test_what_the_case_itself_tells_is_not_marked() -> None:
    story = "Dr Koh sat at bed 12 of ward 7B. Nadia Reid is 94."
    text = "Mrs Koh's chart, Mr Day in Bed 12, Ward 7b, Ms Reid; she was 94. Ward 8 is another."
    assert marked(text, story=story) == [("name", "Mr Day"), ("place", "Ward 8")]
    assert marked("I saw Mr Day.", story="One day.") == [("name", "Mr Day")]


def test_what_is_cited_from_the_web_is_not_marked() -> None:
    assert marked("See https://doi.org/10.1007/s00455-016-9758-7 and www.example.net/2023-10-04.") == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet=list("0123456789 -+()./@ab MRNoJune\nWard’s"), max_size=300))
def test_marks_are_in_order_and_inside_the_text_whatever_it_is(text: str) -> None:
    ends = 0
    for mark in find(text, known=["an"], story="Ward 9"):
        assert ends <= mark.start < mark.end <= len(text)
        ends = mark.end


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "12 34 ",
        "word ",
        "a@",
        "a@b.",
        "1 Aaaa Bbbb ",
        "patient no ",
        "+1",
        "(",
        "A-1",
        " ",
        "Mr Van ",
        "A.",
        "Ward ",
    ],
)
def test_a_text_four_times_as_long_takes_about_four_times_as_long(piece: str) -> None:
    short, long = (_cost(piece * (size // len(piece))) for size in (12_500, 50_000))
    assert long < 9 * max(short, 0.005)


def _cost(text: str) -> float:
    """Processor time in seconds, the least of three."""
    costs = []
    for _ in range(3):
        begun = time.process_time()
        find(text)
        costs.append(time.process_time() - begun)
    return min(costs)
