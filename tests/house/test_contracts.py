"""The import contracts in pyproject.toml speak of every package that there is."""

import tomllib

from tests.house import PACKAGE, ROOT

DOORS = {"application", "web", "cli", "lti"}


def test_every_package_below_the_doors_is_kept_free_of_flask():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [forbidden] = [contract for contract in contracts if contract["type"] == "forbidden"]
    modules = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert forbidden["source_modules"] == sorted(f"ethics.{name}" for name in modules - DOORS - {"__init__"})
