"""A common level on counts: what all projects of a stage share, month by month.

Observed counts are Poisson around ``expected x exp(level + noise)``; the level is a random walk. Both
variances are weighed on a grid by their likelihood, so that few months or few events give no false
certainty. The filter takes the Poisson law itself (a Laplace step a month), not a normal stand-in: a
month of nought events says something, and a month in which nothing was expected says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["LEAST_COMPLETE", "Levels", "filter_levels", "seasons"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Variances a month of the step of the level, and of the noise around it. Months differ by a fifth at least:
#: without that, one odd month would be taken for a new level.
STEPS: Final = (0.0, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128)
NOISES: Final = (0.04, 0.08, 0.16, 0.32, 0.64)

#: Variance of the level before the first month.
DIFFUSE: Final = 1.0

#: Prior weight of a month-of-year factor, in events.
SEASON_PRIOR: Final = 8.0

#: Months less complete than this are left out: their share on record is too uncertain to divide by. The rest
#: count with the weight of what is seen of them (measured: `forecasts.nowcast`).
LEAST_COMPLETE: Final = 0.1

_NEWTON: Final = 6


@dataclass(frozen=True)
class Levels:
    """Levels of S series at their last month, one for every pair of variances (G pairs).

    Parameters
    ----------
    step, noise : (G,) float64
        Variance a month of the step of the level and of the noise around it.
    weight : (S, G) float64
        Likelihood of the pairs, scaled to sum to one.
    mean, variance : (S, G) float64
        Level (log) given all months.
    """

    step: Floats
    noise: Floats
    weight: Floats
    mean: Floats
    variance: Floats

    def best(self) -> Ints:
        """Give the likeliest pair of each series, (S,)."""
        return np.asarray(np.argmax(self.weight, axis=1), dtype=np.int64)


def filter_levels(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    steps: tuple[float, ...] = STEPS,
    noises: tuple[float, ...] = NOISES,
    prior: float = DIFFUSE,
) -> Levels:
    """Filter the common level of S series over M months.

    Parameters
    ----------
    observed : (S, M) int
        Events.
    expected : (S, M) float
        Events expected at level 0; a month with 0 says nothing.
    steps, noises : tuple of float
        The grid of variances.
    prior : float
        Variance of the level before the first month.

    Returns
    -------
    Levels

    Examples
    --------
    >>> steady = filter_levels(np.full((1, 60), 50), np.full((1, 60), 100.0))
    >>> best = steady.best()[0]
    >>> float(steady.mean[0, best].round(2)), float(steady.step[best])
    (-0.69, 0.0)
    """
    y = np.asarray(observed, dtype=np.float64)[:, None, :]
    e = np.asarray(expected, dtype=np.float64)[:, None, :]
    step, noise = (grid.ravel() for grid in np.meshgrid(steps, noises, indexing="ij"))
    shape = (y.shape[0], len(step))
    mean, variance, likelihood = np.zeros(shape), np.full(shape, prior), np.zeros(shape)
    for month in range(y.shape[2]):
        variance = variance + step
        mean, variance, gained = _update(y[..., month], e[..., month], mean, variance, noise)
        likelihood += gained
    weight = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    return Levels(step, noise, weight / weight.sum(axis=1, keepdims=True), mean, variance)


def _update(
    y: Floats, e: Floats, mean: Floats, variance: Floats, noise: Floats
) -> tuple[Floats, Floats, Floats]:
    """Take in one month: the new mean and variance of the level, and the log likelihood gained."""
    total = np.maximum(variance + noise, 1e-9)
    # The mode of level + noise given the count; the start is right for large counts already.
    mode = np.where(e > 0, _between(mean, np.log((y + 0.5) / np.maximum(e, 1e-9)), total * e), mean)
    for _ in range(_NEWTON):
        rate = e * np.exp(np.minimum(mode, 20.0))
        mode = mode - (rate - y + (mode - mean) / total) / (rate + 1.0 / total)
    rate = e * np.exp(np.minimum(mode, 20.0))
    spread = 1.0 / (rate + 1.0 / total)
    gain = variance / total
    gained = y * mode - rate - (mode - mean) ** 2 / (2 * total) + 0.5 * np.log(spread / total)
    seen = np.broadcast_to(e > 0, mean.shape)
    return (
        np.where(seen, mean + gain * (mode - mean), mean),
        np.where(seen, variance - gain**2 * (total - spread), variance),
        np.where(seen, gained, 0.0),
    )


def _between(mean: Floats, seen: Floats, precision: Floats) -> Floats:
    """Weigh what was expected and what was seen, as for a normal observation."""
    return (mean + precision * seen) / (1.0 + precision)


def seasons(observed: Floats, expected: Floats, of_year: Ints, prior: float = SEASON_PRIOR) -> Floats:
    """Give the factors by month of the year: (D + prior) / (E + prior) by series.

    Parameters
    ----------
    observed, expected : (..., M) float64
        By month; a month with nothing expected says nothing.
    of_year : (M,) int64
        Month of the year, January 0.
    prior : float
        Weight of the factor 1, in events.

    Returns
    -------
    (..., 12) float64

    Notes
    -----
    E follows the level of the twelve months around each month, so that growth is not taken for a season.

    Examples
    --------
    >>> growing = 2.0 ** np.arange(6).repeat(12) * np.tile([5.0, *[1.0] * 10, 2.0], 6) * 20
    >>> seasons(growing, np.ones(72), np.arange(72) % 12)[[0, 5]].round(1).tolist()
    [4.5, 0.8]
    """
    around = np.abs(np.subtract.outer(np.arange(len(of_year)), np.arange(len(of_year))))
    weight = np.where(around < 6, 1.0, np.where(around == 6, 0.5, 0.0))
    near = (observed @ weight + 0.5) / (expected @ weight + 0.5)
    in_month = (of_year[:, None] == np.arange(12)).astype(np.float64)
    return np.asarray((observed @ in_month + prior) / ((expected * near) @ in_month + prior))
