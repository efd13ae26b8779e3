"""The form is a view of the text: nothing is lost, and a changed field changes its own piece alone."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethics.cases.format import parse
from ethics.cases.pieces import FormError
from ethics.cases.source_form import fill_in, form_of, rearrange, replace_text, shown_text
from tests.cases.texts import BODY, FRONT, PATH, VOCABULARY
from tests.house import ROOT

CASES = sorted((ROOT / "cases").glob("*.md"))
CASE = FRONT + BODY

LINES = [
    "---",
    "title: Short count",
    'title: "Short: count"  # a colon',
    "summary: >\n  Two lines\n  of it",
    "principles: [autonomy, 'justice']",
    "also:\n- nonmaleficence  # why\n- veracity",
    "topics:\n  - consent\n  # a comment between\n  - capacity",
    "tensions: autonomy vs justice, autonomy against all",
    "people: Rosa (clinician), Daniel (patient, decides)",
    "authors: ['Lind, Eva', Omar]",
    "# a comment",
    "unknown: {a: 1}",
    "level: Introductory",
    "self_study: true",
    "",
    "",
    "   ",
    "Two tablets are missing.",
    "for the third time,  ",
    "| a | b |",
    "## Tuesday, 16:10",
    "## Tuesday ##",
    "##   Wednesday\t",
    "### Perspective: Omar",
    "### Exhibit:A form",
    "### Decision: What now?",
    "### For facilitators",
    "### Something else",
    "- Speak {#speak}",
    "- Report\n  it again",
    "1. Whose trust?",
    "2) Who else?\n   And why?\n\n   - a list",
    "* starred",
    "## Questions",
    "## Debrief",
    "## For facilitators",
    "## References",
    "- [who2021] World Health Organization.",
    "```",
    "> quoted",
    "Facilitator notes:",
    "\ttabbed",
]
ends = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    """What could be a case file, in any state."""
    front = draw(st.lists(st.sampled_from(LINES[1:16]), max_size=6))
    body = draw(st.lists(st.one_of(st.sampled_from(LINES), st.text(alphabet="ab#- :[]\\*é", max_size=8)), max_size=14))
    lines = "\n".join(["---", *front, "---", *body]).split("\n")
    end = draw(ends)
    mixed = draw(st.booleans())
    start = draw(st.sampled_from(["", "", "\ufeff"]))
    return (
        start + "".join(line + (draw(ends) if mixed else end) for line in lines)[: None if draw(st.booleans()) else -1]
    )


def sent(text: str) -> dict[str, list[str]]:
    """What a browser sends of the form as it stands: line ends are its own, line breaks in one-line inputs gone."""
    form = form_of(text, VOCABULARY)
    return {name: [value.replace("\n", "\r\n") for value in field.values] for name, field in form.fields.items()}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_case_goes_through_the_form_unchanged(path, end):
    text = path.read_text().replace("\n", end)

    assert fill_in(text, sent(text), VOCABULARY) == text
    assert replace_text(text, shown_text(text).replace("\n", "\r\n")) == text


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_option_question_and_reference_is_a_field(path):
    form = form_of(path.read_text(), VOCABULARY)
    case = parse(path.read_bytes(), path=path, vocabulary=VOCABULARY)
    listed = [
        len(section.items)
        for section in [*(section for stage in form.stages for section in stage.sections), *form.closing.values()]
        if section.items
    ]

    assert listed == [len(segment.items) for segment in case.segments if segment.items]
    assert [stage.heading.value for stage in form.stages] == [
        segment.heading for segment in case.segments if segment.kind == "stage"
    ]


@settings(max_examples=150, deadline=None)
@given(texts())
def test_what_is_sent_back_unchanged_is_the_same_to_the_byte(text):
    try:
        fields = sent(text)
    except FormError:
        return
    assert fill_in(text, fields, VOCABULARY) == text


@settings(max_examples=150, deadline=None)
@given(texts(), st.data())
def test_a_changed_field_changes_its_own_piece_alone(text, data):
    try:
        form = form_of(text, VOCABULARY)
    except FormError:
        return
    field = form.fields[data.draw(st.sampled_from(sorted(form.fields)))]
    changed = fill_in(text, {field.name: ["zzz quite new"]}, VOCABULARY)

    head = _same(text, changed)
    tail = _same(text[head:][::-1], changed[head:][::-1])
    line_start = max(text.rfind(end, 0, field.start) for end in "\r\n") + 1
    assert head >= min(line_start, field.start)
    rest = re.split("[\r\n]", text[field.end :], maxsplit=1)
    assert tail >= len(rest[1] if len(rest) > 1 else "") - 4 or not text[field.end :].strip()
    if field.name not in {"principles", "also", "tensions", "self_study"}:
        assert "zzz quite new" in changed


def _same(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@settings(max_examples=150, deadline=None)
@given(texts(), st.data())
def test_down_and_up_again_is_where_it_was(text, data):
    try:
        form = form_of(text, VOCABULARY)
    except FormError:
        return
    movable = [name for name, block in form.blocks.items() if block.group in {"stage"} or "option" in block.group]
    if not movable:
        return
    name = data.draw(st.sampled_from(movable))
    stem, _, number = name.rpartition("-")
    down = rearrange(text, f"{name}-down", VOCABULARY)
    if down != text and rearrange(down, f"{stem}-{int(number) + 1}-up", VOCABULARY) != text:
        # A block that holds what is withheld takes the place of one that does not, and is cut elsewhere then.
        assert any(section.is_withheld for stage in form.stages for section in stage.sections) or "```" in text


def test_what_is_said_of_an_empty_part_stands_where_one_writes_it():
    text = FRONT + (
        "\n## Tuesday\n\nShe counts.\n\n### Decision: What now?\n\n## Questions\n\n## Debrief\n\n## For facilitators\n"
    )
    form, case = form_of(text, VOCABULARY), parse(text.encode(), path=PATH, vocabulary=VOCABULARY)
    said = [(form.field_of(one), one.message) for one in case.findings if one.code == "E029"]
    assert said == [
        ("opening", "the opening is empty"),
        ("stage-1-part-1-title", "'What now?' is empty"),
        ("questions-more", "'Questions' is empty"),
        ("debrief-text", "'Debrief' is empty"),
        ("guide-text", "'For facilitators' is empty"),
    ]


@settings(max_examples=100, deadline=None)
@given(texts())
def test_as_one_field_of_markdown_it_comes_back_unchanged_too(text):
    assert replace_text(text, shown_text(text).replace("\n", "\r\n")) == text


def changed(text: str = CASE, **fields: object) -> str:
    wanted = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    return fill_in(text, {name.replace("__", "-"): value for name, value in wanted.items()}, VOCABULARY)


@pytest.mark.parametrize(
    ("fields", "before", "after"),
    [
        ({"title": "Short: count"}, "title: Short count", 'title: "Short: count"'),
        ({"title": "# 1"}, "title: Short count", 'title: "# 1"'),
        ({"topics": ["", "substance-use"]}, "", ""),
        (
            {"topics": ["", "consent", "substance-use"]},
            "topics: substance use\n",
            "topics: substance use, consent\n",
        ),
        ({"topics": [""]}, "topics: substance use\n", ""),
        ({"minutes": "40"}, "topics: substance use\n", "topics: substance use\nminutes: 40\n"),
        (
            {"authors": "Lind, Eva\r\nOmar"},
            "topics: substance use\n",
            'topics: substance use\nauthors: ["Lind, Eva", "Omar"]\n',
        ),
        (
            {"people": "Nadia (clinician)\r\nOmar (clinician, decides)"},
            "status: published\n",
            "status: published\npeople: Nadia (clinician), Omar (clinician, decides)\n",
        ),
        (
            {"tensions": ["confidentiality", "nonmaleficence", "veracity", "confidentiality", "", ""]},
            "tensions: confidentiality vs nonmaleficence",
            "tensions: confidentiality vs nonmaleficence, veracity vs confidentiality",
        ),
        ({"stage__1__heading": "Debreif"}, "## Tuesday, 16:10", "## Debreif"),
        ({"stage__1__heading": ""}, "## Tuesday, 16:10", "## A new moment"),
        ({"stage__1__part__1__title": "Omar: nurse"}, "Perspective: Omar, nurse", "Perspective: Omar: nurse"),
        ({"stage__1__part__2__option__2": ""}, "- Report the count\n", ""),
        ({"stage__1__part__2__option__1__name": ""}, " {#speak}", ""),
        ({"stage__1__part__2__option__2__name": "report"}, "the count\n", "the count {#report}\n"),
        (
            {"stage__1__part__2__more": ["", "Wait\r\nand see"]},
            "tomorrow\n",
            "tomorrow\n- Wait\n  and see\n",
        ),
        (
            {"questions__item__2": "Why?\r\n\r\n- a"},
            "What would you owe Nadia,\n   if you were Omar?",
            "Why?\n\n   - a",
        ),
        ({"questions__more": ["Who else?"]}, "Omar?\n", "Omar?\n3. Who else?\n"),
        ({"stage__2__guide": "Wait."}, "at work.\n\n", "at work.\n\n### For facilitators\n\nWait.\n\n"),
        ({"opening": ""}, "Two tablets are missing, for the third time.\n", "\n"),
        ({"references__more": ["[nmc2018] Chairs."]}, "2021.\n", "2021.\n- [nmc2018] Chairs.\n"),
    ],
)
def test_what_is_written(fields, before, after):
    assert changed(**fields) == CASE.replace(before, after, 1)


def test_a_paragraph_is_shown_in_one_line_and_keeps_its_lines_where_it_is_not_changed():
    text = CASE.replace("Nadia closes the cupboard.", "Nadia closes\nthe cupboard.\n\nShe\nwaits.\n\n- one\n- two")
    form = form_of(text, VOCABULARY)
    assert form.stages[0].text.value == "Nadia closes the cupboard.\n\nShe waits.\n\n- one\n- two"

    written = changed(text, stage__1__text="Nadia closes the cupboard.\r\n\r\nShe does not wait.\r\n\r\n- one\r\n- two")
    assert written == text.replace("She\nwaits.", "She does not wait.")


def test_parts_that_are_missing_are_offered_and_written_in_their_order():
    text = FRONT + "Begin.\n\n## Only\n\nText."
    written = changed(text, debrief__text="The end.", questions__more=["Why?"], guide__text="Wait.")

    assert written == f"{text}\n\n## Questions\n\n1. Why?\n\n## Debrief\n\nThe end.\n\n## For facilitators\n\nWait."


def test_what_is_withheld_is_kept_and_can_be_mended():
    text = CASE.replace("## Wednesday", "### Prespective: Omar\n\nHidden.\n\n## Wednesday")
    form = form_of(text, VOCABULARY)
    [section] = [section for stage in form.stages for section in stage.sections if section.is_withheld]
    assert section.text.value == "### Prespective: Omar\n\nHidden."

    mended = fill_in(text, {section.text.name: ["### Perspective: Omar\n\nHidden."]}, VOCABULARY)
    assert mended == text.replace("Prespective", "Perspective")


def test_lines_without_a_field_are_shown_as_they_are():
    front = FRONT.replace("status", "# a comment\nunknown: x\ntopics2:\n  - {a: 1}\nstatus")

    assert form_of(front + BODY, VOCABULARY).kept == "# a comment\nunknown: x\ntopics2:\n  - {a: 1}"


@pytest.mark.parametrize("text", ["", "no front matter", "---\ntitle: x\n", "---\n: : :\n---\n", "---\n- a\n---\n"])
def test_what_cannot_be_a_form_says_so(text):
    with pytest.raises(FormError):
        form_of(text, VOCABULARY)


def test_stages_and_sections_come_go_and_move():
    def outline(text):
        return re.findall(r"^##+ (.*)", text, re.MULTILINE)

    usual = outline(CASE)
    assert outline(rearrange(CASE, "stage-1-down", VOCABULARY))[0] == "Wednesday, 07:30"
    assert outline(rearrange(CASE, "add-stage", VOCABULARY)) == [*usual[:5], "A new moment", *usual[5:]]
    assert outline(rearrange(CASE, "stage-1-add-exhibit", VOCABULARY))[2] == "Exhibit: A document"
    assert outline(rearrange(CASE, "stage-2-add-decision", VOCABULARY))[5] == "Decision: What do you do now?"
    assert outline(rearrange(CASE, "stage-1-remove", VOCABULARY)) == usual[4:]
    assert outline(rearrange(CASE, "debrief-remove", VOCABULARY)) == [name for name in usual if name != "Debrief"]
    for action in ("stage-1-up", "stage-9-down", "stage-1-part-1-sideways", "nothing", "stage-1-add-nothing", ""):
        assert rearrange(CASE, action, VOCABULARY) == CASE
    assert parse(CASE.encode(), path=PATH, vocabulary=VOCABULARY).front
