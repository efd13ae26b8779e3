"""One line a request, for whoever runs the server: who, what, when, how it went. Never a text, a token or a query.

Addresses are logged as their rule ("/activate/<token>"), people by public id.
"""

import secrets
import sys
import time

import structlog
from flask import Flask, g, request
from structlog.tracebacks import ExceptionDictTransformer
from werkzeug.wrappers import Response

from ethics.web.auth import known_person

_log = structlog.get_logger()


class _StandardError:
    """Writes to standard error as it is at that moment."""

    def msg(self, line: str) -> None:
        """Write one line."""
        sys.stderr.write(f"{line}\n")

    info = error = warning = msg


def configure(*, as_json: bool) -> None:
    """Send the lines to standard error: as JSON for machines, or plainly for somebody who develops.

    Tracebacks come without the values of variables: these are texts that people wrote.
    """
    frames = ExceptionDictTransformer(show_locals=False)
    machine = [structlog.processors.ExceptionRenderer(frames), structlog.processors.JSONRenderer()]
    person = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(machine if as_json else person),
        ],
        logger_factory=_StandardError,
    )


def request_id() -> str:
    """The number of this request; it stands in its log line and on the page of an error of ours."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def note_error(error: BaseException | None) -> None:
    """Log an error of ours or of the database, with where it happened and without what anybody wrote."""
    _log.error("error", error=type(error).__name__, exc_info=error, **_facts())


def init_app(app: Flask) -> None:
    """Log every request when it is answered, and every error that is not foreseen."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_id()
        if request.endpoint != "static":
            milliseconds = round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1)
            _log.info("request", status=response.status_code, ms=milliseconds, **_facts())
        return response

    # Flask's own would log the address as it was asked for, with the token in it.
    app.log_exception = lambda exc_info: note_error(exc_info[1])  # type: ignore[method-assign]  # the documented way


def _facts() -> dict[str, str | None]:
    rule = request.url_rule.rule if request.url_rule else None
    person = known_person()
    return {
        "id": request_id(),
        "method": request.method,
        "rule": rule,
        "who": person.actor.public_id if person else None,
    }
