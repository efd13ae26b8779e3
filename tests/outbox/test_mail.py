"""A mail as a real server receives it."""

import pytest

from ethics import mail, outbox
from ethics.people import actions
from tests.cast import enter


def test_a_mail_arrives_as_it_was_written(mail_url, mailbox):
    text = "Grüße an Zoë,\n\neine Zeile.\n"
    mail.send(mail_url, sender="Ethik <e@x.example>", to="zoe@x.example", subject="Über Nacht", text=text)
    [received] = mailbox.mails

    assert (received["From"], received["To"], received["Subject"]) == (
        "Ethik <e@x.example>",
        "zoe@x.example",
        "Über Nacht",
    )
    assert received.get_content().replace("\r\n", "\n") == text
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Message-ID"].endswith("@x.example>")


def test_a_mail_that_can_be_ended_says_where_as_programs_read_it(mail_url, mailbox):
    address = f"https://ethics.example.edu/unsubscribe/{'t0ken' * 40}"
    text, html = "Grüße", "<p>Grüße</p>"
    mail.send(mail_url, sender="e@x.example", to="a@x.example", subject="S", text=text, html=html, unsubscribe=address)
    [received] = mailbox.mails

    assert f"List-Unsubscribe: <{address}>\r\n".encode() in mailbox.raw[0]
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in mailbox.raw[0]
    assert [(part.get_content_type(), part.get_content().strip()) for part in received.iter_parts()] == [
        ("text/plain", text),
        ("text/html", html),
    ]


def test_no_header_can_be_smuggled_in(mail_url, mailbox):
    with pytest.raises(ValueError, match="linefeed"):
        mail.send(mail_url, sender="e@x.example", to="a@x.example\nBcc: b@x.example", subject="S", text="T")
    assert mailbox.mails == []


def test_a_password_is_not_sent_to_a_server_that_does_not_encrypt(mail_url, mailbox):
    url = mail_url.replace("//", "//user:secret@")
    with pytest.raises(mail.smtplib.SMTPNotSupportedError):
        mail.send(url, sender="e@x.example", to="a@x.example", subject="S", text="T")
    assert mailbox.mails == []


def test_the_link_in_the_mail_works_and_stands_nowhere_in_the_database_afterwards(app, db, clock, mailbox):
    with db.unit_of_work() as session:
        user = enter(session, "Ana <b>Okafor</b> & Co", email="ana@demo.example")
        actions.mail_link(session, actor=None, user=user, kind=actions.RESET, now=clock())

    assert outbox.deliver(db, app.extensions["ethics.deliveries"], clock=clock) == 1
    [received] = mailbox.mails
    text = received.get_content()
    assert received["To"] == "ana@demo.example"
    assert received["Subject"] == "A new password for Ethics Rounds"
    assert "Hello Ana <b>Okafor</b> & Co," in text.splitlines()
    [link] = [line for line in text.splitlines() if line.startswith("https://ethics.example.edu/reset/")]
    assert app.test_client().get(link).status_code == 200
    with db.reading() as session:
        assert [delivery.payload for delivery in session.scalars(outbox.select(outbox.Delivery))] == [{}]


@pytest.mark.parametrize("about", ["activation", "reset", "password-changed"])
def test_every_mail_has_a_subject_and_a_text(app, db, mailbox, about):
    app.extensions["ethics.deliveries"]["mail"]({"to": "a@x.example", "about": about, "name": "Ana", "token": "t0ken"})
    [received] = mailbox.mails

    assert len(received["Subject"]) > 10
    assert len(received.get_content().split("\r\n\r\n")) >= 3
