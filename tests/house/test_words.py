"""No leftovers in any file, and no shouting on screen."""

import re
from pathlib import Path

from tests.house import PACKAGE, ROOT, TEMPLATES

OURS = ("ethics", "templates", "static/js", "static/css", "cases", "tests", "docs", "bench", "deploy", ".ci")
SUFFIXES = {".py", ".html", ".js", ".css", ".md", ".yaml", ".txt", ".mako"}
TEXTS = sorted(
    path
    for folder in OURS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in SUFFIXES and "vendor" not in path.parts and path != Path(__file__)
)
LEFTOVERS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|(?<![\w.~])/(?:home|root|Users|work)/\w")
IN_TEMPLATES = re.compile(r"""_\(\s*(?:"([^"]*)"|'([^']*)')|{% trans[^%]*%}(.*?){% endtrans %}""", re.DOTALL)
IN_PYTHON = re.compile(r"""gettext\(\s*(?:"([^"]*)"|'([^']*)')""")


def words_on_screen() -> list[str]:
    """Everything that templates and doors say."""
    sources = [(IN_TEMPLATES, path) for path in TEMPLATES.rglob("*.html")]
    sources += [(IN_PYTHON, path) for path in PACKAGE.rglob("*.py")]
    return ["".join(found) for pattern, path in sources for found in pattern.findall(path.read_text())]


def test_nothing_is_left_lying_about():
    found = {path.relative_to(ROOT).as_posix(): LEFTOVERS.findall(path.read_text()) for path in TEXTS}

    assert {path: words for path, words in found.items() if words} == {}


def test_words_on_screen_are_calm():
    assert [words for words in words_on_screen() if "!" in words] == []


def test_words_on_screen_are_found_at_all():
    assert len(words_on_screen()) > 100
