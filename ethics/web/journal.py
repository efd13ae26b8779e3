"""The journal: one's own work over time, found again by case, principle and word, and taken home."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, make_response, render_template, request, url_for
from flask_babel import LazyString, format_date, gettext, lazy_gettext, ngettext
from werkzeug.wrappers import Response

from ethics.cases.library import tension_key
from ethics.cases.search import Piece, terms_of
from ethics.discussions.models import State
from ethics.errors import NotFound
from ethics.insights import journal as own
from ethics.insights.journal import Entry, Point, Said, Spoken, Written
from ethics.insights.journal_file import journal_file
from ethics.reflections.queries import RevisionShown
from ethics.rounds.gate import Standing
from ethics.rounds.models import UNSURE
from ethics.vocabulary import Principle
from ethics.web.auth import actor, signed_in
from ethics.web.comments import why
from ethics.web.confirm import ask_password, password_was_given_lately
from ethics.web.session import now, reader
from ethics.web.shown import Position, principles_of
from ethics.web.times import Shown, moment

blueprint = Blueprint("journal", __name__)

PAGE = 12
"""Rounds on a page: what a student does in a year, so that a year prints whole."""

_KINDS: dict[str, LazyString] = {
    "stance": lazy_gettext("Where you stood"),
    "reflection": lazy_gettext("In your reflection"),
    "asked": lazy_gettext("What you asked"),
    "draft": lazy_gettext("Not submitted"),
    "comment": lazy_gettext("In discussion"),
    "closing-note": lazy_gettext("Your closing note"),
}


@dataclass(frozen=True, slots=True)
class PointShown:
    """A decision point with both positions, and what they replaced."""

    question: str
    first: Position | None
    revisited: Position | None
    before: list[Position]


@dataclass(frozen=True, slots=True)
class RevisionOnPage:
    """A revision and when it was submitted; what templates/reflections/_revision.html reads."""

    revision: RevisionShown
    time: Shown


@dataclass(frozen=True, slots=True)
class SpokenShown:
    """A comment in the journal."""

    author: str
    is_own: bool
    title: str
    """Of its thread."""
    url: str | None
    """Where it stands; None where that is no longer open."""
    time: Shown
    state: str | None
    why: str | None
    html: str | None
    edited: bool
    earlier: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryShown:
    """A round in the journal."""

    id: str
    title: str
    facts: str
    url: str
    round_url: str | None
    """None where the round is closed to its writer: they left the class, or it is archived."""
    principles: tuple[Principle, ...]
    points: list[PointShown]
    reflection: Written | None
    revisions: list[RevisionOnPage]
    answers: list[SpokenShown]
    comments: list[SpokenShown]
    closing_note: str
    is_blank: bool


@dataclass(frozen=True, slots=True)
class HitShown:
    """A place where the words stand."""

    kind: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Way:
    """A principle or a tension that leads through the journal, and how many rounds it leads to."""

    principles: tuple[Principle, ...]
    url: str
    count: int


@blueprint.get("/journal")
@signed_in
def journal() -> str:
    """Everything, or what one looks for: words, a principle, a tension."""
    entries = own.journal_of(reader(), actor(), now=now())
    if request.args.get("q", "").strip():
        return _found(entries, request.args["q"].strip()[:200])
    if "principle" in request.args or "tension" in request.args:
        return _weighed(entries)
    after = next(
        (place for place, entry in enumerate(entries, start=1) if entry.round_id == request.args.get("after")), 0
    )
    page, rest = entries[after : after + PAGE], entries[after + PAGE :]
    return render_template(
        "journal/journal.html",
        entries=[entry_shown(entry) for entry in page],
        heading=ngettext("%(num)d round", "%(num)d rounds", len(entries)),
        ways=_ways(entries),
        first=url_for(".journal") if after else None,
        next=url_for(".journal", after=page[-1].round_id) if rest else None,
    )


@blueprint.get("/journal/<string:round_id>")
@signed_in
def entry(round_id: str) -> str:
    """One's own work in one round."""
    found = own.entry_of(reader(), actor(), round_id, now=now())
    return render_template("journal/entry.html", entry=entry_shown(found))


@blueprint.get("/journal/take")
@signed_in
def take() -> Response | str:
    """Where one takes it all home; behind the password, which a device left signed in does not know."""
    if not password_was_given_lately():
        return ask_password(url_for(".take"))
    return render_template("journal/take.html")


@blueprint.get("/journal.html")
@signed_in
def as_html() -> Response:
    """Everything as one document that needs nothing else, to read, to print and to keep.

    No page of ours has a style of its own; this file must, since nobody serves it a style sheet. It is only ever
    saved, never shown from here, and the policy of our pages, which goes with it, would refuse its style if it were.
    On its owner's disk it carries a policy of its own in its head: the style in the file, and nothing else at all.
    """
    if not password_was_given_lately():
        return ask_password(url_for(".take"))
    page = render_template(
        "journal/file.html",
        entries=[entry_shown(entry) for entry in own.journal_of(reader(), actor(), now=now())],
        writer=actor().name,
        made=format_date(now(), "d MMMM y"),
        style=_style(current_app.extensions["ethics.style"]),
    )
    return _file(page, "html")


@blueprint.get("/journal.json")
@signed_in
def as_json() -> Response:
    """Everything in the shape of docs/journal-file.md."""
    if not password_was_given_lately():
        return ask_password(url_for(".take"))
    made = journal_file(own.journal_of(reader(), actor(), now=now()), writer=actor().name, now=now())
    return _file(made.model_dump_json(indent=2), "json")


def _file(content: str, ending: str) -> Response:
    answer = make_response(content)
    answer.mimetype = {"html": "text/html", "json": "application/json"}[ending]
    answer.headers["Content-Disposition"] = f'attachment; filename="journal-{now().date().isoformat()}.{ending}"'
    return answer


@cache
def _style(css: str) -> str:
    """A style as an address that holds it whole: no page of ours needs trusted text inside it."""
    return f"data:text/css;base64,{b64encode(css.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class EarlierShown:
    """A quiet pointer to what the reader thought before."""

    text: str
    url: str


def earlier_shown(at: Standing) -> EarlierShown | None:
    """Where a student weighed the same before this round; None for faculty, and where they never did."""
    if at.is_faculty:
        return None
    begun = at.participation.created_at if at.participation else now()
    found = own.earlier_on(reader(), actor(), at.round.case_version, before=begun)
    names = [principle.name for principle in principles_of(list(found.principles))] if found else []
    if found is None or len(names) != len(found.principles):
        return None
    about = gettext("%(one)s and %(other)s", one=names[0], other=names[1]) if len(names) > 1 else names[0]
    month = format_date(found.at.astimezone(ZoneInfo(found.zone)), "MMMM y", rebase=False)
    text = gettext(
        "You have thought about %(about)s before: %(title)s, %(month)s.", about=about, title=found.title, month=month
    )
    return EarlierShown(str(text), _way(found.principles))


def _found(entries: Sequence[Entry], wish: str) -> str:
    found = own.look_for(entries, terms_of(wish))
    return render_template(
        "journal/found.html",
        wish=wish,
        heading=ngettext("%(num)d round", "%(num)d rounds", len(found)),
        lines=[
            (entry_shown(entry), [HitShown(str(_KINDS[hit.kind]), hit.pieces) for hit in hits]) for entry, hits in found
        ],
    )


def _weighed(entries: Sequence[Entry]) -> str:
    """Every position in which a principle was named, or of the rounds in which a tension was met."""
    wanted = request.args.get("tension", "").split("~") if "tension" in request.args else [request.args["principle"]]
    principles = principles_of(wanted)
    if len(principles) != len(wanted) or len(wanted) != (2 if "tension" in request.args else 1):
        raise NotFound
    lines = []
    for each in entries:
        points = [point for point in each.points if _weighs(each, point, wanted)]
        if points:
            lines.append((entry_shown(each), [_point(point) for point in points]))
    return render_template("journal/weighed.html", principles=principles, lines=lines, ways=_ways(entries))


def _weighs(entry: Entry, point: Point, wanted: Sequence[str]) -> bool:
    if len(wanted) == 1:
        return wanted[0] in point.principles
    return entry.touches(own.pair(wanted[0], wanted[1]))


def _ways(entries: Sequence[Entry]) -> tuple[list[Way], list[Way]]:
    """The principles and the tensions that lead through the journal, the most frequent first."""
    principles = [
        Way(principles_of([name]), _way((name,)), count) for name, count in own.principles_named(entries).most_common()
    ]
    tensions = [
        Way(principles_of(list(tension)), _way(tension), count)
        for tension, count in own.tensions_met(entries).most_common()
    ]
    return [way for way in principles if way.principles], [way for way in tensions if len(way.principles) > 1]


def _way(principles: Sequence[str]) -> str:
    """The address of what one thought about a principle, or about two that pull apart."""
    if len(principles) > 1:
        return url_for("journal.journal", tension=tension_key(principles))
    return url_for("journal.journal", principle=principles[0])


def entry_shown(entry: Entry) -> EntryShown:
    """A round of the journal for a page."""
    written = entry.reflection
    began = _moment(entry, entry.began_at)
    return EntryShown(
        id=entry.round_id,
        title=entry.title,
        facts=f"{entry.cohort} · {gettext('begun %(time)s', time=began.text)}",
        url=url_for("journal.entry", round_id=entry.round_id),
        round_url=url_for("rounds.overview", round_id=entry.round_id) if entry.is_open else None,
        principles=principles_of(list(entry.principles)),
        points=[_point(point) for point in entry.points],
        reflection=written,
        revisions=[
            RevisionOnPage(revision, _moment(entry, revision.submitted_at))
            for revision in (written.revisions if written else ())
        ],
        answers=list(_spoken(entry, entry.answers)),
        comments=list(_spoken(entry, entry.comments)),
        closing_note=entry.closing_note,
        is_blank=entry.is_blank,
    )


def _point(point: Point) -> PointShown:
    return PointShown(
        point.question,
        _position(point.question, point.first) if point.first else None,
        _position(point.question, point.revisited) if point.revisited else None,
        [_position(point.question, said) for said in point.before],
    )


def _position(question: str, said: Said) -> Position:
    words = gettext("I am unsure") if said.option == UNSURE else said.words or said.option
    return Position(question, words, said.confidence, said.reason, principles_of(list(said.principles)))


def _spoken(entry: Entry, spoken: Iterable[Spoken]) -> Iterable[SpokenShown]:
    for one in spoken:
        yield SpokenShown(
            author=gettext("%(name)s (you)", name=one.author) if one.is_own else one.author,
            is_own=one.is_own,
            title=one.title or gettext("In a thread that is no longer open to you"),
            url=url_for("discussions.comment", comment_id=one.public_id) if one.thread_id else None,
            time=_moment(entry, one.at),
            state=one.state if one.state in {State.HIDDEN, State.HELD} else None,
            why=why(one.state, one.category, one.reason, is_reader=one.is_own),
            html=one.html,
            edited=one.edited,
            earlier=one.earlier,
        )


def _moment(entry: Entry, at: datetime) -> Shown:
    return moment(at, zone=entry.zone, own_zone=actor().zone)
