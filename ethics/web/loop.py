"""What all pages of a round share: where one is in the loop, and who can read what one is about to write."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from flask import current_app, url_for
from flask_babel import gettext

from ethics.discussions.posts import standing_hold
from ethics.errors import NotFound
from ethics.people.queries import opened_by
from ethics.rounds.gate import Standing, standing
from ethics.rounds.models import Audience, Kind, Phase
from ethics.rounds.queries import professions_beside
from ethics.web.auth import actor
from ethics.web.session import now, reader
from ethics.web.shown import vocabulary
from ethics.web.times import Shown, moment


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the loop, as the rail shows it. `state`: done, here, open or locked."""

    key: str
    label: str
    url: str | None
    state: str
    note: str | None = None


def standing_here(round_id: str) -> Standing:
    """How whoever is signed in stands to the round. Raises NotFound when it does not concern them."""
    return standing(reader(), actor(), round_id, now=now())


def participant_here(round_id: str) -> Standing:
    """The same for pages that are a student's own. Raises NotFound for faculty, too."""
    at = standing_here(round_id)
    if at.is_faculty:
        raise NotFound
    return at


def order_key() -> bytes:
    """The key of every viewer's own order of reasons and reflections."""
    return sha256(f"order\n{current_app.config['SECRET_KEY']}".encode()).digest()


def shown(at: Standing, time: datetime) -> Shown:
    """A moment of the round for its pages: in the round's zone, named, and the reader's own where it differs."""
    return moment(time, zone=at.round.zone, own_zone=actor().zone)


@dataclass(frozen=True, slots=True)
class OpenedOnPage:
    """Who has opened what the reader wrote, how often, and when last."""

    name: str
    times: int
    last: Shown


def opened(at: Standing, kind: str, object_id: str) -> list[OpenedOnPage]:
    """Who of the faculty has opened something of the reader's own, as the access log names it."""
    return [
        OpenedOnPage(line.name, line.times, shown(at, line.last))
        for line in opened_by(reader(), actor(), kind=kind, object_id=object_id)
    ]


def rail(at: Standing, here: str) -> list[Step]:
    """The steps of the loop for a participant; `here` is the key of the page they are on.

    Keys: `stage-1` and so on, `reasons`, `discussion`, `reflection`, `revisit`, `debrief`. Empty for faculty. A stage
    that is not open yet keeps its title to itself.
    """
    if at.is_faculty:
        return []
    steps = [_stage(at, number) for number in range(1, at.stages + 1)]
    steps += [
        _step(at, "reasons", gettext("Others' reasons"), is_open=_may_meet(at), done=at.is_complete),
        _step(at, "discussion", gettext("Discussion"), is_open=at.is_complete),
        _step(
            at,
            "reflection",
            gettext("Your reflection"),
            is_open=_may_meet(at),
            done=at.has_reflected,
            note=None if at.has_reflected else gettext("due %(time)s", time=shown(at, at.due_at).text),
        ),
    ]
    if at.revisit_at is not None:
        waits = at.now < at.revisit_at
        note = gettext("from %(time)s", time=shown(at, at.revisit_at).text) if waits else None
        again = at.is_complete and not waits
        steps.append(_step(at, "revisit", gettext("Look again"), is_open=again, done=at.has_revisited, note=note))
    steps.append(_step(at, "debrief", gettext("Debrief"), is_open=at.debrief_is_open))
    return [replace(step, state="here") if step.key == here else step for step in steps]


_PAGES = {
    "reasons": "rounds.reasons",
    "discussion": "discussions.discussion",
    "reflection": "reflections.write",
    "revisit": "rounds.revisit",
    "debrief": "rounds.debrief",
}


def _may_meet(at: Standing) -> bool:
    return at.is_complete or at.has_committed_everywhere


def _stage(at: Standing, number: int) -> Step:
    key = f"stage-{number}"
    if number > at.stage_reached:
        return Step(key, gettext("Stage %(number)s", number=number), None, "locked")
    url = url_for("rounds.stage", round_id=at.round.public_id, number=number)
    # Who has decided but not gone on has still this stage before them: from here the next one opens.
    done = number < at.stage_reached or (number == at.stages and number in at.decided)
    return Step(key, at.round.case_version.stages[number - 1]["heading"], url, "done" if done else "open")


def _step(at: Standing, key: str, label: str, *, is_open: bool, done: bool = False, note: str | None = None) -> Step:
    if not is_open:
        return Step(key, label, None, "locked", note)
    return Step(key, label, url_for(_PAGES[key], round_id=at.round.public_id), "done" if done else "open", note)


def faculty_and(group: str) -> str:
    """The sentence that begins with faculty and ends with what the group sees."""
    return str(gettext("Your tutor and course director can read this with your name.")) + " " + group


def readers_of_reason(audience: Audience, kind: Kind) -> str:
    """Who can read the reason of a stance: ethics.rounds.queries.reasons holds to the same audience."""
    if audience is Audience.FACULTY:
        return faculty_and(gettext("Nobody else can."))
    if kind is Kind.REVISITED:
        return faculty_and(gettext("Your group will see the reason without a name, once they have looked again."))
    return faculty_and(gettext("Your group will see the reason without a name, once they have committed themselves."))


def readers_of_reflection(at: Standing, audience: str) -> str:
    """Who can read a submitted reflection: ethics.reflections.queries holds to the same audience."""
    if audience == Audience.FACULTY:
        return faculty_and(gettext("Nobody else can."))
    return faculty_and(
        gettext(
            "Your group can read it under the name they know you by (%(name)s), once they have submitted theirs.",
            name=name_among_peers(at),
        )
    )


def readers_of_answer(at: Standing, *, for_group: bool) -> str:
    """Who can read one answer of a submitted reflection; ethics.reflections.rules.goes_to_group says which."""
    if for_group:
        return str(
            gettext("Once you submit, your group can read this as written by %(name)s.", name=name_among_peers(at))
        )
    return str(gettext("Once you submit, only your tutor and course director can read this."))


def readers_of_comment(at: Standing) -> str:
    """Who can read a comment in the group's threads: ethics.discussions.queries holds to the same."""
    if at.is_faculty:
        return str(gettext("Everybody in this group can read this, with your name."))
    if standing_hold(reader(), actor().id, at.round.id) is not None:
        return str(
            gettext(
                "Your tutor and course director read this first, with your name. Your group can read it under the "
                "name they know you by (%(name)s), once faculty let it through.",
                name=name_among_peers(at),
            )
        )
    return faculty_and(
        gettext("Your group can read it under the name they know you by (%(name)s).", name=name_among_peers(at))
    )


def name_among_peers(at: Standing) -> str:
    """The name the group sees: the alias, or the person's own in a round without aliases."""
    if not at.round.aliases:
        return actor().name
    return at.alias or gettext("a new one, drawn when you first write")


def beside_aliases(at: Standing, group_id: int | None) -> dict[str, str]:
    """By alias, what the group sees beside it: the profession, where the round shows it and two there have it."""
    known = vocabulary().professions
    found = professions_beside(reader(), at, group_id)
    return {alias: known[name].name if name in known else name for alias, name in found.items()}


def with_profession(name: str, beside: Mapping[str, str]) -> str:
    """A name among peers with its profession, where `beside` has one."""
    return f"{name}, {beside[name]}" if name in beside else name


def phase_words(phase: Phase) -> str:
    """The state of a round in words, for faculty."""
    words = {
        Phase.DRAFT: gettext("Draft: students do not see it yet"),
        Phase.SCHEDULED: gettext("Scheduled"),
        Phase.OPEN: gettext("Running"),
        Phase.CLOSED: gettext("Closed"),
    }
    return str(words[phase])
