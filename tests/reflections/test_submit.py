"""Submitting makes a revision that stays, opens the gate, and is late or not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.reflections.models import About, Answer, Revision
from ethics.rounds.gate import standing
from ethics.rounds.models import Alias, Audience, Participation
from tests.clock import START
from tests.reflections.writing import draft, save, submit
from tests.rounds_cast import move, prolong


def revisions(session):
    """What is kept of every revision: number, question, and the answers by prompt."""
    return [
        (
            revision.number,
            revision.asked,
            {
                answer.prompt: (answer.source, answer.html)
                for answer in session.scalars(select(Answer).where(Answer.revision_id == revision.id))
            },
        )
        for revision in session.scalars(select(Revision).order_by(Revision.number))
    ]


def participation(session, person):
    return session.scalars(select(Participation).where(Participation.user_id == person.id)).one()


def test_what_is_submitted_stays_and_the_draft_with_it(session, cast):
    what = draft(
        moment="When he asked.",
        cost=" \n",
        asked=" Was I slow? ",
        about=About.SEEN,
        audience=Audience.GROUP,
        faculty_only=["moment"],
    )
    submitted = submit(session, cast, cast.ana, what)
    assert revisions(session) == [(1, "Was I slow?", {"moment": ("When he asked.", "<p>When he asked.</p>")})]
    assert (submitted.about, submitted.audience, submitted.faculty_only) == ("seen", "group", {"moment": True})
    assert (submitted.number, submitted.submitted_at, submitted.late) == (1, START, False)
    assert (submitted.kept.draft, submitted.kept.version) == (what, 1)


def test_a_second_submission_is_a_second_revision(session, cast):
    submit(session, cast, cast.ana, draft(moment="First."))
    later = START + timedelta(days=1)
    submitted = submit(session, cast, cast.ana, draft(moment="Second."), version=1, now=later)
    assert revisions(session) == [
        (1, "", {"moment": ("First.", "<p>First.</p>")}),
        (2, "", {"moment": ("Second.", "<p>Second.</p>")}),
    ]
    assert (submitted.number, submitted.submitted_at) == (2, START)


def test_the_choices_of_a_draft_wait_for_its_submission(session, cast):
    submit(session, cast, cast.ana, draft(moment="First."))
    kept = save(session, cast, cast.ana, draft(moment="First.", audience=Audience.GROUP), version=1)
    assert kept.audience == "faculty"


def test_one_prompt_is_enough_and_none_is_not(session, cast):
    for nothing in (draft(), draft(moment=" \n"), draft(asked="Only a question.")):
        with pytest.raises(Invalid, match="nothing-written"):
            submit(session, cast, cast.ana, nothing)
    assert submit(session, cast, cast.ana, draft(support="Ten minutes.")).number == 1


def test_submitting_completes_the_commitments(session, cast):
    assert participation(session, cast.ana).completed_at is None
    submit(session, cast, cast.ana, draft(moment="When he asked."))
    row = participation(session, cast.ana)
    assert (row.completed_at, row.reflected_at) == (START, START)


def test_the_due_minute_is_in_time_and_the_next_is_late(session, cast):
    due = cast.round.due_at
    assert not submit(session, cast, cast.ana, draft(moment="Now."), now=due + timedelta(seconds=59)).late
    assert submit(session, cast, cast.ben, draft(moment="Now."), now=due + timedelta(minutes=1)).late


def test_a_later_revision_makes_nobody_late(session, cast):
    submit(session, cast, cast.ana, draft(moment="In time."))
    again = submit(
        session, cast, cast.ana, draft(moment="Later."), version=1, now=cast.round.due_at + timedelta(days=1)
    )
    assert (again.number, again.late) == (2, False)


def test_an_extension_moves_due_and_close_for_one_person(session, cast):
    close_at = cast.round.close_at
    prolong(session, cast, cast.ana, close_at + timedelta(days=2), due_at=close_at + timedelta(days=1))
    session.commit()
    extended = cast.round.close_at + timedelta(hours=1)
    assert not submit(session, cast, cast.ana, draft(moment="Extended."), now=extended).late
    with pytest.raises(NotAllowed, match="round-closed"):
        submit(session, cast, cast.ben, draft(moment="Not extended."), now=extended)


def test_a_slower_tab_submits_nothing(session, cast):
    save(session, cast, cast.ana, draft(moment="The first tab."))
    with pytest.raises(Conflict):
        submit(session, cast, cast.ana, draft(moment="The second tab."))
    assert revisions(session) == []


def test_who_changed_group_gets_a_name_there(session, cast):
    move(session, cast, cast.ana, cast.groups[1])
    session.commit()
    submit(session, cast, cast.ana, draft(moment="From the new group.", audience=Audience.GROUP))
    names = select(Alias.group_id).where(Alias.participation_id == participation(session, cast.ana).id)
    assert sorted(session.scalars(names)) == sorted(group.id for group in cast.groups)
    assert standing(session, cast.ana, cast.id, now=START).alias is not None
