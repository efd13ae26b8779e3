"""Rules for what has a number of its own: records, papers of a state, telephones; and for e-mail. Pure."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from ethics.identifiers.marks import Identifier, Kind, Search, Windows, anywhere, by_digits, digits_of, marked

_LINK: Final = r"(?:[\s:#,;(=“\"'’-]|\b(?:is|was|as|has|of|the|und|est|ist|lautet)\b){0,6}"
"""What may stand between a word such as 'number' and the number."""

_VALUE: Final = (
    r"(?P<mark>\b(?!(?:ID|NO|NR|PIN|REF)\b)(?:[A-Z]{1,5}[ /-]?|[a-z]{1,2})?\d[A-Z\d]{0,20}"
    r"(?:[ /.-]{1,2}(?:[A-Z]{1,3}|[A-Z]{0,2}\d[A-Z\d]{0,12})\b){0,5})"
)
_NUMBER: Final = r"(?:numbers?|nos?\b\.?|nr\b\.?|n[°º]|IDs?\b|identifier|PINs?\b|code|ref(?:erence)?\b\.?|#)"
_OWNER: Final = (
    r"(?:medical record|health record|record|hospital|hosp\.?|patient|case|chart|admission|episode|encounter|visit"
    r"|account|insurance|insurer|policy|member(?:ship)?|subscriber|claim|health card|card|student|staff|employee"
    r"|payroll|badge|file|unit|study|trial|participant|subject|donor|transplant list|sample|specimen|accession|lab"
    r"|request|referral|incident|complaint|crime|police|court|custody|safeguarding|licen[cs]e|registration|GMC|NMC"
    r"|serial|barcode|prescription|booking|invoice|bed)"
)
_NAMED: Final = (
    re.compile(rf"\b(?i:{_OWNER}(?:[ ,]{{1,2}}\w+)?[ ,]{{1,2}}{_NUMBER}){_LINK}{_VALUE}"),
    re.compile(rf"\b(?i:ref(?:erence)?\b\.?|login|barcode|dossier)(?i:{_NUMBER})?{_LINK}{_VALUE}"),
    re.compile(rf"\b(?:MRN|URN|UHID|UBRN|UPN|EMPI|PIN|DATIX|Datix|IMEI|GMC|NMC|VIN)(?: {_NUMBER})?{_LINK}{_VALUE}"),
    re.compile(rf"(?<!\w)(?i:\w{{0,30}}(?:nummer|numéro|número|numero)\b)(?: de \w+)?{_LINK}{_VALUE}"),
)
_FOLLOWING = re.compile(rf"\b(?i:{_OWNER}) {_VALUE}")
_FEWEST_NAMED: Final = 4
_FEWEST_BARE: Final = 5
_YEAR = re.compile(r"(?:19|20)\d\d(?:\s?[-/–]\s?(?:(?:19|20)?\d\d))?")


def _is_record(match: re.Match[str]) -> bool:
    return len(digits_of(match)) >= _FEWEST_NAMED and not _YEAR.fullmatch(marked(match))


def _is_record_by_itself(match: re.Match[str]) -> bool:
    return _is_record(match) and (len(digits_of(match)) >= _FEWEST_BARE or not marked(match).isdigit())


_CODES: Final = (
    re.compile(r"(?<![\w./-])[A-Za-z]{1,5}[-/]?\d[A-Z\d]*(?:[-/][A-Z\d]+)*(?![\w-])"),
    re.compile(r"(?<![\w./-])\d+[A-Z][A-Z\d]*(?:[-/][A-Z\d]+)*(?![\w-])"),
    re.compile(r"(?<![\w./£$€-])(?<![£$€] )\d{7,14}(?![\w%]|[.,]\d| ?(?:units?|IU|people|patients|cells)\b)"),
)
"""Numbers that have the shape of a record's, whatever stands before them."""
_PUBLIC = re.compile(r"(?:NCT|ISRCTN|PMID|PMC|ISBN|ISSN|DOI|EUDRACT|COVID|ISO)[-/ ]?\d", re.IGNORECASE)
_CITED = re.compile(r"(?:PMID|ISBN|ISSN|PMC|doi)\W{0,3}$", re.IGNORECASE)


def _is_code(match: re.Match[str]) -> bool:
    digits = digits_of(match)
    return (
        len(digits) >= _FEWEST_BARE
        and not _PUBLIC.match(match[0])
        and not _CITED.search(match.string, max(0, match.start() - 10), match.start())
        and not _is_fictional(digits)
    )


_STATE: Final = (
    r"(?:SSN|SIN|NHS|NINO|NI|CHI|NHI|IHI|TFN|PPSN?|BSN|DNI|NIE|NIF|CPF|CURP|RUT|PESEL|CPR|AHV|SVNR|NRIC|HKID|PAN|ABHA"
    r"|MyKad|VAT|UTR|GWF|Ausweis|ID|(?i:social (?:security|insurance)|national (?:insurance|identity|ID)|medicare"
    r"|medicaid|passport|aadhaar|personnummer|sécurité sociale|codice fiscale|driv(?:ing|er['’]?s) licen[cs]e"
    r"|immigration|visa|home office|emirates|alien|identity(?: card)?|tax(?: file)?|voter(?:['’]?s)?|green card))"
)
_STATE_NUMBERS: Final = (
    re.compile(rf"\b{_STATE}(?:[- ](?i:{_NUMBER}|card|nummer|ID|reference))?{_LINK}{_VALUE}"),
    re.compile(rf"\b{_STATE}(?:[- ](?i:{_NUMBER}|card))?{_LINK}(?P<mark>\b[A-Z]{{3,6}}\d[A-Z\d]{{5,12}}\b)"),
)
_FEWEST_STATE: Final = 4


def _is_national(match: re.Match[str]) -> bool:
    digits, words = digits_of(match), marked(match)
    is_short_dose = bool(re.fullmatch(r"\d{1,5}", words))
    return len(digits) >= _FEWEST_STATE and not is_short_dose and not _YEAR.fullmatch(words)


_PAPERS: Final = (
    re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
    re.compile(r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b"),
    re.compile(r"(?<![\w-])(?:19|20)?\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[-+]\d{4}(?![\w-])"),
    re.compile(r"(?<![\w-])(?:[0-2]\d|3[01])(?:0[1-9]|1[0-2])\d\d[- ]\d{4}(?![\w-])"),
    re.compile(r"\b[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]\b"),
    re.compile(r"\b\d{8}-?[A-HJ-NP-TV-Z]\b"),
    re.compile(r"\b[A-Z]{2}\d\d ?[A-Z]{3}\b"),
)
_PLATES: Final = re.compile(
    r"\b(?i:number[- ]plates?|licen[cs]e plates?|plates?|registration(?: plate| mark)?|Kennzeichen)"
    rf"(?: (?i:{_NUMBER}))?{_LINK}(?P<mark>\b(?=[A-Z -]{{0,8}}\d)[A-Z\d]{{1,7}}(?:[ -][A-Z\d]{{1,4}}\b){{0,4}})"
)
_NHS = re.compile(r"(?<![\d-])\d{3}[ -]\d{3}[ -]\d{4}(?![\d-])")


_HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z_][\w.]{2,29}\b")
_EMAIL = re.compile(r"(?<![\w.+'’-])[\w.+'’-]{1,64}(?:@| ?[(\[]at[)\]] ?)(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_FICTIONAL_HOST = re.compile(r"(?:.*\.)?(?:example(?:\.(?:org|com|net))?|invalid|test|localhost)", re.IGNORECASE)


def _is_real_host(match: re.Match[str]) -> bool:
    return not _FICTIONAL_HOST.fullmatch(re.split(r"@|[)\]] ?", match[0])[-1])


_DIALLED = re.compile(r"\+?\(?\d[\d ()./\u2010-\u2015-]{5,22}\d")
_GROUPED = re.compile(
    r"(?<![\w.,/:+-])(?:\+\d{1,3} ?\(0\) ?|\+|\(0?)?\d{1,5}\)?(?:[ ./-]\d{2,8}){1,6}(?![\w%]|[.,:/-]\d)"
)
_CALLED = re.compile(
    r"\b(?i:call(?:ed|ing)?|ring|rang|(?:tele)?phone|tel|mobile|cell|fax|desk|office|whatsapp|text(?:ed)?|dial(?:led)?"
    r"|reach(?:ed)?|answering)\b[^\d\n+(]{0,20}\s{0,3}(?P<mark>[+(]{0,2}\d[\d ().-]{4,18}\d(?:x\d{1,6})?)\b(?![:%])"
)
_INSIDE = re.compile(
    r"\b(?i:bleep|pager|beeper|bip|DECT|ext(?:ension)?\b\.?)(?: (?i:number|no\.?))?(?:[ :#]|\b(?:is|was)\b){0,4}"
    r"(?:x ?)?\d{3,6}\b|\bx\d{3,6}\b"
)
_FEWEST_DIALLED: Final = 7
_LEAST_GROUPED: Final = 9
_LONGEST_GROUPED: Final = 16
_MOST_DIALLED: Final = 200
"""How many numbers are looked at in one text: each costs the library a third of a millisecond."""

_REGIONS: Final = ("GB", "US")
_FICTIONAL_PHONES: Final = re.compile(
    r"1?\d{3}55501\d\d"  # North America
    r"|(?:0|440?)?(?:(?:113|114|115|116|117|118|121|131|141|151|161)4960\d{3}|2079460\d{3}|7700900\d{3}"
    r"|1632960\d{3}|8081570\d{3})"  # Ofcom's numbers for drama
)


def _is_fictional(digits: str) -> bool:
    return bool(_FICTIONAL_PHONES.fullmatch(digits))


def _is_dialled(match: re.Match[str]) -> bool:
    digits = digits_of(match)
    return len(digits) >= _FEWEST_DIALLED and not _is_fictional(digits)


def _is_grouped(match: re.Match[str]) -> bool:
    """Groups of digits long enough to be dialled, in a country whose rules nobody asked the library for."""
    digits = digits_of(match)
    groups = re.findall(r"\d+", match[0])
    is_dialled = match[0][0] in "0+(" or len(groups) > 2  # noqa: PLR2004  # two numbers are a range
    return is_dialled and _LEAST_GROUPED <= len(digits) <= _LONGEST_GROUPED and not _is_fictional(digits)


def _phones(text: str, windows: Windows) -> Iterator[Identifier]:
    """Numbers that can be dialled. The library looks only at what has digits enough, since it takes its time."""
    numbers = (match for window in windows for match in _DIALLED.finditer(text, *window))
    long = (match for match in numbers if sum(map(str.isdigit, match[0])) >= _FEWEST_DIALLED)
    for match in islice(long, _MOST_DIALLED):
        yield from _dialled(match[0], match.start())


def _dialled(text: str, offset: int) -> Iterator[Identifier]:
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415  # a tenth of a second that few starts need

    for region in _REGIONS:
        for phone in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            if not _is_fictional(f"{phone.number.country_code}{phone.number.national_number}"):
                yield Identifier(Kind.PHONE, offset + phone.start, offset + phone.end)


SEARCHES: Final[tuple[Search, ...]] = (
    by_digits(Kind.RECORD, *_NAMED, where=_is_record),
    by_digits(Kind.RECORD, _FOLLOWING, where=_is_record_by_itself),
    by_digits(Kind.NATIONAL, *_STATE_NUMBERS, where=_is_national),
    by_digits(Kind.NATIONAL, *_PAPERS, _PLATES),
    by_digits(Kind.NATIONAL, _NHS, where=lambda match: not _is_fictional(digits_of(match))),
    _phones,
    by_digits(Kind.PHONE, _INSIDE),
    by_digits(Kind.PHONE, _CALLED, where=_is_dialled),
    by_digits(Kind.PHONE, _GROUPED, where=_is_grouped),
    by_digits(Kind.RECORD, *_CODES, where=_is_code),
    anywhere(Kind.EMAIL, _EMAIL, where=_is_real_host),
    anywhere(Kind.EMAIL, _HANDLE),
)
"""In order: of two that mark the same words, the first names their kind."""
