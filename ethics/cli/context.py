"""What commands take from the application: its database, its clock and its vocabulary."""

from datetime import datetime
from typing import cast

from flask import current_app

from ethics.config import Settings
from ethics.db import Database
from ethics.vocabulary import Vocabulary


def database() -> Database:
    """The application's database."""
    return cast("Database", current_app.extensions["ethics.database"])


def now() -> datetime:
    """The moment, in UTC."""
    return cast("datetime", current_app.extensions["ethics.clock"]())


def settings() -> Settings:
    """The installation's settings."""
    return cast("Settings", current_app.config["ETHICS"])


def vocabulary() -> Vocabulary:
    """The packaged vocabulary with the installation's own terms."""
    return cast("Vocabulary", current_app.extensions["ethics.vocabulary"])


def message(code: str) -> str:
    """The sentence for the code of a domain error."""
    return str(current_app.extensions["ethics.message"](code))


def public_url(endpoint: str, **values: str) -> str:
    """The address of a page, as people outside reach it."""
    return str(current_app.extensions["ethics.public_url"](endpoint, **values))
