"""Paired comparison: intervals, verdicts, groups, parts, drivers and waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from sim.clocks import DAY, NEVER
from sim.comparison import (
    compare,
    days_between,
    drivers,
    effect_in_parts,
    group_masks,
    land_groups,
    of_plan,
    reached_by,
    verdict,
    waits_by_cause,
    within_days,
)
from sim.experiment import Waits
from sim.model.arrays import Attributes
from tests.waits import waits_of

NAMES = ("signed", "permitted", "started")


@dataclass
class Kept:
    milestones: Any
    active: Any
    numbers: Any
    waits: Any = field(default_factory=Waits)


def kept(permitted: Any, waits: Any = None) -> Kept:
    """An outcome from days to the permit (R, P), NaN = not reached; the start is a day later."""
    days = np.asarray(permitted, dtype=float)
    times = np.where(np.isnan(days), NEVER, np.nan_to_num(days) * DAY).astype(np.int32)
    later = np.where(times < NEVER, times + DAY, NEVER)
    milestones = np.stack([np.zeros_like(times), times, later], axis=2)
    return Kept(milestones, np.ones(days.shape, bool), np.arange(len(days)), waits)


ALL = {"all": np.array([True, True, True])}
DAYS = days_between(NAMES, "signed", "permitted")


def test_days_count_projects_that_reach_under_both() -> None:
    base = kept([[100, 200, 300], [110, np.nan, 310], [90, 190, 320]])
    other = kept([[60, 150, np.nan], [80, 10, 290], [70, 160, 310]])
    row = compare({"none": base, "A": other}, "none", [DAYS], ALL)[0]
    diff = np.array([-45, -25, -20.0])
    half = student.ppf(0.975, 2) * diff.std(ddof=1) / np.sqrt(3)
    assert row["difference"] == pytest.approx(diff.mean())
    assert (row["low"], row["high"]) == (pytest.approx(diff.mean() - half), pytest.approx(diff.mean() + half))
    assert row["share_reached"] == pytest.approx((2 + 2 + 3) / 9)
    assert row["value"] == pytest.approx(np.mean([105, 185, 180]))
    assert row["replications_needed"] == int(np.ceil((student.ppf(0.975, 2) * diff.std(ddof=1) / 2) ** 2))
    assert (row["option"], row["baseline"], row["measure"], row["n"]) == (
        "A",
        "none",
        "signed_to_permitted_days",
        3,
    )
    spread = np.var([105, 185, 180], ddof=1) + np.var([150, 210, 200], ddof=1)
    assert row["variance_factor"] == pytest.approx(spread / diff.var(ddof=1))


def test_intervals_are_widened_for_the_number_of_options() -> None:
    rng = np.random.default_rng(0)
    options = {name: kept(rng.normal(100, 5, (20, 3))) for name in ("none", "A", "B", "A+B")}
    rows = compare(options, "none", [DAYS], ALL)
    assert [r["option"] for r in rows] == ["A", "B", "A+B"]
    alone = compare({k: options[k] for k in ("none", "A")}, "none", [DAYS], ALL)[0]
    ratio = (rows[0]["high"] - rows[0]["low"]) / (alone["high"] - alone["low"])
    assert ratio == pytest.approx(student.ppf(1 - 0.05 / 6, 19) / student.ppf(0.975, 19))


@pytest.mark.parametrize(
    ("low", "high", "lower", "want"),
    [(-9, -3, True, "better"), (3, 9, True, "worse"), (-1, 1, True, "equal"), (0.5, 1.5, True, "equal"),
     (1, 3, True, "worse"), (-1, 3, True, "cannot separate"), (3, 9, False, "better")],
)  # fmt: skip
def test_verdicts(low: float, high: float, lower: bool, want: str) -> None:
    assert verdict(low, high, 2, lower_is_better=lower) == want


def test_what_cannot_be_known_is_none() -> None:
    base = kept([[np.nan, np.nan, np.nan]])
    row = compare({"none": base, "A": base}, "none", [DAYS], ALL)[0]
    assert [row[k] for k in ("value", "difference", "low", "high", "replications_needed")] == [None] * 5
    assert (row["verdict"], row["share_reached"]) == ("cannot separate", 0.0)


def test_the_same_option_is_equal() -> None:
    base = kept(np.full((4, 3), 50.0))
    row = compare({"none": base, "A": base}, "none", [DAYS], ALL)[0]
    assert (row["difference"], row["verdict"], row["variance_factor"]) == (0, "equal", None)
    assert row["replications_needed"] == 2


def test_rates_count_everybody_and_higher_is_better() -> None:
    options = {
        "none": kept([[100, 200, np.nan]] * 3),
        "A": kept([[100, 150, 170], [100, 150, np.nan], [90, 150, 170]]),
    }
    share = within_days(options, 183, 0, 2, "started_within_183d_of_signed")
    row = compare(options, "none", [share], ALL)[0]
    assert (row["baseline_value"], row["value"]) == (pytest.approx(1 / 3), pytest.approx(8 / 9))
    by = reached_by(options, 2, 160 * DAY, "start_rate_of_signed")
    assert compare(options, "none", [by], ALL)[0]["difference"] == pytest.approx(1 / 3)


def test_the_plan_ratio_sums_money_and_plan() -> None:
    options = {"none": kept(np.full((2, 3), 9.0)), "A": kept(np.full((2, 3), 9.0))}
    done = {"none": np.array([[1.0, 2, 3], [2, 2, 3]]), "A": np.array([[2.0, 2, 3], [4, 2, 3]])}
    plan = np.array([2.0, 2.0, np.nan])
    row = compare(options, "none", [of_plan("investment_rate_of_year_plan", done, plan)], ALL)[0]
    assert (row["baseline_value"], row["value"]) == (pytest.approx(7 / 8), pytest.approx(10 / 8))


def test_unpaired_outcomes_are_refused() -> None:
    base, other = kept(np.ones((2, 3))), kept(np.ones((3, 3)))
    with pytest.raises(ValueError, match="option A: expected the replications and projects of none"):
        compare({"none": base, "A": other}, "none", [DAYS], ALL)
    with pytest.raises(ValueError, match="baseline: got B, expected one of none"):
        compare({"none": base}, "B", [DAYS], ALL)


def attributes() -> Attributes:
    one = np.ones(3)
    return Attributes(
        ("W", "W", "X"), ("industry", "social", "industry"), ("city", "city", ""), ("granted",) * 3,
        ("net", "revived", "conversion"), ("new_start",) * 3, one, one, one, {},
    )  # fmt: skip


def test_groups() -> None:
    groups = group_masks(attributes(), np.array([True, True, True]))
    assert groups["kind=industry"].tolist() == [True, False, True]
    assert "key_level=" not in groups
    assert set(group_masks(attributes(), np.array([True, False, False]))) == {
        "all", "kind=industry", "land_route=granted", "land_state=net", "county=W", "key_level=city",
    }  # fmt: skip


def test_the_effect_in_parts_adds_up_and_prints_both_land_groups() -> None:
    rng = np.random.default_rng(2)
    luck = rng.normal(0, 3, (30, 3))
    options = {
        "serial": kept(300 + luck),
        "parallel": kept(200 + luck),
        "pre": kept(np.array([110, 110, 190]) + luck),
    }
    rows = effect_in_parts(
        options, [DAYS], land_groups(attributes()), serial="serial", parallel="parallel", pre_review="pre"
    )
    found = {(r["part"], r["group"]): r["difference"] for r in rows}
    assert found == {
        ("items side by side", "net+revived"): pytest.approx(-100),
        ("items side by side", "conversion"): pytest.approx(-100),
        ("beside land", "net+revived"): pytest.approx(-90),
        ("beside land", "conversion"): pytest.approx(-10),
    }


waits = partial(
    waits_of, replications=1, columns=("replication", "project", "activity", "cause", "owner", "minutes")
)


def test_drivers_and_waits_are_means_over_the_projects_counted() -> None:
    base = kept([[10, 20, np.nan]], waits([
        (0, 0, "LND", "quota:land", "factor", 10 * DAY), (0, 1, "EPP", "work", "government", 20 * DAY),
        (0, 2, "EPP", "work", "government", 99 * DAY),
    ]))  # fmt: skip
    other = kept([[4, 12, 8]], waits([
        (0, 0, "LND", "work", "government", 4 * DAY), (0, 1, "EPP", "work", "government", 12 * DAY),
        (0, 2, "CPM", "work", "government", 8 * DAY),
    ]))  # fmt: skip
    options = {"none": base, "A": other}
    assert drivers(options, "none", 1, ALL["all"]) == [
        {"option": "A", "activity": "EPP", "days_before": 10.0, "days_after": 6.0},
        {"option": "A", "activity": "LND", "days_before": 5.0, "days_after": 2.0},
    ]
    assert len(drivers(options, "none", 1, ALL["all"], top=1)) == 1
    rows = waits_by_cause(options, 1, ALL)
    sums = {o: sum(r["days"] for r in rows if r["option"] == o) for o in options}
    assert sums == {"none": 15.0, "A": 8.0}
    assert {"option": "none", "group": "all", "cause": "quota:land", "owner": "factor", "days": 5.0} in rows
