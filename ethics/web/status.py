"""Whether the process and its database are well: for whoever keeps the server running."""

from flask import Blueprint, Response

from ethics import migrations
from ethics.db import is_reachable
from ethics.web.auth import public
from ethics.web.session import database

blueprint = Blueprint("status", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """The database answers and is migrated; 503 otherwise."""
    if not is_reachable(database()):
        return Response("database unreachable\n", status=503, mimetype="text/plain")
    if not migrations.is_current(database()):
        return Response("database not migrated\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")
