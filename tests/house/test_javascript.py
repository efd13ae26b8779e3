"""Every module of ours parses as the module it is."""

import subprocess

import pytest

from tests.house import STATIC
from tests.machine import node

MODULES = sorted((STATIC / "js").rglob("*.js"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_it_parses(module):
    checked = subprocess.run(
        [node(), "--input-type=module", "--check"],
        input=module.read_text(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.stderr == ""
