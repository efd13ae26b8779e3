"""The library: who reads how much of a case there, its versions, its file and its images."""

import pytest
from sqlalchemy import select

from ethics.cases.actions import archive_case, sync_case
from ethics.cases.models import Case, CaseImage, CaseVersion
from ethics.cases.sync import prepare, read_files
from ethics.db import Database
from ethics.people.models import Role, RoleGrant
from ethics.rounds import actions
from ethics.vocabulary import load
from tests.clock import START
from tests.pages import words
from tests.rounds.reading import commit
from tests.rounds_cast import RoundCast, build_round, make_round

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
ADDRESS = "/cases/short-count"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
FRONT = """\
---
title: Short count
summary: A pharmacist counts the tablets twice, and knows whose shift it was.
principles: confidentiality, nonmaleficence
professions: pharmacy, nursing
setting: inpatient
level: introductory
minutes: 40
license: CC-BY-4.0
status: {status}
self_study: {self_study}
---
"""
BODY = """\
Two tablets are missing, for the third time [who2021].

![The open cupboard](cupboard.png)

## Tuesday, 16:10

Nadia closes the cupboard.

### Decision: What do you do now?

- Speak to Nadia first {#speak}
- Report the count

### For facilitators

canary-of-the-notes

## Wednesday, 07:30

![An empty chair](chair.png) Nadia is not at work [nmc2018].

## Questions

1. Whose trust is at stake?

## Debrief

canary-at-the-end

## References

- [who2021] World Health Organization. Counting. 2021.
- [nmc2018] Nursing Council. Chairs. 2018.
"""
LATER = ["Nadia closes", "What do you do now?", "Nadia is not at work", "Whose trust", "canary-at-the-end"]


@pytest.fixture
def cast(db: Database) -> RoundCast:
    """The class; its round is on another case."""
    with db.unit_of_work() as session:
        return build_round(session)


@pytest.fixture
def put_case(db, tmp_path):
    """`put_case(status=…, body=…)`: put the case, or its next version, into the library."""

    def put_case(*, status="published", self_study="false", body=BODY, number=1):
        folder = tmp_path / "cases"
        (folder / "short-count").mkdir(parents=True, exist_ok=True)
        (folder / "short-count.md").write_text(FRONT.format(status=status, self_study=self_study) + body)
        for name in ("cupboard.png", "chair.png"):
            (folder / "short-count" / name).write_bytes(PNG)
        (file,), _ = read_files([folder / "short-count.md"], vocabulary=load())
        with db.unit_of_work() as session:
            sync_case(session, actor=None, prepared=prepare(file, number), now=START)
        return file.case.data

    return put_case


@pytest.fixture
def put_into_a_round(db, cast):
    """Give the case to the class, in a round of its own."""

    def put():
        with db.unit_of_work() as session:
            version = session.scalars(
                select(CaseVersion).join(CaseVersion.case).where(Case.slug == "short-count")
            ).one()
            cast.round = make_round(session, cast.cohort, cast.groups[0].group_set_id, version, cast.users["helen"])
        return cast

    return put


def shows(page, *texts):
    return [text for text in texts if text in page.html]


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_drafts_and_archived_cases_are_for_authors(db, cast, put_case, sign_in, status):
    put_case(status="draft" if status == "draft" else "published")
    if status == "archived":
        with db.unit_of_work() as session:
            archive_case(session, actor=None, slug="short-count", now=START)
    answers = {
        name: sign_in(f"{name}@demo.example").get(ADDRESS).status_code for name in ("ana", "helen", "lucía", "morag")
    }

    assert answers == {"ana": 404, "helen": 404, "lucía": 200, "morag": 404}
    lucia = sign_in("lucía@demo.example")
    assert ADDRESS not in [link.get("href") for link in lucia.page("/cases").all("a")]
    notice = {"draft": "A draft: only authors see it.", "archived": "Archived: it is no longer in the library;"}
    assert notice[status] in lucia.page(ADDRESS).text


def test_students_read_the_opening(cast, put_case, sign_in):
    put_case()
    client = sign_in("ana@demo.example")
    page = client.page(ADDRESS)

    assert shows(
        page, "Two tablets are missing", "Counting. 2021.", *LATER, "canary-of-the-notes", "Chairs. 2018."
    ) == ["Two tablets are missing"]
    assert "This is the opening." in page.text
    assert [
        client.get(path).status_code
        for path in (f"{ADDRESS}.md", f"{ADDRESS}/versions/1", f"{ADDRESS}/versions/1/source.md")
    ] == [404] * 3
    images = [
        client.get(f"{ADDRESS}/versions/1/images/{name}.png").status_code for name in ("cupboard", "chair", "none")
    ]
    assert images == [200, 404, 404]


def test_a_case_for_self_study_is_open_but_for_its_notes(cast, put_case, sign_in):
    put_case(self_study="true")
    client = sign_in("ana@demo.example")
    page = client.page(ADDRESS)

    assert shows(page, *LATER, "canary-of-the-notes", "Chairs. 2018.", "Counting. 2021.") == [
        *LATER,
        "Chairs. 2018.",
        "Counting. 2021.",
    ]
    assert client.get(f"{ADDRESS}/versions/1/images/chair.png").status_code == 200
    assert client.get(f"{ADDRESS}.md").status_code == 404


@pytest.mark.parametrize("name", ["ines", "paul", "lucía"])
def test_faculty_and_authors_read_all_of_it(cast, put_case, sign_in, name):
    data = put_case()
    client = sign_in(f"{name}@demo.example")
    page = client.page(ADDRESS)

    assert shows(page, *LATER, "canary-of-the-notes") == [*LATER, "canary-of-the-notes"]
    answer = client.get(f"{ADDRESS}.md")
    assert (answer.data, answer.mimetype) == (data, "text/markdown")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="short-count.md"'
    image = client.get(f"{ADDRESS}/versions/1/images/chair.png")
    assert (image.data, image.mimetype, image.status_code) == (PNG, "image/png", 200)


def test_earlier_versions_stay_and_say_so(cast, put_case, sign_in):
    first = put_case()
    second = put_case(body=BODY.replace("Nadia closes", "Nadia slams"), number=2)
    client = sign_in("lucía@demo.example")
    old, new = client.page(f"{ADDRESS}/versions/1"), client.page(ADDRESS)

    assert ("This is version 1, an earlier one." in old.text, "an earlier one" in new.text) == (True, False)
    assert ("Nadia closes" in old.text, "Nadia slams" in new.text) == (True, True)
    assert [words(link) for link in new.all("a") if "/versions/" in link.get("href")] == ["Version 2", "Version 1"]
    files = [client.get(f"{ADDRESS}/versions/{number}/source.md").data for number in (1, 2)]
    assert files == [first, second]
    paths = ("3", "3/source.md", "0", "9" * 30, f"{'9' * 30}/source.md", f"{'9' * 30}/images/chair.png")
    assert [client.get(f"{ADDRESS}/versions/{path}").status_code for path in paths] == [404] * 6


def test_unknown_cases_do_not_exist(cast, sign_in):
    client = sign_in("lucía@demo.example")
    paths = ("", ".md", "/versions/1", "/versions/1/source.md", "/versions/1/images/chair.png")

    assert [client.get(f"/cases/nowhere{path}").status_code for path in paths] == [404] * 5


def test_a_student_s_images_open_with_the_stage(db, cast, put_case, put_into_a_round, sign_in):
    put_case()
    put_into_a_round()
    client = sign_in("ana@demo.example")
    chair = f"{ADDRESS}/versions/1/images/chair.png"
    with db.unit_of_work() as session:
        actions.begin(session, actor=cast.ana, round_id=cast.id, now=START)
    before = client.get(chair).status_code
    with db.unit_of_work() as session:
        commit(session, cast, cast.ana, 1, option="speak")
        actions.open_next_stage(session, actor=cast.ana, round_id=cast.id, stage=1, now=START)

    assert (before, client.get(chair).status_code) == (404, 200)
    page = client.page(f"/rounds/{cast.id}/stages/2")
    assert [image.get("src") for image in page.all("img")] == [chair]
    assert (("Chairs. 2018." in page.html), ("Counting. 2021." in page.html)) == (True, False)
    with db.unit_of_work() as session:
        archive_case(session, actor=None, slug="short-count", now=START)
    assert client.get(chair).status_code == 200, "rounds that use it go on"
    assert sign_in("sam@demo.example").get(chair).status_code == 404


def test_a_student_s_view_wins_over_every_role(db, cast, put_case, put_into_a_round, sign_in):
    put_case()
    put_into_a_round()
    with db.unit_of_work() as session:
        session.add(RoleGrant(user_id=cast.ana.id, role=Role.AUTHOR))
    client = sign_in("ana@demo.example")
    page = client.page(ADDRESS)

    assert shows(page, "Two tablets are missing", *LATER, "canary-of-the-notes") == ["Two tablets are missing"]
    assert client.get(f"{ADDRESS}.md").status_code == 404
    assert [words(link) for link in page.all("a", href=f"/rounds/{cast.id}")] == ["To the round in Year 3"]


def test_the_image_of_a_version_is_not_that_of_another_case(db, cast, put_case, sign_in):
    put_case()
    with db.reading() as session:
        assert len(session.scalars(select(CaseImage.id)).all()) == 2

    assert sign_in("lucía@demo.example").get("/cases/the-line-goes-too/versions/1/images/chair.png").status_code == 404
