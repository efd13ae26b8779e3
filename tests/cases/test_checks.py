"""The checker: bytes, images, citations, advice, and what only shows across files."""

from pathlib import Path

import pytest

from ethics.cases.checks import Around, case_files, check, check_files
from ethics.cases.findings import Finding
from ethics.cases.format import MAX_BYTES
from ethics.cases.images import Image, uses
from tests.cases.texts import BODY, FRONT, PATH, VOCABULARY, checked

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
DOCS = Path(__file__).parents[2] / "docs" / "case-format.md"


def codes(findings: tuple[Finding, ...], letter: str = "E") -> list[str]:
    return [finding.code for finding in findings if finding.code.startswith(letter)]


def check_bytes(data: bytes, path: Path = PATH) -> list[tuple[str, int, int]]:
    return [(f.code, f.line, f.column) for f in check(data, path=path, vocabulary=VOCABULARY) if f.severity == "error"]


def test_a_finding_reads_as_one_line() -> None:
    found = checked(front=FRONT.replace("principles: ", "principles: autonmy, "))
    assert [str(finding) for finding in found if finding.severity == "error"] == [
        "cases/short-count.md:4:13: E012 unknown principle 'autonmy'; did you mean 'autonomy'?"
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (FRONT.encode() + b"caf\xe9", ("E002", 9, 4)),
        ((FRONT + "ab\x00c").encode(), ("E003", 9, 3)),
        ((FRONT + "ab\u2028## Debrief").encode(), ("E003", 9, 3)),
        ((FRONT + "ab\x0cc").encode(), ("E003", 9, 3)),
        ((FRONT + "ab\x85c").encode(), ("E003", 9, 3)),
        (FRONT.encode() + b"\xed\xa0\x80", ("E002", 9, 1)),
        (FRONT.encode("utf-16"), ("E002", 1, 1)),
        (b"x" * (MAX_BYTES + 1), ("E004", 1, 1)),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_place(data: bytes, expected: tuple[str, int, int]) -> None:
    assert check_bytes(data) == [expected]


@pytest.mark.parametrize("name", ["Short Count.md", "short_count.md", "shört.md", "-short.md", "short.txt"])
def test_a_name_that_cannot_be_an_address_is_refused(name: str) -> None:
    assert check_bytes((FRONT + BODY).encode(), Path(name))[0] == ("E005", 1, 1)


def test_a_byte_order_mark_is_only_worth_a_hint() -> None:
    plain, marked = checked(), checked(front="\ufeff" + FRONT)
    assert [f for f in marked if f.code == "W001"] == [
        Finding(PATH, 1, 1, "W001", "the file begins with a byte-order mark", "save it as UTF-8 without one")
    ]
    assert [f for f in marked if f.code != "W001"] == list(plain)


def test_images_need_a_file_a_text_and_a_place_in_the_folder() -> None:
    body = BODY.replace(
        "Nadia closes the cupboard.",
        "Nadia.\n\n![A shelf](shelf.png) ![](shelf.png) ![x](gone.png) ![y](https://e.org/a.png) ![z](big.png)\n\n"
        "`![code](nothing.png)`",
    )
    images = ([Image("shelf.png", "image/png", PNG)], [Path("big.png")])
    found = check((FRONT + body).encode(), path=PATH, vocabulary=VOCABULARY, images=images)
    assert [(f.code, f.line, f.column) for f in found if f.severity == "error"] == [
        ("E043", 1, 1),
        ("E041", 15, 23),
        ("E040", 15, 38),
        ("E042", 15, 53),
    ]


def test_citations_and_references_answer_each_other() -> None:
    assert codes(checked(), "W015") == ["W015"]
    cited = BODY.replace("Nadia closes", "As shown [who2021], Nadia closes")
    assert codes(checked(cited), "W015") == []
    found = [f for f in checked(BODY.replace("Nadia closes", "As [nice2020] says, Nadia closes")) if f.code == "E044"]
    assert [(f.line, f.column) for f in found] == [(13, 4)]


def test_inline_html_is_worth_a_hint() -> None:
    assert [
        (f.line, f.column) for f in checked(BODY.replace("Nadia closes", "<b>Nadia</b> closes")) if f.code == "W002"
    ] == [(13, 1)]


def test_lengths_and_missing_parts_are_advice() -> None:
    bare = checked("Opening.\n\n## Tuesday\n\nText.\n")
    assert codes(bare) == []
    assert sorted(set(codes(bare, "W"))) == ["W010", "W011", "W012", "W013", "W014", "W016", "W017", "W018"]


def test_a_vignette_is_short() -> None:
    front = FRONT.replace("status:", "kind: vignette\nstatus:")
    body = f"{'word ' * 100}\n\n## Tuesday\n\n{'word ' * 60}\n"
    assert [code for code in codes(checked(body, front=front), "W") if code in {"W010", "W011", "W012"}] == []


def test_a_folder_is_checked_whole(tmp_path: Path) -> None:
    for name in ("one.md", "two.md"):
        (tmp_path / name).write_text(FRONT + BODY)
    (tmp_path / "README.md").write_text("# Not a case\n")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "notes.docx").write_text("no image")
    found = check_files([tmp_path], vocabulary=VOCABULARY)
    assert [(f.path.name, f.code, f.line, f.column) for f in found if f.severity == "error"] == [
        ("one.md", "E043", 1, 1),
        ("two.md", "E051", 2, 8),
    ]
    assert [path.name for path in case_files(tmp_path)] == ["one.md", "two.md"]


def test_one_name_in_two_folders_is_an_error(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.md").write_text(FRONT + BODY)
    found = check_files([tmp_path / "a", tmp_path / "b"], vocabulary=VOCABULARY)
    assert [(f.path.parent.name, f.code) for f in found if f.severity == "error"] == [("b", "E050"), ("b", "E051")]


def test_a_file_that_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    assert [f.code for f in check_files([tmp_path], vocabulary=VOCABULARY)] == ["E001"]


def in_stage(text: str, code: str, *, around: Around | None = None) -> list[tuple[int, int, str]]:
    """What the checker says with this code about a text in the first stage (line 13): line, column, what to do."""
    body = BODY.replace("Nadia closes the cupboard.", text)
    data = (FRONT + body).encode()
    found = check(data, path=PATH, vocabulary=VOCABULARY, around=around or Around())
    return [(f.line, f.column, f.suggestion) for f in found if f.code == code]


@pytest.mark.parametrize(
    ("text", "column", "mend"),
    [
        ("See [there](#tuesday).", 13, "headings cannot be linked to; name the part in words"),
        ("See [it](long-count.md).", 10, "write /cases/long-count"),
        ("See [it](shelf.png).", 10, "put '!' before the square brackets to show the picture: ![…](shelf.png)"),
        ("See [it](www.example.org).", 10, "write the whole address, https://…"),
        ("See [it](javascript:1).", 10, "write the whole address, https://…"),
        ("See [it](//example.org).", 10, "write the whole address, https://…"),
        ("See [it]().", 10, "write the whole address, https://…"),
        ("See [it][a].\n\n[a]: #later", 6, "headings cannot be linked to; name the part in words"),
    ],
)
def test_a_link_that_leads_nowhere_is_named_where_its_target_stands(text: str, column: int, mend: str) -> None:
    assert in_stage(text, "E046") == [(15 if "\n" in text else 13, column, mend)]


@pytest.mark.parametrize(
    "text",
    [
        "See [it](https://example.org/a_(b)) and [mail](mailto:ana@clinic.example).",
        "See [it](/about), [the reference](#ref-who2021) and <https://example.org>.",
        "`[code](#nowhere)` and\n\n```\n[more](nowhere)\n```\n",
        "See [it][a].\n\n[a]: https://example.org",
        "[who2021] [who2021]",
    ],
)
def test_a_link_that_leads_somewhere_is_left_alone(text: str) -> None:
    assert in_stage(text, "E046") == []


def test_a_link_to_another_case_needs_that_case() -> None:
    here = Around(slugs={"short-count", "long-count"})
    text = "See [it](/cases/lang-count) and [it](/cases/long-count#ref-who2021) and [all](/cases/)."
    assert in_stage(text, "W020", around=here) == [(13, 10, "did you mean 'long-count'?")]
    assert in_stage(text, "W020") == []


def test_a_case_is_not_its_own_alternative() -> None:
    front = FRONT.replace("status:", "alternative: short-count\nstatus:")
    assert [(f.line, f.column) for f in checked(front=front) if f.code == "E013"] == [(7, 14)]


def test_a_footnote_has_its_text_where_its_sign_is() -> None:
    entry = BODY.replace("if you were Omar?", "if you were Omar?[^1]\n\n   [^1]: A nurse.")
    assert [f.line for f in checked(entry) if f.code == "E047"] == []
    apart = BODY.replace("if you were Omar?", "if you were Omar?[^1]\n\n[^1]: A nurse.")
    assert [(f.line, f.suggestion) for f in checked(apart) if f.code == "E047"] == [
        (37, "write '[^1]: …' in the same entry, indented")
    ]
    elsewhere = BODY.replace("Nadia closes", "Nadia[^1] closes").replace(
        "He has covered", "[^1]: Here.\n\nHe has covered"
    )
    assert [(f.line, f.column) for f in checked(elsewhere) if f.code == "E047"] == [(13, 6)]


def test_an_image_may_be_defined_further_down() -> None:
    text = "![A shelf][shelf] ![][shelf] ![shelf]\n\n[shelf]: shelf.png"
    assert [use.target for use in uses(text)] == ["shelf.png"] * 3
    assert in_stage(text, "E041") == [(13, 19, "say in the square brackets what one would miss who cannot see it")]
    assert in_stage(text, "E046") == []


def test_what_could_identify_somebody_is_named_but_not_in_references() -> None:
    said = "make sure that it is invented and belongs to nobody"
    assert in_stage("Her MRN is 4471902; she is 94.", "W019") == [(13, 12, said)]
    body = BODY.replace("Medication without harm. 2021.", "12 March 2021. Tel. 020 7219 4272.")
    body = body.replace("Keep an hour.", "In force since 1 April 2024.")
    assert [f for f in checked(body) if f.code == "W019"] == []
