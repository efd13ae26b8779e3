"""The rules of the house, proved instead of remembered."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ethics"
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
