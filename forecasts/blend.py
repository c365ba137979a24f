"""Blends: the average of members' quantiles, and one factor of width learned from past forecasts.

Averaging quantiles (and not probabilities) keeps the shape of the members and their average width; with
30-60 past origins equal weights do better than fitted ones. What the blend gets wrong in width is then
mended by one factor per target and horizon, shrunk to 1 while there are few past forecasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]

#: Levels of every quantile function here: 0.005, 0.010, ... 0.995.
LEVELS: Final[Floats] = np.arange(1, 200) / 200.0
LEVELS.setflags(write=False)

#: Past forecasts after which half of what they say about the width is believed (in logarithms).
HALF_BELIEVED: Final = 6

#: The interval whose width is mended, and the share of outcomes it should hold.
CENTRAL: Final = 0.8
_LOW, _MID, _HIGH = (round(level * 200) - 1 for level in (0.1, 0.5, 0.9))


def quantiles(samples: npt.ArrayLike) -> Floats:
    """Return the quantile function of samples on `LEVELS`.

    Parameters
    ----------
    samples : (n, ...) array_like

    Returns
    -------
    (199, ...) float64

    Examples
    --------
    >>> quantiles([0.0, 10.0])[[19, 99, 179]].tolist()
    [1.0, 5.0, 9.0]
    """
    return np.asarray(np.quantile(np.asarray(samples, dtype=np.float64), LEVELS, axis=0), dtype=np.float64)


def blend(members: Sequence[Floats]) -> Floats:
    """Return the equal average of quantile functions.

    Parameters
    ----------
    members : sequence of (199, ...) float64
        Of one shape.

    Raises
    ------
    ValueError
        Without members, or with shapes that differ.

    Examples
    --------
    >>> low, high = quantiles([0.0, 10.0]), quantiles([20.0, 50.0])
    >>> blend([low, high])[[99]].round(6).tolist()
    [20.0]
    """
    shapes = {np.shape(member) for member in members}
    if len(shapes) != 1 or next(iter(shapes))[:1] != LEVELS.shape:
        raise ValueError(
            f"members: got shapes {sorted(shapes)}, expected one shape that begins with 199 levels"
        )
    return np.asarray(np.mean(np.stack(list(members)), axis=0), dtype=np.float64)


def past_ratios(forecasts: Floats, outcomes: Floats) -> Floats:
    """Return how far outcomes lay from the median, in half-widths of the 80 % interval on their side.

    Parameters
    ----------
    forecasts : (199, K) float64
        Quantile functions of K past forecasts.
    outcomes : (K,) float64

    Returns
    -------
    (K,) float64
        NaN where a forecast has no width.

    Examples
    --------
    >>> past_ratios(quantiles(np.linspace(0.0, 100.0, 101))[:, None], np.array([90.0])).round(6).tolist()
    [1.0]
    """
    low, mid, high = forecasts[_LOW], forecasts[_MID], forecasts[_HIGH]
    half = np.where(outcomes >= mid, high - mid, mid - low)
    off = np.abs(outcomes - mid)
    ratios: Floats = np.divide(off, half, out=np.full(len(off), np.nan), where=half > 0)
    return ratios


def width_factor(ratios: Floats, known: Ints, cutoff: int) -> float:
    """Return the factor by which a forecast is widened (or narrowed) about its median.

    Parameters
    ----------
    ratios : (K,) float64
        As `past_ratios` gives them, of one target and horizon; NaN is left out.
    known : (K,) int
        Month by whose end each outcome was known.
    cutoff : int
        Month of the forecast: outcomes known later do not count.

    Notes
    -----
    The 80 % quantile of the ratios, to the power k / (k + 6) where k of them count.

    Examples
    --------
    >>> width_factor(np.array([2.0] * 6), np.arange(6), 100)
    1.4142135623730951
    >>> width_factor(np.array([2.0] * 6), np.arange(6), -1)
    1.0
    """
    usable = ratios[(np.asarray(known) <= cutoff) & np.isfinite(ratios)]
    count = len(usable)
    if not count:
        return 1.0
    found = float(np.quantile(usable, CENTRAL))
    return float(max(found, 1e-3) ** (count / (count + HALF_BELIEVED)))


def rescale(forecast: Floats, factor: float, *, lowest: float | Floats = 0.0) -> Floats:
    """Stretch a quantile function about its median.

    Parameters
    ----------
    forecast : (199, ...) float64
    factor : float
    lowest : float or (...) float64
        No quantile falls below: 0 for counts, what has happened already for a year's total.

    Examples
    --------
    >>> rescale(quantiles([0.0, 10.0]), 2.0)[[19, 99, 179]].tolist()
    [0.0, 5.0, 13.0]
    """
    median = forecast[_MID]
    stretched: Floats = np.maximum(median + factor * (forecast - median), np.minimum(lowest, forecast))
    return stretched


def at(forecast: Floats, levels: npt.ArrayLike) -> Floats:
    """Read a quantile function at any levels, linear between `LEVELS` and flat beyond.

    Examples
    --------
    >>> at(quantiles([0.0, 10.0]), [0.25, 0.5]).tolist()
    [2.5, 5.0]
    """
    wanted = np.atleast_1d(np.asarray(levels, dtype=np.float64))
    flat = forecast.reshape(len(LEVELS), -1)
    read = np.stack([np.interp(wanted, LEVELS, column) for column in flat.T], axis=1)
    return read.reshape(len(wanted), *forecast.shape[1:])


def samples(forecast: Floats, n: int) -> Floats:
    """Turn a quantile function back into n samples, in rising order: the midpoints of n equal shares.

    Parameters
    ----------
    forecast : (199, ...) float64
    n : int

    Returns
    -------
    (n, ...) float64
    """
    return at(forecast, (np.arange(n) + 0.5) / n)


def paths(forecast: Floats, pattern: npt.ArrayLike) -> Floats:
    """Turn monthly quantiles back into paths that hang together as those of a member do.

    Parameters
    ----------
    forecast : (199, H) float64
    pattern : (n, H) array_like
        Paths whose ranks, month by month, the result takes over (the Schaake shuffle).

    Returns
    -------
    (n, H) float64

    Examples
    --------
    >>> paths(quantiles([[0.0], [100.0]]), [[3.0], [1.0]]).ravel().tolist()
    [75.0, 25.0]
    """
    given = np.asarray(pattern, dtype=np.float64)
    ranks = np.argsort(np.argsort(given, axis=0, kind="stable"), axis=0, kind="stable")
    taken: Floats = np.take_along_axis(samples(forecast, len(given)), ranks, axis=0)
    return taken
