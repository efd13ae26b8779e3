"""The address of this request, as it may stand in a page."""

from flask import request
from werkzeug.urls import iri_to_uri


def here() -> str:
    """Path and query of this request in printable ASCII, whatever was sent."""
    return iri_to_uri(request.full_path.rstrip("?"))
