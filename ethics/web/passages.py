"""Passages on pages: what components/passages.html paints, for comments on reflections and threads on cases."""

from collections.abc import Mapping
from dataclasses import dataclass

from ethics.anchors import Passage, passage_in


@dataclass(frozen=True, slots=True)
class PassageShown:
    """A passage beside the text it stands in."""

    part: str
    exact: str
    prefix: str
    suffix: str
    changed: bool
    """It is not in the text any more, or cannot be told from another: the words alone are shown."""


def passage_shown(parts: Mapping[str, str], passage: Passage) -> PassageShown:
    """A kept passage on a page that shows these parts, as plain text by their keys (ethics.markup.text_of)."""
    here = passage_in(parts, passage)
    anchor = (here or passage).anchor
    return PassageShown(passage.part, anchor.exact, anchor.prefix, anchor.suffix, changed=here is None)
