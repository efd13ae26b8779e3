"""The real production server, started by a test and gone with it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.house import ROOT

START_SECONDS = 60
STOP_SECONDS = 30

# Where the system can do it, the server ends with the test run even when that is killed.
ENDS_WITH_PARENT = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []


class ServerError(Exception):
    """The server did not come up, or a command failed; the message is its log."""


@dataclass(frozen=True)
class Installation:
    """An installation of Ethics Rounds: a database, a folder, and the settings that name them."""

    database_url: str
    directory: Path
    port: int

    @classmethod
    def new(cls, database_url: str, directory: Path) -> "Installation":
        """One in `directory`, on a port that is free now."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return cls(database_url, directory, probe.getsockname()[1])

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told; nothing of whoever runs the tests."""
        return {
            "PATH": os.environ["PATH"],
            # The tree the tests stand in, wherever the environment was made from.
            "PYTHONPATH": str(ROOT),
            "ETHICS_ENV": "development",
            "ETHICS_DATABASE_URL": self.database_url,
            "ETHICS_INSTANCE_DIR": str(self.directory),
            "ETHICS_SECRET_KEY": "the same key for every test, 40 letters",
            "ETHICS_BASE_URL": self.url,
            "ETHICS_CASES_DIR": str(ROOT / "cases"),
        }

    def command(self, *arguments: str) -> str:
        """Run `ethics …` to its end and return what it printed. ServerError unless it exits with 0."""
        done = subprocess.run(
            [_ethics(), *arguments],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerError(f"ethics {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def serving(self, workers: int = 1) -> Iterator["Server"]:
        """`ethics serve`, ready; stopped at the end. ServerError with its log when it does not get ready."""
        log = self.directory / "server.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*ENDS_WITH_PARENT, _ethics(), "serve", "--port", str(self.port), "--workers", str(workers)],
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = Server(self.url, log, process)
        try:
            server.wait()
            yield server
        finally:
            server.stop()


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def wait(self) -> None:
        """Return when it is ready."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError), urlopen(f"{self.url}/readyz", timeout=5):  # noqa: S310  # ours
                return
            time.sleep(0.05)
        raise ServerError(f"the server is not ready; its log:\n{self.log.read_text()}")

    def kill(self) -> None:
        """End every process of it at once, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it as an operator would; ServerError when it does not go in time."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"the server did not stop; its log:\n{self.log.read_text()}") from None


def _ethics() -> Path:
    return Path(sys.executable).with_name("ethics")
