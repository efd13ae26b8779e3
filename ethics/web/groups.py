"""Who sits with whom: a director's pages of group sets and groups, and a group's page for its tutors."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import format_date, gettext, lazy_gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts import groups as acts
from ethics.cohorts.actions import assign_tutor, make_group, make_group_set
from ethics.cohorts.models import Cohort, CohortRole, Group, GroupMove, GroupSet, Membership
from ethics.cohorts.queries import (
    GroupLine,
    MemberLine,
    TutorLine,
    cohort_for_director,
    directs,
    group_for_faculty,
    group_set_for_director,
    group_set_lines,
    groups_with_members,
    students_of,
    taught_for_good,
    tutors_of,
    without_group,
)
from ethics.errors import Invalid, NotFound
from ethics.people.models import User
from ethics.rounds.schedule import to_utc
from ethics.rounds.terms import running_in
from ethics.web.auth import actor, signed_in
from ethics.web.forms.groups import CoverForm, MergeForm, NameForm
from ethics.web.messages import message, say
from ethics.web.session import answered_before, now, perform, reader
from ethics.web.shown import vocabulary
from ethics.web.toasts import undoable

blueprint = Blueprint("groups", __name__)

NO_GROUP = "none"
_NEAR = timedelta(days=300)

say(
    {
        "name-taken": lazy_gettext("There is one of this name already. Choose another name."),
        "group-set-in-use": lazy_gettext("A round uses this group set: it stays as long as the round does."),
        "group-not-empty": lazy_gettext("Somebody sits in this group. Move them first."),
        "group-has-talked": lazy_gettext("Something was written in this group. It stays, so that this stays too."),
        "nobody-chosen": lazy_gettext("Nobody was chosen. Tick the students who are to move, then choose their group."),
        "unknown-group": lazy_gettext("Choose one of the other groups of this set."),
        "moved-since": lazy_gettext("Somebody was moved again meanwhile, so that this cannot be undone as a whole."),
        "ends-in-the-past": lazy_gettext("This day is over. Choose a later one."),
    }
)


# What pages show


@dataclass(frozen=True, slots=True)
class TutorShown:
    """A tutor of a group in words; `until` is the last day of a cover, or empty."""

    public_id: str
    name: str
    until: str

    @property
    def words(self) -> str:
        """The name, with the end of a cover."""
        return gettext("%(name)s (until %(day)s)", name=self.name, day=self.until) if self.until else self.name


@dataclass(frozen=True, slots=True)
class StudentShown:
    """A student in a list of a group."""

    public_id: str
    name: str
    profession: str


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group as pages list it."""

    public_id: str
    name: str
    students: list[StudentShown]
    tutors: list[TutorShown]
    mix: str
    """How many of which profession, in words."""
    asks_to_be_merged: bool

    @property
    def size(self) -> str:
        """How many sit here, in words."""
        return str(ngettext("%(num)d student", "%(num)d students", len(self.students)))

    @property
    def is_gap(self) -> bool:
        """Whether students sit here and nobody teaches them."""
        return bool(self.students) and not self.tutors

    @property
    def taught_by(self) -> str:
        """Who teaches the group, in words; empty for nobody."""
        return ", ".join(tutor.words for tutor in self.tutors)


def group_shown(line: GroupLine, cohort: Cohort) -> GroupShown:
    """A group for the page; ends of covers are days of the cohort's zone."""
    return GroupShown(
        public_id=line.public_id,
        name=line.name,
        students=students_shown(line.students),
        tutors=[tutor_shown(tutor, cohort) for tutor in line.tutors],
        mix=mix(student.profession for student in line.students),
        asks_to_be_merged=line.asks_to_be_merged,
    )


def students_shown(lines: Iterable[MemberLine]) -> list[StudentShown]:
    """Students for the page."""
    return [StudentShown(line.public_id, line.name, _profession(line.profession)) for line in lines]


def tutor_shown(line: TutorLine, cohort: Cohort) -> TutorShown:
    """A tutor for the page."""
    return TutorShown(line.public_id, line.name, last_day(line.until, cohort.zone) if line.until else "")


def last_day(until: datetime, zone: str) -> str:
    """The last day of a cover that ends at `until`, as in "3 December"; with the year where it lies far off."""
    last = (until - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    return str(format_date(last, "d MMMM" if abs(until - now()) < _NEAR else "d MMMM y"))


def end_of(day: date, zone: str) -> datetime:
    """The moment at which a local day ends, in UTC."""
    return to_utc(datetime.combine(day + timedelta(days=1), time()), zone)


def _profession(identifier: str | None) -> str:
    known = vocabulary().professions.get(identifier or "")
    return known.name if known else identifier or ""


def mix(professions: Iterable[str | None]) -> str:
    """How many of which profession, the most numerous first."""
    numbers = Counter(professions)
    words = [
        f"{number}\N{NO-BREAK SPACE}{_profession(name) or gettext('not known')}"
        for name, number in numbers.most_common()
    ]
    return " · ".join(words)


# Group sets


@blueprint.get("/cohorts/<string:cohort_id>/groups")
@signed_in
def sets(cohort_id: str) -> str:
    """The group sets of a cohort."""
    return _sets_page(cohort_for_director(reader(), actor(), cohort_id), NameForm())


@blueprint.post("/cohorts/<string:cohort_id>/groups")
@signed_in
def make_set(cohort_id: str) -> Response | tuple[str, int]:
    """Make an empty group set."""
    found = cohort_for_director(reader(), actor(), cohort_id)

    def verb(session: Session, name: str) -> str:
        cohort = cohort_for_director(session, actor(), cohort_id)
        made = make_group_set(session, actor=actor(), cohort=cohort, name=name, now=now())
        return url_for("groups.board", set_id=made.public_id)

    return _named(verb, lambda form: _sets_page(found, form), gettext("The group set is made. It has no groups yet."))


@blueprint.get("/group-sets/<string:set_id>")
@signed_in
def board(set_id: str) -> str:
    """Who sits where."""
    group_set, cohort = group_set_for_director(reader(), actor(), set_id)
    return _board_page(group_set, cohort)


@blueprint.post("/group-sets/<string:set_id>/rename")
@signed_in
def rename_set(set_id: str) -> Response | tuple[str, int]:
    """Give a group set another name."""
    group_set, cohort = group_set_for_director(reader(), actor(), set_id)

    def verb(session: Session, name: str) -> str:
        what, _ = group_set_for_director(session, actor(), set_id)
        acts.rename(session, actor=actor(), what=what, name=name, now=now())
        return url_for("groups.board", set_id=set_id)

    return _named(
        verb, lambda form: _board_page(group_set, cohort, rename=form), gettext("The group set has its new name.")
    )


@blueprint.post("/group-sets/<string:set_id>/delete")
@signed_in
def delete_set(set_id: str) -> Response:
    """Delete a group set that no round uses."""
    before = answered_before(actor=actor().public_id)
    if before:
        return before
    group_set_for_director(reader(), actor(), set_id)

    def verb(session: Session) -> str:
        group_set, cohort = group_set_for_director(session, actor(), set_id)
        acts.delete_group_set(session, actor=actor(), group_set=group_set, now=now())
        return url_for("groups.sets", cohort_id=cohort.public_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The group set is gone. Everybody is still in the cohort."), "success")
    return answer


@blueprint.post("/group-sets/<string:set_id>/groups")
@signed_in
def make(set_id: str) -> Response | tuple[str, int]:
    """Make an empty group."""
    group_set, cohort = group_set_for_director(reader(), actor(), set_id)

    def verb(session: Session, name: str) -> str:
        within, _ = group_set_for_director(session, actor(), set_id)
        made = make_group(session, actor=actor(), group_set=within, name=name, now=now())
        return url_for("groups.board", set_id=set_id, _anchor=f"group-{made.public_id}")

    return _named(verb, lambda form: _board_page(group_set, cohort, make=form), gettext("The group is made."))


@blueprint.post("/group-sets/<string:set_id>/move")
@signed_in
def move(set_id: str) -> Response | tuple[str, int]:
    """Put the students who were ticked into a group, or out of all."""
    group_set, cohort = group_set_for_director(reader(), actor(), set_id)
    chosen, goal = request.form.getlist("student"), request.form.get("group", "")
    moved: list[str] = []

    def verb(session: Session) -> str:
        within, _ = group_set_for_director(session, actor(), set_id)
        made = acts.move_students(
            session,
            actor=actor(),
            group_set=within,
            students=chosen,
            group=None if goal == NO_GROUP else _group(session, within, goal),
            now=now(),
        )
        moved[:] = [made.public_id] if made else []
        anchor = "without-a-group" if goal == NO_GROUP else f"group-{goal}"
        return url_for("groups.board", set_id=set_id, _anchor=anchor)

    try:
        answer = perform(verb, actor=actor().public_id)
    except Invalid as error:
        return _board_page(group_set, cohort, chosen=chosen, goal=goal, refusal=error.code), 422
    _say_moved(moved, len(chosen))
    return answer


@blueprint.post("/moves/<string:move_id>/undo")
@signed_in
def undo(move_id: str) -> Response:
    """Put everybody of a move back."""
    before = answered_before(actor=actor().public_id)
    if before:
        return before

    def verb(session: Session) -> str:
        found = session.scalar(select(GroupMove).where(GroupMove.public_id == move_id))
        if found is None:
            raise NotFound
        group_set = session.get_one(GroupSet, found.group_set_id)
        acts.undo_move(session, actor=actor(), move=found, now=now())
        cohort = session.get_one(Cohort, group_set.cohort_id)
        if directs(session, actor(), cohort):
            return url_for("groups.board", set_id=group_set.public_id)
        return url_for("cohorts.cohort", cohort_id=cohort.public_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("Everybody is back where they were."), "success")
    return answer


# One group


@blueprint.get("/groups/<string:group_id>")
@signed_in
def group(group_id: str) -> str:
    """One group for its faculty."""
    return _group_page(group_id)


@blueprint.post("/groups/<string:group_id>/rename")
@signed_in
def rename(group_id: str) -> Response | tuple[str, int]:
    """Give a group another name."""
    _as_director(group_id)

    def verb(session: Session, name: str) -> str:
        what, _, _ = group_for_faculty(session, actor(), group_id)
        acts.rename(session, actor=actor(), what=what, name=name, now=now())
        return url_for("groups.group", group_id=group_id)

    return _named(verb, lambda form: _group_page(group_id, rename=form), gettext("The group has its new name."))


@blueprint.post("/groups/<string:group_id>/delete")
@signed_in
def delete(group_id: str) -> Response:
    """Delete a group in which nobody sits and nothing was written."""
    before = answered_before(actor=actor().public_id)
    if before:
        return before
    _as_director(group_id)

    def verb(session: Session) -> str:
        found, group_set, _ = group_for_faculty(session, actor(), group_id)
        acts.delete_group(session, actor=actor(), group=found, now=now())
        return url_for("groups.board", set_id=group_set.public_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("The group is gone."), "success")
    return answer


@blueprint.post("/groups/<string:group_id>/merge")
@signed_in
def merge(group_id: str) -> Response | tuple[str, int]:
    """Put everybody of a group into another."""
    found, group_set, _ = group_for_faculty(reader(), actor(), group_id)
    before = groups_with_members(reader(), actor(), group_set, only=found)[0]
    moved: list[str] = []

    def verb(session: Session) -> str:
        source, within, _ = group_for_faculty(session, actor(), group_id)
        into = _group(session, within, request.form.get("into", ""))
        made = acts.merge_groups(session, actor=actor(), group=source, into=into, now=now())
        moved[:] = [made.public_id] if made else []
        return url_for("groups.group", group_id=into.public_id)

    try:
        answer = perform(verb, actor=actor().public_id)
    except Invalid as error:
        form = _merge_form(found, group_set)
        form.refuse(error)
        return _group_page(group_id, merge=form), 422
    _say_moved(moved, len(before.students))
    return answer


@blueprint.post("/groups/<string:group_id>/cover")
@signed_in
def cover(group_id: str) -> Response | tuple[str, int]:
    """Let a colleague cover a group until the end of a day."""
    group, group_set, cohort = _as_director(group_id)
    form = _cover_form(cohort, groups_with_members(reader(), actor(), group_set, only=group)[0])
    if not form.validate_on_submit():
        return _group_page(group_id, cover=form), 422
    assert isinstance(form.until.data, date), "InputRequired has seen to it"  # noqa: S101  # for the type checker
    until = end_of(form.until.data, cohort.zone)

    def verb(session: Session) -> str:
        found, _, _ = group_for_faculty(session, actor(), group_id)
        membership = _tutor(session, cohort, form.tutor.data)
        assign_tutor(session, actor=actor(), group=found, membership=membership, until=until, now=now())
        return url_for("groups.group", group_id=group_id)

    try:
        answer = perform(verb, actor=actor().public_id)
    except Invalid as error:
        form.refuse(error)
        return _group_page(group_id, cover=form), 422
    flash(gettext("The group is covered until the end of %(day)s.", day=last_day(until, cohort.zone)), "success")
    return answer


# What the pages are made of


def _named(
    verb: Callable[[Session, str], str], page: Callable[[NameForm], str], said: str
) -> Response | tuple[str, int]:
    """Take a form with a name: do what `verb` does with it, or show the page again with what is wrong."""
    form = NameForm()
    if not form.validate_on_submit():
        return page(form), 422
    try:
        answer = perform(lambda session: verb(session, form.name.data or ""), actor=actor().public_id)
    except Invalid as error:
        form.refuse(error)
        return page(form), 422
    flash(said, "success")
    return answer


def _say_moved(moved: Sequence[str], number: int) -> None:
    if moved:
        text = ngettext("%(num)d student was moved.", "%(num)d students were moved.", number)
        undoable(text, url_for("groups.undo", move_id=moved[0]))
    else:
        flash(gettext("Everybody sits there already. Nothing was changed."), "success")


def _sets_page(cohort: Cohort, form: NameForm) -> str:
    return render_template(
        "groups/sets.html",
        cohort=cohort,
        sets=group_set_lines(reader(), cohort),
        students=len(students_of(reader(), cohort.id)),
        form=form,
        may_change=cohort.archived_at is None,
    )


def _board_page(
    group_set: GroupSet,
    cohort: Cohort,
    *,
    rename: NameForm | None = None,
    make: NameForm | None = None,
    chosen: Sequence[str] = (),
    goal: str = "",
    refusal: str = "",
) -> str:
    groups = [group_shown(line, cohort) for line in groups_with_members(reader(), actor(), group_set)]
    return render_template(
        "groups/board.html",
        group_set=group_set,
        cohort=cohort,
        groups=groups,
        without=students_shown(without_group(reader(), group_set)),
        running=[found.case_version.case.title for found in running_in(reader(), cohort, group_set, now=now())],
        rename=rename or NameForm(formdata=None, data={"name": group_set.name}),
        make=_apart(
            make or NameForm(formdata=None, data={"name": gettext("Group %(number)s", number=len(groups) + 1)})
        ),
        chosen=frozenset(chosen),
        goal=goal,
        refusal=message(refusal) if refusal else "",
        may_change=cohort.archived_at is None,
    )


def _group_page(
    group_id: str, *, rename: NameForm | None = None, merge: MergeForm | None = None, cover: CoverForm | None = None
) -> str:
    found, group_set, cohort = group_for_faculty(reader(), actor(), group_id)
    is_director, writable = directs(reader(), actor(), cohort), cohort.archived_at is None
    line = groups_with_members(reader(), actor(), group_set, only=found)[0]
    merging = merge or _merge_form(found, group_set)
    return render_template(
        "groups/group.html",
        group=group_shown(line, cohort),
        group_set=group_set,
        cohort=cohort,
        is_director=is_director,
        may_change=is_director and writable,
        merge=merging if writable and line.students and merging.into.choices else None,
        rename=rename or NameForm(formdata=None, data={"name": found.name}),
        cover=cover or _cover_form(cohort, line) if is_director and writable else None,
        running=[each.case_version.case.title for each in running_in(reader(), cohort, group_set, now=now())],
    )


def _apart(form: NameForm) -> NameForm:
    """The form with an id of its own for its field, where a page has another of its kind."""
    form.name.id = form.name.label.field_id = "new-name"
    return form


def _as_director(group_id: str) -> tuple[Group, GroupSet, Cohort]:
    found, group_set, cohort = group_for_faculty(reader(), actor(), group_id)
    if not directs(reader(), actor(), cohort):
        raise NotFound
    return found, group_set, cohort


def _merge_form(found: Group, group_set: GroupSet) -> MergeForm:
    """The groups into which this one may go: all of the set for its director, for a tutor those taught for good."""
    form = MergeForm(formdata=None)
    lines = groups_with_members(reader(), actor(), group_set)
    may = {line.public_id for line in lines}
    if not directs(reader(), actor(), reader().get_one(Cohort, group_set.cohort_id)):
        taught = set(taught_for_good(reader(), actor(), group_set).values())
        may = taught if found.public_id in taught else set()
    form.offer(
        (line.public_id, gettext("%(group)s, with %(number)s", group=line.name, number=len(line.students)))
        for line in lines
        if line.public_id in may - {found.public_id}
    )
    return form


def _cover_form(cohort: Cohort, line: GroupLine) -> CoverForm:
    """Offers the cohort's tutors but for those who teach the group for good: they cannot cover it, too."""
    form, theirs = CoverForm(), {tutor.public_id for tutor in line.tutors if tutor.until is None}
    form.offer(
        (tutor.public_id, tutor.name) for tutor in tutors_of(reader(), cohort.id) if tutor.public_id not in theirs
    )
    return form


def _group(session: Session, group_set: GroupSet, public_id: str) -> Group:
    found = session.scalar(select(Group).where(Group.public_id == public_id, Group.group_set_id == group_set.id))
    if found is None:
        raise Invalid("unknown-group", "into")
    return found


def _tutor(session: Session, cohort: Cohort, public_id: str) -> Membership:
    return session.scalars(
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.cohort_id == cohort.id,
            Membership.role == CohortRole.TUTOR,
            Membership.left_at.is_(None),
            User.public_id == public_id,
        )
    ).one()
