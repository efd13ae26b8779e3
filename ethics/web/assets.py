"""Static files: kept by browsers for ever, the style joined into one answer, text sent compressed.

An address is /static/<version>/<path>, and the version a hash of every file. So what one file asks for by a relative
address, a module or a font, is kept and renewed together with it.
"""

import gzip
import hashlib
import mimetypes
import re
from pathlib import Path

from flask import Flask, Response, abort, make_response, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from ethics.web.auth import public

mimetypes.add_type("font/woff2", ".woff2")  # a slim machine may not know
mimetypes.add_type("text/javascript", ".js")

_YEAR = 31_536_000
_PACKED = {".css", ".js", ".svg"}
_FACE = re.compile(r"@font-face \{[^}]*\burl\([^}]*\}\n")
_IMPORT = re.compile(r'^@import url\("([^"]+)"\) layer\((\w+)\);$', re.MULTILINE)


def init_app(app: Flask, folder: Path) -> None:
    """Serve the files of `folder`, read once, and give templates `asset(path)`, the address of one."""
    assets = Assets(folder)
    app.session_interface = _SameForAll()
    app.extensions["ethics.style"] = assets.style

    @app.get("/static/<version>/<path:path>", endpoint="static")
    @public
    def static(version: str, path: str) -> Response:
        return assets.serve(version, path)

    app.jinja_env.globals["asset"] = assets.address


class Assets:
    """The static files as they were when the application started; they are few, and served from memory."""

    def __init__(self, folder: Path) -> None:
        """Read every file of `folder`. Raises OSError where one cannot be read."""
        files = [path for path in folder.rglob("*") if path.is_file()]
        self._contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
        self._version = hashlib.sha256(repr(sorted(self._contents.items())).encode()).hexdigest()[:12]
        self._contents["css/main.css"] = join_styles(folder / "css/main.css").encode()
        self._packed = {
            path: gzip.compress(content, mtime=0)
            for path, content in self._contents.items()
            if Path(path).suffix in _PACKED
        }

    @property
    def style(self) -> str:
        """The whole style, for a file that stands alone: without the faces, which stay here."""
        return _FACE.sub("", self._contents["css/main.css"].decode())

    def address(self, path: str) -> str:
        """The address of a file. Raises KeyError for one that is not there."""
        if path not in self._contents:
            raise KeyError(path)
        return url_for("static", version=self._version, path=path)

    def serve(self, version: str, path: str) -> Response:
        """The file; an address of another version gets today's, and is asked again the next time."""
        if path not in self._contents:
            abort(404)
        packed = path in self._packed and bool(request.accept_encodings["gzip"])
        answer = make_response(self._packed[path] if packed else self._contents[path])
        answer.mimetype = mimetypes.guess_type(path)[0] or "application/octet-stream"
        if packed:
            answer.content_encoding = "gzip"
        if path in self._packed:
            answer.vary.add("Accept-Encoding")
        current = version == self._version
        answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if current else "no-cache"
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
