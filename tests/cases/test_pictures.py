"""A picture is judged by what it is, drawn anew, and leaves behind what a camera knew."""

import io

import pytest
from PIL import Image

from ethics.cases import pictures
from ethics.cases.images import MAX_BYTES
from ethics.cases.pictures import clean_picture
from ethics.errors import Invalid


def drawn(kind: str, *, size: tuple[int, int] = (40, 30), mode: str = "RGB", **more: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, "teal").save(made, kind, **more)
    return made.getvalue()


@pytest.mark.parametrize(
    ("kind", "name", "kept", "media_type"),
    [
        ("PNG", "Bed 7, Mrs Lind.JPG", "bed-7-mrs-lind.png", "image/png"),
        ("JPEG", "../../etc/passwd.png", "passwd.jpg", "image/jpeg"),
        ("WEBP", "C:\\Bilder\\Übersicht.webp", "ubersicht.webp", "image/webp"),
        ("GIF", "病棟.gif", "picture.png", "image/png"),
    ],
)
def test_its_kind_is_what_it_holds_whatever_its_name(kind, name, kept, media_type):
    image = clean_picture(drawn(kind), name)

    assert (image.name, image.media_type) == (kept, media_type)
    assert Image.open(io.BytesIO(image.data)).size == (40, 30)


def test_what_a_camera_wrote_is_gone_and_the_picture_stands_upright():
    exif = Image.Exif()
    exif[0x010E] = "Bed 7, Mrs Lind"
    exif[0x0112] = 6
    image = clean_picture(drawn("JPEG", exif=exif), "a.jpg")

    opened = Image.open(io.BytesIO(image.data))
    assert (dict(opened.getexif()), b"Mrs Lind" in image.data, opened.size) == ({}, False, (30, 40))


def test_a_telephone_s_picture_that_holds_a_second_one_is_kept_as_one():
    second = Image.new("RGB", (40, 30), "red")
    image = clean_picture(drawn("MPO", save_all=True, append_images=[second]), "ward.jpg")

    opened = Image.open(io.BytesIO(image.data))
    assert (image.name, image.media_type, opened.format) == ("ward.jpg", "image/jpeg", "JPEG")


def test_a_comment_in_a_png_is_gone():
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - only here

    info = PngInfo()
    info.add_text("Comment", "Mrs Lind")

    assert b"Mrs Lind" not in clean_picture(drawn("PNG", pnginfo=info), "a.png").data


def test_a_large_one_is_made_smaller():
    assert Image.open(io.BytesIO(clean_picture(drawn("PNG", size=(4000, 1000)), "a.png").data)).size == (2000, 500)


def test_one_with_much_in_it_becomes_a_webp_that_can_be_kept():
    noise = Image.effect_noise((1100, 1000), 60).convert("RGB")
    made = io.BytesIO()
    noise.save(made, "PNG")
    image = clean_picture(made.getvalue(), "noise.png")

    assert (image.name, image.media_type, len(image.data) <= MAX_BYTES) == ("noise.webp", "image/webp", True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"\x89PNG\r\n\x1a\n" + bytes(20),
        b"GIF89a",
        b"%PDF",
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(Invalid) as refused:
        clean_picture(data, "a.png")
    assert (refused.value.code, refused.value.field) == ("picture-unreadable", "picture")


def test_half_of_one_is_refused():
    data = drawn("JPEG", size=(400, 300))
    with pytest.raises(Invalid):
        clean_picture(data[: len(data) // 2], "a.jpg")


def test_a_small_file_that_claims_to_be_enormous_is_refused_before_it_is_decoded(monkeypatch):
    data = drawn("PNG", size=(7000, 6000), mode="1")
    assert len(data) < 20_000
    monkeypatch.setattr(pictures.Pillow.Image, "load", lambda _: pytest.fail("it was decoded"))

    with pytest.raises(Invalid) as refused:
        clean_picture(data, "bomb.png")
    assert refused.value.code == "picture-too-large"
