"""The address of this request, as it may stand in a page, and the numbers that addresses hold."""

from typing import Any

from flask import Flask, request
from werkzeug.routing import IntegerConverter
from werkzeug.urls import iri_to_uri

LARGEST = 2**31 - 1
"""The largest whole number that every database keeps in an integer column."""


class StorableNumber(IntegerConverter):
    """`<int:…>` in a route: what no row can have as its number is no address at all."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max": LARGEST, **options})


def init_app(app: Flask) -> None:
    """Hold the numbers in addresses to what a database can be asked for. Before any route is made."""
    app.url_map.converters["int"] = StorableNumber


def storable_number(text: str) -> int:
    """A number in the query of an address. Raises ValueError for what no row can have."""
    number = int(text)
    if not 0 <= number <= LARGEST:
        raise ValueError(text)
    return number


def here() -> str:
    """Path and query of this request in printable ASCII, whatever was sent."""
    return iri_to_uri(request.full_path.rstrip("?"))
