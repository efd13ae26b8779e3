"""A class with two designated leads."""

import pytest
from sqlalchemy.orm import Session

from tests.concerns.worrying import Worry, worry_in


@pytest.fixture
def worry(session: Session) -> Worry:
    """The class of `tests.rounds_cast` with the leads Ruth and Imran."""
    return worry_in(session)
