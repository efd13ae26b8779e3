"""The front matter: what is read, what is refused, and where exactly."""

from datetime import date

import pytest

from ethics.cases.front import Front, Person
from ethics.cases.models import Status
from tests.cases.texts import BODY, FRONT, errors, parsed

ROLES = "patient, family, clinician, student, other, decides, difficult, expert"
NEEDED = "title: Short count\nsummary: Tablets are missing.\nprinciples: autonomy\n"


def front(text: str) -> Front:
    case = parsed(front=f"---\n{text}---\n")
    assert errors(case) == []
    assert case.front is not None
    return case.front


def wrong(text: str) -> list[tuple[str, int, int, str]]:
    case = parsed(front=f"---\n{text}---\n")
    return [(f.code, f.line, f.column, f.suggestion) for f in case.findings if f.severity == "error"]


def test_title_summary_and_one_principle_are_enough() -> None:
    found = front(NEEDED)
    assert (found.title, found.summary, found.principles) == ("Short count", "Tablets are missing.", ("autonomy",))
    assert (found.status, found.kind, found.self_study, found.level, found.minutes) == (
        *(Status.DRAFT, "case", False, None, None),
    )


def test_lists_are_written_with_commas_or_as_lists_and_terms_in_any_case() -> None:
    commas = front(NEEDED + "also: Non-maleficence, JUSTICE\n")
    lists = front(NEEDED + "also:\n  - non maleficence\n  - Justice\n")
    assert commas.also == lists.also == ("nonmaleficence", "justice")


def test_every_key_is_read() -> None:
    found = front(
        NEEDED
        + "also: justice\ntensions: autonomy vs justice\ntopics: consent, capacity\nprofessions: Nurse, medicine\n"
        "setting: Hospital ward\nlevel: Introductory\nminutes: 50\ncompetencies: IPEC-2023:VE3\n"
        "frameworks: four box, dilemma\nauthors: A. Author (0000-0002-1825-0097), B. Author\nlicense: CC-BY-4.0\n"
        "status: published\npeople: Rosa (clinician), Daniel (patient, decides, difficult)\nkind: vignette\n"
        "provenance: composite\ncontent_notes: death of a child, self-harm\nlanguage: en-GB\njurisdiction: England\n"
        "review_by: 2027-05-01\nalternative: other-case\nself_study: yes\ncitation: Us, 2026\n"
    )
    assert found.model_dump() == {
        "title": "Short count",
        "summary": "Tablets are missing.",
        "principles": ("autonomy",),
        "also": ("justice",),
        "tensions": (("autonomy", "justice"),),
        "topics": ("consent", "capacity"),
        "professions": ("nursing", "medicine"),
        "setting": "inpatient",
        "level": "introductory",
        "minutes": 50,
        "competencies": ("ipec-2023:VE3",),
        "frameworks": ("four-box", "dilemma"),
        "authors": ("A. Author (0000-0002-1825-0097)", "B. Author"),
        "license": "CC-BY-4.0",
        "status": Status.PUBLISHED,
        "people": (
            Person(name="Rosa", roles=("clinician",)).model_dump(),
            Person(name="Daniel", roles=("patient", "decides", "difficult")).model_dump(),
        ),
        "kind": "vignette",
        "provenance": "composite",
        "content_notes": ("death of a child", "self-harm"),
        "language": "en-GB",
        "jurisdiction": "England",
        "review_by": date(2027, 5, 1),
        "alternative": "other-case",
        "self_study": True,
        "citation": "Us, 2026",
    }


@pytest.mark.parametrize("title", ["no", "1:30", "012", "2026-11-22", "~"])
def test_a_title_stays_what_its_author_wrote(title: str) -> None:
    assert front(NEEDED.replace("Short count", title)).title == title


def test_invisible_characters_leave_a_title() -> None:
    assert front(NEEDED.replace("Short count", "Short\u202e count\u200b")).title == "Short count"


@pytest.mark.parametrize(
    ("line", "code", "column", "suggestion"),
    [
        ("also: autonmy", "E012", 7, "did you mean 'autonomy'?"),
        ("also: justice, autonmy", "E012", 16, "did you mean 'autonomy'?"),
        ("also: consent", "E012", 7, "it is a topic: write it under 'topics'"),
        ("topics: zebra", "E012", 9, "a school can add its own terms in cases/vocabulary/"),
        ("setting: wrad", "E012", 10, "did you mean 'inpatient'?"),
        ("tension: autonomy vs justice", "E010", 1, "did you mean 'tensions'?"),
        ("Minutes: 5", "E010", 1, "did you mean 'minutes'?"),
        ("xyzzy: 5", "E010", 1, "take it out, or see the list of keys"),
        ("also: justice, Justice", "E016", 16, "keep one of the two"),
        ("also: justice, veracity, fidelity, privacy, dignity", "E014", 45, "keep those that really pull"),
        ("tensions: autonomy", "E015", 11, "write 'autonomy vs beneficence'"),
        ("tensions: autonomy vs autonomy", "E015", 11, "name two principles"),
        ("tensions: autonomy vs justice", "E015", 23, "add it to 'also'"),
        ("level: hard", "E013", 8, ""),
        ("minutes: fifty", "E013", 10, ""),
        ("minutes: 0x20", "E013", 10, ""),
        ("minutes: 3", "E013", 10, ""),
        ("status: publishd", "E013", 9, "did you mean 'published'?"),
        ("self_study: maybe", "E013", 13, ""),
        ("review_by: May", "E013", 12, ""),
        ("language: klingon!", "E013", 11, "write a code such as 'en' or 'pt-BR'"),
        ("level: [hard]", "E013", 8, "write one line of text"),
        ("also: {a: b}", "E013", 7, "write the values with commas between them"),
        ("also: [[a]]", "E013", 8, "write one value a line"),
        (
            *("people: Rosa (boss)", "E013", 15),
            f"roles are {ROLES}",
        ),
    ],
)
def test_a_wrong_value_is_named_at_its_place_and_left_out(line: str, code: str, column: int, suggestion: str) -> None:
    assert wrong(NEEDED + line + "\n") == [(code, 5, column, suggestion)]
    case = parsed(front=f"---\n{NEEDED}{line}\n---\n")
    assert case.front is not None
    assert case.front.title == "Short count"


def test_three_principles_cannot_lead() -> None:
    assert wrong(NEEDED.replace("autonomy", "autonomy, justice, veracity")) == [
        ("E014", 4, 32, "move the others to 'also'")
    ]


def test_a_status_that_cannot_be_read_leaves_a_draft() -> None:
    case = parsed(front=FRONT.replace("published", "publishd"))
    assert case.front is not None
    assert case.front.status == Status.DRAFT


@pytest.mark.parametrize("key", ["title", "summary"])
def test_without_title_or_summary_there_is_no_case(key: str) -> None:
    lines = [line for line in NEEDED.splitlines(keepends=True) if not line.startswith(key)]
    case = parsed(front=f"---\n{''.join(lines)}---\n")
    assert (case.front, case.segments, errors(case)) == (None, (), [("E011", 1)])


@pytest.mark.parametrize("value", ["", "principles:\n"])
def test_without_principles_there_is_an_error(value: str) -> None:
    assert [found[0] for found in wrong(NEEDED.replace("principles: autonomy\n", value))] == ["E011"]


@pytest.mark.parametrize(
    ("text", "code", "place", "suggestion"),
    [
        (f"---\n{NEEDED}", "E006", (1, 1), "close it with a line of three dashes: ---"),
        ("Once upon a time.\n", "E006", (1, 1), "begin the file with a line of three dashes: ---"),
        ("", "E006", (1, 1), "begin the file with a line of three dashes: ---"),
        ("---\ntitle: Short count: a case\n---\n", "E008", (2, 19), 'put it in quotes: title: "Short count: a case"'),
        ("---\ntitle: *a\n---\n", "E008", (2, 8), 'put it in quotes: title: "*a"'),
        ("---\ntitle: a\ntitle: b\n---\n", "E008", (3, 1), "keep one of the two"),
        ("---\njust words\n---\n", "E008", (2, 1), "write 'title: …'"),
        (f"---\n# {'x' * 17_000}\n---\n", "E007", (2, 1), "move text into the body"),
    ],
)
def test_a_front_matter_that_cannot_be_read_leaves_no_case(
    text: str, code: str, place: tuple[int, int], suggestion: str
) -> None:
    case = parsed("", front=text)
    first = next(found for found in case.findings if found.code == code)
    assert case.front is None
    assert case.segments == ()
    assert ((first.line, first.column), first.suggestion) == (place, suggestion)


def test_the_body_is_checked_even_if_the_front_matter_cannot_be_read() -> None:
    case = parsed(BODY + "\n## Debrief\n\nAgain.\n", front="---\ntitle: *a\n---\n")
    assert errors(case) == [("E008", 2), ("E028", 46)]
