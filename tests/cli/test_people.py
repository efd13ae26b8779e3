"""`ethics people`: accounts from the command line."""

import pytest
from sqlalchemy import select

from ethics.application import create_app
from ethics.audit.models import AuditEntry
from ethics.notices.models import Notice
from ethics.outbox import Delivery
from ethics.people.models import RoleGrant, User
from ethics.people.sessions import find_session, start_session
from tests.cast import PASSWORD_HASH, enter

NEW = "four plain dull words"
ANA = "ana@demo.example"


@pytest.fixture
def ethics(app):
    """`ethics("people", "add", …)`: exit code, what was printed, and what was complained of."""

    def ethics(*words: str, typed: str = "") -> tuple[int, str, str]:
        result = app.test_cli_runner().invoke(args=["people", *words], input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.stdout, result.stderr

    return ethics


@pytest.fixture
def ana(db) -> User:
    with db.unit_of_work() as session:
        return enter(session, "Ana Okafor")


def log(db) -> list[tuple[str | None, str, dict[str, object]]]:
    with db.reading() as session:
        return [(e.actor, e.action, e.details) for e in session.scalars(select(AuditEntry).order_by(AuditEntry.number))]


def test_an_account_is_made_and_its_link_printed(ethics, db, client, sign_in):
    code, printed, complaints = ethics("add", "Nina@Demo.example", "Nina Ek", "--role", "author", "--role", "lead")
    assert (code, complaints) == (0, "")
    assert printed.startswith("http://127.0.0.1:8000/activate/")

    address = printed.strip().removeprefix("http://127.0.0.1:8000")
    client.submit(client.page(address), address, follow=False, password=NEW, again=NEW)
    sign_in("nina@demo.example", NEW)
    with db.reading() as session:
        assert session.scalars(select(RoleGrant.role).order_by(RoleGrant.role)).all() == ["author", "lead"]
    assert log(db)[:4] == [
        (None, "create", {}),
        (None, "grant", {"role": "author"}),
        (None, "grant", {"role": "lead"}),
        (None, "link-activation", {}),
    ]


def test_where_mail_is_set_up_the_link_goes_out_by_mail(settings, db, clock, cheap_passwords):
    app = create_app(
        settings.model_copy(update={"mail_url": "smtp://127.0.0.1:9"}),
        database=db,
        clock=clock,
    )
    result = app.test_cli_runner().invoke(args=["people", "add", "nina@demo.example", "Nina Ek"])

    assert (result.exit_code, "activate" in result.output) == (0, False)
    with db.reading() as session:
        [delivery] = session.scalars(select(Delivery))
    assert (delivery.payload["to"], delivery.payload["about"]) == ("nina@demo.example", "activation")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", ANA, "Ana"), "Somebody has an account with this address."),
        (("add", "nonsense", "Ana"), "This does not look like an email address."),
        (("role", "nobody@demo.example", "lead"), "Nobody has this address."),
        (("deactivate", "nobody@demo.example"), "Nobody has this address."),
        (("password", "nobody@demo.example"), "Nobody has this address."),
    ],
)
def test_a_refusal_is_a_sentence_and_changes_nothing(ethics, ana, db, words, complaint):
    assert ethics(*words, typed=f"{NEW}\n") == (1, "", f"Error: {complaint}\n")
    assert log(db) == []


@pytest.mark.parametrize("words", [("add", ANA), ("role", ANA, "king"), ("password", ANA, NEW), ("fly",)])
def test_misuse_is_misuse(ethics, ana, words):
    assert ethics(*words)[0] == 2


def test_a_password_is_read_and_signs_out_everywhere(ethics, ana, db, clock, sign_in):
    with db.unit_of_work() as session:
        token = start_session(session, user=ana, device="", own_device=False, now=clock())
    code, printed, _ = ethics("password", ANA, typed=f"{NEW}\nanother line\n")

    assert (code, printed) == (0, "ana@demo.example has a new password and is signed out everywhere.\n")
    with db.reading() as session:
        assert find_session(session, token, now=clock()) is None
        assert session.scalars(select(Notice.kind)).all() == ["password-changed"]
        assert [d.payload["about"] for d in session.scalars(select(Delivery))] == ["password-changed"]
    sign_in(ANA, NEW)
    assert log(db) == [(None, "password", {})]


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("", "Eight characters at least, please."),
        ("password123\n", "Many people use this one"),
        ("ana okafor\n", "Your name or address is too easy to guess."),
    ],
)
def test_a_password_that_is_refused_changes_nothing(ethics, ana, db, typed, complaint):
    code, printed, complaints = ethics("password", ANA, typed=typed)

    assert (code, printed) == (1, "")
    assert complaints.startswith(f"Error: {complaint}")
    with db.reading() as session:
        assert session.scalars(select(User.password_hash)).all() == [PASSWORD_HASH]


def test_roles_are_given_and_taken(ethics, ana, db):
    assert ethics("role", ANA, "administrator") == (0, "ana@demo.example: administrator\n", "")
    assert ethics("role", ANA, "author") == (0, "ana@demo.example: administrator, author\n", "")
    assert ethics("role", ANA, "administrator", "--revoke") == (0, "ana@demo.example: author\n", "")
    assert ethics("role", ANA, "author", "--revoke") == (0, "ana@demo.example: no role of the installation\n", "")
    assert [action for _, action, _ in log(db)] == ["grant", "grant", "revoke", "revoke"]


def test_who_is_switched_off_is_out(ethics, ana, sign_in, app):
    browser = sign_in(ANA)
    assert ethics("deactivate", ANA) == (0, "ana@demo.example is switched off.\n", "")

    assert browser.get("/account").status_code == 303
    assert app.test_client().sign_in(ANA, "ethics-demo").status_code == 422
