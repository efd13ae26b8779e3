"""Reports, holds, revisions, locks, moves and appeals: who may, what each side learns, and how it is undone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.audit.actions import broken_entry
from ethics.audit.models import AuditEntry
from ethics.cohorts.models import CohortRole
from ethics.discussions import actions, appeals, arranging, matters, moderation, queries, reports, waiting
from ethics.discussions.models import Comment, Thread
from ethics.discussions.moderation_models import Report
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.notices.queries import unseen
from ethics.rounds.gate import standing
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.reading import GONE, comments, texts, threads
from tests.discussions.talking import rendered
from tests.rounds_cast import archive, join

LATER = START + timedelta(minutes=11)
CATEGORIES = ("demeans", "identifies")
RULE = {"category": "demeans", "categories": CATEGORIES, "reason": "Too sharp."}


@pytest.fixture
def thread(round_cast, talk):
    return talk.start(round_cast.ana, "A line is a promise.")


@pytest.fixture
def comment(session, thread):
    return session.scalars(select(Comment)).one()


@pytest.fixture
def do(session, round_cast):
    """Does something as somebody, in a transaction of its own."""

    def act(verb, who, what=None, *, now=START, **more):
        name = {Comment: "comment_id", Thread: "thread_id"}.get(type(what))
        given = {name: what.public_id} if name else {}
        made = verb(session, actor=getattr(round_cast, who), now=now, **given, **more)
        session.commit()
        return made

    return act


@pytest.fixture
def report(do):
    def act(who, comment, note="It hurts.", **more):
        return do(reports.report_comment, who, comment, category="demeans", categories=CATEGORIES, note=note, **more)

    return act


def refused(code, kind, act, *args, **kwargs):
    with pytest.raises(kind) as refusal:
        act(*args, **kwargs)
    assert refusal.value.code == code
    return refusal.value


def kinds(session, who, now=LATER):
    return [notice.kind for notice in unseen(session, who, now)]


def waits(session, who):
    return [(line.waits, line.comment_id) for line in waiting.queue(session, who)]


def undo(do, who, act, **more):
    return do(moderation.undo, who, act_id=act.public_id, **more)


# Reports


def test_a_report_waits_for_the_groups_faculty_and_for_nobody_else(session, round_cast, comment, report):
    report("ben", comment)

    names = ("director", "tutor", "tutor2", "ana", "ben", "chi", "outsider", "administrator")
    assert {name: waits(session, getattr(round_cast, name)) for name in names} == {name: [] for name in names} | {
        "director": [("reported", comment.public_id)],
        "tutor": [("reported", comment.public_id)],
    }
    assert [waiting.count_waiting(session, getattr(round_cast, name)) for name in ("tutor", "ben")] == [1, 0]


def test_several_reports_of_a_comment_are_one_matter_and_name_nobody(session, round_cast, comment, report):
    report("ben", comment)
    report("dee", comment, note="")
    [line] = waiting.queue(session, round_cast.tutor)

    assert line.flags == (waiting.Flag("demeans", "It hurts."), waiting.Flag("demeans", ""))
    assert "Ben Hallam" not in repr(line)


def test_who_may_report_what(session, round_cast, thread, comment, report, do, talk):
    refused("own-comment-reported", NotAllowed, report, "ana", comment)
    for who in ("chi", "tutor2", "outsider", "administrator"):
        with pytest.raises(NotFound):
            report(who, comment)
    report("ben", comment)
    refused("reported-already", Conflict, report, "ben", comment)
    report("tutor", comment)
    hidden = talk.post(round_cast.dee, thread, "Hide me.")
    do(moderation.hide_comment, "tutor", hidden, **RULE)
    refused("state-changed", NotAllowed, report, "ben", hidden)
    given = talk.draft(round_cast.tutor, talk.reflect(round_cast.ana), "What did you need?")
    talk.release(round_cast.tutor, given)
    refused("not-in-a-group", NotAllowed, report, "ana", given)
    other = talk.post(round_cast.dee, thread, "Another.")
    archive(session, round_cast)
    session.commit()
    refused("cohort-archived", NotAllowed, report, "tutor", other)
    assert waits(session, round_cast.tutor) == []


def test_a_report_names_a_rule(session, comment, do):
    error = refused(
        "choose-a-rule-broken",
        Invalid,
        do,
        reports.report_comment,
        "ben",
        comment,
        category="unkind",
        categories=CATEGORIES,
        note="",
    )
    assert error.field == "category"


def test_a_report_says_no_more_than_can_be_kept(session, round_cast, comment, report):
    assert refused("too-long", Invalid, report, "ben", comment, note="x" * 10_001).field == "note"
    session.rollback()
    assert waits(session, round_cast.tutor) == []


def test_a_report_is_taken_back_until_it_is_settled(session, round_cast, comment, report, do):
    report("ben", comment)
    with pytest.raises(NotFound):
        do(reports.take_back_report, "dee", comment)
    do(reports.take_back_report, "ben", comment)
    assert (waits(session, round_cast.tutor), session.scalars(select(Report)).all()) == ([], [])
    report("ben", comment)
    report("dee", comment)
    do(reports.take_back_report, "ben", comment)
    assert waits(session, round_cast.tutor) == [("reported", comment.public_id)]
    do(moderation.dismiss, "tutor", comment, reason="It is fair.")
    refused("settled-already", NotAllowed, do, reports.take_back_report, "dee", comment)


def test_the_reporter_learns_the_outcome_and_the_author_of_a_dismissed_report_nothing(
    session, round_cast, comment, report, do
):
    report("ben", comment)
    act = do(moderation.dismiss, "tutor", comment, reason="It is fair.")

    assert kinds(session, round_cast.ben, START) == []
    assert (kinds(session, round_cast.ben), kinds(session, round_cast.ana)) == (["report-settled"], [])
    settled = reports.own_report(session, round_cast.ben, comment).matter.settled_by
    assert (settled.action, settled.reason) == ("dismiss", "It is fair.")
    assert reports.own_report(session, round_cast.dee, comment) is None

    undo(do, "director", act)
    assert (kinds(session, round_cast.ben), waits(session, round_cast.tutor)) == (
        [],
        [("reported", comment.public_id)],
    )


def test_nobody_moderates_reports_about_themselves(session, round_cast, thread, report, do, talk):
    own = talk.post(round_cast.tutor, thread, "You are wrong.")
    report("ben", own)

    assert (waits(session, round_cast.tutor), waits(session, round_cast.director)) == (
        [],
        [("reported", own.public_id)],
    )
    for verb, more in (
        (moderation.dismiss, {"reason": "Fair."}),
        (moderation.hide_comment, RULE),
        (moderation.ask_for_revision, RULE),
        (moderation.hold_person, RULE),
    ):
        refused("own-comment", NotAllowed, do, verb, "tutor", own, **more)
    refused("faculty-not-held", NotAllowed, do, moderation.hold_person, "director", own, **RULE)


# The queue


def test_the_queue_is_oldest_first_and_paged_by_key(session, round_cast, thread, report, talk, monkeypatch):
    monkeypatch.setattr(waiting, "PAGE", 2)
    posted = [talk.post(round_cast.ana, thread, f"Number {number}") for number in range(3)]
    for one in reversed(posted):
        report("ben", one)

    first = waiting.queue(session, round_cast.tutor)
    assert [line.comment_id for line in first] == [one.public_id for one in reversed(posted)]
    second = waiting.queue(session, round_cast.tutor, after=first[1].public_id)
    assert [line.comment_id for line in second] == [posted[0].public_id]
    with pytest.raises(NotFound):
        waiting.queue(session, round_cast.tutor, after="nothing")


def test_the_queue_goes_by_how_long_each_waits(session, round_cast, thread, report, talk, monkeypatch):
    monkeypatch.setattr(waiting, "PAGE", 1)
    later, earlier, equal = (talk.post(round_cast.ana, thread, f"Number {number}") for number in range(3))
    report("ben", later, now=START + timedelta(minutes=5))
    for one in (earlier, equal):
        report("ben", one, now=START)

    first = waiting.queue(session, round_cast.tutor)
    second = waiting.queue(session, round_cast.tutor, after=first[0].public_id)
    third = waiting.queue(session, round_cast.tutor, after=first[1].public_id)
    assert [[line.comment_id for line in page] for page in (first, second, third)] == [
        [earlier.public_id, equal.public_id],
        [equal.public_id, later.public_id],
        [later.public_id],
    ]


def test_of_two_who_take_a_matter_on_the_second_is_told(session, round_cast, comment, report, do):
    report("ben", comment)
    [line] = waiting.queue(session, round_cast.tutor)

    def claim(who):
        matters.claim(waiting.find_matter(session, who, line.public_id), who, now=START)
        session.commit()

    claim(round_cast.tutor)
    claim(round_cast.tutor)  # Again does nothing.
    refused("claimed-by-another", Conflict, claim, round_cast.director)
    refused("claimed-by-another", Conflict, do, moderation.dismiss, "director", comment, reason="It is fair.")
    [seen] = waiting.queue(session, round_cast.director)
    assert (seen.claimed_by, seen.claimed_at, seen.claimed_by_reader) == ("Ines Brandt", START, False)
    with pytest.raises(NotFound):
        claim(round_cast.tutor2)
    matter = waiting.find_matter(session, round_cast.director, line.public_id)
    refused("claimed-by-another", NotAllowed, matters.release, matter, round_cast.tutor2, is_director=False)
    matters.release(matter, round_cast.director, is_director=True)
    claim(round_cast.director)
    do(moderation.dismiss, "director", comment, reason="It is fair.")
    with pytest.raises(NotFound):
        claim(round_cast.director)


# Holding


@pytest.fixture
def held(session, thread, comment, do, talk, round_cast):
    """Ana's posts are held; this is the first one since."""
    do(moderation.hold_person, "tutor", comment, **RULE)
    return talk.post(round_cast.ana, thread, "Is it, though?")


def test_a_held_post_is_seen_by_its_author_and_faculty_and_in_no_count(session, round_cast, thread, held):
    def sees(who):
        found, teaches = queries.find_thread(session, who, thread.public_id, now=LATER)
        lines = queries.held_in(session, who, found, teaches=teaches, now=LATER)
        return [(line.state, line.category, line.reason, line.html) for line in lines]

    whole = [("held", "demeans", "Too sharp.", "<p>Is it, though?</p>")]
    names = ("ana", "ben", "dee", "tutor", "director")
    assert {name: sees(getattr(round_cast, name)) for name in names} == dict.fromkeys(names, whole) | {
        "ben": [],
        "dee": [],
    }
    assert [texts(session, getattr(round_cast, name), thread) for name in ("ben", "ana", "tutor")] == [
        ["<p>A line is a promise.</p>"]
    ] * 3
    for who in (round_cast.ben, round_cast.chi):
        with pytest.raises(NotFound):
            queries.find_comment(session, who, held.public_id, now=LATER)
    found = session.get_one(Thread, thread.id)
    assert (found.last_number, found.last_comment_at) == (1, START)
    at = standing(session, round_cast.tutor, round_cast.id, now=START)
    assert [line.replies for line in queries.threads_in(session, round_cast.tutor, at, found.group_id)] == [0]
    assert waits(session, round_cast.tutor) == [("held", held.public_id)]


def test_what_is_let_through_comes_last_and_that_can_be_undone_until_somebody_writes(
    session, round_cast, thread, held, do, talk
):
    talk.post(round_cast.ben, thread, "Meanwhile.", now=START + timedelta(minutes=1))
    act = do(moderation.let_through, "tutor", held)
    assert texts(session, round_cast.dee, thread)[1:] == ["<p>Meanwhile.</p>", "<p>Is it, though?</p>"]
    assert kinds(session, round_cast.ana) == ["comment-let-through", "posts-held"]

    undo(do, "tutor", act)
    assert texts(session, round_cast.dee, thread)[1:] == ["<p>Meanwhile.</p>"]
    assert (waits(session, round_cast.tutor), kinds(session, round_cast.ana)) == (
        [("held", held.public_id)],
        ["posts-held"],
    )
    act = do(moderation.let_through, "tutor", held)
    talk.post(round_cast.ben, thread, "No.")
    refused("written-since", Conflict, undo, do, "tutor", act)
    refused("state-changed", Conflict, do, moderation.let_through, "tutor", held)


def test_a_refused_post_can_be_sent_again(session, round_cast, thread, held, do):
    act = do(moderation.refuse, "tutor", held, category="identifies", categories=CATEGORIES, reason="The ward.")
    assert (held.state, held.category, held.reason) == ("held", "identifies", "The ward.")
    assert (waits(session, round_cast.tutor), kinds(session, round_cast.ana)) == ([], ["comment-refused", "posts-held"])
    undo(do, "tutor", act)
    assert (held.category, held.reason, waits(session, round_cast.tutor)) == (
        "demeans",
        "Too sharp.",
        [("held", held.public_id)],
    )
    do(moderation.refuse, "tutor", held, category="identifies", categories=CATEGORIES, reason="The ward.")
    revise(do, "ana", held, "Is it a promise?")
    assert waits(session, round_cast.tutor) == [("sent-again", held.public_id)]
    do(moderation.let_through, "tutor", held)
    assert texts(session, round_cast.ben, thread)[1:] == ["<p>Is it a promise?</p>"]
    assert waits(session, round_cast.tutor) == []


def revise(do, who, comment, text):
    return do(actions.edit_comment, who, comment, source=text, rendered=rendered(text), version=comment.version)


def test_a_thread_of_somebody_held_is_nobodys_but_theirs_until_it_is_let_through(session, round_cast, held, do, talk):
    second = talk.start(round_cast.ana, "A new matter.", title="Held title")

    assert [threads(session, round_cast, getattr(round_cast, name)) for name in ("ben", "ana", "tutor")] == [
        ["Whose risk is it?"],
        ["Held title", "Whose risk is it?"],
        ["Held title", "Whose risk is it?"],
    ]
    assert [texts(session, getattr(round_cast, name), second) for name in ("ben", "ana")] == [GONE, []]
    [opening] = session.scalars(select(Comment).where(Comment.thread_id == second.id))
    refused("held-not-answered", NotAllowed, talk.post, round_cast.tutor, second, "Why?", parent_id=opening.public_id)
    do(moderation.let_through, "tutor", opening)
    assert threads(session, round_cast, round_cast.ben) == ["Held title", "Whose risk is it?"]


def test_a_hold_is_of_one_person_in_one_round_and_ends(session, round_cast, thread, comment, held, do, talk):
    refused("held-already", Conflict, do, moderation.hold_person, "director", comment, **RULE)
    assert talk.post(round_cast.ben, thread, "Not held.").state == "visible"
    [line] = waiting.holds(session, round_cast.tutor)
    assert (line.name, line.category) == ("Ana Duarte", "demeans")
    assert [waiting.holds(session, getattr(round_cast, name)) for name in ("tutor2", "ben", "ana")] == [[], [], []]

    do(moderation.undo, "director", act_id=line.act_id, now=LATER)
    assert talk.post(round_cast.ana, thread, "Free.").state == "visible"
    assert kinds(session, round_cast.ana) == ["posts-free", "posts-held"]
    assert waits(session, round_cast.tutor) == [("held", held.public_id)]


def test_a_held_post_is_withdrawn_and_put_back_as_held(session, round_cast, held, do):
    do(actions.withdraw_comment, "ana", held)
    assert waits(session, round_cast.tutor) == []
    do(actions.restore_comment, "ana", held)
    assert (held.state, waits(session, round_cast.tutor)) == ("held", [("held", held.public_id)])


# Revisions


def test_who_is_held_says_nothing_new_in_what_the_group_reads_already(session, round_cast, comment, held, do):
    """Else an old comment, changed, would say at once what a new one may not."""
    again = {"source": "Fools.", "rendered": rendered("Fools."), "version": 1}
    refused("posts-held", NotAllowed, do, actions.edit_comment, "ana", comment, **again)

    do(moderation.ask_for_revision, "tutor", comment, **RULE)
    do(actions.edit_comment, "ana", comment, **again)
    assert waits(session, round_cast.tutor) == [("held", held.public_id), ("sent-again", comment.public_id)]


def test_a_revision_that_is_asked_for_comes_back_to_the_queue(session, round_cast, thread, comment, report, do):
    report("ben", comment)
    act = do(moderation.ask_for_revision, "tutor", comment, **RULE)
    refused("revision-asked-already", Conflict, do, moderation.ask_for_revision, "director", comment, **RULE)
    assert (comment.state, waits(session, round_cast.tutor)) == ("visible", [])
    assert (kinds(session, round_cast.ana), kinds(session, round_cast.ben)) == (["revision-wanted"], ["report-settled"])
    undo(do, "tutor", act)
    assert (kinds(session, round_cast.ana), kinds(session, round_cast.ben)) == ([], [])
    assert waits(session, round_cast.tutor) == [("reported", comment.public_id)]
    do(moderation.ask_for_revision, "tutor", comment, **RULE)
    revise(do, "ana", comment, "A line is a kind of promise.")
    assert waits(session, round_cast.tutor) == [("sent-again", comment.public_id)]
    do(moderation.dismiss, "tutor", comment, reason="Thank you.")
    revise(do, "ana", comment, "A line is nearly a promise.")
    assert waits(session, round_cast.tutor) == []


def test_a_hidden_comment_is_revised_and_shown_or_kept_hidden(session, round_cast, thread, comment, do):
    do(moderation.hide_comment, "tutor", comment, **RULE)
    revise(do, "ana", comment, "A line is a kind of promise.")
    act = do(moderation.dismiss, "tutor", comment, reason="Still too sharp.", now=LATER)
    assert (comment.state, comment.reason) == ("hidden", "Still too sharp.")
    assert kinds(session, round_cast.ana, LATER + timedelta(minutes=10)) == ["comment-kept-hidden", "comment-hidden"]
    undo(do, "tutor", act, now=LATER)
    assert (comment.reason, waits(session, round_cast.tutor)) == ("Too sharp.", [("sent-again", comment.public_id)])
    do(moderation.show_comment, "tutor", comment, now=LATER)
    assert texts(session, round_cast.ben, thread) == ["<p>A line is a kind of promise.</p>"]
    assert waits(session, round_cast.tutor) == []


# Undo


def test_undoing_is_faculty_s_of_the_group_and_of_each_act_once(session, round_cast, comment, report, do):
    report("ben", comment)
    act = do(moderation.hide_comment, "tutor", comment, **RULE)
    for who in ("ana", "ben", "tutor2", "outsider", "administrator"):
        with pytest.raises(NotFound):
            undo(do, who, act)
    undo(do, "director", act)
    assert (comment.state, waits(session, round_cast.tutor)) == ("visible", [("reported", comment.public_id)])
    assert (kinds(session, round_cast.ana), kinds(session, round_cast.ben)) == ([], [])
    refused("undone-already", Conflict, undo, do, "director", act)
    late = do(moderation.dismiss, "tutor", comment, reason="It is fair.")
    refused("told-already", NotAllowed, undo, do, "tutor", late, now=LATER)
    with pytest.raises(NotFound):
        do(moderation.undo, "tutor", act_id="nothing")


def test_reports_that_came_after_a_dismissal_join_it_when_it_is_undone(session, round_cast, comment, report, do):
    report("ben", comment)
    act = do(moderation.dismiss, "tutor", comment, reason="It is fair.")
    report("dee", comment)
    undo(do, "tutor", act)
    [line] = waiting.queue(session, round_cast.tutor)

    assert len(line.flags) == 2


# Locks, pins and moves


def test_a_locked_thread_is_read_only_and_says_why(session, round_cast, thread, comment, do, talk):
    refused("not-faculty-here", NotAllowed, do, arranging.lock_thread, "ben", thread, reason="Enough.")
    with pytest.raises(NotFound):
        do(arranging.lock_thread, "tutor2", thread, reason="Enough.")
    refused("required", Invalid, do, arranging.lock_thread, "tutor", thread, reason=" ")
    act = do(arranging.lock_thread, "tutor", thread, reason="Enough.")
    assert (arranging.why_locked(session, thread), kinds(session, round_cast.ana)) == ("Enough.", ["thread-locked"])
    for who in (round_cast.ben, round_cast.tutor):
        refused("thread-locked", NotAllowed, talk.post, who, thread, "One more.")
    refused("thread-locked", NotAllowed, revise, do, "ana", comment, "Changed.")
    refused("locked-already", Conflict, do, arranging.lock_thread, "director", thread, reason="Enough.")
    do(actions.withdraw_comment, "ana", comment)
    undo(do, "director", act)
    assert talk.post(round_cast.ben, thread, "One more.").number == 2
    assert (kinds(session, round_cast.ana), arranging.why_locked(session, thread)) == ([], None)


def test_a_pinned_thread_stands_before_the_others_until_that_is_undone(session, round_cast, thread, do, talk):
    later = [talk.start(round_cast.ben, "Another.", title=title, now=LATER) for title in ("Second", "Third")]

    def listed(before=None):
        at = standing(session, round_cast.ana, round_cast.id, now=LATER)
        group = round_cast.groups[0].id
        return [line.title for line in queries.threads_in(session, round_cast.ana, at, group, before=before)]

    act = do(arranging.pin_thread, "tutor", thread)
    refused("pinned-already", Conflict, do, arranging.pin_thread, "tutor", thread)
    assert [listed()[0], listed(thread.public_id)[0], listed(later[1].public_id)] == [
        "Whose risk is it?",
        "Third",
        ["Second"],
    ]
    undo(do, "tutor", act)
    assert [listed()[0], listed(later[0].public_id)] == ["Third", ["Whose risk is it?"]]


LINK = {"source": "Moved.", "rendered": rendered("Moved.")}


def shape(session, who, thread):
    found = comments(session, who, thread)
    return [(line.number, line.html[3:-4], line.parent_number) for line in found]


def test_a_comment_moves_within_the_group_and_back(session, round_cast, thread, do, talk):
    ben = talk.post(round_cast.ben, thread, "Off the point.")
    talk.post(round_cast.dee, thread, "Indeed.", parent_id=ben.public_id)
    other = talk.start(round_cast.dee, "The other point.")
    act = do(arranging.move_comment, "tutor", ben, to=other.public_id, **LINK)

    assert shape(session, round_cast.ana, thread) == [
        (1, "A line is a promise.", None),
        (2, "Moved.", None),
        (3, "Indeed.", 2),
    ]
    assert shape(session, round_cast.ana, other) == [(1, "The other point.", None), (2, "Off the point.", None)]
    assert kinds(session, round_cast.ben) == ["comment-moved"]
    undo(do, "tutor", act)
    assert shape(session, round_cast.ana, thread) == [
        (1, "A line is a promise.", None),
        (2, "Off the point.", None),
        (3, "Indeed.", 2),
    ]
    assert [session.get_one(Thread, one.id).last_number for one in (thread, other)] == [3, 1]
    assert kinds(session, round_cast.ben) == []
    act = do(arranging.move_comment, "tutor", ben, to=other.public_id, **LINK)
    talk.post(round_cast.ana, other, "Since then.")
    refused("written-since", Conflict, undo, do, "tutor", act)


def test_a_thread_moves_whole_and_back(session, round_cast, thread, do, talk):
    talk.post(round_cast.ben, thread, "Second.")
    other = talk.start(round_cast.dee, "The other point.")
    act = do(arranging.move_thread, "tutor", thread, to=other.public_id, **LINK)

    assert [line[1] for line in shape(session, round_cast.ana, other)] == [
        "The other point.",
        "A line is a promise.",
        "Second.",
    ]
    assert shape(session, round_cast.ana, thread) == [(1, "Moved.", None)]
    refused("thread-locked", NotAllowed, talk.post, round_cast.ben, thread, "Into the old one.")
    undo(do, "tutor", act)
    assert [line[1] for line in shape(session, round_cast.ana, thread)] == ["A line is a promise.", "Second."]
    assert [session.get_one(Thread, one.id).last_number for one in (thread, other)] == [2, 1]
    do(arranging.move_thread, "tutor", thread, to=other.public_id, **LINK)
    refused("locked-already", Conflict, do, arranging.move_thread, "tutor", thread, to=other.public_id, **LINK)


def test_nothing_moves_out_of_the_group(session, round_cast, thread, comment, do, talk):
    chis = talk.start(round_cast.chi, "In group 2.")
    for verb, what in ((arranging.move_comment, comment), (arranging.move_thread, thread)):
        refused("move-where", Invalid, do, verb, "director", what, to=chis.public_id, **LINK)
        refused("move-where", Invalid, do, verb, "director", what, to=thread.public_id, **LINK)
        with pytest.raises(NotFound):
            do(verb, "tutor", what, to=chis.public_id, **LINK)
        refused("not-faculty-here", NotAllowed, do, verb, "ana", what, to=chis.public_id, **LINK)
    assert waiting.movable_to(session, round_cast.tutor, thread) == []


def test_what_is_said_of_a_shared_reflection_stays_with_whom_it_is_open_to(
    session, round_cast, thread, comment, do, talk
):
    """Who has not submitted a reflection would read it, and that it was shared, in another thread."""
    shared = talk.start(round_cast.ben, "What Ana shared.", title="On hers")
    shared.shared_reflection_id = talk.reflect(round_cast.ana).id
    session.commit()
    [said] = session.scalars(select(Comment).where(Comment.thread_id == shared.id))

    for verb, what in ((arranging.move_comment, said), (arranging.move_thread, shared)):
        refused("move-where", Invalid, do, verb, "tutor", what, to=thread.public_id, **LINK)
    assert waiting.movable_to(session, round_cast.tutor, shared) == []
    do(arranging.move_comment, "tutor", comment, to=shared.public_id, **LINK)


# Appeals


def appealed(do, comment, text="I did not mean it so.", who="ana", **more):
    return do(appeals.appeal, who, comment, text=text, **more)


def answer(do, who, matter, *, overturn=True, **more):
    more = {"reason": "It can be read so.", **more}
    return do(appeals.answer_appeal, who, matter_id=matter.public_id, overturn=overturn, **more)


def test_an_appeal_goes_to_the_director_and_not_to_who_did_it(session, round_cast, comment, do):
    refused("not-your-comment", NotAllowed, appealed, do, comment, who="ben")
    with pytest.raises(NotFound):
        appealed(do, comment)
    do(moderation.hide_comment, "tutor", comment, **RULE)
    refused("required", Invalid, appealed, do, comment, text=" ")
    matter = appealed(do, comment)
    refused("appealed-already", Conflict, appealed, do, comment)

    assert [waits(session, getattr(round_cast, name)) for name in ("tutor", "director", "ana")] == [
        [],
        [("appeal", comment.public_id)],
        [],
    ]
    refused("own-act", NotAllowed, answer, do, "tutor", matter)
    refused("required", Invalid, answer, do, "director", matter, reason="")
    for who in ("ana", "ben", "tutor2", "outsider"):
        with pytest.raises(NotFound):
            answer(do, who, matter)
    answer(do, "director", matter)
    assert (comment.state, kinds(session, round_cast.ana)) == ("visible", ["appeal-answered", "comment-hidden"])
    found = appeals.last_appeal(session, comment)
    assert (found.settled_by.action, found.settled_by.reason) == ("overturn", "It can be read so.")
    refused("settled-already", Conflict, answer, do, "director", matter)


def test_what_a_director_did_somebody_else_of_the_group_decides(session, round_cast, comment, do):
    do(moderation.hide_comment, "director", comment, **RULE)
    matter = appealed(do, comment)
    assert [waits(session, getattr(round_cast, name)) for name in ("tutor", "director")] == [
        [("appeal", comment.public_id)],
        [],
    ]
    refused("own-act", NotAllowed, answer, do, "director", matter)
    answer(do, "tutor", matter, overturn=False)
    assert (comment.state, kinds(session, round_cast.ana)) == ("hidden", ["appeal-answered", "comment-hidden"])


def test_another_tutor_does_not_decide_what_a_tutor_did(session, round_cast, comment, do):
    colleague = enter(session, "Omar Aziz")
    join(session, round_cast.cohort, colleague, CohortRole.TUTOR, round_cast.groups[0])
    round_cast.colleague = actor(colleague)
    do(moderation.hide_comment, "tutor", comment, **RULE)
    matter = appealed(do, comment)

    assert waits(session, round_cast.colleague) == []
    refused("for-the-director", NotAllowed, answer, do, "colleague", matter)


def test_an_appeal_lifts_a_hold_a_refusal_and_a_request(session, round_cast, thread, comment, held, do, talk):
    do(moderation.refuse, "tutor", held, **RULE)
    answer(do, "director", appealed(do, held))
    assert texts(session, round_cast.ben, thread)[1:] == ["<p>Is it, though?</p>"]
    waits_still = talk.post(round_cast.ana, thread, "Held, too.")
    answer(do, "director", appealed(do, waits_still))
    assert waiting.holds(session, round_cast.tutor) == []
    assert waits(session, round_cast.director) == [("held", waits_still.public_id)]
    do(moderation.ask_for_revision, "tutor", comment, **RULE)
    answer(do, "director", appealed(do, comment))
    assert appeals.act_to_appeal(session, comment) is None


# All of it


def test_in_an_archive_nothing_is_moderated(session, round_cast, thread, comment, report, do):
    report("ben", comment)
    act = do(arranging.pin_thread, "tutor", thread)
    archive(session, round_cast)
    session.commit()

    for verb, what, more in (
        (moderation.dismiss, comment, {"reason": "Fair."}),
        (moderation.ask_for_revision, comment, RULE),
        (moderation.hold_person, comment, RULE),
        (arranging.lock_thread, thread, {"reason": "Enough."}),
        (arranging.pin_thread, thread, {}),
        (moderation.undo, None, {"act_id": act.public_id}),
    ):
        refused("cohort-archived", NotAllowed, do, verb, "tutor", what, **more)
    assert (waits(session, round_cast.tutor), waiting.holds(session, round_cast.tutor)) == ([], [])


def test_all_of_it_is_in_the_chain_without_a_text(session, round_cast, thread, comment, report, do):
    report("ben", comment, note="canary of the note")
    act = do(moderation.hide_comment, "tutor", comment, **RULE)
    appealed(do, comment, text="canary of the appeal")
    undo(do, "tutor", act)
    do(arranging.lock_thread, "tutor", thread, reason="canary of the lock")

    assert waits(session, round_cast.director) == [("reported", comment.public_id)]  # The appeal has become idle.
    lines = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [
        (line.action, line.object_id, line.details) for line in lines if line.object_kind in {"comment", "thread"}
    ] == [
        ("comment.report", comment.public_id, {}),
        ("comment.hide", comment.public_id, {"category": "demeans"}),
        ("comment.appeal", comment.public_id, {}),
        ("comment.undo", comment.public_id, {"act": "hide"}),
        ("thread.lock", thread.public_id, {}),
    ]
    assert broken_entry(session) is None
