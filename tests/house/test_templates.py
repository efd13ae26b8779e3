"""Every template parses, has its words translated and its attributes quoted, and trusts nothing by itself."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, StrictUndefined, meta

from tests.house import PACKAGE, TEMPLATES

FILES = sorted(path for path in TEMPLATES.rglob("*") if path.is_file())
SPOKEN_ATTRIBUTES = r"\b(?:alt|title|placeholder|aria-label|aria-description)"
SAMPLES = {"gallery.html"}  # shows every component with words that nobody else will read
HOLE = "\0"  # stands where Jinja will put something


def names(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def untranslated(environment: Environment, source: str) -> str:
    """The HTML of a template with a hole for every expression, without what `trans` or a class block holds."""
    pieces: list[str] = []
    statement: list[str] = []
    skipping = ""
    for _, kind, value in environment.lex(source):
        if kind == "block_begin":
            statement = []
        elif kind == "block_end":
            opened = " ".join(statement[:2])
            if skipping == "":
                skipping = {"trans": "endtrans", "block layout": "endblock"}.get(
                    "trans" if statement[0] == "trans" else opened, ""
                )
            elif statement[0] == skipping:
                skipping = ""
        elif kind == "name":
            statement.append(value)
        elif kind == "variable_begin" and not skipping:
            pieces.append(HOLE)
        elif kind == "data" and not skipping:
            pieces.append(value)
    return "".join(pieces)


def test_pages_are_html_because_nothing_else_is_escaped():
    others = [names(path) for path in FILES if path.suffix != ".html"]

    assert [name for name in others if not (name.startswith("email/") and name.endswith(".txt"))] == []


@pytest.mark.parametrize("path", FILES, ids=names)
def test_template(unused_app, path):
    environment = unused_app.jinja_env
    source = path.read_text()
    html = untranslated(environment, source)
    visible = re.sub(r"<[^>]*>|&\w+;|\0-\w+|Ethics Rounds", "", html)

    environment.get_template(names(path))
    assert environment.undefined is StrictUndefined
    assert re.findall(r"\|\s*safe\b|\bautoescape\b", source) == []
    assert re.findall(r"<[^>]*\s([\w-]+=[^\"\s>][^\s>]*)", re.sub(r'"[^"]*"', '""', html)) == [], "no double quotes"
    assert path.name in SAMPLES or re.findall(r"[^\W\d_]{2,}", visible) == [], "words that are not translated"
    assert re.findall(SPOKEN_ATTRIBUTES + r"=\"[^\"]*[^\W\d_]{2,}[^\"]*\"", html) == []


@pytest.mark.parametrize("path", FILES, ids=names)
def test_a_page_has_a_title_and_a_heading(unused_app, path):
    source = path.read_text()
    used = set(meta.find_referenced_templates(unused_app.jinja_env.parse(source)))
    if "base.html" not in used:
        return
    parts = [(TEMPLATES / name).read_text() for name in used - {"base.html"} if name]

    assert len(re.findall(r"{%-?\s*block title\b", source)) == 1
    assert any("<h1" in text for text in [source, *parts])


def test_only_markup_py_makes_markup():
    makers = [path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if "Markup(" in path.read_text()]

    assert makers == ["markup.py"]
