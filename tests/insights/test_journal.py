"""The journal: all of one's own, nothing of anybody else's, also when the class is closed to its writer."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from ethics.cases.models import Case, CaseVersion
from ethics.cases.search import terms_of
from ethics.db import Database
from ethics.discussions import actions as discussions
from ethics.discussions import moderation
from ethics.discussions.models import State
from ethics.errors import NotFound
from ethics.insights import journal_file as shape
from ethics.insights.journal import (
    Entry,
    earlier_on,
    entry_of,
    journal_of,
    look_for,
    principles_named,
    tensions_met,
)
from ethics.insights.journal_file import JournalFile, journal_file
from ethics.people.actor import Actor
from ethics.rounds import actions as rounds
from ethics.rounds.models import Audience, Kind
from tests.clock import START
from tests.discussions.talking import Talk, rendered
from tests.house import ROOT
from tests.reflections.writing import draft, save, submit
from tests.rounds_cast import (
    PRINCIPLES,
    RoundCast,
    archive,
    build_round,
    leave,
    make_round,
    meet,
    move,
)

LATER = START + timedelta(hours=1)
AFTER = START + timedelta(days=1)
PROMPT = "moment"


@pytest.fixture
def cast(session: Session) -> RoundCast:
    cast = build_round(session, revisit_at=START - timedelta(days=1))
    for person in (cast.ana, cast.ben, cast.chi):
        meet(session, cast, person)
    session.commit()
    return cast


@pytest.fixture
def talk(session: Session, cast: RoundCast) -> Talk:
    return Talk(session, cast)


def another_round(session: Session, cast: RoundCast, *, now: datetime) -> RoundCast:
    """The same class in a round of its own on the same case, begun at `now`."""
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    made = make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"])
    other = replace(cast, round=made)
    meet(session, other, cast.ana, now=now)
    session.commit()
    return other


def only(session: Session, who: Actor) -> Entry:
    (entry,) = journal_of(session, who, now=LATER)
    return entry


def revisit(session: Session, cast: RoundCast, who: Actor, reason: str) -> None:
    stance = rounds.StanceInput("another", "Ask his sister first.", 5, reason, ["beneficence"], Audience.GROUP)
    rounds.revisit(
        session, actor=who, round_id=cast.id, stances={1: stance, 2: stance}, principles=PRINCIPLES, now=START
    )
    session.commit()


def test_first_and_revisited_stand_side_by_side_with_their_reasons(session: Session, cast: RoundCast) -> None:
    revisit(session, cast, cast.ana, "His sister knows him.")

    point = only(session, cast.ana).points[0]

    assert (point.stage, point.question) == (1, "What do you offer him?")
    assert [(said.kind, said.words, said.confidence, said.reason) for said in point.said] == [
        (Kind.FIRST, "Ask him to stay", 3, "The reason of Ana."),
        (Kind.REVISITED, "Ask his sister first.", 5, "His sister knows him."),
    ]
    assert point.principles == ("autonomy", "beneficence")


def test_what_one_put_before_is_kept_beside_what_stands(session: Session, cast: RoundCast) -> None:
    rounds.begin(session, actor=cast.dee, round_id=cast.id, now=START)
    for reason in ("At first.", "Then."):
        stance = rounds.StanceInput("go", "", 2, reason, [], Audience.GROUP)
        rounds.commit(
            session, actor=cast.dee, round_id=cast.id, stage=1, stance=stance, principles=PRINCIPLES, now=START
        )
    session.commit()

    (point,) = only(session, cast.dee).points

    assert ([said.reason for said in point.said], [said.reason for said in point.before]) == (["Then."], ["At first."])


def test_every_version_of_a_reflection_and_the_draft_after_it(session: Session, cast: RoundCast) -> None:
    submit(session, cast, cast.ana, draft(**{PROMPT: "One."}, asked="Why?"))
    assert only(session, cast.ana).reflection.draft is None

    submit(session, cast, cast.ana, draft(**{PROMPT: "Two."}), version=1)
    save(session, cast, cast.ana, draft(**{PROMPT: "Three."}), version=2)
    written = only(session, cast.ana).reflection

    assert [(one.number, one.asked, [answer.source for answer in one.answers]) for one in written.revisions] == [
        (2, "", ["Two."]),
        (1, "Why?", ["One."]),
    ]
    assert written.draft.written == {PROMPT: "Three."}


def test_feedback_is_told_once_it_is_released_and_with_whom_it_is_from(
    session: Session, cast: RoundCast, talk: Talk
) -> None:
    reflection = talk.reflect(cast.ana)
    kept = talk.draft(cast.tutor, reflection, "What would he say?")
    assert only(session, cast.ana).answers == ()

    talk.release(cast.tutor, kept, now=LATER)
    told = only(session, cast.ana).answers

    assert [(one.author, one.is_own, one.source, one.at) for one in told] == [
        ("Ines Brandt", False, "What would he say?", LATER)
    ]


def test_feedback_that_was_withdrawn_leaves_its_place_and_no_word(
    session: Session, cast: RoundCast, talk: Talk
) -> None:
    kept = talk.draft(cast.tutor, talk.reflect(cast.ana), "What would he say?")
    talk.release(cast.tutor, kept)
    discussions.withdraw_comment(session, actor=cast.tutor, comment_id=kept.public_id, now=LATER)
    session.commit()

    assert [(one.state, one.source, one.html) for one in only(session, cast.ana).answers] == [
        (State.WITHDRAWN, None, None)
    ]


def test_of_a_thread_only_ones_own_words(session: Session, cast: RoundCast, talk: Talk) -> None:
    thread = talk.start(cast.ben, "Ben's words.", title="Whose arm is it?")
    talk.post(cast.ana, thread, "Ana's words.")
    talk.post(cast.tutor, thread, "The tutor's words.")

    assert [(one.title, one.source, one.is_own) for one in only(session, cast.ana).comments] == [
        ("Whose arm is it?", "Ana's words.", True)
    ]
    assert [one.source for one in only(session, cast.ben).comments] == ["Ben's words."]


def test_a_hidden_comment_of_ones_own_is_there_with_the_reason(session: Session, cast: RoundCast, talk: Talk) -> None:
    comment = talk.post(cast.ana, talk.start(cast.ben, "Ben's words."), "Ana's words.")
    moderation.hide_comment(
        session,
        actor=cast.tutor,
        comment_id=comment.public_id,
        category="demeans",
        categories=("demeans",),
        reason="Reads as if he were a fool.",
        now=LATER,
    )
    session.commit()

    (one,) = only(session, cast.ana).comments
    assert (one.state, one.category, one.reason, one.source) == (
        State.HIDDEN,
        "demeans",
        "Reads as if he were a fool.",
        "Ana's words.",
    )


def test_what_one_said_before_editing_is_kept(session: Session, cast: RoundCast, talk: Talk) -> None:
    comment = talk.post(cast.ana, talk.start(cast.ben, "Ben's words."), "Before.")
    discussions.edit_comment(
        session,
        actor=cast.ana,
        comment_id=comment.public_id,
        source="After.",
        rendered=rendered("After."),
        version=comment.version,
        now=LATER,
    )
    session.commit()

    (one,) = only(session, cast.ana).comments
    assert (one.source, one.edited, one.earlier) == ("After.", True, ("Before.",))


@pytest.mark.parametrize("ending", ["removed", "archived"])
def test_all_of_it_stays_when_the_class_is_closed_to_its_writer(
    session: Session, cast: RoundCast, talk: Talk, ending: str
) -> None:
    thread = talk.start(cast.ben, "Ben's words.", title="Whose arm is it?")
    own = talk.start(cast.ana, "Ana's words.", title="May one ask his sister?")
    talk.post(cast.ana, thread, "More of Ana's.")
    talk.release(cast.tutor, talk.draft(cast.tutor, talk.reflect(cast.ana, asked="Why?"), "What would he say?"))
    revisit(session, cast, cast.ana, "His sister knows him.")
    before = only(session, cast.ana)

    leave(session, cast, cast.ana) if ending == "removed" else archive(session, cast)
    session.commit()
    after = only(session, cast.ana)

    assert (before.is_open, after.is_open) == (True, False)
    assert [(one.thread_id, one.title) for one in after.comments] == [(None, own.title), (None, None)]
    closed = [
        replace(one, thread_id=None, title=shown.title)
        for one, shown in zip(before.comments, after.comments, strict=True)
    ]
    closed_answers = [
        replace(one, thread_id=None, title=shown.title)
        for one, shown in zip(before.answers, after.answers, strict=True)
    ]
    assert after == replace(before, is_open=False, comments=tuple(closed), answers=tuple(closed_answers))


def test_a_thread_of_the_group_one_has_left_keeps_its_title(session: Session, cast: RoundCast, talk: Talk) -> None:
    talk.post(cast.ana, talk.start(cast.ben, "Ben's words.", title="Whose arm is it?"), "Ana's words.")
    move(session, cast, cast.ana, cast.groups[1])
    session.commit()

    assert [(one.title, one.source) for one in only(session, cast.ana).comments] == [(None, "Ana's words.")]


def test_nobody_has_anything_of_somebody_elses(session: Session, cast: RoundCast, talk: Talk) -> None:
    talk.release(cast.tutor, talk.draft(cast.tutor, talk.reflect(cast.ana), "What would he say?"))

    for person in (cast.tutor, cast.director, cast.outsider, cast.stranger, cast.author, cast.administrator, cast.dee):
        assert journal_of(session, person, now=LATER) == []
        with pytest.raises(NotFound):
            entry_of(session, person, cast.id, now=LATER)
    assert only(session, cast.ben).answers == ()


def test_the_newest_round_comes_first_and_one_can_be_asked_for(session: Session, cast: RoundCast) -> None:
    other = another_round(session, cast, now=LATER)

    entries = journal_of(session, cast.ana, now=LATER)

    assert [entry.round_id for entry in entries] == [other.id, cast.id]
    assert entry_of(session, cast.ana, cast.id, now=LATER) == entries[1]


def test_thirty_rounds_take_as_many_statements_as_one(
    db: Database, session: Session, cast: RoundCast, talk: Talk
) -> None:
    talk.post(cast.ana, talk.start(cast.ben, "Ben's words."), "Ana's words.")
    talk.release(cast.tutor, talk.draft(cast.tutor, talk.reflect(cast.ana), "What would he say?"))
    few = _statements(db, cast.ana)
    for number in range(29):
        other = another_round(session, cast, now=START + timedelta(minutes=number))
        more = Talk(session, other)
        more.start(cast.ana, "Ana's words.")
        more.release(cast.tutor, more.draft(cast.tutor, more.reflect(cast.ana), "What would he say?"))

    assert _statements(db, cast.ana) == few
    with db.reading() as reading:
        assert len(journal_of(reading, cast.ana, now=LATER)) == 30


def _statements(db: Database, who: Actor) -> int:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(db.reader, "before_cursor_execute", note)
    with db.reading() as reading:
        journal_of(reading, who, now=LATER)
    event.remove(db.reader, "before_cursor_execute", note)
    return len(sent)


def test_principles_are_counted_by_round_and_tensions_where_one_decided(session: Session, cast: RoundCast) -> None:
    _tense(session)
    another_round(session, cast, now=LATER)
    revisit(session, cast, cast.ana, "His sister knows him.")
    rounds.begin(session, actor=cast.dee, round_id=cast.id, now=START)
    session.commit()

    entries = journal_of(session, cast.ana, now=LATER)

    assert principles_named(entries) == {"autonomy": 2, "beneficence": 1}
    assert tensions_met(entries) == {("autonomy", "beneficence"): 2}
    assert [entry.touches(("autonomy", "justice")) for entry in entries] == [False, False]
    assert tensions_met(journal_of(session, cast.dee, now=LATER)) == {}


def _tense(session: Session) -> None:
    """Let every version of the case say what pulls apart in it."""
    for version in session.scalars(select(CaseVersion)):
        version.front = version.front | {"tensions": [["beneficence", "autonomy"]]}
    session.commit()


def test_words_are_looked_for_in_what_one_wrote_and_nowhere_else(session: Session, cast: RoundCast, talk: Talk) -> None:
    thread = talk.start(cast.ben, "Ben speaks of the ambulance.")
    talk.post(cast.ana, thread, "Ana wrote about Malmö.")
    submit(session, cast, cast.ana, draft(**{PROMPT: "The *night* bus went."}, asked="What of the brother?"))
    revisit(session, cast, cast.ana, "His sister knows him.")
    rounds.write_closing_note(session, actor=cast.ana, round_id=cast.id, text="Ask first.", version=0, now=START)
    session.commit()
    entries = journal_of(session, cast.ana, now=LATER)

    def kinds(wish: str) -> list[list[str]]:
        return [[hit.kind for hit in hits] for _, hits in look_for(entries, terms_of(wish))]

    assert kinds("malmo") == [["comment"]]
    assert kinds("night bus") == [["reflection"]]
    assert kinds("brother") == [["asked"]]
    assert kinds("malm brother") == [["asked", "comment"]]
    assert kinds('"ask first"') == [["closing-note"]]
    assert kinds("line goes") == [[]]  # the case's title leads to it, and there is nothing of one's own to show
    assert kinds("ambulance") == []
    assert kinds("malmo ambulance") == []


def test_the_words_found_are_marked(session: Session, cast: RoundCast) -> None:
    ((_, (hit, *_)),) = look_for(journal_of(session, cast.ana, now=LATER), terms_of("reason"))

    assert [(piece.text, piece.is_hit) for piece in hit.pieces] == [
        ("The ", False),
        ("reason", True),
        (" of Ana.", False),
    ]


class TestEarlierReasoning:
    """What a new round offers of an earlier one."""

    def ask(self, session: Session, who: Actor, version: CaseVersion, *, before: datetime = AFTER) -> Any:
        found = earlier_on(session, who, version, before=before)
        return None if found is None else (found.principles, found.round_id)

    def version(self, session: Session, **front: Any) -> CaseVersion:
        """A version that no round has, with this in its front matter."""
        return CaseVersion(front={"title": "New", **front})

    def test_a_round_on_the_same_tension_the_newest(self, session: Session, cast: RoundCast) -> None:
        newer_began = LATER + timedelta(minutes=1)
        older, newer = (another_round(session, cast, now=at) for at in (LATER, newer_began))
        version = self.version(session, tensions=[["beneficence", "autonomy"]])

        assert self.ask(session, cast.ana, version) == (("autonomy", "beneficence"), newer.id)
        assert self.ask(session, cast.ana, version, before=newer_began) == (("autonomy", "beneficence"), older.id)

    def test_two_principles_one_named_oneself_make_it_the_same_tension(self, session: Session, cast: RoundCast) -> None:
        session.execute(update(Case).values(tensions=[]))
        other = another_round(session, cast, now=LATER)
        other.round.revisit_at = START - timedelta(days=1)
        version = self.version(session, tensions=[["autonomy", "beneficence"]])
        assert self.ask(session, cast.ana, version) is None

        revisit(session, other, cast.ana, "His sister knows him.")
        assert self.ask(session, cast.ana, version) == (("autonomy", "beneficence"), other.id)

    def test_or_else_a_principle_that_leads_and_was_named(self, session: Session, cast: RoundCast) -> None:
        other = another_round(session, cast, now=LATER)

        assert self.ask(session, cast.ana, self.version(session, principles=["justice", "autonomy"])) == (
            ("autonomy",),
            other.id,
        )
        assert self.ask(session, cast.ana, self.version(session, principles=["justice"])) is None

    @pytest.mark.parametrize("ending", ["removed", "archived"])
    def test_it_minds_no_ending_and_is_nobody_elses(self, session: Session, cast: RoundCast, ending: str) -> None:
        other = another_round(session, cast, now=LATER)
        leave(session, cast, cast.ana) if ending == "removed" else archive(session, cast)
        version = self.version(session, tensions=[["autonomy", "beneficence"]])

        assert self.ask(session, cast.ana, version) == (("autonomy", "beneficence"), other.id)
        assert self.ask(session, cast.dee, version) is None
        assert self.ask(session, cast.tutor, version) is None

    def test_a_round_one_only_looked_into_is_none(self, session: Session, cast: RoundCast) -> None:
        rounds.begin(session, actor=cast.dee, round_id=cast.id, now=START)

        version = self.version(session, tensions=[["autonomy", "beneficence"]])
        assert self.ask(session, cast.dee, version) is None


def whole_file(session: Session, cast: RoundCast, talk: Talk) -> JournalFile:
    """A file in which every key holds something."""
    thread = talk.start(cast.ben, "Ben's words.")
    comment = talk.post(cast.ana, thread, "Before.")
    discussions.edit_comment(
        session,
        actor=cast.ana,
        comment_id=comment.public_id,
        source="After.",
        rendered=rendered("After."),
        version=comment.version,
        now=LATER,
    )
    talk.release(cast.tutor, talk.draft(cast.tutor, talk.reflect(cast.ana, asked="Why?"), "What would he say?"))
    save(session, cast, cast.ana, draft(**{PROMPT: "More."}, asked="And now?"), version=1)
    revisit(session, cast, cast.ana, "His sister knows him.")
    rounds.write_closing_note(session, actor=cast.ana, round_id=cast.id, text="Ask first.", version=0, now=START)
    session.commit()
    return journal_file(journal_of(session, cast.ana, now=LATER), writer="Ana Duarte", now=LATER)


def test_the_file_has_the_documented_shape(session: Session, cast: RoundCast, talk: Talk) -> None:
    made = whole_file(session, cast, talk)
    (round_,) = json.loads(made.model_dump_json())["rounds"]

    assert JournalFile.model_validate_json(made.model_dump_json()) == made
    assert sorted(key for key, value in round_.items() if value in (None, "", [])) == ["tensions"]
    assert [answer["text"] for answer in round_["reflection"]["draft"]["answers"]] == ["More."]
    assert [(one["author"], one["text"]) for one in round_["feedback"]] == [("Ines Brandt", "What would he say?")]
    assert [(one["text"], one["earlier"]) for one in round_["comments"]] == [("After.", ["Before."])]


def test_every_key_of_the_file_is_documented_and_no_other() -> None:
    models = [kind for name, kind in vars(shape).items() if name.endswith("File")]
    documented = set(re.findall(r"^\| `([a-z_]+)` ", (ROOT / "docs/journal-file.md").read_text(), re.MULTILINE))

    assert documented == {key for kind in models for key in kind.model_fields}


def test_times_in_the_file_have_the_zone_of_their_round(session: Session, cast: RoundCast) -> None:
    cast.round.zone = "Asia/Kathmandu"
    session.commit()

    (round_,) = journal_file(journal_of(session, cast.ana, now=LATER), writer="Ana Duarte", now=START).rounds

    assert (round_.zone, round_.began_at) == ("Asia/Kathmandu", "2026-11-24T15:45:00+05:45")
    assert datetime.fromisoformat(round_.began_at) == START


def test_an_empty_journal_is_a_file_too() -> None:
    assert journal_file([], writer="Ana Duarte", now=START).model_dump() == {
        "format": "ethics-rounds/journal",
        "version": 1,
        "made_at": "2026-11-24T10:00:00+00:00",
        "writer": "Ana Duarte",
        "rounds": [],
    }
