"""Logistic regression with a ridge: Newton steps, halved until the penalised likelihood rises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEPS: Final = 40


@dataclass(frozen=True)
class Logit:
    """A fitted regression on standardised columns.

    Parameters
    ----------
    intercept : float
    slope : (F,) float64
        Of the standardised columns.
    mean, scale : (F,) float64
    """

    intercept: float
    slope: Floats
    mean: Floats
    scale: Floats

    def terms(self, x: Floats) -> Floats:
        """Give what each column adds to the log odds, against the mean row, (N, F)."""
        return np.asarray((x - self.mean) / self.scale * self.slope)

    def chance(self, x: Floats) -> Floats:
        """Give the probability of each row, (N,)."""
        return _chance(self.intercept + ((x - self.mean) / self.scale) @ self.slope)


def fit_logit(x: Floats, happened: Floats, weight: Floats, ridge: float | Floats) -> Logit:
    """Fit by penalised likelihood: ridge / 2 times the sum of squared slopes of standardised columns.

    Parameters
    ----------
    x : (N, F) float64
    happened : (N,) float64
        0 or 1.
    weight : (N,) float64
    ridge : float
        In events: with 0.5 to 10 a column that few events speak for hardly counts.

    Examples
    --------
    >>> x = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> fit = fit_logit(x, np.array([0.0, 1.0, 1.0, 1.0]), np.ones(4), 1e-6)
    >>> float(fit.chance(x[:1])[0].round(3))
    0.5
    """
    mean = weight @ x / weight.sum()
    scale = np.sqrt(weight @ (x - mean) ** 2 / weight.sum())
    scale = np.where(scale < 1e-6, 1.0, scale)
    z = np.concatenate([np.ones((len(x), 1)), (x - mean) / scale], axis=1)
    penalty = np.concatenate([[0.0], np.broadcast_to(ridge, x.shape[1])])
    beta = np.zeros(z.shape[1])
    events = float(weight @ happened)
    beta[0] = np.log((events + 0.5) / (weight.sum() - events + 0.5))
    if events == 0.0:
        return Logit(float(beta[0]), beta[1:], mean, scale)

    def likelihood(beta: Floats) -> float:
        eta = z @ beta
        return float(weight @ (happened * eta - np.logaddexp(0.0, eta)) - penalty @ beta**2 / 2)

    now = likelihood(beta)
    for _ in range(_STEPS):
        p = _chance(z @ beta)
        slope = z.T @ (weight * (happened - p)) - penalty * beta
        curvature = (z * (weight * p * (1 - p))[:, None]).T @ z + np.diag(penalty + 1e-9)
        step = np.linalg.solve(curvature, slope)
        length = 1.0
        while length > 1e-4 and likelihood(beta + length * step) < now:
            length /= 2
        beta = beta + length * step
        gained, now = likelihood(beta) - now, likelihood(beta)
        if gained < 1e-7:
            break
    return Logit(float(beta[0]), beta[1:], mean, scale)


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -30.0, 30.0))))
