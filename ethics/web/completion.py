"""Who has done what, as a file to take away: of a round, and of a whole cohort."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, make_response, render_template, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from ethics.audit.actions import note_access
from ethics.cohorts.models import CohortRole
from ethics.cohorts.queries import cohort_for_faculty
from ethics.errors import NotFound
from ethics.insights import completion
from ethics.insights.completion import Done, Layout, Rows, Texts
from ethics.reflections.queries import KIND
from ethics.rounds.gate import Standing
from ethics.rounds.queries import STANCES
from ethics.web.auth import actor, signed_in
from ethics.web.confirm import ask_password, password_was_given_lately
from ethics.web.forms.completion import CompletionForm
from ethics.web.loop import standing_here
from ethics.web.session import now, reader, writing

blueprint = Blueprint("completion", __name__)

_LIST = (Layout.LIST.value, lazy_gettext("For you: a list with states and dates"))
_PLATFORMS = (
    (Layout.CANVAS.value, lazy_gettext("For Canvas: its gradebook takes it in, one point for who has submitted")),
    (Layout.MOODLE.value, lazy_gettext("For Moodle: its gradebook takes it in, a 1 for who has submitted")),
)
_Rounds = Mapping[str, tuple[Standing, Sequence[Done]]]


@blueprint.route("/rounds/<string:round_id>/completion", methods=["GET", "POST"])
@signed_in
def of_round(round_id: str) -> Response | str | tuple[str, int]:
    """A round's students; with what they wrote when that is ticked, which each of them then sees."""
    at = standing_here(round_id)
    if not at.is_faculty:
        raise NotFound
    form = _form(is_director=at.is_director)
    if form.validate_on_submit():
        texts = None
        rounds = _rounds([at])
        if form.texts.data and at.reads_students and form.layout.data == Layout.LIST:
            if not password_was_given_lately():
                return ask_password(url_for(".of_round", round_id=round_id))
            texts = completion.texts_of(reader(), at, next(iter(rounds.values()))[1])
            _note_taken(at, next(iter(rounds.values()))[1], texts)
        return _file(_rows(form, rounds, at.round.cohort.name, texts), form)
    page = render_template(
        "insights/completion.html",
        form=form,
        heading=completion.names_of([at]),
        students=len(completion.students_done(reader(), actor(), at)),
        with_texts=at.reads_students,
        action=url_for(".of_round", round_id=round_id),
        back=url_for("rounds.overview", round_id=round_id),
    )
    return (page, 422) if form.errors else page


@blueprint.route("/cohorts/<string:cohort_id>/completion", methods=["GET", "POST"])
@signed_in
def of_cohort(cohort_id: str) -> Response | str | tuple[str, int]:
    """Every round of a cohort that was opened, archived or not. Texts are taken round by round."""
    cohort, role = cohort_for_faculty(reader(), actor(), cohort_id)
    form = _form(is_director=role is CohortRole.DIRECTOR)
    standings = completion.rounds_in(reader(), actor(), cohort, now=now())
    if form.validate_on_submit():
        return _file(_rows(form, _rounds(standings), cohort.name, None), form)
    page = render_template(
        "insights/completion.html",
        form=form,
        heading=completion.names_of(standings),
        students=None,
        with_texts=False,
        action=url_for(".of_cohort", cohort_id=cohort_id),
        back=url_for("cohorts.cohort", cohort_id=cohort_id),
    )
    return (page, 422) if form.errors else page


def _form(*, is_director: bool) -> CompletionForm:
    """Gradebooks know people by their address, which is for the director alone."""
    form = CompletionForm()
    form.offer((_LIST, *_PLATFORMS) if is_director else (_LIST,))
    return form


def _rounds(standings: Sequence[Standing]) -> _Rounds:
    named = completion.names_of(standings)
    return {name: (at, completion.students_done(reader(), actor(), at)) for name, at in named.items()}


def _rows(form: CompletionForm, rounds: _Rounds, section: str, texts: Mapping[str, Texts] | None) -> Rows:
    match Layout(form.layout.data):
        case Layout.CANVAS:
            return completion.canvas(rounds, section=section)
        case Layout.MOODLE:
            return completion.moodle(rounds)
        case Layout.LIST:
            return completion.listed(rounds, texts=texts)


def _note_taken(at: Standing, lines: Sequence[Done], texts: Mapping[str, Texts]) -> None:
    """Note for each owner what of theirs is in the file, in one transaction before it leaves."""
    with writing() as session:
        for line in lines:
            written = texts[line.owner]
            kinds = [(STANCES, at.round.public_id)] if written.has_stances else []
            kinds += [(KIND, line.reflection)] if written.has_reflection and line.reflection else []
            for kind, object_id in kinds:
                note_access(session, actor=actor(), owner=line.owner, object_kind=kind, object_id=object_id, now=now())


def _file(rows: Rows, form: CompletionForm) -> Response:
    answer = make_response(completion.as_csv(rows, bom=bool(form.bom.data)))
    answer.mimetype = "text/csv"
    name = f"completion-{form.layout.data}-{now().date().isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
