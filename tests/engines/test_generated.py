"""Both engines on scenario files over the whole schema; a failure leaves the smallest one that shows it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from typer.testing import CliRunner

from forecasts.cli import app
from sim.engine import rules
from tests.engines.broken import CLAUSES, REVIEW_CLAUSES
from tests.engines.generated.case import Case, Cases, read_case
from tests.engines.generated.play import commands, faults, play, report
from tests.engines.generated.reduce import smallest
from tests.engines.generated.seen import Seen, schema_keys, schema_words


def run_all(folder: Path, count: int, number: int, *, cut: bool = True, dated: bool | None = None) -> Seen:
    """Play so many drawn cases, the same every time; what they made use of.

    The first that fails is cut down, left in the folder and shown. `dated` plays forecasts only, or
    comparisons only.
    """
    seen = Seen()
    failed: list[Case] = []

    @seed(number)
    @settings(max_examples=count, phases=[Phase.generate], deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(Cases())
    def engines_agree(case: Case) -> None:
        found = () if dated not in (None, case.dated) else faults(case, folder, seen)
        if found:
            failed.append(case)
            pytest.fail("\n".join(found))

    try:
        engines_agree()
    except pytest.fail.Exception:
        if not cut:
            raise
        least = smallest(failed[0], lambda case: faults(case, folder))
        pytest.fail(report(least, folder, faults(least, folder)))
    return seen


def test_engines_agree_on_generated_scenarios(tmp_path: Path) -> None:
    seen = run_all(tmp_path / "smallest", 90, 0)
    assert seen.refused <= 0.05 * seen.cases
    assert len(seen.missing_keys()) <= 0.1 * len(schema_keys() | schema_words()), seen.missing_keys()
    assert len(seen.missing_situations()) <= 4, seen.missing_situations()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_engines_agree_on_a_thousand_generated_scenarios(tmp_path: Path) -> None:
    """Every key of the schema, every outcome and every tie is among them."""
    seen = run_all(tmp_path / "smallest", 1100, 1)
    assert seen.cases >= 1000
    assert seen.refused <= 0.05 * seen.cases
    assert seen.missing_keys() == []
    assert seen.missing_situations() == []
    few = {name: count for name, count in seen.counts.items() if count < 3}
    assert not few, few


@pytest.mark.slow
@pytest.mark.parametrize("broken", CLAUSES + REVIEW_CLAUSES)
def test_generated_scenarios_notice_a_broken_clause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    broken(monkeypatch)
    with pytest.raises(pytest.fail.Exception):
        _run_three_seeds(tmp_path / "smallest")


def _run_three_seeds(folder: Path) -> None:
    """Run up to 1,500 scenarios: a rare clause may wait for another seed."""
    for number in (3, 1, 2):
        run_all(folder, 500, number, cut=False)


def take_the_last_project_first(rank: int, joined: int, project: int, activity: int) -> tuple[int, ...]:
    return (rank, joined, -project, activity)


def tables_of(command: str) -> dict[str, Any]:
    """The tables that a command leaves: the trace, of a comparison the waits."""
    words = shlex.split(command)
    done = CliRunner().invoke(app, words[1:])
    assert done.exit_code == 0, done.output
    folder = Path(words[words.index("--out") + 1])
    return {path.name: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


@pytest.mark.parametrize("dated", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_broken_engine_leaves_a_smallest_scenario_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dated: bool
) -> None:
    folder = tmp_path / "smallest"
    with monkeypatch.context() as broken:
        broken.setattr(rules, "queue_key", take_the_last_project_first)
        with pytest.raises(pytest.fail.Exception) as failure:
            run_all(folder, 200, 1, dated=dated)
        case = read_case(folder)
        assert faults(case, tmp_path / "again")
        first, second = commands(case, folder)
        found, other = tables_of(first), tables_of(second)
    if case.dated:
        assert not found["trace.parquet"].equals(other["trace.parquet"])
    assert case.dated == dated
    shown = str(failure.value)
    assert first in shown
    assert all(text.rstrip() in shown for text in case.files.values())
    played = play(case, tmp_path / "whole")
    assert not played.differences  # the engine that is not broken agrees
    assert len(played.model.project_ids) <= 3  # two reviewers keep three projects
    assert len(played.model.activities) <= 3
