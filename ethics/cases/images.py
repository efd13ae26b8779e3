"""The images in a case's folder: which a text uses, and which of the files can be shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

MAX_BYTES: Final = 1024 * 1024

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MAGIC: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
)
_USE = re.compile(r"!\[([^\[\]]*)\](?:\(\s*<?([^\s)>]*)|[ ]?\[([^\[\]]*)\])?")
_DEFINITION = re.compile(r"^ {0,3}\[([^\[\]^][^\[\]]*)\]:[ ]*<?([^\s>]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Image:
    """An image file that may be shown. Its media type is what its first bytes say, whatever its name."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Use:
    """An image in a text: `offset` counts characters from the text's beginning."""

    text: str
    target: str
    offset: int


class Definition(NamedTuple):
    """The address behind a name; `offset` is where it stands, in characters from the text's beginning."""

    name: str
    target: str
    offset: int


def read_images(folder: Path) -> tuple[tuple[Image, ...], tuple[Path, ...]]:
    """The images in a case's folder, by name, and the files there that cannot be shown (another kind, or too large)."""
    images, unfit = [], []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith("."):
            continue
        media_type = _media_type(path)
        if media_type is None:
            unfit.append(path)
        else:
            images.append(Image(path.name, media_type, path.read_bytes()))
    return tuple(images), tuple(unfit)


def uses(source: str) -> Iterator[Use]:
    """Every image that a Markdown text shows, its address beside it or further down in a definition."""
    definitions = {found.name: found.target for found in definitions_in(source)}
    for found in _USE.finditer(source):
        target = found[2] if found[2] is not None else definitions.get((found[3] or found[1]).casefold())
        if target is not None:
            yield Use(found[1].strip(), target, found.start())


def definitions_in(source: str) -> Iterator[Definition]:
    """The addresses that a text defines in lines like `[name]: address`."""
    for found in _DEFINITION.finditer(source):
        yield Definition(found[1].casefold(), found[2], found.start(2))


def _media_type(path: Path) -> str | None:
    if not path.is_file() or not NAME.fullmatch(path.name) or path.stat().st_size > MAX_BYTES:
        return None
    with path.open("rb") as file:
        start = file.read(16)
    return next((media_type for magic, media_type in _MAGIC if magic.match(start)), None)
