"""Marks what could identify a real person in a text: numbers, dates, addresses, ages. Pure and offline.

It points, and never vouches: nothing that runs offline finds names reliably, so a text without a mark is not anonymous.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final


class Kind(StrEnum):
    """What a passage seems to be."""

    RECORD = "record"
    """A number that a hospital, school or insurer gave somebody."""
    NATIONAL = "national"
    """A number that a state gave somebody."""
    AGE = "age"
    """An age of 90 and over: there are few of them in one place."""
    DATE = "date"
    """A full date with the name of its month."""
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    """A street with the number of the house."""
    KNOWN = "known"
    """One of the words the caller knows to belong to somebody."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A passage that could identify somebody: `text[start:end]`."""

    kind: Kind
    start: int
    end: int


Windows = Sequence[tuple[int, int]]
Search = Callable[[str, Windows], Iterator[Identifier]]


def find(text: str, *, known: Collection[str] = (), kinds: Collection[Kind] = frozenset(Kind)) -> list[Identifier]:
    """Every passage of these kinds that could identify somebody, in order; of two that overlap, the first.

    `known` are names or numbers that certainly belong to real people here, such as those of a class. What is kept for
    fiction (example.org, 555-0100 and the like) is not marked.
    """
    found = [*_known(text, known)]
    windows = tuple(_around_digits(text))
    for kind, search in _SEARCHES:
        if kind in kinds:
            found.extend(search(text, windows))
    kept: list[Identifier] = []
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end)):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def _known(text: str, known: Collection[str]) -> Iterator[Identifier]:
    words = sorted({" ".join(word.split()) for word in known} - {""}, key=len, reverse=True)
    if words:
        alternatives = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
        for match in re.finditer(rf"(?<!\w)(?:{alternatives})(?!\w)", text, re.IGNORECASE):
            yield Identifier(Kind.KNOWN, *match.span())


_MONTH: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATES: Final = (
    re.compile(rf"\b[0-3]?\d(?:st|nd|rd|th)?(?: of)?\s{_MONTH},?\s(?:19|20)\d\d\b", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s[0-3]?\d(?:st|nd|rd|th)?,?\s(?:19|20)\d\d\b", re.IGNORECASE),
)
_NINETIES: Final = (
    r"(?:9\d|1[01]\d|ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|(?:a|one) hundred(?: and \w+)?)"
)
_AGES: Final = (
    re.compile(rf"\b{_NINETIES}[ -]years?[ -]olds?\b", re.IGNORECASE),
    re.compile(
        rf"\b(?:aged|age of|is now|turned|she is|he is|they are|she's|he's)\s{_NINETIES}\b(?![%/:.]\d|\s?%)", re.I
    ),
)
_RECORD_WORD: Final = (
    r"(?:MRN|medical record|hospital|patient|record|case|chart|admission|episode|insurance|policy|member|student"
    r"|staff|file|unit)"
)
_RECORDS: Final = (
    re.compile(
        rf"\b(?:MRN|{_RECORD_WORD}\s(?:numbers?|nos?\b\.?|IDs?\b|#))\s?(?:is|was|:|#)?\s?"
        r"(?P<mark>(?=[A-Z/-]{0,6}\d)[A-Z0-9][A-Z0-9/-]{3,})",
        re.IGNORECASE,
    ),
)
_NATIONALS: Final = (
    re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
    re.compile(
        r"\b(?:SSN|social security(?: number)?|NHS(?: number| no\.?)?|national insurance(?: number)?|NINO"
        r"|passport(?: number| no\.?)?|CHI(?: number)?)\s?(?:is|was|:|#)?\s?"
        r"(?P<mark>(?=[A-Z]{0,3} ?\d)[A-Z0-9][A-Z0-9 -]{5,13}[A-Z0-9])\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b"),
)
_NHS = re.compile(r"(?<![\d-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d-])")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_FICTIONAL_HOST = re.compile(r"(?:.*\.)?(?:example(?:\.(?:org|com|net))?|invalid|test|localhost)", re.IGNORECASE)
_STREET: Final = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Close|Crescent|Terrace|Boulevard|Blvd|Court|Gardens|Grove|Mews"
    r"|Way|Square|Parade|Highway)"
)
_ADDRESSES: Final = (
    re.compile(rf"\b\d{{1,4}}[A-Za-z]?,? (?:[A-Z][\w'’]+ ){{1,3}}{_STREET}\b"),
    re.compile(r"\b[A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|str\.|weg|gasse|allee)\s\d{1,4}[a-z]?\b"),
    re.compile(r"\b\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|chemin)\s(?:d(?:e|u|es) (?:la )?)?[A-Z]\w+"),
)
_DIGITS = re.compile(r"\d[\d .,:;/()-]*")
_NEAR: Final = 60
"""How many characters from its digits an identifier may begin or end."""

_DIALLED = re.compile(r"\+?\(?\d[\d ()./\u2010-\u2015-]{5,22}\d")
_FEWEST_DIGITS: Final = 7
_MOST_DIALLED: Final = 200
"""How many numbers are looked at in one text: each costs the library a third of a millisecond."""

_REGIONS: Final = ("GB", "US")
_FICTIONAL_PHONES: Final = re.compile(
    r"1?\d{3}55501\d\d"  # North America
    r"|(?:44)?(?:113|114|115|116|117|118|121|131|141|151|161)4960\d{3}|(?:44)?2079460\d{3}|(?:44)?7700900\d{3}"
    r"|(?:44)?1632960\d{3}|(?:44)?8081570\d{3}"  # Ofcom's numbers for drama
)


def _by(kind: Kind, *patterns: re.Pattern[str]) -> Search:
    """A search for patterns that hold a digit; where one has a group `mark`, that is what is marked."""

    def search(text: str, windows: Windows) -> Iterator[Identifier]:
        for pattern in patterns:
            group = "mark" if "mark" in pattern.groupindex else 0
            for start, end in windows:
                for match in pattern.finditer(text, start, end):
                    yield Identifier(kind, *match.span(group))

    return search


def _around_digits(text: str) -> Iterator[tuple[int, int]]:
    """Where the text has digits, with what stands before and after: nine tenths of prose need no second look."""
    start = end = 0
    for match in _DIGITS.finditer(text):
        if match.start() - _NEAR > end:
            if end:
                yield start, end
            start = max(0, match.start() - _NEAR)
        space = text.find(" ", match.end() + _NEAR)
        end = len(text) if space < 0 else space
    if end:
        yield start, end


def _ages(text: str, _: Windows) -> Iterator[Identifier]:
    for pattern in _AGES:
        for match in pattern.finditer(text):
            yield Identifier(Kind.AGE, *match.span())


def _emails(text: str, _: Windows) -> Iterator[Identifier]:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            if not _FICTIONAL_HOST.fullmatch(match[0].partition("@")[2]):
                yield Identifier(Kind.EMAIL, *match.span())


def _nhs_numbers(text: str, windows: Windows) -> Iterator[Identifier]:
    """Ten digits whose last is the check digit of the others; by chance, one number in eleven is."""
    for match in (match for window in windows for match in _NHS.finditer(text, *window)):
        digits = [int(digit) for digit in match[0] if digit.isdigit()]
        check = -sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
        if check == digits[-1] and not match[0].isdigit():
            yield Identifier(Kind.NATIONAL, *match.span())


def _phones(text: str, windows: Windows) -> Iterator[Identifier]:
    """Numbers that can be dialled. The library looks only at what has digits enough, since it takes its time."""
    numbers = (match for window in windows for match in _DIALLED.finditer(text, *window))
    long = (match for match in numbers if sum(map(str.isdigit, match[0])) >= _FEWEST_DIGITS)
    for match in islice(long, _MOST_DIALLED):
        yield from _dialled(match[0], match.start())


def _dialled(text: str, offset: int) -> Iterator[Identifier]:
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415  # a tenth of a second that few starts need

    for region in _REGIONS:
        for phone in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            digits = f"{phone.number.country_code}{phone.number.national_number}"
            if not _FICTIONAL_PHONES.fullmatch(digits):
                yield Identifier(Kind.PHONE, offset + phone.start, offset + phone.end)


_SEARCHES: Final[tuple[tuple[Kind, Search], ...]] = (
    (Kind.RECORD, _by(Kind.RECORD, *_RECORDS)),
    (Kind.NATIONAL, _by(Kind.NATIONAL, *_NATIONALS)),
    (Kind.NATIONAL, _nhs_numbers),
    (Kind.AGE, _ages),
    (Kind.DATE, _by(Kind.DATE, *_DATES)),
    (Kind.PHONE, _phones),
    (Kind.EMAIL, _emails),
    (Kind.ADDRESS, _by(Kind.ADDRESS, *_ADDRESSES)),
)

__all__ = ["Identifier", "Kind", "find"]
