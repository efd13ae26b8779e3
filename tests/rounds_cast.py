"""A class in a round, for tests: "Year 3" with two groups, and a case of two stages that each end in a decision."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ethics import vocabulary
from ethics.cases.front import Front
from ethics.cases.models import Case, CaseVersion, Origin, Segment, SegmentKind, Status
from ethics.cases.search import words_of
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.db import Base, Database
from ethics.people.actor import Actor
from ethics.people.models import Role, User
from ethics.rounds import actions
from ethics.rounds.models import Audience, Extension, Participation, Round
from ethics.rounds.schedule import Schedule
from ethics.vocabulary import Vocabulary
from tests.cast import actor, enter
from tests.clock import START

ZONE = "Europe/London"
CALL = "999, or security on 0113 496 0000"
INCIDENT_REPORTING = "the incident form of your placement"
SUPPORT_NAME = "Dr Ruth Abara"
PRINCIPLES = ("autonomy", "beneficence")

#: What a student may only meet as far as they have come; texts that stand nowhere else.
SECOND_STAGE = "canary-of-the-second-stage"
GUIDE = "canary-of-the-guide"
DEBRIEF = "canary-of-the-debrief"


@dataclass
class RoundCast:
    """Who stands where. Everybody is an `Actor`; `users` has their accounts by first name in small letters."""

    round: Round
    cohort: Cohort
    groups: tuple[Group, Group]
    director: Actor
    tutor: Actor
    """Of group 1."""
    tutor2: Actor
    """Of group 2."""
    ana: Actor
    ben: Actor
    dee: Actor
    """Ana, Ben and Dee are group 1."""
    chi: Actor
    """Group 2."""
    outsider: Actor
    """Director of another cohort."""
    stranger: Actor
    """Student of another cohort."""
    author: Actor
    administrator: Actor
    users: dict[str, User] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The public id of the round."""
        return self.round.public_id


def build_round(session: Session, *, now: datetime = START, **settings: Any) -> RoundCast:
    """Make the class and its round, opened four days before `now` and due a week after; nobody has begun.

    The round uses aliases, the framework "dilemma" and group audiences; `settings` are columns of Round that differ.
    """
    users = {
        name.split()[0].lower(): enter(session, name, *roles)
        for name, *roles in (
            ("Helen Ashworth",),
            ("Ines Brandt",),
            ("Jo Marsh",),
            ("Ana Duarte",),
            ("Ben Hallam",),
            ("Dee Okafor",),
            ("Chi Tran",),
            ("Paul Renshaw",),
            ("Sam Stranger",),
            ("Lucía Ferrer", Role.AUTHOR),
            ("Morag Sinclair", Role.ADMINISTRATOR),
            ("Ruth Abara", Role.LEAD),
        )
    }
    cohort = make_cohort(session, "Year 3", now=now)
    other = make_cohort(session, "Year 2", now=now)
    groups = make_groups(session, cohort, "Group 1", "Group 2")
    join(session, cohort, users["helen"], CohortRole.DIRECTOR, now=now)
    join(session, cohort, users["ines"], CohortRole.TUTOR, groups[0], now=now)
    join(session, cohort, users["jo"], CohortRole.TUTOR, groups[1], now=now)
    for name in ("ana", "ben", "dee"):
        join(session, cohort, users[name], CohortRole.STUDENT, groups[0], now=now)
    join(session, cohort, users["chi"], CohortRole.STUDENT, groups[1], now=now)
    join(session, other, users["paul"], CohortRole.DIRECTOR, now=now)
    join(session, other, users["sam"], CohortRole.STUDENT, now=now)
    version = make_case(session, now=now)
    round_ = make_round(session, cohort, groups[0].group_set_id, version, users["helen"], now=now, **settings)
    return RoundCast(
        round=round_,
        cohort=cohort,
        groups=(groups[0], groups[1]),
        director=actor(users["helen"]),
        tutor=actor(users["ines"]),
        tutor2=actor(users["jo"]),
        ana=actor(users["ana"]),
        ben=actor(users["ben"]),
        dee=actor(users["dee"]),
        chi=actor(users["chi"]),
        outsider=actor(users["paul"]),
        stranger=actor(users["sam"]),
        author=actor(users["lucía"], Role.AUTHOR),
        administrator=actor(users["morag"], Role.ADMINISTRATOR),
        users=users,
    )


def make_cohort(session: Session, name: str, *, now: datetime = START) -> Cohort:
    """A cohort with its urgent contacts."""
    cohort = Cohort(
        name=name,
        zone=ZONE,
        call=CALL,
        incident_reporting=INCIDENT_REPORTING,
        support_name=SUPPORT_NAME,
        tutors_read_all=False,
        archived_at=None,
        created_at=now,
    )
    session.add(cohort)
    session.flush()
    return cohort


def make_groups(session: Session, cohort: Cohort, *names: str) -> list[Group]:
    """A group set of the cohort with groups of these names."""
    group_set = GroupSet(cohort_id=cohort.id, name="Seminar groups")
    session.add(group_set)
    session.flush()
    groups = [Group(group_set_id=group_set.id, name=name) for name in names]
    session.add_all(groups)
    session.flush()
    return groups


def join(
    session: Session, cohort: Cohort, user: User, role: CohortRole, group: Group | None = None, *, now: datetime = START
) -> Membership:
    """Give somebody their place in the cohort and, with a group, in that group."""
    membership = Membership(
        cohort_id=cohort.id,
        user_id=user.id,
        role=role,
        profession="nursing" if role is CohortRole.STUDENT else None,
        joined_at=now,
    )
    session.add(membership)
    session.flush()
    if group is not None and role is CohortRole.STUDENT:
        session.add(GroupMember(group_set_id=group.group_set_id, group_id=group.id, membership_id=membership.id))
    elif group is not None:
        session.add(GroupTutor(group_id=group.id, membership_id=membership.id))
    session.flush()
    return membership


def make_round(
    session: Session,
    cohort: Cohort,
    group_set_id: int,
    version: CaseVersion,
    director: User,
    *,
    now: datetime = START,
    **settings: Any,
) -> Round:
    """An opened round; `settings` are columns that differ."""
    columns = {
        "framework": framework(),
        "zone": ZONE,
        "opens_at": now - timedelta(days=4),
        "due_at": now + timedelta(days=7),
        "revisit_at": now + timedelta(days=9),
        "close_at": now + timedelta(days=14),
        "aliases": True,
        "show_profession": False,
        "reason_audience": Audience.GROUP,
        "reflection_audience": Audience.GROUP,
        "opened_at": now - timedelta(days=5),
    } | settings
    round_ = Round(
        cohort_id=cohort.id,
        group_set_id=group_set_id,
        case_version_id=version.id,
        summary="",
        summary_html="",
        created_by_id=director.id,
        created_at=now,
        **columns,
    )
    session.add(round_)
    session.flush()
    return round_


def framework(identifier: str = "dilemma") -> dict[str, Any]:
    """A packaged framework as a round keeps it."""
    return _vocabulary().frameworks[identifier].model_dump(mode="json")


@cache
def _vocabulary() -> Vocabulary:
    return vocabulary.load()


def schedule_of(round_: Round) -> Schedule:
    """The round's times as an action takes them."""
    return Schedule(round_.zone, round_.opens_at, round_.due_at, round_.revisit_at, round_.close_at)


def make_case(session: Session, *, now: datetime = START) -> CaseVersion:
    """A published case: an opening, two stages with a decision each, a guide, questions and a debrief."""
    case = Case(
        slug="the-line-goes-too",
        origin=Origin.FOLDER,
        status=Status.PUBLISHED,
        current_number=1,
        title="The line goes too",
        summary="A man wants to leave today, with the line in his arm.",
        kind="case",
        level="introductory",
        minutes=50,
        setting="inpatient",
        principles=["autonomy", "beneficence"],
        also=[],
        tensions=[["autonomy", "beneficence"]],
        topics=[],
        professions=["nursing"],
        self_study=False,
        words=words_of("The line goes too", "autonomy"),
        created_at=now,
        updated_at=now,
    )
    session.add(case)
    session.flush()
    version = CaseVersion(
        case_id=case.id,
        number=1,
        sha256="0" * 64,
        source=b"",
        front=Front(title=case.title, summary=case.summary, principles=("autonomy", "beneficence")).model_dump(
            mode="json"
        ),
        stages=[{"heading": "Tuesday, 16:10", "decides": True}, {"heading": "Wednesday, 11:30", "decides": True}],
        renderer=1,
        note="",
        created_by_id=None,
        created_at=now,
    )
    session.add(version)
    session.flush()
    options = [{"id": "stay", "text": "Ask him to stay"}, {"id": "go", "text": "Let him go"}]
    pieces: list[tuple[SegmentKind, int | None, str, str, list[dict[str, Any]]]] = [
        (SegmentKind.OPENING, 1, "", "Daniel sits on the bed in his coat.", []),
        (SegmentKind.STAGE, 1, "Tuesday, 16:10", "The registrar turns to you.", []),
        (SegmentKind.GUIDE, 1, "For facilitators", GUIDE, []),
        (SegmentKind.DECISION, 1, "What do you offer him?", "", options),
        (SegmentKind.STAGE, 2, "Wednesday, 11:30", SECOND_STAGE, []),
        (SegmentKind.DECISION, 2, "And now?", "", options),
        (SegmentKind.QUESTIONS, None, "Questions", "", [{"number": 1, "html": "<p>Who decides?</p>"}]),
        (SegmentKind.DEBRIEF, None, "Debrief", DEBRIEF, []),
    ]
    session.add_all(
        Segment(
            version_id=version.id,
            position=position,
            kind=kind,
            stage=stage,
            heading=heading,
            source=text,
            html=f"<p>{text}</p>" if text else "",
            items=items,
            words=words_of(heading, text),
        )
        for position, (kind, stage, heading, text, items) in enumerate(pieces, start=1)
    )
    session.flush()
    return version


def commit_everywhere(
    session: Session, cast: RoundCast, person: Actor, *, option: str = "stay", reason: str = "", now: datetime = START
) -> Participation:
    """Let a student begin and commit at both decisions; nothing of others' is open to them yet."""
    stance = actions.StanceInput(
        option=option,
        other="",
        confidence=3,
        reason=reason or f"The reason of {person.name.split()[0]}.",
        principles=["autonomy"],
        audience=Audience.GROUP,
    )
    participation = actions.begin(session, actor=person, round_id=cast.id, now=now)
    for stage in (1, 2):
        actions.commit(
            session, actor=person, round_id=cast.id, stage=stage, stance=stance, principles=PRINCIPLES, now=now
        )
        if stage == 1:
            actions.open_next_stage(session, actor=person, round_id=cast.id, stage=stage, now=now)
    return participation


def meet(session: Session, cast: RoundCast, person: Actor, *, now: datetime = START) -> Participation:
    """Let a student commit everywhere and open what is others': the gate is open to them."""
    participation = commit_everywhere(session, cast, person, now=now)
    actions.meet_others(session, actor=person, round_id=cast.id, now=now)
    return participation


def leave(session: Session, cast: RoundCast, person: Actor, *, now: datetime = START) -> None:
    """Remove somebody from the class."""
    membership = session.scalars(
        select(Membership).where(Membership.cohort_id == cast.cohort.id, Membership.user_id == person.id)
    ).one()
    membership.left_at = now
    session.flush()


def move(session: Session, cast: RoundCast, person: Actor, group: Group) -> None:
    """Put a student into another group of the set."""
    member = session.scalars(
        select(GroupMember)
        .join(Membership, Membership.id == GroupMember.membership_id)
        .where(Membership.cohort_id == cast.cohort.id, Membership.user_id == person.id)
    ).one()
    member.group_id = group.id
    session.flush()


def prolong(
    session: Session, cast: RoundCast, person: Actor, close_at: datetime, *, due_at: datetime | None = None
) -> Extension:
    """Give a student more time in the round: due a minute before it closes for them, unless said otherwise."""
    extension = Extension(
        round_id=cast.round.id,
        user_id=person.id,
        due_at=due_at or close_at - timedelta(minutes=1),
        close_at=close_at,
        created_at=START,
    )
    session.add(extension)
    session.flush()
    return extension


def archive(session: Session, cast: RoundCast, *, now: datetime = START) -> None:
    """Archive the class."""
    cast.cohort.archived_at = now
    session.flush()


def change(db: Database, kind: type[Base], key: int, **columns: object) -> None:
    """Set columns of one row, as no action would."""
    with db.unit_of_work() as session:
        found = session.get_one(kind, key)
        for name, value in columns.items():
            setattr(found, name, value)
