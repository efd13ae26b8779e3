"""Rules for what a life leaves in a text: names with a title, ages, dates, addresses, wards and beds. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from ethics.identifiers.marks import Identifier, Kind, Search, Windows, anywhere, by_digits

_MONTH_NAME: Final = (
    r"(?:Jan(?:uary?|uar|vier)?|Feb(?:ruary?|ruar)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?|März|Mai|Juni|Juli|Okt(?:ober)?|Dez(?:ember)?|février|mars|avril|juin"
    r"|juillet|août|octobre|décembre|septembre|novembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto"
    r"|septiembre|octubre|noviembre|diciembre)"
)
_YEAR: Final = r"(?:18|19|20)\d\d"
_ORDINAL: Final = r"(?:st|nd|rd|th|er|\.)?"
_DATES: Final = (
    re.compile(
        rf"\b[0-3]?\d{_ORDINAL}(?: of| de)?[\s-]{_MONTH_NAME}\.?(?:,? de |,?[\s-]|, ){_YEAR}\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{_MONTH_NAME}\.?\s[0-3]?\d(?:st|nd|rd|th)?,?\s{_YEAR}\b", re.IGNORECASE),
    re.compile(r"(?<![\w./-])(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?![\w-])"),
    re.compile(r"(?<![\w./-])(?:0?[1-9]|1[0-2])([./-])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d(?![\w-])"),
    re.compile(r"(?<![\w./-])(?:19|20)\d\d([./-])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?![\w-])"),
    re.compile(r"(?<![\w./-])(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|[12]\d|3[01])/\d\d(?![\w/-])"),
    re.compile(r"(?<![\w./-])(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.\d\d(?![\w/.-])"),
    re.compile(rf"\b[0-3]?\d[\s-]{_MONTH_NAME}[\s-]['’]?\d\d\b(?!\s?%)", re.IGNORECASE),
)
_MONTH_WORD: Final = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Aug|Sept?|Oct"
    r"|Nov|Dec|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember|janvier|février|avril|juin|juillet|août|septembre"
    r"|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    r"|diciembre)"
)
_DAYS: Final = (
    re.compile(rf"\b(?:[12]\d|3[01]|0?[1-9]){_ORDINAL}(?: of| de)? {_MONTH_WORD}\b"),
    re.compile(rf"\b{_MONTH_WORD} (?:the )?(?:[12]\d|3[01]|[1-9])(?:st|nd|rd|th)\b"),
    re.compile(rf"\b[Oo]n (?P<mark>{_MONTH_WORD} (?:[12]\d|3[01]|[1-9]))\b(?! [a-z]+s\b)"),
)

_WORD_NINETIES: Final = r"ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
_OLD: Final = rf"(?:9\d|1[01]\d|{_WORD_NINETIES}|(?:a|one) hundred(?: and \w+)?)"
_NUMBERED: Final = rf"(?:9\d|1[01]\d|{_WORD_NINETIES})"
_NO_MEASURE: Final = (
    r"\b(?![%/:.,–-]\d|\s?%|\s?°|['’]?s\b|,\d|[ -]?(?:per|m?c?k?gs?|m?ls?|mc?mo?l|mmhg|[cmk]?m|mins?|minutes?|seconds?"
    r"|hours?|days?|weeks?|months?|times|beats|bpm|breaths|degrees|kilos?|pounds|lbs|units?|points?|litres?|calls?"
    r"|people|patients|in number|on (?:air|room|oxygen|\d)|out of|of the|to|and \d|or \d|more|others?|pages?|words?"
    r"|tablets|thousand|million|votes|miles|metres|systolic|over)\b)"
)
_SOMEBODY: Final = (
    r"(?:patient|man|woman|lady|gentleman|resident|person|mother|father|grandmother|grandfather|grandma|grandpa|gran"
    r"|aunt|uncle|widow|widower|wife|husband|neighbour|neighbor|farmer|teacher|nun|priest|veteran|male|female|client"
    r"|somebody|someone|one)"
)
_IS: Final = (
    r"(?:(?:\b(?:she|he|they|who|I)|\b" + _SOMEBODY + r")(?:['’](?:s|re|ll be|d be|d just turned|d turned)"
    r"|\s(?:is|was|are|were|will be|would be|had been|has been|must be|may be|might be|turned|turns|has turned"
    r"|had turned|had just turned|has just turned|just turned|became|is turning|was turning|reached|had reached))"
    r"(?:\s(?:now|already|almost|nearly|only|about|just|over|past|well over|then|still|aged"
    r"|at least|around|nearly))?\s)"
)
_AGES: Final = (
    re.compile(rf"\b{_OLD}[ -]*(?:years?|yrs?)?[ -]?olds?\b", re.IGNORECASE),
    re.compile(
        rf"\b{_OLD}[ -]?(?:y\.?/?o\b\.?|y\.o\.|years? of age|yrs?\b(?! (?:ago|later|of))|[- ]?jährige?[rsnm]?\b)", re.I
    ),
    re.compile(
        rf"\b(?:aged|age of|ages? ?:|age is|age was|age|turned|turning|turns)\s{{0,2}}{_OLD}{_NO_MEASURE}", re.I
    ),
    re.compile(rf"{_IS}(?P<mark>{_OLD}){_NO_MEASURE}", re.IGNORECASE),
    re.compile(
        rf"\b{_SOMEBODY}\s?(?:,|\(|–|-)\s?(?:who is |age |now |aged )?(?P<mark>{_NUMBERED})(?=[,);.]| and )", re.I
    ),
    re.compile(rf"\b{_SOMEBODY} (?:of|aged|over) (?P<mark>{_NUMBERED}){_NO_MEASURE}", re.IGNORECASE),
    re.compile(rf"\bat (?P<mark>{_NUMBERED}),? (?=(?:she|he|they|my|her|his|you|one|still|and still|I|the)\b)", re.I),
    re.compile(
        r"\b(?:in|into|to) (?:his|her|their|my) (?P<mark>(?:early |mid[ -]?|late )?(?:nineties|90['’]?s))\b", re.I
    ),
    re.compile(r"\bcentenarian\b", re.IGNORECASE),
    re.compile(r"\b[A-Z][\w'’-]{1,40},? [(]?(?P<mark>9\d|10\d)(?=[,)] ?(?:[a-z]|$))"),
)
_LETTERED = re.compile(r"(?<![\w.-])(?:9\d|10[0-9]) ?(?:[MF]|yo[MF]?)\b")
_FEVER = re.compile(r"temp|fever|febrile|degrees|°", re.IGNORECASE)


def _is_no_fever(match: re.Match[str]) -> bool:
    return not _FEVER.search(match.string, max(0, match.start() - 30), match.start())


_STREET: Final = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Crescent|Cres|Terrace|Boulevard"
    r"|Blvd|Court|Ct|Gardens|Grove"
    r"|Mews|Way|Square|Sq|Parade|Highway|Hwy|Hill|Rise|Row|Walk|Place|Pl|Park|Green|Mount|View|Vale|Quay|Wharf|Yard"
    r"|Circle|Cir|Trail|Pike|Parkway|Pkwy|Alley|Gate|Croft|Meadows?|Fields?|Nagar|Marg|Colony|Estate)"
)
_ROAD: Final = r"(?:Street|Road|Lane|Avenue|Crescent|Terrace|Boulevard)"
_CAPITAL: Final = r"[A-ZÀ-ÖØ-Þ][\w'’.-]{0,30}"
_OF_ROMANCE: Final = r"(?:(?:d[aeiou]\w{0,3}|d['’]|la|las|los|le|les|el|l['’])\s?){0,2}"
_STATES: Final = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY])"
)
_ADDRESSES: Final = (
    re.compile(rf"\b\d{{1,5}}[A-Za-z]?,? (?:{_CAPITAL} ){{1,3}}{_STREET}\b"),
    re.compile(
        r"\b[A-ZÄÖÜ][\wäöüß-]{0,40}(?:straße|strasse|str\.|weg|gasse|allee|platz|ring|damm|ufer"
        r"|straat|laan|plein|gracht"
        r"|kade|gatan|vägen|gade|vej|veien|gata)\s\d{1,4}[a-z]?\b"
    ),
    re.compile(
        r"\b[A-ZÄÖÜ][\wäöüß-]{1,30} (?:Straße|Strasse|Str\.|Weg|Gasse|Allee|Platz|Ring|Damm|Ufer)\s\d{1,4}[a-z]?\b"
    ),
    re.compile(
        r"\b(?:Am|Im|An der|Auf der|Auf dem|Zum|Zur|Beim)\s[A-ZÄÖÜ][\wäöüß-]{2,30}\s\d{1,3}[a-z]?(?=[.,;)]|$| in\b)"
    ),
    re.compile(
        r"\b\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|chemin|allée|impasse|quai|cours|route)\s"
        rf"{_OF_ROMANCE}[A-ZÀ-Ý][\w’'-]{{0,30}}",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:Via|Viale|Piazza|Corso|Vicolo|Largo|Calle|C/|Avenida|Av\.|Plaza|Paseo|Carrer|Rua|Rue"
        r"|Avenue|Ulica|ul\.)\s"
        rf"{_OF_ROMANCE}{_CAPITAL}(?: {_CAPITAL}){{0,2}},? (?:n[°º.] ?)?\d{{1,4}}\b"
    ),
    re.compile(
        r"\b(?:Flat|Apartment|Apt\.?|House|Plot|Villa|Door|Road|Building|Bldg\.?)(?: No\.?| #)? ?\d+[A-Za-z]?\b"
    ),
    re.compile(r"\b(?:P\.? ?O\.? ?Box|Postfach|Apartado|B\.P\.) ?\d+"),
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\b[A-Z]\d[A-Z] \d[A-Z]\d\b"),
    re.compile(r"(?<![\d-])\d{5}-\d{4}(?![\d-])"),
    re.compile(rf"\b{_STATES} \d{{5}}\b"),
    re.compile(r"\b(?i:zip|post ?code|postal code|PLZ|pin code)(?i: code)?(?:[\s,:]|is|was){0,4}(?P<mark>\d{4,6})\b"),
)
_UNNUMBERED: Final = (
    re.compile(
        rf"\b[A-Z][\w'’]{{1,30}} (?:Cottage|House|Farm|Lodge|Villa|Manor|Flats|Mansions), {_CAPITAL}(?: {_CAPITAL})?"
    ),
    re.compile(rf"(?<!\bThe )(?<!\bThis )(?<!\bA )\b(?!The |This |A |Our |My |Every )[A-Z][\w'’]{{1,30}} {_ROAD}\b"),
)

_SPOT: Final = (
    r"(?:(?i:wards?|rooms?|rm\.?|beds?|bays?|cubicles?|theatres?|cots?|incubator|trolley|cabin|pod|zimmer|bett|saal"
    r"|chambre|habitación|cama|clinic|box)|Station|Stn\.?|Lit)"
)
_COUNTED: Final = (
    r"(?:[A-Z]{0,2}-?\d{1,4}(?:[A-Za-z]\b|-?\d{1,2})?(?: (?:North|South|East|West))?"
    r"|[A-HJ-NP-Z](?:-?\d{1,3})?|[A-Z]-\d{1,3}"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty)(?:-\w+)?)"
)
_PLACES: Final = (
    re.compile(rf"\b{_SPOT}(?: (?i:no\.?|number|nr\.?))? ?#? ?{_COUNTED}\b(?!\.\d|[:%]|['’]s [a-z]+ing)"),
    re.compile(r"(?<![\w.:/-])\d{1,2} ?(?:North|South|East|West)\b(?! (?:African|American|Asian|Africa|America))"),
    re.compile(r"\bW\d{1,2}[ ,/]{1,2}B\d{1,2}\b"),
    re.compile(r"\b(?:ICU|ITU|HDU|CCU|NICU|PICU|ED|A&E|ER|SCBU|MAU|AMU)(?: bed)? ?#?\d{1,3}\b"),
)
_LOCALITY = re.compile(
    r"\b(?:Ward|Unit|Wing|Suite|Infirmary|Hospital|Hospice|Clinic|Surgery|Health Centre|Medical Cent(?:re|er)|Care Home"
    r"|Nursing Home|Clinic|Klinik|Krankenhaus|Lodge)\b"
)
_BEFORE = re.compile(r"(?:\b[A-ZÀ-ÖØ-Þ][\w'’.-]{0,30} ){1,4}$")
_BEFORE_REACH: Final = 90
_GENERAL: Final = frozenset(
    "a an the this that these our my your his her their every each any some no one in on at to"
    " for from of and or but by"
    " with when if as it is was after before what which intensive care stroke dependency high coronary emergency"
    " assessment medical surgical neonatal paediatric pediatric maternity acute burns renal psychiatric general"
    " children's children’s women's labour labor delivery recovery day surgery isolation closed locked short stay"
    " admissions admission oncology cardiology geriatric geriatrics trauma orthopaedic orthopedic observation private"
    " public male female mental health rehabilitation rehab respiratory infectious diseases cardiac critical palliative"
    " dialysis research teaching nursing special baby step down post new old university community district county"
    " national regional field city local royal memory outpatient inpatient antenatal postnatal fertility eating"
    " disorders disorder mother hepatology gastroenterology neurology dementia older people's elderly clinical trials"
    " student head ethics dental eye hiv pain diabetes walk-in sexual travel major minor injury injuries home virtual"
    " residential secure forensic".split()
)


def _named_places(text: str, _: Windows) -> Iterator[Identifier]:
    """'the Aldous Ward', but not 'the Stroke Unit': one of the words before it is a name."""
    for match in _LOCALITY.finditer(text):
        words = _BEFORE.search(text, max(0, match.start() - _BEFORE_REACH), match.start())
        if words:
            named = [word.start() for word in re.finditer(r"\S+", words[0]) if word[0].lower() not in _GENERAL]
            if named:
                yield Identifier(Kind.PLACE, words.start() + named[0], match.end())


_TITLE: Final = (
    r"(?:(?i:mr|mrs|ms|mx|dr|drs|prof)\b\.?|Miss|MISS|Mister|Madam|Herr|Frau|Fräulein|Monsieur"
    r"|Madame|Mme|Mlle|Señora?|Señorita"
    r"|Sra?\.|Srta\.|Signora?|Sig\.|Dra\.?|Dott\.?(?:ssa)?|Senhora?|Mevrouw|Meneer|Pani|Hr\.|Fr\.|Fru)"
)
_ROLE: Final = (
    r"(?:Professor|PROFESSOR|Doctor|DOCTOR|Sister|SISTER|Nurse|NURSE|Matron|Father|Rev\.?"
    r"|Reverend|Sir|Dame|Lady|Lord|Rabbi|Imam"
    r"|Pastor|Vicar|Captain|Major|Colonel|Sergeant|Sgt|Constable|PC|DC|Inspector|Judge|Justice"
    r"|Auntie|Aunty|Aunt|Uncle|Midwife"
    r"|Chaplain|Consultant|Registrar|Brother|Don|Doña)"
)
_PARTICLES: Final = (
    r"(?:(?:de|da|do|dos|van|von|der|den|del|della|la|le|di|du|bin|ibn|al|el|ter|ten|zu|zur|of)[ -]){0,3}"
)
_SURNAME: Final = (
    rf"(?P<name>(?:{_TITLE}\s{{1,3}})?(?:[A-Z]\.\s?){{0,3}}(?i:{_PARTICLES})(?:[OD]['’])?[A-ZÀ-ÖØ-Þ][\w'’-]{{1,40}}"
    r"(?: [A-ZÀ-ÖØ-Þ][\w'’-]{1,40})?|[A-Z](?:-[A-Z])?(?![\w'’])\.?)"
)
_TITLED: Final = re.compile(rf"\b(?:{_TITLE}|{_ROLE})\s{{1,3}}{_SURNAME}")
_NO_NAMES: Final = frozenset(
    "i a an the this that these those it he she we you they his her their our your my its who"
    " what why how when where if"
    " in on at of and or but as so no not yes is was are were did do does had has have can could would should will may"
    " might must then there here now to from for with without after before because although one nobody somebody some"
    " everybody everyone all any each every other others another more most only also just still even never always"
    " practitioner manager specialist consultant educator leader prescriber general emeritus act ward unit google who"
    " jekyll strangelove without on-call monday tuesday wednesday thursday friday saturday"
    " sunday january february march"
    " april june july august september october november december christmas easter god".split()
)


def _is_name(match: re.Match[str]) -> bool:
    first = re.split(r"[\s.]", match["name"].strip())[0].strip("'’.-")
    return first.lower() not in _NO_NAMES and not (len(first) == 1 and first == "I")


_INITIALS: Final = (
    re.compile(r"(?<![\w.])(?:[A-Z]\.\s?){2,3}(?!\s?[A-Z][a-z]|\w)"),
    re.compile(r"\b[A-Z]{2,3}(?=,? (?:on|in|from|at) (?:the )?(?i:ward|bed|bay|room|side room|cubicle|chair)\b)"),
    re.compile(r"\b[Pp]atient (?P<mark>[A-Z]{2,3})\b"),
    re.compile(r"\b[A-Z]{2,3}(?=,? (?:a |an )?(?:\d\d[- ]?(?:year|yo|y/o|M\b|F\b)))"),
)
_NO_INITIALS: Final = frozenset(
    "US UK USA EU UN AM PM MD RN BC AD DC NB IV NG ID BP GP HIV DNR DNAR ICU ITU HDU MRI CT ED"
    " ER QA PALS CPR NHS HR OT PT"
    " TB UTI MI AF CPAP COPD IM SC PO PR PRN TTO EPR EHR AI ECG EEG NICU PICU MDT FY ST SHO HCA"
    " GMC NMC DOB RIP PS".split()
)


def _is_somebody(match: re.Match[str]) -> bool:
    return "".join(filter(str.isalpha, match.groupdict().get("mark") or match[0])) not in _NO_INITIALS


SEARCHES: Final[tuple[Search, ...]] = (
    by_digits(Kind.DATE, *_DATES),
    by_digits(Kind.DAY, *_DAYS),
    anywhere(Kind.AGE, *_AGES),
    by_digits(Kind.AGE, _LETTERED, where=_is_no_fever),
    by_digits(Kind.ADDRESS, *_ADDRESSES),
    anywhere(Kind.ADDRESS, *_UNNUMBERED),
    anywhere(Kind.PLACE, *_PLACES),
    _named_places,
    anywhere(Kind.NAME, _TITLED, where=_is_name),
    anywhere(Kind.NAME, *_INITIALS, where=_is_somebody),
)
"""In order: of two that mark the same words, the first names their kind."""
