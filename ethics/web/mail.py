"""The words of mails, and the handler that sends them from the outbox.

A mail is a template `email/<about>.txt`: its first line is the subject, the rest is the text. These are the only
templates that are not escaped, because what they make is plain text and never meets a browser.
"""

from typing import Any, cast

from flask import Flask, current_app

from ethics import mail
from ethics.config import Settings
from ethics.outbox import Handler


def handler(app: Flask) -> Handler:
    """What sends the outbox's deliveries of the kind "mail": `to` an address, `about` a template, the rest for it.

    Where no mail server is set, a mail counts as done: whatever it would have said can be found in the application.
    """

    def send(payload: dict[str, Any]) -> None:
        with app.app_context():
            settings = _settings()
            if settings.mail_url:
                subject, text = write(**payload)
                mail.send(settings.mail_url, sender=settings.mail_from, to=payload["to"], subject=subject, text=text)

    return send


def write(*, about: str, **values: Any) -> tuple[str, str]:
    """Subject and text of a mail."""
    template = current_app.jinja_env.get_template(f"email/{about}.txt")
    subject, _, text = template.render(public_url=public_url, **values).partition("\n")
    return subject, text.strip() + "\n"


def public_url(endpoint: str, **values: str) -> str:
    """The address of a page as it stands in a mail: from the settings, never from a request's own idea of its host."""
    anchor = values.pop("_anchor", "")
    path = current_app.url_map.bind("").build(endpoint, values)
    return _settings().base_url.rstrip("/") + path + (f"#{anchor}" if anchor else "")


def _settings() -> Settings:
    return cast("Settings", current_app.config["ETHICS"])
