"""The servers that are measured, what they have used of the processor, and a browser that asks them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from ethics.cli.serve import THREADS
from tests.house import ROOT
from tests.server import ENDS_WITH_PARENT, Installation, Server

_TICKS = os.sysconf("SC_CLK_TCK")
_FIELD = re.compile(r"<(?:input|textarea)\b[^>]*>")
_PART = re.compile(r'(name|value|type)="([^"]*)"')
_COOKIE = "ethics-session"


@contextmanager
def serving_null(module: str, directory: Path) -> Iterator[Server]:
    """The application in a module of ours under the same server as `ethics serve`, with the same settings."""
    place = Installation.new("", directory)
    command = [f"{Path(sys.executable).with_name('gunicorn')}", f"{module}:app", "--bind", urlsplit(place.url).netloc]
    options = ["--workers", "1", "--worker-class", "gthread", "--threads", f"{THREADS}", "--log-level", "warning"]
    log = directory / f"{module}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*ENDS_WITH_PARENT, *command, *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(place.url, log, process)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


def processor_seconds(*roots: int) -> float:
    """What these processes and all below them have used so far, children that have ended included."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        process = int(path.parent.name)
        parents[process] = int(fields[1])
        used[process] = sum(map(int, fields[11:15]))
    wanted = set(roots)
    while below := {process for process, parent in parents.items() if parent in wanted} - wanted:
        wanted |= below
    return sum(used.get(process, 0) for process in wanted) / _TICKS


class Unexpected(Exception):
    """A server answered otherwise than a measurement can use."""


@dataclass
class Browser:
    """Somebody's browser, with the cookies it got for its first form, and one connection that is kept open."""

    url: str
    token: str = ""
    form_cookie: str = ""

    def connect(self) -> None:
        """Begin a new connection: a server closes one that is idle for long."""
        self._connection = HTTPConnection(urlsplit(self.url).netloc, timeout=60)

    def get(self, address: str) -> str:
        """A page. Raises Unexpected for anything but 200."""
        return self._ask("GET", address, {}, "", 200)

    def post(self, address: str, fields: dict[str, str], *, json: bool = False) -> str:
        """The answer to a form: a redirect, or to a script's: JSON. Raises Unexpected for anything else."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if json:
            headers["Accept"] = "application/json"
        return self._ask("POST", address, headers, urlencode(fields), 200 if json else 303)

    def fields(self, address: str) -> dict[str, str]:
        """The hidden fields on a page, and its text areas, empty."""
        found = (dict(_PART.findall(field)) for field in _FIELD.findall(self.get(address)))
        return {field["name"]: field.get("value", "") for field in found if field.get("type", "hidden") == "hidden"}

    def _ask(self, method: str, address: str, headers: dict[str, str], body: str, status: int) -> str:
        cookies = f"{_COOKIE}={self.token}; {self.form_cookie}" if self.token else ""
        self._connection.request(method, address, body or None, {"Cookie": cookies, **headers})
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if answer.status != status:
            raise Unexpected(f"{method} {address}: {answer.status} instead of {status}\n{text[:2000]}")
        given = answer.getheader("Set-Cookie", "")
        if given and not self.form_cookie:
            self.form_cookie = given.partition(";")[0]
        return text
