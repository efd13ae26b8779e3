"""Lets the demo class live through its round: each step by the action a click would call."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ethics.audit.actions import note_access
from ethics.cli.demo.texts import ClassText, CohortText, PersonText, RoundText, StanceText, StudentText
from ethics.cohorts import actions as cohorts
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupSet
from ethics.discussions import actions as discussions
from ethics.discussions.models import Comment
from ethics.markup import Rendered
from ethics.people.actions import create_user, grant_role
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.reflections import actions as reflections
from ethics.reflections.models import About, Draft, Reflection
from ethics.reflections.queries import KIND
from ethics.rounds import actions as rounds
from ethics.rounds.actions import RoundSettings, StanceInput
from ethics.rounds.models import Audience
from ethics.rounds.schedule import schedule, to_local
from ethics.vocabulary import Vocabulary

DOMAIN = "@demo.example"
CASE = "the-line-goes-too"
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass
class Class:
    """The class as it stands in the database."""

    people: dict[str, Actor] = field(default_factory=dict)
    cohorts: list[Cohort] = field(default_factory=list)
    group_sets: list[GroupSet] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


def is_empty(session: Session) -> bool:
    """Whether nobody has an account yet."""
    return session.scalar(select(exists().where(User.id.is_not(None)))) is False


def holds_real_people(session: Session) -> bool:
    """Whether somebody has an account who is not of the demo."""
    return session.scalar(select(exists().where(User.email.not_like(f"%{DOMAIN}")))) is True


def load_class(session: Session, text: ClassText, *, password_hash: str, now: datetime) -> Class:
    """Make the people and cohorts of the demo, all with one password."""
    made = Class()
    for person in text.people:
        _enter(session, made, person, password_hash, now)
    for cohort in text.cohorts:
        _found(session, made, cohort, password_hash, now)
    return made


def load_round(
    session: Session,
    made: Class,
    text: RoundText,
    *,
    vocabulary: Vocabulary,
    rendered: dict[str, Rendered],
    now: datetime,
) -> None:
    """Let the first cohort go through its round: begun two weeks ago, the second look open since yesterday."""
    cohort, director = made.cohorts[0], made.people["faculty"]
    morning = to_local(now - 14 * _DAY, cohort.zone).replace(hour=8, minute=0, second=0, microsecond=0)
    evening = morning.replace(hour=23, minute=59)
    times = schedule(
        zone=cohort.zone,
        opens=morning,
        due=evening + 16 * _DAY,
        revisit=morning + 13 * _DAY,
        close=evening + 27 * _DAY,
    )
    opening = times.opens_at
    round_ = rounds.make_round(
        session,
        actor=director,
        cohort_id=cohort.public_id,
        settings=RoundSettings(
            case_slug=CASE,
            group_set_id=made.group_sets[0].public_id,
            framework=vocabulary.frameworks[text.framework].model_dump(mode="json"),
            aliases=True,
            show_profession=False,
            reason_audience=Audience.GROUP,
            reflection_audience=Audience.GROUP,
        ),
        schedule=times,
        now=opening - 3 * _DAY,
    )
    rounds.open_round(session, actor=director, round_id=round_.public_id, now=opening - 2 * _DAY)
    stage = _Stage(session, made, text, round_.public_id, vocabulary, rendered, opening)
    stage.commit()
    comments = stage.talk()
    stage.reflect()
    stage.answer()
    stage.look_again()
    for hidden in text.hidden:
        discussions.hide_comment(
            session,
            actor=made.people[hidden.by],
            comment_id=comments[hidden.thread][hidden.comment].public_id,
            category=hidden.category,
            categories=vocabulary.conduct,
            reason=hidden.reason,
            now=opening + 6 * _DAY,
        )
    rounds.write_summary(
        session,
        actor=director,
        round_id=round_.public_id,
        source=text.summary,
        html=rendered[text.summary].html,
        now=opening + 13 * _DAY,
    )


@dataclass
class _Stage:
    """Where the class acts: everything its steps have in common."""

    session: Session
    made: Class
    text: RoundText
    round_id: str
    vocabulary: Vocabulary
    rendered: dict[str, Rendered]
    opening: datetime

    def commit(self) -> None:
        """Everybody who began commits, an hour apart; who talks or submits meets the others."""
        talks = {comment.by for thread in self.text.threads for comment in thread.comments}
        for place, (name, student) in enumerate(self.text.students.items()):
            if not student.stances:
                continue
            actor, at = self.made.people[name], self.opening + _DAY + place * _HOUR
            rounds.begin(self.session, actor=actor, round_id=self.round_id, now=at)
            for stance in student.stances:
                if stance.stage > 1:
                    rounds.open_next_stage(
                        self.session, actor=actor, round_id=self.round_id, stage=stance.stage - 1, now=at
                    )
                rounds.commit(
                    self.session,
                    actor=actor,
                    round_id=self.round_id,
                    stage=stance.stage,
                    stance=_stance(stance),
                    principles=self.vocabulary.principles,
                    now=at + stance.stage * timedelta(minutes=12),
                )
            if name in talks or student.revisited:
                rounds.meet_others(self.session, actor=actor, round_id=self.round_id, now=at + _HOUR)

    def talk(self) -> list[list[Comment]]:
        """The threads, one comment every five hours; the first answer of all waits for two days."""
        return [self._thread(number) for number in range(len(self.text.threads))]

    def _thread(self, number: int) -> list[Comment]:
        thread = self.text.threads[number]
        opening, *answers = thread.comments
        actor, at = self.made.people[opening.by], self.opening + 2 * _DAY + number * _HOUR
        kind, _, question = thread.origin.partition(" ")
        begun = discussions.start_thread(
            self.session,
            actor=actor,
            round_id=self.round_id,
            group_id=self.made.groups[thread.group - 1].public_id,
            title=thread.title,
            question=int(question) if kind == "question" else None,
            source=opening.text,
            rendered=self.rendered[opening.text],
            now=at,
        )
        comments = list(self.session.scalars(select(Comment).where(Comment.thread_id == begun.id)))
        at += 2 * _DAY if number == 0 else timedelta(0)
        for place, answer in enumerate(answers, start=1):
            comments.append(
                discussions.post_comment(
                    self.session,
                    actor=self.made.people[answer.by],
                    thread_id=begun.public_id,
                    parent_id=None if answer.reply_to is None else comments[answer.reply_to].public_id,
                    source=answer.text,
                    rendered=self.rendered[answer.text],
                    now=at + place * 5 * _HOUR,
                )
            )
        return comments

    def reflect(self) -> None:
        """Drafts, and what was submitted, some hours apart."""
        for place, (name, student) in enumerate(self.text.students.items()):
            if student.reflection is not None:
                self._reflection(name, student, self.opening + 7 * _DAY + place * 5 * _HOUR)

    def _reflection(self, name: str, student: StudentText, at: datetime) -> None:
        text = student.reflection
        if text is None:
            return
        draft = Draft(text.answers, text.asked, About(text.about), Audience(text.audience), frozenset())
        actor = self.made.people[name]
        if text.state == "draft":
            reflections.save_draft(self.session, actor=actor, round_id=self.round_id, draft=draft, version=0, now=at)
            return
        reflections.submit_reflection(
            self.session,
            actor=actor,
            round_id=self.round_id,
            draft=draft,
            rendered={key: self.rendered[answer] for key, answer in draft.written.items()},
            version=0,
            now=at,
        )

    def answer(self) -> None:
        """Faculty's answers, released or still theirs alone."""
        for feedback in self.text.feedback:
            actor, at = self.made.people[feedback.by], self.opening + 11 * _DAY
            note_access(
                self.session,
                actor=actor,
                owner=self.made.people[feedback.to].public_id,
                object_kind=KIND,
                object_id=self._reflection_of(feedback.to),
                now=at,
            )
            comment = discussions.draft_feedback(
                self.session,
                actor=actor,
                reflection_id=self._reflection_of(feedback.to),
                source=feedback.text,
                rendered=self.rendered[feedback.text],
                version=0,
                now=at,
            )
            if feedback.state == "released":
                discussions.release_feedback(self.session, actor=actor, comment_ids=[comment.public_id], now=at + _HOUR)

    def _reflection_of(self, name: str) -> str:
        return self.session.scalars(
            select(Reflection.public_id)
            .join(Reflection.participation)
            .where(Reflection.participation.has(user_id=self.made.people[name].id))
        ).one()

    def look_again(self) -> None:
        """Some state their stance again, as soon as they may."""
        for place, (name, student) in enumerate(self.text.students.items()):
            if not student.revisited:
                continue
            actor, at = self.made.people[name], self.opening + 13 * _DAY + place * _HOUR
            rounds.revisit(
                self.session,
                actor=actor,
                round_id=self.round_id,
                stances={stance.stage: _stance(stance) for stance in student.revisited},
                principles=self.vocabulary.principles,
                now=at,
            )
            if student.closing_note and student.reflection is not None:
                rounds.write_closing_note(
                    self.session,
                    actor=actor,
                    round_id=self.round_id,
                    text=student.closing_note,
                    version=0,
                    now=at + _HOUR,
                )


def _stance(text: StanceText) -> StanceInput:
    return StanceInput(
        text.option, text.other, text.confidence, text.reason, list(text.principles), Audience(text.audience)
    )


def _found(session: Session, made: Class, text: CohortText, password_hash: str, now: datetime) -> None:
    director = made.people[_name(text.director)]
    begun = now - 30 * _DAY
    cohort = cohorts.make_cohort(
        session, actor=None, name=text.name, zone=text.zone, director=session.get_one(User, director.id), now=begun
    )
    cohorts.set_contacts(
        session,
        actor=director,
        cohort_id=cohort.public_id,
        call=text.contacts.call,
        incident_reporting=text.contacts.reporting,
        support_name=text.contacts.name,
        now=begun,
    )
    made.cohorts.append(cohort)
    if not text.groups:
        return
    group_set = cohorts.make_group_set(session, actor=None, cohort=cohort, name="Seminar groups", now=begun)
    made.group_sets.append(group_set)
    for group_text in text.groups:
        group = cohorts.make_group(session, actor=None, group_set=group_set, name=group_text.name, now=begun)
        made.groups.append(group)
        _seat(session, made, cohort, group, students=group_text.students, password_hash=password_hash, now=begun)
    for tutor_text in text.tutors:
        user = session.get_one(User, made.people[_name(tutor_text.email)].id)
        tutor = cohorts.add_member(session, actor=None, cohort=cohort, user=user, role=CohortRole.TUTOR, now=begun)
        for number in tutor_text.groups:
            cohorts.assign_tutor(session, actor=None, group=made.groups[number - 1], membership=tutor, now=begun)


def _seat(
    session: Session,
    made: Class,
    cohort: Cohort,
    group: Group,
    *,
    students: Iterable[PersonText],
    password_hash: str,
    now: datetime,
) -> None:
    for student in students:
        user = _enter(session, made, student, password_hash, now)
        membership = cohorts.add_member(
            session,
            actor=None,
            cohort=cohort,
            user=user,
            role=CohortRole.STUDENT,
            profession=student.profession,
            now=now,
        )
        cohorts.put_into_group(session, actor=None, group=group, membership=membership, now=now)


def _enter(session: Session, made: Class, text: PersonText, password_hash: str, now: datetime) -> User:
    user = create_user(session, actor=None, email=text.email, name=text.name, now=now)
    user.password_hash, user.zone = password_hash, text.zone
    for role in text.roles:
        grant_role(session, actor=None, user=user, role=role, now=now)
    session.flush()
    made.people[_name(text.email)] = Actor(user.id, user.public_id, user.name, frozenset(text.roles), user.zone)
    return user


def _name(email: str) -> str:
    return email.removesuffix(DOMAIN)
