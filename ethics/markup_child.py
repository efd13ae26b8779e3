"""The child process of `ethics.markup`: renders one text after the other, and ends when its parent does.

Markdown makes HTML, bleach and nh3 each take out what `_rules` does not name: two parsers, one policy.
"""

import contextlib
import html
import json
import re
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any, Final
from xml.etree.ElementTree import Element

import bleach
import nh3
from markdown import Markdown
from markdown.blockprocessors import BlockProcessor, HashHeaderProcessor
from markdown.extensions import Extension
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.fenced_code import FencedCodeExtension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor

from ethics.markup import CITATION, Profile
from ethics.text import is_hidden

MEMORY_BYTES: Final = 512 * 1024 * 1024
ORPHAN_SECONDS: Final = 5
"""How long a text may go on when the parent, who keeps the deadline, is gone."""

GROWTH: Final = 25
"""HTML may be this many times as long as its text: a long address can be referred to a thousand times."""

GROWTH_FLOOR: Final = 10_000

_TEXT_TAGS = frozenset(
    {"a", "blockquote", "br", "code", "div", "em", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong"}
    | {"table", "tbody", "td", "th", "thead", "tr", "ul"}
)
_TAGS = {Profile.POST: _TEXT_TAGS, Profile.CASE: _TEXT_TAGS | {"abbr", "img", "sup"}}
_LINK = re.compile(r"https?://[^/?#]|mailto:.|#|\?|/(?!/)", re.IGNORECASE)
_IMAGE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_NUMBER = re.compile(r"[0-9]{1,9}")
_LANGUAGE = re.compile(r"language-[A-Za-z0-9_#.+-]+")
_REL = "noopener nofollow"
_TABLE_SCROLL = {"class": "table-scroll", "role": "group", "tabindex": "0", "aria-label": "Table"}

Rule = Callable[[str], object]


def to_html(source: str, *, profile: Profile, prefix: str, image_base: str) -> str:
    """Return the safe HTML of a text. Raises ValueError when it would be absurdly long."""
    made = _markdown(profile, prefix, image_base).convert(source)
    if len(made) > GROWTH_FLOOR + GROWTH * len(source):
        raise ValueError("the HTML is far longer than the text")
    return _sanitised(made, _TAGS[profile], _rules(prefix, image_base))


def _markdown(profile: Profile, prefix: str, image_base: str) -> Markdown:
    """Make a converter for one text, so that nothing of one text can get into the next."""
    extensions: list[Extension] = [
        FencedCodeExtension(),
        SaneListExtension(),
        TableExtension(use_align_attribute=True),
    ]
    if profile is Profile.CASE:
        extensions += [FootnoteExtension(), AbbrExtension()]
    markdown = Markdown(extensions=extensions)
    markdown.preprocessors.deregister("html_block")
    markdown.inlinePatterns.deregister("html")
    markdown.parser.blockprocessors.register(_Heading(markdown.parser), "hashheader", 70)
    markdown.parser.blockprocessors.register(_ListUnderText(markdown.parser), "list_under_text", 12)
    if profile is Profile.CASE:
        # below the reference links (130): a key that is defined as a link is one
        markdown.inlinePatterns.register(_Citation(CITATION.pattern, markdown), "citation", 125)
    else:
        for image in ("image_link", "image_reference", "short_image_ref"):
            markdown.inlinePatterns.deregister(image)
    markdown.treeprocessors.register(_Furnish(markdown, profile, prefix, image_base), "furnish", -10)
    return markdown


class _Heading(HashHeaderProcessor):
    """A heading needs a space after its signs: `#discharge` at the start of a line is none."""

    RE = re.compile(HashHeaderProcessor.RE.pattern.replace("(?P<header>", "[ ]+(?P<header>", 1))


class _ListUnderText(BlockProcessor):
    """Let a list begin right under a line of text, without an empty line between them."""

    RE = re.compile(r"\n(?=(?:[*+-]|1\.)[ ]+\S)")

    def test(self, parent: Element, block: str) -> bool:  # noqa: ARG002 - Markdown's signature
        return self.RE.search(block) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        text, items = self.RE.split(blocks.pop(0), maxsplit=1)
        self.parser.parseBlocks(parent, [text])
        blocks.insert(0, items)


class _Citation(InlineProcessor):
    """`[who2021]` links to the reference of that key, wherever on the page it stands."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: ARG002, N802 - Markdown's signature and name
        link = Element("a", {"class": "cite", "href": f"#ref-{m[1]}"})
        link.text = m[0]
        return link, m.start(), m.end()


class _Furnish(Treeprocessor):
    """Fit the finished tree into a page: heading levels, ids, links, pictures and wide tables."""

    def __init__(self, markdown: Markdown, profile: Profile, prefix: str, image_base: str) -> None:
        super().__init__(markdown)
        self.profile = profile
        self.prefix = prefix
        self.image_base = image_base

    def run(self, root: Element) -> None:
        ids = self._number_ids(root)
        for element in list(root.iter()):
            match element.tag:
                case "h1" | "h2" | "h3" | "h4" | "h5" | "h6" as heading:
                    element.tag = f"h{self._level(int(heading[1]))}"
                case "a":
                    self._link(element, ids)
                case "img":
                    self._picture(element)
                case "th" if not (element.text or "").strip() and not len(element):
                    element.tag = "td"  # the corner of a table: a heading without words heads nothing
            for place, child in enumerate(element):
                if child.tag == "table":
                    element[place] = _scrollable(child)

    def _number_ids(self, root: Element) -> dict[str, str]:
        """Replace the ids, which only footnotes have, and return the new one of each."""
        ids: dict[str, str] = {}
        for element in root.iter():
            if identifier := element.get("id"):
                ids[identifier] = f"m-{self.prefix}-{len(ids) + 1}"
                element.set("id", ids[identifier])
        return ids

    def _level(self, level: int) -> int:
        """The page has the first three levels; authors of cases know that and begin at the fourth."""
        return max(level, 4) if self.profile is Profile.CASE else min(level + 3, 6)

    def _link(self, link: Element, ids: Mapping[str, str]) -> None:
        href = link.get("href", "")
        if href[1:] in ids:
            link.set("href", f"#{ids[href[1:]]}")
        elif not href.startswith(("#", "?", "/")):
            link.set("rel", _REL)

    def _picture(self, picture: Element) -> None:
        """Point a picture into the case's folder; of any other, the alternative text is left."""
        source = picture.get("src", "")
        if _IMAGE.fullmatch(source):
            picture.set("src", self.image_base + source)
        else:
            picture.tag, picture.text = "em", picture.get("alt")
            picture.attrib.clear()


def _scrollable(table: Element) -> Element:
    wrapper = Element("div", _TABLE_SCROLL)
    wrapper.tail, table.tail = table.tail, None
    wrapper.append(table)
    return wrapper


def _rules(prefix: str, image_base: str) -> dict[tuple[str, str], Rule]:
    """Every attribute that may stay, and what its value must be."""
    own_id = _after(f"m-{prefix}-", _NUMBER)
    return {
        ("a", "class"): {"cite", "footnote-ref", "footnote-backref"}.__contains__,
        ("a", "href"): _is_link,
        ("a", "rel"): _REL.__eq__,
        ("a", "title"): _is_plain,
        ("abbr", "title"): _is_plain,
        ("code", "class"): _LANGUAGE.fullmatch,
        ("div", "class"): {"footnote", "table-scroll"}.__contains__,
        ("div", "role"): "group".__eq__,
        ("div", "tabindex"): "0".__eq__,
        ("div", "aria-label"): "Table".__eq__,
        ("img", "alt"): _is_plain,
        ("img", "src"): _after(image_base, _IMAGE),
        ("img", "title"): _is_plain,
        ("li", "id"): own_id,
        ("ol", "start"): _NUMBER.fullmatch,
        ("sup", "id"): own_id,
        ("td", "align"): {"left", "center", "right"}.__contains__,
        ("th", "align"): {"left", "center", "right"}.__contains__,
    }


def _after(start: str, rest: re.Pattern[str]) -> Rule:
    return lambda value: value.startswith(start) and rest.fullmatch(value, len(start))


def _is_plain(text: str) -> bool:
    return not any(map(is_hidden, text))


def _is_link(url: str) -> bool:
    """Tell whether a link goes where it seems to: the web, a mail address, or a place in the house."""
    tricky = any(sign in "\\`" or sign.isspace() or is_hidden(sign) for sign in url)
    return not tricky and _LINK.match(url) is not None


def _sanitised(made: str, tags: frozenset[str], rules: Mapping[tuple[str, str], Rule]) -> str:
    def may_stay(tag: str, name: str, value: str) -> bool:
        # bleach hands over values as they are written, `javascript&colon;…`, a browser reads them unescaped
        rule = rules.get((tag, name))
        return rule is not None and bool(rule(html.unescape(value)))

    names: dict[str, set[str]] = {}
    for tag, name in rules:
        names.setdefault(tag, set()).add(name)
    bleached = bleach.clean(made, tags=tags, attributes=may_stay, protocols={"http", "https", "mailto"})
    return nh3.clean(
        bleached,
        tags=set(tags),
        attributes={tag: allowed for tag, allowed in names.items() if tag in tags},
        attribute_filter=lambda tag, name, value: value if may_stay(tag, name, value) else None,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _answer(job: Mapping[str, Any]) -> dict[str, str | None]:
    """Render one text; a fault gives its kind only, since its message could hold some of the text."""
    try:
        return {"html": to_html(**{**job, "profile": Profile(job["profile"])})}
    except Exception as fault:
        return {"html": None, "fault": type(fault).__name__}


def main(descriptor: int) -> None:
    """Answer on the pipe with this file descriptor until the parent closes its end; limits its own memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the parent
    with contextlib.suppress(ValueError):  # macOS has the limit and refuses to set it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with Connection(descriptor) as pipe, contextlib.suppress(EOFError, ConnectionError):
        pipe.send_bytes(b"ready")
        while True:
            job = json.loads(pipe.recv_bytes())
            signal.alarm(ORPHAN_SECONDS)
            answer = json.dumps(_answer(job)).encode()
            signal.alarm(0)
            pipe.send_bytes(answer)


if __name__ == "__main__":
    main(int(sys.argv[1]))
