"""Redaction below the doors: who may, what is left, and that the text stands nowhere any more, down to the bytes."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import select, text

from ethics.audit.models import AuditEntry
from ethics.cohorts.models import CohortRole
from ethics.db import Json
from ethics.discussions import actions as discussions
from ethics.discussions.models import Comment, Thread
from ethics.discussions.moderation_models import ModerationAction
from ethics.discussions.reading_models import CommentDraft
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.notices.models import Notice
from ethics.outbox import Delivery, post
from ethics.reflections import actions as reflections
from ethics.reflections.models import About, Basis, Draft, Reflection
from ethics.reflections.queries import reflection_for
from ethics.rights.passages import GAP
from ethics.rights.redaction import ASKED, Found, Reason, Target, Thing, clean_words, find, redact
from ethics.rights.texts import ANCHORS, DESTROYED, LEFT, QUOTING
from ethics.rounds import actions as rounds
from ethics.rounds.actions import StanceInput
from ethics.rounds.models import Audience, Participation, Stance
from ethics.schema import metadata
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.talking import rendered, rows
from tests.rounds_cast import PRINCIPLES, archive, join, leave

CANARY = "the canary of Elm Street who was never in the case"
MARK = "[Removed by faculty: it could tell who a patient is. A name.]"
SPOKEN = f"I saw {CANARY} on my ward."


def take_out(talk, target, *, actor=None, mark=MARK, now=START) -> Found:
    """Redact as a door does: look, render, destroy."""
    actor = actor or talk.cast.tutor
    found = find(talk.session, actor, target, now=now, mark=mark)
    html = {source: rendered(source) for source in found.to_render}
    talk.session.rollback()
    done = redact(talk.session, actor=actor, target=target, reason=Reason.PATIENT, mark=mark, rendered=html, now=now)
    talk.session.commit()
    return done


def version_of(talk, actor) -> int:
    """The version of somebody's draft; 0 where there is none."""
    mine = select(Reflection.draft_version).join(Participation).where(Participation.user_id == actor.id)
    return talk.session.scalar(mine) or 0


def submit(talk, actor, answers, *, asked="") -> Reflection:
    """Submit a reflection with these answers, to the framework's prompts in their order."""
    keys = [prompt["key"] for prompt in talk.cast.round.framework["prompts"]]
    given = dict(zip(keys, answers, strict=False))
    made = reflections.submit_reflection(
        talk.session,
        actor=actor,
        round_id=talk.cast.id,
        draft=Draft(given, asked, About.CASE, Audience.GROUP, frozenset()),
        rendered={key: rendered(source) for key, source in given.items()},
        basis=Basis(version_of(talk, actor)),
        now=START,
    )
    talk.session.commit()
    return made


def edit(talk, actor, comment, source) -> None:
    discussions.edit_comment(
        talk.session,
        actor=actor,
        comment_id=comment.public_id,
        source=source,
        rendered=rendered(source),
        version=comment.version,
        now=START,
    )
    talk.session.commit()


def standing_in(db) -> dict[str, int]:
    """In how many rows of which column the canary stands: of every column of every table that holds words."""
    found = {}
    with db.reading() as session:
        for table in metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, sa.Text | sa.LargeBinary | type(Json)):
                    number = sum(
                        "canary of elm street" in str(value).casefold() for value in session.scalars(select(column))
                    )
                    if number:
                        found[f"{table.name}.{column.name}"] = number
    return found


def hands_of(db) -> list[tuple[str, str, dict]]:
    with db.reading() as session:
        return [
            (entry.action, entry.object_id, entry.details)
            for entry in session.scalars(select(AuditEntry).where(AuditEntry.action == "text.redacted"))
        ]


def test_a_field_goes_from_every_revision_the_draft_and_what_quotes_it(db, talk):
    cast = talk.cast
    made = submit(talk, cast.ana, [SPOKEN, "Something harmless about consent."])
    submit(talk, cast.ana, [f"{SPOKEN} Again.", "Something harmless about consent."])
    first = cast.round.framework["prompts"][0]["key"]
    answer = talk.draft(cast.tutor, made, f"You write:\n\n> {SPOKEN}\n\nWhat did you do then?")
    thread = talk.start(cast.ben, f"Ana says “{SPOKEN}”, and I ask why.")
    thread.anchor = {"exact": SPOKEN, "prefix": "", "suffix": " Again.", "position": 3}
    post(talk.session, key="mail", kind="mail", payload={"to": "x@y.example", "lines": [SPOKEN]}, due_at=START)
    talk.session.commit()
    assert standing_in(db) == {
        "comments.html": 2,
        "comments.source": 2,
        "comments.words": 2,
        "deliveries.payload": 1,
        "reflection_answers.html": 2,
        "reflection_answers.source": 2,
        "reflections.draft": 1,
        "threads.anchor": 1,
    }

    found = take_out(talk, Target(Thing.REFLECTION, made.public_id, first))

    assert standing_in(db) == {}
    assert (found.earlier, len(found.quoting), len(found.anchors), len(found.mails)) == (1, 2, 1, 1)
    with db.reading() as session:
        assert session.get_one(
            Comment, answer.id
        ).source == f"You write:\n\n> I saw {GAP}.\n\nWhat did you do then?".replace(f"I saw {GAP}", GAP)
        assert session.get_one(Thread, thread.id).anchor == {"exact": GAP, "prefix": "", "suffix": "", "position": 3}
        kept = session.get_one(Reflection, made.id)
        assert list(kept.draft["answers"].values()) == ["Something harmless about consent."]
        assert kept.draft_version == 3
    assert rows(db, select(Delivery)) == []
    assert hands_of(db) == [("text.redacted", made.public_id, {"reason": "patient", "field": first})]


def test_what_is_left_is_the_reason_where_the_text_stood(db, talk):
    made = submit(talk, talk.cast.ana, [SPOKEN], asked=f"Was {CANARY} right?")

    take_out(talk, Target(Thing.REFLECTION, made.public_id))

    with db.reading() as session:
        [revision] = reflection_for(session, talk.cast.ana, made.public_id).revisions
    assert ([answer.html for answer in revision.answers], revision.asked) == ([f"<p>{MARK}</p>"], MARK)


def test_what_the_writer_asks_can_go_alone(db, talk):
    made = submit(talk, talk.cast.ana, ["A harmless answer."], asked=f"Was {CANARY} right?")

    found = take_out(talk, Target(Thing.REFLECTION, made.public_id, ASKED))

    assert found.shown == [(ASKED, f"Was {CANARY} right?")]
    assert standing_in(db) == {}


def test_a_reason_goes_with_the_one_it_replaced(db, talk):
    cast, person = talk.cast, enter(talk.session, "Eva Lind")
    join(talk.session, cast.cohort, person, CohortRole.STUDENT, cast.groups[0])
    rounds.begin(talk.session, actor=actor(person), round_id=cast.id, now=START)
    for reason in (SPOKEN, f"{SPOKEN} Or not."):
        rounds.commit(
            talk.session,
            actor=actor(person),
            round_id=cast.id,
            stage=1,
            stance=StanceInput("another", f"Send {CANARY} home", 3, reason, ["autonomy"], Audience.GROUP),
            principles=PRINCIPLES,
            now=START,
        )
    talk.session.commit()
    mine = select(Stance).where(Stance.reason.contains("Elm Street"), Stance.latest)
    [stance] = rows(db, mine)
    assert standing_in(db)["stances.reason"] == standing_in(db)["stances.other"] > 0

    take_out(talk, Target(Thing.STANCE, stance.public_id))

    assert standing_in(db) == {}
    [left] = rows(db, select(Stance).where(Stance.id == stance.id))
    assert (left.reason, left.other) == (MARK, MARK)


def test_a_comment_goes_with_what_it_said_before_and_why_it_was_hidden(db, talk):
    cast = talk.cast
    thread = talk.start(cast.ben, "What would you have done?")
    comment = talk.post(cast.ana, thread, SPOKEN)
    edit(talk, cast.ana, comment, f"{SPOKEN} And more.")
    edit(talk, cast.ana, comment, "Nothing of it.")
    talk.session.add(
        ModerationAction(
            comment_id=comment.id,
            moderator_id=cast.tutor.id,
            action="hide",
            category="",
            reason=SPOKEN,
            at=START,
            before={},
        )
    )
    talk.session.commit()
    assert standing_in(db) == {"comment_earlier_texts.source": 2, "moderation_actions.reason": 1}

    take_out(talk, Target(Thing.COMMENT, comment.public_id))

    assert standing_in(db) == {}


def test_what_points_to_it_by_a_word_or_two_loses_them_and_a_draft_what_it_quotes(db, talk):
    cast = talk.cast
    thread = talk.start(cast.ben, "What would you have done?")
    comment = talk.post(cast.ana, thread, SPOKEN)
    answer = talk.post(cast.dee, thread, "Why?", parent_id=comment.public_id)
    answer.quotation = {"part": "", "exact": "my ward", "prefix": "on ", "suffix": ".", "position": 60}
    more = {"title": f"About {CANARY}", "numbers": [1, None]}
    talk.session.add(
        CommentDraft(
            user_id=cast.dee.id,
            round_id=cast.round.id,
            place="x",
            text=f"> {SPOKEN}\n\nOr",
            more=more,
            version=1,
            saved_at=START,
        )
    )
    talk.session.commit()

    take_out(talk, Target(Thing.COMMENT, comment.public_id))

    assert standing_in(db) == {}
    [quotation] = rows(db, select(Comment.quotation).where(Comment.id == answer.id))
    assert (quotation["exact"], quotation["prefix"], quotation["suffix"]) == (GAP, "", "")
    [draft] = rows(db, select(CommentDraft))
    assert (draft.text, draft.more["numbers"]) == (f"> {GAP}.\n\nOr", [1, None])


def test_a_title_goes_alone(db, talk):
    thread = talk.start(talk.cast.ben, "What would you have done?", title=f"About {CANARY}")

    take_out(talk, Target(Thing.TITLE, thread.public_id))

    assert standing_in(db) == {}
    assert rows(db, select(Thread.title)) == [MARK]


def test_the_writer_is_told_without_the_text_and_may_write_again(db, talk):
    cast = talk.cast
    made = submit(talk, cast.ana, [SPOKEN])
    take_out(talk, Target(Thing.REFLECTION, made.public_id))

    told = rows(db, select(Notice).where(Notice.user_id == cast.ana.id))
    assert [(notice.kind, notice.subject) for notice in told] == [("text-redacted", {"round": cast.id})]
    submit(talk, cast.ana, ["Somebody on a ward."])


def test_a_colleague_is_told_at_their_comment_and_nobody_of_what_they_did_themselves(db, talk):
    cast = talk.cast
    made = submit(talk, cast.ana, ["A harmless answer."])
    answer = talk.draft(cast.tutor, made, SPOKEN)
    talk.release(cast.tutor, answer)
    take_out(talk, Target(Thing.COMMENT, answer.public_id), actor=cast.director)
    take_out(talk, Target(Thing.COMMENT, answer.public_id), actor=cast.tutor)

    told = rows(db, select(Notice).where(Notice.user_id == cast.tutor.id))
    assert [(notice.kind, notice.subject) for notice in told] == [("comment-redacted", {"comment": answer.public_id})]


def test_only_faculty_of_the_writer_redact(db, talk):
    cast = talk.cast
    made = submit(talk, cast.ana, [SPOKEN])
    submit(talk, cast.dee, ["Mine."])
    thread = talk.start(cast.ana, SPOKEN)
    [opening] = rows(db, select(Comment).where(Comment.thread_id == thread.id))
    stance = rows(db, select(Stance).order_by(Stance.id))[0]
    things = [
        Target(Thing.REFLECTION, made.public_id),
        Target(Thing.STANCE, stance.public_id),
        Target(Thing.COMMENT, opening.public_id),
        Target(Thing.TITLE, thread.public_id),
    ]

    def answers(actor) -> list[str]:
        given = []
        for thing in things:
            with db.reading() as session:
                try:
                    find(session, actor, thing, now=START)
                except (NotFound, NotAllowed) as error:
                    given.append(type(error).__name__)
                else:
                    given.append("found")
        return given

    peer = ["NotFound", "NotFound", "NotAllowed", "NotAllowed"]
    assert {person: answers(getattr(cast, person)) for person in ("tutor", "director")} == {
        "tutor": ["found"] * 4,
        "director": ["found"] * 4,
    }
    assert {person: answers(getattr(cast, person)) for person in ("ana", "ben", "dee")} == dict.fromkeys(
        ("ana", "ben", "dee"), peer
    )
    others = ("chi", "tutor2", "outsider", "stranger", "author", "administrator")
    assert {person: answers(getattr(cast, person)) for person in others} == dict.fromkeys(others, ["NotFound"] * 4)


def test_a_guess_of_ones_own_that_is_redacted_tells_and_takes_nothing_of_another_group(db, talk):
    cast = talk.cast
    theirs = talk.start(cast.chi, SPOKEN)
    guess = talk.post(cast.tutor, talk.start(cast.ana, "Which of the two?"), SPOKEN)
    talk.session.commit()

    done = take_out(talk, Target(Thing.COMMENT, guess.public_id), actor=cast.tutor)

    assert done.quoting == []
    assert [comment.source for comment in rows(db, select(Comment).where(Comment.thread_id == theirs.id))] == [SPOKEN]


def test_drafts_are_nobody_elses_to_redact(db, talk):
    cast = talk.cast
    made = submit(talk, cast.ana, ["A harmless answer."])
    draft = talk.draft(cast.tutor, made, SPOKEN)
    with db.reading() as session:
        for actor in (cast.tutor, cast.director):
            with pytest.raises(NotFound):
                find(session, actor, Target(Thing.COMMENT, draft.public_id), now=START)


def test_an_archived_class_and_a_student_who_left_are_no_obstacle_for_the_director(db, talk):
    cast = talk.cast
    made = submit(talk, cast.ana, [SPOKEN])
    leave(talk.session, cast, cast.ana)
    archive(talk.session, cast)
    talk.session.commit()

    take_out(talk, Target(Thing.REFLECTION, made.public_id), actor=cast.director)

    assert standing_in(db) == {}


def test_what_was_quoted_while_one_decided_has_to_be_rendered_first(db, talk):
    cast = talk.cast
    made = submit(talk, cast.ana, [SPOKEN])
    target = Target(Thing.REFLECTION, made.public_id)
    found = find(talk.session, cast.tutor, target, now=START, mark=MARK)
    html = {source: rendered(source) for source in found.to_render}
    talk.start(cast.ben, SPOKEN)

    with pytest.raises(Conflict, match="written-meanwhile"):
        redact(talk.session, actor=cast.tutor, target=target, reason="patient", mark=MARK, rendered=html, now=START)


def test_a_reason_is_chosen_and_a_few_words_are_given(talk):
    made = submit(talk, talk.cast.ana, [SPOKEN])
    target = Target(Thing.REFLECTION, made.public_id)
    with pytest.raises(Invalid, match="choose-a-reason"):
        redact(talk.session, actor=talk.cast.tutor, target=target, reason="", mark=MARK, rendered={}, now=START)
    assert clean_words("  A\nname ") == "A name"
    for words, code in (("", "required"), ("x" * 301, "too-long")):
        with pytest.raises(Invalid, match=code):
            clean_words(words)


def bytes_of(db) -> bytes:
    """Everything the database has on its disk: SQLite's file and log, PostgreSQL's files of this database."""
    if db.is_sqlite:
        return b"".join(
            path.read_bytes() for path in Path(db.url.database).parent.glob(f"{Path(db.url.database).name}*")
        )
    with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        directory = connection.scalar(text("SHOW data_directory"))
        number = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    return b"".join(path.read_bytes() for path in (Path(directory) / "base" / str(number)).iterdir())


def test_no_byte_of_it_is_left_in_the_database(db, talk):
    cast = talk.cast
    long = f"{SPOKEN} " + "It went on for hours, as these things do. " * 150
    made = submit(talk, cast.ana, [long])
    submit(talk, cast.ana, [f"{SPOKEN} Shorter."])
    thread = talk.start(cast.ben, f"> {SPOKEN}", title=f"Was {CANARY} right?")
    comment = talk.post(cast.ana, thread, SPOKEN)
    edit(talk, cast.ana, comment, f"{SPOKEN} And more.")
    assert b"canary of elm street" in bytes_of(db).lower()

    take_out(talk, Target(Thing.REFLECTION, made.public_id))
    take_out(talk, Target(Thing.COMMENT, comment.public_id))
    take_out(talk, Target(Thing.TITLE, thread.public_id))
    assert db.forget_overwritten()
    if not db.is_sqlite:
        with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM FULL"))

    assert standing_in(db) == {}
    left = bytes_of(db)
    assert b"canary of elm street" not in left.lower()
    assert b"Removed by faculty" in left


def test_every_column_that_can_hold_words_is_destroyed_searched_or_left_with_a_reason():
    """A new column of prose fails here until ethics/rights/texts.py says what a redaction does to it."""
    words = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Text | sa.LargeBinary | type(Json)) and not column.foreign_keys
    }
    left = [name for names in LEFT.values() for name in names.split()]
    searched = {
        f"{each.rows.column_descriptions[0]['entity'].__tablename__}.{name}"
        for each in QUOTING
        for name in (*each.columns, *([each.html] if each.html else []))
    }
    searched |= {f"{each.rows.column_descriptions[0]['entity'].__tablename__}.{each.column}" for each in ANCHORS}

    assert len(left) == len(set(left))
    assert set(left) & (DESTROYED | searched) == set()
    assert set(left) | DESTROYED | searched == words
