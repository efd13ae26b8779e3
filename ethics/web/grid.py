"""Who teaches whom, on one grid: the groups of a set by the cohort's tutors, saved whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts import groups as acts
from ethics.cohorts.groups import Pair
from ethics.cohorts.models import Cohort, GroupSet
from ethics.cohorts.queries import assigned_tutors, group_set_for_director, groups_with_members, tutors_of
from ethics.errors import Conflict
from ethics.web.auth import actor, signed_in
from ethics.web.groups import GroupShown, group_shown
from ethics.web.session import now, perform, reader

blueprint = Blueprint("grid", __name__)


@dataclass(frozen=True, slots=True)
class Cell:
    """One tutor at one group."""

    value: str
    tutor: str
    chosen: bool
    until: str


@dataclass(frozen=True, slots=True)
class Row:
    """One group on the grid."""

    group: GroupShown
    cells: list[Cell]

    @property
    def is_gap(self) -> bool:
        """Whether students sit here and nobody is chosen for them."""
        return bool(self.group.students) and not any(cell.chosen for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """Groups by tutors, as a form shows them."""

    tutors: list[tuple[str, str, int]]
    """Public id, name, and how many students they would have."""
    rows: list[Row]
    before: list[str]
    """What the choice is made from."""

    @property
    def gaps(self) -> int:
        """How many groups have nobody."""
        return sum(row.is_gap for row in self.rows)


@blueprint.get("/group-sets/<string:set_id>/tutors")
@signed_in
def tutors(set_id: str) -> str:
    """The grid."""
    group_set, cohort = group_set_for_director(reader(), actor(), set_id)
    current = assigned_tutors(reader(), group_set)
    return _grid_page(group_set, cohort, _grid(group_set, cohort, current, current))


@blueprint.post("/group-sets/<string:set_id>/tutors")
@signed_in
def set_tutors(set_id: str) -> Response | tuple[str, int]:
    """Save the grid whole. Where somebody was faster, both changes are shown together, to be saved again."""
    group_set, cohort = group_set_for_director(reader(), actor(), set_id)
    before, chosen = _pairs("before"), _pairs("chosen")

    def verb(session: Session) -> str:
        within, _ = group_set_for_director(session, actor(), set_id)
        acts.set_tutors(session, actor=actor(), group_set=within, before=before, chosen=chosen, now=now())
        return url_for("grid.tutors", set_id=set_id)

    try:
        answer = perform(verb, actor=actor().public_id)
    except Conflict as conflict:
        current: set[Pair] = conflict.current if isinstance(conflict.current, set) else set()
        merged = (chosen | (current - before)) - (before - current)
        grid = _grid(group_set, cohort, current, merged)
        return _grid_page(group_set, cohort, grid, meanwhile=_meanwhile(grid, before, current)), 409
    flash(gettext("The tutors are kept."), "success")
    return answer


def _pairs(field: str) -> set[Pair]:
    """The pairs that a form names as group.tutor."""
    found = (value.partition(".") for value in request.form.getlist(field))
    return {(group_id, tutor) for group_id, _, tutor in found}


def _grid(group_set: GroupSet, cohort: Cohort, current: set[Pair], chosen: set[Pair]) -> Grid:
    groups = [group_shown(line, cohort) for line in groups_with_members(reader(), actor(), group_set)]
    people = tutors_of(reader(), cohort.id)
    ends = {(group.public_id, tutor.public_id): tutor.until for group in groups for tutor in group.tutors}
    return Grid(
        tutors=[(line.public_id, line.name, _load(groups, chosen, line.public_id)) for line in people],
        rows=[
            Row(
                group,
                [
                    Cell(
                        value=f"{group.public_id}.{line.public_id}",
                        tutor=line.name,
                        chosen=(group.public_id, line.public_id) in chosen,
                        until=ends.get((group.public_id, line.public_id), ""),
                    )
                    for line in people
                ],
            )
            for group in groups
        ],
        before=sorted(f"{group_id}.{tutor}" for group_id, tutor in current),
    )


def _load(groups: Sequence[GroupShown], chosen: set[Pair], tutor: str) -> int:
    """How many students a tutor would have."""
    return sum(len(group.students) for group in groups if (group.public_id, tutor) in chosen)


def _meanwhile(grid: Grid, before: set[Pair], current: set[Pair]) -> list[str]:
    """What somebody else changed, in words."""
    names: Mapping[str, str] = {public_id: name for public_id, name, _ in grid.tutors}
    lines = []
    for row in grid.rows:
        for _, tutor in sorted(pair for pair in current - before if pair[0] == row.group.public_id):
            lines.append(gettext("%(tutor)s was given %(group)s.", tutor=names.get(tutor, ""), group=row.group.name))
        for _, tutor in sorted(pair for pair in before - current if pair[0] == row.group.public_id):
            lines.append(
                gettext("%(tutor)s no longer teaches %(group)s.", tutor=names.get(tutor, ""), group=row.group.name)
            )
    return [str(line) for line in lines]


def _grid_page(group_set: GroupSet, cohort: Cohort, grid: Grid, *, meanwhile: Sequence[str] = ()) -> str:
    return render_template(
        "groups/tutors.html",
        group_set=group_set,
        cohort=cohort,
        grid=grid,
        meanwhile=meanwhile,
        may_change=cohort.archived_at is None,
    )
