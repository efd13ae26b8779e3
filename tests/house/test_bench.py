"""The bench stands on parts of the tests: it has to find them, also when nobody runs it."""

import importlib

import pytest


@pytest.mark.parametrize("part", ["data", "null_flask", "null_wsgi", "servers"])
def test_every_part_of_the_bench_can_be_loaded(part):
    assert importlib.import_module(f"bench.{part}").__doc__
