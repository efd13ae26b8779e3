"""`ethics cohorts` and the lists of `ethics people`, from the command line."""

import json

import pytest
from sqlalchemy import select

from ethics.audit.models import AuditEntry
from ethics.people.models import Role, User
from tests.cast import enter
from tests.rounds_cast import RoundCast, build_round, make_cohort

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def cast(db) -> RoundCast:
    with db.unit_of_work() as session:
        return build_round(session)


@pytest.fixture
def ethics(app, cast):
    """`ethics("cohorts", "list")`: exit code, what was printed, and what was complained of."""

    def ethics(*words: str) -> tuple[int, str, str]:
        result = app.test_cli_runner().invoke(args=list(words))
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.stdout, result.stderr

    return ethics


@pytest.fixture
def listed(tmp_path):
    """Two people who can come in, the second in a group with a tutor."""
    path = tmp_path / "class.csv"
    path.write_text(
        "Name,Email,Profession,Group,Tutor\n"
        "Eva Lind,eva@school.example,midwife,,\n"
        "Gil Ro,gil@school.example,,Pair 1,kit@school.example\n"
    )
    return path


def names(db):
    with db.reading() as session:
        return set(session.scalars(select(User.name)))


def test_cohorts_are_listed(ethics, cast):
    code, printed, _ = ethics("cohorts", "list")
    assert (code, printed.splitlines()[1]) == (0, f"{cast.cohort.public_id}  Year 3: 4 students, 2 tutors")

    _, printed, _ = ethics("cohorts", "list", "--format", "json")
    assert json.loads(printed)[1] == {
        "id": cast.cohort.public_id,
        "name": "Year 3",
        "students": 4,
        "tutors": 2,
        "directors": 1,
        "archived": False,
    }


def test_a_cohort_is_made_with_its_director(ethics, db):
    code, printed, _ = ethics("cohorts", "add", "Year 4", "--director", "Sam@demo.example", "--zone", "Europe/Madrid")

    assert code == 0
    assert ethics("cohorts", "member", printed.strip(), "ana@demo.example", "student")[0] == 0
    assert ethics("cohorts", "add", "Y", "--director", "nobody@x.org", "--zone", "Europe/Madrid")[0] == 1
    assert ethics("cohorts", "add", "Y", "--director", "sam@demo.example", "--zone", "Somewhere")[0] == 2


def test_somebody_gets_a_place_and_a_link(ethics, db):
    code, printed, _ = ethics("cohorts", "member", "Year 3", "nia@school.example", "tutor", "--name", "Nia Cole")
    assert (code, printed.startswith("http://127.0.0.1:8000/activate/")) == (0, True)

    code, _, complaints = ethics("cohorts", "member", "Year 3", "ana@demo.example", "tutor")
    assert (code, "one person has one role here" in complaints) == (1, True)
    assert ethics("cohorts", "member", "Year 3", "new@school.example", "student")[0] == 2
    assert ethics("cohorts", "member", "Year 3", "new@x.org", "student", "--name", "N", "--profession", "magic")[0] == 2
    assert ethics("cohorts", "member", "Year 9", "ana@demo.example", "student")[0] == 1


def test_a_list_is_tried_and_then_brought_in(ethics, db, listed):
    code, printed, _ = ethics("cohorts", "import", "Year 3", str(listed), "--group-set", "Pairs", "--dry-run")
    assert (code, printed) == (
        0,
        "would be: 2 added, 0 returned, 0 changed, 0 moved, 1 tutors, 0 same, 4 absent\n",
    )
    assert "Eva Lind" not in names(db)

    code, printed, _ = ethics("cohorts", "import", "Year 3", str(listed), "--group-set", "Pairs", "--format", "json")
    assert (code, json.loads(printed)) == (
        0,
        {
            "done": True,
            "added": 2,
            "returned": 0,
            "changed": 0,
            "moved": 0,
            "tutors": 1,
            "same": 0,
            "absent": 4,
            "problems": [],
        },
    )
    assert {"Eva Lind", "Gil Ro", "Kit"} <= names(db)
    with db.reading() as session:
        assert {entry.actor for entry in session.scalars(select(AuditEntry))} == {None}

    _, printed, _ = ethics("cohorts", "import", "Year 3", str(listed), "--group-set", "Pairs")
    assert printed == "0 added, 0 returned, 0 changed, 0 moved, 0 tutors, 2 same, 4 absent\n"


def test_a_wrong_line_is_named_and_stops_all_of_it(ethics, db, listed):
    listed.write_text("Name,Email\nEva Lind,eva@school.example\nGil Ro,gil\n")
    code, _, complaints = ethics("cohorts", "import", "Year 3", str(listed))
    assert (code, "Eva Lind" in names(db)) == (1, False)
    assert complaints == (
        "line 3: This is no address. Some exports hold login names there: put the address in. (gil)\n"
    )

    code, printed, _ = ethics("cohorts", "import", "Year 3", str(listed), "--leave-out", "--format", "json")
    assert (code, json.loads(printed)["problems"]) == (
        1,
        [{"line": 3, "code": "bad-address", "value": "gil", "hint": ""}],
    )
    assert "Eva Lind" in names(db)


def test_what_is_no_list_is_refused(ethics, listed):
    listed.write_text("Name\nEva\n")

    assert ethics("cohorts", "import", "Year 3", str(listed))[0] == 1


def test_a_name_of_two_cohorts_says_so(ethics, db):
    with db.unit_of_work() as session:
        make_cohort(session, "Year 3")

    assert ethics("cohorts", "member", "Year 3", "sam@demo.example", "student")[2] == (
        "Error: Several cohorts have this name: take the id.\n"
    )


def test_accounts_are_listed(ethics, db):
    with db.unit_of_work() as session:
        enter(session, "Zoe Ng", Role.AUTHOR, active=False).password_hash = None
    code, printed, _ = ethics("people", "list", "--role", "author")
    assert (code, printed.splitlines()) == (
        0,
        ["lucía@demo.example  Lucía Ferrer (author)", "zoe@demo.example  Zoe Ng (author, switched off, never came in)"],
    )
    everybody = json.loads(ethics("people", "list", "--format", "json")[1])
    assert everybody[0] == {
        "email": "ana@demo.example",
        "name": "Ana Duarte",
        "roles": [],
        "active": True,
        "came": True,
    }


def test_an_administrator_makes_the_link_that_no_director_may(ethics, db, client):
    with db.unit_of_work() as session:
        enter(session, "Zoe Ng").password_hash = None
    first, second = (ethics("people", "link", "zoe@demo.example")[1].strip().partition("8000")[2] for _ in range(2))

    assert [client.get(url).status_code for url in (first, second)] == [410, 200]
    assert ethics("people", "link", "ana@demo.example")[0] == 1
