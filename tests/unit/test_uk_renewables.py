"""The real-data scenario: it loads, its estimates are the ones its script makes, it compiles."""

from __future__ import annotations

import importlib.util
import os
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from sim.errors import InputError
from sim.ledger import read_ledger
from sim.model.compile import compile_model
from sim.scenario import load_scenario

FOLDER = Path(__file__).parents[2] / "scenarios" / "uk-renewables"
DATA = Path(os.environ.get("KAIGONG_DATA", "../shared/data")) / "uk_repd_vintages.csv.gz"
needs_data = pytest.mark.skipif(not DATA.is_file(), reason="set KAIGONG_DATA to the folder of real data")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"uk_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_counts_consents_too_and_its_common_factor_is_never_zero() -> None:
    scenario = load_scenario("uk-renewables")
    counts = {"starts": "construction", "completions": "operational", "consents": "consent"}
    assert scenario.counts.by_measure == counts
    drawn = {p.name: (p.low, p.high) for p in scenario.parameters()}
    assert drawn["common_factor.city.sd"][0] > 0
    assert not scenario.synthetic


def test_without_the_data_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAIGONG_DATA", str(tmp_path))
    with pytest.raises(InputError, match="set KAIGONG_DATA to the folder of the data"):
        load_scenario("uk-renewables").ledger_path()


@needs_data
def test_the_committed_estimates_are_what_the_script_makes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script("build").main(["--out", str(tmp_path)])
    assert "mobilisation: " in capsys.readouterr().out
    for name in ("lifetables.csv", "estimated.yaml"):
        assert (tmp_path / name).read_text() == (FOLDER / name).read_text()


@needs_data
def test_it_compiles_from_the_register_itself() -> None:
    scenario = load_scenario("uk-renewables")
    names = [m.name for m in scenario.milestones]
    kinds = {name: spec.type for name, spec in scenario.attributes.items()}
    path, as_of = scenario.ledger_path(), date(2020, 12, 31)
    assert path is not None
    ledger = read_ledger(path, names, form=scenario.ledger_format, attributes=kinds, as_of=as_of)
    assert ledger.counts["rows skipped"] == 6
    model = compile_model(scenario, ledger, as_of=as_of, until=date(2021, 6, 30), horizon_months=7)
    assert model.milestones == ("submitted", "consent", "construction", "operational")
    assert len(model.arrivals.project) > 0


def test_the_score_is_the_fair_crps() -> None:
    score = script("score")
    sample, outcome = np.array([3.0, 1.0, 7.0, 2.0]), 4.0
    pairs = np.abs(sample[:, None] - sample[None, :]).sum() / (2 * 4 * 3)
    assert score.crps(sample, outcome) == pytest.approx(np.abs(sample - outcome).mean() - pairs)
