"""What shocks cost: an option beside itself without them, fixed and sampled, and who is exempt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecasts import api
from sim.investment import losses
from tests.support import scenario_text

BODY = """\
as_of: 2021-03-31
until: 2021-12-31
ledger: ledger.csv
plan: plan.csv
counts: {{starts: started}}
activities:
  start: {{work: 5 wd}}
  build: {{after: [start], work: {{law: uniform, low: 200 d, high: 330 d}}, clock: site}}
shocks:
  - {flood}
compare: {{start: signed, to: started}}
investment: {{curve: {{a: 1, b: 1}}, from: started, to: built}}
reforms:
  no-flood: {{set: {{shocks: []}}}}
  white-list: {{set: {{shocks: [{white}]}}}}
"""
FIXED = "{name: flood, from: 2021-07-01, to: 2021-08-31, stops: [site]%s}"
SAMPLED = "{name: flood, rate: 1 /y, length: 40 d, months: [6, 7], stops: [site], patterns: 8%s}"
LINE = "milestones: [{name: signed}, {name: started, activity: start}, {name: built, activity: build}]"


def place(folder: Path, flood: str) -> Path:
    body = BODY.format(flood=flood % "", white=flood % ", exempt: {key_level: city}")
    (folder / "toy.yaml").write_text(scenario_text(body, milestones=LINE), encoding="utf-8")
    rows = [f"p{i:02d},{'city' if i % 2 else 'county'},a,2,2,2021-03-0{1 + i % 9}" for i in range(20)]
    head = "id,key_level,county,investment (亿元),plan_this_year (亿元),signed"
    (folder / "ledger.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    (folder / "plan.csv").write_text("measure,target,unit,month,version\nstarts,20,,2021-12,original\n")
    return folder / "toy.yaml"


def lost(folder: Path, flood: str) -> pd.DataFrame:
    scenario = place(folder, flood)
    reforms = ["no-flood", "white-list"]
    made = api.compare(scenario, reforms, as_of="2021-03-31", replications=40, out=folder / "out")
    assert {row["option"] for row in made.result["results"]} == set(reforms)  # twins are not shown
    page = made.write_report("zh").read_text(encoding="utf-8")
    assert "冲击损失" in page
    assert "shock" in made.tables("en")[-1].columns
    found = made.frame("shocks")
    return found[found["group"] == "all"].set_index("option")


def test_a_fixed_flood_loses_money_that_is_partly_recovered(tmp_path: Path) -> None:
    rows = lost(tmp_path, FIXED)
    assert rows["without"].to_dict() == {"baseline": "no-flood", "white-list": "white-list+no-flood"}
    assert rows["replications"].tolist() == [40, 40]
    base, white = rows.loc["baseline"], rows.loc["white-list"]
    # Straight curves: 62 days of about 265 of 40 亿元 stand still; who is not built by December lags on.
    assert base["lost"] == pytest.approx(40 * 62 / 265, rel=0.1)
    assert base["lost_low"] < base["lost"] < base["lost_high"]
    assert 0 < base["still_lost"] < base["lost"]
    assert base["recovered"] == pytest.approx(1 - base["still_lost"] / base["lost"])
    assert base["recovered_low"] < base["recovered"] < base["recovered_high"]
    assert white["lost"] == pytest.approx(base["lost"] / 2, rel=0.15)  # half of the projects are exempt


def test_a_sampled_flood_is_counted_where_it_comes(tmp_path: Path) -> None:
    rows = lost(tmp_path, SAMPLED)
    base, white = rows.loc["baseline"], rows.loc["white-list"]
    assert base["replications"] == white["replications"]
    assert 15 < base["replications"] < 38  # 1 - exp(-1) of 8 futures have a window
    assert 0 < white["lost"] < base["lost"]
    made = api.compare(
        tmp_path / "toy.yaml", "white-list", as_of="2021-03-31", replications=4, out=tmp_path / "b"
    )
    assert made.result["shocks"] == []


def test_engines_agree_on_what_is_lost(tmp_path: Path) -> None:
    scenario = place(tmp_path, SAMPLED)
    both: list[Any] = [
        api.compare(
            scenario, "no-flood", as_of="2021-03-31", replications=6, engine=engine, out=tmp_path / engine
        )
        for engine in ("compiled", "reference")
    ]
    assert both[0].result["shocks"] == both[1].result["shocks"] != []


def test_losses_are_read_at_the_end_of_each_window() -> None:
    calm = np.array([[4.0, 8.0, 10.0]] * 3)
    hit = np.array([[3.0, 6.0, 9.0], [3.0, 8.0, 10.0], [0.0, 0.0, 0.0]])
    found = losses(calm, hit, np.array([1, 0, -1]))
    assert found.lost.tolist() == [2.0, 1.0]
    assert found.still.tolist() == [1.0, 0.0]
    assert found.recovered(0.9)[0] == pytest.approx(2 / 3)
    assert losses(calm, hit, np.full(3, -1)).mean_lost(0.9) == (None, None, None)
