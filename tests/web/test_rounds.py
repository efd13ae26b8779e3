"""A student's way through a round in a browser without JavaScript."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ethics.cases.actions import sync_case
from ethics.cases.models import Case, CaseVersion
from ethics.cases.sync import prepare, read_files
from ethics.cohorts.models import CohortRole
from ethics.rounds import actions
from ethics.rounds.gate import standing
from ethics.rounds.models import Alias, ClosingNote, Participation, Round, Stance
from ethics.text import FIELD_BYTES
from ethics.vocabulary import load
from tests.cast import actor, enter
from tests.clock import START
from tests.pages import errors, words
from tests.rounds.reading import meet, revisit
from tests.rounds_cast import (
    DEBRIEF,
    GUIDE,
    SECOND_STAGE,
    commit_everywhere,
    join,
    make_round,
    prolong,
)

LATER = timedelta(days=10)
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"])
LOCKED = "This position is locked: a later stage, or others' reasons, are open to you."


@pytest.fixture
def ana(cast, sign_in):
    return sign_in("ana@demo.example")


@pytest.fixture
def begun(ana, cast):
    """Ana's browser, at stage 1."""
    ana.submit(ana.page(home(cast)), f"{home(cast)}/begin")
    return ana


def home(cast):
    return f"/rounds/{cast.id}"


def stage(cast, number):
    return f"{home(cast)}/stages/{number}"


def decide(client, cast, number, *, then="keep", **values):
    """Fill in the decision of a stage."""
    fields = {"option": "stay", "confidence": "4", "principles": ["autonomy"], "reason": "He has not been asked."}
    page = client.page(stage(cast, number))
    return client.submit(page, f"{stage(cast, number)}#decision", then=then, **(fields | values))


def sent(page, action, **values):
    """What a browser would send of a form with these values, whether a person could have entered them or not."""
    data = page.fields(page.form(action))
    for name, value in values.items():
        data.setlist(name, [value])
    return data


def kept(db, *columns):
    with db.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(columns[0].table.c.id))]


def rows(figure):
    return [[words(cell) for cell in row] for row in figure.iter("tr")]


def steps(page):
    """The rail: each step with its state, and where it leads."""
    rail = page.one("nav", class_="rail")
    return [(words(item), [link.get("href") for link in item.iter("a")]) for item in rail.iter("li")]


# The whole way


def test_the_whole_way_without_javascript(db, cast, ana, sign_in, clock):
    page = ana.page(home(cast))
    assert page.heading == "The line goes too"
    assert SECOND_STAGE not in page.html

    answer = ana.submit(page, f"{home(cast)}/begin")
    assert (answer.request.path, answer.page.heading) == (stage(cast, 1), "The line goes too")
    assert "The registrar turns to you." in answer.page.text

    answer = decide(ana, cast, 1, then="keep", option="go")
    assert answer.request.path == stage(cast, 1)
    assert "Kept. You can change it until you go on." in answer.page.text
    assert answer.page.fields(answer.page.form(f"{stage(cast, 1)}#decision")).get("option") == "go"
    answer = decide(ana, cast, 1, then="next")
    assert answer.request.path == stage(cast, 2)
    assert SECOND_STAGE in answer.page.text

    answer = decide(ana, cast, 2, option="another", other="Ring his sister.")
    assert "You have committed at every decision." in answer.page.text

    page = ana.page(f"{home(cast)}/reasons")
    assert "From here on your decisions stay as they are." in page.text
    answer = ana.submit(page, f"{home(cast)}/reasons")
    assert "Ring his sister." in answer.page.text
    assert "Nobody else in your group has got this far." in answer.page.text

    ben = sign_in("ben@demo.example")
    ben.submit(ben.page(home(cast)), f"{home(cast)}/begin")
    decide(ben, cast, 1, then="next", reason="Ben's first reason.")
    decide(ben, cast, 2, reason="Ben's second reason.", faculty_only="y")
    ben.submit(ben.page(f"{home(cast)}/reasons"), f"{home(cast)}/reasons")
    page = ana.page(f"{home(cast)}/reasons")
    assert [words(quote) for quote in page.all("blockquote")] == [
        "He has not been asked.",
        "Ben's first reason.",
        "He has not been asked.",
    ]

    page = ana.page(f"{home(cast)}/revisit")
    assert "You can look at your decisions again from" in page.text
    clock.advance(days=10)
    ana = sign_in("ana@demo.example")
    answer = ana.submit(
        ana.page(f"{home(cast)}/revisit"),
        f"{home(cast)}/revisit",
        **{"stage-1-reason": "Firmer now.", "stage-2-option": "stay", "stage-2-reason": "His sister came."},
    )
    assert answer.request.path == f"{home(cast)}/debrief"
    assert DEBRIEF in answer.page.text
    assert GUIDE not in answer.page.html
    page = ana.page(f"{home(cast)}/revisit")
    assert [words(quote) for quote in page.all("blockquote")] == [
        "He has not been asked.",
        "Firmer now.",
        "He has not been asked.",
        "His sister came.",
    ]

    page = ana.page(f"{home(cast)}/debrief")
    answer = ana.submit(page, f"{home(cast)}/closing-note", text="Ask first.")
    assert "Kept, for you alone." in answer.page.text
    assert kept(db, ClosingNote.text, ClosingNote.version) == [("Ask first.", 1)]


# Beginning, and reading


def test_beginning_twice_is_beginning_once(db, cast, ana):
    page = ana.page(home(cast))
    for _ in range(2):
        assert ana.submit(page, f"{home(cast)}/begin").request.path == stage(cast, 1)

    assert kept(db, Participation.user_id, Participation.stage_reached) == [(cast.ana.id, 1)]
    assert len(kept(db, Alias.name)) == 1


@ON_SQLITE
def test_the_alias_is_named_with_its_promise_before_one_writes(db, cast, begun):
    [(alias,)] = kept(db, Alias.name)
    promise = (
        f"Your group sees you as {alias}. In a small group, people may still guess. Your tutor and course director can "
        "see your name. Anyone else needs a recorded reason, and you will be told."
    )

    assert [promise in begun.page(address).text for address in (home(cast), stage(cast, 1))] == [True, True]


@ON_SQLITE
def test_unopened_stages_do_not_exist_and_do_not_tell_their_titles(cast, begun):
    page = begun.page(stage(cast, 1))

    for number in (0, 2, 3, 99):
        assert begun.get(stage(cast, number)).status_code == 404
        data = sent(page, f"{stage(cast, 1)}#decision", option="stay", confidence="3", reason="Early.")
        assert begun.post(stage(cast, number), data=data).status_code == 404
    assert "Wednesday" not in page.html
    assert steps(page)[:2] == [("Tuesday, 16:10, you are here", []), ("Stage 2, not open yet", [])]


@ON_SQLITE
def test_before_beginning_nothing_of_the_case_is_open(cast, ana):
    page = ana.page(home(cast))

    assert ana.get(stage(cast, 1)).status_code == 404
    assert "Tuesday, 16:10" not in page.html
    assert [links for _, links in steps(page) if links] == []


@ON_SQLITE
@pytest.mark.parametrize("name", ["outsider", "stranger", "author", "administrator"])
def test_for_others_nothing_of_the_round_exists(cast, sign_in, name):
    client = sign_in(
        cast.users[{"outsider": "paul", "stranger": "sam", "author": "lucía", "administrator": "morag"}[name]].email
    )

    for path in ("", "/stages/1", "/reasons", "/revisit", "/debrief", "/edit"):
        assert (path, client.get(home(cast) + path).status_code) == (path, 404)
    for path in ("/begin", "/stages/1", "/reasons", "/positions", "/revisit", "/closing-note", "/open", "/summary"):
        page = client.page("/")
        data = page.fields(page.all("form", method="post")[0])
        assert (path, client.post(home(cast) + path, data=data).status_code) == (path, 404)


@ON_SQLITE
def test_unknown_rounds_do_not_exist(cast, ana):
    for path in ("", "/stages/1", "/reasons", "/revisit", "/debrief", "/edit"):
        assert ana.get("/rounds/nowhere" + path).status_code == 404


@ON_SQLITE
def test_a_scheduled_round_waits(db, cast, ana, clock):
    clock.advance(days=-4, hours=-1)
    ana = ana.application.test_client()
    ana.sign_in("ana@demo.example", "ethics-demo")
    page = ana.page(home(cast))

    assert "This round is not open yet." in page.text
    assert [form.get("action") for form in page.all("form") if "begin" in (form.get("action") or "")] == []


# Committing


WRONG = [
    ({"option": None}, "Choose a course, or say that you are unsure. Everything else is kept."),
    ({"confidence": None}, "Say how sure you are, from 1 to 5."),
    ({"reason": "  "}, "Give one reason, however short. Your choice is kept."),
    ({"option": "another", "other": ""}, "Say which other course you mean. Everything else is kept."),
    ({"principles": ["autonomy", "beneficence", "justice", "veracity"]}, "Choose up to 3."),
    (
        {"reason": "e" * (FIELD_BYTES + 1)},
        "This is longer than can be kept. Nothing was lost: shorten it and send it again.",
    ),
    ({"reason": "a\0b"}, "This holds characters that cannot be stored. Remove them and send it again."),
    ({"confidence": "9" * 5000}, "Say how sure you are, from 1 to 5."),
]


@ON_SQLITE
@pytest.mark.parametrize(("changes", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_and_everything_typed_stays(db, cast, begun, changes, message):
    typed = {
        "option": "go",
        "other": "Words in another field.",
        "confidence": "2",
        "principles": ["beneficence"],
        "reason": "A reason with <b>brackets</b> & more.\nOn two lines.",
        "faculty_only": "y",
    } | changes
    page = begun.page(stage(cast, 1))
    data = page.fields(page.form(f"{stage(cast, 1)}#decision"))
    for name, value in typed.items():
        data.setlist(name, value if isinstance(value, list) else [value]) if value else data.poplist(name)
    answer = begun.post(stage(cast, 1), data=data | {"then": "next"})

    assert answer.status_code == 422
    assert message in errors(answer.page)
    again = answer.page.fields(answer.page.form(f"{stage(cast, 1)}#decision"))
    offered = {"confidence": {"1", "2", "3", "4", "5"}}
    for name, value in typed.items():
        wanted = value if isinstance(value, list) else [value or ""]
        if name not in offered or wanted[0] in offered[name]:
            assert (again.getlist(name) or [""]) == [text.replace("\0", "\ufffd") for text in wanted], name
    assert kept(db, Stance.id) == []


def test_a_double_click_is_one_stance(db, cast, begun):
    page = begun.page(stage(cast, 1))
    values = {"option": "stay", "confidence": "3", "reason": "Once.", "then": "next"}
    data = sent(page, f"{stage(cast, 1)}#decision", **values)
    answers = [begun.post(stage(cast, 1), data=data) for _ in range(2)]

    assert [(answer.status_code, answer.location) for answer in answers] == [(303, f"{stage(cast, 2)}#content")] * 2
    assert kept(db, Stance.number, Stance.reason) == [(1, "Once.")]


@ON_SQLITE
@pytest.mark.parametrize(
    "wrong", [{}, {"confidence": ""}, {"reason": "Too long. " * 3000}], ids=["right", "gap", "long"]
)
def test_a_stale_tab_is_refused_and_shows_what_was_typed(db, cast, begun, wrong):
    page = begun.page(stage(cast, 1))
    decide(begun, cast, 1, then="next")
    values = {"option": "go", "confidence": "1", "reason": "From the other tab.", "then": "keep"} | wrong
    answer = begun.post(stage(cast, 1), data=sent(page, f"{stage(cast, 1)}#decision", **values))

    assert answer.status_code == 403
    assert LOCKED in answer.page.text
    assert [area.text.strip() for area in answer.page.all("textarea")] == [values["reason"].strip()]
    assert kept(db, Stance.option) == [("stay",)]


@ON_SQLITE
def test_the_own_position_is_shown_locked(cast, begun):
    decide(begun, cast, 1, then="next", option="unsure")
    page = begun.page(stage(cast, 1))

    assert "Your position, locked" in page.text
    assert "I am unsure" in page.text
    assert [form for form in page.all("form") if "stages" in (form.get("action") or "")] == []


@ON_SQLITE
def test_who_can_read_the_reason_follows_what_is_chosen(cast, begun):
    group = "Your group will see the reason without a name, once they have committed themselves."
    assert group in begun.page(stage(cast, 1)).text
    decide(begun, cast, 1, faculty_only="y")
    page = begun.page(stage(cast, 1))

    assert group not in page.text
    assert "Your tutor and course director can read this with your name. Nobody else can." in page.text


@ON_SQLITE
def test_a_round_whose_reasons_are_for_faculty_says_so(db, cast, begun):
    with db.unit_of_work() as session:
        session.get_one(Round, cast.round.id).reason_audience = "faculty"
    page = begun.page(stage(cast, 1))
    decision = page.form(f"{stage(cast, 1)}#decision")

    assert "faculty_only" in page.fields(decision)
    assert "Nobody else can." in page.text


@ON_SQLITE
def test_the_next_stage_does_not_open_without_a_stance(db, cast, begun):
    page = begun.page(stage(cast, 1))
    data = page.fields(page.form(f"{stage(cast, 1)}#decision"))
    answer = begun.post(stage(cast, 1), data={"csrf_token": data["csrf_token"], "then": "next"})

    assert answer.status_code == 403
    assert kept(db, Participation.stage_reached) == [(1,)]


# Meeting the others


@ON_SQLITE
def test_the_others_stay_closed_until_the_last_decision(cast, begun):
    page = begun.page(f"{home(cast)}/reasons")

    assert "This opens once you have committed at every decision point." in page.text
    assert [form for form in page.all("form") if form.get("action") == f"{home(cast)}/reasons"] == []
    data = page.fields(page.all("form", method="post")[0])
    assert begun.post(f"{home(cast)}/reasons", data=data).status_code == 403
    assert begun.post(f"{home(cast)}/positions", data=data).status_code == 403


@ON_SQLITE
def test_positions_appear_with_the_fifth_answer(db, cast, sign_in):
    with db.unit_of_work() as session:
        class_ = [cast.ana, cast.ben, cast.dee]
        for name in ("Eva", "Fay"):
            user = enter(session, name)
            join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
            class_.append(actor(user))
        for person in class_[:4]:
            meet(session, cast, person)
    ana = sign_in("ana@demo.example")
    page = ana.page(f"{home(cast)}/reasons")
    assert "In no particular order, without names and without positions." in page.text
    page = ana.submit(page, f"{home(cast)}/positions").page
    assert "Positions appear beside a decision once five of your group have answered it." in page.text
    assert page.all("figure") == []

    with db.unit_of_work() as session:
        meet(session, cast, class_[4], option="go")
    page = ana.page(f"{home(cast)}/reasons")
    assert rows(page.all("figure")[0]) == [
        ["Position", "People"],
        ["Ask him to stay", "4"],
        ["Let him go", "1"],
        ["Another course", "0"],
        ["I am unsure", "0"],
    ]


@ON_SQLITE
def test_reasons_carry_no_id_and_no_time(db, cast, sign_in):
    with db.unit_of_work() as session:
        for person in (cast.ana, cast.ben, cast.dee):
            meet(session, cast, person)
        secrets = [*session.scalars(select(Stance.public_id)), *session.scalars(select(Alias.name).where(Alias.id > 1))]
    page = sign_in("ana@demo.example").page(f"{home(cast)}/reasons")

    assert [secret for secret in secrets if secret in page.html] == []
    assert page.all("time") == []


# Looking again, debrief, note


@pytest.fixture
def looking_again(db, cast, clock, sign_in):
    """Ana's browser once she may look again."""
    with db.unit_of_work() as session:
        meet(session, cast, cast.ana)
    clock.advance(days=10)
    return sign_in("ana@demo.example")


@ON_SQLITE
def test_looking_again_names_every_gap_at_its_own_decision(db, cast, looking_again):
    address = f"{home(cast)}/revisit"
    page = looking_again.page(address)
    answer = looking_again.submit(
        page,
        address,
        **{
            "stage-1-reason": "Firmer now.",
            "stage-2-option": "another",
            "stage-2-reason": "   ",
            "stage-2-confidence": "5",
        },
    )

    assert answer.status_code == 422
    assert errors(answer.page)[1:] == ["Say which other course you mean. Everything else is kept."]
    fields = answer.page.fields(answer.page.form(address))
    assert (fields["stage-1-reason"], fields["stage-2-option"], fields["stage-2-confidence"]) == (
        "Firmer now.",
        "another",
        "5",
    )
    assert kept(db, Stance.kind) == [("first",), ("first",)]


@ON_SQLITE
def test_looking_again_twice_with_one_form_is_once(db, cast, looking_again):
    address = f"{home(cast)}/revisit"
    page = looking_again.page(address)
    data = sent(page, address, **{"stage-1-reason": "One.", "stage-2-reason": "Two."})
    answers = [looking_again.post(address, data=data) for _ in range(2)]

    assert [(answer.status_code, answer.location) for answer in answers] == [(303, f"{home(cast)}/debrief")] * 2
    data.setlist("idempotency_key", ["another"])
    again = looking_again.post(address, data=data)
    assert (again.status_code, "You have looked again already" in again.page.text) == (403, True)
    assert kept(db, Stance.kind, Stance.number)[2:] == [("revisited", 1), ("revisited", 1)]


@ON_SQLITE
@pytest.mark.parametrize("reason", ["A reason.", ""])
def test_looking_again_too_early_is_refused_with_the_text(cast, begun, reason):
    data = sent(
        begun.page(stage(cast, 1)),
        f"{stage(cast, 1)}#decision",
        **{"stage-1-option": "go", "stage-1-confidence": "3", "stage-1-reason": reason},
    )
    answer = begun.post(f"{home(cast)}/revisit", data=data)

    assert answer.status_code == 403
    assert reason in answer.page.text


@ON_SQLITE
def test_the_debrief_says_what_it_waits_for(db, cast, begun):
    page = begun.page(f"{home(cast)}/debrief")
    assert "The debrief opens once you have looked again" in page.text
    assert DEBRIEF not in page.html
    with db.unit_of_work() as session:
        session.get_one(Round, cast.round.id).revisit_at = None
    assert "The debrief opens once you have submitted your reflection." in begun.page(f"{home(cast)}/debrief").text


@pytest.fixture
def debriefed(db, cast, clock, sign_in):
    """Ana's browser at the debrief."""
    clock.advance(days=10)
    with db.unit_of_work() as session:
        meet(session, cast, cast.ana)
        revisit(session, cast, cast.ana, now=clock())
    return sign_in("ana@demo.example")


@ON_SQLITE
def test_a_note_from_two_tabs_shows_both(db, cast, debriefed):
    debrief, note = f"{home(cast)}/debrief", f"{home(cast)}/closing-note"
    first, second = debriefed.page(debrief), debriefed.page(debrief)
    debriefed.submit(first, note, text="From the first tab.")
    answer = debriefed.submit(second, note, text="From the second tab.")

    assert answer.status_code == 409
    assert "From the first tab." in words(answer.page.one("blockquote"))
    assert answer.page.fields(answer.page.form(note))["text"] == "From the second tab."
    debriefed.submit(answer.page, note)
    assert kept(db, ClosingNote.text, ClosingNote.version) == [("From the second tab.", 2)]


@ON_SQLITE
def test_a_note_that_is_too_long_stays_in_its_field(db, cast, debriefed):
    note = f"{home(cast)}/closing-note"
    text = "Too long. " * 3000
    answer = debriefed.submit(debriefed.page(f"{home(cast)}/debrief"), note, text=text)

    assert answer.status_code == 422
    assert answer.page.fields(answer.page.form(note))["text"] == text
    assert kept(db, ClosingNote.id) == []


@ON_SQLITE
def test_a_note_too_early_is_refused_with_the_text(cast, begun):
    page = begun.page(stage(cast, 1))
    data = sent(page, f"{stage(cast, 1)}#decision", text="A word to myself.", version="0")
    answer = begun.post(f"{home(cast)}/closing-note", data=data)

    assert answer.status_code == 403
    assert "A word to myself." in answer.page.html


MOVES = [("stay", "stay")] * 6 + [("stay", "go")] * 2 + [("go", "stay")] * 7 + [("go", "go")] * 5


@ON_SQLITE
def test_the_debrief_shows_the_movement_without_pointing_at_anybody(db, cast, clock, sign_in):
    clock.advance(days=10)
    with db.unit_of_work() as session:
        for number, (first, again) in enumerate(MOVES):
            user = enter(session, f"Student {number}", email=f"s{number}@demo.example")
            join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[number % 2])
            meet(session, cast, actor(user), option=first)
            revisit(session, cast, actor(user), option=again, now=clock())
    clock.advance(days=1)
    page = sign_in("s0@demo.example").page(f"{home(cast)}/debrief")
    figure = page.all("figure")[0]

    assert rows(figure) == [
        ["Position", "First", "On looking again"],
        ["Ask him to stay", "8", "13"],
        ["Let him go", "12", "7"],
        ["Another course", "kept back", "kept back"],
        ["I am unsure", "kept back", "kept back"],
    ]
    assert "20 answered twice." in words(figure)
    assert "11 stayed, 9 moved." in page.text


@ON_SQLITE
def test_a_movement_too_small_to_split_still_says_how_many_answered(db, cast, clock, sign_in):
    clock.advance(days=10)
    with db.unit_of_work() as session:
        for number in range(10):
            user = enter(session, f"Student {number}", email=f"s{number}@demo.example")
            join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[number % 2])
            meet(session, cast, actor(user), option="stay" if number % 2 else "go")
            revisit(session, cast, actor(user), option="stay" if number % 2 else "go", now=clock())
    clock.advance(days=1)
    page = sign_in("s0@demo.example").page(f"{home(cast)}/debrief")

    assert "10 answered twice." in words(page.all("figure")[0])
    assert "moved." not in page.text


@ON_SQLITE
def test_after_the_close_one_reads_only(db, cast, clock, sign_in):
    with db.unit_of_work() as session:
        commit_everywhere(session, cast, cast.ana)
    clock.advance(days=20)
    ana = sign_in("ana@demo.example")
    page = ana.page(stage(cast, 2))

    assert "This round is closed. What was open to you can still be read." in ana.page(home(cast)).text
    assert "Your position, locked" in page.text
    assert SECOND_STAGE in page.text
    assert [form.get("action") for form in page.all("form") if "stages" in (form.get("action") or "")] == []
    page = ana.page(f"{home(cast)}/reasons")
    assert "This round is closed." in page.text
    data = page.fields(page.all("form", method="post")[0])
    for path in ("/reasons", "/stages/2"):
        answer = ana.post(home(cast) + path, data=data | {"option": "go", "confidence": "3", "reason": "Late."})
        assert (answer.status_code, "This round is closed." in answer.page.text) == (403, True)


@ON_SQLITE
def test_an_extension_is_what_its_student_reads(db, cast, clock, sign_in):
    with db.unit_of_work() as session:
        commit_everywhere(session, cast, cast.ana)
        prolong(session, cast, cast.ana, START + timedelta(days=41), due_at=START + timedelta(days=40))
    clock.advance(days=20)
    page = sign_in("ana@demo.example").page(home(cast))

    assert "Sun 3 Jan" in page.text
    assert "Mon 4 Jan" in page.text
    assert "This round is closed" not in page.text


# Other shapes of cases

PLAIN = """\
---
title: Short count
summary: A pharmacist counts the tablets twice, and knows whose shift it was.
principles: confidentiality
kind: {kind}
status: published
---

Two tablets are missing, for the third time.
"""
SHAPES = {
    "no decision": (
        "case",
        "\n## Tuesday\n\nNadia closes it.\n\n## Wednesday\n\nNadia is away.\n\n## Debrief\n\nEnd.\n",
        2,
    ),
    "vignette": ("vignette", "\n## Tuesday\n\nNadia closes it.\n\n### Decision: And you?\n\n- Ask\n- Wait\n", 1),
    "no stage": ("vignette", "\n## Questions\n\n1. Whose trust?\n\n## Debrief\n\nThe end of it.\n", 1),
}


@pytest.fixture
def shaped(db, cast, tmp_path, request):
    """The class in a round of its own on a case of another shape."""
    kind, body, _ = SHAPES[request.param]
    (tmp_path / "short-count.md").write_text(PLAIN.format(kind=kind) + body)
    (file,), _ = read_files([tmp_path / "short-count.md"], vocabulary=load())
    with db.unit_of_work() as session:
        sync_case(session, actor=None, prepared=prepare(file, 1), now=START)
        version = session.scalars(
            select(CaseVersion).join(Case, Case.id == CaseVersion.case_id).where(Case.slug == "short-count")
        ).one()
        cast.round = make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"])
    return cast


@pytest.mark.parametrize("shaped", SHAPES, indirect=True)
def test_every_shape_of_case_goes_through_the_loop(db, shaped, sign_in, clock, request):
    shape = request.node.callspec.params["shaped"]
    stages, decides = SHAPES[shape][2], shape == "vignette"
    ana = sign_in("ana@demo.example")
    answer = ana.submit(ana.page(home(shaped)), f"{home(shaped)}/begin")
    assert "Two tablets are missing" in answer.page.text
    for number in range(1, stages):
        answer = ana.submit(ana.page(stage(shaped, number)), stage(shaped, number), then="next")
        assert answer.request.path == stage(shaped, number + 1)
    if decides:
        answer = decide(ana, shaped, 1, option="a")
    assert [words(link) for link in answer.page.all("a", href=f"{home(shaped)}/reasons")] == [
        "Others' reasons",
        "Meet the others",
    ]
    assert ana.get(stage(shaped, stages + 1)).status_code == 404

    answer = ana.submit(ana.page(f"{home(shaped)}/reasons"), f"{home(shaped)}/reasons")
    assert answer.status_code == 200
    assert kept(db, Participation.stage_reached, Participation.completed_at) == [(stages, START)]
    with db.unit_of_work() as session:
        actions.note_reflected(standing(session, shaped.ana, shaped.id, now=clock()).participation, now=clock())
    clock.advance(days=10)
    ana = sign_in("ana@demo.example")
    rail = [label for label, _ in steps(ana.page(home(shaped)))]
    assert any(label.startswith("Look again") for label in rail) == decides
    assert ("This round has no second look." in ana.page(f"{home(shaped)}/revisit").text) == (not decides)
    debrief = ana.page(f"{home(shaped)}/debrief")
    assert ("A last word, to yourself" in debrief.text) == (not decides)

    helen = sign_in("helen@demo.example")
    assert "Two tablets are missing" in helen.page(stage(shaped, 1)).text
    assert helen.page(home(shaped)).heading == "Short count"
    home_page = ana.page("/")
    assert [words(card) for card in home_page.all("article") if "Short count" in words(card)] != []


@ON_SQLITE
def test_the_pages_of_the_loop_take_as_many_statements_for_a_large_group(db, cast, sign_in, statements):
    with db.unit_of_work() as session:
        for person in (cast.ana, cast.ben):
            meet(session, cast, person)
    ana = sign_in("ana@demo.example")
    few = [statements(ana, path) for path in (home(cast), stage(cast, 1), f"{home(cast)}/reasons")]
    with db.unit_of_work() as session:
        for number in range(7):
            user = enter(session, f"Student {number}", email=f"s{number}@demo.example")
            join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
            meet(session, cast, actor(user))
        assert session.scalar(select(func.count()).select_from(Participation)) == 9

    assert [statements(ana, path) for path in (home(cast), stage(cast, 1), f"{home(cast)}/reasons")] == few
