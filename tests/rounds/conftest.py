"""A class in a round, for tests of rounds."""

import pytest
from sqlalchemy.orm import Session

from tests.rounds_cast import RoundCast, build_round


@pytest.fixture
def cast(session: Session) -> RoundCast:
    """The class of `tests.rounds_cast`; nobody has begun."""
    cast = build_round(session)
    session.commit()
    return cast
