"""The development benchmark of forecasts: what it refuses; its rule looks at early origins only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.forecasts.__main__ import main
from benchmarks.forecasts.totals import CHOICES, WAYS, chosen_way


def test_without_data_or_with_a_wrong_part_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAIGONG_DATA", str(tmp_path))
    for given, said in (([], "set KAIGONG_DATA"), (["nothing"], "no such part")):
        with pytest.raises(SystemExit) as stop:
            main(given)
        assert stop.value.code == 2
        assert said in capsys.readouterr().err


def test_the_way_is_chosen_on_early_origins_whatever_the_later_say() -> None:
    origins = np.arange(CHOICES - 48, CHOICES + 48, 3)
    rows = []
    for member in ("ets", "naive", *WAYS):
        early = 0.5 if member == "blend" else 1.0
        for origin in origins:
            score = early if origin <= CHOICES else 1.5 - early
            rows.append(
                {
                    "origin": origin, "measure": "a", "member": member, "target": "total", "horizon": 12,
                    "crps": score, "interval_score": score, "width80": 1.0, "pit": 0.5,
                    "inside50": True, "inside80": True, "inside95": True,
                }
            )  # fmt: skip
    assert chosen_way(pd.DataFrame(rows)) == "blend"
