"""Who may see what, over every address: the table of security, written down once and held to in both directions.

`SECRETS` says of every secret text which of the people may meet it anywhere; the crawl opens every address with every
id for everybody, and what it finds has to be exactly that. `GETS` and `POSTS` say who may open or send what; an
address that is missing from them fails. For everybody else a thing answers 404; signed out, sign-in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ethics.cohorts.joining import spell_code
from ethics.db import Database
from tests.conftest import AUDIT_KEY
from tests.rounds_cast import DEBRIEF, GUIDE, SECOND_STAGE
from tests.stores import SqliteStore, clean
from tests.world import JOIN_CODE, World, build_world, secret

STUDENTS = frozenset({"ana", "ben", "dee", "chi", "eva", "fay", "scholar"})
BEGUN = STUDENTS - {"fay"}
EARLY = frozenset({"eva", "fay", "scholar"})
"""Students who have not committed everywhere."""
SUBMITTED = frozenset({"ana", "dee", "chi"})
COMPLETE = frozenset({"ana", "ben", "dee", "chi"})
GROUP_1 = frozenset({"ana", "ben", "dee"})
"""Those of group 1 to whom the gate is open."""
FACULTY_1 = frozenset({"tutor", "director"})
FACULTY_2 = frozenset({"tutor2", "director"})
FACULTY = FACULTY_1 | FACULTY_2
WHOLE_CASE = FACULTY | {"outsider", "author"}
AUTHORS = frozenset({"author", "scholar"})
EDITORS = frozenset({"author"})
"""The scholar writes cases, too, and is a student in the round on this one."""
MAY_ONLY_READ = dict.fromkeys(FACULTY | {"outsider"}, 403)
SHUT_OUT = frozenset({"anonymous", "deactivated"})
NOBODY: frozenset[str] = frozenset()
ON_BOTH = frozenset({"dee", "eva", "chi", "removed", "tutor2", "author"})
"""Who crawls on PostgreSQL, too, where planning makes a page dear: a peer, who is early, another group's, who left …"""
EVERYBODY = STUDENTS | FACULTY | {"outsider", "stranger", "author", "administrator", "lead", "lead2", "removed"}
PEOPLE = sorted(EVERYBODY | SHUT_OUT)

SECRETS: dict[str, frozenset[str]] = {
    SECOND_STAGE: COMPLETE | WHOLE_CASE,
    GUIDE: WHOLE_CASE,
    DEBRIEF: WHOLE_CASE | {"ana"},
    secret("draft-case"): frozenset({"author", "scholar"}),
    # Who was asked to look reads the draft; who studies the case does not, author or no.
    secret("draft-text"): frozenset({"author", "outsider"}),
    secret("question"): frozenset({"author", "outsider"}),
    secret("passage-comment"): frozenset({"author", "outsider"}),
    secret("summary"): FACULTY | {"ana"},
    secret("closing-note"): frozenset({"ana"}),
    secret("reason", "1", "ana"): GROUP_1 | FACULTY_1,
    secret("reason", "2", "ana"): GROUP_1 | FACULTY_1,
    secret("reason", "1", "dee"): GROUP_1 | FACULTY_1,
    secret("reason", "1", "chi"): FACULTY_2 | {"chi"},
    secret("reason", "1", "ben"): FACULTY_1 | {"ben"},
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
    # A note to a group, released to Ana alone: Dee is drafted it, with a line of her own.
    secret("note"): FACULTY_1 | {"ana"},
    secret("line", "ana"): FACULTY_1 | {"ana"},
    secret("line", "dee"): frozenset({"director"}),
    secret("answer-1", "chi"): FACULTY_2 | {"chi"},
    secret("thread-1", "ana"): GROUP_1 | FACULTY_1,
    secret("thread-2", "chi"): FACULTY_2 | {"chi"},
    secret("comment", "ben"): GROUP_1 | FACULTY_1,
    # Who has left the class finds their own words in their journal, and nothing else of it.
    secret("comment", "removed"): GROUP_1 | FACULTY_1 | {"removed"},
    secret("reason", "1", "removed"): GROUP_1 | {"removed"},
    secret("kept-back-1", "removed"): FACULTY_1 | {"removed"},
    secret("comment", "tutor"): GROUP_1 | FACULTY_1,
    # Opened by break-glass: this one thing is the administrator's to read, while it lasts, and no other.
    secret("comment", "tutor2"): FACULTY_2 | {"chi", "administrator"},
    secret("opening-reason"): FACULTY_2 | {"administrator"},
    secret("comment-draft", "ana"): frozenset({"ana"}),
    # Three of the group's six have written in its thread: not most of them.
    secret("waiting", "tutor"): FACULTY_1,
    secret("before-editing", "ben"): FACULTY_1 | {"ben"},
    secret("after-editing", "ben"): GROUP_1 | FACULTY_1,
    secret("hidden", "dee"): FACULTY_1 | {"dee"},
    secret("moderator-reason"): FACULTY_1 | {"dee"},
    secret("withdrawn", "ana"): frozenset({"ana"}),
    secret("held", "dee"): FACULTY_1 | {"dee"},
    secret("hold-reason"): FACULTY_1 | {"dee"},
    secret("opening-reason-over"): frozenset({"director", "chi"}),
    # Who reported is shown to nobody; what they wrote, to faculty. An appeal goes past whom it is about.
    secret("report-note"): FACULTY_1 | {"ben"},
    secret("appeal"): frozenset({"director", "dee"}),
    secret("feedback", "released"): FACULTY_1 | {"ana"},
    secret("feedback", "draft"): frozenset({"tutor"}),
    secret("feedback", "scheduled"): frozenset({"director"}),
    secret("asked-revision"): FACULTY_1 | {"ana"},
    secret("snippet"): frozenset({"tutor"}),
    secret("join-request"): frozenset({"director"}),
    spell_code(JOIN_CODE): frozenset({"director"}),
    # Concerns: to the lead they went to, to the other one where nobody saw it in time, never to the one it is about.
    secret("concern", "ana"): frozenset({"ana", "lead"}),
    secret("reach", "ana"): frozenset({"ana", "lead"}),
    secret("concern-answer"): frozenset({"ana", "lead"}),
    secret("concern-note"): frozenset({"lead"}),
    secret("concern", "ben"): frozenset({"ben", "lead"}),
    secret("about", "ben"): frozenset({"ben", "lead"}),
    secret("concern", "chi"): frozenset({"chi", "lead", "lead2"}),
    "Ana Duarte": FACULTY_1 | {"ana", "lead"},
    "Ben Hallam": FACULTY_1 | {"ben", "lead"},
    "Dee Okafor": FACULTY_1 | {"dee"},
    "Chi Tran": FACULTY_2 | {"chi", "lead", "lead2"},
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
    Get("/account/confirm", EVERYBODY),
    Get("/account/notices", EVERYBODY),
    Get("/notices", EVERYBODY),
    Get("/notices?before={notice}", frozenset({"dee"})),
    Get("/unsubscribe/no-such-token", NOBODY, also=dict.fromkeys(PEOPLE, 404)),
    Get("/account/password", EVERYBODY),
    Get("/account/access", EVERYBODY),
    Get("/journal", EVERYBODY),
    Get("/journal?q=canary", EVERYBODY),
    Get("/journal?principle=autonomy", EVERYBODY),
    Get("/journal/take", EVERYBODY),
    Get("/journal/{round}", BEGUN | {"removed"}),
    Get("/journal.html", EVERYBODY),
    Get("/journal.json", EVERYBODY),
    Get("/cases", EVERYBODY),
    Get("/coverage", EVERYBODY),
    Get("/principles/autonomy", EVERYBODY),
    Get("/principles/not-one", NOBODY),
    Get("/cases/the-line-goes-too", EVERYBODY),
    Get("/cases/not-yet", frozenset({"author", "scholar"})),
    Get("/cases/new", AUTHORS),
    Get("/cases/not-yet/edit", AUTHORS),
    Get("/cases/the-line-goes-too/edit", EDITORS, also=MAY_ONLY_READ),
    Get("/cases/the-line-goes-too/edit/preview", EDITORS, also=MAY_ONLY_READ),
    Get("/cases/the-line-goes-too/edit/source.md", EDITORS, also=MAY_ONLY_READ),
    Get("/cases/the-line-goes-too/edit/images/none.png", NOBODY),
    Get("/cases/the-line-goes-too/publish", EDITORS, also=MAY_ONLY_READ),
    Get("/cases/the-line-goes-too/review", EDITORS | {"outsider"}),
    Get("/cases/the-line-goes-too/versions", WHOLE_CASE),
    Get("/cases/the-line-goes-too/diff/1/1", WHOLE_CASE),
    Get("/cases/the-line-goes-too.md", WHOLE_CASE),
    Get("/cases/the-line-goes-too/use", frozenset({"author"})),
    Get("/cases/the-line-goes-too/versions/1", WHOLE_CASE),
    Get("/cases/the-line-goes-too/versions/1/source.md", WHOLE_CASE),
    Get("/cases/the-line-goes-too/versions/1/images/none.png", NOBODY),
    Get("/cohorts/{cohort}", FACULTY),
    Get("/cohorts/{cohort}/rounds/new", frozenset({"director"})),
    Get("/cohorts/{cohort}/roster", frozenset({"director"})),
    Get("/cohorts/{cohort}/groups", frozenset({"director"})),
    Get("/cohorts/{cohort}/groups/automatic", frozenset({"director"})),
    Get("/cohorts/{cohort}/clone", frozenset({"director"})),
    Get("/group-sets/{group-set}", frozenset({"director"})),
    Get("/group-sets/{group-set}/tutors", frozenset({"director"})),
    Get("/groups/{group-1}", FACULTY_1),
    Get("/groups/{group-2}", FACULTY_2),
    Get("/cohorts/{cohort}/people", frozenset({"director"})),
    Get("/cohorts/{cohort}/people/{person-ana}", frozenset({"director"})),
    Get("/cohorts/{cohort}/links", frozenset({"director"})),
    Get("/cohorts/{cohort}/join", frozenset({"director"})),
    Get(f"/join/{JOIN_CODE}", EVERYBODY, also=OPEN),
    Get("/join/no-such-code", NOBODY, also=dict.fromkeys(PEOPLE, 404)),
    Get(f"/join/{JOIN_CODE}/no-such-token", NOBODY, also=dict.fromkeys(PEOPLE, 404)),
    Get("/rounds/{round}", ROUND_PEOPLE),
    Get("/rounds/{round}/edit", frozenset({"director"})),
    Get("/rounds/{round}/preview", frozenset({"director"})),
    Get("/rounds/{round}/reopen", frozenset({"director"})),
    Get("/rounds/{round}/clone", frozenset({"director"})),
    Get("/rounds/{round}/extensions", FACULTY),
    Get("/calendar/{calendar}.ics", PUBLIC, also=OPEN),
    Get("/calendar/no-such-token.ics", NOBODY, also=dict.fromkeys(PEOPLE, 404)),
    Get("/rounds/{round}/stages/1", BEGUN | FACULTY),
    Get("/rounds/{round}/stages/2", COMPLETE | FACULTY),
    Get("/rounds/{round}/stages/3", NOBODY),
    Get("/rounds/{round}/reasons", STUDENTS),
    Get("/rounds/{round}/revisit", STUDENTS),
    Get("/rounds/{round}/debrief", ROUND_PEOPLE),
    Get("/rounds/{round}/discussion", ROUND_PEOPLE),
    Get("/rounds/{round}/reflection", STUDENTS, also=dict.fromkeys(SUBMITTED, 303) | dict.fromkeys(EARLY, 403)),
    Get("/rounds/{round}/reflection/look", NOBODY, also=dict.fromkeys(STUDENTS, 303) | dict.fromkeys(EARLY, 403)),
    Get("/rounds/{round}/reflections", SUBMITTED),
    Get("/rounds/{round}/review", FACULTY),
    Get("/rounds/{round}/review/note", FACULTY),
    Get("/rounds/{round}/review/note?group={group-1}", FACULTY_1),
    Get("/rounds/{round}/review/note?group={group-1}&note={note-1}", frozenset({"director"})),
    Get("/rounds/{round}/review/note?group={group-2}", FACULTY_2),
    Get("/reflections/{reflection-ana}/changes", FACULTY_1 | {"ana"}),
    Get("/snippets", EVERYBODY),
    Get("/rounds/{round}/groups", FACULTY),
    Get("/rounds/{round}/stances", FACULTY),
    Get("/rounds/{round}/next", FACULTY),
    Get("/rounds/{round}/next?group={group-1}", FACULTY),
    Get("/rounds/{round}/discussion?group={group-1}&opening=argue&option=go", STUDENTS | FACULTY_1),
    Get("/rounds/{round}/groups/{group-1}/summary", FACULTY_1),
    Get("/rounds/{round}/groups/{group-2}/summary", FACULTY_2),
    Get("/rounds/{round}/students/{student-ana}", FACULTY_1),
    Get("/rounds/{round}/students/{student-chi}", FACULTY_2),
    Get("/rounds/{round}/students/{student-removed}", NOBODY),
    Get("/reflections/{reflection-ana}", FACULTY_1 | {"ana", "dee"}),
    Get("/reflections/{reflection-dee}", FACULTY_1 | {"dee"}),
    Get("/reflections/{reflection-chi}", FACULTY_2 | {"chi"}),
    Get("/rounds/{round}/discussion/unread", ROUND_PEOPLE, status=303),
    Get("/rounds/{round}/discussion/unread?group={group-1}", STUDENTS | FACULTY_1, status=303),
    Get("/rounds/{round}/discussion/search?q=canary", ROUND_PEOPLE),
    Get("/rounds/{round}/discussion/search?q=canary&group={group-1}", STUDENTS | FACULTY_1),
    Get("/rounds/{round}/discussion/search?q=canary&before={comment-ben}", GROUP_1 | FACULTY_1 | EARLY),
    Get("/rounds/{round}/name", COMPLETE, also=dict.fromkeys(EARLY, 403)),
    Get("/threads/{thread-1}", GROUP_1 | FACULTY_1),
    Get("/threads/{thread-2}", FACULTY_2 | {"chi"}),
    Get("/comments/{comment-ben}", GROUP_1 | FACULTY_1, status=303),
    Get("/comments/{comment-ben}/edit", frozenset({"ben"}), also=dict.fromkeys(FACULTY_1 | {"ana", "dee"}, 403)),
    Get("/rounds/{round}/completion", FACULTY),
    Get("/cohorts/{cohort}/completion", FACULTY),
    Get("/reflections/{reflection-ana}/redact", FACULTY_1),
    Get("/reflections/{reflection-chi}/redact", FACULTY_2),
    Get("/stances/{stance-ana}/redact", FACULTY_1),
    Get("/comments/{comment-ben}/redact", FACULTY_1, also=dict.fromkeys(GROUP_1, 403)),
    Get("/threads/{thread-1}/redact", FACULTY_1, also=dict.fromkeys(GROUP_1, 403)),
    Get("/comments/{comment-ben}/moderate", FACULTY_1, also=dict.fromkeys(GROUP_1, 403)),
    Get("/comments/{comment-ben}/report", FACULTY_1 | {"ana", "dee"}, also={"ben": 403}),
    Get("/comments/{comment-ben}/appeal", frozenset({"ben"}), also=dict.fromkeys(FACULTY_1 | {"ana", "dee"}, 403)),
    Get("/comments/{comment-ben}/move", FACULTY_1, also=dict.fromkeys(GROUP_1, 403)),
    Get("/threads/{thread-1}/arrange", FACULTY_1, also=dict.fromkeys(GROUP_1, 403)),
    Get("/moderation", FACULTY | {"outsider"}),
    Get("/conduct", PUBLIC, also=OPEN),
    Get("/admin/open", frozenset({"administrator"})),
    Get("/admin/open/no-such-opening", NOBODY),
    Get("/admin/open/{opening}", frozenset({"administrator"})),
    Get("/admin/open/{opening-over}", NOBODY),
    Get("/opened/{opening}", FACULTY_2),
    Get("/opened/{opening-over}", FACULTY_2 - {"tutor2"} | {"chi"}),
    Get("/concerns", EVERYBODY),
    Get("/concerns/new", EVERYBODY),
    Get("/concerns/new?cohort={cohort}", ROUND_PEOPLE | {"removed"}),
    Get("/concerns/{concern-ana}", frozenset({"ana", "lead"})),
    Get("/concerns/{concern-ben}", frozenset({"ben", "lead"})),
    Get("/concerns/{concern-chi}", frozenset({"chi", "lead", "lead2"})),
    Get("/sign-in", NOBODY, also={**dict.fromkeys(EVERYBODY, 303), **OPEN}),
    Get("/forgot", PUBLIC, also=OPEN),
    Get("/activate/no-such-token", NOBODY, also=dict.fromkeys(PEOPLE, 410)),
    Get("/reset/no-such-token", NOBODY, also=dict.fromkeys(PEOPLE, 410)),
    Get("/healthz", PUBLIC, also=OPEN),
    Get("/readyz", PUBLIC, also=OPEN),
    Get("/no-such-address", NOBODY),
)


@dataclass(frozen=True)
class Post:
    """Who may send a form: they are led on (303). Others get 403 where they may see the thing, or else 404."""

    endpoint: str
    address: str
    who: frozenset[str]
    data: dict[str, str] = field(default_factory=dict)
    sees: frozenset[str] = NOBODY
    status: int = 303
    public: bool = False
    also: dict[str, int] = field(default_factory=dict)
    """People with an answer of their own: who comes second, say."""

    def expected(self, person: str) -> int:
        if person in self.also:
            return self.also[person]
        if person in SHUT_OUT and not self.public:
            return 401
        if person in self.who or self.public:
            return self.status
        return 403 if person in self.sees else 404


STANCE = {"option": "go", "confidence": "4", "reason": "So that he is asked.", "principles": "autonomy"}
SCHEDULE = {
    "case": "the-line-goes-too",
    "framework": "four-box",
    "group_set": "{group-set}",
    "zone": "Europe/London",
    "opens": "2026-12-01T08:00",
    "due": "2026-12-08T23:59",
    "close": "2026-12-20T23:59",
    "reason_audience": "group",
    "reflection_audience": "group",
}
CLONE = {"group_set": "{group-set}", "opens": "2027-09-06T08:00"}
MORE_TIME = {"student": "{student-eva}", "due": "2027-01-08T23:59", "close": "2027-01-08T23:59"}
PERSON = {"name": "Nia Cole", "email": "nia@school.example", "role": "student", "profession": ""}
ANA = "/cohorts/{cohort}/people/{person-ana}"
CONTACTS = {"call": "999", "incident_reporting": "the form", "support_name": "Dr Ruth Abara"}
TEXT = {"text": "A word.", "source": "A word."}
CONCERN = {"route": "something-else", "text": "A word."}
NOTE = {"text": "A word to myself.", "version": "1"}
CASE = "/cases/the-line-goes-too"
TYPED = {"base": '"x"', "version": "1"}
DRAFT = {"about": "case", "audience": "group", "version": "1", "then": "save", "answer-dilemma": "A word."}
WRITERS = frozenset({"ben", "chi", "dee"})
"""Those who write and whose draft is in its first version; Ana's is in its second."""

GONE = {"field": "all-of-it", "reason": "patient", "words": "A name."}

POSTS = (
    Post("people.send_sign_in", "/sign-in", NOBODY, public=True, status=422),
    Post("people.sign_out", "/sign-out", NOBODY, public=True),
    Post("people.send_forgot", "/forgot", NOBODY, public=True, status=422),
    Post("preferences.theme", "/preferences/theme", NOBODY, {"theme": "dark"}, public=True),
    Post("people.end_others", "/account/devices/end-others", EVERYBODY),
    Post("people.end_one", "/account/devices/no-such-device/end", NOBODY),
    Post("confirm.send_confirm", "/account/confirm", EVERYBODY, status=422),
    Post("people.set_zone", "/account/zone", EVERYBODY, {"zone": "Europe/Madrid"}),
    Post("people.change_password", "/account/password", EVERYBODY, status=422),
    Post("notices.seen", "/notices/{notice}/seen", frozenset({"dee"})),
    Post("notices.all_seen", "/notices/seen", EVERYBODY),
    Post("notices.unseen", "/notices/unseen?at=2026-11-24T10:00:00Z", EVERYBODY),
    Post("notices.choose", "/account/notices", EVERYBODY, status=422),
    Post("notices.unsubscribe", "/unsubscribe/no-such-token", NOBODY, public=True, status=404),
    Post("editor.begin", "/cases/new", AUTHORS, {"title": "A case"}),
    Post("editor.begin_from_file", "/cases/new/file", AUTHORS, status=422),
    Post("editor.send", f"{CASE}/edit", EDITORS, TYPED, WHOLE_CASE),
    Post("editor.autosave", f"{CASE}/edit/draft", EDITORS, TYPED, WHOLE_CASE, status=200),
    Post("editor.preview_typed", f"{CASE}/edit/preview", EDITORS, TYPED, WHOLE_CASE, status=200),
    Post("editor.upload", f"{CASE}/edit/upload", EDITORS, TYPED, WHOLE_CASE, status=422),
    Post("editor.merge", f"{CASE}/edit/merge", EDITORS, {"mine": '"x"', "hunk-0": "mine", **TYPED}, WHOLE_CASE),
    Post("editor.undo", f"{CASE}/edit/undo?version=1", EDITORS, sees=WHOLE_CASE, status=409),
    Post("editor.discard", f"{CASE}/edit/discard", EDITORS, {"version": "1"}, WHOLE_CASE),
    Post("editor.add_image", f"{CASE}/edit/images", EDITORS, sees=WHOLE_CASE, status=422),
    Post("editor.remove_image", f"{CASE}/edit/images/none.png/remove", NOBODY, sees=WHOLE_CASE - EDITORS),
    Post("editor.publish", f"{CASE}/publish", EDITORS, {"version": "1"}, WHOLE_CASE, status=422),
    Post("versions.restore", f"{CASE}/versions/1/restore", EDITORS, sees=WHOLE_CASE, status=422),
    Post("versions.give_back", f"{CASE}/give-back", EDITORS, sees=WHOLE_CASE),
    Post("looking.ask", f"{CASE}/review", EDITORS, {"reviewer": "nobody"}, WHOLE_CASE, status=422),
    Post(
        "looking.comment",
        f"{CASE}/review/comments",
        EDITORS | {"outsider"},
        {"quotation": secret("draft-text") + " here.", "text": "Why?"},
    ),
    Post("looking.settle", f"{CASE}/review/comments/{{passage-comment}}/settle", EDITORS | {"outsider"}),
    Post("looking.answer", f"{CASE}/review/answer", frozenset({"outsider"}), {"verdict": "ready", "version": "1"}),
    Post("cohorts.contacts", "/cohorts/{cohort}/contacts", frozenset({"director"}), CONTACTS),
    Post("directing.new_round", "/cohorts/{cohort}/rounds/new", frozenset({"director"}), SCHEDULE),
    Post("directing.edit_round", "/rounds/{round}/edit", frozenset({"director"}), status=422),
    Post("directing.open_round", "/rounds/{round}/open", frozenset({"director"})),
    Post("directing.close", "/rounds/{round}/close", frozenset({"director"})),
    Post("directing.reopen", "/rounds/{round}/reopen", NOBODY, also={"director": 403}),
    Post("directing.delete", "/rounds/{round}/delete", NOBODY, also={"director": 403}),
    Post("directing.newest_version", "/rounds/{round}/newest-version", NOBODY, also={"director": 403}),
    Post("directing.clone", "/rounds/{round}/clone", frozenset({"director"}), CLONE),
    Post("directing.extensions", "/rounds/{round}/extensions", FACULTY_1, MORE_TIME),
    Post("directing.end_extension", "/rounds/{round}/extensions/{student-fay}/end", FACULTY_1),
    Post("calendars.make", "/account/calendar", EVERYBODY, status=200),
    Post("calendars.stop", "/account/calendar/off", EVERYBODY),
    Post("directing.summary", "/rounds/{round}/summary", frozenset({"director"}), {"summary": "What I heard."}),
    Post("roster.send", "/cohorts/{cohort}/roster", frozenset({"director"}), {"text": ""}, status=422),
    Post("members.add", "/cohorts/{cohort}/people", frozenset({"director"}), PERSON),
    Post("members.profession", f"{ANA}/profession", frozenset({"director"}), {"profession": "nursing"}),
    Post("members.role", f"{ANA}/role", frozenset({"director"}), {"role": "tutor"}),
    Post("members.remove", f"{ANA}/remove", frozenset({"director"})),
    Post("members.give_back", f"{ANA}/return", frozenset({"director"})),
    Post("members.make_links", "/cohorts/{cohort}/links", frozenset({"director"}), status=200),
    Post("joining.set_code", "/cohorts/{cohort}/join", frozenset({"director"}), {"then": "make"}),
    Post(
        "joining.answer_request",
        "/cohorts/{cohort}/requests/{join-request}",
        frozenset({"director"}),
        {"then": "admit"},
    ),
    Post(
        "joining.send_join",
        f"/join/{JOIN_CODE}",
        NOBODY,
        {"profession": ""},
        public=True,
        also={"removed": 403, "anonymous": 422, "deactivated": 422},
    ),
    Post("joining.confirm", f"/join/{JOIN_CODE}/no-such-token", NOBODY, public=True, status=404),
    Post("groups.make_set", "/cohorts/{cohort}/groups", frozenset({"director"}), {"name": "Pairs"}),
    Post("groups.rename_set", "/group-sets/{group-set}/rename", frozenset({"director"}), {"name": "Pairs"}),
    Post("groups.delete_set", "/group-sets/{group-set}/delete", frozenset({"director"}), status=403),
    Post("groups.make", "/group-sets/{group-set}/groups", frozenset({"director"}), {"name": "Group 3"}),
    Post(
        "groups.move",
        "/group-sets/{group-set}/move",
        frozenset({"director"}),
        {"student": "{person-ana}", "group": "{group-2}"},
    ),
    Post("groups.undo", "/moves/{move}/undo", frozenset({"director"})),
    Post("groups.rename", "/groups/{group-1}/rename", frozenset({"director"}), {"name": "The first"}),
    Post("groups.delete", "/groups/{group-1}/delete", frozenset({"director"}), status=403),
    Post("groups.merge", "/groups/{group-1}/merge", frozenset({"director"}), {"into": "{group-2}"}),
    Post(
        "groups.cover",
        "/groups/{group-1}/cover",
        frozenset({"director"}),
        {"tutor": "{person-tutor2}", "until": "2999-12-31"},
    ),
    # Made from a grid that is not the one there is.
    Post("grid.set_tutors", "/group-sets/{group-set}/tutors", frozenset({"director"}), status=409),
    Post(
        "automatic.take",
        "/cohorts/{cohort}/groups/automatic",
        frozenset({"director"}),
        {"group_set": "new", "name": "Pairs", "mark": "of another class"},
        status=409,
    ),
    Post("terms.archive", "/cohorts/{cohort}/archive", frozenset({"director"})),
    Post("terms.restore", "/cohorts/{cohort}/restore", frozenset({"director"})),
    Post("terms.clone", "/cohorts/{cohort}/clone", frozenset({"director"}), {"name": "Year 4", "weeks": "52"}),
    Post("rounds.begin", "/rounds/{round}/begin", STUDENTS, sees=FACULTY),
    Post("rounds.stage", "/rounds/{round}/stages/1", frozenset({"eva", "scholar"}), STANCE, COMPLETE | FACULTY),
    Post("rounds.stage", "/rounds/{round}/stages/2", NOBODY, STANCE, COMPLETE | FACULTY),
    Post("rounds.meet", "/rounds/{round}/reasons", COMPLETE, sees=ROUND_PEOPLE),
    Post("rounds.positions", "/rounds/{round}/positions", COMPLETE, sees=ROUND_PEOPLE),
    Post(
        "rounds.closing_note",
        "/rounds/{round}/closing-note",
        frozenset({"ana"}),
        {"text": "x", "version": "1"},
        STUDENTS,
    ),
    Post("discussions.start", "/rounds/{round}/discussion", COMPLETE, {"title": "A question", **TEXT}, STUDENTS),
    Post("naming.put", "/rounds/{round}/name", COMPLETE, sees=EARLY),
    Post("naming.take_back", "/rounds/{round}/name/take-back", STUDENTS),
    Post("discussions.post", "/threads/{thread-1}", GROUP_1 | FACULTY_1, TEXT),
    # Of Ana's there is a draft already, kept from another page.
    Post(
        "discussions.autosave",
        "/threads/{thread-1}/draft",
        GROUP_1 | FACULTY_1,
        TEXT,
        status=200,
        also={"ana": 409},
    ),
    Post("discussions.autosave_thread", "/rounds/{round}/discussion/draft", COMPLETE, TEXT, STUDENTS, status=200),
    Post("discussions.follow", "/threads/{thread-1}/follow", GROUP_1 | FACULTY_1, {"follows": "muted"}),
    Post(
        "moderation.moderate",
        "/comments/{comment-ben}/moderate",
        FACULTY_1,
        {"act": "hide", "category": "demeans", "reason": "Why"},
        GROUP_1,
        also={"tutor": 409},
    ),
    Post("moderation.show", "/comments/{hidden-dee}/show", FACULTY_1, sees=GROUP_1, also={"tutor": 409}),
    Post("completion.of_round", "/rounds/{round}/completion", FACULTY, {"layout": "list", "texts": "y"}, status=200),
    Post("completion.of_cohort", "/cohorts/{cohort}/completion", FACULTY, {"layout": "list"}, status=200),
    Post("rights.reflection", "/reflections/{reflection-ana}/redact", FACULTY_1, GONE),
    Post("rights.stance", "/stances/{stance-ana}/redact", FACULTY_1, GONE),
    Post("rights.comment", "/comments/{comment-ben}/redact", FACULTY_1, GONE, GROUP_1),
    Post("rights.title", "/threads/{thread-1}/redact", FACULTY_1, GONE, GROUP_1),
    Post(
        "reporting.report",
        "/comments/{comment-ben}/report",
        FACULTY_1 | {"ana", "dee"},
        {"category": "demeans"},
        frozenset({"ben"}),
    ),
    Post(
        "opening.open_",
        "/admin/open",
        frozenset({"administrator"}),
        {"address": "/reflections/{reflection-ana}", "reason": "Why"},
    ),
    Post("reporting.take_back", "/comments/{comment-removed}/report/take-back", frozenset({"ben"})),
    Post("reporting.appeal", "/comments/{held-dee}/appeal", frozenset({"dee"}), TEXT, FACULTY_1),
    Post("moderation.claim", "/moderation/{matter-report}/claim", FACULTY_1, also={"tutor": 409}),
    Post("moderation.release", "/moderation/{matter-report}/release", frozenset({"director"}), sees=FACULTY_1),
    Post(
        "moderation.answer",
        "/moderation/{matter-appeal}/answer",
        frozenset({"director"}),
        {"decision": "uphold", "reason": "Why"},
        frozenset({"tutor"}),
    ),
    Post("moderation.undo", "/moderation/acts/{act-hold}/undo", FACULTY_1, also={"tutor": 409}),
    Post("arranging.lock", "/threads/{thread-1}/lock", FACULTY_1, {"reason": "Why"}, GROUP_1, also={"tutor": 409}),
    Post("arranging.pin", "/threads/{thread-1}/pin", FACULTY_1, sees=GROUP_1, also={"tutor": 409}),
    Post("arranging.move", "/threads/{thread-1}/move", FACULTY_1, sees=GROUP_1, status=422),
    Post("arranging.move_comment", "/comments/{comment-ben}/move", FACULTY_1, sees=GROUP_1, status=422),
    Post("discussions.edit", "/comments/{comment-ben}/edit", NOBODY, sees=GROUP_1 | FACULTY_1, also={"ben": 409}),
    Post("discussions.withdraw", "/comments/{comment-dee}/withdraw", frozenset({"dee"}), sees=GROUP_1 | FACULTY_1),
    Post("discussions.restore", "/comments/{withdrawn-ana}/restore", frozenset({"ana"}), sees=GROUP_1 | FACULTY_1),
    Post("review.answer", "/rounds/{round}/review?reflection={reflection-chi}", FACULTY_2, TEXT),
    Post(
        "review.autosave",
        "/rounds/{round}/review/draft?reflection={reflection-chi}",
        FACULTY_2,
        TEXT,
        status=200,
    ),
    Post("group_notes.write", "/rounds/{round}/review/note?group={group-2}", FACULTY_2, TEXT),
    Post("group_notes.autosave", "/rounds/{round}/review/note/draft?group={group-2}", FACULTY_2, TEXT, status=200),
    Post("review.take_conclusion_back", "/reflections/{reflection-ana}/conclusion/take-back", NOBODY, sees=FACULTY_1),
    Post("review.take_up", "/comments/{feedback-ana}/taken-up", frozenset({"ana"})),
    Post("review.take_up", "/comments/{feedback-scheduled}/taken-up", NOBODY),
    Post("snippets.make", "/snippets", EVERYBODY, {"name": "Again", **TEXT}),
    Post("snippets.change", "/snippets/{snippet}", frozenset({"tutor"}), status=422),
    Post("snippets.delete", "/snippets/{snippet}/delete", frozenset({"tutor"})),
    Post("review.take_back", "/comments/{feedback-scheduled}/take-back", frozenset({"director"})),
    Post("review.take_back", "/comments/{feedback-ana}/take-back", NOBODY, sees=frozenset({"tutor"})),
    Post("reflections.send", "/rounds/{round}/reflection", WRITERS, DRAFT, EARLY, also={"ana": 409}),
    Post(
        "reflections.autosave",
        "/rounds/{round}/reflection/draft",
        WRITERS,
        DRAFT,
        EARLY | FACULTY,
        status=200,
        also={"ana": 409},
    ),
    Post("concerns.send", "/concerns/new?cohort={cohort}", ROUND_PEOPLE | {"removed"}, CONCERN),
    Post("concerns.acknowledge", "/concerns/{concern-ben}/acknowledge", frozenset({"lead"})),
    Post("concerns.write", "/concerns/{concern-ana}/messages", frozenset({"ana", "lead"}), TEXT),
    Post("concerns.note", "/concerns/{concern-ana}/notes", frozenset({"lead"}), {"note": "A word."}),
    Post(
        "concerns.hand_over",
        "/concerns/{concern-chi}/hand-over",
        frozenset({"lead"}),
        {"to": "{lead2}"},
        also={"lead2": 422},
    ),
    Post("concerns.close", "/concerns/{concern-ben}/close", frozenset({"lead"}), {"word": "A word."}),
    Post("concerns.withdraw", "/concerns/{concern-ben}/withdraw", frozenset({"ben"})),
    Post("reflections.audience", "/reflections/{reflection-dee}/audience", frozenset({"dee"}), {"audience": "group"}),
)


@pytest.fixture(scope="session")
def built(sqlite_store: SqliteStore) -> tuple[str, World]:
    """The world in a SQLite file: building it takes a second, copying it none."""
    url = sqlite_store.migrated()
    database = Database(url, audit_keys=(AUDIT_KEY,))
    world = build_world(database)
    database.dispose()
    return url, world


@pytest.fixture
def db(request: pytest.FixtureRequest, backend: str) -> Iterator[Database]:
    if backend == "postgresql":
        database = request.getfixturevalue("postgresql_database")
        clean(database)
        yield database
        return
    store = request.getfixturevalue("sqlite_store")
    url = store.copy(request.getfixturevalue("built")[0])
    database = Database(url, audit_keys=(AUDIT_KEY,))
    yield database
    database.dispose()
    store.drop(url)


@pytest.fixture
def world(request: pytest.FixtureRequest, backend: str, db: Database) -> World:
    return build_world(db) if backend == "postgresql" else request.getfixturevalue("built")[1]


@pytest.fixture
def as_person(app: Flask, world: World) -> Any:
    clients: dict[str, FlaskClient] = {}

    def client(name: str) -> FlaskClient:
        if name not in clients:
            # Not the client that checks each page: there are thousands of answers here, and only few pages.
            clients[name] = FlaskClient(app, use_cookies=True)
            if name != "anonymous":
                clients[name].set_cookie("ethics-session", world.tokens[name])
        return clients[name]

    return client


def test_every_address_answers_as_the_table_says_and_tells_nobody_what_is_not_theirs(
    as_person: Any, world: World, backend: str
) -> None:
    """One crawl for both: it is the same thousand answers."""
    wrong = []
    met: dict[str, set[str]] = {text: set() for text in SECRETS}
    crawling = frozenset(PEOPLE) if backend == "sqlite" else ON_BOTH
    for person in sorted(crawling):
        for address, expected in _addresses(world, person):
            answer = as_person(person).get(address)
            if expected is not None and answer.status_code != expected:
                wrong.append(f"{person} GET {address}: {answer.status_code} instead of {expected}")
            # Where words are looked for, a mark stands inside what was found.
            whole = re.sub("</?mark>", "", f"{answer.headers}\n{answer.get_data(as_text=True)}")
            for text in SECRETS:
                if text in whole:
                    met[text].add(person)

    assert not wrong, "\n".join(wrong)
    differences = [
        f"{text}: leaks to {sorted(people - SECRETS[text])}, is kept from {sorted(SECRETS[text] & crawling - people)}"
        for text, people in met.items()
        if people != SECRETS[text] & crawling
    ]
    assert not differences, "\n".join(differences)


def _addresses(world: World, person: str) -> Iterator[tuple[str, int | None]]:
    """Every address that can be fetched, with every id there is of its kind, and what the table expects."""
    for row in GETS:
        yield row.address.format(**world.ids), row.expected(person)
    for name, public_id in world.ids.items():
        if name.startswith("reflection-"):
            yield f"/reflections/{public_id}", None
            yield f"/rounds/{world.ids['round']}/review?reflection={public_id}", None
        elif name.startswith("student-"):
            yield f"/rounds/{world.ids['round']}/students/{public_id}", None
        elif name.startswith("concern-"):
            yield f"/concerns/{public_id}", None
        elif name not in {"round", "cohort", "draft-case", "thread-1", "thread-2"}:
            for place in ("", "/edit", "/moderate", "/redact", "/report", "/appeal"):
                yield f"/comments/{public_id}{place}", None


def test_no_address_is_missing_from_the_table(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    covered = {(adapter.match(row.address.split("?")[0].replace("{", "").replace("}", ""))[0]) for row in GETS[:-1]}
    covered |= {row.endpoint for row in POSTS}
    known = {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}

    assert known - covered == set()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("row", POSTS, ids=lambda row: row.address)
def test_every_form_is_taken_from_whom_the_table_names(as_person: Any, world: World, row: Post) -> None:
    """Those who are refused send first, so that they meet the world as it was built."""
    wrong = []
    order = {409: 2, row.status: 1}
    for person in sorted(PEOPLE, key=lambda name: (order.get(row.expected(name), 0), name)):
        client = as_person(person)
        page = client.get("/forgot" if person in SHUT_OUT else "/account").text
        data = dict(re.findall(r'name="(csrf_token|writer)" value="([^"]+)"', page))
        data |= {name: value.format(**world.ids) for name, value in row.data.items()}
        answer = client.post(row.address.format(**world.ids), data=data)
        if answer.status_code != row.expected(person):
            wrong.append(f"{person} POST {row.address}: {answer.status_code} instead of {row.expected(person)}")

    assert not wrong, "\n".join(wrong)
