"""The list of features that have addresses."""

from flask import Flask

from ethics.web import (
    automatic,
    calendars,
    cases,
    cohorts,
    concerns,
    confirm,
    console,
    directing,
    discussions,
    editor,
    faculty,
    grid,
    groups,
    home,
    insights,
    joining,
    journal,
    library,
    looking,
    members,
    moderation,
    notices,
    people,
    preferences,
    reflections,
    review,
    roster,
    rounds,
    status,
    terms,
    versions,
)

BLUEPRINTS = (
    automatic.blueprint,
    calendars.blueprint,
    cases.blueprint,
    cohorts.blueprint,
    concerns.blueprint,
    confirm.blueprint,
    console.blueprint,
    directing.blueprint,
    discussions.blueprint,
    editor.blueprint,
    faculty.blueprint,
    grid.blueprint,
    groups.blueprint,
    home.blueprint,
    insights.blueprint,
    joining.blueprint,
    journal.blueprint,
    library.blueprint,
    looking.blueprint,
    members.blueprint,
    moderation.blueprint,
    notices.blueprint,
    people.blueprint,
    preferences.blueprint,
    reflections.blueprint,
    review.blueprint,
    roster.blueprint,
    rounds.blueprint,
    status.blueprint,
    terms.blueprint,
    versions.blueprint,
)


def register(app: Flask) -> None:
    """Put every feature's addresses into the application."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
