"""A round in which Ana, Ben, Dee (group 1) and Chi (group 2) have met the others, and what they write."""

from tests.discussions.conftest import round_cast, talk

__all__ = ["round_cast", "talk"]
