"""A class that has committed, for tests of reflections."""

import pytest
from sqlalchemy.orm import Session

from tests.rounds_cast import RoundCast, build_round, commit_everywhere


@pytest.fixture
def cast(session: Session) -> RoundCast:
    """The class of `tests.rounds_cast`; its four students have committed at every decision."""
    cast = build_round(session)
    for person in (cast.ana, cast.ben, cast.dee, cast.chi):
        commit_everywhere(session, cast, person)
    session.commit()
    return cast
