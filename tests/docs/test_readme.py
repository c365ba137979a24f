"""What README promises is kept: its commands run, print what it shows, and its file is the shipped one."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
outputs = importlib.import_module("outputs")
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SHOWN = [shown for page in outputs.pages() for shown in outputs.shown(page)]
QUICK = [
    s for s in SHOWN if not s.slow and (s.page.name == "README.md" or s.command.startswith("kaigong check"))
]


def fresh(commands: list[Any], folder: Path) -> None:
    for shown in commands:
        outputs.put_files(shown.page, folder)
        page = shown.page.relative_to(ROOT)
        said = outputs.shorten(outputs.run(shown.command, folder), shown.lines)
        assert said == shown.body, f"{page}: {shown.command}: run python docs/outputs.py"


def test_the_commands_of_the_smallest_scenario_print_what_the_pages_show(tmp_path: Path) -> None:
    assert any(shown.page.name == "README.md" for shown in QUICK)
    fresh(QUICK, tmp_path)


@pytest.mark.slow
def test_all_other_commands_print_what_the_pages_show(tmp_path: Path) -> None:
    fresh([shown for shown in SHOWN if shown not in QUICK], tmp_path)


@pytest.mark.parametrize("target", ["forecast", "test"])
def test_the_two_commands_exist(target: str) -> None:
    assert f"make {target}" in README
    assert re.search(rf"^{target}:", MAKEFILE, re.M)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_knows_what_to_do() -> None:
    done = subprocess.run(["make", "-n", "forecast"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "forecast kaifeng" in done.stdout


def test_the_file_explained_is_the_shipped_one() -> None:
    section = README[README.index("## The `hello` scenario") :]
    section = section[: section.index("\n## ", 3)]
    parts = re.findall(r"^```yaml\n(.*?)^```$", section, re.S | re.M)
    shipped = (ROOT / "scenarios" / "hello" / "scenario.yaml").read_text(encoding="utf-8")
    assert "".join(parts) == shipped


def test_it_opens_with_what_it_does_a_picture_and_two_commands() -> None:
    opening = README[: README.index("\n## ")]
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", opening)
    assert len(pictures) == 2
    assert all((ROOT / picture).is_file() for picture in pictures)
    assert opening.index("![") < opening.index("make forecast") < opening.index("make test")
