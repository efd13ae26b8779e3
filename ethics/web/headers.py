"""The headers of every answer, errors included."""

import secrets

from flask import Flask, g, request
from werkzeug.wrappers import Response

_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
_YEAR = 31_536_000


def nonce() -> str:
    """The nonce under which this answer's scripts may run."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def init_app(app: Flask, *, secure: bool) -> None:
    """Set the headers after every request; with HSTS where people come over https."""

    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'nonce-{nonce()}'; style-src 'self'; img-src 'self'; font-src 'self'; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
        )
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = _PERMISSIONS
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if secure:
            headers["Strict-Transport-Security"] = f"max-age={2 * _YEAR}; includeSubDomains"
        # A static file says itself how long it may be kept (web/assets.py).
        if request.endpoint != "static" or response.status_code not in {200, 304}:
            headers["Cache-Control"] = "no-store"
            headers["Vary"] = "Cookie"
            headers.pop("ETag", None)
            headers.pop("Last-Modified", None)
        return response

    app.after_request(set_headers)
