"""Sending one mail through the installation's mail server."""

import smtplib
import ssl
from email import policy
from email.message import EmailMessage
from email.utils import make_msgid
from urllib.parse import unquote, urlsplit

SECONDS = 30

# A long address in a header is encoded when its line is folded, and no mail program finds it then.
_UNFOLDED = policy.default.clone(max_line_length=998)


def send(url: str, *, sender: str, to: str, subject: str, text: str, html: str = "", unsubscribe: str = "") -> None:
    """Hand one mail to the server at `url` (`smtp://user:password@host:port` or `smtps://…`).

    `html` is the same text for programs that show it; `unsubscribe` the address that a program posts to (RFC 8058).

    On `smtp` the connection is encrypted wherever the server offers it, and always before a password is sent.
    Raises OSError or smtplib.SMTPException when the server cannot be reached or refuses.
    """
    message = EmailMessage(policy=_UNFOLDED if unsubscribe else policy.default)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip("> ") or None)
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    parts = urlsplit(url)
    with _connect(parts.scheme, parts.hostname or "localhost", parts.port) as server:
        if parts.scheme != "smtps":
            server.ehlo()
            if parts.username or server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port or 25, timeout=SECONDS)
