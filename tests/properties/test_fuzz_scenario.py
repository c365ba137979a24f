"""However a scenario file is damaged, it loads or ends in InputError, never in a traceback."""

# ruff: noqa: E501 - tables of damage

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import InputError, Problem
from sim.scenario import load_scenario, shipped_root

HELLO = (shipped_root() / "hello" / "scenario.yaml").read_text(encoding="utf-8")
KAIFENG = (shipped_root() / "kaifeng" / "scenario.yaml").read_text(encoding="utf-8")
ITEMS = (shipped_root() / "process" / "items.csv").read_text(encoding="utf-8")

SETTINGS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

#: Pieces that hurt: other types, other units, markers of YAML, names, nothing.
PIECES = (
    "null", "[]", "{}", "true", "-1", "0", "1e999", ".nan", "20 wd", "3 mu", "$sigma", "$", "$$", "[1, 2]", "{a: 1}",
    "{value: 3}", "{law: lognormal}", "law", "'", '"', "*x", "&x 1", "!!set {}", "!x 1", "? ", "- ", ": ", "\t", "\n",
    "#", "2021-13-45", "2021-01-01", "<<: 1", "---", "...", "%", "@", "|", ">", "name", "signed", "start", "\u0000",
    "\ufeff", "开封", "\u2028", "99999999999999999999999999", "0x1F", "1_0", "extends: hello", "{not: {}}",
)  # fmt: skip


def survives(path: Path) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        load_scenario(path)
    except InputError as error:
        problems = error.problems or (Problem("", "", "", "", ""),)
    assert all(problem.expected and problem.remedy for problem in problems)


def damaged(text: str, seed: int) -> str:
    """Damage a text in one to four places, at word borders as often as anywhere."""
    luck = random.Random(seed)
    for _ in range(luck.randint(1, 4)):
        words = [i for i, c in enumerate(text) if c in " :,[]{}\n"] or [0]
        at = luck.choice(words) if luck.random() < 0.7 else luck.randrange(len(text) + 1)
        end = min(len(text), at + luck.choice((0, 0, 1, 3, 8, 30)))
        text = text[:at] + luck.choice(("", " ")) + luck.choice(PIECES) + luck.choice(("", " ")) + text[end:]
    return text


@SETTINGS
@given(seed=st.integers(0, 2**32))
def test_damaged_hello(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(damaged(HELLO, seed), encoding="utf-8")
    survives(path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_damaged_kaifeng(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "s.yaml"
    (tmp_path / "items.csv").write_text(damaged(ITEMS, seed) if seed % 2 else ITEMS, encoding="utf-8")
    path.write_text(KAIFENG if seed % 3 == 1 else damaged(KAIFENG, seed), encoding="utf-8")
    survives(path)


@SETTINGS
@given(data=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(data)
    survives(path)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(PIECES) | st.dates()
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(("law", "mean", "when", "work", "kind", "value", "range", "start", "set", "file", "not", "after")),
    inner, max_size=3), max_leaves=6)  # fmt: skip
SECTIONS = (
    "calendar", "milestones", "counts", "compare", "parameters", "catalogue", "mode", "pre_review", "tolerance",
    "activities", "resources", "ladders", "withdrawal", "common_factor", "shocks", "arrivals", "investment",
    "reporting", "ramp", "lists", "reforms", "adopted", "defaults", "extends", "attributes", "units", "schema", "title",
)  # fmt: skip


def yaml_of(value: object) -> str:
    """Write any tree as flow YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {yaml_of(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(yaml_of(child) for child in value) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(c):04x}" for c in value) + '"'
    return {None: "null", True: "true", False: "false"}.get(value, str(value))  # type: ignore[call-overload]


@SETTINGS
@given(section=st.sampled_from(SECTIONS), value=TREES, deep=st.booleans())
def test_any_tree_in_any_section(tmp_path: Path, section: str, value: object, deep: bool) -> None:
    path = tmp_path / "s.yaml"
    written = {"a": value, "start": value} if deep else value
    path.write_text(f"extends: hello\nname: fuzz\n{section}: {yaml_of(written)}\n", encoding="utf-8")
    survives(path)
