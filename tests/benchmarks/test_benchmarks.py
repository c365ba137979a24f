"""Every benchmark runs, at a size that says nothing of speed; copies of a city are that city."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import copies, kaifeng, steps
from benchmarks.__main__ import PARTS, main
from benchmarks.rows import Row, table
from sim.engine import reference


@pytest.mark.slow
@pytest.mark.parametrize("part", [part for part in PARTS if part != "compile"])  # every CI compiles
def test_every_part_runs(part: str, tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    rows = main([part, "--tiny", "--json", str(file)])
    assert rows
    assert all(np.isfinite(row.found) for row in rows)
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert [row["found"] for row in stored["rows"]] == [row.found for row in rows]
    assert {"machine", "versions", "seed"} <= stored.keys()


def test_the_parts_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == []
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(PARTS)


def test_a_row_says_whether_its_target_was_met() -> None:
    assert [Row("a", "b", x, at_least=2).verdict for x in (1.9, 2.0)] == ["missed", "met"]
    assert [Row("a", "b", x, at_most=2).verdict for x in (2.0, 2.1)] == ["met", "missed"]
    assert Row("a", "b", 1).verdict == ""
    assert ">= 150" in table([Row("a", "b", 151, at_least=150)])


def test_a_city_has_as_many_projects_and_supply_as_asked_for() -> None:
    few, many = kaifeng.city(30), kaifeng.city(390)
    assert (len(few.project_ids), len(many.project_ids)) == (30, 390)
    assert (many.resources.capacity >= few.resources.capacity).all()
    own = kaifeng.city(195).resources.capacity
    assert np.array_equal(many.resources.capacity[own < 2**29], 2 * own[own < 2**29])


def test_both_engines_run_copies_of_a_city_and_agree() -> None:
    base = steps.prepared(kaifeng.city(20), seed=1)
    model = copies.grown(base.model, 3)
    draws = copies.stacked([base.draw(number) for number in range(3)])
    slow, fast = reference.run(model, draws), steps.engine_of(model)(draws)
    for name in ("project", "ended", "milestones", "withdrawn"):
        assert np.array_equal(getattr(slow, name), getattr(fast, name)), name
    assert len(slow.milestones) == 60
