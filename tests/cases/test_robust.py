"""No file holds the checker up, or brings it down; and a thousand cases are no long wait."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ethics.cases.checks import check, check_files
from ethics.cases.format import MAX_BYTES
from tests.cases.texts import BODY, FRONT, PATH, VOCABULARY

HEAD = FRONT.encode()
WHOLE = (FRONT + BODY).encode()
FULL = MAX_BYTES - 1000
SECONDS = 8
"""Of processor time, on a machine that does other things as well; most take a hundredth."""


def front(text: str) -> bytes:
    return f"---\ntitle: A\nsummary: B\nprinciples: autonomy\n{text}\n---\n{BODY}".encode()


def filled(line: Callable[[int], str], before: str = "") -> bytes:
    """A case as large as may be, of different lines."""
    lines: list[str] = []
    size = 0
    while size < FULL - 20:
        lines.append(line(len(lines)))
        size += len(lines[-1].encode()) + 1
    return HEAD + before.encode() + "\n".join(lines).encode()


def spelt(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:06}")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{one}: &{one} [{', '.join([f'*{other}'] * 9)}]" for other, one in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {x: 1}\n" + "\n".join(f"b{n}: &b{n} {{<<: [{', '.join(['*a'] * 20)}]}}" for n in range(20))

FILES: dict[str, bytes] = {
    "nothing": b"",
    "one byte": b"\xff",
    "binary": bytes(range(256)) * 400,
    "an executable": b"\x7fELF\x02\x01\x01" + bytes(5000),
    "half a file": WHOLE[: len(WHOLE) // 2],
    "half a front matter": WHOLE[:60],
    "half a character": WHOLE.replace(b"Nadia", "Nadi\N{LATIN SMALL LETTER A WITH DIAERESIS}".encode()[:-1], 1),
    "nothing but a front matter": FRONT.encode(),
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "NULs": HEAD + bytes(10_000),
    "NULs in the front matter": front("level: \0"),
    "carriage returns": WHOLE.replace(b"\n", b"\r\n"),
    "old line ends": WHOLE.replace(b"\n", b"\r"),
    "line ends of all kinds": WHOLE.replace(b"\n\n", b"\r\r\n"),
    "a byte-order mark": b"\xef\xbb\xbf" + WHOLE,
    "ten byte-order marks": b"\xef\xbb\xbf" * 10 + WHOLE,
    "a line of 10 MB": HEAD + b"x" * 10_000_000,
    "10 MB before the front matter": b"x" * 10_000_000,
    "a merge-key bomb": front(MERGES),
    "a billion laughs": front(BOMB),
    "3,000 brackets": front(f"also: {'[' * 3000}"),
    "3,000 pairs of brackets": front(f"also: {'[' * 3000}{']' * 3000}"),
    "3,000 braces": front(f"also: {'{a: ' * 3000}"),
    "3,000 dashes": front(f"also:\n  {'- ' * 3000}x"),
    "3,000 questions": front("? " * 3000),
    "3,000 quotes": front("also: " + "'" * 6001),
    "3,000 people": front(f"people: {'Ana (patient), ' * 1000}"),
    "3,000 brackets of people": front(f"people: {'(' * 3000}"),
    "7,000 terms": front("also: " + ",".join("abcdefghij"[n % 10] for n in range(7000))),
    "2,000 unknown terms": front(f"topics: {', '.join(spelt(n) for n in range(1900))}"),
    "a list of 3,000": front("topics:\n" + "".join(f"  - a{n}\n" for n in range(1500))),
    "1,000 keys": front("\n".join(f"k{n}: x" for n in range(1000))),
    "a key of 10 kB": front("x" * 10_000 + ": y"),
    "a tension of 10 kB": front("tensions: " + "a vs " * 2500),
    "10 kB of [": HEAD + b"[" * 10_000,
    "brackets": HEAD + b"[" * FULL,
    "pictures": HEAD + b"![" * (FULL // 2),
    "footnotes": HEAD + b"[^" * (FULL // 2),
    "links": HEAD + b"[a](" * (FULL // 4),
    "definitions": filled(lambda n: f"[a{n}]: #b{n}"),
    "tags": HEAD + b"<a " * (FULL // 3),
    "CDATA": HEAD + b"<![CDATA[" * (FULL // 9),
    "hashes": HEAD + b"#" * FULL,
    "quotes": HEAD + b">" * FULL,
    "dashes": HEAD + b"- " * (FULL // 2),
    "white space": HEAD + b" " * FULL + b"x",
    "empty lines": HEAD + b"\n" * FULL,
    "digits": HEAD + b"1" * FULL,
    "numbers": HEAD + b"12 34 " * (FULL // 6),
    "addresses": HEAD + b"a@b." * (FULL // 4),
    "backticks": HEAD + b"`" * FULL,
    "marks on one letter": HEAD + ("a" + "\u0316\u0301" * 60_000).encode(),
    "marks in the title": f"---\ntitle: a{chr(0x316) + chr(0x301)}".encode()
    + "\u0316\u0301".encode() * 3000
    + b"\n---\n",
    "stages": filled(lambda n: f"## {spelt(n)}"),
    "unknown sections": filled(lambda n: f"### {spelt(n)} {spelt(n * 7)}", "o\n\n## Day\n\n"),
    "lines like faculty's": filled(lambda n: f"for facilit{spelt(n)[-3:]} notes"),
    "fences": filled(lambda n: f"```{spelt(n)}"),
    "code blocks": filled(lambda n: f"```\n{spelt(n)}\n```\n"),
    "options": filled(lambda n: f"- {spelt(n)}", "o\n\n## Day\n\n### Decision: x\n\n"),
    "questions": filled(lambda n: f"1. {spelt(n)}", "o\n\n## Day\n\nx\n\n## Questions\n\n"),
    "references": filled(lambda n: f"- [{spelt(n)}2020] x", "o\n\n## Day\n\nx\n\n## References\n\n"),
    "citations": filled(lambda n: f"[{spelt(n)}2020]"),
    "a table": filled(lambda n: f"| {spelt(n)} | b |"),
}


@pytest.mark.parametrize("name", FILES)
def test_no_file_holds_the_checker_up(name: str) -> None:
    begun = time.process_time()
    findings = check(FILES[name], path=PATH, vocabulary=VOCABULARY)
    assert time.process_time() - begun < SECONDS
    assert all(finding.line >= 1 and finding.column >= 1 for finding in findings)


@pytest.mark.parametrize("name", ["carriage returns", "old line ends", "a byte-order mark"])
def test_line_ends_and_a_mark_change_nothing_else(name: str) -> None:
    plain = check(WHOLE, path=PATH, vocabulary=VOCABULARY)
    assert [f for f in check(FILES[name], path=PATH, vocabulary=VOCABULARY) if f.code != "W001"] == list(plain)


def test_what_is_not_a_file_is_a_finding_and_no_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "zero.md").symlink_to("/dev/zero")
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    found = check_files([tmp_path], vocabulary=VOCABULARY)
    assert [(finding.path.name, finding.code) for finding in found] == [
        (name, "E001") for name in ("folder.md", "loop.md", "pipe.md", "zero.md")
    ]


def test_a_file_of_many_gigabytes_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "short-count.md"
    with path.open("wb") as file:
        file.truncate(50_000_000_000)
    assert [finding.code for finding in check_files([path], vocabulary=VOCABULARY)] == ["E004"]


@pytest.mark.slow
def test_a_thousand_cases_take_under_ten_seconds(tmp_path: Path) -> None:
    """On two cores that have nothing else to do; the lines differ from case to case, so that none is remembered."""
    model = (Path(__file__).parents[2] / "cases" / "the-line-goes-too.md").read_text()
    for number in range(1000):
        lines = [
            line if line[:1] in "#-|" or ": " in line[:20] else f"{line} {spelt(number)}" for line in model.split("\n")
        ]
        (tmp_path / f"case-{number}.md").write_text("\n".join(lines).replace("---" + f" {spelt(number)}", "---"))
    begun = time.monotonic()
    ethics = Path(sys.executable).with_name("ethics")
    done = subprocess.run([ethics, "cases", "check", tmp_path], capture_output=True, text=True, check=False)
    assert time.monotonic() - begun < 10
    assert done.stderr.startswith("1000 files: ")
