"""A round in which Ana, Ben and Dee (group 1) and Chi (group 2) have met the others, and what they write."""

import pytest
from sqlalchemy.orm import Session

from tests.discussions.talking import Talk
from tests.rounds_cast import RoundCast, build_round, meet


@pytest.fixture
def round_cast(session: Session) -> RoundCast:
    """The class; all four students have met the others."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.dee, cast.chi):
        meet(session, cast, person)
    session.commit()
    return cast


@pytest.fixture
def talk(session: Session, round_cast: RoundCast) -> Talk:
    """What they may write."""
    return Talk(session, round_cast)
