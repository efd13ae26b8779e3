"""The child process: slow texts are given up in time, and nothing that happens to it reaches the next text."""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ethics.markup import DEADLINE_SECONDS, Profile, Rendered, render
from ethics.markup_child import MEMORY_BYTES

MARGIN_SECONDS = 3.0
PATIENCE_SECONDS = 20.0


def rosa(number: int = 1) -> Rendered:
    return render(f"Rosa {number}", profile=Profile.POST)


def children(process: int | None = None) -> list[int]:
    """The rendering processes that a process, by default this one, has."""
    tasks = Path(f"/proc/{process or os.getpid()}/task").iterdir()
    every = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [child for child in every if b"ethics.markup_child" in Path(f"/proc/{child}/cmdline").read_bytes()]


def wait_until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up, "waited too long"
        time.sleep(0.01)


def is_gone(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


SLOW = {
    "brackets": "[" * 10_000,
    "pictures": "![" * 5_000,
    "footnotes": "[^" * 5_000,
    "cdata": "<![CDATA[" * 1_111,
    "fence": "```" + " " * 10_000,
    "table": "a|" * 1_500 + "\n" + "-|" * 1_500 + "\n" + "a\n" * 2_000,
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_text_is_answered_in_time_and_the_next_is_well(kind: str) -> None:
    rosa()
    start = time.monotonic()
    render(SLOW[kind], profile=Profile.CASE)
    assert time.monotonic() - start < DEADLINE_SECONDS + MARGIN_SECONDS
    assert rosa() == Rendered("<p>Rosa 1</p>", whole=True)


def test_a_text_given_up_is_shown_as_it_was_typed(caplog: pytest.LogCaptureFixture) -> None:
    source = "\n<b>Rosa</b>\n\n" + SLOW["table"]
    assert render(source, profile=Profile.POST) == Rendered(
        '<p class="unrendered-notice">This text could not be laid out, so you see it as it was typed. '
        'Nothing is missing.</p>\n<pre class="unrendered">\n'
        + source.replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;")
        + "</pre>",
        whole=False,
    )
    assert caplog.messages == [f"a text of {len(source)} characters was left unrendered: TimeoutError"]


def test_a_text_that_would_swell_is_given_up_and_the_child_lives_on() -> None:
    rosa()
    before = children()
    swelling = f"[a]: https://ward.example/{'x' * 5_000}\n\n" + "[a] " * 1_200
    assert not render(swelling, profile=Profile.POST).whole
    assert (rosa().whole, children()) == (True, before)


def test_a_text_that_breaks_the_library_is_given_up_and_the_child_lives_on() -> None:
    rosa()
    before = children()
    assert not render("half a pair \ud83d", profile=Profile.POST).whole
    assert (rosa().whole, children()) == (True, before)


def test_the_child_cannot_take_all_the_memory() -> None:
    rosa()
    [child] = children()
    assert resource.prlimit(child, resource.RLIMIT_AS) == (MEMORY_BYTES, MEMORY_BYTES)


def test_one_child_stays_warm() -> None:
    rosa()
    before = children()
    assert len(before) == 1
    rosa()
    assert children() == before


def test_a_child_killed_between_two_texts_is_replaced() -> None:
    rosa()
    [child] = children()
    os.kill(child, signal.SIGKILL)
    assert rosa() == Rendered("<p>Rosa 1</p>", whole=True)
    wait_until(lambda: len(children()) == 1)
    assert children() != [child]


def test_a_child_killed_at_work_leaves_the_text_to_another() -> None:
    rosa()
    [child] = children()
    os.kill(child, signal.SIGSTOP)
    answers: list[Rendered] = []
    thread = threading.Thread(target=lambda: answers.append(rosa()))
    thread.start()
    os.kill(child, signal.SIGKILL)
    thread.join()
    assert answers == [Rendered("<p>Rosa 1</p>", whole=True)]


def test_a_child_that_hangs_is_replaced() -> None:
    rosa()
    [child] = children()
    os.kill(child, signal.SIGSTOP)
    assert not rosa(1).whole
    assert rosa(2) == Rendered("<p>Rosa 2</p>", whole=True)
    assert is_gone(child)


def test_an_interrupted_text_never_answers_for_the_next() -> None:
    rosa()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            render(SLOW["table"], profile=Profile.POST)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert rosa(2) == Rendered("<p>Rosa 2</p>", whole=True)


def test_threads_each_get_their_own_text() -> None:
    wrong: list[str] = []

    def ask(first: int) -> None:
        wrong.extend(html for n in range(first, first + 50) if (html := rosa(n).html) != f"<p>Rosa {n}</p>")

    threads = [threading.Thread(target=ask, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def _render_in_fork(answers: "multiprocessing.Queue[tuple[Rendered, list[int]]]") -> None:
    answers.put((rosa(2), children()))


def test_a_fork_has_a_child_of_its_own() -> None:
    rosa()
    before = children()
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    process = fork.Process(target=_render_in_fork, args=(answers,))
    process.start()
    rendered, its_children = answers.get(timeout=PATIENCE_SECONDS)
    process.join()
    answers.close()
    assert rendered == Rendered("<p>Rosa 2</p>", whole=True)
    assert (len(its_children), process.exitcode) == (1, 0)
    assert (rosa().whole, children()) == (True, before)
    wait_until(lambda: is_gone(its_children[0]))


SCRIPT = """
import os, sys
from ethics.markup import Profile, render
assert render("Rosa", profile=Profile.POST).whole
if os.fork() == 0:
    if sys.argv[1:] == ["outlive"]:
        sys.stdin.read()
    sys.exit()
print("ready", flush=True)
sys.stdin.read()
"""


def _start_script(*args: str) -> tuple["subprocess.Popen[str]", int]:
    pipe = subprocess.PIPE
    script = subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", "-c", SCRIPT, *args],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )
    assert script.stdout is not None
    assert script.stdout.readline() == "ready\n"
    [child] = children(script.pid)
    return script, child


def test_the_child_ends_with_its_parent_and_nobody_complains() -> None:
    script, child = _start_script()
    _, complaints = script.communicate("", timeout=PATIENCE_SECONDS)
    assert (script.returncode, complaints) == (0, "")
    wait_until(lambda: is_gone(child))


def test_the_child_ends_when_its_parent_is_killed_though_a_fork_lives_on() -> None:
    script, child = _start_script("outlive")
    script.kill()
    script.wait()
    wait_until(lambda: is_gone(child))
    script.communicate(timeout=PATIENCE_SECONDS)


def test_an_orphan_at_work_ends_soon() -> None:
    """On a machine so slow that the deadline comes first, the child has ended all the same."""
    endless = "'```' + ' ' * 40_000"
    hang = f"from ethics.markup import Profile, render; render({endless}, profile=Profile.CASE)"
    with subprocess.Popen([sys.executable, "-c", hang]) as parent:
        wait_until(lambda: children(parent.pid) != [])
        [child] = children(parent.pid)
        wait_until(lambda: is_gone(child) or _cpu_seconds(child) > 1)
        parent.kill()
    try:
        wait_until(lambda: is_gone(child))
    finally:
        if not is_gone(child):
            os.kill(child, signal.SIGKILL)


def _cpu_seconds(process: int) -> float:
    try:
        line = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return 0
    user, system = line.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_a_child_that_cannot_start_is_said_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    rosa()
    [child] = children()
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: is_gone(child))
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/bin/false")
        with pytest.raises(RuntimeError, match="did not start"):
            rosa()
    assert rosa().whole
