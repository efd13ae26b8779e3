"""Where a case is cut: a slip can hide text from students, never show it to them."""

import pytest

from ethics.cases.models import SegmentKind
from tests.cases.texts import BODY, errors, only, outline, parsed, shown

LINES_OF_FRONT = 8
SECRET = "The canary is in the pharmacy."


def in_stage(text: str) -> str:
    """A case with one stage, into which the text is put, and another stage after it."""
    return f"Opening.\n\n## Tuesday\n\nBefore.\n\n{text}\n\n## Wednesday\n\nAfter.\n"


def test_a_sound_case_is_cut_at_its_headings() -> None:
    case = parsed()
    assert errors(case) == []
    assert outline(case) == [
        ("opening", 1, ""),
        ("stage", 1, "Tuesday, 16:10"),
        ("perspective", 1, "Omar, nurse"),
        ("decision", 1, "What do you do now?"),
        ("guide", 1, "For facilitators"),
        ("stage", 2, "Wednesday, 07:30"),
        ("questions", None, "Questions"),
        ("debrief", None, "Debrief"),
        ("guide", None, "For facilitators"),
        ("references", None, "References"),
    ]
    assert [segment.position for segment in case.segments] == list(range(10))
    assert only(case, SegmentKind.PERSPECTIVE).source == "He has covered for her before."
    assert only(case, SegmentKind.PERSPECTIVE).line == 17


def test_the_options_of_a_decision_have_names_or_letters() -> None:
    decision = only(parsed(), SegmentKind.DECISION)
    assert [(item.id, item.text, item.line) for item in decision.items] == [
        ("speak", "Speak to Nadia first", 21),
        ("b", "Report the count", 22),
        ("c", "Count again tomorrow", 23),
    ]
    assert decision.prose == ""


def test_questions_and_references_are_lists() -> None:
    case = parsed()
    assert [(item.id, item.text) for item in only(case, SegmentKind.QUESTIONS).items] == [
        ("q1", "Whose trust is at stake?"),
        ("q2", "What would you owe Nadia,\nif you were Omar?"),
    ]
    assert [item.id for item in only(case, SegmentKind.REFERENCES).items] == ["who2021"]


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_other_line_endings_cut_the_same(ending: str) -> None:
    assert outline(parsed(BODY.replace("\n", ending))) == outline(parsed())


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("### For facilitator", "E020"),
        ("### For Faciltators", "E020"),
        ("### Notes for the tutor", "E020"),
        ("## Perspective: Rosa", "E020"),
        ("### Perspective", "E020"),
        ("### Perspective Rosa", "E020"),
        ("### Debrief", "E020"),
        ("### for facilitators:", "E020"),
        ("###For facilitators", "E023"),
        ("##For facilitators", "E023"),
        ("# For facilitators", "E023"),
        ("#For facilitators", "E023"),
        (" ### For facilitators", "E023"),
        ("    ### For facilitators", "E023"),
        ("\t### For facilitators", "E023"),
        ("> ### For facilitators", "E023"),
        ("- ### For facilitators", "E023"),
        ("1. ### For facilitators", "E023"),
        ("> - # For facilitators", "E023"),
        ("[^1]: ### For facilitators", "E023"),
        ("\\### For facilitators", "E023"),
        ("\u200b### For facilitators", "E023"),
        ("#\u200b## For facilitators", "E023"),
        ("＃＃＃ For facilitators", "E023"),  # full-width
        ("Text ### For facilitators", "E023"),
        ("### ", "E023"),
        ("###", "E023"),
        ("For facilitators\n---", "E023"),
        ("For facilitators\n===", "E023"),
        ("> For facilitators\n> ---", "E023"),
        ("- For facilitators\n  ---", "E023"),
        ("<h3>For facilitators</h3>", "E024"),
        ("<details><summary>For facilitators</summary>", "E024"),
        ("<!-- For facilitators", "E024"),
        ("<DIV hidden>", "E024"),
        ("#### For facilitators", "E026"),
        ("**For facilitators**", "E026"),
        ("*For facilitators:*", "E026"),
        ("For Facilitators", "E026"),
        ("For facilitators: keep an hour.", "E026"),
        ("**Facilitator notes.** Keep an hour.", "E026"),
        ("<b>For facilitators</b> keep an hour", "E026"),
        ("> For facilitators", "E026"),
        ("- Debrief", "E026"),
        ("Model answer: report it.", "E026"),
        ("## Debriefing", "E022"),
        ("## Facilitator notes", "E022"),
        ("## For Faciltators", "E022"),
        ("## **For facilitators**", "E022"),
        ("## For facilitators:", "E022"),
        ("## Dеbrief", "E022"),  # with a Cyrillic е
        ("## Answers", "E022"),
        ("## Question", "E022"),
        ("## Referencs", "E022"),
        ("## Teaching notes", "E022"),
    ],
)
def test_what_could_be_a_heading_for_faculty_withholds_what_follows(heading: str, code: str) -> None:
    case = parsed(in_stage(f"{heading}\n\n{SECRET}"))
    assert (code, LINES_OF_FRONT + 7) in errors(case)
    assert shown(case, SECRET) == []
    assert shown(case, "Before.") == ["stage"]


@pytest.mark.parametrize(
    "heading",
    ["### For facilitators", "### FOR FACILITATORS", "### For facilitators ###", "###\tFor facilitators", "## Debrief"],
)
def test_a_sound_heading_is_one_however_it_is_capitalised(heading: str) -> None:
    case = parsed(in_stage(f"{heading}\n\n{SECRET}"))
    assert shown(case, SECRET) == ["debrief" if "Debrief" in heading else "guide"]


@pytest.mark.parametrize(
    "text",
    [
        "#### A heading of my own",
        "Bed #3, and a rate of # 5.",
        "\\#3 is her bed; TNF-α, 5 μg, and a naïve résumé in Ελλάδα.",
        "| # | Name |\n| --- | --- |\n| 1 | Nadia |",
        "It was brief. The facilitators had gone.",
        "She was sure the answers would come, and the notes with them.",
        "Before the break\n\n---\n\nafter it.",
        "Less than <5, and <https://example.org> and <nadia@example.org>.",
        "He said <b>stop</b>.",
        "```\n## Not a heading\n# nor this\n```",
        "~~~\n### For the chart\n~~~",
        "````text\n```\n## Nothing\n```\n````",
        "Use ```code``` here.",
        "```\ncode\n```\n---\n",
    ],
)
def test_what_is_no_heading_stays_where_it_stands(text: str) -> None:
    case = parsed(in_stage(f"{text}\n\nA sentence after it."))
    assert errors(case) == []
    assert shown(case, "A sentence after it.") == ["stage"]
    assert [segment.stage for segment in case.of_kind(SegmentKind.STAGE)] == [1, 2]


def test_a_withheld_section_ends_at_the_next_sound_heading() -> None:
    case = parsed(in_stage(f"### Notes\n\n{SECRET}\n\n### Exhibit: Form\n\nThe form."))
    assert errors(case) == [("E020", LINES_OF_FRONT + 7)]
    assert (shown(case, SECRET), shown(case, "The form.")) == ([], ["exhibit"])


def test_a_broken_stage_takes_its_sections_with_it() -> None:
    case = parsed(in_stage(f" ## Tuesday night\n\n{SECRET}\n\n### Exhibit: Form\n\nThe form."))
    assert (shown(case, SECRET), shown(case, "The form."), shown(case, "After.")) == ([], [], ["stage"])


def test_no_stage_comes_after_a_closing_part() -> None:
    case = parsed(f"Opening.\n\n## Tuesday\n\nBefore.\n\n## Questions\n\n1. Why?\n\n## Wednesday\n\n{SECRET}\n")
    assert errors(case) == [("E021", 19)]
    assert shown(case, SECRET) == []


def test_what_resembles_a_closing_part_ends_the_stages() -> None:
    case = parsed(f"Opening.\n\n## Tuesday\n\nBefore.\n\n## Debreif\n\nText.\n\n## Wednesday\n\n{SECRET}\n")
    assert errors(case) == [("E022", 15), ("E021", 19)]
    assert shown(case, SECRET) == []


def test_a_section_before_the_first_stage_is_withheld() -> None:
    case = parsed(f"Opening.\n\n### Exhibit: Form\n\n{SECRET}\n\n## Tuesday\n\nText.\n")
    assert errors(case) == [("E027", 11)]
    assert shown(case, SECRET) == []


def test_a_section_in_a_closing_part_is_withheld() -> None:
    case = parsed(f"Opening.\n\n## Tuesday\n\nText.\n\n## Debrief\n\nEnd.\n\n### Exhibit: Form\n\n{SECRET}\n")
    assert errors(case) == [("E027", 19)]
    assert shown(case, SECRET) == []


def test_notes_belong_to_the_stage_at_level_three_and_to_the_case_at_level_two() -> None:
    assert [segment.stage for segment in parsed().of_kind(SegmentKind.GUIDE)] == [1, None]


def test_notes_under_a_closing_part_are_notes_still() -> None:
    case = parsed(f"Opening.\n\n## Tuesday\n\nText.\n\n## Debrief\n\nEnd.\n\n### For facilitators\n\n{SECRET}\n")
    assert errors(case) == []
    assert shown(case, SECRET) == ["guide"]


def test_a_part_given_twice_is_withheld_the_second_time() -> None:
    case = parsed(f"{BODY}\n## Debrief\n\n{SECRET}\n")
    assert [code for code, _ in errors(case)] == ["E028"]
    assert shown(case, SECRET) == []


def test_a_second_decision_in_a_stage_is_withheld() -> None:
    decision = "### Decision: {}\n\n- One\n- Two\n\n"
    case = parsed(in_stage(decision.format("First?") + decision.format("Second?")))
    assert [code for code, _ in errors(case)] == ["E028"]
    assert [segment.heading for segment in case.of_kind(SegmentKind.DECISION)] == ["First?"]


@pytest.mark.parametrize(
    "fence",
    [
        "```\ncode",
        "```\ncode\n````",
        "````\ncode\n```",
        "```\ncode\n ```",
        "```\ncode\n```\t",
        "```\ncode\n~~~",
        "```text\ncode\n```text",
        " ```\ncode\n ```",
        "- ```\n  code\n  ```",
        "> ~~~\n> code\n> ~~~",
        "``` two words\ncode\n```",
        "~~~ a ~~~",
        "```\n### For facilitators\ncode\n```",
        "```\n**For facilitators**\ncode\n```",
        "```\n ## Debrief\ncode\n```",
        "```\n## Wednesday\n\n```\ncode\n```",
        "```\na\n\n## Wednesday\n\nLater.\n\n```\n\nb",
        "```\na\n\n## Wednesday\n\nLater.\n```\nb",
        "```\ncode\n ```\n\nmore\n```",
        "```\n## Wednesday\nLater.\n```\n\nMore.\n\n```\nb",
    ],
)
def test_a_code_block_that_can_be_read_in_two_ways_withholds_the_rest(fence: str) -> None:
    case = parsed(in_stage(f"{fence}\n\n### For facilitators\n\n{SECRET}"))
    assert errors(case) == [("E025", LINES_OF_FRONT + 7)]
    assert shown(case, SECRET) == []
    assert shown(case, "After.") == []
    assert shown(case, "Before.") == ["stage"]


def test_a_forgotten_fence_does_not_swallow_the_headings_before_the_next_block() -> None:
    forgotten = f"```\ncode\n\n### For facilitators\n\n{SECRET}\n\n## Wednesday\n\nLater.\n\n```\ncode\n```\n"
    case = parsed(f"Opening.\n\n## Tuesday\n\nBefore.\n\n{forgotten}")
    assert errors(case) == [("E025", LINES_OF_FRONT + 7)]
    assert (shown(case, SECRET), shown(case, "Later."), shown(case, "Before.")) == ([], [], ["stage"])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("- One", "E031"),
        ("Do something.", "E031"),
        ("- a\n- b\n- c\n- d\n- e\n- f", "E031"),
        ("- Report {#x}\n- Wait {#x}", "E032"),
        ("- Report {#b}\n- Wait", "E032"),
        ("- Report\n- report", "E032"),
        ("- Report {#unsure}\n- Wait", "E032"),
        ("- Report {#another}\n- Wait", "E032"),
        ("- Report {#To Report}\n- Wait", "E032"),
        ("- {#report}\n- Wait", "E032"),
    ],
)
def test_options_that_cannot_be_used_withhold_the_decision(options: str, code: str) -> None:
    case = parsed(in_stage(f"### Decision: What now?\n\n{options}"))
    assert [found for found, _ in errors(case)] == [code]
    assert case.of_kind(SegmentKind.DECISION) == ()


def test_the_text_around_the_options_is_kept_apart_from_them() -> None:
    decision = only(
        parsed(in_stage("### Decision: Now?\n\nThink.\n\n- One,\n  or so\n\n- Two\nlazily\n\nThen choose.")),
        SegmentKind.DECISION,
    )
    assert [item.text for item in decision.items] == ["One, or so", "Two lazily"]
    assert decision.prose == "Think.\n\nThen choose."


def test_empty_parts_are_errors_and_an_empty_stage_keeps_its_number() -> None:
    case = parsed("Opening.\n\n## Monday\n\n## Tuesday\n\nText.\n\n### Exhibit: Form\n\n## Debrief\n")
    assert errors(case) == [("E029", 11), ("E029", 17), ("E029", 19)]
    assert outline(case) == [("opening", 1, ""), ("stage", 1, "Monday"), ("stage", 2, "Tuesday")]


def test_a_case_needs_a_stage() -> None:
    assert errors(parsed("Opening.\n")) == [("E030", 9)]


def test_questions_that_are_no_list_are_an_error() -> None:
    case = parsed(f"{in_stage('Text.')}\n## Questions\n\nWhat would you do?\n")
    assert [code for code, _ in errors(case)] == ["E033"]


def test_references_need_keys_with_a_year() -> None:
    text = "## References\n\n- Someone. 2021.\n- [who2021] One.\n- [who2021] Two.\n- [oviva] Three.\n"
    case = parsed(f"{in_stage('Text.')}\n{text}")
    assert [code for code, _ in errors(case)] == ["E045", "E045", "E045"]
    assert [item.text for item in only(case, SegmentKind.REFERENCES).items] == ["One."]
