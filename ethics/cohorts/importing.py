"""Bringing a class list in: what is known is read and compared; what was confirmed is written, all or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, bindparam, insert, select, update
from sqlalchemy.orm import Session

from ethics.audit.actions import Deed, record_all
from ethics.cohorts.actions import check_may_place, make_group_set
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMember, GroupSet, GroupTutor, Membership
from ethics.cohorts.places import lock, note_places
from ethics.cohorts.queries import group_sets
from ethics.cohorts.roster import Known, Member, Plan, Sheet, plan
from ethics.cohorts.teaching import tell_of_tutors
from ethics.db import new_public_id
from ethics.errors import Conflict, Invalid, NotAllowed
from ethics.people.activation import Account, mail_links, open_accounts
from ethics.people.actor import Actor
from ethics.people.models import User
from ethics.text import clean_name
from ethics.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import has done, in numbers."""

    added: int
    returned: int
    changed: int
    moved: int
    tutors: int
    mailed: int


def plan_import(
    session: Session, *, actor: Actor | None, cohort: Cohort, sheet: Sheet, group_set: str, vocabulary: Vocabulary
) -> Plan:
    """What bringing in `sheet` would do. `group_set` is a name, new or known; empty leaves groups alone.

    Raises what `check_may_place` raises, NotAllowed once the cohort is archived.
    """
    check_may_place(session, actor, cohort, CohortRole.TUTOR)
    if cohort.archived_at is not None:
        raise NotAllowed("cohort-archived")
    return plan(sheet, _known(session, cohort, clean_name(group_set)), vocabulary)


def import_roster(
    session: Session,
    *,
    actor: Actor | None,
    cohort: Cohort,
    sheet: Sheet,
    group_set: str,
    vocabulary: Vocabulary,
    leave_out: bool,
    by_mail: bool,
    now: datetime,
    digest: str | None = None,
) -> Outcome:
    """Do what the plan says: people, professions, groups and tutors, in as many statements for many lines as for few.

    `digest` is the plan's that was confirmed: Conflict("roster-changed", the plan of now) when it is another by now.
    Lines with problems make the whole Invalid("roster-problems") unless they are to be left out. With `by_mail`, those
    who are new get their links. Raises what `plan_import` raises.
    """
    lock(session, cohort)
    wanted = plan_import(session, actor=actor, cohort=cohort, sheet=sheet, group_set=group_set, vocabulary=vocabulary)
    if digest is not None and wanted.digest != digest:
        raise Conflict("roster-changed", wanted)
    if wanted.problems and not leave_out:
        raise Invalid("roster-problems")
    if wanted.is_empty:
        return Outcome(0, 0, 0, 0, 0, 0)
    return _Writer(session, actor, cohort, wanted, now).write(clean_name(group_set), by_mail=by_mail)


def _known(session: Session, cohort: Cohort, group_set: str) -> Known:
    """Who and what is there already, in a handful of statements."""
    if not group_set:
        return Known(_members(session, cohort, {}))
    found = _find_set(session, cohort, group_set)
    if found is None:
        return Known(_members(session, cohort, {}), groups=())
    names = dict(
        session.execute(select(Group.id, Group.name).where(Group.group_set_id == found.id).order_by(Group.id)).all()
    )
    seats = session.execute(
        select(GroupMember.membership_id, GroupMember.group_id).where(GroupMember.group_set_id == found.id)
    )
    taught = session.execute(
        select(GroupTutor.group_id, User.email)
        .join(Membership, Membership.id == GroupTutor.membership_id)
        .join(User, User.id == Membership.user_id)
        .where(GroupTutor.group_id.in_(names), GroupTutor.until.is_(None))
    )
    return Known(
        _members(session, cohort, {membership_id: names[group_id] for membership_id, group_id in seats}),
        groups=tuple(names.values()),
        taught=frozenset((names[group_id], email) for group_id, email in taught),
    )


def _find_set(session: Session, cohort: Cohort, name: str) -> GroupSet | None:
    return next((known for known in group_sets(session, cohort) if known.name.casefold() == name.casefold()), None)


def _members(session: Session, cohort: Cohort, groups: Mapping[int, str]) -> dict[str, Member]:
    rows = session.execute(
        select(
            Membership.id,
            Membership.user_id,
            User.email,
            User.name,
            Membership.role,
            Membership.profession,
            Membership.left_at,
        )
        .join(User, User.id == Membership.user_id)
        .where(Membership.cohort_id == cohort.id)
        .order_by(User.name, User.id)
    )
    return {
        row.email: Member(
            row.id,
            row.user_id,
            row.email,
            row.name,
            CohortRole(row.role),
            row.profession,
            row.left_at is not None,
            groups.get(row.id),
        )
        for row in rows
    }


class _Writer:
    """Writes a plan; each step is a fixed number of statements."""

    def __init__(self, session: Session, actor: Actor | None, cohort: Cohort, wanted: Plan, now: datetime) -> None:
        self.session = session
        self.actor = actor
        self.cohort = cohort
        self.plan = wanted
        self.now = now

    def write(self, group_set: str, *, by_mail: bool) -> Outcome:
        """All of it; nothing is committed here."""
        plan = self.plan
        self._check_not_oneself()
        names = {tutor.email: tutor.name for tutor in plan.new_tutors} | {step.email: step.name for step in plan.added}
        accounts = open_accounts(self.session, actor=self.actor, people=names, now=self.now) if names else {}
        self._join(accounts)
        self._return()
        self._change_professions()
        if plan.new_groups or plan.taught or any(step.moved for step in plan.steps):
            self._group(group_set)
        mailed = 0
        if by_mail:
            mailed = mail_links(self.session, actor=self.actor, accounts=list(accounts.values()), now=self.now)
        return Outcome(
            len(plan.added),
            len(plan.returned),
            len(plan.changed),
            len(plan.moved),
            len(plan.new_tutors) + len(plan.returned_tutors),
            mailed,
        )

    def _check_not_oneself(self) -> None:
        """An administrator who is no member could otherwise name himself as a tutor."""
        tutors = {tutor.email for tutor in (*self.plan.new_tutors, *self.plan.returned_tutors)}
        if self.actor is not None and tutors:
            own = self.session.scalar(select(User.email).where(User.id == self.actor.id))
            if own in tutors:
                raise Invalid("own-role")

    def _join(self, accounts: Mapping[str, Account]) -> None:
        students = {step.email: step.profession for step in self.plan.added}
        tutors: dict[str, str | None] = {tutor.email: None for tutor in self.plan.new_tutors}
        for role, people in ((CohortRole.STUDENT, students), (CohortRole.TUTOR, tutors)):
            rows = [
                {
                    "cohort_id": self.cohort.id,
                    "user_id": accounts[email].id,
                    "role": role.value,
                    "profession": profession,
                    "joined_at": self.now,
                    "left_at": None,
                }
                for email, profession in people.items()
            ]
            if rows:
                self.session.execute(insert(Membership), rows)
            self._note(role, {accounts[email].id: accounts[email].public_id for email in people})

    def _return(self) -> None:
        students = {step.email for step in self.plan.returned}
        tutors = {tutor.email for tutor in self.plan.returned_tutors}
        for role, emails in ((CohortRole.STUDENT, students), (CohortRole.TUTOR, tutors)):
            if not emails:
                continue
            people = dict(self.session.execute(select(User.id, User.public_id).where(User.email.in_(emails))).all())
            here = Membership.cohort_id == self.cohort.id
            self.session.execute(
                update(Membership).where(here, Membership.user_id.in_(people)).values(left_at=None),
                execution_options={"synchronize_session": False},
            )
            self._note(role, people)

    def _note(self, role: CohortRole, people: Mapping[int, str]) -> None:
        note_places(self.session, actor=self.actor, cohort=self.cohort, role=role, people=people, now=self.now)

    def _change_professions(self) -> None:
        places = self._places()
        changed = [step for step in self.plan.changed if step.kind != "added"]
        self._each(
            update(Membership).where(Membership.id == bindparam("at")).values(profession=bindparam("becomes")),
            [{"at": places[step.email][0], "becomes": step.profession} for step in changed],
        )
        self._record("cohort.change-profession", {places[step.email][1]: self.cohort.public_id for step in changed})

    def _group(self, name: str) -> None:
        """Make the groups that are missing, seat the students, give groups to tutors."""
        found = _find_set(self.session, self.cohort, name) or make_group_set(
            self.session, actor=self.actor, cohort=self.cohort, name=name, now=self.now
        )
        new = {group: new_public_id() for group in self.plan.new_groups}
        if new:
            rows = [{"group_set_id": found.id, "name": group, "public_id": made} for group, made in new.items()]
            self.session.execute(insert(Group), rows)
            deeds = [Deed("group.make", "group", made) for made in new.values()]
            record_all(self.session, actor=self.actor, deeds=deeds, now=self.now)
        groups = {
            group.name: (group.id, group.public_id)
            for group in self.session.execute(
                select(Group.name, Group.id, Group.public_id).where(Group.group_set_id == found.id)
            )
        }
        places = self._places()
        self._seat(found, {group: ids[0] for group, ids in groups.items()}, places)
        seated = {places[step.email][1]: groups[step.group][1] for step in self.plan.steps if step.moved and step.group}
        self._record("group.put-in", seated, detail="group")
        self._teach(groups, places)

    def _seat(self, found: GroupSet, groups: Mapping[str, int], places: Mapping[str, tuple[int, str]]) -> None:
        rows = [
            {"group_set_id": found.id, "membership_id": places[step.email][0], "group_id": groups[step.group]}
            for step in self.plan.steps
            if step.moved and step.group and step.group_before is None
        ]
        if rows:
            self.session.execute(insert(GroupMember), rows)
        self._each(
            update(GroupMember)
            .where(GroupMember.group_set_id == found.id, GroupMember.membership_id == bindparam("at"))
            .values(group_id=bindparam("becomes")),
            [
                {"at": places[step.email][0], "becomes": groups[step.group]}
                for step in self.plan.steps
                if step.moved and step.group and step.group_before is not None
            ],
        )

    def _teach(self, groups: Mapping[str, tuple[int, str]], places: Mapping[str, tuple[int, str]]) -> None:
        """Cover that would end becomes a group for good; the others are new."""
        wanted = {(groups[group][0], places[email][0]): (group, email) for group, email in self.plan.taught}
        covers = set(
            self.session.execute(
                select(GroupTutor.group_id, GroupTutor.membership_id).where(
                    GroupTutor.group_id.in_({group_id for group_id, _ in wanted})
                )
            ).all()
        )
        self._each(
            update(GroupTutor)
            .where(GroupTutor.group_id == bindparam("of"), GroupTutor.membership_id == bindparam("at"))
            .values(until=None),
            [{"of": group_id, "at": at} for group_id, at in wanted if (group_id, at) in covers],
        )
        rows = [
            {"group_id": group_id, "membership_id": at, "until": None}
            for group_id, at in wanted
            if (group_id, at) not in covers
        ]
        if rows:
            self.session.execute(insert(GroupTutor), rows)
        deeds = [
            Deed("cohort.assign-tutor", "user", places[email][1], {"group": groups[group][1]})
            for group, email in wanted.values()
        ]
        record_all(self.session, actor=self.actor, deeds=deeds, now=self.now)
        new = {tutor.email for tutor in self.plan.new_tutors}
        known = {email for _, email in wanted.values()} - new
        if known:
            tutors = self.session.scalars(select(User.id).where(User.email.in_(known))).all()
            tell_of_tutors(self.session, actor=self.actor, cohort_id=self.cohort.id, tutors=tutors, now=self.now)

    def _places(self) -> dict[str, tuple[int, str]]:
        """Membership and public id of everybody in the cohort, by address."""
        rows = self.session.execute(
            select(User.email, Membership.id, User.public_id)
            .join(User, User.id == Membership.user_id)
            .where(Membership.cohort_id == self.cohort.id)
        )
        return {email: (membership_id, public_id) for email, membership_id, public_id in rows}

    def _each(self, statement: Update, rows: list[dict[str, int | str | None]]) -> None:
        if rows:
            self.session.connection().execute(statement, rows)

    def _record(self, action: str, people: Mapping[str, str], *, detail: str = "cohort") -> None:
        deeds = [Deed(action, "user", public_id, {detail: other}) for public_id, other in people.items()]
        record_all(self.session, actor=self.actor, deeds=deeds, now=self.now)
