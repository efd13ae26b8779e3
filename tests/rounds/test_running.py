"""What changes while a round runs, on both databases: closing, reopening, more time, copies; nothing open is shut."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.cohorts.models import CohortRole, GroupMember, GroupSet
from ethics.discussions import actions as discussions
from ethics.errors import Invalid, NotAllowed, NotFound
from ethics.markup import Rendered
from ethics.notices.models import Notice
from ethics.rounds import actions, readiness, running
from ethics.rounds.gate import standing
from ethics.rounds.models import Extension, Phase, Round
from ethics.rounds.schedule import MINUTE
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds.reading import meet, revisit
from tests.rounds.test_directing import DAY, audited, change, make_set_elsewhere, settings_of
from tests.rounds_cast import archive, join, leave, make_cohort, make_groups, prolong, schedule_of

CLOSED = START + 20 * DAY
CHI, BEN = "chi", "ben"


def at(session, cast, name, now):
    return standing(session, getattr(cast, name), cast.id, now=now)


def reflect(session, cast, *names):
    for name in names:
        meet(session, cast, getattr(cast, name))
        actions.note_reflected(at(session, cast, name, START).participation, now=START)
    session.flush()


def close(session, cast, *, now=START):
    return running.close_round(session, actor=cast.director, round_id=cast.id, now=now)


def reopen(session, cast, *, days=30, now=CLOSED):
    return running.reopen_round(session, actor=cast.director, round_id=cast.id, close_at=START + days * DAY, now=now)


def extend(session, cast, name, *, person=None, days=20, now=START, due=None):
    return running.extend(
        session,
        actor=person or cast.director,
        round_id=cast.id,
        student_id=getattr(cast, name).public_id,
        due_at=START + (due or days) * DAY,
        close_at=START + days * DAY,
        now=now,
    )


def end(session, cast, name, *, person=None, now=START):
    running.end_extension(
        session,
        actor=person or cast.director,
        round_id=cast.id,
        student_id=getattr(cast, name).public_id,
        now=now,
    )


def told(session):
    return sorted(session.execute(select(Notice.kind, Notice.user_id)).all())


def everybody(cast, kind):
    return sorted((kind, person.id) for person in (cast.ana, cast.ben, cast.dee, cast.chi))


# Closing and reopening


def test_closing_now_spares_whom_an_extension_was_given(session, cast):
    prolong(session, cast, cast.ben, CLOSED)
    close(session, cast)

    assert [at(session, cast, name, START).phase for name in ("ana", "ben")] == [Phase.CLOSED, Phase.OPEN]
    assert at(session, cast, "ben", CLOSED + MINUTE).phase is Phase.CLOSED
    assert (cast.round.close_at, told(session)) == (START + 14 * DAY, everybody(cast, "round-closed"))
    assert audited(session) == ["round.close"]


@pytest.mark.parametrize("now", [START - 5 * DAY, CLOSED])
def test_only_a_running_round_is_closed(session, cast, now):
    with pytest.raises(NotAllowed, match="round-not-running"):
        close(session, cast, now=now)


def test_a_round_is_closed_once(session, cast):
    close(session, cast)
    with pytest.raises(NotAllowed, match="round-not-running"):
        close(session, cast, now=START + DAY)


def test_reopening_lets_students_write_again_and_tells_them_once(session, cast):
    with pytest.raises(NotAllowed, match="round-not-closed"):
        reopen(session, cast, now=START)
    assert at(session, cast, "ana", CLOSED).phase is Phase.CLOSED
    reopen(session, cast)

    assert at(session, cast, "ana", CLOSED).phase is Phase.OPEN
    assert at(session, cast, "ana", START + 30 * DAY + MINUTE).phase is Phase.CLOSED
    assert told(session) == everybody(cast, "round-reopened")


def test_reopening_before_anybody_was_told_tells_nobody(session, cast):
    close(session, cast)
    running.reopen_round(
        session, actor=cast.director, round_id=cast.id, close_at=cast.round.close_at, now=START + 9 * MINUTE
    )

    assert (told(session), cast.round.closed_at) == ([], None)


def test_reopening_with_another_close_says_that_the_dates_changed(session, cast):
    close(session, cast)
    reopen(session, cast, now=START + 9 * MINUTE)

    assert told(session) == everybody(cast, "round-dates")


@pytest.mark.parametrize(
    ("days", "code"), [(1, "closes-in-the-past"), (6, "closed-before-due"), (8, "closed-before-revisit")]
)
def test_a_close_that_makes_no_sense_is_refused(session, cast, days, code):
    close(session, cast, now=START + 2 * DAY)

    with pytest.raises(Invalid, match=code) as refusal:
        reopen(session, cast, days=days, now=START + 3 * DAY)
    assert refusal.value.field == "close"


# What was open stays open


def test_a_debrief_that_the_close_had_opened_outlasts_reopening(session, cast):
    reflect(session, cast, "ana")
    meet(session, cast, cast.ben)
    assert at(session, cast, "ana", CLOSED).debrief_is_open
    reopen(session, cast)

    assert [at(session, cast, name, CLOSED).debrief_is_open for name in ("ana", "ben")] == [True, False]
    reflect(session, cast, "dee")
    assert not at(session, cast, "dee", CLOSED).debrief_is_open


def test_a_debrief_outlasts_a_second_look_that_comes_late(session, cast):
    cast.round.revisit_at = None
    reflect(session, cast, "ana")
    assert at(session, cast, "ana", START).debrief_is_open
    change(
        session,
        cast,
        version=cast.round.version,
        schedule=replace(schedule_of(cast.round), revisit_at=CLOSED, close_at=CLOSED),
    )
    reflect(session, cast, "ben")

    assert [at(session, cast, name, START).debrief_is_open for name in ("ana", "ben")] == [True, False]


def test_a_debrief_outlasts_a_later_close_in_the_form(session, cast):
    reflect(session, cast, "ana")
    later = replace(schedule_of(cast.round), close_at=START + 40 * DAY)
    actions.change_round(
        session,
        actor=cast.director,
        round_id=cast.id,
        settings=settings_of(session, cast),
        schedule=later,
        version=cast.round.version,
        now=CLOSED,
    )

    assert at(session, cast, "ana", CLOSED).phase is Phase.OPEN
    assert at(session, cast, "ana", CLOSED).debrief_is_open


def test_a_debrief_outlasts_an_extension_given_after_the_close_and_its_end(session, cast):
    reflect(session, cast, "ana", "ben")
    extend(session, cast, "ana", days=30, now=CLOSED)
    assert [at(session, cast, name, CLOSED).phase for name in ("ana", "ben")] == [Phase.OPEN, Phase.CLOSED]
    assert [at(session, cast, name, CLOSED).debrief_is_open for name in ("ana", "ben")] == [True, True]
    end(session, cast, "ana", now=CLOSED)

    assert at(session, cast, "ana", CLOSED).debrief_is_open


def test_what_has_begun_stays_begun(session, cast):
    times = schedule_of(cast.round)
    change(session, cast, schedule=replace(times, opens_at=START + DAY))
    change(session, cast, schedule=times, version=2)
    reflect(session, cast, "ana")
    with pytest.raises(Invalid, match="begun-already") as refusal:
        change(session, cast, schedule=replace(times, opens_at=START + DAY), version=3)
    assert refusal.value.field == "opens"


def test_a_second_look_that_somebody_has_taken_is_not_taken_away(session, cast):
    reflect(session, cast, "ana")
    again = START + 10 * DAY
    revisit(session, cast, cast.ana, now=again)
    times = schedule_of(cast.round)
    for revisit_at in (None, START + 12 * DAY):
        with pytest.raises(Invalid, match="looked-again-already"):
            actions.change_round(
                session,
                actor=cast.director,
                round_id=cast.id,
                settings=settings_of(session, cast),
                schedule=replace(times, revisit_at=revisit_at),
                version=1,
                now=again,
            )
    later = replace(times, close_at=START + 30 * DAY)
    assert change(session, cast, schedule=later).close_at == START + 30 * DAY


# More time for one student


def test_an_extension_holds_for_one_begun_or_not_and_is_told_to_them_alone(session, cast):
    given = extend(session, cast, CHI, person=cast.tutor2, due=18)

    assert (given.due_at, given.close_at) == (START + 18 * DAY, START + 20 * DAY)
    assert told(session) == [("extension", cast.chi.id)]
    late = START + 19 * DAY
    assert actions.begin(session, actor=cast.chi, round_id=cast.id, now=late).stage_reached == 1
    with pytest.raises(NotAllowed, match="round-closed"):
        actions.begin(session, actor=cast.ana, round_id=cast.id, now=late)
    [entry] = session.scalars(select(AuditEntry)).all()
    assert (entry.action, entry.details) == ("round.extend", {"student": cast.chi.public_id})


def test_another_extension_takes_the_place_of_the_first_and_is_told_once(session, cast):
    extend(session, cast, BEN)
    extend(session, cast, BEN, days=25)

    assert session.scalars(select(Extension.close_at)).all() == [START + 25 * DAY]
    assert told(session) == [("extension", cast.ben.id)]


def test_an_extension_taken_back_in_time_was_never_told_and_later_is_told(session, cast):
    extend(session, cast, BEN)
    end(session, cast, BEN, now=START + 9 * MINUTE)
    assert (told(session), session.scalars(select(Extension.id)).all()) == ([], [])
    end(session, cast, BEN)
    extend(session, cast, BEN)
    end(session, cast, BEN, now=START + 11 * MINUTE)

    assert told(session) == [("extension", cast.ben.id), ("extension-ended", cast.ben.id)]


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"due": 6, "days": 20}, "extension-too-short"),
        ({"due": 20, "days": 19}, "closed-before-due"),
        ({"due": 8, "days": 13}, "extension-too-short"),
        ({"due": 7, "days": 14}, "extension-too-short"),
        ({"due": 16, "days": 16, "now": START + 17 * DAY}, "closes-in-the-past"),
        ({"due": 20, "days": 1_000 * 366}, "year-out-of-range"),
    ],
)
def test_an_extension_that_gives_nothing_or_makes_no_sense_is_refused(session, cast, times, code):
    with pytest.raises(Invalid, match=code):
        extend(session, cast, BEN, **times)


@pytest.mark.parametrize("person", ["ana", "ben", "tutor2", "outsider", "administrator", "author", "stranger"])
def test_nobody_else_gives_or_takes_time(session, cast, person):
    prolong(session, cast, cast.ben, CLOSED)
    for act in (extend, end):
        with pytest.raises(NotFound):
            act(session, cast, BEN, person=getattr(cast, person))


def test_faculty_get_no_extension_and_who_left_gets_none(session, cast):
    with pytest.raises(NotFound):
        extend(session, cast, "tutor")
    leave(session, cast, cast.ben)
    with pytest.raises(NotFound):
        extend(session, cast, BEN)


def test_no_time_is_given_in_a_draft_or_an_archived_cohort(session, cast):
    cast.round.opened_at = None
    with pytest.raises(NotAllowed, match="round-not-open"):
        extend(session, cast, BEN)
    archive(session, cast)
    with pytest.raises(NotAllowed, match="cohort-archived"):
        extend(session, cast, BEN)


# Deleting and copying


def test_a_draft_is_deleted(session, cast):
    cast.round.opened_at = None
    session.flush()
    cohort_id = running.delete_round(session, actor=cast.director, round_id=cast.id, now=START)

    assert (cohort_id, session.scalars(select(Round.id)).all()) == (cast.cohort.public_id, [])
    assert audited(session) == ["round.delete"]


def test_what_was_open_or_holds_words_is_not_deleted(session, cast):
    with pytest.raises(NotAllowed, match="round-was-open"):
        running.delete_round(session, actor=cast.director, round_id=cast.id, now=START)
    discussions.start_thread(
        session,
        actor=cast.tutor,
        round_id=cast.id,
        group_id=cast.groups[0].public_id,
        title="First",
        source="First",
        rendered=Rendered("<p>First</p>", whole=True),
        now=START,
    )
    cast.round.opened_at = None
    session.flush()
    with pytest.raises(NotAllowed, match="round-holds-words"):
        running.delete_round(session, actor=cast.director, round_id=cast.id, now=START)
    assert session.scalars(select(Round.id)).all() == [cast.round.id]


def clone(session, cast, *, person=None, cohort=None, group_set=None, shift=364 * DAY):
    own = session.get_one(GroupSet, cast.round.group_set_id)
    return actions.clone_round(
        session,
        actor=person or cast.director,
        round_id=cast.id,
        cohort_id=(cohort or cast.cohort).public_id,
        group_set_id=(group_set or own).public_id,
        shift=shift,
        now=START,
    )


def test_a_copy_is_a_draft_with_everything_but_what_anybody_wrote(session, cast):
    reflect(session, cast, "ana")
    cast.round.closed_at = START
    cast.round.summary, cast.round.summary_html = "Words.", "<p>Words.</p>"
    cast.round.aliases, cast.round.show_profession = False, True
    copy = clone(session, cast)
    same = ("case_version_id", "framework", "aliases", "show_profession", "reason_audience", "zone", "group_set_id")

    assert [getattr(copy, name) == getattr(cast.round, name) for name in same] == [True] * len(same)
    assert (copy.opened_at, copy.closed_at, copy.summary, copy.summary_html) == (None, None, "", "")
    assert copy.opens_at == cast.round.opens_at + 364 * DAY
    assert audited(session)[-1] == "round.clone"


def test_a_round_is_copied_into_another_cohort_of_the_same_director(session, cast):
    next_year = make_cohort(session, "Year 3, next")
    [group] = make_groups(session, next_year, "Group A")
    join(session, next_year, cast.users["helen"], CohortRole.DIRECTOR)
    group_set = session.get_one(GroupSet, group.group_set_id)
    copy = clone(session, cast, cohort=next_year, group_set=group_set)

    assert (copy.cohort_id, copy.group_set_id) == (next_year.id, group_set.id)
    with pytest.raises(Invalid, match="unknown-group-set"):
        clone(session, cast, cohort=next_year)


@pytest.mark.parametrize("person", ["tutor", "ana", "outsider", "administrator"])
def test_only_who_directs_both_cohorts_copies(session, cast, person):
    with pytest.raises(NotFound):
        clone(session, cast, person=getattr(cast, person))


def test_nothing_is_copied_into_a_cohort_that_is_not_one_s_own_or_archived(session, cast):
    theirs = make_set_elsewhere(session, cast)
    other = session.get_one(type(cast.cohort), theirs.cohort_id)
    with pytest.raises(NotFound):
        clone(session, cast, cohort=other, group_set=theirs)
    archive(session, cast)
    with pytest.raises(NotAllowed, match="cohort-archived"):
        clone(session, cast)


@pytest.mark.parametrize("act", ["close", "reopen", "delete", "newest"])
@pytest.mark.parametrize("person", ["tutor", "ana", "outsider", "administrator"])
def test_only_the_director_does_these(session, cast, person, act):
    doer = getattr(cast, person)
    acts = {
        "close": lambda: running.close_round(session, actor=doer, round_id=cast.id, now=START),
        "reopen": lambda: running.reopen_round(session, actor=doer, round_id=cast.id, close_at=CLOSED, now=START),
        "delete": lambda: running.delete_round(session, actor=doer, round_id=cast.id, now=START),
        "newest": lambda: actions.use_newest_version(session, actor=doer, round_id=cast.id, now=START),
    }
    with pytest.raises(NotFound):
        acts[act]()


# What keeps a round from opening


def codes(session, cast, *, now=START):
    return list(readiness.obstacles(session, at(session, cast, "director", now).round, now=now))


def test_everything_that_is_missing_is_named(session, cast):
    cast.cohort.call = ""
    join(session, cast.cohort, cast.users["ruth"], CohortRole.TUTOR)
    session.delete(session.scalars(select(GroupMember).order_by(GroupMember.id)).first())
    session.flush()

    assert codes(session, cast, now=CLOSED) == [
        "no-urgent-contacts",
        "no-designated-lead",
        "students-without-group",
        "closes-in-the-past",
    ]


def test_groups_without_a_tutor_and_small_ones_are_advice(session, cast):
    [empty] = make_groups_in(session, cast, "Group 3")
    newcomer = enter(session, "Eva Lind")
    join(session, cast.cohort, newcomer, CohortRole.STUDENT, empty)
    leave(session, cast, cast.tutor2)
    join(session, cast.cohort, enter(session, "Fay Moss"), CohortRole.STUDENT, cast.groups[0])
    found = readiness.places(session, cast.round)

    assert (found.students, found.without_group) == (6, ())
    assert (found.without_tutor, found.small) == (("Group 2", "Group 3"), ("Group 2", "Group 3"))
    assert codes(session, cast) == []


def make_groups_in(session, cast, *names):
    groups = [type(cast.groups[0])(group_set_id=cast.round.group_set_id, name=name) for name in names]
    session.add_all(groups)
    session.flush()
    return groups


def test_who_left_the_class_needs_no_group(session, cast):
    newcomer = enter(session, "Eva Lind")
    join(session, cast.cohort, newcomer, CohortRole.STUDENT)
    assert codes(session, cast) == ["students-without-group"]
    leave(session, cast, actor(newcomer))

    assert codes(session, cast) == []
