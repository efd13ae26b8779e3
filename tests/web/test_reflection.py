"""Reflections in a browser without JavaScript, and what autosave is answered."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ethics.audit.models import Access
from ethics.db import Database
from ethics.reflections.models import Reflection, Revision
from ethics.rounds.models import Alias, Round
from tests.clock import START
from tests.pages import words
from tests.rounds_cast import (
    CALL,
    INCIDENT_REPORTING,
    SECOND_STAGE,
    SUPPORT_NAME,
    build_round,
    commit_everywhere,
    leave,
)

CASE_NOTICE = (
    "This is for learning. A court or regulator could require a copy. Leave out details that could identify anyone."
)
WHOLE_NOTICE = (
    f"{CASE_NOTICE} Writing here reports nothing: if someone was harmed or nearly harmed, also use "
    f"{INCIDENT_REPORTING}."
)

ALIAS_NOTICE = (
    "Your group sees you as Heron. In a small group, people may still guess. Your tutor and course director can see "
    "your name. Anyone else needs a recorded reason, and you will be told."
)


@pytest.fixture
def cast(db: Database):
    """The class; its four students have committed at every decision."""
    with db.unit_of_work() as session:
        cast = build_round(session)
        for person in (cast.ana, cast.ben, cast.dee, cast.chi):
            commit_everywhere(session, cast, person)
    return cast


@pytest.fixture
def ana(cast, sign_in):
    return sign_in("ana@demo.example")


def address(cast):
    return f"/rounds/{cast.id}/reflection"


def write(client, cast, *, then="submit", **values):
    """Fill in the page where one writes, and press a button."""
    page = client.page(f"{address(cast)}?revise=1")
    return client.submit(
        page, address(cast), then=then, **{name.replace("_", "-"): text for name, text in values.items()}
    )


def submitted(client, cast, **values):
    """Submit, and return the address of the reflection."""
    answer = write(client, cast, **values)
    assert re.fullmatch(r"/reflections/\w{16}", answer.request.path)
    return answer.request.path


def typed(page, name):
    return page.fields(page.form(page.one("form", id="reflection").get("action")))[name]


def drafts(db):
    """Every draft there is, as it is kept, with its version."""
    with db.reading() as session:
        return [
            (reflection.draft["answers"], reflection.draft_version)
            for reflection in session.scalars(select(Reflection).order_by(Reflection.id))
        ]


def close_soon(db, cast):
    """Let the round be due in ten minutes and close in twenty: sign-ins outlast that."""
    with db.unit_of_work() as session:
        round_ = session.get_one(Round, cast.round.id)
        round_.due_at, round_.revisit_at = START + timedelta(minutes=10), None
        round_.close_at = START + timedelta(minutes=19)  # the minute itself is still in time


def count(db, table):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_one_writes_and_submits_without_javascript(db, cast, ana):
    answer = write(ana, cast, answer_moment="When he *asked*.", asked="Was I slow?", audience="faculty")
    page = answer.page
    assert page.heading == "Your reflection"
    assert [words(part) for part in page.all("em")] == ["asked"]
    assert "Was I slow?" in page.text
    assert "Submitted. You can still revise it until the round closes; each version is kept." in page.text
    assert count(db, Revision) == 1


def test_the_page_has_the_prompts_and_the_case_as_far_as_it_is_open(cast, ana):
    page = ana.page(address(cast))
    labels = [prompt["label"] for prompt in cast.round.framework["prompts"]]
    assert [words(label) for label in page.all("label", class_="field-label")] == [
        *labels,
        "In free form",
        cast.round.framework["closing"]["label"],
    ]
    assert SECOND_STAGE in page.text
    assert [words(summary).split(":")[0] for summary in page.all("summary")] == [
        "How you write",
        *["Help and an example"] * len(labels),
        "Something that fits under no prompt",
    ]


@pytest.mark.parametrize("way", ["all", "headings", "blank"])
def test_the_way_of_writing_is_the_writers_and_no_word_is_lost_by_it(db, cast, ana, sign_in, way):
    page = write(ana, cast, then=way, answer_moment="Under a prompt.", answer_page="Under none.").page
    chosen = {"all": "All prompts", "headings": "Headings only", "blank": "A blank page"}[way]
    assert [words(part) for part in page.all("summary") if "How you write" in words(part)] == [
        f"How you write: {chosen}"
    ]
    assert (typed(page, "answer-moment"), typed(page, "answer-page")) == ("Under a prompt.", "Under none.")
    assert drafts(db) == [({"moment": "Under a prompt.", "page": "Under none."}, 1)]
    again = ana.page(f"{address(cast)}?revise=1")
    assert [words(button) for button in again.all("button", name="then", value=way)] == []
    assert len(sign_in("ben@demo.example").page(address(cast)).all("button", name="then", value=way)) == 1


@pytest.mark.parametrize(("written", "stands_open"), [("Under a prompt.", True), ("", False)])
def test_beside_the_blank_page_the_prompts_are_open_where_one_has_written(cast, ana, written, stands_open):
    page = write(ana, cast, then="blank", answer_moment=written).page
    drawers = {words(part[0]): "open" in part.attrib for part in page.all("details", class_="drawer")}
    assert drawers == {"The prompts, if you would like one": stands_open}


def test_what_is_written_on_the_blank_page_is_read_first(cast, ana):
    write(ana, cast, then="blank")
    page = write(ana, cast, answer_page="In one piece.", answer_cost="His trust.").page
    assert [words(part) for part in page.all("h2", class_="answer-prompt")] == [
        "In free form",
        next(prompt["label"] for prompt in cast.round.framework["prompts"] if prompt["key"] == "cost"),
    ]


def test_each_field_that_may_be_shared_says_who_reads_it(cast, ana):
    page = ana.page(address(cast))
    prompts = len(cast.round.framework["prompts"]) + 1
    shared = [words(part) for part in page.all("div", class_="prompt-shared")]
    assert (len(shared), shared[0].split(" by ")[0]) == (
        prompts,
        "Once you submit, your group can read this as written",
    )
    assert [words(part) for part in page.all("div", class_="prompt-kept")] == [
        "Once you submit, only your tutor and course director can read this."
    ] * prompts
    assert [words(part) for part in page.all("p", id="asked-who")] == [
        "Once you submit, only your tutor and course director can read this."
    ]


def test_the_notices_are_said_word_for_word(db, cast, ana):
    with db.reading() as session:
        alias = session.scalars(
            select(Alias.name).where(Alias.round_id == cast.round.id).order_by(Alias.participation_id)
        ).first()
    page = ana.page(address(cast))
    of_case, of_seen = page.all("div", data_when="case"), page.all("div", data_when="seen")
    assert [words(part) for part in of_case] == [CASE_NOTICE]
    assert [words(part) for part in of_seen] == [WHOLE_NOTICE]
    assert [words(part) for part in page.all("div", class_="notice notice-alias")] == [
        ALIAS_NOTICE.replace("Heron", alias)
    ]
    assert f"In danger now: {CALL}." in page.text
    assert f"your tutor may have to tell {SUPPORT_NAME}, and will normally tell you first." in page.text


def test_a_round_with_names_has_no_alias_to_speak_of(db, sign_in):
    with db.unit_of_work() as session:
        cast = build_round(session, aliases=False)
        commit_everywhere(session, cast, cast.ana)
    page = sign_in("ana@demo.example").page(address(cast))
    assert page.all("div", class_="notice notice-alias") == []
    assert "Your group can read it under the name they know you by (Ana Duarte)" in page.text


def test_a_draft_is_saved_by_its_button_and_comes_back(db, cast, ana):
    page = write(ana, cast, then="save", answer_cost="His trust.", about="seen", **{"only-cost": "y"}).page
    assert (typed(page, "answer-cost"), typed(page, "about"), typed(page, "version")) == ("His trust.", "seen", "1")
    assert typed(page, "only-cost") == "y"
    assert "Your draft is saved. Only you can read it." in page.text
    assert count(db, Revision) == 0


def test_the_enter_key_saves_and_never_submits(cast, ana):
    page = ana.page(address(cast))
    first = next(button for button in page.form(address(cast)).iter("button") if button.get("type") == "submit")
    assert (first.get("name"), first.get("value")) == ("then", "save")


def test_a_form_without_a_button_only_saves(db, cast, ana):
    page = ana.page(address(cast))
    ana.submit(page, address(cast), **{"answer-moment": "Sent by the Enter key."})
    assert (drafts(db), count(db, Revision)) == ([({"moment": "Sent by the Enter key."}, 1)], 0)


def test_a_double_click_submits_once(db, cast, ana):
    page = ana.page(address(cast))
    answers = [
        ana.submit(page, address(cast), follow=False, then="submit", **{"answer-moment": "Once."}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert count(db, Revision) == 1


def choices(page):
    """What the page offers for each field that two tabs changed, the proposed one marked."""
    sides = [side for side in page.all("input", type="radio") if side.get("class") == "options-radio"]
    return [(side.get("name"), side.get("value"), side.get("checked") is not None) for side in sides]


def test_a_stale_tab_gets_both_texts_and_keeps_what_it_chooses(db, cast, ana):
    stale = ana.page(address(cast))
    write(ana, cast, then="save", answer_moment="The first tab.", audience="faculty")
    answer = ana.submit(stale, address(cast), then="submit", **{"answer-moment": "The <second> tab."})
    assert answer.status_code == 409
    assert choices(answer.page) == [
        ("answer-moment", "The <second> tab.", False),
        ("answer-moment", "The first tab.", False),
        ("answer-moment", "The <second> tab.\n\nThe first tab.", True),
        ("audience", "group", False),
        ("audience", "faculty", True),
    ]
    assert drafts(db) == [({"moment": "The first tab."}, 1)]

    kept = ana.submit(answer.page, address(cast), then="save", **{"answer-moment": "The <second> tab."})
    assert (typed(kept.page, "answer-moment"), typed(kept.page, "audience")) == ("The <second> tab.", "faculty")
    assert drafts(db) == [({"moment": "The <second> tab."}, 2)]
    assert count(db, Revision) == 0


def test_what_only_one_tab_changed_is_put_together(db, cast, ana):
    stale = ana.page(address(cast))
    write(ana, cast, then="save", answer_moment="The first tab.", audience="faculty", only_cost="y")
    page = ana.submit(stale, address(cast), then="save", **{"answer-cost": "The second tab."}).page
    assert (typed(page, "answer-moment"), typed(page, "answer-cost")) == ("The first tab.", "The second tab.")
    assert (typed(page, "audience"), typed(page, "only-cost")) == ("faculty", "y")
    assert drafts(db) == [({"moment": "The first tab.", "cost": "The second tab."}, 2)]


def test_a_text_too_long_comes_back_whole(db, cast, ana):
    long = "ö" * 10_001
    answer = write(ana, cast, answer_moment=long, answer_cost="Short.")
    assert answer.status_code == 422
    assert typed(answer.page, "answer-moment") == long
    assert typed(answer.page, "answer-cost") == "Short."
    assert "This is longer than can be kept." in answer.page.text
    assert count(db, Reflection) == 0


def test_answers_too_long_together_come_back_whole(db, cast, ana):
    texts = {"answer_moment": "a" * 20_000, "answer_dilemma": "b" * 20_000, "answer_cost": "c" * 10_001}
    answer = write(ana, cast, **texts)
    assert answer.status_code == 422
    assert {name: typed(answer.page, name.replace("_", "-")) for name in texts} == texts
    assert "All together this is longer than can be kept." in answer.page.text
    assert count(db, Reflection) == 0


def test_nothing_written_is_nothing_submitted(db, cast, ana):
    answer = write(ana, cast, asked="Only a question.")
    assert answer.status_code == 422
    assert "There is nothing to submit yet. Write on at least one prompt." in answer.page.text
    assert typed(answer.page, "asked") == "Only a question."
    assert count(db, Revision) == 0


def test_a_character_that_cannot_be_stored_is_named(db, cast, ana):
    answer = write(ana, cast, answer_moment="before\0after")
    assert answer.status_code == 422
    assert "This holds characters that cannot be stored." in answer.page.text
    assert typed(answer.page, "answer-moment") == "before\N{REPLACEMENT CHARACTER}after"
    assert count(db, Reflection) == 0


def test_a_closed_round_takes_nothing_and_gives_the_text_back(db, cast, ana, clock):
    close_soon(db, cast)
    page = ana.page(address(cast))
    clock.advance(minutes=20)
    text = "Written for an hour, and a minute too late."
    answer = ana.submit(page, address(cast), then="submit", **{"answer-moment": text})
    assert answer.status_code == 403
    assert text in answer.page.text
    assert count(db, Reflection) == 0


def test_after_the_close_what_was_written_can_be_read(db, cast, ana, clock):
    close_soon(db, cast)
    write(ana, cast, then="save", answer_moment="Never submitted.")
    clock.advance(minutes=20)
    page = ana.page(address(cast))
    assert "You wrote this and did not submit it. Only you can read it." in page.text
    assert "Never submitted." in page.text
    assert page.all("textarea") == []


def test_an_expired_sign_in_keeps_the_text_for_the_same_person(db, cast, ana):
    page = ana.page(address(cast))
    ana.delete_cookie("ethics-session")
    text = "Written while the sign-in ran out."
    answer = ana.submit(page, address(cast), then="submit", **{"answer-moment": text})
    assert answer.status_code == 401
    again = ana.submit(answer.page, "/sign-in", email="ana@demo.example", password="ethics-demo")
    assert text in again.page.text
    assert count(db, Reflection) == 0
    sent = ana.submit(again.page, address(cast))
    assert text in sent.page.text
    assert count(db, Revision) == 1


def test_an_expired_sign_in_shows_nothing_to_another_person(cast, ana):
    page = ana.page(address(cast))
    ana.delete_cookie("ethics-session")
    text = "Written while the sign-in ran out."
    answer = ana.submit(page, address(cast), then="submit", **{"answer-moment": text})
    again = ana.submit(answer.page, "/sign-in", email="ben@demo.example", password="ethics-demo")
    assert text not in again.text


def autosave(client, cast, page, **values):
    data = page.fill_in(page.form(address(cast)), values)
    data.pop("idempotency_key")
    return client.post(f"{address(cast)}/draft", data=data, headers={"Accept": "application/json"})


def test_autosave_answers_with_time_version_and_what_the_page_now_stands_on(db, cast, ana):
    page = ana.page(address(cast))
    answer = autosave(ana, cast, page, **{"answer-moment": "First words."})
    base = answer.json["fields"]["base"]
    assert (answer.status_code, answer.json) == (200, {"saved": "10:00", "version": 1, "fields": {"base": base}})
    assert typed(ana.page(address(cast)), "base") == base
    answer = autosave(ana, cast, page, **{"answer-moment": "First words, and more.", "version": "1", "turn": "1"})
    assert (answer.json["version"], list(answer.json["fields"])) == (2, ["base"])
    assert drafts(db) == [({"moment": "First words, and more."}, 2)]


def test_autosave_never_overwrites_another_tab(db, cast, ana):
    first, second = ana.page(address(cast)), ana.page(address(cast))
    autosave(ana, cast, first, **{"answer-moment": "The first tab."})
    answer = autosave(ana, cast, second, **{"answer-moment": "The second tab."})
    assert answer.status_code == 409
    assert drafts(db) == [({"moment": "The first tab."}, 1)]


def test_autosave_brings_what_another_tab_wrote_elsewhere(db, cast, ana):
    first, second = ana.page(address(cast)), ana.page(address(cast))
    autosave(ana, cast, first, **{"answer-moment": "The first tab.", "only-moment": "y", "audience": "faculty"})
    answer = autosave(ana, cast, second, **{"answer-cost": "The second tab."})
    taken = {name: text for name, text in answer.json["fields"].items() if name != "base"}
    assert taken == {"answer-moment": "The first tab.", "only-moment": "y", "audience": "faculty"}
    assert drafts(db) == [({"moment": "The first tab.", "cost": "The second tab."}, 2)]


def test_autosave_takes_what_is_typed_on_although_its_answer_was_lost(db, cast, ana):
    page = ana.page(address(cast))
    for turn, text in enumerate(["One.", "One. Two.", "One. Two. Three."], start=1):
        assert autosave(ana, cast, page, **{"answer-moment": text, "turn": str(turn)}).status_code == 200
    late = autosave(ana, cast, page, **{"answer-moment": "One. Two.", "turn": "2"})
    assert (late.status_code, drafts(db)) == (200, [({"moment": "One. Two. Three."}, 3)])


def test_autosave_says_why_it_cannot_keep_a_text(db, cast, ana, clock):
    close_soon(db, cast)
    page = ana.page(address(cast))
    long = autosave(ana, cast, page, **{"answer-moment": "a" * 20_001})
    assert (long.status_code, long.json) == (
        422,
        {"error": "This is longer than can be kept. Nothing was lost: shorten it and send it again."},
    )
    clock.advance(minutes=20)
    closed = autosave(ana, cast, page, **{"answer-moment": "Too late."})
    assert (closed.status_code, closed.json) == (
        403,
        {"error": "This round is closed. What was open to you can still be read."},
    )


def test_autosave_without_a_sign_in_waits(cast, ana):
    page = ana.page(address(cast))
    ana.delete_cookie("ethics-session")
    answer = autosave(ana, cast, page, **{"answer-moment": "Typed meanwhile."})
    assert (answer.status_code, answer.json) == (401, {"error": "signed-out"})


def test_autosave_takes_no_text_of_another_person(db, cast, sign_in):
    ana, ben = sign_in("ana@demo.example"), sign_in("ben@demo.example")
    data = {
        **dict(ben.page(address(cast)).fields(ben.page(address(cast)).form(address(cast)))),
        "answer-moment": "Of Ana.",
        "writer": ana.page(address(cast)).one("form", id="reflection").find("input[@name='writer']").get("value"),
    }
    answer = ben.post(f"{address(cast)}/draft", data=data, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (401, {"error": "signed-out"})
    assert count(db, Reflection) == 0


def test_a_form_without_a_token_is_refused(cast, ana):
    assert ana.post(address(cast), data={"answer-moment": "From elsewhere."}).status_code == 400
    assert ana.post(f"{address(cast)}/draft", data={"answer-moment": "From elsewhere."}).status_code == 400


def test_once_submitted_the_address_shows_what_was_submitted(cast, ana):
    submitted(ana, cast, answer_moment="When he asked.")
    page = ana.page(address(cast))
    assert page.all("textarea") == []
    assert [link.get("href") for link in page.all("a", class_="button button-ghost")] == [f"{address(cast)}?revise=1"]


def test_a_revision_leaves_the_earlier_one_to_be_read(cast, ana):
    submitted(ana, cast, answer_moment="The first version.")
    place = submitted(ana, cast, answer_moment="The second version.")
    page = ana.page(place)
    assert [words(part) for part in page.all("summary")] == [
        "Keep single answers from my group",
        "Version 1, submitted Tue 24 Nov, 10:00 London",
    ]
    assert "The second version." in page.text


def test_what_is_typed_after_submitting_is_the_writers_alone(cast, ana, sign_in):
    place = submitted(ana, cast, answer_moment="Submitted.")
    write(ana, cast, then="save", answer_moment="Not yet submitted.")
    assert "Not yet submitted." in ana.page(place).text
    page = sign_in("ines@demo.example").page(place)
    assert "Submitted." in page.text
    assert "Not yet submitted." not in page.html


def test_faculty_open_it_and_the_writer_sees_who_and_when(db, cast, ana, sign_in, clock):
    place = submitted(ana, cast, answer_moment="When he asked.", asked="Was I slow?")
    assert "Nobody of your faculty yet." in ana.page(place).text
    clock.advance(minutes=20)
    page = sign_in("ines@demo.example").page(place)
    assert page.heading == "Ana Duarte"
    assert "When he asked." in page.text
    assert "Was I slow?" in page.text
    assert [words(part) for part in ana.page(place).all("li") if "Ines" in words(part)] == [
        "Ines Brandt, Tue 24 Nov, 10:20 London"
    ]
    assert count(db, Access) == 1


def test_a_peer_reads_what_is_shared_once_the_own_is_submitted(db, cast, ana, sign_in, clock):
    clock.advance(minutes=7)
    place = submitted(
        ana, cast, answer_moment="canary-shared", answer_cost="canary-kept", only_cost="y", asked="canary-asked"
    )
    ben = sign_in("ben@demo.example")
    ben.page(place, 404)
    ben.page(f"/rounds/{cast.id}/reflections", 404)
    submitted(ben, cast, answer_moment="My own.")
    with db.reading() as session:
        alias = session.scalars(select(Alias.name).where(Alias.round_id == cast.round.id).order_by(Alias.id)).first()
    listed = ben.page(f"/rounds/{cast.id}/reflections")
    assert [words(part) for part in listed.all("h2", class_="card-title")] == [alias]
    page = ben.page(place)
    assert page.heading == alias
    for found in (listed, page):
        assert "canary-shared" in found.text
        assert [
            secret for secret in ("canary-kept", "canary-asked", "Ana", "24 Nov", "10:07") if secret in found.html
        ] == []
    assert count(db, Access) == 0


def test_sharing_is_taken_back_and_given_again(cast, ana, sign_in):
    place = submitted(ana, cast, answer_moment="canary-shared")
    ben = sign_in("ben@demo.example")
    submitted(ben, cast, answer_moment="My own.")
    taken = ana.submit(ana.page(place), f"{place}/audience", audience="faculty")
    assert "Your group can no longer read it." in taken.page.text
    ben.page(place, 404)
    assert taken.page.all("input", type="checkbox") == []
    ana.submit(ana.page(place), f"{place}/audience", audience="group")
    assert "canary-shared" in ben.page(place).text


def test_single_answers_are_kept_back_and_shared_later(cast, ana, sign_in):
    place = submitted(ana, cast, answer_moment="canary-one", answer_cost="canary-two", only_cost="y")
    ben = sign_in("ben@demo.example")
    submitted(ben, cast, answer_moment="My own.")
    page = ana.page(place)
    assert [box.get("name") for box in page.all("input", type="checkbox") if box.get("checked") is not None] == [
        "only-cost"
    ]
    answer = ana.submit(page, f"{place}/audience", audience="group", **{"only-moment": "y", "only-cost": []})
    assert "Your group can read what you left unticked." in answer.page.text
    assert [text in ben.page(place).html for text in ("canary-one", "canary-two")] == [False, True]


def test_the_own_page_says_how_it_stands(cast, ana, sign_in):
    place = submitted(ana, cast, answer_moment="When he asked.")
    lead = [words(part) for part in ana.page(place).all("p", class_="lead")]
    assert lead == ["With your faculty. Nobody has opened it yet."]
    sign_in("ines@demo.example").page(place)
    lead = [words(part) for part in ana.page(place).all("p", class_="lead")]
    assert lead == ["Ines Brandt has opened it; there is no answer yet."]


@pytest.mark.parametrize("who", ["chi", "jo", "paul", "sam", "lucía", "morag"])
def test_for_others_none_of_it_exists(db, cast, ana, sign_in, who):
    place = submitted(ana, cast, answer_moment="canary-shared")
    if who == "chi":
        submitted(sign_in("chi@demo.example"), cast, answer_moment="My own.")
    client = sign_in(f"{who}@demo.example")
    assert "canary" not in client.page(place, 404).html
    token = client.page("/account").all("input", name="csrf_token")[0].get("value")
    for action in (f"{place}/audience",):
        assert client.post(action, data={"csrf_token": token, "audience": "faculty"}).status_code == 404
    if who in {"paul", "sam", "lucía", "morag"}:
        client.page(address(cast), 404)
        client.page(f"/rounds/{cast.id}/reflections", 404)
        for action in (address(cast), f"{address(cast)}/draft"):
            answer = client.post(action, data={"csrf_token": token, "about": "case", "audience": "faculty"})
            assert answer.status_code == (401 if action.endswith("draft") else 404)


def test_who_was_removed_finds_nothing(db, cast, ana):
    place = submitted(ana, cast, answer_moment="Written before.")
    with db.unit_of_work() as session:
        leave(session, cast, cast.ana)
    for gone in (place, address(cast), f"/rounds/{cast.id}/reflections"):
        ana.page(gone, 404)


def test_late_is_said_before_and_marked_after(db, cast, ana, clock):
    close_soon(db, cast)
    clock.advance(minutes=11)
    page = ana.page(address(cast))
    assert "Submitted now it is marked late, and read all the same." in page.text
    late = ana.page(submitted(ana, cast, answer_moment="Late."))
    assert [words(part) for part in late.all("span", class_="state state-late")] == ["Late"]
