"""What is done with a concern, who is told, and what stays behind."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from ethics.audit.models import Access, AuditEntry
from ethics.concerns import actions, queries
from ethics.concerns.models import Concern, ConcernEntry, EntryKind, Route
from ethics.concerns.rules import CONCERN_BYTES
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.notices.models import Notice
from tests.clock import START
from tests.concerns.worrying import DAY, WORRY
from tests.rounds_cast import CALL, INCIDENT_REPORTING, SUPPORT_NAME

HOUR = timedelta(hours=1)


def told(worry):
    """Who is told that something waits, and from when on."""
    names = {person.id: person.name.split()[0] for person in (worry.ruth, worry.imran)}
    names |= {user.id: user.name.split()[0] for user in worry.cast.users.values()}
    notices = worry.session.scalars(select(Notice).where(Notice.kind == "concern").order_by(Notice.due_at, Notice.id))
    return [(names[notice.user_id], notice.due_at) for notice in notices]


def entries(worry, person, concern):
    reading = queries.reading(worry.session, person, concern.public_id, START)
    return [(entry.kind.value, entry.author.split()[0], entry.text) for entry in reading.entries]


def test_it_keeps_what_was_written(worry):
    concern = worry.send(
        worry.cast.ana,
        about_words="  The registrar\u200b on nights ",
        reach="by mail, never by phone",
        text=f"  {WORRY}\n",
        faculty_told=True,
    )

    assert (concern.text, concern.about_words, concern.reach) == (
        WORRY,
        "The registrar on nights",
        "by mail, never by phone",
    )
    assert (concern.faculty_told, concern.target_at) == (True, START + DAY)


def test_a_name_from_the_list_stands_for_words(worry):
    concern = worry.send(worry.cast.ana, about=worry.cast.tutor.public_id, about_words="Ines, my tutor")
    reading = queries.reading(worry.session, worry.ruth, concern.public_id, START)

    assert (concern.about_words, reading.about) == ("", "Ines Brandt")


def test_one_may_write_about_oneself(worry):
    concern = worry.send(worry.cast.ana, about=worry.cast.ana.public_id)

    assert queries.reading(worry.session, worry.ruth, concern.public_id, START).about == "Ana Duarte"


def test_the_leads_see_the_contacts_of_the_cohort(worry):
    place = queries.reading(worry.session, worry.ruth, worry.send(worry.cast.ana).public_id, START).place

    assert place is not None
    assert (place.name, place.call, place.incident_reporting, place.support_name) == (
        "Year 3",
        CALL,
        INCIDENT_REPORTING,
        SUPPORT_NAME,
    )


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"route": "gossip"}, "choose-route", "route"),
        ({"route": ""}, "choose-route", "route"),
        ({"text": " \n "}, "required", "text"),
        ({"text": "é" * (CONCERN_BYTES // 2) + "."}, "too-long", "text"),
        ({"text": "a\0b"}, "unstorable", "text"),
        ({"about_words": "w" * 201}, "too-long", "about_words"),
        ({"about_words": "a\0b"}, "unstorable", "about_words"),
        ({"reach": "w" * 201}, "too-long", "reach"),
        ({"about": "nobody-s-id"}, "unknown-person", "about"),
        ({"first": "nobody-s-id"}, "lead-unfit", "first"),
    ],
)
def test_what_is_refused(worry, given, code, field):
    with pytest.raises(Invalid) as refused:
        worry.send(worry.cast.ana, **given)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert worry.session.scalars(select(Concern)).all() == []


def test_the_first_is_called_now_and_the_other_for_the_target(worry):
    worry.send(worry.cast.ana)

    assert told(worry) == [("Ruth", START), ("Imran", START + DAY)]
    assert worry.mails() == [("ruth", START), ("imran", START + DAY)]


def test_immediate_risk_calls_the_other_after_four_hours(worry):
    worry.send(worry.cast.ana, route=Route.IMMEDIATE)

    assert worry.mails() == [("ruth", START), ("imran", START + 4 * HOUR)]


def test_faculty_are_told_that_something_waits(worry):
    worry.send(worry.cast.ana, faculty_told=True)

    assert told(worry) == [("Ruth", START), ("Helen", START), ("Ines", START), ("Imran", START + DAY)]


def test_acknowledged_in_time_the_other_is_not_called(worry):
    concern = worry.send(worry.cast.ana)

    actions.acknowledge(worry.session, actor=worry.ruth, concern_id=concern.public_id, now=START + HOUR)

    assert (concern.acknowledged_at, concern.lead) == (START + HOUR, worry.ruth.public_id)
    assert told(worry) == [("Ruth", START), ("Ana", START + HOUR)]
    assert worry.mails() == [("ana", START + HOUR)]
    assert entries(worry, worry.cast.ana, concern) == [("acknowledged", "Ruth", "")]


def test_acknowledging_twice_is_once(worry):
    concern = worry.send(worry.cast.ana)
    for person, hours in ((worry.imran, 30), (worry.imran, 31), (worry.ruth, 32)):
        actions.acknowledge(worry.session, actor=person, concern_id=concern.public_id, now=START + hours * HOUR)

    assert (concern.acknowledged_at, concern.lead) == (START + 30 * HOUR, worry.imran.public_id)
    assert entries(worry, worry.cast.ana, concern) == [("acknowledged", "Imran", "")]


def test_a_thread_between_writer_and_lead(worry):
    concern = worry.send(worry.cast.ana)
    for person, words in ((worry.ruth, "Can you come by on Thursday?"), (worry.cast.ana, "Yes, after two.")):
        actions.write_message(worry.session, actor=person, concern_id=concern.public_id, text=words, now=START)

    thread = [
        ("acknowledged", "Ruth", ""),
        ("message", "Ruth", "Can you come by on Thursday?"),
        ("message", "Ana", "Yes, after two."),
    ]
    assert entries(worry, worry.cast.ana, concern) == thread
    assert entries(worry, worry.ruth, concern) == thread
    assert [line.last_by_writer for line in queries.inbox(worry.session, worry.ruth, START)] == [True]


def test_notes_are_among_the_leads(worry):
    concern = worry.send(worry.cast.ana)
    actions.write_note(
        worry.session, actor=worry.ruth, concern_id=concern.public_id, text="Ask the ward first.", now=START
    )

    assert entries(worry, worry.ruth, concern) == [("note", "Ruth", "Ask the ward first.")]
    assert entries(worry, worry.cast.ana, concern) == []
    assert worry.session.scalars(select(Notice).where(Notice.user_id == worry.cast.ana.id)).all() == []
    with pytest.raises(NotFound):
        actions.write_note(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, text="A.", now=START)


def test_handed_over_it_waits_anew_and_both_read_it(worry):
    concern = worry.send(worry.cast.ana)
    actions.acknowledge(worry.session, actor=worry.ruth, concern_id=concern.public_id, now=START)
    actions.hand_over(
        worry.session, actor=worry.ruth, concern_id=concern.public_id, to=worry.imran.public_id, now=START + HOUR
    )

    assert (concern.lead, concern.acknowledged_at, concern.target_at) == (
        worry.imran.public_id,
        None,
        START + DAY + HOUR,
    )
    assert worry.reads(worry.ruth, concern, START + HOUR)
    assert worry.reads(worry.imran, concern, START + HOUR)
    assert worry.mails() == [("imran", START + HOUR), ("ana", START + HOUR), ("ruth", START + DAY + HOUR)]
    [_, handed] = queries.reading(worry.session, worry.cast.ana, concern.public_id, START + HOUR).entries
    assert (handed.kind, handed.author, handed.to) == (EntryKind.HANDED_OVER, "Ruth Abara", "Imran Sheikh")


@pytest.mark.parametrize("to", ["ruth", "ana", "director", ""])
def test_handed_to_nobody_but_another_lead(worry, to):
    concern = worry.send(worry.cast.ana)
    person = {"ruth": worry.ruth, "ana": worry.cast.ana, "director": worry.cast.director}.get(to)

    with pytest.raises(Invalid, match="lead-unfit"):
        actions.hand_over(
            worry.session,
            actor=worry.ruth,
            concern_id=concern.public_id,
            to=person.public_id if person else "",
            now=START,
        )


def test_not_handed_to_the_one_it_is_about(worry):
    concern = worry.send(worry.cast.ana, about=worry.imran.public_id)

    with pytest.raises(Invalid, match="lead-unfit"):
        actions.hand_over(
            worry.session, actor=worry.ruth, concern_id=concern.public_id, to=worry.imran.public_id, now=START
        )


def test_closed_with_a_word(worry):
    concern = worry.send(worry.cast.ana)
    with pytest.raises(Invalid, match="required"):
        actions.close_concern(worry.session, actor=worry.ruth, concern_id=concern.public_id, word=" ", now=START)
    actions.close_concern(
        worry.session, actor=worry.ruth, concern_id=concern.public_id, word="Thank you for saying it.", now=START
    )

    assert entries(worry, worry.cast.ana, concern)[-1] == ("closed", "Ruth", "Thank you for saying it.")
    assert queries.inbox(worry.session, worry.ruth, START) == []
    assert [line.public_id for line in queries.closed_concerns(worry.session, worry.ruth, START)] == [concern.public_id]
    with pytest.raises(NotAllowed, match="concern-closed"):
        actions.close_concern(worry.session, actor=worry.ruth, concern_id=concern.public_id, word="A.", now=START)
    with pytest.raises(NotAllowed, match="concern-closed"):
        actions.hand_over(
            worry.session, actor=worry.ruth, concern_id=concern.public_id, to=worry.imran.public_id, now=START
        )


def test_the_writer_opens_it_again_by_writing(worry):
    concern = worry.send(worry.cast.ana)
    actions.close_concern(worry.session, actor=worry.ruth, concern_id=concern.public_id, word="Good.", now=START)
    actions.write_message(
        worry.session, actor=worry.cast.ana, concern_id=concern.public_id, text="Again.", now=START + 3 * DAY
    )

    # Friday at ten: the target is Monday.
    assert (concern.closed_at, concern.acknowledged_at, concern.target_at) == (None, None, START + 6 * DAY)
    assert [line.public_id for line in queries.inbox(worry.session, worry.ruth, START)] == [concern.public_id]
    assert worry.mails() == [("ruth", START + 3 * DAY), ("imran", START + 6 * DAY)]


def test_adding_to_it_before_it_is_seen(worry):
    concern = worry.send(worry.cast.ana)
    actions.write_message(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, text="Also.", now=START)

    assert (concern.acknowledged_at, concern.target_at) == (None, START + DAY)
    assert told(worry) == [("Ruth", START), ("Imran", START + DAY)]


def test_withdrawn_unseen_its_texts_are_destroyed(worry, db):
    concern = worry.send(
        worry.cast.ana, about_words="canary-who", reach="canary-reach", text="canary-text", faculty_told=True
    )
    actions.write_message(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, text="canary-2", now=START)
    actions.withdraw_concern(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, now=START + HOUR)
    worry.session.commit()

    with db.reading() as reading:
        for table in ("concerns", "concern_entries", "audit_entries", "notices", "deliveries", "idempotency_keys"):
            assert "canary" not in str(reading.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608  # our own names
    assert worry.mails() == []
    with pytest.raises(NotAllowed, match="withdrawn-already"):
        actions.write_message(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, text="A.", now=START)
    with pytest.raises(NotAllowed, match="withdrawn-already"):
        actions.withdraw_concern(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, now=START)


@pytest.mark.parametrize("act", [actions.open_concern, actions.acknowledge])
def test_seen_it_cannot_be_withdrawn(worry, act):
    concern = worry.send(worry.cast.ana)
    act(worry.session, actor=worry.ruth, concern_id=concern.public_id, now=START)

    with pytest.raises(NotAllowed, match="seen-already"):
        actions.withdraw_concern(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, now=START)
    assert concern.text == WORRY


@pytest.mark.parametrize("name", ["ruth", "imran", "ben", "director"])
def test_nobody_withdraws_another_s(worry, name):
    concern = worry.send(worry.cast.ana)
    person = getattr(worry, name, None) or getattr(worry.cast, name)

    with pytest.raises(NotFound):
        actions.withdraw_concern(worry.session, actor=person, concern_id=concern.public_id, now=START)


def test_opening_is_noted_for_the_writer(worry):
    concern = worry.send(worry.cast.ana)
    for hours in (1, 2):
        actions.open_concern(worry.session, actor=worry.ruth, concern_id=concern.public_id, now=START + hours * HOUR)

    [opened] = queries.reading(worry.session, worry.cast.ana, concern.public_id, START).opened
    assert (opened.name, opened.times, opened.last) == ("Ruth Abara", 2, START + 2 * HOUR)
    assert {access.owner for access in worry.session.scalars(select(Access))} == {worry.cast.ana.public_id}


ACTS = {
    "open": lambda worry, **who: actions.open_concern(worry.session, **who),
    "acknowledge": lambda worry, **who: actions.acknowledge(worry.session, **who),
    "message": lambda worry, **who: actions.write_message(worry.session, text="A.", **who),
    "note": lambda worry, **who: actions.write_note(worry.session, text="A.", **who),
    "hand over": lambda worry, **who: actions.hand_over(worry.session, to=worry.imran.public_id, **who),
    "close": lambda worry, **who: actions.close_concern(worry.session, word="A.", **who),
}


@pytest.mark.parametrize("name", ["imran", "director", "tutor", "ben", "administrator", "author"])
@pytest.mark.parametrize("act", ACTS)
def test_nobody_acts_on_what_they_may_not_read(worry, act, name):
    concern = worry.send(worry.cast.ana, faculty_told=True)
    person = getattr(worry, name, None) or getattr(worry.cast, name)

    with pytest.raises(NotFound):
        ACTS[act](worry, actor=person, concern_id=concern.public_id, now=START)
    assert worry.session.scalars(select(ConcernEntry)).all() == []
    assert worry.session.scalars(select(Access)).all() == []


@pytest.mark.parametrize("act", [act for act in ACTS if act != "message"])
def test_the_writer_does_nothing_that_is_the_leads(worry, act):
    concern = worry.send(worry.cast.ana)

    with pytest.raises(NotFound):
        ACTS[act](worry, actor=worry.cast.ana, concern_id=concern.public_id, now=START)


def test_the_audit_log_has_the_acts_without_a_text_or_the_writer(worry):
    concern = worry.send(worry.cast.ana, about_words="canary-who", reach="canary-reach", text="canary-text")
    for act in (act for act in ACTS if act != "open"):
        ACTS[act](worry, actor=worry.ruth, concern_id=concern.public_id, now=START)
    actions.write_message(worry.session, actor=worry.cast.ana, concern_id=concern.public_id, text="canary", now=START)

    lines = worry.session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    by_ruth = worry.ruth.public_id
    assert [(line.action, line.actor) for line in lines] == [
        ("concern-sent", None),
        ("concern-acknowledged", by_ruth),
        ("concern-answered", by_ruth),
        ("concern-noted", by_ruth),
        ("concern-handed-over", by_ruth),
        ("concern-acknowledged", by_ruth),
        ("concern-closed", by_ruth),
        ("concern-added-to", None),
    ]
    assert {line.object_id for line in lines} == {concern.public_id}
    assert [line.details for line in lines if line.details] == []
