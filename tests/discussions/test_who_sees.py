"""Every cell of the table about discussions: who sees which thread, comment and text, on both databases."""

from datetime import UTC, datetime

import pytest

from ethics.cases.models import CaseVersion
from ethics.cohorts.models import CohortRole
from ethics.discussions import actions, moderation, queries
from ethics.discussions import desk as desks
from ethics.errors import NotFound
from ethics.people.models import User
from ethics.reflections.queries import reflection_for
from ethics.rounds.gate import standing
from ethics.rounds.models import Round
from tests.cast import actor, enter
from tests.clock import START
from tests.discussions.reading import GONE, READ, comments, feedback, texts, threads
from tests.rounds_cast import archive, join, leave, make_cohort, make_groups, make_round, meet, move

CANARY = "canary of the comment"
SEEN = [f"<p>{CANARY}</p>"]
EVERYBODY = (
    "director",
    "tutor",
    "tutor2",
    "ana",
    "ben",
    "dee",
    "chi",
    "outsider",
    "stranger",
    "author",
    "administrator",
)


def who_sees(round_cast, see) -> dict[str, object]:
    return {name: see(getattr(round_cast, name)) for name in EVERYBODY}


def all_but(value, **others) -> dict[str, object]:
    return dict.fromkeys(EVERYBODY, value) | others


@pytest.fixture
def thread(round_cast, talk):
    return talk.start(round_cast.ana, CANARY)


def test_a_group_thread_is_its_groups_and_its_facultys(session, round_cast, thread):
    assert who_sees(round_cast, lambda actor: texts(session, actor, thread)) == all_but(
        GONE, director=SEEN, tutor=SEEN, ana=SEEN, ben=SEEN, dee=SEEN
    )


def test_so_is_the_list_that_names_it(session, round_cast, thread):
    assert who_sees(round_cast, lambda actor: threads(session, round_cast, actor)) == all_but(
        GONE,
        director=["Whose risk is it?"],
        tutor=["Whose risk is it?"],
        ana=["Whose risk is it?"],
        ben=["Whose risk is it?"],
        dee=["Whose risk is it?"],
        chi=[],  # The list of her own group.
    )


def test_a_peer_sees_nothing_before_the_own_commitments_are_complete(session, round_cast, thread, talk):
    late = join_late(session, round_cast)

    assert texts(session, late, thread) == GONE
    assert threads(session, round_cast, late) == []
    meet(session, round_cast, late)
    session.commit()
    assert texts(session, late, thread) == SEEN


def join_late(session, round_cast):
    """Omar joins group 1 and has not begun."""
    user = enter(session, "Omar Late")
    join(session, round_cast.cohort, user, CohortRole.STUDENT, round_cast.groups[0])
    session.commit()
    return actor(user)


def test_tutors_who_read_all_groups_read_this_one_too(session, round_cast, thread):
    round_cast.cohort.tutors_read_all = True
    session.commit()

    assert texts(session, round_cast.tutor2, thread) == SEEN


def test_who_changes_group_no_longer_finds_what_they_wrote(session, round_cast, thread):
    move(session, round_cast, round_cast.ana, round_cast.groups[1])
    session.commit()

    assert texts(session, round_cast.ana, thread) == GONE
    assert texts(session, round_cast.ben, thread) == SEEN
    assert texts(session, round_cast.tutor, thread) == SEEN
    with pytest.raises(NotFound):
        queries.find_comment(session, round_cast.ana, comments(session, round_cast.ben, thread)[0].public_id, now=READ)


def test_what_somebody_wrote_stays_under_the_alias_when_they_are_removed(session, round_cast, thread):
    before = comments(session, round_cast.ben, thread)
    leave(session, round_cast, round_cast.ana)
    session.commit()

    assert comments(session, round_cast.ben, thread) == before
    assert texts(session, round_cast.ana, thread) == GONE


def test_an_archived_class_is_read_by_its_faculty_alone(session, round_cast, thread):
    archive(session, round_cast)
    session.commit()

    assert who_sees(round_cast, lambda actor: texts(session, actor, thread)) == all_but(GONE, director=SEEN, tutor=SEEN)


def test_peers_read_an_alias_and_faculty_the_name_beside_it(session, round_cast, thread, talk):
    talk.post(round_cast.tutor, thread, "What would it have to say for you to sign it?")

    def authors(actor):
        return [(line.author.name, line.author.role) for line in comments(session, actor, thread)]

    alias = comments(session, round_cast.ben, thread)[0].author.label
    assert alias not in {"Ana Duarte", ""}
    assert [line.author.label for line in comments(session, round_cast.tutor, thread)] == [alias, "Ines Brandt"]
    assert authors(round_cast.ben) == [(None, None), (None, "tutor")]
    assert authors(round_cast.director) == [("Ana Duarte", None), (None, "tutor")]


def test_what_was_written_under_an_alias_stays_so_when_the_setting_changes(session, round_cast, thread, talk):
    alias = comments(session, round_cast.ben, thread)[0].author.label
    session.get_one(Round, round_cast.round.id).aliases = False
    session.commit()
    talk.post(round_cast.ana, thread, "Under my name now.")

    assert [line.author.label for line in comments(session, round_cast.ben, thread)] == [alias, "Ana Duarte"]
    assert [line.author.name for line in comments(session, round_cast.tutor, thread)] == ["Ana Duarte", None]


def test_another_group_another_alias(session, round_cast, thread, talk):
    move(session, round_cast, round_cast.ana, round_cast.groups[1])
    session.commit()
    second = talk.start(round_cast.ana, "In the new group.")

    assert [line.author.name for line in comments(session, round_cast.tutor2, second)] == ["Ana Duarte"]
    assert (
        comments(session, round_cast.chi, second)[0].author.label
        == queries.threads_in(
            session, round_cast.chi, standing_of(session, round_cast, round_cast.chi), round_cast.groups[1].id
        )[0].author.label
    )


def standing_of(session, round_cast, actor):
    return standing(session, actor, round_cast.id, now=START)


def test_a_hidden_comment(session, round_cast, thread):
    comment = comments(session, round_cast.ana, thread)[0]
    moderation.hide_comment(
        session,
        actor=round_cast.tutor,
        comment_id=comment.public_id,
        category="identifies",
        categories=["identifies"],
        reason="The ward is named.",
        now=START,
    )
    session.commit()

    def see(actor):
        found = comments(session, actor, thread)
        return found if found == GONE else [(line.state, line.category, line.reason, line.html) for line in found]

    whole = [("hidden", "identifies", "The ward is named.", SEEN[0])]
    shape = [("hidden", "identifies", "", None)]
    assert who_sees(round_cast, see) == all_but(GONE, director=whole, tutor=whole, ana=whole, ben=shape, dee=shape)


def test_a_held_comment_is_there_for_its_author_and_faculty_alone(session, round_cast, thread, talk):
    held = talk.post(round_cast.ben, thread, "canary that is held")
    held.state, held.released_at = "held", None
    session.commit()

    both = [*SEEN, "<p>canary that is held</p>"]
    assert who_sees(round_cast, lambda actor: texts(session, actor, thread)) == all_but(
        GONE, director=both, tutor=both, ana=SEEN, ben=both, dee=SEEN
    )


def test_a_withdrawn_comment_keeps_its_shape_and_its_text_for_its_author(session, round_cast, thread):
    comment = comments(session, round_cast.ana, thread)[0]
    actions.withdraw_comment(session, actor=round_cast.ana, comment_id=comment.public_id, now=START)
    session.commit()

    assert who_sees(round_cast, lambda actor: texts(session, actor, thread)) == all_but(
        GONE, director=[None], tutor=[None], ana=SEEN, ben=[None], dee=[None]
    )


def test_what_a_comment_said_before_is_for_its_author_and_faculty(session, round_cast, thread):
    comment = comments(session, round_cast.ana, thread)[0]
    found, _ = queries.find_comment(session, round_cast.ana, comment.public_id, now=READ)
    actions.edit_comment(
        session,
        actor=round_cast.ana,
        comment_id=comment.public_id,
        source="Calmer.",
        rendered=actions.Rendered("<p>Calmer.</p>", whole=True),
        version=found.version,
        now=START,
    )
    session.commit()

    def see(actor):
        seen = comments(session, actor, thread)
        return seen if seen == GONE else [(line.html, line.edited, line.earlier) for line in seen]

    whole, peers = [("<p>Calmer.</p>", True, (CANARY,))], [("<p>Calmer.</p>", True, ())]
    assert who_sees(round_cast, see) == all_but(GONE, director=whole, tutor=whole, ana=whole, ben=peers, dee=peers)


def test_a_draft_of_feedback_is_for_its_author_alone(session, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)
    kept = talk.draft(round_cast.tutor, reflection, CANARY)

    def see(actor):
        session.rollback()
        return [own.source for own in desks.own_drafts(session, actor, reflection.public_id, now=READ)]

    assert who_sees(round_cast, see) == all_but([], tutor=[CANARY])
    assert who_sees(round_cast, lambda actor: feedback(session, round_cast, actor, reflection)) == all_but(GONE)

    def finds(actor):
        session.rollback()
        try:
            return queries.find_comment(session, actor, kept.public_id, now=READ)[0].source
        except NotFound:
            return GONE

    assert who_sees(round_cast, finds) == all_but(GONE, tutor=CANARY)


def test_released_feedback_is_between_the_writer_and_faculty(session, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)
    talk.release(round_cast.tutor, talk.draft(round_cast.tutor, reflection, CANARY))

    assert who_sees(round_cast, lambda actor: feedback(session, round_cast, actor, reflection)) == all_but(
        GONE, director=SEEN, tutor=SEEN, ana=SEEN
    )


def test_a_second_draft_beside_released_feedback_stays_unseen(session, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)
    first = talk.draft(round_cast.tutor, reflection, CANARY)
    talk.release(round_cast.tutor, first)
    talk.draft(round_cast.tutor, reflection, "canary of the second draft")

    found, _ = queries.find_thread(session, round_cast.ana, first.thread.public_id, now=READ)
    assert feedback(session, round_cast, round_cast.ana, reflection) == SEEN
    assert texts(session, round_cast.ana, found) == SEEN
    assert texts(session, round_cast.director, found) == SEEN
    assert texts(session, round_cast.tutor, found) == [*SEEN, "<p>canary of the second draft</p>"]


def test_feedback_goes_with_the_writer_into_another_group(session, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)
    talk.release(round_cast.tutor, talk.draft(round_cast.tutor, reflection, CANARY))
    move(session, round_cast, round_cast.ana, round_cast.groups[1])
    session.commit()

    assert who_sees(round_cast, lambda actor: feedback(session, round_cast, actor, reflection)) == all_but(
        GONE, director=SEEN, tutor2=SEEN, ana=SEEN
    )


def test_who_is_removed_no_longer_finds_the_feedback_here(session, round_cast, talk):
    reflection = talk.reflect(round_cast.ana)
    talk.release(round_cast.tutor, talk.draft(round_cast.tutor, reflection, CANARY))
    leave(session, round_cast, round_cast.ana)
    session.commit()

    assert feedback(session, round_cast, round_cast.ana, reflection) == GONE


def test_the_desk_shows_each_tutor_their_own_students(session, round_cast, talk):
    talk.reflect(round_cast.ana)
    talk.reflect(round_cast.chi)

    def names(actor):
        session.rollback()
        try:
            at = standing_of(session, round_cast, actor)
        except NotFound:
            return GONE
        return [line.name for line in desks.desk(session, actor, at)]

    assert who_sees(round_cast, names) == all_but(
        [],
        director=["Ana Duarte", "Chi Tran"],
        tutor=["Ana Duarte"],
        tutor2=["Chi Tran"],
        outsider=GONE,
        stranger=GONE,
        author=GONE,
        administrator=GONE,
    )


def test_the_comments_of_a_student_on_the_desk_are_those_of_the_groups_one_teaches(session, round_cast, talk):
    talk.start(round_cast.ana, CANARY)
    move(session, round_cast, round_cast.ana, round_cast.groups[1])
    session.commit()
    talk.start(round_cast.ana, "In the new group.")

    def see(actor):
        session.rollback()
        at = standing_of(session, round_cast, actor)
        return [line.html for line in desks.comments_of(session, actor, at, round_cast.ana.id)]

    assert see(round_cast.director) == ["<p>In the new group.</p>", *SEEN]
    assert see(round_cast.tutor) == SEEN
    assert see(round_cast.tutor2) == ["<p>In the new group.</p>"]
    assert see(round_cast.ben) == []


#: Rounds end by the database's own clock here: this one lies beyond it, whatever the day.
FAR = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("settings", "reads"), [({"close_at": FAR}, False), ({"closed_at": START}, True)])
@pytest.mark.parametrize("name", ["tutor", "director"])
def test_who_studies_the_case_elsewhere_reads_nothing_that_is_said_about_it_here(
    session, round_cast, talk, name, settings, reads
):
    thread, reflection = talk.start(round_cast.ana, CANARY), talk.reflect(round_cast.ana)
    person = getattr(round_cast, name)

    def sees():
        return (
            texts(session, person, thread),
            threads(session, round_cast, person),
            [line.name for line in desks.desk(session, person, standing_of(session, round_cast, person))],
            reflections_seen(session, person, reflection),
        )

    everything = (SEEN, ["Whose risk is it?"], ["Ana Duarte"], True)
    assert sees() == everything
    cohort = make_cohort(session, "Evening class")
    [group] = make_groups(session, cohort, "Group 1")
    join(session, cohort, session.get_one(User, person.id), CohortRole.STUDENT, group)
    version = session.get_one(CaseVersion, round_cast.round.case_version_id)
    make_round(session, cohort, group.group_set_id, version, round_cast.users["paul"], **settings)
    session.commit()

    assert sees() == (everything if reads else (GONE, GONE, [], False))


def reflections_seen(session, person, reflection) -> bool:
    try:
        reflection_for(session, person, reflection.public_id)
    except NotFound:
        return False
    return True
