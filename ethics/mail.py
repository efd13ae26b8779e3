"""Sending one mail through the installation's mail server."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import make_msgid
from urllib.parse import unquote, urlsplit

SECONDS = 30


def send(url: str, *, sender: str, to: str, subject: str, text: str) -> None:
    """Hand one plain-text mail to the server at `url` (`smtp://user:password@host:port` or `smtps://…`).

    On `smtp` the connection is encrypted wherever the server offers it, and always before a password is sent.
    Raises OSError or smtplib.SMTPException when the server cannot be reached or refuses.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip("> ") or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    with _connect(url) as server:
        server.send_message(message)


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, context = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=SECONDS)
        server.ehlo()
        if parts.username or server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
