"""The local level with a fixed season: level + season + noise, where the level is a random walk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from forecasts.series.kernels import level_errors

Floats = npt.NDArray[np.float64]

#: Range of log(q): from a level that stands still to one that is all there is.
_STILL, _ALL = -14.0, 8.0


@dataclass(frozen=True)
class LocalLevel:
    """A fitted local level with a fixed season.

    Parameters
    ----------
    q : float
        Variance of the level's step over the variance of the noise.
    noise : float
        Variance of the noise.
    level : float
        The level after the last month, of the values less their season.
    variance : float
        Its variance, over that of the noise.
    seasons : (S,) float64
        By place in the year, that of the first month fitted first; one number: no season.
    spread : (S, S) float64
        Their covariance, over the variance of the noise.
    carried : (S,) float64
        What the filter makes of each season's column: the level falls by so much as the season rises.
    months : int
        How many were fitted.
    likelihood : float
        Diffuse log-likelihood, without its constant.
    """

    q: float
    noise: float
    level: float
    variance: float
    seasons: Floats
    spread: Floats
    carried: Floats
    months: int
    likelihood: float

    def ahead(self, horizon: int) -> tuple[Floats, Floats]:
        """Return mean (H,) and covariance (H, H) of the months to come, states and seasons unknown."""
        steps = np.arange(horizon)
        rows = np.eye(len(self.seasons))[(self.months + steps) % len(self.seasons)]
        walked = self.variance + self.q * (1.0 + np.minimum.outer(steps, steps))
        design = rows - self.carried
        covariance = walked + np.eye(horizon) + design @ self.spread @ design.T
        return self.level + rows @ self.seasons, self.noise * covariance

    def paths(self, horizon: int, n: int, luck: np.random.Generator) -> Floats:
        """Draw (n, H) futures."""
        mean, covariance = self.ahead(horizon)
        root = np.linalg.cholesky(covariance)
        return np.asarray(mean + luck.standard_normal((n, horizon)) @ root.T, dtype=np.float64)


def fit_local_level(values: Floats, period: int = 12) -> LocalLevel:
    """Fit by diffuse maximum likelihood; one number is searched, the rest is in closed form.

    Parameters
    ----------
    values : (M,) float64
        NaN where a month has no value.
    period : int
        Months of the season; 1: none.

    Raises
    ------
    ValueError
        Where there are no more values than seasons, or they do not vary.
    """
    seen = np.isfinite(values)
    if seen.sum() <= period + 1:
        raise ValueError(f"{int(seen.sum())} values are too few for {period} seasons")
    columns = np.column_stack(
        [np.where(seen, values, 0.0), np.eye(period)[np.arange(len(values)) % period] * seen[:, None]]
    )
    # A month without a value is still a month of its season: only the filter's update passes it over.
    found = minimize_scalar(
        lambda logq: -_fitted(columns, seen, float(np.exp(logq))).likelihood,
        bounds=(_STILL, _ALL),
        method="bounded",
        options={"xatol": 1e-3},
    )
    return _fitted(columns, seen, float(np.exp(found.x)))


def _fitted(columns: Floats, seen: npt.NDArray[np.bool_], q: float) -> LocalLevel:
    """Return what is best at one q."""
    months, count = columns.shape
    errors, level = np.empty_like(columns), np.empty(count + 2)
    level_errors(columns, seen, q, errors, level)
    design, target = errors[:, 1:], errors[:, 0]
    root = np.linalg.cholesky(design.T @ design)
    spread = np.linalg.inv(root @ root.T)
    seasons = spread @ (design.T @ target)
    left = target - design @ seasons
    free = int(seen.sum()) - (count - 1)
    noise = float(left @ left) / free
    if not noise > 0.0:
        raise ValueError("the values do not vary")
    logs = float(level[count + 1]) + 2.0 * float(np.log(np.diag(root)).sum())
    return LocalLevel(
        q=q,
        noise=noise,
        level=float(level[0] - level[1:count] @ seasons),
        variance=float(level[count]),
        seasons=seasons,
        spread=spread,
        carried=level[1:count].copy(),
        months=months,
        likelihood=-0.5 * (free * (np.log(noise) + 1.0) + logs),
    )
