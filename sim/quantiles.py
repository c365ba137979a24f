"""Exact quantiles of whole numbers that are read some at a time and are never in memory together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]

#: Numbers are told apart first by their upper bits, then by so many lower ones.
_LOW_BITS = 16
_LOW = 1 << _LOW_BITS


def quantiles(read: Callable[[], Iterable[Longs]], shares: Sequence[float], unit: int = 1) -> list[float]:
    """Return what `numpy.quantile` gives for all numbers over a unit together (linear interpolation).

    Parameters
    ----------
    read : callable
        Gives the numbers, (n,) each, from 0 to 2**31 - 1; called a few times.
    shares : sequence of float
    unit : int
        What the numbers are divided by: 1440 makes days of minutes.

    Returns
    -------
    list of float
        NaN where there is no number.

    Examples
    --------
    >>> quantiles(lambda: [np.array([4, 1]), np.array([3, 70_000])], [0.0, 0.5, 1.0])
    [1.0, 3.5, 70000.0]
    """
    upper = _counted(numbers >> _LOW_BITS for numbers in read())
    count = int(upper.sum())
    if not count:
        return [float("nan")] * len(shares)
    places = [(count - 1) * share for share in shares]
    ranks = sorted({rank for place in places for rank in (int(place), min(int(place) + 1, count - 1))})
    value = _ordered(read, upper, ranks)
    found = []
    for place in places:
        rank = int(place)
        ends = np.array([value[rank], value[min(rank + 1, count - 1)]], dtype=np.float64) / unit
        found.append(float(np.quantile(ends, place - rank)))
    return found


def _ordered(read: Callable[[], Iterable[Longs]], upper: Longs, ranks: Sequence[int]) -> dict[int, int]:
    """Return the numbers at some places of the order, counted from 0."""
    past = np.cumsum(upper)
    stretches = {rank: int(np.searchsorted(past, rank, side="right")) for rank in ranks}
    lower = {stretch: np.zeros(_LOW, dtype=np.int64) for stretch in stretches.values()}
    for numbers in read():
        above, below = numbers >> _LOW_BITS, numbers & (_LOW - 1)
        for stretch in lower:
            lower[stretch] += np.bincount(below[above == stretch], minlength=_LOW)
    found = {}
    for rank, stretch in stretches.items():
        before = int(past[stretch] - upper[stretch])
        found[rank] = (stretch << _LOW_BITS) + int(
            np.searchsorted(np.cumsum(lower[stretch]), rank - before, side="right")
        )
    return found


def _counted(parts: Iterable[Longs]) -> Longs:
    """Return how often each number below 2**15 occurs."""
    counts = np.zeros(1 << 31 - _LOW_BITS, dtype=np.int64)
    for part in parts:
        counts += np.bincount(part, minlength=len(counts))
    return counts
