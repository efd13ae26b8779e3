"""`python -m bench`: prints what each page costs, and how that grows with the database.

The cost is CPU time of the server's processes (and of PostgreSQL's, with DATABASE=postgresql), read from /proc, for one
request; its unit is one request of a null Flask application under the same server. All are measured in turn,
several times over, and medians taken, so that a busy machine disturbs them alike.
"""

import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import chain, count
from pathlib import Path
from statistics import median

from bench import data
from bench.data import Filler, Measured
from bench.servers import Browser, processor_seconds, serving_null
from ethics.db import Database
from ethics.discussions.queries import page_of
from tests.house import ROOT
from tests.machine import postgresql
from tests.server import Installation
from tests.stores import PostgresqlStore, SqliteStore, Store

PASSES = 5
FEWEST_REQUESTS, MOST_REQUESTS = 5, 200
BATCH_SECONDS = 0.2
TIMES = 100
RESULTS = ROOT / "bench" / "results" / "latest.json"
MORE_ON_POSTGRESQL = 1.6

Request = Callable[[], object]


@dataclass(frozen=True)
class Work:
    """A line of the table: what is asked for, and how much it may cost and grow."""

    name: str
    most: float | None = None
    most_growth: float | None = None


@dataclass
class Meter:
    """One kind of request to one server, and what it cost in each pass."""

    roots: tuple[int, ...]
    browser: Browser
    request: Request
    requests: int = FEWEST_REQUESTS
    seconds: list[float] = field(default_factory=list)

    def warm_up(self) -> None:
        """Ask until everything is loaded, then find how many requests make a batch that ticks of 10 ms can measure."""
        self._batch()
        wanted = int(BATCH_SECONDS / max(self._batch(), 0.0001))
        self.requests = max(FEWEST_REQUESTS, min(MOST_REQUESTS, wanted))

    def measure(self) -> None:
        """One batch more."""
        self.seconds.append(self._batch())

    def _batch(self) -> float:
        self.browser.connect()
        before = processor_seconds(*self.roots)
        for _ in range(self.requests):
            self.request()
        return (processor_seconds(*self.roots) - before) / self.requests


@dataclass(frozen=True)
class Line:
    """A line of the table with its results; `growth` is the cost in the large database over that in the small one."""

    work: str
    milliseconds: float | None
    ratio: float
    most: float | None
    growth: float | None
    most_growth: float | None
    unit: str = "×"

    @property
    def missed(self) -> bool:
        """Whether a target is missed."""
        return (self.most is not None and self.ratio > self.most) or (
            self.growth is not None and self.most_growth is not None and self.growth > self.most_growth
        )

    def text(self) -> str:
        """The line as it is printed."""
        cells = [f"{self.work:<50}"]
        cells.append(f"{self.milliseconds:8.2f}" if self.milliseconds is not None else " " * 8)
        cells.append(f"{self.ratio:6.1f} {self.unit}")
        cells.append(f"{self.most:6.1f}" if self.most is not None else " " * 6)
        cells.append(f"{self.growth:7.2f}" if self.growth is not None else " " * 7)
        cells.append(f"{self.most_growth:6.1f}" if self.most_growth is not None else " " * 6)
        return "  ".join([*cells, "missed" if self.missed else ""]).rstrip()


def reading(url: str, seen: Measured) -> Iterator[tuple[Work, Browser, Request]]:
    """The pages: as what they count, who looks, and how."""
    student, director = Browser(url, seen.student), Browser(url, seen.director)
    in_round = f"/rounds/{seen.round}"
    last_page = page_of(data.LONGEST)
    for work, browser, address in (
        (Work("home", None, 1.3), student, "/"),
        (Work("case page", 4, 1.2), director, f"/cases/{seen.case}"),
        (Work("library, 50 cases", 6, 1.3), student, "/cases"),
        (Work("library, searched for two words", None, 1.3), student, "/cases?q=night+line"),
        (Work("what the library covers", None, 1.3), student, "/coverage"),
        (Work("journal", None, 1.3), student, "/journal"),
        (Work("stage of a round", None, 1.2), student, f"{in_round}/stages/1"),
        (Work("discussion, 50 threads", 6, 1.3), student, f"{in_round}/discussion"),
        (Work("thread of 200 comments, first page", 16, 1.2), student, f"/threads/{seen.long}"),
        (Work("thread of 20,000, first page", 16, 1.3), student, f"/threads/{seen.longest}"),
        (Work("thread of 20,000, last page", 16, 1.3), student, f"/threads/{seen.longest}?after={last_page}"),
        (Work("round of 400 students, for faculty", 12, 1.3), director, in_round),
        (Work("its next steps", None, 1.3), director, f"{in_round}/next"),
        (Work("review desk, 400 reflections", 12, 1.3), director, f"{in_round}/review"),
    ):
        yield work, browser, partial(browser.get, address)


def writing(url: str, seen: Measured) -> Iterator[tuple[Work, Browser, Request]]:
    """The forms, each sent with a text of its own and a fresh idempotency key."""
    in_round = f"/rounds/{seen.round}"
    form, thread = f"{in_round}/reflection", f"/threads/{seen.short}"
    submitter, typist, student = (Browser(url, token) for token in (seen.submitter, seen.typist, seen.student))
    yield Work("post a comment", 20, 1.2), student, _sender(student, thread, thread, {})
    yield (
        Work("submit a reflection", 20, 1.2),
        submitter,
        _sender(submitter, f"{form}?revise=1", form, {"then": "submit"}),
    )
    yield Work("autosave a draft", 6, 1.1), typist, _sender(typist, f"{form}?revise=1", f"{form}/draft", {}, json=True)


TEXT = "What she *wants*, as far as anybody has asked her, is to go home.\n\n- Nobody has asked her.\n- Her son has."
CHOICES = {"about": "case", "audience": "group"}


def _sender(browser: Browser, page: str, action: str, choices: dict[str, str], *, json: bool = False) -> Request:
    browser.connect()
    fields = browser.fields(page)
    texts = [name for name in fields if name == "text" or name.startswith("answer-")]
    numbers = count(1)
    versions = count(int(fields.get("version") or 0))

    def send() -> None:
        number = f"{next(numbers)}"
        typed = dict.fromkeys(texts, f"{TEXT}\n\n{number}")
        own = {"idempotency_key": f"{page} {number}", "version": f"{next(versions)}"}
        browser.post(action, {**fields, **CHOICES, **choices, **typed, **own}, json=json)

    return send


def main() -> None:
    """Measure everything, print the table, and keep it as JSON."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ethics-bench-")))
        store, store_roots = stack.enter_context(_store(directory))
        seen, small, large = _fill(store, directory)
        print("Starting up with 1,000 unchanged cases …", file=sys.stderr)
        startup = _startup_seconds(store, directory)
        print("Checking 1,000 cases …", file=sys.stderr)
        checking = _checking_seconds(store, directory)
        servers = []
        for name, url in (("small", small), ("large", large)):
            server = stack.enter_context(Installation.new(url, _folder(directory, name)).serving())
            servers.append((server.url, (server.process.pid, *store_roots)))
        null = {}
        for module in ("null_wsgi", "null_flask"):
            server = stack.enter_context(serving_null(f"bench.{module}", directory))
            browser = Browser(server.url)
            null[module] = Meter((server.process.pid,), browser, partial(browser.get, "/"))
        works = _works(servers, seen)
        _measure(null, works)
        lines = _lines(null, works, more=MORE_ON_POSTGRESQL if store_roots else 1)
    lines.append(Line("start-up, 1,000 unchanged cases", None, startup, 2, None, None, unit="s"))
    lines.append(Line("checking 1,000 cases, on the clock", None, checking, 10, None, None, unit="s"))
    _print(lines)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([asdict(line) | {"missed": line.missed} for line in lines], indent=2))


@contextmanager
def _store(directory: Path) -> Iterator[tuple[Store, tuple[int, ...]]]:
    """Where the databases lie, and the processes whose work for them counts."""
    if os.environ.get("DATABASE", "sqlite") == "sqlite":
        yield SqliteStore(_folder(directory, "databases")), ()
        return
    with postgresql(durable=True) as server:
        server.wait()
        yield PostgresqlStore(server, "bench"), (server.supervisor.pid,)  # type: ignore[union-attr]  # it is ours


def _fill(store: Store, directory: Path) -> tuple[Measured, str, str]:
    small = store.migrated()
    installation = Installation.new(small, _folder(directory, "filling"))
    installation.command("cases", "sync")
    installation.command("demo")
    print("Filling the database …", file=sys.stderr)
    with _filling(small) as filler:
        versions = filler.library()
        seen = filler.measured(versions)
    large = store.copy(small)
    for url, times in ((small, 1), (large, TIMES)):
        with _filling(url) as filler:
            filler.around(times, versions)
    return seen, small, large


@contextmanager
def _filling(url: str) -> Iterator[Filler]:
    database = Database(url)
    filler = Filler(database)
    yield filler
    filler.settle()
    database.dispose()


def _startup_seconds(store: Store, directory: Path) -> float:
    url = store.migrated()
    installation = Installation.new(url, _folder(directory, "startup"))
    installation.command("cases", "sync")
    installation.command("demo")
    database = Database(url)
    cases = directory / "cases"
    shutil.copytree(ROOT / "cases", cases)
    data.unchanged_cases(database, cases)
    database.dispose()
    before = _children_seconds()
    said = installation.command("cases", "sync", str(cases))
    if f"{data.STARTUP_CASES} unchanged" not in said:
        raise RuntimeError(f"the cases were not unchanged: {said[-500:]}")
    return _children_seconds() - before


def _checking_seconds(store: Store, directory: Path) -> float:
    """Seconds on the clock for checking as many different cases, with every core there is."""
    installation = Installation.new(store.migrated(), _folder(directory, "checking"))
    folder = _folder(directory, "checked")
    sources = sorted((ROOT / "cases").glob("*.md"))
    for number in range(data.STARTUP_CASES):
        source = sources[number % len(sources)]
        text = source.read_text(encoding="utf-8").replace("\ntitle: ", f"\ntitle: {number} ", 1)
        (folder / f"{source.stem}-{number}.md").write_text(text, encoding="utf-8")
    before = time.monotonic()
    installation.command("cases", "check", str(folder))
    return time.monotonic() - before


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _works(servers: list[tuple[str, tuple[int, ...]]], seen: Measured) -> dict[Work, list[Meter]]:
    """A meter for each work in each database, the small one first."""
    works: dict[Work, list[Meter]] = {}
    for url, roots in servers:
        for requests in (reading(url, seen), writing(url, seen)):
            for work, browser, request in requests:
                works.setdefault(work, []).append(Meter(roots, browser, request))
    return works


def _measure(null: dict[str, Meter], works: dict[Work, list[Meter]]) -> None:
    for meter in [*null.values(), *chain(*works.values())]:
        meter.warm_up()
    for number in range(PASSES):
        print(f"Pass {number + 1} of {PASSES} …", file=sys.stderr)
        for meters in works.values():
            for meter in [*null.values(), *meters]:
                meter.measure()


def _lines(null: dict[str, Meter], works: dict[Work, list[Meter]], *, more: float) -> list[Line]:
    unit = median(null["null_flask"].seconds)
    lines = []
    for name, meter in null.items():
        cost = median(meter.seconds)
        lines.append(Line(name.replace("_", " "), cost * 1000, cost / unit, None, None, None))
    for work, (small, large) in works.items():
        cost = median(small.seconds)
        most = work.most and work.most * more
        growth = median(one / other for one, other in zip(large.seconds, small.seconds, strict=True))
        lines.append(Line(work.name, cost * 1000, cost / unit, most, growth, work.most_growth))
    return lines


def _print(lines: list[Line]) -> None:
    print(f"{'work':<50}  {'CPU ms':>8}  {'ratio':>8}  {'most':>6}  {'×100':>7}  {'most':>6}")
    for line in lines:
        print(line.text())


def _folder(directory: Path, name: str) -> Path:
    made = directory / name
    made.mkdir(exist_ok=True)
    return made


if __name__ == "__main__":
    main()
