"""The common core: what every framework asks, by the same keys, so that rounds can be compared (data/core.yaml)."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final, cast

from ethics.vocabulary import plainyaml
from ethics.vocabulary.plainyaml import PlainYamlError

CLOSING: Final = "asked"
"""The key of the question that closes every framework."""
PAGE: Final = "page"
"""The key of what is written without prompts, beside every framework's."""


@cache
def core() -> Mapping[str, Mapping[str, object]]:
    """The prompts of the core by key, in order, worded as for a framework that does not word them itself."""
    return {str(prompt["key"]): prompt for prompt in _prompts("core.yaml")}


@cache
def page() -> Mapping[str, Any]:
    """The place for a text of one's own, as a prompt (data/page.yaml)."""
    return _prompts("page.yaml")[0]


def prompts_of(framework: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Everything that may be answered in a round with this framework: the page of one's own, then its prompts."""
    return [page(), *framework["prompts"]]


def _prompts(name: str) -> list[dict[str, object]]:
    text = (resources.files("ethics.vocabulary") / "data" / name).read_text(encoding="utf-8")
    return cast("list[dict[str, object]]", plainyaml.read(text).plain())


def with_core(node: plainyaml.Node) -> object:
    """A framework as it is written, the core's prompts worded where it only places them and added where it does not.

    What is no framework at all is left for the model to refuse. Raises PlainYamlError for what would mix up answers:
    a key that is asked twice or is the page's, a core prompt that may be left out, another key for the closing
    question.
    """
    framework = node.plain()
    if not (isinstance(node, plainyaml.Mapping) and isinstance(framework, dict)):
        return framework
    listed, closing = node.entries.get("prompts"), node.entries.get("closing")
    if isinstance(closing, plainyaml.Mapping) and closing.plain().get("key", CLOSING) != CLOSING:
        raise PlainYamlError(f"the key of the closing question is '{CLOSING}'", closing.place)
    if not isinstance(listed, plainyaml.List):
        return framework
    _check_keys(item for item in listed.items if isinstance(item, plainyaml.Mapping))
    written = [
        {**core().get(str(prompt.get("key")), {}), **prompt} if isinstance(prompt, dict) else prompt
        for prompt in listed.plain()
    ]
    keys = {prompt["key"] for prompt in written if isinstance(prompt, dict) and "key" in prompt}
    return {**framework, "prompts": [*written, *(prompt for key, prompt in core().items() if key not in keys)]}


def _check_keys(prompts: Iterable[plainyaml.Mapping]) -> None:
    seen = {CLOSING, PAGE}
    for prompt in prompts:
        plain = prompt.plain()
        key = plain.get("key")
        if key in seen:
            raise PlainYamlError(f"'{key}' is asked twice", prompt.place)
        seen.add(str(key))
        if key in core() and str(plain.get("optional", "no")).lower() in {"yes", "true"}:
            raise PlainYamlError(f"'{key}' belongs to the common core and cannot be optional", prompt.place)
