"""Whatever is told anywhere in the house has words, a topic, and a rhythm that holds for who has chosen nothing."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ethics.notices.kinds import TOPICS, USUAL, Topic
from ethics.web.forms.notices import TOPIC_NAMES, NoticesForm
from ethics.web.notices import _WORDS
from tests.house import PACKAGE


def told(path: Path) -> Iterator[tuple[int, str | None]]:
    """The kinds passed to whatever is called tell… in a module, with their lines; None for one not to be found out."""
    tree = ast.parse(path.read_text())
    tellers = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and "tell" in node.name}
    for node in ast.walk(tree):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if "tell" not in name:
            continue
        given = [word.value for word in node.keywords if word.arg == "kind"]
        if name in tellers and not given:
            given = [word for word in node.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
        for value in given:
            for kind in kinds(value, path):
                yield node.lineno, kind


def kinds(value: ast.expr, path: Path) -> Iterator[str | None]:
    match value:
        case ast.Constant(value=str(kind)):
            yield kind
        case ast.IfExp(body=one, orelse=other):
            yield from kinds(one, path)
            yield from kinds(other, path)
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), _]):
            yield from (kind for kind in TOPICS if kind.startswith(start))
        case ast.Name(id="kind"):  # passed on by a function whose callers are looked at
            return
        case ast.Name(id=name) if name.isupper():
            yield constant(path, name)
        case ast.Subscript(value=ast.Name(id=name)):
            yield from constant(path, name).values()
        case _:
            yield None


def constant(path: Path, name: str) -> Any:
    return getattr(import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)), name)


def test_every_kind_that_is_told_has_words_and_a_topic():
    found = {(path.name, line, kind) for path in PACKAGE.rglob("*.py") for line, kind in told(path)}

    assert len(found) > 20
    assert [place for place in found if place[-1] not in TOPICS or place[-1] not in _WORDS] == []
    assert set(_WORDS) - set(TOPICS) == set()


def test_every_topic_has_a_name_a_field_and_a_usual_rhythm():
    fields = {name for name in vars(NoticesForm) if name in set(Topic)}

    assert set(TOPIC_NAMES) == set(USUAL) == set(Topic) == {topic for topic in TOPICS.values() if topic}
    assert fields == {topic.value for topic in Topic}
