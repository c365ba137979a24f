"""What a forecast says of the day it is made on: no month end rounds it, nothing later leaks in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from forecasts import api
from forecasts.inputs import read_inputs
from sim.scenario import load_scenario


def targets(
    tmp_path: Path, as_of: date, until: date | None = None, **more: Path
) -> dict[str, dict[str, float]]:
    made = api.forecast("hello", as_of=as_of, until=until, replications=4, out=tmp_path / "run")
    return {row["measure"]: row for row in made.result["targets"] if row["group"] == "all"}


def test_done_counts_to_the_as_of_date_in_the_middle_of_a_month(tmp_path: Path) -> None:
    assert targets(tmp_path, date(2024, 5, 19))["starts"]["done"] == 1.0
    assert targets(tmp_path, date(2024, 5, 20))["starts"]["done"] == 2.0


def test_nothing_is_done_in_a_year_that_has_not_begun(tmp_path: Path) -> None:
    rows = targets(tmp_path, date(2024, 6, 30), date(2025, 12, 31))
    assert {row["done"] for row in rows.values()} == {0.0}
    this_year = targets(tmp_path, date(2024, 6, 30))
    # Both years together cannot cost more than the sixteen projects do.
    assert rows["investment_true"]["p50"] + this_year["investment_true"]["p50"] < 1.2 * 45.7


def test_an_adjustment_counts_from_its_date(tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text(
        "measure,target,unit,month,version,date\nstarts,10,,2024-12,original,\n"
        "completions,4,,2024-12,original,\nstarts,1,,2024-12,adjusted,2024-06-01\n",
        encoding="utf-8",
    )
    ledger = load_scenario("hello").ledger_path()
    assert ledger is not None
    for day, versions in ((date(2024, 5, 31), ["original"]), (date(2024, 6, 1), ["original", "adjusted"])):
        made = api.forecast(
            "hello", ledger=ledger, plan=plan, as_of=day, replications=4, out=tmp_path / "adjusted"
        )
        starts = [t for t in made.result["targets"] if t["measure"] == "starts"]
        assert [t["version"] for t in starts] == versions
        # Jointly met are the targets in force: the adjusted starts, and completions, which nobody adjusted.
        done = next(t for t in made.result["targets"] if t["measure"] == "completions")
        assert made.result["joint_p_met"] <= done["p_met"]


def test_matured_shares_leave_unknown_dates_out(tmp_path: Path) -> None:
    source = load_scenario("hello").ledger_path()
    assert source is not None
    text = source.read_text(encoding="utf-8")
    unknown = text.replace("2023-06-12,,2023-06-30", ",2024-06-01,2023-06-30")
    assert unknown != text
    ledger = tmp_path / "ledger.csv"
    ledger.write_text(unknown, encoding="utf-8")
    made = api.forecast("hello", ledger=ledger, as_of=date(2024, 6, 30), replications=4, out=tmp_path / "run")
    row = next(r for r in made.result["rates"] if r["name"] == "started_within_183d_of_signed")
    signed = [line.split(",")[9] for line in text.splitlines()[1:]]
    mature = [day for day in signed if np.datetime64("2024-06-30") - np.datetime64(day) >= 183]
    assert row["known_denominator"] == len(mature) - 1


def test_a_ledger_of_one_s_own_is_not_called_synthetic(tmp_path: Path) -> None:
    source = load_scenario("hello").ledger_path()
    assert source is not None
    text = source.read_text(encoding="utf-8")
    own = tmp_path / "own.csv"
    own.write_text(text, encoding="utf-8")
    assert read_inputs("hello", adopted=True).synthetic
    head, *rows = text.strip().splitlines()
    if "synthetic" not in head:
        assert not read_inputs("hello", adopted=True, ledger=own).synthetic
        lines = [f"{head},synthetic", *(f"{row},true" for row in rows)]
        own.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read_inputs("hello", adopted=True, ledger=own).synthetic


def test_an_as_of_date_after_the_scenario_s_own_end_runs_to_the_end_of_its_year() -> None:
    inputs = read_inputs("kaifeng", adopted=True, as_of=date(2022, 3, 31))
    assert inputs.until == date(2022, 12, 31)
