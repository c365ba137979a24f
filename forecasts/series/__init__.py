"""Forecasts of one monthly series from its own past: paths of the months to come.

Four models, on log(1 + value) but for the last: ``uc`` local level with a fixed season, ``ets`` additive
exponential smoothing chosen by AICc, ``arima`` the airline model, ``naive`` last year with the year-on-year
differences of blocks of past months. The first is the working model; the others are what it is judged by.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from forecasts.series.fits import FITS, Fitted, Name, fit_airline, fit_local_level, fit_smoothing
from sim.philox import hash_name

__all__ = ["MODELS", "Fitted", "Model", "generator", "paths"]
__all__ += ["fit_airline", "fit_local_level", "fit_smoothing"]

Floats = npt.NDArray[np.float64]
Model = Literal["uc", "ets", "arima", "naive"]
MODELS: Final[tuple[Model, ...]] = ("uc", "ets", "arima", "naive")


#: Futures kept at hand: backtests ask for the same ones again and again, and a fit is what takes the time.
_KEPT: Final = 64

#: How far above the largest month a future may lie, in log(1 + value): a fit on few values may explode.
_ROOM: Final = 2.0


def generator(*words: str | int) -> np.random.Generator:
    """Return the generator that belongs to a key, whatever was drawn before.

    Examples
    --------
    >>> generator(7, "starts").random() == generator(7, "starts").random()
    True
    """
    return np.random.Generator(np.random.Philox(key=hash_name("\\0".join(str(word) for word in words))))


def paths(
    values: npt.ArrayLike,
    first_month: int,
    horizon: int,
    n: int,
    *,
    model: Model = "uc",
    key: tuple[str | int, ...] = (0,),
    period: int = 12,
    windows: tuple[int, ...] = (0,),
) -> Floats:
    """Draw futures of a monthly series.

    Parameters
    ----------
    values : (M,) array_like
        Not negative, one a month.
    first_month : int
        12 * year + month - 1 of the first value; with `key` it names the draws.
    horizon : int
        Months to come, H.
    n : int
        Paths.
    model : {"uc", "ets", "arima", "naive"}
        A model that the series is too short for, or that cannot be fitted, gives way to a simpler one: uc and
        arima to a local level without season, that and everything else to a draw from the last year's months.
    key : tuple of str or int
        Seed and names (the measure's among them); equal keys, equal paths.
    period : int
        Months in a season: 12, or 11 where January is reported with February.
    windows : tuple of int
        Last months the model is fitted on, an equal share of the paths each; 0: all months.

    Returns
    -------
    (n, H) float64
        Not negative.

    Raises
    ------
    ValueError
        Where a value is negative or not finite, or there is none.

    Examples
    --------
    >>> last_year = [4, 2, 8, 3, 3, 5, 6, 2, 4, 4, 3, 9]
    >>> drawn = paths(last_year * 5, 12 * 2015, 12, 200, key=(1, "starts"))
    >>> drawn.shape, bool(drawn[:, 11].mean() > drawn[:, 10].mean())
    ((200, 12), True)
    """
    numbers: Floats = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not len(numbers):
        raise ValueError(f"values: got shape {numbers.shape}, expected one row of months with a value")
    if not np.all(np.isfinite(numbers)) or np.any(numbers < 0):
        raise ValueError(
            "values: got some that are negative or missing, expected counts; fill the gaps first"
        )
    if model not in MODELS:
        raise ValueError(f"model: got {model}, expected one of {', '.join(MODELS)}")
    return _mixed(tuple(numbers), first_month + len(numbers), horizon, n, model, key, period, windows).copy()


@lru_cache(maxsize=_KEPT)
def _mixed(
    values: tuple[float, ...],
    next_month: int,
    horizon: int,
    n: int,
    model: Model,
    key: tuple[str | int, ...],
    period: int,
    windows: tuple[int, ...],
) -> Floats:
    """Draw (n, H) futures, an equal share from each window."""
    numbers: Floats = np.array(values)
    luck = generator(*key, model, next_month)
    shares = [len(share) for share in np.array_split(np.arange(n), len(windows))]
    return np.concatenate(
        [
            _drawn(numbers[-window:] if window else numbers, horizon, share, model, period, luck)
            for window, share in zip(windows, shares, strict=True)
        ]
    )


def _drawn(
    values: Floats, horizon: int, n: int, model: Model, period: int, luck: np.random.Generator
) -> Floats:
    """Draw (n, H) futures of one model fitted on all values."""
    if model == "naive":
        return _naive(values, horizon, n, period, luck)
    logs = np.log1p(values)
    fitted = _fit(model, logs, period)
    if fitted is None:
        return _resampled(values, horizon, n, period, luck)
    future: Floats = np.expm1(np.clip(fitted.paths(horizon, n, luck), 0.0, logs.max() + _ROOM))
    return future


def _fit(model: Name, logs: Floats, period: int) -> Fitted | None:
    """Fit a model or, where it cannot be, a simpler one; None if there is nothing to fit."""
    two_years = len(logs) >= 2 * period
    attempts: list[tuple[Name, int]] = [(model, period)] if two_years else []
    for name, season in [*attempts, ("uc", 1)]:
        try:
            return FITS[name](logs, season)
        except (ValueError, np.linalg.LinAlgError):
            continue
    return None


def _resampled(values: Floats, horizon: int, n: int, period: int, luck: np.random.Generator) -> Floats:
    """Draw every month from those of the last year."""
    drawn: Floats = luck.choice(values[-period:], (n, horizon))
    return drawn


def _naive(values: Floats, horizon: int, n: int, period: int, luck: np.random.Generator) -> Floats:
    """Draw last year plus blocks, a season long, of past year-on-year differences."""
    if len(values) < 2 * period:
        return _resampled(values, horizon, n, period, luck)
    changes = values[period:] - values[:-period]
    seasons = -(-horizon // period)
    starts = luck.integers(0, len(changes) - period + 1, (n, seasons))
    drawn = changes[starts[:, :, None] + np.arange(period)]  # (n, seasons, period)
    future: Floats = (values[-period:] + np.cumsum(drawn, axis=1)).reshape(n, -1)[:, :horizon]
    return np.maximum(future, 0.0)
