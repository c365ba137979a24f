"""Block bootstrap over time: how sure a score is when origins overlap and years differ.

Twelve-month windows from quarterly origins share most of their months: 37 origins are about ten
independent years. So whole years are resampled, all series at once, and "better" is said only when the
90 % interval of the ratio excludes 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Months in a block.
BLOCK: Final = 12

#: Blocks (independent years) below which nothing is said about how sure a score is.
FEWEST: Final = 3

#: Resamples drawn.
DRAWS: Final = 2000

#: Level of the intervals.
LEVEL: Final = 0.9

Verdict = Literal["better", "worse", "cannot separate"]


class Interval(NamedTuple):
    """A value with its bootstrap interval; NaN where there are too few years for one."""

    value: float
    low: float
    high: float

    def verdict(self, neutral: float = 1.0) -> Verdict:
        """Say whether a ratio (smaller is better) is surely on one side of `neutral`.

        Examples
        --------
        >>> Interval(0.8, 0.7, 0.9).verdict(), Interval(0.8, 0.6, 1.1).verdict()
        ('better', 'cannot separate')
        """
        if self.high < neutral:
            return "better"
        return "worse" if self.low > neutral else "cannot separate"

    def has(self, value: float) -> bool:
        """Tell whether the interval contains a value."""
        return self.low <= value <= self.high


def block_weights(
    months: npt.ArrayLike, *, block: int = BLOCK, draws: int = DRAWS, seed: int = 0
) -> npt.NDArray[np.int64]:
    """Return how often each row is in each resample: circular blocks of calendar time.

    Parameters
    ----------
    months : (n,) array of int
        Month of every row (its origin); rows of one month always go together, whatever their series.
    block : int
        Months in a block.
    draws : int
    seed : int

    Returns
    -------
    (draws, n) int64

    Notes
    -----
    Blocks start at any month of the span and wrap round its end, so every month is drawn as often. The
    span is a whole number of blocks long: months beyond the last row are empty.

    Examples
    --------
    >>> weights = block_weights([0, 3, 6, 9, 12, 12], draws=50)
    >>> weights.shape, bool((weights[:, 4] == weights[:, 5]).all())
    ((50, 6), True)
    """
    m = np.asarray(months, dtype=np.int64)
    if not len(m):
        raise ValueError("got no rows, expected at least one")
    if block < 1:
        raise ValueError(f"got blocks of {block} months, expected 1 or more")
    place = m - m.min()
    blocks = int(place.max()) // block + 1
    span = blocks * block
    starts = np.random.default_rng(seed).integers(0, span, size=(draws, blocks))
    # A block covers the `block` months from its start on, round the end: counted month by month of the span.
    by_month = np.zeros((draws, span), dtype=np.int64)
    for ahead in range(block):
        np.add.at(by_month, (np.arange(draws)[:, None], (starts + ahead) % span), 1)
    return by_month[:, place]


def resample(
    months: npt.ArrayLike,
    statistic: Callable[[Floats], float],
    *,
    block: int = BLOCK,
    draws: int = DRAWS,
    seed: int = 0,
    level: float = LEVEL,
) -> Interval:
    """Return a statistic with its bootstrap interval.

    Parameters
    ----------
    months : (n,) array of int
    statistic : callable
        Of the weights of the rows, (n,) float64; ones give the value itself. NaN where a resample
        cannot answer: left out.
    block, draws, seed, level
        See `block_weights`.
    """
    weights = block_weights(months, block=block, draws=draws, seed=seed).astype(np.float64)
    found = np.array([statistic(w) for w in weights])
    return _interval(statistic(np.ones(weights.shape[1])), found, level, months, block)


def mean_of(
    months: npt.ArrayLike, values: npt.ArrayLike, *, seed: int = 0, draws: int = DRAWS, level: float = LEVEL
) -> Interval:
    """Return a mean (a coverage, a bias) with its interval.

    Examples
    --------
    >>> mean_of(np.arange(48), np.ones(48))
    Interval(value=1.0, low=1.0, high=1.0)
    """
    x = np.asarray(values, dtype=np.float64)
    return ratio_of_means(months, x, np.ones_like(x), seed=seed, draws=draws, level=level)


def ratio_of_means(
    months: npt.ArrayLike,
    ours: npt.ArrayLike,
    theirs: npt.ArrayLike,
    *,
    seed: int = 0,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval:
    """Return mean(ours) / mean(theirs) of paired scores with its interval; below 1 ours is better.

    Parameters
    ----------
    months : (n,) array of int
        Origin of every pair.
    ours, theirs : (n,) array
        Scores on the same origins.

    Examples
    --------
    >>> ratio_of_means(np.arange(0, 60, 3), np.full(20, 1.0), np.full(20, 2.0))
    Interval(value=0.5, low=0.5, high=0.5)
    """
    (value,), (found,) = _ratios(months, np.zeros(np.shape(ours)), ours, theirs, draws=draws, seed=seed)
    return _interval(float(value), found, level, months)


def geometric_mean(
    months: npt.ArrayLike,
    series: Sequence[str],
    ours: npt.ArrayLike,
    theirs: npt.ArrayLike,
    *,
    seed: int = 0,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval:
    """Return the geometric mean over series of mean(ours) / mean(theirs), with its interval.

    Parameters
    ----------
    months : (n,) array of int
        Origin of every row; the same years are drawn for all series.
    series : sequence of str, n long
    ours, theirs : (n,) array

    Examples
    --------
    >>> found = geometric_mean([0, 3, 0, 3], ["a", "a", "b", "b"], [1, 1, 4, 4], [2, 2, 2, 2])
    >>> found.value
    1.0
    """
    values, found = _ratios(months, np.asarray(series), ours, theirs, draws=draws, seed=seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        value, logs = float(np.exp(np.log(values).mean())), np.log(found)
    return _interval(value, np.exp(logs.mean(axis=0)), level, months)


def _ratios(
    months: npt.ArrayLike,
    series: npt.NDArray[Any],
    ours: npt.ArrayLike,
    theirs: npt.ArrayLike,
    *,
    draws: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Return mean(ours) / mean(theirs) of each series, (S,), and the same in each resample, (S, draws)."""
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    w = block_weights(months, draws=draws, seed=seed)
    rows = [series == name for name in np.unique(series)]
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample may have no row of a series
        found = np.array([(w[:, at] @ a[at]) / (w[:, at] @ b[at]) for at in rows])
        return np.array([a[at].mean() / b[at].mean() for at in rows]), found


def _interval(
    value: float, draws: Floats, level: float, months: npt.ArrayLike, block: int = BLOCK
) -> Interval:
    """Put the quantiles of the resamples that answered round a value."""
    known = draws[np.isfinite(draws)]
    if not len(known) or np.ptp(np.asarray(months)) // block + 1 < FEWEST:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))
