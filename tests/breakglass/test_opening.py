"""Break-glass: one named thing, for a reason, for a while, in one session; never a draft; its writer is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.audit.actions import broken_entry
from ethics.audit.models import Access, AuditEntry
from ethics.breakglass import actions
from ethics.breakglass.models import Opening
from ethics.concerns.models import Concern
from ethics.discussions.models import Comment
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.notices.queries import unseen
from ethics.people.models import SignInSession, User
from ethics.people.sessions import start_session
from ethics.rounds.models import Stance
from tests.clock import START

SOON = START + timedelta(minutes=29)


def sign_in(session, actor) -> int:
    start_session(session, user=session.get_one(User, actor.id), device="A test", own_device=False, now=START)
    return session.scalars(select(SignInSession.id).order_by(SignInSession.id.desc())).first()


@pytest.fixture
def own(session, round_cast):
    """The administrator's sign-in session."""
    return sign_in(session, round_cast.administrator)


def opened(session, actor, address, session_id, reason="A complaint."):
    return actions.open_thing(session, actor=actor, address=address, reason=reason, session_id=session_id, now=START)


def read(session, actor, opening, session_id, now=SOON):
    return actions.read_opened(session, actor=actor, opening_id=opening.public_id, session_id=session_id, now=now)[1]


def test_exactly_that_thing_is_read(session, round_cast, talk, own):
    admin = round_cast.administrator
    reflection = talk.reflect(round_cast.ana, asked="Was it right?")
    talk.start(round_cast.ben, "A line is a promise.")
    comment = session.scalars(select(Comment)).one()
    stance = session.scalars(select(Stance).order_by(Stance.id)).first()

    found = read(session, admin, opened(session, admin, f"https://x/reflections/{reflection.public_id}", own), own)
    assert (found.html, found.plain) == (("<p>What Ana Duarte thinks.</p>",), ("Was it right?",))
    found = read(session, admin, opened(session, admin, f"/threads/x#comment-{comment.public_id}", own), own)
    assert (found.html, found.writer.name) == (("<p>A line is a promise.</p>",), "Ben Hallam")
    assert read(session, admin, opened(session, admin, stance.public_id, own), own).plain[-1] == stance.reason


def test_drafts_withdrawn_words_and_all_else_are_never_opened(session, round_cast, talk, own):
    admin = round_cast.administrator
    draft = talk.draft(round_cast.tutor, talk.reflect(round_cast.ana), "A draft.")
    talk.start(round_cast.ben, "Taken back.")
    withdrawn = session.scalars(select(Comment).where(Comment.author_id == round_cast.ben.id)).one()
    withdrawn.state = "withdrawn"
    for address in ("", "nothing", draft.public_id, withdrawn.public_id, round_cast.id, round_cast.ana.public_id):
        with pytest.raises(Invalid) as error:
            opened(session, admin, address, own)
        assert (error.value.code, error.value.field) == ("nothing-to-open", "address")
    assert session.scalars(select(Opening)).all() == session.scalars(select(Concern)).all() == []


def test_it_is_told_and_logged(session, round_cast, talk, own):
    reflection = talk.reflect(round_cast.ana)
    opened(session, round_cast.administrator, reflection.public_id, own, reason="canary of the reason")
    session.flush()

    assert [
        [notice.kind for notice in unseen(session, person, START)]
        for person in (round_cast.ana, round_cast.director, round_cast.tutor, round_cast.ben)
    ] == [["opened-by-administrator"], ["opened-in-cohort"], [], []]
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert (entry.actor, entry.action, entry.object_id, entry.details) == (
        round_cast.administrator.public_id,
        "break-glass",
        reflection.public_id,
        {},
    )
    assert [(one.actor, one.owner, one.object_id) for one in session.scalars(select(Access))] == [
        (round_cast.administrator.public_id, round_cast.ana.public_id, reflection.public_id)
    ]
    assert broken_entry(session) is None


def test_it_ends_and_is_one_persons_in_one_session(session, round_cast, talk, own):
    admin = round_cast.administrator
    opening = opened(session, admin, talk.reflect(round_cast.ana).public_id, own)
    other, tutors = sign_in(session, admin), sign_in(session, round_cast.tutor)

    for person, session_id, now in (
        (admin, own, START + timedelta(minutes=30)),
        (admin, other, SOON),
        (round_cast.tutor, tutors, SOON),
        (round_cast.tutor, own, SOON),
    ):
        with pytest.raises(NotFound):
            read(session, person, opening, session_id, now)


def test_it_needs_an_administrator_and_a_reason(session, round_cast, talk, own):
    reflection = talk.reflect(round_cast.ana)
    for person in (round_cast.director, round_cast.tutor, round_cast.author, round_cast.ana):
        with pytest.raises(NotAllowed):
            opened(session, person, reflection.public_id, own)
    with pytest.raises(Invalid) as error:
        opened(session, round_cast.administrator, reflection.public_id, own, reason=" ")
    assert (error.value.code, error.value.field) == ("required", "reason")
