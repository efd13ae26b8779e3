"""What happened: the bell in the header, the list of notices with words for each, and how often one is written to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from flask import Blueprint, current_app, flash, g, make_response, render_template, request, url_for
from flask_babel import LazyString, gettext, lazy_gettext, ngettext
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ethics.cohorts.models import CohortRole
from ethics.cohorts.queries import cohorts_of
from ethics.errors import Invalid, NotFound
from ethics.insights.news import News, new_to, news, zone_of
from ethics.notices import actions, queries
from ethics.notices.kinds import Topic
from ethics.people.models import Role, User
from ethics.people.queries import find_person
from ethics.web.addresses import here
from ethics.web.auth import actor, public, signed_in, signed_in_person
from ethics.web.forms.notices import TOPIC_NAMES, NoticesForm
from ethics.web.messages import say
from ethics.web.session import now, perform, reader, writing
from ethics.web.times import Shown, day, zone_name
from ethics.web.toasts import undoable

blueprint = Blueprint("notices", __name__)

ON_HOME = 8
"""How many lines the start page shows of what is new."""

say(
    {
        "unknown-rhythm": lazy_gettext("Please choose one from the list."),
        "unknown-hour": lazy_gettext("Please choose an hour from the list."),
        "unknown-weekday": lazy_gettext("Please choose a day from the list."),
    }
)


class _Words(NamedTuple):
    text: LazyString
    endpoint: str = "home.home"
    about: str | None = None
    """Which of the notice's public ids the address needs; `<about>_id` is its name there, but for a case's slug."""
    more: tuple[tuple[str, str], ...] = ()
    many: Callable[[int], str] | None = None
    """What is said where the same happened several times."""


_WORDS = {
    "reply": _Words(
        lazy_gettext("Somebody answered a comment of yours."),
        "discussions.comment",
        "comment",
        many=lambda count: ngettext(
            "%(num)d new answer to your comments.", "%(num)d new answers to your comments.", count
        ),
    ),
    "thread-news": _Words(
        lazy_gettext("Somebody wrote in a thread you follow."),
        "discussions.comment",
        "comment",
        many=lambda count: ngettext(
            "%(num)d new comment in a thread you follow.", "%(num)d new comments in a thread you follow.", count
        ),
    ),
    "feedback-released": _Words(
        lazy_gettext("Your reflection has an answer."),
        "discussions.comment",
        "comment",
        many=lambda count: ngettext(
            "Your reflection has %(num)d new answer.", "Your reflection has %(num)d new answers.", count
        ),
    ),
    "revision-asked": _Words(
        lazy_gettext("You are asked to go over a reflection once more. You can read why."),
        "reflections.reflection",
        "reflection",
    ),
    "reflection-accepted": _Words(
        lazy_gettext("A reflection of yours is accepted as it is."), "reflections.reflection", "reflection"
    ),
    "comment-hidden": _Words(
        lazy_gettext("Faculty hid a comment of yours from the group. You can read why."),
        "discussions.comment",
        "comment",
    ),
    "comment-shown": _Words(
        lazy_gettext("The group can read a comment of yours again that was hidden."), "discussions.comment", "comment"
    ),
    "comment-kept-hidden": _Words(
        lazy_gettext("What you sent again stays hidden. You can read why, and ask for another look."),
        "discussions.comment",
        "comment",
    ),
    "comment-let-through": _Words(
        lazy_gettext("A comment of yours was let through: the group can read it now."), "discussions.comment", "comment"
    ),
    "comment-refused": _Words(
        lazy_gettext("A comment of yours was not let through. You can read why."), "discussions.comment", "comment"
    ),
    "comment-moved": _Words(
        lazy_gettext("A comment of yours stands in another thread of your group now."), "discussions.comment", "comment"
    ),
    "revision-wanted": _Words(
        lazy_gettext("You are asked to revise a comment of yours. You can read why."), "discussions.comment", "comment"
    ),
    "revision-unwanted": _Words(
        lazy_gettext("A comment of yours can stay as it is: nobody asks for a revision any more."),
        "discussions.comment",
        "comment",
    ),
    "posts-held": _Words(
        lazy_gettext("What you write in a round is read by faculty first, for now. You can read why."),
        "reporting.appeal",
        "comment",
    ),
    "posts-free": _Words(lazy_gettext("What you write in a round appears at once again."), "rounds.overview", "round"),
    "thread-locked": _Words(
        lazy_gettext("A thread you began was closed to new comments. It says why."), "discussions.thread", "thread"
    ),
    "appeal-answered": _Words(
        lazy_gettext("There is an answer to your asking for another look."), "reporting.appeal", "comment"
    ),
    "opened-by-administrator": _Words(
        lazy_gettext("An administrator opened one thing that you wrote. You can read who it was and why."),
        "opening.told",
        "opening",
    ),
    "opened-in-cohort": _Words(
        lazy_gettext(
            "An administrator opened one thing that was written in a cohort you direct. You can read who and why."
        ),
        "opening.told",
        "opening",
    ),
    "report-settled": _Words(
        lazy_gettext("What you reported was looked at. Thank you; see what came of it."),
        "reporting.report",
        "comment",
    ),
    "comment-redacted": _Words(
        lazy_gettext("A colleague redacted something you wrote. Why stands in its place."),
        "discussions.comment",
        "comment",
    ),
    "text-redacted": _Words(
        lazy_gettext("Faculty redacted something you wrote. Why stands in its place; you can write again."),
        "journal.entry",
        "round",
    ),
    "round-dates": _Words(lazy_gettext("The dates of a round of yours have changed."), "rounds.overview", "round"),
    "round-closed": _Words(
        lazy_gettext("A round of yours was closed early. What was open to you can still be read."),
        "rounds.overview",
        "round",
    ),
    "round-reopened": _Words(lazy_gettext("A round of yours is open again."), "rounds.overview", "round"),
    "extension": _Words(
        lazy_gettext("You have more time for a round. Its page says until when."), "rounds.overview", "round"
    ),
    "extension-ended": _Words(
        lazy_gettext("Your extra time for a round was taken back. Its page says what holds now."),
        "rounds.overview",
        "round",
    ),
    "password-changed": _Words(
        lazy_gettext("Your password was changed. If that was not you, change it now."), "people.account"
    ),
    "group-changed": _Words(
        lazy_gettext("You are in another group of your cohort now. What you wrote in the old one stays there.")
    ),
    "groups-taught": _Words(lazy_gettext("The groups you teach in a cohort have changed."), "cohorts.cohort", "cohort"),
    "tutors-changed": _Words(
        lazy_gettext("Another director changed who teaches whom in a cohort you direct."), "groups.sets", "cohort"
    ),
    "cohort-cloned": _Words(lazy_gettext("A director cloned a cohort for the next term and directs it.")),
    "place-given": _Words(lazy_gettext("You have been given a place in a cohort.")),
    "place-ended": _Words(
        lazy_gettext("You are no longer in one of your cohorts. What you wrote there is kept; ask its director.")
    ),
    "faculty-made": _Words(
        lazy_gettext("Somebody new teaches in a cohort you direct."), "members.people", "cohort", (("show", "tutors"),)
    ),
    "join-asked": _Words(
        lazy_gettext("Somebody asks to come into a cohort you direct."),
        "joining.code",
        "cohort",
        (("_anchor", "requests"),),
        many=lambda count: ngettext(
            "%(num)d person asks to come into a cohort you direct.",
            "%(num)d people ask to come into a cohort you direct.",
            count,
        ),
    ),
    "case-review-asked": _Words(
        lazy_gettext("You are asked to look at a case before it is published."), "looking.look", "slug"
    ),
    "case-review-ready": _Words(
        lazy_gettext("A case you asked somebody to look at is ready, they say."), "looking.look", "slug"
    ),
    "case-review-back": _Words(
        lazy_gettext("A case you asked somebody to look at came back with a remark."), "looking.look", "slug"
    ),
    "case-comment": _Words(
        lazy_gettext("Somebody remarked on a passage of a case you are writing."),
        "looking.look",
        "slug",
        many=lambda count: ngettext(
            "%(num)d remark on a case you are writing.", "%(num)d remarks on a case you are writing.", count
        ),
    ),
    # Says nothing of what it is, nor of who: the start page may be open before others.
    "concern": _Words(lazy_gettext("Something waits for you."), "concerns.concerns"),
    "case-published": _Words(lazy_gettext("A case you looked at is published."), "cases.case", "slug"),
}
_SOMETHING = _Words(lazy_gettext("Something happened that concerns you."))


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened, in words."""

    notice_id: str
    text: str
    where: str
    """The thread and the case it happened in, where there is one."""
    url: str
    is_seen: bool


class Place(NamedTuple):
    """An address to be built, for a page or for a mail."""

    endpoint: str
    values: dict[str, Any]


def text_of(item: News) -> str:
    """What happened, without a word that somebody wrote."""
    words = _WORDS.get(item.kind, _SOMETHING)
    return words.many(item.count) if words.many and item.count > 1 else str(words.text)


def place_of(kind: str, subject: Any) -> Place:
    """Where a notice leads."""
    words = _WORDS.get(kind, _SOMETHING)
    values: dict[str, Any] = dict(words.more)
    if words.about:
        values["slug" if words.about == "slug" else f"{words.about}_id"] = subject[words.about]
    return Place(words.endpoint, values)


def bell() -> int:
    """How many things that happened the signed-in person has not seen; asked once a request."""
    if signed_in_person() is None:
        return 0
    return len(unseen_news())


def unseen_news() -> list[News]:
    """What the signed-in person has not seen yet, the newest first; asked once a request."""
    if "unseen_news" not in g:
        found = queries.unseen(reader(), actor(), now())
        g.unseen_news = new_to(reader(), actor(), found, now=now()) if found else []
    return list(g.unseen_news)


def lines(items: Iterable[News]) -> list[Line]:
    """News as a page shows them."""
    return [_line(item) for item in items]


def _line(item: News) -> Line:
    where = " · ".join(part for part in (item.thing.thread, item.thing.case) if part)
    place = place_of(item.kind, item.subject)
    return Line(item.notice_id, text_of(item), where, url_for(place.endpoint, **place.values), item.is_seen)


@blueprint.get("/notices")
@signed_in
def notices() -> str:
    """What happened, by day; of what peers do, no time finer than that is known here."""
    page = queries.notices_of(reader(), actor(), now(), before=request.args.get("before"))
    zone = zone_of(reader(), actor())
    items = news(reader(), actor(), page.notices, now=now(), zone=zone)
    days: list[tuple[Shown, list[Line]]] = [
        (shown, lines(together)) for shown, together in groupby(items, lambda item: _day(item.due_at, zone))
    ]
    return render_template(
        "notices/notices.html",
        days=days,
        unseen=bell(),
        is_first=request.args.get("before") is None,
        next_url=url_for("notices.notices", before=page.before) if page.before else None,
    )


def _day(at: datetime, zone: str) -> Shown:
    return day(at, zone=zone, today=now())


@blueprint.post("/notices/<string:notice_id>/seen")
@signed_in
def seen(notice_id: str) -> Response:
    """Go to what a notice is about; it counts as seen from then on. With `then=stay`, back to the start page."""

    def verb(session: Session) -> str:
        notice = actions.mark_seen(session, actor=actor(), notice_id=notice_id, now=now())
        if request.form.get("then") == "stay":
            return url_for("home.home")
        place = place_of(notice.kind, notice.subject)
        return url_for(place.endpoint, **place.values)

    return perform(verb, actor=actor().public_id)


@blueprint.post("/notices/seen")
@signed_in
def all_seen() -> Response:
    """Mark everything as seen."""

    def verb(session: Session) -> str:
        actions.mark_all_seen(session, actor=actor(), now=now())
        return url_for("notices.notices")

    answer = perform(verb, actor=actor().public_id)
    undoable(gettext("All marked as seen."), url_for("notices.unseen", at=now().isoformat()))
    return answer


@blueprint.post("/notices/unseen")
@signed_in
def unseen() -> Response:
    """Undo it: what was marked at the moment `at` is new again."""
    try:
        at = datetime.fromisoformat(request.args.get("at", ""))
        known = at.tzinfo is not None
    except ValueError:
        known = False
    if not known:
        raise NotFound

    def verb(session: Session) -> str:
        actions.mark_unseen(session, actor=actor(), seen_at=at)
        return url_for("notices.notices")

    return perform(verb, actor=actor().public_id)


@blueprint.get("/account/notices")
@signed_in
def choices() -> str:
    """How often one is written to, and about what."""
    [(_, plan)] = queries.plans(reader(), [actor().id], zone=zone_of(reader(), actor()))
    chosen = {topic.value: plan.rhythm(topic).value for topic in Topic}
    form = NoticesForm(formdata=None, data={"hour": plan.hour, "weekday": plan.weekday, **chosen})
    return _choices_page(form)


@blueprint.post("/account/notices")
@signed_in
def choose() -> Response:
    """Keep it."""
    form = NoticesForm()
    zone = zone_of(reader(), actor())
    topics = _own_topics()
    form.keep_only(topics)
    if not form.validate():
        return make_response(_choices_page(form), 422)

    def verb(session: Session) -> str:
        actions.choose(
            session,
            actor=actor(),
            rhythms={topic.value: form[topic.value].data for topic in topics},
            hour=form.hour.data,
            weekday=form.weekday.data,
            zone=zone,
            now=now(),
        )
        return url_for("notices.choices")

    try:
        answer = perform(verb, actor=actor().public_id)
    except Invalid as error:
        form.refuse(error)
        return make_response(_choices_page(form), 422)
    flash(gettext("Kept. It holds from the next mail on."))
    return answer


def _choices_page(form: NoticesForm) -> str:
    topics = _own_topics()
    form.keep_only(topics)
    return render_template(
        "notices/choices.html",
        form=form,
        topics=[form[topic.value] for topic in topics],
        zone=zone_name(zone_of(reader(), actor())),
        has_mail=bool(current_app.config["ETHICS"].mail_url),
    )


def _own_topics() -> list[Topic]:
    """What there can be to tell of to the signed-in person."""
    roles = {line.role for line in cohorts_of(reader(), actor())}
    found = [Topic.COHORTS]
    if roles:
        found = [Topic.ANSWERS, Topic.THREADS, Topic.MODERATION, *found]
    if CohortRole.STUDENT in roles:
        found += [Topic.FEEDBACK, Topic.ROUNDS]
    if roles - {CohortRole.STUDENT} or actor().has(Role.ADMINISTRATOR):
        found.append(Topic.DUTIES)
    if roles - {CohortRole.STUDENT} or actor().has(Role.AUTHOR):
        found.append(Topic.CASES)
    return sorted(found, key=list(Topic).index)


def unsubscribe_token(person: str, topics: Iterable[Topic]) -> str:
    """What proves that somebody holds a mail about these topics that was sent to them; it does not run out."""
    return _signer().dumps([person, sorted(topics)])


@blueprint.get("/unsubscribe/<string:token>")
@public
def ask_unsubscribe(token: str) -> str:
    """Ask whether these mails are to stop. Opening an address changes nothing: programs that check mail do it, too."""
    _, topics = _told_by(token)
    return render_template("notices/unsubscribe.html", topics=_names(topics), action=here(), done=False)


@blueprint.post("/unsubscribe/<string:token>")
@public
def unsubscribe(token: str) -> str:
    """Stop these mails (RFC 8058: a mail program may send this by itself; the token is the proof)."""
    person, topics = _told_by(token)
    with writing() as session:
        actions.stop_mail(session, user_id=person.id, topics=topics)
    return render_template("notices/unsubscribe.html", topics=_names(topics), action=here(), done=True)


def _told_by(token: str) -> tuple[User, list[Topic]]:
    """Whose mail it was, and about what. Raises NotFound for a token that was not made here."""
    try:
        public_id, topics = _signer().loads(token)
        return find_person(reader(), public_id), [Topic(topic) for topic in topics]
    except (BadSignature, ValueError, TypeError):
        raise NotFound from None


def _names(topics: Iterable[Topic]) -> list[str]:
    return [str(TOPIC_NAMES[topic]) for topic in topics]


def _signer() -> URLSafeSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt="ethics.unsubscribe")
