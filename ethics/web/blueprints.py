"""The list of features that have addresses."""

from flask import Flask

from ethics.web import cases, cohorts, home, people, preferences, rounds, status

BLUEPRINTS = (
    cases.blueprint,
    cohorts.blueprint,
    home.blueprint,
    people.blueprint,
    preferences.blueprint,
    rounds.blueprint,
    status.blueprint,
)


def register(app: Flask) -> None:
    """Put every feature's addresses into the application."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
