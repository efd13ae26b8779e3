"""A draft is kept as it is typed, and no tab overwrites another."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.reflections.actions import change_audience
from ethics.reflections.merging import marks_of
from ethics.reflections.models import About, KeptDraft, Reflection
from ethics.rounds.models import Audience
from ethics.rounds.schedule import MINUTE
from tests.clock import START
from tests.reflections.writing import draft, save, submit
from tests.rounds_cast import archive, build_round, commit_everywhere, leave, prolong


def test_the_first_save_begins_the_reflection(session, cast):
    kept = save(session, cast, cast.ana, draft(moment="When he asked.", asked="Was I slow?"))
    assert kept.kept == KeptDraft(draft(moment="When he asked.", asked="Was I slow?"), 1)
    assert (kept.number, kept.submitted_at, kept.draft_saved_at) == (0, None, START)


def test_each_save_is_a_version(session, cast):
    save(session, cast, cast.ana, draft(moment="When"))
    assert save(session, cast, cast.ana, draft(moment="When he asked."), version=1).kept == KeptDraft(
        draft(moment="When he asked."), 2
    )


def test_a_slower_tab_is_told_and_overwrites_nothing(session, cast):
    save(session, cast, cast.ana, draft(moment="The first tab."))
    with pytest.raises(Conflict) as conflict:
        save(session, cast, cast.ana, draft(moment="The second tab."))
    assert conflict.value.code == "stale"
    assert conflict.value.current == KeptDraft(draft(moment="The first tab."), 1)
    session.rollback()
    assert save(session, cast, cast.ana, draft(moment="The second tab."), version=1).draft_version == 2


def test_a_save_whose_answer_was_lost_comes_again_without_a_conflict(session, cast):
    save(session, cast, cast.ana, draft(moment="Sent twice."))
    assert save(session, cast, cast.ana, draft(moment="Sent twice.")).draft_version == 1


def test_what_only_one_of_two_tabs_changed_is_put_together(session, cast):
    began = save(session, cast, cast.ana, draft(moment="Began.", cost="His trust."), tab="one").kept
    base = {"version": began.version, "marks": marks_of(began.draft)}
    save(session, cast, cast.ana, draft(moment="Went on.", cost="His trust."), tab="one", turn=1, **base)
    together = save(session, cast, cast.ana, draft(moment="Began.", asked="Why?"), tab="two", **base)
    assert together.kept == KeptDraft(draft(moment="Went on.", asked="Why?"), 3)
    # What was put together stands on neither page: the first one is asked again, too.
    third = save(session, cast, cast.ana, draft(moment="Went on!", cost="His trust."), tab="one", turn=2, version=2,
                 marks=marks_of(draft(moment="Went on.", cost="His trust.")))  # fmt: skip
    assert third.kept == KeptDraft(draft(moment="Went on!", asked="Why?"), 4)


def test_a_tab_is_not_taken_for_another_when_an_answer_was_lost(session, cast):
    for turn, text in enumerate(["When", "When he", "When he asked."], start=1):
        kept = save(session, cast, cast.ana, draft(moment=text), tab="one", turn=turn)
    assert kept.kept == KeptDraft(draft(moment="When he asked."), 3)
    with pytest.raises(Conflict):
        save(session, cast, cast.ana, draft(moment="Whose?"), tab="two", turn=9)


def test_a_save_that_was_overtaken_on_the_way_changes_nothing(session, cast):
    save(session, cast, cast.ana, draft(moment="When he asked."), tab="one", turn=3)
    assert save(session, cast, cast.ana, draft(moment="When he"), tab="one", turn=2).kept == KeptDraft(
        draft(moment="When he asked."), 1
    )


def test_a_choice_taken_back_elsewhere_is_not_undone_by_an_open_tab(session, cast):
    submit(session, cast, cast.ana, draft(moment="Shared.", audience=Audience.GROUP), tab="one", turn=1)
    shared = draft(moment="Shared.", audience=Audience.GROUP)
    [reflection] = session.scalars(select(Reflection))
    change_audience(session, actor=cast.ana, reflection_id=reflection.public_id, audience=Audience.FACULTY, now=START)
    gone_on = draft(moment="Shared, and more.", audience=Audience.GROUP)
    kept = save(session, cast, cast.ana, gone_on, tab="one", turn=2, version=1, marks=marks_of(shared))
    assert kept.kept.draft == draft(moment="Shared, and more.", audience=Audience.FACULTY)


def test_a_changed_choice_is_a_change(session, cast):
    save(session, cast, cast.ana, draft(moment="The same words."))
    again = save(session, cast, cast.ana, draft(moment="The same words.", about=About.SEEN), version=1)
    assert (again.draft_version, again.kept.draft.about) == (2, About.SEEN)


@pytest.mark.parametrize(
    ("what", "code", "field"),
    [
        (draft(moment="é" * 10_001), "too-long", "moment"),
        (draft(asked="a" * 20_001), "too-long", "asked"),
        (draft(moment="a" * 20_000, dilemma="a" * 20_000, cost="a" * 10_001), "reflection-too-long", None),
        (draft(moment="a\0b"), "unstorable", "moment"),
        (draft(moment="a\ud800b"), "unstorable", "moment"),
        (draft(weather="Rain."), "unknown-prompt", None),
        (draft(faculty_only=["weather"]), "unknown-prompt", None),
    ],
)
def test_what_cannot_be_kept_is_named(session, cast, what, code, field):
    with pytest.raises(Invalid) as invalid:
        save(session, cast, cast.ana, what)
    assert (invalid.value.code, invalid.value.field) == (code, field)


def test_as_much_as_may_be_kept_is_kept(session, cast):
    whole = draft(moment="a" * 20_000, dilemma="a" * 20_000, cost="a" * 10_000)
    assert save(session, cast, cast.ana, whole).kept.draft == whole


def test_writing_opens_with_the_last_commitment(session):
    cast = build_round(session)
    with pytest.raises(NotAllowed, match="not-a-participant"):
        save(session, cast, cast.ana, draft())
    commit_everywhere(session, cast, cast.ana)
    assert save(session, cast, cast.ana, draft()).number == 0


def test_a_closed_round_keeps_no_draft(session, cast):
    with pytest.raises(NotAllowed, match="round-closed"):
        save(session, cast, cast.ana, draft(moment="Too late."), now=cast.round.close_at + MINUTE)


@pytest.mark.parametrize("who", ["outsider", "stranger", "author", "administrator"])
def test_for_others_the_round_does_not_exist(session, cast, who):
    with pytest.raises(NotFound):
        save(session, cast, getattr(cast, who), draft())


@pytest.mark.parametrize("who", ["director", "tutor", "tutor2"])
def test_faculty_write_no_reflection(session, cast, who):
    with pytest.raises(NotAllowed, match="not-a-participant"):
        save(session, cast, getattr(cast, who), draft())


def test_who_was_removed_writes_no_more(session, cast):
    leave(session, cast, cast.ana)
    with pytest.raises(NotFound):
        save(session, cast, cast.ana, draft())


def test_an_archived_class_writes_no_more(session, cast):
    archive(session, cast)
    with pytest.raises(NotFound):
        save(session, cast, cast.ana, draft())


def test_who_has_begun_goes_on_until_the_close_and_with_an_extension_beyond(session, cast):
    save(session, cast, cast.ana, draft(moment="Begun."))
    with pytest.raises(NotAllowed, match="round-closed"):
        save(session, cast, cast.ana, draft(moment="Gone on."), version=1, now=cast.round.close_at + MINUTE)
    session.rollback()
    prolong(session, cast, cast.ana, cast.round.close_at + timedelta(days=1))
    session.commit()
    gone_on = save(session, cast, cast.ana, draft(moment="Gone on."), version=1, now=cast.round.close_at + MINUTE)
    assert gone_on.kept == KeptDraft(draft(moment="Gone on."), 2)


@pytest.mark.parametrize("end", [lambda session, cast: leave(session, cast, cast.ana), archive])
def test_who_has_begun_goes_on_only_while_the_round_concerns_them(session, cast, end):
    save(session, cast, cast.ana, draft(moment="Begun."))
    end(session, cast)
    with pytest.raises(NotFound):
        save(session, cast, cast.ana, draft(moment="Gone on."), version=1)


def test_each_writes_in_their_own_reflection(session, cast):
    of_ana = save(session, cast, cast.ana, draft(moment="Of Ana."))
    of_ben = save(session, cast, cast.ben, draft(moment="Of Ben."))
    assert of_ana.public_id != of_ben.public_id
    assert save(session, cast, cast.ana, draft(moment="Of Ana again."), version=1).public_id == of_ana.public_id
