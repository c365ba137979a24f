"""Series models: what they fit, what they draw, and that statsmodels finds the same."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents

from forecasts.series import MODELS, Model, fit_airline, fit_local_level, fit_smoothing, generator, paths

Floats = np.typing.NDArray[np.float64]
FIRST = 12 * 2005
SEASON = np.log([30, 28, 60, 40, 41, 45, 38, 36, 50, 52, 55, 90])


def series(months: int, step: float = 0.05, noise: float = 0.2, seed: int = 1) -> Floats:
    """A local level with a season and noise, on the log scale."""
    luck = np.random.default_rng(seed)
    level = np.cumsum(luck.normal(0, step, months))
    return SEASON[np.arange(months) % 12] + level + luck.normal(0, noise, months)


@pytest.mark.parametrize(("months", "step"), [(60, 0.05), (67, 0.3), (180, 0.02), (181, 0.0)])
def test_the_local_level_is_what_statsmodels_makes_of_the_same_variances(months: int, step: float) -> None:
    z = series(months, step)
    z[[7, 30]] = np.nan
    fit = fit_local_level(z)
    model = UnobservedComponents(z, level="llevel", seasonal=12, stochastic_seasonal=False)
    model.ssm.initialize_diffuse()
    smoothed = model.smooth([fit.noise, fit.noise * fit.q])
    theirs = smoothed.get_forecast(24)
    mean, covariance = fit.ahead(24)
    np.testing.assert_allclose(mean, theirs.predicted_mean, atol=1e-6)
    np.testing.assert_allclose(np.diag(covariance), theirs.var_pred_mean, rtol=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        best = model.fit(disp=0)
    assert smoothed.llf >= best.llf - 0.01


def test_exponential_smoothing_is_what_statsmodels_finds() -> None:
    z = series(120, seed=3)
    fit = fit_smoothing(z)
    assert fit.beta == 0.0  # no trend was put in
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ETSModel(z, seasonal="add", seasonal_periods=12).fit(disp=0)
    ours = fit.paths(24, 20_000, generator(1))
    np.testing.assert_allclose(ours.mean(axis=0), theirs.forecast(24), atol=0.02)
    assert fit.noise == pytest.approx(theirs.mse * 120 / 107, rel=0.02)


def test_the_airline_model_is_what_statsmodels_finds() -> None:
    z = series(120)
    fit = fit_airline(z)
    model = SARIMAX(z, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12), simple_differencing=True)
    theirs = model.filter([-fit.theta, -fit.seasonal, fit.noise])
    better = model.fit(disp=0, cov_type="none")
    assert theirs.llf >= better.llf - 0.05
    whole = SARIMAX(z, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12)).filter(theirs.params).get_forecast(24)
    ours = fit.paths(24, 40_000, generator(1))
    np.testing.assert_allclose(ours.mean(axis=0), whole.predicted_mean, atol=0.02)
    np.testing.assert_allclose(ours.std(axis=0), np.sqrt(whole.var_pred_mean), rtol=0.05)


def test_paths_of_the_local_level_have_its_mean_and_covariance() -> None:
    fit = fit_local_level(series(96))
    mean, covariance = fit.ahead(12)
    drawn = fit.paths(12, 60_000, generator(3))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.01)
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.002)


def test_a_trend_is_found_and_the_season_kept() -> None:
    t = np.arange(96)
    z = SEASON[t % 12] + 0.02 * t + np.random.default_rng(2).normal(0, 0.02, 96)
    ahead = fit_smoothing(z).paths(12, 4000, generator(1)).mean(axis=0)
    truth = SEASON + 0.02 * np.arange(96, 108)
    assert np.abs(ahead - truth).max() < 0.1


@pytest.mark.parametrize("model", MODELS)
def test_same_key_same_bytes_and_no_other(model: Model) -> None:
    values = np.round(np.exp(series(60)))
    one, same = (paths(values, FIRST, 12, 50, model=model, key=(7, "starts")) for _ in range(2))
    assert one.tobytes() == same.tobytes()
    for other in (
        paths(values, FIRST, 12, 50, model=model, key=(8, "starts")),
        paths(values, FIRST, 12, 50, model=model, key=(7, "grants")),
        paths(values, FIRST + 1, 12, 50, model=model, key=(7, "starts")),
    ):
        assert other.tobytes() != one.tobytes()


@pytest.mark.parametrize(("model", "months"), list(product(MODELS, (1, 3, 13, 24, 29, 40))))
def test_short_series_are_still_forecast(model: Model, months: int) -> None:
    values = np.round(np.exp(series(months, seed=5)))
    drawn = paths(values, FIRST, 18, 40, model=model, key=(1,))
    assert drawn.shape == (40, 18)
    assert np.isfinite(drawn).all()
    assert (drawn >= 0).all()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("values", [np.zeros(48), np.full(48, 3.0), np.r_[np.zeros(24), 1.0, np.zeros(23)]])
def test_series_without_news_are_still_forecast(model: Model, values: Floats) -> None:
    drawn = paths(values, FIRST, 12, 40, model=model, key=(1,))
    assert np.isfinite(drawn).all()
    assert (drawn >= 0).all()
    assert np.median(drawn) == pytest.approx(np.median(values), abs=0.5)


def test_the_naive_model_is_last_year_and_blocks_of_its_changes() -> None:
    values = np.round(np.exp(series(60)))
    changes = values[12:] - values[:-12]
    blocks = {tuple(changes[i : i + 12]) for i in range(len(changes) - 11)}
    drawn = paths(values + 1000.0, FIRST, 12, 30, model="naive", key=(1,))
    for path in drawn:
        assert tuple(np.round(path - 1000.0 - values[-12:])) in blocks


@pytest.mark.parametrize("values", [[], [[1.0, 2.0]], [1.0, -1.0], [1.0, np.nan]])
def test_what_is_no_series_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="values: got"):
        paths(values, FIRST, 12, 5)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of uc, ets"):
        paths([1.0, 2.0], FIRST, 12, 5, model="prophet")  # type: ignore[arg-type]


def test_windows_share_the_paths() -> None:
    values = np.r_[np.full(60, 10.0), np.full(60, 1000.0)] + np.tile([0.0, 1.0], 60)
    mixed = paths(values, FIRST, 6, 30, windows=(36, 0), key=(1,))
    short, whole = mixed[:15], mixed[15:]
    assert short.std() < 5.0  # the last three years know of no jump
    assert whole.std() > 20.0
