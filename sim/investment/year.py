"""The plan year: its linear progress, its share curve, and when half the plan is done."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.trace import NEVER, Ints

Floats = npt.NDArray[np.float64]


def linear_progress(month: npt.ArrayLike) -> Floats:
    """序时进度: the share of the year's months that have passed.

    Examples
    --------
    >>> linear_progress([6, 9]).tolist()
    [0.5, 0.75]
    """
    return np.asarray(month, dtype=np.float64) / 12.0


def share_of_year(month: npt.ArrayLike, a: float, b: float, ratio: float = 1.0) -> Floats:
    """Share of the year's plan done by a month: ratio times BetaCDF(month / 12; a, b).

    Examples
    --------
    >>> share_of_year([0, 6, 12], 1.0, 1.0, 1.06).round(2).tolist()
    [0.0, 0.53, 1.06]
    """
    from scipy.special import betainc  # noqa: PLC0415 - a run without money does not pay for it

    return np.asarray(ratio * betainc(a, b, linear_progress(month)), dtype=np.float64)


def double_half(cumulative: Floats, plan: float, start: int, ends: npt.ArrayLike) -> Ints:
    """Minute at which half the plan is passed, linear between month ends; `NEVER` if it is not.

    Parameters
    ----------
    cumulative : (R, M) float64
        Money of the year by each month end.
    plan : float
    start : int
        First minute of the year, where nothing is done.
    ends : (M,) int

    Examples
    --------
    >>> double_half(np.array([[10.0, 30.0], [1.0, 2.0]]), 40.0, 0, [100, 200]).tolist()
    [150, 1073741824]
    """
    money = np.concatenate([np.zeros((len(cumulative), 1)), cumulative], axis=1)
    minutes = np.r_[start, np.asarray(ends, dtype=np.int64)]
    past = money >= plan / 2
    k = np.maximum(np.argmax(past, axis=1), 1)
    rows = np.arange(len(money))
    step = money[rows, k] - money[rows, k - 1]
    part = np.divide(plan / 2 - money[rows, k - 1], step, out=np.zeros(len(money)), where=step > 0)
    at = minutes[k - 1] + np.ceil(np.clip(part, 0.0, 1.0) * (minutes[k] - minutes[k - 1]))
    return np.where(past.any(axis=1), at, NEVER).astype(np.int32)
