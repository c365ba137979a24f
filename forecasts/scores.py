"""Scores of forecasts: how sharp and how honest samples and probabilities were, once the truth is known.

Plain arrays in, plain arrays out. Samples come first: ``samples`` is (n, ...), the outcome (...), the
score (...), so paths of a horizon, groups and origins are scored at once. Smaller is better everywhere
but in `auc` and `precision_at`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Central intervals whose coverage is stated.
LEVELS: Final = (0.5, 0.8, 0.95)

#: Seasonal lag of the scale of MASE, in months.
YEAR: Final = 12


def crps(samples: npt.ArrayLike, outcome: npt.ArrayLike, *, fair: bool = True) -> Floats:
    """Return the continuous ranked probability score of samples.

    Parameters
    ----------
    samples : (n, ...) array
        Independent draws of the forecast.
    outcome : (...) array
    fair : bool
        Divide the spread by n (n - 1), so that few draws are not punished; False where the samples
        are not draws but quantiles on an even grid of levels.

    Returns
    -------
    (...) float64
        In the unit of the outcome; of one sample alone (or ``fair`` with n = 1) the absolute error.

    Notes
    -----
    mean |x - y| - sum over pairs |x_i - x_j| / (2 n (n - 1)), the sum from the sorted samples.

    Examples
    --------
    >>> float(crps([1.0, 3.0], 2.0)), float(crps([1.0, 3.0], 2.0, fair=False)), float(crps([4.0], 2.0))
    (0.0, 0.5, 2.0)
    """
    x = np.sort(np.asarray(samples, dtype=np.float64), axis=0)
    n = len(x)
    error = np.abs(x - np.asarray(outcome, dtype=np.float64)).mean(axis=0)
    rank = (2.0 * np.arange(1, n + 1) - n - 1).reshape(-1, *[1] * (x.ndim - 1))
    pairs = max(n * (n - 1) if fair else n * n, 1)
    return np.asarray(error - (rank * x).sum(axis=0) / pairs)


def energy_score(samples: npt.ArrayLike, outcome: npt.ArrayLike) -> float:
    """Return the fair energy score of joint samples: the CRPS of several measures at once.

    Parameters
    ----------
    samples : (n, d) array
        Draws of d measures together; divide each by its scale first, or the largest alone counts.
    outcome : (d,) array

    Examples
    --------
    >>> energy_score([[1.0], [3.0]], [2.0]) == float(crps([1.0, 3.0], 2.0))
    True
    """
    x = np.asarray(samples, dtype=np.float64)
    n = len(x)
    error = np.linalg.norm(x - np.asarray(outcome, dtype=np.float64), axis=1).mean()
    squares = (x**2).sum(axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2.0 * x @ x.T, 0.0))
    np.fill_diagonal(apart, 0.0)
    return float(error - apart.sum() / max(2 * n * (n - 1), 1))


def interval(samples: npt.ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the central interval of samples, (...) low and (...) high.

    Examples
    --------
    >>> low, high = interval(np.arange(101.0), 0.8)
    >>> float(low.round(6)), float(high)
    (10.0, 90.0)
    """
    low, high = np.quantile(np.asarray(samples, dtype=np.float64), [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.asarray(low), np.asarray(high)


def is_inside(low: npt.ArrayLike, outcome: npt.ArrayLike, high: npt.ArrayLike) -> Bools:
    """Tell whether outcomes lie in their interval, both ends included; the mean of it is the coverage."""
    y = np.asarray(outcome, dtype=np.float64)
    return np.asarray((np.asarray(low) <= y) & (y <= np.asarray(high)))


def interval_score(
    low: npt.ArrayLike, high: npt.ArrayLike, outcome: npt.ArrayLike, level: float = 0.8
) -> Floats:
    """Return the interval score (Winkler): the width, and 2 / (1 - level) for each unit outside.

    Examples
    --------
    >>> interval_score([0.0, 0.0], [1.0, 1.0], [0.5, 2.0], 0.8).round(6).tolist()
    [1.0, 11.0]
    """
    a, b, y = (np.asarray(v, dtype=np.float64) for v in (low, high, outcome))
    return np.asarray((b - a) + 2 / (1 - level) * (np.maximum(a - y, 0.0) + np.maximum(y - b, 0.0)))


def pit(samples: npt.ArrayLike, outcome: npt.ArrayLike) -> Floats:
    """Return the probability integral transform, ties counted half: P(X < y) + P(X = y) / 2.

    Examples
    --------
    >>> float(pit([1.0, 2.0, 2.0, 4.0], 2.0))
    0.5
    """
    x, y = np.asarray(samples, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    return np.asarray((x < y).mean(axis=0) + (x == y).mean(axis=0) / 2)


def pit_bins(values: npt.ArrayLike, bins: int = 5) -> Floats:
    """Return the share of transforms in each of `bins` equal bins; honest forecasts have 1 / bins in each.

    Examples
    --------
    >>> pit_bins([0.1, 0.3, 0.5, 1.0]).tolist()
    [0.25, 0.25, 0.25, 0.0, 0.25]
    """
    u = np.asarray(values, dtype=np.float64)
    found = np.bincount(np.minimum((u * bins).astype(np.int64), bins - 1), minlength=bins)
    return np.asarray(found / max(len(u), 1))


def seasonal_scale(history: npt.ArrayLike, horizon: int = 1) -> float:
    """Return the scale of MASE: mean |sum of `horizon` months - the same a year before|, inside a history.

    Parameters
    ----------
    history : (m,) array
        Monthly values known at the origin.
    horizon : int
        Months in a total; 1 for single months.

    Returns
    -------
    float
        NaN where the history is too short or never changes.

    Examples
    --------
    >>> seasonal_scale([1.0] * 12 + [3.0] * 12), seasonal_scale([1.0] * 12 + [3.0] * 12, 12)
    (2.0, 24.0)
    """
    values = np.asarray(history, dtype=np.float64)
    totals = np.convolve(values, np.ones(horizon), mode="valid") if len(values) >= horizon else values[:0]
    if len(totals) <= YEAR:
        return float("nan")
    scale = float(np.abs(totals[YEAR:] - totals[:-YEAR]).mean())
    return scale or float("nan")


def brier(chance: npt.ArrayLike, happened: npt.ArrayLike) -> float:
    """Return the Brier score: the mean squared distance of a probability from what happened.

    Examples
    --------
    >>> brier([1.0, 0.5], [True, False])
    0.125
    """
    p, o = _pairs(chance, happened)
    return float(((p - o) ** 2).mean())


def brier_skill(
    chance: npt.ArrayLike, happened: npt.ArrayLike, climatology: npt.ArrayLike | None = None
) -> float:
    """Return 1 - Brier / Brier of the climatology (default: the share that happened, known only later).

    Examples
    --------
    >>> brier_skill([1.0, 0.0], [True, False]), brier_skill([0.5, 0.5], [True, False])
    (1.0, 0.0)
    """
    p, o = _pairs(chance, happened)
    base = np.full_like(o, o.mean()) if climatology is None else np.asarray(climatology, dtype=np.float64)
    against = float(((base - o) ** 2).mean())
    return 1.0 - float(((p - o) ** 2).mean()) / against if against > 0 else float("nan")


def reliability_slope(chance: npt.ArrayLike, happened: npt.ArrayLike) -> float:
    """Return the slope of what happened on the probability given (least squares); 1 is honest, < 1 too sure.

    Examples
    --------
    >>> reliability_slope([0.0, 0.0, 1.0, 1.0], [False, True, True, True])
    0.5
    """
    p, o = _pairs(chance, happened)
    spread = float(((p - p.mean()) ** 2).sum())
    return float(((p - p.mean()) * (o - o.mean())).sum()) / spread if spread > 0 else float("nan")


def reliability_table(
    chance: npt.ArrayLike, happened: npt.ArrayLike, bins: int = 5
) -> list[tuple[float, float, int]]:
    """Return (mean probability, share that happened, cases) of every non-empty bin of probability.

    Examples
    --------
    >>> reliability_table([0.1, 0.1, 0.9], [False, True, True])
    [(0.1, 0.5, 2), (0.9, 1.0, 1)]
    """
    p, o = _pairs(chance, happened)
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    return [
        (float(p[at].mean()), float(o[at].mean()), int(at.sum()))
        for at in (place == b for b in range(bins))
        if at.any()
    ]


def calibration_error(chance: npt.ArrayLike, happened: npt.ArrayLike, bins: int = 10) -> float:
    """Return the expected calibration error: |probability - share that happened|, bins weighted by cases.

    Examples
    --------
    >>> calibration_error([0.25, 0.25, 0.25, 0.25], [True, False, False, False])
    0.0
    """
    table = reliability_table(chance, happened, bins)
    total = sum(n for _, _, n in table)
    return sum(abs(p - o) * n for p, o, n in table) / total if total else float("nan")


def auc(score: npt.ArrayLike, happened: npt.ArrayLike) -> float:
    """Return the area under the ROC curve: P(score of one that happened > of one that did not), ties half.

    Examples
    --------
    >>> auc([0.9, 0.8, 0.3], [True, False, False]), auc([0.5, 0.5], [True, False])
    (1.0, 0.5)
    """
    s, o = _pairs(score, happened)
    yes = int(o.sum())
    no = len(o) - yes
    if not yes or not no:
        return float("nan")
    _, place, counts = np.unique(s, return_inverse=True, return_counts=True)
    midrank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((midrank[o == 1].sum() - yes * (yes + 1) / 2) / (yes * no))


def precision_at(score: npt.ArrayLike, happened: npt.ArrayLike, share: float = 0.1) -> float:
    """Return the share that happened among the highest scores, at least one case; ties at the edge shared.

    Examples
    --------
    >>> precision_at([0.9, 0.1, 0.2, 0.3], [True, False, False, True], 0.25)
    1.0
    """
    s, o = _pairs(score, happened)
    wanted = max(round(share * len(s)), 1)
    edge = np.sort(s)[-wanted]
    above, at = s > edge, s == edge
    return float((o[above].sum() + o[at].mean() * (wanted - above.sum())) / wanted)


def _pairs(chance: npt.ArrayLike, happened: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return both as flat float64 arrays of one length."""
    p = np.asarray(chance, dtype=np.float64).ravel()
    o = np.asarray(happened, dtype=np.float64).ravel()
    if p.shape != o.shape or not len(p):
        raise ValueError(f"got {len(p)} probabilities and {len(o)} outcomes, expected as many, at least one")
    return p, o
