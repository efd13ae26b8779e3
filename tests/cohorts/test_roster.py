"""Class lists as schools export them: what is read, and what a plan makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ethics import vocabulary
from ethics.cohorts.models import CohortRole
from ethics.cohorts.roster import MOST_BYTES, MOST_LINES, Known, Line, Member, Unreadable, decode, parse, plan

VOCABULARY = vocabulary.load()
NOBODY = Known({}, ())


def members(*found):
    return {member.email: member for member in found}


def member(name, role=CohortRole.STUDENT, *, profession=None, gone=False, group=None):
    email = f"{name.split()[0].lower()}@school.example"
    return Member(hash(name) % 1000, hash(name) % 1000, email, name, role, profession, gone, group)


def problems(text, known=NOBODY):
    return [
        (found.line, found.code, found.value, found.hint) for found in plan(parse(text), known, VOCABULARY).problems
    ]


def lines(text):
    return [(line.number, line.name, line.email) for line in parse(text).lines]


# Reading


def test_columns_stand_in_any_order_and_case():
    sheet = parse("EMAIL, Tutor ,full name,Phone,Programme,Team\na@x.org,t@x.org,Ana Duarte,1,Nurse,North\n")

    assert sheet.lines == (Line(2, "Ana Duarte", "a@x.org", "Nurse", "North", ("t@x.org",)),)
    assert (sheet.source, sheet.unread, sheet.names_groups) == ("csv", ("Phone",), True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_three_delimiters_and_line_breaks_in_quotes(delimiter):
    rows = [("Name", "Email"), ('"Ana\r\nDuarte"', "a@x.org"), (), ('"Ben ""B"" Hallam"', "b@x.org")]
    text = "\r\n".join(delimiter.join(row) for row in rows)

    assert lines(text) == [(2, "Ana Duarte", "a@x.org"), (5, 'Ben "B" Hallam', "b@x.org")]


def test_the_line_in_which_excel_names_its_delimiter_is_skipped_and_counted():
    assert lines("sep=;\nName;Email\nAna;a@x.org\n") == [(3, "Ana", "a@x.org")]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8 and no accents"]
)
def test_every_encoding_that_spreadsheets_write(encoding):
    name = "Ana" if encoding.endswith("accents") else "Lucía Müller"
    data = f"Name,Email\n{name},a@x.org\n".encode(encoding.split()[0])

    assert lines(decode(data)) == [(2, name, "a@x.org")]


def test_canvas():
    sheet = parse(
        "Student,ID,SIS User ID,SIS Login ID,Section,Quiz 1 (23)\n"
        "    Points Possible,,,,,10.00\n"
        '"Duarte, Ana",11,s1,ana@x.org,XC 101,8.00\n'
        '"Hallam, Ben",12,s2,bhallam3,XC 101,7.00\n'
        '"Student, Test",13,,0ff1ce,XC 101,\n'
    )

    assert (sheet.source, sheet.unread) == ("canvas", ("ID", "SIS User ID", "Quiz 1 (23)"))
    assert [(line.number, line.name, line.email, line.group) for line in sheet.lines] == [
        (3, "Ana Duarte", "ana@x.org", "XC 101"),
        (4, "Ben Hallam", "bhallam3", "XC 101"),
    ]
    assert [(found.line, found.code) for found in plan(sheet, NOBODY, VOCABULARY).problems] == [(4, "bad-address")]


@pytest.mark.parametrize("last", ["Last name", "Surname"])
def test_moodle(last):
    text = f'First name,{last},"Email address",Groups\nAna,Duarte,a@x.org,Group 1\nBen,Hallam,b@x.org,"Group 1, Lab"\n'

    assert parse(text).source == "moodle"
    assert lines(text) == [(2, "Ana Duarte", "a@x.org"), (3, "Ben Hallam", "b@x.org")]
    assert problems(text) == [(3, "several-groups", "Group 1, Lab", "")]
    assert problems(text, Known({})) == []


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "roster-empty", None),
        (" \n\n", "roster-empty", None),
        ("Ana,a@x.org\n", "roster-no-addresses", None),
        ("Email,Group\na@x.org,1\n", "roster-no-names", None),
        ("Name,Email,Mail\n", "roster-column-twice", 1),
        ('Name,Email\n"Ana,a@x.org\nBen,b@x.org\n', "roster-quotes", 2),
        ('Name,Email\nAna,a@x.org\n"Ben" x,b@x.org\n', "roster-quotes", 3),
        ("Name,Email\n" + "Ana,a@x.org\n" * (MOST_LINES + 1), "roster-too-long", MOST_LINES + 2),
        ("Name,Email\n" + "é" * MOST_BYTES, "roster-too-large", None),
    ],
)
def test_what_is_no_list_of_people(text, code, line):
    with pytest.raises(Unreadable) as refusal:
        parse(text)
    assert (refusal.value.code, refusal.value.line) == (code, line)


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["Name", "Email", "Group", "Tutor", "Profession", ",", ";", "\t", "\n", '"', "a@x.org", "nursing"]),
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_text_is_too_strange_to_be_answered(text):
    try:
        sheet = parse(text)
    except Unreadable:
        return
    made = plan(sheet, NOBODY, VOCABULARY)
    assert len(made.steps) + len({found.line for found in made.problems}) == len(sheet.lines)


@given(st.binary(max_size=200))
def test_no_file_is_too_strange_to_be_decoded(data):
    assert isinstance(decode(data), str)


# Judging


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Ana;;;;", (2, "no-address", "", "")),
        ("Ana;ana at school;;;", (2, "bad-address", "ana at school", "")),
        (";a@x.org;;;", (2, "no-name", "", "")),
        ("N" * 201 + ";a@x.org;;;", (2, "name-too-long", "N" * 60, "")),
        ("Ana;a@x.org;nursin;;", (2, "unknown-profession", "nursin", "Nursing")),
        ("Ana;a@x.org;astrology;;", (2, "unknown-profession", "astrology", "")),
        ("Ana;a@x.org;;" + "G" * 81 + ";", (2, "group-too-long", "G" * 60, "")),
        ("Ana;a@x.org;;Group 1;Ines", (2, "bad-tutor", "Ines", "")),
        ("Ana;a@x.org;;;t@x.org", (2, "tutor-without-group", "t@x.org", "")),
        ("Ana;a@x.org;;Group 1;a@x.org", (2, "tutor-too", "a@x.org", "2")),
        ("Ines;ines@school.example;;;", (2, "is-faculty", "ines@school.example", "")),
        ("Jo;jo@school.example;;;", (2, "was-faculty", "jo@school.example", "")),
        ("Eva;eva@x.org;;Group 1;dee@school.example", (2, "tutor-is-student", "dee@school.example", "")),
    ],
)
def test_what_is_wrong_with_a_line(line, expected):
    known = Known(
        members(
            member("Ines Brandt", CohortRole.TUTOR),
            member("Jo Marsh", CohortRole.TUTOR, gone=True),
            member("Dee Okafor"),
        ),
        (),
    )
    text = f"Name;Email;Profession;Group;Tutor\n{line}\n"

    assert problems(text, known) == [expected]
    assert plan(parse(text), known, VOCABULARY).steps == ()


def test_the_second_of_two_lines_with_one_address_is_wrong():
    assert problems("Name,Email\nAna,a@x.org\nAna,A@X.org\n") == [(3, "twice", "a@x.org", "2")]


def test_every_problem_of_a_line_is_told():
    assert [code for _, code, _, _ in problems("Name,Email,Profession\n,nothing,nursin\n")] == [
        "bad-address",
        "no-name",
        "unknown-profession",
    ]


def test_what_becomes_of_everybody():
    known = Known(
        members(
            member("Ana Duarte", profession="nursing", group="Group 1"),
            member("Ben Hallam", group="Group 1"),
            member("Chi Tran", gone=True, group="Group 2"),
            member("Dee Okafor"),
            member("Ines Brandt", CohortRole.TUTOR),
            member("Helen Ashworth", CohortRole.DIRECTOR),
        ),
        ("Group 1", "Group 2"),
        frozenset({("Group 1", "ines@school.example")}),
    )
    made = plan(
        parse(
            "Name;Email;Profession;Group;Tutor\n"
            "Anna;ana@school.example;Midwife;GROUP 1;ines@school.example\n"
            "Ben;ben@school.example;;Group 2;ines@school.example;\n"
            "Chi;chi@school.example;;;\n"
            'Eva;eva@school.example;;Group 3;"Kit Ames <kit@x.org>; helen@school.example"\n'
        ),
        known,
        VOCABULARY,
    )

    assert [(step.name, step.kind, step.changed, step.moved, step.group) for step in made.steps] == [
        ("Ana Duarte", "kept", True, False, "Group 1"),
        ("Ben Hallam", "kept", False, True, "Group 2"),
        ("Chi Tran", "returned", False, False, "Group 2"),
        ("Eva", "added", False, True, "Group 3"),
    ]
    assert made.new_groups == ("Group 3",)
    assert [(tutor.email, tutor.name) for tutor in made.new_tutors] == [("kit@x.org", "Kit Ames")]
    assert made.taught == (("Group 2", "ines@school.example"), ("Group 3", "kit@x.org"))
    assert made.directors == ("Helen Ashworth",)
    assert [absent.name for absent in made.absent] == ["Dee Okafor"]
    assert made.problems == ()


def test_a_tutor_without_a_name_is_called_by_the_address():
    made = plan(parse("Name;Email;Group;Tutor\nAna;a@x.org;1;ines.brandt@x.org\n"), NOBODY, VOCABULARY)

    assert [tutor.name for tutor in made.new_tutors] == ["Ines Brandt"]


def test_groups_and_tutors_are_left_alone_without_a_set():
    made = plan(parse("Name;Email;Group;Tutor\nAna;a@x.org;1;nobody\n"), Known({}), VOCABULARY)

    assert (made.new_groups, made.new_tutors, made.problems) == ((), (), ())
    assert [(step.group, step.moved) for step in made.steps] == [(None, False)]


def test_who_comes_in_without_a_group_goes_into_the_smallest():
    known = Known(
        members(
            member("Ana Duarte", profession="nursing", group="Group 1"),
            member("Ben Hallam", profession="medicine", group="Group 2"),
            member("Chi Tran", group="Group 2", gone=True),
            member("Dee Okafor"),
        ),
        ("Group 1", "Group 2"),
    )
    text = "Name;Email;Profession;Group\nEva;e@x.org;Medicine;\nFay;f@x.org;;\nGil;g@x.org;;Group 3\n"
    made = plan(parse(text + "Hal;h@x.org;;\nDee;dee@school.example;;\n"), known, VOCABULARY)

    assert [(step.name, step.group, step.late) for step in made.steps] == [
        ("Eva", "Group 2", True),
        ("Fay", "Group 1", True),
        ("Gil", "Group 3", False),
        ("Hal", "Group 3", True),
        ("Dee Okafor", None, False),
    ]
    assert made.late == 3
    assert plan(parse(text), Known(known.members, ()), VOCABULARY).late == 0


def test_the_digest_is_of_what_is_done():
    text = "Name,Email,Profession\nAna,ana@school.example,nursing\nBen,ben@x.org,\n"
    plain, again = (plan(parse(text), NOBODY, VOCABULARY) for _ in range(2))
    other = plan(parse(text), Known(members(member("Ana Duarte")), ()), VOCABULARY)

    assert plain.digest == again.digest
    assert plain.digest != other.digest


NAMES = st.sampled_from(["Ana", "Ben", "Chi", "Dee", "Eva", "Fay"])
ROWS = st.lists(
    st.tuples(NAMES, st.sampled_from(["", "nurse", "Medicine"]), st.sampled_from(["", "North", "north", "South"])),
    max_size=8,
)


@given(before=ROWS, rows=ROWS)
def test_what_was_done_is_not_done_again(before, rows):
    known = Known(
        members(
            *(
                member(name, profession="nursing" if work else None, group=group.title() or None)
                for name, work, group in before
            )
        ),
        ("North", "South"),
    )
    text = "Name;Email;Profession;Group\n" + "".join(
        f"{name};{name.lower()}@school.example;{work};{group}\n" for name, work, group in rows
    )
    first = plan(parse(text), known, VOCABULARY)
    after = dict(known.members)
    for step in first.steps:
        after[step.email] = member(step.name, profession=step.profession, group=step.group)
    again = plan(parse(text), Known(after, (*(known.groups or ()), *first.new_groups)), VOCABULARY)

    assert again.is_empty
    assert again.problems == first.problems
