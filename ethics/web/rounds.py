"""A student's way through a round: begin, commit stage by stage, meet others, look again, debrief."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cases.models import SegmentKind
from ethics.cases.queries import cited_references
from ethics.discussions.passages import KINDS
from ethics.errors import Conflict, Invalid, NotAllowed, NotFound
from ethics.markup import text_of
from ethics.rounds import actions, queries, rules
from ethics.rounds.gate import Standing
from ethics.rounds.models import Kind, Stance
from ethics.web import faculty, loop
from ethics.web.auth import actor, signed_in
from ethics.web.discussions import beside_case
from ethics.web.forms.rounds import ClosingNoteForm, StanceForm, stance_values
from ethics.web.journal import earlier_shown
from ethics.web.loop import participant_here, standing_here
from ethics.web.messages import message, say
from ethics.web.session import now, perform, reader
from ethics.web.shown import Position, case_shown, decision_points, families, position, vocabulary

blueprint = Blueprint("rounds", __name__)

_ON_STAGE = frozenset(SegmentKind) - {SegmentKind.QUESTIONS, SegmentKind.DEBRIEF, SegmentKind.REFERENCES}

say(
    {
        "not-a-participant": lazy_gettext("Only students who have begun this round can do that. Begin it first."),
        "stance-locked": lazy_gettext("This position is locked: a later stage, or others' reasons, are open to you."),
        "no-decision-here": lazy_gettext("There is nothing to decide at this stage."),
        "no-next-stage": lazy_gettext("That stage is open already, or it is the last."),
        "commit-first": lazy_gettext("This opens once you have committed at every decision point."),
        "round-closed": lazy_gettext("This round is closed. What was open to you can still be read."),
        "round-not-open": lazy_gettext("This round is not open yet."),
        "no-revisiting": lazy_gettext("This round has no second look."),
        "revisited-already": lazy_gettext("You have looked again already; that answer stays as it is."),
        "revisit-later": lazy_gettext("The second look opens later; the round's page says when."),
        "no-debrief-yet": lazy_gettext("The debrief is not open to you yet."),
        "choose-an-option": lazy_gettext("Choose a course, or say that you are unsure. Everything else is kept."),
        "say-which-course": lazy_gettext("Say which other course you mean. Everything else is kept."),
        "choose-confidence": lazy_gettext("Say how sure you are, from 1 to 5."),
        "give-a-reason": lazy_gettext("Give one reason, however short. Your choice is kept."),
        "too-many-principles": lazy_gettext("Choose up to three principles."),
    }
)


@blueprint.get("/rounds/<string:round_id>")
@signed_in
def overview(round_id: str) -> str:
    """Where one is in the round; for faculty, the whole class at a glance."""
    at = standing_here(round_id)
    if at.is_faculty:
        return faculty.round_page(at)
    return render_template(
        "rounds/overview.html",
        at=at,
        rail=loop.rail(at, "start"),
        case=case_shown(at),
        opened=loop.opened(at, queries.STANCES, at.round.public_id) if at.participation else [],
        earlier=earlier_shown(at),
        **_times(at),
    )


@blueprint.post("/rounds/<string:round_id>/begin")
@signed_in
def begin(round_id: str) -> Response:
    """Begin the round."""

    def verb(session: Session) -> str:
        actions.begin(session, actor=actor(), round_id=round_id, now=now())
        return url_for("rounds.stage", round_id=round_id, number=1)

    return perform(verb, actor=actor().public_id)


@blueprint.route("/rounds/<string:round_id>/stages/<int:number>", methods=["GET", "POST"])
@signed_in
def stage(round_id: str, number: int) -> Response | str | tuple[str, int]:
    """Read a stage and commit at its decision point."""
    at = standing_here(round_id)
    if not 1 <= number <= at.stage_reached:
        raise NotFound
    point = decision_points(at).get(number)
    own = queries.own_stances(reader(), at, Kind.FIRST).get(number)
    form = _stance_form(at, point, own)
    shown_own = position(point, own) if point and own else None
    if request.method == "POST":
        if form.validate_on_submit():
            try:
                return _commit(round_id, number, form)
            except Invalid as error:
                form.refuse(error)
        refusal = rules.refuses_commit(at, number)
        if refusal:  # No form to show it in again: what was typed stands on the page of the refusal.
            raise NotAllowed(refusal)
        return _stage_page(at, number, form, point, shown_own), 422
    return _stage_page(at, number, form, point, shown_own)


def _commit(round_id: str, number: int, form: StanceForm) -> Response:
    then = request.form.get("then", "")

    def verb(session: Session) -> str:
        if "option" in request.form or "reason" in request.form:
            actions.commit(
                session,
                actor=actor(),
                round_id=round_id,
                stage=number,
                stance=form.take(),
                principles=vocabulary().principles,
                now=now(),
            )
        if then == "next":
            reached = actions.open_next_stage(session, actor=actor(), round_id=round_id, stage=number, now=now())
            # A redirect without an anchor keeps the form's "#decision": one would land below the new stage's text.
            return url_for("rounds.stage", round_id=round_id, number=reached, _anchor="content")
        return url_for("rounds.stage", round_id=round_id, number=number, _anchor="decision")

    answer = perform(verb, actor=actor().public_id)
    if then == "keep":
        flash(gettext("Kept. You can change it until you go on."), "success")
    return answer


def _stage_page(
    at: Standing, number: int, form: StanceForm, point: queries.DecisionPoint | None, own: Position | None
) -> str:
    segments = queries.open_segments(reader(), at)
    # The guide to the whole case, which only faculty have among these, stands with its first stage.
    here = [part for part in segments if (part.stage or 1) == number and part.kind in _ON_STAGE]
    sources = [part for part in segments if part.kind == SegmentKind.REFERENCES]
    parts = {str(part.position): text_of(part.html) for part in here if part.kind in KINDS}
    return render_template(
        "rounds/stage.html",
        at=at,
        number=number,
        rail=loop.rail(at, f"stage-{number}"),
        segments=[part for part in here if part.kind != SegmentKind.DECISION],
        references=cited_references([*here, *sources]),
        point=point,
        form=form,
        families=families(),
        own=own,
        may_commit=rules.refuses_commit(at, number) is None,
        may_go_on=rules.refuses_next_stage(at, number) is None,
        is_last=number == at.stages,
        who=loop.readers_of_reason(form.audience, Kind.FIRST),
        case=case_shown(at),
        earlier=earlier_shown(at) if number == 1 else None,
        beside=beside_case(at, parts),
    )


@blueprint.get("/rounds/<string:round_id>/reasons")
@signed_in
def reasons(round_id: str) -> str:
    """Others' reasons, unnamed; before they are opened, what opening them means."""
    at = participant_here(round_id)
    if not at.is_complete:
        return render_template(
            "rounds/reasons_closed.html",
            at=at,
            rail=loop.rail(at, "reasons"),
            refusal=rules.refuses_meeting(at),
            message=message(rules.refuses_meeting(at) or ""),
        )
    return render_template(
        "rounds/reasons.html",
        at=at,
        rail=loop.rail(at, "reasons"),
        decisions=_met(at, Kind.FIRST),
        again=_met(at, Kind.REVISITED) if at.has_revisited else [],
        case=case_shown(at),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    text: str
    position: str | None


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    counts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Met:
    """What a participant meets of others at one decision point."""

    question: str
    stage: str
    own: Position | None
    reasons: list[_Shown]
    tally: list[_Row]
    total: int


def _met(at: Standing, kind: Kind) -> list[Met]:
    own = queries.own_stances(reader(), at, kind)
    return [
        _met_at(at, number, point, kind, position(point, own[number]) if number in own else None)
        for number, point in decision_points(at).items()
    ]


def _met_at(at: Standing, number: int, point: queries.DecisionPoint, kind: Kind, own: Position | None) -> Met:
    found = queries.reasons(reader(), actor(), at, stage=number, kind=kind, order_key=loop.order_key())
    tally = queries.group_tally(reader(), actor(), at, stage=number, kind=kind)
    return Met(
        question=point.question,
        stage=at.round.case_version.stages[number - 1]["heading"],
        own=own,
        reasons=[_Shown(reason.text, point.options.get(reason.option or "")) for reason in found],
        tally=[_Row(text, (tally.counts.get(option, 0),)) for option, text in point.options.items()] if tally else [],
        total=(tally.total or 0) if tally else 0,
    )


@blueprint.post("/rounds/<string:round_id>/reasons")
@signed_in
def meet(round_id: str) -> Response:
    """Open others' reasons: the commitments are locked with this."""

    def verb(session: Session) -> str:
        actions.meet_others(session, actor=actor(), round_id=round_id, now=now())
        return url_for("rounds.reasons", round_id=round_id)

    return perform(verb, actor=actor().public_id)


@blueprint.post("/rounds/<string:round_id>/positions")
@signed_in
def positions(round_id: str) -> Response:
    """Show positions beside the reasons from now on."""

    def verb(session: Session) -> str:
        actions.open_positions(session, actor=actor(), round_id=round_id, now=now())
        return url_for("rounds.reasons", round_id=round_id)

    return perform(verb, actor=actor().public_id)


@blueprint.route("/rounds/<string:round_id>/revisit", methods=["GET", "POST"])
@signed_in
def revisit(round_id: str) -> Response | str | tuple[str, int]:
    """State the stance again at every decision point."""
    at = participant_here(round_id)
    refusal = rules.refuses_revisit(at)
    if refusal and not at.has_revisited and request.method == "GET":
        return render_template(
            "rounds/revisit_closed.html", at=at, rail=loop.rail(at, "revisit"), message=message(refusal), **_times(at)
        )
    first = queries.own_stances(reader(), at, Kind.FIRST)
    if at.has_revisited and request.method == "GET":
        return _revisited_page(at, first)
    points = decision_points(at)
    forms = {
        number: _stance_form(at, point, first.get(number), prefix=f"stage-{number}", reason=False)
        for number, point in points.items()
    }
    if request.method == "POST":
        # Every form is checked, so that all that is wrong is shown at once.
        if all([_is_whole(form, points[number]) for number, form in forms.items()]):  # noqa: C419  # see above
            return _revisit(round_id, forms)
        if refusal:
            raise NotAllowed(refusal)
        return _revisit_page(at, forms, first), 422
    return _revisit_page(at, forms, first)


def _is_whole(form: StanceForm, point: queries.DecisionPoint) -> bool:
    if not form.validate_on_submit():
        return False
    try:
        actions.check_stance(form.take(), options=point.options, principles=vocabulary().principles)
    except Invalid as error:
        form.refuse(error)
        return False
    return True


def _revisit(round_id: str, forms: dict[int, StanceForm]) -> Response:
    def verb(session: Session) -> str:
        actions.revisit(
            session,
            actor=actor(),
            round_id=round_id,
            stances={number: form.take() for number, form in forms.items()},
            principles=vocabulary().principles,
            now=now(),
        )
        return url_for("rounds.debrief", round_id=round_id)

    return perform(verb, actor=actor().public_id)


def _revisit_page(at: Standing, forms: dict[int, StanceForm], first: dict[int, Stance]) -> str:
    return render_template(
        "rounds/revisit.html",
        at=at,
        rail=loop.rail(at, "revisit"),
        points=[
            (number, point.question, position(point, first[number]) if number in first else None, forms[number])
            for number, point in decision_points(at).items()
        ],
        families=families(),
        who={number: loop.readers_of_reason(form.audience, Kind.REVISITED) for number, form in forms.items()},
    )


def _revisited_page(at: Standing, first: dict[int, Stance]) -> str:
    again = queries.own_stances(reader(), at, Kind.REVISITED)
    return render_template(
        "rounds/revisited.html",
        at=at,
        rail=loop.rail(at, "revisit"),
        points=[
            (point.question, position(point, first[number]), position(point, again[number]))
            for number, point in decision_points(at).items()
            if number in first and number in again
        ],
    )


@blueprint.get("/rounds/<string:round_id>/debrief")
@signed_in
def debrief(round_id: str) -> str:
    """The cohort's movement, faculty's summary, the case's debrief, and a note to oneself."""
    at = standing_here(round_id)
    if at.is_faculty and not at.debrief_is_open:
        raise NotFound
    return _debrief_page(at, _note_form(at))


@blueprint.post("/rounds/<string:round_id>/closing-note")
@signed_in
def closing_note(round_id: str) -> Response | tuple[str, int]:
    """Keep the note that only its writer reads."""
    at = participant_here(round_id)
    form = ClosingNoteForm()
    if not form.validate_on_submit():
        return _debrief_page(at, form), 422

    def verb(session: Session) -> str:
        actions.write_closing_note(
            session,
            actor=actor(),
            round_id=round_id,
            text=form.text.data or "",
            version=form.version.data or 0,
            now=now(),
        )
        return url_for("rounds.debrief", round_id=round_id, _anchor="closing-note")

    try:
        answer = perform(verb, actor=actor().public_id)
    except Conflict as error:
        return _note_conflict(round_id, form, str(error.current)), 409
    flash(gettext("Kept, for you alone."), "success")
    return answer


def _note_conflict(round_id: str, form: ClosingNoteForm, current: str) -> str:
    at = standing_here(round_id)
    note = queries.closing_note(reader(), at)
    form.version.data = note.version if note else 0
    form.version.raw_data = None
    return render_template(
        "rounds/note_conflict.html", at=at, rail=loop.rail(at, "debrief"), form=form, current=current
    )


def _note_form(at: Standing) -> ClosingNoteForm:
    note = queries.closing_note(reader(), at)
    return ClosingNoteForm(data={"text": note.text if note else "", "version": note.version if note else 0})


def _debrief_page(at: Standing, form: ClosingNoteForm) -> str:
    if not at.debrief_is_open:
        return render_template("rounds/debrief_closed.html", at=at, rail=loop.rail(at, "debrief"), **_times(at))
    segments = queries.open_segments(reader(), at)
    return render_template(
        "rounds/debrief.html",
        at=at,
        rail=loop.rail(at, "debrief"),
        movements=[_moved(at, number, point) for number, point in decision_points(at).items()],
        segments=[part for part in segments if part.kind == SegmentKind.DEBRIEF],
        references=cited_references(segments),
        note=form,
        case=case_shown(at),
    )


@dataclass(frozen=True, slots=True)
class _Moved:
    question: str
    rows: list[_Row]
    kept: int | None
    moved: int | None
    total: int


def _moved(at: Standing, number: int, point: queries.DecisionPoint) -> _Moved:
    found = queries.movement(reader(), at, stage=number)
    first = found.first.counts if found.first else {}
    again = found.revisited.counts if found.revisited else {}
    steps = found.kept_and_moved
    # Where small cells are kept back an option that nobody chose reads like one that few chose.
    none = 0 if at.reads_cohort else None
    return _Moved(
        question=point.question,
        rows=[
            _Row(text, (first.get(option, none), again.get(option, none)))
            for option, text in point.options.items()
            if first or again
        ],
        kept=steps.counts["kept"] if steps else None,
        moved=steps.counts["moved"] if steps else None,
        total=next((tally.total or 0 for tally in (found.first, found.revisited) if tally), 0),
    )


def _stance_form(
    at: Standing, point: queries.DecisionPoint | None, own: Stance | None, *, prefix: str = "", reason: bool = True
) -> StanceForm:
    form = StanceForm(data=stance_values(own, audience=at.round.reason_audience, reason=reason), prefix=prefix)
    form.offer(point.options if point else {}, vocabulary().principles.values())
    return form


def _times(at: Standing) -> dict[str, object]:
    return {
        "opens": loop.shown(at, at.round.opens_at),
        "due": loop.shown(at, at.due_at),
        "revisit_from": loop.shown(at, at.revisit_at) if at.revisit_at else None,
        "closes": loop.shown(at, at.close_at),
    }
