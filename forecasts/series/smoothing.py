"""Additive exponential smoothing (ETS): level, with or without a damped trend, with or without a season."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from forecasts.series.kernels import smoothing_errors

Floats = npt.NDArray[np.float64]

#: Which parts a form has: (trend, season).
FORMS: Final = ((False, False), (False, True), (True, False), (True, True))

#: What stands for the logarithm of an error of zero: nothing is left to be explained.
_EXACT: Final = 1e12

#: Where the search for (alpha, beta / alpha, gamma / (1 - alpha), phi) begins, and between what it stays.
_START: Final = (0.3, 0.1, 0.1, 0.95)
_BOUNDS: Final = ((1e-4, 0.9999), (1e-4, 0.9999), (1e-4, 0.9999), (0.8, 0.98))


@dataclass(frozen=True)
class Smoothing:
    """Fitted exponential smoothing.

    Parameters
    ----------
    alpha, beta, gamma, phi : float
        Gains of level, trend and season in the error-correction form; damping of the trend.
    state : (2 + S,) float64
        Level, trend and seasons after the last month; the seasons in the order of the months to come.
    noise : float
        Variance of the errors.
    aicc : float
        Akaike's criterion with the correction for few values.
    """

    alpha: float
    beta: float
    gamma: float
    phi: float
    state: Floats
    noise: float
    aicc: float

    def paths(self, horizon: int, n: int, luck: np.random.Generator) -> Floats:
        """Draw (n, H) futures; the fitted numbers are taken as known, as is usual."""
        errors = luck.standard_normal((n, horizon)) * np.sqrt(self.noise)
        level, trend = np.full(n, self.state[0]), np.full(n, self.state[1])
        seasons = np.tile(self.state[2:], (n, 1))
        future = np.empty((n, horizon))
        for h in range(horizon):
            place, error = h % seasons.shape[1], errors[:, h]
            grown = level + self.phi * trend
            future[:, h] = grown + seasons[:, place] + error
            level, trend = grown + self.alpha * error, self.phi * trend + self.beta * error
            seasons[:, place] += self.gamma * error
        return future


def fit_smoothing(values: Floats, period: int = 12) -> Smoothing:
    """Fit every form by maximum likelihood, starts included, and keep the one of least AICc.

    Parameters
    ----------
    values : (M,) float64
    period : int

    Raises
    ------
    ValueError
        Where no form can be fitted: too few values, or they do not vary.
    """
    fits = [
        _fit(values, period if season else 1, trend) for trend, season in FORMS if period > 1 or not season
    ]
    found = [fit for fit in fits if fit is not None]
    if not found:
        raise ValueError(f"{len(values)} values are too few, or do not vary")
    return min(found, key=lambda fit: fit.aicc)


def _fit(values: Floats, period: int, trend: bool) -> Smoothing | None:
    """Fit one form; None where it cannot be."""
    used = [True, trend, period > 1, trend]
    starts = 1 + trend + (period - 1 if period > 1 else 0)
    parameters = sum(used) + starts + 1
    if len(values) <= parameters + 2:
        return None

    def misfit(x: Floats) -> float:
        return _fitted(values, period, trend, _gains(x, used))[0]

    found = minimize(
        misfit,
        np.array([x for x, has in zip(_START, used, strict=True) if has]),
        method="Nelder-Mead",
        bounds=[pair for pair, has in zip(_BOUNDS, used, strict=True) if has],
        options={"xatol": 1e-3, "fatol": 1e-4},
    )
    gains = _gains(found.x, used)
    likelihood, state = _fitted(values, period, trend, gains)
    if likelihood >= _EXACT:
        return None
    m = len(values)
    aicc = likelihood + 2 * parameters + 2 * parameters * (parameters + 1) / (m - parameters - 1)
    return Smoothing(
        *_gains(found.x, used), state, float(np.exp(likelihood / m)) * m / (m - parameters + 1), aicc
    )


def _gains(x: Floats, used: list[bool]) -> tuple[float, float, float, float]:
    """Return (alpha, beta, gamma, phi) of what is searched."""
    left = iter(x)
    alpha, part, rest, phi = (float(next(left)) if has else 0.0 for has in used)
    return alpha, alpha * part, (1.0 - alpha) * rest, phi


def _fitted(
    values: Floats, period: int, trend: bool, gains: tuple[float, float, float, float]
) -> tuple[float, Floats]:
    """Return M log(mean squared error) at some gains, and the state after the last month."""
    # Starts: level, then trend, then all seasons but the last, which makes their sum zero.
    starts = np.zeros((1 + 1 + trend + (period - 1), 2 + period))
    starts[1, 0] = 1.0
    if trend:
        starts[2, 1] = 1.0
    for i in range(period - 1):
        starts[2 + trend + i, 2 + i], starts[2 + trend + i, 1 + period] = 1.0, -1.0
    errors = np.empty((len(values), len(starts)))
    smoothing_errors(values, *gains, errors, starts)
    unit = errors[:, 1:]
    weights, *_ = np.linalg.lstsq(unit.T @ unit, -(unit.T @ errors[:, 0]), rcond=None)
    left = errors[:, 0] + errors[:, 1:] @ weights
    state = starts[0] + weights @ starts[1:]
    turn = len(values) % period
    state[2:] = np.roll(state[2:], -turn)
    mean = float(left @ left) / len(values)
    return (len(values) * float(np.log(mean)) if mean > 0.0 else _EXACT), state
