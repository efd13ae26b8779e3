"""Who may read what of a case from the library. What a round opens to its students is the round's own gate."""

import enum
from collections.abc import Collection
from dataclasses import dataclass

from ethics.cases.models import Case, SegmentKind, Status
from ethics.people.actor import Actor
from ethics.people.models import Role


class Reach(enum.Enum):
    """How much of a case somebody may read from the library."""

    OPENING = enum.auto()
    """Summary, tags and the opening."""
    STUDY = enum.auto()
    """All but the notes for facilitators."""
    WHOLE = enum.auto()
    """Everything, the file itself and its earlier versions too."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody in the library. Cohorts and rounds stand above cases, so whoever asks says what these know."""

    actor: Actor
    teaches: bool
    """Whether the person is tutor or director of any cohort."""
    studies: Collection[int]
    """Ids of the cases on which the person is a student in a round that has not closed."""

    @property
    def is_author(self) -> bool:
        """Whether the person writes cases."""
        return self.actor.has(Role.AUTHOR)

    def may_see(self, case: Case) -> bool:
        """Whether the person may know that the case exists: drafts and archived ones are for authors."""
        return case.status == Status.PUBLISHED or (self.is_author and case.id not in self.studies)

    def reach(self, case: Case) -> Reach:
        """How much of a case that the person may see is open. Being a student in a round on it wins over every role."""
        if case.id not in self.studies and (self.is_author or self.teaches):
            return Reach.WHOLE
        return Reach.STUDY if case.self_study else Reach.OPENING


def open_kinds(reach: Reach) -> frozenset[SegmentKind]:
    """The kinds of segment that are open at this reach."""
    match reach:
        case Reach.WHOLE:
            return frozenset(SegmentKind)
        case Reach.STUDY:
            return frozenset(SegmentKind) - {SegmentKind.GUIDE}
        case Reach.OPENING:
            return frozenset({SegmentKind.OPENING})
