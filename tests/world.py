"""A class in which everything that can be written has been written: each secret is a text that stands nowhere else.

Used by the access table and by the test of two worlds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics.breakglass import actions as breakglass
from ethics.cases.draft_models import CaseDraft
from ethics.cases.front import Front
from ethics.cases.models import Case, CaseVersion, Origin, Status
from ethics.cases.review import ask_review, comment_on_passage
from ethics.cases.rules import Reader
from ethics.cases.search import words_of
from ethics.cohorts.models import Cohort, CohortRole, GroupMove, GroupSet, GroupTutor, JoinRequest, Membership
from ethics.concerns import actions as concerns
from ethics.concerns.models import Route
from ethics.db import Database
from ethics.discussions import actions as discussions
from ethics.discussions import appeals, drafts, feedback, group_notes, moderation, outcomes, reports, snippets
from ethics.discussions.answer_models import Wish
from ethics.discussions.models import Comment
from ethics.discussions.moderation_models import Matter
from ethics.markup import Profile, Rendered, render
from ethics.notices.actions import tell_all
from ethics.notices.models import Notice
from ethics.people.actor import Actor
from ethics.people.models import Role, SignInSession, User
from ethics.people.sessions import start_session
from ethics.reflections import actions as reflections
from ethics.reflections.models import About, Basis, Draft, Reflection
from ethics.rounds import actions as rounds
from ethics.rounds.actions import StanceInput
from ethics.rounds.calendar import make_feed
from ethics.rounds.models import Audience, Stance
from tests.cast import actor, enter
from tests.clock import START
from tests.rounds_cast import PRINCIPLES, RoundCast, build_round, join, leave, prolong

DAY = timedelta(days=1)
BEGUN = START - 3 * DAY
JOIN_CODE = "secretcode"
CATEGORIES = ("identifies", "demeans")


@dataclass
class World:
    """The class, and the public ids of everything in it."""

    cast: RoundCast
    people: dict[str, Actor]
    tokens: dict[str, str]
    """Each person's sign-in token."""
    ids: dict[str, str] = field(default_factory=dict)


def secret(*words: str) -> str:
    """A text that stands nowhere else."""
    return "canary-" + "-".join(words) + "-end"


def build_world(database: Database, *, exchanged: Mapping[str, str] | None = None) -> World:
    """Fill an empty database. `exchanged` lets others play a part: {"ana": "ben", "ben": "ana"}."""
    with database.unit_of_work() as session:
        writer = _Writer(session, dict(exchanged or {}))
        world = writer.write()
        for name, person in world.people.items():
            user = session.get_one(User, person.id)
            # Not of the demo, whose accounts a development installation names on its sign-in page.
            user.email = user.email.replace("@demo.", "@school.")
            world.tokens[name] = start_session(session, user=user, device="A test", own_device=False, now=START)
        writer.open_by_name()
        # Whoever is deactivated after signing in still holds a cookie.
        session.get_one(User, world.people["deactivated"].id).active = False
    return world


class _Writer:
    def __init__(self, session: Session, exchanged: dict[str, str]) -> None:
        self.session = session
        self.exchanged = exchanged

    def write(self) -> World:
        cast = build_round(self.session, revisit_at=START - DAY)
        self.world = World(cast, _people(self.session, cast), {})
        self.ids = self.world.ids
        self.ids["round"], self.ids["cohort"] = cast.id, cast.cohort.public_id
        self.ids["person-ana"] = self.world.people["ana"].public_id
        self._open_the_door(cast.cohort)
        self.ids["group-set"] = self.session.get_one(GroupSet, cast.groups[0].group_set_id).public_id
        self.ids["group-1"], self.ids["group-2"] = (group.public_id for group in cast.groups)
        self.ids["person-tutor2"] = cast.tutor2.public_id
        self.ids["move"] = self._late_seat("fay")
        self._ended_cover("tutor2")
        self.ids["draft-case"] = _draft_case(self.session)
        self.ids["passage-comment"] = _draft(self.session, cast)
        self.ids["calendar"] = make_feed(self.session, actor=cast.ana, now=START)
        for name in ("ana", "ben", "chi", "eva", "fay", "removed"):
            self.ids[f"student-{name}"] = self.world.people[name].public_id
        prolong(self.session, cast, self.world.people["fay"], START + 60 * DAY)
        for name in ("ana", "ben", "dee", "chi", "removed", "deactivated"):
            self._commit(name)
        for name in ("ana", "ben", "dee", "chi", "removed"):
            rounds.meet_others(self.session, actor=self._who(name), round_id=cast.id, now=BEGUN)
        self._half_way("eva")
        self._half_way("scholar")
        self._reflect()
        self._talk()
        self._moderate()
        self._answer()
        self._look_again("ana")
        self._worry()
        rounds.write_closing_note(
            self.session, actor=self._who("ana"), round_id=cast.id, text=secret("closing-note"), version=0, now=START
        )
        rounds.write_summary(
            self.session,
            actor=cast.director,
            round_id=cast.id,
            source=secret("summary"),
            html=f"<p>{secret('summary')}</p>",
            now=START,
        )
        leave(self.session, cast, self._who("removed"))
        self.ids["stance-ana"] = self.session.scalars(
            select(Stance.public_id).where(Stance.reason == secret("reason", "1", "ana"))
        ).one()
        self._tell_everybody()
        self.ids["notice"] = self.session.scalars(
            select(Notice.public_id).where(Notice.user_id == self._who("dee").id, Notice.kind == "comment-hidden")
        ).one()
        return self.world

    def open_by_name(self) -> None:
        """Break-glass: an administrator reads a comment of tutor2's; one of Chi's is not open any more."""
        own = SignInSession.user_id == self.world.people["administrator"].id
        session_id = self.session.scalars(select(SignInSession.id).where(own)).one()
        for name, thing, at in (("opening", "comment-tutor2", START), ("opening-over", "thread-2-chi", START - DAY)):
            made = breakglass.open_thing(
                self.session,
                actor=self.world.people["administrator"],
                address=self.ids[thing],
                reason=secret(name.replace("opening", "opening-reason")),
                session_id=session_id,
                now=at,
            )
            self.ids[name] = made.public_id

    def _tell_everybody(self) -> None:
        """Of a comment in each thread, also people who may not know of it: nobody is shown what is not theirs."""
        people = [person.id for person in self.world.people.values()]
        for thread, comment in (
            ("thread-1", "comment-ben"),
            ("thread-2", "comment-tutor2"),
            ("thread-1", "hidden-dee"),
        ):
            about = {"thread": self.ids[thread], "comment": self.ids[comment]}
            tell_all(self.session, user_ids=people, kind="reply", now=START - 2 * DAY, due_at=None, **about)

    def _open_the_door(self, cohort: Cohort) -> None:
        """The cohort can be joined by code, and somebody has asked to."""
        cohort.join_code = JOIN_CODE
        request = JoinRequest(
            cohort_id=cohort.id,
            name=secret("join-request"),
            email="late@school.example",
            profession="nursing",
            asked_at=START,
        )
        self.session.add(request)
        self.session.flush()
        self.ids["join-request"] = request.public_id

    def _ended_cover(self, name: str) -> None:
        """Somebody covered group 1, until a day in the real past: the database's own clock says that it is over."""
        membership = self.session.scalars(select(Membership.id).where(Membership.user_id == self._who(name).id)).one()
        ended = datetime(2020, 1, 1, tzinfo=UTC)
        self.session.add(GroupTutor(group_id=self.world.cast.groups[0].id, membership_id=membership, until=ended))
        self.session.flush()

    def _late_seat(self, name: str) -> str:
        """The move by which somebody came into group 1."""
        group = self.world.cast.groups[0]
        membership = self.session.scalars(select(Membership.id).where(Membership.user_id == self._who(name).id)).one()
        move = GroupMove(
            group_set_id=group.group_set_id, to_group_id=group.id, places={str(membership): None}, moved_at=START
        )
        self.session.add(move)
        self.session.flush()
        return move.public_id

    def _who(self, name: str) -> Actor:
        return self.world.people[self.exchanged.get(name, name)]

    def _commit(self, name: str) -> None:
        round_id = self.world.cast.id
        rounds.begin(self.session, actor=self._who(name), round_id=round_id, now=BEGUN)
        for stage in (1, 2):
            if stage == 2:
                rounds.open_next_stage(self.session, actor=self._who(name), round_id=round_id, stage=1, now=BEGUN)
            audience = Audience.FACULTY if name == "ben" else Audience.GROUP
            rounds.commit(
                self.session,
                actor=self._who(name),
                round_id=round_id,
                stage=stage,
                stance=_stance(secret("reason", str(stage), name), audience),
                principles=PRINCIPLES,
                now=BEGUN,
            )

    def _half_way(self, name: str) -> None:
        rounds.begin(self.session, actor=self._who(name), round_id=self.world.cast.id, now=BEGUN)
        rounds.commit(
            self.session,
            actor=self._who(name),
            round_id=self.world.cast.id,
            stage=1,
            stance=_stance(secret("reason-1", name), Audience.GROUP),
            principles=PRINCIPLES,
            now=BEGUN,
        )

    def _reflect(self) -> None:
        self._submit("ana", Audience.GROUP, revision=1)
        self._submit("ana", Audience.GROUP, revision=2)
        self._submit("dee", Audience.FACULTY, revision=1)
        self._submit("chi", Audience.GROUP, revision=1)
        self._submit("removed", Audience.GROUP, revision=1)
        reflections.save_draft(
            self.session,
            actor=self._who("ben"),
            round_id=self.world.cast.id,
            draft=self._draft("ben", Audience.GROUP, 1),
            basis=Basis(),
            now=START - 2 * DAY,
        )

    def _draft(self, name: str, audience: Audience, revision: int) -> Draft:
        first, second = (prompt["key"] for prompt in self.world.cast.round.framework["prompts"][:2])
        return Draft(
            answers={
                first: secret(f"answer-{revision}", name),
                second: secret(f"kept-back-{revision}", name),
            },
            asked=secret(f"asked-{revision}", name),
            about=About.CASE,
            audience=audience,
            faculty_only=frozenset({second}),
        )

    def _submit(self, name: str, audience: Audience, *, revision: int) -> None:
        draft = self._draft(name, audience, revision)
        person = self._who(name)
        existing = self.session.scalar(select(Reflection).where(Reflection.participation.has(user_id=person.id)))
        made = reflections.submit_reflection(
            self.session,
            actor=person,
            round_id=self.world.cast.id,
            draft=draft,
            rendered={key: _rendered(text) for key, text in draft.written.items()},
            basis=Basis(existing.draft_version if existing else 0),
            now=START - 2 * DAY,
        )
        self.ids[f"reflection-{name}"] = made.public_id

    def _talk(self) -> None:
        self.ids["thread-1"] = self._thread("ana", "thread-1")
        self.ids["thread-2"] = self._thread("chi", "thread-2")
        for name in ("ben", "dee", "removed", "tutor"):
            self._comment(name, "thread-1")
        self._comment("tutor2", "thread-2")
        edited = self._comment("ben", "thread-1", "before-editing")
        comment = self.session.scalars(select(Comment).where(Comment.public_id == edited)).one()
        discussions.edit_comment(
            self.session,
            actor=self._who("ben"),
            comment_id=edited,
            source=secret("after-editing", "ben"),
            rendered=_rendered(secret("after-editing", "ben")),
            version=comment.version,
            now=START - DAY,
        )
        hidden = self._comment("dee", "thread-1", "hidden")
        moderation.hide_comment(
            self.session,
            actor=self._who("tutor"),
            comment_id=hidden,
            category="identifies",
            categories=CATEGORIES,
            reason=secret("moderator-reason"),
            now=START - DAY,
        )
        withdrawn = self._comment("ana", "thread-1", "withdrawn")
        discussions.withdraw_comment(self.session, actor=self._who("ana"), comment_id=withdrawn, now=START - DAY)
        self._begin_to_talk()

    def _begin_to_talk(self) -> None:
        """A comment that is a draft, and one of the tutor's that waits until most have written in its thread."""
        drafts.save_in_thread(
            self.session,
            actor=self._who("ana"),
            thread_id=self.ids["thread-1"],
            parent_id="",
            typed=drafts.Typed(secret("comment-draft", "ana")),
            now=START - DAY,
        )
        text = secret("waiting", "tutor")
        made = discussions.post_comment(
            self.session,
            actor=self._who("tutor"),
            thread_id=self.ids["thread-1"],
            after_most=True,
            source=text,
            rendered=_rendered(text),
            now=START - DAY,
        )
        self.ids["waiting-tutor"] = made.public_id

    def _moderate(self) -> None:
        """A report, an appeal, a hold and what is held by it, a pinned thread."""
        reports.report_comment(
            self.session,
            actor=self._who("ben"),
            comment_id=self.ids["comment-removed"],
            category="demeans",
            categories=CATEGORIES,
            note=secret("report-note"),
            now=START - DAY,
        )
        appeals.appeal(
            self.session,
            actor=self._who("dee"),
            comment_id=self.ids["hidden-dee"],
            text=secret("appeal"),
            now=START - DAY,
        )
        self.ids["matter-report"], self.ids["matter-appeal"] = self.session.scalars(
            select(Matter.public_id).order_by(Matter.id)
        )
        held = moderation.hold_person(
            self.session,
            actor=self._who("tutor"),
            comment_id=self.ids["comment-dee"],
            category="demeans",
            categories=CATEGORIES,
            reason=secret("hold-reason"),
            now=START - DAY,
        )
        self.ids["act-hold"] = held.public_id
        self._comment("dee", "thread-1", "held")

    def _thread(self, name: str, kind: str) -> str:
        text = secret(kind, name)
        made = discussions.start_thread(
            self.session,
            actor=self._who(name),
            round_id=self.world.cast.id,
            title=f"{text}-title",
            source=text,
            rendered=_rendered(text),
            now=START - 2 * DAY,
        )
        opening = self.session.scalars(select(Comment).where(Comment.thread_id == made.id)).one()
        self.ids[f"{kind}-{name}"] = opening.public_id
        return made.public_id

    def _comment(self, name: str, thread: str, kind: str = "comment") -> str:
        text = secret(kind, name)
        made = discussions.post_comment(
            self.session,
            actor=self._who(name),
            thread_id=self.ids[thread],
            source=text,
            rendered=_rendered(text),
            now=START - 2 * DAY,
        )
        self.ids[f"{kind}-{name}"] = made.public_id
        return made.public_id

    def _answer(self) -> None:
        for name, release in (("ana", True), ("dee", False)):
            text = secret("feedback", "released" if release else "draft")
            made = feedback.draft_feedback(
                self.session,
                actor=self._who("tutor"),
                reflection_id=self.ids[f"reflection-{name}"],
                source=text,
                rendered=_rendered(text),
                version=0,
                now=START - DAY,
            )
            self.ids[f"feedback-{name}"] = made.public_id
            if release:
                feedback.release_feedback(
                    self.session, actor=self._who("tutor"), comment_ids=[made.public_id], now=START - DAY
                )

        self._answer_later()

    def _answer_later(self) -> None:
        """The director's answer waits for its time; a revision is asked for; the tutor keeps words for themselves."""
        text, director = secret("feedback", "scheduled"), self._who("director")
        made = feedback.draft_remark(
            self.session,
            actor=director,
            reflection_id=self.ids["reflection-ana"],
            remark=feedback.Remark("", secret("answer-2", "ana"), "", "", 0),
            source=text,
            rendered=_rendered(text),
            now=START - DAY,
        )
        self.ids["feedback-scheduled"] = made.public_id
        feedback.release_feedback(
            self.session, actor=director, comment_ids=[made.public_id], at_time=START + DAY, now=START - DAY
        )
        outcomes.conclude(
            self.session,
            actor=director,
            reflection_id=self.ids["reflection-ana"],
            wish=Wish.REVISE,
            reason=secret("asked-revision"),
            now=START - DAY,
        )
        self._note(director)
        snippet = snippets.make_snippet(
            self.session, actor=self._who("tutor"), name="Thanks", text=secret("snippet"), now=START - DAY
        )
        self.ids["snippet"] = snippet.public_id

    def _note(self, director: Actor) -> None:
        """The director's note to group 1, with a line for each: released to Ana, not yet to Dee."""
        note = group_notes.write_note(
            self.session,
            actor=director,
            round_id=self.world.cast.id,
            group_id=self.ids["group-1"],
            source=secret("note"),
            lines={
                self.ids[f"reflection-{name}"]: group_notes.Line(
                    secret("line", name), _rendered(group_notes.together(secret("note"), secret("line", name)))
                )
                for name in ("ana", "dee")
            },
            version=0,
            now=START - DAY,
        )
        self.ids["note-1"] = note.public_id
        for name in ("ana", "dee"):
            self.ids[f"noted-{name}"] = self.session.scalars(
                select(Comment.public_id).where(Comment.source.contains(secret("line", name)))
            ).one()
        feedback.release_feedback(self.session, actor=director, comment_ids=[self.ids["noted-ana"]], now=START - DAY)

    def _worry(self) -> None:
        """One about a lead, answered; one that waits, of which faculty may know; one that nobody saw in time."""
        lead, about = self.world.people["lead"], self.world.people["lead2"]
        self.ids["lead2"] = about.public_id
        self._concern("ana", START - DAY, about=about.public_id, reach=secret("reach", "ana"))
        self._concern("ben", START, about_words=secret("about", "ben"), faculty_told=True)
        self._concern("chi", START - 3 * DAY, route=Route.IMMEDIATE)
        answered = self.ids["concern-ana"]
        concerns.write_message(
            self.session, actor=lead, concern_id=answered, text=secret("concern-answer"), now=START - DAY
        )
        concerns.write_note(self.session, actor=lead, concern_id=answered, text=secret("concern-note"), now=START - DAY)

    def _concern(self, name: str, now: datetime, *, route: Route = Route.OTHER, **given: Any) -> None:
        made = concerns.send_concern(
            self.session,
            actor=self._who(name),
            cohort_id=self.world.cast.cohort.public_id,
            given=concerns.Given(
                route=route, text=secret("concern", name), first=self.world.people["lead"].public_id, **given
            ),
            now=now,
        )
        self.ids[f"concern-{name}"] = made.public_id

    def _look_again(self, name: str) -> None:
        rounds.revisit(
            self.session,
            actor=self._who(name),
            round_id=self.world.cast.id,
            stances={stage: _stance(secret("revisited", str(stage), name), Audience.GROUP) for stage in (1, 2)},
            principles=PRINCIPLES,
            now=START,
        )


def _people(session: Session, cast: RoundCast) -> dict[str, Actor]:
    """Everybody who may knock: the cast, and who is half-way, new, gone, shut out, or author and student at once."""
    people = {
        "ana": cast.ana,
        "ben": cast.ben,
        "dee": cast.dee,
        "chi": cast.chi,
        "tutor": cast.tutor,
        "tutor2": cast.tutor2,
        "director": cast.director,
        "outsider": cast.outsider,
        "stranger": cast.stranger,
        "author": cast.author,
        "administrator": cast.administrator,
        "lead": actor(cast.users["ruth"], Role.LEAD),
    }
    people["lead2"] = actor(enter(session, "Imran Sheikh", Role.LEAD), Role.LEAD)
    for name in ("Eva Lind", "Fay Moss", "Removed Rees", "Deactivated Dunn"):
        user = enter(session, name)
        join(session, cast.cohort, user, CohortRole.STUDENT, cast.groups[0])
        people[name.split()[0].lower()] = actor(user)
    scholar = enter(session, "Scholar Singh", Role.AUTHOR)
    join(session, cast.cohort, scholar, CohortRole.STUDENT, cast.groups[0])
    people["scholar"] = actor(scholar, Role.AUTHOR)
    return people


def _draft(session: Session, cast: RoundCast) -> str:
    """A draft of the round's own case, at which the director of another cohort was asked to look."""
    text = secret("draft-text")
    draft = CaseDraft(
        slug="the-line-goes-too",
        case_id=session.get_one(CaseVersion, cast.round.case_version_id).case_id,
        based_on=1,
        source=f"---\ntitle: {text}\nsummary: Somebody wants to leave.\nprinciples: autonomy\n---\n\n{text} here.\n",
        undo_source=None,
        version=1,
        saved_at=START,
        saved_by_id=cast.author.id,
        created_at=START,
    )
    session.add(draft)
    session.flush()
    author = Reader(cast.author, teaches=False, studies=())
    director = Reader(cast.outsider, teaches=True, studies=())
    ask_review(session, reader=author, slug=draft.slug, reviewer=director, question=secret("question"), now=START)
    comment = comment_on_passage(
        session,
        reader=director,
        slug=draft.slug,
        quotation=f"{text} here.",
        text=secret("passage-comment"),
        now=START,
    )
    return comment.public_id


def _draft_case(session: Session) -> str:
    case = Case(
        slug="not-yet",
        origin=Origin.FOLDER,
        status=Status.DRAFT,
        current_number=1,
        title=secret("draft-case"),
        summary="A case that is still being written.",
        kind="case",
        level=None,
        minutes=None,
        setting=None,
        principles=["autonomy"],
        also=[],
        tensions=[],
        topics=[],
        professions=[],
        self_study=False,
        words=words_of(secret("draft-case")),
        created_at=START,
        updated_at=START,
    )
    session.add(case)
    session.flush()
    session.add(
        CaseVersion(
            case_id=case.id,
            number=1,
            sha256="1" * 64,
            source=b"",
            front=Front(title=case.title, summary=case.summary, principles=("autonomy",)).model_dump(mode="json"),
            stages=[],
            renderer=1,
            note="",
            created_by_id=None,
            created_at=START,
        )
    )
    session.flush()
    return case.slug


def _stance(reason: str, audience: Audience) -> StanceInput:
    return StanceInput("stay", "", 3, reason, ["autonomy"], audience)


def _rendered(text: str) -> Rendered:
    return render(text, profile=Profile.POST)
