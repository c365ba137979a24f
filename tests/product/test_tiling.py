"""Waits of every project add up exactly to the time that passed, in every replication of a forecast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasts import api, simulated
from forecasts.inputs import read_inputs
from sim.errors import InputError
from sim.experiment import Collect, Outcome, pilot, replicate
from sim.model.arrays import Model
from sim.model.compile import with_pilot
from sim.trace import NEVER


@pytest.mark.parametrize(
    "scenario", ["hello", "kaifeng", pytest.param("uk-renewables", marks=pytest.mark.slow)]
)
def test_waits_add_up_exactly(scenario: str) -> None:
    try:
        inputs = read_inputs(scenario, adopted=True)
    except InputError as error:
        pytest.skip(f"the real ledger is not here: {error}")
    asked: list[Collect] = []

    def run(_: str, model: Model, collect: Collect) -> Outcome:
        asked.append(collect)
        return replicate(with_pilot(model, pilot(model, 1)), 1, range(3), collect=collect)

    path, _, _ = simulated.run_path(inputs, run, "test", fixed=False)
    outcome, model = path.outcome, path.model
    ends = np.array(asked[0].milestone)
    reached = outcome.milestones[:, np.arange(len(ends)), ends]
    left = np.minimum(outcome.withdrawn, model.horizon)
    stop = np.where(reached < NEVER, reached, left)
    whole = np.maximum(stop - np.maximum(outcome.milestones[..., 0], 0), 0)
    whole[~outcome.active | (outcome.milestones[..., 0] >= NEVER)] = 0
    waits = outcome.waits.table()
    found = np.zeros_like(whole, dtype=np.int64)
    np.add.at(
        found, (waits["replication"].to_numpy(), waits["project"].to_numpy()), waits["minutes"].to_numpy()
    )
    assert (found == whole).all()
    assert whole.sum() > 0


def test_the_stored_table_holds_ids_and_whole_minutes(tmp_path: Path) -> None:
    made = api.forecast("hello", replications=4, out=tmp_path / "run")
    table = pd.read_parquet(made.folder / "waits.parquet")
    assert set(table.columns) >= {"replication", "project", "phase", "activity", "cause", "owner", "minutes"}
    assert table["minutes"].dtype.kind == "i"
    assert table["project"].astype(str).str.startswith("H-").all()
