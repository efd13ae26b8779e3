"""A mail server that keeps what it is handed, and an installation that sends to it."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller

from ethics.config import Settings


class Mailbox:
    """What a mail server was handed."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802  # aiosmtpd's name
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(message)
        self.raw.append(envelope.content)
        return "250 taken"


class Server(Controller):
    """A mail server at whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def mail_url(mailbox):
    server = Server(mailbox, hostname="127.0.0.1", port=0)
    server.start()
    yield f"smtp://127.0.0.1:{server.port}"
    server.stop()


@pytest.fixture
def settings(tmp_path, db, mail_url) -> Settings:
    """Settings of an installation that sends mail."""
    return Settings(
        env="development",
        instance_dir=tmp_path,
        database_url=str(db.url),
        secret_key="a" * 40,
        base_url="https://ethics.example.edu",
        mail_url=mail_url,
        mail_from="Ethics Rounds <rounds@ethics.example.edu>",
    )
