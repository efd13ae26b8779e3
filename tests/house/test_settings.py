"""Every setting stands in README's table, and nothing else does."""

import re

from ethics.config import PREFIX, Settings
from tests.house import ROOT


def test_readme_documents_every_setting():
    documented = re.findall(r"^\| `(\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert sorted(documented) == sorted(PREFIX + name.upper() for name in Settings.model_fields)
