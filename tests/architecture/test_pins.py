"""What is pinned can be installed on every Python the project says it runs on."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PINS = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if "==" in line and not line.startswith("#")
)


def test_no_pin_asks_for_a_newer_python() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    asked = {}
    for name, version in PINS.items():
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of another machine or extra
        if found.version == version:
            asked[name] = ",".join(found.metadata.get_all("Requires-Python") or ())
    assert len(asked) > 50
    newer = {
        name: wanted for name, wanted in asked.items() if not SpecifierSet(wanted).contains(f"{oldest}.0")
    }
    if newer:
        pytest.fail(f"these pins do not install on Python {oldest}.0: {newer}")
