"""The synthetic portfolio of the Kaifeng scenario meets its margins, and can be made again byte for byte."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from sim.scenario import load_scenario

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "kaifeng"


def rows_of(name: str) -> list[dict[str, str]]:
    """Read a CSV file of the folder."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


MARGINS = {row["quantity"]: row for row in rows_of("margins.csv")}
ROWS = rows_of("portfolio.csv")
BUILT = [row for row in ROWS if row["land_route"] != "factory"]


def days(name: str, rows: list[dict[str, str]]) -> list[date]:
    """Dates of a column."""
    return [date.fromisoformat(row[name]) for row in rows]


def of_class(year_class: str) -> list[dict[str, str]]:
    """Projects of a class."""
    return [row for row in ROWS if row["year_class"] == year_class]


def money(name: str, rows: list[dict[str, str]]) -> Any:
    """Money of a column, 亿元."""
    return np.array([float(row[f"{name} (亿元)"]) for row in rows])


def area(rows: list[dict[str, str]]) -> Any:
    """Area in mu."""
    return np.array([float(row["area (mu)"]) for row in rows])


def within(value: float, quantity: str) -> None:
    """Hold a number against low and high of a margin."""
    row = MARGINS[quantity]
    low, high = float(row["low"]), float(row["high"])
    assert low <= value <= high, f"{quantity}: got {value}, expected {low} to {high}"


@pytest.mark.parametrize("column", ["county", "year_class", "kind", "key_level", "land_state"])
def test_counts_are_exact(column: str) -> None:
    wanted = {q.split(".")[1]: int(r["value"]) for q, r in MARGINS.items() if q.startswith(f"{column}.")}
    assert Counter(row[column] for row in ROWS) == wanted


def test_there_are_195_projects_and_all_say_that_they_are_synthetic() -> None:
    assert len(ROWS) == int(MARGINS["projects"]["value"])
    assert all(row["synthetic"] == "true" for row in ROWS)
    assert sorted(row["id"] for row in ROWS) == [f"KF-SYN-{i:03d}" for i in range(1, 196)]


def test_routes_and_kinds_within_classes_are_exact() -> None:
    routes = Counter((row["kind"], row["land_route"]) for row in ROWS)
    classes = Counter((row["year_class"], row["kind"]) for row in ROWS)
    for quantity, margin in MARGINS.items():
        head, *rest = quantity.split(".")
        found = {"route": routes, "kind_in_class": classes}.get(head)
        if found is not None:
            assert found[rest[0], rest[1]] == int(margin["value"]), quantity


def test_investment() -> None:
    infrastructure = [row for row in ROWS if row["kind"] == "infrastructure"]
    others = [row for row in ROWS if row["kind"] != "infrastructure"]
    within(money("investment", others).mean(), "investment.mean")
    within(money("investment", infrastructure).mean(), "investment.mean.infrastructure")
    within(money("investment", ROWS).sum(), "investment.total")
    assert money("investment", ROWS).min() >= float(MARGINS["investment.smallest"]["value"])
    assert money("investment", ROWS).max() <= float(MARGINS["investment.largest"]["value"])
    assert np.std(np.log(money("investment", others))) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("share", [10, 25, 50, 75, 90])
def test_area_of_industry(share: int) -> None:
    industry = [row for row in BUILT if row["kind"] == "industry"]
    within(float(np.percentile(area(industry), share)), f"area.industry.q{share}")


@pytest.mark.parametrize("share", [50, 75, 90])
def test_area_of_others(share: int) -> None:
    other = [row for row in BUILT if row["kind"] != "industry"]
    within(float(np.percentile(area(other), share)), f"area.other.q{share}")


def test_area_goes_with_investment_and_fits_a_batch() -> None:
    industry = [row for row in BUILT if row["kind"] == "industry"]
    within(float(spearmanr(area(industry), money("investment", industry))[0]), "area.rank_correlation")
    assert area(ROWS).max() <= 192
    assert all(float(row["area (mu)"]) == 0 for row in ROWS if row["land_route"] == "factory")


@pytest.mark.parametrize("year_class", ["new_start", "continuing", "completing", "reserve"])
def test_signing_dates_lie_in_the_window_of_the_class(year_class: str) -> None:
    found = days("signed", of_class(year_class))
    assert min(found) >= date.fromisoformat(MARGINS[f"signed.{year_class}.first"]["value"])
    assert max(found) <= date.fromisoformat(MARGINS[f"signed.{year_class}.last"]["value"])


def test_october_bulges() -> None:
    october = [day.month == 10 for day in days("signed", of_class("new_start"))]
    within(float(np.mean(october)), "signed.october_share")


def test_state_on_new_years_day_is_that_of_the_class() -> None:
    new_year = "2021-01-01"
    for row in ROWS:
        began = bool(row["started"]) and row["started"] < new_year
        assert began == (row["year_class"] in {"continuing", "completing"}), row["id"]
        if row["year_class"] == "completing":
            assert not row["accepted"] or row["accepted"] >= new_year
            assert row["planned_accepted"][:4] == "2021"
        if row["year_class"] == "continuing":
            assert not row["built"] or row["built"] >= new_year
            assert row["planned_accepted"][:4] in {"2022", "2023"}


def test_planned_starts_keep_the_promise_and_the_quarters() -> None:
    new = of_class("new_start")
    planned, signed = days("planned_started", new), days("signed", new)
    assert all(day.year == 2021 for day in planned)
    for quarter in range(1, 5):
        within(float(np.mean([(day.month + 2) // 3 == quarter for day in planned])), f"plan.start.q{quarter}")
    late = [a - b for a, b in zip(planned, signed, strict=True)]
    assert all(gap.days >= 85 for gap in late)
    # Signed by September 2020, six months may end before the plan year has begun.
    early = [gap.days for gap, day in zip(late, signed, strict=True) if day >= date(2020, 10, 1)]
    assert max(early) <= 184
    assert all(day.year == 2022 for day in days("planned_started", of_class("reserve")))


def test_planned_money() -> None:
    new = of_class("new_start")
    within(money("plan_this_year", new).sum() / money("investment", new).sum(), "plan.first_year_share")
    within(money("plan_this_year", ROWS).mean(), "plan.mean")
    within(money("plan_this_year", ROWS).sum(), "plan.total")


def test_plan_is_the_sum_of_the_projects() -> None:
    plan = rows_of("plan.csv")
    year = [row for row in plan if not row["month"] and not row["county"]]
    targets = {row["measure"]: float(row["target"]) for row in year}
    assert targets["investment"] == pytest.approx(money("plan_this_year", ROWS).sum(), abs=0.01)
    assert targets["starts"] == len(of_class("new_start"))
    assert targets["completions"] >= len(of_class("completing"))
    counties = [float(row["target"]) for row in plan if row["county"]]
    assert len(counties) == 10
    assert sum(counties) == pytest.approx(targets["investment"], abs=0.1)


def test_lists_stay_below_their_sizes() -> None:
    names = [name for row in ROWS for name in row["list"].split(";") if name]
    for kind in ("sign", "start", "production"):
        within(sum(name.startswith(kind) for name in names), f"list.{kind}.size")
    assert all(row["kind"] == "industry" for row in ROWS if row["list"])
    second = [row for row in ROWS if "production-2" in row["list"]]
    assert all(row["year_class"] == "completing" or "start-1" in row["list"] for row in second)


def test_the_ledger_knows_nothing_after_its_date() -> None:
    truth = {row["id"]: row for row in rows_of("truth.csv")}
    for row in ROWS:
        for name, value in row.items():
            if value and not name.startswith("planned_") and value[:2] == "20" and value.count("-") == 2:
                assert value <= "2021-09-30", (row["id"], name)
        for name in ("signed", "started", "accepted"):
            assert not row[name] or row[name] == truth[row["id"]][name]


def test_the_catalogue_has_26_items_20_of_them_beside_land() -> None:
    items = rows_of("../process/items.csv")
    assert len(items) == 26
    assert sum(row["in_the_20_others"] == "yes" for row in items) == 20
    beside = {row["id"] for row in items if row["can_pre_review"] == "true"}
    assert beside == {row["id"] for row in items if row["in_the_20_others"] == "yes"}


def test_the_permit_path_falls_from_37_to_14_working_days() -> None:
    def path(scenario: Any) -> float:
        return sum(
            float(scenario.activities[name].work[0].law.args["mean"].value) for name in ("DRW", "FIR", "CPM")
        )

    assert path(load_scenario("kaifeng")) == 37
    assert path(load_scenario("kaifeng", ["permit-33"])) == 14


@pytest.mark.slow
def test_the_generator_makes_the_same_bytes() -> None:
    files, _ = import_module("scenarios.kaifeng.generate").make()
    for name, data in files.items():
        assert (FOLDER / name).read_bytes() == data, f"{name}: run python -m scenarios.kaifeng.generate"


@pytest.mark.slow
def test_reforms_come_in_the_required_order() -> None:
    calibrate = import_module("scenarios.kaifeng.calibrate")
    names = ("", "parallel", "pre-review", "land-limits", "land-limits+parallel", "land-limits+pre-review")
    models = {name: calibrate.cohort([name] if name else []) for name in names}
    found = {name: calibrate.days(model, 10, fixed=False) for name, model in models.items()}
    state = np.array(models[""].attributes.land_state)
    whole = np.ones(len(state), dtype=np.bool_)
    steps = [("", "parallel"), ("parallel", "pre-review"), ("", "land-limits")]
    for slow, fast in [*steps, ("land-limits", "land-limits+pre-review")]:
        assert calibrate.paired(found[slow], found[fast], whole)[1] > 0, (slow, fast)
    assert 183 <= calibrate.paired(found[""], found["pre-review"], whole)[0] <= 244

    def kept(group: Any) -> float:
        before = calibrate.paired(found["parallel"], found["pre-review"], group)[0]
        after = calibrate.paired(found["land-limits+parallel"], found["land-limits+pre-review"], group)[0]
        return float(after / before)

    assert kept(np.isin(state, ["net", "revived"])) < 0.5
    assert kept(state == "conversion") > 0.75
