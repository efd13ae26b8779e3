"""What may be kept and submitted, and who may read it. Pure: each rule gives the code of a refusal, or None."""

from collections.abc import Collection

from ethics.reflections.models import Draft, Reflection
from ethics.rounds.gate import Standing
from ethics.rounds.models import Audience, Phase
from ethics.rounds.schedule import is_late
from ethics.text import FIELD_BYTES, REFLECTION_BYTES, too_long


def oversized(draft: Draft) -> str | None:
    """The key of the first answer that is longer than can be kept; `asked` for the closing question."""
    fields = {**draft.answers, "asked": draft.asked}
    return next((key for key, text in fields.items() if too_long(text, FIELD_BYTES)), None)


def is_oversized_in_all(draft: Draft) -> bool:
    """Whether the answers together are longer than can be kept."""
    return too_long("".join([*draft.answers.values(), draft.asked]), REFLECTION_BYTES)


def fits_framework(draft: Draft, prompts: Collection[str]) -> bool:
    """Whether every answer belongs to a prompt of the round's framework."""
    return set(draft.answers) | draft.faculty_only <= set(prompts)


def refuses_submission(draft: Draft) -> str | None:
    """Submitting: once something is written on at least one prompt. There is no other minimum."""
    return None if draft.written else "nothing-written"


def would_be_late(at: Standing) -> bool:
    """Whether a reflection submitted now is late. Late is marked, and read all the same."""
    return is_late(at.now, at.due_at)


def goes_to_group(audience: Audience, *, kept_back: bool) -> bool:
    """Whether an answer is for the group, too; `kept_back`: its writer keeps it for faculty.

    Pages that say who reads it ask this, and so do the queries that show it.
    """
    return audience is Audience.GROUP and not kept_back


def refuses_audience(
    at: Standing, reflection: Reflection, audience: Audience, faculty_only: Collection[str]
) -> str | None:
    """Changing who reads a submitted reflection. Taking back is always possible; sharing more ends with the round."""
    if not reflection.number:
        return "not-submitted"
    was_shared = reflection.audience == Audience.GROUP
    shares_more = audience is Audience.GROUP and not (was_shared and set(reflection.faculty_only) <= set(faculty_only))
    if shares_more and at.phase is not Phase.OPEN:
        return "round-closed"
    return None
