"""What is done in discussions, and by whom it may not be done."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.audit.actions import broken_entry
from ethics.audit.models import AuditEntry
from ethics.discussions import actions, feedback, moderation
from ethics.discussions import desk as desks
from ethics.discussions.models import Comment, Thread
from ethics.discussions.moderation_models import ModerationAction
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.notices import actions as notices
from ethics.notices.queries import unseen
from ethics.rounds.gate import standing
from tests.clock import START
from tests.discussions.reading import comments
from tests.discussions.talking import rendered
from tests.rounds_cast import archive, prolong

TEN_MINUTES = timedelta(minutes=10)
CLOSED = START + timedelta(days=15)


@pytest.fixture
def thread(round_cast, talk):
    return talk.start(round_cast.ana, "A line is a promise.")


@pytest.fixture
def comment(session, thread, round_cast):
    return session.scalars(select(Comment)).one()


def edit(session, actor, comment, text, *, version, now=START):
    return actions.edit_comment(
        session,
        actor=actor,
        comment_id=comment.public_id,
        source=text,
        rendered=rendered(text),
        version=version,
        now=now,
    )


def hide(session, actor, comment, *, category="demeans", reason="Too sharp.", now=START):
    return moderation.hide_comment(
        session,
        actor=actor,
        comment_id=comment.public_id,
        category=category,
        categories=["demeans", "identifies"],
        reason=reason,
        now=now,
    )


def refused(code, act, *args, **kwargs):
    with pytest.raises(NotAllowed) as refusal:
        act(*args, **kwargs)
    assert refusal.value.code == code


def kinds(session, actor, now):
    return [notice.kind for notice in unseen(session, actor, now)]


def test_a_thread_begins_from_a_question_of_the_case(round_cast, talk):
    assert talk.start(round_cast.ana, "I do.", question=1).question == 1
    with pytest.raises(Invalid) as error:
        talk.start(round_cast.ana, "I do.", question=2)
    assert (error.value.code, error.value.field) == ("unknown-question", "question")


@pytest.mark.parametrize(
    ("title", "text", "refusal"),
    [
        ("", "Text", ("title", "required")),
        ("x" * 201, "Text", ("title", "too-long")),
        ("Title", " \n", ("text", "required")),
        ("Title", "x" * 10_001, ("text", "too-long")),
        ("Title", "half a \ud800", ("text", "unstorable")),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(round_cast, talk, title, text, refusal):
    with pytest.raises(Invalid) as error:
        talk.start(round_cast.ana, text, title=title)
    assert (error.value.field, error.value.code) == refusal


def test_faculty_choose_among_the_groups_they_teach(round_cast, talk):
    first, second = (group.public_id for group in round_cast.groups)

    assert talk.start(round_cast.tutor, "Welcome.", group_id=first).group_id == round_cast.groups[0].id
    with pytest.raises(NotFound):
        talk.start(round_cast.tutor, "Welcome.", group_id=second)
    with pytest.raises(NotFound):
        talk.start(round_cast.tutor, "Welcome.")


def test_students_write_in_their_own_group_whatever_the_form_says(round_cast, talk):
    assert (
        talk.start(round_cast.chi, "Hello.", group_id=round_cast.groups[0].public_id).group_id
        == round_cast.groups[1].id
    )


def test_counters_stand_on_the_thread(session, thread, round_cast, talk):
    later = START + timedelta(hours=3)
    talk.post(round_cast.ben, thread, "To whom?", now=later)

    found = session.scalars(select(Thread)).one()
    assert (found.last_number, found.last_comment_at) == (2, later)
    assert [line.number for line in comments(session, round_cast.ana, thread)] == [1, 2]


def test_an_answer_belongs_to_the_thread_of_what_it_answers(session, thread, comment, round_cast, talk):
    answer = talk.post(round_cast.ben, thread, "To whom?", parent_id=comment.public_id)
    other = talk.start(round_cast.ana, "Another matter.")

    assert answer.parent_id == comment.id
    with pytest.raises(NotFound):
        talk.post(round_cast.ben, other, "Wrong place.", parent_id=comment.public_id)
    with pytest.raises(NotFound):
        talk.post(round_cast.chi, thread, "Not my group.")


def test_a_closed_round_is_read_only_for_students(session, thread, comment, round_cast, talk):
    refused("round-closed", talk.post, round_cast.ben, thread, "Too late.", now=CLOSED)
    refused("round-closed", talk.start, round_cast.ben, "Too late.", now=CLOSED)
    refused("round-closed", edit, session, round_cast.ana, comment, "Too late.", version=comment.version, now=CLOSED)
    assert talk.post(round_cast.tutor, thread, "A last word.", now=CLOSED).as_faculty is True


def test_an_extension_keeps_it_open_for_one(session, thread, round_cast, talk):
    prolong(session, round_cast, round_cast.ben, CLOSED + timedelta(days=1))
    session.commit()

    assert talk.post(round_cast.ben, thread, "In time.", now=CLOSED).number == 2
    refused("round-closed", talk.post, round_cast.dee, thread, "Too late.", now=CLOSED)


def test_an_archive_is_read_only_for_faculty_too(session, thread, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)
    archive(session, round_cast)
    session.commit()

    refused("cohort-archived", talk.post, round_cast.tutor, thread, "A last word.")
    refused("cohort-archived", talk.draft, round_cast.tutor, reflection, "A last word.")


def test_in_an_archive_nothing_is_hidden_shown_withdrawn_put_back_or_taken_back(
    session, thread, comment, round_cast, talk
):
    tutor = round_cast.tutor
    own, withdrawn = (talk.post(tutor, thread, text) for text in ("A question.", "Another."))
    hidden = talk.post(round_cast.ben, thread, "Hide me.")
    answer = talk.draft(tutor, talk.reflect(round_cast.ana), "Which of the two?")
    talk.release(tutor, answer)
    hide(session, tutor, hidden)
    actions.withdraw_comment(session, actor=tutor, comment_id=withdrawn.public_id, now=START)
    archive(session, round_cast)
    session.commit()

    refused("cohort-archived", hide, session, tutor, comment)
    for verb, what in (
        (moderation.show_comment, hidden),
        (actions.withdraw_comment, own),
        (actions.restore_comment, withdrawn),
        (feedback.take_back_feedback, answer),
    ):
        refused("cohort-archived", verb, session, actor=tutor, comment_id=what.public_id, now=START)


def test_only_its_author_changes_a_comment(session, comment, round_cast):
    refused("not-your-comment", edit, session, round_cast.ben, comment, "Mine now.", version=comment.version)
    refused("not-your-comment", edit, session, round_cast.tutor, comment, "Mine now.", version=comment.version)
    with pytest.raises(NotFound):
        edit(session, round_cast.chi, comment, "Mine now.", version=comment.version)


def test_a_stale_change_overwrites_nothing_and_brings_both_texts(session, comment, round_cast):
    version = comment.version
    edit(session, round_cast.ana, comment, "In the first tab.", version=version)
    with pytest.raises(Conflict) as conflict:
        edit(session, round_cast.ana, comment, "In the second tab.", version=version)

    assert conflict.value.code == "stale"
    assert (conflict.value.current.source, conflict.value.current.version) == ("In the first tab.", version + 1)


def test_the_same_text_again_is_no_change(session, comment, round_cast):
    edit(session, round_cast.ana, comment, "A line is a promise.", version=comment.version)

    assert (comment.edited_at, comment.version) == (None, 1)


def test_every_earlier_text_is_kept_in_order(session, thread, comment, round_cast):
    for text in ("Second.", "Third."):
        edit(session, round_cast.ana, comment, text, version=comment.version)
    session.commit()

    assert comments(session, round_cast.ana, thread)[0].earlier == ("A line is a promise.", "Second.")


def test_what_is_withdrawn_can_be_put_back(session, comment, round_cast):
    refused(
        "not-your-comment",
        actions.withdraw_comment,
        session,
        actor=round_cast.tutor,
        comment_id=comment.public_id,
        now=START,
    )
    actions.withdraw_comment(session, actor=round_cast.ana, comment_id=comment.public_id, now=CLOSED)
    refused("not-editable", edit, session, round_cast.ana, comment, "Changed.", version=comment.version)
    refused(
        "state-changed",
        actions.withdraw_comment,
        session,
        actor=round_cast.ana,
        comment_id=comment.public_id,
        now=START,
    )
    actions.restore_comment(session, actor=round_cast.ana, comment_id=comment.public_id, now=CLOSED)

    assert comment.state == "visible"
    refused(
        "state-changed", actions.restore_comment, session, actor=round_cast.ana, comment_id=comment.public_id, now=START
    )


def test_withdrawing_and_putting_back_does_not_undo_hiding(session, comment, round_cast):
    hide(session, round_cast.tutor, comment)
    actions.withdraw_comment(session, actor=round_cast.ana, comment_id=comment.public_id, now=START)
    assert comment.state == "withdrawn"
    actions.restore_comment(session, actor=round_cast.ana, comment_id=comment.public_id, now=START)

    assert (comment.state, comment.category) == ("hidden", "demeans")


def test_faculty_of_the_group_moderate_and_nobody_themselves(session, thread, comment, round_cast, talk):
    own = talk.post(round_cast.tutor, thread, "What would you sign?")

    refused("not-faculty-here", hide, session, round_cast.ben, comment)
    refused("not-faculty-here", hide, session, round_cast.ana, comment)
    refused("own-comment", hide, session, round_cast.tutor, own)
    with pytest.raises(NotFound):
        hide(session, round_cast.tutor2, comment)
    hide(session, round_cast.director, own)
    assert own.state == "hidden"
    refused(
        "own-comment", moderation.show_comment, session, actor=round_cast.tutor, comment_id=own.public_id, now=START
    )


def test_hiding_needs_a_rule_and_a_reason(session, comment, round_cast):
    for more, field, code in (
        ({"category": "unkind"}, "category", "choose-a-rule"),
        ({"reason": "  "}, "reason", "required"),
        ({"reason": "x" * 10_001}, "reason", "too-long"),
    ):
        with pytest.raises(Invalid) as error:
            hide(session, round_cast.tutor, comment, **more)
        assert (error.value.field, error.value.code) == (field, code)


def test_moderation_is_recorded_and_its_author_told_in_ten_minutes(session, comment, round_cast):
    hide(session, round_cast.tutor, comment)
    assert kinds(session, round_cast.ana, START + TEN_MINUTES - timedelta(seconds=1)) == []
    assert kinds(session, round_cast.ana, START + TEN_MINUTES) == ["comment-hidden"]
    with pytest.raises(Conflict):
        hide(session, round_cast.director, comment)
    later = START + 2 * TEN_MINUTES
    moderation.show_comment(session, actor=round_cast.director, comment_id=comment.public_id, now=later)
    session.commit()

    assert kinds(session, round_cast.ana, later) == ["comment-shown", "comment-hidden"]
    assert (comment.state, comment.category, comment.reason) == ("visible", "", "")
    assert [
        (done.moderator_id, done.action, done.category, done.reason)
        for done in session.scalars(select(ModerationAction).order_by(ModerationAction.id))
    ] == [
        (round_cast.tutor.id, "hide", "demeans", "Too sharp."),
        (round_cast.director.id, "show", "demeans", "Too sharp."),
    ]
    assert [
        (entry.actor, entry.action, entry.object_id, entry.details)
        for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        if entry.object_kind == "comment"
    ] == [
        (round_cast.tutor.public_id, "comment.hide", comment.public_id, {"category": "demeans"}),
        (round_cast.director.public_id, "comment.show", comment.public_id, {"category": "demeans"}),
    ]
    assert broken_entry(session) is None


def test_hiding_that_is_undone_in_time_is_told_to_nobody(session, comment, round_cast):
    hide(session, round_cast.tutor, comment)
    moderation.show_comment(
        session, actor=round_cast.tutor, comment_id=comment.public_id, now=START + timedelta(minutes=9)
    )

    assert kinds(session, round_cast.ana, START + timedelta(days=1)) == []


def test_nothing_is_hidden_between_a_writer_and_faculty(session, round_cast, talk):
    given = talk.draft(round_cast.tutor, talk.reflect(round_cast.ana), "What did you need?")
    talk.release(round_cast.tutor, given)
    thread = session.get_one(Thread, given.thread_id)
    answer = talk.post(round_cast.ana, thread, "Time.")

    refused("not-in-a-group", hide, session, round_cast.tutor, answer)


def test_feedback_needs_a_submitted_reflection_of_ones_own_students(session, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)

    for person in (round_cast.tutor2, round_cast.ben, round_cast.ana, round_cast.outsider, round_cast.administrator):
        with pytest.raises(NotFound):
            talk.draft(person, reflection, "Hello.")


def test_there_is_one_draft_for_each_of_faculty(session, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)
    first = talk.draft(round_cast.tutor, reflection, "First words.")
    again = talk.draft(round_cast.tutor, reflection, "Better words.", version=first.version)
    other = talk.draft(round_cast.director, reflection, "Mine.")

    assert (again.id, again.source, other.number) == (first.id, "Better words.", 2)
    with pytest.raises(Conflict) as conflict:
        talk.draft(round_cast.tutor, reflection, "From another tab.", version=1)
    assert conflict.value.current.source == "Better words."
    with pytest.raises(Conflict):
        talk.draft(round_cast.tutor, reflection, "From an empty tab.")


def test_releasing_tells_the_writer_in_ten_minutes(session, round_cast, talk):
    given = talk.draft(round_cast.tutor, talk.reflect(round_cast.ana), "What did you need?")
    talk.release(round_cast.tutor, given, now=START)
    talk.release(round_cast.tutor, given, now=START + timedelta(minutes=5))  # Again does nothing.

    assert (given.state, given.released_at) == ("visible", START)
    assert kinds(session, round_cast.ana, START + timedelta(minutes=9)) == []
    [notice] = unseen(session, round_cast.ana, START + TEN_MINUTES)
    assert (notice.kind, notice.subject["comment"]) == ("feedback-released", given.public_id)
    notices.mark_seen(session, actor=round_cast.ana, notice_id=notice.public_id, now=START + TEN_MINUTES)
    assert kinds(session, round_cast.ana, START + TEN_MINUTES) == []


def test_only_its_author_releases_and_takes_back(session, round_cast, talk):
    given = talk.draft(round_cast.tutor, talk.reflect(round_cast.ana), "What did you need?")
    with pytest.raises(NotFound):
        talk.release(round_cast.director, given)
    talk.release(round_cast.tutor, given)
    with pytest.raises(NotFound):
        feedback.take_back_feedback(session, actor=round_cast.director, comment_id=given.public_id, now=START)


def test_what_was_released_together_is_taken_back_together(session, round_cast, talk):
    given = [
        talk.draft(round_cast.tutor, talk.reflect(person), "Thank you.") for person in (round_cast.ana, round_cast.ben)
    ]
    earlier = talk.draft(round_cast.tutor, talk.reflect(round_cast.dee), "Thank you.")
    talk.release(round_cast.tutor, earlier, now=START - timedelta(minutes=1))
    talk.release(round_cast.tutor, *given)
    late = START + TEN_MINUTES

    refused(
        "told-already",
        feedback.take_back_feedback,
        session,
        actor=round_cast.tutor,
        comment_id=given[0].public_id,
        now=late,
    )
    feedback.take_back_feedback(
        session, actor=round_cast.tutor, comment_id=given[0].public_id, now=late - timedelta(seconds=1)
    )
    assert [(comment.state, comment.released_at) for comment in given] == [("draft", None)] * 2
    assert earlier.state == "visible"
    assert [kinds(session, person, late) for person in (round_cast.ana, round_cast.ben, round_cast.dee)] == [
        [],
        [],
        ["feedback-released"],
    ]


def test_a_discarded_draft_comes_back_as_a_draft_unless_there_is_a_new_one(session, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)
    first = talk.draft(round_cast.tutor, reflection, "First.")
    actions.withdraw_comment(session, actor=round_cast.tutor, comment_id=first.public_id, now=START)
    second = talk.draft(round_cast.tutor, reflection, "Second.")
    refused(
        "draft-exists", actions.restore_comment, session, actor=round_cast.tutor, comment_id=first.public_id, now=START
    )
    actions.withdraw_comment(session, actor=round_cast.tutor, comment_id=second.public_id, now=START)
    actions.restore_comment(session, actor=round_cast.tutor, comment_id=first.public_id, now=START)
    session.commit()

    assert [one.source for one in desks.own_drafts(session, round_cast.tutor, reflection.public_id, now=START)] == [
        "First."
    ]


def test_the_writer_answers_without_an_alias_and_cannot_begin(session, round_cast, talk):
    given = talk.draft(round_cast.tutor, talk.reflect(round_cast.ana), "What did you need?")
    thread = session.get_one(Thread, given.thread_id)
    with pytest.raises(NotFound):
        talk.post(round_cast.ana, thread, "Is anybody there?")
    talk.release(round_cast.tutor, given)
    answer = talk.post(round_cast.ana, thread, "Time.")

    assert (answer.alias_id, answer.as_faculty, answer.number) == (None, False, 2)
    refused("round-closed", talk.post, round_cast.ana, thread, "Too late.", now=CLOSED)
    with pytest.raises(NotFound):
        talk.post(round_cast.ben, thread, "Me too.")


def test_the_desk_has_each_student_once_in_the_order_of_waiting(session, round_cast, talk):
    hour = timedelta(hours=1)
    ana = talk.reflect(round_cast.ana, now=START)
    talk.reflect(round_cast.ben, asked="Was I wrong to say it aloud?", now=START + hour)
    dee = talk.reflect(round_cast.dee, now=START + 2 * hour)
    chi = talk.reflect(round_cast.chi, now=START + 3 * hour)

    def turns():
        session.rollback()
        at = standing(session, round_cast.director, round_cast.id, now=START)
        return [(line.name.split()[0], str(line.turn)) for line in desks.desk(session, round_cast.director, at)]

    assert turns() == [("Ben", "asked"), ("Ana", "new"), ("Dee", "new"), ("Chi", "new")]
    answered = talk.draft(round_cast.director, ana, "Thank you.")
    talk.release(round_cast.director, answered, now=START + 4 * hour)
    talk.draft(round_cast.director, chi, "Not yet.")
    assert turns() == [("Ben", "asked"), ("Dee", "new"), ("Chi", "kept"), ("Ana", "answered")]
    talk.post(round_cast.ana, session.get_one(Thread, answered.thread_id), "And?", now=START + 5 * hour)
    assert turns() == [("Ben", "asked"), ("Dee", "new"), ("Ana", "waiting"), ("Chi", "kept")]
    # Another's draft is nobody else's business.
    at = standing(session, round_cast.tutor2, round_cast.id, now=START)
    assert [line.turn for line in desks.desk(session, round_cast.tutor2, at)] == ["new"]
    assert dee.number == 1
