"""Who has opened what one wrote: one's own rows, in words, page by page."""

from datetime import timedelta

import pytest

from ethics.audit.models import Access
from ethics.insights import opened
from ethics.insights.opened import PAGE, openings
from tests.clock import START
from tests.rounds_cast import build_round, meet

MINUTE = timedelta(minutes=1)


@pytest.fixture
def round_cast(session):
    """Ana has met the others; nobody has opened anything."""
    cast = build_round(session)
    meet(session, cast, cast.ana)
    return cast


def note(session, actor, owner, kind, object_id, at) -> None:
    session.add(Access(at=at, actor=actor, owner=owner.public_id, object_kind=kind, object_id=object_id))
    session.flush()


def test_ones_own_rows_in_words_and_no_concern(session, round_cast):
    cast = round_cast
    note(session, cast.tutor.public_id, cast.ana, "stances", cast.id, START)
    note(session, cast.tutor.public_id, cast.ben, "stances", cast.id, START)
    note(session, "gone", cast.ana, "something-new", "nothing", START + MINUTE)
    note(session, cast.director.public_id, cast.ana, "concern", "a-concern", START + 2 * MINUTE)
    rows, following = openings(session, cast.ana)

    assert [(row.name, row.kind, row.case, row.at) for row in rows] == [
        (None, "something-new", None, START + MINUTE),
        (cast.tutor.name, "stances", "The line goes too", START),
    ]
    assert following is None


def test_pages_follow_each_other_without_a_gap_or_a_double_also_where_moments_are_the_same(session, round_cast):
    cast = round_cast
    for number in range(2 * PAGE + 3):
        note(session, cast.tutor.public_id, cast.ana, "stances", f"{number}", START + (number // 2) * MINUTE)
    seen, before, pages = [], None, 0
    while True:
        rows, before = openings(session, cast.ana, before=before)
        seen += [row.at for row in rows]
        pages += 1
        if before is None:
            break

    assert pages == 3
    assert seen == sorted((START + (number // 2) * MINUTE for number in range(2 * PAGE + 3)), reverse=True)


def test_every_kind_that_is_noted_has_its_case():
    assert set(opened._TITLES) == {"reflection", "stances", "stance", "comment"}
