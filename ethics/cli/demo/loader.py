"""Lets the demo class live through its round: each step by the action a click would call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ethics.audit.actions import note_access
from ethics.cli.demo.texts import (
    ClassText,
    CohortText,
    CommentText,
    FeedbackText,
    HoldText,
    PersonText,
    ReflectionText,
    RoundText,
    StanceText,
    ThreadText,
)
from ethics.cohorts import actions as cohorts
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupSet
from ethics.db import new_public_id
from ethics.discussions import actions as discussions
from ethics.discussions import appeals, feedback, moderation, outcomes, reports
from ethics.discussions.feedback import Remark
from ethics.discussions.models import Comment
from ethics.discussions.posts import Quotation
from ethics.discussions.snippets import make_snippet
from ethics.markup import Rendered
from ethics.notices.actions import mark_all_seen
from ethics.people.actions import create_user, grant_role
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.reflections import actions as reflections
from ethics.reflections.models import About, Basis, Draft, Reflection
from ethics.reflections.queries import KIND
from ethics.rounds import actions as rounds
from ethics.rounds.actions import RoundSettings, StanceInput
from ethics.rounds.models import Audience, Participation, Round
from ethics.rounds.schedule import next_monday, schedule, to_local, to_utc
from ethics.vocabulary import Vocabulary

DOMAIN = "@demo.example"


class Days(NamedTuple):
    """The times of a round in days from today: mornings for opening and looking again, evenings for the others."""

    opens: int
    due: int
    revisit: int
    close: int


ROUNDS: Final[Mapping[str, Days]] = {
    "the-line-goes-too": Days(opens=-14, due=2, revisit=-1, close=13),
    "short-count": Days(opens=-6, due=5, revisit=9, close=18),
    "twice-as-sure": Days(opens=-1, due=12, revisit=16, close=26),
}
"""The rounds of the first cohort, by case: nearly through, half-way, just opened."""


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
    for snippet in text.snippets:
        make_snippet(session, actor=made.people[snippet.by], name=snippet.name, text=snippet.text, now=now)
    return made


def catch_up(session: Session, made: Class, now: datetime) -> None:
    """Everybody has seen what they were told of, but for the last three days."""
    for actor in made.people.values():
        mark_all_seen(session, actor=actor, now=now - timedelta(days=3))


def load_round(
    session: Session,
    made: Class,
    text: RoundText,
    *,
    vocabulary: Vocabulary,
    rendered: dict[str, Rendered],
    now: datetime,
) -> None:
    """Let the first cohort go through a round on the days that ROUNDS sets for its case."""
    cohort, director, days = made.cohorts[0], made.people["faculty"], ROUNDS[text.case]
    morning = to_local(now, cohort.zone).replace(hour=8, minute=0, second=0, microsecond=0)
    evening = morning.replace(hour=23, minute=59)
    times = schedule(
        zone=cohort.zone,
        opens=morning + timedelta(days=days.opens),
        due=evening + timedelta(days=days.due),
        revisit=morning + timedelta(days=days.revisit),
        close=evening + timedelta(days=days.close),
    )
    opening = times.opens_at
    round_ = rounds.make_round(
        session,
        actor=director,
        cohort_id=cohort.public_id,
        settings=RoundSettings(
            case_slug=text.case,
            group_set_id=made.group_sets[0].public_id,
            framework=vocabulary.frameworks[text.framework].model_dump(mode="json"),
            aliases=True,
            show_profession=False,
            reason_audience=Audience.GROUP,
            reflection_audience=Audience.GROUP,
        ),
        schedule=times,
        now=opening - timedelta(days=3),
    )
    rounds.open_round(session, actor=director, round_id=round_.public_id, now=opening - timedelta(days=2))
    stage = _Stage(session, made, text, round_.public_id, vocabulary, rendered, opening, now)
    stage.commit()
    stage.talk()
    stage.talk_everywhere()
    stage.reflect()
    stage.talk_of_reflections()
    stage.answer()
    stage.look_again(times.revisit_at or now)
    if text.summary:
        rounds.write_summary(
            session,
            actor=director,
            round_id=round_.public_id,
            source=text.summary,
            html=rendered[text.summary].html,
            now=stage.at(0.95),
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
    now: datetime

    def at(self, share: float) -> datetime:
        """The moment at which this share of the time since the opening has gone by."""
        return self.opening + (self.now - self.opening) * share

    def commit(self) -> None:
        """Everybody who began commits, one after the other; who talks or submits meets the others."""
        talks = {comment.by for thread in self.text.threads for comment in thread.comments}
        for place, (name, student) in enumerate(self.text.students.items()):
            if not student.stances:
                continue
            actor, at = self.made.people[name], self.at(0.02 + 0.3 * place / len(self.text.students))
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
                rounds.meet_others(self.session, actor=actor, round_id=self.round_id, now=at + timedelta(hours=1))

    def talk(self) -> None:
        """The threads that begin before anybody has shared a reflection, and what was then done about comments."""
        said: list[tuple[Comment, CommentText]] = []
        for number, thread in enumerate(self.text.threads):
            if not thread.shared_by:
                # The first answer of all is a long time coming, so that somebody can be seen to wait.
                pause = 0.15 if number == 0 else 0
                comments = self._thread(thread, share=0.4 + 0.1 * number / len(self.text.threads), pause=pause)
                said += zip(comments, thread.comments, strict=True)
        for comment, text in said:
            self._moderate(comment, text)

    def talk_everywhere(self) -> None:
        """The threads that a teacher begins in all of their groups at once."""
        for thread in self.text.everywhere:
            discussions.start_everywhere(
                self.session,
                actor=self.made.people[thread.by],
                round_id=self.round_id,
                title=thread.title,
                source=thread.text,
                rendered=self.rendered[thread.text],
                now=self.at(0.7),
            )

    def talk_of_reflections(self) -> None:
        """The threads that begin from a passage of what was shared."""
        for thread in self.text.threads:
            if thread.shared_by:
                self._thread(thread, share=0.78)

    def _thread(self, thread: ThreadText, *, share: float, pause: float = 0) -> list[Comment]:
        opening, *answers = thread.comments
        kind, _, question = thread.origin.partition(" ")
        shared_id = self._reflection_of(thread.shared_by) if thread.shared_by else ""
        begun = discussions.start_thread(
            self.session,
            actor=self.made.people[opening.by],
            round_id=self.round_id,
            group_id=self.made.groups[thread.group - 1].public_id,
            title=thread.title,
            question=int(question) if kind == "question" else None,
            quotation=Quotation(thread.quote, reflection_id=shared_id),
            source=opening.text,
            rendered=self.rendered[opening.text],
            now=self.at(share),
        )
        comments = list(self.session.scalars(select(Comment).where(Comment.thread_id == begun.id)))
        for place, answer in enumerate(answers, start=1):
            at = self.at(min(share + pause + 0.015 * place, 0.89))
            comment = discussions.post_comment(
                self.session,
                actor=self.made.people[answer.by],
                thread_id=begun.public_id,
                parent_id=None if answer.reply_to is None else comments[answer.reply_to].public_id,
                quotation=Quotation(answer.quote),
                after_most=answer.after_most,
                source=answer.text,
                rendered=self.rendered[answer.text],
                now=at,
            )
            comments.append(comment)
            if answer.held is not None:
                self._hold(comment, answer.held, at)
        return comments

    def _hold(self, comment: Comment, held: HoldText, at: datetime) -> None:
        """What its author writes from now on waits for a tutor."""
        moderation.hold_person(
            self.session,
            actor=self.made.people[held.by],
            comment_id=comment.public_id,
            category=held.category,
            categories=self.vocabulary.conduct,
            reason=held.reason,
            now=at,
        )

    def _moderate(self, comment: Comment, text: CommentText) -> None:
        """What readers and faculty did about a comment, some time later."""
        if text.reported is not None:
            reports.report_comment(
                self.session,
                actor=self.made.people[text.reported.by],
                comment_id=comment.public_id,
                category=text.reported.category,
                categories=self.vocabulary.conduct,
                note=text.reported.note,
                now=self.at(0.9),
            )
        if text.hidden is not None:
            moderation.hide_comment(
                self.session,
                actor=self.made.people[text.hidden.by],
                comment_id=comment.public_id,
                category=text.hidden.category,
                categories=self.vocabulary.conduct,
                reason=text.hidden.reason,
                now=self.at(0.9),
            )
            if text.hidden.appeal:
                appeals.appeal(
                    self.session,
                    actor=self.made.people[text.by],
                    comment_id=comment.public_id,
                    text=text.hidden.appeal,
                    now=self.at(0.95),
                )

    def reflect(self) -> None:
        """Drafts, and what was submitted, one after the other."""
        for place, (name, student) in enumerate(self.text.students.items()):
            if student.reflection is not None:
                self._reflection(name, student.reflection, self.at(0.5 + 0.25 * place / len(self.text.students)))

    def _reflection(self, name: str, text: ReflectionText, at: datetime) -> None:
        draft = Draft(text.answers, text.asked, About(text.about), Audience(text.audience), frozenset())
        actor = self.made.people[name]
        if text.state == "draft":
            reflections.save_draft(
                self.session, actor=actor, round_id=self.round_id, draft=draft, basis=Basis(), now=at
            )
            return
        reflections.submit_reflection(
            self.session,
            actor=actor,
            round_id=self.round_id,
            draft=draft,
            rendered={key: self.rendered[answer] for key, answer in draft.written.items()},
            basis=Basis(),
            now=at,
        )

    def answer(self) -> None:
        """Faculty's answers: released, to be read on Monday, or still theirs alone."""
        for given in self.text.feedback:
            actor, at = self.made.people[given.by], self.at(0.8)
            note_access(
                self.session,
                actor=actor,
                owner=self.made.people[given.to].public_id,
                object_kind=KIND,
                object_id=self._reflection_of(given.to),
                now=at,
            )
            drafts = self._feedback(given, at)
            if given.state != "draft":
                self._release(given, drafts, at + timedelta(hours=1))
            if given.wish is not None:
                outcomes.conclude(
                    self.session,
                    actor=actor,
                    reflection_id=self._reflection_of(given.to),
                    wish=given.wish,
                    reason=given.reason,
                    now=at + timedelta(hours=1),
                )

    def _feedback(self, given: FeedbackText, at: datetime) -> list[str]:
        """The public ids of a teacher's drafts: the one on the whole, then those at passages."""
        actor, reflection_id = self.made.people[given.by], self._reflection_of(given.to)
        whole = feedback.draft_feedback(
            self.session,
            actor=actor,
            reflection_id=reflection_id,
            source=given.text,
            rendered=self.rendered[given.text],
            version=0,
            now=at,
        )
        at_passages = [
            feedback.draft_remark(
                self.session,
                actor=actor,
                reflection_id=reflection_id,
                remark=Remark(new_public_id(), remark.quote, part="", before="", version=0),
                source=remark.text,
                rendered=self.rendered[remark.text],
                now=at,
            )
            for remark in given.remarks
        ]
        return [comment.public_id for comment in (whole, *at_passages)]

    def _release(self, given: FeedbackText, drafts: list[str], at: datetime) -> None:
        zone = self.made.cohorts[0].zone
        monday = to_utc(next_monday(self.now, zone), zone) if given.state == "scheduled" else None
        feedback.release_feedback(
            self.session, actor=self.made.people[given.by], comment_ids=drafts, at_time=monday, now=at
        )
        if given.taken_up:
            outcomes.take_up(
                self.session,
                actor=self.made.people[given.to],
                comment_id=drafts[0],
                taken=True,
                now=at + timedelta(hours=5),
            )

    def _reflection_of(self, name: str) -> str:
        return self.session.scalars(
            select(Reflection.public_id)
            .join(Reflection.participation)
            .join(Participation.round)
            .where(Round.public_id == self.round_id, Participation.user_id == self.made.people[name].id)
        ).one()

    def look_again(self, opens: datetime) -> None:
        """Some state their stance again, from the moment they may."""
        for place, (name, student) in enumerate(self.text.students.items()):
            if not student.revisited:
                continue
            actor, at = (
                self.made.people[name],
                opens + (self.now - opens) * (0.1 + 0.7 * place / len(self.text.students)),
            )
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
                    now=at + timedelta(minutes=20),
                )


def _stance(text: StanceText) -> StanceInput:
    return StanceInput(
        text.option, text.other, text.confidence, text.reason, list(text.principles), Audience(text.audience)
    )


def _found(session: Session, made: Class, text: CohortText, password_hash: str, now: datetime) -> None:
    director = made.people[_name(text.director)]
    begun = now - timedelta(days=30)
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
    group_set = cohorts.make_group_set(session, actor=director, cohort=cohort, name="Seminar groups", now=begun)
    made.group_sets.append(group_set)
    for group_text in text.groups:
        group = cohorts.make_group(session, actor=director, group_set=group_set, name=group_text.name, now=begun)
        made.groups.append(group)
        _seat(
            session,
            made,
            cohort,
            group,
            director=director,
            students=group_text.students,
            password_hash=password_hash,
            now=begun,
        )
    for tutor_text in text.tutors:
        user = session.get_one(User, made.people[_name(tutor_text.email)].id)
        tutor = cohorts.add_member(session, actor=director, cohort=cohort, user=user, role=CohortRole.TUTOR, now=begun)
        for number in tutor_text.groups:
            cohorts.assign_tutor(session, actor=director, group=made.groups[number - 1], membership=tutor, now=begun)


def _seat(
    session: Session,
    made: Class,
    cohort: Cohort,
    group: Group,
    *,
    director: Actor,
    students: Iterable[PersonText],
    password_hash: str,
    now: datetime,
) -> None:
    for student in students:
        user = _enter(session, made, student, password_hash, now)
        membership = cohorts.add_member(
            session,
            actor=director,
            cohort=cohort,
            user=user,
            role=CohortRole.STUDENT,
            profession=student.profession,
            now=now,
        )
        cohorts.put_into_group(session, actor=director, group=group, membership=membership, now=now)


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
