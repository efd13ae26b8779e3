"""Looking at a draft before it is published: who is asked, what they remark on passages, what they say in the end."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ethics import anchors
from ethics.anchors import Anchor, Span
from ethics.audit.actions import record
from ethics.cases.draft_models import CaseDraft, CaseReview, PassageComment
from ethics.cases.editing import Desk, DraftLine, desk, desk_to_review
from ethics.cases.rules import Reader
from ethics.errors import Conflict, Invalid, NotFound
from ethics.notices.actions import tell
from ethics.people.models import User
from ethics.text import COMMENT_BYTES, normalise_newlines, refuse_unstorable, too_long

MARKS: Final = "*_`|"
"""What Markdown writes and its reader does not see; a quotation from the page has none of it."""


class Verdict(enum.StrEnum):
    """What somebody says who has looked at a draft."""

    READY = "ready"
    """It can be published as it is."""
    BACK = "back"
    """Something should change first."""


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """Somebody who was asked, by whom and when, and what came of it."""

    public_id: str
    reviewer: str
    asked_by: str
    asked_at: datetime
    question: str
    verdict: str | None
    remark: str
    answered_at: datetime | None
    answered_version: int | None
    published_number: int | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class CommentLine:
    """A comment on a passage; `span` is where that stands now, None where it has changed."""

    public_id: str
    author: str
    text: str
    quotation: str
    span: Span | None
    created_at: datetime
    is_settled: bool
    is_own: bool


def reviews_of(session: Session, reader: Reader, draft: CaseDraft) -> list[ReviewLine]:
    """Everybody who was asked to look at a draft, the newest first. For whom the desk is open."""
    asked_by = aliased(User)
    rows = session.execute(
        select(CaseReview, User.name, asked_by.name)
        .join(User, User.id == CaseReview.reviewer_id)
        .join(asked_by, asked_by.id == CaseReview.asked_by_id)
        .where(CaseReview.draft_id == draft.id)
        .order_by(CaseReview.id.desc())
    )
    return [
        ReviewLine(
            review.public_id,
            name,
            asker,
            review.asked_at,
            review.question,
            review.verdict,
            review.remark,
            review.answered_at,
            review.answered_version,
            review.published_number,
            review.reviewer_id == reader.actor.id,
        )
        for review, name, asker in rows
    ]


def reviews_waiting(session: Session, reader: Reader) -> list[DraftLine]:
    """The drafts that the reader was asked to look at and has not answered, with who asked and when."""
    if not (reader.is_author or reader.teaches):
        return []
    rows = session.execute(
        select(CaseDraft, User.name, CaseReview.asked_at)
        .join(CaseDraft, CaseDraft.id == CaseReview.draft_id)
        .join(User, User.id == CaseReview.asked_by_id)
        .where(
            CaseReview.reviewer_id == reader.actor.id,
            CaseReview.verdict.is_(None),
            CaseReview.published_number.is_(None),
        )
        .order_by(CaseReview.asked_at, CaseReview.id)
    )
    return [
        DraftLine(draft.slug, draft.source, name, at) for draft, name, at in rows if draft.case_id not in reader.studies
    ]


def reviewed_versions(session: Session, case_id: int) -> dict[int, list[str]]:
    """By the number of a version, who had said that it is ready. Asks nobody's rights."""
    rows = session.execute(
        select(CaseReview.published_number, User.name)
        .join(CaseDraft, CaseDraft.id == CaseReview.draft_id)
        .join(User, User.id == CaseReview.reviewer_id)
        .where(
            CaseDraft.case_id == case_id, CaseReview.verdict == Verdict.READY, CaseReview.published_number.is_not(None)
        )
        .order_by(CaseReview.id)
    )
    found: dict[int, list[str]] = {}
    for number, name in rows:
        if number is not None:
            found.setdefault(number, []).append(name)
    return found


def comments_on(session: Session, reader: Reader, here: Desk) -> list[CommentLine]:
    """The comments on a draft in the order of its text; those whose passage has changed come last."""
    if here.draft is None:
        return []
    rows = session.execute(
        select(PassageComment, User.name)
        .join(User, User.id == PassageComment.author_id)
        .where(PassageComment.draft_id == here.draft.id)
        .order_by(PassageComment.id)
    )
    lines = [
        CommentLine(
            comment.public_id,
            name,
            comment.text,
            comment.exact,
            anchors.find(here.source, Anchor(comment.exact, comment.prefix, comment.suffix, comment.position)),
            comment.created_at,
            comment.settled_at is not None,
            comment.author_id == reader.actor.id,
        )
        for comment, name in rows
    ]
    return sorted(lines, key=lambda line: (line.is_settled, line.span is None, line.span or Span(0, 0)))


def ask_review(
    session: Session, *, reader: Reader, slug: str, reviewer: Reader, question: str, now: datetime
) -> CaseReview:
    """Ask somebody to look at the draft, and tell them. `reviewer.teaches` here says whether they direct a cohort.

    Raises Invalid for who cannot be asked (no author and no director, oneself, a student in a round on the case),
    Conflict where they have been asked already, NotFound and NotAllowed as `desk` does.
    """
    here = desk(session, reader, slug, for_writing=True)
    draft = here.draft
    if draft is None:
        raise Invalid("nothing-to-review")
    studies = here.case is not None and here.case.id in reviewer.studies
    if studies or reviewer.actor.id == reader.actor.id or not (reviewer.is_author or reviewer.teaches):
        raise Invalid("cannot-be-asked", "reviewer")
    open_review = select(CaseReview.id).where(
        CaseReview.draft_id == draft.id,
        CaseReview.reviewer_id == reviewer.actor.id,
        CaseReview.verdict.is_(None),
        CaseReview.published_number.is_(None),
    )
    if session.scalar(open_review.limit(1)) is not None:
        raise Conflict("asked-already")
    review = CaseReview(
        draft_id=draft.id,
        reviewer_id=reviewer.actor.id,
        asked_by_id=reader.actor.id,
        asked_at=now,
        question=_checked(question, "question"),
        verdict=None,
        remark="",
        answered_at=None,
        answered_version=None,
        published_number=None,
    )
    session.add(review)
    session.flush()
    tell(session, user_id=reviewer.actor.id, kind="case-review-asked", now=now, slug=slug)
    _record(session, reader, "case.review.ask", slug, now)
    return review


def answer_review(
    session: Session, *, reader: Reader, slug: str, verdict: Verdict, remark: str, version: int, now: datetime
) -> None:
    """Say of the draft, as it was read, that it is ready or goes back; whoever asked is told.

    Raises NotFound for who has not been asked, Conflict where the draft was saved since it was read, Invalid where it
    goes back without a word.
    """
    here = desk_to_review(session, reader, slug, for_writing=True)
    assert here.draft is not None  # noqa: S101  # a desk to review has a draft
    review = session.scalar(
        select(CaseReview)
        .where(
            CaseReview.draft_id == here.draft.id,
            CaseReview.reviewer_id == reader.actor.id,
            CaseReview.verdict.is_(None),
            CaseReview.published_number.is_(None),
        )
        .with_for_update()
    )
    if review is None:
        raise NotFound
    if version != here.version:
        raise Conflict("draft-changed")
    remark = _checked(remark, "remark")
    if verdict is Verdict.BACK and not remark:
        raise Invalid("required", "remark")
    review.verdict, review.remark = verdict.value, remark
    review.answered_at, review.answered_version = now, here.version
    session.flush()
    tell(session, user_id=review.asked_by_id, kind=f"case-review-{verdict.value}", now=now, slug=slug)
    _record(session, reader, f"case.review.{verdict.value}", slug, now)


def comment_on_passage(
    session: Session, *, reader: Reader, slug: str, quotation: str, text: str, now: datetime
) -> PassageComment:
    """Remark on a passage of the draft; its last writer and who else talks about it are told.

    Raises Invalid for a passage that does not stand there, or more than once; NotFound as `desk_to_review` does.
    """
    here = desk_to_review(session, reader, slug, for_writing=True)
    assert here.draft is not None  # noqa: S101  # a desk to review has a draft
    text = _checked(text, "text")
    if not text:
        raise Invalid("required", "text")
    if not quotation.strip():
        raise Invalid("required", "quotation")
    anchor = anchors.anchor_of(here.source, _checked(quotation, "quotation"), marks=MARKS)
    if anchor is None:
        raise Invalid("no-such-passage", "quotation")
    comment = PassageComment(
        draft_id=here.draft.id,
        author_id=reader.actor.id,
        draft_version=here.version,
        exact=anchor.exact,
        prefix=anchor.prefix,
        suffix=anchor.suffix,
        position=anchor.position,
        text=text,
        created_at=now,
        settled_at=None,
        settled_by_id=None,
    )
    session.add(comment)
    session.flush()
    for user_id in _concerned(session, here.draft) - {reader.actor.id}:
        tell(session, user_id=user_id, kind="case-comment", now=now, slug=slug)
    _record(session, reader, "case.comment", slug, now)
    return comment


def settle_comment(
    session: Session, *, reader: Reader, slug: str, comment_id: str, settled: bool, now: datetime
) -> None:
    """Mark a comment as dealt with, or open it again. Raises NotFound."""
    here = desk_to_review(session, reader, slug, for_writing=True)
    assert here.draft is not None  # noqa: S101  # a desk to review has a draft
    comment = session.scalar(
        select(PassageComment).where(PassageComment.draft_id == here.draft.id, PassageComment.public_id == comment_id)
    )
    if comment is None:
        raise NotFound
    comment.settled_at = now if settled else None
    comment.settled_by_id = reader.actor.id if settled else None
    _record(session, reader, "case.comment.settle" if settled else "case.comment.reopen", slug, now)


def _concerned(session: Session, draft: CaseDraft) -> set[int]:
    asked = select(CaseReview.asked_by_id).where(CaseReview.draft_id == draft.id, CaseReview.published_number.is_(None))
    return {draft.saved_by_id, *session.scalars(asked)}


def _checked(text: str, field: str) -> str:
    text = normalise_newlines(text).strip()
    refuse_unstorable(text, field)
    if too_long(text, COMMENT_BYTES):
        raise Invalid("too-long", field)
    return text


def _record(session: Session, reader: Reader, action: str, slug: str, now: datetime) -> None:
    record(session, actor=reader.actor, action=action, object_kind="case", object_id=slug, now=now)
