"""The documentation is what the program says: generated pages fresh, links alive, examples that load."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from ruamel.yaml import YAML

from forecasts.cli import app
from sim.scenario import load_scenario
from sim.scenario.schema import Spec

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))
generate = importlib.import_module("generate")
schema_page = importlib.import_module("schema_page")
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> Iterator[str]:
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if found[1] == language:
            yield found[2]


def slug(heading: str) -> str:
    """Anchor of a heading as the usual Markdown hosts make it."""
    kept = [c for c in heading.lower().replace("`", "") if unicodedata.category(c)[0] in "LNM" or c in " -_"]
    return "".join(kept).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return {slug(heading.strip()) for heading in re.findall(r"^#+ (.*)$", text, re.M)}


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_pages_are_fresh(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == generate.PAGES[name](), f"docs/{name} is stale: run python docs/generate.py"


def test_a_stale_page_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"a.md": lambda: "new\n"})
    (tmp_path / "a.md").write_text("old\n", encoding="utf-8")
    assert generate.main(["--check"]) == 1
    assert "docs/a.md is stale" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_every_key_of_a_scenario_has_a_meaning() -> None:
    keys = list(schema_page.keys(Spec))
    assert [f"{block}.{key}" for block, key, meaning in keys if not meaning] == []
    assert set(schema_page.further()) - {(block, key) for block, key, _ in keys} == set()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        assert other.exists(), f"{named(page)}: {target}"
        if anchor and other.suffix == ".md":
            assert anchor in anchors(other), f"{named(page)}: {target}, there are {sorted(anchors(other))}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_yaml_blocks_load(page: Path) -> None:
    for text in blocks(page, "yaml"):
        assert YAML(typ="safe").load(text) is not None, f"{named(page)}: an empty block"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_python_prompts_run(page: Path) -> None:
    assert doctest.testfile(str(page), module_relative=False, encoding="utf-8").failed == 0


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_and_options_exist(page: Path) -> None:
    commands = typer.main.get_command(app).commands
    for text in blocks(page, "console"):
        joined = text.replace("\\\n", " ")
        for line in re.findall(r"^\$ (kaigong .*)$", joined, re.M):
            words = shlex.split(line)
            assert words[1] in commands, f"{named(page)}: {line}"
            known = {name for p in commands[words[1]].params for name in (*p.opts, *p.secondary_opts)}
            wrong = [w for w in words[2:] if w.startswith("--") and w not in known]
            assert wrong == [], f"{named(page)}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_path_of_a_machine_stands_in_a_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"/(?:work|tmp|home|root|Users)/", text) == []
    assert not re.search(r"[A-Z]_(OUTPUT|READING|SECTIONS?|SECONDS)", text), "something was never written"


def test_the_how_to_builds_a_scenario_that_loads(tmp_path: Path) -> None:
    text = (DOCS / "how-to" / "write_a_scenario.md").read_text(encoding="utf-8")
    steps = text[: text.index("## 6.")]
    parts = [found[2] for found in BLOCK.finditer(steps) if found[1] == "yaml"]
    path = tmp_path / "my-city.yaml"
    path.write_text("".join(parts), encoding="utf-8")
    scenario = load_scenario(path)
    assert list(scenario.activities) == ["EIA", "CPM", "start", "construction"]
    assert scenario.arrivals is not None
