"""What others wrote stands in the manifest with its version, its licence and the hash of every file."""

import hashlib
import json

from tests.house import ROOT, STATIC

MANIFEST = STATIC / "vendor" / "manifest.json"
FOLDERS = (STATIC / "vendor", STATIC / "fonts", ROOT / "tests" / "vendor")


def test_every_file_is_in_the_manifest_with_its_hash():
    manifest = json.loads(MANIFEST.read_text())
    files = [path for folder in FOLDERS for path in folder.rglob("*") if path.is_file() and path != MANIFEST]

    assert {path: found for package in manifest.values() for path, found in package["files"].items()} == {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_every_package_has_a_version_and_a_licence_beside_it():
    for name, package in json.loads(MANIFEST.read_text()).items():
        assert sorted(package) == ["files", "licence", "version"], name
        assert any("LICENSE" in path for path in package["files"]), name
