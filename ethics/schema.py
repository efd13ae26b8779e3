"""Imports every table, so that the metadata is whole."""

from ethics import outbox
from ethics.audit import models as audit
from ethics.breakglass import models as breakglass
from ethics.cases import draft_models as drafts
from ethics.cases import models as cases
from ethics.cohorts import models as cohorts
from ethics.concerns import models as concerns
from ethics.db import Base
from ethics.discussions import answer_models as answers
from ethics.discussions import models as discussions
from ethics.discussions import moderation_models as moderation
from ethics.discussions import reading_models as readings
from ethics.notices import models as notices
from ethics.people import models as people
from ethics.reflections import models as reflections
from ethics.rounds import models as rounds

__all__ = [
    "answers",
    "audit",
    "breakglass",
    "cases",
    "cohorts",
    "concerns",
    "discussions",
    "drafts",
    "metadata",
    "moderation",
    "notices",
    "outbox",
    "people",
    "readings",
    "reflections",
    "rounds",
]

metadata = Base.metadata
