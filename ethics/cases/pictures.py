"""Pictures that authors bring: judged by content, made smaller where they are large, without what cameras add."""

import io
import re
import unicodedata
from pathlib import PurePath
from typing import Final

from PIL import Image as Pillow
from PIL import ImageOps

from ethics.cases.images import MAX_BYTES, Image
from ethics.errors import Invalid

MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 2000
"""Pixels; larger pictures are made smaller."""
_TYPES: Final = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}
_KINDS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_KEPT_AS: Final = {"GIF": "PNG", "MPO": "JPEG"}
"""MPO is a JPEG with further pictures behind it, as telephones make them; nothing of those is kept."""


def clean_picture(data: bytes, filename: str) -> Image:
    """The picture as it is kept: drawn anew, so that nothing but what one sees is left. A moving one stands still.

    Raises Invalid for what is no PNG, JPEG, WebP or GIF, has more than 40 million pixels, or stays too large.
    """
    try:
        picture, kind = _drawn_anew(data)
    except Invalid:
        raise
    except Exception as fault:  # whatever a broken file makes the decoder raise
        raise Invalid("picture-unreadable", "picture") from fault
    kept, kind = _encoded(picture, kind)
    return Image(_name(filename, _TYPES[kind][1]), _TYPES[kind][0], kept)


def _drawn_anew(data: bytes) -> tuple[Pillow.Image, str]:
    with Pillow.open(io.BytesIO(data), formats=_KINDS) as opened:
        # Before anything is decoded: a few bytes can claim to be a picture that fills the memory.
        if opened.width * opened.height > MOST_PIXELS:
            raise Invalid("picture-too-large", "picture")
        opened.load()
        picture = ImageOps.exif_transpose(opened)
        has_holes = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
        picture = picture.convert("RGBA" if has_holes else "RGB")
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        bare = Pillow.new(picture.mode, picture.size)
        bare.paste(picture)
        return bare, _KEPT_AS.get(str(opened.format), str(opened.format))


def _encoded(picture: Pillow.Image, kind: str) -> tuple[bytes, str]:
    """The bytes in the picture's own kind, or as a smaller WebP where that is too large."""
    for tried, quality in ((kind, 88), ("WEBP", 85), ("WEBP", 60)):
        made = io.BytesIO()
        shown = picture.convert("RGB") if tried == "JPEG" else picture
        shown.save(made, tried, quality=quality, optimize=True)
        if made.tell() <= MAX_BYTES:
            return made.getvalue(), tried
    raise Invalid("picture-too-large", "picture")


def _name(filename: str, ending: str) -> str:
    plain = unicodedata.normalize("NFKD", PurePath(filename.replace("\\", "/")).stem).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60]
    return f"{slug or 'picture'}.{ending}"
