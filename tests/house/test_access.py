"""Who may see what, over every address: the table of security, written down once and held to in both directions.

`SECRETS` says of every secret text which of the people may meet it anywhere; the crawl opens every address with every
id for everybody, and what it finds has to be exactly that. `GETS` and `POSTS` say who may open or send what; an address that is
missing from them fails. For everybody else a thing answers 404; signed out, sign-in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ethics.people.sessions import start_session
from tests.client import Client
from tests.rounds_cast import DEBRIEF, GUIDE, SECOND_STAGE
from tests.world import World, build_world, secret

STUDENTS = frozenset({"ana", "ben", "dee", "chi", "eva", "fay", "scholar"})
BEGUN = STUDENTS - {"fay"}
COMPLETE = frozenset({"ana", "ben", "dee", "chi"})
GROUP_1 = frozenset({"ana", "ben", "dee"})
"""Those of group 1 to whom the gate is open."""
FACULTY_1 = frozenset({"tutor", "director"})
FACULTY_2 = frozenset({"tutor2", "director"})
FACULTY = FACULTY_1 | FACULTY_2
WHOLE_CASE = FACULTY | {"outsider", "author"}
SHUT_OUT = frozenset({"anonymous", "deactivated"})
NOBODY: frozenset[str] = frozenset()
EVERYBODY = STUDENTS | FACULTY | {"outsider", "stranger", "author", "administrator", "lead", "removed"}
PEOPLE = sorted(EVERYBODY | SHUT_OUT)

SECRETS: dict[str, frozenset[str]] = {
    SECOND_STAGE: COMPLETE | WHOLE_CASE,
    GUIDE: WHOLE_CASE,
    DEBRIEF: WHOLE_CASE | {"ana"},
    secret("draft-case"): frozenset({"author", "scholar"}),
    secret("summary"): FACULTY | {"ana"},
    secret("closing-note"): frozenset({"ana"}),
    secret("reason", "1", "ana"): GROUP_1 | FACULTY_1,
    secret("reason", "2", "ana"): GROUP_1 | FACULTY_1,
    secret("reason", "1", "ben"): FACULTY_1 | {"ben"},
    secret("reason", "1", "dee"): GROUP_1 | FACULTY_1,
    secret("reason", "1", "chi"): FACULTY_2 | {"chi"},
    secret("reason-1", "eva"): FACULTY_1 | {"eva"},
    secret("revisited", "1", "ana"): FACULTY_1 | {"ana"},
    secret("answer-1", "ana"): FACULTY_1 | {"ana"},
    secret("answer-2", "ana"): FACULTY_1 | {"ana", "dee"},
    secret("kept-back-1", "ana"): FACULTY_1 | {"ana"},
    secret("kept-back-2", "ana"): FACULTY_1 | {"ana"},
    secret("asked-1", "ana"): FACULTY_1 | {"ana"},
    secret("asked-2", "ana"): FACULTY_1 | {"ana"},
    secret("answer-1", "ben"): frozenset({"ben"}),
    secret("asked-1", "ben"): frozenset({"ben"}),
    secret("answer-1", "dee"): FACULTY_1 | {"dee"},
    secret("answer-1", "chi"): FACULTY_2 | {"chi"},
    secret("thread-1", "ana"): GROUP_1 | FACULTY_1,
    secret("thread-2", "chi"): FACULTY_2 | {"chi"},
    secret("comment", "ben"): GROUP_1 | FACULTY_1,
    secret("comment", "removed"): GROUP_1 | FACULTY_1,
    secret("comment", "tutor"): GROUP_1 | FACULTY_1,
    secret("comment", "tutor2"): FACULTY_2 | {"chi"},
    secret("before-editing", "ben"): FACULTY_1 | {"ben"},
    secret("after-editing", "ben"): GROUP_1 | FACULTY_1,
    secret("hidden", "dee"): FACULTY_1 | {"dee"},
    secret("moderator-reason"): FACULTY_1 | {"dee"},
    secret("withdrawn", "ana"): FACULTY_1 | {"ana"},
    secret("feedback", "released"): FACULTY_1 | {"ana"},
    secret("feedback", "draft"): frozenset({"tutor"}),
    "Ana Duarte": FACULTY_1 | {"ana"},
    "Ben Hallam": FACULTY_1 | {"ben"},
    "Dee Okafor": FACULTY_1 | {"dee"},
    "Chi Tran": FACULTY_2 | {"chi"},
    "Eva Lind": FACULTY_1 | {"eva"},
}


@dataclass(frozen=True)
class Get:
    """Who may open an address: they get `status`, others signed in 404, the rest is led to sign-in."""

    address: str
    who: frozenset[str]
    ids: tuple[dict[str, str], ...] = ({},)
    status: int = 200
    also: dict[str, int] = field(default_factory=dict)
    """People with an answer of their own."""

    def expected(self, person: str) -> int:
        if person in self.also:
            return self.also[person]
        if person in SHUT_OUT:
            return 303
        return self.status if person in self.who else 404


PUBLIC = EVERYBODY
OPEN = {"anonymous": 200, "deactivated": 200}
ROUND_PEOPLE = STUDENTS | FACULTY

GETS = (
    Get("/", EVERYBODY),
    Get("/account", EVERYBODY),
    Get("/account/password", EVERYBODY),
    Get("/cases", EVERYBODY),
    Get("/cases/the-line-goes-too", EVERYBODY),
    Get("/cases/not-yet", frozenset({"author", "scholar"})),
    Get("/cases/the-line-goes-too.md", WHOLE_CASE),
    Get("/cases/the-line-goes-too/versions/1", WHOLE_CASE),
    Get("/cases/the-line-goes-too/versions/1/source.md", WHOLE_CASE),
    Get("/cases/the-line-goes-too/versions/1/images/none.png", NOBODY),
    Get("/cohorts/{cohort}", FACULTY),
    Get("/cohorts/{cohort}/rounds/new", frozenset({"director"})),
    Get("/rounds/{round}", ROUND_PEOPLE),
    Get("/rounds/{round}/edit", frozenset({"director"})),
    Get("/rounds/{round}/stages/1", BEGUN | FACULTY),
    Get("/rounds/{round}/stages/2", COMPLETE | FACULTY),
    Get("/rounds/{round}/stages/3", NOBODY),
    Get("/rounds/{round}/reasons", STUDENTS),
    Get("/rounds/{round}/revisit", STUDENTS),
    Get("/rounds/{round}/debrief", ROUND_PEOPLE),
    Get("/rounds/{round}/discussion", ROUND_PEOPLE),
    Get("/rounds/{round}/reflection", STUDENTS),
    Get("/rounds/{round}/reflections", STUDENTS),
    Get("/rounds/{round}/review", FACULTY),
    Get("/reflections/{reflection-ana}", FACULTY_1 | {"ana", "dee"}),
    Get("/reflections/{reflection-dee}", FACULTY_1 | {"dee"}),
    Get("/reflections/{reflection-chi}", FACULTY_2 | {"chi"}),
    Get("/threads/{thread-1}", GROUP_1 | FACULTY_1),
    Get("/threads/{thread-2}", FACULTY_2 | {"chi"}),
    Get("/comments/{comment-ben}", GROUP_1 | FACULTY_1, status=303),
    Get("/comments/{comment-ben}/edit", frozenset({"ben"})),
    Get("/comments/{comment-ben}/hide", FACULTY_1),
    Get("/sign-in", NOBODY, also={**dict.fromkeys(EVERYBODY, 303), **OPEN}),
    Get("/forgot", PUBLIC, also=OPEN),
    Get("/activate/no-such-token", NOBODY, also={"anonymous": 404, "deactivated": 404}),
    Get("/reset/no-such-token", NOBODY, also={"anonymous": 404, "deactivated": 404}),
    Get("/healthz", PUBLIC, also=OPEN),
    Get("/readyz", PUBLIC, also=OPEN),
    Get("/no-such-address", NOBODY),
)


@pytest.fixture
def world(db: Any) -> World:
    return build_world(db)


@pytest.fixture
def as_person(app: Flask, world: World) -> Any:
    clients: dict[str, Client] = {}

    def client(name: str) -> Client:
        if name not in clients:
            clients[name] = app.test_client()
            if name != "anonymous":
                clients[name].set_cookie("ethics-session", world.tokens[name])
        return clients[name]

    return client


def test_every_address_answers_as_the_table_says(as_person: Any, world: World) -> None:
    wrong = [
        f"{person} GET {row.address}: {found} instead of {row.expected(person)}"
        for row in GETS
        for person in PEOPLE
        if (found := as_person(person).get(row.address.format(**world.ids)).status_code) != row.expected(person)
    ]

    assert wrong == []


def test_nobody_meets_a_secret_that_is_not_theirs(as_person: Any, world: World) -> None:
    met: dict[str, set[str]] = {text: set() for text in SECRETS}
    for person in PEOPLE:
        for answer in _everything(as_person(person), world):
            whole = f"{answer.headers}\n{answer.get_data(as_text=True)}"
            for text in SECRETS:
                if text in whole:
                    met[text].add(person)

    differences = {
        text: {"leaks to": sorted(people - SECRETS[text]), "is kept from": sorted(SECRETS[text] - people)}
        for text, people in met.items()
        if people != SECRETS[text]
    }
    assert differences == {}


def _everything(client: Client, world: World) -> Iterator[TestResponse]:
    """Every address that can be fetched, with every id there is of its kind."""
    kinds = {
        "/reflections/{}": [name for name in world.ids if name.startswith("reflection-")],
        "/threads/{}": [name for name in world.ids if name in {"thread-1", "thread-2"}],
        "/comments/{}": comments(world),
        "/comments/{}/edit": comments(world),
        "/comments/{}/hide": comments(world),
        "/rounds/" + world.ids["round"] + "/review?reflection={}": [
            name for name in world.ids if name.startswith("reflection-")
        ],
    }
    for row in GETS:
        yield client.get(row.address.format(**world.ids))
    for address, names in kinds.items():
        for name in names:
            yield client.get(address.format(world.ids[name]), follow_redirects=False)


def comments(world: World) -> list[str]:
    kinds = ("comment-", "hidden-", "withdrawn-", "before-editing-", "feedback-", "thread-1-", "thread-2-")
    return [name for name in world.ids if name.startswith(kinds)]


def test_no_address_is_missing_from_the_table(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    covered = {(adapter.match(row.address.split("?")[0].replace("{", "").replace("}", ""))[0]) for row in GETS[:-1]}
    covered |= {row.endpoint for row in POSTS}
    known = {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}

    assert known - covered == set()
