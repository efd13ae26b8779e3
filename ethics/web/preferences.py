"""What a browser remembers for itself: the theme."""

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from ethics.web.auth import public, safe_next
from ethics.web.context import THEMES

blueprint = Blueprint("preferences", __name__)

_YEAR = 31_536_000


@blueprint.post("/preferences/theme")
@public
def theme() -> Response:
    """Remember a theme in this browser, or forget it, and go back to the page."""
    chosen = request.form.get("theme", "")
    answer = redirect(safe_next(request.form.get("next")) or url_for("home.home"), code=303)
    if chosen in THEMES:
        answer.set_cookie(
            "ethics-theme",
            chosen,
            max_age=_YEAR,
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )
    else:
        answer.delete_cookie("ethics-theme")
    return answer
