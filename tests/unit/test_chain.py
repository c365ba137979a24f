"""The chain of aggregates: lags found again, paths that follow, and real permits, starts and completions."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from forecasts import chain, series
from forecasts.bootstrap import ratio_of_means
from forecasts.chain import fit_stage
from forecasts.scores import crps

Floats = np.typing.NDArray[np.float64]
DATA = Path(os.environ.get("KAIGONG_DATA", "../shared/data"))
FIRST = 12 * 1968


def upstream(months: int = 240, seed: int = 1) -> Floats:
    luck = np.random.default_rng(seed)
    t = np.arange(months)
    level = np.cumsum(luck.normal(0, 0.04, months))
    return np.exp(4.5 + 0.3 * np.sin(t * np.pi / 6) + level + luck.normal(0, 0.1, months))


def carried(x: Floats, weights: list[float], noise: float = 0.0, seed: int = 2) -> Floats:
    """Naive: each month's count is handed on at its lags, one at a time."""
    y = np.zeros(len(x))
    for month, count in enumerate(x):
        for lag, weight in enumerate(weights):
            if month + lag < len(x):
                y[month + lag] += weight * count
    y[: len(weights)] = y[len(weights) : 2 * len(weights)]
    return y * np.exp(np.random.default_rng(seed).normal(0, noise, len(x)))


def test_few_lags_are_found_again() -> None:
    x = upstream()
    stage = fit_stage(x, carried(x, [0.2, 0.7, 0.1], 0.03))
    found = np.r_[stage.weights, np.zeros(3)][:3]
    np.testing.assert_allclose(found, [0.2, 0.7, 0.1], atol=0.06)


def test_many_lags_are_found_as_a_smooth_hump() -> None:
    x = upstream(480)
    truth = np.exp(-(((np.arange(20) - 8.0) / 4.0) ** 2) / 2)
    truth /= truth.sum()
    stage = fit_stage(x, carried(x, list(truth), 0.03))
    assert len(stage.weights) == 25
    assert stage.weights.sum() == pytest.approx(1.0, abs=0.05)
    assert stage.weights @ np.arange(25) == pytest.approx(truth @ np.arange(20), abs=1.5)


def test_weights_are_never_negative() -> None:
    luck = np.random.default_rng(4)
    stage = fit_stage(luck.poisson(50, 120), luck.poisson(50, 120))
    assert (stage.weights >= 0).all()


def test_known_lags_make_known_months() -> None:
    stage = chain.Stage(np.array([0.0, 0.0, 1.0]), None)
    past, future = np.arange(1.0, 25.0), np.full((3, 4), 99.0)
    made = stage.paths(past, future, np.random.default_rng(0))
    assert made.tolist() == [[23.0, 24.0, 99.0, 99.0]] * 3


def test_paths_of_a_stage_follow_those_of_the_stage_before() -> None:
    x = upstream()
    found = chain.paths({"a": x, "b": carried(x, [0.0, 1.0], 0.02)}, FIRST, 12, 400, key=(1,))
    totals = {name: drawn[:, :-1].sum(axis=1) for name, drawn in found.items()}
    assert np.corrcoef(totals["a"], found["b"][:, 1:].sum(axis=1))[0, 1] > 0.9


def test_a_level_that_shifts_is_carried_on() -> None:
    x = upstream()
    y = carried(x, [1.0], 0.02)
    y[-24:] *= 0.5
    found = chain.paths({"a": x, "b": y}, FIRST, 12, 400, key=(1,))
    assert np.median(found["b"].sum(axis=1) / found["a"].sum(axis=1)) == pytest.approx(0.5, rel=0.06)


def test_same_key_same_bytes_and_no_other() -> None:
    x = upstream()
    stages = {"a": x, "b": carried(x, [0.5, 0.5], 0.1)}
    one, same, other = (chain.paths(stages, FIRST, 12, 30, key=(k,))["b"].tobytes() for k in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize("months", [24, 30, 50])
def test_short_and_sparse_stages_still_run(months: int) -> None:
    luck = np.random.default_rng(8)
    stages = {"a": luck.poisson(2.0, months), "b": luck.poisson(0.3, months), "c": np.zeros(months)}
    found = chain.paths(stages, FIRST, 18, 50)
    for drawn in found.values():
        assert drawn.shape == (50, 18)
        assert np.isfinite(drawn).all()
        assert (drawn >= 0).all()
    assert found["c"].sum(axis=1).mean() < 5.0


@pytest.mark.parametrize(("a", "b"), [(24, 25), (10, 10)])
def test_stages_that_do_not_match_are_refused(a: int, b: int) -> None:
    with pytest.raises(ValueError, match="stages: got"):
        fit_stage(np.ones(a), np.ones(b))


def permits_starts_completions() -> dict[str, Floats]:
    """Three national monthly series, thousands, from 1968."""
    monthly, adjusted = (
        DATA / name
        for name in ("us_census_permits_starts_nsa_by_region.csv.gz", "us_census_nrc_monthly_sa.csv.gz")
    )
    if not adjusted.exists():
        pytest.skip("set KAIGONG_DATA to the folder of real data")
    found: dict[str, list[float]] = {"permits": [], "starts": [], "completions": []}
    with gzip.open(monthly, "rt") as file:
        for row in csv.DictReader(file):
            if row["date"] >= "1968":
                found[row["series"]].append(float(row["us_total"]))
    with gzip.open(adjusted, "rt") as file:
        found["completions"] = [float(row["COMPUTSA_long"]) / 12 for row in csv.DictReader(file)]
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.slow
def test_the_chain_beats_the_series_on_real_starts_and_completions() -> None:
    stages = permits_starts_completions()
    months = len(stages["starts"])
    origins = np.arange(72, months - 11, 6)
    ours, theirs = ({name: list[float]() for name in ("starts", "completions")} for _ in range(2))
    for known in origins:
        past = {name: values[:known] for name, values in stages.items()}
        drawn = chain.paths(past, FIRST, 12, 500, key=(1,))
        for name in ours:
            truth = stages[name][known : known + 12].sum()
            ets = series.paths(past[name], FIRST, 12, 500, model="ets", key=(1, name))
            ours[name].append(float(crps(drawn[name].sum(axis=1), truth)))
            theirs[name].append(float(crps(ets.sum(axis=1), truth)))
    starts = ratio_of_means(origins, ours["starts"], theirs["starts"])
    completions = ratio_of_means(origins, ours["completions"], theirs["completions"])
    assert starts.value < 0.97
    assert completions.high < 0.8
