"""Every address says who may open it, names the type of what it takes, and is written in kebab-case."""

import re

from flask import Flask

from ethics.people.models import Role
from ethics.web.auth import PUBLIC, SIGNED_IN

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?")


def addresses(app: Flask) -> dict[str, str]:
    """The endpoint of every address of ours."""
    return {rule.rule: rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint != "static"}


def test_every_view_is_marked(unused_app):
    marks = {
        address: getattr(unused_app.view_functions[name], "access", None)
        for address, name in addresses(unused_app).items()
    }

    assert {address: mark for address, mark in marks.items() if mark not in {PUBLIC, SIGNED_IN, *Role}} == {}


def test_parameters_are_typed(unused_app):
    assert [address for address in addresses(unused_app) if re.search(r"<\w+>", address)] == []


def test_addresses_are_kebab_case(unused_app):
    fixed = {
        address: [part for part in re.sub(r"<[^>]+>", "x", address).split("/") if part]
        for address in addresses(unused_app)
    }

    assert [address for address, parts in fixed.items() if not all(map(KEBAB.fullmatch, parts))] == []
