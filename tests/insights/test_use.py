"""What authors learn of a case in use: rounds, how positions split, principles beside its tags; never a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ethics.cases.models import Case, CaseVersion
from ethics.cases.rules import Reader
from ethics.cohorts.models import CohortRole
from ethics.errors import NotFound
from ethics.insights.use import Use, VersionUse, use_of
from ethics.people.actor import Actor
from ethics.rounds import actions
from ethics.rounds.models import Participation, Round, Stance
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds_cast import RoundCast, build_round, commit_everywhere, join, make_round

TOMORROW = START + timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> RoundCast:
    return build_round(session)


def students(session: Session, cast: RoundCast, options: str) -> None:
    """One more student for each letter of `options`, committed everywhere: g goes, s asks him to stay."""
    for letter in options:
        number = len(cast.users)
        cast.users[f"student{number}"] = user = enter(session, f"Student{number}")
        join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
        commit_everywhere(session, cast, actor(user), option={"g": "go", "s": "stay"}[letter])
        actions.meet_others(session, actor=actor(user), round_id=cast.id, now=START)


def use(session: Session, cast: RoundCast, who: Actor, *, studies: frozenset[int] = frozenset()) -> Use:
    reader = Reader(who, teaches=True, studies=studies)
    return use_of(session, reader, session.scalars(select(Case)).one(), now=TOMORROW)


def test_rounds_are_counted_by_version_and_state(session: Session, cast: RoundCast) -> None:
    version = session.get_one(CaseVersion, cast.round.case_version_id)
    for days in (-30, 30):
        made = make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"])
        shift = timedelta(days=days)
        session.execute(
            update(Round)
            .where(Round.id == made.id)
            .values({name: getattr(made, name) + shift for name in ("opens_at", "due_at", "revisit_at", "close_at")})
        )
    make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"], opened_at=None)
    make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"], closed_at=START)

    assert use(session, cast, cast.author).versions == [VersionUse(1, waiting=2, running=1, closed=2)]


def test_positions_show_from_five_in_each_cell(session: Session, cast: RoundCast) -> None:
    students(session, cast, "gggggss")
    assert use(session, cast, cast.author).splits == []

    students(session, cast, "sss")
    splits = use(session, cast, cast.author).splits

    assert [(split.stage, split.question, dict(split.tally.counts), split.tally.total) for split in splits] == [
        (1, "What do you offer him?", {"stay": 5, "go": 5}, 10),
        (2, "And now?", {"stay": 5, "go": 5}, 10),
    ]


def test_who_arrived_today_is_not_counted_yet(session: Session, cast: RoundCast) -> None:
    students(session, cast, "gggggsssss")
    session.execute(update(Participation).values(completed_at=TOMORROW - timedelta(minutes=1)))

    assert use(session, cast, cast.author).splits == []


def test_principles_beside_the_tags_show_from_five_students(session: Session, cast: RoundCast) -> None:
    students(session, cast, "ggggs")
    session.execute(update(Stance).values(principles=["justice", "autonomy"]))

    assert use(session, cast, cast.author).untagged == [("justice", 5)]

    one = session.scalars(select(Participation.id)).first()
    session.execute(update(Stance).where(Stance.participation_id == one).values(principles=["veracity"]))
    assert use(session, cast, cast.author).untagged == []


def test_only_authors_who_do_not_study_the_case_see_it(session: Session, cast: RoundCast) -> None:
    case_id = session.scalars(select(Case.id)).one()

    for who in (cast.director, cast.tutor, cast.ana, cast.administrator):
        with pytest.raises(NotFound):
            use(session, cast, who)
    with pytest.raises(NotFound):
        use(session, cast, cast.author, studies=frozenset({case_id}))
