"""Where a reflection stands between its writer and faculty, in the same words for both."""

from dataclasses import dataclass

from flask_babel import gettext

from ethics.discussions.outcomes import Asked, Stage, asked_of
from ethics.reflections.queries import Reading
from ethics.rounds.gate import Standing
from ethics.web import loop
from ethics.web.auth import actor
from ethics.web.session import reader


@dataclass(frozen=True, slots=True)
class ConclusionShown:
    """What faculty last said of a reflection beside their feedback; templates/discussions/_conclusion.html."""

    words: str
    reason: str
    """Why they ask for a revision; empty where they do not, or it has come."""
    stage: Stage
    asked_once: bool
    """Whether a revision has been asked for already."""


def conclusion_shown(at: Standing, reading: Reading) -> ConclusionShown | None:
    """Where a submitted reflection stands; None until faculty have said anything of it."""
    asked = asked_of(reader(), reading.id) if reading.revisions else None
    if asked is None:
        return None
    stage = asked.stage(reading.revisions[0].number)
    return ConclusionShown(
        _words(at, asked, stage), asked.reason if stage is Stage.ASKED else "", stage, asked.asked_once
    )


def _words(at: Standing, asked: Asked, stage: Stage) -> str:
    name = gettext("you") if asked.author_id == actor().id else asked.author
    about = {"name": name, "time": loop.shown(at, asked.at).text}
    match stage:
        case Stage.ASKED:
            return str(gettext("Asked to be revised once, by %(name)s, %(time)s.", **about))
        case Stage.ACCEPTED:
            return str(gettext("Accepted as it is, by %(name)s, %(time)s.", **about))
        case _:
            return str(gettext("Revised since %(name)s last said something of it, %(time)s.", **about))
