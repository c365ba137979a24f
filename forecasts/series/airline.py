"""The airline model: ARIMA(0,1,1)(0,1,1), moving averages of the once and seasonally differenced series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from forecasts.series.kernels import moving_errors

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Airline:
    """A fitted airline model, (1 - B)(1 - B^S) z = (1 - theta B)(1 - seasonal B^S) e.

    Parameters
    ----------
    theta, seasonal : float
    noise : float
        Variance of the errors e.
    last : (S + 1,) float64
        The last values.
    errors : (S + 1,) float64
        Their errors.
    """

    theta: float
    seasonal: float
    noise: float
    last: Floats
    errors: Floats

    def paths(self, horizon: int, n: int, luck: np.random.Generator) -> Floats:
        """Draw (n, H) futures."""
        before = len(self.last)
        period = before - 1
        e = np.empty((n, before + horizon))
        z = np.empty_like(e)
        e[:, :before], z[:, :before] = self.errors, self.last
        e[:, before:] = luck.standard_normal((n, horizon)) * np.sqrt(self.noise)
        for t in range(before, before + horizon):
            z[:, t] = z[:, t - 1] + z[:, t - period] - z[:, t - before] + e[:, t]
            z[:, t] -= self.theta * e[:, t - 1] + self.seasonal * e[:, t - period]
            z[:, t] += self.theta * self.seasonal * e[:, t - before]
        return z[:, before:]


def fit_airline(values: Floats, period: int = 12) -> Airline:
    """Fit by exact maximum likelihood.

    Parameters
    ----------
    values : (M,) float64
    period : int
        At least 2.

    Raises
    ------
    ValueError
        Where there are fewer than two and a half seasons, or the values do not vary.
    """
    if len(values) < 2.5 * period:
        raise ValueError(f"{len(values)} values are too few for a season of {period}")
    differenced = np.diff(values[period:] - values[:-period])
    if not np.any(differenced):
        raise ValueError("the values do not vary")

    def misfit(x: Floats) -> float:
        return _fitted(differenced, float(x[0]), float(x[1]), period)[0]

    found = minimize(
        misfit,
        np.array([0.4, 0.6]),
        method="Nelder-Mead",
        bounds=[(-0.99, 0.99)] * 2,
        options={"xatol": 1e-3, "fatol": 1e-4},
    )
    theta, seasonal = (float(x) for x in found.x)
    _, noise, errors = _fitted(differenced, theta, seasonal, period)
    return Airline(theta, seasonal, noise, values[-period - 1 :].copy(), errors[-period - 1 :])


def _fitted(values: Floats, theta: float, seasonal: float, period: int) -> tuple[float, float, Floats]:
    """Return -2 log-likelihood (no constant), the variance of the errors and the errors themselves.

    The errors before the first month are unknown and Normal: integrating them out is a ridge regression.
    """
    before = period + 1
    errors = np.zeros((before + len(values), 1 + before))
    errors[:before, 1:] = np.eye(before)
    moving_errors(values, theta, seasonal, period, errors)
    precision = errors[:, 1:].T @ errors[:, 1:]  # the unit starts are rows too: that is the ridge
    root = np.linalg.cholesky(precision)
    weights = -np.linalg.solve(root.T, np.linalg.solve(root, errors[:, 1:].T @ errors[:, 0]))
    left = errors[:, 0] + errors[:, 1:] @ weights
    noise = float(left @ left) / len(values)
    return len(values) * float(np.log(noise)) + 2.0 * float(np.log(np.diag(root)).sum()), noise, left
