"""Putting one's own name beside one's alias, and taking it back."""

import pytest
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.discussions import queries
from ethics.errors import NotAllowed, NotFound
from ethics.rounds.gate import standing
from ethics.rounds.naming import put_name, take_name_back
from tests.clock import START
from tests.discussions.reading import comments
from tests.rounds_cast import build_round, move


@pytest.fixture
def thread(round_cast, talk):
    made = talk.start(round_cast.ana, "First.")
    talk.post(round_cast.ben, made, "Second.")
    return made


def act(session, verb, cast, actor, *, now=START):
    verb(session, actor=actor, round_id=cast.id, now=now)
    session.commit()


def names(session, who, thread):
    return [line.author.name for line in comments(session, who, thread)]


def test_the_group_reads_the_name_its_bearer_put_there_and_nobody_elses(session, round_cast, talk, thread):
    alias = comments(session, round_cast.dee, thread)[0].author
    assert names(session, round_cast.dee, thread) == [None, None]
    act(session, put_name, round_cast, round_cast.ana)
    act(session, put_name, round_cast, round_cast.ana)

    named = comments(session, round_cast.dee, thread)[0].author
    assert (named.label, named.name, named.public_id) == (alias.label, "Ana Duarte", None)
    assert names(session, round_cast.dee, thread) == ["Ana Duarte", None]
    at = standing(session, round_cast.dee, round_cast.id, now=START)
    [line] = queries.threads_in(session, round_cast.dee, at, round_cast.groups[0].id)
    assert line.author.name == "Ana Duarte"

    act(session, take_name_back, round_cast, round_cast.ana)
    assert names(session, round_cast.dee, thread) == [None, None]
    noted = session.execute(
        select(AuditEntry.action, AuditEntry.actor, AuditEntry.object_id)
        .where(AuditEntry.action.like("alias.%"))
        .order_by(AuditEntry.number)
    )
    ana = round_cast.ana.public_id
    assert [tuple(row) for row in noted] == [
        ("alias.named", ana, round_cast.id),
        ("alias.unnamed", ana, round_cast.id),
    ]


def test_nobody_else_names_anybody(session, round_cast, talk, thread):
    for name in ("director", "tutor", "tutor2", "outsider", "stranger", "author", "administrator"):
        for verb in (put_name, take_name_back):
            with pytest.raises(NotFound):
                verb(session, actor=getattr(round_cast, name), round_id=round_cast.id, now=START)
            session.rollback()
    act(session, put_name, round_cast, round_cast.chi)
    act(session, put_name, round_cast, round_cast.dee)
    act(session, take_name_back, round_cast, round_cast.ben)
    assert names(session, round_cast.dee, thread) == [None, None]


def test_a_name_does_not_follow_into_another_group(session, round_cast, talk, thread):
    act(session, put_name, round_cast, round_cast.ana)
    move(session, round_cast, round_cast.ana, round_cast.groups[1])
    session.commit()
    second = talk.start(round_cast.ana, "In the new group.")
    assert names(session, round_cast.chi, second) == [None]


def test_before_the_others_are_met_there_is_nothing_to_name(session):
    cast = build_round(session)
    session.commit()
    with pytest.raises(NotAllowed, match="commit-first"):
        put_name(session, actor=cast.ana, round_id=cast.id, now=START)
