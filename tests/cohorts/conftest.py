"""A cohort with its director, for tests of cohorts."""

import pytest
from sqlalchemy.orm import Session

from ethics.cohorts.models import Cohort
from tests.rounds_cast import RoundCast, build_round


@pytest.fixture
def cast(session: Session) -> RoundCast:
    """The class of `tests.rounds_cast`."""
    cast = build_round(session)
    session.commit()
    return cast


@pytest.fixture
def cohort(cast: RoundCast) -> Cohort:
    """Year 3."""
    return cast.cohort
