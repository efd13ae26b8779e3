"""Fills a database with what is measured, and with one or a hundred times as much of everything around it.

Every row is a copy of one that the demo class left, so that texts and forms are as long as in life.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, inspect, select, text, update

from ethics import db, schema
from ethics.audit.models import Access, AuditEntry, AuditHead, IdempotencyKey
from ethics.cases.models import Case, CaseVersion, Segment, Status
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.db import Base, Database
from ethics.discussions.models import Comment, State, Thread
from ethics.notices.models import Notice
from ethics.outbox import Delivery
from ethics.people.models import Attempt, SignInSession, User
from ethics.people.sessions import start_session
from ethics.reflections.models import Answer, Reflection, Revision
from ethics.rounds.aliases import NAMES
from ethics.rounds.models import Alias, Participation, Round, Stance

CASES = 50
SMALL_CLASS, LARGE_CLASS = 24, 400
CLASSES_AROUND = 3
GROUP = 8
THREADS, THREADS_OF_A_GROUP = 50, 3
LONG, LONGEST = 200, 20_000
STARTUP_CASES = 1_000

_DAY = timedelta(days=1)

DEMO_CASE = "the-line-goes-too"
_SAMPLES: dict[Any, tuple[Any, ...]] = {
    Case: (Case.slug == DEMO_CASE,),
    CaseVersion: (CaseVersion.case.has(Case.slug == DEMO_CASE),),
    User: (User.email.like("ana@%"),),
    Cohort: (),
    Membership: (Membership.role == CohortRole.STUDENT,),
    Round: (),
    Participation: (Participation.reflected_at.is_not(None),),
    Stance: (),
    Reflection: (Reflection.number > 0,),
    Revision: (),
    Thread: (Thread.group_id.is_not(None),),
    Comment: (Comment.alias_id.is_not(None), Comment.state == State.VISIBLE),
    Notice: (),
    AuditEntry: (),
}
"""Which row of the demo is copied."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Public ids of what is measured, and the tokens of who looks at it."""

    case: str
    round: str
    long: str
    longest: str
    short: str
    director: str
    student: str
    submitter: str
    typist: str


@dataclass(frozen=True, slots=True)
class _Class:
    """A class that has gone through a round."""

    director: int
    round: int
    first_group: int
    bearers: list[tuple[int, int]]
    """The students of the first group, each with the alias in the last round."""


class Filler:
    """Collects copies of the demo's rows and inserts them in bulk."""

    def __init__(self, database: Database) -> None:
        db.chance = random.Random()  # a system source is ten times slower
        self._database = database
        self._now = datetime.now(UTC)
        with database.reading() as session:
            self._next = {
                mapper.class_: (session.scalar(select(func.max(mapper.class_.id))) or 0) + 1
                for mapper in Base.registry.mappers
            }
            self._sample = {
                model: _row(session.scalars(select(model).where(*conditions).order_by(model.id)).first())
                for model, conditions in _SAMPLES.items()
            }
            version, revision = self._sample[CaseVersion]["id"], self._sample[Revision]["id"]
            segments = session.scalars(select(Segment).where(Segment.version_id == version))
            self._segments = [_row(found) for found in segments]
            self._answers = [
                _row(found) for found in session.scalars(select(Answer).where(Answer.revision_id == revision))
            ]
            self._decisions = [
                number for number, stage in enumerate(self._sample[CaseVersion]["stages"], start=1) if stage["decides"]
            ]
            self._texts = cycle(session.execute(select(Comment.source, Comment.html)).all())
            self._audited = session.scalar(select(func.max(AuditEntry.number))) or 0
        self._rows: dict[type[Base], list[dict[str, Any]]] = {}

    def add(self, model: type[Base], **values: Any) -> int:
        """Put down a row, and return its key. What is not given is as in the demo's row."""
        key = self._next[model]
        self._next[model] = key + 1
        row = {**self._sample.get(model, {}), **values, "id": key}
        if "public_id" in model.__table__.columns:
            row["public_id"] = db.new_public_id()
        self._rows.setdefault(model, []).append(row)
        return key

    def public_id(self, model: type[Base], key: int) -> str:
        """The public id of a row that is not flushed yet."""
        return next(str(row["public_id"]) for row in self._rows[model] if row["id"] == key)

    def flush(self) -> None:
        """Insert everything put down so far, in one transaction."""
        with self._database.writer.begin() as connection:
            for table in schema.metadata.sorted_tables:
                for model, rows in self._rows.items():
                    if model.__table__ is table:
                        connection.execute(insert(table), rows)
            connection.execute(update(AuditHead).values(number=self._audited))
        self._rows.clear()

    def settle(self) -> None:
        """Leave the database as one that has run for a while: PostgreSQL needs its sequences and statistics."""
        if self._database.is_sqlite:
            return
        with self._database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in schema.metadata.tables:
                sequence = f"pg_get_serial_sequence('{table}', 'id')"
                connection.execute(text(f"SELECT setval({sequence}, (SELECT coalesce(max(id), 1) FROM {table}))"))
            connection.execute(text("VACUUM ANALYZE"))

    def library(self) -> list[int]:
        """Bring the library to CASES cases; the keys of their versions, that of the demo's round first."""
        first: int = self._sample[CaseVersion]["id"]
        missing = range(self._next[Case], CASES + 1)
        return [first, *(self._case(f"case-{number}", Status.PUBLISHED) for number in missing)]

    def _case(self, slug: str, status: Status) -> int:
        case = self.add(Case, slug=slug, title=slug, status=status)
        version = self.add(CaseVersion, case_id=case)
        for segment in self._segments:
            self.add(Segment, **{**segment, "version_id": version})
        return version

    def person(self, role: CohortRole, cohort: int) -> tuple[int, int]:
        """Somebody in a cohort, with what the years leave of them: keys of the user and of the membership."""
        number = self._next[User]
        user = self.add(User, email=f"person{number}@bench.example", name=f"Person {number}")
        self.add(
            SignInSession,
            token_hash=sha256(f"{number}".encode()).hexdigest(),
            user_id=user,
            device="Firefox on Linux",
            own_device=True,
            created_at=self._now,
            last_seen_at=self._now,
        )
        for kind in range(4):
            self.add(Notice, user_id=user)
            self.add(IdempotencyKey, actor=f"{number}", key=f"{kind}", location="/", created_at=self._now)
            self._audited += 1
            self.add(AuditEntry, number=self._audited)
            self.add(Attempt, kind="sign-in", account=f"{number}", address="192.0.2.1", at=self._now)
            self.add(
                Delivery,
                key=f"{number} {kind}",
                kind="mail",
                payload={},
                due_at=self._now,
                attempts=1,
                error="",
                done_at=self._now,
            )
        return user, self.add(Membership, cohort_id=cohort, user_id=user, role=role)

    def class_with_rounds(self, size: int, versions: list[int]) -> _Class:
        """A cohort of `size` in groups, that went through a round on each of these case versions."""
        cohort = self.add(Cohort)
        director, _ = self.person(CohortRole.DIRECTOR, cohort)
        group_set = self.add(GroupSet, cohort_id=cohort, name="Groups")
        groups: dict[int, list[int]] = {}
        for number in range(size // GROUP):
            group = self.add(Group, group_set_id=group_set, name=f"Group {number + 1}")
            self.add(GroupTutor, group_id=group, membership_id=self.person(CohortRole.TUTOR, cohort)[1])
            students = [self.person(CohortRole.STUDENT, cohort) for _ in range(GROUP)]
            for _, membership in students:
                self.add(GroupMember, group_set_id=group_set, group_id=group, membership_id=membership)
            groups[group] = [user for user, _ in students]
        for version in versions:
            round_ = self.add(
                Round,
                cohort_id=cohort,
                group_set_id=group_set,
                case_version_id=version,
                created_by_id=director,
                opens_at=self._now - 14 * _DAY,
                due_at=self._now + 2 * _DAY,
                revisit_at=None,
                close_at=self._now + 14 * _DAY,
            )
            bearers = [self._group_in_round(round_, group, director, students) for group, students in groups.items()]
        return _Class(director, round_, next(iter(groups)), bearers[0])

    def _group_in_round(self, round_: int, group: int, director: int, students: list[int]) -> list[tuple[int, int]]:
        bearers: list[tuple[int, int]] = []
        for place, user in enumerate(students):
            participation = self.add(Participation, round_id=round_, user_id=user, revisited_at=None)
            name = NAMES[place]
            alias = self.add(Alias, round_id=round_, participation_id=participation, group_id=group, name=name)
            bearers.append((user, alias))
            for stage in self._decisions:
                self.add(Stance, participation_id=participation, stage=stage, kind="first", number=1, latest=True)
            self._reflection(round_, participation, user, director)
        for _ in range(THREADS_OF_A_GROUP):
            self.thread(round_, group, bearers, 8)
        return bearers

    def _reflection(self, round_: int, participation: int, user: int, director: int) -> None:
        reflection = self.add(Reflection, participation_id=participation, number=1)
        revision = self.add(Revision, reflection_id=reflection, number=1)
        for answer in self._answers:
            self.add(Answer, **{**answer, "revision_id": revision})
        self.add(
            Access,
            at=self._now,
            actor=f"{director}",
            owner=f"{user}",
            object_kind="reflection",
            object_id=f"{reflection}",
        )
        if reflection % 2:
            on_it = {"group_id": None, "reflection_id": reflection, "started_by_id": director}
            thread = self.add(Thread, round_id=round_, last_number=1, **on_it)
            self._comment(thread, 1, author_id=director, alias_id=None, as_faculty=True)

    def thread(self, round_: int, group: int, bearers: list[tuple[int, int]], comments: int) -> int:
        """A thread of a group, every third comment an answer to the one before."""
        user, _ = bearers[0]
        thread = self.add(
            Thread,
            round_id=round_,
            group_id=group,
            started_by_id=user,
            last_number=comments,
            last_comment_at=self._now - _DAY,
        )
        before = None
        for number in range(1, comments + 1):
            user, alias = bearers[number % len(bearers)]
            parent = before if number % 3 == 0 else None
            before = self._comment(thread, number, author_id=user, alias_id=alias, as_faculty=False, parent_id=parent)
        return thread

    def _comment(self, thread: int, number: int, **values: Any) -> int:
        source, html = next(self._texts)
        fields = {"parent_id": None, "source": source, "html": html, **values}
        return self.add(Comment, thread_id=thread, number=number, **fields)

    def measured(self, versions: list[int]) -> Measured:
        """The large class, its round, and the threads of its first group: THREADS in all, so that they fill a list.

        The last to be called: it signs people in.
        """
        large = self.class_with_rounds(LARGE_CLASS, versions[:1])
        sizes = [8] * (THREADS - THREADS_OF_A_GROUP - 2) + [LONG, LONGEST]
        *short, long, longest = [self.thread(large.round, large.first_group, large.bearers, size) for size in sizes]
        names = [self.public_id(Thread, thread) for thread in (long, longest, short[0])]
        round_id = self.public_id(Round, large.round)
        self.flush()
        self.settle()
        with self._database.unit_of_work() as session:
            tokens = [
                start_session(
                    session,
                    user=session.get_one(User, user),
                    device="Firefox on Linux",
                    own_device=True,
                    now=self._now + timedelta(hours=1),
                )
                for user in (large.director, *(bearer for bearer, _ in large.bearers[:3]))
            ]
        return Measured(DEMO_CASE, round_id, *names, *tokens)

    def around(self, times: int, versions: list[int]) -> None:
        """Everything around what is measured, `times` over: classes with rounds of their own, and an archived case."""
        turns = cycle(versions)
        for number in range(times):
            self._case(f"archived-{number}", Status.ARCHIVED)
            for _ in range(CLASSES_AROUND):
                self.class_with_rounds(SMALL_CLASS, [next(turns), next(turns)])
            self.flush()


def unchanged_cases(database: Database, folder: Path) -> None:
    """Bring the folder to STARTUP_CASES files, and the database to what a sync would make of them."""
    source = (folder / f"{DEMO_CASE}.md").read_bytes()
    filler = Filler(database)
    for number in range(len(list(folder.glob("*.md"))) + 1, STARTUP_CASES + 1):
        (folder / f"case-{number}.md").write_bytes(source)
        filler.add(CaseVersion, case_id=filler.add(Case, slug=f"case-{number}"))
    filler.flush()


def _row(found: Base | None) -> dict[str, Any]:
    if found is None:
        raise LookupError("the demo class lacks a row that is to be copied")
    return {column.key: getattr(found, column.key) for column in inspect(type(found)).columns}
