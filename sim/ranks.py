"""Scores and ranks of units from a table of indicators: extreme value, efficacy form or z-score.

A score is relative: another unit in the table may move every other. The order within one indicator is
kept by each method, that of the total is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]

Method = Literal["extreme", "efficacy", "zscore"]
Missing = Literal["drop", "worst"]

#: Scores closer than this are equal: sums of the same parts in another order differ in the last bits.
_DIGITS = 9


@dataclass(frozen=True)
class Rules:
    """How a table of indicators becomes scores.

    Parameters
    ----------
    method : {"extreme", "efficacy", "zscore"}
        100 z with z = (x - min) / (max - min); 60 + 40 z; 50 + 10 (x - mean) / sd.
    constant : float
        z of a column in which all units are equal (1: full score for all, 0: none); a z-score gives 50.
    missing : {"drop", "worst"}
        A unit without a value: the indicator is left out for it and the other weights make up the whole,
        or it gets the worst score of the column. A column nobody has is left out for all.
    winsorise : float
        Share of the units at either end that is pulled in to the quantile there, so that an outlier does
        not squeeze the others.
    """

    method: Method = "extreme"
    constant: float = 1.0
    missing: Missing = "drop"
    winsorise: float = 0.0


def dimensionless(values: Floats, rules: Rules, less: Flags | None = None) -> Floats:
    """Turn every indicator into points, NaN where a unit has no value.

    Parameters
    ----------
    values : (..., U, I) float64
        Indicators of units, NaN = missing.
    rules : Rules
    less : (I,) bool, optional
        Indicators of which less is better.

    Returns
    -------
    (..., U, I) float64

    Examples
    --------
    >>> dimensionless(np.array([[2.0], [4.0], [10.0]]), Rules()).ravel().tolist()
    [0.0, 25.0, 100.0]
    >>> dimensionless(np.array([[2.0], [4.0], [10.0]]), Rules("efficacy"), np.array([True])).ravel().tolist()
    [100.0, 90.0, 60.0]
    """
    x = values if less is None else np.where(less, -values, values)
    known = ~np.isnan(x)
    some = _some(known)
    if rules.winsorise > 0:
        x = _winsorised(x, some, rules.winsorise)
    if rules.method == "zscore":
        return _standardised(x, known, rules)
    low = np.where(known, x, np.inf).min(axis=-2, keepdims=True)
    high = np.where(known, x, -np.inf).max(axis=-2, keepdims=True)
    spread = np.where(some, high, 0.0) - np.where(some, low, 0.0)
    z = np.full(x.shape, rules.constant)
    np.divide(x - np.where(some, low, 0.0), spread, out=z, where=spread > 0)
    z = np.where(known, z, _missing(some, rules, 0.0))
    return z * 100.0 if rules.method == "extreme" else 60.0 + 40.0 * z


def scores(values: Floats, weights: Floats, rules: Rules, less: Flags | None = None) -> Floats:
    """Return the weighted mean of the points of every unit, NaN for a unit without any value.

    Parameters
    ----------
    values : (..., U, I) float64
    weights : (..., I) float64
        At least 0; only their proportions count.
    rules : Rules
    less : (I,) bool, optional

    Returns
    -------
    (..., U) float64

    Examples
    --------
    >>> table = np.array([[2.0, 1.0], [4.0, np.nan], [10.0, 3.0]])
    >>> scores(table, np.array([3.0, 1.0]), Rules()).tolist()
    [0.0, 25.0, 100.0]
    """
    points = dimensionless(values, rules, less)
    counted = ~np.isnan(points)
    weight = np.where(counted, weights[..., None, :], 0.0)
    whole = weight.sum(axis=-1)
    found = np.full(whole.shape, np.nan)
    np.divide((weight * np.where(counted, points, 0.0)).sum(axis=-1), whole, out=found, where=whole > 0)
    return found


def competition_ranks(totals: Floats) -> Longs:
    """Rank units by score, 1 the best; equal scores share a rank and the next is left out.

    Parameters
    ----------
    totals : (..., U) float64
        NaN (no score) comes last.

    Examples
    --------
    >>> competition_ranks(np.array([50.0, 80.0, np.nan, 80.0])).tolist()
    [3, 1, 4, 1]
    """
    compared = np.where(np.isnan(totals), -np.inf, np.round(totals, _DIGITS))
    return np.asarray((compared[..., None, :] > compared[..., :, None]).sum(axis=-1) + 1, dtype=np.int64)


def _winsorised(x: Floats, some: Flags, share: float) -> Floats:
    """Pull the outermost values of every column in to the quantiles."""
    filled = np.where(some, x, 0.0)  # a column nobody has would only warn
    low, high = np.nanquantile(filled, [share, 1.0 - share], axis=-2, keepdims=True)
    return np.where(np.isnan(x), np.nan, np.clip(x, low, high))


def _standardised(x: Floats, known: Flags, rules: Rules) -> Floats:
    """50 + 10 z, z with the standard deviation of the units there are."""
    count = np.maximum(known.sum(axis=-2, keepdims=True), 1)
    mean = np.where(known, x, 0.0).sum(axis=-2, keepdims=True) / count
    off = np.where(known, x - mean, 0.0)
    sd = np.sqrt((off**2).sum(axis=-2, keepdims=True) / count)
    z = np.zeros(x.shape)
    np.divide(off, sd, out=z, where=sd > 1e-12 * (1.0 + np.abs(mean)))
    worst = np.where(known, z, np.inf).min(axis=-2, keepdims=True)
    return 50.0 + 10.0 * np.where(known, z, _missing(_some(known), rules, worst))


def _some(known: Flags) -> Flags:
    """Columns in which some unit has a value."""
    return np.asarray(known.any(axis=-2, keepdims=True), dtype=np.bool_)


def _missing(some: Flags, rules: Rules, worst: Floats | float) -> Floats:
    """Give what stands for a missing value: nothing, or the worst of a column that somebody has."""
    if rules.missing == "drop":
        return np.full(some.shape, np.nan)
    return np.asarray(np.where(some, worst, np.nan), dtype=np.float64)
