"""Totals from per-project forecasts: the chances of all open projects under one common level.

Independent projects give intervals that are far too narrow. So what the model expected and what came,
month by month of the panel, gives a level that all share (`forecasts.level`), and it walks on. Projects
not on record yet come on top, as many as used to.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts.landmark.model import Landmark
from forecasts.landmark.panel import Panel, Rows
from forecasts.level import filter_levels

__all__ = ["total_paths"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Variance of the level before the first month: the fit has seen these months, so it is about nought.
_PRIOR: Final = 0.1


def total_paths(
    landmark: Landmark, panel: Panel, horizon: int, n: int, *, key: tuple[int, int], shared: bool = True
) -> Ints:
    """Draw monthly counts of the milestone after the panel's last cut-off.

    Parameters
    ----------
    landmark : Landmark
        Fitted on `panel`.
    panel : Panel
    horizon : int
        Months.
    n : int
        Paths.
    key : tuple of int
        Two words that name the draws.
    shared : bool
        False: projects independent, to show what the common level is worth; never a default.

    Returns
    -------
    (n, horizon) int64
    """
    k = landmark.hazards.design.milestone
    now = panel.rows.take(panel.rows.cutoff == panel.cutoff)
    now = now.take(landmark.open(now))
    by_month = np.diff(landmark.reach(now, horizon), axis=1, prepend=0.0)
    random = np.random.Generator(np.random.Philox(key=np.array(key, dtype=np.uint64)))
    factor = _factors(landmark, panel, horizon, n, random) if shared else np.ones((n, horizon))
    mean, square = by_month.sum(axis=0), (by_month**2).sum(axis=0)
    # Many unequal chances: a binomial of the same mean and variance.
    chance = np.divide(square, mean, out=np.zeros_like(mean), where=mean > 0)
    trials = np.maximum(np.rint(np.divide(mean, chance, out=np.zeros_like(mean), where=chance > 0)), 1)
    likely = np.clip(mean / trials * factor, 0.0, 1.0)
    counts = random.binomial(trials.astype(np.int64), likely)
    return np.asarray(counts + random.poisson(_newcomers(panel, k, horizon) * factor), dtype=np.int64)


def _factors(landmark: Landmark, panel: Panel, horizon: int, n: int, random: np.random.Generator) -> Floats:
    """Draw the common factor of each month, (n, horizon)."""
    levels = filter_levels(landmark.hazards.came[None], landmark.hazards.expected[None], prior=_PRIOR)
    best, step = levels.best()[0], panel.step
    spread = np.sqrt(levels.variance[0, best])
    level = levels.mean[0, best] + spread * random.standard_normal((n, 1))
    periods = -(-horizon // step)
    walk = np.cumsum(np.sqrt(levels.step[best]) * random.standard_normal((n, periods)), axis=1)
    noise = np.sqrt(levels.noise[best]) * random.standard_normal((n, periods))
    return np.repeat(np.exp(np.clip(level + walk + noise, -4.0, 4.0)), step, axis=1)[:, :horizon]


def _newcomers(panel: Panel, milestone: int, horizon: int) -> Floats:
    """Give the mean events a month ahead of projects that were not on record at the cut-off."""
    rows = panel.rows
    first = _first_rows(rows)
    event, seen = first.event[:, milestone], first.cutoff
    cutoffs = [history.cutoff for history in panel.histories[:-1]]
    found, looked = np.zeros(horizon), np.zeros(horizon)
    for cutoff in cutoffs:
        ahead = np.minimum(np.arange(1, horizon + 1), panel.cutoff - cutoff)
        new = event[(seen > cutoff) & (event > cutoff) & (event <= cutoff + horizon)] - cutoff - 1
        found += np.bincount(new, minlength=horizon)[:horizon]
        looked += np.arange(1, horizon + 1) <= ahead[-1]
    return found / np.maximum(looked, 1.0)


def _first_rows(rows: Rows) -> Rows:
    """Give the first row of every project."""
    _, at = np.unique(rows.project, return_index=True)
    return rows.take(at)
