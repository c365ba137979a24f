"""Arrivals: projects that will be filed, and those filed already but not yet on record.

Counts by month, corrected for what is not on record yet, are a series (`forecasts.series`: a local level with
a fixed season), and those to come are Poisson around its paths. Kind and county of an arrival follow the last
two years. A known plan of filings takes the place of the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts import series
from forecasts.delay import completed
from forecasts.history import History, is_dated
from forecasts.level import Levels
from sim.philox import hash_name

__all__ = ["Filings", "filings_of", "generator", "walk"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Months of filings the level is taken from, and of those whose kinds and counties are carried on.
MEMORY: Final = 180
RECENT: Final = 24


@dataclass(frozen=True)
class Filings:
    """Arrivals by path and month, and what they are.

    Parameters
    ----------
    counts : (n, D + H) int64
        Hidden months first, then the months of the forecast.
    shares : (D + H, J) float64
        Running sums of the shares of the J kinds of arrivals.
    origins : (J, 2) int64
        Stratum and group of each kind.
    """

    counts: Ints
    shares: Floats
    origins: Ints


def generator(seed: int, *names: object) -> np.random.Generator:
    """Give the random numbers that belong to a seed and names, in no order of calls.

    Examples
    --------
    >>> bool(generator(1, "a", 3).random() == generator(1, "a", 3).random())
    True
    """
    key = [seed & (2**64 - 1), hash_name("/".join(map(str, names)))]
    return np.random.Generator(np.random.Philox(key=key))


def walk(levels: Levels, row: int, months: int, n: int, seed: int, *names: object) -> Floats:
    """Carry the level of one series on: n paths of its logarithm over the coming months.

    Parameters
    ----------
    levels : Levels
    row : int
        The series, a row of `levels`.
    months, n : int
    seed : int
    *names
        Name the draws.

    Returns
    -------
    (n, months) float64
        Level plus noise. Each path has a pair of variances, drawn by its likelihood.
    """
    u = generator(seed, *names, "variances").random(n)
    pair = np.minimum(np.searchsorted(np.cumsum(levels.weight[row]), u), len(levels.step) - 1)
    start = generator(seed, *names, "level").standard_normal(n)
    level = levels.mean[row, pair] + np.sqrt(levels.variance[row, pair]) * start
    paths = np.empty((n, months))
    for month in range(months):
        z = generator(seed, *names, month).standard_normal((2, n))
        level = level + np.sqrt(levels.step[pair]) * z[0]
        paths[:, month] = level + np.sqrt(levels.noise[pair]) * z[1]
    return paths


def filings_of(
    history: History,
    horizon: int,
    n: int,
    seed: int,
    *,
    known: Floats | None = None,
    hidden_months: int = 0,
    plan: npt.ArrayLike | None = None,
) -> Filings:
    """Forecast the arrivals.

    Parameters
    ----------
    history : History
    horizon, n, seed : int
    known : (L,) float64, optional
        Share of filings on record by age in months; left out, all.
    hidden_months : int
        Months up to the cut-off in which filings may be missing.
    plan : (horizon,) int, optional
        Filings a month where they are known.
    """
    last = history.cutoff
    first = max(history.first, last - MEMORY + 1)
    seen = history.counts(history.milestones[0], first, last)
    age = last - np.arange(first, last + 1)
    share = np.ones(len(age)) if known is None else known[np.minimum(age, len(known) - 1)]
    hidden = _hidden(seen, share, hidden_months, n, seed)
    if plan is not None:
        coming = np.broadcast_to(np.asarray(plan, dtype=np.int64), (n, horizon))
    else:
        coming = _coming(seen, share, first, horizon, n, seed)
    shares, origins = _kinds(history)
    months = hidden_months + horizon
    return Filings(np.hstack([hidden, coming]), np.tile(shares, (months, 1)), origins)


def _hidden(seen: Ints, share: Floats, months: int, n: int, seed: int) -> Ints:
    """Draw the filings not on record yet: Poisson (seen + 0.3) (1 - F) / F."""
    mean = np.zeros(months)
    used = min(months, len(seen))
    if used:
        f = np.clip(share[-used:], 0.02, 1.0)
        mean[-used:] = (seen[-used:] + 0.3) * (1.0 - f) / f
    return generator(seed, "filings", "hidden").poisson(mean, (n, months)).astype(np.int64)


def _coming(seen: Ints, share: Floats, first: int, horizon: int, n: int, seed: int) -> Ints:
    """Draw the filings of the coming months."""
    values, skipped = completed(seen, share[::-1])
    if not len(values):
        values = np.zeros(1)
    paths = series.paths(values, first, skipped + horizon, n, key=(seed, "filings"))
    return generator(seed, "filings", "counts").poisson(paths[:, skipped:]).astype(np.int64)


def _kinds(history: History) -> tuple[Floats, Ints]:
    """Give the running shares of the kinds and counties of recent filings."""
    filed = history.reached[:, 0]
    recent = (filed > history.cutoff - RECENT) & (filed <= history.cutoff)
    rows = np.flatnonzero(recent if recent.any() else is_dated(filed))
    if not len(rows):
        return np.ones((1, 1)), np.zeros((1, 2), dtype=np.int64)
    pairs = np.stack([history.strata[rows], history.groups[rows]], axis=1)
    origins, number = np.unique(pairs, axis=0, return_counts=True)
    return np.cumsum(number / number.sum())[None], origins.astype(np.int64)
