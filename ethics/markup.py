"""Markdown to safe HTML: the only place that makes HTML of what people type, and the only maker of Markup.

The work is done by a warm child process (`ethics.markup_child`), because some short texts keep the
Markdown library busy for minutes. A text that takes longer than the deadline, or more memory than the
child may have, is shown as it was typed.
"""

import atexit
import contextlib
import enum
import html
import json
import logging
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from html.parser import HTMLParser
from multiprocessing.connection import Pipe
from typing import Final

from markupsafe import Markup

RENDERER: Final = 2
"""Version of the rendering, stored beside the HTML; raise it when the same text gives other HTML."""

CITATION: Final = re.compile(r"\[([a-z][a-z-]*[0-9]{4}[a-z]?)\]")
"""A citation in a case, `[who2021]`; the first group is the key of the reference."""

DEADLINE_SECONDS: Final = 2.0
START_SECONDS: Final = 20.0

_PREFIX = re.compile(r"[A-Za-z0-9_-]*")
_IMAGE_BASE = re.compile(r"|/(?:[A-Za-z0-9._~-]+/)*")

_log = logging.getLogger(__name__)


class Profile(enum.StrEnum):
    """Whose text it is: a `POST` is anybody's, a `CASE` is a segment of a case."""

    POST = enum.auto()
    CASE = enum.auto()


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML; `whole` is false when the text could not be rendered and stands there as it was typed."""

    html: str
    whole: bool


def render(source: str, *, profile: Profile, prefix: str = "", image_base: str = "") -> Rendered:
    """Return the HTML of a Markdown text; starts the child process at first use and keeps it.

    Every id is `m-<prefix>-…`, so texts with different prefixes can share a page. Images of a case are looked for
    under `image_base`, a local path that ends with a slash. Raises ValueError for another prefix or base than that,
    and RuntimeError when the child cannot be started at all.
    """
    if not _PREFIX.fullmatch(prefix) or not _IMAGE_BASE.fullmatch(image_base):
        raise ValueError("prefix holds letters, digits, - and _; image_base is a local path that ends with /")
    job = {"source": source, "profile": profile, "prefix": prefix, "image_base": image_base}
    try:
        answer = json.loads(_helper.ask(json.dumps(job).encode()))
    except (OSError, EOFError) as fault:
        answer = {"html": None, "fault": type(fault).__name__}
    if answer["html"] is None:
        _log.warning("a text of %d characters was left unrendered: %s", len(source), answer["fault"])
        return Rendered(_unrendered(source), whole=False)
    return Rendered(answer["html"], whole=True)


def stored(html: str) -> Markup:
    """Mark HTML as safe that `render` made and the database kept; give it nothing else."""
    return Markup(html)  # noqa: S704 - the one place where HTML that render() made becomes Markup


def text_of(html: str) -> str:
    """What a reader sees of stored HTML, as plain text; the end of a block or line separates words."""
    reader = _Plain()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the parser's
        if tag == "br":
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"em", "strong", "code", "a", "sup", "sub"}:
            self.parts.append(" ")


def _unrendered(source: str) -> str:
    return (
        '<p class="unrendered-notice">This text could not be laid out, so you see it as it was typed. '
        f'Nothing is missing.</p>\n<pre class="unrendered">\n{html.escape(source)}</pre>'
    )


class _Child:
    """A running `ethics.markup_child` and our end of the pipe to it; it ends by itself when that end is closed."""

    def __init__(self) -> None:
        self._pipe, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, with no word from outside
                [sys.executable, "-m", "ethics.markup_child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        try:
            self._receive(START_SECONDS)
        except (OSError, EOFError) as fault:
            self.end()
            raise RuntimeError("the rendering process did not start") from fault

    def answer(self, job: bytes) -> bytes:
        self._pipe.send_bytes(job)
        return self._receive(DEADLINE_SECONDS)

    def _receive(self, seconds: float) -> bytes:
        if not self._pipe.poll(seconds):
            raise TimeoutError
        return self._pipe.recv_bytes()

    def end(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()

    def disown(self) -> None:
        """Let go of the child of the process we were forked from, which alone may wait for it."""
        self._pipe.close()
        self._process.returncode = 0


class _Helper:
    """The one child of this process, used by one thread at a time; after a fork each side has its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def ask(self, job: bytes) -> bytes:
        """Return the child's answer; raises OSError (TimeoutError past the deadline) or EOFError."""
        with self._lock:
            if self._child is not None:
                with contextlib.suppress(EOFError, ConnectionError):  # it died while nobody needed it
                    return self._exchange(self._child, job)
            self._child = _Child()
            return self._exchange(self._child, job)

    def _exchange(self, child: _Child, job: bytes) -> bytes:
        try:
            return child.answer(job)
        except BaseException:  # its late answer must never be taken for that of the next text
            self.end()
            raise

    def end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    def start_over_after_fork(self) -> None:
        if self._child is not None:
            self._child.disown()
        self._child = None
        self._lock = threading.Lock()


_helper = _Helper()
atexit.register(_helper.end)
os.register_at_fork(after_in_child=_helper.start_over_after_fork)
