"""Looking for words in the threads of one's group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for

from ethics.cases.search import Piece, terms_of
from ethics.discussions import queries
from ethics.discussions.queries import Hit
from ethics.rounds.gate import Standing
from ethics.rounds.queries import groups_taught
from ethics.web import loop
from ethics.web.auth import actor, signed_in
from ethics.web.comments import author_shown, role_shown, title_gone
from ethics.web.loop import standing_here
from ethics.web.session import reader
from ethics.web.times import Shown, day

blueprint = Blueprint("searching", __name__)

LONGEST_WISH = 200


@dataclass(frozen=True, slots=True)
class HitShown:
    """A comment in which words were found."""

    url: str
    title: Sequence[Piece]
    author: str
    role: str | None
    day: Shown
    pieces: Sequence[Piece]


@blueprint.get("/rounds/<string:round_id>/discussion/search")
@signed_in
def search(round_id: str) -> str:
    """The comments of one's group that hold the words `q`. Before the commitments are complete: what opens them."""
    at = standing_here(round_id)
    if not at.may_meet_others:
        return render_template("discussions/closed.html", at=at, rail=loop.rail(at, "discussion"))
    groups = groups_taught(reader(), actor(), at) if at.is_faculty else []
    if at.is_faculty and not groups:
        return render_template("discussions/no_groups.html", at=at)
    chosen = request.args.get("group") or groups[0].public_id if groups else None
    group_id = queries.group_for(reader(), actor(), at, chosen)
    wish = request.args.get("q", "")[:LONGEST_WISH]
    hits = queries.search(reader(), actor(), at, group_id, terms_of(wish), before=request.args.get("before"))
    beside = loop.beside_aliases(at, group_id)
    here: dict[str, Any] = {"round_id": round_id, "group": chosen}
    more, hits = len(hits) > queries.HITS, hits[: queries.HITS]
    return render_template(
        "discussions/search.html",
        at=at,
        rail=loop.rail(at, "discussion"),
        wish=wish,
        groups=groups,
        chosen=chosen,
        hits=[_shown(at, hit, beside) for hit in hits],
        back=url_for("discussions.discussion", **here),
        next_url=url_for(".search", **here, q=wish, before=hits[-1].public_id) if more else None,
    )


def _shown(at: Standing, hit: Hit, beside: dict[str, str]) -> HitShown:
    return HitShown(
        url=url_for("discussions.comment", comment_id=hit.public_id),
        title=hit.title or [Piece(title_gone(hit.opening))],
        author=author_shown(hit.author, beside),
        role=role_shown(hit.author.role),
        day=day(hit.created_at, zone=at.round.zone, today=at.now),
        pieces=hit.pieces,
    )
