"""The list of features that have addresses."""

from flask import Flask

from ethics.web import home, people, preferences, status

BLUEPRINTS = (
    home.blueprint,
    people.blueprint,
    preferences.blueprint,
    status.blueprint,
)


def register(app: Flask) -> None:
    """Put every feature's addresses into the application."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
