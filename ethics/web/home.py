"""The first page after signing in."""

from flask import Blueprint, render_template

from ethics.web.auth import actor, signed_in

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@signed_in
def home() -> str:
    """What is next for this person."""
    return render_template("home/home.html", name=actor().name)
