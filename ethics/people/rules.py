"""What holds for accounts and roles, without a database."""

import re
from functools import cache
from zoneinfo import available_timezones

from ethics.errors import Invalid
from ethics.people.actor import Actor
from ethics.people.models import Role, User
from ethics.text import clean_name

LONGEST_EMAIL = 254
LONGEST_NAME = 200
_CONTINENTS = frozenset("Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split())
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def clean_email(email: str) -> str:
    """The address as it is stored and compared: lower case, tidied. Raises Invalid for what cannot be one."""
    cleaned = clean_name(email).lower()
    if not _EMAIL.fullmatch(cleaned) or len(cleaned) > LONGEST_EMAIL:
        raise Invalid("email", "email")
    return cleaned


def clean_person(name: str) -> str:
    """A person's name as it is stored. Raises Invalid for an empty or endless one."""
    cleaned = clean_name(name)
    if not cleaned:
        raise Invalid("required", "name")
    if len(cleaned) > LONGEST_NAME:
        raise Invalid("too-long", "name")
    return cleaned


def may_manage(actor: Actor | None) -> bool:
    """Whether the actor may make accounts and change roles; None is the command line."""
    return actor is None or actor.has(Role.ADMINISTRATOR)


def may_grant(actor: Actor | None, user: User) -> bool:
    """Whether the actor may give `user` a role. Nobody gives one to himself."""
    return may_manage(actor) and (actor is None or actor.id != user.id)


@cache
def zones() -> tuple[str, ...]:
    """The IANA zones a person can choose: those named after places. Read from the system once."""
    return tuple(sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _CONTINENTS))
