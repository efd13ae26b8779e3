"""Openings that the console suggests for a thread: they stand in the form, and are its writer's to change."""

import enum

from flask import request, url_for
from flask_babel import gettext

from ethics.rounds.gate import Standing
from ethics.web.shown import decision_points


class Opening(enum.StrEnum):
    """What a suggested opening asks for."""

    NOW = "now"
    """Where everybody is now, in a group that is silent."""
    ARGUE = "argue"
    """The best argument for a position."""


def opening_url(round_id: str, group_id: str, opening: Opening, option: str | None = None) -> str:
    """Where a thread of the group is begun with a suggested opening; `option`: the position to be argued for."""
    return url_for(
        "discussions.discussion", round_id=round_id, group=group_id, opening=opening, option=option, _anchor="new"
    )


def suggested(at: Standing) -> dict[str, str]:
    """The title and text that the address asks for, for faculty; nothing where it asks for none that there is.

    Neither says who holds a position, nor that nobody has spoken for one.
    """
    if not at.reads_students:
        return {}
    match request.args.get("opening", type=Opening):
        case Opening.NOW:
            return {
                "title": gettext("Where are you now?"),
                "text": gettext(
                    "Say in a sentence or two what still pulls you the other way. Nobody has to defend a position here."
                ),
            }
        case Opening.ARGUE:
            return _argue(at, request.args.get("option", ""))
        case _:
            return {}


def _argue(at: Standing, option: str) -> dict[str, str]:
    points = decision_points(at)
    words = points[max(points)].options.get(option) if points else None
    if words is None:
        return {}
    return {
        "title": gettext("The best argument for “%(position)s”", position=words),
        "text": gettext(
            "Whether or not you hold it: what is the best argument for “%(position)s”? Put it as fairly as somebody "
            "would who is sure of it.",
            position=words,
        ),
    }
