"""What a group can talk about in its seminar room, on a sheet that may be left on the table.

It is made only of what every student of the group may read once their own commitments are complete, and holds no name,
no alias and no time. Nothing is said of a decision point at which fewer than FLOOR have committed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from ethics import identifiers
from ethics.cases.models import Segment, SegmentKind
from ethics.cases.search import words_of
from ethics.cohorts.models import CohortRole, Group, GroupMember, Membership
from ethics.discussions.models import Comment, State, Thread
from ethics.discussions.queries import Question, questions
from ethics.errors import NotFound
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.rounds.gate import Standing
from ethics.rounds.models import Alias, Audience, Kind, Participation, Stance
from ethics.rounds.queries import groups_taught
from ethics.rounds.tallies import Tally, count, from_respondents

REASONS: Final = 3
FEWEST_WORDS: Final = 5
"""A reason of fewer words is passed over: it gives nobody anything to answer."""
MOST_WEIGHED: Final = 24
"""Of more reasons than these, the others are passed over: all threes of them are compared."""
MOST_READ: Final = 2_000
"""So many of the newest comments are looked through for who is mentioned: more than any group has written."""
LONG_WORD: Final = 4
"""Shorter words (the, not, who) say nothing of what a reason is about."""
_WORD: Final = re.compile(r"\w+")
_TITLES: Final = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor"})


@dataclass(frozen=True, slots=True)
class Summary:
    """A group's sheet."""

    group: str
    waits_for_some: bool
    """Whether somebody in the group has not committed everywhere yet. Not for the sheet."""
    splits: Mapping[int, Tally]
    """First positions by stage, of who has committed everywhere; a stage with fewer than FLOOR is not there."""
    reasons: Sequence[str]
    """Up to REASONS, furthest apart, unnamed and without their positions."""
    unmentioned: Sequence[str]
    """Who in the case no comment and no reason names, in the case's order."""
    question: Question | None
    """The case's first question that no thread has begun from; else the one with the fewest replies."""


class _Commitment(NamedTuple):
    stage: int
    option: str
    reason: str
    audience: str


def summary_of(session: Session, actor: Actor, at: Standing, group_id: str) -> Summary:
    """The sheet of a group that the actor teaches; `group_id` is a public id.

    A fixed number of statements. Raises NotFound for all but the group's faculty, and for who studies the case
    elsewhere.
    """
    group = next((found for found in groups_taught(session, actor, at) if found.public_id == group_id), None)
    if group is None:
        raise NotFound
    commitments = _commitments(session, at, group)
    splits = {
        stage: tally
        for stage in sorted(at.decisions)
        if (tally := from_respondents(count((), (each.option for each in commitments if each.stage == stage))))
    }
    shared = [each for each in commitments if each.audience == Audience.GROUP]
    people = _people(session, at)
    return Summary(
        group.name,
        _waits_for_some(session, at, group),
        splits,
        _furthest_apart([each for each in shared if each.stage in splits], _names(session, at, group, people)),
        _unmentioned(people, (each.reason for each in shared), _said(session, at, group)),
        _next_question(session, at, group),
    )


def _commitments(session: Session, at: Standing, group: Group) -> list[_Commitment]:
    """What students of the group committed to at first, in no order that tells who. Only what nobody can change now."""
    rows = session.execute(
        select(Stance.stage, Stance.option, Stance.reason, Stance.audience)
        .join(Participation, Participation.id == Stance.participation_id)
        .join(
            Membership,
            and_(Membership.user_id == Participation.user_id, Membership.cohort_id == at.round.cohort_id),
        )
        .join(GroupMember, GroupMember.membership_id == Membership.id)
        .where(
            Participation.round_id == at.round.id,
            Participation.completed_at.is_not(None),
            Stance.kind == Kind.FIRST,
            Stance.latest,
            *_is_in(group),
        )
        .order_by(Stance.public_id)
    )
    return [_Commitment._make(row) for row in rows]


def _is_in(group: Group) -> tuple[ColumnElement[bool], ...]:
    """Conditions on GroupMember and Membership: a student who is in the group now."""
    return GroupMember.group_id == group.id, Membership.role == CohortRole.STUDENT, Membership.left_at.is_(None)


def _waits_for_some(session: Session, at: Standing, group: Group) -> bool:
    own_way = and_(Participation.round_id == at.round.id, Participation.user_id == Membership.user_id)
    return bool(
        session.scalar(
            select(func.count())
            .select_from(GroupMember)
            .join(Membership, Membership.id == GroupMember.membership_id)
            .outerjoin(Participation, own_way)
            .where(*_is_in(group), Participation.completed_at.is_(None))
        )
    )


def _furthest_apart(commitments: Sequence[_Commitment], names: frozenset[str]) -> list[str]:
    """The reasons of as many different positions as there are, and among those the ones that share fewest words.

    From the last decision point that has REASONS to choose from, or else the most. A reason that holds one of `names`,
    or what could identify somebody, is never chosen.
    """
    by_stage: dict[int, list[_Commitment]] = {}
    for each in commitments:
        if _may_be_printed(each.reason, names):
            by_stage.setdefault(each.stage, []).append(each)
    if not by_stage:
        return []
    stage = max(by_stage, key=lambda stage: (min(len(by_stage[stage]), REASONS), stage))
    weighed = by_stage[stage][:MOST_WEIGHED]
    words = {each: frozenset(word for word in _words(each.reason) if len(word) >= LONG_WORD) for each in weighed}

    def apart(chosen: Sequence[_Commitment]) -> tuple[int, float]:
        shared = sum(
            len(words[one] & words[other]) / len(words[one] | words[other] or {""})
            for one, other in combinations(chosen, 2)
        )
        return len({each.option for each in chosen}), -shared

    return [each.reason for each in max(combinations(weighed, min(REASONS, len(weighed))), key=apart)]


def _may_be_printed(reason: str, names: frozenset[str]) -> bool:
    written = _WORD.findall(reason)
    return len(written) >= FEWEST_WORDS and not names & set(written) and not identifiers.find(reason)


def _names(session: Session, at: Standing, group: Group, people: Iterable[str]) -> frozenset[str]:
    """Every word of a name or alias by which somebody could be known in the group; who is in the case is not real."""
    named = session.scalars(
        select(User.name)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(GroupMember, GroupMember.membership_id == Membership.id)
        .where(
            Membership.cohort_id == at.round.cohort_id,
            or_(GroupMember.group_id == group.id, Membership.role != CohortRole.STUDENT),
        )
    )
    aliases = session.scalars(select(Alias.name).where(Alias.round_id == at.round.id, Alias.group_id == group.id))
    fiction = {word for person in people for word in _WORD.findall(person)}
    return frozenset(word for name in (*named, *aliases) for word in _WORD.findall(name) if len(word) > 1) - fiction


def _people(session: Session, at: Standing) -> list[str]:
    """Who is in the case: named in its front matter, or with a perspective of their own."""
    front = at.round.case_version.front
    headings = session.scalars(
        select(Segment.heading)
        .where(Segment.version_id == at.round.case_version_id, Segment.kind == SegmentKind.PERSPECTIVE)
        .order_by(Segment.position)
    )
    names = [person["name"] for person in front.get("people", ())] + [each.partition(",")[0] for each in headings]
    return list({_key_words(name): name.strip() for name in reversed(names) if name.strip()}.values())[::-1]


def _key_words(name: str) -> frozenset[str]:
    """The words by which a text is seen to name somebody: without titles, and without what is no name (the, of)."""
    written = _WORD.findall(name)
    proper = [word for word in written if word[0].isupper() and word.casefold() not in _TITLES]
    return frozenset(_words(" ".join(proper or written[-1:])))


def _unmentioned(people: Sequence[str], *texts: Iterable[str]) -> list[str]:
    missing = {name: _key_words(name) for name in people}
    for text in (text for some in texts for text in some):
        if not missing:
            break
        said = _words(text)
        missing = {name: key for name, key in missing.items() if not key & said}
    return list(missing)


def _words(text: str) -> set[str]:
    """As they are looked for: without capitals and accents."""
    return set(words_of(text).split())


def _said(session: Session, at: Standing, group: Group) -> Iterator[str]:
    """What the group can read in its threads, titles with the comment that begins them."""
    rows = session.execute(
        select(Comment.number, Thread.title, Comment.source)
        .join(Thread, Thread.id == Comment.thread_id)
        .where(Thread.round_id == at.round.id, Thread.group_id == group.id, *_can_be_read(at.now))
        .order_by(Comment.id.desc())
        .limit(MOST_READ)
    )
    for number, title, source in rows:
        yield f"{title} {source}" if number == 1 else source


def _can_be_read(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Comment: every student of the group can read it."""
    return Comment.state == State.VISIBLE, Comment.after_most.is_(False), Comment.released_at <= now


def _next_question(session: Session, at: Standing, group: Group) -> Question | None:
    replies = dict(
        session.execute(
            select(Thread.question, func.sum(Thread.last_number))
            .join(Comment, and_(Comment.thread_id == Thread.id, Comment.number == 1))
            .where(Thread.round_id == at.round.id, Thread.group_id == group.id, *_can_be_read(at.now))
            .group_by(Thread.question)
        ).all()
    )
    return min(questions(session, at), key=lambda question: replies.get(question.number, 0), default=None)
