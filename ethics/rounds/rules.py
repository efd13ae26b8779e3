"""What a student may do next in a round. Each rule gives the code of a refusal, or None: then it may be done."""

from ethics.rounds.gate import Standing
from ethics.rounds.models import Phase

MOST_PRINCIPLES = 3


def refuses_begin(at: Standing) -> str | None:
    """Beginning: a student's, while the round is open."""
    if not at.is_participant:
        return "not-a-participant"
    return _unless_open(at)


def refuses_commit(at: Standing, stage: int) -> str | None:
    """Committing at a stage's decision point: the newest open stage, until the next opens."""
    if not at.is_participant or at.participation is None:
        return "not-a-participant"
    if at.is_complete or stage < at.stage_reached:
        return "stance-locked"
    if stage > at.stage_reached or stage not in at.decisions:
        return "no-decision-here"
    return _unless_open(at)


def refuses_next_stage(at: Standing, stage: int) -> str | None:
    """Opening the stage after `stage`: once committed there, where it asks for it."""
    if not at.is_participant or at.participation is None:
        return "not-a-participant"
    if stage != at.stage_reached or stage >= at.stages:
        return "no-next-stage"
    if stage in at.decisions and stage not in at.decided:
        return "commit-first"
    return _unless_open(at)


def refuses_meeting(at: Standing) -> str | None:
    """Opening others' reasons and threads for the first time: with the last commitment."""
    if not at.is_participant or at.participation is None:
        return "not-a-participant"
    if at.is_complete:
        return None
    if not at.has_committed_everywhere:
        return "commit-first"
    return _unless_open(at)


def refuses_reflection(at: Standing) -> str | None:
    """Writing and submitting a reflection: opens with the last commitment, ends when the round closes."""
    if not at.is_participant or at.participation is None:
        return "not-a-participant"
    if not (at.is_complete or at.has_committed_everywhere):
        return "commit-first"
    return _unless_open(at)


def refuses_discussion(at: Standing) -> str | None:
    """Writing in the group's threads: complete commitments, a group, an open round. Faculty may always."""
    if at.is_faculty:
        return None
    if not at.is_complete or at.group_id is None:
        return "commit-first"
    return _unless_open(at)


def refuses_naming(at: Standing) -> str | None:
    """Putting one's name beside one's alias: a student's, from when the others are met until the round closes."""
    return "not-a-participant" if at.is_faculty else refuses_discussion(at)


def refuses_revisit(at: Standing) -> str | None:
    """Stating the stance again: once, from the date the round sets."""
    if at.revisit_at is None:
        return "no-revisiting"
    if not at.is_complete:
        return "commit-first"
    if at.has_revisited:
        return "revisited-already"
    if at.now < at.revisit_at:
        return "revisit-later"
    return _unless_open(at)


def refuses_closing_note(at: Standing) -> str | None:
    """The closing note: opens with the debrief, stays writable after the round is closed."""
    return None if at.is_participant and at.debrief_is_open else "no-debrief-yet"


def _unless_open(at: Standing) -> str | None:
    match at.phase:
        case Phase.OPEN:
            return None
        case Phase.CLOSED:
            return "round-closed"
        case _:
            return "round-not-open"
