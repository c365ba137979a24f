"""Scores against plain definitions, and against scoringrules where it is installed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from forecasts import scores


def plain_crps(samples: npt.NDArray[np.float64], y: float, *, fair: bool) -> float:
    n = len(samples)
    error = sum(abs(x - y) for x in samples) / n
    spread = sum(abs(a - b) for a in samples for b in samples)
    return error - spread / (2 * (n * (n - 1) if fair else n * n))


@pytest.mark.parametrize("fair", [True, False])
def test_crps_is_its_definition(fair: bool) -> None:
    rng = np.random.default_rng(1)
    samples = rng.poisson(7, size=(40, 3, 2)).astype(float)
    outcome = rng.poisson(7, size=(3, 2)).astype(float)
    found = scores.crps(samples, outcome, fair=fair)
    for at in np.ndindex(3, 2):
        assert found[at] == pytest.approx(plain_crps(samples[:, *at], outcome[at], fair=fair))


def test_crps_and_energy_agree_with_scoringrules() -> None:
    oracle = pytest.importorskip("scoringrules")
    rng = np.random.default_rng(2)
    samples, outcome = rng.normal(size=(5, 60)), rng.normal(size=5)
    expected = oracle.crps_ensemble(outcome, samples, estimator="fair")
    assert scores.crps(samples.T, outcome) == pytest.approx(expected, abs=1e-12)
    joint, truth = rng.normal(size=(60, 3)), rng.normal(size=3)
    pairs = np.linalg.norm(joint[:, None] - joint[None], axis=-1).sum() / (2 * 60 * 59)
    assert scores.energy_score(joint, truth) == pytest.approx(
        np.linalg.norm(joint - truth, axis=1).mean() - pairs
    )
    plain = float(oracle.es_ensemble(truth, joint))
    assert scores.energy_score(joint, truth) == pytest.approx(plain - pairs / 60, abs=1e-9)


def test_fair_crps_does_not_depend_on_how_many_were_drawn() -> None:
    rng = np.random.default_rng(3)
    outcome = rng.normal(size=20_000)
    few, many = (scores.crps(rng.normal(size=(n, 20_000)), outcome).mean() for n in (4, 60))
    assert few == pytest.approx(many, rel=0.02)
    assert scores.crps(rng.normal(size=(4, 20_000)), outcome, fair=False).mean() > 1.1 * many


def test_interval_score_is_least_at_the_true_quantiles() -> None:
    y = np.random.default_rng(4).normal(size=50_000)
    mean = {
        z: scores.interval_score(np.full_like(y, -z), np.full_like(y, z), y).mean() for z in (0.8, 1.2816, 2)
    }
    assert min(mean, key=lambda z: mean[z]) == 1.2816


def test_pit_of_an_honest_forecast_is_even() -> None:
    rng = np.random.default_rng(5)
    u = scores.pit(rng.normal(size=(400, 4000)), rng.normal(size=4000))
    assert scores.pit_bins(u) == pytest.approx([0.2] * 5, abs=0.03)
    sure = scores.pit(0.3 * rng.normal(size=(400, 4000)), rng.normal(size=4000))
    assert scores.pit_bins(sure)[0] > 0.3


def test_auc_is_the_share_of_pairs_in_order() -> None:
    rng = np.random.default_rng(6)
    score, happened = rng.integers(0, 6, 80), rng.random(80) < 0.4
    pairs = [(a > b) + (a == b) / 2 for a in score[happened] for b in score[~happened]]
    assert scores.auc(score, happened) == pytest.approx(np.mean(pairs))
    assert np.isnan(scores.auc([1.0, 2.0], [True, True]))


def test_chances_that_are_too_sure_have_a_slope_below_one() -> None:
    rng = np.random.default_rng(7)
    true = rng.random(20_000)
    happened = rng.random(20_000) < true
    assert scores.reliability_slope(true, happened) == pytest.approx(1, abs=0.03)
    assert scores.reliability_slope((true > 0.5).astype(float), happened) < 0.6
    assert scores.calibration_error(true, happened) < 0.02 < scores.calibration_error(true**3, happened)
    assert scores.brier_skill(true, happened) > 0.3


def test_precision_shares_ties_at_the_edge() -> None:
    assert scores.precision_at([1, 1, 1, 1], [1, 1, 0, 0], 0.25) == 0.5


def test_scale_of_totals_and_of_nothing() -> None:
    assert np.isnan(scores.seasonal_scale([1.0] * 12))
    assert np.isnan(scores.seasonal_scale([1.0] * 40))
    assert np.isnan(scores.seasonal_scale([1.0, 2.0], 12))


def test_no_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        scores.brier([], [])
