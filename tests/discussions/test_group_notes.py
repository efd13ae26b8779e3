"""One note to a group with a line for each: drafts like any other, given together, and nobody else's line."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.discussions import desk as desks
from ethics.discussions import feedback, group_notes
from ethics.discussions.group_notes import Line, NoteNow
from ethics.discussions.models import Comment, State
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.rounds.gate import standing
from tests.clock import START
from tests.discussions.talking import rendered, told
from tests.rounds_cast import archive, leave

NOTE = "Most of you asked who decides."
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def ana(talk):
    return talk.reflect(talk.cast.ana)


@pytest.fixture
def ben(talk):
    return talk.reflect(talk.cast.ben)


@pytest.fixture
def write(session, round_cast):
    """Keep a note to group 1; `lines` by reflection."""

    def keep(lines, *, source=NOTE, version=0, actor=None, note_id="", group=0):
        made = group_notes.write_note(
            session,
            actor=actor or round_cast.tutor,
            round_id=round_cast.id,
            group_id=round_cast.groups[group].public_id,
            note_id=note_id,
            source=source,
            lines={
                one.public_id: Line(line, rendered(group_notes.together(source, line))) for one, line in lines.items()
            },
            version=version,
            now=START,
        )
        session.commit()
        return made

    return keep


def release(session, cast, note, **more):
    made = group_notes.release_note(
        session,
        actor=cast.tutor,
        round_id=cast.id,
        group_id=cast.groups[0].public_id,
        note_id=note.public_id,
        **{"now": START, **more},
    )
    session.commit()
    return made


def texts(session, state):
    session.expire_all()
    return sorted(session.scalars(select(Comment.source).where(Comment.state == state)))


def stands(session, cast, note=None):
    at = standing(session, cast.tutor, cast.id, now=START)
    found = group_notes.recipients_of(session, cast.tutor, at, cast.groups[0], note)
    return {one.name.split()[0]: (one.stands.value, one.line) for one in found}


def is_open(session, cast):
    at = standing(session, cast.tutor, cast.id, now=START)
    return [found for _, found in group_notes.notes_of(session, cast.tutor, at, cast.groups[0])]


def test_everybody_who_has_submitted_gets_it_with_their_own_line(session, db, round_cast, ana, ben, write):
    note = write({ana: "Your second question stays with me.", ben: ""})

    assert texts(session, State.DRAFT) == [NOTE, f"{NOTE}\n\nYour second question stays with me."]
    assert stands(session, round_cast, note) == {
        "Ana": ("open", "Your second question stays with me."),
        "Ben": ("open", ""),
        "Dee": ("not-submitted", ""),
    }
    at = standing(session, round_cast.tutor, round_cast.id, now=START)
    assert {(one.student, one.is_own) for one in desks.in_hand(session, round_cast.tutor, at)} == {
        ("Ana Duarte", True),
        ("Ben Hallam", True),
    }

    released = release(session, round_cast, note)
    assert (len(released), is_open(session, round_cast)) == (2, [False])
    for person in (round_cast.ana, round_cast.ben):
        assert [one.kind for one in told(db, person, START + TEN_MINUTES)] == ["feedback-released"]
    taken = feedback.take_back_feedback(
        session, actor=round_cast.tutor, comment_id=released[1].public_id, now=START + timedelta(minutes=9)
    )
    session.commit()
    assert (len(taken), is_open(session, round_cast)) == (2, [True])
    assert [told(db, person, START + TEN_MINUTES) for person in (round_cast.ana, round_cast.ben)] == [[], []]


def test_one_draft_is_changed_and_an_older_tab_learns_what_stands(session, round_cast, ana, ben, write):
    note = write({ana: "First.", ben: ""})
    again = write({ana: "First.", ben: "Then you."}, version=1)
    assert (again.public_id, again.version) == (note.public_id, 2)
    assert texts(session, State.DRAFT) == [f"{NOTE}\n\nFirst.", f"{NOTE}\n\nThen you."]

    assert write({ana: "First.", ben: "Then you."}, version=1).version == 2  # Nothing new: no matter how old the tab.
    with pytest.raises(Conflict) as conflict:
        write({ana: "Other words.", ben: ""}, version=1)
    stood = {ana.public_id: "First.", ben.public_id: "Then you."}
    assert conflict.value.current == NoteNow(NOTE, stood, 2)


def test_who_has_been_begun_otherwise_keeps_that_and_gets_no_second_draft(session, round_cast, talk, ana, ben, write):
    talk.draft(round_cast.tutor, ana, "Begun before.")
    note = write({ana: "A line.", ben: ""})

    assert texts(session, State.DRAFT) == ["Begun before.", NOTE]
    assert stands(session, round_cast, note)["Ana"] == ("begun", "")
    release(session, round_cast, note)
    assert texts(session, State.DRAFT) == ["Begun before."]


def test_what_is_discarded_for_one_stays_discarded(session, round_cast, ana, ben, write):
    note = write({ana: "", ben: ""})
    at = standing(session, round_cast.tutor, round_cast.id, now=START)
    [hand] = [one for one in desks.in_hand(session, round_cast.tutor, at) if one.student == "Ana Duarte"]
    session.scalars(select(Comment).where(Comment.public_id == hand.comment_id)).one().state = State.WITHDRAWN
    session.commit()
    write({ana: "", ben: "A line."}, version=1)

    assert stands(session, round_cast, note)["Ana"] == ("discarded", "")
    assert len(release(session, round_cast, note)) == 1


def test_who_submits_later_gets_it_when_it_is_given_again(session, round_cast, talk, ana, write):
    note = write({ana: "For Ana."})
    release(session, round_cast, note)
    dee = talk.reflect(round_cast.dee)
    assert texts(session, State.DRAFT) == []

    write({dee: "For Dee."}, note_id=note.public_id, version=1)
    assert stands(session, round_cast, note) == {
        "Ana": ("given", "For Ana."),
        "Ben": ("not-submitted", ""),
        "Dee": ("open", "For Dee."),
    }
    release(session, round_cast, note)
    write({dee: ""}, source="Another one.")
    with pytest.raises(NotAllowed) as refusal:
        write({dee: ""}, note_id=note.public_id, version=2)
    assert refusal.value.code == "note-open"


def test_who_leaves_the_group_keeps_no_note_open(session, round_cast, ana, ben, write):
    note = write({ana: "", ben: ""})
    leave(session, round_cast, round_cast.ben)

    assert len(release(session, round_cast, note)) == 1
    assert is_open(session, round_cast) == [False]


def test_nothing_is_released_without_a_word_or_to_nobody(session, round_cast, ana, write):
    note = write({ana: "A line alone."}, source=" ")
    with pytest.raises(Invalid) as refusal:
        release(session, round_cast, note)
    assert (refusal.value.code, refusal.value.field) == ("required", "text")
    note = write({}, source=NOTE, version=1)
    session.scalars(select(Comment)).one().state = State.WITHDRAWN
    with pytest.raises(Invalid) as refusal:
        release(session, round_cast, note)
    assert refusal.value.code == "nobody-gets-it"


@pytest.mark.parametrize("name", ["ana", "ben", "tutor2", "outsider", "author", "administrator"])
def test_it_is_faculty_of_the_group_who_write_to_it(round_cast, ana, write, name):
    with pytest.raises(NotFound):
        write({ana: ""}, actor=getattr(round_cast, name))


def test_nobody_outside_the_group_gets_it_and_nobody_in_an_archive(session, round_cast, talk, ana, write):
    chi = talk.reflect(round_cast.chi)
    write({ana: "", chi: "Not of this group."}, actor=round_cast.director)
    assert texts(session, State.DRAFT) == [NOTE]
    with pytest.raises(NotFound):
        write({ana: ""}, note_id="nowhere")
    archive(session, round_cast)
    with pytest.raises(NotAllowed) as refusal:
        write({ana: ""})
    assert refusal.value.code == "cohort-archived"
