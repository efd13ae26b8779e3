"""Talking in a group, without a script: begin, answer, change, withdraw, hide."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ethics.discussions import actions, moderation
from ethics.discussions.models import Comment, Thread
from ethics.discussions.reading_models import CommentDraft
from ethics.discussions.reports import report_comment
from ethics.reflections.models import Reflection
from ethics.rounds.models import Audience, Round
from tests.clock import START
from tests.discussions.talking import Talk, rows, told
from tests.pages import words
from tests.rounds_cast import build_round, commit_everywhere, meet

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # The queries are proved on both in tests/discussions.

CANARY = "canary of the comment"
HOUR = timedelta(hours=1)


@pytest.fixture
def talk(session):
    """Ana and Ben have met the others; Dee has committed and not."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.chi):
        meet(session, cast, person)
    commit_everywhere(session, cast, cast.dee)
    session.commit()
    return Talk(session, cast)


@pytest.fixture
def thread(talk):
    return talk.start(talk.cast.ana, CANARY)


@pytest.fixture
def comment(db, thread):
    return rows(db, select(Comment))[0]


@pytest.fixture
def ana(sign_in, talk):
    return sign_in("ana@demo.example")


@pytest.fixture
def ben(sign_in, talk):
    return sign_in("ben@demo.example")


@pytest.fixture
def tutor(sign_in, talk):
    return sign_in("ines@demo.example")


def discussion(talk) -> str:
    return f"/rounds/{talk.cast.id}/discussion"


def count(db, model) -> int:
    return len(rows(db, select(model)))


def test_a_title_is_withdrawn_with_the_comment_it_came_with_from_faculty_s_pages_too(talk, tutor):
    title = "canary-of-the-title"
    thread, other = talk.start(talk.cast.ana, CANARY, title=title), talk.start(talk.cast.ana, "Another.")
    reflection, answer = talk.reflect(talk.cast.ben), talk.post(talk.cast.ben, thread, "Not so.")
    actions.withdraw_comment(
        talk.session,
        actor=talk.cast.ana,
        comment_id=talk.session.scalars(select(Comment.public_id).where(Comment.html.contains(CANARY))).one(),
        now=START,
    )
    report = {"category": "demeans", "categories": ["demeans"], "note": "", "now": START}
    report_comment(talk.session, actor=talk.cast.director, comment_id=answer.public_id, **report)
    talk.session.commit()

    pages = (
        f"/rounds/{talk.cast.id}/review?reflection={reflection.public_id}",
        "/moderation",
        f"/comments/{answer.public_id}/moderate",
        f"/threads/{thread.public_id}/arrange",
        f"/threads/{other.public_id}/arrange",
        f"/threads/{thread.public_id}/redact",
        discussion(talk),
    )
    assert [page for page in pages if title in tutor.get(page).text] == []


def test_before_the_commitments_are_complete_the_page_says_what_opens_it(sign_in, talk, thread):
    page = sign_in("dee@demo.example").page(discussion(talk))

    assert page.heading == "Discussion"
    assert [link.get("href") for link in page.all("a", class_="button button-primary")] == [
        f"/rounds/{talk.cast.id}/reasons"
    ]
    assert CANARY not in page.html
    assert thread.title not in page.html


def test_a_thread_from_a_question(db, talk, ana):
    page = ana.page(f"{discussion(talk)}?question=1")
    assert "Who decides?" in page.text
    answer = ana.submit(page, discussion(talk), title="Who decides?", text="The one who **carries** it.")

    assert answer.page.heading == "Who decides?"
    assert "<strong>carries</strong>" in answer.text
    assert rows(db, select(Thread.question))[0] == 1


def test_the_alias_is_spoken_of_at_the_first_writing_and_who_can_read_always(talk, ana):
    words = (
        r"Your group sees you as (\w+)\. In a small group, people may still guess\. Your tutor and course director "
        r"can see your name\. Anyone else needs a recorded reason, and you will be told\."
    )
    page = ana.page(discussion(talk))
    alias = re.search(words, page.text)[1]
    readers = (
        "Your tutor and course director can read this with your name. "
        f"Your group can read it under the name they know you by ({alias})."
    )
    assert readers in page.text

    written = ana.submit(page, discussion(talk), title="A start", text="First words.").page
    assert re.search(words, written.text) is None
    assert readers in written.text


def test_answering_opens_a_form_at_the_comment(db, talk, thread, comment, ben):
    address = f"/threads/{thread.public_id}"
    assert f"{address}?reply={comment.public_id}#text" in [
        link.get("href") for link in ben.page(address).all("a", class_="button button-quiet")
    ]
    page = ben.page(f"{address}?reply={comment.public_id}")
    assert len(page.all("textarea", name="text")) == 1
    answered = ben.submit(page, address, text="To whom?").page

    answer = rows(db, select(Comment).where(Comment.number == 2))[0]
    assert answer.parent_id == comment.id
    assert answered.one("article", id=f"comment-{answer.public_id}").get("class") == (
        "comment comment-answer comment-depth-1"
    )


def test_a_form_sent_twice_is_one_comment(db, talk, thread, ben):
    address = f"/threads/{thread.public_id}"
    page = ben.page(address)
    filled = page.fill_in(page.form(address), {"text": "Once."})
    answers = [ben.post(address, data=filled) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert count(db, Comment) == 2


def test_so_is_a_thread(db, talk, ana):
    page = ana.page(discussion(talk))
    filled = page.fill_in(page.form(discussion(talk)), {"title": "Once", "text": "Once."})
    assert ana.post(discussion(talk), data=filled).location == ana.post(discussion(talk), data=filled).location
    assert count(db, Thread) == 1


@pytest.mark.parametrize(("title", "text"), [("", "A long thought."), ("A title", ""), ("A title", "long " * 2_001)])
def test_what_cannot_be_kept_is_shown_again_whole(db, talk, ana, title, text):
    answer = ana.submit(ana.page(discussion(talk)), discussion(talk), title=title, text=text)

    assert answer.status_code == 422
    fields = answer.page.fields(answer.page.form(discussion(talk)))
    assert (fields["title"], fields["text"]) == (title, text)
    assert len(answer.page.all("p", class_="field-error")) == 1
    assert count(db, Thread) == 0


def test_so_is_an_answer_at_its_comment(talk, thread, comment, ben):
    address = f"/threads/{thread.public_id}"
    answer = ben.submit(ben.page(f"{address}?reply={comment.public_id}"), address, text="long " * 2_001)

    assert answer.status_code == 422
    fields = answer.page.fields(answer.page.form(address))
    assert (fields["text"], fields["parent"]) == ("long " * 2_001, comment.public_id)


def test_a_round_that_closes_meanwhile_keeps_what_was_typed(db, talk, thread, ben):
    address = f"/threads/{thread.public_id}"
    page = ben.page(address)
    with db.unit_of_work() as session:
        session.execute(update(Round).values(due_at=START - HOUR, revisit_at=None, close_at=START - HOUR))
    answer = ben.submit(page, address, text="A thought that took me two hours, and came too late for this round.")

    assert answer.status_code == 403
    assert "This round is closed." in answer.page.text
    assert [area.text for area in answer.page.all("textarea")] == [
        "A thought that took me two hours, and came too late for this round."
    ]
    assert count(db, Comment) == 1
    assert ben.page(address).all("textarea") == []


def test_a_stale_change_shows_both_texts_and_keeping_mine_keeps_it(db, talk, comment, ana):
    address = f"/comments/{comment.public_id}/edit"
    first, second = ana.page(address), ana.page(address)
    ana.submit(first, address, text="From the first tab.")
    answer = ana.submit(second, address, text="From the second tab.")

    assert answer.status_code == 409
    assert "From the first tab." in answer.page.text
    assert "From the second tab." in answer.page.text
    kept = ana.submit(answer.page, address).page
    assert "From the second tab." in kept.text
    assert rows(db, select(Comment.source))[0] == "From the second tab."


def test_peers_read_edited_and_faculty_what_it_said_before(talk, thread, comment, ana, ben, tutor):
    address = f"/comments/{comment.public_id}/edit"
    ana.submit(ana.page(address), address, text="Calmer.")
    seen = {
        name: reader.page(f"/threads/{thread.public_id}")
        for name, reader in (("ana", ana), ("ben", ben), ("tutor", tutor))
    }

    assert {name: "edited" in page.text for name, page in seen.items()} == {"ana": True, "ben": True, "tutor": True}
    assert {name: CANARY in page.html for name, page in seen.items()} == {"ana": True, "ben": False, "tutor": True}


def test_withdrawing_offers_undo(talk, thread, comment, ana, ben, tutor):
    address = f"/threads/{thread.public_id}"
    page = ana.submit(ana.page(address), f"/comments/{comment.public_id}/withdraw").page
    assert "Withdrawn. Only you can still read it." in page.text
    assert [CANARY in reader.page(address).html for reader in (ana, ben, tutor)] == [True, False, False]
    assert "Withdrawn by its writer." in ben.page(address).text
    assert tutor.get(f"/comments/{comment.public_id}/moderate").status_code == 409

    undo = [form for form in page.all("form") if form.get("action") == f"/comments/{comment.public_id}/restore"]
    ana.post(undo[0].get("action"), data=page.fields(undo[0]))
    assert [CANARY in reader.page(address).html for reader in (ana, ben, tutor)] == [True, True, True]


def test_hiding_leaves_the_rule_for_all_and_the_reason_for_the_author(
    db, talk, thread, comment, ana, ben, tutor, clock
):
    address, hide = f"/threads/{thread.public_id}", f"/comments/{comment.public_id}/moderate"
    assert ben.get(hide).status_code == 403
    page = tutor.page(hide)
    assert CANARY in page.text
    hidden = tutor.submit(page, hide, act="hide", category="identifies", reason="canary of the reason").page
    assert "Hidden. Its author is told in ten minutes." in hidden.text

    rule = "Hidden by faculty: Points to a real person."
    for reader, texts in ((ana, (True, True)), (ben, (False, False)), (tutor, (True, True))):
        seen = reader.page(address)
        assert rule in seen.text
        assert (CANARY in seen.html, "canary of the reason" in seen.html) == texts
    clock.advance(minutes=10)
    [notice] = told(db, talk.cast.ana, clock.now)
    token = ana.page(address).one("form", action=f"/comments/{comment.public_id}/withdraw")
    seen = ana.post(f"/notices/{notice.public_id}/seen", data=ana.page(address).fields(token), follow_redirects=True)
    assert seen.request.path == address
    assert told(db, talk.cast.ana, clock.now) == []

    shown = tutor.submit(tutor.page(address), f"/comments/{comment.public_id}/show").page
    assert rule not in shown.text
    assert CANARY in ben.page(address).html


def test_a_refused_form_to_hide_does_not_show_what_was_withdrawn_meanwhile(talk, thread, comment, ana, tutor):
    hide = f"/comments/{comment.public_id}/moderate"
    page = tutor.page(hide)
    ana.submit(ana.page(f"/threads/{thread.public_id}"), f"/comments/{comment.public_id}/withdraw")
    answer = tutor.submit(page, hide, act="hide", category="identifies", reason="canary of the reason\0")

    assert (answer.status_code, CANARY in answer.page.html) == (409, False)
    assert "canary of the reason\N{REPLACEMENT CHARACTER}" in answer.page.html


@pytest.mark.parametrize("number", ["-1", "9" * 30, "x"])
def test_a_number_that_no_comment_has_is_as_good_as_none(thread, ana, number):
    address = f"/threads/{thread.public_id}"

    for name in ("after", "before"):
        assert CANARY in ana.page(f"{address}?{name}={number}").html


def test_hiding_asks_for_a_rule_and_a_reason_and_keeps_what_was_typed(talk, comment, tutor):
    hide = f"/comments/{comment.public_id}/moderate"
    answer = tutor.submit(tutor.page(hide), hide, act="hide", reason="It names the ward.")

    assert answer.status_code == 422
    assert answer.page.fields(answer.page.form(hide))["reason"] == "It names the ward."
    assert "Choose the rule it breaks." in answer.page.text


def test_a_page_that_comes_too_late_speaks_of_no_text_where_none_was_typed(db, comment, tutor):
    hide = f"/comments/{comment.public_id}/moderate"
    page = tutor.page(hide)
    with db.unit_of_work() as session:
        session.execute(update(Comment).values(state="withdrawn"))
    answer = tutor.submit(page, hide, act="hide", reason="")

    assert (answer.status_code, "What you typed" in answer.page.text) == (409, False)


def test_what_is_held_offers_no_answer(db, talk, session, thread, comment, ana, tutor):
    rule = {"category": "demeans", "categories": ("demeans",), "reason": "Too sharp."}
    moderation.hold_person(session, actor=talk.cast.tutor, comment_id=comment.public_id, now=START, **rule)
    session.commit()
    talk.post(talk.cast.ana, thread, "Once more.")

    for reader in (ana, tutor):
        page = reader.page(f"/threads/{thread.public_id}")
        assert "Once more." in page.text
        offered = [link.get("href") or "" for link in page.all("a")]
        assert [re.findall(r"reply=(\w+)", link) for link in offered if "reply=" in link] == [[comment.public_id]]


def test_nothing_in_a_peers_page_tells_who_an_alias_is(talk, thread, ben):
    for address in (discussion(talk), f"/threads/{thread.public_id}"):
        html = ben.page(address).html
        assert [word for word in ("Ana", "Duarte", "ana@", talk.cast.ana.public_id) if word in html] == []
        assert re.findall(r"\d\d:\d\d", re.sub(r"Tuesday, 16:10|Wednesday, 11:30|due [^<]+|from [^<]+", "", html)) == []
        assert {time.get("datetime") for time in ben.page(address).all("time")} == {START.date().isoformat()}


def test_other_groups_and_other_classes_find_nothing(sign_in, talk, thread, comment):
    for email in ("chi@demo.example", "jo@demo.example", "paul@demo.example", "sam@demo.example", "morag@demo.example"):
        reader = sign_in(email)
        for address in (
            f"/threads/{thread.public_id}",
            f"/comments/{comment.public_id}",
            f"/comments/{comment.public_id}/edit",
        ):
            answer = reader.get(address)
            assert (answer.status_code, CANARY in answer.text) == (404, False), (email, address)


def test_faculty_choose_the_group(sign_in, talk, thread):
    director = sign_in("helen@demo.example")
    first, second = (group.public_id for group in talk.cast.groups)

    assert thread.title in director.page(discussion(talk)).text
    assert thread.title in director.page(f"{discussion(talk)}?group={first}").text
    assert thread.title not in director.page(f"{discussion(talk)}?group={second}").text
    assert director.get(f"{discussion(talk)}?group=none").status_code == 404
    page = director.page(f"{discussion(talk)}?group={second}")
    answer = director.submit(page, f"{discussion(talk)}?group={second}", title="Welcome", text="To group 2.")
    assert "Group 2" in answer.page.text
    assert "Helen Ashworth (you)" in answer.page.text


def test_a_long_thread_has_pages_and_a_comment_leads_to_its_own(talk, thread, ben):
    last = [talk.post(talk.cast.ana, thread, f"Number {number}.") for number in range(2, 53)][-1]
    address = f"/threads/{thread.public_id}"

    assert len(ben.page(address).all("article")) == 50
    assert f"{address}?after=50" in [link.get("href") for link in ben.page(address).all("a", rel="next")]
    assert ben.get(f"/comments/{last.public_id}").location == f"{address}?after=50#comment-{last.public_id}"
    assert len(ben.page(f"{address}?after=50").all("article")) == 2
    assert len(ben.page(f"{address}?before=51").all("article")) == 50


def test_answers_deeper_than_is_readable_name_what_they_answer(talk, thread, comment, ben):
    parent = comment
    for number in range(4):
        parent = talk.post(talk.cast.ana, thread, f"Deeper {number}.", parent_id=parent.public_id)
    page = ben.page(f"/threads/{thread.public_id}")

    assert [article.get("class").split()[-1] for article in page.all("article")] == [
        "comment",
        "comment-depth-1",
        "comment-depth-2",
        "comment-depth-2",
        "comment-depth-2",
    ]
    assert page.text.count("What this answers") == 2


def test_a_notice_waits_its_ten_minutes(db, talk, comment, tutor, clock):
    hide = f"/comments/{comment.public_id}/moderate"
    tutor.submit(tutor.page(hide), hide, act="hide", category="identifies", reason="It names the ward.")

    assert told(db, talk.cast.ana, clock.now + timedelta(minutes=9)) == []


def test_marks_go_as_one_reads_and_lead_on(db, talk, thread, comment, ana, ben):
    address, listed = f"/threads/{thread.public_id}", discussion(talk)
    ana.page(address)
    assert "Read and reply · 1 new" in ben.page(listed).text
    assert ben.get(f"{listed}/unread").location == f"/comments/{comment.public_id}"
    assert ben.page(address).all("span", class_="state state-unread") == []  # All is new at the first visit.
    assert ben.get(f"{listed}/unread").location == listed
    posted = [talk.post(talk.cast.ben, thread, f"{number}") for number in range(2)]

    page = ana.page(address)
    assert [link.get("href") for link in page.all("a") if "next-new" in (link.get("class") or "")] == [
        f"#comment-{posted[0].public_id}",
        f"#comment-{posted[1].public_id}",
        f"{listed}/unread",
    ]
    assert len(page.all("span", class_="state state-unread")) == 2
    assert ana.page(address).all("span", class_="state state-unread") == []


def test_a_muted_thread_says_so(talk, thread, comment, ben):
    address = f"/threads/{thread.public_id}"
    page = ben.page(address)
    muted = ben.post(f"{address}/follow", data={**page.fields(page.form(f"{address}/follow")), "follows": "muted"})
    assert muted.location == address
    assert "Muted: nothing here counts as new." in ben.page(address).text
    assert "muted" in ben.page(discussion(talk)).text


def test_the_title_of_a_hidden_beginning_is_nowhere_on_a_peers_pages(talk, thread, comment, ben, tutor):
    hide = f"/comments/{comment.public_id}/moderate"
    talk.post(talk.cast.ben, thread, "An answer.")
    tutor.submit(tutor.page(hide), hide, act="hide", category="identifies", reason="It names the ward.")

    for address in (discussion(talk), f"/threads/{thread.public_id}", "/journal", f"/journal/{talk.cast.id}"):
        assert thread.title not in ben.page(address).html, address
    assert ben.page(f"/threads/{thread.public_id}").heading == "Begun by a comment that faculty have hidden"
    assert tutor.page(f"/threads/{thread.public_id}").heading == thread.title


def test_a_look_before_posting_posts_nothing(db, talk, thread, ben):
    address = f"/threads/{thread.public_id}"
    answer = ben.submit(ben.page(address), address, text="**Bold** words.", then="preview")

    assert (answer.status_code, count(db, Comment)) == (200, 1)
    assert "<strong>Bold</strong>" in answer.page.html
    assert answer.page.fields(answer.page.form(address))["text"] == "**Bold** words."
    page = ben.page(discussion(talk))
    shown = ben.submit(page, discussion(talk), title="A", text="*So* said Mrs Okonkwo-Reilly.", then="preview").text
    assert "<em>So</em>" in shown
    assert "One place may point to a real person: “Mrs Okonkwo-Reilly”." in shown
    assert count(db, Thread) == 1


def test_a_draft_is_kept_for_its_writer_until_it_is_posted(db, talk, thread, comment, ana, ben):
    address = f"/threads/{thread.public_id}"
    for where in (address, f"{address}?reply={comment.public_id}"):
        kept = ben.submit(ben.page(where), address, text=f"{CANARY} at {where}", then="save").page
        assert kept.fields(kept.form(address))["text"] == f"{CANARY} at {where}"
        assert f"{CANARY} at" not in ana.page(where).html
    sent = ben.page(address).form(address)
    saved = ben.post(f"{address}/draft", data={**ben.page(address).fields(sent), "text": "Typed on."})
    assert (saved.status_code, saved.json["version"]) == (200, 2)
    stale = ben.post(f"{address}/draft", data={**ben.page(address).fields(sent), "text": "Old.", "version": "1"})
    assert stale.status_code == 409

    ben.submit(ben.page(address), address)
    page = ben.page(address)
    assert "Typed on." in page.text
    assert page.fields(page.form(address))["text"] == ""
    assert rows(db, select(CommentDraft.text)) == [f"{CANARY} at {address}?reply={comment.public_id}"]


def test_the_beginning_of_a_thread_is_a_draft_too(db, talk, ana):
    listed = discussion(talk)
    page = ana.submit(ana.page(f"{listed}?question=1"), listed, title="Not yet", text="Half a", then="save").page
    fields = page.fields(page.form(listed))
    assert (fields["title"], fields["text"], fields["question"]) == ("Not yet", "Half a", "1")
    stale = ana.submit(page, listed, text="From this tab.", version="0", then="save")
    assert stale.status_code == 409
    assert "Half a" in stale.page.text

    ana.submit(ana.page(listed), listed, text="Whole.")
    assert rows(db, select(CommentDraft)) == []


def test_a_quotation_says_so_when_what_it_quotes_is_gone(talk, thread, comment, ana, ben):
    address = f"/threads/{thread.public_id}"
    page = ben.page(f"{address}?reply={comment.public_id}")
    refused = ben.submit(page, address, text="Which?", quotation="nothing of it")
    assert (refused.status_code, "These words don’t stand in the text" in refused.page.text) == (422, True)
    ben.submit(page, address, text="Which?", quotation="canary of")
    quoted = ana.page(address)
    assert [quote.text for quote in quoted.all("blockquote", class_="comment-quote")] == ["canary of"]

    edit = f"/comments/{comment.public_id}/edit"
    ana.submit(ana.page(edit), edit, text="Something else.")
    assert "The passage quoted here has changed since." in ben.page(address).text
    ana.submit(ana.page(edit), edit, text=CANARY)
    ana.submit(ana.page(address), f"/comments/{comment.public_id}/withdraw")
    withdrawn = ana.page(address)
    assert withdrawn.all("blockquote", class_="comment-quote") == []
    assert "What is quoted here was withdrawn by its writer." in withdrawn.text


def test_bare_agreement_is_asked_for_a_reason_once(db, talk, thread, ben, tutor):
    address = f"/threads/{thread.public_id}"
    asked = ben.submit(ben.page(address), address, text="I agree!")
    assert (asked.status_code, count(db, Comment)) == (422, 1)
    assert "You agree. What makes you?" in asked.page.text
    ben.submit(asked.page, address)
    tutor.submit(tutor.page(address), address, text="Agreed.")
    assert count(db, Comment) == 3


def test_what_faculty_wait_with_appears_once_most_have_written(talk, thread, ana, ben, tutor):
    address = f"/threads/{thread.public_id}"
    tutor.submit(tutor.page(address), address, text="canary of the tutor", after_most="y")
    assert "canary of the tutor" not in ana.page(address).html
    assert "Students see this once most of them have written in this thread." in tutor.page(address).text
    assert "Read and reply" in ana.page(discussion(talk)).text

    ben.submit(ben.page(address), address, text="My own thought.")
    assert "canary of the tutor" in ana.page(address).html
    assert "2 replies" in ben.page(discussion(talk)).text


def test_a_thread_begins_from_a_passage_of_the_case_and_stands_beside_it(db, talk, ana, ben, sign_in):
    stage, listed = f"/rounds/{talk.cast.id}/stages/1", discussion(talk)
    page = ana.page(stage)
    paragraph = next(page.all("div", class_="passage-part")[0].iter("p"))
    words = " ".join("".join(paragraph.itertext()).split()[:5])
    begun = ana.submit(page, listed, quotation=words, then="begin")
    assert (begun.status_code, begun.page.fields(begun.page.form(listed))["quotation"]) == (200, words)
    thread = ana.submit(begun.page, listed, title="Is it so?", text="I wonder.").page

    assert [quote.text for quote in thread.one("figure", class_="begun").iter("blockquote")] == [words]
    [source] = thread.one("figure", class_="begun").iter("a")
    assert (source.get("href") or "").startswith(f"{stage}#part-")
    beside = ben.page(stage).all("a", data_passage=words)
    assert len(beside) == 1
    assert "data-passage" not in sign_in("dee@demo.example").page(stage).html  # She has not met the others yet.


def test_faculty_begin_a_thread_in_each_group_at_once(db, talk, sign_in, ana):
    director = sign_in("helen@demo.example")
    page = director.page(discussion(talk))
    action = next(form.get("action") for form in page.all("form") if "discussion?group=" in (form.get("action") or ""))
    director.submit(page, action, title="Before Friday", text="To all of you.", everywhere="y")

    assert sorted(rows(db, select(Thread.group_id))) == sorted(group.id for group in talk.cast.groups)
    assert len(set(rows(db, select(Thread.series)))) == 1
    for email in ("ana@demo.example", "chi@demo.example"):
        reader = sign_in(email)
        link = reader.page(discussion(talk)).one("a", class_="thread-card-link").get("href")
        assert "Posted in each group at once." in reader.page(link).text
    data = {**ana.page(discussion(talk)).fields(ana.page(discussion(talk)).form(discussion(talk))), "everywhere": "y"}
    assert ana.post(discussion(talk), data={**data, "title": "Mine", "text": "To all."}).status_code == 404
    assert count(db, Thread) == 2


def test_words_are_found_with_where_they_stand(talk, thread, comment, ana, ben):
    form = ben.page(discussion(talk)).one("form", action=f"{discussion(talk)}/search")
    assert form.get("method") == "get"
    page = ben.page(f"{discussion(talk)}/search?q=comment")
    assert page.heading == "Found in the discussion"
    assert [words(mark) for mark in page.all("mark")] == ["comment"]
    [hit] = page.all("article", class_="found")
    assert [link.get("href") for link in hit.iter("a")] == [f"/comments/{comment.public_id}"]
    assert CANARY in words(hit)
    assert "Ana" not in page.text

    nothing = ben.page(f"{discussion(talk)}/search?q=absent")
    assert nothing.all("article", class_="found") == []
    assert nothing.one("input", id="q").get("value") == "absent"
    assert "Nothing found" in nothing.text


def test_a_name_beside_an_alias_is_put_there_and_taken_back_by_its_bearer(talk, thread, ana, ben):
    address = f"/rounds/{talk.cast.id}/name"
    assert "Ana Duarte" not in ben.page(f"/threads/{thread.public_id}").html
    assert ana.page(discussion(talk)).one("a", href=address) is not None
    ana.submit(ana.page(address), address)
    assert "(Ana Duarte)" in ben.page(f"/threads/{thread.public_id}").text

    back = ana.submit(ana.page(address), f"{address}/take-back").page
    assert "Whoever has read your name may remember it." in back.text
    assert "Ana Duarte" not in ben.page(f"/threads/{thread.public_id}").html


def test_whose_posts_are_held_reads_so_where_they_write(session, talk, thread, ana, ben):
    [comment] = session.scalars(select(Comment)).all()
    rule = {"category": "demeans", "categories": ["demeans"], "reason": "Read it again first."}
    moderation.hold_person(session, actor=talk.cast.tutor, comment_id=comment.public_id, now=START, **rule)
    session.commit()
    for address in (f"/threads/{thread.public_id}", discussion(talk)):
        said = [words(client.page(address).one("p", id="text-who")) for client in (ana, ben)]
        assert [sentence.split(",")[0].split(" with ")[0] for sentence in said] == [
            "Your tutor and course director read this first",
            "Your tutor and course director can read this",
        ]


def test_a_thread_from_a_shared_reflection_stands_beside_it(session, talk, ana, ben):
    """And where its writer keeps the answer back, the thread stays and its passage goes."""
    reflection = talk.reflect(talk.cast.ana)
    talk.reflect(talk.cast.ben)
    session.execute(update(Reflection).values(audience=Audience.GROUP))
    session.commit()
    words, address, listed = "Ana Duarte thinks", f"/reflections/{reflection.public_id}", discussion(talk)
    begun = ben.submit(ben.page(address), listed, quotation=words, then="begin")
    thread = ben.submit(begun.page, listed, title="Is it so?", text="I wonder.").page
    [source] = thread.one("figure", class_="begun").iter("a")
    place = (source.get("href") or "").partition("#")

    def beside(reader):
        page = reader.page(address)
        return len(page.all("a", class_="thread-card-link")), [link.text for link in page.all("a", data_passage=words)]

    assert (place[0], beside(ben), beside(ana)) == (address, (1, [words]), (1, [words]))
    key = place[2].removeprefix("part-")
    session.execute(update(Reflection).values(faculty_only=[key]))
    session.commit()
    assert (beside(ana), ben.get(address).status_code) == ((1, []), 404)
