"""Addresses that nobody types: an answer like any other, on both databases."""

import pytest

from tests.cast import enter


@pytest.mark.parametrize(
    "address",
    ["/rounds/%00", "/threads/a%00b", "/cases/%00", "/cases/%00.md", "/reflections/%ED%A0%80", "/cohorts/%FF"],
)
def test_a_broken_address_is_not_found(session, sign_in, address):
    enter(session, "Ana Okafor")
    session.commit()

    assert sign_in("ana@demo.example").get(address).status_code == 404
