"""Who hears of a comment in a group's thread, at their next digest: whom it answers, and who follows the thread."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.discussions.models import Comment, Thread
from ethics.discussions.reading_models import Follows, ThreadReading
from ethics.notices.actions import tell_of_comment
from ethics.rounds.models import Round


def tell_of(session: Session, comment: Comment, thread: Thread, *, now: datetime) -> None:
    """Tell whose comment it answers, who began the thread, and who follows it; nobody who muted it.

    Whether they may read it is asked when they are shown the notice.
    """
    answered = select(Comment.author_id).where(Comment.id == comment.parent_id)
    answered_id = session.scalar(answered) if comment.parent_id else None
    chosen = session.execute(
        select(ThreadReading.user_id, ThreadReading.follows).where(
            ThreadReading.thread_id == thread.id, ThreadReading.follows != Follows.USUAL
        )
    ).all()
    muted = {user_id for user_id, follows in chosen if follows == Follows.MUTED}
    followers = {thread.started_by_id, *(user_id for user_id, _ in chosen)}
    tell_of_comment(
        session,
        author_id=comment.author_id,
        answered_id=None if answered_id in muted else answered_id,
        follower_ids=followers - muted,
        thread=thread.public_id,
        comment=comment.public_id,
        zone=session.get_one(Round, thread.round_id).zone,
        now=now,
    )
