"""Money lost to a shock and recovered: the same replications with and without it, side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

#: A mean or ratio with its interval; None where there is none.
Estimate = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Losses:
    """What n replications lost, in 亿元.

    Parameters
    ----------
    lost, still : (n,) float64
        Money booked less than without the shock by the end of its window, and by the end of the year.
    """

    lost: Floats
    still: Floats

    def mean_lost(self, level: float) -> Estimate:
        """Mean loss by the end of the window."""
        return _mean(self.lost, level)

    def mean_still(self, level: float) -> Estimate:
        """Mean loss that is left at the end of the year."""
        return _mean(self.still, level)

    def recovered(self, level: float) -> Estimate:
        """Share of the loss regained by the end of the year: of the sums, not a mean of shares.

        Examples
        --------
        >>> Losses(np.array([4.0, 6.0]), np.array([1.0, 1.5])).recovered(0.9)
        (0.75, 0.75, 0.75)
        """
        total = float(self.lost.sum())
        if total <= 0:
            return None, None, None
        share = 1.0 - float(self.still.sum()) / total
        # Linearised: what a replication adds to the ratio beyond its part.
        low, high = _interval(share, (self.lost * (1.0 - share) - self.still) * len(self.lost) / total, level)
        return share, low, high


def losses(calm: Floats, hit: Floats, at: Longs) -> Losses:
    """Set two courses of the same replications side by side.

    Parameters
    ----------
    calm, hit : (R, M) float64
        True money of the year by some minutes, without and with the shock; the last is the year's end.
    at : (R,) int64
        Column of the end of each replication's window, -1 = it has none.

    Returns
    -------
    Losses
        Of the replications that have a window.

    Examples
    --------
    >>> calm, hit = np.array([[5.0, 9.0], [5.0, 9.0]]), np.array([[3.0, 8.0], [5.0, 9.0]])
    >>> found = losses(calm, hit, np.array([0, -1]))
    >>> found.lost.tolist(), found.still.tolist()
    ([2.0], [1.0])
    """
    rows = np.flatnonzero(at >= 0)
    less = calm[rows] - hit[rows]
    return Losses(less[np.arange(len(rows)), at[rows]], less[:, -1])


def _mean(values: Floats, level: float) -> Estimate:
    if not len(values):
        return None, None, None
    mean = float(values.mean())
    return (mean, *_interval(mean, values, level))


def _interval(center: float, values: Floats, level: float) -> tuple[float | None, float | None]:
    """Interval of a mean around a centre, by the spread of the values."""
    count = len(values)
    if count < 2:
        return None, None
    half = float(stdtrit(count - 1, (1 + level) / 2)) * float(values.std(ddof=1)) / math.sqrt(count)
    return center - half, center + half
