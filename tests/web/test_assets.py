"""Static files keep their address as long as nothing changes, and go out once."""

import gzip
import re
from pathlib import Path

import pytest

from ethics.web.assets import Assets, join_styles
from tests.house import STATIC, TEMPLATES

MAIN = STATIC / "css" / "main.css"


@pytest.fixture
def address(app):
    """The address of a file, as a page would print it."""

    def address(path: str) -> str:
        with app.test_request_context():
            return app.jinja_env.globals["asset"](path)

    return address


@pytest.fixture
def copied(app, tmp_path):
    (tmp_path / "css").mkdir()
    (tmp_path / "css/main.css").write_text('@layer base;\n@import url("base.css") layer(base);\n')
    (tmp_path / "css/base.css").write_text("p { margin: 0; }\n")
    return tmp_path


def test_every_part_is_joined_into_its_layer(copied: Path):
    assert join_styles(copied / "css/main.css") == "@layer base;\n@layer base {\np { margin: 0; }\n}\n"


def test_nothing_is_left_out():
    listed = re.findall(r'@import url\("([^"]+)"\)', MAIN.read_text())
    parts = {path.relative_to(MAIN.parent).as_posix() for path in MAIN.parent.rglob("*.css")}

    templates = [path.read_text() for path in TEMPLATES.rglob("*.html")]
    linked = {name for text in templates for name in re.findall(r"asset\('css/([\w-]+\.css)'\)", text)}

    assert sorted(listed) == sorted(parts - linked)
    assert "@import" not in join_styles(MAIN)


@pytest.mark.parametrize("path", sorted(MAIN.parent.rglob("*.css")), ids=lambda path: path.name)
def test_every_block_is_closed(path):
    style = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)

    assert style.count("{") == style.count("}")


def test_a_change_anywhere_changes_every_address(app, copied: Path):
    with app.test_request_context():
        before = Assets(copied).address("css/main.css")
        assert Assets(copied).address("css/main.css") == before
        (copied / "css/base.css").write_text("p { margin: 1px; }\n")
        assert Assets(copied).address("css/main.css") != before


def test_a_missing_file_is_noticed_when_the_page_is_made(address):
    with pytest.raises(KeyError):
        address("css/mian.css")


@pytest.mark.parametrize(("accepts", "packed"), [("gzip, br", True), ("identity", False), ("gzip;q=0", False)])
def test_text_is_packed_for_who_can_unpack_it(client, address, accepts, packed):
    answer = client.get(address("css/main.css"), headers={"Accept-Encoding": accepts})
    body = gzip.decompress(answer.data) if packed else answer.data

    assert body.decode() == join_styles(MAIN)
    assert answer.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"


def test_this_version_is_kept_for_a_year_and_another_is_asked_again(client, address):
    today = address("fonts/room-sans-latin.woff2")
    stale = re.sub(r"/static/\w+/", "/static/of-last-week/", today)

    assert client.get(today).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(stale).headers["Cache-Control"] == "no-cache"
    assert client.get(stale).data == client.get(today).data


@pytest.mark.parametrize("path", ["../pyproject.toml", "%2e%2e/pyproject.toml", "/etc/passwd", "css"])
def test_what_lies_outside_is_not_served(client, path):
    assert client.get(f"/static/any/{path}").status_code == 303


def test_a_first_visit_is_light():
    style = gzip.compress(join_styles(MAIN).encode())
    scripts = sum(len(gzip.compress(path.read_bytes())) for path in (STATIC / "js").rglob("*.js"))
    fonts = sum(path.stat().st_size for path in (STATIC / "fonts").glob("*latin.woff2"))

    assert len(style) <= 15_000
    assert scripts <= 30_000
    assert fonts <= 120_000
