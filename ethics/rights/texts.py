"""Every column that can hold words, and what a redaction does there. A column that is missing here fails a test.

DESTROYED belongs to what is redacted and goes with it. QUOTING and ANCHORS belong to others of the same round and lose
what they quote. LEFT says why nothing happens to the rest.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, or_, select

from ethics.discussions.answer_models import FeedbackPart, GroupNote, Outcome
from ethics.discussions.models import Comment, EarlierText, Thread
from ethics.discussions.moderation_models import Matter, ModerationAction, Report
from ethics.discussions.reading_models import CommentDraft
from ethics.reflections.models import Answer, Reflection, Revision
from ethics.rounds.models import Participation, Round, Stance

DESTROYED: Final = frozenset(
    {
        "comment_earlier_texts.source",
        "comments.html",
        "comments.source",
        "comments.words",
        "feedback_parts.line",
        "reflection_answers.html",
        "reflection_answers.source",
        "reflection_revisions.asked",
        "reflections.draft",
        "stances.other",
        "stances.reason",
        "threads.title",
    }
)
"""Searched for quotations, too, but for the draft: only its writer reads it, and a page of theirs may hold it open."""


@dataclass(frozen=True, slots=True)
class Quoting:
    """A table whose rows may quote what somebody else wrote."""

    rows: Select[Any]
    """Its rows in the round `round_id`."""
    columns: tuple[str, ...]
    """Texts, and what JSON can hold with texts in it."""
    html: str | None = None
    """Where the first of the columns stands rendered."""


_ROUND: BindParameter[int] = bindparam("round_id")
_THREADS: Final = select(Thread.id).where(Thread.round_id == _ROUND)
_COMMENTS: Final = select(Comment.id).where(Comment.thread_id.in_(_THREADS))
_PARTICIPATIONS: Final = select(Participation.id).where(Participation.round_id == _ROUND)
_REVISIONS: Final = (
    select(Revision.id)
    .join(Reflection, Reflection.id == Revision.reflection_id)
    .where(Reflection.participation_id.in_(_PARTICIPATIONS))
)

QUOTING: Final = (
    Quoting(select(Comment).where(Comment.thread_id.in_(_THREADS)), ("source", "reason"), "html"),
    Quoting(select(EarlierText).where(EarlierText.comment_id.in_(_COMMENTS)), ("source",)),
    Quoting(
        select(ModerationAction).where(
            or_(ModerationAction.comment_id.in_(_COMMENTS), ModerationAction.thread_id.in_(_THREADS))
        ),
        ("reason",),
    ),
    Quoting(select(Matter).where(Matter.comment_id.in_(_COMMENTS)), ("text",)),
    Quoting(select(Report).where(Report.comment_id.in_(_COMMENTS)), ("note",)),
    Quoting(select(FeedbackPart).where(FeedbackPart.comment_id.in_(_COMMENTS)), ("line",)),
    Quoting(select(GroupNote).where(GroupNote.round_id == _ROUND), ("source",)),
    Quoting(select(Outcome).where(Outcome.thread_id.in_(_THREADS)), ("reason",)),
    Quoting(select(CommentDraft).where(CommentDraft.round_id == _ROUND), ("text", "more")),
    Quoting(select(Thread).where(Thread.round_id == _ROUND), ("title",)),
    Quoting(select(Answer).where(Answer.revision_id.in_(_REVISIONS)), ("source",), "html"),
    Quoting(select(Revision).where(Revision.id.in_(_REVISIONS)), ("asked",)),
    Quoting(select(Stance).where(Stance.participation_id.in_(_PARTICIPATIONS)), ("reason", "other")),
    Quoting(select(Round).where(Round.id == _ROUND), ("summary",), "summary_html"),
)


@dataclass(frozen=True, slots=True)
class Anchors:
    """A table whose rows may point to a passage by quoting it: JSON with `exact`, `prefix` and `suffix`."""

    rows: Select[Any]
    """Its rows in the round `round_id`."""
    column: str


ANCHORS: Final = (
    Anchors(select(Thread).where(Thread.round_id == _ROUND), "anchor"),
    Anchors(select(Comment).where(Comment.thread_id.in_(_THREADS)), "quotation"),
    Anchors(select(FeedbackPart).where(FeedbackPart.comment_id.in_(_COMMENTS)), "passage"),
)

LEFT: Final = {
    "made by the application, or chosen from a list: no words of anybody's": """
        accesses.actor accesses.owner accesses.object_kind accesses.object_id
        aliases.name attempts.kind attempts.account attempts.address
        audit_entries.actor audit_entries.action audit_entries.object_kind audit_entries.object_id
        audit_entries.details audit_entries.mac audit_head.mac
        calendar_feeds.token_hash case_drafts.slug case_images.media_type case_images.used_in
        case_reviews.public_id case_reviews.verdict case_versions.sha256
        cases.slug cases.origin cases.status cases.kind cases.level cases.setting
        comment_drafts.place cohorts.public_id cohorts.zone cohorts.join_code
        comments.public_id comments.state comments.category
        concern_entries.kind concern_entries.author concern_entries.handed_to
        concerns.public_id concerns.writer concerns.cohort concerns.route concerns.about_person concerns.lead
        deliveries.key deliveries.kind deliveries.error draft_images.media_type
        feedback_parts.batch group_notes.public_id
        group_moves.public_id group_moves.places group_sets.public_id groups.public_id
        idempotency_keys.actor idempotency_keys.key idempotency_keys.location
        join_requests.public_id join_requests.profession links.kind links.token_hash
        memberships.role memberships.profession
        moderation_actions.public_id moderation_actions.action moderation_actions.category
        moderation_actions.before moderation_matters.public_id moderation_matters.waits
        notice_settings.rhythms notices.about notices.public_id notices.kind notices.subject passage_comments.public_id
        openings.public_id openings.device openings.kind openings.object_id
        reflection_answers.prompt reflection_revisions.vouched reflections.public_id reflections.about
        reflections.audience reflections.draft_tab reflections.faculty_only reports.category review_outcomes.wish
        role_grants.role snippets.public_id
        rounds.public_id rounds.framework rounds.zone rounds.reason_audience rounds.reflection_audience
        segments.kind sign_in_sessions.public_id sign_in_sessions.token_hash sign_in_sessions.device
        stances.public_id stances.kind stances.option stances.principles stances.audience
        thread_readings.follows threads.public_id threads.series users.public_id users.password_hash users.zone
        writing_ways.way""",
    "names and addresses of accounts, classes and groups: they are changed where they are kept": """
        cohorts.name cohorts.call cohorts.incident_reporting cohorts.support_name group_sets.name groups.name
        join_requests.name join_requests.email users.email users.name""",
    "cases, which their authors edit: no student's words come into them": """
        case_drafts.source case_drafts.undo_source case_images.name case_images.data
        case_reviews.question case_reviews.remark case_versions.source case_versions.front case_versions.stages
        case_versions.note cases.title cases.summary cases.principles cases.also cases.tensions cases.topics
        cases.professions cases.words draft_images.name draft_images.data
        passage_comments.exact passage_comments.prefix passage_comments.suffix passage_comments.text
        segments.heading segments.source segments.html segments.items segments.words""",
    "between a writer and the designated leads: faculty may not even know of it": """
        concern_entries.text concerns.about_words concerns.text concerns.reach""",
    "why an administrator opened one thing: it is never removed": "openings.reason",
    "words that one of the faculty uses again, whoever they write to": "snippets.name snippets.text",
    "a last word to oneself, which nobody else ever reads": "closing_notes.text",
    "mails that wait; one that quotes is deleted whole": "deliveries.payload",
}
