"""One list: what went wrong, and which answer that is."""

from flask import Flask, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from ethics.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from ethics.web import kept, logs
from ethics.web.auth import ask_no_more, signed_in_person
from ethics.web.messages import message

_STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (Invalid, 422),
)


def init_app(app: Flask) -> None:
    """Answer every error with a page that says what happened and what was kept."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(InterfaceError, _database_away)


def page(status: int, text: str = "") -> Response:
    """The page for a status. What was typed stands in it when its form was the signed-in person's own."""
    if request.accept_mimetypes.best == "application/json":
        return make_response(jsonify(error=text or str(status)), status)
    return make_response(
        render_template("errors/error.html", status=status, text=text, typed=_own_text(), number=logs.request_id()),
        status,
    )


def _domain_error(error: DomainError) -> Response:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return page(status, "" if status == 404 else message(error.code))  # noqa: PLR2004  # a status is its own name


def _csrf_error(_error: CSRFError) -> Response:
    person = signed_in_person()
    again = kept.send_again(400, person=person.actor.public_id) if person else kept.once_more(400)
    return again or page(400, gettext("This form was open for too long, or did not come from this site."))


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 413:  # noqa: PLR2004  # as above
        request.form = ImmutableMultiDict()  # what was too large to read is not asked for again, by this page neither
    if status == 404 and signed_in_person() is None and request.method in {"GET", "HEAD"}:  # noqa: PLR2004  # as above
        return redirect(url_for("people.sign_in"), code=303)
    answer = page(status)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _unstorable(_error: DataError) -> Response:
    """What was asked for holds what the database cannot even look for, such as a NUL on PostgreSQL."""
    return page(404) if request.method in {"GET", "HEAD"} else page(422)


def _database_away(error: Exception) -> Response:
    logs.note_error(error)
    ask_no_more()
    answer = page(503)
    answer.headers["Retry-After"] = "10"
    return answer


def _own_text() -> list[kept.Typed]:
    if request.method != "POST" or kept.writer() is None:
        return []
    person = signed_in_person()
    return kept.typed() if person is None or person.actor.public_id == kept.writer() else []
