"""The ledger's past beside the simulation: totals that add up, ratios of change, weights of replications."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecasts import api
from forecasts.combined import _whole
from forecasts.hindcast import FEW, Hindcast, looking_back
from forecasts.past import LEAST_EVENTS
from forecasts.report.telling import telling
from sim.errors import InputError
from sim.ledger import from_rows

SCENARIO = """
schema: 1
name: desk
ledger: ledger.csv
calendar: {country: none}
defaults: {status: assumed, source: made up, range: none}
milestones:
  - {name: filed}
  - {name: permitted, activity: decision}
  - {name: built, activity: building}
counts: {permits: permitted, completions: built}
parameters: {work: {value: 4 wd, range: [3.2 wd, 4.8 wd]}}
activities:
  prepare: {owner: applicant, work: 20 d}
  decision: {after: [prepare], resource: office, work: {law: gamma, mean: $work, shape: 2}}
  building: {after: [decision], owner: third_party, work: {law: lognormal, mean: 150 d, sigma: 0.4}}
resources: {office: {kind: office, reviewers: 5}}
common_factor: {city: {sd: 0.05}, rho: 0.8}
arrivals: {rate: 20 /mo}
reforms:
  loss: {set: {resources: {office: {reviewers: 3}}}}
"""


def write_ledger(path: Path, years: int = 5) -> None:
    """Write an office's ledger up to the end of 2019: twenty filings a month, permits 27-43 days later."""
    rng = np.random.default_rng(3)
    last = date(2019, 12, 31)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "county", "kind", "filed", "permitted", "built"])
        for m in range(12 * years):
            first = date(2020 - years + m // 12, m % 12 + 1, 1)
            for i in range(int(rng.poisson(20))):
                filed = first + timedelta(days=int(rng.integers(28)))
                permitted = filed + timedelta(days=int(rng.integers(27, 44)))
                built = permitted + timedelta(days=int(rng.lognormal(4.9, 0.4)))
                known = [day.isoformat() if day <= last else "" for day in (filed, permitted, built)]
                out.writerow([f"{first:%y%m}-{i:03d}", "east" if i % 2 else "west", "shop", *known])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    write_ledger(folder / "ledger.csv")
    (folder / "plan.csv").write_text(
        "measure,target,unit,year,month,county\npermits,240,projects,2020,,\npermits,120,projects,2020,,east\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def forecast(office: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return api.forecast(
        office / "scenario.yaml", ledger=office / "ledger.csv", plan=office / "plan.csv",
        as_of=date(2019, 12, 31), until=date(2020, 12, 31), reform="loss", replications=60,
        out=tmp_path_factory.mktemp("run"),
    ).result  # fmt: skip


def row(result: dict[str, Any], measure: str, group: str = "all") -> dict[str, Any]:
    return next(t for t in result["targets"] if (t["measure"], t["group"]) == (measure, group))


def test_the_past_tells_counts_and_both_members_are_shown(forecast: dict[str, Any]) -> None:
    assert forecast["told_by"] == {"permits": "past", "completions": "past"}
    said = {(r["measure"], r["member"]): r["p50"] for r in forecast["members"]}
    assert {member for _, member in said} == {"simulation", "hazards", "series", "blend", "combined"}
    assert 215 < said["permits", "hazards"] < 265
    assert min(said["permits", "hazards"], said["permits", "series"]) <= row(forecast, "permits")["p50"]
    assert row(forecast, "permits")["p50"] <= max(said["permits", "hazards"], said["permits", "series"])


def test_groups_add_up_to_the_city(forecast: dict[str, Any]) -> None:
    city, east = row(forecast, "permits"), row(forecast, "permits", "east")
    assert 0.45 < east["p50"] / city["p50"] < 0.55
    assert city["shortfall"] is not None
    assert city["shortfall"] >= 0


def test_a_reform_acts_through_the_ratio_of_the_simulation(forecast: dict[str, Any]) -> None:
    """Three reviewers do 196 cases of 4 days a year, and 163 of 4.8 days, which the hindcast prefers."""
    found = next(
        r for r in forecast["reform"]["results"] if r["measure"] == "permits" and r["group"] == "all"
    )
    assert found["verdict"] == "worse"
    assert 140 < found["value"] < 205
    assert 215 < found["baseline_value"] < 265


def test_the_parts_of_the_rest_are_all_of_it(forecast: dict[str, Any]) -> None:
    parts = [r for r in forecast["contributions"] if r["measure"] == "permits"]
    assert [r["part"] for r in parts] == ["in flight", "hidden", "future"]
    assert sum(r["share_of_variance"] for r in parts) == pytest.approx(1.0)
    assert parts[2]["mean"] > 5 * parts[0]["mean"]


def test_where_nothing_changes_and_both_disagree_the_reader_is_warned(office: Path, tmp_path: Path) -> None:
    """A scenario with half the filings of the ledger's past."""
    text = SCENARIO.replace("20 /mo", "10 /mo")
    (office / "slow.yaml").write_text(text, encoding="utf-8")
    result = api.forecast(
        office / "slow.yaml", ledger=office / "ledger.csv", as_of=date(2019, 12, 31),
        until=date(2020, 12, 31), replications=40, out=tmp_path / "run",
    ).result  # fmt: skip
    assert "permits" in {r["measure"] for r in result["gate"]}
    assert any("WARNING" in line for line in telling(result, "en"))
    assert any("注意" in line for line in telling(result, "zh"))


def test_a_short_past_is_not_asked_and_an_order_to_ask_it_is_refused(office: Path, tmp_path: Path) -> None:
    write_ledger(tmp_path / "short.csv", years=2)
    how = {"ledger": tmp_path / "short.csv", "as_of": date(2019, 12, 31), "until": date(2020, 12, 31)}
    made = api.forecast(office / "scenario.yaml", replications=5, out=tmp_path / "run", **how)  # type: ignore[arg-type]
    assert made.result["past_not_asked"] == "short"
    assert set(made.result["told_by"].values()) == {"simulation"}
    with pytest.raises(InputError, match="--method past: got short, expected a ledger with a past"):
        api.forecast(office / "scenario.yaml", replications=5, out=tmp_path / "no", method="past", **how)  # type: ignore[arg-type]


def test_an_unknown_method_is_refused(office: Path) -> None:
    with pytest.raises(InputError, match="--method: got magic, expected one of auto, simulation, past"):
        api.forecast(office / "scenario.yaml", method="magic")  # type: ignore[arg-type]


def test_few_events_are_not_told(office: Path) -> None:
    assert LEAST_EVENTS > FEW


def test_looking_back_declares_what_came_since() -> None:
    rows = [
        {"id": "a", "filed": date(2016, 1, 1), "permitted": date(2018, 6, 1)},
        {"id": "b", "filed": date(2019, 1, 1)},
    ]
    ledger, back = looking_back(from_rows(rows, ("filed", "permitted")), date(2019, 12, 31))
    assert back == date(2017, 12, 31)
    assert ledger.dates == {"filed": (date(2016, 1, 1), None), "permitted": (None, None)}
    assert ledger.declared() == (None, date(2019, 1, 1))


def test_replications_are_moved_to_what_the_ledger_has() -> None:
    """Durations rise and totals fall with a drawn parameter; the ledger's durations are those of 0.8."""
    rng = np.random.default_rng(5)
    drawn = rng.uniform(-1.0, 1.0, 400)
    days = drawn + rng.normal(0.0, 0.1, 400)
    told = Hindcast(((days - 0.8) / days.std())[:, None]).adjusted(100.0 - 20.0 * drawn)
    assert told.mean() == pytest.approx(100.0 - 20.0 * 0.8, abs=0.7)
    assert told.std() < 0.3 * 20.0 * drawn.std()


def test_nothing_seen_moves_nothing() -> None:
    values = np.arange(6.0).reshape(3, 2)
    assert Hindcast(np.empty((3, 0))).adjusted(values) is values


@pytest.mark.parametrize("seed", range(5))
def test_whole_counts_add_up_never_fall_and_stay_close(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sample = (rng.random((200, 7, 12)) * rng.choice([0.05, 0.5, 5.0], 7)[:, None]).cumsum(axis=2)
    whole = _whole(sample)
    assert (whole == np.floor(whole)).all()
    assert np.array_equal(whole.sum(axis=1), np.floor(sample.sum(axis=1) + 0.5 - 1e-9))
    assert (np.diff(whole, axis=2, prepend=0.0) >= 0).all()
    assert np.abs(whole - sample).max() < 2.0
    assert np.abs((whole - sample).mean(axis=0)).max() < 0.35  # hardly anybody gains by it
