"""Series models: what is fitted is likeliest, what is drawn follows it, and no series is left without."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest

from forecasts.series import (
    MODELS,
    Fitted,
    Model,
    fit_airline,
    fit_local_level,
    fit_smoothing,
    generator,
    paths,
)
from forecasts.series.fits import FITS

Floats = np.typing.NDArray[np.float64]
FIRST = 12 * 2005
SEASON = np.log([30, 28, 60, 40, 41, 45, 38, 36, 50, 52, 55, 90])


def series(months: int, step: float = 0.05, noise: float = 0.2, seed: int = 1) -> Floats:
    """A local level with a season and noise, on the log scale."""
    luck = np.random.default_rng(seed)
    level = np.cumsum(luck.normal(0, step, months))
    return SEASON[np.arange(months) % 12] + level + luck.normal(0, noise, months)


def dense(months: int, ahead: int, q: float, period: int = 12) -> tuple[Floats, Floats]:
    """Naive: covariance of all months of a level that starts at zero plus noise, and the seasons' columns."""
    t = np.arange(months + ahead)
    return q * np.minimum.outer(t, t) + np.eye(len(t)), np.eye(period)[t % period]


def restricted(z: Floats, q: float) -> tuple[float, float]:
    """Naive: restricted log-likelihood (no constant) and the variance of the noise, level and season free."""
    cover, x = dense(len(z), 0, q)
    inverse = np.linalg.inv(cover)
    gram = x.T @ inverse @ x
    left = z - x @ np.linalg.solve(gram, x.T @ inverse @ z)
    free = len(z) - x.shape[1]
    noise = float(left @ inverse @ left) / free
    logs = np.linalg.slogdet(cover)[1] + np.linalg.slogdet(gram)[1]
    return -0.5 * (free * np.log(noise) + float(logs)), noise


def foretold(z: Floats, q: float, ahead: int) -> tuple[Floats, Floats]:
    """Naive: mean and covariance of the months to come by one regression over all months."""
    seen, later = np.split(np.arange(len(z) + ahead), [len(z)])
    cover, x = dense(len(z), ahead, q)
    inverse = np.linalg.inv(cover[np.ix_(seen, seen)])
    gain = cover[np.ix_(later, seen)] @ inverse
    spread = np.linalg.inv(x[seen].T @ inverse @ x[seen])
    season = spread @ x[seen].T @ inverse @ z
    rest = x[later] - gain @ x[seen]
    mean = x[later] @ season + gain @ (z - x[seen] @ season)
    total = cover[np.ix_(later, later)] - gain @ cover[np.ix_(seen, later)] + rest @ spread @ rest.T
    return mean, restricted(z, q)[1] * total


@pytest.mark.parametrize(("months", "step"), [(60, 0.05), (67, 0.3), (180, 0.02), (181, 0.0)])
def test_the_local_level_is_the_likeliest_and_its_paths_have_the_mean_and_covariance_of_a_regression(
    months: int, step: float
) -> None:
    z = series(months, step)
    fit = fit_local_level(z)
    noise, moved = fit.result.params
    q = float(moved / noise)
    best = max(restricted(z, float(other))[0] for other in np.exp(np.linspace(-12, 6, 40)))
    assert restricted(z, q)[0] >= best - 0.01
    assert noise == pytest.approx(restricted(z, q)[1], rel=1e-3)
    mean, covariance = foretold(z, q, 12)
    drawn = fit.paths(12, 20_000, generator(3))
    error = np.sqrt(np.diag(covariance) / 20_000)
    assert np.abs(drawn.mean(axis=0) - mean).max() < 5 * error.max()
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.05 * covariance.max())


def test_exponential_smoothing_of_a_level_is_the_textbook_recursion() -> None:
    z = series(120, seed=3) - SEASON[np.arange(120) % 12]
    fit = fit_smoothing(z, 1)
    gain, start = fit.result.params[:2]
    level, errors = start, []
    for value in z:
        errors.append(value - level)
        level += gain * errors[-1]
    drawn = fit.paths(24, 20_000, generator(1))
    np.testing.assert_allclose(drawn.mean(axis=0), level, atol=0.03)
    assert fit.noise == pytest.approx(np.square(errors).sum() / (120 - len(fit.result.params)), rel=1e-6)
    variance = fit.noise * (1 + gain**2 * np.arange(24))
    np.testing.assert_allclose(drawn.var(axis=0), variance, rtol=0.06)


def test_exponential_smoothing_takes_the_form_the_series_has() -> None:
    assert not fit_smoothing(series(120, seed=3)).result.model.has_trend  # no trend was put in
    assert fit_smoothing(series(120, seed=3)).result.model.has_seasonal


def carried_on(z: Floats, theta: float, seasonal: float, ahead: int) -> tuple[Floats, Floats]:
    """Naive: mean and covariance (over the noise) of the months to come, by one regression."""
    moving = np.convolve([1.0, theta], np.r_[1.0, np.zeros(11), seasonal])
    differences = np.convolve([1.0, -1.0], np.r_[1.0, np.zeros(11), -1.0])
    w = np.convolve(z, differences)[13 : len(z)]
    months = len(w) + ahead
    rows = sum(np.eye(months, months + 13, 13 - lag) * weight for lag, weight in enumerate(moving))
    cover = rows @ rows.T
    gain = cover[len(w) :, : len(w)] @ np.linalg.inv(cover[: len(w), : len(w)])
    undo = np.linalg.inv(sum(np.eye(ahead, k=-lag) * differences[lag] for lag in range(min(ahead, 14))))
    known = np.convolve(np.r_[z[-13:], np.zeros(ahead)], differences)[13 : 13 + ahead]
    left = cover[len(w) :, len(w) :] - gain @ cover[: len(w), len(w) :]
    return undo @ (gain @ w - known), undo @ left @ undo.T


@pytest.mark.parametrize(("months", "step"), [(120, 0.05), (240, 0.3)])
def test_paths_of_the_airline_model_have_the_mean_and_covariance_of_a_regression(
    months: int, step: float
) -> None:
    z = series(months, step)
    fit = fit_airline(z)
    theta, seasonal = fit.result.params[:2]
    mean, covariance = carried_on(z, theta, seasonal, 12)
    covariance *= fit.result.scale
    drawn = fit.paths(12, 8000, generator(1))
    error = np.sqrt(np.diag(covariance) / 8000)
    assert np.abs(drawn.mean(axis=0) - mean).max() < 5 * error.max()
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.06 * covariance.max())


def test_equal_questions_are_answered_by_one_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[int]()

    def counted(z: Floats, season: int) -> Fitted:
        asked.append(season)
        return fit_local_level(z, season)

    monkeypatch.setitem(FITS, "uc", counted)
    values = np.round(np.exp(series(61, seed=9)))
    one = paths(values, FIRST, 12, 20, key=(11,))
    kept = one.copy()
    one[:] = 0.0  # what the caller does with it is the caller's
    assert paths(values, FIRST, 12, 20, key=(11,)).tobytes() == kept.tobytes()
    assert asked == [12]


def test_a_fit_that_fails_gives_way_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(z: Floats, season: int) -> Fitted:
        raise np.linalg.LinAlgError

    monkeypatch.setitem(FITS, "arima", failing)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = paths(np.round(np.exp(series(62))), FIRST, 12, 400, model="arima", key=(12,))
    assert np.isfinite(drawn).all()
    assert drawn.std() > 0.0


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
