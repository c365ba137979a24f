"""Reported against true: series that move on cut-offs only, beside those that move when things happen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecasts import api
from sim.investment import Budget, Course, Reporting, measure
from sim.scenario import load_scenario
from sim.trace import NEVER
from tests.unit.test_investment import NATURAL

QUARTERS = "{rule: day 25, every: quarter, month: last}"


def forecast(folder: Path, reporting: str, engine: str = "auto") -> dict[str, Any]:
    """A forecast of hello from the end of June 2024 under some way of reporting."""
    hello = load_scenario("hello")
    path = folder / "reported.yaml"
    paths = {"ledger": hello.ledger_path(), "plan": hello.plan_path()}
    path.write_text(f"extends: hello\nreporting: {reporting}\n", encoding="utf-8")
    made = api.forecast(
        path, as_of="2024-06-30", until="2024-12-31", replications=60, engine=engine,
        out=folder / f"{engine}{abs(hash(reporting))}", **paths,
    )  # fmt: skip
    return made.result


def line(result: dict[str, Any], measure: str) -> dict[str, float]:
    rows = (r for r in result["monthly"] if r["measure"] == measure and r["group"] == "all")
    return {row["month"]: row["p50"] for row in rows}


def total(result: dict[str, Any], measure: str) -> dict[str, Any]:
    return next(r for r in result["targets"] if r["measure"] == measure and r["group"] == "all")


def test_reported_series_move_on_cut_offs_and_lag_the_true_ones(tmp_path: Path) -> None:
    plain, quarterly = forecast(tmp_path, "{}"), forecast(tmp_path, f"{{dates: {QUARTERS}}}")
    assert "starts_reported" not in {row["measure"] for row in plain["targets"]}
    assert line(plain, "starts") == line(quarterly, "starts")  # the truth does not depend on who is told
    # What was reported of money was true on the 25th: by the as-of date more has been spent.
    more = [line(result, "investment_true")["2024-06"] for result in (plain, quarterly)]
    assert more[0] <= more[1]
    for name, true in (("starts_reported", "starts"), ("investment", "investment_true")):
        told, real = line(quarterly, name), line(quarterly, true)
        assert told["2024-06"] == told["2024-07"] == told["2024-08"] <= told["2024-09"]
        assert told["2024-09"] == told["2024-10"] == told["2024-11"] <= told["2024-12"]
        assert told["2024-06"] < told["2024-12"]
        assert all(told[month] <= real[month] + 1e-9 for month in told)
    assert total(quarterly, "investment")["p50"] < total(plain, "investment")["p50"]
    assert total(quarterly, "starts_reported")["p90"] <= total(quarterly, "starts")["p90"]


def test_month_end_cut_offs_change_nothing_at_month_ends(tmp_path: Path) -> None:
    plain, monthly = forecast(tmp_path, "{}"), forecast(tmp_path, "{dates: day 31}")
    assert line(plain, "investment") == line(monthly, "investment")
    assert line(monthly, "starts_reported") == line(monthly, "starts")


def test_engines_agree_on_what_is_reported(tmp_path: Path) -> None:
    way = f"{{dates: {QUARTERS}, lag: 5 d, ahead: 0.1}}"
    one, two = (forecast(tmp_path, way, engine) for engine in ("compiled", "reference"))
    assert one["monthly"] == two["monthly"]


def test_reported_money_is_the_true_money_of_the_last_cut_off() -> None:
    one = np.ones(1)
    at = [np.array([[t]]) for t in (0, 0, 100, NEVER, 0)]
    course = Course(at[0], at[1], at[2], at[3], at[4], [NATURAL], np.array([0]))
    budget = Budget(10 * one, 0 * one, one, one, one, np.nan * one)
    found = measure(
        budget, course, Reporting(5, 0.5, dates=np.array([-50, 25, 60, 90])), [24, 25, 59, 60, 100],
        groups=np.array([[True]]), year_start=0,
    )  # fmt: skip
    assert found.true[0, 0].tolist() == pytest.approx([2.4, 2.5, 5.9, 6.0, 10.0])
    assert found.reported[0, 0].tolist() == pytest.approx([0, 3.0, 3.0, 8.25, 12.75])
