"""Passwords: what is accepted, how it is hashed, and checks that cost the same whether an account exists or not.

Hashing takes about 30 ms and 19 MiB on purpose. Doors do it before the write transaction begins, never inside.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ethics.errors import Invalid
from ethics.text import refuse_unstorable

SHORTEST = 8
LONGEST = 128

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password was right. `new_hash` is set when it should be stored anew, with today's parameters."""

    right: bool
    new_hash: str | None = None


def make_hash(password: str, *, field: str = "password", not_like: tuple[str, ...] = ()) -> str:
    """The hash to store for a new password. Slow on purpose.

    Raises Invalid at `field` for a password that is too short, too long, commonly used, or one of the words
    `not_like` (the person's own name and address).
    """
    refuse_unstorable(password, field)
    password = _composed(password)
    if len(password) < SHORTEST:
        raise Invalid("password-short", field)
    if len(password) > LONGEST:
        raise Invalid("password-long", field)
    own = {word.casefold() for phrase in not_like for word in (phrase, phrase.replace(" ", ""), phrase.split("@")[0])}
    if password.casefold() in own:
        raise Invalid("password-own", field)
    if password.casefold() in _common():
        raise Invalid("password-common", field)
    return _hasher.hash(password)


def check(stored: str | None, password: str) -> Checked:
    """Whether `password` is the one stored. Takes equally long where nothing is stored, or nobody has that account."""
    password = _composed(password)[: LONGEST + 1].encode(errors="replace").decode()
    nobodys = _nobodys()  # asked for at every check, so that the first unknown account is no slower than the next
    try:
        _hasher.verify(stored or nobodys, password)
    except (VerificationError, InvalidHashError):
        return Checked(right=False)
    if stored is None:
        return Checked(right=False)
    return Checked(right=True, new_hash=_hasher.hash(password) if _hasher.check_needs_rehash(stored) else None)


def _composed(password: str) -> str:
    # The same password typed on another keyboard can arrive in other code points.
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")


@cache
def _common() -> frozenset[str]:
    return frozenset(files("ethics.people").joinpath("common-passwords.txt").read_text(encoding="utf-8").split())
