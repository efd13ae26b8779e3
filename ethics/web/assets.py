"""Static files: kept by browsers for ever, the style joined into one answer, text sent compressed.

An address is /static/<version>/<path>, and the version a hash of every file. So what one file asks for by a relative
address, a module or a font, is kept and renewed together with it.
"""

import gzip
import hashlib
import re
from pathlib import Path

from flask import Flask, Response, make_response, request, send_from_directory, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from ethics.web.auth import public

_YEAR = 31_536_000
_TEXTS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_IMPORT = re.compile(r'^@import url\("([^"]+)"\) layer\((\w+)\);$', re.MULTILINE)


def init_app(app: Flask, folder: Path) -> None:
    """Serve the files of `folder`, read once, and give templates `asset(path)`, the address of one."""
    assets = Assets(folder)
    app.session_interface = _SameForAll()

    @app.get("/static/<version>/<path:path>", endpoint="static")
    @public
    def static(version: str, path: str) -> Response:
        return assets.serve(version, path)

    app.jinja_env.globals["asset"] = assets.address


class Assets:
    """The static files as they were when the application started."""

    def __init__(self, folder: Path) -> None:
        """Read every file of `folder`. Raises OSError where one cannot be read."""
        self._folder = folder
        contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}
        self._version = hashlib.sha256(repr(sorted(contents.items())).encode()).hexdigest()[:12]
        self._texts = {path: content for path, content in contents.items() if Path(path).suffix in _TEXTS}
        self._texts["css/main.css"] = join_styles(folder / "css/main.css").encode()
        self._packed = {path: gzip.compress(content, mtime=0) for path, content in self._texts.items()}

    def address(self, path: str) -> str:
        """The address of a file. Raises FileNotFoundError for one that is not there."""
        if path not in self._texts and not (self._folder / path).is_file():
            raise FileNotFoundError(self._folder / path)
        return url_for("static", version=self._version, path=path)

    def serve(self, version: str, path: str) -> Response:
        """The file; an address of another version gets today's, and is asked again the next time."""
        answer = self._text(path) if path in self._texts else send_from_directory(self._folder, path)
        current = version == self._version
        answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if current else "no-cache"
        return answer

    def _text(self, path: str) -> Response:
        packed = bool(request.accept_encodings["gzip"])
        answer = make_response(self._packed[path] if packed else self._texts[path])
        answer.mimetype = _TEXTS[Path(path).suffix]
        answer.vary.add("Accept-Encoding")
        if packed:
            answer.content_encoding = "gzip"
        return answer


class _SameForAll(SecureCookieSessionInterface):
    """Flask-Login looks into the session of every request; without this, static files would be kept per cookie."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save the session after anything but a static file."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def join_styles(main: Path) -> str:
    """The style sheet with its imports put in their places, each in its layer.

    Addresses in the parts must be relative to the folder of `main`.
    """

    def put_in(found: re.Match[str]) -> str:
        return f"@layer {found[2]} {{\n{(main.parent / found[1]).read_text()}}}"

    return _IMPORT.sub(put_in, main.read_text())


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
