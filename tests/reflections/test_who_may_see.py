"""Who reads which reflection: every cell of the table, with texts that stand nowhere else."""

import dataclasses
from datetime import timedelta

import pytest

from ethics.audit.actions import note_access
from ethics.cohorts.models import CohortRole
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.people.queries import Opened, opened_by
from ethics.reflections import actions, queries
from ethics.reflections.queries import KIND, Reading, SharedReading
from ethics.rounds.actions import meet_others
from ethics.rounds.gate import standing
from ethics.rounds.models import Audience
from ethics.rounds.schedule import MINUTE
from tests.cast import actor, enter
from tests.clock import START
from tests.reflections.writing import draft, save, submit
from tests.rounds_cast import archive, build_round, commit_everywhere, join, leave, move

EVERYBODY = (
    "ana", "ben", "dee", "chi", "director", "tutor", "tutor2", "outsider", "stranger", "author", "administrator",
)  # fmt: skip
DRAFT, FIRST, NEWEST, KEPT, ASKED = "canary-draft", "canary-first", "canary-newest", "canary-kept-back", "canary-asked"
ORDER = b"an order key"


def write_everything(session, cast, audience):
    """Ana submits twice and goes on writing; each text is a canary of its own."""
    first = draft(moment=FIRST, cost=KEPT, asked=ASKED, audience=audience, faculty_only=["cost"])
    submit(session, cast, cast.ana, first)
    newest = draft(moment=NEWEST, cost=KEPT, asked=ASKED, audience=audience, faculty_only=["cost"])
    reflection = submit(session, cast, cast.ana, newest, version=1, now=START + timedelta(hours=1))
    save(session, cast, cast.ana, draft(moment=DRAFT, audience=audience), version=2)
    return reflection


def seen(session, person, reflection):
    """Which canaries a person finds in a reflection; None where it does not exist for them."""
    try:
        reading = queries.reflection_for(session, person, reflection.public_id)
    except NotFound:
        return None
    text = repr(dataclasses.asdict(reading))
    return {canary for canary in (DRAFT, FIRST, NEWEST, KEPT, ASKED) if canary in text}


WHOLE = {FIRST, NEWEST, KEPT, ASKED}


@pytest.mark.parametrize("audience", Audience)
def test_before_a_peer_has_submitted_only_writer_and_faculty_read(session, cast, audience):
    reflection = write_everything(session, cast, audience)
    assert {name: seen(session, getattr(cast, name), reflection) for name in EVERYBODY} == {
        **dict.fromkeys(EVERYBODY),
        "ana": WHOLE,
        "director": WHOLE,
        "tutor": WHOLE,
    }


@pytest.mark.parametrize(("audience", "found"), [(Audience.FACULTY, None), (Audience.GROUP, {NEWEST})])
def test_a_peer_who_has_submitted_reads_what_is_shared(session, cast, audience, found):
    reflection = write_everything(session, cast, audience)
    for person in (cast.ben, cast.chi):
        submit(session, cast, person, draft(moment="My own."))
    assert {name: seen(session, getattr(cast, name), reflection) for name in EVERYBODY} == {
        **dict.fromkeys(EVERYBODY),
        "ana": WHOLE,
        "director": WHOLE,
        "tutor": WHOLE,
        "ben": found,
    }


def test_a_draft_is_its_writers_alone(session, cast):
    reflection = save(session, cast, cast.ana, draft(moment=DRAFT, audience=Audience.GROUP))
    submit(session, cast, cast.ben, draft(moment="My own."))
    assert {name: seen(session, getattr(cast, name), reflection) for name in EVERYBODY} == {
        **dict.fromkeys(EVERYBODY),
        "ana": set(),
    }
    own = queries.own_reflection(session, standing(session, cast.ana, cast.id, now=START))
    assert own.kept.draft == draft(moment=DRAFT, audience=Audience.GROUP)


def test_a_peer_learns_the_alias_and_nothing_else(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    submit(session, cast, cast.ben, draft(moment="My own."))
    alias = standing(session, cast.ana, cast.id, now=START).alias
    reading = queries.reflection_for(session, cast.ben, reflection.public_id)
    assert reading == SharedReading(
        public_id=reflection.public_id,
        round_id=cast.id,
        name=alias,
        answers=(
            queries.AnswerShown(
                prompt="moment",
                label="At which moment was it hardest?",
                source=NEWEST,
                html=f"<p>{NEWEST}</p>",
                faculty_only=False,
            ),
        ),
    )


def test_in_a_round_without_aliases_a_peer_reads_the_name(session):
    cast = build_round(session, aliases=False)
    for person in (cast.ana, cast.ben):
        commit_everywhere(session, cast, person)
        submit(session, cast, person, draft(moment="Open.", audience=Audience.GROUP))
    at = standing(session, cast.ben, cast.id, now=START)
    assert [reading.name for reading in queries.shared_in_group(session, cast.ben, at, order_key=ORDER)] == [
        "Ana Duarte"
    ]


def test_faculty_read_name_alias_and_every_revision(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    reading = queries.reflection_for(session, cast.tutor, reflection.public_id)
    assert isinstance(reading, Reading)
    assert (reading.is_own, reading.writer, reading.writer_id) == (False, "Ana Duarte", cast.ana.public_id)
    assert reading.alias == standing(session, cast.ana, cast.id, now=START).alias
    assert [(revision.number, revision.asked) for revision in reading.revisions] == [(2, ASKED), (1, ASKED)]
    assert [(answer.prompt, answer.source, answer.faculty_only) for answer in reading.revisions[0].answers] == [
        ("moment", NEWEST, False),
        ("cost", KEPT, True),
    ]


def test_what_a_tutor_may_read_follows_the_group(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    for person in (cast.ben, cast.chi):
        submit(session, cast, person, draft(moment="My own."))
    move(session, cast, cast.ana, cast.groups[1])
    session.commit()
    names = ("tutor", "tutor2", "ben", "chi", "director")
    assert {name: seen(session, getattr(cast, name), reflection) for name in names} == {
        "tutor": None,
        "tutor2": WHOLE,
        "ben": None,
        "chi": None,  # Ana has no name in the new group yet, so that nothing of hers stands there.
        "director": WHOLE,
    }
    actions.change_audience(
        session, actor=cast.ana, reflection_id=reflection.public_id, audience=Audience.FACULTY, now=START
    )
    actions.change_audience(
        session, actor=cast.ana, reflection_id=reflection.public_id, audience=Audience.GROUP, now=START
    )
    assert seen(session, cast.chi, reflection) == {NEWEST}


def test_a_small_cohort_may_let_its_tutors_read_all(session, cast):
    reflection = write_everything(session, cast, Audience.FACULTY)
    cast.cohort.tutors_read_all = True
    session.commit()
    assert seen(session, cast.tutor2, reflection) == WHOLE


def test_who_was_removed_leaves_the_shared_text_and_reads_nothing(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    theirs = submit(session, cast, cast.ben, draft(moment="My own.", audience=Audience.GROUP))
    leave(session, cast, cast.ana)
    session.commit()
    assert seen(session, cast.ana, reflection) is None
    assert seen(session, cast.ana, theirs) is None
    assert seen(session, cast.ben, reflection) == {NEWEST}
    assert seen(session, cast.tutor, reflection) == WHOLE


def test_a_removed_tutor_reads_nothing(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    leave(session, cast, cast.tutor)
    session.commit()
    assert seen(session, cast.tutor, reflection) is None


def test_an_archived_class_is_read_by_its_faculty_alone(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    submit(session, cast, cast.ben, draft(moment="My own."))
    archive(session, cast)
    session.commit()
    names = ("ana", "ben", "tutor", "director")
    assert {name: seen(session, getattr(cast, name), reflection) for name in names} == {
        "ana": None,
        "ben": None,
        "tutor": WHOLE,
        "director": WHOLE,
    }


def shared_with(session, cast, person):
    at = standing(session, person, cast.id, now=START)
    return queries.shared_in_group(session, person, at, order_key=ORDER)


def test_the_shared_ones_open_with_the_own_submission(session, cast):
    meet_others(session, actor=cast.ben, round_id=cast.id, now=START)
    for person in (cast.ben, cast.tutor, cast.director):
        with pytest.raises(NotFound):
            shared_with(session, cast, person)
    submit(session, cast, cast.ben, draft(moment="My own."))
    assert shared_with(session, cast, cast.ben) == []


def test_the_shared_ones_are_of_the_own_group_without_the_own_and_without_what_is_kept_back(session, cast):
    write_everything(session, cast, Audience.GROUP)
    submit(session, cast, cast.ben, draft(moment="Of Ben.", audience=Audience.GROUP))
    submit(session, cast, cast.dee, draft(moment="Of Dee.", audience=Audience.GROUP, faculty_only=["moment"]))
    submit(session, cast, cast.chi, draft(moment="Of Chi.", audience=Audience.GROUP))
    found = {
        person.name: sorted(
            answer.source for reading in shared_with(session, cast, person) for answer in reading.answers
        )
        for person in (cast.ana, cast.ben, cast.dee, cast.chi)
    }
    assert found == {
        "Ana Duarte": ["Of Ben."],
        "Ben Hallam": [NEWEST],
        "Dee Okafor": ["Of Ben.", NEWEST],
        "Chi Tran": [],
    }


def test_each_reader_has_an_order_of_their_own_that_stays(session, cast):
    people = [cast.ana, cast.ben, cast.dee]
    for number in range(8):
        user = enter(session, f"Peer{number} Hill")
        join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
        people.append(actor(user))
    for person in people:
        if person.name.startswith("Peer"):
            commit_everywhere(session, cast, person)
        submit(session, cast, person, draft(moment=person.name, audience=Audience.GROUP))
    of_ana = [reading.public_id for reading in shared_with(session, cast, cast.ana)]
    of_ben = [reading.public_id for reading in shared_with(session, cast, cast.ben)]
    both = set(of_ana) & set(of_ben)
    assert of_ana == [reading.public_id for reading in shared_with(session, cast, cast.ana)]
    assert len(both) == 9
    assert [one for one in of_ana if one in both] != [one for one in of_ben if one in both]


def test_taking_back_and_sharing_later(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    submit(session, cast, cast.ben, draft(moment="My own."))
    change = {"actor": cast.ana, "reflection_id": reflection.public_id, "now": START}
    actions.change_audience(session, audience=Audience.FACULTY, **change)
    assert seen(session, cast.ben, reflection) is None
    changed = actions.change_audience(session, audience=Audience.GROUP, **change)
    assert seen(session, cast.ben, reflection) == {NEWEST}
    assert (changed.kept.draft.audience, changed.kept.version) == (Audience.GROUP, 5)


def test_after_the_close_it_can_be_taken_back_but_not_shared(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    change = {"actor": cast.ana, "reflection_id": reflection.public_id, "now": cast.round.close_at + MINUTE}
    assert actions.change_audience(session, audience=Audience.FACULTY, **change).audience == "faculty"
    with pytest.raises(NotAllowed, match="round-closed"):
        actions.change_audience(session, audience=Audience.GROUP, **change)


def test_single_answers_are_kept_back_later(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    submit(session, cast, cast.ben, draft(moment="My own."))
    change = {"actor": cast.ana, "reflection_id": reflection.public_id, "audience": Audience.GROUP, "now": START}
    actions.change_audience(session, keep_back={"moment": True}, **change)
    assert seen(session, cast.ben, reflection) is None
    changed = actions.change_audience(session, keep_back={"moment": False}, **change)
    assert seen(session, cast.ben, reflection) == {NEWEST}
    assert "moment" not in changed.kept.draft.faculty_only
    with pytest.raises(Invalid, match="unknown-prompt"):
        actions.change_audience(session, keep_back={"weather": True}, **change)


def test_after_the_close_an_answer_can_be_kept_back_but_not_shared(session, cast):
    reflection = write_everything(session, cast, Audience.GROUP)
    change = {
        "actor": cast.ana,
        "reflection_id": reflection.public_id,
        "audience": Audience.GROUP,
        "now": cast.round.close_at + MINUTE,
    }
    kept = actions.change_audience(session, keep_back={"moment": True}, **change)
    assert kept.faculty_only["moment"] is True
    with pytest.raises(NotAllowed, match="round-closed"):
        actions.change_audience(session, keep_back={"moment": False}, **change)


def test_a_quotation_stands_only_while_its_reader_may_read_the_answer(session, cast):
    mine = submit(
        session, cast, cast.ana, draft(moment="Shared.", cost="Kept.", audience=Audience.GROUP, faculty_only=["cost"])
    )
    submit(session, cast, cast.ben, draft(moment="My own."))
    shared, kept = (mine.public_id, "moment"), (mine.public_id, "cost")
    everything, nothing = {shared: "Shared.", kept: "Kept."}, {}

    def quoted() -> dict[str, dict[tuple[str, str], str]]:
        names = ("ana", "tutor", "director", "ben", "dee", "chi", "tutor2", "administrator")
        return {name: queries.quotable(session, getattr(cast, name), [shared, kept]) for name in names}

    whole = dict.fromkeys(("ana", "tutor", "director"), everything)
    rest = dict.fromkeys(("dee", "chi", "tutor2", "administrator"), nothing)
    assert quoted() == {**whole, **rest, "ben": {shared: "Shared."}}
    actions.change_audience(session, actor=cast.ana, reflection_id=mine.public_id, audience=Audience.FACULTY, now=START)
    assert quoted() == {**whole, **rest, "ben": nothing}


def test_only_what_is_submitted_can_be_shared(session, cast):
    reflection = save(session, cast, cast.ana, draft(moment=DRAFT))
    with pytest.raises(NotAllowed, match="not-submitted"):
        actions.change_audience(
            session, actor=cast.ana, reflection_id=reflection.public_id, audience=Audience.GROUP, now=START
        )


@pytest.mark.parametrize("who", ["ben", "chi", "director", "tutor", "outsider", "administrator"])
def test_nobody_else_shares_it(session, cast, who):
    reflection = write_everything(session, cast, Audience.GROUP)
    submit(session, cast, cast.ben, draft(moment="My own."))
    with pytest.raises(NotFound):
        actions.change_audience(
            session, actor=getattr(cast, who), reflection_id=reflection.public_id, audience=Audience.FACULTY, now=START
        )


def lines(session, cast, person):
    at = standing(session, person, cast.id, now=START)
    return queries.reflections_in_round(session, person, at)


def test_facultys_list_says_who_has_begun_and_who_has_asked(session, cast):
    reflection = write_everything(session, cast, Audience.FACULTY)
    save(session, cast, cast.ben, draft(moment=DRAFT, asked=DRAFT))
    submit(session, cast, cast.chi, draft(moment="Late."), now=cast.round.due_at + timedelta(days=1))
    ana = queries.ReflectionLine(
        cast.ana.id, reflection.public_id, 2, START, START + timedelta(hours=1), late=False, asked=ASKED
    )
    ben = queries.ReflectionLine(cast.ben.id, None, 0, None, None, late=False, asked="")
    assert lines(session, cast, cast.tutor) == {cast.ana.id: ana, cast.ben.id: ben}
    of_chi = lines(session, cast, cast.tutor2)
    assert {number: (line.number, line.late) for number, line in of_chi.items()} == {cast.chi.id: (1, True)}
    assert lines(session, cast, cast.director) == {cast.ana.id: ana, cast.ben.id: ben, **of_chi}
    assert lines(session, cast, cast.ana) == {}


def test_the_writer_sees_who_has_opened_it(session, cast):
    reflection = write_everything(session, cast, Audience.FACULTY)
    other = submit(session, cast, cast.ben, draft(moment="My own."))
    for reader, what, owner, hours in (
        (cast.tutor, reflection, cast.ana, 1),
        (cast.director, reflection, cast.ana, 2),
        (cast.tutor, reflection, cast.ana, 3),
        (cast.director, other, cast.ben, 4),
        (cast.ana, reflection, cast.ana, 5),
    ):
        note_access(
            session,
            actor=reader,
            owner=owner.public_id,
            object_kind=queries.KIND,
            object_id=what.public_id,
            now=START + timedelta(hours=hours),
        )
    session.commit()
    reading = queries.reflection_for(session, cast.ana, reflection.public_id)
    assert opened_by(session, cast.ana, kind=KIND, object_id=reading.public_id) == [
        Opened("Ines Brandt", 2, START + timedelta(hours=3)),
        Opened("Helen Ashworth", 1, START + timedelta(hours=2)),
    ]
