"""What was typed when a form could not be taken: shown again, to the same person only, to be sent by hand.

Nothing is stored. The text travels in the page, signed; the page for it is made for whoever wrote it.
"""

from dataclasses import dataclass

from flask import current_app, jsonify, make_response, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from ethics.text import showable
from ethics.web.addresses import here

DAY = 86_400
LONG = 60
_OURS = frozenset({"csrf_token", "writer", "kept"})


@dataclass(frozen=True, slots=True)
class Typed:
    """One field of a form as it came in."""

    name: str
    value: str

    @property
    def is_prose(self) -> bool:
        """Whether it is something a person wrote rather than chose."""
        if self.name == "base":  # what the editor's form was made from
            return False
        return len(self.value) > LONG or any(character.isspace() for character in self.value.strip())


def typed() -> list[Typed]:
    """What the form of this request holds, without passwords and what the application put there itself."""
    return _fields(request.form.to_dict(flat=False))


def writer_mark(public_id: str) -> str:
    """The signed hidden field that says whose form it is."""
    return _signer("writer").dumps(public_id)


def writer() -> str | None:
    """Whose form this is: the public id in its signed mark, or None for a form that is not ours."""
    try:
        return str(_signer("writer").loads(request.form.get("writer", "")))
    except BadSignature:
        return None


def sign_in_again() -> Response:
    """The answer to a form whose sign-in has expired: the text, and a way to sign in (401)."""
    if request.accept_mimetypes.best == "application/json":
        return make_response(jsonify(error="signed-out"), 401)
    whose = writer()
    fields = typed() if whose else []
    form: dict[str, list[str]] = {}
    for field in fields:
        form.setdefault(field.name, []).append(field.value)
    parcel = _signer("kept").dumps([whose, here(), form]) if whose else None
    return make_response(render_template("errors/expired.html", typed=fields, kept=parcel), 401)


def once_more(status: int) -> Response | None:
    """The page of an expired sign-in again, when the form to sign in could not be taken; None without a parcel."""
    parcel = request.form.get("kept", "")
    opened = _open(parcel)
    if opened is None:
        return None
    return make_response(render_template("errors/expired.html", typed=_fields(opened[2]), kept=parcel), status)


def send_again(status: int, *, person: str) -> Response | None:
    """The same text in a fresh form, when it was `person` who typed it; None otherwise."""
    if writer() != person:
        return None
    page = render_template("errors/kept.html", typed=typed(), action=here(), known=True)
    return make_response(page, status)


def unpack(parcel: str, *, person: str) -> str | None:
    """After signing in: a page with the text that was kept, ready to be sent by hand.

    None for a parcel that is older than a day or not ours. Somebody else's parcel is not shown, and says so.
    """
    opened = _open(parcel)
    if opened is None:
        return None
    whose, action, form = opened
    if whose != person:
        return render_template("errors/kept.html", typed=[], action=action, known=False)
    return render_template("errors/kept.html", typed=_fields(form), action=action, known=True)


def _open(parcel: str) -> tuple[str, str, dict[str, list[str]]] | None:
    try:
        whose, action, form = _signer("kept").loads(parcel, max_age=DAY)
    except BadSignature:
        return None
    return whose, action, form


def _fields(form: dict[str, list[str]]) -> list[Typed]:
    return [
        Typed(name, showable(value))
        for name, values in form.items()
        if name not in _OURS and "password" not in name
        for value in values
    ]


def _signer(purpose: str) -> URLSafeTimedSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt=f"ethics.{purpose}")
