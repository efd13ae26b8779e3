"""A student's own name beside their alias: what it means, and the buttons."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.errors import NotAllowed, NotFound
from ethics.rounds import naming
from ethics.rounds.rules import refuses_naming
from ethics.web import loop
from ethics.web.auth import actor, signed_in
from ethics.web.loop import participant_here
from ethics.web.session import now, perform, reader

blueprint = Blueprint("naming", __name__)


@blueprint.get("/rounds/<string:round_id>/name")
@signed_in
def name(round_id: str) -> str:
    """What it means that the group reads one's name, and the way there or back."""
    at = participant_here(round_id)
    if not at.round.aliases:
        raise NotFound
    alias, refusal = naming.own_alias(reader(), at), refuses_naming(at)
    is_named = alias is not None and alias.named_at is not None
    if refusal and not is_named:
        raise NotAllowed(refusal)
    return render_template(
        "discussions/name.html",
        at=at,
        rail=loop.rail(at, "discussion"),
        alias=loop.name_among_peers(at),
        name=actor().name,
        is_named=is_named,
    )


@blueprint.post("/rounds/<string:round_id>/name")
@signed_in
def put(round_id: str) -> Response:
    """Put one's name beside one's alias."""

    def verb(session: Session) -> str:
        naming.put_name(session, actor=actor(), round_id=round_id, now=now())
        return url_for("discussions.discussion", round_id=round_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("Your group now reads your name beside your alias."), "success")
    return answer


@blueprint.post("/rounds/<string:round_id>/name/take-back")
@signed_in
def take_back(round_id: str) -> Response:
    """Let the group read the alias alone again."""

    def verb(session: Session) -> str:
        naming.take_name_back(session, actor=actor(), round_id=round_id, now=now())
        return url_for("discussions.discussion", round_id=round_id)

    answer = perform(verb, actor=actor().public_id)
    flash(gettext("Your group reads your alias alone again. Whoever has read your name may remember it."), "success")
    return answer
