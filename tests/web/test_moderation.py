"""Reporting, moderating, appealing and break-glass, without a script: each way through, wrong input, and back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.cohorts.models import CohortRole, Membership
from ethics.discussions.models import Comment
from tests.cast import PASSWORD, enter
from tests.clock import START
from tests.discussions.talking import Talk, rows, told
from tests.pages import errors
from tests.rounds_cast import archive, build_round, join, meet

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # The actions are proved on both in tests/discussions.

CANARY = "canary of the comment"
WHY = "canary of the reason"
TOLD = timedelta(minutes=10)


@pytest.fixture
def talk(session):
    """Ana, Ben and Dee of group 1 have met the others."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.dee):
        meet(session, cast, person)
    session.commit()
    return Talk(session, cast)


@pytest.fixture
def thread(talk):
    return talk.start(talk.cast.ana, CANARY)


@pytest.fixture
def comment(db, thread):
    return rows(db, select(Comment))[0]


@pytest.fixture
def people(sign_in, talk):
    """Signs somebody in once: `people("ana")`."""
    clients = {}

    def one(name):
        if name not in clients:
            clients[name] = sign_in(f"{name}@demo.example")
        return clients[name]

    return one


@pytest.fixture
def report(people):
    def act(name, comment, **more):
        address = f"/comments/{comment.public_id}/report"
        more = {"category": "demeans", "note": "It hurts.", **more}
        return people(name).submit(people(name).page(address), address, **more).page

    return act


@pytest.fixture
def moderate(people):
    """Does something to a comment as the queue leads to it."""

    def do(name, comment, act, **more):
        address = f"/comments/{comment.public_id}/moderate?queue=1"
        return people(name).submit(people(name).page(address), address, act=act, **more).page

    return do


RULE = {"category": "demeans", "reason": WHY}


def undo(client, page):
    """Press the Undo that a page offers."""
    [form] = [form for toast in page.all("div", class_="toast") for form in toast.iter("form")]
    return client.post(form.get("action"), data=page.fields(form), follow_redirects=True).page


def waiting(client):
    """The headings of what waits for somebody."""
    page = client.page("/moderation")
    return [link.text for link in page.all("a", class_="matter-open")]


# Reports


def test_a_report_is_made_with_a_rule_and_taken_back(people, thread, comment, report, clock):
    address = f"/comments/{comment.public_id}/report"
    refused = report("ben", comment, category=[], note="It hurts.")
    assert (refused.fields(refused.form(address))["note"], errors(refused)) == (
        "It hurts.",
        ["Choose the rule it breaks."],
    )
    assert waiting(people("ines")) == []

    reported = report("ben", comment)
    assert "Reported. Faculty look at it" in reported.text
    [waits] = waiting(people("ines"))
    assert waits.startswith("Reported: ")
    again = people("ben").page(address)
    assert (again.heading, "It hurts." in again.text) == ("Your report", True)
    assert "Your report is taken back." in undo(people("ben"), reported).text
    assert waiting(people("ines")) == []


def test_the_reporter_learns_the_outcome_and_nobody_who_reported(people, comment, report, moderate, clock):
    report("ben", comment)
    queue, page = people("ines").page("/moderation"), people("ines").page(f"/comments/{comment.public_id}/moderate")
    for shown in (queue, page):
        assert ("It hurts." in shown.text, "Ben Hallam" in shown.html) == (True, False)
    moderate("ines", comment, "dismiss", reason=WHY)
    address = f"/comments/{comment.public_id}/report"
    assert WHY not in people("ben").page(address).text
    clock.advance(seconds=TOLD.seconds)

    outcome = people("ben").page(address)
    assert "Faculty left it as it is." in outcome.text
    assert WHY in outcome.text
    assert WHY not in people("dee").page(address).text
    assert people("ana").get(f"/comments/{comment.public_id}/report").status_code == 403


# The queue


def test_of_two_who_claim_the_second_is_told_and_a_director_can_put_it_back(people, comment, report):
    report("ben", comment)
    seen = {name: people(name).page("/moderation") for name in ("ines", "helen")}
    [claim] = [form.get("action") for form in seen["ines"].all("form") if form.get("action").endswith("/claim")]
    assert "You have taken this on." in people("ines").submit(seen["ines"], claim).page.text
    late = people("helen").submit(seen["helen"], claim)

    assert (late.status_code, "Somebody else has taken this on." in late.page.text) == (409, True)
    page = people("helen").page(f"/comments/{comment.public_id}/moderate")
    assert "Ines Brandt took this on" in page.text
    refused = people("helen").submit(
        page, f"/comments/{comment.public_id}/moderate", act="hide", category="demeans", reason=WHY
    )
    assert (refused.status_code, WHY in refused.page.html) == (409, True)
    release = claim.replace("/claim", "/release")
    freed = people("helen").submit(people("helen").page("/moderation"), release).page
    assert "It waits for somebody to take it on." in freed.text
    assert people("helen").submit(freed, claim).status_code == 200


# Acts


@pytest.mark.parametrize("act", ["hide", "revise", "hold", "dismiss"])
def test_an_act_without_what_it_needs_keeps_what_was_typed(people, comment, report, moderate, act):
    report("ben", comment)
    address = f"/comments/{comment.public_id}/moderate?queue=1"
    given = {"reason": "  "} if act == "dismiss" else {"reason": WHY}
    refused = moderate("ines", comment, act, **given)

    fields = refused.fields(refused.form(address))
    assert (fields["act"], fields["reason"].strip()) == (act, given["reason"].strip())
    assert len(errors(refused)) == 1
    assert len(waiting(people("ines"))) == 1
    unnamed = moderate("ines", comment, [], **RULE)
    assert (unnamed.fields(unnamed.form(address))["reason"], errors(unnamed)) == (WHY, ["Choose what to do."])


@pytest.mark.parametrize(
    ("act", "peer_reads", "author_reads"),
    [("dismiss", True, False), ("hide", False, True), ("revise", True, True), ("hold", True, False)],
)
def test_each_act_is_done_from_the_queue_and_undone(
    people, thread, comment, report, moderate, act, peer_reads, author_reads
):
    report("ben", comment)
    done = moderate("ines", comment, act, **(RULE if act != "dismiss" else {"reason": WHY}))
    assert done.heading == "Moderation"
    assert len(waiting(people("ines"))) == (1 if act == "hold" else 0)
    address = f"/threads/{thread.public_id}"
    assert [CANARY in people(name).page(address).html for name in ("dee", "ana")] == [peer_reads, True]
    assert [WHY in people(name).page(address).html for name in ("dee", "ana")] == [False, author_reads]

    undo(people("ines"), done)
    assert [CANARY in people(name).page(address).html for name in ("dee", "ana")] == [True, True]
    assert WHY not in people("ana").page(address).html
    assert len(waiting(people("ines"))) == 1


def test_who_is_held_posts_for_approval_which_is_given_and_refused(db, people, thread, comment, moderate):
    held = moderate("ines", comment, "hold", **RULE)
    assert "New posts are held from now on." in held.text
    address = f"/threads/{thread.public_id}"
    people("ana").submit(people("ana").page(address), address, text="Is it, though?")
    post = rows(db, select(Comment).order_by(Comment.id.desc()))[0]
    seen = {name: people(name).page(address) for name in ("ana", "ben", "ines")}
    assert {name: "Is it, though?" in page.html for name, page in seen.items()} == {
        "ana": True,
        "ben": False,
        "ines": True,
    }
    refused = moderate("ines", post, "refuse", reason=WHY)
    assert len(errors(refused)) == 1
    done = moderate("ines", post, "refuse", category="identifies", reason="The ward.")
    assert "The ward." in people("ana").page(address).text
    undo(people("ines"), done)
    assert "The ward." not in people("ana").page(address).text
    done = moderate("ines", post, "let-through")
    assert "Is it, though?" in people("ben").page(address).html
    undo(people("ines"), done)
    assert "Is it, though?" not in people("ben").page(address).html

    page = people("ines").page("/moderation")
    [free] = [form.get("action") for form in page.all("form") if form.get("action").endswith("/undo")]
    assert "Undone." in people("ines").submit(page, free).page.text
    people("ana").submit(people("ana").page(address), address, text="Free again.")
    assert "Free again." in people("ben").page(address).html


def test_nobody_moderates_what_they_wrote(people, talk, thread, report):
    own = talk.post(talk.cast.tutor, thread, "You are wrong.")
    report("ben", own)

    assert [len(waiting(people(name))) for name in ("ines", "helen")] == [0, 1]
    refused = people("ines").get(f"/comments/{own.public_id}/moderate")
    assert (refused.status_code, "Nobody moderates their own comments." in refused.page.text) == (403, True)


def test_a_report_that_reaches_nobody_says_so(session, talk, people, thread, report):
    """A director's own post, where nobody else moderates the group."""
    alone, other = (talk.post(talk.cast.director, thread, text) for text in ("To all of you.", "And again."))
    reaches = "Nobody but its writer moderates this group"
    assert reaches not in people("ben").page(f"/comments/{alone.public_id}/report").text
    tutor = session.scalars(select(Membership).where(Membership.user_id == talk.cast.tutor.id)).one()
    tutor.left_at = START
    session.commit()

    assert reaches in people("ben").page(f"/comments/{alone.public_id}/report").text
    assert "nobody but its writer moderates this group" in report("ben", alone).text
    join(session, talk.cast.cohort, enter(session, "Omar Aziz"), CohortRole.DIRECTOR)
    session.commit()
    assert "Reported. Faculty look at it" in report("ben", other).text
    assert (len(waiting(people("omar"))), waiting(people("helen"))) == (2, [])


# Threads


def test_a_thread_is_locked_with_a_reason_pinned_and_opened_again(people, thread):
    address, tutor = f"/threads/{thread.public_id}", people("ines")
    lock, pin = f"{address}/lock", f"{address}/pin"
    assert people("ben").get(f"{address}/arrange").status_code == 403
    refused = tutor.submit(tutor.page(f"{address}/arrange"), lock, reason=" ")
    assert (refused.status_code, len(errors(refused.page))) == (422, 1)
    long = "long " * 2_001
    refused = tutor.submit(tutor.page(f"{address}/arrange"), lock, reason=long).page
    assert refused.fields(refused.form(lock))["reason"] == long

    locked = tutor.submit(tutor.page(f"{address}/arrange"), lock, reason=WHY).page
    seen = people("ben").page(address)
    assert (WHY in seen.text, seen.all("textarea", name="text")) == (True, [])
    undo(tutor, locked)
    assert len(people("ben").page(address).all("textarea", name="text")) == 1
    pinned = tutor.submit(tutor.page(f"{address}/arrange"), pin).page
    assert "Pinned. It stands before the others." in pinned.text
    undo(tutor, pinned)
    assert "Pin it" in tutor.page(f"{address}/arrange").text


def test_a_thread_and_a_comment_move_within_the_group_and_back(people, talk, thread):
    tutor, address = people("ines"), f"/threads/{thread.public_id}"
    off = talk.post(talk.cast.ben, thread, "Off the point.")
    other = talk.start(talk.cast.dee, "The other point.")
    there = f"/threads/{other.public_id}"
    for place, action in (
        (f"{address}/arrange", f"{address}/move"),
        (f"/comments/{off.public_id}/move", f"/comments/{off.public_id}/move"),
    ):
        refused = tutor.submit(tutor.page(place), action)
        assert (refused.status_code, errors(refused.page)) == (422, ["Choose a thread of the same group."])
        moved = tutor.submit(tutor.page(place), action, to=other.public_id).page
        assert "Off the point." in people("ana").page(there).html
        assert "Off the point." not in people("ana").page(address).html
        undo(tutor, moved)
        assert "Off the point." in people("ana").page(address).html
        assert "Off the point." not in people("ana").page(there).html


# The author


def test_the_author_reads_why_revises_and_sends_again(db, people, thread, comment, moderate):
    moderate("ines", comment, "hide", **RULE)
    why = f"/comments/{comment.public_id}/appeal"
    page = people("ana").page(why)
    assert [word in page.text for word in (WHY, "Faculty hid this from your group.")] == [True, True]
    edit = f"/comments/{comment.public_id}/edit"
    assert edit in [link.get("href") for link in page.all("a")]
    people("ana").submit(people("ana").page(edit), edit, text="Calmer words.")

    [waits] = waiting(people("ines"))
    assert waits.startswith("Revised and sent again: ")
    moderate("ines", comment, "show")
    assert "Calmer words." in people("ben").page(f"/threads/{thread.public_id}").html
    assert waiting(people("ines")) == []


def test_an_appeal_goes_to_somebody_else_whose_answer_the_author_reads(db, talk, people, comment, moderate, clock):
    moderate("ines", comment, "hide", **RULE)
    why = f"/comments/{comment.public_id}/appeal"
    assert people("ben").get(why).status_code == 403
    refused = people("ana").submit(people("ana").page(why), why, text=" ")
    assert (refused.status_code, len(errors(refused.page))) == (422, 1)
    people("ana").submit(people("ana").page(why), why, text="I did not mean it so.")

    assert [len(waiting(people(name))) for name in ("ines", "helen")] == [0, 1]
    place = f"/comments/{comment.public_id}/moderate"
    assert "I did not mean it so." not in people("ines").page(place).text
    page = people("helen").page(place)
    [answer] = [form.get("action") for form in page.all("form") if form.get("action").endswith("/answer")]
    token = people("ines").page(place).fields(people("ines").page(place).form(place))
    own = people("ines").post(answer, data={**token, "decision": "uphold", "reason": "I was right."})
    assert (own.status_code, "Nobody decides about what they did themselves." in own.page.text) == (403, True)
    refused = people("helen").submit(page, answer, reason="It can be read so.")
    assert (refused.page.fields(refused.page.form(answer))["reason"], errors(refused.page)) == (
        "It can be read so.",
        ["Choose what you decide."],
    )
    people("helen").submit(page, answer, decision="overturn", reason="It can be read so.")
    assert "It can be read so." not in people("ana").page(why).text
    clock.advance(seconds=TOLD.seconds)
    assert "It can be read so." in people("ana").page(why).text
    assert [notice.kind for notice in told(db, talk.cast.ana, clock.now)] == ["appeal-answered", "comment-hidden"]
    assert CANARY in people("ben").page(f"/comments/{comment.public_id}").html


def test_in_an_archive_the_pages_say_so(db, session, talk, people, thread, comment):
    archive(session, talk.cast)
    session.commit()

    for address in (f"/comments/{comment.public_id}/moderate", f"/threads/{thread.public_id}/arrange"):
        assert people("ines").get(address).status_code == 403


# Break-glass


def test_break_glass_from_the_reason_to_the_end(db, talk, people, comment, clock, sign_in):
    admin = people("morag")
    assert [people(name).get("/admin/open").status_code for name in ("helen", "ana")] == [404, 404]
    page = admin.page("/admin/open")
    for address, reason, said in (
        ("nothing", WHY, "This names no submitted reflection"),
        (f"/comments/{comment.public_id}", " ", "required"),
    ):
        refused = admin.submit(page, "/admin/open", address=address, reason=reason)
        fields = refused.page.fields(refused.page.form("/admin/open"))
        assert (refused.status_code, fields["address"], len(errors(refused.page))) == (422, address, 1), said
    assert told(db, talk.cast.ana, clock.now) == []

    opened = admin.submit(page, "/admin/open", address=f"/comments/{comment.public_id}", reason=WHY, follow=False)
    place = opened.location
    assert CANARY in admin.page(place).html
    assert admin.get(f"/comments/{comment.public_id}").status_code == 404
    elsewhere = sign_in("morag@demo.example")
    assert [client.get(place).status_code for client in (elsewhere, people("helen"), people("ana"))] == [404] * 3
    assert [len(told(db, one, clock.now)) for one in (talk.cast.ana, talk.cast.director, talk.cast.tutor)] == [1, 1, 0]
    [notice] = told(db, talk.cast.ana, clock.now)
    why = people("ana").submit(people("ana").page("/notices"), f"/notices/{notice.public_id}/seen").request.path
    assert why.startswith("/opened/")
    for name in ("ana", "helen"):
        assert [word in people(name).page(why).text for word in (WHY, "Morag Sinclair")] == [True, True]
    assert [people(name).get(why).status_code for name in ("ines", "ben", "morag")] == [404] * 3
    for minutes, status in ((20, 200), (9, 200), (1, 404)):
        clock.advance(minutes=minutes)
        assert admin.get(place).status_code == status


def test_break_glass_asks_the_password_again(people, comment, clock):
    admin = people("morag")
    page = admin.page("/admin/open")
    clock.advance(minutes=10)
    late = admin.submit(page, "/admin/open", address=comment.public_id, reason=WHY)
    assert (late.status_code, late.page.fields(late.page.form("/admin/open"))["reason"]) == (422, WHY)
    asked = admin.page("/admin/open")
    assert asked.form("/account/confirm") is not None
    wrong = admin.submit(asked, "/account/confirm", password="not it")
    assert (wrong.status_code, admin.get("/admin/open").status_code) == (422, 303)
    assert admin.submit(asked, "/account/confirm", password=PASSWORD).page.heading == "Open one thing"
